/* The table of queries. Each reads its own arguments from the rest of the line; states and queues
 * come from the look's dump, counters and packets from the same moment before it. */
#include "query_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/lang.h"

static char *query_text(const struct query_context *context, const char *rest, struct error *error)
{
	(void)context;
	(void)error;
	return strdup(rest);
}

static const struct query {
	const char *name;
	query_answer *answer; /* NULL: words instead of a number */
	query_words *words;
} queries[] = {
	{"count", query_count, NULL},
	{"recv_q", query_recv_q, NULL},
	{"send_q", query_send_q, NULL},
	{"timer", NULL, query_timer},
	{"timer_ms", query_timer_ms, NULL},
	{"retrans", query_retrans, NULL},
	{"drops", query_drops, NULL},
	{"counter", query_counter, NULL},
	{"packets", query_packets, NULL},
	{"unanswered", query_unanswered, NULL},
	{"transitions", query_transitions, NULL},
	{"held_ms", query_held_ms, NULL},
	{"zombies", query_zombies, NULL},
	{"descriptors", query_descriptors, NULL},
	{"states", NULL, query_states},
	{"conntrack", NULL, query_conntrack},
	{"mapping", NULL, query_mapping},
	{"text", NULL, query_text},
};

const char *query_help(void)
{
	return _("QUERY:\n"
		 "  count STATES [unaccepted|orphan|mini] [FILTER]\n"
		 "                               sockets in these states (LISTEN, or\n"
		 "                               FIN_WAIT1,FIN_WAIT2)\n"
		 "  recv_q STATES [FILTER]       bytes unread; of a listener: connections in the\n"
		 "                               accept queue\n"
		 "  send_q STATES [FILTER]       bytes unacknowledged; of a listener: the\n"
		 "                               backlog in force\n"
		 "  timer STATES [FILTER]        its timer: off, retransmit, keepalive, timewait,\n"
		 "                               persist\n"
		 "  timer_ms STATES [FILTER]     until its timer fires\n"
		 "  retrans STATES [FILTER]      how often it has fired\n"
		 "  drops STATES [FILTER]        packets dropped at it, receive buffer full\n"
		 "                               (these six ask for exactly one socket)\n"
		 "  counter NAME                 what the kernel's counter has gained\n"
		 "                               (ListenOverflows)\n"
		 "  packets FILTER               captured packets that match\n"
		 "  unanswered FILTER            SYNs, repeated ones too, that got neither\n"
		 "                               SYN-ACK nor RST\n"
		 "  transitions FROM TO [FILTER] how often that edge was taken\n"
		 "                               (any: every state)\n"
		 "  held_ms STATE [ended] [FILTER]  the longest time for which a socket was in it\n"
		 "                               (ended: of those that have left it)\n"
		 "  zombies                      ended, not waited for processes below COMMAND\n"
		 "  descriptors PID              open descriptors of a process\n"
		 "  states [FILTER]              the states of these sockets, each once, or none\n"
		 "  conntrack [FILTER]           the same of a router's connection tracking,\n"
		 "                               which has states of its own (FIN_WAIT, CLOSE)\n"
		 "  mapping FILTER               how it translates that one connection:\n"
		 "                               ADDR:PORT -> ADDR:PORT\n"
		 "                               (FILTER: before translation)\n"
		 "  text WORDS                   WORDS: what a program answered\n"
		 "In a FILTER for sockets, source is the local end: src port 80 means the\n"
		 "server's.\n");
}

static const char *blanks_skip(const char *text)
{
	return text + strspn(text, " \t");
}

const char *query_word(const char *text, char *word, size_t size)
{
	size_t length = strcspn(text, " \t");

	snprintf(word, size, "%.*s", (int)(length < size ? length : size - 1), text);
	return blanks_skip(text + length);
}

static const struct query *query_find(const char *text, const char **rest)
{
	char word[32];

	*rest = query_word(blanks_skip(text), word, sizeof(word));
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		if (!strcmp(queries[i].name, word))
			return &queries[i];
	return NULL;
}

bool query_known(const char *text)
{
	const char *rest;

	return query_find(text, &rest) != NULL;
}

void words_add(struct words *words, const char *word)
{
	size_t at = 0;

	while (at < words->count && strcmp(words->word[at], word) < 0)
		at++;
	if ((at < words->count && !strcmp(words->word[at], word)) || words->count == WORDS_MAX)
		return;
	memmove(&words->word[at + 1], &words->word[at],
		(words->count++ - at) * sizeof(*words->word));
	words->word[at] = word;
}

char *words_joined(const struct words *words)
{
	size_t length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);

	if (stream == NULL)
		return NULL;
	for (size_t i = 0; i < words->count; i++)
		fprintf(stream, "%s%s", i ? ", " : "", words->word[i]);
	fputs(words->count ? "" : "none", stream);
	return fclose(stream) ? NULL : text;
}

char *query_measure(const struct query_context *context, const char *text, struct error *error)
{
	const char *rest;
	const struct query *query = query_find(text, &rest);
	int64_t value = 0;
	char *measured;

	if (query == NULL) {
		error_set(error, "\"%s\" is no query; `tcpstate expect --help' lists them", text);
		return NULL;
	}
	if (query->answer != NULL) {
		if (query->answer(context, rest, &value, error))
			return NULL;
		if (asprintf(&measured, "%" PRId64, value) < 0)
			measured = NULL;
	} else {
		*error->text = '\0';
		measured = query->words(context, rest, error);
	}
	if (measured == NULL && (query->answer != NULL || !*error->text))
		error_set(error, "out of memory");
	return measured;
}
