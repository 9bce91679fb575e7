/* Why a server did not answer, as far as it was at something else meanwhile: its process was
 * stopped, or waited itself for another server, whose finding, if any, is told first. */
#include "findings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/call.h"
#include "tcpstate/escape.h"

void model_stopped(struct model *model, const struct owner *owner, int64_t since_ns, int64_t t_ns)
{
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);
	const struct look_key key = {since_ns, owner->pid, 0, run, LOOK_STOPPED};
	uint32_t at = model_look(model, &key, build->stops_count, STOPS_MAX, t_ns);

	if (at == INDEX_NONE || (at == build->stops_count && PUSH(model, build->stops, at) == NULL))
		return;
	build->stops_count += at == build->stops_count;
	int64_t to_ns = build->stops[at].to_ns > t_ns ? build->stops[at].to_ns : t_ns;
	build->stops[at] = (struct stop_seen){
		.pid = owner->pid, .from_ns = since_ns, .to_ns = to_ns, .run = run};
}

/* Who could have answered: the holders of the connection, before accept() those of the listener. */
struct servers {
	const struct owner *first;
	const struct others *also;
	bool known; /* it is the first that should have */
};

static struct servers servers_of(const struct model *model, const struct finding *finding)
{
	const struct connection *connection = &model->connections[finding->index];
	int side = finding->side & 1;

	if (connection->ends[side].has_owner)
		return (struct servers){
			&connection->ends[side].owner, &connection->ends[side].also, true};
	const struct listener *listener =
		finding->queue_of != INDEX_NONE ? &model->listeners[finding->queue_of] : NULL;
	if (listener != NULL && listener->has_owner)
		return (struct servers){&listener->owner, &listener->also,
			listener_server(model, listener) != NULL};
	return (struct servers){NULL, NULL, false};
}

/* All of them were stopped for most of the time: the least of it; 0 otherwise. */
static int64_t all_stopped_ns(const struct model *model, uint16_t run,
	const struct servers *servers, int64_t from_ns, int64_t to_ns)
{
	int64_t least_ns = finding_stopped_ns(model, run, servers->first->pid, from_ns, to_ns);

	for (uint32_t i = 0; i < servers->also->count; i++) {
		const struct owner *other = &model->others_held[servers->also->first + i];
		int64_t own_ns = finding_stopped_ns(model, run, other->pid, from_ns, to_ns);

		least_ns = own_ns < least_ns ? own_ns : least_ns;
	}
	return 2 * least_ns >= to_ns - from_ns ? least_ns : 0;
}

static bool same_server(const struct connection *one, const struct connection *other)
{
	int a = one->client == 0, b = other->client == 0;

	return one->key.port_be[a] == other->key.port_be[b] &&
	       memcmp(one->key.addr[a], other->key.addr[b], 16) == 0;
}

static bool owned_by(const struct connection *connection, int side, uint32_t pid)
{
	return connection->ends[side].has_owner && connection->ends[side].owner.pid == pid;
}

/* At t_ns the process had a client that it answered soon. */
static bool answered_at(const struct model *model, uint16_t run, uint32_t pid, int64_t t_ns)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int server = at->client == 0;

		if (at->run == run && at->client != -1 && owned_by(at, server, pid) &&
			at->ends[server].sent.bytes > 0 && at->first_ns <= t_ns &&
			at->last_ns >= t_ns && ms_of(at->last_ns - at->first_ns) < FINDING_HELD_MS)
			return true;
	}
	return false;
}

/* It had told that server something before, got no byte for it either, and answered its own client
 * all the same: a log, or the like. */
static bool tells_only(const struct model *model, const struct connection *asked, uint32_t pid)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (at->run == asked->run && at->client != -1 && owned_by(at, at->client, pid) &&
			at->first_ns < asked->first_ns && same_server(at, asked) &&
			at->ends[at->client].sent.bytes > 0 &&
			at->ends[!at->client].sent.bytes == 0 &&
			answered_at(model, at->run, pid, at->first_ns))
			return true;
	}
	return false;
}

