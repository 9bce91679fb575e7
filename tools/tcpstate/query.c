/* A table of queries; each reads its own arguments from the rest of the line. States and queues come from the look's dump, counters
 * and packets from the same moment before it. */
#include "query.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conntrack.h"
#include "process.h"
#include "scan.h"
#include "tcpstate/states_arg.h"

typedef char *query_words(const struct query_context *context, const char *rest, struct error *error);
typedef int query_answer(const struct query_context *context, const char *rest, int64_t *value, struct error *error);

static query_answer answer_count, answer_recv_q, answer_send_q, answer_timer_ms, answer_retrans, answer_drops, answer_counter, answer_packets, answer_unanswered,
	answer_transitions, answer_held_ms, answer_zombies, answer_descriptors;
static query_words words_states, words_conntrack, words_mapping, words_text;

static const struct query {
	const char *name;
	query_answer *answer;   /* NULL: words instead of a number */
	query_words *words;     /* malloc'd */
} queries[] = {
	{"count", answer_count, NULL},
	{"recv_q", answer_recv_q, NULL},
	{"send_q", answer_send_q, NULL},
	{"timer_ms", answer_timer_ms, NULL},
	{"retrans", answer_retrans, NULL},
	{"drops", answer_drops, NULL},
	{"counter", answer_counter, NULL},
	{"packets", answer_packets, NULL},
	{"unanswered", answer_unanswered, NULL},
	{"transitions", answer_transitions, NULL},
	{"held_ms", answer_held_ms, NULL},
	{"zombies", answer_zombies, NULL},
	{"descriptors", answer_descriptors, NULL},
	{"states", NULL, words_states},
	{"conntrack", NULL, words_conntrack},
	{"mapping", NULL, words_mapping},
	{"text", NULL, words_text},
};

const char *query_help(void)
{
	return "QUERY:\n"
	       "  count STATES [unaccepted|orphan|mini] [FILTER]\n"
	       "                               sockets in these states (LISTEN, or\n"
	       "                               FIN_WAIT1,FIN_WAIT2)\n"
	       "  recv_q STATES [FILTER]       bytes unread; of a listener: connections in the\n"
	       "                               accept queue\n"
	       "  send_q STATES [FILTER]       bytes unacknowledged; of a listener: the\n"
	       "                               backlog in force\n"
	       "  timer_ms STATES [FILTER]     until its timer fires\n"
	       "  retrans STATES [FILTER]      how often it has fired\n"
	       "  drops STATES [FILTER]        packets dropped at it, receive buffer full\n"
	       "                               (these five ask for exactly one socket)\n"
	       "  counter NAME                 what the kernel's counter has gained\n"
	       "                               (ListenOverflows)\n"
	       "  packets FILTER               captured packets that match\n"
	       "  unanswered FILTER            SYNs, repeated ones too, that got neither\n"
	       "                               SYN-ACK nor RST\n"
	       "  transitions FROM TO [FILTER] how often that edge was taken\n"
	       "                               (any: every state)\n"
	       "  held_ms STATE [FILTER]       the longest time for which a socket was in it\n"
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
	       "server's.\n";
}

/* ---- words ---- */

static const char *blanks_skip(const char *text)
{
	return text + strspn(text, " \t");
}

/* The next word into `word`; returns what follows it, blanks skipped. A word that is too long is cut: it is none that is known. */
static const char *word_take(const char *text, char *word, size_t size)
{
	size_t length = strcspn(text, " \t");

	snprintf(word, size, "%.*s", (int)(length < size ? length : size - 1), text);
	return blanks_skip(text + length);
}

static const struct query *query_find(const char *text, const char **rest)
{
	char word[32];

	*rest = word_take(blanks_skip(text), word, sizeof(word));
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		if (!strcmp(queries[i].name, word))
			return &queries[i];
	return NULL;
}

bool query_known(const char *text)
{
	const char *rest;

	return query_find(text, &rest);
}

/* ---- sockets ---- */

enum kind { KIND_ANY, KIND_UNACCEPTED, KIND_ORPHAN, KIND_MINI };

struct selection {
	uint32_t mask;
	enum kind kind;
	struct filter *filter;
};

