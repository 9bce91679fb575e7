/* A process that is server and client, a proxy: what befalls its clients follows from what became
 * of the connections that it opened for them. Its client got an error, or nothing, or an answer
 * that came late, just when one of those was refused, closed, given up, or answered itself. */
#include "findings.h"
#include "model_looks.h"
#include "tcpstate/steps.h"

#include <stdio.h>

enum {
	JUST_BEFORE_MS = 100,
	UPSTREAMS_MAX = 1024, /* questions; each costs a pass over the connections */
	HTTP_FAILED = 500     /* the server's own failure (RFC 9110, 15.6) */
};

static const int64_t NEAR_NS = JUST_BEFORE_MS * (int64_t)WATCH_NS_PER_MS;

/* What became of a connection that the process of another's server opened as a client. */
struct upstream {
	const struct connection *connection;
	bool known; /* that process opened it */
	enum finding_phrase how;
	int64_t t_ns;   /* the run's own, as all times here; 0: nothing */
	uint64_t frame; /* 0: none */
};

/* It was refused, or nobody answered. */
static struct upstream never_opened(const struct model *model, const struct connection *at)
{
	const struct record *edge = step_first_to(model, at, at->client, 1u << STATE_CLOSED);

	if (edge == NULL || edge->from != STATE_SYN_SENT || at->unreachable)
		return (struct upstream){0};
	bool refused = edge->reason.code == REASON_CONNECTION_REFUSED,
	     known = at->ends[at->client].has_owner;
	return (struct upstream){at, known,
		refused ? PHRASE_UPSTREAM_REFUSED : PHRASE_UPSTREAM_NO_SYN_ACK, edge->t_ns,
		edge->frame};
}

/* The server of this connection ended it, or its client did without an answer. */
static struct upstream upstream_ended(const struct model *model, const struct connection *at)
{
	const struct watch *watch = findings_watch(model, (uint32_t)(at - model->connections));

	bool known = at->ends[at->client].has_owner;

	if ((at->traits & TRAIT_OPENED) == 0)
		return never_opened(model, at);
	if (watch == NULL)
		return (struct upstream){0};
	const struct watched_end *client = &watch->end[at->client], *end = &watch->end[!at->client];
	if (client->trouble.status >= HTTP_FAILED)
		return (struct upstream){at, known, PHRASE_UPSTREAM_ERROR, client->trouble.t_ns,
			client->trouble.frame};
	if (end->rst.t_ns != 0 && client->fin_ns == 0)
		return (struct upstream){
			at, known, PHRASE_UPSTREAM_RESET, end->rst.t_ns, end->rst.frame};
	if (end->fin_ns != 0 && (client->fin_ns == 0 || client->fin_ns >= end->fin_ns))
		return (struct upstream){
			at, known, PHRASE_UPSTREAM_CLOSED, end->fin_ns, end->fin_frame};
	int64_t left_ns = client->fin_ns != 0 ? client->fin_ns : client->rst.t_ns;
	if (left_ns != 0 && client->request.t_ns != 0)
		return (struct upstream){
			at, known, PHRASE_UPSTREAM_NO_ANSWER, left_ns, client->request.frame};
	return (struct upstream){0};
}

/* The process itself gave it up: it may have told its client first. */
static bool gave_up(enum finding_phrase how)
{
	return how == PHRASE_UPSTREAM_NO_SYN_ACK || how == PHRASE_UPSTREAM_NO_ANSWER;
}

/* Where no process is known to have opened it: it went from this host, and calls were not recorded,
 * which would tell. */
static bool may_be_his(const struct model *model, const struct connection *at)
{
	return !at->ends[at->client].has_owner && !model->runs[at->run].has_calls &&
	       (at->local_sides >> at->client & 1);
}

/* Of two: what is known to be that process's, then the newer one. */
static bool says_more(const struct upstream *upstream, const struct upstream *than)
{
	if (than->t_ns == 0 || upstream->known != than->known)
		return than->t_ns == 0 || upstream->known;
	return upstream->t_ns > than->t_ns;
}

