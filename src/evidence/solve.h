/* What the files of the solver share: the hypotheses about one end, and the chains of nodes that
 * are their past. solve.c has the walk over all events; solve_own.c, solve_got.c and solve_answer.c
 * what one event of each kind does to one hypothesis; solve_path.c tells the cheapest. */
#ifndef TCPSTATE_EVIDENCE_SOLVE_H
#define TCPSTATE_EVIDENCE_SOLVE_H

#include "engine.h"

enum {
	NODES = 32768,
	BEAM = 24,
	EVENTS_MAX = 2 * RING_MAX + ANSWERS_MAX,
};

struct node {
	int32_t before;
	int16_t symbol, answer;
	int64_t t_ns, latest_ns, not_before_ns, due_ns; /* latest: by then it had happened */
	uint8_t from, to, kind, on, reason;
	bool own;
};
struct hypothesis {
	int32_t cost, node;
	int64_t since_ns;
	uint16_t refused;    /* bit per state shown: segments into it were not taken */
	bool waited;         /* in WAITING longer than a stack takes */
	uint8_t state, held; /* held: until since_ns */
};
struct set {
	int count;
	struct hypothesis at[BEAM];
};
struct solver {
	struct core *core;
	struct flow *flow;
	uint32_t index;
	int side, used, events;
	const struct symbol *ring;
	const struct kernel *kernel;
	int syn;      /* newest symbol that brought a SYN; -1 none */
	int received; /* newest symbol received; -1 none */
	bool nobody;  /* the end speaks on, and has no socket here: NAT */
	bool lossy;   /* packets of it were lost */
	/* only what costs nothing is followed: solve_path() */
	bool free_only;
	int64_t patience_ns;
	uint8_t full[RING_MAX]; /* does the listener ignore that final ACK? solve_got.c */
	struct set set, next;
	int32_t best[EVENTS_MAX]; /* after each event: the cheapest path's node */
	int16_t event[EVENTS_MAX];
	struct node node[NODES];
};

/* One more step of a hypothesis: into `to`, or (NOT_TAKEN, NOTED) a remark that changes nothing. */
void solve_step(struct solver *solver, struct hypothesis *at, uint8_t to, struct node node);
/* The one or two steps of a row of the tables. */
void solve_step_via(
	struct solver *solver, struct hypothesis *at, const struct step *step, struct node node);
/* Keep it for the next event, if it is among the cheapest. */
void solve_relax(struct solver *solver, const struct hypothesis *at);
/* Need it not be looked at, since it costs that much? */
static inline bool solve_spares(const struct solver *solver, int cost)
{
	return solver->free_only && cost > FREE;
}
/* For how long it has been in its state; of an anchor nobody knows since when. */
static inline int64_t solve_held_ns(const struct hypothesis *at, int64_t t_ns)
{
	return at->since_ns == INT64_MIN ? INT64_MAX : t_ns - at->since_ns;
}
/* Was it in one of these states at some time since? */
bool solve_held_since(const struct solver *solver, const struct hypothesis *at, uint16_t states,
	int64_t since_ns);
/* The timer that the kernel had shown with that state (answers up to `last`), if it had run out by
 * then and nothing was sent when it did; 0: it had not. */
int64_t solve_timer_ran_out(const struct solver *solver, uint8_t state, int last, int64_t by_ns);
/* Index of the newest answer before that time; -1 none. */
int solve_answers_before(const struct solver *solver, int64_t t_ns);
/* One event and one hypothesis: what may come of it goes to solver->next. */
void solve_own(struct solver *solver, struct hypothesis at, int index);
void solve_got(struct solver *solver, struct hypothesis at, int index);
void solve_answer(struct solver *solver, struct hypothesis at, int index);
/* The chain of the best hypothesis as edges to be told. */
void solve_extract(struct solver *solver, const struct hypothesis *best, struct path *out);
/* Where packets were lost: which edges may leave out states. doubt.c */
void path_doubt(const struct solver *solver, struct path *path);

#endif
