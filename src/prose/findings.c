/* Findings as sentences: what was found, what it means, and what to look at or change. */
#include "tcpstate/prose.h"

#include "tcpstate/lang.h"
#include "template.h"

static const char *const sentences[REASON_MAX] = {
	[REASON_SYN_UNANSWERED] =
		N_("{count} {count|SYN|SYNs} of {connections} {connections|connection|connections} "
		   "got neither SYN-ACK nor RST: the client stays in SYN_SENT and tries again. A "
		   "current kernel drops a SYN when the listener's accept queue is full "
		   "(TcpExtListenDrops moves) or its SYN queue is (TcpExtTCPReqQFullDrop, with SYN "
		   "cookies off); a firewall or an absent host leaves it unanswered, too."),
	[REASON_ACCEPT_QUEUE_OVERFLOW] = N_(
		"The accept queue overflowed {count} {count|time|times}: {queue} "
		"{queue|connection|connections} waiting for accept() with backlog {backlog} (the "
		"kernel admits backlog + 1). Call accept() sooner, or give listen() a larger "
		"backlog (net.core.somaxconn caps it)."),
	[REASON_SYN_ACK_RETRANSMITTED] = N_(
		"{count} {count|SYN-ACK|SYN-ACKs} of {connections} "
		"{connections|connection|connections} went out again: the final ACK did not "
		"arrive, or arrived and was not taken (accept queue full, TCP_DEFER_ACCEPT, a "
		"filter). Meanwhile the server holds SYN_RECV, until net.ipv4.tcp_synack_retries "
		"is used up, and a client that has answered believes that it is ESTABLISHED."),
	[REASON_GHOST] =
		N_("This end is ESTABLISHED, but the other end holds no socket for it: a SYN "
		   "cookie whose ACK was not taken, or a request that expired. It will "
		   "notice only when it sends and gets an RST."),
	[REASON_CLOSE_WAIT_HELD] = N_(
		"CLOSE_WAIT was held for {held_ms}[ by process {pid}]: the peer closed, this "
		"program did not. No timer ends it. Look for a missing close() - or for a copy of "
		"the descriptor in a parent or child process."),
	[REASON_ZERO_WINDOW_HELD] =
		N_("This end's receive window was closed for {held_ms}[ by process {pid}]: its "
		   "receive buffer was full and its program did not read. The other end may send "
		   "nothing but probes; no timer ends that as long as they are answered."),
	[REASON_DATA_UNACKNOWLEDGED] = N_(
		"Data or a FIN of {connections} {connections|connection|connections} to this end "
		"was sent again, up to {times} times over {longest_ms}, and not acknowledged: it "
		"did not arrive, was not taken, or the acknowledgement was lost (a firewall, a "
		"link or host that is down, full segments too large for the path). The sender "
		"waits twice as long each time and gives up after net.ipv4.tcp_retries2 (about 15 "
		"minutes by default) or TCP_USER_TIMEOUT."),
	[REASON_CAPTURE_LOST] = N_(
		"{packets} {packets|packet was|packets were} lost by the capture: transitions may "
		"be missing or inferred late. Use a larger capture buffer or a narrower FILTER."),
	[REASON_DIAG_LOST] =
		N_("{count} {count|answer|answers} of the kernel {count|was|were} lost: "
		   "some states may lack their evidence. Use a narrower FILTER."),
	[REASON_FLOWS_EVICTED] = N_("{count} {count|connection was|connections were} forgotten to "
				    "make room for newer ones; should they speak again, they are "
				    "reported as seen midway. Use a narrower FILTER."),
	[REASON_LOOKUPS_SHED] = N_(
		"{count} {count|look-up was|look-ups were} left out under load: fewer transitions "
		"carry the kernel's evidence. Use a narrower FILTER."),
	[REASON_CONNECTION_REFUSED_SEEN] = N_(
		"{count} {count|connection was|connections were} refused: an RST answered the SYN. "
		"Nothing listened on that address and port; compare both with `tcpstate list` (a "
		"port without htons() is the classic cause: 12345 becomes 14640)."),
	[REASON_CONNECTIONS_UNREACHABLE] = N_(
		"{count} {count|connection was|connections were} ended by an ICMP error that "
		"answered the SYN: connect() fails with what it says (EHOSTUNREACH, ENETUNREACH, "
		"ECONNREFUSED). Its line names who sent it: a router that knows no way, a host "
		"that does not answer ARP, or a firewall that rejects."),
	[REASON_DATAGRAMS_UNREACHABLE] = N_(
		"{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} answered "
		"by ICMP port unreachable: no socket was bound there. A connected socket is told "
		"of it, once, by ECONNREFUSED at its next call; an unconnected one never is."),
};

const char *prose_finding_template(unsigned code)
{
	return code < REASON_MAX && sentences[code] != NULL ? _(sentences[code]) : NULL;
}

char *prose_finding(const struct record *finding, char *buffer, size_t size)
{
	const char *sentence = prose_finding_template(finding->reason.code);

	return sentence != NULL ? template_fill(sentence, &finding->reason, buffer, size)
				: prose_reason(&finding->reason, buffer, size);
}
