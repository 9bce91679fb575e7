/* Calls and ends of processes on their way into the model. Their texts repeat: each is kept once.
 * Whose connection a call was about is found when all are in (model_calls_match.c). */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"

static bool text_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	return strcmp(model->build->texts[index], wanted) == 0;
}

const char *model_text_keep(struct model *model, const char *text)
{
	struct model_build *build = model->build;
	uint64_t hash;
	uint32_t index;
	char *safe, **slot;

	if (text == NULL || text[0] == '\0')
		return "";
	safe = escape_new(text);
	if (safe == NULL) {
		build->failed = true;
		return "";
	}
	hash = index_hash(safe, strlen(safe), 0);
	index = index_map_find(&build->text_map, hash, text_equal, model, safe);
	slot = index == INDEX_NONE ? PUSH(model, build->texts, build->text_count) : NULL;
	if (slot == NULL) {
		free(safe);
		return index != INDEX_NONE ? build->texts[index] : "";
	}
	*slot = safe;
	if (!index_map_put(&build->text_map, hash, (uint32_t)build->text_count))
		build->failed = true;
	build->text_count++;
	return *slot;
}

void model_call(struct model *model, const struct record *record)
{
	struct model_call *kept;

	if (model->call_count >= CALLS_MAX) {
		model_lack(model, FINDING_CALLS_NOT_KEPT, 1, record->t_ns);
		return;
	}
	kept = PUSH(model, model->calls, model->call_count);
	if (kept == NULL)
		return;
	*kept = (struct model_call){.call = record->event->u.call,
		.number = record->event->number,
		.run = (uint16_t)(model->run_count - 1),
		.connection = INDEX_NONE,
		.listener = INDEX_NONE,
		.conversation = INDEX_NONE};
	kept->at_ns = call_time(&kept->call);
	kept->again = kept->call.again;
	kept->again_ns = kept->again > 0 ? kept->at_ns : 0;
	kept->call.program = model_text_keep(model, kept->call.program);
	kept->call.arguments = model_text_keep(model, kept->call.arguments);
	/* what was sent is for scripts, which read calls.jsonl */
	kept->call.data = NULL;
	kept->call.data_size = 0;
	model->call_count++;
}

void model_exit(struct model *model, const struct record *record)
{
	uint16_t run = (uint16_t)(model->run_count - 1);

	/* one that is to be terminated is told before it ends */
	for (size_t i = model->exit_count; i-- > 0 && model->exits[i].run == run;) {
		struct exit *told = &model->exits[i].exit;

		if (told->pid != record->event->u.exit.pid || !told->by_recorder || told->known)
			continue;
		*told = record->event->u.exit;
		told->by_recorder = true;
		told->program = model_text_keep(model, told->program);
		return;
	}
	struct model_exit *kept = PUSH(model, model->exits, model->exit_count);

	if (kept == NULL)
		return;
	*kept = (struct model_exit){.exit = record->event->u.exit,
		.not_before_ns = record->event->asked_ns,
		.t_ns = record->event->t_ns,
		.announced = record->event->u.exit.by_recorder && !record->event->u.exit.known,
		.run = (uint16_t)(model->run_count - 1)};
	kept->exit.program = model_text_keep(model, kept->exit.program);
	model->exit_count++;
}

/* An accept() that gave a connection stands in its ladder; a wait says nothing. */
const struct model_call *model_listener_call(
	const struct model *model, const struct listener *listener, size_t index)
{
	const struct model_call *call =
		&model->calls[model->call_order[listener->first_call + index]];

	return !call->folded && call_class(call->call.what) != CALL_WAIT &&
			       call->connection == UINT32_MAX
		       ? call
		       : NULL;
}
