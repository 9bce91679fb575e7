/* Findings of one kind that need other words: weaker ones, where less is known, or those of a case
 * of its own. The first row that holds is taken; where there is none, the words of the kind. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

#include "finding_words.h"

static bool of_servers(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_OF_SERVER || finding->phrase[1] == PHRASE_OF_SERVERS;
}

static bool spoke_before(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_SPOKE_BEFORE;
}

static bool all_answered(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_ALL_ANSWERED;
}

static bool bound_elsewhere(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_BOUND_ELSEWHERE;
}

static bool port_0(const struct finding *finding)
{
	return finding->arg[1] == 0;
}

static bool no_room_for_address(const struct finding *finding)
{
	return finding->arg[2] == EINVAL || finding->arg[2] == EFAULT;
}

static bool half_closed(const struct finding *finding)
{
	return finding->phrase_state != 0;
}

static bool announced_more(const struct finding *finding)
{
	return finding->phrase_state != 0;
}

static bool of_a_far_host(const struct finding *finding)
{
	return finding->arg[3] != 0;
}

static bool cut(const struct finding *finding)
{
	return finding->phrase_state == ABORTED_CUT;
}

static bool window_full(const struct finding *finding)
{
	return finding->phrase_state == ABORTED_FULL;
}

static bool still_open(const struct finding *finding)
{
	return finding->phrase_state == ABORTED_OPEN;
}

/* An ICMP error that ended nothing, of which connect() may still tell. */
static bool only_noted(const struct finding *finding)
{
	return finding->arg[3] != 0;
}

static bool was_accepted(const struct finding *finding)
{
	return finding->arg[2] != 0;
}