/* In the accept queue a child has no inode yet; one that its process closed has none any more, and is then on the closing side of the diagram. */
static bool row_is(const struct sockrow *row, enum kind kind)
{
	static const uint32_t closing = 1U << STATE_FIN_WAIT1 | 1U << STATE_FIN_WAIT2 | 1U << STATE_CLOSING | 1U << STATE_LAST_ACK;
	bool ownerless = !row->inode && !row->request;

	switch (kind) {
	case KIND_UNACCEPTED:
		return ownerless && !row->mini && !(closing >> row->state & 1) && row->state != STATE_LISTEN && row->state != STATE_CLOSED;
	case KIND_ORPHAN:
		return ownerless && closing >> row->state & 1;
	case KIND_MINI:
		return row->mini;
	case KIND_ANY:
		break;
	}
	return true;
}

static int selection_parse(const char *rest, bool kinds, struct selection *selection, struct error *error)
{
	static const char *const words[] = {[KIND_UNACCEPTED] = "unaccepted", [KIND_ORPHAN] = "orphan", [KIND_MINI] = "mini"};
	struct states_arg states;
	const char *after;
	char word[256];

	*selection = (struct selection){.kind = KIND_ANY};
	rest = word_take(rest, word, sizeof(word));
	if (!*word)
		return error_set(error, "which STATES? as in: count ESTABLISHED,CLOSE_WAIT tcp port 80");
	if (states_arg_parse(word, &states, error))
		return -1;
	if (states.count >= 0)
		return error_set(error, "%s: the number is what is measured; predict it instead", word);
	selection->mask = states.mask;
	after = word_take(rest, word, sizeof(word));
	for (size_t i = KIND_UNACCEPTED; kinds && i <= KIND_MINI; i++)
		if (!strcmp(word, words[i])) {
			selection->kind = (enum kind)i;
			rest = after;
		}
	selection->filter = filter_new(rest, true, error);
	return selection->filter ? 0 : -1;
}

/* UDP sockets have no state machine: they count only where the filter asks for them, so that CLOSED does not mean them. */
static size_t rows_select(const struct observer_look *look, const struct selection *selection, const char *filter, const struct sockrow **first)
{
	bool udp = filter && strstr(filter, "udp");
	size_t count = 0;

	for (size_t i = 0; i < look->row_count; i++) {
		const struct sockrow *row = &look->rows[i];

		if ((row->key.protocol != IPPROTO_TCP && !udp) || !(selection->mask >> row->state & 1) || !row_is(row, selection->kind) ||
			!filter_row(selection->filter, row))
			continue;
		if (!count++)
			*first = row;
	}
	return count;
}

static int answer_count(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	struct selection selection;
	const struct sockrow *first;

	if (selection_parse(rest, true, &selection, error))
		return -1;
	*value = (int64_t)rows_select(context->look, &selection, rest, &first);
	filter_free(selection.filter);
	return 0;
}

/* Exactly one socket is meant: a sum or a first one would hide a mistake. */
static const struct sockrow *row_find(const struct query_context *context, const char *rest, struct error *error)
{
	struct selection selection;
	const struct sockrow *row = NULL;
	size_t count;

	if (selection_parse(rest, false, &selection, error))
		return NULL;
	count = rows_select(context->look, &selection, rest, &row);
	filter_free(selection.filter);
	if (count == 1)
		return row;
	error_set(error, "%zu sockets match \"%s\", exactly one was expected", count, rest);
	return NULL;
}

static int answer_recv_q(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row)
		*value = row->recv_q;
	return row ? 0 : -1;
}

static int answer_send_q(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row)
		*value = row->send_q;
	return row ? 0 : -1;
}

static int answer_timer_ms(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row && row->timer == DIAG_TIMER_OFF)
		return error_set(error, "that socket has no timer");
	if (row)
		*value = row->expires_ms;
	return row ? 0 : -1;
}

static int answer_retrans(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row)
		*value = row->retrans;
	return row ? 0 : -1;
}

static int answer_drops(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row && !row->has_mem)
		return error_set(error, "the kernel does not tell the memory of that socket");
	if (row)
		*value = row->drops;
	return row ? 0 : -1;
}

/* ---- counters and packets ---- */

