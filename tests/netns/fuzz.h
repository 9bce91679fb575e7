/* A fuzzed peer: by lot, from a seed, connections are opened, used and ended between a program on
 * this kernel and a TCP end at the other side of a tun device. One thread does all, so that what
 * the kernel holds can be asked right after each segment and each call. Parts: fuzz_peer.c (the
 * loop), fuzz_calls.c (the program), fuzz_sane.c, fuzz_mad.c (two peers), fuzz_rows.c (sock_diag).
 */
#ifndef TESTS_NETNS_FUZZ_H
#define TESTS_NETNS_FUZZ_H

#include <stdio.h>
#include <time.h>

#include "peer_wire.h"

enum {
	FUZZ_CONNS = 24,
	FUZZ_LISTEN = 8080,
	FUZZ_SERVER = 18461, /* the peer's listening port */
	FUZZ_FIRST = 41400
};
enum peer_state { PEER_IDLE, PEER_SYN_SENT, PEER_SYN_RECV, PEER_OPEN, PEER_DEAD };

struct fuzz_row {      /* what the kernel showed last */
	uint8_t state; /* of sock_diag; 0: nothing */
	bool mini;     /* in TIME_WAIT or an orphan's FIN_WAIT2 */
	uint64_t cookie;
};

/* one 4-tuple; a second life of it begins anew */
struct conn {
	uint16_t kernel_port, peer_port;
	bool active; /* the program on the kernel connects */
	unsigned life;
	int fd; /* -1: none, or nobody holds it any more */
	struct fuzz_row row;
	/* the peer's view */
	enum peer_state state;
	uint32_t iss, una, nxt, rcv;
	bool timestamps, fin_wanted, fin_sent, fin_seen;
	bool refuses, mute; /* refuses: answers a SYN by RST; mute: by nothing */
	uint32_t to_send, ts_recent;
	unsigned tries, timer;
	struct segment last; /* the kernel's newest, for ICMP errors to quote */
};

struct fuzz;
struct task {
	int64_t due_ns; /* CLOCK_MONOTONIC */
	uint64_t order;
	void (*run)(struct fuzz *fuzz, struct conn *conn, const struct task *task);
	struct conn *conn; /* NULL: of the whole run */
	unsigned life;     /* of conn; a task of an ended life is dropped */
	unsigned number;
	struct segment segment;
};
typedef void fuzz_run(struct fuzz *fuzz, struct conn *conn, const struct task *task);

struct character {
	const char *name;
	/* Begins the peer's part of a life: opens it, or waits for the kernel's SYN. */
	void (*begin)(struct fuzz *fuzz, struct conn *conn);
	void (*take)(struct fuzz *fuzz, struct conn *conn, const struct segment *segment);
};
extern const struct character character_sane, character_mad;

struct fuzz {
	struct wire wire;
	const struct character *character;
	struct conn conns[FUZZ_CONNS];
	uint64_t lot;
	struct task **tasks; /* a heap */
	size_t task_count;
	uint64_t task_order;
	int listener, rows;
	unsigned backlog, accept_ms;               /* accept_ms 0: at once */
	unsigned loss, twice, delay_us, jitter_us; /* the path, both ways; loss and twice in % */
	FILE *log;
	struct timespec asked; /* before a connect() */
};

void fuzz_fail(const char *what) __attribute__((noreturn)); /* with errno */
int64_t fuzz_now_ns(void);
uint32_t fuzz_draw(struct fuzz *fuzz, uint32_t below); /* below > 0 */
bool fuzz_chance(struct fuzz *fuzz, unsigned percent);
/* A delay as programs and networks have them: none, a millisecond, tens, hundreds. In us. */
unsigned fuzz_pause(struct fuzz *fuzz);
/* segment may be NULL. conn NULL: of the whole run. */
void fuzz_later(struct fuzz *fuzz, unsigned delay_us, fuzz_run *run, struct conn *conn,
	unsigned number, const struct segment *segment);
/* Puts a segment on the path to the kernel; the ports are filled in. */
void fuzz_send(struct fuzz *fuzz, struct conn *conn, struct segment *segment);

/* ---- fuzz_calls.c ---- */
void calls_listen(struct fuzz *fuzz);
void calls_accept(struct fuzz *fuzz, struct conn *unused, const struct task *task);
void calls_connect(struct fuzz *fuzz, struct conn *conn, const struct task *task);
void calls_end(struct fuzz *fuzz); /* abort everything */

/* ---- fuzz_rows.c ---- */
void rows_open(struct fuzz *fuzz);
/* Asks for one connection (NULL: for all) and logs what has changed: "ASKED ANSWERED
 * LPORT<>RPORT STATE full|mini|none COOKIE", times of CLOCK_REALTIME. */
void rows_look(struct fuzz *fuzz, struct conn *conn);
/* A connect() that failed before its SYN is no life of the 4-tuple: logs "BEFORE AFTER LPORT<>RPORT
 * - unsent 0". */
void rows_asked(struct fuzz *fuzz);
void rows_unsent(struct fuzz *fuzz, struct conn *conn);

#endif
