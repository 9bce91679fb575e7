/* The clause that says why a transition happened, was withdrawn, or what a finding found: one per
 * code of reason.h. */
#include "tcpstate/prose.h"

#include <netinet/in.h>
#include <stdio.h>

#include "tcpstate/lang.h"
#include "template.h"

static const char *const clauses[REASON_MAX] = {
	[REASON_NONE] = N_("reason unknown"),

	[REASON_LISTEN_CALLED] = N_("listen() called with backlog {backlog}"),
	[REASON_SYN_SENT] = N_("connect() sent a SYN"),
	[REASON_FIN_SENT] = N_("closed here first: FIN sent"),
	[REASON_FIN_SENT_AFTER_PEER] = N_("closed here after the peer: FIN sent"),
	[REASON_FIN_SENT_OR_ENDED] = N_("closed here, by the program or by the end of its process "
					"({pid}; record --calls tells which): FIN sent"),
	[REASON_FIN_NOT_CAPTURED] = N_("closed here; its FIN was not captured"),
	[REASON_FIN_QUEUED] = N_("closed here; the FIN waits behind unsent data"),
	[REASON_RST_SENT] =
		N_("connection aborted here: RST sent[; {unread} {unread|byte was|bytes were} left "
		   "unread]"),
	[REASON_CLOSED_BY_PROGRAM] = N_("closed by the program; nothing to send"),
	[REASON_CLOSED_OR_ENDED] =
		N_("closed by the program, or its process[ ({pid})] ended (record --calls tells "
		   "which); nothing to send"),
	[REASON_LISTENER_CLOSED] = N_("its listening socket was closed before accept()"),

	[REASON_PROCESS_ENDED] = N_("its process[ ({pid})] ended[, by {signal}]: the kernel closed "
				    "the socket for it"),
	[REASON_ENDED_BY_RECORDER] = N_("the recording was over: tcpstate terminated the process[ "
					"{pid}]"),
	[REASON_RST_BY_ANOTHER] = N_("an RST in this end's name, probably another box's[: its hop "
				     "limit is {hop}, this end's others have {usual}]"),
	[REASON_TOO_MANY_ORPHANS] =
		N_("reset by the kernel after its program had closed it: too many such sockets, or "
		   "no memory left for them"),
	[REASON_DATA_AFTER_CLOSE] = N_("data came for a socket whose program had closed it, or "
				       "ended[, {closed_ms} before]: the kernel answered with RST"),

	[REASON_SYN_RECEIVED] = N_("SYN received"),
	[REASON_COOKIE_ACCEPTED] =
		N_("the ACK brought a valid SYN cookie back: a socket at once, without a request"),
	[REASON_SYN_ACK_RECEIVED] = N_("SYN-ACK received"),
	[REASON_SIMULTANEOUS_OPEN] =
		N_("SYN received while our own SYN was unanswered: simultaneous open"),
	[REASON_FINAL_ACK_RECEIVED] = N_("final ACK of the handshake received"),
	[REASON_FIN_RECEIVED] = N_("the peer closed first: FIN received"),
	[REASON_FIN_ACKED] = N_("our FIN was acknowledged"),
	[REASON_SIMULTANEOUS_CLOSE] =
		N_("FIN received while our own FIN was unacknowledged: simultaneous close"),
	[REASON_PEER_FIN_RECEIVED] = N_("the peer's FIN received after ours was acknowledged"),
	[REASON_LAST_ACK_RECEIVED] = N_("the ACK of our last FIN received"),
	[REASON_RST_RECEIVED] = N_("RST received"),
	[REASON_SYN_IN_WINDOW] = N_("reset by a SYN that lay within its window"),
	[REASON_CONNECTION_REFUSED] = N_("connection refused: RST in answer to our SYN"),
	[REASON_ICMP_ERROR] =
		N_("ICMPv{icmp_version} error received (type {icmp_type}, code {icmp_code})"),
	[REASON_TIME_WAIT_REUSED] =
		N_("TIME_WAIT ended early: a new connection took the same 4-tuple"),
	[REASON_CLOSED_WITHOUT_TIME_WAIT] =
		N_("closed without TIME_WAIT: tcp_max_tw_buckets reached, or no memory left"),

	[REASON_SYN_TIMED_OUT] = N_("SYN never answered[, given up after {retries} "
				    "{retries|retransmission|retransmissions}]"),
	[REASON_SYN_ACK_TIMED_OUT] =
		N_("SYN-ACK never acknowledged[, request dropped after {retries} "
		   "{retries|retransmission|retransmissions}]"),
	[REASON_RETRANSMISSION_TIMED_OUT] =
		N_("data or FIN never acknowledged[, given up after {retries} "
		   "{retries|retransmission|retransmissions}]"),
	[REASON_FIN_WAIT2_TIMED_OUT] =
		N_("orphaned FIN_WAIT2 expired: the peer never sent its FIN"),
	[REASON_TIME_WAIT_EXPIRED] = N_("TIME_WAIT expired"),
	[REASON_KEEPALIVE_TIMED_OUT] =
		N_("keepalive probes never answered[: given up after {probes}]"),

	[REASON_LISTENED_BEFORE] = N_("listened when the recording began, backlog {backlog}"),
	[REASON_SEEN_MIDWAY] =
		N_("connection first seen midway[, {after_ms} after the recording began][; packets "
		   "had been lost {lost_before} {lost_before|time|times} before][; "
		   "{forgotten_before} {forgotten_before|connection|connections} had been "
		   "forgotten for lack of memory, perhaps this one]; its beginning was not "
		   "recorded"),
	[REASON_KERNEL_SHOWS] = N_("the kernel holds this state; no packet says why"),
	[REASON_SOCKET_GONE] = N_("the kernel no longer holds the socket; no packet says why"),
	[REASON_REQUEST_GONE] = N_("the half-open request is no longer in the SYN queue"),
	[REASON_REPLACED_BY_NEW_CONNECTION] =
		N_("replaced by a new connection between the same ends"),

	[REASON_ACCEPT_QUEUE_FULL] =
		N_("final ACK ignored: accept queue full at {queue} (backlog {backlog} + 1)"),
	[REASON_FINAL_ACK_IGNORED] =
		N_("final ACK ignored, cause unknown: a full accept queue (TcpExtListenOverflows "
		   "tells), TCP_DEFER_ACCEPT (TcpExtTCPDeferAcceptDrop), or a filter"),
	[REASON_ACCEPT_DEFERRED] = N_("final ACK without data ignored: the listener waits for data "
				      "(TCP_DEFER_ACCEPT)[; counted by TcpExtTCPDeferAcceptDrop "
				      "(+{drops})]"),
	[REASON_FINAL_ACK_FILTERED] =
		N_("final ACK dropped, but neither by the listener's queue nor by "
		   "TCP_DEFER_ACCEPT, whose counters did not move: by a firewall rule (nft list "
		   "ruleset), or by a filter of the socket itself (ss -lb)"),
	[REASON_SYN_COOKIE] = N_("SYN cookie: the SYN-ACK left no request behind"),
	[REASON_TIME_WAIT_NEVER_HELD] = N_("the kernel never held this TIME_WAIT"),
	[REASON_SEGMENT_IGNORED] = N_("the segment was ignored: this end went on in its old state"),
	[REASON_CLOSED_BEFORE] =
		N_("this end had been closed before that; its FIN waited behind unsent data"),
	[REASON_FINS_CROSSED] =
		N_("the two FINs crossed: this end had closed before the peer's arrived"),
	[REASON_NO_SOCKET] = N_("answered by a bare RST: there was no socket any more"),
	[REASON_RST_NOT_ITS_OWN] = N_("not this end's RST, though sent in its name: its kernel "
				      "showed the socket afterwards"),
	[REASON_FIN_NOT_ITS_OWN] = N_("not this end's FIN, though sent in its name: it went on "
				      "with data in the place of that FIN"),
	[REASON_QUEUE_FULL_RESET] =
		N_("final ACK answered by RST: accept queue {queue} > backlog {backlog}, and "
		   "net.ipv4.tcp_abort_on_overflow is 1"),
	[REASON_LEADS_ELSEWHERE] = N_("what came since fits another course better"),
	[REASON_FALLS_WITH] = N_("rested on transition {record}, which was withdrawn"),

	[REASON_CAPTURE_LOST] = N_("{packets} {packets|packet|packets} lost by the capture"),
	[REASON_DIAG_LOST] = N_("{count} {count|answer|answers} of the kernel lost"),
	[REASON_FLOWS_EVICTED] =
		N_("{count} {count|connection|connections} forgotten to make room"),
	[REASON_LOOKUPS_SHED] = N_("{count} {count|look-up|look-ups} left out under load"),
};

