/* What a page draws, in a JSON report: segments, accept queues over time, ends that disagreed,
 * kinds of connections, segments of a path. Derived by the model, as all of it. */
#include "jsonl.h"

#include <stdio.h>

#include "tcpstate/prose.h"
#include "tcpstate/segment.h"

static void flags_member(struct jsonwriter *json, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {{TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}, {TCP_PSH, "PSH"},
		{TCP_ACK, "ACK"}};
	char text[32] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((flags & names[i].flag) != 0)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
				used > 0 ? "," : "", names[i].name);
	json_text(json, "flags", text);
}

static const char *role_word(bool client)
{
	return client ? "client" : "server";
}

void jsonl_segment(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	static const char *const taken[] = {[TAKEN_UNKNOWN] = "unknown",
		[TAKEN_YES] = "yes",
		[TAKEN_IGNORED] = "ignored",
		[TAKEN_UNANSWERED] = "unanswered"};
	const struct rung *rung = &model->rungs[index];
	const struct connection *connection = &model->connections[rung->connection];
	int client = connection->client == 1;
	struct fold before = model_fold(model, connection, index - connection->first_rung);

	jsonl_run(json, model, connection->run);
	json_time(json, "t", rung->t_ns);
	json_unsigned(json, "connection", connection->serial);
	json_unsigned(json, "frame", rung->frame);
	json_text(json, "by", role_word(rung->side == client));
	flags_member(json, rung->flags);
	json_unsigned(json, "seq", rung->seq);
	json_unsigned(json, "ack", rung->ack);
	json_unsigned(json, "length", rung->len);
	if (rung->absolute)
		json_truth(json, "absolute", true);
	if (rung->retransmission)
		json_truth(json, "retransmission", true);
	if (rung->again > 0)
		json_unsigned(json, "again", rung->again);
	json_text(json, "taken", taken[rung->taken]);
	if (rung->text != NULL)
		json_text(json, "text", rung->text);
	if (before.segments[0] + before.segments[1] > 0) {
		json_open(json, "left_out", '{');
		json_unsigned(json, "client_segments", before.segments[client]);
		json_unsigned(json, "server_segments", before.segments[!client]);
		json_unsigned(json, "client_bytes", before.bytes[client]);
		json_unsigned(json, "server_bytes", before.bytes[!client]);
		json_close(json, '}');
	}
}

/* index: among the points of all listeners, one listener after another */
static const struct queue_point *queue_point(
	const struct model *model, uint32_t index, const struct listener **listener)
{
	*listener = model->listeners;
	for (; index >= (*listener)->queue_count; ++*listener)
		index -= (uint32_t)(*listener)->queue_count;
	return &(*listener)->queue[index];
}

void jsonl_queue(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct listener *listener;
	const struct queue_point *point = queue_point(model, index, &listener);

	jsonl_run(json, model, listener->run);
	json_time(json, "t", point->t_ns);
	jsonl_end(json, "local", &listener->key, 0);
	json_unsigned(json, "cookie", listener->cookie);
	json_unsigned(json, "recv_q", point->queue);
	json_unsigned(json, "backlog", point->backlog);
	json_unsigned(json, "diag_frame", point->diag_frame);
	if (point->not_before_ns != 0)
		json_time(json, "not_before", point->not_before_ns);
}

void jsonl_disagreement(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct disagreement *one = &model->disagreements[index];
	const struct connection *connection = &model->connections[one->connection];

	jsonl_run(json, model, connection->run);
	json_time(json, "t", one->t_ns);
	json_time(json, "until", one->until_ns);
	json_unsigned(json, "connection", connection->serial);
	json_text(json, "client_state", state_name(one->state[0]));
	json_text(json, "server_state", state_name(one->state[1]));
}

void jsonl_kind(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct shape *shape = &model->shapes[index];
	const struct connection *first = &model->connections[shape->members[0]];

	jsonl_run(json, model, first->run);
	json_time(json, "t", first->first_ns);
	json_unsigned(json, "kind", index + 1);
	json_unsigned(json, "connections", shape->total);
	json_truth(json, "odd", shape->anomalous);
	json_unsigned(json, "first", first->serial);
	json_unsigned(json, "example", model->connections[shape->example].serial);
	json_open(json, "lifetime", '{');
	json_time(json, "min", shape->least_ns);
	json_time(json, "median", shape->median_ns);
	json_time(json, "max", shape->most_ns);
	json_close(json, '}');
}

void jsonl_crossing(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct crossing *crossing = &model->crossings[index];
	const struct path *path = &model->paths[crossing->path];
	bool told = false;

	json_time(json, "t", crossing->t_ns);
	json_unsigned(json, "path", crossing->path + 1);
	json_text(json, "by", role_word(crossing->from_client));
	for (size_t place = 0; place < CROSSING_PLACES; place++) {
		if (crossing->rung[place] == UINT32_MAX)
			continue;
		const struct rung *rung = &model->rungs[crossing->rung[place]];

		if (!told) {
			flags_member(json, rung->flags);
			json_unsigned(json, "length", rung->len);
			json_open(json, "hops", '[');
		}
		told = true;
		json_open(json, NULL, '{');
		json_unsigned(json, "hop", place + 1);
		json_text(json, "run", model->runs[model->connections[path->hops[place]].run].name);
		json_unsigned(json, "frame", rung->frame);
		json_time(json, "t", rung->t_ns);
		json_close(json, '}');
	}
	if (told)
		json_close(json, ']');
}
