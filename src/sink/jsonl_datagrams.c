/* What a JSON report says of UDP and of ICMP errors: conversations, their datagrams, errors and who
 * learns of them, drops at sockets. */
#include "jsonl.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tcpstate/prose.h"

static void protocol_member(struct jsonwriter *json, const struct flow_key *key)
{
	json_text(json, "protocol", key->protocol == IPPROTO_UDP ? "udp" : "tcp");
}

/* The kernel's word on one end, and whose it is; nothing where its socket was never shown. */
static void socket_members(struct jsonwriter *json, const struct model *model, uint32_t index,
	const char *form, const char *pid, const char *program, const char *also)
{
	if (index == UINT32_MAX)
		return;
	const struct udp_socket *socket = &model->udp_sockets[index];

	json_text(json, form, socket->connected ? "connected" : "unconnected");
	jsonl_owner(json, pid, program, socket->has_owner, &socket->owner);
	jsonl_others(json, also, model, &socket->also);
}

void jsonl_conversation(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct conversation *conversation = &model->conversations[index];
	int a = conversation->opener & 1, b = !a;

	jsonl_run(json, model, conversation->run);
	json_time(json, "t", conversation->first_ns);
	json_time(json, "last", conversation->last_ns);
	json_unsigned(json, "conversation", conversation->number);
	protocol_member(json, &conversation->key);
	jsonl_end(json, "a", &conversation->key, a);
	jsonl_end(json, "b", &conversation->key, b);
	json_truth(json, "a_local", (conversation->local_sides & 1 << a) != 0);
	json_truth(json, "b_local", (conversation->local_sides & 1 << b) != 0);
	json_truth(json, "group", conversation->group);
	json_unsigned(json, "a_datagrams", conversation->datagrams[a]);
	json_unsigned(json, "b_datagrams", conversation->datagrams[b]);
	json_unsigned(json, "a_bytes", conversation->bytes[a]);
	json_unsigned(json, "b_bytes", conversation->bytes[b]);
	json_unsigned(json, "icmp_errors", conversation->errors);
	json_unsigned(json, "left_out", conversation->lines - conversation->line_count);
	socket_members(json, model, conversation->socket[a], "a_socket", "a_pid", "a_program",
		"a_also_held_by");
	socket_members(json, model, conversation->socket[b], "b_socket", "b_pid", "b_program",
		"b_also_held_by");
}

void jsonl_datagram(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct datagram *line = &model->datagrams[index];
	const struct conversation *conversation = &model->conversations[line->conversation];

	jsonl_run(json, model, conversation->run);
	json_time(json, "t", line->t_ns);
	json_unsigned(json, "conversation", conversation->number);
	json_unsigned(json, "frame", line->frame);
	jsonl_end(json, "source", &conversation->key, line->side);
	jsonl_end(json, "destination", &conversation->key, !line->side);
	json_unsigned(json, "bytes", line->bytes);
	if (line->fragments > 0) {
		json_unsigned(json, "fragments", line->fragments);
		json_unsigned(json, "captured", line->captured);
	}
	if (line->text != NULL)
		json_text(json, "text", line->text);
}

void jsonl_icmp(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct icmp_error *error = &model->errors[index];
	const char *number = prose_icmp_errno(error->family, error->type, error->code);
	char from[INET6_ADDRSTRLEN];

	jsonl_run(json, model, error->run);
	json_time(json, "t", error->t_ns);
	if (error->of_connection)
		json_unsigned(json, "connection", model->connections[error->index].serial);
	else
		json_unsigned(json, "conversation", model->conversations[error->index].number);
	json_unsigned(json, "frame", error->frame);
	json_text(json, "from",
		inet_ntop(error->family == AF_INET6 ? AF_INET6 : AF_INET, error->from, from,
			sizeof(from)));
	json_number(json, "icmp_version", error->family == AF_INET6 ? 6 : 4);
	json_unsigned(json, "icmp_type", error->type);
	json_unsigned(json, "icmp_code", error->code);
	json_text(json, "text", prose_icmp(error->family, error->type, error->code));
	if (error->mtu > 0)
		json_unsigned(json, "mtu", error->mtu);
	protocol_member(json, &error->key);
	jsonl_end(json, "source", &error->key, error->side);
	jsonl_end(json, "destination", &error->key, !error->side);
	if (error->answers > 0)
		json_unsigned(json, "answers", error->answers);
	json_unsigned(json, "count", error->count);
	if (error->count > 1) {
		json_unsigned(json, "last_frame", error->last_frame);
		json_time(json, "last", error->last_ns);
	}
	json_text(json, "effect", prose_icmp_effect(error->effect));
	if (number[0] != '\0')
		json_text(json, "errno", number);
	socket_members(json, model, error->socket, "socket", "pid", "program", "also_held_by");
	if (error->diag_frame > 0)
		json_unsigned(json, "diag_frame", error->diag_frame);
}

void jsonl_drop(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct loss *loss = &model->losses[index];
	const struct udp_socket *socket = &model->udp_sockets[loss->socket];

	jsonl_run(json, model, socket->run);
	json_time(json, "t", loss->t_ns);
	if (loss->not_before_ns != 0) {
		json_time(json, "not_before", loss->not_before_ns);
		json_unsigned(json, "not_before_diag_frame", loss->before_diag);
	}
	jsonl_end(json, "local", &socket->key, 0);
	jsonl_end(json, "remote", &socket->key, 1);
	json_unsigned(json, "count", loss->count);
	json_unsigned(json, "total", loss->total);
	json_unsigned(json, "cookie", socket->cookie);
	jsonl_owner(json, "pid", "program", socket->has_owner, &socket->owner);
	jsonl_others(json, "also_held_by", model, &socket->also);
	json_unsigned(json, "diag_frame", loss->diag_frame);
}
