/* Findings from what calls gave and took, which nothing on the wire tells: a send that took less
 * than it was given, and the rest was forgotten; a datagram larger than the room for it; an answer
 * by UDP that was waited for in vain. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"

enum { LOOKED_AT = 256 /* calls; each costs a pass over those of its socket */ };

static void name_call(struct finding *finding, const struct call *call)
{
	snprintf(finding->text[0], FINDING_TEXT, "%.32s[%" PRIu32 "] %s()", call->program,
		call->pid, call_as_written(call));
}

/* ---- a short write ---- */

static bool took_less(const struct call *call)
{
	return call_sends(call->what) && call->key.protocol == IPPROTO_TCP && call->asked > 0 &&
	       ((call->error == 0 && call->result < call->asked) || call->error == EAGAIN);
}

/* No call sent anything more on that end: for how long it stood open all the same, while the other
 * end had not closed; -1: it did send, or the other had. */
static int64_t forgotten_ns(const struct model *model, const struct model_call *shortened)
{
	const struct connection *connection = &model->connections[shortened->connection];
	const struct watch *watch = findings_watch(model, shortened->connection);
	const struct watched_end *other = watch != NULL ? &watch->end[!shortened->side] : NULL;
	int64_t to_ns = model->runs[shortened->run].last_ns;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side != shortened->side || at->at_ns < shortened->at_ns || at == shortened)
			continue;
		if (call_sends(at->call.what))
			return -1;
		if (at->call.effect == CALL_CLOSES && at->at_ns < to_ns)
			to_ns = at->at_ns;
	}
	if (other != NULL && ((other->fin_ns != 0 && other->fin_ns < to_ns) ||
				     (other->rst.t_ns != 0 && other->rst.t_ns < to_ns)))
		to_ns = other->rst.t_ns != 0 ? other->rst.t_ns : other->fin_ns;
	return to_ns - shortened->at_ns;
}

static void tell_short_write(struct model *model, const struct model_call *at)
{
	const struct call *call = &at->call;
	int64_t held_ns = forgotten_ns(model, at);

	if (ms_of(held_ns) < FINDING_HELD_MS)
		return;
	struct finding *finding = finding_of_connection(
		model, at->connection, at->side, FINDING_SHORT_WRITE, at->at_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = call->asked;
	finding->arg[1] = call->error == 0 ? call->result : 0;
	finding->arg[2] = ms_of(held_ns);
	name_call(finding, call);
	finding_cite_call(finding, at);
}

/* ---- a read without room ---- */

/* Did a read on this end give anything afterwards? A program may ask with room for nothing first.
 */
static bool read_afterwards(const struct model *model, const struct model_call *empty)
{
	const struct connection *connection = &model->connections[empty->connection];

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->said == NULL && at > empty && at->side == empty->side &&
			call_took(&at->call))
			return true;
	}
	return false;
}

static bool had_no_room(const struct call *call)
{
	return call_reads(call->what) && call->key.protocol == IPPROTO_TCP && call->asked == 0 &&
	       call->result == 0 && call->error == 0;
}

static void tell_no_room(struct model *model, const struct model_call *at)
{
	const struct connection *connection = &model->connections[at->connection];

	if (finding_set_has(&connection->finding_set, FINDING_READ_NOTHING) ||
		connection->ends[!at->side].sent.bytes == 0 || read_afterwards(model, at))
		return;
	struct finding *finding = finding_of_connection(
		model, at->connection, at->side, FINDING_READ_NOTHING, at->at_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)connection->ends[!at->side].sent.bytes;
	name_call(finding, &at->call);
	finding_cite_call(finding, at);
}

/* ---- a datagram that was cut ---- */

/* Does the socket of this call receive what this end of the conversation gets? */
static bool is_end(const struct conversation *at, int side, const struct model_call *call)
{
	static const uint8_t any[16];
	const struct flow_key *key = &call->call.key;

	return at->run == call->run && (at->local_sides & 1 << side) != 0 &&
	       at->key.port_be[side] == key->port_be[0] &&
	       (memcmp(key->addr[0], any, sizeof(any)) == 0 ||
		       memcmp(key->addr[0], at->key.addr[side], sizeof(any)) == 0);
}

/* The smaller of `least` (0: none yet) and the smallest datagram that came to this end; *known:
 * all are kept. */
static uint32_t smallest_to(const struct model *model, const struct conversation *conversation,
	int side, uint32_t least, bool *known)
{
	for (size_t i = 0; i < conversation->line_count; i++) {
		const struct datagram *at = &model->datagrams[conversation->first_line + i];

		if (at->error == UINT32_MAX && at->side != side &&
			(least == 0 || at->bytes < least))
			least = at->bytes;
	}
	*known &= conversation->line_count == conversation->lines;
	return least;
}

