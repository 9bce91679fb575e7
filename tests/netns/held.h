/* What the kernel holds, read from /proc/net/tcp and tcp6: a witness that shares no code with the
 * bench (which asks sock_diag), and that, unlike the tracepoint, shows request sockets (SYN_RECV)
 * and mini-sockets (TIME_WAIT, an orphan's FIN_WAIT2). */
#ifndef TESTS_NETNS_HELD_H
#define TESTS_NETNS_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { HELD_END = 64 };
/* "[::1]:80", "*:*" */
struct held_row {
	const char *state;
	unsigned local_port, remote_port;
	char local[HELD_END], remote[HELD_END];
};

/* Each socket of this namespace, once. false: /proc/net cannot be read. */
bool held_each(void (*call)(void *context, const struct held_row *row), void *context);
/* The same of one family's sockets; an IPv6 socket may have IPv4 ends. */
bool held_each_of(bool v6, void (*call)(void *context, const struct held_row *row), void *context);
/* Lines "T STATE LOCAL REMOTE" of the sockets that use one of the ports [low, high] on either side,
 * once two readings 5 ms apart agree; only: and a line "T only". */
void held_print(FILE *out, unsigned low, unsigned high, bool only);
/* Of very many, which come and go: lines "T STATE LOCAL REMOTE" of what two readings show alike,
 * and "T UNSURE LOCAL REMOTE" of what they do not; then "T only". */
void held_print_lasting(FILE *out);
/* The text of an address and port, as the bench prints it: IPv4-mapped as IPv4. */
void held_end(char out[HELD_END], bool v6, const void *addr, unsigned port);

#endif