/* Its client had closed it by then, and so waited for it no more. */
static bool given_up(const struct model *model, const struct connection *asked, int64_t t_ns)
{
	const struct watch *watch = findings_watch(model, (uint32_t)(asked - model->connections));
	int64_t fin_ns = watch != NULL ? watch->end[asked->client].fin_ns : 0;

	return fin_ns != 0 && fin_ns < t_ns;
}

/* This client's end got no answer, or not even a connection. One that was opened only after
 * from_ns, for what was asked then, and got no byte, waits as well; an older one may be a log. */
static bool waits(const struct connection *connection, int64_t from_ns)
{
	static const unsigned codes[] = {FINDING_NEVER_ANSWERED, FINDING_NEVER_ACCEPTED,
		FINDING_ACCEPTED_LATE, FINDING_ANSWERED_LATE, FINDING_GREETED_LATE,
		FINDING_NEVER_LEFT};
	int client = connection->client;

	return finding_set_has_any(
		       &connection->finding_set, codes, sizeof(codes) / sizeof(codes[0])) ||
	       connection->syn_unanswered > 0 ||
	       (connection->first_ns >= from_ns && connection->ends[client].sent.bytes > 0 &&
		       connection->ends[!client].sent.bytes == 0);
}

/* The connection on which the process was such a client meanwhile; NULL: none. */
static const struct connection *asked_of(const struct model *model, const struct finding *finding,
	uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (i != finding->index && at->run == finding->run && at->client != -1 &&
			owned_by(at, at->client, pid) && at->first_ns <= to_ns &&
			at->last_ns >= from_ns && waits(at, from_ns) &&
			!given_up(model, at, to_ns - (to_ns - from_ns) / 4) &&
			!tells_only(model, at, pid))
			return at;
	}
	return NULL;
}

/* Is this another connection that the process served from from_ns to to_ns? */
static bool serves(const struct model *model, const struct finding *finding,
	const struct connection *at, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	int server = at->client == 0;

	return at != &model->connections[finding->index] && at->run == finding->run &&
	       at->client != -1 && at->ends[server].has_owner &&
	       at->ends[server].owner.pid == pid && at->first_ns <= from_ns &&
	       model_state_at(model, at, server, from_ns) == STATE_ESTABLISHED &&
	       model_state_at(model, at, server, to_ns) == STATE_ESTABLISHED;
}

/* It had taken this client from accept(), and did not read it. */
static bool had_accepted(const struct finding *finding)
{
	return finding->code == FINDING_NEVER_ANSWERED ||
	       (finding->code == FINDING_GREETED_LATE && finding->arg[2] != 0) ||
	       (finding->code == FINDING_ANSWERED_LATE && finding->arg[2] == 0);
}

/* Other clients of the process: how many its calls, or /proc, show it to have waited for in a read
 * meanwhile, the first of them, and, where there was but one other, that one. */
struct served {
	const struct connection *read, *only;
	size_t reads, count;
};

static struct served served(const struct model *model, const struct finding *finding, uint32_t pid,
	int64_t from_ns, int64_t to_ns)
{
	struct served all = {.reads = 0};

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (!serves(model, finding, at, pid, from_ns, to_ns))
			continue;
		all.only = all.count++ == 0 ? at : NULL;
		if (!finding_waited(model, at, at->client == 0, from_ns, to_ns))
			continue;
		if (all.reads++ == 0)
			all.read = at;
	}
	return all;
}

/* Its calls show it to have waited for events most of that time, by whichever thread. */
static bool polled(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	int64_t spent_ns = 0;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		int64_t since_ns = at->call.entered_ns, until_ns = at->call.returned_ns;

		if (at->run != run || at->said != NULL || at->call.pid != pid ||
			call_class(at->call.what) != CALL_WAIT)
			continue;
		since_ns = since_ns > from_ns ? since_ns : from_ns;
		until_ns = until_ns == 0 || until_ns > to_ns ? to_ns : until_ns;
		spent_ns += until_ns > since_ns ? until_ns - since_ns : 0;
	}
	return 4 * spent_ns >= 3 * (to_ns - from_ns);
}

