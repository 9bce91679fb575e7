/* The report for scripts: one JSON object per line, the manifests first, then everything in time
 * order. docs/jsonl.md lists the members; scripts rely on them. */
#include "jsonl.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

enum kind {
	KIND_MARK,
	KIND_SYSCTL,
	KIND_LISTENER,
	KIND_QUEUE,
	KIND_CONNECTION,
	KIND_KIND,
	KIND_PATH,
	KIND_CROSSING,
	KIND_SEGMENT,
	KIND_CONVERSATION,
	KIND_DATAGRAM,
	KIND_ICMP,
	KIND_DROP,
	KIND_MOMENT,
	KIND_SAMPLE,
	KIND_TRANSITION,
	KIND_CORRECTION,
	KIND_DISAGREEMENT,
	KIND_COUNTER,
	KIND_CHECK,
	KIND_FINDING,
	KIND_CALL,
	KIND_EXIT,
	KIND_MAX
}; /* the order of lines of the same time */
struct item {
	int64_t t_ns;
	uint32_t index; /* in the model's array of that kind */
	uint8_t kind;
};

static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind - b->kind;
	return (a->index > b->index) - (a->index < b->index);
}

/* Those whose times are not in an array of the model. */
static struct item *items_elsewhere(const struct model *model, struct item *next)
{
	uint32_t point = 0;

	for (uint32_t i = 0; i < model->path_count; i++)
		*next++ = (struct item){
			model->connections[model->paths[i].hops[0]].syn_ns, i, KIND_PATH};
	for (uint32_t i = 0; i < model->shape_count; i++)
		*next++ = (struct item){
			model->connections[model->shapes[i].members[0]].first_ns, i, KIND_KIND};
	for (uint32_t i = 0; i < model->datagram_count; i++)
		if (model->datagrams[i].error == UINT32_MAX)
			*next++ = (struct item){model->datagrams[i].t_ns, i, KIND_DATAGRAM};
	for (uint32_t i = 0; i < model->phase_count; i++)
		if (model->phases[i].moment != MOMENT_NONE)
			*next++ = (struct item){model->phases[i].t_ns, i, KIND_MOMENT};
	for (size_t i = 0; i < model->listener_count; i++)
		for (size_t k = 0; k < model->listeners[i].queue_count; k++)
			*next++ = (struct item){
				model->listeners[i].queue[k].t_ns, point++, KIND_QUEUE};
	return next;
}

/* Each segment once: one that stands on a newer connection's ladder, too, is of the older one. */
static struct item *items_of_segments(const struct model *model, struct item *next)
{
	for (uint32_t i = 0; i < model->rung_count; i++) {
		const struct rung *rung = &model->rungs[i];
		const struct connection *of = &model->connections[rung->connection];

		if (i >= of->first_rung && i - of->first_rung < of->rung_count)
			*next++ = (struct item){rung->t_ns, i, KIND_SEGMENT};
	}
	return next;
}

static struct item *items_of(const struct model *model, size_t *count)
{
	struct item *items, *next;
	size_t total = model->mark_count + model->listener_count + model->connection_count +
		       model->path_count + model->sample_count + model->transition_count +
		       model->correction_count + model->counter_count + model->check_count +
		       model->finding_count + model->conversation_count + model->datagram_count +
		       model->error_count + model->loss_count + model->call_count +
		       model->exit_count + model->sysctl_count + model->shape_count +
		       model->crossing_count + model->rung_count + model->disagreement_count +
		       model->phase_count;

	for (size_t i = 0; i < model->listener_count; i++)
		total += model->listeners[i].queue_count;
	items = next = malloc((total > 0 ? total : 1) * sizeof(*items));
	if (items == NULL)
		return NULL;
#define ADD(kind, array, count, time)                                                              \
	for (uint32_t i = 0; i < model->count; i++)                                                \
	*next++ = (struct item){model->array[i] time, i, kind}
	ADD(KIND_MARK, marks, mark_count, .t_ns);
	ADD(KIND_LISTENER, listeners, listener_count, .first_ns);
	ADD(KIND_CONNECTION, connections, connection_count, .first_ns);
	ADD(KIND_CONVERSATION, conversations, conversation_count, .first_ns);
	ADD(KIND_SYSCTL, sysctls, sysctl_count, .t_ns);
	ADD(KIND_CROSSING, crossings, crossing_count, .t_ns);
	ADD(KIND_DISAGREEMENT, disagreements, disagreement_count, .t_ns);
	ADD(KIND_ICMP, errors, error_count, .t_ns);
	ADD(KIND_DROP, losses, loss_count, .t_ns);
	ADD(KIND_SAMPLE, samples, sample_count, .t_ns);
	ADD(KIND_TRANSITION, transitions, transition_count, .record.t_ns);
	ADD(KIND_CORRECTION, corrections, correction_count, .record.t_ns);
	ADD(KIND_COUNTER, counters, counter_count, .t_ns);
	ADD(KIND_CHECK, checks, check_count, ->t_ns);
	ADD(KIND_FINDING, findings, finding_count, .t_ns);
	ADD(KIND_CALL, calls, call_count, .at_ns);
	ADD(KIND_EXIT, exits, exit_count, .t_ns);
#undef ADD
	next = items_of_segments(model, items_elsewhere(model, next));
	total = (size_t)(next - items);
	qsort(items, total, sizeof(*items), compare_items);
	*count = total;
	return items;
}

