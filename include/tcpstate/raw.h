/* A capture file as it is: record by record, of whatever link type. For what wants the bytes and
 * not their meaning. */
#ifndef TCPSTATE_RAW_H
#define TCPSTATE_RAW_H

#include "tcpstate/error.h"
#include "tcpstate/raw_packet.h"

struct raw;
/* pcap or pcapng; name as shown in errors. The descriptor is taken over. NULL with *error. */
struct raw *raw_open_fd(int fd, const char *name, struct error *error);
struct raw *raw_open_file(const char *path, struct error *error);
int raw_linktype(const struct raw *raw); /* DLT_* */
/* 1; 0 at the end, also of a file that is cut off; -1 with *error */
int raw_next(struct raw *raw, struct raw_packet *packet, struct error *error);
void raw_close(struct raw *raw); /* NULL: nothing */

#endif
