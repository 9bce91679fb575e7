/* Findings about what a host ran out of: ports, TIME_WAIT buckets, receive buffers of UDP sockets;
 * and calls that failed for it. */
#include "findings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_WAITS_MANY = 200, RANGE_MAX = 16384 };

/* ---- local ports ---- */

/* "net.ipv4.ip_local_port_range":"40000 40019" in the manifest, as it was in force. */
static bool port_range(const struct run *run, unsigned *low, unsigned *high)
{
	static const char name[] = "\"net.ipv4.ip_local_port_range\"";
	const char *found = NULL;

	for (const char *at = run->manifest; (at = strstr(at, name)) != NULL; at += 1)
		found = at;
	if (found == NULL)
		return false;
	found += sizeof(name) - 1;
	found += strspn(found, ": \"");
	char *end;
	*low = (unsigned)strtoul(found, &end, 10);
	if (end == found)
		return false;
	end += strspn(end, " -");
	if (strncmp(end, "\\t", 2) == 0)
		end += 2;
	*high = (unsigned)strtoul(end, NULL, 10);
	return *low > 0 && *high >= *low && *high <= UINT16_MAX;
}

struct ports { /* of the range, those in use towards one end */
	uint8_t used[UINT16_MAX / 8 + 1], waiting[UINT16_MAX / 8 + 1];
};

static bool bit(uint8_t *bits, unsigned at)
{
	bool was = (bits[at / 8] & 1u << at % 8) != 0;

	bits[at / 8] |= (uint8_t)(1u << at % 8);
	return was;
}

static bool same_server(const struct connection *a, const struct connection *b)
{
	int x = a->client == 0, y = b->client == 0;

	return a->run == b->run && a->key.family == b->key.family &&
	       a->key.port_be[x] == b->key.port_be[y] &&
	       memcmp(a->key.addr[x], b->key.addr[y], 16) == 0 &&
	       memcmp(a->key.addr[!x], b->key.addr[!y], 16) == 0;
}

/* Ports of clients towards the server of `first`: how many are not free at the end. */
static unsigned ports_taken(const struct model *model, const struct connection *first, unsigned low,
	unsigned high, unsigned *waiting, struct ports *ports)
{
	unsigned taken = 0;

	memset(ports, 0, sizeof(*ports));
	*waiting = 0;
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		unsigned port = at->client >= 0 ? ntohs(at->key.port_be[at->client]) : 0;
		bool time_wait = at->state[0] == STATE_TIME_WAIT || at->state[1] == STATE_TIME_WAIT;
		bool open = at->state[0] != STATE_CLOSED || at->state[1] != STATE_CLOSED;

		if (at->client == -1 || port < low || port > high || !open ||
			!same_server(first, at))
			continue;
		taken += !bit(ports->used, port);
		if (time_wait)
			*waiting += !bit(ports->waiting, port);
		for (port = low; at->folded != NULL && at->folded->ports != NULL && port <= high;
			port++)
			if ((at->folded->ports[port / 8] & 1 << port % 8) != 0) {
				taken += !bit(ports->used, port);
				*waiting += time_wait && !bit(ports->waiting, port);
			}
	}
	return taken;
}

static const struct model_call *call_without_port(const struct model *model, uint16_t run)
{
	for (size_t i = 0; i < model->call_count; i++)
		if (model->calls[i].run == run && model->calls[i].call.error == EADDRNOTAVAIL &&
			model->calls[i].call.what == CALLED_CONNECT)
			return &model->calls[i];
	return NULL;
}

static void tell_ports(struct model *model, uint16_t run)
{
	unsigned low, high, waiting, taken = 0;
	struct ports *ports;
	const struct connection *first = NULL;

	if (!port_range(&model->runs[run], &low, &high) || high - low >= RANGE_MAX ||
		(ports = malloc(sizeof(*ports))) == NULL)
		return;
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		/* connections to one server mostly follow each other */
		if (at->run != run || at->client == -1 || !(at->local_sides & 1 << at->client) ||
			(first != NULL && same_server(first, at)))
			continue;
		first = at;
		taken = ports_taken(model, first, low, high, &waiting, ports);
		if (taken == high - low + 1)
			break;
	}
	free(ports);
	if (first == NULL || taken != high - low + 1)
		return;
	struct finding *finding =
		finding_of_run(model, run, FINDING_PORTS_EXHAUSTED, model->runs[run].last_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = taken;
	finding->arg[1] = waiting;
	finding->arg[2] = low;
	finding->arg[3] = high;
	flow_end_text(&first->key, first->client == 0, finding->text[0]);
	finding_cite_call(finding, call_without_port(model, run));
}

/* ---- TIME_WAIT ---- */

