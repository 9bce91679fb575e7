/* What the kernel counted against what the report tells: a counter that moved between two readings
 * by exactly as many as there are such ends bears them out (docs/findings.md). Each finding asks,
 * so readings and ends are put in order once. */
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "tcpstate/sorted.h"

struct running { /* a reading of a counter, or an end: how many, and all up to this one */
	int64_t t_ns;
	uint64_t own, sum; /* of a hostile recording: may go round */
	uint16_t run;
};
struct sums {
	struct running *item; /* by run and time; NULL: not known yet */
	size_t count;
};
struct tallies { /* by enum tally */
	struct sums told[TALLIES], counted[TALLIES], other[TALLIES];
};

static bool is_local(const struct model *model, const struct transition *at)
{
	return !at->record.listener && at->record.to == STATE_CLOSED &&
	       at->index < model->connection_count &&
	       (model->connections[at->index].local_sides & 1 << (at->record.side & 1)) != 0;
}

/* tcp_write_err(): a connection that no answer came for any more. */
static bool timed_out(const struct model *model, const struct transition *at)
{
	unsigned code = at->record.reason.code;

	return is_local(model, at) &&
	       (code == REASON_RETRANSMISSION_TIMED_OUT || code == REASON_KEEPALIVE_TIMED_OUT ||
		       code == REASON_SYN_TIMED_OUT);
}

/* tcp_set_state(): an end that was open goes at once, whoever did it. */
static bool was_reset(const struct model *model, const struct transition *at)
{
	return is_local(model, at) &&
	       (at->record.from == STATE_ESTABLISHED || at->record.from == STATE_CLOSE_WAIT);
}

/* tcp_check_oom(): an end that its program had closed is reset by RST|ACK; its FIN had gone out. */
static bool orphan_reset(const struct model *model, const struct transition *at)
{
	unsigned code = at->record.reason.code;
	const struct watch *watch = is_local(model, at) ? findings_watch(model, at->index) : NULL;
	const struct watched_end *end = watch != NULL ? &watch->end[at->record.side & 1] : NULL;

	return end != NULL && (code == REASON_RST_SENT || code == REASON_TOO_MANY_ORPHANS) &&
	       end->fin_ns != 0 && end->rst.frame == at->record.frame &&
	       (end->rst.flags & TCP_ACK) != 0;
}

/* tcp_close(): an RST by its program's close(), abort or end, as far as packets tell. */
static bool closed_by_rst(const struct model *model, const struct transition *at)
{
	return at->record.reason.code == REASON_RST_SENT && is_local(model, at) &&
	       findings_watch(model, at->index) != NULL;
}

/* unless: a counter that must not have moved, as both count such ends */
static const struct {
	const char *counter, *unless;
	bool (*is_one)(const struct model *model, const struct transition *at);
} kinds[TALLIES] = {
	[TALLY_TIMED_OUT] = {"TcpExtTCPAbortOnTimeout", NULL, timed_out},
	[TALLY_RESET] = {"TcpEstabResets", NULL, was_reset},
	[TALLY_ORPHAN] = {"TcpExtTCPAbortOnMemory", NULL, orphan_reset},
	[TALLY_UNREAD] = {"TcpExtTCPAbortOnClose", "TcpExtTCPAbortOnData", closed_by_rst},
};

bool tally_is_one(const struct model *model, enum tally tally, const struct transition *transition)
{
	return kinds[tally].is_one(model, transition);
}

const char *tally_counter(enum tally tally)
{
	return kinds[tally].counter;
}

