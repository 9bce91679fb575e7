/* What the kernel showed of sockets, by their cookies while it comes in, then by connection: how
 * each end was last shown, by how many answers each of its states, the accept queue over time, and
 * when a program took the connection. */
#include "model_build.h"

#include <string.h>

enum { SOCKETS_MOST = 65536 }; /* of those beyond it nothing is known */

static bool shown_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct shown_socket *a = &model->build->shown[index], *b = wanted;

	return a->cookie == b->cookie && a->run == b->run;
}

static struct shown_socket *shown_of(struct model *model, uint16_t run, uint64_t cookie, bool add)
{
	struct model_build *build = model->build;
	struct shown_socket wanted = {.cookie = cookie, .run = run};
	uint64_t hash = index_hash(&cookie, sizeof(cookie), (uint64_t)run + 1);
	uint32_t index = index_map_find(&build->shown_map, hash, shown_equal, model, &wanted);

	if (index != INDEX_NONE)
		return &build->shown[index];
	if (!add || cookie == 0 || build->shown_count == SOCKETS_MOST)
		return NULL;
	struct shown_socket *slot = PUSH(model, build->shown, build->shown_count);
	if (slot == NULL || !index_map_put(&build->shown_map, hash, (uint32_t)build->shown_count)) {
		build->failed = true;
		return NULL;
	}
	*slot = wanted;
	build->shown_count++;
	return slot;
}

void model_shown(struct model *model, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	struct shown_socket *found =
		shown_of(model, (uint16_t)(model->run_count - 1), row->cookie, true);

	if (found == NULL)
		return;
	struct sighting *shown = &found->shown;
	int64_t t_ns = record->event->t_ns;
	uint32_t number = (uint32_t)record->event->number;
	if (t_ns >= shown->t_ns) { /* one that had waited may be older */
		shown->t_ns = t_ns;
		shown->diag_frame = record->event->number;
		shown->state = row->state;
		shown->timer = row->timer;
		shown->expires_ms = row->expires_ms;
	}
	shown->rows++;
	if (row->state < STATE_MAX) {
		found->rows[row->state]++;
		if (number > found->last_diag[row->state])
			found->last_diag[row->state] = number;
	}
	if (row->request || row->mini || row->state == STATE_TIME_WAIT ||
		row->state == STATE_SYN_RECV || row->state == STATE_CLOSED ||
		(shown->accepted_ns != 0 && t_ns >= shown->accepted_ns))
		return;
	if (row->inode != 0) {
		shown->accepted_ns = t_ns;
		shown->accepted_diag = record->event->number;
	} else if (t_ns > shown->unaccepted_ns) {
		shown->unaccepted_ns = t_ns;
	}
}

/* Each answer, for model_queues(). */
static void answer_keep(struct model *model, struct listener *listener, const struct event *event)
{
	listener->answers_over |= model->build->answers_kept == ANSWERS_MAX;
	struct queue_answer *answer =
		listener->answers_over ? NULL
				       : PUSH(model, listener->answers, listener->answer_count);

	if (answer == NULL)
		return;
	*answer = (struct queue_answer){.t_ns = event->t_ns,
		.asked_ns = event->asked_ns != 0 ? event->asked_ns : event->t_ns,
		.queue = event->u.diag.row.recv_q,
		.backlog = event->u.diag.row.send_q};
	listener->answer_count++;
	model->build->answers_kept++;
}

void model_queue(struct model *model, struct listener *listener, const struct record *record)
{
	/* when it was as in the last point for the last time */
	int64_t shown_ns = listener->queue_count > 0 ? listener->queue_shown_ns : 0;

	const struct sockrow *row = &record->event->u.diag.row;
	struct queue_point *last =
		listener->queue_count > 0 ? &listener->queue[listener->queue_count - 1] : NULL;

	listener->queue_shown_ns = record->event->t_ns;
	answer_keep(model, listener, record->event);
	if (last != NULL && last->queue == row->recv_q && last->backlog == row->send_q)
		return;
	if (!model_has_room(model, listener->queue_count, QUEUE_POINTS_MAX, record->event->t_ns))
		return;
	struct queue_point *point = PUSH(model, listener->queue, listener->queue_count);
	if (point == NULL)
		return;
	*point = (struct queue_point){.t_ns = record->event->t_ns,
		.not_before_ns = shown_ns,
		.diag_frame = record->event->number,
		.queue = row->recv_q,
		.backlog = row->send_q};
	listener->queue_count++;
}

static void attest(struct model *model, const struct connection *connection,
	const struct step *steps, size_t count)
{
	for (int side = 0; side < 2; side++) {
		const struct shown_socket *seen =
			shown_of(model, connection->run, connection->ends[side].cookie, false);

		for (size_t i = 0; seen != NULL && i < count; i++) {
			struct transition *transition = &model->transitions[steps[i].index];

			if (steps[i].kind != STEP_TRANSITION ||
				(transition->record.side & 1) != side)
				continue;
			transition->rows = seen->rows[transition->record.to % STATE_MAX];
			transition->last_diag = seen->last_diag[transition->record.to % STATE_MAX];
		}
	}
}

/* By cookie, from here on by connection. */
static void shown_settle(struct model *model)
{
	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			struct connection_end *end = &model->connections[i].ends[side];
			const struct shown_socket *seen =
				shown_of(model, model->connections[i].run, end->cookie, false);

			if (seen != NULL)
				end->shown = seen->shown;
		}
}

/* ---- accept() ---- */

/* Only a program sends data or closes: its first such segment dates its accept() too. */
static const struct rung *first_word(
	const struct model *model, const struct connection *connection, int side)
{
	const struct rung *rungs = model->rungs + connection->first_rung;

	for (size_t i = 0; i < connection->rung_count; i++)
		if (rungs[i].side == side && (rungs[i].len > 0 || (rungs[i].flags & TCP_FIN) != 0))
			return &rungs[i];
	return NULL;
}

static void accepted_find(const struct model *model, struct connection *connection)
{
	struct accepted *accepted = &connection->accepted;

	if (connection->client == -1)
		return;
	const struct sighting *shown = &connection->ends[!connection->client].shown;
	const struct rung *word = first_word(model, connection, !connection->client);
	accepted->waited = shown->unaccepted_ns != 0;
	accepted->not_before_ns = shown->unaccepted_ns;
	accepted->known = shown->accepted_ns != 0 || word != NULL;
	accepted->t_ns = shown->accepted_ns;
	accepted->diag_frame = shown->accepted_diag;
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *call =
			&model->calls[model->call_order[connection->first_call + i]];

		if ((call->call.what != CALLED_ACCEPT && call->call.what != CALLED_ACCEPT4) ||
			call->call.error != 0)
			continue;
		*accepted = (struct accepted){.t_ns = call->at_ns,
			.not_before_ns = accepted->not_before_ns,
			.waited = accepted->waited,
			.known = true,
			.called = true};
		return;
	}
	if (word != NULL && (accepted->t_ns == 0 || word->t_ns < accepted->t_ns)) {
		accepted->t_ns = word->t_ns;
		accepted->frame = word->frame;
		accepted->diag_frame = 0;
	}
}

bool model_settle_shown(struct model *model)
{
	shown_settle(model);
	for (size_t i = 0; i < model->connection_count; i++) {
		struct connection *connection = &model->connections[i];

		attest(model, connection, connection->steps.item, connection->steps.count);
		accepted_find(model, connection);
	}
	return true;
}
