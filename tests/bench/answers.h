/* The kernel's answers to look-ups, made up and written into a recording: what captures.c gives its
 * connections. */
#ifndef TCPSTATE_BENCH_ANSWERS_H
#define TCPSTATE_BENCH_ANSWERS_H

#include "tcpstate/source.h"
#include "tcpstate/state.h"

struct answers;
/* NULL: out of memory. The recording is borrowed. */
struct answers *answers_new(struct recording *recording);
void answers_free(struct answers *answers);
/* Asked at t_ns, and answered 10 us later: the end `side` (0: the client, at client_port) of a
 * loopback connection is in this state. Ports in host byte order. */
void answers_give(struct answers *answers, int64_t t_ns, uint16_t client_port, uint16_t server_port,
	int side, unsigned state, uint32_t number);

#endif
