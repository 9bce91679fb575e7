/* The steps of a report: transitions, the corrections of those that were withdrawn, and the state
 * diagram as all of them took it. */
#ifndef TCPSTATE_MODEL_STEPS_H
#define TCPSTATE_MODEL_STEPS_H

#include "tcpstate/record.h"

/* The ends of a transition, correction or finding are those of record.key: its own is record.side
 * (flow_end_text() prints them). */
/* as it stands at the end; withdrawn ones are only in the corrections */
struct transition {
	struct record record; /* event is NULL; evidence, diag_frame, frame are final */
	/* of its connection in model->connections, or of its listener when record.listener */
	uint32_t index;
	/* the ICMP error it rests on: index + 1 into model->errors, 0 none */
	uint32_t error;
	/* of the same connection, while records come in: index + 1 */
	uint32_t next;
	/* how many of the kernel's answers showed its socket in `to`; the last that did. 0: none,
	 * or not known */
	uint32_t rows, last_diag;
	/* the recorded call that made it: index + 1 into model->calls, 0 none */
	uint32_t call;
	uint16_t run;
};
/* Whose state changed. */
enum end_role { ROLE_CLIENT, ROLE_SERVER, ROLE_LISTENER };
struct correction {           /* equal edge and reason of one endpoint folded */
	struct record record; /* of the first; evidence: who refuted it */
	uint32_t index, next;
	uint16_t run; /* as in a transition */
	/* why the withdrawn edge had been claimed */
	struct reason claimed;
	uint8_t claimed_cause;
	/* count of each, 0 where there is none */
	uint32_t count;
	uint64_t *frames, *refuting_frames, *refuting_diags;
	int64_t *edge_times, *refuted_times; /* when each was claimed, when refuted */
};
enum step_kind { STEP_TRANSITION, STEP_CORRECTION, STEP_ERROR };
/* into model->transitions, ->corrections or ->errors */
struct step {
	uint8_t kind;
	uint32_t index;
};
struct steps {
	struct step *item;
	size_t count;
};

/* The state diagram as it was taken: its edges (state_figure()), then those beyond it that were
 * taken. */
struct edge_sum {
	uint8_t from, to;
	uint8_t figure; /* enum figure */
	size_t count[EVIDENCE_MAX], taken, withdrawn /* claims of it */;
	uint8_t causes;  /* bit 1 << enum cause: what took it */
	size_t roles[3]; /* by enum end_role */
	size_t ends[4];  /* enum edge_end: of those to CLOSED */
};
enum edge_end { END_RST_OUT, END_RST_IN, END_TIMER, END_OTHER };
struct state_sum {
	size_t entered, rows /* of sock_diag that showed it */;
	int64_t longest_ns /* for which a socket was in it; -1: none was */;
};

#endif
