/* The kernel's answers on their way to the ends they are about: each waits until every packet
 * captured before it has come, and is attached to one life of its 4-tuple. What an answer says by
 * itself is settled here: of a listener, of a socket bound to a device, of an ended one. */
#include <stdlib.h>
#include <string.h>

#include "sequence.h"

/* ---- waiting ---- */

static bool held_before(const struct held *a, const struct held *b)
{
	return a->answer.answered_ns != b->answer.answered_ns
		       ? a->answer.answered_ns < b->answer.answered_ns
		       : a->answer.number < b->answer.number;
}

static void held_add(struct core *core, const struct held *held)
{
	if (core->held_count == core->held_room && core->held_at > core->held_room / 2) {
		core->held_count -= core->held_at;
		memmove(core->held, core->held + core->held_at,
			core->held_count * sizeof(*core->held));
		core->held_at = 0;
	}
	if (core->held_count == core->held_room) {
		size_t room = core->held_room > 0 ? core->held_room * 2 : 256;
		struct held *bigger = realloc(core->held, room * sizeof(*bigger));
		if (bigger == NULL)
			return;
		core->held = bigger;
		core->held_room = room;
	}
	size_t at = core->held_count++;
	for (; at > core->held_at && held_before(held, &core->held[at - 1]); at--)
		core->held[at] = core->held[at - 1];
	core->held[at] = *held;
}

static void listener_hold(struct core *core, const struct held *absent, const struct sockrow *row)
{
	struct held held = {.key = row->key,
		.answer = absent->answer,
		.inode = row->inode,
		.send_q = row->send_q,
		.interface = row->interface,
		.exact = true,
		.v6only = row->v6only};

	held.answer.cookie = row->cookie;
	held.answer.recv_q = row->recv_q;
	held.answer.state = STATE_LISTEN;
	held.answer.absent = held.answer.listener = false;
	held_add(core, &held);
}

/* Nothing more needs to be asked when the kernel shows, after the last segment, the end that this
 * led to: a TIME_WAIT or no socket, which only a further segment or the timer shown can change. A
 * segment that was captured before and comes late is one, too. */
static void stop_asking(struct core *core, const struct held *held)
{
	const struct answer *answer = &held->answer;
	struct flow_key key = held->key;
	int side = flow_key_canonical(&key);

	if (core->limits.at_settle || !held->exact ||
		!(answer->absent || (answer->mini && answer->state == STATE_TIME_WAIT)))
		return;
	uint32_t index = flow_find(core, &key, 0, flow_hash(&key, 0));
	struct kernel *kernel = index != UINT32_MAX ? kernel_of(core, index, side, false) : NULL;
	const struct flow *flow = kernel != NULL ? flow_at(core, index) : NULL;

	if (flow != NULL && flow->count > 0 && flow->end[side].state == answer->state &&
		answer->asked_ns > ring_of(core, flow)[flow->count - 1].t_ns)
		wish_over(core, kernel);
}

void answer_hold(struct core *core, const struct event *event)
{
	const struct sockrow *row = &event->u.diag.row;
	int64_t asked_ns = event->asked_ns != 0 ? event->asked_ns : event->t_ns;
	bool there = event->kind == EVENT_ROW;
	struct held held = {.key = row->key,
		.inode = row->inode,
		.send_q = row->send_q,
		.interface = row->interface,
		.exact = event->exact,
		.v6only = row->v6only};

	held.answer = (struct answer){.asked_ns = asked_ns,
		.answered_ns = event->t_ns,
		.number = event->number,
		.cookie = row->cookie,
		.expires_ms = row->expires_ms,
		.recv_q = row->recv_q,
		.state = there ? row->state : STATE_CLOSED,
		.timer = row->timer,
		.retrans = row->retrans,
		.mini = row->mini,
		.request = row->request,
		.absent = !there,
		.destroyed = event->kind == EVENT_DESTROYED,
		.first_dump =
			!event->exact && (core->dumps == 0 || asked_ns < core->first_dump_ns)};
	if (event->kind == EVENT_ABSENT && event->u.diag.other) {
		held.other = true;
		held.answer.listener = event->u.diag.found.state == STATE_LISTEN;
		if (held.answer.listener)
			listener_hold(core, &held, &event->u.diag.found);
	}
	held_add(core, &held);
	stop_asking(core, &held);
}

