/* Findings that the packets of many connections add up to: SYNs and data that nobody answered,
 * SYN-ACKs that went out again, refusals. One line a server, a client's host or a port. */
#include "findings.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connections that share an end: the same address and, of a server, the same port. */
struct sum {
	uint32_t connection; /* the first */
	uint64_t frame;
	int64_t count, connections;
	/* connections whose client sent its SYN again, too, or a final ACK */
	int64_t asked, answered, not_taken; /* the kernel showed the last */
	/* whose client's way was not captured, or whose client had not answered before them */
	int64_t unseen;
	uint8_t side;
	bool server;
};

struct sums {
	struct sum item[64];
	size_t count;
};

/* The sum of this end; NULL: too many others. */
static struct sum *sum_of(
	const struct model *model, struct sums *sums, uint32_t index, int side, bool server)
{
	const struct connection *connection = &model->connections[index];

	for (size_t i = 0; i < sums->count; i++) {
		struct sum *sum = &sums->item[i];
		const struct connection *first = &model->connections[sum->connection];

		if (sum->server == server && first->run == connection->run &&
			memcmp(first->key.addr[sum->side], connection->key.addr[side], 16) == 0 &&
			(!server || first->key.port_be[sum->side] == connection->key.port_be[side]))
			return sum;
	}
	if (sums->count == sizeof(sums->item) / sizeof(sums->item[0]))
		return NULL;
	sums->item[sums->count] =
		(struct sum){.connection = index, .side = (uint8_t)side, .server = server};
	return &sums->item[sums->count++];
}

static struct finding *tell_sum(struct model *model, const struct sum *sum, unsigned code)
{
	const struct connection *first = &model->connections[sum->connection];

	return finding_of_end(
		model, first->run, code, &first->key, sum->side, model->runs[first->run].last_ns);
}

static void tell_repeats(struct model *model)
{
	struct sums *sums = calloc(1, sizeof(*sums));

	if (sums == NULL) {
		model->build->failed = true;
		return;
	}
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if (connection->syn_ack_retransmissions == 0)
			continue;
		struct sum *sum = sum_of(model, sums, i, connection->client == 0, true);
		if (sum == NULL)
			continue;
		sum->count += (int64_t)connection->syn_ack_retransmissions;
		sum->connections++;
		if (connection->syn_resent)
			sum->asked += connection_weight(connection);
		else if (connection->client != -1 && connection->syn_ack_in_vain)
			sum->answered += connection_weight(connection);
		else if (connection->client != -1 &&
			 (connection->ends[connection->client].sent.segments == 0 ||
				 connection->ends[connection->client].acked))
			sum->unseen += connection_weight(connection);
		if (!connection->syn_resent && (connection->traits & TRAIT_ACK_IGNORED) != 0)
			sum->not_taken += connection_weight(connection);
		if (connection->folded != NULL) {
			sum->count += (int64_t)connection->folded->syn_ack_retransmissions;
			sum->connections += (int64_t)connection->folded->count;
		}
	}
	for (size_t i = 0; i < sums->count; i++) {
		struct finding *finding =
			tell_sum(model, &sums->item[i], FINDING_SYN_ACK_RETRANSMITTED);

		if (finding == NULL)
			continue;
		finding->arg[0] = sums->item[i].count;
		finding->arg[1] = sums->item[i].connections;
		finding->arg[2] = sums->item[i].asked;
		finding->arg[3] = sums->item[i].connections - sums->item[i].asked -
				  sums->item[i].answered - sums->item[i].unseen;
		bool not_taken = sums->item[i].not_taken == sums->item[i].answered;
		if (sums->item[i].answered > 0)
			snprintf(finding->text[not_taken], FINDING_TEXT, "%" PRId64,
				sums->item[i].answered);
		if (sums->item[i].answered == sums->item[i].connections && not_taken)
			finding->phrase[1] = PHRASE_NOT_TAKEN;
	}
	free(sums);
}

/* initial RTO, RFC 6298 2.1 */
static const int64_t SYN_WAIT_NS = INT64_C(1000000000);

/* With SYN cookies off a SYN that meets a full SYN queue is dropped and counted
 * (tcp_conn_request()). Whose queue it was is known where one listener alone had SYNs unanswered.
 */
