/* The calls by which a program opened and closed its end of a connection, where they are recorded.
 * The wire shows a close() when its FIN leaves, the kernel when somebody asks; the call says when
 * it was. Kept by cookie, the newest of as many sockets as there are places. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { PLACES = 32768, ENDED = 4096 };

struct heard_end {
	uint64_t cookie; /* 0: free */
	/* connect(); the first shutdown() or last close(), which sends the FIN; the last close();
	 * from_ns 0: none */
	struct span open, fin, close;
	uint32_t fin_by, close_by; /* the process whose end it was; 0: a call of its own */
	bool failed;               /* the connect(): another may follow */
};
struct heard_ends {
	struct heard_end place[PLACES];
	struct {
		uint32_t pid;
		int64_t t_ns;
	} ended[ENDED]; /* by process */
};

static struct heard_end *end_of(const struct core *core, uint64_t cookie)
{
	struct heard_end *end =
		core->heard_ends != NULL ? &core->heard_ends->place[cookie % PLACES] : NULL;

	return end != NULL && cookie != 0 && end->cookie == cookie ? end : NULL;
}

/* Its place, taken from an older one where need be. NULL: out of memory. */
static struct heard_end *end_enter(struct core *core, uint64_t cookie)
{
	struct heard_end *end;

	if (core->heard_ends == NULL)
		core->heard_ends = calloc(1, sizeof(*core->heard_ends));
	if (core->heard_ends == NULL)
		return NULL;
	end = &core->heard_ends->place[cookie % PLACES];
	if (end->cookie != cookie)
		*end = (struct heard_end){.cookie = cookie};
	return end;
}

/* A connect() under way may be called again to hear what became of it. */
static bool is_under_way(int error)
{
	return error == EINPROGRESS || error == EALREADY || error == EINTR || error == EISCONN;
}

static void connect_heard(struct core *core, const struct call *call)
{
	struct heard_end *end = end_enter(core, call->cookie);

	if (end == NULL || (end->open.from_ns != 0 && !end->failed))
		return;
	end->open = (struct span){
		call->entered_ns, call->returned_ns != 0 ? call->returned_ns : INT64_MAX};
	end->failed = call->error != 0 && !is_under_way(call->error);
}

static bool sends_fin(const struct call *call)
{
	return call->what == CALLED_SHUTDOWN && call->error == 0 &&
	       strcmp(call->arguments, "SHUT_RD") != 0;
}

void heard_end_call(struct core *core, const struct call *call)
{
	bool closes = call->effect == CALL_CLOSES && call->last;
	bool exits = call->what == CALLED_EXIT;
	struct span span = {call->entered_ns, call->returned_ns};
	struct heard_end *end;

	if (call->cookie == 0)
		return;
	if (call->what == CALLED_CONNECT)
		connect_heard(core, call);
	if (!closes && !sends_fin(call))
		return;
	end = end_enter(core, call->cookie);
	if (end == NULL)
		return;
	/* an exit is told before the kernel closes what the process held; a call of another thread
	 * that is under way holds the socket as well */
	if (exits || call->busy || call->returned_ns == 0)
		span.until_ns = INT64_MAX;
	if (end->fin.from_ns == 0) {
		end->fin = span;
		end->fin_by = exits ? call->pid : 0;
	}
	if (closes) {
		end->close = span;
		end->close_by = exits ? call->pid : 0;
	}
}

void heard_end_exit(struct core *core, uint32_t pid, int64_t t_ns)
{
	struct heard_ends *all = core->heard_ends;

	if (all == NULL)
		return;
	all->ended[pid % ENDED].pid = pid;
	all->ended[pid % ENDED].t_ns = t_ns;
}

void heard_ends_free(struct core *core)
{
	free(core->heard_ends);
	core->heard_ends = NULL;
}

/* ---- a path is dated by them ---- */

static struct span until_ended(const struct core *core, struct span span, uint32_t pid)
{
	const struct heard_ends *all = core->heard_ends;

	if (pid != 0 && all->ended[pid % ENDED].pid == pid &&
		all->ended[pid % ENDED].t_ns >= span.from_ns)
		span.until_ns = all->ended[pid % ENDED].t_ns;
	return span;
}

