/* Set-up calls of every lab program: they succeed, or end the program with the call's name and
 * errno. The calls whose errors are the lesson (accept, connect, read, write, close) are made by
 * the programs themselves. */
#ifndef LAB_SOCKETS_H
#define LAB_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "options.h"

/* socket() as it is: it blocks. */
int lab_open(int family, int type);
/* The same with all options for sockets set; close-on-exec, non-blocking. */
int lab_socket(const struct lab_options *options, int type);
void lab_set(int fd, int level, int name, int value, const char *what); /* setsockopt() */
void lab_bind(int fd, const struct lab_address *address);
void lab_listen(int fd, long backlog);
struct lab_address lab_local(int fd); /* getsockname() */
/* A server listens: "ready ADDR PORT BACKLOG", as the faults in printing have it. */
void lab_say_ready(int listener, const struct lab_options *options);

/* ---- kernel settings that an order may change as well: 0, or -1 with errno ---- */
int lab_defer_accept(int fd, long seconds);
/* Drop arriving segments whose flags, masked, equal these: a socket filter, which replaces an
 * earlier one. Needs CAP_NET_ADMIN. */
int lab_drop_segments(int fd, uint8_t mask, uint8_t flags);
int lab_drop_nothing(int fd);
/* On a listening socket: drop every segment that has ACK and not SYN, the final ACK of a handshake
 * among them. */
int lab_hold_acks(int fd, bool on);

#endif
