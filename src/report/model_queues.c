/* How many connections wait in an accept queue, from one moment to the next. The kernel's answers
 * tell it at moments; between two of them the connections are counted that the final ACK brings in
 * and that accept() takes out, by the earliest evidence of either. Each answer corrects the count.
 * Who waited by no evidence at all is not counted: accept() may have taken it at once. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "tcpstate/steps.h"

/* A call returns before its segment is captured, or after, and a segment is captured before the
 * kernel acts on it: who is in the queue for no longer passes through it. */
static const int64_t at_once_ns = 1000000;

enum happens { HAPPENS_OPENED, HAPPENS_ENTERS, HAPPENS_LEAVES, HAPPENS_ANSWER, HAPPENS_CLOSED };
struct happening {
	int64_t t_ns;
	uint32_t index; /* of the connection, of the answer; order of what is the same */
	uint8_t what;
	bool late; /* ENTERS: it is seen at t_ns, and may have been in before */
};
struct happenings {
	struct happening *item;
	size_t count;
};

struct count {
	struct model *model;
	struct listener *listener;
	/* in the queue, first come first: surely, or perhaps; others: that the kernel counts
	 * besides */
	struct waiting {
		uint32_t connection;
		int64_t since_ns;
	} * waiting;
	size_t waits, sure, others;
	bool *waited; /* by connection: it did; more: some are newly known to have */
	bool more;
	uint32_t backlog;
	bool known; /* before the first answer nothing is, unless its listen() was seen */
};

static int compare_happenings(const void *left, const void *right)
{
	const struct happening *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
	if (a->what != b->what)
		return a->what - b->what;
	return (a->index > b->index) - (a->index < b->index);
}

static bool happens(struct model *model, struct happenings *all, enum happens what, uint32_t index,
	int64_t t_ns, bool late)
{
	struct happening *one = PUSH(model, all->item, all->count);

	if (one == NULL)
		return false;
	*one = (struct happening){t_ns, index, (uint8_t)what, late};
	all->count++;
	return true;
}

/* ---- when a connection comes in, and when it goes ---- */

/* The edge that puts it into the queue: its handshake is complete at the server's end. */
static const struct record *entry_of(const struct model *model, const struct connection *connection)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *record = step_edge(model, &connection->steps.item[i]);

		if (record == NULL || (record->side & 1) == connection->client ||
			record->to == STATE_SYN_RECV || record->to == STATE_LISTEN)
			continue;
		return record->to != STATE_CLOSED && (record->from == STATE_SYN_RECV ||
							     record->from == STATE_LISTEN)
			       ? record
			       : NULL;
	}
	return NULL;
}

/* When its server's end was gone; one that no answer showed waiting may have been taken before. */
static int64_t gone_ns(const struct model *model, const struct connection *connection)
{
	int64_t t_ns = INT64_MAX;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *record = step_edge(model, &connection->steps.item[i]);

		if (record != NULL && (record->side & 1) != connection->client)
			t_ns = record->to == STATE_CLOSED ? record->t_ns : INT64_MAX;
	}
	return t_ns;
}

/* The earliest evidence that it was out: accept() returned, the server sent what only a program
 * sends, an answer showed its descriptor. INT64_MAX: it stayed. */
static int64_t leaves_ns(const struct model *model, const struct connection *connection)
{
	const struct accepted *accepted = &connection->accepted;

	return accepted->known    ? accepted->t_ns
	       : accepted->waited ? INT64_MAX
				  : gone_ns(model, connection);
}

static bool connection_happens(struct model *model, uint32_t index, struct happenings *all)
{
	const struct connection *connection = &model->connections[index];
	const struct record *entry = entry_of(model, connection);
	int64_t out_ns = leaves_ns(model, connection);

	if (entry == NULL || out_ns <= entry->t_ns)
		return true;
	return happens(model, all, HAPPENS_ENTERS, index, entry->t_ns,
		       entry->evidence == EVIDENCE_KERNEL ||
			       entry->evidence == EVIDENCE_INFERRED) &&
	       (out_ns == INT64_MAX || happens(model, all, HAPPENS_LEAVES, index, out_ns, false));
}

static bool happenings_of(struct model *model, uint32_t index, struct happenings *all)
{
	const struct listener *listener = &model->listeners[index];
	bool ok = true;

	for (uint32_t i = 0; ok && i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if (connection->client != -1 && connection->run == listener->run &&
			connection->key.port_be[!connection->client] == listener->key.port_be[0] &&
			listener_met(model, connection->run, &connection->key, !connection->client,
				connection->first_ns) == index)
			ok = connection_happens(model, i, all);
	}
	for (uint32_t i = 0; ok && i < listener->answer_count; i++)
		ok = happens(model, all, HAPPENS_ANSWER, i, listener->answers[i].t_ns, false);
	for (uint32_t i = 0; ok && i < listener->steps.count; i++) {
		const struct record *record = step_edge(model, &listener->steps.item[i]);

		if (record != NULL && (record->to == STATE_CLOSED || record->from == STATE_CLOSED))
			ok = happens(model, all,
				record->to == STATE_CLOSED ? HAPPENS_CLOSED : HAPPENS_OPENED, i,
				record->t_ns, false);
	}
	if (ok && all->count > 1)
		qsort(all->item, all->count, sizeof(*all->item), compare_happenings);
	return ok;
}

