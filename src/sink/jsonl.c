/* The report for scripts: one JSON object per line, the manifests first, then everything in time order. docs/jsonl.md lists
 * the members; scripts rely on them. */
#include "jsonwriter.h"
#include "manifest.h"
#include "tcpstate/sink.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

enum kind {
	KIND_MARK,
	KIND_LISTENER,
	KIND_CONNECTION,
	KIND_PATH,
	KIND_SAMPLE,
	KIND_TRANSITION,
	KIND_CORRECTION,
	KIND_COUNTER,
	KIND_CHECK,
	KIND_FINDING,
	KIND_MAX
};
struct item {
	int64_t t_ns;
	uint32_t index;
	uint8_t kind;
}; /* of equal times, in the order of the kinds */

static const char *const evidence_words[] = {"none", "wire", "kernel", "both"};

static void run_member(struct jsonwriter *json, const struct model *model, uint16_t run)
{
	if (model->run_count > 1)
		json_text(json, "run", model->runs[run].name);
}

static void end_member(struct jsonwriter *json, const char *name, const struct flow_key *key, int end)
{
	char text[FLOW_END_TEXT];

	json_text(json, name, flow_end_text(key, end, text));
}

static void reason_members(struct jsonwriter *json, const struct reason *reason)
{
	char why[512];

	json_text(json, "reason", reason_word(reason->code));
	json_text(json, "why", prose_reason(reason, why, sizeof(why)));
	for (int i = 0; i < 3; i++)
		if (reason_argument(reason->code, i)[0] != '\0')
			json_number(json, reason_argument(reason->code, i), reason->arg[i]);
}

static void manifest_line(const struct model *model, uint16_t index, FILE *out)
{
	static const char *const own[] = {"type", "run", "input", "wire", "diag", "facts", "packets", "decoded", "dropped",
		"diag_messages", "rows", "rows_lost", "notes", "first", "last"};
	const struct run *run = &model->runs[index];
	json_t *manifest = manifest_parse(run->manifest), *value;
	struct jsonwriter json;
	const char *name;

	json_begin(&json, out, "manifest");
	run_member(&json, model, index);
	json_text(&json, "input", run->name);
	json_object_foreach(manifest, name, value)
	{
		bool taken = false;

		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			taken |= strcmp(name, own[i]) == 0;
		char *encoded = taken ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (encoded != NULL)
			json_raw(&json, name, encoded);
		free(encoded);
	}
	json_decref(manifest);
	json_truth(&json, "wire", run->has_wire);
	json_truth(&json, "diag", run->has_diag);
	json_truth(&json, "facts", run->has_facts);
	json_unsigned(&json, "packets", run->packets);
	json_unsigned(&json, "decoded", run->decoded);
	json_unsigned(&json, "dropped", run->dropped_packets);
	json_unsigned(&json, "diag_messages", run->diag_messages);
	json_unsigned(&json, "rows", run->rows);
	json_unsigned(&json, "rows_lost", run->dropped_rows);
	if (run->last_ns > 0) {
		json_time(&json, "first", run->first_ns);
		json_time(&json, "last", run->last_ns);
	}
	json_open(&json, "notes", '[');
	for (size_t i = 0; i < run->note_count; i++)
		json_text(&json, NULL, run->notes[i]);
	json_close(&json, ']');
	json_end(&json);
}

static void mark_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	run_member(json, model, model->marks[index].run);
	json_time(json, "t", model->marks[index].t_ns);
	json_text(json, "text", model->marks[index].text);
}

static void owner_members(
	struct jsonwriter *json, const char *pid, const char *program, bool has_owner, const struct owner *owner)
{
	if (!has_owner)
		return;
	json_unsigned(json, pid, owner->pid);
	json_text(json, program, owner->program);
}

