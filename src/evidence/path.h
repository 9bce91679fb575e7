/* The path of one end, an explanation of all its symbols and answers, edge by edge; why each edge
 * was taken; and what was told of it, at once or at the end. solve.c finds the path, reasons.c has
 * its reasons, tell.c makes records of it. */
#ifndef TCPSTATE_EVIDENCE_PATH_H
#define TCPSTATE_EVIDENCE_PATH_H

#include "tcpstate/core.h"

/* ---- solve.c ---- */
enum edge_kind { BY_OWN, BY_GOT, BY_INFERENCE, BY_KERNEL, BY_ROUTE, NOT_TAKEN, NOTED };
struct path_edge {
	int64_t t_ns, not_before_ns, refuted_ns;
	uint64_t frame, number;                 /* number: the answer's record */
	uint64_t refuted_frame, refuted_number; /* NOT_TAKEN: what shows it */
	int64_t due_ns;                         /* the timer that ran out; 0 none */
	int16_t symbol, answer;                 /* index in the ring, in the answers; -1 none */
	uint8_t from, to;                       /* enum tcp_state, as told */
	uint8_t before, after;                  /* of rules.c */
	uint8_t kind, on;                       /* on: enum own or enum got, by kind */
	uint8_t reason;                         /* of the table */
	bool both, own;                         /* own: on is of enum own */
	bool doubtful; /* packets were lost: others may lie between its two states */
};
enum { PATH_MAX_EDGES = 200 };
struct path {
	struct path_edge edge[PATH_MAX_EDGES];
	int count, cost;
	uint8_t state; /* of rules.c, at the end */
	bool misses;   /* the kernel shows what only a segment makes that was not captured */
};
struct solver;
struct solver *solver_new(void);
/* All segments taken: for ends that nothing contradicts and no answer is about. */
void solve_fold(struct core *core, uint32_t flow, int side, struct path *out);
/* The cheapest explanation of all symbols and answers. */
void solve_path(struct core *core, uint32_t flow, int side, struct path *out);
/* One of both, as the end needs it. */
void path_of(struct core *core, uint32_t flow, int side, struct path *out);

/* ---- told: what was said of an end already (at once), to be compared with what is known now ----
 */
struct told_edge {
	uint64_t id, frame, number;
	int64_t t_ns;
	uint8_t from, to, evidence, kind;
	uint16_t reason;
	uint8_t cause, taken;
};
struct told {
	struct told_edge *edge;
	uint32_t count, size;
};

/* ---- tell.c ---- */
/* At once: the difference between what was told of this end and what is known now. */
void tell_end(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* At its end, or before its ring is cut: all that was not told yet. */
void tell_rest(struct core *core, uint32_t flow, int64_t t_ns);
/* The ring is full: its first symbols become the anchor. */
void tell_anchor(struct core *core, uint32_t flow, int64_t t_ns);

/* ---- reasons.c ---- */
/* Why that edge of the path: fills reason, cause. */
void reason_of_edge(struct core *core, uint32_t flow, int side, const struct path *path, int edge,
	struct record *record);
/* Why that symbol was not taken. */
struct reason reason_not_taken(
	struct core *core, uint32_t flow, int side, const struct path *path, int edge);

#endif
