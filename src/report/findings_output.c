/* Findings from what the programs wrote: without their calls it is the only witness of a call that
 * failed before any packet. What they say is quoted, and who held the port is told as far as
 * sockets show it. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "findings.h"
#include "model_looks.h"
#include "tcpstate/escape.h"

/* As strerror() words them, or a program that names the error itself. */
static const struct {
	const char *words;
	uint8_t what;
} errors[] = {
	{"address already in use", SAID_IN_USE},
	{"cannot assign requested address", SAID_NO_ADDRESS},
	{"EADDRNOTAVAIL", SAID_NO_ADDRESS},
	{"too many open files", SAID_NO_DESCRIPTOR},
	{"EMFILE", SAID_NO_DESCRIPTOR},
	{"network is unreachable", SAID_NO_ROUTE},
	{"ENETUNREACH", SAID_NO_ROUTE},
	{"transport endpoint is already connected", SAID_CONNECTED},
	{"EISCONN", SAID_CONNECTED},
	{"transport endpoint is not connected", SAID_NOT_CONNECTED},
	{"ENOTCONN", SAID_NOT_CONNECTED},
	{"message too long", SAID_TOO_LONG},
	{"EMSGSIZE", SAID_TOO_LONG},
	{"destination address required", SAID_NO_DESTINATION},
	{"EDESTADDRREQ", SAID_NO_DESTINATION},
	{"interrupted system call", SAID_INTERRUPTED},
	/* many calls may fail so; of these it is a rule of the host's that says it */
	{"send: operation not permitted", SAID_NOT_PERMITTED},
	{"sendto: operation not permitted", SAID_NOT_PERMITTED},
	{"sendmsg: operation not permitted", SAID_NOT_PERMITTED},
	{"socket operation on non-socket", SAID_NO_SOCKET},
	{"ENOTSOCK", SAID_NO_SOCKET},
	{"operation now in progress", SAID_IN_PROGRESS},
	{"EINPROGRESS", SAID_IN_PROGRESS},
	/* fork() fails so, too */
	{"accept: resource temporarily unavailable", SAID_NOT_YET},
	{"read: resource temporarily unavailable", SAID_NOT_YET},
	{"recv: resource temporarily unavailable", SAID_NOT_YET},
	{"recvfrom: resource temporarily unavailable", SAID_NOT_YET},
	{"BlockingIOError: [Errno 11]", SAID_NOT_YET},
	{"temporary failure in name resolution", SAID_NO_NAME},
	{"name or service not known", SAID_NO_NAME},
	{"could not resolve host", SAID_NO_NAME},
	{"EAI_AGAIN", SAID_NO_NAME},
	{"ENOTFOUND", SAID_NO_NAME},
	/* musl's words, as containers of Alpine have them */
	{"address in use", SAID_IN_USE},
	{"address not available", SAID_NO_ADDRESS},
	{"no file descriptors available", SAID_NO_DESCRIPTOR},
	{"network unreachable", SAID_NO_ROUTE},
	{"socket not connected", SAID_NOT_CONNECTED},
	{"bad file descriptor", SAID_NOT_OPEN},
	{"EBADF", SAID_NOT_OPEN},
};

static bool of_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Sentences in whatever case; the name of an error as a word of its own, in capitals: "emfile.py"
 * is a file. */
static bool says(const char *line, const char *at, const char *words)
{
	size_t length = strlen(words);

	if (!isupper((unsigned char)words[0]))
		return strncasecmp(at, words, length) == 0;
	return strncmp(at, words, length) == 0 && !of_word(at[length]) &&
	       (at == line || !of_word(at[-1]));
}

static enum said_what tells(const char *line)
{
	for (const char *at = line; *at != '\0'; at++)
		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
			if (says(line, at, errors[i].words))
				return errors[i].what;
	return SAID_NOTHING;
}

static void line_ends(struct model *model, struct said *line)
{
	struct model_build *build = model->build;
	struct said *said;

	line->what = (uint8_t)tells(line->text);
	if (line->what != SAID_NOTHING &&
		model_may_take(model, build->said_count, SAID_MAX, line->t_ns) &&
		(said = PUSH(model, build->said, build->said_count)) != NULL) {
		*said = *line;
		build->said_count++;
	}
	line->text[0] = '\0';
}

/* A line may come in pieces, and the last one without its end. */
void model_output(struct model *model, int stream, const char *text, int64_t t_ns)
{
	struct said *line = &model->build->line[stream >= 0 && stream < 3 ? stream : 0];
	uint16_t run = (uint16_t)(model->run_count - 1);
	size_t used = line->run == run ? strlen(line->text) : 0;

	for (; *text != '\0'; text++) {
		if (used == 0)
			*line = (struct said){.t_ns = t_ns, .run = run};
		if (*text == '\n') {
			line_ends(model, line);
			used = 0;
		} else if (used + 1 < sizeof(line->text)) {
			line->text[used++] = *text;
			line->text[used] = '\0';
		}
	}
	/* most say it at the end of a line */
	if (tells(line->text) && used > 0)
		line_ends(model, line);
}

