/* Who filled the accept queue that kept others out: the connections that stood in it at the moments
 * at which a SYN or a final ACK met it full. */
#include <stdio.h>
#include <stdlib.h>

#include "answers.h"

enum {
	STUCK_NS =
		100000000 /* a server that takes one after the other fills no queue for so long */
};
enum { MOMENTS_MAX = 256 }; /* of more, the union of all who stood there would tell nothing */

struct stood {
	bool *in; /* by connection: it stood there at some moment */
	size_t moments, members;
	bool all;  /* at each moment it is known who did */
	bool same; /* they are the same at each moment */
};

/* Those who stood in the queue of this connection's server at that moment: how many; marked in
 * `in`, if it is not NULL, of those newly marked *newly. */
static size_t standing(const struct model *model, const struct connection *kept_out, int64_t t_ns,
	bool *in, size_t *newly)
{
	size_t there = 0;

	for (size_t l = 0; l < model->listener_count && kept_out->client != -1; l++) {
		const struct listener *listener = &model->listeners[l];

		if (listener->run == kept_out->run &&
			listener->key.port_be[0] == kept_out->key.port_be[!kept_out->client])
			there += listener_standing(listener, t_ns, in, newly);
	}
	return there;
}

/* One SYN or ACK of that connection met a queue of so many. A moment at which they are not as many
 * as the kernel showed names nobody: it may have shown another moment. Returns whether it does. */
static bool moment_add(
	const struct model *model, struct stood *stood, uint32_t whose, int64_t t_ns, int64_t queue)
{
	const struct connection *kept_out = &model->connections[whose];
	size_t there = standing(model, kept_out, t_ns, NULL, NULL), newly = 0;
	bool first = stood->members == 0;

	stood->moments++;
	if ((int64_t)there != queue) {
		stood->all = false;
		return false;
	}
	standing(model, kept_out, t_ns, stood->in, &newly);
	stood->members += newly;
	stood->same &= there == stood->members && (newly == 0 || first);
	return true;
}

static void correction_add(
	const struct model *model, struct stood *stood, const struct correction *at)
{
	for (uint32_t k = 0; k < at->count && stood->moments < MOMENTS_MAX; k++)
		moment_add(model, stood, at->index, at->edge_times[k], at->record.reason.arg[0]);
}

static void moments_find(const struct model *model, struct stood *stood)
{
	for (size_t i = 0; i < model->unanswered_count && stood->moments < MOMENTS_MAX; i++) {
		const struct unanswered *syn = &model->unanswered[i];

		if (syn->cause == UNANSWERED_QUEUE_FULL)
			moment_add(model, stood, syn->connection, syn->t_ns, syn->queue);
	}
	for (size_t i = 0; i < model->correction_count && stood->moments < MOMENTS_MAX; i++) {
		const struct correction *at = &model->corrections[i];

		if (at->record.reason.code == REASON_ACCEPT_QUEUE_FULL)
			correction_add(model, stood, at);
	}
}

static bool has_stood(const struct model *model, uint32_t index, const void *context)
{
	const struct stood *stood = context;

	(void)model;
	return stood->in[index];
}

char *answer_stood(
	const struct model *model, const struct unanswered *syn, char *buffer, size_t size)
{
	struct stood stood = {.in = calloc(model->connection_count + 1, sizeof(bool))};

	*buffer = '\0';
	if (stood.in != NULL && moment_add(model, &stood, syn->connection, syn->t_ns, syn->queue))
		answer_list_if(model, has_stood, &stood, ANSWER_LISTED, buffer, size);
	free(stood.in);
	return buffer;
}

char *answer_stuck(
	const struct model *model, uint32_t kept_out, int64_t t_ns, char *buffer, size_t size)
{
	char name[40], lasted[ANSWER_DURATION];
	struct accept_times times;

	*buffer = '\0';
	if (!listener_accepts(model, &model->connections[kept_out], t_ns, &times) ||
		(times.next_ns != INT64_MAX && times.next_ns - times.last_ns < STUCK_NS))
		return buffer;
	answer_name(name, sizeof(name), times.last);
	if (times.next_ns == INT64_MAX)
		return page_text(buffer, size, WORD_TOOK_NOBODY, name);
	return page_text(buffer, size, WORD_TOOK_NOBODY_FOR, name,
		answer_duration(times.next_ns - times.last_ns, lasted));
}

char *answer_stood_always(const struct model *model, char *buffer, size_t size)
{
	struct stood stood = {
		.in = calloc(model->connection_count + 1, sizeof(bool)), .all = true, .same = true};

	*buffer = '\0';
	if (stood.in != NULL)
		moments_find(model, &stood);
	if (stood.all && stood.same && stood.members > 0 && stood.moments < MOMENTS_MAX)
		answer_list_if(model, has_stood, &stood, ANSWER_LISTED, buffer, size);
	free(stood.in);
	return buffer;
}

/* .in: to be freed; returns whether they are the same at each moment. */
static bool stood_of(
	const struct model *model, answer_has *has, const void *context, struct stood *stood)
{
	*stood = (struct stood){
		.in = calloc(model->connection_count + 1, sizeof(bool)), .all = true, .same = true};
	for (size_t i = 0; stood->in != NULL && i < model->correction_count; i++) {
		const struct correction *at = &model->corrections[i];

		if (at->record.reason.code == REASON_ACCEPT_QUEUE_FULL &&
			has(model, at->index, context))
			correction_add(model, stood, at);
	}
	return stood->all && stood->same && stood->members > 0 && stood->moments < MOMENTS_MAX;
}

char *answer_stood_of(
	const struct model *model, answer_has *has, const void *context, char *buffer, size_t size)
{
	struct stood stood;

	*buffer = '\0';
	if (stood_of(model, has, context, &stood))
		answer_list_if(model, has_stood, &stood, ANSWER_LISTED, buffer, size);
	free(stood.in);
	return buffer;
}

int64_t answer_stood_since(const struct model *model, answer_has *has, const void *context)
{
	struct stood stood;
	int64_t first_ns = INT64_MAX;

	if (!stood_of(model, has, context, &stood))
		first_ns = INT64_MIN;
	for (size_t i = 0; first_ns != INT64_MIN && i < model->connection_count; i++)
		if (stood.in[i] && model->connections[i].first_ns < first_ns)
			first_ns = model->connections[i].first_ns;
	free(stood.in);
	return first_ns;
}

void answer_queued(const struct model *model, struct page_answer *answer)
{
	struct stood stood = {
		.in = calloc(model->connection_count + 1, sizeof(bool)), .all = true, .same = true};
	char whose[ANSWER_LIST], text[ANSWER_LIST + 100];

	if (stood.in != NULL)
		moments_find(model, &stood);
	if (stood.members > 0 && stood.moments < MOMENTS_MAX) {
		answer_list_if(model, has_stood, &stood, ANSWER_LISTED, whose, sizeof(whose));
		page_text(text, sizeof(text),
			stood.same ? WORD_QUEUE_HELD : WORD_QUEUE_HELD_BY_TURNS, whose);
		answer_say(answer, text);
	}
	free(stood.in);
}
