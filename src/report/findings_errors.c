/* Findings about ICMP errors: which of them ended the opening of connections, and who sent it;
 * which datagrams met no socket, or one that is connected to another address. */
#include "findings.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* What it means that a connection to a port was refused so: RFC 792 and RFC 1812, type 3; RFC 4443,
 * type 1. A port is unreachable by ICMP only where a filter says so: TCP answers with an RST. */
static bool rejects(const struct icmp_error *error)
{
	if (error->family == AF_INET6)
		return error->type == 1 && (error->code == 1 || error->code >= 4);
	return error->type == 3 &&
	       (error->code == 3 || error->code == 9 || error->code == 10 || error->code == 13);
}

static void address_text(const struct icmp_error *error, char *text)
{
	if (error->family == AF_INET6)
		inet_ntop(AF_INET6, error->from, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET, error->from, text, INET_ADDRSTRLEN);
}

/* Of the connections to this server that such an error of this sender ended, or met in vain. */
static struct finding *finding_like(struct model *model, const struct icmp_error *error,
	const struct connection *connection, const char *from, unsigned phrase)
{
	int server = connection->client == 0;
	bool noted = error->effect != ICMP_EDGE;

	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *at = &model->findings[i];

		if (at->code == FINDING_CONNECTIONS_UNREACHABLE && at->run == error->run &&
			at->arg[1] == error->type && at->arg[2] == error->code &&
			(at->arg[3] != 0) == noted && at->phrase[1] == phrase &&
			strcmp(at->text[0], from) == 0 &&
			at->key.port_be[at->side] == connection->key.port_be[server] &&
			memcmp(at->key.addr[at->side], connection->key.addr[server], 16) == 0)
			return at;
	}
	struct finding *finding = finding_of_end(model, error->run, FINDING_CONNECTIONS_UNREACHABLE,
		&connection->key, server, error->t_ns);
	if (finding == NULL)
		return NULL;
	strcpy(finding->text[0], from);
	finding->arg[1] = error->type;
	finding->arg[2] = error->code;
	finding->arg[3] = noted;
	finding->phrase[1] = (uint8_t)phrase;
	finding->phrase_state = error->family;
	finding->phrase_number = (uint32_t)error->type << 8 | error->code;
	return finding;
}

static void tell_unreachable(struct model *model, const struct icmp_error *error)
{
	struct connection *connection = &model->connections[error->index];
	char from[FINDING_TEXT] = "";
	int client = connection->client;

	/* one that was only noted harmed nobody who got in after all */
	if (client == -1 || !connection->unreachable ||
		(error->effect != ICMP_EDGE && connection->syn_acks > 0) ||
		finding_set_has(&connection->finding_set, FINDING_CONNECTIONS_UNREACHABLE))
		return;
	address_text(error, from);
	/* no SYN was captured, and the error is this host's own: the link gave no answer */
	bool own = connection->ends[client].sent.segments == 0 &&
		   (connection->local_sides & 1 << client) != 0 &&
		   memcmp(error->from, connection->key.addr[client], 16) == 0;
	unsigned phrase = own              ? PHRASE_ICMP_NO_NEIGHBOUR
			  : rejects(error) ? PHRASE_ICMP_REJECTED
					   : PHRASE_ICMP;
	struct finding *finding = finding_like(model, error, connection, own ? "" : from, phrase);
	finding_set_add(&connection->finding_set, FINDING_CONNECTIONS_UNREACHABLE);
	if (finding == NULL)
		return;
	finding->arg[0] += connection_weight(connection);
	finding_cite_frame(finding, error->frame);
}

/* Those whose error is not kept. */
static void tell_others(struct model *model, uint16_t run)
{
	int64_t count = 0;

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (at->run == run && at->unreachable && at->errors_kept == 0 &&
			!finding_set_has(&at->finding_set, FINDING_CONNECTIONS_UNREACHABLE))
			count += connection_weight(at);
	}
	struct finding *finding =
		count > 0 ? finding_of_run(model, run, FINDING_CONNECTIONS_UNREACHABLE,
				    model->runs[run].last_ns)
			  : NULL;
	if (finding != NULL)
		finding->arg[0] = count;
}

/* ---- datagrams ---- */

const struct udp_socket *finding_connected_elsewhere(
	const struct model *model, const struct unreachable *port)
{
	for (size_t i = 0; i < model->udp_socket_count; i++) {
		const struct udp_socket *at = &model->udp_sockets[i];

		if (at->run == port->run && at->connected && at->key.port_be[0] == port->port_be &&
			memcmp(at->key.addr[0], port->key.addr[1], 16) == 0 &&
			(at->key.port_be[1] != port->key.port_be[0] ||
				memcmp(at->key.addr[1], port->key.addr[0], 16) != 0))
			return at;
	}
	return NULL;
}

