/* Network namespaces of others. */
#ifndef TCPSTATE_NETNS_H
#define TCPSTATE_NETNS_H

#include <stdint.h>

#include "tcpstate/error.h"

/* Join the network namespace a descriptor names, entering the user namespace that owns it first
 * where that is needed. */
int netns_join(int net_fd, const char *name, struct error *error);
/* Open that of NAME (/run/netns/NAME) or of a process (all digits). -1 on error. */
int netns_open(const char *name, struct error *error);
uint64_t netns_inode(void); /* of this process; 0 when /proc is missing */
/* Open and join it; NULL: stay here. 0, or -1 */
int netns_enter(const char *name, struct error *error);

#endif