/* It holds as many clients as it takes at once, by a limit of its own. One that waited in a read
 * for a single one of them serves one at a time, whatever else it has forgotten to close. */
static bool tell_limit(const struct model *model, struct finding *finding, uint32_t pid,
	const struct served *all, int64_t from_ns, int64_t to_ns)
{
	if (had_accepted(finding) || all->count < 2 || all->reads == 1)
		return false;
	finding->phrase[1] = all->reads > 1 ? PHRASE_LIMIT_READS
			     : polled(model, finding->run, pid, from_ns, to_ns)
				     ? PHRASE_LIMIT_POLLS
				     : PHRASE_LIMIT_PERHAPS;
	finding->phrase_number = (uint32_t)all->count;
	return true;
}

/* A server that serves one client at a time, or as many as it has threads. */
static void tell_served(const struct model *model, struct finding *finding, uint32_t pid,
	int64_t from_ns, int64_t to_ns)
{
	struct served all = served(model, finding, pid, from_ns, to_ns);
	const struct connection *other = all.reads > 0           ? all.read
					 : had_accepted(finding) ? NULL
								 : all.only;

	if (tell_limit(model, finding, pid, &all, from_ns, to_ns) || other == NULL)
		return;
	flow_end_text(&other->key, other->client, finding->text[1]);
	finding->phrase[1] = all.reads == 0          ? PHRASE_SERVES_OTHER
			     : had_accepted(finding) ? PHRASE_READS_OTHERS
						     : PHRASE_READS_OTHER;
	finding->phrase_state = (uint8_t)(all.reads < UINT8_MAX ? all.reads : UINT8_MAX);
	finding->phrase_number = other->serial;
}

/* Of several that hold the listener each that ever took a client waited in a read for one. */
static void tell_each_reads(const struct model *model, struct finding *finding,
	const struct servers *servers, int64_t from_ns, int64_t to_ns)
{
	const struct listener *listener = &model->listeners[finding->queue_of];
	const struct connection *other = NULL;
	unsigned count = 0;

	for (uint32_t i = 0; i <= servers->also->count; i++) {
		uint32_t pid = i == 0 ? servers->first->pid
				      : model->others_held[servers->also->first + i - 1].pid;
		struct served all = served(model, finding, pid, from_ns, to_ns);

		if (all.reads == 0 && listener_served_by(model, listener, pid))
			return;
		count += all.reads > 0;
		other = other == NULL ? all.read : other;
	}
	if (count < 2)
		return;
	flow_end_text(&other->key, other->client, finding->text[1]);
	finding->phrase[1] = PHRASE_EACH_READS;
	finding->phrase_state = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX);
	finding->phrase_number = other->serial;
}

/* Whose accept() failed so while the connection waited is who was to accept it. */
static void name_accepter(const struct model *model, struct finding *finding, int error)
{
	const struct connection *connection = &model->connections[finding->index];
	const struct accepted *accepted = &connection->accepted;
	int64_t until_ns = accepted->known ? accepted->t_ns : INT64_MAX;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == finding->run && at->said == NULL &&
			(at->call.what == CALLED_ACCEPT || at->call.what == CALLED_ACCEPT4) &&
			at->call.error == error &&
			at->call.key.port_be[0] == connection->key.port_be[finding->side & 1] &&
			at->at_ns <= until_ns &&
			(at->at_ns >= finding->t_ns || at->again_ns >= finding->t_ns)) {
			finding->accepter = at->call.pid;
			return;
		}
	}
}