static int compare_running(const void *left, const void *right)
{
	const struct running *a = left, *b = right;

	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

static void sums_finish(struct sums *sums)
{
	uint64_t sum = 0;

	qsort(sums->item, sums->count, sizeof(*sums->item), compare_running);
	for (size_t i = 0; i < sums->count; i++)
		sums->item[i].sum = sum += sums->item[i].own;
}

static bool readings_gather(const struct model *model, const char *name, struct sums *sums)
{
	sums->item = malloc((model->counter_count + 1) * sizeof(*sums->item));
	if (sums->item == NULL)
		return false;
	for (size_t i = 0; i < model->counter_count; i++) {
		const struct counter *at = &model->counters[i];

		if (strcmp(at->name, name) == 0)
			sums->item[sums->count++] = (struct running){
				.t_ns = at->t_ns, .own = (uint64_t)at->delta, .run = at->run};
	}
	sums_finish(sums);
	return true;
}

static bool told_gather(const struct model *model, enum tally tally, struct sums *sums)
{
	size_t size = 0;

	for (size_t i = 0; i < model->transition_count; i++)
		size += kinds[tally].is_one(model, &model->transitions[i]);
	sums->item = malloc((size + 1) * sizeof(*sums->item));
	if (sums->item == NULL)
		return false;
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct transition *at = &model->transitions[i];

		if (kinds[tally].is_one(model, at))
			sums->item[sums->count++] = (struct running){.t_ns = at->record.t_ns,
				.own = (uint64_t)connection_weight(&model->connections[at->index]),
				.run = at->run};
	}
	sums_finish(sums);
	return true;
}

/* After after_ns, up to until_ns. */
static uint64_t between(const struct sums *sums, uint16_t run, int64_t after_ns, int64_t until_ns)
{
	struct running after = {.run = run, .t_ns = after_ns},
		       until = {.run = run, .t_ns = until_ns};
	size_t from =
		sorted_upto(&after, sums->item, sums->count, sizeof(*sums->item), compare_running);
	size_t to =
		sorted_upto(&until, sums->item, sums->count, sizeof(*sums->item), compare_running);

	return (to > 0 ? sums->item[to - 1].sum : 0) - (from > 0 ? sums->item[from - 1].sum : 0);
}

static bool gather(const struct model *model, enum tally tally, struct tallies *all)
{
	return (all->counted[tally].item != NULL ||
		       readings_gather(model, kinds[tally].counter, &all->counted[tally])) &&
	       (all->told[tally].item != NULL || told_gather(model, tally, &all->told[tally])) &&
	       (kinds[tally].unless == NULL || all->other[tally].item != NULL ||
		       readings_gather(model, kinds[tally].unless, &all->other[tally]));
}

int64_t tally_borne_out(const struct model *model, uint16_t run, enum tally tally, int64_t t_ns)
{
	struct model_build *build = model->build;
	const struct running wanted = {.run = run, .t_ns = t_ns};

	if (build->tallies == NULL)
		build->tallies = calloc(1, sizeof(*build->tallies));
	if (build->tallies == NULL || !gather(model, tally, build->tallies)) {
		build->failed = true;
		return 0;
	}
	const struct sums *counted = &build->tallies->counted[tally];
	size_t at = sorted_before(
		&wanted, counted->item, counted->count, sizeof(wanted), compare_running);
	const struct running *reading = &counted->item[at];
	if (at == counted->count || reading->run != run || reading->own == 0)
		return 0;
	int64_t after_ns = at > 0 && reading[-1].run == run ? reading[-1].t_ns : INT64_MIN;
	bool others = kinds[tally].unless != NULL &&
		      between(&build->tallies->other[tally], run, after_ns, reading->t_ns) != 0;
	uint64_t told = between(&build->tallies->told[tally], run, after_ns, reading->t_ns);
	return !others && told == reading->own ? (int64_t)told : 0;
}

void tallies_free(struct tallies *tallies)
{
	for (int i = 0; tallies != NULL && i < TALLIES; i++) {
		free(tallies->told[i].item);
		free(tallies->counted[i].item);
		free(tallies->other[i].item);
	}
	free(tallies);
}

bool too_many_orphans(const struct model *model, const struct transition *transition)
{
	return tally_is_one(model, TALLY_ORPHAN, transition) &&
	       tally_borne_out(model, transition->run, TALLY_ORPHAN, transition->record.t_ns) > 0;
}