static void tell_syn_queue(struct model *model, uint16_t run)
{
	int64_t dropped = counter_moved(model, run, "TcpExtTCPReqQFullDrop", INT64_MIN, INT64_MAX);
	uint32_t whose = INDEX_NONE;
	int64_t clients = 0;

	for (uint32_t i = 0; dropped > 0 && i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		int server = connection->client == 0;
		uint32_t at = INDEX_NONE;

		if (connection->run == run && connection->client != -1 &&
			connection->syn_unanswered > 0)
			at = listener_met(
				model, run, &connection->key, server, connection->first_ns);
		if (at == INDEX_NONE || (whose != INDEX_NONE && at != whose))
			continue;
		whose = at;
		clients += connection_weight(connection);
	}
	if (dropped <= 0)
		return;
	struct finding *finding =
		whose != INDEX_NONE ? finding_of_listener(model, whose, FINDING_SYN_QUEUE_FULL,
					      model->listeners[whose].first_ns)
				    : finding_of_run(model, run, FINDING_SYN_QUEUE_FULL,
					      model->runs[run].last_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = clients;
	finding->arg[1] = dropped;
	finding->arg[2] = whose != INDEX_NONE ? model->listeners[whose].backlog : 0;
	if (whose != INDEX_NONE && model->listeners[whose].has_owner)
		finding_name(finding, 0, &model->listeners[whose].owner);
	finding_cite_counter(finding, "TcpExtTCPReqQFullDrop", dropped);
}

/* A later SYN was answered: connect() succeeded, but late. */
static bool answered_late(const struct connection *connection)
{
	return connection->syn_acks > 0 && connection->syn_unanswered > 0 &&
	       connection->ends[0].has_isn && connection->ends[1].has_isn &&
	       connection->syn_ack_at_ns[0] > connection->syn_ns;
}

/* The SYNs in vain of such connections, or of the others, that met a queue which rows show full. */
static int64_t shown_full(const struct model *model, uint16_t run, bool late)
{
	int64_t count = 0;

	for (size_t i = 0; i < model->unanswered_count; i++) {
		const struct unanswered *at = &model->unanswered[i];
		const struct connection *connection = &model->connections[at->connection];

		count += connection->run == run && at->cause == UNANSWERED_QUEUE_FULL &&
			 answered_late(connection) == late;
	}
	return count;
}

/* Each SYN of this finding met a full accept queue, if as many were counted as were lost in all,
 * or more (ACKs count, too) and rows show the queue full at each: then as many of the count are its
 * own. */
static int64_t overflows_of(const struct model *model, struct finding *finding, uint16_t run,
	int64_t syns, int64_t lost)
{
	bool late = finding->code == FINDING_CONNECT_LATE;
	int64_t moved = counter_moved(model, run, "TcpExtListenOverflows", INT64_MIN, INT64_MAX);

	if (moved != lost && (moved < lost || shown_full(model, run, late) != syns))
		return 0;
	finding_cite_part(finding, "TcpExtListenOverflows", syns, moved);
	return syns;
}

/* It was answered, from an address that it had not asked. */
static bool answered_elsewhere(const struct connection *connection)
{
	return finding_set_has(&connection->finding_set, FINDING_ANSWERED_FROM_ELSEWHERE);
}

/* The SYNs of a connection that got no answer, with those folded into it. */
static int64_t syns_lost(const struct connection *connection)
{
	return (int64_t)connection->syn_unanswered +
	       (connection->folded != NULL ? (int64_t)connection->folded->syn_unanswered : 0);
}

static void take_late(struct finding *late, const struct connection *connection)
{
	int64_t took_ms = ms_of(connection->syn_ack_at_ns[0] - connection->syn_ns);

	late->arg[0] += connection_weight(connection);
	late->arg[1] = took_ms > late->arg[1] ? took_ms : late->arg[1];
	late->arg[2] += syns_lost(connection);
}

static void tell_unanswered(struct model *model, uint16_t run)
{
	int64_t syns = 0, connections = 0;
	struct finding late = {.code = FINDING_CONNECT_LATE};
	bool spared = true; /* all of those that were late */

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if (connection->run != run || model_may_have_lost(model, connection))
			continue;
		/* no recorder tells, and the capture ends before an answer is late */
		if ((connection->local_sides == 0 ||
			    (!model->runs[run].has_diag && !model->runs[run].has_facts)) &&
			connection->ends[0].sent.segments + connection->ends[1].sent.segments ==
				1 &&
			model->runs[run].last_ns - connection->last_ns < SYN_WAIT_NS)
			continue;
		/* an ICMP error answered: at first it may only have been noted */
		if (connection->unreachable || answered_elsewhere(connection) ||
			(!answered_late(connection) && finding_filtered(model, i)))
			continue;
		if (answered_late(connection)) {
			if (connection->syn_ack_at_ns[0] - connection->syn_ns < SYN_WAIT_NS / 2)
				continue; /* no time-out sent the second SYN: a copy */
			take_late(&late, connection);
			spared = spared && listener_spared(model, connection);
			continue;
		}
		syns += syns_lost(connection);
		connections += connection->syn_unanswered > 0 ? connection_weight(connection) : 0;
	}
	int64_t end_ns = model->runs[run].last_ns;
	struct finding *finding =
		syns > 0 ? finding_of_run(model, run, FINDING_SYN_UNANSWERED, end_ns) : NULL;
	if (finding != NULL) {
		finding->arg[0] = syns;
		finding->arg[1] = connections;
		finding->arg[2] = syns != connections ? syns : 0;
		finding->arg[3] = overflows_of(model, finding, run, syns, syns + late.arg[2]);
		finding->phrase[1] = finding->arg[3] > 0 ? PHRASE_FULL_QUEUE : 0;
	}
	finding = late.arg[0] > 0 ? finding_of_run(model, run, FINDING_CONNECT_LATE, end_ns) : NULL;
	if (finding != NULL) {
		memcpy(finding->arg, late.arg, sizeof(finding->arg));
		if (spared)
			finding_name_dropper(model, finding, 0);
		finding->arg[3] =
			overflows_of(model, finding, run, late.arg[2], syns + late.arg[2]);
		finding->phrase[1] = finding->arg[3] > 0 ? PHRASE_FULL_QUEUE : 0;
	}
}

bool findings_of_wire(struct model *model)
{
	tell_repeats(model);
	for (uint16_t run = 0; run < model->run_count; run++) {
		tell_syn_queue(model, run);
		tell_unanswered(model, run);
	}
	return !model->build->failed;
}
