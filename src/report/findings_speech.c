/* Findings that rest on what the bytes are: a message that is shorter or longer than it says, or
 * that an end waits for. Nothing is claimed of bytes that were not captured. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <stdio.h>

enum {
	IDLE_MS = 2000,
	SILENT_MS = 5000,  /* a capture alone: so long a silence is no program's pause */
	HELD_BACK_MS = 500 /* a client that asks leave waits a second or so, and then sends */
};

static bool has(const struct connection *connection, unsigned code)
{
	return finding_set_has(&connection->finding_set, code);
}

/* ---- what an end waits for ---- */

/* All of it was captured, and the other end acknowledged it. */
static bool all_seen(const struct message *message)
{
	return message->first.t_ns != 0 && message->whole &&
	       message->sent_end == message->first.seq + (uint32_t)message->bytes;
}

/* It did not even reach its program. */
static bool waits_elsewhere(const struct connection *connection)
{
	static const unsigned codes[] = {FINDING_NEVER_ACCEPTED, FINDING_ACCEPTED_LATE,
		FINDING_ZERO_WINDOW_HELD, FINDING_ANSWER_UNREAD, FINDING_GAVE_UP,
		FINDING_PEER_SILENT, FINDING_DATA_DROPPED, FINDING_DATA_UNACKNOWLEDGED,
		FINDING_RST_FORGED};

	return finding_set_has_any(
		&connection->finding_set, codes, sizeof(codes) / sizeof(codes[0]));
}

static bool by_recorder(const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *edge = step_edge(model, &connection->steps.item[i]);

		if (edge != NULL && (edge->side & 1) == side &&
			edge->reason.code == REASON_ENDED_BY_RECORDER)
			return true;
	}
	return false;
}

/* The server ended it, and its client had not. */
static bool ended_first(const struct watched_end *client, const struct watched_end *server)
{
	int64_t ended_ns = server->fin_ns != 0 ? server->fin_ns : server->rst.t_ns;

	return ended_ns != 0 && (client->fin_ns == 0 || client->fin_ns > ended_ns) &&
	       (client->rst.t_ns == 0 || client->rst.t_ns > ended_ns);
}

/* And that was not tcpstate's doing, at the end of the recording. */
static bool server_ended(const struct model *model, const struct connection *connection,
	const struct watched_end *client, const struct watched_end *server)
{
	return ended_first(client, server) && !by_recorder(model, connection, !connection->client);
}

static void tell_hello(struct model *model, uint32_t index, const struct watched_end *client,
	const struct watched_end *server)
{
	const struct connection *connection = &model->connections[index];
	struct message hello = message_left(client);
	int64_t waited_ms = ms_of(finding_silence_ends(model, index) - hello.last_ns);
	bool reads = has(connection, FINDING_BOTH_WAIT),
	     closed = !reads && server_ended(model, connection, client, server);

	if (client->words.first.what != SPEECH_TLS_HELLO || server->spoken > 0 ||
		hello.bytes < client->words.first.whole || !hello.whole ||
		(!reads && !closed && !has(connection, FINDING_NEVER_ANSWERED) &&
			waited_ms < SILENT_MS))
		return;
	struct finding *finding = finding_of_connection(
		model, index, !connection->client, FINDING_HELLO_UNANSWERED, hello.first.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)hello.bytes;
	finding->arg[1] = closed ? 0 : waited_ms;
	finding->arg[2] = reads;
	finding->arg[3] = closed;
	finding_name_end(finding, 0, connection, !connection->client);
	finding_cite_frame(finding, client->words.first_frame);
	finding_cite_frame(
		finding, closed ? server->fin_ns != 0 ? server->fin_frame : server->rst.frame : 0);
}

