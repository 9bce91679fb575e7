/* Findings about options by which a program makes its own bytes, or its close(), wait: TCP_CORK,
 * SO_LINGER with a time. The calls tell of the option, the wire or the call of the wait. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Linux: TCP_RTO_MIN, after which a segment goes that was held back (tcp_probe_timer()) */
	HELD_LEAST_MS = 195,
	HELD_MOST_MS = 240,
	HELD_OFTEN = 2,
	UNSEEN_OFTEN = 4 /* where no call tells */
};

void watch_corked(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side];
	const struct watched_end *other = &watch->end[!side];
	int64_t before_ns = own->last.t_ns > other->last.t_ns ? own->last.t_ns : other->last.t_ns;
	int64_t waited_ms = ms_of(record->t_ns - before_ns);

	if (segment->len == 0 || segment->len > SMALL_MOST || record->retransmission ||
		before_ns == 0 || waited_ms < HELD_LEAST_MS || waited_ms > HELD_MOST_MS ||
		other->stall.zero_ns != 0)
		return;
	own->corked++;
	own->corked_ns += record->t_ns - before_ns;
	own->corked_frame = record->frame;
}

/* The newest call that set this option on this end's socket, by its words; NULL: none. */
static const struct model_call *option_set(
	const struct model *model, const struct connection *connection, int side, const char *words)
{
	const struct model_call *newest = NULL;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.what == CALLED_SETSOCKOPT && at->call.error == 0 &&
			strncmp(at->call.arguments, words, strlen(words)) == 0)
			newest = at;
	}
	return newest;
}

/* The newest send() of this end that announced more; NULL: none, or the program's calls are not
 * known. */
static const struct model_call *more_announced(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = connection->call_count; i-- > 0;) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && call_sends(at->call.what) && at->call.error == 0 &&
			strstr(at->call.arguments, "MSG_MORE") != NULL)
			return at;
	}
	return NULL;
}

static void tell_corked(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	if (watch == NULL || watch->end[side].corked < HELD_OFTEN)
		return;
	const struct model_call *set = option_set(model, connection, side, "TCP_CORK = ");
	bool option = set != NULL && strcmp(set->call.arguments, "TCP_CORK = 0") != 0;
	const struct model_call *more = option ? NULL : more_announced(model, connection, side);
	const struct model_call *cause = option ? set : more;
	/* a program's own pauses have nothing to send meanwhile */
	if (cause == NULL && (watch->end[side].corked < UNSEEN_OFTEN ||
				     watch->end[side].queued.rows < HELD_OFTEN))
		return;
	struct finding *finding = finding_of_connection(model, index, side, FINDING_CORKED,
		cause != NULL ? cause->at_ns : connection->first_ns);
	if (finding == NULL)
		return;
	finding->arg[2] = option;
	finding->arg[3] = cause == NULL;
	finding->phrase_state = more != NULL;
	finding->arg[0] = watch->end[side].corked;
	finding->arg[1] = ms_of(watch->end[side].corked_ns);
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, watch->end[side].corked_frame);
	if (cause != NULL)
		finding_cite_call(finding, cause);
	else
		finding_cite_diag(finding, watch->end[side].queued.row_diag);
}

/* "SO_LINGER = on, 3 s": 3 */
static int64_t linger_of(const struct model_call *set)
{
	static const char on[] = "SO_LINGER = on, ";
	const char *words = set != NULL ? set->call.arguments : "";

	return strncmp(words, on, sizeof(on) - 1) == 0 ? strtol(words + sizeof(on) - 1, NULL, 10)
						       : 0;
}

static void tell_close(struct model *model, uint32_t index, const struct model_call *close)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct model_call *set = option_set(model, connection, close->side, "SO_LINGER");
	int64_t held_ms = ms_of(close->call.returned_ns - close->call.entered_ns);

	if (linger_of(set) <= 0)
		return;
	struct finding *finding = finding_of_connection(
		model, index, close->side, FINDING_CLOSE_LINGERS, close->at_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = held_ms;
	finding->arg[1] = linger_of(set);
	finding->arg[2] = watch != NULL && watch->end[!close->side].stall.zero_longest_ns > 0;
	finding_name_caller(finding, 0, &close->call);
	finding_cite_call(finding, set);
	finding_cite_call(finding, close);
}

bool findings_of_held_back(struct model *model)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->call.what == CALLED_CLOSE && at->call.last && at->call.returned_ns != 0 &&
			at->connection != UINT32_MAX &&
			ms_of(at->call.returned_ns - at->call.entered_ns) >= FINDING_HELD_MS)
			tell_close(model, at->connection, at);
	}
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			tell_corked(model, i, side);
	return !model->build->failed;
}