static void listener_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct listener *listener = &model->listeners[index];

	run_member(json, model, listener->run);
	json_time(json, "t", listener->first_ns);
	json_time(json, "last", listener->last_ns);
	end_member(json, "local", &listener->key, 0);
	json_text(json, "state", state_name(listener->state));
	json_unsigned(json, "max_recv_q", listener->max_queue);
	json_unsigned(json, "backlog", listener->backlog);
	json_truth(json, "overflowed", listener->overflowed);
	owner_members(json, "pid", "program", listener->has_owner, &listener->owner);
}

static void connection_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct connection *connection = &model->connections[index];
	int client = connection->client == 1, server = !client;

	run_member(json, model, connection->run);
	json_time(json, "t", connection->first_ns);
	json_time(json, "last", connection->last_ns);
	json_unsigned(json, "connection", connection->serial);
	end_member(json, "client", &connection->key, client);
	end_member(json, "server", &connection->key, server);
	json_truth(json, "opener_known", connection->client != -1);
	json_truth(json, "midway", connection->midway);
	json_truth(json, "client_local", (connection->local_sides & 1 << client) != 0);
	json_truth(json, "server_local", (connection->local_sides & 1 << server) != 0);
	json_text(json, "client_state", state_name(connection->state[client]));
	json_text(json, "server_state", state_name(connection->state[server]));
	json_unsigned(json, "client_segments", connection->segments[client]);
	json_unsigned(json, "server_segments", connection->segments[server]);
	json_unsigned(json, "client_bytes", connection->bytes[client]);
	json_unsigned(json, "server_bytes", connection->bytes[server]);
	json_unsigned(json, "client_retransmissions", connection->retransmissions[client]);
	json_unsigned(json, "server_retransmissions", connection->retransmissions[server]);
	json_unsigned(json, "syn_unanswered", connection->syn_unanswered);
	json_unsigned(json, "syn_ack_retransmissions", connection->syn_ack_retransmissions);
	json_open(json, "syn_ack_times", '[');
	for (size_t i = 0;
		i < connection->syn_acks && i < sizeof(connection->syn_ack_at_ns) / sizeof(connection->syn_ack_at_ns[0]); i++)
		json_time(json, NULL, connection->syn_ack_at_ns[i] - connection->syn_ack_at_ns[0]);
	json_close(json, ']');
	owner_members(json, "client_pid", "client_program", connection->has_owner[client], &connection->owner[client]);
	owner_members(json, "server_pid", "server_program", connection->has_owner[server], &connection->owner[server]);
}

static const char *timer_word(uint8_t timer)
{
	static const char *const words[] = {[DIAG_TIMER_OFF] = "off",
		[DIAG_TIMER_RETRANSMIT] = "retransmit",
		[DIAG_TIMER_KEEPALIVE] = "keepalive",
		[DIAG_TIMER_MINI] = "timewait",
		[DIAG_TIMER_PROBE0] = "persist"};

	return timer < sizeof(words) / sizeof(words[0]) ? words[timer] : "unknown";
}

static void sample_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct sample *sample = &model->samples[index];
	const struct sockrow *row = &sample->row;

	run_member(json, model, sample->run);
	json_time(json, "t", sample->t_ns);
	json_unsigned(json, "mark", sample->mark);
	json_text(json, "side", sample->server_side ? "server" : "client");
	json_text(json, "protocol", row->key.protocol == IPPROTO_UDP ? "udp" : "tcp");
	json_text(json, "state", prose_socket_state(row));
	end_member(json, "local", &row->key, 0);
	end_member(json, "remote", &row->key, 1);
	json_unsigned(json, "recv_q", row->recv_q);
	json_unsigned(json, "send_q", row->send_q);
	if (row->state == STATE_LISTEN)
		json_unsigned(json, "backlog", row->send_q);
	json_text(json, "timer", timer_word(row->timer));
	json_unsigned(json, "timer_ms", row->expires_ms);
	json_unsigned(json, "retrans", row->retrans);
	json_truth(json, "mini", row->mini);
	json_truth(json, "request", row->request);
	json_unsigned(json, "uid", row->uid);
	json_unsigned(json, "inode", row->inode);
	json_unsigned(json, "cookie", row->cookie);
	owner_members(json, "pid", "program", sample->has_owner, &sample->owner);
	if (sample->has_owner)
		json_truth(json, "was", sample->was);
	json_unsigned(json, "diag_frame", sample->diag_frame);
}