static bool tell_continue(struct model *model, uint32_t index, struct watched_end *client)
{
	const struct connection *connection = &model->connections[index];

	struct message request = message_left(client);
	message_held_back(&client->words, &request, finding_silence_ends(model, index));
	if (ms_of(client->words.held_back_ns) < HELD_BACK_MS)
		return false;
	struct finding *finding = finding_of_connection(model, index, !connection->client,
		FINDING_CONTINUE_UNANSWERED, client->words.held_back_from_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = ms_of(client->words.held_back_ns);
	finding->arg[1] = !message_asks_leave(&request);
	finding_name_end(finding, 0, connection, !connection->client);
	finding_cite_frame(finding, client->words.held_back_frame);
	return true;
}

/* ---- messages that are not complete ---- */

/* What is missing of it, as it says itself; PHRASE_NAMES: nothing, or it does not say. */
static enum finding_phrase missing(const struct message *message)
{
	const struct speech *is = &message->is;
	bool answer = is->what == SPEECH_HTTP_ANSWER;

	if ((!answer && is->what != SPEECH_HTTP_REQUEST) ||
		(answer && (message->asked.what != SPEECH_HTTP_REQUEST ||
				   (message->asked.flags & SPEECH_NO_BODY))))
		return PHRASE_NAMES;
	if (!(is->flags & SPEECH_HEAD_ENDS))
		return message->alone && !(is->flags & SPEECH_CUT) ? PHRASE_HEAD_MISSING
								   : PHRASE_NAMES;
	if (is->flags & SPEECH_CHUNKED)
		return message->tail & (SPEECH_LAST_CHUNK | SPEECH_CUT) ? PHRASE_NAMES
									: PHRASE_CHUNK_MISSING;
	if (is->flags & SPEECH_UNBOUNDED)
		return PHRASE_CLOSE_MISSING;
	return is->whole > message->bytes ? PHRASE_BODY_MISSING : PHRASE_NAMES;
}

/* In the other byte order. */
static uint32_t number_turned(const struct speech *is)
{
	return is->head == 4 ? __builtin_bswap32(is->whole)
			     : __builtin_bswap16((uint16_t)is->whole);
}

/* The kernel showed bytes of it that nobody had read, at last or while it waited. */
static bool lay_unread(const struct watch *watch, int side, const struct message *message)
{
	const struct watched_end *own = &watch->end[side];

	return watch->end[!side].shown.unread > 0 ||
	       (own->late_unread > 0 && own->late_request.frame == message->first.frame);
}

/* What both ends wait for a program can only guess at; these are what is wrong most often. */
static enum finding_phrase unmarked(const struct message *message, bool unread)
{
	if (message->urgent)
		return PHRASE_URGENT;
	if (message->is.what == SPEECH_NUMBER && !message->alone) {
		uint64_t rest = message->bytes - message->is.head;
		uint32_t number = message->is.whole, turned = number_turned(&message->is);

		return turned == rest && number > rest   ? PHRASE_LENGTH_LITTLE
		       : number == rest && turned > rest ? PHRASE_LENGTH_BIG
							 : PHRASE_NAMES;
	}
	if (!message->alone)
		return PHRASE_NAMES;
	if (message->is.what == SPEECH_LENGTH)
		return message->is.number != 0 ? PHRASE_LENGTH_LITTLE : PHRASE_LENGTH_BIG;
	/* who waits for a line has read what came of it */
	return message->is.what == SPEECH_TEXT && !unread ? PHRASE_NEWLINE_MISSING : PHRASE_NAMES;
}

/* The client's message is the last, and behind it both programs did nothing but wait, for two
 * seconds or more: for events, or for each other. */
static bool both_idle(const struct model *model, uint32_t index, int side, int64_t from_ns)
{
	const struct connection *connection = &model->connections[index];
	int64_t to_ns = finding_silence_ends(model, index);

	if (side != connection->client || ms_of(to_ns - from_ns) < IDLE_MS)
		return false;
	for (int k = 0; k < 2; k++) {
		const struct connection_end *end = &connection->ends[k];

		if (!end->has_owner || end->also.count > 0 ||
			!finding_only_waited(
				model, connection->run, end->owner.pid, from_ns, to_ns))
			return false;
	}
	return true;
}

/* Both programs waited for each other, and did so behind t_ns. */
static bool both_waited(const struct model *model, uint32_t index, int64_t t_ns)
{
	const struct connection *connection = &model->connections[index];

	if (!has(connection, FINDING_BOTH_WAIT))
		return false;
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->code == FINDING_BOTH_WAIT && at->index == index)
			return at->t_ns + at->arg[0] * WATCH_NS_PER_MS > t_ns;
	}
	return true;
}

/* The other end is known to have waited for more of it. A silence alone tells nothing of a stream,
 * whose end may be far: events, a log that is followed. */
static bool awaited(const struct model *model, uint32_t index, int side,
	const struct message *message, enum finding_phrase how)
{
	const struct connection *connection = &model->connections[index];
	bool stream = how == PHRASE_CHUNK_MISSING || how == PHRASE_CLOSE_MISSING;

	int64_t to_ns = finding_silence_ends(model, index);

	return both_waited(model, index, message->last_ns) ||
	       (side == connection->client && has(connection, FINDING_NEVER_ANSWERED)) ||
	       (!stream && ms_of(to_ns - message->last_ns) >= SILENT_MS) ||
	       (!stream && both_idle(model, index, side, message->last_ns)) ||
	       (ms_of(to_ns - message->last_ns) >= FINDING_HELD_MS &&
		       (finding_waited(model, connection, !side, message->last_ns, to_ns) ||
			       finding_seen_waiting(
				       model, connection, !side, message->last_ns, to_ns)));
}

/* The other end waited in a read for more, or went on when the end of the data came, or nobody did
 * anything. */
static bool read_on(const struct model *model, uint32_t index, int side, int64_t last_ns)
{
	if (both_waited(model, index, last_ns) || both_idle(model, index, side, last_ns))
		return true;
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		if (finding->code == FINDING_NEVER_ANSWERED && finding->side != side &&
			finding->phrase[1] == PHRASE_RELEASED && finding->index == index)
			return true;
	}
	return false;
}

static void tell_unfinished(
	struct model *model, uint32_t index, int side, const struct watched_end *own)
{
	const struct connection *connection = &model->connections[index];
	const struct message message = message_left(own);
	enum finding_phrase how = missing(&message);