static void tell_time_waits(struct model *model, uint16_t run)
{
	int64_t over = counter_moved(model, run, "TcpExtTCPTimeWaitOverflow", INT64_MIN, INT64_MAX);
	int64_t end_ns = model->runs[run].last_ns;
	struct finding *finding =
		over > 0 ? finding_of_run(model, run, FINDING_TIME_WAIT_OVERFLOW, end_ns) : NULL;
	const struct owner *owner = NULL;
	int64_t waiting = 0;
	bool several = false;

	if (finding != NULL) {
		finding->arg[0] = over;
		finding_cite_counter(finding, "TcpExtTCPTimeWaitOverflow", over);
	}
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		for (int side = 0; at->run == run && side < 2; side++) {
			if (at->state[side] != STATE_TIME_WAIT || !(at->local_sides & 1 << side))
				continue;
			waiting += connection_weight(at);
			several |= owner != NULL && at->has_owner[side] &&
				   owner->pid != at->owner[side].pid;
			if (at->has_owner[side] && owner == NULL)
				owner = &at->owner[side];
		}
	}
	finding = waiting >= TIME_WAITS_MANY
			  ? finding_of_run(model, run, FINDING_TIME_WAIT_MANY, end_ns)
			  : NULL;
	if (finding == NULL)
		return;
	finding->arg[0] = waiting;
	if (!several)
		finding_name(finding, 0, owner);
}

/* ---- UDP ---- */

static void tell_drops(struct model *model)
{
	for (uint32_t i = 0; i < model->udp_socket_count; i++) {
		const struct udp_socket *socket = &model->udp_sockets[i];

		if (socket->dropped == 0)
			continue;
		struct finding *finding =
			finding_of_run(model, socket->run, FINDING_UDP_DROPS, socket->last_ns);
		if (finding == NULL)
			continue;
		int64_t full =
			counter_moved(model, socket->run, "UdpRcvbufErrors", INT64_MIN, INT64_MAX);
		full += counter_moved(model, socket->run, "Udp6RcvbufErrors", INT64_MIN, INT64_MAX);
		finding->about = FINDING_OF_UDP_SOCKET;
		finding->index = i;
		finding->key = socket->key;
		finding->arg[0] = (int64_t)socket->dropped;
		/* the counter says that it was the buffer, and not a filter or a checksum */
		finding->arg[1] = full >= (int64_t)socket->dropped ? socket->rcvbuf : 0;
		if (socket->has_owner)
			finding_name(finding, 0, &socket->owner);
		else
			finding->phrase[0] = PHRASE_THE_SOCKET;
		finding_cite_diag(finding, socket->last_diag);
		finding_cite_counter(finding, "UdpRcvbufErrors", full);
	}
}

/* ---- calls that failed ---- */

/* Whose end it is or was: its owner, else who made calls on it. */
static void name_end(const struct model *model, const struct connection *connection, int side,
	char *name, size_t size)
{
	name[0] = '\0';
	if (connection->has_owner[side]) {
		snprintf(name, size, "%s[%u]", connection->owner[side].program,
			connection->owner[side].pid);
		return;
	}
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side)
			snprintf(name, size, "%.31s[%u]", at->call.program, at->call.pid);
	}
}

/* Had this socket SO_REUSEADDR set by then? */
static bool reuses(const struct model *model, const struct model_call *bind)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == bind->run && at->call.what == CALLED_SETSOCKOPT &&
			at->call.inode == bind->call.inode && at->at_ns <= bind->at_ns &&
			at->call.error == 0 && strstr(at->call.arguments, "SO_REUSEADDR") != NULL)
			return true;
	}
	return false;
}

/* The port in a call's words, "127.0.0.1:22535, ...": 0 none. */
static unsigned port_of(const struct call *call)
{
	size_t length = strcspn(call->arguments, ", ");

	for (size_t i = length; i-- > 0;)
		if (call->arguments[i] == ':')
			return (unsigned)strtoul(call->arguments + i + 1, NULL, 10);
	return 0;
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
static void binder_of(
	const struct model *model, struct finding *finding, const struct model_call *failed)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		bool listens;

		if (at->run != failed->run || at->call.what != CALLED_BIND || at->call.error != 0 ||
			at->call.inode == 0 || at->call.inode == failed->call.inode ||
			at->at_ns > failed->at_ns ||
			at->call.key.port_be[0] != htons((uint16_t)port_of(&failed->call)) ||
			at->call.key.protocol != failed->call.key.protocol ||
			!binds_until(model, at, failed->at_ns, &listens))
			continue;
		snprintf(finding->text[1], FINDING_TEXT, "%.40s[%u]", at->call.program,
			at->call.pid);
		finding->phrase[1] = listens ? PHRASE_LISTENS : PHRASE_NAMES;
	}
}

