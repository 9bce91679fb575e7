/* The four questions that a page answers first. The counts and traits are the model's; here they
 * become sentences. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/page.h"
#include "tcpstate/prose.h"

enum { LISTED = 4, LIST_TEXT = 400, DURATION = 32 };

static size_t count_of(const struct model *model, unsigned trait)
{
	for (int bit = 0; bit < TRAIT_COUNT; bit++)
		if (trait == 1u << bit)
			return model->trait_count[bit];
	return 0;
}

static void add(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void add(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}

/* A sentence more, after a space. */
static void say(struct page_answer *answer, const char *sentence)
{
	add(answer->text, sizeof(answer->text), "%s%s", *answer->text != '\0' ? " " : "", sentence);
}

static char *refer(char *buffer, size_t size, uint32_t connection)
{
	snprintf(buffer, size, "%c%c%" PRIu32 "%c", PAGE_OPEN, PAGE_CONNECTION, connection,
		PAGE_CLOSE);
	return buffer;
}

/* Is this the first connection of its path? The others are the same. */
static bool told(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];

	return connection->path == UINT32_MAX || model->paths[connection->path].hops[0] == index;
}

/* "C1, C4–C7 and 12 more": those that have one of `wanted` and none of `without`. */
static char *list(const struct model *model, uint32_t wanted, uint32_t without, size_t most,
	char *buffer, size_t size)
{
	size_t shown = 0, more = 0;
	char first[24], last[24];

	*buffer = '\0';
	for (uint32_t i = 0; i < model->connection_count; i++) {
		uint32_t end = i, run = 1;
#define HAS(at)                                                                                    \
	((model->connections[at].traits & wanted) != 0 &&                                          \
		(model->connections[at].traits & without) == 0 && told(model, at))
		if (!HAS(i))
			continue;
		while (end + 1 < model->connection_count && HAS(end + 1) &&
			model->connections[end + 1].run == model->connections[i].run) {
			end++;
			run++;
		}
#undef HAS
		if (run < 3) {
			end = i;
			run = 1;
		}
		for (uint32_t k = i; k <= end; k++)
			if (model->connections[k].folded != NULL)
				more += (size_t)model->connections[k].folded->count;
		if (shown++ >= most) {
			more += run;
		} else if (run > 1) {
			add(buffer, size, "%s%s–%s", *buffer != '\0' ? ", " : "",
				refer(first, sizeof(first), i), refer(last, sizeof(last), end));
		} else {
			add(buffer, size, "%s%s", *buffer != '\0' ? ", " : "",
				refer(first, sizeof(first), i));
		}
		i = end;
	}
	if (more > 0)
		add(buffer, size, " "), page_text(buffer + strlen(buffer), size - strlen(buffer),
						WORD_AND_MORE, more);
	return buffer;
}

static char *duration(int64_t ns, char buffer[DURATION])
{
	if (ns < 1000000)
		snprintf(buffer, DURATION, "%" PRId64 " µs", ns / 1000);
	else
		prose_duration(ns / 1000000, buffer, DURATION);
	return buffer;
}

/* ---- what happened? ---- */

static const struct listener *listener_at(const struct model *model, uint16_t port_be)
{
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].key.port_be[0] == port_be)
			return &model->listeners[i];
	return NULL;
}

