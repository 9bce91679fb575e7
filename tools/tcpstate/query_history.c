/* Queries about what has happened until the look: counters, captured packets, transitions. */
#include "query_parts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"

enum { END_TRIES = 1000 }; /* breaths of 10 ms */

static int unstable(struct error *error)
{
	return error_set(error, "packets and counters never stood still: traffic all the time, "
				"there is no moment to compare them at");
}

int query_counter(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	char name[64];

	if (*query_word(rest, name, sizeof(name)) || !*name)
		return error_set(error, "one NAME is wanted, as in: counter ListenOverflows");
	if (!context->look->stable)
		return unstable(error);
	if (!observer_counter(context->observer, name, context->since_mark, value))
		return error_set(error,
			"this kernel has no counter %s in /proc/net/netstat or /proc/net/snmp",
			name);
	return 0;
}

static int64_t since_ns(const struct query_context *context)
{
	return context->since_mark ? observer_mark_ns(context->observer) : 0;
}

static int scan_answer(const struct query_context *context, const char *rest, int64_t *value,
	int64_t scan(const char *path, const char *filter, int64_t since, int64_t until,
		struct error *error),
	struct error *error)
{
	char path[PATH_MAX + 16];

	if (!context->look->stable)
		return unstable(error);
	snprintf(path, sizeof(path), "%s/wire.1.pcap", observer_directory(context->observer));
	if (access(path, F_OK) == 0)
		return error_set(error, "the packets are recorded into a ring (--ring), from which "
					"they cannot be counted");
	snprintf(path, sizeof(path), "%s/wire.pcap", observer_directory(context->observer));
	*value = scan(path, rest, since_ns(context), context->look->packets_until_ns, error);
	return *value < 0 ? -1 : 0;
}

int query_packets(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	return scan_answer(context, rest, value, scan_packets, error);
}

int query_unanswered(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	return scan_answer(context, rest, value, scan_unanswered, error);
}

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

static int trace_usable(const struct query_context *context, int64_t since, struct error *error)
{
	return trace_complete(observer_trace(context->observer), since)
		       ? 0
		       : error_set(error,
				 "too many transitions were recorded to keep them all in memory");
}

int query_transitions(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	unsigned from, to;
	struct filter *filter;
	char word[64];

	rest = query_word(rest, word, sizeof(word));
	if (state_parse(word, true, &from, error))
		return -1;
	rest = query_word(rest, word, sizeof(word));
	if (state_parse(word, true, &to, error) || trace_usable(context, since_ns(context), error))
		return -1;
	filter = filter_new(rest, true, error);
	if (filter == NULL)
		return -1;
	*value =
		trace_count(observer_trace(context->observer), from, to, filter, since_ns(context));
	filter_free(filter);
	return 0;
}

/* That a request is gone no packet tells: the kernel is asked when its timer was due, and the end
 * stands in the trace a little later. */
static int end_await(const struct query_context *context, unsigned state,
	const struct filter *filter, int64_t *value, struct error *error)
{
	const struct trace *trace = observer_trace(context->observer);
	int tries = END_TRIES;

	do {
		*value = trace_held_ms(
			trace, state, true, filter, since_ns(context), context->look->t_ns);
		if (*value >= 0)
			return 0;
		if (observer_breath(context->observer, error))
			return -1;
	} while (--tries > 0);
	return 0;
}

int query_held_ms(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	unsigned state;
	struct filter *filter;
	const char *next;
	char word[64];
	bool ended;
	int result = 0;

	rest = query_word(rest, word, sizeof(word));
	if (state_parse(word, false, &state, error) ||
		trace_usable(context, INT64_MIN, error)) /* whenever it came into that state */
		return -1;
	next = query_word(rest, word, sizeof(word));
	ended = strcmp(word, "ended") == 0;
	filter = filter_new(ended ? next : rest, true, error);
	if (filter == NULL)
		return -1;
	if (ended)
		result = end_await(context, state, filter, value, error);
	else
		*value = trace_held_ms(observer_trace(context->observer), state, false, filter,
			since_ns(context), context->look->t_ns);
	filter_free(filter);
	if (result != 0)
		return -1;
	return *value < 0 ? error_set(error, "no socket that matches was in %s", state_name(state))
			  : 0;
}