/* Who had the port that bind() wanted: a listener, an open connection, TIME_WAITs. */
static void holder_of(
	const struct model *model, struct finding *finding, const struct model_call *failed)
{
	struct flow_key wanted = {.port_be = {htons((uint16_t)port_of(&failed->call))}};
	const struct flow_key *key = &wanted;
	int64_t t_ns = failed->at_ns;
	uint16_t run = failed->run;
	size_t waiting = 0;
	char name[64];

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		/* it is first seen a little after it began */
		if (at->run != run || at->key.port_be[0] != key->port_be[0] ||
			at->first_ns > t_ns + 100 * (int64_t)WATCH_NS_PER_MS ||
			(at->state == STATE_CLOSED && at->last_ns < t_ns))
			continue;
		if (at->has_owner) {
			finding_name(finding, 1, &at->owner);
			finding->phrase[1] = PHRASE_LISTENS;
		} else {
			binder_of(model, finding, failed);
		}
		if (!finding_says(finding, 1))
			finding->phrase[1] = PHRASE_A_LISTENER;
		return;
	}
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		for (int side = 0; side < 2; side++) {
			if (at->run != run || at->key.port_be[side] != key->port_be[0] ||
				at->first_ns > t_ns || !(at->local_sides & 1 << side))
				continue;
			uint8_t state = model_state_at(model, at, side, t_ns);
			waiting += state == STATE_TIME_WAIT;
			if (state == STATE_CLOSED || state == STATE_TIME_WAIT ||
				finding_says(finding, 1))
				continue;
			name_end(model, at, side, name, sizeof(name));
			snprintf(finding->text[1], FINDING_TEXT, "%s", name);
			finding->phrase[1] = PHRASE_IN_STATE;
			finding->phrase_state = state;
			finding->phrase_number = at->serial;
		}
	}
	if (!finding_says(finding, 1))
		binder_of(model, finding, failed);
	if (!finding_says(finding, 1) && waiting > 0) {
		finding->phrase[1] =
			reuses(model, failed) ? PHRASE_TIME_WAITS_OLD : PHRASE_TIME_WAITS_NEW;
		finding->phrase_number = (uint32_t)waiting;
	}
}

static bool telling(const struct call *call)
{
	if (call->what == CALLED_BIND || call->what == CALLED_LISTEN)
		return call->error != 0;
	if (call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4)
		return call->error == EMFILE || call->error == ENFILE || call->error == ENOBUFS ||
		       call->error == ENOMEM;
	return call->what == CALLED_CONNECT &&
	       (call->error == EADDRNOTAVAIL || call->error == EADDRINUSE ||
		       call->error == ENETUNREACH || call->error == EACCES ||
		       call->error == EPERM || call->error == EAFNOSUPPORT);
}

static void tell_call(struct model *model, const struct model_call *at)
{
	const struct call *call = &at->call;
	unsigned port = port_of(call);
	unsigned code = call->what == CALLED_CONNECT ? FINDING_CONNECT_FAILED
			: call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4
				? FINDING_ACCEPT_FAILED
				: FINDING_BIND_FAILED;
	struct finding *finding = NULL;

	for (size_t i = 0; i < model->finding_count && finding == NULL; i++)
		if (model->findings[i].code == code && model->findings[i].run == at->run &&
			model->findings[i].arg[1] == port &&
			model->findings[i].arg[2] == call->error)
			finding = &model->findings[i];
	if (finding != NULL) {
		finding->arg[3] = finding->arg[0]++;
		return;
	}
	finding = finding_of_run(model, at->run, code, at->at_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = 1;
	finding->arg[1] = port;
	finding->arg[2] = call->error;
	finding->phrase[0] = PHRASE_FAILED;
	snprintf(finding->text[0], FINDING_TEXT, "%.32s[%u]: %s%s%.40s\n%s (%s)", call->program,
		call->pid, call_name(call->what), call->arguments[0] != '\0' ? " " : "()",
		call->arguments, call_errno_name(call->error), call_errno_words(call->error));
	if (code == FINDING_BIND_FAILED && call->error == EADDRINUSE)
		holder_of(model, finding, at);
	finding_cite_call(finding, at);
}

bool findings_of_host(struct model *model)
{
	for (uint16_t run = 0; run < model->run_count; run++) {
		tell_ports(model, run);
		tell_time_waits(model, run);
	}
	tell_drops(model);
	for (size_t i = 0; i < model->call_count; i++)
		if (telling(&model->calls[i].call))
			tell_call(model, &model->calls[i]);
	return !model->build->failed;
}
