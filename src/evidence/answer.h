/* The kernel's word about one end: an answer to a look-up or a row of a dump, what is kept of all
 * of them beside the end, and an answer that still waits for the packets captured before it.
 * answers.c attaches them. */
#ifndef TCPSTATE_EVIDENCE_ANSWER_H
#define TCPSTATE_EVIDENCE_ANSWER_H

#include "tcpstate/core.h"

enum {
	ANSWERS_MAX = 256, /* of an end */
};

struct answer { /* of the kernel about one end */
	int64_t asked_ns, answered_ns;
	uint64_t cookie, number;
	/* the first of those it stands for that came long enough after the newest segment to tell
	 * what became of that; 0: none */
	int64_t first_ns;
	uint64_t first_number;
	uint32_t expires_ms, recv_q;
	uint16_t states; /* bit per state of rules.c that agrees with it */
	uint8_t state;   /* STATE_CLOSED: absent */
	uint8_t timer, retrans;
	bool absent, listener, request, mini, destroyed, first_dump;
};
struct kernel { /* the kernel's side of an end */
	uint64_t cookie, ended_cookie;
	struct answer *answer; /* in time order */
	uint32_t count, size;
	int64_t sent_ns, heard_ns; /* the newest segment sent, RST apart, and received */
	int64_t spoke_ns;          /* the newest one sent that had data */
	int64_t timer_due_ns, shown_ns, wish_base_ns, due_ns;
	/* last word of the kernel that agreed with the state then believed */
	int64_t agree_ns;
	uint32_t flow, inode, heap_at, device;
	uint16_t shown; /* bit per tcp_state */
	uint8_t side, state, timer, agree_state, wish_step;
	bool last_word, used;
};

struct held {                /* an answer that waits for the packets captured before it */
	struct flow_key key; /* [0] = local end */
	struct answer answer;
	uint32_t inode, send_q, interface;
	bool other, exact, v6only, row;
};

void answer_hold(struct core *core, const struct event *event);
void answers_due(struct core *core, int64_t t_ns); /* attach all that are due by t_ns */
/* Those about this 4-tuple at once: its oldest life will be told. */
void answers_hurry(struct core *core, const struct flow_key *canonical);

#endif
