/* Findings about local ports: all of net.ipv4.ip_local_port_range in use at one time towards one
 * server, and by what: connections in TIME_WAIT, or such as a program holds open. */
#include "findings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHOSEN_LOW = 32768, /* as Linux sets it */
	CHOSEN_HIGH = 60999
};

/* "40000 40019", with a blank or a tab */
static bool range_read(const char *text, unsigned *low, unsigned *high)
{
	char *end;

	*low = (unsigned)strtoul(text, &end, 10);
	if (end == text)
		return false;
	end += strspn(end, " -\t");
	if (strncmp(end, "\\t", 2) == 0)
		end += 2;
	*high = (unsigned)strtoul(end, NULL, 10);
	return *low > 0 && *high >= *low && *high <= UINT16_MAX;
}

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
	return range_read(found + strspn(found, ": \""), low, high);
}

void finding_chosen_ports(const struct run *run, unsigned *low, unsigned *high)
{
	if (!port_range(run, low, high)) {
		*low = CHOSEN_LOW;
		*high = CHOSEN_HIGH;
	}
}

static bool same_server(const struct connection *a, const struct connection *b)
{
	int x = a->client == 0, y = b->client == 0;

	return a->run == b->run && a->key.family == b->key.family &&
	       a->key.port_be[x] == b->key.port_be[y] &&
	       memcmp(a->key.addr[x], b->key.addr[y], 16) == 0 &&
	       memcmp(a->key.addr[!x], b->key.addr[!y], 16) == 0;
}

/* A connection takes its port, or gives it back. */
struct change {
	int64_t t_ns;
	uint32_t connection;
	uint16_t port;
	int8_t step;
};

struct ports { /* of the range, how often each is in use towards one end */
	uint16_t used[UINT16_MAX + 1];
	struct change *changes;
	size_t count, room;
};

static int by_time(const void *left, const void *right)
{
	const struct change *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return a->step - b->step; /* what is given back is free for the next */
}

/* When its second end was closed; INT64_MAX: not. */
static int64_t closed_ns(const struct model *model, const struct connection *connection)
{
	int64_t last_ns = connection->last_ns;

	if (connection->ends[0].state != STATE_CLOSED || connection->ends[1].state != STATE_CLOSED)
		return INT64_MAX;
	for (int side = 0; side < 2; side++) {
		const struct record *edge = finding_last_edge(model, connection, side);

		if (edge != NULL && edge->t_ns > last_ns)
			last_ns = edge->t_ns;
	}
	return last_ns;
}

static bool add(struct ports *ports, struct change change)
{
	if (ports->count == ports->room) {
		size_t room = ports->room > 0 ? 2 * ports->room : 256;
		struct change *bigger = realloc(ports->changes, room * sizeof(*bigger));

		if (bigger == NULL)
			return false;
		ports->changes = bigger;
		ports->room = room;
	}
	ports->changes[ports->count++] = change;
	return true;
}

static bool add_stay(
	struct ports *ports, uint32_t connection, unsigned port, int64_t from_ns, int64_t to_ns)
{
	return add(ports, (struct change){from_ns, connection, (uint16_t)port, 1}) &&
	       (to_ns == INT64_MAX ||
		       add(ports, (struct change){to_ns, connection, (uint16_t)port, -1}));
}

/* Could they have used up so many ports? A cheap look before the dear one. */
static bool enough(const struct model *model, const struct connection *first, uint64_t range)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < model->connection_count && count < range; i++) {
		const struct connection *at = &model->connections[i];

		if (at->client != -1 && same_server(first, at))
			count += (uint64_t)connection_weight(at);
	}
	return count >= range;
}

/* All that had a port of the range towards the server of `first`; those folded as long as the one
 * that they are folded into. */
static bool gather(const struct model *model, const struct connection *first, unsigned low,
	unsigned high, struct ports *ports)
{
	bool room = true;

	ports->count = 0;
	memset(ports->used, 0, sizeof(ports->used));
	for (uint32_t i = 0; room && i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		unsigned port = at->client >= 0 ? ntohs(at->key.port_be[at->client]) : 0;
		int64_t to_ns = closed_ns(model, at);
		const uint8_t *folded = at->folded != NULL ? at->folded->ports : NULL;

		if (at->client == -1 || port < low || port > high || !same_server(first, at))
			continue;
		room = add_stay(ports, i, port, at->first_ns, to_ns);
		for (port = low; room && folded != NULL && to_ns == INT64_MAX && port <= high;
			port++)
			if ((folded[port / 8] & 1 << port % 8) != 0)
				room = add_stay(ports, i, port, at->first_ns, to_ns);
	}
	return room;
}