/* The same connection at each place where it was met, from the client to the server. */
static void path_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct path *path = &model->paths[index];
	const struct connection *first = &model->connections[path->hops[0]];

	json_time(json, "t", first->syn_ns);
	json_unsigned(json, "path", index + 1);
	for (size_t i = 0; i < path->hop_count; i++) {
		const struct connection *hop = &model->connections[path->hops[i]];

		if (i == 0)
			json_unsigned(json, "client_isn", hop->isn[hop->client]);
		if (hop->has_isn[!hop->client]) {
			json_unsigned(json, "server_isn", hop->isn[!hop->client]);
			break;
		}
	}
	json_open(json, "hops", '[');
	for (size_t i = 0; i < path->hop_count; i++) {
		const struct connection *hop = &model->connections[path->hops[i]];

		json_open(json, NULL, '{');
		json_text(json, "run", model->runs[hop->run].name);
		json_unsigned(json, "connection", hop->serial);
		json_time(json, "t", hop->syn_ns);
		end_member(json, "client", &hop->key, hop->client);
		end_member(json, "server", &hop->key, !hop->client);
		json_truth(json, "client_local", hop->local_sides >> hop->client & 1);
		json_truth(json, "server_local", hop->local_sides >> !hop->client & 1);
		json_truth(json, "translated", i > 0 && !flow_key_equal(&hop->key, &model->connections[path->hops[i - 1]].key));
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* How far a run's clock may be from another's, by the segments that both met. */
static void clock_lines(const struct model *model, FILE *out)
{
	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];
		struct jsonwriter json;

		if (run->clock.against == i)
			continue;
		json_begin(&json, out, "clock");
		json_text(&json, "run", run->name);
		json_text(&json, "against", model->runs[run->clock.against].name);
		json_number(&json, "shift_ns", run->clock.shift_ns);
		if (run->clock.bounded_low)
			json_number(&json, "low_ns", run->clock.low_ns);
		if (run->clock.bounded_high)
			json_number(&json, "high_ns", run->clock.high_ns);
		json_unsigned(&json, "segments", run->clock.segments);
		json_truth(&json, "consistent", !run->clock.contradictory);
		json_end(&json);
	}
}

static void subject_members(struct jsonwriter *json, const struct record *record)
{
	if (!record->listener && record->serial != 0)
		json_unsigned(json, "connection", record->serial);
}

static void transition_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct record *record = &model->transitions[index].record;
	int side = record->listener ? 0 : record->side & 1;

	run_member(json, model, model->transitions[index].run);
	json_time(json, "t", record->t_ns);
	end_member(json, "local", &record->key, side);
	end_member(json, "remote", &record->key, !side);
	json_text(json, "from", state_name(record->from));
	json_text(json, "to", state_name(record->to));
	json_text(json, "cause", cause_name(record->cause));
	if (record->frame > 0)
		json_unsigned(json, "frame", record->frame);
	reason_members(json, &record->reason);
	json_text(json, "evidence", evidence_words[record->evidence % 4]);
	if (record->diag_frame > 0 && record->evidence >= EVIDENCE_KERNEL)
		json_unsigned(json, "diag_frame", record->diag_frame);
	if (record->not_before_ns > 0)
		json_time(json, "not_before", record->not_before_ns);
	subject_members(json, record);
}