/* A TCP socket that listens on that port of the same address: the sender means it. */
static void name_listener(
	const struct model *model, const struct unreachable *port, struct finding *finding)
{
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run != port->run || at->key.port_be[0] != port->port_be ||
			!listener_covers(&at->key, &port->key, 1))
			continue;
		/* the wildcard is this host's: the datagram has to be for it */
		if (memcmp(at->key.addr[0], port->key.addr[1], 16) != 0 &&
			memcmp(port->key.addr[0], port->key.addr[1], 16) != 0)
			continue;
		if (at->has_owner)
			finding_name(finding, 0, &at->owner);
		finding->phrase[0] = PHRASE_TCP_SOCKET;
		return;
	}
}

/* The port's own socket had sent something before: who left, and was not forgotten. */
static void name_gone(
	const struct model *model, const struct unreachable *port, struct finding *finding)
{
	for (size_t i = 0; i < model->conversation_count; i++) {
		const struct conversation *at = &model->conversations[i];

		for (int end = 0; end < 2 && at->run == port->run; end++) {
			if (at->key.port_be[end] != port->port_be || at->datagrams[end] == 0 ||
				at->key.family != port->key.family ||
				memcmp(at->key.addr[end], port->key.addr[1], 16) != 0)
				continue;
			finding->phrase[1] = PHRASE_SPOKE_BEFORE;
			if (at->socket[end] != UINT32_MAX &&
				model->udp_sockets[at->socket[end]].has_owner)
				finding_name(
					finding, 0, &model->udp_sockets[at->socket[end]].owner);
			return;
		}
	}
}

/* A socket of this host has that port, of another address. */
static void name_bound_elsewhere(
	const struct model *model, const struct unreachable *port, struct finding *finding)
{
	static const uint8_t any[16];

	for (size_t i = 0; i < model->udp_socket_count; i++) {
		const struct udp_socket *at = &model->udp_sockets[i];

		if (at->run != port->run || at->connected || at->key.port_be[0] != port->port_be ||
			at->key.family != port->key.family ||
			memcmp(at->key.addr[0], any, sizeof(any)) == 0 ||
			memcmp(at->key.addr[0], port->key.addr[1], sizeof(any)) == 0)
			continue;
		flow_end_text(&at->key, 0, finding->text[1]);
		finding->phrase[1] = PHRASE_BOUND_ELSEWHERE;
		if (at->has_owner)
			finding_name(finding, 0, &at->owner);
		finding_cite_diag(finding, at->last_diag);
		return;
	}
}

static void tell_ports(struct model *model)
{
	for (size_t i = 0; i < model->build->unreachable_count; i++) {
		const struct unreachable *port = &model->build->unreachable[i];
		const struct udp_socket *socket = finding_connected_elsewhere(model, port);
		struct finding *finding =
			socket == NULL && finding_udp_swapped(model, port)
				? NULL
				: finding_of_run(model, port->run, FINDING_DATAGRAMS_UNREACHABLE,
					  model->runs[port->run].last_ns);

		if (finding == NULL)
			continue;
		finding->arg[0] = port->count;
		finding->arg[1] = ntohs(port->port_be);
		finding->arg[2] = socket == NULL;
		finding->arg[3] = socket == NULL && port->away;
		finding_cite_frame(finding, port->frame);
		if (socket == NULL) {
			name_listener(model, port, finding);
			if (!port->away && !finding_says(finding, 0) &&
				finding->phrase[0] == PHRASE_NAMES)
				name_gone(model, port, finding);
			if (!port->away && !finding_says(finding, 0) &&
				finding->phrase[1] == PHRASE_NAMES)
				name_bound_elsewhere(model, port, finding);
			continue;
		}
		flow_end_text(&socket->key, 1, finding->text[1]);
		finding->phrase[1] = PHRASE_CONNECTED_ELSEWHERE;
		if (socket->has_owner)
			finding_name(finding, 0, &socket->owner);
		finding_cite_diag(finding, socket->last_diag);
	}
}

/* Those that made the edge first: another may only have been noted. */
static void tell_all(struct model *model, bool edges)
{
	for (size_t i = 0; i < model->error_count; i++) {
		const struct icmp_error *error = &model->errors[i];

		if (error->of_connection && (error->effect == ICMP_EDGE) == edges &&
			error->key.protocol == IPPROTO_TCP &&
			error->index < model->connection_count)
			tell_unreachable(model, error);
	}
}

bool findings_of_errors(struct model *model)
{
	tell_all(model, true);
	tell_all(model, false);
	for (uint16_t run = 0; run < model->run_count; run++)
		tell_others(model, run);
	tell_ports(model);
	return !model->build->failed;
}