/* ---- attaching ---- */

/* The states of rules.c that agree with it. */
static uint16_t states_of(const struct answer *answer, const struct end *end)
{
	uint16_t closed = 1u << STATE_CLOSED | 1u << STATE_COOKIE;

	if (answer->destroyed) {
		/* a full socket was freed: it may live on as a mini-socket, after its own FIN, of
		 * which without packets nothing is known */
		uint16_t mini = 1u << STATE_FIN_WAIT2 | 1u << STATE_TIME_WAIT;
		if (!(end->flags & END_NXT))
			mini |= 1u << STATE_ESTABLISHED | 1u << STATE_UNKNOWN;
		return closed | mini;
	}
	if (answer->absent)
		return closed;
	/* a retransmission timer: a full socket; without one it is a child about to be
	 * established */
	if (answer->state == STATE_SYN_RECV && !answer->request &&
		answer->timer == DIAG_TIMER_RETRANSMIT)
		return 1u << STATE_SYN_RECV;
	if (answer->mini && answer->state == STATE_FIN_WAIT2)
		return 1u << STATE_FIN_WAIT2;
	return rules_showing(answer->state);
}

/* A socket that is shown again was never gone: a look-up finds neither of two that change places, a
 * request and its child, a full socket and its mini-socket (Linux: inet_ehash_insert() takes the
 * old one out first). */
static void was_there(struct kernel *kernel, const struct answer *again)
{
	uint32_t last = kernel->count;

	while (last > 0 && kernel->answer[last - 1].absent && !kernel->answer[last - 1].destroyed)
		last--;
	if (again->absent || again->cookie == 0 || last == 0 ||
		kernel->answer[last - 1].cookie != again->cookie ||
		kernel->answer[last - 1].answered_ns > again->answered_ns)
		return;
	kernel->count = last;
}

static void answer_insert(struct core *core, uint32_t index, int side, struct answer answer)
{
	struct flow *flow = flow_at(core, index);
	struct kernel *kernel = kernel_of(core, index, side, true);

	if (kernel == NULL)
		return;
	answer.states = states_of(&answer, &flow->end[side]);
	listener_learns_fate(core, index, side, &answer);
	const struct symbol *ring = ring_of(core, flow);
	/* no TIME_WAIT was kept: a cookie's ACK that comes yet makes another socket */
	if (answer.absent && !answer.destroyed && flow->count > 0 &&
		answer.asked_ns > ring[flow->count - 1].t_ns)
		flow->end[side].flags |= END_GONE;
	/* what it speaks of is folded into the anchor, and told */
	if ((flow->flags & FLOW_ANCHORED) && flow->count > 0 && answer.answered_ns < ring[0].t_ns)
		return;
	was_there(kernel, &answer);
	struct answer *last = kernel->count > 0 ? &kernel->answer[kernel->count - 1] : NULL;
	/* of equal answers to no new segment the first and the last tell all */
	if (kernel->count >= 2 && last->states == answer.states &&
		last[-1].states == answer.states && last->cookie == answer.cookie &&
		last[-1].listener == answer.listener && last->listener == answer.listener &&
		last[-1].cookie == answer.cookie && last->answered_ns <= answer.answered_ns &&
		(flow->count == 0 || last[-1].asked_ns > ring[flow->count - 1].t_ns)) {
		bool settled =
			flow->count == 0 || last->asked_ns > ring[flow->count - 1].t_ns + SETTLE_NS;

		answer.first_number =
			last->first_number == 0 && settled ? last->number : last->first_number;
		answer.first_ns =
			last->first_number == 0 && settled ? last->answered_ns : last->first_ns;
		kernel->count--;
	}
	if (kernel->count == ANSWERS_MAX)
		memmove(kernel->answer + 1, kernel->answer + 2,
			(--kernel->count - 1) * sizeof(answer));
	if (kernel->count == kernel->size) {
		uint32_t size = kernel->size > 0 ? kernel->size * 2 : 2;
		struct answer *bigger = realloc(kernel->answer, size * sizeof(*bigger));
		if (bigger == NULL)
			return;
		kernel->answer = bigger;
		kernel->size = size;
	}
	uint32_t at = kernel->count++;
	for (; at > 0 && kernel->answer[at - 1].answered_ns > answer.answered_ns; at--)
		kernel->answer[at] = kernel->answer[at - 1];
	kernel->answer[at] = answer;
	flow->flags &= (uint16_t)~FLOW_SETTLED;
	flow_look(core, index);
	if (rules_shown(flow->end[side].state) == rules_shown(answer.state)) {
		kernel->agree_state = rules_shown(answer.state);
		kernel->agree_ns = answer.asked_ns;
	}
	if (!core->limits.at_settle)
		tell_end(core, index, side, answer.answered_ns);
	else if (flow->count == 0 && !answer.destroyed)
		flow->end[side].state = answer.state;
}

