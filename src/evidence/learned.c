/* What the kernel's answers about some connections of a listener tell of its others, about which it
 * was not asked in time: that it waits for data (TCP_DEFER_ACCEPT), that it answers by SYN cookies
 * (tcp_syncookies). Nobody can ask for either. */
#include <string.h>

#include "engine.h"

/* so near are two SYNs of which one's fate tells the other's: queues fill and drain */
static const int64_t ALIKE_NS = 3 * SECOND_NS;

/* ---- SYN cookies ---- */

static void fate_add(struct listener *listener, int64_t t_ns, bool cookie)
{
	size_t at = listener->fate_count;

	while (at > 0 && listener->fates[at - 1].t_ns > t_ns)
		at--;
	if (at > 0 && listener->fates[at - 1].t_ns == t_ns)
		return;
	if (listener->fate_count == FATES_KEPT) {
		if (at == 0)
			return;
		memmove(listener->fates, listener->fates + 1, --at * sizeof(listener->fates[0]));
	} else {
		memmove(listener->fates + at + 1, listener->fates + at,
			(listener->fate_count++ - at) * sizeof(listener->fates[0]));
	}
	listener->fates[at] = (struct listener_fate){.t_ns = t_ns, .cookie = cookie};
}

/* Does it show the request that a SYN made, or, asked between the SYN-ACK and whatever came next,
 * that there was none? */
void listener_learns_fate(struct core *core, uint32_t index, int side, const struct answer *answer)
{
	const struct flow *flow = flow_at(core, index);
	const struct symbol *ring = ring_of(core, flow);
	bool request = !answer->absent && answer->state == STATE_SYN_RECV && answer->request;
	int at = flow->count - 1;

	if (!request && !(answer->absent && answer->listener))
		return;
	while (at >= 0 && !(ring[at].side == side && (ring[at].own & 1u << OWN_SYN_ACK)))
		at--;
	if (at < 0 || answer->asked_ns <= ring[at].t_ns ||
		(at + 1 < flow->count && ring[at + 1].t_ns <= answer->answered_ns) ||
		answer->answered_ns - ring[at].t_ns > SECOND_NS)
		return;
	struct flow_key key = flow_key_of(core, index);
	struct listener *listener = listener_at(core, &key, side, ring[at].t_ns);
	if (listener != NULL)
		fate_add(listener, ring[at].t_ns, !request);
}

bool listener_sends_cookies(struct core *core, const struct flow_key *key, int end, int64_t t_ns)
{
	const struct listener *listener = listener_at(core, key, end, t_ns);
	const struct listener_fate *fate = listener != NULL ? listener->fates : NULL;
	size_t at = 0;

	while (fate != NULL && at < listener->fate_count && fate[at].t_ns < t_ns)
		at++;
	bool before = at > 0 && t_ns - fate[at - 1].t_ns < ALIKE_NS;
	bool after = fate != NULL && at < listener->fate_count && fate[at].t_ns - t_ns < ALIKE_NS;
	return (before || after) && (!before || fate[at - 1].cookie) && (!after || fate[at].cookie);
}

/* ---- TCP_DEFER_ACCEPT ---- */

bool listener_defers(struct core *core, const struct flow_key *key, int end)
{
	const struct listener *listener = listener_of(core, key, end);

	return listener != NULL && listener->deferred > 0 && listener->took == 0 &&
	       core->defer_drops != 0;
}

/* A listener that defers leaves an ACK alone aside before it looks at its queue (Linux:
 * tcp_check_req(), tcp_v4_syn_recv_sock()). Where the kernel counted such ACKs, one that this
 * listener may have left aside did not meet a full queue only because a later reading shows one. */
bool listener_sets_aside(struct core *core, const struct flow_key *key, int end, int64_t t_ns)
{
	const struct listener *listener = listener_at(core, key, end, t_ns);

	return listener != NULL && listener->took == 0 && core->defer_drops > 0 &&
	       (listener->deferred > 0 || !listener_was_full(core, key, end, t_ns));
}

/* By then its SYN-ACK may have timed out, and a listener that waits for data has waited for long
 * enough: it takes an ACK alone (Linux: tcp_check_req(), num_timeout). */
bool may_have_timed_out(const struct symbol *ring, int ack)
{
	for (int i = ack - 1; i >= 0; i--)
		if (ring[i].side != ring[ack].side && (ring[i].own & 1u << OWN_SYN_ACK))
			return ring[ack].t_ns - ring[i].t_ns >= SECOND_NS - JIFFY_NS;
	return true;
}

/* Did the kernel show it before anything else came? */
static bool taken_alone(struct core *core, uint32_t index, int side, const struct path_edge *edge)
{
	struct flow *flow = flow_at(core, index);
	const struct symbol *ring = ring_of(core, flow);
	const struct kernel *kernel = kernel_of(core, index, side, false);
	int next = edge->symbol + 1;

	if (!edge->both || edge->answer < 0 || kernel == NULL ||
		may_have_timed_out(ring, edge->symbol))
		return false;
	while (next < flow->count && ring[next].side == side)
		next++;
	return next == flow->count || kernel->answer[edge->answer].answered_ns < ring[next].t_ns;
}

void listener_learns(struct core *core, uint32_t index, int side, const struct path *path)
{
	struct flow *flow = flow_at(core, index);
	const struct symbol *ring = ring_of(core, flow);
	struct flow_key key = flow_key_of(core, index);
	struct listener *listener =
		flow->end[side].flags & END_PASSIVE ? listener_of(core, &key, side) : NULL;
	int64_t arg[2];

	for (int i = 0; listener != NULL && i < path->count; i++) {
		const struct path_edge *edge = &path->edge[i];
		if (edge->before != STATE_REQUEST || edge->own || edge->symbol < 0 ||
			edge->on != GOT_ACK_OF_SYN || !ring[edge->symbol].bare)
			continue;
		if (edge->kind == BY_GOT)
			listener->took += taken_alone(core, index, side, edge);
		else if (edge->kind == NOT_TAKEN && edge->refuted_number != 0 &&
			 !listener_full(core, &key, side, edge->t_ns, arg))
			listener->deferred++;
	}
}
