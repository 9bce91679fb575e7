/* Findings about data that nobody acknowledged. Three cases, as the evidence tells them apart: the
 * kernel showed the receiver's socket all the while; nothing at all came from the receiver; or it
 * was heard, and took none of it. */
#include "findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	IDLE_LONG_MS = 10000, /* shorter is no reason for a translator to forget */
	COMPARED = 8
};

int64_t stalled_since_ns(const struct watch *watch, int side)
{
	const struct watched_end *own = &watch->end[side];
	int64_t again_ns = own->stall.again_first_ns;

	return own->request_last_ns != 0 && own->request_last_ns < again_ns ? own->request_last_ns
									    : again_ns;
}

int64_t idle_before_ms(const struct watch *watch, int side)
{
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];
	int64_t heard_ns = other->last.t_ns;
	int64_t spoke_ns = own->fin_ns > own->request_last_ns ? own->fin_ns : own->request_last_ns;

	if (heard_ns == 0 || spoke_ns == 0 || spoke_ns > own->stall.again_first_ns ||
		ms_of(spoke_ns - heard_ns) < IDLE_LONG_MS)
		return 0;
	return ms_of(spoke_ns - heard_ns);
}

/* Is there a finding that says more of what this end sent? */
static bool concluded(const struct model *model, uint32_t index, int side)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *told = &model->findings[i];

		if (told->about == FINDING_OF_CONNECTION && told->index == index &&
			told->side == side &&
			(told->code == FINDING_GAVE_UP || told->code == FINDING_SEGMENTS_TOO_LARGE))
			return true;
	}
	return false;
}

/* The finding of this kind about the receiver, `side`: one for all clients of a server. */
static struct finding *finding_about(struct model *model, uint32_t index, int side, unsigned code)
{
	const struct connection *connection = &model->connections[index];
	bool server = connection->client != side;

	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *told = &model->findings[i];

		if (told->code == code && told->run == connection->run &&
			memcmp(told->key.addr[told->side], connection->key.addr[side], 16) == 0 &&
			told->with_server == server &&
			(!server || told->key.port_be[told->side] == connection->key.port_be[side]))
			return told;
	}
	struct finding *finding = finding_of_end(model, connection->run, code, &connection->key,
		side, model->runs[connection->run].last_ns);
	if (finding != NULL)
		finding->with_server = server;
	return finding;
}

/* The kernel showed this end's socket, open, before the data went out again and after that. */
static bool was_there(const struct connection *connection, const struct watch *watch, int side)
{
	const struct shown *shown = &watch->end[side].shown;
	int64_t from_ns = watch->end[!side].stall.again_first_ns;
	int64_t first_ns = shown->waiting_ns != 0 ? shown->waiting_ns : shown->held_ns;

	return (connection->local_sides & 1 << side) != 0 && first_ns != 0 && first_ns < from_ns &&
	       (shown->open_asked_ns > from_ns || shown->orphan_asked_ns > from_ns);
}

/* Of the data that the other end sent to `side`. */
static unsigned code_of(const struct connection *connection, const struct watch *watch, int side)
{
	const struct watched_end *receiver = &watch->end[side];
	const struct stall *stall = &watch->end[!side].stall;

	/* of an end of which nothing was ever captured, silence is the capture's */
	if (stall->acked_ns != 0 || connection->ends[side].sent.segments == 0)
		return FINDING_DATA_UNACKNOWLEDGED;
	if (was_there(connection, watch, side))
		return FINDING_DATA_DROPPED;
	return receiver->last.t_ns >= stall->again_first_ns ? FINDING_DATA_UNACKNOWLEDGED
							    : FINDING_PEER_SILENT;
}

static void take_longest(struct finding *finding, const struct stall *stall)
{
	int64_t longest_ms = ms_of(stall->again_longest_ns);

	if (longest_ms <= finding->arg[1])
		return;
	finding->arg[0] = stall->again_most;
	finding->arg[1] = longest_ms;
	finding_cite_frame(finding, stall->again_frame);
}

/* What was sent again is larger than anything that arrived before: the path may be too narrow. */
static void name_size(struct finding *finding, const struct sizes *sizes)
{
	finding->text[0][0] = '\0';
	if (sizes->stalled >= SMALL_MOST && sizes->stalled > sizes->arrived)
		snprintf(finding->text[0], FINDING_TEXT, "%" PRIu32, sizes->stalled);
}

static void take_silence(struct model *model, struct finding *finding, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct stall *stall = &watch->end[!side].stall;
	int64_t heard_ns = watch->end[side].last.t_ns;

	if (heard_ns == 0) /* but for its SYN-ACK, if that */
		heard_ns = connection->syn_acks > 0 ? connection->syn_ack_at_ns[0]
						    : stall->again_first_ns;
	int64_t silent_ms = ms_of(stall->again_first_ns + stall->again_longest_ns - heard_ns);

	finding->arg[0] += connection_weight(connection);
	if (silent_ms <= finding->arg[1])
		return;
	finding->arg[1] = silent_ms;
	finding->arg[2] = idle_before_ms(watch, !side);
	name_size(finding, &watch->end[!side].sizes);
	if (finding->arg[0] <= COMPARED) /* each costs a pass over the connections */
		finding->arg[3] = others_heard(model, index, side, stalled_since_ns(watch, !side));
	finding_cite_frame(finding, watch->end[side].last.frame);
	finding_cite_frame(finding, stall->again_frame);
}

static void tell_unacknowledged(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct stall *stall = &watch->end[!side].stall;

	if (ms_of(stall->again_longest_ns) < FINDING_HELD_MS || concluded(model, index, !side))
		return;
	/* what it answered was not captured: so may its acknowledgements not have been */
	if (watch->end[side].unseen_ns > stall->again_first_ns)
		return;
	unsigned code = code_of(connection, watch, side);
	/* its data were acknowledged since, though not captured: it is heard, by its peer */
	if (code == FINDING_PEER_SILENT && watch->end[side].unseen_ns > watch->end[side].last.t_ns)
		return;
	struct finding *finding = finding_about(model, index, side, code);
	if (finding == NULL)
		return;
	if (code == FINDING_PEER_SILENT) {
		take_silence(model, finding, index, side);
		return;
	}
	take_longest(finding, stall);
	finding->arg[2] += connection_weight(connection);
	if (code == FINDING_DATA_UNACKNOWLEDGED && connection->client == !side &&
		!connection->syn_resent)
		finding->arg[3] += (int64_t)connection->syn_ack_retransmissions;
	if (code == FINDING_DATA_DROPPED) {
		int64_t idle_ms = idle_before_ms(watch, !side);

		finding->arg[3] = idle_ms > finding->arg[3] ? idle_ms : finding->arg[3];
		strcpy(finding->text[0],
			state_name(model_state_at(model, connection, side, stall->again_last_ns)));
		finding_cite_diag(finding, watch->end[side].shown.open_diag);
		finding_cite_diag(finding, watch->end[side].shown.orphan_diag);
	}
}

bool findings_of_silence(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; findings_watch(model, i) != NULL && side < 2; side++)
			tell_unacknowledged(model, i, side);
	return !model->build->failed;
}
