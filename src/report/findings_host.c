/* Findings about what a host ran out of: TIME_WAIT buckets, receive buffers of UDP sockets;
 * and calls that failed for it. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_WAITS_MANY = 200 };

/* ---- TIME_WAIT ---- */

/* The TIME_WAITs that a run's connections are said to have had, and the ends known to have gone
 * without. */
struct time_waits {
	int64_t shown, shown_now;  /* the kernel held them; and not seen to end */
	int64_t wire, wire_now;    /* the packets alone say so; likewise */
	int64_t without;           /* closed for want of a bucket, as the report says */
	const struct owner *owner; /* of one now */
	bool several;
};

static void count_edges(
	const struct model *model, const struct connection *connection, struct time_waits *sum)
{
	int64_t weight = connection_weight(connection);

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record == NULL || !(connection->local_sides & 1 << (record->side & 1)))
			continue;
		if (record->reason.code == REASON_CLOSED_WITHOUT_TIME_WAIT)
			sum->without += weight;
		if (record->to != STATE_TIME_WAIT)
			continue;
		bool now = connection->ends[record->side & 1].state == STATE_TIME_WAIT;
		bool shown = (record->evidence & EVIDENCE_KERNEL) != 0;

		*(shown ? &sum->shown : &sum->wire) += weight;
		*(shown ? &sum->shown_now : &sum->wire_now) += now ? weight : 0;
	}
}

static struct time_waits count_time_waits(const struct model *model, uint16_t run)
{
	struct time_waits sum = {.owner = NULL};

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (at->run != run)
			continue;
		count_edges(model, at, &sum);
		for (int side = 0; side < 2; side++) {
			if (at->ends[side].state != STATE_TIME_WAIT || !at->ends[side].has_owner ||
				!(at->local_sides & 1 << side))
				continue;
			sum.several |=
				sum.owner != NULL && sum.owner->pid != at->ends[side].owner.pid;
			if (sum.owner == NULL)
				sum.owner = &at->ends[side].owner;
		}
	}
	return sum;
}

/* The counter says how many were not made; the report, which ones, as far as the kernel was asked
 * in time. The others stand among those that the packets alone suggest. */
static void tell_time_waits(struct model *model, uint16_t run)
{
	int64_t over = counter_moved(model, run, "TcpExtTCPTimeWaitOverflow", INT64_MIN, INT64_MAX);
	int64_t end_ns = model->runs[run].last_ns;
	struct finding *finding =
		over > 0 ? finding_of_run(model, run, FINDING_TIME_WAIT_OVERFLOW, end_ns) : NULL;
	struct time_waits sum = count_time_waits(model, run);
	int64_t unplaced = over > sum.without ? over - sum.without : 0;

	unplaced = unplaced < sum.wire ? unplaced : sum.wire;
	if (finding != NULL) {
		finding->arg[0] = over;
		finding->arg[1] = unplaced;
		finding_cite_counter(finding, "TcpExtTCPTimeWaitOverflow", over);
	}
	int64_t waiting = sum.shown_now + (sum.wire_now > unplaced ? sum.wire_now - unplaced : 0);
	finding = waiting >= TIME_WAITS_MANY
			  ? finding_of_run(model, run, FINDING_TIME_WAIT_MANY, end_ns)
			  : NULL;
	if (finding == NULL)
		return;
	finding->arg[0] = waiting;
	if (!sum.several && sum.owner != NULL)
		finding_name(finding, 0, sum.owner);
}

/* ---- UDP ---- */

/* What the counter has beyond all that the sockets showed of their own drops; 0 where one of IPv6
 * that takes IPv4 may have been counted twice. */
static int64_t dropped_later(const struct model *model, uint16_t run, const int64_t full[2])
{
	int64_t rest = full[0] + full[1];

	for (uint32_t i = 0; i < model->udp_socket_count; i++)
		if (model->udp_sockets[i].run == run)
			rest -= (int64_t)model->udp_sockets[i].dropped;
	return full[0] != 0 && full[1] != 0 ? 0 : rest > 0 ? rest : 0;
}

