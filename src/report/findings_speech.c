/* Findings that rest on what the bytes are: two ends that speak different protocols, a TLS
 * handshake that was refused, a message that is shorter or longer than it says itself. Nothing is
 * claimed of bytes that were not captured. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <stdio.h>

enum {
	IDLE_MS = 2000,
	SILENT_MS = 5000,   /* a capture alone: so long a silence is no program's pause */
	HELD_BACK_MS = 500, /* a client that asks leave waits a second or so, and then sends */
	HTTP_BAD = 400,
	LANGUAGE_LEAST = 6 /* bytes that tell a record of TLS */
};

/* ---- two protocols ---- */

static bool has(const struct connection *connection, unsigned code)
{
	return finding_set_has(&connection->finding_set, code);
}

static enum finding_phrase spoken(const struct speech *speech, bool server)
{
	static const uint8_t phrases[LANGUAGE_MAX] = {[LANGUAGE_TLS] = PHRASE_SPEAKS_TLS,
		[LANGUAGE_HTTP] = PHRASE_SPEAKS_HTTP,
		[LANGUAGE_HTTP2] = PHRASE_SPEAKS_HTTP2,
		[LANGUAGE_SSH] = PHRASE_SPEAKS_SSH,
		[LANGUAGE_MAIL] = PHRASE_SPEAKS_MAIL,
		[LANGUAGE_POP3] = PHRASE_SPEAKS_POP3,
		[LANGUAGE_IMAP] = PHRASE_SPEAKS_IMAP,
		[LANGUAGE_REDIS] = PHRASE_SPEAKS_REDIS,
		[LANGUAGE_MYSQL] = PHRASE_SPEAKS_MYSQL};
	enum speech_language language = speech_language(speech->what);

	if (speech->what == SPEECH_TLS_ALERT)
		return PHRASE_SPEAKS_TLS_ALERT;
	if (speech->what == SPEECH_PROXY)
		return PHRASE_SPEAKS_PROXY;
	if (speech->what == SPEECH_TLS_HELLO && server)
		return PHRASE_SPEAKS_ECHO;
	if (speech->wants_tls)
		return PHRASE_SPEAKS_TLS_SAID;
	if (speech->what == SPEECH_UNSEEN)
		return PHRASE_SPEAKS_NOTHING;
	if (language != LANGUAGE_UNKNOWN)
		return (enum finding_phrase)phrases[language];
	return speech->what == SPEECH_TEXT ? PHRASE_SPEAKS_TEXT : PHRASE_SPEAKS_OTHER;
}

/* What each end began with cannot be of one protocol. Who begins with TLS or with HTTP/2 is
 * answered in it, or not at all; bytes that are of no protocol known may be anything else. */
static bool differ(const struct watched_end *client, const struct watched_end *server)
{
	const struct speech *asks = &client->words.first, *answers = &server->words.first;
	enum speech_language own = speech_language(asks->what),
			     other = speech_language(answers->what);

	if (asks->what == SPEECH_UNSEEN || answers->what == SPEECH_UNSEEN)
		return false;
	if (asks->what == SPEECH_TLS_HELLO && answers->what == SPEECH_TLS_HELLO)
		return true;
	if (own == LANGUAGE_HTTP && answers->wants_tls)
		return true;
	/* behind its header the client may speak anything: only a server that refuses tells */
	if (asks->what == SPEECH_PROXY)
		return (answers->what == SPEECH_HTTP_ANSWER && answers->number == HTTP_BAD) ||
		       other == LANGUAGE_REDIS || answers->what == SPEECH_TLS_ALERT;
	if (other == LANGUAGE_UNKNOWN)
		return (own == LANGUAGE_TLS || own == LANGUAGE_HTTP2) &&
		       !(answers->flags & SPEECH_CUT) && server->words.first_len >= LANGUAGE_LEAST;
	if (own == LANGUAGE_UNKNOWN)
		return asks->what == SPEECH_TEXT && other == LANGUAGE_TLS;
	return own != other;
}

/* The client waited for the server to begin, and a server of TLS for it: at the end of its input it
 * told the client so. */
static bool tls_in_vain(const struct connection *connection, const struct watched_end *client,
	const struct watched_end *server)
{
	return client->spoken == 0 && server->words.first.what == SPEECH_TLS_ALERT &&
	       has(connection, FINDING_BOTH_WAIT);
}

