/* The network's sysctls: set and read back what --sysctl asks for, and tell those that decide how
 * TCP behaves. */
#ifndef TCPSTATE_SYSCTLS_H
#define TCPSTATE_SYSCTLS_H

#include <jansson.h>

#include "tcpstate/error.h"

/* "net.ipv4.tcp_syncookies=0": is it well formed, and of the network? 0 or -1. */
int sysctl_check(const char *assignment, struct error *error);
/* Set it in the network namespace of this process and read it back. A value that the kernel refuses
 * or changes is an error. */
int sysctl_set(const char *assignment, struct error *error);
/* {"net.ipv4.tcp_syncookies": "1", ...}: those that matter to the experiments, where the kernel has
 * them. NULL out of memory. */
json_t *sysctls_that_matter(void);

#endif
