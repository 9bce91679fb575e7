/* What every lab program shares: its options, addresses, set-up calls, lines and text (the headers
 * included here), errors and time. */
#ifndef LAB_H
#define LAB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "address.h"
#include "options.h"
#include "sockets.h"
#include "text.h"

/* ---- errors: "program: bind 127.0.0.1:12345: Address already in use (EADDRINUSE)" on standard
 * error ---- */
/* "Address already in use (EADDRINUSE)"; static, good until the next call */
const char *lab_error(int error);
/* All of these print as lab_print() does: an argument or a line may hold anything. */
/* without errno */
void lab_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* without errno; exits 1 */
void lab_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* with errno; exits 1 */
void lab_fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* "error ...", a line of standard output: the answer to one of standard input */
void lab_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "program: ", and the text, without a line end */
void lab_complain(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* ---- the namespace ---- */
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