/* ---- who held the port ---- */

struct in_use {
	char *text;       /* of FINDING_TEXT bytes */
	uint16_t port_be; /* 0: any */
	size_t told;
	const struct said *said;
};

enum { IN_USE_TOLD = 3 };

static void in_use(struct in_use *list, const struct flow_key *key, int side, const char *state,
	const struct owner *owner)
{
	char end[FLOW_END_TEXT], line[160];
	size_t used = strlen(list->text);

	if (list->port_be != 0 && key->port_be[side] != list->port_be)
		return;
	snprintf(line, sizeof(line), "%s %s", flow_end_text(key, side, end), state);
	if (owner != NULL)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %.31s[%u]",
			owner->program, owner->pid);
	if (strstr(list->text, line) != NULL || list->told++ >= IN_USE_TOLD)
		return;
	snprintf(list->text + used, FINDING_TEXT - used, "%s%s", used > 0 ? ", " : "", line);
}

static bool listens(const struct in_use *list, const struct flow_key *key, int side)
{
	char port[16];

	snprintf(port, sizeof(port), ":%u LISTEN", ntohs(key->port_be[side]));
	return strstr(list->text, port) != NULL;
}

static bool is_within(const struct flow_key *key, int side, unsigned low, unsigned high)
{
	return ntohs(key->port_be[side]) >= low && ntohs(key->port_be[side]) <= high;
}

/* Connections that had a port of this host when it was said: of those that the kernel chooses for
 * clients, or of the others. */
static void gather_connections(const struct model *model, struct in_use *list, bool chosen)
{
	const struct said *said = list->said;
	unsigned low, high;

	finding_chosen_ports(&model->runs[said->run], &low, &high);
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		for (int side = 0; side < 2; side++) {
			uint8_t state = model_state_at(model, at, side, said->t_ns);

			if (at->run != said->run || !(at->local_sides & 1 << side) ||
				at->first_ns > said->t_ns || state == STATE_CLOSED ||
				state == STATE_LISTEN || state == STATE_UNKNOWN ||
				listens(list, &at->key, side) ||
				is_within(&at->key, side, low, high) != chosen)
				continue;
			in_use(list, &at->key, side, state_name(state),
				at->ends[side].has_owner && state != STATE_TIME_WAIT
					? &at->ends[side].owner
					: NULL);
		}
	}
}

/* Sockets that had a port of this host when it was said: those that listened, others on ports that
 * a program chose, and as far as there is room those of clients, whose port the kernel may have
 * chosen: a server may want just that one. */
static void gather(const struct model *model, struct in_use *list)
{
	const struct said *said = list->said;

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];
		int64_t from_ns, to_ns;

		if (at->run != said->run)
			continue;
		listener_span_at(model, at, said->t_ns, &from_ns, &to_ns);
		if (from_ns <= said->t_ns && to_ns > said->t_ns)
			in_use(list, &at->key, 0, "LISTEN", at->has_owner ? &at->owner : NULL);
	}
	gather_connections(model, list, false);
	gather_connections(model, list, true);
}

/* A number of the line that is a port in use then; 0: none. */
static uint16_t port_named(const struct model *model, const struct said *said)
{
	for (const char *at = said->text; *at != '\0';) {
		char *end, text[FINDING_TEXT] = "";
		unsigned long number;

		if (!isdigit((unsigned char)*at)) {
			at++;
			continue;
		}
		number = strtoul(at, &end, 10);
		at = end;
		if (number == 0 || number > 65535)
			continue;
		struct in_use list = {
			.text = text, .port_be = htons((uint16_t)number), .said = said};
		gather(model, &list);
		if (list.told > 0)
			return list.port_be;
	}
	return 0;
}

static void quote(char *quoted, size_t size, const char *text)
{
	char safe[SAID_LINE * ESCAPE_GROWTH];

	escape_text(safe, sizeof(safe), text, strlen(text));
	snprintf(quoted, size, "\"%.*s\"", (int)size - 3, safe);
}

/* The finding of this kind that quotes it already; NULL: none. */
static struct finding *said_before(
	struct model *model, unsigned code, uint16_t run, const char *quoted)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code && model->findings[i].run == run &&
			strcmp(model->findings[i].text[0], quoted) == 0)
			return &model->findings[i];
	return NULL;
}

