/* Findings about SYNs that a listener never saw although it was there: a filter dropped them, or
 * this kernel did before it looked for a socket, for a reason that it counts. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <arpa/inet.h>
#include <string.h>

/* No SYN that reached a listener was dropped, as tcp_conn_request() counts, and none was challenged
 * by a socket that was there already (tcp_validate_incoming(); the answer is limited in rate). */
static bool none_dropped(const struct model *model, uint16_t run)
{
	const struct run *at = &model->runs[run];

	return at->has_facts && at->has_diag && !at->incomplete &&
	       counter_moved(model, run, "TcpExtListenDrops", INT64_MIN, INT64_MAX) == 0 &&
	       counter_moved(model, run, "TcpExtTCPReqQFullDrop", INT64_MIN, INT64_MAX) == 0 &&
	       counter_moved(model, run, "TcpExtTCPSYNChallenge", INT64_MIN, INT64_MAX) == 0;
}

/* Counters of packets that the kernel drops before a listener sees them: tcp_inbound_hash(),
 * fib_validate_source(), tcp_v4_rcv(). */
static const struct {
	const char *counter;
	uint8_t phrase;
} droppers[] = {
	{"TcpExtTCPMD5NotFound", PHRASE_BAD_MD5},
	{"TcpExtTCPMD5Unexpected", PHRASE_BAD_MD5},
	{"TcpExtTCPMD5Failure", PHRASE_BAD_MD5},
	{"TcpExtTCPAORequired", PHRASE_BAD_AO},
	{"TcpExtTCPAOKeyNotFound", PHRASE_BAD_AO},
	{"TcpExtTCPAOBad", PHRASE_BAD_AO},
	{"TcpExtIPReversePathFilter", PHRASE_REVERSE_PATH},
	{"TcpInCsumErrors", PHRASE_BAD_CHECKSUM},
};

/* Which of them moved by as many as there are SYNs without an answer, or more. */
static uint8_t name_dropper(const struct model *model, struct finding *finding)
{
	finding->evidence.counters[0].name = NULL;
	for (size_t i = 0; i < sizeof(droppers) / sizeof(droppers[0]); i++) {
		int64_t moved = counter_moved(
			model, finding->run, droppers[i].counter, INT64_MIN, INT64_MAX);

		if (moved < finding->arg[2])
			continue;
		finding_cite_part(finding, droppers[i].counter, finding->arg[2], moved);
		return droppers[i].phrase;
	}
	return PHRASE_A_FILTER;
}

bool listener_spared(const struct model *model, const struct connection *connection)
{
	return connection->client != -1 && none_dropped(model, connection->run) &&
	       listener_surely(model, connection, connection->client == 0, connection->first_ns) !=
		       NULL;
}

void finding_name_dropper(const struct model *model, struct finding *finding, int which)
{
	finding->phrase[which] = name_dropper(model, finding);
}

/* The kernel showed a request, so the listener took the SYN; its SYN-ACKs went nowhere. */
static bool answer_never_left(struct model *model, uint32_t index, int server)
{
	const struct connection *connection = &model->connections[index];
	const struct record *from = NULL;
	int64_t longest_ns = 0;
	uint64_t diag = 0;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record == NULL || (record->side & 1) != server)
			continue;
		if (from != NULL && record->t_ns - from->t_ns > longest_ns) {
			longest_ns = record->t_ns - from->t_ns;
			diag = from->diag_frame;
		}
		from = record->to == STATE_SYN_RECV && record->diag_frame != 0 ? record : NULL;
	}
	int64_t end_ns = model->runs[connection->run].last_ns;
	if (from != NULL && end_ns - from->t_ns > longest_ns) {
		longest_ns = end_ns - from->t_ns;
		diag = from->diag_frame;
	}
	if (connection->syn_acks != 0 || ms_of(longest_ns) < FINDING_HELD_MS ||
		!captured_all(&model->runs[connection->run]))
		return false;
	struct finding *finding = finding_of_connection(
		model, index, server, FINDING_NEVER_LEFT, connection->first_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = ms_of(longest_ns);
	finding->arg[3] = 1;
	finding_cite_diag(finding, diag);
	return true;
}

static struct finding *filtered_at(struct model *model, uint32_t listener, int64_t t_ns)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_SYN_FILTERED &&
			model->findings[i].index == listener)
			return &model->findings[i];
	return finding_of_listener(model, listener, FINDING_SYN_FILTERED, t_ns);
}

bool finding_filtered(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	int server = connection->client == 0;
	const struct listener *listener =
		connection->client != -1
			? listener_surely(model, connection, server, connection->first_ns)
			: NULL;

	if (connection->client == -1 || connection->syn_unanswered == 0 ||
		model_may_have_lost(model, connection))
		return false;
	if (answer_never_left(model, index, server))
		return true;
	if (listener == NULL || !none_dropped(model, connection->run))
		return false;
	struct finding *finding =
		filtered_at(model, (uint32_t)(listener - model->listeners), connection->first_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] += connection_weight(connection);
	finding->arg[1] = ntohs(connection->key.port_be[server]);
	finding->arg[2] += (int64_t)connection->syn_unanswered;
	if (connection->folded != NULL)
		finding->arg[2] += (int64_t)connection->folded->syn_unanswered;
	if (listener->has_owner)
		finding_name(finding, 0, &listener->owner);
	if (listener->steps.count > 0 && listener->steps.item[0].kind == STEP_TRANSITION)
		finding_cite_diag(finding,
			model->transitions[listener->steps.item[0].index].record.diag_frame);
	finding->phrase[1] = name_dropper(model, finding);
	finding->arg[3] = finding->phrase[1] == PHRASE_A_FILTER;
	if (finding->arg[3])
		finding->phrase[1] = PHRASE_NAMES;
	return true;
}
