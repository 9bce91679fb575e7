/* Two reports of the same input, from two builds: where do they differ? Prints each end that has
 * other edges, evidence, reasons or corrections, and last one line of counts; exit 1 when there is
 * a difference. Edges are matched in order, so that one edge more is not told as many. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "told.h"

static struct {
	const char *file[2];
	bool brief;
} options;
static struct {
	size_t edges, only[2], evidence, reasons, frames, times, withdrawn, withdrawn_only[2], ends;
} tally;
static char shown[TOLD_END]; /* the end whose name stands above the differences */
static int64_t zero_ns;

static void line(const struct told *told, const char *what, const char *more)
{
	if (options.brief)
		return;
	if (strcmp(shown, told->end) != 0) {
		snprintf(shown, sizeof(shown), "%s", told->end);
		printf("  %s\n", told->end);
	}
	printf("    %-8s %+11.6f %s%s -> %s %s %s #%" PRIu64 "%s\n", what,
		(double)(told->t_ns - zero_ns) / 1e9, told->correction ? "withdrawn " : "",
		told->from, told->to, told->evidence, told->reason, told->frame, more);
}

static void same_edge(const struct told *old, const struct told *new)
{
	char more[192] = "";
	size_t used = 0;
	if (strcmp(old->evidence, new->evidence) != 0) {
		tally.evidence++;
		used += (size_t)snprintf(
			more + used, sizeof(more) - used, " | evidence %s", new->evidence);
	}
	if (strcmp(old->reason, new->reason) != 0) {
		tally.reasons++;
		used += (size_t)snprintf(
			more + used, sizeof(more) - used, " | reason %s", new->reason);
	}
	if (old->frame != new->frame) {
		tally.frames++;
		used += (size_t)snprintf(
			more + used, sizeof(more) - used, " | #%" PRIu64, new->frame);
	}
	if (old->t_ns != new->t_ns) {
		tally.times++;
		snprintf(more + used, sizeof(more) - used, " | %+.6f s",
			(double)(new->t_ns - old->t_ns) / 1e9);
	}
	if (*more != '\0')
		line(old, "new has", more);
}

/* The edges of one kind (transitions or corrections) of one end. */
static void compare(
	const struct told *old, size_t old_count, const struct told *new, size_t new_count)
{
	size_t *match = calloc(old_count + 1, sizeof(*match)), j = 0;
	if (match == NULL)
		told_fatal("memory", "none left");
	edges_match(old, old_count, new, new_count, match);
	for (size_t i = 0; i <= old_count; i++) {
		size_t to = i < old_count ? match[i] : new_count;
		if (to == SIZE_MAX) {
			(old[i].correction ? tally.withdrawn_only : tally.only)[0]++;
			line(&old[i], "old only", "");
			continue;
		}
		for (; j < to; j++) {
			(new[j].correction ? tally.withdrawn_only : tally.only)[1]++;
			line(&new[j], "new only", "");
		}
		if (i < old_count) {
			(*(old[i].correction ? &tally.withdrawn : &tally.edges))++;
			same_edge(&old[i], &new[j++]);
		}
	}
	free(match);
}

/* Puts one end's transitions before its corrections; returns how many. */
static size_t transitions_first(struct told *at, size_t count)
{
	size_t first = 0;
	for (size_t i = 0; i < count; i++) {
		if (at[i].correction)
			continue;
		struct told one = at[i];
		memmove(&at[first + 1], &at[first], (i - first) * sizeof(*at));
		at[first++] = one;
	}
	return first;
}

static size_t run_length(const struct tolds *tolds, size_t from, const char *end)
{
	size_t length = 0;
	while (from + length < tolds->count && strcmp(tolds->at[from + length].end, end) == 0)
		length++;
	return length;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'b':
		options.brief = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			return ARGP_ERR_UNKNOWN;
		options.file[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (options.file[1] == NULL)
			argp_error(state, "two reports are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"brief", 'b', NULL, 0, "the counts alone", 0}, {0}};
	const struct argp argp = {table, parse, "OLD.jsonl NEW.jsonl",
		"Compare two reports of one input.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	struct tolds old = tolds_read(options.file[0]), new = tolds_read(options.file[1]);
	for (size_t i = 0; i < old.count; i++)
		if (zero_ns == 0 || old.at[i].t_ns < zero_ns)
			zero_ns = old.at[i].t_ns;
	for (size_t i = 0, j = 0; i < old.count || j < new.count; tally.ends++) {
		const char *end = i == old.count                             ? new.at[j].end
				  : j == new.count                           ? old.at[i].end
				  : strcmp(old.at[i].end, new.at[j].end) < 0 ? old.at[i].end
									     : new.at[j].end;
		size_t a = run_length(&old, i, end), b = run_length(&new, j, end),
		       a_first = transitions_first(old.at + i, a),
		       b_first = transitions_first(new.at + j, b);
		compare(old.at + i, a_first, new.at + j, b_first);
		compare(old.at + i + a_first, a - a_first, new.at + j + b_first, b - b_first);
		i += a;
		j += b;
	}
	printf("  ends %zu edges %zu old-only %zu new-only %zu evidence %zu reason %zu frame %zu "
	       "time %zu corrections %zu old-only %zu new-only %zu\n",
		tally.ends, tally.edges, tally.only[0], tally.only[1], tally.evidence,
		tally.reasons, tally.frames, tally.times, tally.withdrawn, tally.withdrawn_only[0],
		tally.withdrawn_only[1]);
	free(old.at);
	free(new.at);
	return tally.only[0] + tally.only[1] + tally.evidence + tally.reasons + tally.frames +
				       tally.times + tally.withdrawn_only[0] +
				       tally.withdrawn_only[1] >
			       0
		       ? 1
		       : 0;
}