static void tell_in_use(struct model *model, const struct said *said)
{
	char text[FINDING_TEXT];
	struct finding *finding;

	quote(text, sizeof(text), said->text);
	finding = said_before(model, FINDING_ADDRESS_IN_USE, said->run, text);
	if (finding != NULL) {
		finding->arg[0]++;
		finding->arg[2]++;
		return;
	}
	finding = finding_of_run(model, said->run, FINDING_ADDRESS_IN_USE, said->t_ns);
	if (finding == NULL)
		return;
	struct in_use list = {
		.text = finding->text[1], .port_be = port_named(model, said), .said = said};
	snprintf(finding->text[0], FINDING_TEXT, "%s", text);
	gather(model, &list);
	finding->arg[0] = 1;
	finding->arg[1] = ntohs(list.port_be);
	finding->arg[3] = list.port_be == 0 && list.told > 0;
}

static bool told(const struct model *model, uint16_t run, unsigned code)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code && model->findings[i].run == run)
			return true;
	return false;
}

/* What the call had waited for in vain has a finding. */
static bool waited_for(const struct model *model, uint16_t run)
{
	static const unsigned codes[] = {FINDING_BOTH_WAIT, FINDING_NEVER_ANSWERED,
		FINDING_NEVER_ACCEPTED, FINDING_ACCEPTED_LATE, FINDING_ANSWERED_LATE,
		FINDING_GREETED_LATE, FINDING_DATAGRAMS_UNREACHABLE, FINDING_CLIENT_LEFT,
		FINDING_SECOND_UNANSWERED, FINDING_READS_ON};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (told(model, run, codes[i]))
			return true;
	return false;
}

/* Sockets say nothing of it: the call failed before a packet. Where they do, that tells more. */
static void tell_error(struct model *model, const struct said *said)
{
	static const uint8_t phrases[] = {[SAID_NO_ADDRESS] = PHRASE_SAID_NO_ADDRESS,
		[SAID_NO_DESCRIPTOR] = PHRASE_SAID_NO_DESCRIPTOR,
		[SAID_NO_ROUTE] = PHRASE_SAID_NO_ROUTE,
		[SAID_CONNECTED] = PHRASE_SAID_CONNECTED,
		[SAID_NOT_CONNECTED] = PHRASE_SAID_NOT_CONNECTED,
		[SAID_TOO_LONG] = PHRASE_SAID_TOO_LONG,
		[SAID_NO_DESTINATION] = PHRASE_SAID_NO_DESTINATION,
		[SAID_INTERRUPTED] = PHRASE_SAID_INTERRUPTED,
		[SAID_NOT_PERMITTED] = PHRASE_SAID_NOT_PERMITTED,
		[SAID_NO_SOCKET] = PHRASE_SAID_NO_SOCKET,
		[SAID_IN_PROGRESS] = PHRASE_SAID_IN_PROGRESS,
		[SAID_NOT_YET] = PHRASE_SAID_NOT_YET,
		[SAID_NO_NAME] = PHRASE_SAID_NO_NAME,
		[SAID_NOT_OPEN] = PHRASE_SAID_NOT_OPEN};
	char text[FINDING_TEXT];

	if ((said->what == SAID_NO_ADDRESS && told(model, said->run, FINDING_PORTS_EXHAUSTED)) ||
		(said->what == SAID_NOT_YET && waited_for(model, said->run)) ||
		(said->what == SAID_NO_ROUTE &&
			told(model, said->run, FINDING_CONNECTIONS_UNREACHABLE)))
		return;
	quote(text, sizeof(text), said->text);
	struct finding *finding = said_before(model, FINDING_PROGRAM_SAID, said->run, text);
	if (finding != NULL) {
		finding->arg[0]++;
		finding->arg[1]++;
		return;
	}
	finding = finding_of_run(model, said->run, FINDING_PROGRAM_SAID, said->t_ns);
	if (finding == NULL)
		return;
	snprintf(finding->text[0], FINDING_TEXT, "%s", text);
	finding->arg[0] = 1;
	finding->phrase[1] = phrases[said->what];
}

/* Calls upon what is no socket are not recorded, nor is getaddrinfo(). */
static bool unseen_by_calls(unsigned what)
{
	return what == SAID_NO_SOCKET || what == SAID_NO_NAME;
}

bool findings_of_output(struct model *model)
{
	for (size_t i = 0; i < model->build->said_count; i++) {
		const struct said *said = &model->build->said[i];

		if (model->runs[said->run].has_calls && !unseen_by_calls(said->what))
			continue;
		if (said->what == SAID_IN_USE)
			tell_in_use(model, said);
		else
			tell_error(model, said);
	}
	return !model->build->failed;
}
