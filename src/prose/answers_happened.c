/* What happened? The first question that a page answers: how many connections, to which server, and
 * how they ended. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answers.h"

static const struct listener *listener_at(const struct model *model, uint16_t port_be)
{
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].key.port_be[0] == port_be)
			return &model->listeners[i];
	return NULL;
}

enum { BACKLOGS = 5 };

/* Into the list in order, each once. */
static size_t backlog_add(uint32_t seen[BACKLOGS], size_t count, uint32_t backlog)
{
	size_t at = count;

	while (at > 0 && seen[at - 1] >= backlog)
		at--;
	if (at < count && seen[at] == backlog)
		return count;
	if (count == BACKLOGS) { /* only the least and the greatest are told then */
		if (at == count)
			seen[count - 1] = backlog;
		else if (at == 0)
			seen[0] = backlog;
		return count;
	}
	memmove(seen + at + 1, seen + at, (count - at) * sizeof(*seen));
	seen[at] = backlog;
	return count + 1;
}

/* "128, then 1": each socket that listened on this port had these backlogs, in this order; "" else.
 */
static char *changes(const struct model *model, uint16_t port_be, char *buffer, size_t size)
{
	const struct listener *first = NULL;
	bool same = true;

	*buffer = '\0';
	for (size_t k = 0; k < model->listener_count; k++) {
		const struct listener *listener = &model->listeners[k];

		if (listener->key.port_be[0] != port_be)
			continue;
		first = first == NULL ? listener : first;
		same &= listener->backlog_count == first->backlog_count;
		for (int i = 0; same && i < first->backlog_count; i++)
			same = listener->backlogs[i].backlog == first->backlogs[i].backlog;
	}
	if (first == NULL || !same || first->backlog_count < 2 || first->backlog_count >= BACKLOGS)
		return buffer;
	for (int i = 0; i < first->backlog_count; i++)
		template_append(buffer, size, "%s%" PRIu32, i > 0 ? _(", then ") : "",
			first->backlogs[i].backlog);
	return buffer;
}

/* "backlog 1", "backlogs 0, 1": of all sockets that listened on this port, one after another or
 * together; "backlog 128, then 1 by another listen()": of each of them. */
static char *backlogs(const struct model *model, uint16_t port_be, char *buffer, size_t size)
{
	uint32_t seen[BACKLOGS];
	size_t count = 0;
	char text[64] = "", then[96];

	*buffer = '\0';
	for (size_t k = 0; k < model->listener_count; k++) {
		const struct listener *listener = &model->listeners[k];

		for (size_t i = 0; listener->key.port_be[0] == port_be && i < listener->queue_count;
			i++)
			count = backlog_add(seen, count, listener->queue[i].backlog);
	}
	for (size_t i = 0; i < count; i++)
		template_append(text, sizeof(text), "%s%" PRIu32, i > 0 ? ", " : "", seen[i]);
	if (count == 1)
		page_text(buffer, size, WORD_BACKLOG, seen[0]);
	else if (*changes(model, port_be, then, sizeof(then)) != '\0')
		page_text(buffer, size, WORD_BACKLOG_CHANGED, then);
	else if (count > 1 && count < BACKLOGS)
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
	struct server servers[64] = {0};
	size_t count = 0, best = 0;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		size_t at = 0;

		if (!answer_told(model, i))
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
		template_append(parts, size, "%s%s", *parts != '\0' ? _(", ") : "",
			page_text(text, sizeof(text), word, count));
}

/* To which of these servers' ports did the kernel show a listener? */
static size_t listeners_shown(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->listener_count; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = model->listeners[k].key.port_be[0] ==
					model->listeners[i].key.port_be[0] &&
				memcmp(model->listeners[k].key.addr[0],
					model->listeners[i].key.addr[0], 16) == 0;
		count += !again;
	}
	return count;
}

/* The others are the experiment's: so many as it says it has. */
static void of_a_trial(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST] = "", text[ANSWER_LIST + 100];
	bool any = false;

	for (size_t i = 0; i < model->mark_count; i++)
		any |= model->marks[i].trial;
	if (any)
		answer_list_if(model, answer_of_trial, NULL, ANSWER_LISTED, whose, sizeof(whose));
	if (*whose != '\0')
		answer_say(answer, page_text(text, sizeof(text), WORD_OF_A_TRIAL, whose));
}

void answer_happened(const struct model *model, struct page_answer *answer)
{
	size_t connections = 0;
	struct server busiest;
	char end[FLOW_END_TEXT], place[FLOW_END_TEXT + 240], backlog[160] = "";
	char text[512], parts[400] = "";

	for (uint32_t i = 0; i < model->connection_count; i++)
		connections += answer_told(model, i);
	connections += model->summary.connections_folded;
	page_count(answer->big, sizeof(answer->big), COUNT_CONNECTIONS, connections);
	size_t servers = servers_count(model, &busiest);
	const struct listener *listener = listener_at(model, busiest.key.port_be[busiest.side]);
	snprintf(place, sizeof(place), "%c%s%c", PAGE_CODE,
		flow_end_text(&busiest.key, busiest.side, end), PAGE_CODE_END);
	if (servers == 1)
		backlogs(model, busiest.key.port_be[busiest.side], backlog, sizeof(backlog));
	bool named = listener != NULL && listener->has_owner;
	if (named || *backlog != '\0')
		template_append(place, sizeof(place), " (%.31s%s%s)",
			named ? listener->owner.program : "",
			named && *backlog != '\0' ? _(", ") : "", backlog);
	if (servers == 1)
		page_text(text, sizeof(text), WORD_TO_SERVER, place);
	else
		page_text(text, sizeof(text), WORD_TO_SERVERS, servers, place, busiest.clients);
	answer_say(answer, text);
	if (servers > 1 && listeners_shown(model) > 0 && listeners_shown(model) < servers)
		answer_say(answer,
			page_text(text, sizeof(text), WORD_OF_LISTENERS, listeners_shown(model)));
	size_t rst = answer_count(model, TRAIT_RST), fin = model->fin_count;
	if (model->path_count == 0) {
		part(parts, sizeof(parts), WORD_N_BY_FIN, fin);
		part(parts, sizeof(parts), fin > 0 ? WORD_N_BY_RST : WORD_N_ENDED_BY_RST, rst);
		part(parts, sizeof(parts), WORD_N_NEVER_OPENED,
			answer_count(model, TRAIT_NEVER_OPENED));
		part(parts, sizeof(parts), WORD_N_STILL_OPEN,
			answer_count(model, TRAIT_STILL_OPEN));
	}
	if (*parts != '\0') {
		snprintf(text, sizeof(text), "%s%s", parts, _("."));
		answer_say(answer, text);
	}
	of_a_trial(model, answer);
	if (answer_count(model, TRAIT_MIDWAY) > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_N_MIDWAY,
					   answer_count(model, TRAIT_MIDWAY)));
	if (model->path_count > 0)
		answer_say(answer,
			page_text(text, sizeof(text), WORD_MET_AT, model->paths[0].hop_count));
}