/* With --connection: is it about that one? */
static bool is_about(const struct model *model, const struct item *item, uint32_t serial)
{
	const struct icmp_error *error = &model->errors[item->kind == KIND_ICMP ? item->index : 0];

	switch ((enum kind)item->kind) {
	case KIND_CONNECTION:
		return model->connections[item->index].serial == serial;
	case KIND_TRANSITION:
		return model->transitions[item->index].record.serial == serial;
	case KIND_CORRECTION:
		return model->corrections[item->index].record.serial == serial;
	case KIND_FINDING:
		return model->findings[item->index].about == FINDING_OF_CONNECTION &&
		       model->findings[item->index].serial == serial;
	case KIND_SEGMENT:
		return model->connections[model->rungs[item->index].connection].serial == serial;
	case KIND_DISAGREEMENT:
		return model->connections[model->disagreements[item->index].connection].serial ==
		       serial;
	case KIND_ICMP:
		return error->of_connection && model->connections[error->index].serial == serial;
	default:
		return false;
	}
}

void sink_jsonl_farewell(void *file, const struct model *model, uint32_t connection,
	const struct step *steps, size_t count)
{
	struct jsonwriter json;

	json_lines(&json, file);
	json_line(&json, "connection");
	jsonl_connection(model, connection, &json);
	json_line_end(&json);
	for (size_t i = 0; i < count; i++) {
		bool correction = steps[i].kind == STEP_CORRECTION;

		json_line(&json, correction ? "correction" : "transition");
		(correction ? jsonl_correction : jsonl_transition)(model, steps[i].index, &json);
		json_line_end(&json);
	}
	json_lines_end(&json);
}

int sink_jsonl(const struct model *model, const struct sink_options *options, FILE *out)
{
	static const struct {
		const char *type;
		void (*line)(const struct model *, uint32_t, struct jsonwriter *);
	} kinds[KIND_MAX] = {[KIND_MARK] = {"mark", jsonl_mark},
		[KIND_SYSCTL] = {"sysctl", jsonl_sysctl},
		[KIND_LISTENER] = {"listener", jsonl_listener},
		[KIND_QUEUE] = {"queue", jsonl_queue},
		[KIND_KIND] = {"kind", jsonl_kind},
		[KIND_CROSSING] = {"crossing", jsonl_crossing},
		[KIND_SEGMENT] = {"segment", jsonl_segment},
		[KIND_DISAGREEMENT] = {"disagreement", jsonl_disagreement},
		[KIND_CONNECTION] = {"connection", jsonl_connection},
		[KIND_PATH] = {"path", jsonl_path},
		[KIND_CONVERSATION] = {"conversation", jsonl_conversation},
		[KIND_DATAGRAM] = {"datagram", jsonl_datagram},
		[KIND_ICMP] = {"icmp", jsonl_icmp},
		[KIND_DROP] = {"drop", jsonl_drop},
		[KIND_MOMENT] = {"moment", jsonl_moment},
		[KIND_SAMPLE] = {"sample", jsonl_sample},
		[KIND_TRANSITION] = {"transition", jsonl_transition},
		[KIND_CORRECTION] = {"correction", jsonl_correction},
		[KIND_COUNTER] = {"counter", jsonl_counter},
		[KIND_CHECK] = {"check", jsonl_check},
		[KIND_FINDING] = {"finding", jsonl_finding},
		[KIND_CALL] = {"call", jsonl_call},
		[KIND_EXIT] = {"exit", jsonl_exit}};
	size_t count;
	struct item *items = items_of(model, &count);

	if (items == NULL)
		return -1;
	for (uint16_t run = 0; run < model->run_count; run++)
		jsonl_manifest(model, run, out);
	jsonl_clocks(model, out);
	struct jsonwriter json;
	json_lines(&json, out);
	for (size_t i = 0; i < count && !ferror(out); i++) {
		uint8_t kind = items[i].kind;

		if (options->summary && kind != KIND_CHECK && kind != KIND_FINDING)
			continue;
		if (options->connection != 0 && !is_about(model, &items[i], options->connection))
			continue;
		json_line(&json, kind == KIND_CALL && model->calls[items[i].index].said != NULL
					 ? "output"
					 : kinds[kind].type);
		kinds[kind].line(model, items[i].index, &json);
		json_line_end(&json);
	}
	json_lines_end(&json);
	if (options->edges)
		jsonl_diagram(model, out);
	free(items);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