static int unstable(struct error *error)
{
	return error_set(error, "packets and counters never stood still: traffic all the time, there is no moment to compare them at");
}

static int answer_counter(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	char name[64];

	if (*word_take(rest, name, sizeof(name)) || !*name)
		return error_set(error, "one NAME is wanted, as in: counter ListenOverflows");
	if (!context->look->stable)
		return unstable(error);
	if (!observer_counter(context->observer, name, context->since_mark, value))
		return error_set(error, "this kernel has no counter %s in /proc/net/netstat or /proc/net/snmp", name);
	return 0;
}

static int64_t since_ns(const struct query_context *context)
{
	return context->since_mark ? observer_mark_ns(context->observer) : 0;
}

static int answer_scan(const struct query_context *context, const char *rest, int64_t *value,
	int64_t scan(const char *path, const char *filter, int64_t since, int64_t until, struct error *error), struct error *error)
{
	char path[PATH_MAX + 16];

	if (!context->look->stable)
		return unstable(error);
	snprintf(path, sizeof(path), "%s/wire.pcap", observer_directory(context->observer));
	*value = scan(path, rest, since_ns(context), context->look->packets_until_ns, error);
	return *value < 0 ? -1 : 0;
}

static int answer_packets(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	return answer_scan(context, rest, value, scan_packets, error);
}

static int answer_unanswered(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	return answer_scan(context, rest, value, scan_unanswered, error);
}

/* ---- transitions ---- */

static int state_parse(const char *word, bool any, unsigned *state, struct error *error)
{
	*state = STATE_MAX;
	if (any && (!strcmp(word, "any") || !strcmp(word, "*")))
		return 0;
	if (!strcasecmp(word, "UNKNOWN")) {
		*state = STATE_UNKNOWN;
		return 0;
	}
	*state = state_from_name(word, strlen(word));
	return *state == STATE_MAX ? error_set(error, "\"%s\" is no TCP state", word) : 0;
}

static int trace_usable(const struct query_context *context, struct error *error)
{
	return trace_complete(observer_trace(context->observer)) ? 0 : error_set(error, "too many transitions were recorded to keep them all in memory");
}

static int answer_transitions(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	unsigned from, to;
	struct filter *filter;
	char word[64];

	rest = word_take(rest, word, sizeof(word));
	if (state_parse(word, true, &from, error))
		return -1;
	rest = word_take(rest, word, sizeof(word));
	if (state_parse(word, true, &to, error) || trace_usable(context, error))
		return -1;
	filter = filter_new(rest, true, error);
	if (!filter)
		return -1;
	*value = trace_count(observer_trace(context->observer), from, to, filter, since_ns(context));
	filter_free(filter);
	return 0;
}

static int answer_held_ms(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	unsigned state;
	struct filter *filter;
	char word[64];

	rest = word_take(rest, word, sizeof(word));
	if (state_parse(word, false, &state, error) || trace_usable(context, error))
		return -1;
	filter = filter_new(rest, true, error);
	if (!filter)
		return -1;
	*value = trace_held_ms(observer_trace(context->observer), state, filter, since_ns(context), context->look->t_ns);
	filter_free(filter);
	return *value < 0 ? error_set(error, "no socket that matches was in %s", state_name(state)) : 0;
}

/* ---- processes ---- */

static int answer_zombies(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	struct process *list;
	size_t count;

	if (*rest)
		return error_set(error, "\"%s\": zombies has no argument", rest);
	count = processes_read(context->session_root, &list);
	*value = 0;
	for (size_t i = 0; i < count; i++)
		*value += list[i].descends && list[i].state == 'Z' && list[i].parent != context->session_root;
	free(list);
	return 0;
}

static int answer_descriptors(const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	char word[32], *end;
	long pid;

	(void)context;
	if (*word_take(rest, word, sizeof(word)) || !*word)
		return error_set(error, "one process id is wanted, as in: descriptors 1234");
	pid = strtol(word, &end, 10);
	if (*end || pid <= 0 || pid > INT_MAX)
		return error_set(error, "\"%s\" is no process id", word);
	*value = process_descriptors((pid_t)pid);
	return *value < 0 ? error_set(error, "process %ld: %s", pid, errno == ENOENT ? "there is none" : strerror(errno)) : 0;
}

