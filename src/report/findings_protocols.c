/* Findings about what each end speaks: two ends of different protocols, a TLS handshake that one of
 * them refused. */
#include "findings.h"

#include <stdio.h>

enum { HTTP_BAD = 400, LANGUAGE_LEAST = 6 /* bytes that tell a record of TLS */ };

/* ---- two protocols ---- */

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
bool protocols_differ(const struct watched_end *client, const struct watched_end *server)
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
	       finding_set_has(&connection->finding_set, FINDING_BOTH_WAIT);
}

bool finding_protocols_differ(struct model *model, uint32_t index, const struct watched_end *client,
	const struct watched_end *server)
{
	int side = model->connections[index].client;

	if (!protocols_differ(client, server) &&
		!tls_in_vain(&model->connections[index], client, server))
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

void finding_tls_alert(struct model *model, uint32_t index, const struct watch *watch, int side)
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
