/* Counters of the kernel as evidence: one that moved between two readings by exactly as many as the
 * report tells of such ends shows that the kernel counted them as that (docs/findings.md). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"

static bool is_local(const struct model *model, const struct transition *at)
{
	return !at->record.listener && at->index < model->connection_count &&
	       (model->connections[at->index].local_sides & 1 << (at->record.side & 1)) != 0;
}

/* tcp_write_err(): a connection that no answer came for any more. */
static bool timed_out(const struct model *model, const struct transition *at)
{
	unsigned code = at->record.reason.code;

	return is_local(model, at) && at->record.to == STATE_CLOSED &&
	       (code == REASON_RETRANSMISSION_TIMED_OUT || code == REASON_KEEPALIVE_TIMED_OUT ||
		       code == REASON_SYN_TIMED_OUT);
}

/* tcp_set_state(): an end that was open goes at once, whoever did it. */
static bool was_reset(const struct model *model, const struct transition *at)
{
	return is_local(model, at) && at->record.to == STATE_CLOSED &&
	       (at->record.from == STATE_ESTABLISHED || at->record.from == STATE_CLOSE_WAIT);
}

/* tcp_check_oom(): an end that its program had closed is reset; its FIN had gone out. */
static bool orphan_reset(const struct model *model, const struct transition *at)
{
	unsigned code = at->record.reason.code;
	const struct watch *watch = is_local(model, at) ? findings_watch(model, at->index) : NULL;

	return watch != NULL && at->record.to == STATE_CLOSED &&
	       (code == REASON_RST_SENT || code == REASON_TOO_MANY_ORPHANS) &&
	       watch->end[at->record.side & 1].fin_ns != 0 &&
	       watch->end[at->record.side & 1].rst.frame == at->record.frame;
}

/* By how much the counter moved between the two readings around t_ns, if just as many such ends
 * were told in that time; else 0. */
static int64_t counted(const struct model *model, uint16_t run, const char *name, int64_t t_ns,
	bool (*is_one)(const struct model *model, const struct transition *at))
{
	int64_t after_ns = INT64_MIN, read_ns = INT64_MAX, moved = 0, told = 0;

	for (size_t i = 0; i < model->counter_count; i++) {
		const struct counter *at = &model->counters[i];

		if (at->run != run || strcmp(at->name, name) != 0)
			continue;
		if (at->t_ns < t_ns && at->t_ns > after_ns)
			after_ns = at->t_ns;
		if (at->t_ns >= t_ns && at->t_ns < read_ns) {
			read_ns = at->t_ns;
			moved = at->delta;
		}
	}
	for (size_t i = 0; moved > 0 && i < model->transition_count; i++) {
		const struct transition *at = &model->transitions[i];

		if (at->run == run && at->record.t_ns > after_ns && at->record.t_ns <= read_ns &&
			is_one(model, at))
			told += connection_weight(&model->connections[at->index]);
	}
	return told == moved ? moved : 0;
}

bool too_many_orphans(const struct model *model, const struct transition *transition)
{
	return orphan_reset(model, transition) &&
	       counted(model, transition->run, "TcpExtTCPAbortOnMemory", transition->record.t_ns,
		       orphan_reset) > 0;
}

static void cite(struct model *model, struct finding *finding, const char *name,
	bool (*is_one)(const struct model *model, const struct transition *at))
{
	finding_cite_counter(
		finding, name, counted(model, finding->run, name, finding->t_ns, is_one));
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
		finding_cite_counter(finding, "TcpExtTCPAbortOnMemory",
			counter_moved(model, run, "TcpExtTCPAbortOnMemory", INT64_MIN, INT64_MAX));
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
			cite(model, finding, "TcpExtTCPAbortOnTimeout", timed_out);
		if (finding->code == FINDING_ABORTED || finding->code == FINDING_UNREAD_AT_CLOSE ||
			finding->code == FINDING_SOCKET_DESTROYED ||
			finding->code == FINDING_PEER_REBOOTED)
			cite(model, finding, "TcpEstabResets", was_reset);
	}
	return !model->build->failed;
}