/* ", backlog 1", ", backlogs 0, 1" */
static char *backlogs(const struct listener *listener, char *buffer, size_t size)
{
	uint32_t seen[5];
	size_t count = 0;
	char text[64] = "";

	*buffer = '\0';
	for (size_t i = 0; listener != NULL && i < listener->queue_count && count < 5; i++) {
		uint32_t backlog = listener->queue[i].backlog;
		size_t at = count;

		while (at > 0 && seen[at - 1] >= backlog)
			at--;
		if (at < count && seen[at] == backlog)
			continue;
		memmove(seen + at + 1, seen + at, (count - at) * sizeof(*seen));
		seen[at] = backlog;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		add(text, sizeof(text), "%s%" PRIu32, i > 0 ? ", " : "", seen[i]);
	if (count == 1)
		page_text(buffer, size, WORD_BACKLOG, seen[0]);
	else if (count > 1 && count < 5)
		page_text(buffer, size, WORD_BACKLOGS, text);
	else if (count > 0)
		page_text(buffer, size, WORD_BACKLOG_RANGE, seen[0], seen[count - 1]);
	return buffer;
}

struct server {
	struct flow_key key;
	int side;
	size_t clients;
};

static bool same_server(const struct server *server, const struct connection *connection)
{
	int side = connection->client != 1;

	return memcmp(server->key.addr[server->side], connection->key.addr[side], 16) == 0 &&
	       server->key.port_be[server->side] == connection->key.port_be[side];
}

/* The server with most clients; how many servers there are, as far as 64 can be told apart. */
static size_t servers_count(const struct model *model, struct server *busiest)
{
	static const size_t known = 64;
	struct server servers[64];
	size_t count = 0, best = 0;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		size_t at = 0;

		if (!told(model, i))
			continue;
		while (at < count && !same_server(&servers[at], connection))
			at++;
		if (at == known)
			continue;
		if (at == count)
			servers[count++] =
				(struct server){connection->key, connection->client != 1, 0};
		servers[at].clients++;
		best = servers[at].clients > servers[best].clients ? at : best;
	}
	*busiest = servers[best];
	return count;
}

static void part(char *parts, size_t size, enum page_word word, size_t count)
{
	char text[96];

	if (count > 0)
		add(parts, size, "%s%s", *parts != '\0' ? _(", ") : "",
			page_text(text, sizeof(text), word, count));
}

static void what_happened(const struct model *model, struct page_answer *answer)
{
	size_t connections = 0;
	struct server busiest;
	char end[FLOW_END_TEXT], place[FLOW_END_TEXT + 64], text[512], parts[400] = "", backlog[96];

	for (uint32_t i = 0; i < model->connection_count; i++)
		connections += told(model, i);
	connections += model->summary.connections_folded;
	page_count(answer->big, sizeof(answer->big), COUNT_CONNECTIONS, connections);
	size_t servers = servers_count(model, &busiest);
	const struct listener *listener = listener_at(model, busiest.key.port_be[busiest.side]);
	snprintf(place, sizeof(place), "%c%s%c", PAGE_CODE,
		flow_end_text(&busiest.key, busiest.side, end), PAGE_CODE_END);
	if (listener != NULL && listener->has_owner)
		add(place, sizeof(place), " (%.31s)", listener->owner.program);
	if (servers == 1)
		page_text(text, sizeof(text), WORD_TO_SERVER, place,
			backlogs(listener, backlog, sizeof(backlog)));
	else
		page_text(text, sizeof(text), WORD_TO_SERVERS, servers, place, busiest.clients);
	say(answer, text);
	size_t rst = count_of(model, TRAIT_RST), fin = model->fin_count;
	if (model->path_count == 0) {
		part(parts, sizeof(parts), WORD_N_BY_FIN, fin);
		part(parts, sizeof(parts), WORD_N_BY_RST, rst);
		part(parts, sizeof(parts), WORD_N_NEVER_OPENED,
			count_of(model, TRAIT_NEVER_OPENED));
		part(parts, sizeof(parts), WORD_N_STILL_OPEN, count_of(model, TRAIT_STILL_OPEN));
	}
	if (*parts != '\0') {
		snprintf(text, sizeof(text), "%s%s", parts, _("."));
		say(answer, text);
	}
	if (count_of(model, TRAIT_MIDWAY) > 0)
		say(answer, page_text(text, sizeof(text), WORD_N_MIDWAY,
				    count_of(model, TRAIT_MIDWAY)));
	if (model->path_count > 0)
		say(answer, page_text(text, sizeof(text), WORD_MET_AT, model->paths[0].hop_count));
}

/* ---- who was left out, and why? ---- */

