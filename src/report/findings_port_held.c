/* Who had the port that a bind() asked for in vain, and what SO_REUSEADDR has to do with it: the
 * kernel lets sockets share a port if each set that option before its bind() and none of them
 * listens (inet_csk_bind_conflict()). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

unsigned call_port(const struct call *call)
{
	size_t length = strcspn(call->arguments, ", ");

	if (call->what == CALLED_LISTEN && call->key.port_be[0] != 0)
		return ntohs(call->key.port_be[0]);
	for (size_t i = length; i-- > 0;)
		if (call->arguments[i] == ':')
			return (unsigned)strtoul(call->arguments + i + 1, NULL, 10);
	return 0;
}

static bool is_own_call(const struct model_call *at, const struct model_call *failed)
{
	return at->run == failed->run && at->said == NULL && at->call.error == 0 &&
	       strcmp(at->call.program, failed->call.program) == 0;
}

static bool sets_reuse(const struct call *call)
{
	static const char option[] = "SO_REUSEADDR = ";

	return call->what == CALLED_SETSOCKOPT && call->error == 0 &&
	       strncmp(call->arguments, option, sizeof(option) - 1) == 0 &&
	       call->arguments[sizeof(option) - 1] != '0';
}

/* Does its program set SO_REUSEADDR behind the bind(), on this socket or one that had the port? */
static bool sets_late(const struct model *model, const struct model_call *failed)
{
	uint32_t bound = 0;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (!is_own_call(at, failed) && at != failed)
			continue;
		if (at->call.what == CALLED_BIND &&
			call_port(&at->call) == call_port(&failed->call))
			bound = at->call.inode;
		else if (bound != 0 && at->call.inode == bound && sets_reuse(&at->call))
			return true;
	}
	return false;
}

static enum finding_reuse reuse_lacked(const struct model *model, const struct model_call *failed)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == failed->run && at->call.inode == failed->call.inode &&
			at->at_ns <= failed->at_ns && sets_reuse(&at->call))
			return REUSE_OLD_LACKS;
	}
	return sets_late(model, failed) ? REUSE_LATE : REUSE_NEW_LACKS;
}

/* Its program listens or connects; where it was seen to do neither, it is as who had the port. */
static bool is_client(
	const struct model *model, const struct model_call *failed, bool held_by_client)
{
	bool connects = held_by_client;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (!is_own_call(at, failed) || at->call.key.protocol != IPPROTO_TCP)
			continue;
		if (at->call.what == CALLED_LISTEN)
			return false;
		connects |= at->call.what == CALLED_CONNECT;
	}
	return connects;
}

/* Do the two ask for one address? As calls and keys are written: "10.0.0.1:80"; the unspecified
 * address takes all. */
static bool meet(const char *one, const char *other)
{
	static const char *const all[] = {"0.0.0.0:", "[::]:"};

	for (size_t i = 0; i < 2; i++)
		if (strncmp(one, all[i], strlen(all[i])) == 0 ||
			strncmp(other, all[i], strlen(all[i])) == 0)
			return true;
	return strcmp(one, other) == 0;
}

static bool has_address(const struct flow_key *key, int side, const struct model_call *failed)
{
	char text[FLOW_END_TEXT], asked[FLOW_END_TEXT];

	return meet(flow_end_text(key, side, text),
		failed->call.what == CALLED_LISTEN ? flow_end_text(&failed->call.key, 0, asked)
						   : failed->call.arguments);
}

/* Whose end it is or was: its owner, else who made calls on it. */
static void name_end(const struct model *model, const struct connection *connection, int side,
	struct finding *finding)
{
	if (connection->ends[side].has_owner) {
		finding_name(finding, 1, &connection->ends[side].owner);
		return;
	}
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side)
			finding_name_caller(finding, 1, &at->call);
	}
}

/* Is this bind() of a socket that still had its port at t_ns? *listens: and listened on it. */
static bool binds_until(
	const struct model *model, const struct model_call *bind, int64_t t_ns, bool *listens)
{
	*listens = false;
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run != bind->run || at->call.inode != bind->call.inode || at->at_ns > t_ns)
			continue;
		if (at->call.effect == CALL_CLOSES && at->call.last)
			return false;
		*listens = *listens || (at->call.what == CALLED_LISTEN && at->call.error == 0);
	}
	return true;
}