/* The smallest that came to the socket of this call; 0: not known. */
static uint32_t smallest_for(const struct model *model, const struct model_call *call)
{
	uint32_t least = 0;
	bool known = true;

	for (size_t i = 0; i < model->conversation_count; i++)
		for (int side = 0; side < 2; side++)
			if (is_end(&model->conversations[i], side, call))
				least = smallest_to(
					model, &model->conversations[i], side, least, &known);
	return known ? least : 0;
}

static struct finding *cut_before(struct model *model, const struct finding *like)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_DATAGRAM_CUT &&
			model->findings[i].run == like->run &&
			model->findings[i].arg[1] == like->arg[1] &&
			strcmp(model->findings[i].text[0], like->text[0]) == 0)
			return &model->findings[i];
	return NULL;
}

static void tell_cut(struct model *model, const struct model_call *at)
{
	const struct call *call = &at->call;
	uint32_t size = smallest_for(model, at);
	struct finding made = {.run = at->run};

	if (call->asked <= 0 || call->result != call->asked || (int64_t)size <= call->asked)
		return;
	made.arg[1] = call->asked;
	name_call(&made, call);
	struct finding *finding = cut_before(model, &made);
	if (finding == NULL) {
		finding = finding_of_run(model, at->run, FINDING_DATAGRAM_CUT, at->at_ns);
		if (finding == NULL)
			return;
		finding->arg[1] = call->asked;
		finding->arg[2] = size;
		name_call(finding, call);
	}
	finding->arg[0]++;
	finding->arg[2] = size < finding->arg[2] ? size : finding->arg[2];
	finding_cite_call(finding, at);
}

/* ---- an answer by UDP that did not come ---- */

/* How long the end that spoke first waited in calls for what the other sends, in vain; *last: the
 * last such call. */
static int64_t waited_ns(
	const struct model *model, const struct conversation *at, const struct model_call **last)
{
	int64_t sum_ns = 0;

	for (size_t i = 0; i < at->call_count; i++) {
		const struct model_call *call =
			&model->calls[model->call_order[at->first_call + i]];
		int64_t until_ns = call->call.returned_ns != 0 ? call->call.returned_ns
							       : model->runs[at->run].last_ns;

		if (call->side != at->opener || call->call.entered_ns < at->first_ns ||
			!(call_reads(call->call.what) ||
				(call_polls(call->call.what) && call->call.asked > 0)))
			continue;
		if (call_took(&call->call))
			return 0;
		sum_ns += until_ns - call->call.entered_ns;
		*last = call;
	}
	return sum_ns;
}

/* An answer came, from elsewhere than was asked, and the connected socket that waits for it takes
 * none from there: that is a finding of its own, with the cause. */
static bool came_from_elsewhere(const struct model *model, const struct conversation *at)
{
	for (size_t i = 0; i < model->build->unreachable_count; i++) {
		const struct unreachable *port = &model->build->unreachable[i];

		if (port->run == at->run && port->port_be == at->key.port_be[at->opener] &&
			memcmp(port->key.addr[1], at->key.addr[at->opener], 16) == 0 &&
			finding_connected_elsewhere(model, port) != NULL)
			return true;
	}
	return false;
}

static void tell_unanswered(struct model *model, const struct conversation *at)
{
	const struct model_call *last = NULL;
	int other = !at->opener;
	int64_t waited_ms = ms_of(waited_ns(model, at, &last));

	if (!model->runs[at->run].has_calls || at->datagrams[other] > 0 || at->errors > 0 ||
		at->group || at->datagrams[at->opener] == 0 || waited_ms < FINDING_HELD_MS ||
		last == NULL || came_from_elsewhere(model, at))
		return;
	struct finding *finding =
		finding_of_run(model, at->run, FINDING_DATAGRAMS_UNANSWERED, at->last_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)at->datagrams[at->opener];
	finding->arg[1] = ntohs(at->key.port_be[other]);
	finding->arg[2] = waited_ms;
	finding_name_caller(finding, 0, &last->call);
	if (at->socket[other] != UINT32_MAX && model->udp_sockets[at->socket[other]].has_owner)
		finding_name(finding, 1, &model->udp_sockets[at->socket[other]].owner);
	finding_cite_call(finding, last);
}

bool findings_of_short(struct model *model)
{
	size_t looked = 0;

	for (size_t i = 0; i < model->call_count && looked < LOOKED_AT; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->connection != UINT32_MAX && took_less(&at->call)) {
			looked++;
			tell_short_write(model, at);
		} else if (at->connection != UINT32_MAX && had_no_room(&at->call)) {
			looked++;
			tell_no_room(model, at);
		} else if (at->call.key.protocol == IPPROTO_UDP && call_took(&at->call) &&
			   at->call.result == at->call.asked) {
			looked++;
			tell_cut(model, at);
		}
	}
	for (size_t i = 0; i < model->conversation_count; i++)
		tell_unanswered(model, &model->conversations[i]);
	return !model->build->failed;
}