/* Each time the edge was withdrawn, what withdrew it: {"frame":20}, {"diag_frame":7} or both. */
static void refuted_members(struct jsonwriter *json, const struct correction *correction)
{
	json_open(json, "refuted_by", '[');
	for (uint32_t i = 0; i < correction->count; i++) {
		json_open(json, NULL, '{');
		if (correction->refuting_frames[i] > 0)
			json_unsigned(json, "frame", correction->refuting_frames[i]);
		if (correction->refuting_diags[i] > 0)
			json_unsigned(json, "diag_frame", correction->refuting_diags[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_unsigned(json, "count", correction->count);
	json_open(json, "frames", '[');
	for (uint32_t i = 0; i < correction->count; i++)
		if (correction->frames[i] > 0)
			json_unsigned(json, NULL, correction->frames[i]);
	json_close(json, ']');
}

static void correction_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct correction *correction = &model->corrections[index];
	const struct record *record = &correction->record;
	int side = record->listener ? 0 : record->side & 1;

	run_member(json, model, correction->run);
	json_time(json, "t", record->t_ns);
	json_time(json, "edge_t", record->edge_t_ns);
	end_member(json, "local", &record->key, side);
	end_member(json, "remote", &record->key, !side);
	json_text(json, "from", state_name(record->from));
	json_text(json, "to", state_name(record->to));
	if (record->frame > 0)
		json_unsigned(json, "frame", record->frame);
	json_text(json, "claimed", reason_word(correction->claimed.code));
	reason_members(json, &record->reason);
	json_text(json, "evidence", evidence_words[record->evidence % 4]);
	refuted_members(json, correction);
	subject_members(json, record);
}

static void counter_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct counter *counter = &model->counters[index];

	run_member(json, model, counter->run);
	json_time(json, "t", counter->t_ns);
	json_unsigned(json, "mark", counter->mark);
	json_text(json, "name", counter->name);
	json_number(json, "value", counter->value);
	json_number(json, "delta", counter->delta);
}

static void cells_member(struct jsonwriter *json, const char *name, const struct cell *cells, size_t count)
{
	json_open(json, name, '{');
	for (size_t i = 0; i < count; i++) {
		char *key = NULL;
		json_t *string = json_string(cells[i].key);

		/* a name given by hand may need escaping too: let the writer quote it, without its own quotes */
		if (string != NULL)
			key = json_dumps(string, JSON_ENCODE_ANY);
		if (key != NULL && strlen(key) >= 2) {
			key[strlen(key) - 1] = '\0';
			json_text(json, key + 1, cells[i].value);
		}
		free(key);
		json_decref(string);
	}
	json_close(json, '}');
}

static void check_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct check *check = model->checks[index];

	run_member(json, model, model->check_runs[index]);
	json_time(json, "t", check->t_ns);
	json_text(json, "name", check->name);
	cells_member(json, "cells", check->cells, check->cell_count);
	cells_member(json, "lets", check->lets, check->let_count);
	json_text(json, "formula", check->formula);
	json_text(json, "predicted", check->predicted);
	json_text(json, "query", check->query);
	json_text(json, "measured", check->measured);
	if (check->problem[0] != '\0')
		json_text(json, "problem", check->problem);
	json_truth(json, "match", check->match);
}

static void finding_line(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct record *record = &model->findings[index].record;
	char sentence[1024];

	run_member(json, model, model->findings[index].run);
	json_time(json, "t", record->t_ns);
	if (record->listener || record->serial != 0) {
		int side = record->listener ? 0 : record->side & 1;

		end_member(json, "local", &record->key, side);
		end_member(json, "remote", &record->key, !side);
		subject_members(json, record);
	} else if (record->key.family != 0) {
		end_member(json, "local", &record->key, record->side & 1);
	}
	reason_members(json, &record->reason);
	json_text(json, "text", prose_finding(record, sentence, sizeof(sentence)));
}