/* A socket that no look at the kernel met, or none was made for: whose bind() was seen. */
static bool held_by_binder(
	const struct model *model, struct finding *finding, const struct model_call *failed)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		bool listens;

		if (at->run != failed->run || at->call.what != CALLED_BIND || at->call.error != 0 ||
			at->call.inode == 0 || at->call.inode == failed->call.inode ||
			at->at_ns > failed->at_ns ||
			at->call.key.port_be[0] != htons((uint16_t)call_port(&failed->call)) ||
			at->call.key.protocol != failed->call.key.protocol ||
			!has_address(&at->call.key, 0, failed) ||
			!binds_until(model, at, failed->at_ns, &listens))
			continue;
		bool own = at->call.pid == failed->call.pid;
		bool shares = !listens && !own && at->call.key.protocol == IPPROTO_TCP;

		finding_name_caller(finding, 1, &at->call);
		finding->phrase[1] = own && listens ? PHRASE_OWN_LISTENER
				     : own          ? PHRASE_OWN_SOCKET
				     : listens      ? PHRASE_LISTENS
						    : PHRASE_NAMES;
		finding->reuse = (uint8_t)(shares ? reuse_lacked(model, failed) : REUSE_NO_HELP);
		return true;
	}
	return false;
}

static bool asks_six(const struct call *call)
{
	return call->arguments[0] == '[';
}

/* What listened on the port: of the family that was asked for, else of the other, for [::] takes
 * both. NULL: nothing. */
static const struct listener *listener_on(
	const struct model *model, const struct model_call *failed)
{
	const struct listener *found = NULL;

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run == failed->run &&
			ntohs(at->key.port_be[0]) == call_port(&failed->call) &&
			listener_away_ns(model, at, failed->at_ns) == 0 &&
			has_address(&at->key, 0, failed) &&
			(found == NULL || asks_six(&failed->call) == (at->key.family == AF_INET6)))
			found = at;
	}
	return found;
}

static bool held_by_listener(
	const struct model *model, struct finding *finding, const struct model_call *failed)
{
	const struct listener *at = listener_on(model, failed);

	if (at == NULL)
		return false;
	if (at->has_owner) {
		finding_name(finding, 1, &at->owner);
		finding->phrase[1] =
			at->owner.pid == failed->call.pid ? PHRASE_OWN_LISTENER : PHRASE_LISTENS;
	} else if (!held_by_binder(model, finding, failed)) {
		finding->phrase[1] = PHRASE_A_LISTENER;
	}
	if (finding->text[1][0] != '\0' && asks_six(&failed->call) != (at->key.family == AF_INET6))
		finding->phrase[1] = PHRASE_BOTH_FAMILIES;
	finding->reuse = REUSE_NO_HELP;
	return true;
}

/* Of connections in TIME_WAIT only their number counts. *client: it is a client's end. */
static bool held_by_connection(const struct model *model, struct finding *finding,
	const struct model_call *failed, bool *client, uint32_t *waiting)
{
	uint16_t port_be = htons((uint16_t)call_port(&failed->call));

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		for (int side = 0; side < 2; side++) {
			if (at->run != failed->run || at->key.port_be[side] != port_be ||
				at->first_ns > failed->at_ns || !(at->local_sides & 1 << side) ||
				!has_address(&at->key, side, failed))
				continue;
			uint8_t state = model_state_at(model, at, side, failed->at_ns);

			if (state == STATE_CLOSED)
				continue;
			*client = at->client == side;
			*waiting += state == STATE_TIME_WAIT;
			if (state == STATE_TIME_WAIT)
				continue;
			name_end(model, at, side, finding);
			finding->phrase[1] = PHRASE_IN_STATE;
			finding->phrase_state = state;
			finding->phrase_number = at->serial;
			return true;
		}
	}
	return false;
}

void finding_port_holder(
	const struct model *model, struct finding *finding, const struct model_call *failed)
{
	bool client = false, is_udp = failed->call.key.protocol == IPPROTO_UDP;
	uint32_t waiting = 0;

	if ((is_udp || (!held_by_listener(model, finding, failed) &&
			       !held_by_connection(model, finding, failed, &client, &waiting))) &&
		!held_by_binder(model, finding, failed) && waiting > 0) {
		finding->phrase[1] = PHRASE_TIME_WAITS;
		finding->phrase_number = waiting;
	}
	if (finding->reuse == REUSE_NOT_KNOWN && finding_says(finding, 1))
		finding->reuse = (uint8_t)reuse_lacked(model, failed);
	finding->by_client = is_client(model, failed, client);
}
