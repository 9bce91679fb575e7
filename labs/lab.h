/* What every lab program shares: one table of options, wrappers for the calls that set things up (they end the program with the
 * call's name and errno), lines put together from a stream, and the reversal of UTF-8. The calls whose errors are the lesson
 * (accept, connect, read, write, close) are made by the programs themselves. */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

/* ---- options ---- */
/* A bit each: an option of the table names its programs. */
enum lab_program { LAB_ECHO_SERVER = 1, LAB_ECHO_CLIENT = 2, LAB_CHAT_SERVER = 4, LAB_CHAT_CLIENT = 8 };

enum { LAB_ALL = -1, LAB_FOREVER = -1 };
struct lab_address { struct sockaddr_storage sa; socklen_t length; };
struct lab_texts { const char **text; size_t count; };

struct lab_options {            /* filled from the command line over these defaults: see lab_options_read() */
	long family;                    /* AF_INET, AF_INET6; 0 until it is known */
	long port;                      /* as asked for, host byte order */
	const char *bind_text, *connect_text;
	struct lab_address local;       /* to bind(): --bind, or a server's loopback address with --port; length 0: none */
	struct lab_address remote;      /* to connect() */
	bool no_htons, reuseaddr, close_first, serve_one, hold_acks;
	long linger_s;                  /* -1: not set */
	long defer_accept_s;            /* 0: not set */
	long backlog;
	long accept;                    /* how many connections to accept unasked; LAB_ALL */
	long count;                     /* clients at once; 0: --count not given, one */
	long gap_ms, connect_timeout_ms;
	long pause_before_accept_ms, pause_before_connect_ms;
	long pause_before_read_ms, pause_before_write_ms, pause_before_close_ms;        /* LAB_FOREVER: until told */
	struct lab_texts send;
	/* the chat room */
	const char *nick, *speak_as;
	long members, timeout_s, keepalive_s;
	bool unconnected;
};

/* Read the command line of one program. Prints --help (built from the table) and exits 0; prints a usage error and exits 2.
 * Afterwards the family and both addresses are settled, port bytes in place (unconverted with --no-htons, which says what it did),
 * SIGPIPE is ignored, and standard output is flushed at every line. */
void lab_options_read(struct lab_options *options, enum lab_program program, const char *summary, int argc, char **argv);
/* A whole decimal number within [min, max]; false otherwise. */
bool lab_number(const char *text, long min, long max, long *number);

/* ---- errors: "program: bind 127.0.0.1:12345: Address already in use (EADDRINUSE)" on standard error ---- */
const char *lab_error(int error);       /* "Address already in use (EADDRINUSE)"; static, good until the next call */
void lab_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));                   /* without errno */
void lab_fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));       /* with errno; exits 1 */

/* ---- set-up calls: they succeed or end the program ---- */
int lab_socket(const struct lab_options *options, int type);    /* with --reuseaddr and --linger set; close-on-exec, non-blocking */
void lab_bind(int fd, const struct lab_address *address);
void lab_listen(int fd, long backlog);
struct lab_address lab_local(int fd);                           /* getsockname() */
/* Kernel settings a control line may change as well: 0, or -1 with errno. */
int lab_defer_accept(int fd, long seconds);
int lab_hold_acks(int fd, bool on);     /* on a listening socket: drop every segment that has ACK and not SYN, the final ACK of a handshake among them */
#define LAB_CAP_NET_ADMIN "needs CAP_NET_ADMIN: run it in a sealed namespace, tcpstate record -o DIR -- COMMAND"

enum { LAB_ADDRESS_TEXT = 72 };
/* "127.0.0.1:12345", "[::1]:12345" into buffer; returns it. */
const char *lab_address_text(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT]);
/* The same in two parts: buffer gets the address alone, the port (host byte order) is returned. */
int lab_address_parts(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT]);

/* ---- time ---- */
int64_t lab_now_ms(void);                       /* monotonic */
int64_t lab_after_ms(long pause_ms);            /* now + pause; INT64_MAX for LAB_FOREVER */
int lab_poll_timeout(int64_t due_ms);           /* for poll(): 0 when past, -1 when INT64_MAX */

/* ---- lines from a stream ---- */
/* TCP delivers bytes: two messages may come in one read(), one message in two. A line ends with LF (a CR before it is dropped). */
enum { LAB_LINE_MAX = 4096 };                   /* bytes, without the line's end */
struct lab_lines { size_t taken, used; bool skipping; char data[LAB_LINE_MAX + 2]; };
enum lab_line {
	LAB_LINE_NONE,          /* nothing complete: read more */
	LAB_LINE_TEXT,
	LAB_LINE_TOO_LONG,      /* told once; the rest of that line is skipped, the next one is whole again */
	LAB_LINE_ESCAPE,        /* ESC, byte 27, has come; what follows it is dropped */
};
/* One read() into the free space, after lab_lines_next() has said LAB_LINE_NONE. Returns what read() did. */
ssize_t lab_lines_read(struct lab_lines *lines, int fd);
/* The next line: text is not NUL-terminated, and good until the next read. */
enum lab_line lab_lines_next(struct lab_lines *lines, const char **text, size_t *length);
/* At the end of the stream: true if an unfinished line is left; then it counts as finished. */
bool lab_lines_finish(struct lab_lines *lines);
bool lab_line_is(const char *text, size_t length, const char *word);

/* ---- text ---- */
bool lab_utf8(const char *text, size_t length);         /* is all of it valid UTF-8 (RFC 3629)? */
/* Reverse by code point into out, of the same length. Every byte that is not part of valid UTF-8 (RFC 3629) is a character of its own and is kept.
 * A combining mark is a code point too: it comes out before its letter, and so is drawn on the letter that preceded it. */
void lab_reverse(const char *text, size_t length, char *out);
/* Print for a terminal: control characters as \xNN. No line end. */
void lab_print(FILE *stream, const char *text, size_t length);
/* write() until all is written, waiting at most 10 s for the peer to take it: 0, or -1 with errno (ETIMEDOUT: the peer does not read). */
int lab_write_all(int fd, const char *data, size_t length);

#endif