static bool tell_differ(struct model *model, uint32_t index, const struct watched_end *client,
	const struct watched_end *server)
{
	int side = model->connections[index].client;

	if (!differ(client, server) && !tls_in_vain(&model->connections[index], client, server))
		return false;
	const struct speech *answers = &server->words.first;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_PROTOCOLS_DIFFER, server->words.first_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = answers->what == SPEECH_HTTP_ANSWER ? answers->number : 0;
	finding->arg[1] = answers->what == SPEECH_TLS_ALERT ? answers->number & 0xff : 0;
	finding->phrase[0] = (uint8_t)spoken(&client->words.first, false);
	finding->phrase[1] = (uint8_t)spoken(answers, true);
	finding_cite_frame(finding, client->words.first_frame);
	finding_cite_frame(finding, server->words.first_frame);
	return true;
}

/* ---- a TLS handshake that one end refuses ---- */

static enum finding_phrase alert_means(unsigned alert)
{
	static const struct {
		uint8_t alert, phrase;
	} meanings[] = {{70, PHRASE_ALERT_VERSION}, {86, PHRASE_ALERT_VERSION},
		{40, PHRASE_ALERT_CIPHERS}, {71, PHRASE_ALERT_CIPHERS},
		{42, PHRASE_ALERT_CERTIFICATE}, {43, PHRASE_ALERT_CERTIFICATE},
		{44, PHRASE_ALERT_CERTIFICATE}, {45, PHRASE_ALERT_CERTIFICATE},
		{46, PHRASE_ALERT_CERTIFICATE}, {48, PHRASE_ALERT_CERTIFICATE},
		{116, PHRASE_ALERT_NO_CERTIFICATE}, {112, PHRASE_ALERT_NAME},
		{120, PHRASE_ALERT_APPLICATION}};

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].alert == alert)
			return (enum finding_phrase)meanings[i].phrase;
	return PHRASE_NAMES;
}

static void tell_alert(struct model *model, uint32_t index, const struct watch *watch, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct spoken_words *words = &watch->end[side].words;

	if (words->alert_frame == 0 ||
		watch->end[connection->client].words.first.what != SPEECH_TLS_HELLO)
		return;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_TLS_ALERT, words->alert_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = words->alert;
	finding_name_end(finding, 0, connection, side);
	if (!finding_says(finding, 0))
		finding->phrase[0] =
			side == connection->client ? PHRASE_THE_CLIENT : PHRASE_THE_SERVER;
	finding->phrase[1] = (uint8_t)alert_means(words->alert);
	snprintf(finding->text[1], FINDING_TEXT, "%s", tls_alert_name(words->alert));
	finding_cite_frame(finding, words->alert_frame);
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

/* What both ends wait for a program can only guess at; these are what is wrong most often. */
static enum finding_phrase unmarked(const struct message *message)
{
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
	return message->is.what == SPEECH_TEXT ? PHRASE_NEWLINE_MISSING : PHRASE_NAMES;
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

/* The other end is known to have waited for more of it. A silence alone tells nothing of a stream,
 * whose end may be far: events, a log that is followed. */
static bool awaited(const struct model *model, uint32_t index, int side,
	const struct message *message, enum finding_phrase how)
{
	const struct connection *connection = &model->connections[index];
	bool stream = how == PHRASE_CHUNK_MISSING || how == PHRASE_CLOSE_MISSING;

	int64_t to_ns = finding_silence_ends(model, index);

	return has(connection, FINDING_BOTH_WAIT) ||
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
	const struct connection *connection = &model->connections[index];

	if (has(connection, FINDING_BOTH_WAIT) || both_idle(model, index, side, last_ns))
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
	enum finding_phrase guess = unmarked(&message);
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
	if (tell_differ(model, index, client, server))
		return;
	for (int side = 0; side < 2; side++)
		tell_alert(model, index, watch, side);
	tell_excess(model, index, server);
	if (waits_elsewhere(connection))
		return;
	tell_hello(model, index, client, server);
	if (!tell_continue(model, index, client))
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

	return differ(client, server) || client->words.alert_frame != 0 ||
	       server->words.alert_frame != 0 || server->words.excess_frame != 0 ||
	       ms_of(client->words.held_back_ns) >= HELD_BACK_MS ||
	       (client->words.first.what == SPEECH_TLS_HELLO && server->spoken == 0) ||
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
