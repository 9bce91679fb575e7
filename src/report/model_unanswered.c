/* Which SYNs got no answer, and why: what the kernel showed of the accept queue at that time. Looks
 * are seldom: a queue that was shown full later was full at the SYN, too, where nobody joined it in
 * between. */
#include "model_build.h"
#include "tcpstate/sorted.h"

#include <stdlib.h>
#include <string.h>

/* When the server's end of a connection became ESTABLISHED: it joined the accept queue of its port.
 */
struct joined {
	int64_t t_ns;
	uint16_t run, port_be;
};
struct joins {
	struct joined *item; /* by run, port and time; while this file works */
	size_t count;
	bool all; /* no connection was folded, and so none is missing here */
};

static int joined_order(const void *a, const void *b)
{
	const struct joined *left = a, *right = b;

	if (left->run != right->run)
		return left->run < right->run ? -1 : 1;
	if (left->port_be != right->port_be)
		return left->port_be < right->port_be ? -1 : 1;
	return (left->t_ns > right->t_ns) - (left->t_ns < right->t_ns);
}

static bool joins_find(struct model *model, struct joins *joins)
{
	joins->all = true;
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		joins->all &= connection->folded == NULL;
		for (size_t k = 0; k < connection->steps.count; k++) {
			const struct step *step = &connection->steps.item[k];

			if (step->kind != STEP_TRANSITION)
				continue;
			const struct record *record = &model->transitions[step->index].record;
			int side = record->side & 1;
			if (record->to != STATE_ESTABLISHED || side == connection->client)
				continue;
			struct joined *joined = PUSH(model, joins->item, joins->count);
			if (joined == NULL)
				return false;
			joins->count++;
			joined->t_ns = record->t_ns;
			joined->run = connection->run;
			joined->port_be = connection->key.port_be[side];
		}
	}
	if (joins->count > 0)
		qsort(joins->item, joins->count, sizeof(joins->item[0]), joined_order);
	return true;
}

/* Did any connection join the queue of that port after from_ns, until until_ns? */
static bool joined_between(const struct joins *joins, const struct connection *connection,
	int64_t from_ns, int64_t until_ns)
{
	struct joined wanted = {
		from_ns, connection->run, connection->key.port_be[!connection->client]};
	size_t low = sorted_upto(
		&wanted, joins->item, joins->count, sizeof(joins->item[0]), joined_order);

	wanted.t_ns = until_ns;
	return low < joins->count && joined_order(&joins->item[low], &wanted) <= 0;
}

/* The first look after the SYN shows the queue full, and so it was then: it becomes longer only by
 * those who join it, and the backlog has not been lowered meanwhile. */
static bool was_full(const struct joins *joins, const struct connection *connection, int64_t t_ns,
	const struct queue_point *last, const struct queue_point *next)
{
	return joins->all && (last == NULL || last->backlog <= next->backlog) &&
	       !joined_between(joins, connection, t_ns, next->t_ns);
}

/* The queue as it was shown around a moment: full soon after it, or full later and at that moment,
 * too; or else last before it. Successive listeners may have had the port. */
static const struct queue_point *queue_around(const struct model *model, const struct joins *joins,
	const struct connection *connection, int64_t t_ns)
{
	uint16_t port_be = connection->key.port_be[!connection->client];
	const struct queue_point *before = NULL, *after = NULL;

	for (size_t l = 0; l < model->listener_count; l++) {
		const struct listener *listener = &model->listeners[l];
		const struct queue_point *last = NULL;
		bool first = true;

		if (listener->run != connection->run || listener->key.port_be[0] != port_be)
			continue;
		for (size_t i = 0; i < listener->queue_count && after == NULL; i++) {
			const struct queue_point *point = &listener->queue[i];

			if (point->t_ns <= t_ns) {
				last = point;
				continue;
			}
			if (point->queue > point->backlog &&
				(point->t_ns <= t_ns + DISAGREE_LEAST_NS ||
					(first && was_full(joins, connection, t_ns, last, point))))
				after = point;
			first = false;
		}
		if (last != NULL && (before == NULL || last->t_ns > before->t_ns))
			before = last;
	}
	return after != NULL ? after : before;
}

static bool requests_dropped(const struct model *model, uint16_t run)
{
	for (size_t i = 0; i < model->counter_count; i++)
		if (model->counters[i].run == run && model->counters[i].delta > 0 &&
			strcmp(model->counters[i].name, "TcpExtTCPReqQFullDrop") == 0)
			return true;
	return false;
}

static bool unanswered_find(struct model *model, const struct joins *joins, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct rung *rungs = model->rungs + connection->first_rung;

	for (size_t i = 0; i < connection->rung_count; i++) {
		if (rungs[i].taken != TAKEN_UNANSWERED)
			continue;
		struct unanswered *found = PUSH(model, model->unanswered, model->unanswered_count);
		if (found == NULL)
			return false;
		model->unanswered_count++;
		found->t_ns = rungs[i].t_ns;
		found->frame = rungs[i].frame;
		found->connection = index;
		const struct queue_point *point =
			queue_around(model, joins, connection, rungs[i].t_ns);
		if (point != NULL && point->queue > point->backlog) {
			found->cause = UNANSWERED_QUEUE_FULL;
			found->queue = point->queue;
			found->backlog = point->backlog;
			found->diag_frame = point->diag_frame;
		} else if (requests_dropped(model, connection->run)) {
			found->cause = UNANSWERED_REQUESTS;
		}
	}
	return true;
}

bool model_unanswered(struct model *model)
{
	struct joins joins = {0};
	bool done = joins_find(model, &joins);

	for (uint32_t i = 0; done && i < model->connection_count; i++)
		done = unanswered_find(model, &joins, i);
	free(joins.item);
	return done;
}

/* they stand in the order of the connections */
static int compare_unanswered(const void *left, const void *right)
{
	const struct unanswered *a = left, *b = right;

	return (a->connection > b->connection) - (a->connection < b->connection);
}

size_t model_unanswered_of(
	const struct model *model, uint32_t connection, const struct unanswered **first)
{
	struct unanswered wanted = {.connection = connection};
	size_t from = sorted_before(&wanted, model->unanswered, model->unanswered_count,
		       sizeof(wanted), compare_unanswered),
	       to = sorted_upto(&wanted, model->unanswered, model->unanswered_count, sizeof(wanted),
		       compare_unanswered);

	*first = to > from ? &model->unanswered[from] : NULL;
	return to - from;
}