/* Whose end it is: of one that no look met the process that alone accepts there. 0: not known. */
static uint32_t pid_of(const struct model *model, const struct connection *connection, int side)
{
	if (connection->ends[side].has_owner)
		return connection->ends[side].owner.pid;
	const struct listener *listener =
		listener_surely(model, connection, side, connection->first_ns);
	const struct owner *server = listener != NULL ? listener_server(model, listener) : NULL;
	return server != NULL ? server->pid : 0;
}

/* Did the process of this end open that connection, or may it have? */
static bool opened_by(const struct model *model, const struct connection *connection, uint32_t pid,
	const struct connection *at)
{
	if (at == connection || at->run != connection->run || at->client == -1)
		return false;
	return at->ends[at->client].has_owner ? at->ends[at->client].owner.pid == pid
					      : may_be_his(model, at);
}

static bool one_more(const struct model *model)
{
	bool may = model->build->upstreams_asked < UPSTREAMS_MAX;

	*(may ? &model->build->upstreams_asked : &model->build->upstreams_passed) += 1;
	return may;
}

/* One more question, if the end is a server's whose process is known: its pid. 0: no. */
static uint32_t may_ask(const struct model *model, const struct connection *connection, int side)
{
	return connection->client != side && one_more(model) ? pid_of(model, connection, side) : 0;
}

/* The same of a connection of which no look met who opened it; PHRASE_NAMES: nothing is said. */
static enum finding_phrase perhaps(enum finding_phrase how)
{
	static const uint8_t phrases[PHRASE_MAX] = {
		[PHRASE_UPSTREAM_RESET] = PHRASE_UPSTREAM_RESET_PERHAPS,
		[PHRASE_UPSTREAM_CLOSED] = PHRASE_UPSTREAM_CLOSED_PERHAPS,
		[PHRASE_UPSTREAM_ERROR] = PHRASE_UPSTREAM_ERROR_PERHAPS,
		[PHRASE_UPSTREAM_REFUSED] = PHRASE_UPSTREAM_REFUSED_PERHAPS};

	return (enum finding_phrase)phrases[how];
}

/* What ended one of its own connections just before t_ns. One that nobody is known to have opened,
 * but was not refused, counts only if it began behind asked_ns, for what was asked then. */
static struct upstream ended_before(const struct model *model, const struct connection *connection,
	uint32_t pid, int64_t asked_ns, int64_t t_ns)
{
	struct upstream told = {0};

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (!opened_by(model, connection, pid, at))
			continue;
		struct upstream upstream = upstream_ended(model, at);
		if (upstream.t_ns <= t_ns - NEAR_NS || upstream.t_ns == 0 ||
			upstream.t_ns > t_ns + (gave_up(upstream.how) ? NEAR_NS : 0))
			continue;
		if (!upstream.known && upstream.how != PHRASE_UPSTREAM_REFUSED &&
			at->first_ns < asked_ns)
			continue;
		if (!upstream.known)
			upstream.how = perhaps(upstream.how);
		if (upstream.how == PHRASE_NAMES)
			continue;
		if (says_more(&upstream, &told))
			told = upstream;
	}
	return told;
}

static void tell(struct finding *finding, const struct upstream *upstream)
{
	const struct connection *at = upstream->connection;

	flow_end_text(&at->key, at->client == 0, finding->text[1]);
	finding->phrase[1] = (uint8_t)upstream->how;
	finding->phrase_number = at->serial;
	finding_cite_frame(finding, upstream->frame);
}

void finding_upstream_ended(struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t t_ns)
{
	/* that the process ended, too, says less: a proxy of one client does then */
	bool taken = finding->phrase[1] != PHRASE_OR_ENDED_THEN &&
		     (finding_says(finding, 1) || finding->phrase[1] != PHRASE_NAMES);

	uint32_t pid = taken || t_ns == 0 ? 0 : may_ask(model, connection, side);
	if (pid == 0)
		return;
	struct upstream upstream = ended_before(model, connection, pid, INT64_MAX, t_ns);
	if (upstream.t_ns != 0)
		tell(finding, &upstream);
}