	if (!all_seen(&message))
		return;
	const struct watch *watch = findings_watch(model, index);
	enum finding_phrase guess = unmarked(&message, lay_unread(watch, side, &message));
	/* a client may well read until its buffer is full or the server closes */
	uint64_t wanted = how == PHRASE_NAMES && side == connection->client &&
					  (guess == PHRASE_NAMES || guess == PHRASE_NEWLINE_MISSING)
				  ? reads_whole(model, connection, !side, &message)
				  : 0;
	if (wanted > message.bytes && wanted <= UINT32_MAX)
		how = PHRASE_READS_WHOLE;
	else if (how == PHRASE_NAMES && guess != PHRASE_NAMES &&
		 read_on(model, index, side, message.last_ns))
		how = guess;
	if (how == PHRASE_NAMES || !awaited(model, index, side, &message, how))
		return;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_MESSAGE_UNFINISHED, message.first.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)message.bytes;
	finding->arg[1] = side == connection->client;
	finding->arg[2] = side != connection->client;
	finding->arg[3] = how == PHRASE_BODY_MISSING ? message.is.whole : 0;
	finding->phrase[1] = (uint8_t)how;
	finding->phrase_number = how == PHRASE_READS_WHOLE ? (uint32_t)wanted
				 : message.is.what == SPEECH_NUMBER && how == PHRASE_LENGTH_BIG
					 ? number_turned(&message.is)
					 : message.is.whole;
	finding->phrase_state = (uint8_t)message.is.head;
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, message.first.frame);
}

/* The server ended the connection in the middle of its answer. */
static bool tell_cut(struct model *model, uint32_t index, const struct watched_end *client,
	const struct watched_end *server)
{
	const struct connection *connection = &model->connections[index];
	const struct message message = message_left(server);
	enum finding_phrase how = missing(&message);
	bool reset = server->fin_ns == 0;

	if ((how != PHRASE_BODY_MISSING && how != PHRASE_CHUNK_MISSING) ||
		!server_ended(model, connection, client, server) || message.first.t_ns == 0 ||
		message.sent_end != message.first.seq + (uint32_t)message.bytes)
		return false;
	struct finding *finding = finding_of_connection(model, index, !connection->client,
		FINDING_ANSWER_CUT, reset ? server->rst.t_ns : server->fin_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = (int64_t)message.bytes;
	finding->arg[1] = how == PHRASE_BODY_MISSING ? message.is.whole : 0;
	finding->arg[2] = reset;
	finding->phrase[1] = (uint8_t)how;
	finding_name_end(finding, 0, connection, !connection->client);
	finding_cite_frame(finding, message.first.frame);
	finding_cite_frame(finding, reset ? server->rst.frame : server->fin_frame);
	return true;
}

static void tell_excess(struct model *model, uint32_t index, const struct watched_end *server)
{
	const struct connection *connection = &model->connections[index];

	if (server->words.excess_frame == 0)
		return;
	struct finding *finding = finding_of_connection(
		model, index, !connection->client, FINDING_ANSWER_EXCESS, server->words.excess_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = server->words.excess_came;
	finding->arg[1] = server->words.excess_whole;
	finding_name_end(finding, 0, connection, !connection->client);
	finding_cite_frame(finding, server->words.excess_frame);
}

static void tell_speech(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	struct watch *watch = findings_watch(model, index);

	if (watch == NULL || connection->client == -1 || model_may_have_lost(model, connection))
		return;
	struct watched_end *client = &watch->end[connection->client],
			   *server = &watch->end[!connection->client];
	if (finding_protocols_differ(model, index, client, server))
		return;
	for (int side = 0; side < 2; side++)
		finding_tls_alert(model, index, watch, side);
	tell_excess(model, index, server);
	if (waits_elsewhere(connection))
		return;
	tell_hello(model, index, client, server);
	if (!finding_timed_out(model, index, server) && !tell_continue(model, index, client))
		tell_unfinished(model, index, connection->client, client);
	if (!tell_cut(model, index, client, server))
		tell_unfinished(model, index, !connection->client, server);
}

bool speech_tells(const struct connection *connection, const struct watch *watch)
{
	if (watch == NULL || connection->client == -1)
		return false;
	const struct watched_end *client = &watch->end[connection->client],
				 *server = &watch->end[!connection->client];

	struct message answer = message_left(server);

	return protocols_differ(client, server) || client->words.alert_frame != 0 ||
	       server->words.alert_frame != 0 || server->words.excess_frame != 0 ||
	       ms_of(client->words.held_back_ns) >= HELD_BACK_MS ||
	       (client->words.first.what == SPEECH_TLS_HELLO && server->spoken == 0) ||
	       message_timed_out(&answer) ||
	       (answer.first.t_ns != 0 && ended_first(client, server) &&
		       missing(&answer) != PHRASE_NAMES &&
		       missing(&answer) != PHRASE_CLOSE_MISSING);
}

bool findings_of_speech(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		tell_speech(model, i);
	return !model->build->failed;
}
