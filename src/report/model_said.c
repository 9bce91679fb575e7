/* What programs wrote to standard output and error, a line each, beside the calls they were making:
 * "Address already in use" is told where bind() failed. A line stands with whatever the process's
 * newest call was about. */
#include "model_build.h"

#include <string.h>

/* ---- lines, that come in pieces ---- */

static struct saying *saying_of(struct model *model, uint32_t pid, int stream)
{
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);
	struct saying *at = &build->saying[(pid * 3u + (unsigned)stream) %
					   (sizeof(build->saying) / sizeof(build->saying[0]))];

	if (at->run != run || at->pid != pid || at->stream != stream)
		*at = (struct saying){.pid = pid, .stream = (uint8_t)stream, .run = run};
	return at;
}

static void line_begins(
	struct model *model, struct saying *at, const struct owner *owner, int64_t t_ns)
{
	struct model_call *kept =
		model->call_count < CALLS_MAX ? PUSH(model, model->calls, model->call_count) : NULL;

	at->used = 0;
	at->line = 0;
	if (kept == NULL)
		return;
	*kept = (struct model_call){.call = {.pid = owner->pid,
					    .host_pid = owner->host_pid,
					    .what = CALLED_MAX,
					    .fd = -1,
					    .new_fd = -1,
					    .asked = -1,
					    .unread = -1,
					    .program = model_text_keep(model, owner->program),
					    .arguments = "",
					    .entered_ns = t_ns,
					    .returned_ns = t_ns},
		.at_ns = t_ns,
		.number = model->call_count, /* keeps the lines of one write() in order */
		.said = "",
		.stream = at->stream,
		.run = at->run,
		.connection = INDEX_NONE,
		.listener = INDEX_NONE,
		.conversation = INDEX_NONE};
	at->line = ++model->call_count;
}

static void line_ends(struct model *model, struct saying *at)
{
	at->text[at->used] = '\0';
	if (at->line > 0 && at->used > 0)
		model->calls[at->line - 1].said = model_text_keep(model, at->text);
	at->line = 0;
	at->used = 0;
}

void model_says(
	struct model *model, const struct owner *owner, int stream, const char *text, int64_t t_ns)
{
	struct saying *at;

	if (owner->pid == 0) /* without calls nobody knows who wrote it */
		return;
	at = saying_of(model, owner->pid, stream >= 0 && stream < 3 ? stream : 0);
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			line_ends(model, at);
			continue;
		}
		if (at->line == 0)
			line_begins(model, at, owner, t_ns);
		if (at->used + 1 < sizeof(at->text))
			at->text[at->used++] = *text;
	}
	/* what comes next may end it */
	at->text[at->used] = '\0';
	if (at->line > 0)
		model->calls[at->line - 1].said = model_text_keep(model, at->text);
}

/* ---- whose timeline it stands on ---- */

static bool process_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model_call *a = &((const struct model *)context)->calls[index], *b = wanted;

	return a->call.pid == b->call.pid && a->run == b->run;
}

static bool has_subject(const struct model_call *at)
{
	return at->connection != INDEX_NONE || at->listener != INDEX_NONE ||
	       at->conversation != INDEX_NONE;
}

bool model_said_match(struct model *model)
{
	struct index_map newest = {0};
	bool good = true;

	for (uint32_t i = 0; good && i < model->call_count; i++) {
		struct model_call *at = &model->calls[i];
		uint64_t hash;
		uint32_t last;

		if (at->said == NULL && !has_subject(at))
			continue;
		hash = index_hash(&at->call.pid, sizeof(at->call.pid), at->run);
		if (at->said == NULL) {
			good = index_map_replace(&newest, hash, process_equal, model, at, i);
			continue;
		}
		last = index_map_find(&newest, hash, process_equal, model, at);
		if (last == INDEX_NONE)
			continue;
		at->side = model->calls[last].side;
		at->connection = model->calls[last].connection;
		at->conversation = model->calls[last].conversation;
		at->listener = model->calls[last].listener;
	}
	index_map_free(&newest);
	return good;
}

/* ---- lines that follow one another ---- */

/* Of one process, with nothing told between (a traceback, a table) the first and the last are told,
 * and how many there are between. */
void model_said_fold(struct model *model, const uint32_t *order, size_t count, int side)
{
	struct model_call *first = NULL, *last = NULL;

	for (size_t i = 0; i < count; i++) {
		struct model_call *at = &model->calls[order[i]];

		if (at->side != side || at->folded || call_class(at->call.what) == CALL_WAIT)
			continue;
		if (at->said == NULL) {
			first = NULL;
		} else if (first == NULL || first->call.pid != at->call.pid ||
			   first->stream != at->stream) {
			first = last = at;
		} else {
			if (last != first) {
				last->folded = true;
				first->again++;
			}
			last = at;
		}
	}
}