/* ---- counting ---- */

static uint32_t counted(const struct count *count)
{
	return (uint32_t)(count->sure + count->others);
}

static bool is_sure(const struct count *count, size_t at)
{
	return count->waited[count->waiting[at].connection];
}

static bool level_add(struct count *count, int64_t t_ns, uint32_t queue, bool shown)
{
	struct listener *listener = count->listener;
	struct queue_level *last =
		listener->level_count > 0 ? &listener->levels[listener->level_count - 1] : NULL;

	if (last != NULL && last->queue == queue && last->backlog == count->backlog &&
		last->counted == !shown)
		return true;
	struct queue_level *level = PUSH(count->model, listener->levels, listener->level_count);
	if (level == NULL)
		return false;
	*level = (struct queue_level){t_ns, queue, count->backlog, !shown};
	listener->level_count++;
	return true;
}

/* There is room for as many as ever came in. */
static void stay_ends(struct count *count, size_t at, int64_t t_ns)
{
	const struct waiting *waiting = &count->waiting[at];

	if (is_sure(count, at))
		count->listener->stays[count->listener->stay_count++] =
			(struct queue_stay){waiting->since_ns, t_ns, waiting->connection};
}

static void all_stays_end(struct count *count, int64_t t_ns)
{
	for (size_t i = 0; i < count->waits; i++)
		stay_ends(count, i, t_ns);
	count->waits = count->sure = count->others = 0;
}

static void take_out(struct count *count, size_t at, int64_t t_ns)
{
	stay_ends(count, at, t_ns);
	count->sure -= is_sure(count, at);
	count->waits--;
	memmove(count->waiting + at, count->waiting + at + 1,
		(count->waits - at) * sizeof(*count->waiting));
}

/* An answer is true somewhere between question and answer: any number counted meanwhile will do,
 * and the one before what had just happened. */
static bool answer_fits(const struct count *count, const struct queue_answer *answer)
{
	const struct listener *listener = count->listener;

	for (size_t i = listener->level_count; i-- > 0;) {
		if (listener->levels[i].queue == answer->queue)
			return true;
		if (listener->levels[i].t_ns < answer->asked_ns - at_once_ns)
			break;
	}
	return false;
}

/* Whoever came last is the last to leave: the answer counts those who may be in. */
static void find_more(struct count *count, uint32_t queue)
{
	for (size_t i = count->waits; i-- > 0 && counted(count) < queue;)
		if (!is_sure(count, i)) {
			count->waited[count->waiting[i].connection] = count->more = true;
			count->sure++;
		}
	count->others += queue - counted(count);
}

/* Whoever was first in the queue is the first to leave it. */
static void find_fewer(struct count *count, uint32_t queue, int64_t t_ns)
{
	while (counted(count) > queue) {
		if (count->others > 0)
			count->others--;
		else
			take_out(count, 0, t_ns);
	}
}

/* Those who may be in, had come before the question, and are not counted, are out. */
static void drop_unsure(struct count *count, int64_t asked_ns)
{
	for (size_t i = count->waits; i-- > 0;)
		if (!is_sure(count, i) && count->waiting[i].since_ns < asked_ns - at_once_ns)
			take_out(count, i, asked_ns);
}

static bool answered(struct count *count, const struct queue_answer *answer)
{
	count->backlog = answer->backlog;
	if (count->known && counted(count) != answer->queue && answer_fits(count, answer))
		return level_add(count, answer->t_ns, counted(count), false);
	count->known = true;
	find_fewer(count, answer->queue, answer->t_ns);
	find_more(count, answer->queue);
	drop_unsure(count, answer->asked_ns);
	return level_add(count, answer->t_ns, answer->queue, true);
}

static bool enters(struct count *count, const struct happening *one)
{
	if (one->late && count->others > 0 && count->waited[one->index])
		count->others--; /* the answer before had counted it */
	count->waiting[count->waits++] = (struct waiting){one->index, one->t_ns};
	count->sure += count->waited[one->index];
	return !count->known || !count->waited[one->index] ||
	       level_add(count, one->t_ns, counted(count), false);
}

static bool leaves(struct count *count, const struct happening *one)
{
	for (size_t i = 0; i < count->waits; i++)
		if (count->waiting[i].connection == one->index) {
			take_out(count, i, one->t_ns);
			return !count->known || !count->waited[one->index] ||
			       level_add(count, one->t_ns, counted(count), false);
		}
	return true; /* an answer had told it */
}

