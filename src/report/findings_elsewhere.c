/* Findings about answers that met no socket of the client's: from an address that it had never
 * asked, as an address translator that sees one direction only lets through; or a SYN-ACK for a
 * SYN that no socket had sent, or whose socket was gone. */
#include "findings.h"
#include "model_looks.h"
#include "tcpstate/sorted.h"

#include <stdlib.h>
#include <string.h>

enum {
	STRAYS_MAX = 256,          /* looked at */
	NEAR_BYTES = 1 << 20,      /* further apart, sequence numbers are another connection's */
	TRANSLATED_NS = 2000000000 /* an answer that comes later is another's */
};

static bool near_after(uint32_t from, uint32_t at, uint64_t bytes)
{
	return at - from <= bytes + NEAR_BYTES;
}

/* The client's end of a connection that the client never opened, and of which it sent nothing but
 * the RST that answers; -1: it is none. */
static int stray_side(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];

	for (int side = 0; side < 2; side++) {
		const struct record *edge = finding_last_edge(model, connection, !side);

		if (!connection->ends[side].has_isn && connection->ends[side].sent.bytes == 0 &&
			connection->ends[side].sent.segments > 0 &&
			connection->ends[!side].sent.segments > 0 && edge != NULL &&
			edge->to == STATE_CLOSED && edge->reason.code == REASON_RST_RECEIVED)
			return side;
	}
	return -1;
}

/* Same client, same numbers, another address: the connection that the stray's answer belongs to. */
static bool belongs(const struct connection *asked, const struct connection *stray, int side)
{
	int own = -1;

	for (int at = 0; at < 2; at++)
		if (asked->key.port_be[at] == stray->key.port_be[side] &&
			memcmp(asked->key.addr[at], stray->key.addr[side], 16) == 0)
			own = at;
	if (own == -1 || asked->run != stray->run || !asked->ends[own].has_isn ||
		memcmp(asked->key.addr[!own], stray->key.addr[!side], 16) == 0 ||
		stray->first_ns < asked->first_ns ||
		stray->first_ns > asked->last_ns + TRANSLATED_NS)
		return false;
	if (stray->ends[!side].has_isn) /* a SYN-ACK: of just that SYN */
		return stray->ends[side].newest_seq == asked->ends[own].isn + 1;
	return asked->ends[!own].has_isn &&
	       near_after(asked->ends[own].isn, stray->ends[side].newest_seq,
		       asked->ends[own].sent.bytes) &&
	       near_after(asked->ends[!own].isn, stray->ends[!side].newest_seq,
		       asked->ends[!own].sent.bytes);
}

static void tell_elsewhere(
	struct model *model, struct connection *asked, const struct connection *stray, int side)
{
	int client = asked->key.port_be[0] == stray->key.port_be[side] &&
				     memcmp(asked->key.addr[0], stray->key.addr[side], 16) == 0
			     ? 0
			     : 1;
	char wanted[FLOW_END_TEXT], came[FLOW_END_TEXT];
	struct finding *finding = NULL;
	bool counted = finding_set_has(&asked->finding_set, FINDING_ANSWERED_FROM_ELSEWHERE);

	flow_end_text(&asked->key, !client, wanted);
	flow_end_text(&stray->key, !side, came);
	for (size_t i = 0; i < model->finding_count && finding == NULL; i++)
		if (model->findings[i].code == FINDING_ANSWERED_FROM_ELSEWHERE &&
			model->findings[i].run == asked->run &&
			strcmp(model->findings[i].text[0], wanted) == 0 &&
			strcmp(model->findings[i].text[1], came) == 0)
			finding = &model->findings[i];
	finding_set_add(&asked->finding_set, FINDING_ANSWERED_FROM_ELSEWHERE);
	if (finding == NULL)
		finding = finding_of_run(
			model, asked->run, FINDING_ANSWERED_FROM_ELSEWHERE, stray->first_ns);
	if (finding == NULL)
		return;
	strcpy(finding->text[0], wanted);
	strcpy(finding->text[1], came);
	finding->arg[0] += !counted;
	finding_cite_frame(finding, stray->ends[!side].newest_frame);
	finding_cite_frame(finding, stray->ends[side].newest_frame);
}

/* An end that sent a SYN, by its port. */
struct dialler {
	uint32_t index;
	uint32_t past; /* behind it in the list: the next that is not between the same hosts */
	uint16_t port_be;
};

