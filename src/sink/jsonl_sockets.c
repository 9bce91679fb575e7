/* What a JSON report says of whole sockets: listeners, connections, the paths they take through
 * several runs, samples. */
#include "jsonl.h"

#include <netinet/in.h>

#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

void jsonl_listener(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct listener *listener = &model->listeners[index];

	jsonl_run(json, model, listener->run);
	json_time(json, "t", listener->first_ns);
	json_time(json, "last", listener->last_ns);
	jsonl_end(json, "local", &listener->key, 0);
	json_text(json, "state", state_name(listener->state));
	if (listener->by_calls)
		json_truth(json, "by_calls", true);
	else
		json_unsigned(json, "max_recv_q", listener->max_queue);
	json_unsigned(json, "backlog", listener->backlog);
	json_truth(json, "overflowed", listener->overflowed);
	json_open(json, "backlogs", '[');
	for (int i = 0; i < listener->backlog_count; i++) {
		json_open(json, NULL, '{');
		json_time(json, "t", listener->backlogs[i].t_ns);
		json_unsigned(json, "backlog", listener->backlogs[i].backlog);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_unsigned(json, "cookie", listener->cookie);
	jsonl_owner(json, "pid", "program", listener->has_owner, &listener->owner);
	jsonl_others(json, "also_held_by", model, &listener->also);
}

/* When a program took it; of one that none ever took, that. */
static void accepted_members(struct jsonwriter *json, const struct connection *connection)
{
	const struct accepted *accepted = &connection->accepted;

	if (connection->traits & TRAIT_UNACCEPTED)
		json_truth(json, "never_accepted", true);
	if (!accepted->known)
		return;
	json_open(json, "accepted", '{');
	json_time(json, "t", accepted->t_ns);
	if (accepted->not_before_ns != 0)
		json_time(json, "not_before", accepted->not_before_ns);
	if (accepted->diag_frame != 0)
		json_unsigned(json, "diag_frame", accepted->diag_frame);
	if (accepted->frame != 0)
		json_unsigned(json, "frame", accepted->frame);
	if (accepted->called)
		json_truth(json, "called", true);
	json_close(json, '}');
}

static void unanswered_member(
	struct jsonwriter *json, const struct model *model, const struct connection *connection)
{
	static const char *const causes[] = {[UNANSWERED_UNKNOWN] = "unknown",
		[UNANSWERED_QUEUE_FULL] = "accept_queue_full",
		[UNANSWERED_REQUESTS] = "requests_full"};
	const struct unanswered *first;
	size_t count =
		model_unanswered_of(model, (uint32_t)(connection - model->connections), &first);

	if (count == 0)
		return;
	json_open(json, "unanswered", '[');
	for (size_t i = 0; i < count; i++) {
		const struct unanswered *syn = &first[i];

		json_open(json, NULL, '{');
		json_time(json, "t", syn->t_ns);
		json_unsigned(json, "frame", syn->frame);
		json_text(json, "cause", causes[syn->cause]);
		if (syn->cause == UNANSWERED_QUEUE_FULL) {
			json_unsigned(json, "queue", syn->queue);
			json_unsigned(json, "backlog", syn->backlog);
			json_unsigned(json, "diag_frame", syn->diag_frame);
		}
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void timer_member(struct jsonwriter *json, const char *name, const struct sighting *shown)
{
	if (shown->timer == 0)
		return;
	json_open(json, name, '{');
	json_text(json, "kind", prose_timer_word(shown->timer));
	json_unsigned(json, "ms", shown->expires_ms);
	json_time(json, "t", shown->t_ns);
	json_unsigned(json, "diag_frame", shown->diag_frame);
	json_close(json, '}');
}

void jsonl_connection(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct connection *connection = &model->connections[index];
	int client = connection->client == 1, server = !client;

	jsonl_run(json, model, connection->run);
	json_time(json, "t", connection->first_ns);
	json_time(json, "last", connection->last_ns);
	json_unsigned(json, "connection", connection->serial);
	jsonl_end(json, "client", &connection->key, client);
	jsonl_end(json, "server", &connection->key, server);
	json_truth(json, "opener_known", connection->client != -1);
	json_truth(json, "midway", connection->midway);
	json_truth(json, "client_local", (connection->local_sides & 1 << client) != 0);
	json_truth(json, "server_local", (connection->local_sides & 1 << server) != 0);
	json_text(json, "client_state", state_name(connection->ends[client].state));
	json_text(json, "server_state", state_name(connection->ends[server].state));
	json_unsigned(json, "client_segments", connection->ends[client].sent.segments);
	json_unsigned(json, "server_segments", connection->ends[server].sent.segments);
	json_unsigned(json, "client_bytes", connection->ends[client].sent.bytes);
	json_unsigned(json, "server_bytes", connection->ends[server].sent.bytes);
	json_unsigned(
		json, "client_retransmissions", connection->ends[client].sent.retransmissions);
	json_unsigned(
		json, "server_retransmissions", connection->ends[server].sent.retransmissions);
	json_truth(json, "one_way", connection->unseen != -1);
	json_unsigned(json, "syn_unanswered", connection->syn_unanswered);
	json_unsigned(json, "syn_ack_retransmissions", connection->syn_ack_retransmissions);
	json_open(json, "syn_ack_times", '[');
	for (size_t i = 0;
		i < connection->syn_acks &&
		i < sizeof(connection->syn_ack_at_ns) / sizeof(connection->syn_ack_at_ns[0]);
		i++)
		json_time(json, NULL, connection->syn_ack_at_ns[i] - connection->syn_ack_at_ns[0]);
	json_close(json, ']');
	if (model->shape_count > 0)
		json_unsigned(json, "kind", connection->shape + 1);
	accepted_members(json, connection);
	unanswered_member(json, model, connection);
	timer_member(json, "client_timer", &connection->ends[client].shown);
	timer_member(json, "server_timer", &connection->ends[server].shown);
	jsonl_owner(json, "client_pid", "client_program", connection->ends[client].has_owner,
		&connection->ends[client].owner);
	jsonl_owner(json, "server_pid", "server_program", connection->ends[server].has_owner,
		&connection->ends[server].owner);
	jsonl_others(json, "client_also_held_by", model, &connection->ends[client].also);
	jsonl_others(json, "server_also_held_by", model, &connection->ends[server].also);
}

static void states_member(struct jsonwriter *json, const char *name, const size_t count[STATE_MAX])
{
	json_open(json, name, '{');
	for (unsigned state = 0; state < STATE_MAX; state++)
		if (count[state] > 0)
			json_unsigned(json, state_name(state), count[state]);
	json_close(json, '}');
}

void jsonl_moment(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct phase *phase = &model->phases[index];

	jsonl_run(json, model, phase->run);
	json_time(json, "t", phase->t_ns);
	json_text(json, "moment", prose_moment_word(phase->moment));
	if (phase->moment == MOMENT_ALL || phase->moment == MOMENT_MOST)
		json_unsigned(json, "connected", phase->connected);
	states_member(json, "server", phase->states[0]);
	states_member(json, "client", phase->states[1]);
	if (phase->unlisted[0] + phase->unlisted[1] > 0)
		json_unsigned(json, "unlisted", phase->unlisted[0] + phase->unlisted[1]);
}

static void sample_row(const struct sockrow *row, struct jsonwriter *json)
{
	json_unsigned(json, "recv_q", row->recv_q);
	json_unsigned(json, "send_q", row->send_q);
	if (row->state == STATE_LISTEN)
		json_unsigned(json, "backlog", row->send_q);
	json_text(json, "timer", prose_timer_word(row->timer));
	json_unsigned(json, "timer_ms", row->expires_ms);
	json_unsigned(json, "retrans", row->retrans);
}

void jsonl_sample(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct sample *sample = &model->samples[index];
	const struct sockrow *row = &sample->row;

	jsonl_run(json, model, sample->run);
	json_time(json, "t", sample->t_ns);
	json_unsigned(json, "mark", sample->mark);
	if (sample->moment != MOMENT_NONE)
		json_text(json, "moment", prose_moment_word(sample->moment));
	json_text(json, "side", sample->server_side ? "server" : "client");
	json_text(json, "protocol", row->key.protocol == IPPROTO_UDP ? "udp" : "tcp");
	json_text(json, "state", prose_socket_state(row));
	jsonl_end(json, "local", &row->key, 0);
	jsonl_end(json, "remote", &row->key, 1);
	if (!sample->unshown)
		sample_row(row, json);
	json_truth(json, "mini", row->mini);
	json_truth(json, "request", row->request);
	json_unsigned(json, "uid", row->uid);
	json_unsigned(json, "inode", row->inode);
	json_unsigned(json, "cookie", row->cookie);
	jsonl_owner(json, "pid", "program", sample->has_owner, &sample->owner);
	jsonl_others(json, "also_held_by", model, &sample->also);
	if (sample->has_owner)
		json_truth(json, "was", sample->was);
	if (sample->old)
		json_truth(json, "old", true);
	json_unsigned(json, "diag_frame", sample->diag_frame);
}

/* The same connection at each place where it was met, from the client to the server. */
void jsonl_path(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct path *path = &model->paths[index];
	const struct connection *first = &model->connections[path->hops[0]];

	json_time(json, "t", first->syn_ns);
	json_unsigned(json, "path", index + 1);
	for (size_t i = 0; i < path->hop_count; i++) {
		const struct connection *hop = &model->connections[path->hops[i]];

		if (i == 0)
			json_unsigned(json, "client_isn", hop->ends[hop->client].isn);
		if (hop->ends[!hop->client].has_isn) {
			json_unsigned(json, "server_isn", hop->ends[!hop->client].isn);
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
		jsonl_end(json, "client", &hop->key, hop->client);
		jsonl_end(json, "server", &hop->key, !hop->client);
		json_truth(json, "client_local", hop->local_sides >> hop->client & 1);
		json_truth(json, "server_local", hop->local_sides >> !hop->client & 1);
		json_truth(json, "translated",
			i > 0 && !flow_key_equal(
					 &hop->key, &model->connections[path->hops[i - 1]].key));
		json_close(json, '}');
	}
	json_close(json, ']');
}
