/* Where the capture has lost packets, an edge between two states that were seen may leave out
 * others that nobody saw. What the kernel shows, or a segment, is still true of the state in which
 * it ends; the edge is told as seen only if there is one way there, else as inferred. */
#include "attempt.h"
#include "packed.h"
#include "solve.h"

#include <stdlib.h>

#define S(state) (uint16_t)(1u << STATE_##state)

/* What may come next, whatever was lost. SYNs that cross are too rare to be thought of. */
static const uint16_t may_follow[STATES] = {
	[STATE_CLOSED] = S(SYN_SENT) | S(REQUEST) | S(SYN_RECV),
	[STATE_COOKIE] = S(REQUEST) | S(SYN_SENT),
	[STATE_SYN_SENT] = S(ESTABLISHED) | S(CLOSED),
	[STATE_REQUEST] = S(ESTABLISHED) | S(CLOSED),
	[STATE_SYN_RECV] = S(ESTABLISHED) | S(CLOSED),
	[STATE_ESTABLISHED] = S(FIN_WAIT1) | S(CLOSE_WAIT) | S(CLOSED),
	[STATE_FIN_WAIT1] = S(FIN_WAIT2) | S(CLOSING) | S(CLOSED),
	[STATE_FIN_WAIT2] = S(TIME_WAIT) | S(CLOSED),
	[STATE_CLOSING] = S(TIME_WAIT) | S(CLOSED),
	[STATE_TIME_WAIT] = S(CLOSED),
	[STATE_CLOSE_WAIT] = S(LAST_ACK) | S(CLOSED),
	[STATE_LAST_ACK] = S(CLOSED),
};
/* States that a lost ACK alone, which leaves no trace in sequence numbers, may have ended. */
static const uint16_t ended_by_ack =
	S(SYN_SENT) | S(REQUEST) | S(SYN_RECV) | S(FIN_WAIT1) | S(CLOSING);

static const uint16_t was_open = S(ESTABLISHED) | S(WAITING) | S(FIN_WAIT1) | S(FIN_WAIT2) |
				 S(CLOSING) | S(CLOSE_WAIT) | S(LAST_ACK);

/* How many ways lead there, up to two; none through CLOSED. */
static int ways(uint8_t from, uint8_t to)
{
	int count = may_follow[from] >> to & 1;

	for (uint8_t mid = 0; mid < STATES && count < 2; mid++)
		if (mid != STATE_CLOSED && mid != to && (may_follow[from] >> mid & 1))
			count += ways(mid, to);
	return count;
}

static uint8_t plain(uint8_t state)
{
	return state == STATE_WAITING ? STATE_ESTABLISHED : state;
}

/* Does it take a packet that is not there? */
static bool misses_packet(const struct path_edge *edge)
{
	uint8_t next, reason;

	return (edge->kind == BY_KERNEL || edge->kind == BY_ROUTE) && edge->frame == 0 &&
	       edge->before != STATE_UNKNOWN &&
	       rules_route(edge->before, edge->after, &next, &reason) >= MISSED;
}

enum { ENOUGH = 3 }; /* so many connections that show a loss, and the capture has lost packets */

void core_gap(struct core *core)
{
	if (++core->gaps != 0)
		return;
	/* it comes to numbers again that it had before: who began then is told apart by flags */
	core->gaps = 1;
	for (uint32_t i = 0; i < core->flows.top; i++)
		if (flow_at(core, i)->flags & FLOW_USED)
			flow_at(core, i)->flags |= FLOW_LOST | FLOW_LOSSY;
	for (uint32_t i = 0; i < core->attempts.top; i++)
		attempt_at(core, i)->gaps = 0;
	for (uint32_t at = core->packed_first; at != 0; at = packed_at(core, at - 1)->next)
		packed_at(core, at - 1)->flags |= FLOW_LOST | FLOW_LOSSY;
}

void flow_shows_loss(struct core *core, struct flow *flow)
{
	if (flow->flags & FLOW_LOST)
		return;
	flow->flags |= FLOW_LOST | FLOW_LOSSY;
	if (++core->proofs >= ENOUGH)
		core_gap(core);
}

enum { LOSSES_EXACT = 1 << 16, LOSSES_KEPT = 2 * LOSSES_EXACT };

/* Of those beyond the first LOSSES_EXACT every other one stays, and knows how many came before. */
static void losses_thin(struct core *core)
{
	size_t kept = LOSSES_EXACT;

	for (size_t i = kept + 1; i < core->losses.count; i += 2)
		core->losses.item[kept++] = core->losses.item[i];
	core->losses.count = kept;
}

void loss_add(struct core *core, int64_t t_ns)
{
	if (core->losses.count == LOSSES_KEPT)
		losses_thin(core);
	if (core->losses.count == core->losses.room) {
		size_t room = core->losses.room > 0 ? 2 * core->losses.room : 16;
		struct loss_told *more = reallocarray(core->losses.item, room, sizeof(*more));
		if (more == NULL)
			return;
		core->losses.item = more;
		core->losses.room = room;
	}
	size_t at = core->losses.count++;
	struct loss_told *item = core->losses.item;
	for (; at > 0 && item[at - 1].t_ns > t_ns; at--) { /* hardly ever */
		item[at] = item[at - 1];
		item[at].nth++;
	}
	item[at] = (struct loss_told){t_ns, at > 0 ? item[at - 1].nth + 1 : 1};
}

