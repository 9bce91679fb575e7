/* What the two halves of the scripted peer share: the script's words, its connections, and how it
 * fails. peer.c speaks for the peer (segments over the tun device), peer_kernel.c for the program
 * on the kernel's side (system calls). */
#ifndef TESTS_NETNS_PEER_KERNEL_H
#define TESTS_NETNS_PEER_KERNEL_H

#include <stdio.h>

#include "peer_wire.h"

enum { WORDS_MAX = 24, CONNECTIONS_MAX = 16 };

struct words {
	char *at[WORDS_MAX];
	size_t count, next;
};

/* one port of the peer, with whatever the kernel has towards it, one after another */
struct connection {
	uint16_t peer_port, kernel_port;
	uint32_t snd_nxt, rcv_nxt;
	bool timestamps;
	uint32_t ts_recent;
	uint8_t cookie[COOKIE_MAX], cookie_length;
	struct segment last; /* the kernel's newest segment, for ICMP errors to quote */
	int64_t sent_us;     /* when the peer sent its newest one (CLOCK_MONOTONIC) */
	int fd;              /* the kernel's socket, -1: none, or nobody holds it any more */
};

struct peer {
	struct wire wire;
	struct connection connections[CONNECTIONS_MAX], *now;
	size_t count;
	int listener;
	FILE *held; /* see oracle_compare.c */
};

/* names the script's line */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
char *word_next(struct words *words); /* NULL at the end */
char *word_needed(struct words *words, const char *what);
bool word_is(struct words *words, const char *word); /* takes it when it is the next one */
long word_number(struct words *words, const char *what);

/* The rest of a line that began with "kernel". */
void kernel_command(struct peer *peer, struct words *words);

#endif
