/* The command line of every lab program: one struct, filled from one table of options. */
#ifndef LAB_OPTIONS_H
#define LAB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

/* A bit each: an option of the table names its programs. */
enum lab_program {
	LAB_ECHO_SERVER = 1,
	LAB_ECHO_CLIENT = 2,
	LAB_CHAT_SERVER = 4,
	LAB_CHAT_CLIENT = 8,
	LAB_FORK_SERVER = 16,
	LAB_SYN_SENDER = 64,
};

enum { LAB_ALL = -1, LAB_FOREVER = -1 };
struct lab_texts {
	const char **text;
	size_t count;
};

/* filled from the command line over these defaults: see lab_options_read() */
struct lab_options {
	long family; /* AF_INET, AF_INET6; 0 until it is known */
	long port;   /* as asked for, host byte order */
	const char *bind_text, *connect_text;
	/* host byte order, and not yet in the addresses: htons() belongs beside bind(), connect()
	 */
	uint16_t bind_port, connect_port; /* bind_port 0: the kernel chooses */
	/* to bind(): --bind, or a server's loopback address; length 0: none */
	struct lab_address local;
	struct lab_address remote; /* to connect() */
	bool no_htons, no_htonl, reuseaddr, reuseport, nodelay, close_first, half_close, serve_one,
		hold_acks, ignore_sigchld;
	unsigned faults;                                                   /* enum lab_fault */
	long linger_s, tos;                                                /* -1: not set */
	long defer_accept_s, tcp_keepalive_s, rcvbuf, sndbuf, ttl, nofile; /* 0: not set */
	long backlog;
	long accept; /* how many connections to accept unasked; LAB_ALL */
	long count;  /* clients at once; 0: --count not given, one */
	long gap_ms, connect_timeout_ms;
	long pause_before_listen_ms, pause_before_accept_ms, pause_before_connect_ms;
	/* LAB_FOREVER: until told */
	long pause_before_read_ms, pause_before_write_ms, pause_before_close_ms;
	struct lab_texts send;
	/* the chat room */
	const char *nick, *speak_as;
	long members, timeout_s, keepalive_s;
	bool unconnected;
};

/* Read the command line of one program. Prints --help (built from the table) and exits 0; prints a
 * usage error and exits 2. Afterwards the family, both addresses and both ports are
 * settled, SIGPIPE is ignored, and standard output is flushed at every line. */
void lab_options_read(struct lab_options *options, enum lab_program program, const char *summary,
	int argc, char **argv);
/* A whole decimal number within [min, max]; false otherwise. */
bool lab_number(const char *text, long min, long max, long *number);
/* "program: ...", where to find help; exits 2. */
void lab_usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The same for what getopt() says of a word ('?' or ':', with opterr 0 and ":" in front of the
 * letters); letter: its optopt. */
void lab_option_unknown(int got, const char *word, int letter) __attribute__((noreturn));

#endif