/* When all ports were first in use at once, and until when; false: never. */
static bool used_up(struct ports *ports, unsigned range, int64_t *from_ns, int64_t *to_ns)
{
	unsigned taken = 0;

	*to_ns = INT64_MAX;
	if (ports->count > 0)
		qsort(ports->changes, ports->count, sizeof(*ports->changes), by_time);
	for (size_t i = 0; i < ports->count; i++) {
		uint16_t *used = &ports->used[ports->changes[i].port];

		taken += ports->changes[i].step > 0 && *used == 0;
		*used = (uint16_t)(*used + ports->changes[i].step);
		taken -= ports->changes[i].step < 0 && *used == 0;
		if (taken < range)
			continue;
		*from_ns = ports->changes[i].t_ns;
		for (i++; i < ports->count && *to_ns == INT64_MAX; i++)
			if (ports->changes[i].step < 0)
				*to_ns = ports->changes[i].t_ns;
		return true;
	}
	return false;
}

static const struct model_call *call_without_port(const struct model *model, uint16_t run)
{
	for (size_t i = 0; i < model->call_count; i++)
		if (model->calls[i].run == run && model->calls[i].call.error == EADDRNOTAVAIL &&
			model->calls[i].call.what == CALLED_CONNECT)
			return &model->calls[i];
	return NULL;
}

/* When connect() failed for it: as the call recorded tells, or what the program said; else in the
 * middle of that time. */
static int64_t failed_ns(const struct model *model, uint16_t run, int64_t from_ns, int64_t to_ns)
{
	const struct model_call *call = call_without_port(model, run);
	int64_t end_ns = to_ns < model->runs[run].last_ns ? to_ns : model->runs[run].last_ns;

	if (call != NULL && call->at_ns >= from_ns && call->at_ns <= end_ns)
		return call->at_ns;
	for (size_t i = 0; i < model->build->said_count; i++) {
		const struct said *said = &model->build->said[i];

		if (said->run == run && said->what == SAID_NO_ADDRESS && said->t_ns >= from_ns &&
			said->t_ns <= end_ns)
			return said->t_ns;
	}
	return end_ns > from_ns ? from_ns + (end_ns - from_ns) / 2 : from_ns;
}

/* How many were in TIME_WAIT then; who held the others, where that is known. */
static void tell_what(
	const struct model *model, struct finding *finding, struct ports *ports, int64_t t_ns)
{
	memset(ports->used, 0, sizeof(ports->used));
	for (size_t i = 0; i < ports->count && ports->changes[i].t_ns <= t_ns; i++) {
		const struct change *change = &ports->changes[i];
		const struct connection *at = &model->connections[change->connection];
		bool waits = model_state_at(model, at, 0, t_ns) == STATE_TIME_WAIT ||
			     model_state_at(model, at, 1, t_ns) == STATE_TIME_WAIT;

		if (change->step < 0 || closed_ns(model, at) <= t_ns)
			continue;
		finding->arg[1] += waits && ports->used[change->port] == 0; /* each port once */
		ports->used[change->port] = 1;
		if (!waits && finding->text[1][0] == '\0' && at->ends[at->client & 1].has_owner)
			finding_name(finding, 1, &at->ends[at->client & 1].owner);
	}
	if (finding->arg[1] > 0)
		finding->text[1][0] = '\0';
}

static void tell(struct model *model, uint16_t run, const struct connection *first, unsigned low,
	unsigned high, struct ports *ports)
{
	int64_t from_ns, to_ns;
	struct finding *finding =
		used_up(ports, high - low + 1, &from_ns, &to_ns)
			? finding_of_run(model, run, FINDING_PORTS_EXHAUSTED, from_ns)
			: NULL;

	if (finding == NULL)
		return;
	finding->arg[0] = high - low + 1;
	finding->arg[2] = low;
	finding->arg[3] = high;
	tell_what(model, finding, ports, failed_ns(model, run, from_ns, to_ns));
	flow_end_text(&first->key, first->client == 0, finding->text[0]);
	finding_cite_call(finding, call_without_port(model, run));
}

static void find_used_up(struct model *model, uint16_t run, unsigned low, unsigned high)
{
	const struct connection *first = NULL;
	size_t found = model->build->findings_of[FINDING_PORTS_EXHAUSTED];
	struct ports *ports = calloc(1, sizeof(*ports));

	for (size_t i = 0; ports != NULL && i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		/* connections to one server mostly follow each other */
		if (at->run != run || at->client == -1 || !(at->local_sides & 1 << at->client) ||
			(first != NULL && same_server(first, at)))
			continue;
		first = at;
		if (!enough(model, first, high - low + 1))
			continue;
		model->build->failed |= !gather(model, first, low, high, ports);
		tell(model, run, first, low, high, ports);
		if (model->build->failed ||
			model->build->findings_of[FINDING_PORTS_EXHAUSTED] != found)
			break;
	}
	if (ports != NULL)
		free(ports->changes);
	free(ports);
}

/* The range may have been set while it was recorded: it is in the manifest as it was at the start,
 * and a change is noticed at the next mark, or at the end. */
void findings_of_ports(struct model *model, uint16_t run)
{
	unsigned low, high;

	if (port_range(&model->runs[run], &low, &high))
		find_used_up(model, run, low, high);
	for (size_t i = 0; i < model->sysctl_count; i++) {
		const struct sysctl_change *at = &model->sysctls[i];

		if (at->run == run && strcmp(at->name, "net.ipv4.ip_local_port_range") == 0 &&
			range_read(at->to, &low, &high))
			find_used_up(model, run, low, high);
	}
}