static void why_dropped(const struct model *model, struct page_answer *answer, size_t dropped)
{
	const struct unanswered *full = NULL;
	size_t connections = 0, requests = 0;
	bool same = true;
	char text[300];

	for (size_t i = 0; i < model->unanswered_count; i++) {
		const struct unanswered *syn = &model->unanswered[i];

		requests += syn->cause == UNANSWERED_REQUESTS;
		if (syn->cause != UNANSWERED_QUEUE_FULL)
			continue;
		connections += full == NULL || full->connection != syn->connection;
		same &= full == NULL ||
			(full->queue == syn->queue && full->backlog == syn->backlog);
		full = syn;
	}
	if (full != NULL && connections >= dropped && (same || dropped <= 2))
		say(answer, page_text(text, sizeof(text), WORD_QUEUE_WAS_FULL, full->queue,
				    full->backlog));
	else if (full != NULL && connections >= dropped)
		say(answer, page_word(WORD_QUEUE_FULL_EACH));
	else if (full != NULL)
		say(answer, page_text(text, sizeof(text), WORD_QUEUE_FULL_SOME, connections));
	else if (requests > 0)
		say(answer, page_word(WORD_REQUESTS_FULL));
	else if (model->summary.transitions[EVIDENCE_BOTH] > 0)
		say(answer, page_word(WORD_NOT_THE_QUEUE));
}

static void who_got_in(const struct model *model, struct page_answer *answer, size_t dropped)
{
	size_t late = count_of(model, TRAIT_LATE);
	char name[24], lasted[DURATION], text[300];

	if (late == 0) {
		say(answer, page_word(dropped == 1 ? WORD_NEVER_GOT_IN : WORD_NONE_GOT_IN));
		return;
	}
	if (late > 1) {
		say(answer, page_text(text, sizeof(text), WORD_N_GOT_IN, late));
		return;
	}
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		int64_t opened_ns = 0;

		if ((connection->traits & TRAIT_LATE) == 0)
			continue;
		for (size_t k = 0; k < connection->steps.count && opened_ns == 0; k++)
			if (connection->steps.item[k].kind == STEP_TRANSITION &&
				model->transitions[connection->steps.item[k].index].record.to ==
					STATE_ESTABLISHED)
				opened_ns = model->transitions[connection->steps.item[k].index]
						    .record.t_ns;
		say(answer, page_text(text, sizeof(text), WORD_GOT_IN_LATER,
				    refer(name, sizeof(name), i),
				    duration(opened_ns - connection->first_ns, lasted),
				    dropped > 1 ? page_word(WORD_OTHERS_NEVER) : _(".")));
	}
}

static const struct disagreement *longest(const struct model *model, uint32_t trait)
{
	const struct disagreement *best = NULL;

	for (size_t i = 0; i < model->disagreement_count; i++) {
		const struct disagreement *one = &model->disagreements[i];

		if ((trait == 0 || (model->connections[one->connection].traits & trait) != 0) &&
			(best == NULL || one->until_ns - one->t_ns > best->until_ns - best->t_ns))
			best = one;
	}
	return best;
}

static void say_longest(const struct model *model, struct page_answer *answer, uint32_t trait)
{
	const struct disagreement *one = longest(model, trait);
	char name[24], lasted[DURATION], text[300];

	if (one != NULL)
		say(answer, page_text(text, sizeof(text), WORD_LONGEST_DISAGREED,
				    refer(name, sizeof(name), one->connection),
				    state_name(one->state[0]), state_name(one->state[1]),
				    duration(one->until_ns - one->t_ns, lasted)));
}

/* The reasons why final ACKs were not taken: the known ones first. */
static void why_ignored(const struct model *model, struct page_answer *answer)
{
	static const uint16_t codes[] = {REASON_ACCEPT_QUEUE_FULL, REASON_FINAL_ACK_IGNORED};

	for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
		const struct correction *example = NULL;
		size_t count = 0;
		char why[256], text[300];

		for (size_t i = 0; i < model->correction_count; i++)
			if (model->corrections[i].record.reason.code == codes[c]) {
				example = &model->corrections[i];
				count += example->count;
			}
		if (example == NULL)
			continue;
		prose_reason(&example->record.reason, why, sizeof(why));
		if (why[0] >= 'a' && why[0] <= 'z')
			why[0] = (char)(why[0] - 'a' + 'A');
		say(answer, page_text(text, sizeof(text), WORD_MOST_OFTEN, why, count));
	}
}

