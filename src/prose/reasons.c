/* The clause that says why a transition happened, was withdrawn, or what a finding found: one per
 * code of reason.h. */
#include "tcpstate/prose.h"

#include <netinet/in.h>
#include <stdio.h>

#include "template.h"

static const char *const clauses[REASON_MAX] = {
	[REASON_NONE] = "reason unknown",

	[REASON_LISTEN_CALLED] = "listen() called with backlog {backlog}",
	[REASON_SYN_SENT] = "connect() sent a SYN",
	[REASON_FIN_SENT] = "closed here first: FIN sent",
	[REASON_FIN_SENT_AFTER_PEER] = "closed here after the peer: FIN sent",
	[REASON_FIN_QUEUED] = "closed here; the FIN waits behind unsent data",
	[REASON_RST_SENT] = "connection aborted here: RST sent[; {unread} {unread|byte was|bytes "
			    "were} left unread]",
	[REASON_CLOSED_BY_PROGRAM] = "closed by the program; nothing to send",
	[REASON_LISTENER_CLOSED] = "its listening socket was closed before accept()",

	[REASON_SYN_RECEIVED] = "SYN received",
	[REASON_COOKIE_ACCEPTED] =
		"the ACK brought a valid SYN cookie back: a socket at once, without a request",
	[REASON_SYN_ACK_RECEIVED] = "SYN-ACK received, ACK sent",
	[REASON_SIMULTANEOUS_OPEN] =
		"SYN received while our own SYN was unanswered: simultaneous open",
	[REASON_FINAL_ACK_RECEIVED] = "final ACK of the handshake received",
	[REASON_FIN_RECEIVED] = "the peer closed first: FIN received",
	[REASON_FIN_ACKED] = "our FIN was acknowledged",
	[REASON_SIMULTANEOUS_CLOSE] =
		"FIN received while our own FIN was unacknowledged: simultaneous close",
	[REASON_PEER_FIN_RECEIVED] = "the peer's FIN received after ours was acknowledged",
	[REASON_LAST_ACK_RECEIVED] = "the ACK of our last FIN received",
	[REASON_RST_RECEIVED] = "RST received",
	[REASON_CONNECTION_REFUSED] = "connection refused: RST in answer to our SYN",
	[REASON_ICMP_ERROR] =
		"ICMPv{icmp_version} error received (type {icmp_type}, code {icmp_code})",
	[REASON_TIME_WAIT_REUSED] = "TIME_WAIT ended early: a new connection took the same 4-tuple",
	[REASON_CLOSED_WITHOUT_TIME_WAIT] = "closed without TIME_WAIT: tcp_max_tw_buckets reached",

	[REASON_SYN_TIMED_OUT] = "SYN never answered[, given up after {retries} "
				 "{retries|retransmission|retransmissions}]",
	[REASON_SYN_ACK_TIMED_OUT] = "SYN-ACK never acknowledged[, request dropped after {retries} "
				     "{retries|retransmission|retransmissions}]",
	[REASON_RETRANSMISSION_TIMED_OUT] = "data or FIN never acknowledged[, given up after "
					    "{retries} {retries|retransmission|retransmissions}]",
	[REASON_FIN_WAIT2_TIMED_OUT] = "orphaned FIN_WAIT2 expired: the peer never sent its FIN",
	[REASON_TIME_WAIT_EXPIRED] = "TIME_WAIT expired",
	[REASON_KEEPALIVE_TIMED_OUT] = "keepalive probes never answered[: given up after {probes}]",

	[REASON_SEEN_MIDWAY] = "connection first seen midway; its beginning was not recorded",
	[REASON_KERNEL_SHOWS] = "the kernel holds this state; no packet says why",
	[REASON_SOCKET_GONE] = "the kernel no longer holds the socket; no packet says why",
	[REASON_REQUEST_GONE] = "the half-open request is no longer in the SYN queue",
	[REASON_REPLACED_BY_NEW_CONNECTION] = "replaced by a new connection between the same ends",

	[REASON_ACCEPT_QUEUE_FULL] = "final ACK ignored: accept queue {queue} > backlog {backlog}",
	[REASON_FINAL_ACK_IGNORED] =
		"final ACK ignored, cause unknown (accept queue, TCP_DEFER_ACCEPT, a filter)",
	[REASON_SYN_COOKIE] = "SYN cookie: the SYN-ACK left no request behind",
	[REASON_TIME_WAIT_NEVER_HELD] = "the kernel never held this TIME_WAIT",
	[REASON_SEGMENT_IGNORED] = "the segment was ignored: this end went on in its old state",
	[REASON_CLOSED_BEFORE] =
		"this end had been closed before that; its FIN waited behind unsent data",
	[REASON_FINS_CROSSED] =
		"the two FINs crossed: this end had closed before the peer's arrived",
	[REASON_NO_SOCKET] = "answered by a bare RST: there was no socket any more",
	[REASON_FALLS_WITH] = "rested on transition {record}, which was withdrawn",

	[REASON_SYN_UNANSWERED] = "{count} {count|SYN|SYNs} of {connections} "
				  "{connections|connection|connections} never answered",
	[REASON_ACCEPT_QUEUE_OVERFLOW] = "accept queue overflowed {count} {count|time|times}: "
					 "{queue} waiting with backlog {backlog}",
	[REASON_SYN_ACK_RETRANSMITTED] = "SYN-ACK retransmitted {count} {count|time|times}, "
					 "{connections} {connections|connection|connections}",
	[REASON_GHOST] = "ghost: ESTABLISHED here, no socket at the other end",
	[REASON_CLOSE_WAIT_HELD] = "CLOSE_WAIT held for {held_ms}[ by process {pid}]",
	[REASON_ZERO_WINDOW_HELD] = "window closed for {held_ms}[ by process {pid}]",
	[REASON_DATA_UNACKNOWLEDGED] =
		"data sent again up to {times} times over {longest_ms} without an acknowledgement, "
		"{connections} {connections|connection|connections}",
	[REASON_CAPTURE_LOST] = "{packets} {packets|packet|packets} lost by the capture",
	[REASON_DIAG_LOST] = "{count} {count|answer|answers} of the kernel lost",
	[REASON_FLOWS_EVICTED] = "{count} {count|connection|connections} forgotten to make room",
	[REASON_LOOKUPS_SHED] = "{count} {count|look-up|look-ups} left out under load",
	[REASON_CONNECTION_REFUSED_SEEN] = "{count} {count|connection|connections} refused",
	[REASON_CONNECTIONS_UNREACHABLE] =
		"{count} {count|connect()|connect()s} ended by an ICMP error",
	[REASON_DATAGRAMS_UNREACHABLE] = "{count} {count|datagram|datagrams} to UDP port {port} "
					 "{count|was|were} answered by ICMP port unreachable",
};

const char *prose_reason_template(unsigned code)
{
	return clauses[code < REASON_MAX ? code : REASON_NONE];
}

char *prose_reason(const struct reason *reason, char *buffer, size_t size)
{
	const char *clause = prose_reason_template(reason->code);

	if (reason->code == REASON_ICMP_ERROR && (reason->arg[2] == 4 || reason->arg[2] == 6)) {
		snprintf(buffer, size, "ICMP error received: %s (type %u, code %u)",
			prose_icmp(reason->arg[2] == 6 ? AF_INET6 : AF_INET,
				(unsigned)reason->arg[0], (unsigned)reason->arg[1]),
			(unsigned)reason->arg[0], (unsigned)reason->arg[1]);
		return buffer;
	}
	return template_fill(clause != NULL ? clause : clauses[REASON_NONE], reason, buffer, size);
}
