/* A TCP endpoint, plainly written from RFC 9293 3.10 and Linux' tcp_input.c: one state, sequence
 * numbers, and what it answers. It knows nothing of the engine, which is compared with it
 * (machines.h). No options, no congestion control, an unlimited receive window but for its size. */
#ifndef TCPSTATE_TEST_PLAIN_MACHINE_H
#define TCPSTATE_TEST_PLAIN_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpstate/state.h"

enum { PLAIN_OUT = 16, PLAIN_PATH = 64, PLAIN_WINDOW = 64000, PLAIN_LATER = 4 };

struct plain_segment {
	uint8_t flags; /* TCP_... of segment.h */
	uint32_t seq, ack, len;
};
struct plain_end {
	uint8_t state; /* enum tcp_state */
	bool request;  /* SYN_RECV is a request of a listener, no socket yet */
	bool closed;   /* its program has called close(): nobody will read */
	bool fin;      /* its FIN has been sent */
	bool with_fin; /* in the segment of its last data */
	uint32_t iss, una, nxt, rcv;
	uint32_t sent_len; /* of the oldest unacknowledged segment's data, for sending it again */
	/* came ahead of a hole */
	struct plain_segment later[PLAIN_LATER];
	size_t later_count;
	/* what it sends: taken away by the caller, who sets the count to 0 */
	struct plain_segment out[PLAIN_OUT];
	size_t out_count;
	/* the states it went to, in order */
	uint8_t path[PLAIN_PATH];
	size_t path_count;
};

/* A closed end, or one with a listener. */
void plain_start(struct plain_end *end, uint32_t iss, bool listens);
/* Calls of its program; each does nothing where the state does not allow it. */
void plain_connect(struct plain_end *end);
void plain_send(struct plain_end *end, uint32_t len);
/* shutdown(SHUT_WR) behind len bytes written; len counts where nothing else is outstanding */
void plain_shutdown(struct plain_end *end, uint32_t len);
/* likewise; everything that came has been read */
void plain_close(struct plain_end *end, uint32_t len);
void plain_abort(struct plain_end *end); /* close() with SO_LINGER 0 */
/* The timer: the oldest unacknowledged segment once more. */
void plain_again(struct plain_end *end);
void plain_receive(struct plain_end *end, const struct plain_segment *segment);

#endif