static bool count_one(struct count *count, const struct happening *one)
{
	switch (one->what) {
	case HAPPENS_ENTERS:
		return enters(count, one);
	case HAPPENS_LEAVES:
		return leaves(count, one);
	case HAPPENS_ANSWER:
		return answered(count, &count->listener->answers[one->index]);
	default: /* a new queue is empty, and one that is closed is gone */
		all_stays_end(count, one->t_ns);
		count->known = one->what == HAPPENS_OPENED;
		return level_add(count, one->t_ns, 0, true);
	}
}

/* Those that only passed through, and that no answer met there, are no queue. */
static void drop_passing(struct listener *listener)
{
	struct queue_level *level = listener->levels;
	size_t kept = 0;

	for (size_t i = 0; i < listener->level_count; i++) {
		bool passing = level[i].counted && kept > 0 && i + 1 < listener->level_count &&
			       level[i + 1].t_ns - level[i].t_ns < at_once_ns &&
			       level[i].queue > level[kept - 1].queue &&
			       level[i].queue > level[i + 1].queue;

		if (passing)
			continue;
		if (kept > 0 && level[kept - 1].queue == level[i].queue &&
			level[kept - 1].backlog == level[i].backlog &&
			(level[i].counted || !level[kept - 1].counted))
			continue;
		level[kept++] = level[i];
	}
	listener->level_count = kept;
}

/* Of several sockets that listened on one port at once nobody knows whose a connection was; and
 * whoever was folded into another is not counted. */
static bool countable(const struct model *model, uint32_t index)
{
	const struct listener *listener = &model->listeners[index];
	int64_t from_ns, to_ns, other_from_ns, other_to_ns;

	if (listener->answers_over || model->connection_total != model->connection_count)
		return false;
	listener_span(model, listener, &from_ns, &to_ns);
	for (uint32_t i = 0; i < model->listener_count; i++) {
		const struct listener *other = &model->listeners[i];

		if (i == index || other->run != listener->run ||
			!flow_key_equal(&other->key, &listener->key))
			continue;
		listener_span(model, other, &other_from_ns, &other_to_ns);
		if (other_from_ns < to_ns && from_ns < other_to_ns)
			return false;
	}
	return true;
}

static bool levels_as_shown(struct count *count)
{
	bool ok = true;

	for (size_t i = 0; ok && i < count->listener->queue_count; i++) {
		const struct queue_point *point = &count->listener->queue[i];

		count->backlog = point->backlog;
		ok = level_add(count, point->t_ns, point->queue, true);
	}
	return ok;
}

static bool count_all(struct count *count, const struct happenings *all)
{
	struct listener *listener = count->listener;
	bool ok = true;

	count->waits = count->sure = count->others = 0;
	count->known = false;
	count->backlog = listener->queue[0].backlog;
	listener->level_count = listener->stay_count = 0;
	for (size_t i = 0; ok && i < all->count; i++)
		ok = count_one(count, &all->item[i]);
	all_stays_end(count, INT64_MAX);
	return ok;
}

static bool count_queue(struct model *model, uint32_t index)
{
	struct listener *listener = &model->listeners[index];
	struct count count = {.model = model, .listener = listener};
	struct happenings all = {0};

	if (listener->queue_count == 0)
		return true;
	if (!countable(model, index))
		return levels_as_shown(&count);
	bool ok = happenings_of(model, index, &all);
	count.waiting = calloc(all.count + 1, sizeof(*count.waiting));
	count.waited = calloc(model->connection_count + 1, sizeof(*count.waited));
	listener->stays = calloc(all.count + 1, sizeof(*listener->stays));
	ok = ok && count.waiting != NULL && count.waited != NULL && listener->stays != NULL;
	for (size_t i = 0; ok && i < model->connection_count; i++)
		count.waited[i] = model->connections[i].accepted.waited ||
				  model->connections[i].accepted.called;
	ok = ok && count_all(&count, &all);
	if (ok && count.more) /* who is known to have waited, waited since it came in */
		ok = count_all(&count, &all);
	drop_passing(listener);
	free(count.waiting);
	free(count.waited);
	free(all.item);
	return ok;
}

bool model_queues(struct model *model)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < model->listener_count; i++) {
		struct listener *listener = &model->listeners[i];

		ok = count_queue(model, i);
		for (size_t k = 0; k < listener->level_count; k++)
			if (listener->levels[k].queue > listener->most_waiting)
				listener->most_waiting = listener->levels[k].queue;
		free(listener->answers);
		listener->answers = NULL;
		listener->answer_count = 0;
	}
	return ok;
}

size_t listener_standing(const struct listener *listener, int64_t t_ns, bool *in, size_t *newly)
{
	size_t there = 0;

	for (size_t i = 0; i < listener->stay_count; i++) {
		const struct queue_stay *stay = &listener->stays[i];

		if (t_ns < stay->from_ns || t_ns >= stay->to_ns)
			continue;
		there++;
		if (in == NULL)
			continue;
		*newly += !in[stay->connection];
		in[stay->connection] = true;
	}
	return there;
}