static void kernel_note(struct core *core, struct kernel *kernel, const struct held *held)
{
	const struct answer *answer = &held->answer;

	kernel->shown |= (uint16_t)(1u << answer->state);
	kernel->shown_ns = answer->answered_ns;
	kernel->state = answer->state;
	kernel->timer = answer->timer;
	kernel->timer_due_ns = answer->timer == DIAG_TIMER_OFF
				       ? 0
				       : answer->answered_ns + (int64_t)answer->expires_ms * MS;
	/* a link-local end's look-up names the device */
	kernel->device = (uint16_t)held->interface != held->key.zone ? held->interface : 0;
	if (held->inode != 0 && kernel->inode != held->inode) {
		core->owner_wish_ns = answer->answered_ns;
		kernel->inode = held->inode;
	}
	if (answer->cookie != 0)
		kernel_set_cookie(core, kernel, answer->cookie);
	if (kernel->timer_due_ns != 0 && answer->timer != DIAG_TIMER_KEEPALIVE) {
		int64_t due_ns = kernel->timer_due_ns + 2 * MS;
		if (due_ns < answer->answered_ns + 20 * MS)
			due_ns = answer->answered_ns + 20 * MS;
		wish_at(core, kernel, due_ns);
	}
}

/* Without a handshake: the kernel had told that the old socket was gone, nothing that could make
 * another came since, and it is there (TCP_REPAIR). */
static bool came_back(struct core *core, const struct flow *flow, const struct kernel *kernel,
	const struct answer *answer)
{
	const struct symbol *ring = ring_of(core, flow);
	const struct answer *last = kernel->count > 0 ? &kernel->answer[kernel->count - 1] : NULL;

	if (last == NULL || !last->absent || answer->mini || answer->state == STATE_SYN_SENT ||
		answer->state == STATE_SYN_RECV || answer->state == STATE_TIME_WAIT)
		return false;
	/* the tap sees a segment a moment before the stack does */
	for (int i = flow->count - 1; i >= 0 && ring[i].t_ns > last->asked_ns - SETTLE_NS; i--)
		if (ring[i].side != kernel->side &&
			(ring[i].got & (1u << GOT_SYN | 1u << GOT_COOKIE)))
			return false;
	solve_path(core, kernel->flow, kernel->side, core->path);
	return state_is_over(core->path->state) && core->path->count > 0 &&
	       answer->asked_ns - core->path->edge[core->path->count - 1].t_ns > SETTLE_NS;
}

/* A socket that opens, another than was shown, and no SYN since then that could have made it: that
 * was not captured. */
static bool opened_unseen(const struct core *core, const struct flow *flow,
	const struct kernel *kernel, const struct answer *answer)
{
	const uint32_t opens =
		answer->request ? 1 << OWN_SYN_ACK | 1 << OWN_SYN_ACK_FULL | 1 << OWN_SYN_ACK_AGAIN
				: 1 << OWN_SYN | 1 << OWN_SYN_AGAIN;
	const struct symbol *ring = ring_of(core, flow);
	const struct answer *last = kernel->count > 0 ? &kernel->answer[kernel->count - 1] : NULL;
	int64_t since_ns = last != NULL && last->absent ? last->asked_ns : kernel->shown_ns;

	if (answer->absent || (!answer->request && answer->state != STATE_SYN_SENT))
		return false;
	for (int i = flow->count - 1; i >= 0 && ring[i].t_ns > since_ns - SETTLE_NS; i--) {
		bool own = ring[i].side == kernel->side;
		if (own ? ring[i].own & opens : answer->request && (ring[i].got & 1 << GOT_SYN))
			return false;
	}
	return true;
}