static void big(struct page_answer *answer, enum page_word word, const char *whose)
{
	page_text(answer->big, sizeof(answer->big), word, whose);
	answer->alarm = true;
}

static void who_was_left_out(const struct model *model, struct page_answer *answer)
{
	size_t dropped = count_of(model, TRAIT_DROPPED),
	       ignored = count_of(model, TRAIT_ACK_IGNORED),
	       refused = count_of(model, TRAIT_REFUSED);
	char whose[LIST_TEXT], text[LIST_TEXT + 100];

	if (dropped > 0) {
		big(answer, WORD_BIG_DROPPED,
			list(model, TRAIT_DROPPED, 0, LISTED, whose, sizeof(whose)));
		why_dropped(model, answer, dropped);
		who_got_in(model, answer, dropped);
	}
	if (ignored > 0) {
		list(model, TRAIT_ACK_IGNORED, 0, LISTED, whose, sizeof(whose));
		if (!answer->alarm)
			big(answer, WORD_BIG_ACK_IGNORED, whose);
		else
			say(answer, page_text(text, sizeof(text), WORD_ALSO_ACK_IGNORED, whose));
		say_longest(model, answer, TRAIT_ACK_IGNORED);
		why_ignored(model, answer);
	}
	if (refused > 0) {
		list(model, TRAIT_REFUSED, 0, LISTED, whose, sizeof(whose));
		if (!answer->alarm) {
			big(answer, WORD_BIG_REFUSED, whose);
			say(answer, page_word(WORD_REFUSED_WHY));
		} else {
			say(answer, page_text(text, sizeof(text), WORD_ALSO_REFUSED, whose));
		}
	}
	if (!answer->alarm && count_of(model, TRAIT_DISAGREED) > 0) {
		big(answer, WORD_BIG_DISAGREE,
			list(model, TRAIT_DISAGREED, 0, LISTED, whose, sizeof(whose)));
		say_longest(model, answer, 0);
	}
	if (!answer->alarm) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOBODY));
		say(answer, page_word(count_of(model, TRAIT_MIDWAY) > 0 ? WORD_ALL_ANSWERED
									: WORD_ALL_COMPLETED));
	}
	if (count_of(model, TRAIT_UNACCEPTED) > 0)
		say(answer,
			page_text(text, sizeof(text), WORD_NEVER_TAKEN,
				list(model, TRAIT_UNACCEPTED, 0, LISTED, whose, sizeof(whose))));
}

/* ---- who holds TIME_WAIT? ---- */

static void who_waits(const struct model *model, struct page_answer *answer)
{
	size_t client = count_of(model, TRAIT_WAIT_CLIENT),
	       server = count_of(model, TRAIT_WAIT_SERVER), rst = count_of(model, TRAIT_RST);
	char whose[LIST_TEXT], other[LIST_TEXT], text[2 * LIST_TEXT + 100];

	if (client > 0 && server > 0)
		page_text(answer->big, sizeof(answer->big), WORD_BOTH_SIDES, client, server);
	else
		snprintf(answer->big, sizeof(answer->big), "%s",
			page_word(client > 0   ? WORD_THE_CLIENTS
				  : server > 0 ? WORD_THE_SERVER
					       : WORD_NOBODY));
	list(model, TRAIT_WAIT_CLIENT, 0, LISTED, whose, sizeof(whose));
	list(model, TRAIT_WAIT_SERVER, 0, LISTED, other, sizeof(other));
	if (client > 0 && server > 0)
		say(answer,
			model->connection_count > 400
				? page_word(WORD_EITHER_FIRST_MANY)
				: page_text(text, sizeof(text), WORD_EITHER_FIRST, whose, other));
	else if (client > 0)
		say(answer, page_text(text, sizeof(text), WORD_CLIENT_FIRST, whose));
	else if (server > 0)
		say(answer, page_text(text, sizeof(text), WORD_SERVER_FIRST, other));
	if (model->states[STATE_TIME_WAIT].rows > 0)
		say(answer, page_word(WORD_COUNTS_DOWN));
	if (rst > 0)
		say(answer, page_count(text, sizeof(text), COUNT_BY_RST, rst));
	else if (client + server == 0)
		say(answer, page_word(WORD_NO_FIN));
	if (count_of(model, TRAIT_CLOSE_WAIT) > 0) {
		say(answer,
			page_text(text, sizeof(text), WORD_CLOSE_WAIT_HELD,
				list(model, TRAIT_CLOSE_WAIT, 0, LISTED, whose, sizeof(whose))));
		answer->alarm = true;
	}
}