static void tell_drops(struct model *model)
{
	uint16_t told = UINT16_MAX; /* the run whose first socket it is said of */

	for (uint32_t i = 0; i < model->udp_socket_count; i++) {
		const struct udp_socket *socket = &model->udp_sockets[i];

		if (socket->dropped == 0)
			continue;
		struct finding *finding =
			finding_of_run(model, socket->run, FINDING_UDP_DROPS, socket->last_ns);
		if (finding == NULL)
			continue;
		/* a socket of IPv6 that takes IPv4 counts in both */
		int64_t full[] = {
			counter_moved(model, socket->run, "UdpRcvbufErrors", INT64_MIN, INT64_MAX),
			counter_moved(
				model, socket->run, "Udp6RcvbufErrors", INT64_MIN, INT64_MAX)};
		finding->about = FINDING_OF_UDP_SOCKET;
		finding->index = i;
		finding->key = socket->key;
		finding->arg[0] = (int64_t)socket->dropped;
		/* the counter says that it was the buffer, and not a filter or a checksum */
		finding->arg[1] =
			full[0] + full[1] >= (int64_t)socket->dropped ? socket->rcvbuf : 0;
		if (told != socket->run)
			finding->arg[3] = dropped_later(model, socket->run, full);
		told = socket->run;
		if (socket->has_owner)
			finding_name(finding, 0, &socket->owner);
		else
			finding->phrase[0] = PHRASE_THE_SOCKET;
		finding_cite_diag(finding, socket->last_diag);
		finding_cite_part(
			finding, "UdpRcvbufErrors", full[1] == 0 ? finding->arg[0] : 0, full[0]);
		finding_cite_part(
			finding, "Udp6RcvbufErrors", full[0] == 0 ? finding->arg[0] : 0, full[1]);
	}
}

/* ---- calls that failed ---- */

static bool accepts(const struct call *call)
{
	return call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4;
}

static unsigned code_of(const struct call *call)
{
	return call->what == CALLED_CONNECT || call_sends(call->what) ? FINDING_CONNECT_FAILED
	       : accepts(call)                                        ? FINDING_ACCEPT_FAILED
	       : call->what == CALLED_SOCKET                          ? FINDING_SOCKET_FAILED
								      : FINDING_BIND_FAILED;
}

/* Written by the same program: "server[12]" and "server[13]". */
static bool same_program(const char *one, const char *other)
{
	size_t length = strcspn(one, "[");

	return strcspn(other, "[") == length && memcmp(one, other, length) == 0;
}

/* Does this finding tell of that port and errno? known: who had the port of a bind() was asked. */
static bool same_failure(const struct finding *told, const struct finding *finding, bool known)
{
	return told->code == finding->code && told->run == finding->run &&
	       told->arg[1] == finding->arg[1] && told->arg[2] == finding->arg[2] &&
	       (!known || (told->reuse == finding->reuse && told->by_client == finding->by_client));
}

/* Does this finding tell of a call that failed for the same cause? Of TIME_WAITs their number is
 * another each time. */
static bool same_cause(const struct finding *told, const struct finding *finding)
{
	/* sockets of one program, each in this state */
	bool held_alike = told->phrase[1] == PHRASE_IN_STATE
				  ? told->phrase_state == finding->phrase_state &&
					    same_program(told->text[1], finding->text[1])
				  : strcmp(told->text[1], finding->text[1]) == 0;

	return told->code == finding->code && told->run == finding->run &&
	       told->arg[2] == finding->arg[2] && told->phrase[1] == finding->phrase[1] &&
	       told->reuse == finding->reuse && told->by_client == finding->by_client &&
	       held_alike &&
	       (told->phrase[0] == PHRASE_FAILED || told->phrase[0] == PHRASE_FAILED_ALIKE) &&
	       same_program(told->text[0], finding->text[0]);
}

static void tell_again(struct finding *told, const struct model_call *at, bool elsewhere)
{
	if (elsewhere) {
		told->phrase[0] = PHRASE_FAILED_ALIKE;
		finding_cite_call(told, at); /* the first examples */
	}
	told->arg[0] += 1 + (int64_t)at->call.again;
	told->arg[3] = told->arg[0] - 1;
}