/* A cookie that comes back makes a socket of the old connection. */
static bool got_cookie(const struct core *core, const struct flow *flow, int side)
{
	const struct symbol *ring = ring_of(core, flow);

	for (int i = 0; i < flow->count; i++)
		if (ring[i].side != side && (ring[i].got & 1 << GOT_COOKIE))
			return true;
	return false;
}

/* The new connection's SYN came, and no segment of this end's since was captured; but the kernel
 * shows another socket than the old one: it has joined. */
static bool has_joined(struct core *core, uint32_t index, int side, const struct kernel *before,
	const struct answer *answer)
{
	const struct flow *flow = flow_at(core, index), *old = flow_at(core, flow->previous - 1);
	bool full = before != NULL && (before->shown & ~(1u << STATE_SYN_RECV)) != 0;

	if (answer->absent || answer->destroyed || answer->mini || answer->cookie == 0 ||
		answer->asked_ns < flow->first_ns)
		return false;
	if (before != NULL && before->cookie != 0)
		return before->cookie != answer->cookie &&
		       (answer->request || (full && !got_cookie(core, old, side)));
	return answer->request && old->end[side].state != STATE_REQUEST;
}

static void join(struct core *core, uint32_t index, int side, const struct answer *answer)
{
	const struct flow *flow = flow_at(core, index);
	const struct symbol *ring = ring_of(core, flow), *from = NULL;

	for (int i = 0; i < flow->count; i++)
		if (ring[i].side != side && (ring[i].got & 1 << GOT_SYN))
			from = &ring[i];
	end_replaced(core, index, side, from != NULL ? from->t_ns : answer->answered_ns,
		from != NULL ? from->frame : answer->number, from == NULL);
}

/* Which life of the 4-tuple it is about; UINT32_MAX: of one that is settled, or of none. */
static uint32_t life_of(struct core *core, uint32_t index, int side, const struct answer *answer)
{
	struct flow *flow = flow_at(core, index);
	uint32_t old = flow->previous - 1;
	struct kernel *kernel = kernel_of(core, index, side, true);

	if (kernel == NULL)
		return UINT32_MAX;
	if (flow->previous != 0) {
		const struct kernel *before = kernel_of(core, old, side, false);
		bool known = answer->cookie != 0 && before != NULL && before->cookie != 0;
		if (answer->answered_ns < flow_at(core, old)->first_ns)
			return UINT32_MAX; /* of one before that */
		if (!(flow->end[side].flags & END_USED) &&
			has_joined(core, index, side, before, answer)) {
			join(core, index, side, answer);
			return index;
		}
		if (!(flow->end[side].flags & END_USED) || answer->answered_ns < flow->first_ns ||
			(known && before->cookie == answer->cookie)) {
			bool full = known && (before->shown & ~(1u << STATE_SYN_RECV)) != 0;
			/* another socket was freed: an older one, of no flow any more */
			return answer->destroyed && full && before->cookie != answer->cookie
				       ? UINT32_MAX
				       : old;
		}
		if (answer->asked_ns < flow->first_ns && !known)
			return UINT32_MAX; /* of the one or the other */
	} else if ((flow->flags & FLOW_RENEWED) && answer->asked_ns < flow->first_ns) {
		return UINT32_MAX;
	}
	if (answer->cookie == 0)
		return index;
	if (answer->cookie == kernel->ended_cookie)
		return UINT32_MAX;
	if (answer->absent)
		return kernel->cookie == 0 || kernel->cookie == answer->cookie ? index : UINT32_MAX;
	bool gone = kernel->count > 0 && kernel->answer[kernel->count - 1].absent;
	if (kernel->cookie == answer->cookie || (kernel->cookie == 0 && !gone))
		return index;
	/* a new cookie is a new socket; a request and its child, a socket and its mini-socket may
	 * have two (it is made at the first look-up) */
	bool child = (kernel->shown & ~(1u << STATE_SYN_RECV)) == 0;
	bool unseen = opened_unseen(core, flow, kernel, answer);
	if (kernel->cookie == 0 && !unseen)
		return index;
	bool back = !unseen && flow->count > 0 && came_back(core, flow, kernel, answer);
	if (flow->count > 0 && !unseen && !back)
		/* packets show a new connection's SYN; else it was not captured */
		return state_is_over(flow->end[side].state) && !child && !answer->mini &&
				       !(flow->end[side].flags & END_PASSIVE)
			       ? UINT32_MAX
			       : index;
	if ((child && !unseen) || answer->mini)
		return index;
	connection_renew(core, index, side, answer->answered_ns, answer->number, true);
	if (back)
		connection_has_both(core, index);
	for (int i = 0; i < 2; i++)
		flow->anchor[i] = flow->end[i].state = STATE_UNKNOWN;
	kernel = kernel_of(core, index, side, true);
	return kernel != NULL ? index : UINT32_MAX;
}