/* ---- where did wire and kernel disagree? ---- */

static const struct correction *commonest(const struct model *model, size_t *count)
{
	const struct correction *best = NULL;

	*count = 0;
	for (size_t i = 0; i < model->correction_count && i < 4096; i++) {
		size_t sum = 0;

		for (size_t k = 0; k < model->correction_count && k < 4096; k++)
			if (model->corrections[k].record.reason.code ==
				model->corrections[i].record.reason.code)
				sum += model->corrections[k].count;
		if (sum > *count) {
			*count = sum;
			best = &model->corrections[i];
		}
	}
	return best;
}

static void where_they_differ(const struct model *model, struct page_answer *answer)
{
	char whose[LIST_TEXT], why[256], text[400];
	bool asked = false;
	size_t count;

	answer->witnesses = true;
	for (size_t i = 0; i < model->run_count; i++)
		asked |= model->runs[i].has_diag && model->runs[i].rows > 0;
	if (!asked) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOT_ASKED));
		say(answer, page_word(WORD_CAPTURE_ALONE));
	} else if (model->summary.withdrawn > 0) {
		page_count(answer->big, sizeof(answer->big), COUNT_TIMES_AT,
			model->summary.withdrawn,
			list(model, TRAIT_WITHDRAWN, 0, 3, whose, sizeof(whose)));
		const struct correction *reason = commonest(model, &count);
		prose_reason(&reason->record.reason, why, sizeof(why));
		if (why[0] >= 'a' && why[0] <= 'z')
			why[0] = (char)(why[0] - 'a' + 'A');
		say(answer, page_text(text, sizeof(text), WORD_MOST_OFTEN, why, count));
		answer->alarm = true;
	} else {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOWHERE));
		say(answer, page_word(WORD_NOTHING_WITHDRAWN));
	}
}

/* ---- UDP alone ---- */

static const struct conversation *busiest_conversation(const struct model *model)
{
	const struct conversation *best = NULL;

	for (size_t i = 0; i < model->conversation_count; i++)
		if (best == NULL || model->conversations[i].datagrams[0] +
						    model->conversations[i].datagrams[1] >
					    best->datagrams[0] + best->datagrams[1])
			best = &model->conversations[i];
	return best;
}

/* The ends whose datagram met no socket, and that were told of it or not; told: enum icmp_effect */
static size_t ends_told(const struct model *model, unsigned effect, char *buffer, size_t size)
{
	char seen[16][FLOW_END_TEXT], end[FLOW_END_TEXT];
	size_t count = 0;

	*buffer = '\0';
	for (size_t i = 0; i < model->error_count; i++) {
		const struct icmp_error *error = &model->errors[i];
		size_t at = 0;

		if (error->of_connection || error->effect != effect)
			continue;
		flow_end_text(&error->key, error->side & 1, end);
		while (at < count && at < 16 && strcmp(seen[at], end) != 0)
			at++;
		if (at < count || at == 16)
			continue;
		strcpy(seen[count++], end);
		if (count <= LISTED)
			add(buffer, size, "%s%c%s%c", count > 1 ? ", " : "", PAGE_CODE, end,
				PAGE_CODE_END);
	}
	return count;
}