static int by_port(const void *left, const void *right)
{
	const struct dialler *a = left, *b = right;

	if (a->port_be != b->port_be)
		return a->port_be < b->port_be ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static bool between_same_hosts(
	const struct model *model, const struct dialler *a, const struct dialler *b)
{
	return a->port_be == b->port_be &&
	       memcmp(model->connections[a->index].key.addr, model->connections[b->index].key.addr,
		       sizeof(model->connections[a->index].key.addr)) == 0;
}

/* In order; NULL: out of memory. */
static struct dialler *diallers_of(const struct model *model, size_t *count)
{
	struct dialler *list = calloc(2 * model->connection_count + 1, sizeof(*list));

	*count = 0;
	for (uint32_t i = 0; list != NULL && i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			if (model->connections[i].ends[side].has_isn)
				list[(*count)++] = (struct dialler){.index = i,
					.port_be = model->connections[i].key.port_be[side]};
	if (list != NULL)
		qsort(list, *count, sizeof(*list), by_port);
	for (size_t k = *count; k-- > 0;)
		list[k].past = k + 1 < *count && between_same_hosts(model, &list[k], &list[k + 1])
				       ? list[k + 1].past
				       : (uint32_t)k + 1;
	return list;
}

static size_t first_of_port(const struct dialler *list, size_t count, uint16_t port_be)
{
	struct dialler wanted = {.port_be = port_be};

	return sorted_before(&wanted, list, count, sizeof(*list), by_port);
}

/* Those that dialled from its port; what is between its own two hosts is no other address. */
static void tell_stray(
	struct model *model, const struct dialler *list, size_t count, uint32_t index, int side)
{
	struct connection *stray = &model->connections[index];
	uint16_t port_be = stray->key.port_be[side];
	size_t k = first_of_port(list, count, port_be);

	while (k < count && list[k].port_be == port_be) {
		struct connection *asked = &model->connections[list[k].index];

		if (memcmp(asked->key.addr, stray->key.addr, sizeof(stray->key.addr)) == 0) {
			k = list[k].past;
			continue;
		}
		if ((k == 0 || list[k - 1].index != list[k].index) && belongs(asked, stray, side))
			tell_elsewhere(model, asked, stray, side);
		k++;
	}
}

static bool tell_strays(struct model *model)
{
	struct dialler *list = NULL;
	size_t strays = 0, count = 0;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		int side = stray_side(model, i);

		if (side == -1 ||
			!model_may_take(model, strays, STRAYS_MAX, model->connections[i].first_ns))
			continue;
		if (strays++ == 0 && (list = diallers_of(model, &count)) == NULL)
			return false;
		tell_stray(model, list, count, i, side);
	}
	free(list);
	return true;
}

/* The client withdrew the SYN-ACK with a bare RST. */
static const struct record *syn_ack_refused(
	const struct model *model, const struct connection *connection)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = step->kind == STEP_CORRECTION
						      ? &model->corrections[step->index].record
						      : NULL;

		if (record != NULL && (record->side & 1) == connection->client &&
			record->from == STATE_SYN_SENT && record->reason.code == REASON_NO_SOCKET)
			return record;
	}
	return NULL;
}

static void tell_syn_ack_resets(struct model *model, uint16_t run)
{
	struct finding *finding = NULL;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		const struct record *record = NULL;

		if (connection->run != run || connection->client == -1 ||
			connection->syn_acks == 0 || connection->unreachable ||
			(record = syn_ack_refused(model, connection)) == NULL)
			continue;
		if (finding == NULL)
			finding = finding_of_end(model, run, FINDING_SYN_ACK_RESET,
				&connection->key, connection->client, record->t_ns);
		if (finding == NULL)
			return;
		int64_t after_ms = ms_of(connection->syn_ack_at_ns[0] - connection->syn_ns);
		if (finding->arg[0] == 0 || after_ms < finding->arg[1])
			finding->arg[1] = after_ms;
		finding->arg[0] += connection_weight(connection);
		finding_cite_frame(finding, record->frame);
	}
}

bool findings_of_strays(struct model *model)
{
	if (!tell_strays(model))
		return false;
	for (uint16_t run = 0; run < model->run_count; run++)
		tell_syn_ack_resets(model, run);
	return !model->build->failed;
}