static void end_answer(struct core *core, const struct held *held)
{
	struct flow_key key = held->key;
	int side = flow_key_canonical(&key);
	uint64_t hash = flow_hash(&key, 0);
	uint32_t index = sequence_find(core, &key, 0, hash);
	const struct answer *answer = &held->answer;

	if (!answer->absent && answer->state == STATE_CLOSED)
		return;
	if (index == UINT32_MAX) {
		index = answer->absent ? UINT32_MAX
				       : flow_add(core, &key, hash, answer->answered_ns);
		if (index == UINT32_MAX)
			return;
		struct flow *fresh = flow_at(core, index);
		for (int i = 0; i < 2; i++)
			fresh->anchor[i] = fresh->end[i].state = STATE_UNKNOWN;
	}
	/* shown alive: not the first to make room */
	if (!answer->absent && answer->answered_ns > flow_at(core, index)->last_ns)
		flow_at(core, index)->last_ns = answer->answered_ns;
	index = life_of(core, index, side, answer);
	if (index == UINT32_MAX)
		return;
	struct kernel *kernel = kernel_of(core, index, side, true);
	if (kernel == NULL)
		return;
	/* no other look-up would find a socket that is bound to a device */
	if (answer->absent && kernel->device != 0 && kernel->device != held->interface &&
		!answer->destroyed)
		return;
	if (answer->absent && kernel->count == 0 && flow_at(core, index)->count == 0)
		return;
	if (answer->absent)
		kernel->timer_due_ns = 0;
	else
		kernel_note(core, kernel, held);
	answer_insert(core, index, side, *answer);
}

static void answer_attach(struct core *core, const struct held *held)
{
	const struct answer *answer = &held->answer;

	if (!answer->absent && (answer->state == STATE_UNKNOWN || answer->state >= STATE_MAX))
		return;
	if (answer->state == STATE_LISTEN) {
		listener_row(core, held);
		return;
	}
	if (held->key.port_be[1] == 0) {
		if (answer->destroyed)
			listener_destroyed(
				core, answer->cookie, answer->answered_ns, answer->number);
		else if (answer->absent && !answer->listener)
			listener_absent(core, &held->key, held->interface, answer->asked_ns,
				answer->answered_ns, answer->number);
		return;
	}
	if (answer->absent && answer->cookie == 0 && !held->other)
		listener_absent(core, &held->key, held->interface, answer->asked_ns,
			answer->answered_ns, answer->number);
	end_answer(core, held);
}

void answers_hurry(struct core *core, const struct flow_key *canonical)
{
	for (size_t i = core->held_at; i < core->held_count; i++) {
		struct held held = core->held[i];
		struct flow_key key = held.key;

		flow_key_canonical(&key);
		if (held.answer.state == STATE_LISTEN || !flow_key_equal(&key, canonical))
			continue;
		memmove(core->held + i, core->held + i + 1,
			(--core->held_count - i) * sizeof(held));
		i--;
		answer_attach(core, &held);
	}
}

void answers_due(struct core *core, int64_t t_ns)
{
	while (core->held_at < core->held_count &&
		core->held[core->held_at].answer.answered_ns + HOLD_NS <= t_ns) {
		struct held held = core->held[core->held_at++];
		answer_attach(core, &held);
	}
	if (core->held_at == core->held_count)
		core->held_at = core->held_count = 0;
}
