/* Calls and ends of processes on their way into the model. Their texts repeat: each is kept once.
 * Whose connection a call was about is found when all are in (model_calls_match.c). */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

static bool text_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	return strcmp(model->build->texts[index], wanted) == 0;
}

/* The one copy of a text; "" when out of memory, which build->failed tells. */
static const char *text_keep(struct model *model, const char *text)
{
	struct model_build *build = model->build;
	uint64_t hash;
	uint32_t index;

	if (text == NULL || text[0] == '\0')
		return "";
	hash = index_hash(text, strlen(text), 0);
	index = index_map_find(&build->text_map, hash, text_equal, model, text);
	if (index != INDEX_NONE)
		return build->texts[index];
	char **slot = PUSH(model, build->texts, build->text_count);
	if (slot == NULL || (*slot = strdup(text)) == NULL) {
		build->failed = true;
		return "";
	}
	if (!index_map_put(&build->text_map, hash, (uint32_t)build->text_count))
		build->failed = true;
	build->text_count++;
	return *slot;
}

void model_call(struct model *model, const struct record *record)
{
	struct model_call *kept;

	if (model->call_count >= CALLS_MAX) {
		model->calls_untold++;
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
	kept->call.program = text_keep(model, kept->call.program);
	kept->call.arguments = text_keep(model, kept->call.arguments);
	/* what was sent is for scripts, which read calls.jsonl */
	kept->call.data = NULL;
	kept->call.data_size = 0;
	model->call_count++;
}

void model_exit(struct model *model, const struct record *record)
{
	struct model_exit *kept = PUSH(model, model->exits, model->exit_count);

	if (kept == NULL)
		return;
	*kept = (struct model_exit){.exit = record->event->u.exit,
		.t_ns = record->event->t_ns,
		.run = (uint16_t)(model->run_count - 1)};
	kept->exit.program = text_keep(model, kept->exit.program);
	model->exit_count++;
}