/* "server[3]: bind 127.0.0.1:80", and its error; listen() with the end that it was about. */
static void failure_words(struct finding *finding, const struct call *call)
{
	char end[FLOW_END_TEXT] = "";

	if (call->what == CALLED_LISTEN && call->key.port_be[0] != 0)
		flow_end_text(&call->key, 0, end);
	const char *about = end[0] != '\0'                ? end
			    : call->what == CALLED_SOCKET ? ""
							  : call->arguments;

	finding->phrase[0] = PHRASE_FAILED;
	snprintf(finding->text[0], FINDING_TEXT, "%.32s[%u]: %s%s%.40s\n%s (%s)", call->program,
		call->pid, call_name(call->what), about[0] != '\0' ? " " : "()", about,
		call_errno_name(call->error), call_errno_words(call->error));
}

/* One finding for a port and errno; and one for a program that fails alike on many ports. */
static void tell_call(struct model *model, const struct model_call *at, size_t *kinds)
{
	const struct call *call = &at->call;
	struct finding made = {.code = (uint16_t)code_of(call), .run = at->run};

	made.arg[0] = 1;
	made.arg[1] = call_port(call);
	made.arg[2] = call->error;
	failure_words(&made, call);
	/* each costs a pass over the calls */
	bool asked = made.code == FINDING_BIND_FAILED && call->error == EADDRINUSE,
	     known = !asked || ++*kinds <= FINDINGS_KEPT;
	if (asked && known)
		finding_port_holder(model, &made, at);
	for (size_t i = 0; i < model->finding_count; i++)
		if (same_failure(&model->findings[i], &made, known)) {
			tell_again(&model->findings[i], at, false);
			return;
		}
	failure_address(model, &made, call);
	/* a socket without an address cannot have one already */
	if (call->what == CALLED_BIND && call->error == EINVAL)
		made.phrase_state = call->key.port_be[0] == 0;
	if (call->what == CALLED_SETSOCKOPT)
		made.phrase[0] = PHRASE_NO_LIMIT;
	if (call->what == CALLED_CONNECT)
		made.phrase_state = strncmp(call->arguments, "255.255.255.255:", 16) == 0;
	/* each costs a pass over the calls before */
	if ((call->error == EINVAL || call->error == EAFNOSUPPORT || call->error == ENETUNREACH) &&
		++*kinds <= FINDINGS_KEPT) {
		enum finding_phrase why = failure_mismatch(model, at);

		if (why != PHRASE_NAMES)
			made.phrase[0] = (uint8_t)why;
	}
	if (made.code == FINDING_ACCEPT_FAILED || made.code == FINDING_SOCKET_FAILED)
		failure_held(model, &made, at);
	for (size_t i = 0; i < model->finding_count; i++)
		if (same_cause(&model->findings[i], &made)) {
			tell_again(&model->findings[i], at, true);
			return;
		}
	struct finding *finding = finding_of_run(model, at->run, made.code, at->at_ns);
	if (finding == NULL)
		return;
	memcpy(finding->arg, made.arg, sizeof(made.arg));
	memcpy(finding->text, made.text, sizeof(made.text));
	memcpy(finding->phrase, made.phrase, sizeof(made.phrase));
	finding->phrase_state = made.phrase_state;
	finding->phrase_number = made.phrase_number;
	finding->reuse = made.reuse;
	finding->by_client = made.by_client;
	finding_cite_call(finding, at);
}

bool findings_of_host(struct model *model)
{
	size_t kinds = 0, looked = 0;

	for (uint16_t run = 0; run < model->run_count; run++) {
		findings_of_ports(model, run);
		tell_time_waits(model, run);
	}
	tell_drops(model);
	for (size_t i = 0; i < model->call_count; i++)
		if (failure_tells(model, &model->calls[i], &looked))
			tell_call(model, &model->calls[i], &kinds);
	return !model->build->failed;
}
