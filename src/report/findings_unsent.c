/* Findings about what never left this host: the kernel shows bytes that a connection has to
 * send, or a SYN, for a while, and no packet of that end is captured. A rule that drops on the
 * way out, an interface that is down, a next hop that does not answer. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <string.h>
#include <sys/socket.h>

static bool seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

void model_address(struct model *model, unsigned family, const uint8_t addr[16], bool gone)
{
	struct model_build *build = model->build;
	struct address_moved *moved =
		build->addresses_count < ADDRESSES_MAX
			? PUSH(model, build->addresses, build->addresses_count)
			: NULL;

	if (moved == NULL)
		return;
	build->addresses_count++;
	*moved = (struct address_moved){
		.run = (uint16_t)(model->run_count - 1), .family = (uint8_t)family, .gone = gone};
	memcpy(moved->addr, addr, sizeof(moved->addr));
}

/* This end's address was taken from the host, and has not come back. */
static bool address_gone(const struct model *model, const struct connection *connection, int side)
{
	const struct flow_key *key = &connection->key;
	bool gone = false;

	for (size_t i = 0; i < model->build->addresses_count; i++) {
		const struct address_moved *at = &model->build->addresses[i];

		if (at->run == connection->run && at->family == key->family &&
			memcmp(at->addr, key->addr[side], at->family == AF_INET ? 4 : 16) == 0)
			gone = at->gone;
	}
	return gone;
}

/* A row of this end: are there bytes that the wire does not show? */
void watch_queued(struct watch *watch, int side, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];
	struct queued *queued = &watch->end[side].queued;
	int64_t t_ns = record->event->t_ns;

	if (row->send_q == 0 || own->last.t_ns == 0 ||
		(row->state != STATE_ESTABLISHED && row->state != STATE_CLOSE_WAIT)) {
		queued->since_ns = 0;
		return;
	}
	if (queued->since_ns == 0 || own->last.t_ns >= queued->since_ns)
		queued->since_ns = t_ns;
	/* all that was captured is acknowledged, and the other's window is open */
	if (other->stall.zero_ns != 0 || seq_after(own->last.seq + own->last.len, other->last.ack))
		return;
	queued->rows++;
	queued->row_diag = record->diag_frame;
	if (t_ns - queued->since_ns <= queued->longest_ns)
		return;
	queued->longest_ns = t_ns - queued->since_ns;
	queued->bytes = row->send_q;
	queued->diag = record->diag_frame;
}

/* Nothing that was sent can be missing from the capture: it lost nothing, was made on all
 * interfaces, and its filter, if any, looks at ends only. */
bool captured_all(const struct run *run)
{
	return run->has_facts && run->has_diag && !run->incomplete && run->dropped_packets == 0 &&
	       strstr(run->manifest, "\"interface\":\"any\"") != NULL &&
	       strstr(run->manifest, "\"filter\":\"") == NULL;
}

static void tell_queued(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	if (watch == NULL || ms_of(watch->end[side].queued.longest_ns) < FINDING_HELD_MS)
		return;
	const struct queued *queued = &watch->end[side].queued;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_NEVER_LEFT, model->runs[connection->run].last_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(queued->longest_ns);
	finding->arg[2] = queued->bytes;
	if (address_gone(model, connection, side))
		finding->phrase[1] = PHRASE_ADDRESS_GONE;
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, watch->end[side].last.frame);
	finding_cite_diag(finding, queued->diag);
}

/* The kernel showed SYN_SENT, and neither SYN nor answer was captured. */
static void tell_syn(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	int client = connection->client;
	int64_t until_ns = model->runs[connection->run].last_ns;
	const struct record *opened = NULL;

	if (client == -1 || !(connection->local_sides & 1 << client) || connection->unreachable ||
		connection->ends[0].sent.segments + connection->ends[1].sent.segments > 0)
		return;
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record == NULL || (record->side & 1) != client)
			continue;
		if (opened == NULL && record->to == STATE_SYN_SENT)
			opened = record;
		else if (opened != NULL && record->to != STATE_CLOSED)
			return;
		else if (opened != NULL)
			until_ns =
				record->not_before_ns != 0 ? record->not_before_ns : record->t_ns;
	}
	if (opened == NULL || opened->diag_frame == 0 ||
		ms_of(until_ns - opened->t_ns) < FINDING_HELD_MS)
		return;
	struct finding *finding =
		finding_of_connection(model, index, client, FINDING_NEVER_LEFT, opened->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(until_ns - opened->t_ns);
	finding->arg[1] = 1;
	finding_name_end(finding, 0, connection, client);
	finding_cite_diag(finding, opened->diag_frame);
	finding_cite_counter(finding, "TcpExtTCPRetransFail",
		counter_moved(
			model, connection->run, "TcpExtTCPRetransFail", INT64_MIN, INT64_MAX));
}

bool findings_of_unsent(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++) {
		if (!captured_all(&model->runs[model->connections[i].run]))
			continue;
		tell_syn(model, i);
		for (int side = 0; side < 2; side++)
			tell_queued(model, i, side);
	}
	return !model->build->failed;
}
