/* Final ACKs that were ignored for a reason that only counters tell. Between two reads of the
 * counters as many drops were counted as ACKs were ignored: then those were these. Where neither
 * the accept queue nor TCP_DEFER_ACCEPT counted any, the listener never got the ACK. */
#include <stdlib.h>
#include <string.h>

#include "findings.h"

enum { EXAMINED = 2048 /* corrections: the time that each takes grows with their number */ };

struct interval { /* between two reads: (from, to] */
	int64_t from_ns, to_ns;
};

static const int64_t READ_NS = 10 * (int64_t)WATCH_NS_PER_MS; /* as late as a read may be stamped */

/* A listener's own drops: tcp_v4_syn_recv_sock(), tcp_check_req(). */
static const char DEFERRED[] = "TcpExtTCPDeferAcceptDrop", OVERFLOWS[] = "TcpExtListenOverflows";
static const char *const drops[] = {DEFERRED, OVERFLOWS, "TcpExtListenDrops", "TcpExtPAWSEstab",
	"TcpExtTSEcrRejected", "TcpExtTCPACKSkippedSynRecv", "TcpInCsumErrors"};

/* The counters of TcpExt that moved have the time of their read; one at which nothing moved leaves
 * none. false: nothing was read after it. */
static bool interval_around(
	const struct model *model, uint16_t run, int64_t t_ns, struct interval *interval)
{
	*interval = (struct interval){INT64_MIN, INT64_MAX};
	for (size_t i = 0; i < model->counter_count; i++) {
		const struct counter *counter = &model->counters[i];

		if (counter->run != run || strncmp(counter->name, "TcpExt", 6) != 0)
			continue;
		if (counter->t_ns < t_ns && counter->t_ns > interval->from_ns)
			interval->from_ns = counter->t_ns;
		if (counter->t_ns >= t_ns && counter->t_ns < interval->to_ns)
			interval->to_ns = counter->t_ns;
	}
	return interval->to_ns != INT64_MAX;
}

static int64_t moved(
	const struct model *model, uint16_t run, const char *name, const struct interval *interval)
{
	return counter_moved(model, run, name,
		interval->from_ns < INT64_MAX ? interval->from_ns + 1 : INT64_MAX, interval->to_ns);
}

/* ACKs of this run that were ignored within the interval, for this reason. */
static int64_t ignored_within(
	const struct model *model, uint16_t run, uint16_t code, const struct interval *interval)
{
	int64_t count = 0;

	for (size_t i = 0; i < model->correction_count; i++) {
		const struct correction *correction = &model->corrections[i];

		if (correction->run != run || correction->record.reason.code != code)
			continue;
		for (uint32_t k = 0; k < correction->count; k++)
			if (correction->edge_times[k] > interval->from_ns &&
				correction->edge_times[k] <= interval->to_ns)
				count += (int64_t)(model_claims(model, correction) /
						   correction->count);
	}
	return count;
}

/* TCP_DEFER_ACCEPT counted as many or more (ACKs that the capture missed, or that no answer
 * contradicts, count too), and no overflow is left over. */
static bool all_deferred(
	const struct model *model, uint16_t run, const struct interval *interval, int64_t deferred)
{
	return deferred > 0 &&
	       deferred >= ignored_within(model, run, REASON_FINAL_ACK_IGNORED, interval) &&
	       moved(model, run, OVERFLOWS, interval) <=
		       ignored_within(model, run, REASON_ACCEPT_QUEUE_FULL, interval);
}

/* The counters were read well before and well after it, and no drop of a listener was counted. */
static bool none_counted(const struct model *model, uint16_t run, int64_t t_ns)
{
	struct interval before, after;

	if (t_ns <= INT64_MIN + READ_NS || t_ns >= INT64_MAX - READ_NS ||
		!interval_around(model, run, t_ns + READ_NS, &after))
		return false;
	interval_around(model, run, t_ns - READ_NS, &before);
	before.to_ns = after.to_ns;
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++)
		if (moved(model, run, drops[i], &before) != 0)
			return false;
	return true;
}

static struct reason reason_at(
	const struct model *model, const struct correction *correction, int64_t t_ns)
{
	uint16_t run = correction->run;
	struct interval interval;

	if (interval_around(model, run, t_ns, &interval)) {
		int64_t deferred = moved(model, run, DEFERRED, &interval);

		if (all_deferred(model, run, &interval, deferred))
			return (struct reason){REASON_ACCEPT_DEFERRED, {deferred, 0, 0}};
	}
	if (none_counted(model, run, t_ns))
		return (struct reason){REASON_FINAL_ACK_FILTERED, {0, 0, 0}};
	return correction->record.reason;
}

/* What holds of each of its claims. The whole run tells where its queues never overflowed. */
static struct reason reason_of(const struct model *model, size_t index)
{
	const struct correction *correction = &model->corrections[index];
	uint16_t run = correction->run;
	int64_t in_all = counter_moved(model, run, DEFERRED, INT64_MIN, INT64_MAX);

	if (in_all > 0 && counter_moved(model, run, OVERFLOWS, INT64_MIN, INT64_MAX) == 0)
		return (struct reason){REASON_ACCEPT_DEFERRED, {in_all, 0, 0}};
	if (index >= EXAMINED || correction->count == 0 || correction->count > EXAMINED)
		return correction->record.reason;
	struct reason first = reason_at(model, correction, correction->edge_times[0]);

	for (uint32_t k = 1; k < correction->count; k++)
		if (reason_at(model, correction, correction->edge_times[k]).code != first.code)
			return correction->record.reason;
	return first;
}

void model_ignored_acks(struct model *model)
{
	struct reason *found = calloc(model->correction_count + 1, sizeof(*found));

	if (found == NULL) {
		model->build->failed = true;
		return;
	}
	/* all are found before any is changed: they are counted by their reason */
	for (size_t i = 0; i < model->correction_count; i++) {
		found[i] = model->corrections[i].record.reason;
		if (found[i].code == REASON_FINAL_ACK_IGNORED)
			found[i] = reason_of(model, i);
	}
	for (size_t i = 0; i < model->correction_count; i++)
		model->corrections[i].record.reason = found[i];
	free(found);
}
