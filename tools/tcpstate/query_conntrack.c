/* Queries about a router: what its connection tracking holds. */
#include "query_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conntrack.h"

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

	if (chosen == NULL)
		return -1;
	*tracked = (struct tracked){.filter = chosen};
	result = conntrack_read(tracked_take, tracked, error);
	filter_free(chosen);
	return result;
}

char *query_conntrack(const struct query_context *context, const char *rest, struct error *error)
{
	struct tracked tracked;

	(void)context;
	return tracked_read(rest, &tracked, error) ? NULL : words_joined(&tracked.states);
}

/* The end that differs: the source behind a masquerading router, else the destination. */
char *query_mapping(const struct query_context *context, const char *rest, struct error *error)
{
	char from[FLOW_END_TEXT], to[FLOW_END_TEXT], *text;
	struct tracked tracked;
	int end;

	(void)context;
	if (tracked_read(rest, &tracked, error))
		return NULL;
	if (tracked.count != 1) {
		error_set(error,
			"%" PRId64 " tracked connections match \"%s\", exactly one was expected",
			tracked.count, rest);
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