/* Not moments, but sums: after everything else. */
static void diagram_lines(const struct model *model, FILE *out)
{
	struct jsonwriter json;

	for (unsigned state = STATE_UNKNOWN + 1; state < STATE_MAX; state++) {
		const struct state_sum *sum = &model->states[state];

		json_begin(&json, out, "state");
		json_text(&json, "state", state_name(state));
		json_unsigned(&json, "entered", sum->entered);
		if (sum->longest_ns >= 0)
			json_number(&json, "longest_ms", sum->longest_ns / 1000000);
		json_unsigned(&json, "rows", sum->rows);
		json_end(&json);
	}
	for (size_t i = 0; i < model->edge_count; i++) {
		const struct edge_sum *edge = &model->edges[i];

		json_begin(&json, out, "edge");
		json_text(&json, "from", state_name(edge->from));
		json_text(&json, "to", state_name(edge->to));
		json_truth(&json, "figure", edge->figure != FIGURE_NONE);
		json_truth(&json, "linux", edge->figure != FIGURE_NOT_LINUX);
		json_unsigned(&json, "taken", edge->taken);
		json_unsigned(&json, "both", edge->count[EVIDENCE_BOTH]);
		json_unsigned(&json, "wire", edge->count[EVIDENCE_WIRE]);
		json_unsigned(&json, "kernel", edge->count[EVIDENCE_KERNEL]);
		json_unsigned(&json, "withdrawn", edge->withdrawn);
		json_end(&json);
	}
}

static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind - b->kind;
	return (a->index > b->index) - (a->index < b->index);
}

static struct item *items_of(const struct model *model, size_t *count)
{
	size_t total = model->mark_count + model->listener_count + model->connection_count + model->path_count + model->sample_count +
		       model->transition_count + model->correction_count + model->counter_count + model->check_count +
		       model->finding_count;
	struct item *items = malloc((total > 0 ? total : 1) * sizeof(*items)), *next = items;

	if (items == NULL)
		return NULL;
#define ADD(kind, array, count, time)                                                                                            \
	for (uint32_t i = 0; i < model->count; i++)                                                                              \
	*next++ = (struct item){model->array[i] time, i, kind}
	ADD(KIND_MARK, marks, mark_count, .t_ns);
	ADD(KIND_LISTENER, listeners, listener_count, .first_ns);
	ADD(KIND_CONNECTION, connections, connection_count, .first_ns);
	for (uint32_t i = 0; i < model->path_count; i++)
		*next++ = (struct item){model->connections[model->paths[i].hops[0]].syn_ns, i, KIND_PATH};
	ADD(KIND_SAMPLE, samples, sample_count, .t_ns);
	ADD(KIND_TRANSITION, transitions, transition_count, .record.t_ns);
	ADD(KIND_CORRECTION, corrections, correction_count, .record.t_ns);
	ADD(KIND_COUNTER, counters, counter_count, .t_ns);
	ADD(KIND_CHECK, checks, check_count, ->t_ns);
	ADD(KIND_FINDING, findings, finding_count, .record.t_ns);
#undef ADD
	qsort(items, total, sizeof(*items), compare_items);
	*count = total;
	return items;
}

int sink_jsonl(const struct model *model, const struct sink_options *options, FILE *out)
{
	static const struct {
		const char *type;
		void (*line)(const struct model *, uint32_t, struct jsonwriter *);
	} kinds[KIND_MAX] = {[KIND_MARK] = {"mark", mark_line},
		[KIND_LISTENER] = {"listener", listener_line},
		[KIND_CONNECTION] = {"connection", connection_line},
		[KIND_PATH] = {"path", path_line},
		[KIND_SAMPLE] = {"sample", sample_line},
		[KIND_TRANSITION] = {"transition", transition_line},
		[KIND_CORRECTION] = {"correction", correction_line},
		[KIND_COUNTER] = {"counter", counter_line},
		[KIND_CHECK] = {"check", check_line},
		[KIND_FINDING] = {"finding", finding_line}};
	size_t count;
	struct item *items = items_of(model, &count);

	if (items == NULL)
		return -1;
	for (uint16_t run = 0; run < model->run_count; run++)
		manifest_line(model, run, out);
	clock_lines(model, out);
	for (size_t i = 0; i < count && !ferror(out); i++) {
		uint8_t kind = items[i].kind;
		struct jsonwriter json;

		if (options->summary && kind != KIND_CHECK && kind != KIND_FINDING)
			continue;
		json_begin(&json, out, kinds[kind].type);
		kinds[kind].line(model, items[i].index, &json);
		json_end(&json);
	}
	if (options->edges)
		diagram_lines(model, out);
	free(items);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