/* No descriptor was left to it: a call failed so meanwhile, as the experiment itself measured. */
static bool tell_none_left(
	const struct model *model, struct finding *finding, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < model->check_count; i++) {
		const struct check *check = model->checks[i];
		int number = call_errno_number(check->measured);

		if (model->check_runs[i] != finding->run || check->t_ns < from_ns ||
			check->t_ns > to_ns || (number != EMFILE && number != ENFILE) ||
			call_number(check->name) == CALLED_MAX)
			continue;
		snprintf(finding->text[1], sizeof(finding->text[1]), "%s", check->name);
		finding->phrase[1] = PHRASE_NONE_LEFT;
		finding->phrase_number = (uint32_t)number;
		name_accepter(model, finding, number);
		return true;
	}
	return false;
}

/* Is this process the server of that connection, too? Before accept() that is who listens. */
static bool serves_itself(const struct model *model, const struct connection *asked, uint32_t pid)
{
	int server = asked->client == 0;

	if (asked->ends[server].has_owner || !(asked->local_sides & 1 << server))
		return owned_by(asked, server, pid);
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].run == asked->run && model->listeners[i].has_owner &&
			model->listeners[i].owner.pid == pid &&
			listener_covers(&model->listeners[i].key, &asked->key, server) &&
			model->listeners[i].key.port_be[0] == asked->key.port_be[server])
			return true;
	return false;
}

static void tell_meanwhile(struct model *model, struct finding *finding)
{
	int64_t from_ns = finding->t_ns, to_ns = from_ns + finding->arg[1] * WATCH_NS_PER_MS;
	struct servers servers = servers_of(model, finding);
	const struct connection *connection = &model->connections[finding->index];

	if (servers.first == NULL || connection->client == (finding->side & 1) ||
		finding->phrase[1] == PHRASE_RELEASED)
		return;
	int64_t least_ns = all_stopped_ns(model, finding->run, &servers, from_ns, to_ns);
	if (least_ns > 0) {
		finding->phrase[1] = PHRASE_STOPPED;
		finding->phrase_number = (uint32_t)(least_ns / WATCH_NS_PER_MS);
		return;
	}
	if (tell_none_left(model, finding, from_ns, to_ns))
		return;
	if (!servers.known) {
		if (!connection->ends[finding->side & 1].has_owner &&
			finding->queue_of != INDEX_NONE)
			tell_each_reads(
				model, finding, &servers, from_ns, to_ns - (to_ns - from_ns) / 4);
		finding_held_up(
			model, finding, servers.first, servers.also, servers.known, from_ns, to_ns);
		return;
	}
	/* a client in the same process is another thread, or a test: it waits for this one */
	const struct connection *asked =
		owned_by(connection, connection->client, servers.first->pid)
			? NULL
			: asked_of(model, finding, servers.first->pid, from_ns, to_ns);
	if (asked == NULL && finding->code == FINDING_NEVER_ANSWERED &&
		finding_upstream_refused(model, finding, from_ns, to_ns))
		return;
	if (asked == NULL) {
		/* the row that shows accept() comes somewhat later than that */
		tell_served(
			model, finding, servers.first->pid, from_ns, to_ns - (to_ns - from_ns) / 4);
		finding_held_up(
			model, finding, servers.first, servers.also, servers.known, from_ns, to_ns);
		return;
	}
	flow_end_text(&asked->key, asked->client == 0, finding->text[1]);
	finding->phrase[1] = serves_itself(model, asked, servers.first->pid)
				     ? PHRASE_UPSTREAM_ITSELF
				     : PHRASE_UPSTREAM;
	finding->phrase_number = asked->serial;
}

void findings_of_meanwhile(struct model *model)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		const unsigned code = model->findings[i].code;

		if (code == FINDING_NEVER_ANSWERED || code == FINDING_NEVER_ACCEPTED ||
			code == FINDING_ACCEPTED_LATE || code == FINDING_ANSWERED_LATE ||
			code == FINDING_GREETED_LATE)
			tell_meanwhile(model, &model->findings[i]);
		else
			finding_left_alone(model, &model->findings[i]);
	}
}