/* A program that its SYN's timer has told that nobody answers closes within this. */
static const int64_t TOLD_NS = 100 * (int64_t)MS;

/* When the kernel was found not to hold it any more. */
static int64_t gone_ns(const struct kernel *kernel, const struct path_edge *edge)
{
	return edge->answer >= 0 ? kernel->answer[edge->answer].answered_ns : edge->t_ns;
}

/* A close() leaves nothing of SYN_SENT: a timer that was to run out later never did, and one that
 * ran out long before it sent the SYN again, although nobody looked in between. */
static bool closed_in_syn_sent(
	const struct kernel *kernel, const struct heard_end *end, const struct path_edge *edge)
{
	return edge->before == STATE_SYN_SENT && end->close.from_ns != 0 &&
	       (end->close.until_ns <= edge->due_ns ||
		       (end->close.from_ns > edge->due_ns + TOLD_NS &&
			       end->close.from_ns <= gone_ns(kernel, edge)));
}

/* The call that made this edge; from_ns 0: none makes such an edge, or none was heard. */
static struct span call_of(const struct core *core, const struct kernel *kernel,
	const struct heard_end *end, const struct path_edge *edge)
{
	if (edge->to == STATE_SYN_SENT && edge->before != STATE_SYN_RECV)
		return end->open;
	switch (edge->reason) {
	case REASON_FIN_SENT:
	case REASON_FIN_SENT_AFTER_PEER:
	case REASON_FIN_QUEUED:
		return until_ended(core, end->fin, end->fin_by);
	case REASON_CLOSED_OR_ENDED:
		if (edge->to == STATE_CLOSED &&
			(edge->due_ns == 0 || closed_in_syn_sent(kernel, end, edge)))
			return until_ended(core, end->close, end->close_by);
		break;
	default:
		break;
	}
	return (struct span){0, 0};
}

/* A segment dates its edge but for a FIN that waited behind data: its call had returned before. */
static bool is_dated_by_wire(
	const struct path_edge *edge, const struct symbol *ring, int side, const struct span *call)
{
	if (edge->kind >= BY_KERNEL)
		return false;
	return !edge->own || edge->symbol < 0 || !(ring[edge->symbol].blocked >> side & 1) ||
	       (edge->to != STATE_FIN_WAIT1 && edge->to != STATE_LAST_ACK) ||
	       call->until_ns >= edge->t_ns;
}

static void edge_date(struct path_edge *edge, int64_t earliest_ns, const struct span *call)
{
	int64_t from_ns = call->from_ns > earliest_ns ? call->from_ns : earliest_ns;
	int64_t until_ns = call->until_ns < edge->t_ns ? call->until_ns : edge->t_ns;

	if (from_ns > until_ns) /* it was not this call */
		return;
	edge->t_ns = until_ns;
	edge->not_before_ns = from_ns < until_ns ? from_ns : 0;
	edge->due_ns = 0; /* and no timer */
}

void heard_path(struct core *core, uint32_t index, int side, struct path *path)
{
	const struct kernel *kernel =
		core->heard_ends != NULL ? kernel_of(core, index, side, false) : NULL;
	const struct heard_end *end = kernel != NULL ? end_of(core, kernel->cookie) : NULL;
	const struct symbol *ring = ring_of(core, flow_at(core, index));
	int64_t before_ns = INT64_MIN;

	for (int i = 0; end != NULL && i < path->count; i++) {
		struct path_edge *edge = &path->edge[i];
		struct span call;

		if (edge->kind >= NOT_TAKEN)
			continue;
		call = call_of(core, kernel, end, edge);
		if (edge->due_ns != 0 && call.from_ns > edge->due_ns)
			edge->t_ns = gone_ns(kernel, edge); /* not when the timer was due */
		if (call.from_ns != 0 && !is_dated_by_wire(edge, ring, side, &call)) {
			int64_t earliest_ns = edge->not_before_ns;

			edge_date(edge, earliest_ns > before_ns ? earliest_ns : before_ns, &call);
		}
		before_ns = edge->t_ns;
	}
}