uint64_t losses_before(const struct core *core, int64_t t_ns)
{
	size_t low = 0, high = core->losses.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (core->losses.item[middle].t_ns <= t_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? core->losses.item[low - 1].nth : 0;
}

/* Was a packet lost that the recorder tells of, or that the kernel's answers show to be missing? (A
 * hole in what was sent may be the network's.) */
static bool is_lossy(const struct solver *solver, struct path *path)
{
	const struct flow *flow = solver->flow;

	if (flow_lost_packets(solver->core, flow) || solver->core->proofs >= ENOUGH)
		return true;
	for (int i = 0; i < path->count && flow->count > 0; i++)
		if (path->edge[i].kind < NOT_TAKEN && misses_packet(&path->edge[i])) {
			path->misses |= path->edge[i].kind == BY_KERNEL;
			return true;
		}
	return false;
}

/* Of a TIME_WAIT that the kernel never showed, and that was gone at once, nobody knows whether it
 * was: an orphan that gets data is reset, and that RST may be lost. */
static bool may_never_have_been(const struct path *path, int k)
{
	const struct path_edge *edge = &path->edge[k], *next = edge + 1;

	return k + 1 < path->count && edge->after == STATE_TIME_WAIT && !edge->both &&
	       edge->number == 0 && next->kind == BY_KERNEL && next->after == STATE_CLOSED &&
	       next->t_ns - edge->t_ns < SECOND_NS;
}

/* May this end have left the state before the segment moved it? A lost FIN shows in what is
 * acknowledged, a lost ACK does not; only a RST is taken in the next state as well. The one that
 * refuses a SYN answers that alone. */
static bool may_have_moved(const struct solver *solver, const struct path_edge *edge)
{
	bool refuses = edge->own ? edge->on == OWN_REFUSES_SYN : edge->on == GOT_RST_SYN;
	const struct symbol *symbol = edge->symbol >= 0 ? &solver->ring[edge->symbol] : NULL;
	bool hole = symbol != NULL && (symbol->hole || symbol->skipped);

	if (refuses)
		return false;
	if (hole && (was_open >> edge->before & 1) && edge->before != STATE_LAST_ACK)
		return true;
	return edge->after == STATE_CLOSED && (ended_by_ack >> edge->before & 1);
}

/* A FIN in FIN_WAIT1 makes CLOSING only if it does not acknowledge the own one: where that was not
 * captured, nobody knows what it acknowledges, and a lost ACK may have made FIN_WAIT2. */
static bool own_fin_unseen(const struct path *path, int k)
{
	if (path->edge[k].before != STATE_FIN_WAIT1 || path->edge[k].after != STATE_CLOSING)
		return false;
	while (k-- > 0 &&
		(path->edge[k].kind >= NOT_TAKEN || path->edge[k].after != STATE_FIN_WAIT1))
		;
	return k < 0 || path->edge[k].kind >= BY_KERNEL || path->edge[k].frame == 0;
}

static bool is_open(uint8_t state)
{
	return (was_open >> state & 1) != 0;
}

/* From the state last seen to that of the edge: is there another way, or none that is known? */
static bool is_doubtful(const struct solver *solver, const struct path *path, int k, uint8_t known)
{
	const struct path_edge *edge = &path->edge[k];
	bool segment = edge->frame != 0 && edge->kind < BY_KERNEL;

	if (segment && (may_have_moved(solver, edge) || own_fin_unseen(path, k) ||
			       may_never_have_been(path, k)))
		return true;
	if (known == STATE_UNKNOWN || (segment && known == edge->before))
		return false;
	/* without a segment, from state to state */
	if (!segment && edge->before != STATE_UNKNOWN &&
		!(may_follow[plain(edge->before)] >> plain(edge->after) & 1))
		return true;
	if (segment) { /* it would have moved that state elsewhere */
		const struct step *step = edge->own ? rules_own(plain(known), edge->on)
						    : rules_got(plain(known), edge->on);
		if (step->cost != NEVER && step->to != plain(known) && step->to != edge->after)
			return true;
	}
	return ways(plain(known), plain(edge->after)) != 1;
}

void path_doubt(const struct solver *solver, struct path *path)
{
	uint8_t known = STATES; /* the state last seen; STATES: none */
	int first = 0;          /* first edge since */
	bool unsure = false;    /* is the state that a segment led to doubtful? */
	/* Is the beginning of this life missing? Then no sequence number tells whether a FIN, or
	 * its ACK, went by unseen, though the kernel showed a state before. */
	bool midway = false;

	path->misses = false;
	if (!is_lossy(solver, path))
		return;
	for (int k = 0; k < path->count; k++) {
		struct path_edge *edge = &path->edge[k];
		bool segment = edge->frame != 0 && edge->kind < BY_KERNEL;
		if (edge->kind >= NOT_TAKEN)
			continue;
		if (known == STATES)
			known = edge->before;
		if (!segment && edge->number == 0 && !edge->both && edge->frame == 0)
			continue;
		if (edge->before == STATE_UNKNOWN || edge->before == STATE_CLOSED)
			midway = edge->before == STATE_UNKNOWN && is_open(edge->after);
		bool doubtful = is_doubtful(solver, path, k, known) ||
				(midway && segment && edge->number == 0) ||
				(unsure && (edge->number == 0 || known == STATE_UNKNOWN));
		for (int i = first; doubtful && i <= k; i++)
			path->edge[i].doubtful = true;
		if (doubtful && edge->number == 0 && edge->after != STATE_CLOSED) {
			unsure = true; /* nor is where it led known */
			continue;
		}
		unsure = false;
		known = edge->after;
		first = k + 1;
	}
}