const char *prose_reason_template(unsigned code)
{
	const char *clause = clauses[code < REASON_MAX ? code : REASON_NONE];

	return clause != NULL ? _(clause) : NULL;
}

/* From there on the engine counts no further, or not exactly (flow.forgotten, losses_before()). */
enum { COUNTED_MOST = UINT16_MAX };

char *prose_reason(const struct reason *reason, char *buffer, size_t size)
{
	const char *clause = prose_reason_template(reason->code);

	if (reason->code == REASON_ICMP_ERROR && (reason->arg[2] == 4 || reason->arg[2] == 6)) {
		snprintf(buffer, size, _("ICMP error received: %s (type %u, code %u)"),
			prose_icmp(reason->arg[2] == 6 ? AF_INET6 : AF_INET,
				(unsigned)reason->arg[0], (unsigned)reason->arg[1]),
			(unsigned)reason->arg[0], (unsigned)reason->arg[1]);
		return buffer;
	}
	if (reason->code == REASON_SEEN_MIDWAY &&
		(reason->arg[1] >= COUNTED_MOST || reason->arg[2] >= COUNTED_MOST))
		clause = _("connection first seen midway[, {after_ms} after the recording began][; "
			   "packets had been lost at least {lost_before} {lost_before|time|times} "
			   "before][; at least {forgotten_before} "
			   "{forgotten_before|connection|connections} had been forgotten for lack "
			   "of memory, perhaps this one]; its beginning was not recorded");
	/* the report says so of an end whose kernel was not asked (model_causes.c) */
	if (reason->code == REASON_NO_SOCKET && reason->arg[0] != 0)
		clause = _("answered by a bare RST: there was no socket any more, or a filter on "
			   "the way resets (its kernel was not asked)");
	return template_fill(
		clause != NULL ? clause : _(clauses[REASON_NONE]), reason, buffer, size);
}
