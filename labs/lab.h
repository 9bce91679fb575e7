/* What every lab program shares: its options, lines and text (the headers included here), errors,
 * and wrappers for the calls that set things up, which end the program with the call's name and
 * errno. The calls whose errors are the lesson (accept, connect, read, write, close) are made by
 * the programs themselves. */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "address.h"
#include "options.h"
#include "text.h"

/* ---- errors: "program: bind 127.0.0.1:12345: Address already in use (EADDRINUSE)" on standard
 * error ---- */
/* "Address already in use (EADDRINUSE)"; static, good until the next call */
const char *lab_error(int error);
/* without errno */
void lab_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* with errno; exits 1 */
void lab_fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- set-up calls: they succeed or end the program ---- */
/* with all options for sockets set; close-on-exec, non-blocking */
int lab_socket(const struct lab_options *options, int type);
void lab_bind(int fd, const struct lab_address *address);
void lab_listen(int fd, long backlog);
struct lab_address lab_local(int fd); /* getsockname() */
/* A server listens: "ready ADDR PORT BACKLOG", as the faults in printing have it. */
void lab_say_ready(int listener, const struct lab_options *options);
/* Kernel settings a control line may change as well: 0, or -1 with errno. */
int lab_defer_accept(int fd, long seconds);
/* on a listening socket: drop every segment that has ACK and not SYN, the final ACK of a handshake
 * among them */
int lab_hold_acks(int fd, bool on);
/* Is this network namespace one that tcpstate has sealed? What could leave the machine asks first.
 */
bool lab_sealed(void);
#define LAB_CAP_NET_ADMIN                                                                          \
	"needs CAP_NET_ADMIN: run it in a sealed namespace, tcpstate record -o DIR -- COMMAND"

/* ---- time ---- */
int64_t lab_now_ms(void);             /* monotonic */
int64_t lab_after_ms(long pause_ms);  /* now + pause; INT64_MAX for LAB_FOREVER */
int lab_poll_timeout(int64_t due_ms); /* for poll(): 0 when past, -1 when INT64_MAX */

#endif
