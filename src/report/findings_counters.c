/* Findings that rest on a counter of the kernel alone, and the counters that bear others out
 * (tally.c). */
#include "findings.h"

static void cite(const struct model *model, struct finding *finding, enum tally tally)
{
	finding_cite_part(finding, tally_counter(tally),
		connection_weight(&model->connections[finding->index]),
		tally_borne_out(model, finding->run, tally, finding->t_ns));
}

/* One finding a run: whose sockets they were is the first one's. */
static void tell_orphans(struct model *model, uint16_t run)
{
	struct finding *finding = NULL;

	for (size_t i = 0; i < model->transition_count; i++) {
		const struct transition *at = &model->transitions[i];
		const struct record *record = &at->record;

		if (at->run != run || record->listener ||
			record->reason.code != REASON_TOO_MANY_ORPHANS)
			continue;
		struct connection *connection = &model->connections[at->index];
		if (finding == NULL)
			finding = finding_of_run(model, run, FINDING_ORPHANS_RESET, record->t_ns);
		if (finding == NULL)
			return;
		if (finding->arg[0] == 0)
			finding_name_end(finding, 0, connection, record->side & 1);
		finding->arg[0] += connection_weight(connection);
		finding_set_add(&connection->finding_set, FINDING_ORPHANS_RESET);
		finding_cite_frame(finding, record->frame);
	}
	if (finding != NULL)
		finding_cite_part(finding, tally_counter(TALLY_ORPHAN), finding->arg[0],
			counter_moved(
				model, run, tally_counter(TALLY_ORPHAN), INT64_MIN, INT64_MAX));
}

bool findings_of_counters(struct model *model)
{
	for (uint16_t run = 0; run < model->run_count; run++)
		tell_orphans(model, run);
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *finding = &model->findings[i];

		if (finding->about != FINDING_OF_CONNECTION)
			continue;
		if (finding->code == FINDING_GAVE_UP ||
			finding->code == FINDING_KEEPALIVE_TIMED_OUT)
			cite(model, finding, TALLY_TIMED_OUT);
		if (finding->code == FINDING_ABORTED || finding->code == FINDING_UNREAD_AT_CLOSE ||
			finding->code == FINDING_SOCKET_DESTROYED ||
			finding->code == FINDING_PEER_REBOOTED)
			cite(model, finding, TALLY_RESET);
	}
	return !model->build->failed;
}