bool finding_upstream_refused(
	struct model *model, struct finding *finding, int64_t from_ns, int64_t to_ns)
{
	const struct connection *connection = &model->connections[finding->index];
	uint32_t pid = may_ask(model, connection, finding->side & 1);

	for (size_t i = 0; pid != 0 && i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (!opened_by(model, connection, pid, at) || at->first_ns < from_ns ||
			(at->traits & TRAIT_OPENED) != 0)
			continue;
		struct upstream upstream = never_opened(model, at);
		if (upstream.how != PHRASE_UPSTREAM_REFUSED || upstream.t_ns == 0 ||
			upstream.t_ns > to_ns ||
			(!upstream.known && at->first_ns > from_ns + NEAR_NS))
			continue;
		upstream.how =
			upstream.known ? PHRASE_UPSTREAM_REFUSES : PHRASE_UPSTREAM_REFUSES_PERHAPS;
		tell(finding, &upstream);
		return true;
	}
	return false;
}

/* ---- an answer that says that it failed, or that came late ---- */

void watch_trouble(struct watched_end *own, struct watched_end *other, const struct record *record)
{
	const struct speech *speech = &record->event->u.segment.speech;
	/* its FIN may be what ends a request */
	int64_t asked_ns =
		other->fin_ns > other->request_last_ns ? other->fin_ns : other->request_last_ns;
	struct trouble now = {.request = other->request,
		.bytes = other->request_bytes,
		.t_ns = record->t_ns,
		.waited_ns = record->t_ns - asked_ns,
		.frame = record->frame,
		.status = speech->what == SPEECH_HTTP_ANSWER ? speech->number : 0};
	bool failed = now.status >= HTTP_FAILED, before = other->trouble.status >= HTTP_FAILED;

	if ((!failed && (own->speaks_unasked || ms_of(now.waited_ns) < FINDING_HELD_MS)) ||
		(before && !failed) ||
		(before == failed && now.waited_ns <= other->trouble.waited_ns))
		return;
	other->trouble = now;
}

/* NULL: it had none, or packets of it may have been lost. */
static const struct trouble *trouble_of(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	if (watch == NULL || connection->client == -1 || model_may_have_lost(model, connection) ||
		watch->end[connection->client].trouble.t_ns == 0)
		return NULL;
	return &watch->end[connection->client].trouble;
}

/* A connection that its process asked within the time of that trouble, and was answered just before
 * it was over; INDEX_NONE: there is none. */
static uint32_t answered_before(const struct model *model, const struct connection *connection,
	uint32_t pid, const struct trouble *trouble)
{
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		const struct trouble *own = trouble_of(model, i);

		if (own != NULL && opened_by(model, connection, pid, at) &&
			at->ends[at->client].has_owner &&
			own->request.t_ns >= trouble->request.t_ns && own->t_ns <= trouble->t_ns &&
			own->t_ns > trouble->t_ns - NEAR_NS &&
			4 * own->waited_ns >= 3 * trouble->waited_ns)
			return i;
	}
	return INDEX_NONE;
}

bool finding_passed_on(const struct model *model, const struct connection *at, int64_t t_ns)
{
	if (!at->ends[at->client].has_owner || !one_more(model))
		return false;
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		const struct trouble *trouble = trouble_of(model, i);

		if (trouble != NULL && trouble->status >= HTTP_FAILED &&
			opened_by(model, connection, pid_of(model, connection, !connection->client),
				at) &&
			t_ns < trouble->t_ns + NEAR_NS && t_ns > trouble->t_ns - NEAR_NS)
			return true;
	}
	return false;
}