static void udp_lost(const struct model *model, struct page_answer *answer)
{
	char text[500], frames[300] = "";
	size_t shown = 0;

	for (size_t i = 0; i < model->error_count && shown < 6; i++)
		if (!model->errors[i].of_connection && model->errors[i].answers > 0)
			add(frames, sizeof(frames), "%s%c%c%" PRIu64 ",%u%c",
				shown++ > 0 ? ", " : "", PAGE_OPEN, PAGE_FRAME,
				model->errors[i].answers, model->errors[i].run, PAGE_CLOSE);
	if (model->summary.dropped + model->summary.errors == 0) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOTHING));
		say(answer, page_word(WORD_UDP_ALL_WELL));
		return;
	}
	answer->alarm = true;
	page_count(answer->big, sizeof(answer->big), COUNT_DATAGRAMS,
		model->summary.dropped + model->summary.errors);
	if (model->summary.dropped > 0)
		say(answer,
			page_text(text, sizeof(text), WORD_UDP_DROPPED, model->summary.dropped));
	if (model->summary.errors > 0)
		say(answer, page_text(text, sizeof(text), WORD_UDP_MET_NO_SOCKET,
				    model->summary.errors, frames));
}

static void udp_learned(const struct model *model, struct page_answer *answer)
{
	char told_ends[LIST_TEXT], other[LIST_TEXT], text[LIST_TEXT + 100];
	size_t yes = ends_told(model, ICMP_TOLD, told_ends, sizeof(told_ends)),
	       no = ends_told(model, ICMP_NOT_CONNECTED, other, sizeof(other));

	if (model->summary.errors == 0) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOTHING_TO_LEARN));
		say(answer, page_word(WORD_UDP_SILENT));
		return;
	}
	page_text(answer->big, sizeof(answer->big), WORD_UDP_TOLD_NOT, yes, no);
	answer->alarm = no > 0;
	if (yes > 0)
		say(answer, page_text(text, sizeof(text), WORD_UDP_TOLD, told_ends));
	if (no > 0)
		say(answer, page_text(text, sizeof(text), WORD_UDP_NOT_TOLD, other));
}

static void udp_connected(const struct model *model, struct page_answer *answer)
{
	size_t connected = 0, known = 0;

	for (size_t i = 0; i < model->conversation_count; i++)
		for (int side = 0; side < 2; side++) {
			uint32_t socket = model->conversations[i].socket[side];

			known += socket != UINT32_MAX;
			connected += socket != UINT32_MAX && model->udp_sockets[socket].connected;
		}
	page_text(answer->big, sizeof(answer->big), WORD_UDP_OF_ENDS, connected, known);
	say(answer, page_word(WORD_UDP_CONNECT));
}

static void udp_happened(const struct model *model, struct page_answer *answer)
{
	const struct conversation *busiest = busiest_conversation(model);
	char end[FLOW_END_TEXT], place[FLOW_END_TEXT + 8], text[300];

	page_count(answer->big, sizeof(answer->big), COUNT_DATAGRAMS, model->summary.datagrams);
	snprintf(place, sizeof(place), "%c%s%c", PAGE_CODE,
		flow_end_text(&busiest->key, !busiest->opener, end), PAGE_CODE_END);
	say(answer, page_text(text, sizeof(text), WORD_UDP_ENDS, model->conversation_count, place));
	say(answer, page_word(WORD_UDP_NO_CONNECTION));
}

void page_answers(const struct model *model, struct page_answer answers[PAGE_ANSWERS])
{
	typedef void answer_find(const struct model *, struct page_answer *);
	static const struct {
		enum page_word question;
		answer_find *find;
	} tcp[PAGE_ANSWERS] = {{WORD_ASK_WHAT, what_happened}, {WORD_ASK_WHO, who_was_left_out},
		{WORD_ASK_TIME_WAIT, who_waits}, {WORD_ASK_DISAGREE, where_they_differ}},
	  udp[PAGE_ANSWERS] = {{WORD_ASK_WHAT, udp_happened}, {WORD_ASK_LOST, udp_lost},
		  {WORD_ASK_LEARNED, udp_learned}, {WORD_ASK_CONNECTED, udp_connected}};

	memset(answers, 0, PAGE_ANSWERS * sizeof(*answers));
	if (model->connection_count == 0 && model->conversation_count == 0)
		return;
	for (int i = 0; i < PAGE_ANSWERS; i++) {
		bool by_tcp = model->connection_count > 0;

		answers[i].question = page_word(by_tcp ? tcp[i].question : udp[i].question);
		(by_tcp ? tcp[i].find : udp[i].find)(model, &answers[i]);
	}
}