static const struct variant {
	uint16_t code;
	bool (*holds)(const struct finding *finding);
	const char *headline; /* NULL: that of the kind */
	const char *sentence;
} variants[] = {
	{FINDING_DESCRIPTOR_LEAK, of_servers, NULL,
		N_("{who} held {sockets} sockets in CLOSE_WAIT, connections to {upstream} that "
		   "closed them, the oldest for {longest_ms}; their number only grew.")},
	{FINDING_CLIENT_LEFT, all_answered,
		N_("{bytes} {bytes|byte|bytes} sent to a client that had its answers, and had "
		   "closed {after_ms} earlier: reset"),
		N_("{bytes} {bytes|byte|bytes}[ of {who}] went to a client that had an answer to "
		   "all it had asked, and had closed {after_ms} earlier: nobody was there to read, "
		   "its kernel answered with an RST, and the next write() fails with EPIPE or "
		   "ECONNRESET.")},
	{FINDING_DATAGRAMS_UNREACHABLE, spoke_before,
		N_("{count} {count|datagram|datagrams} to UDP port {port}, whose socket had been "
		   "closed"),
		N_("{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} "
		   "answered by ICMP port unreachable: its socket[ ({who})] had sent datagrams "
		   "itself, and was closed by then.")},
	{FINDING_DATAGRAMS_UNREACHABLE, bound_elsewhere,
		N_("{count} {count|datagram|datagrams} to UDP port {port}, which {connected} has, "
		   "not this address"),
		N_("{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} "
		   "answered by ICMP port unreachable: the socket of that port[, of {who},] is "
		   "bound to {connected}, not to the address that was asked.")},
	{FINDING_CONNECTION_REFUSED_SEEN, port_0,
		N_("{count} {count|connection|connections} refused: port 0, on which nothing can "
		   "listen"),
		N_("{count} {count|connection|connections} {count|was|were} refused: port 0, on "
		   "which nothing can listen.")},
	{FINDING_ACCEPT_FAILED, no_room_for_address,
		N_("{who}: the kernel closed the client that it had taken"),
		N_("{who}[; {again} {again|time|times} more]: the kernel had taken a client from "
		   "the queue for it and closed that again, for there was no room for the client's "
		   "address.")},
	{FINDING_GREETED_LATE, was_accepted,
		N_("greeted only {first_ms} after it was open[, by {who}][; {meanwhile}]"),
		N_("The server[, {who},] speaks first, and its first bytes came {first_ms} after "
		   "the handshake, though it had accepted the connection[; {meanwhile}].")},
	{FINDING_CLOSED_UNANSWERED, half_closed, NULL,
		N_("{bytes} {bytes|byte|bytes} of the client {bytes|was|were} acknowledged; it "
		   "half-closed (shutdown(SHUT_WR)) and waited, and the server[, {who},] closed "
		   "the connection[, when its {ended|process|process} ended,] without an answer[, "
		   "though it answered {answered|others|others}][; {why}]: the client reads the "
		   "end of the data (an empty reply).")},
	{FINDING_CORKED, announced_more,
		N_("{count} {count|segment|segments} waited 200 ms each: MSG_MORE"),
		N_("{count} {count|segment|segments}[ of {who}] waited about 200 ms each for more, "
		   "{waited_ms} in all: send() was given MSG_MORE, and no send() without it "
		   "followed at once. The kernel holds back a segment that is not full until "
		   "then.")},
	{FINDING_DATAGRAMS_UNREACHABLE, of_a_far_host,
		N_("{count} {count|datagram|datagrams} to UDP port {port} answered by ICMP port "
		   "unreachable"),
		N_("{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} "
		   "answered by ICMP port unreachable: no socket was bound there, or a filter in "
		   "front of it rejects; a look at that host tells.")},
	{FINDING_ABORTED, cut,
		N_("aborted by {who} with an RST before the client had acknowledged all that it "
		   "had sent"),
		N_("{who} aborted the connection with an RST before the client had acknowledged "
		   "all that it had sent[; {received} bytes had come]: [{linger|close()|close()} "
		   "with SO_LINGER and a time of 0][{unread|close()|close()} with bytes "
		   "unread][{either|close()|close()} either with bytes unread, or with SO_LINGER "
		   "and a time of 0][; {ended}]. What of it got lost is not sent again, and behind "
		   "what came the client reads ECONNRESET.")},
	{FINDING_ABORTED, window_full,
		N_("aborted by {who} with an RST while the client's receive window was full"),
		N_("{who} aborted the connection with an RST while the client's receive window was "
		   "full, which had not closed[; {received} bytes had come]: "
		   "[{linger|close()|close()} with SO_LINGER and a time of "
		   "0][{unread|close()|close()} with bytes unread][{either|close()|close()} either "
		   "with bytes unread, or with SO_LINGER and a time of 0][; {ended}]. What had not "
		   "left yet is lost, and behind what came the client reads ECONNRESET.")},
	{FINDING_ABORTED, still_open,
		N_("aborted by {who} with an RST while the client still had it open"),
		N_("{who} aborted the connection with an RST while the client still had it open[; "
		   "{received} bytes had come]: [{linger|close()|close()} with SO_LINGER and a "
		   "time of 0][{unread|close()|close()} with bytes "
		   "unread][{either|close()|close()} either with bytes unread, or with SO_LINGER "
		   "and a time of 0][; {ended}]. Instead of the end of the data the client reads "
		   "ECONNRESET.")},
	{FINDING_CONNECTIONS_UNREACHABLE, only_noted,
		N_("{count} {count|connection|connections} never opened; an ICMP error[, {what}][, "
		   "from {from}] was only noted"),
		N_("{count} {count|connection|connections} never opened: an ICMP error answered "
		   "the SYN[, {what}][, from {from}], but the kernel only noted it and sent the "
		   "SYN again. connect() fails with what the error says when the last SYN has "
		   "timed out.")}};

const char *prose_finding_variant(const struct finding *finding, bool headline)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		const struct variant *variant = &variants[i];
		const char *words = headline ? variant->headline : variant->sentence;

		if (variant->code == finding->code && variant->holds(finding))
			return words != NULL ? _(words) : NULL;
	}
	return NULL;
}
