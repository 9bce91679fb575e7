/* What a report of a recording that has lost packets may say: less than the kernel did, and nothing
 * else. Edges that the kernel made count as found. Of the others, those told as inferred and the
 * lives begun midway are counted apart; one that is said to have been seen is a difference. */
#include "oracle_losses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct losses losses;

/* Is this edge of the report's the kernel's? Out of UNKNOWN it says only where to. */
static bool is_same(const struct edge *trace, const struct edge *report)
{
	return trace->to == report->to && (trace->from == report->from || report->from == STATES);
}

static size_t longest(const struct edges *trace, const struct edges *report, uint16_t *best)
{
	size_t wide = report->count + 1;

	for (size_t i = trace->count; i-- > 0;)
		for (size_t j = report->count; j-- > 0;) {
			const struct edge *t = &trace->at[i], *r = &report->at[j];
			uint16_t *at = &best[i * wide + j];
			uint16_t without = at[wide] > at[1] ? at[wide] : at[1];
			*at = is_same(t, r) ? at[wide + 1] + 1 : without;
		}
	return best[0];
}

bool losses_compare(const struct edges *trace, const struct edges *report)
{
	size_t wide = report->count + 1, i = 0;
	uint16_t *best = calloc((trace->count + 1) * wide, sizeof(*best));
	bool seen = false;

	if (best == NULL)
		fatal("memory", "is used up");
	losses.edges += trace->count;
	losses.found += longest(trace, report, best);
	for (size_t j = 0; j < report->count;) {
		const struct edge *r = &report->at[j];
		const uint16_t *at = &best[i * wide + j];
		if (i < trace->count && is_same(&trace->at[i], r)) {
			i++;
			j++;
		} else if (i < trace->count && at[wide] >= at[1]) {
			i++;
		} else {
			losses.inferred += r->evidence == 'i';
			losses.seen += r->evidence != 'i';
			seen |= r->evidence != 'i';
			j++;
		}
	}
	free(best);
	return !seen;
}

bool losses_held(const struct endpoint *endpoint, int64_t t_ns, uint8_t got)
{
	const struct edges *report = &endpoint->report;
	const struct edge *last = NULL;

	for (size_t i = 0; i < report->count && report->at[i].t_ns <= t_ns; i++)
		last = &report->at[i];
	/* Whatever is not over may have gone on unseen. */
	if (last != NULL && got == CLOSED && last->evidence != 'i') {
		losses.seen++;
		return true;
	}
	losses.unheld++;
	return false;
}

void losses_print(size_t rows)
{
	printf("# %zu edges of the kernel's, %zu found; beside them %zu inferred, %zu lives begun "
	       "midway, %zu falsely said to have been seen",
		losses.edges, losses.found, losses.inferred, losses.midway, losses.seen);
	if (rows > 0)
		printf("; %zu rows in the end, %zu in another state, %zu states without a row",
			rows, losses.unheld, losses.outlived);
	printf("\n");
}