static void tell_failed(struct model *model, uint32_t index, const struct trouble *trouble)
{
	const struct connection *connection = &model->connections[index];
	int server = !connection->client;

	uint32_t pid = may_ask(model, connection, server);
	struct upstream upstream = {0};
	if (pid != 0)
		upstream =
			ended_before(model, connection, pid, trouble->request.t_ns, trouble->t_ns);
	struct finding *finding = upstream.t_ns == 0
					  ? NULL
					  : finding_of_connection(model, index, server,
						    FINDING_ANSWERED_ERROR, trouble->request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = trouble->status;
	finding->arg[1] = (int64_t)trouble->bytes;
	finding->arg[2] = ms_of(trouble->waited_ns);
	finding_name_end(finding, 0, connection, server);
	finding_cite_frame(finding, trouble->request.frame);
	finding_cite_frame(finding, trouble->frame);
	tell(finding, &upstream);
}

/* It has been told why its answer came late, or that none came. */
static bool told(const struct connection *connection)
{
	static const unsigned codes[] = {FINDING_NEVER_ACCEPTED, FINDING_ACCEPTED_LATE,
		FINDING_NEVER_ANSWERED, FINDING_ANSWERED_LATE, FINDING_ANSWERED_ERROR,
		FINDING_BOTH_WAIT, FINDING_ZERO_WINDOW_HELD, FINDING_DATA_UNACKNOWLEDGED,
		FINDING_DATA_DROPPED};

	return finding_set_has_any(
		&connection->finding_set, codes, sizeof(codes) / sizeof(codes[0]));
}

/* It waited for more of the request. */
static bool reads(const struct finding_doing *doing)
{
	for (size_t i = 0; i < doing->count; i++)
		if (doing->in[i].about == ABOUT_THIS)
			return true;
	return false;
}

/* Its process was held up by something else all the while. */
static bool held_up(const struct model *model, uint32_t index, const struct trouble *trouble)
{
	const struct connection *connection = &model->connections[index];
	const struct connection_end *server = &connection->ends[!connection->client];
	struct finding asked = {.run = connection->run,
		.key = connection->key,
		.index = index,
		.side = !connection->client,
		.queue_of = INDEX_NONE};
	int64_t from_ns = trouble->request.t_ns;

	return server->has_owner && server->also.count == 0 &&
	       finding_tell_doing(model, &asked, server->owner.pid, server->owner.inode, from_ns,
		       from_ns + trouble->waited_ns) &&
	       finding_doing_elsewhere(&asked.doing) && !reads(&asked.doing);
}

static void tell_late(struct model *model, uint32_t index, const struct trouble *trouble)
{
	const struct connection *connection = &model->connections[index];
	int server = !connection->client;

	if (told(connection))
		return;
	struct finding *finding = finding_of_connection(
		model, index, server, FINDING_ANSWERED_LATE, trouble->request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)trouble->bytes;
	finding->arg[1] = ms_of(trouble->waited_ns);
	finding_name_end(finding, 0, connection, server);
	finding_cite_frame(finding, trouble->request.frame);
	finding_cite_frame(finding, trouble->frame);
}

/* Whose work takes long answers late, and that is no fault: only where it is known what it waited
 * for instead of working. */
static void find_late(struct model *model, uint32_t index, const struct trouble *trouble)
{
	const struct connection *connection = &model->connections[index];
	uint32_t behind = INDEX_NONE;

	if (ms_of(trouble->waited_ns) < FINDING_HELD_MS)
		return;
	uint32_t pid = may_ask(model, connection, !connection->client);
	if (pid != 0)
		behind = answered_before(model, connection, pid, trouble);
	if (behind != INDEX_NONE)
		tell_late(model, behind, trouble_of(model, behind));
	if (behind != INDEX_NONE || held_up(model, index, trouble))
		tell_late(model, index, trouble);
}

bool findings_of_upstreams(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct trouble *trouble = trouble_of(model, i);

		if (trouble != NULL && trouble->status >= HTTP_FAILED)
			tell_failed(model, i, trouble);
		if (trouble != NULL)
			find_late(model, i, trouble);
	}
	model_passed_over(model, model->build->upstreams_passed, model->runs[0].first_ns);
	return !model->build->failed;
}
