/* Of a full accept queue: who stood in it, as far as each moment at which it kept somebody out
 * names the same; and which other findings tell of it, too. */
#include "findings.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOMENTS_MAX = 1024 }; /* each costs a pass over listeners, and over who stood there */

struct held {
	bool *in; /* by connection */
	size_t looked, moments, members;
	int64_t from_ns, to_ns; /* the first of them, the last */
	bool same;              /* as many as the kernel showed, and the same, at each moment */
};

/* A SYN or an ACK of this connection met that queue. */
static void moment_add(struct model *model, struct held *held, uint32_t listener, uint32_t index,
	int64_t t_ns, int64_t queue)
{
	const struct connection *connection = &model->connections[index];
	size_t newly = 0;

	held->same &= held->looked++ < MOMENTS_MAX;
	if (!held->same || connection->client == -1 ||
		listener_met(model, connection->run, &connection->key, connection->client == 0,
			t_ns) != listener)
		return;
	if (held->from_ns == 0 || t_ns < held->from_ns)
		held->from_ns = t_ns;
	held->to_ns = t_ns > held->to_ns ? t_ns : held->to_ns;
	size_t there = listener_standing(&model->listeners[listener], t_ns, held->in, &newly);
	held->members += newly;
	held->same = (int64_t)there == queue && there == held->members;
	held->moments++;
}

static void moments_add(struct model *model, struct held *held, uint32_t listener)
{
	for (size_t i = 0; i < model->unanswered_count && held->same; i++) {
		const struct unanswered *syn = &model->unanswered[i];

		if (syn->cause == UNANSWERED_QUEUE_FULL)
			moment_add(model, held, listener, syn->connection, syn->t_ns, syn->queue);
	}
	for (size_t i = 0; i < model->correction_count && held->same; i++) {
		const struct correction *at = &model->corrections[i];

		if (at->record.reason.code != REASON_ACCEPT_QUEUE_FULL)
			continue;
		for (uint32_t k = 0; k < at->count && held->same; k++)
			moment_add(model, held, listener, at->index, at->edge_times[k],
				at->record.reason.arg[0]);
	}
}

/* "4\n6": their numbers, a line each; none where they do not fit. */
static void name_held(const struct model *model, struct finding *finding, const struct held *held)
{
	char *text = finding->text[1];
	size_t used = 0;

	for (size_t i = 0; i < model->connection_count && used < FINDING_TEXT; i++)
		if (held->in[i])
			used += (size_t)snprintf(text + used, FINDING_TEXT - used, "%s%u",
				used > 0 ? "\n" : "", model->connections[i].serial);
	if (used >= FINDING_TEXT)
		text[0] = '\0';
	else
		finding->phrase[1] = PHRASE_CONNECTIONS;
}

static void tell_held(struct model *model, struct finding *finding)
{
	struct held held = {
		.in = calloc(model->connection_count + 1, sizeof(*held.in)), .same = true};

	if (held.in == NULL)
		model->build->failed = true;
	else
		moments_add(model, &held, finding->index);
	if (held.in != NULL && held.same && held.moments > 0 &&
		(int64_t)held.members == finding->arg[0])
		name_held(model, finding, &held);
	if (finding->phrase[1] == PHRASE_CONNECTIONS &&
		finding_listener_doing(model, finding, finding->index, held.from_ns, held.to_ns))
		finding->phrase[1] = PHRASE_CONNECTIONS;
	free(held.in);
}

bool findings_of_full_queues(struct model *model)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *finding = &model->findings[i];

		if (finding->code != FINDING_ACCEPT_QUEUE_OVERFLOW)
			continue;
		if (finding->about == FINDING_OF_LISTENER)
			tell_held(model, finding);
		for (size_t k = 0; k < model->finding_count; k++)
			if (model->findings[k].run == finding->run &&
				model->findings[k].phrase[1] == PHRASE_FULL_QUEUE)
				model->findings[k].phrase[1] = PHRASE_FULL_QUEUE_TOLD;
	}
	return !model->build->failed;
}