/* ---- connection tracking ---- */

/* Words, each once, in the order of the alphabet: "CLOSE_WAIT, ESTABLISHED". */
enum { WORDS_MAX = 16 };
struct words { const char *word[WORDS_MAX]; size_t count; };

static void words_add(struct words *words, const char *word)
{
	size_t at = 0;

	while (at < words->count && strcmp(words->word[at], word) < 0)
		at++;
	if ((at < words->count && !strcmp(words->word[at], word)) || words->count == WORDS_MAX)
		return;
	memmove(&words->word[at + 1], &words->word[at], (words->count++ - at) * sizeof(*words->word));
	words->word[at] = word;
}

static char *words_joined(const struct words *words)
{
	size_t length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < words->count; i++)
		fprintf(stream, "%s%s", i ? ", " : "", words->word[i]);
	fputs(words->count ? "" : "none", stream);
	return fclose(stream) ? NULL : text;
}

static char *words_states(const struct query_context *context, const char *rest, struct error *error)
{
	struct filter *filter = filter_new(rest, true, error);
	struct words words = {.count = 0};

	if (!filter)
		return NULL;
	for (size_t i = 0; i < context->look->row_count; i++)
		if (context->look->rows[i].key.protocol == IPPROTO_TCP && filter_row(filter, &context->look->rows[i]))
			words_add(&words, state_name(context->look->rows[i].state));
	filter_free(filter);
	return words_joined(&words);
}

struct tracked {
	const struct filter *filter;
	struct conntrack_entry last;
	int64_t count;
	struct words states;
};

static void tracked_take(void *context, const struct conntrack_entry *entry)
{
	struct tracked *tracked = context;

	if (!filter_key(tracked->filter, &entry->original))
		return;
	tracked->last = *entry;
	tracked->count++;
	words_add(&tracked->states, entry->state);
}

static int tracked_read(const char *filter, struct tracked *tracked, struct error *error)
{
	struct filter *chosen = filter_new(filter, true, error);
	int result;

	if (!chosen)
		return -1;
	*tracked = (struct tracked){.filter = chosen};
	result = conntrack_read(tracked_take, tracked, error);
	filter_free(chosen);
	return result;
}

static char *words_conntrack(const struct query_context *context, const char *rest, struct error *error)
{
	struct tracked tracked;

	(void)context;
	return tracked_read(rest, &tracked, error) ? NULL : words_joined(&tracked.states);
}

/* The end that differs: the source behind a masquerading router, else the destination. */
static char *words_mapping(const struct query_context *context, const char *rest, struct error *error)
{
	char from[FLOW_END_TEXT], to[FLOW_END_TEXT], *text;
	struct tracked tracked;
	int end;

	(void)context;
	if (tracked_read(rest, &tracked, error))
		return NULL;
	if (tracked.count != 1) {
		error_set(error, "%" PRId64 " tracked connections match \"%s\", exactly one was expected", tracked.count, rest);
		return NULL;
	}
	flow_end_text(&tracked.last.original, 0, from);
	end = strcmp(from, flow_end_text(&tracked.last.reply, 1, to)) ? 0 : 1;
	flow_end_text(&tracked.last.original, end, from);
	flow_end_text(&tracked.last.reply, !end, to);
	if (asprintf(&text, "%s -> %s", from, to) < 0)
		text = NULL;
	return text;
}

static char *words_text(const struct query_context *context, const char *rest, struct error *error)
{
	(void)context;
	(void)error;
	return strdup(rest);
}

/* ---- all of them ---- */

char *query_measure(const struct query_context *context, const char *text, struct error *error)
{
	const char *rest;
	const struct query *query = query_find(text, &rest);
	int64_t value = 0;
	char *measured;

	if (!query) {
		error_set(error, "\"%s\" is no query; `tcpstate expect --help' lists them", text);
		return NULL;
	}
	if (query->answer) {
		if (query->answer(context, rest, &value, error))
			return NULL;
		if (asprintf(&measured, "%" PRId64, value) < 0)
			measured = NULL;
	} else {
		*error->text = '\0';
		measured = query->words(context, rest, error);
	}
	if (!measured && (query->answer || !*error->text))
		error_set(error, "out of memory");
	return measured;
}
