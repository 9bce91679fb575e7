/* Findings as sentences: what is so, what it rests on, and what to do about it or look at. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/model.h"
#include "tcpstate/prose.h"

#include "template.h"

struct words {
	const char *headline, *sentence, *advice;
	/* where the calls were recorded, instead of the advice; NULL: the same */
	const char *with_calls;
	/* of several of the kind: the counts in it are those of all; NULL: the headline serves */
	const char *many;
};

/* what a row leaves out at its end is NULL */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static const struct words words[FINDING_MAX] = {
	[FINDING_CLOSE_WAIT_HELD] = {N_("CLOSE_WAIT held for {held_ms}[ by {who}]"),
		N_("CLOSE_WAIT was held for {held_ms}[ by {who}]: the peer had "
		   "closed, this program did not[; {unread} "
		   "{unread|byte was|bytes were} left unread][; {ended}]."),
		N_("No timer ends CLOSE_WAIT. Look for a missing close() where read() "
		   "returned 0, or "
		   "for a copy of the descriptor in a parent or child process.")},
	[FINDING_DESCRIPTOR_LEAK] = {N_("{who} {holders|leaks|leak} descriptors: {sockets} sockets "
					"in CLOSE_WAIT, and their number only grew"),
		N_("{who} held {sockets} sockets in CLOSE_WAIT, one for each client that had left, "
		   "the oldest for {longest_ms}; their number only grew."),
		N_("Each client costs a descriptor until accept() fails with EMFILE. Close "
		   "the connection when read() returns 0, on every path out of the "
		   "handler.")},
	[FINDING_CLOSE_WAIT_UNACCEPTED] = {N_("{sockets} {sockets|client|clients} left before "
					      "accept() and stood in CLOSE_WAIT for up to "
					      "{held_ms}"),
		N_("{sockets} {sockets|connection|connections} that no program had accepted "
		   "{sockets|was|were} in CLOSE_WAIT, for up to {held_ms}: the client had left "
		   "again[, {unread} bytes unread] while it waited for accept()[ by {who}]."),
		N_("No close() is missing there: the server does not call accept() fast "
		   "enough. Accept in a loop of its own, or hand clients to threads.")},
	[FINDING_PROCESS_DIED] = {N_("{who} was ended by {by}[ with {connections} "
				     "{connections|connection|connections} open]"),
		N_("{who} was ended by {by}[ with {connections} "
		   "{connections|connection|connections} open: the kernel closed them in its place]"
		   "[; {resets} {resets|was|were} reset, since bytes lay unread]."),
		N_("The peers cannot tell: to them a connection ends. After SIGSEGV, SIGABRT and "
		   "their like run the program in a debugger (gdb, valgrind, "
		   "-fsanitize=address); after SIGKILL see who sent it, or whether memory ran out "
		   "(dmesg); after SIGPIPE see which pipe nobody read any more.")},
	[FINDING_ENDED_BY_SIGPIPE] = {N_("{who} was ended by {by}: it wrote to a connection that "
					 "its peer had closed"),
		N_("{who} was ended by {by}: it wrote to a connection that its peer had closed or "
		   "reset[; {connections} {connections|other connection|other connections} ended "
		   "with it]."),
		N_("Ignore SIGPIPE (signal(SIGPIPE, SIG_IGN)) or send with MSG_NOSIGNAL: write() "
		   "then fails with EPIPE, and only that connection is lost.")},
	[FINDING_BIND_FAILED] = {N_("{who}"),
		N_("{who}[; {again} {again|time|times} more][; the port was held by {holder}]."),
		N_("End or wait for the holder, choose another port, or, where only TIME_WAITs "
		   "hold it, set SO_REUSEADDR before bind() in the server.")},
	[FINDING_ADDRESS_IN_USE] = {N_("a program said: {said}"),
		N_("A program said: {said}[; {again} {again|time|times} more][; port {port} was "
		   "held "
		   "by {holder}][; {unnamed|it|it} names no port, in use then: {holder}]."),
		N_("End or wait for the holder, choose another port, or, where only TIME_WAITs "
		   "hold it, set SO_REUSEADDR before bind() in the server. record --calls names "
		   "the call and its port.")},
	[FINDING_PROGRAM_SAID] = {N_("a program said: {said}"),
		N_("A program said: {said}[; {again} {again|time|times} more][: {meaning}]."),
		N_("record --calls names the call that failed.")},
	[FINDING_CONNECT_FAILED] = {N_("{who}"),
		N_("{who}[; {again} {again|time|times} more][: {error}]."),
		N_("Look at the address and port in the call, and whether anything listens there "
		   "(tcpstate list).")},
	[FINDING_ACCEPT_FAILED] = {N_("{who}"),
		N_("{who}[; {again} {again|time|times} more]: clients stay in the accept queue."),
		N_("Close the descriptors of clients that have left; else raise the limit (ulimit "
		   "-n, setrlimit()). A loop that only tries again burns a processor.")},
	[FINDING_PORTS_EXHAUSTED] = {N_("all {ports} local ports[ towards {peer}] used up[, "
					"{time_waits} of them in TIME_WAIT][, by "
					"connections that {who} holds open]"),
		N_("The local ports {low} to {high} were used up[ towards {peer}]: all {ports} "
		   "were "
		   "taken[, {time_waits} of them by TIME_WAIT][, by connections that {who} held "
		   "open]; connect() then fails with EADDRNOTAVAIL before any packet."),
		N_("Use connections again instead of opening new ones, and close those that are "
		   "done with; let the server close first, widen net.ipv4.ip_local_port_range, or "
		   "allow net.ipv4.tcp_tw_reuse.")},
	[FINDING_ACCEPT_QUEUE_OVERFLOW] = {N_("accept queue overflow: {queue} waiting with backlog "
					      "{backlog}[, {clients} {clients|client|clients} not "
					      "let in]"),
		N_("The accept queue overflowed[ {count} {count|time|times}]: {queue} "
		   "{queue|connection|connections} waiting for accept() with backlog {backlog} "
		   "(the "
		   "kernel admits backlog + 1)[; {clients} {clients|client was|clients were} "
		   "never "
		   "let in][; net.core.somaxconn = {cap} caps what listen() asks for]."),
		N_("Call accept() sooner, or give listen() a larger backlog "
		   "(net.core.somaxconn caps it)."),
		NULL,
		N_("accept queue overflow[, {clients} {clients|client|clients} not let "
		   "in]")},
	[FINDING_LISTENER_CLOSED_ON] = {N_("closed on {count} {count|client|clients} that nobody "
					   "had accepted: reset"),
		N_("{count} {count|client|clients} in the accept queue {count|was|were} reset "
		   "when "
		   "the listening socket[ of {who}] was closed: nobody had accepted "
		   "{count|it|them}[, although {others} listened on the same port]."),
		N_("Before closing, stop new clients and accept() until the queue is "
		   "empty; "
		   "with SO_REUSEPORT, net.ipv4.tcp_migrate_req=1 hands them to another "
		   "listener."),
		NULL,
		N_("closed on {count} {count|client|clients} in all that nobody had accepted: "
		   "reset")},
	[FINDING_LISTENS_BYTE_SWAPPED] = {N_("{who} listens on port {port}: {swapped} with its "
					     "bytes swapped (htons)"),
		N_("{who} listens on port {port} instead of {swapped}, the same number with its "
		   "bytes swapped: htons() is missing."),
		N_("Store the port with htons() in sin_port before bind().")},
	[FINDING_REFUSED_BYTE_SWAPPED] = {N_("{count} {count|connection|connections} refused: port "
					     "{port} is {swapped} with its bytes swapped (htons)"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} "
		   "refused, "
		   "but {who} listened on port {swapped}, the same number with its bytes swapped: "
		   "htons() is "
		   "missing on one side."),
		N_("Store ports with htons() in sin_port and read them with ntohs().")},
	[FINDING_REFUSED_AFTER_CLOSE] = {N_("{count} {count|connection|connections} refused: the "
					    "listener on port {port} had closed {after_ms} before"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} "
		   "refused: "
		   "its listener[, {who},] had been closed {after_ms} before."),
		N_("Keep the listening socket open until its successor listens, or let the "
		   "client try again.")},
	[FINDING_REFUSED_BEFORE_LISTEN] = {N_("{count} {count|connection|connections} refused: "
					      "port {port} listened {before_ms} later"),
		N_("{count} {count|connection|connections} to port "
		   "{port} {count|was|were} refused: "
		   "listen()[ by {who}] came {before_ms} later."),
		N_("Start the client when the server is ready, or let it try again.")},
	[FINDING_REFUSED_THOUGH_LISTENING] = {N_("{count} {count|connection|connections} to port "
						 "{port} refused, although a socket "
						 "listened on it"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} refused "
		   "by an RST, although a socket[ of {who}] listened on it then: that RST was not "
		   "the listener's."),
		N_("Look for a firewall rule that rejects with a TCP reset (nft list ruleset), or "
		   "a proxy in front of the server.")},
	[FINDING_REFUSED_OTHER_ADDRESS] = {N_("{count} {count|connection|connections} refused: "
					      "{who} listens on {listens}[, not on this "
					      "{elsewhere|address|address}]"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} "
		   "refused, while {who} listened on {listens}[: it takes no connection to another "
		   "{elsewhere|address|address}]."),
		N_("Bind the server to 0.0.0.0 (or ::, for both IPv4 and IPv6), or let the client "
		   "use the address that it listens on: localhost may be ::1 as well as 127.0.0.1, "
		   "and 127.0.0.1 is reached from this host, or this container, alone.")},
	[FINDING_NEVER_LEFT] = {N_("what it sent never left this host[: its {syn|SYN|SYN}][: "
				   "{bytes} {bytes|byte|bytes}], for {waited_ms}"),
		N_("The kernel held [the {syn|SYN|SYN}][{bytes} {bytes|byte|bytes}] of this end[, "
		   "{who},] for {waited_ms}, trying again and again, but no packet of it was "
		   "captured meanwhile: nothing left this host."),
		N_("Look for a firewall rule on the way out (nft list ruleset: hook output, "
		   "postrouting), an interface that is down (ip link), a route that is gone (ip "
		   "route get), or a next hop that does not answer ARP (ip neigh).")},
	[FINDING_SYN_QUEUE_FULL] = {N_("SYN queue full: {dropped} {dropped|SYN|SYNs} dropped"),
		N_("The SYN queue was full: {dropped} {dropped|SYN was|SYNs were} dropped[, of "
		   "{connections} {connections|client|clients}], while requests waited for final "
		   "ACKs that did not come[; backlog {backlog}]."),
		N_("Without SYN cookies the queue has room for no more requests than the backlog, "
		   "and fewer than net.ipv4.tcp_max_syn_backlog. Set net.ipv4.tcp_syncookies=1 or "
		   "enlarge both, and see why the final ACKs do not come: a SYN flood, or a way "
		   "back that is blocked.")},
	[FINDING_ANSWERED_FROM_ELSEWHERE] = {N_("{count} {count|connection|connections} to {asked} "
						"{count|was|were} answered from {answered}: the "
						"client resets that"),
		N_("{count} {count|connection|connections} to {asked} {count|was|were} answered "
		   "from {answered}, with the sequence numbers of {count|that connection|those "
		   "connections}: the client knows no connection with that address and answers "
		   "with an RST."),
		N_("The address translator between saw only one direction. Let answers come back "
		   "through it (hairpin NAT: translate the source too; direct server return: the "
		   "server owns the address that was asked). If only some segments come past it, "
		   "conntrack called them invalid: drop those (ct state invalid), or set "
		   "net.netfilter.nf_conntrack_tcp_be_liberal=1.")},
	[FINDING_SYN_ACK_RESET] = {N_("{count} {count|SYN-ACK was|SYN-ACKs were} answered by an "
				      "RST: the client had no socket for {count|it|them}[ "
				      "({after_ms} after the SYN)]"),
		N_("{count} {count|SYN-ACK was|SYN-ACKs were} answered by an RST: the client had "
		   "no socket for {count|it|them}[; it came {after_ms} after the SYN]. Either no "
		   "socket had sent the SYN, or its program had closed it meanwhile."),
		N_("A SYN that no socket sends comes from a raw socket (scapy), a scanner or "
		   "health check that opens only half (nmap -sS), or under a forged address. A "
		   "program that closes its socket meanwhile has a time limit for connect() that "
		   "is shorter than the way: compare the two times.")},
	[FINDING_SOCKET_DESTROYED] = {N_("aborted with an RST[ at {who}], but not by close()"),
		N_("The socket[ of {who}] was aborted with an RST while the other end waited for "
		   "an answer or still sent[; {received} bytes had come]. It was not close(): "
		   "neither TcpExtTCPAbortOnClose nor TcpExtTCPAbortOnData moved."),
		N_("Two things are left: somebody destroyed the socket (ss --kill, or another "
		   "SOCK_DESTROY), or the program called connect() with AF_UNSPEC; record --calls "
		   "shows the latter.")},
	[FINDING_DATA_DROPPED] = {N_("data sent to it {times} {times|time|times} again, "
				     "unacknowledged for {longest_ms}, though its socket was "
				     "there"),
		N_("Data or a FIN of {connections} {connections|connection|connections} to this "
		   "end was sent again, up to {times} {times|time|times} over {longest_ms}, and "
		   "not acknowledged, although this end's socket was in {state} all the while, as "
		   "the kernel shows: something on the way drops the segments."),
		N_("Look for a firewall rule that drops (nft list ruleset), a full queue (tc -s "
		   "qdisc), or checksums that the receiver refuses (TcpInCsumErrors). The sender "
		   "gives up after net.ipv4.tcp_retries2 or TCP_USER_TIMEOUT.")},
	[FINDING_PEER_SILENT] = {N_("silent for {silent_ms}, while data were sent to it again and "
				    "again[; {others} other {others|connection|connections} with "
				    "its host went on][; those of {size} bytes are larger than any "
				    "that arrived]"),
		N_("Nothing came from this end for {silent_ms}, while data or a FIN of "
		   "{connections} {connections|connection|connections} {connections|was|were} sent "
		   "to it again and again[; {idle_ms} of silence had gone before][; meanwhile "
		   "{others} other {others|connection|connections} between the same two hosts went "
		   "on][; the segment sent again has {size} bytes, more than any that had arrived: "
		   "if "
		   "smaller ones pass, it is too large for the path (an MTU black hole)]."),
		N_("[Segments of {size} bytes: try ping -M do with that size and a smaller one; "
		   "let "
		   "ICMP \"fragmentation needed\" pass, clamp the MSS, or set "
		   "net.ipv4.tcp_mtu_probing=1. ]If other connections with that host are answered, "
		   "the host is there: a "
		   "firewall drops these segments, or it or an address translator has forgotten "
		   "the connection after an idle time (keepalive shorter than its time limit "
		   "helps). If none is, the host or the link is down. A capture there tells: what "
		   "arrives is not lost on the way. The sender gives up after "
		   "net.ipv4.tcp_retries2 (about 15 minutes) or TCP_USER_TIMEOUT.")},
	[FINDING_CONNECTION_REFUSED_SEEN] = {N_("{count} {count|connection|connections} refused[: "
						"nothing listened on port {port}]"),
		N_("{count} {count|connection|connections}[ to port {port}] {count|was|were} "
		   "refused: an RST answered the SYN. Nothing listened on that address and port."),
		N_("Compare both with `tcpstate list` (a port without htons() is the "
		   "classic "
		   "cause: 12345 becomes 14640).")},
	[FINDING_CONNECTIONS_UNREACHABLE] = {N_("{count} {count|connection|connections} ended by "
						"an ICMP error[, {what}][, from {from}]"),
		N_("{count} {count|connection was|connections were} ended by an ICMP error that "
		   "answered the SYN[, {what}][, from {from}]: connect() fails with what it says "
		   "(EHOSTUNREACH, ENETUNREACH, ECONNREFUSED)."),
		N_("Its line names who sent it: a router that knows no way, a host that does "
		   "not answer ARP, or a firewall that rejects.")},
	[FINDING_SYN_ANSWERED_BY_ACK] = {N_("{count} {count|SYN|SYNs} answered by an ACK of an "
					    "older connection on the same ports"),
		N_("{count} {count|SYN was|SYNs were} answered by an ACK of an older connection "
		   "on "
		   "the same ports, which the server still held[: {time_wait} in TIME_WAIT, its "
		   "sequence numbers above the new one's][; TcpExtTCPSYNChallenge +{challenges}]. "
		   "The client's RST clears it, and the SYN sent again is taken."),
		N_("The client had forgotten the connection (it rebooted, or an address "
		   "translator gave its port to another). It costs a second; let the "
		   "client "
		   "choose another local port.")},
	[FINDING_SYN_UNANSWERED] = {N_("{connections} {connections|connection|connections} got no "
				       "answer to {connections|its SYN|their SYNs}[ ({syns} SYNs "
				       "in all)]"),
		N_("{connections} {connections|connection|connections} got neither SYN-ACK nor RST "
		   "for {connections|its SYN|their SYNs}[ ({syns} SYNs in all)]: the client stays "
		   "in SYN_SENT and tries again[; the accept queue was full each time "
		   "(TcpExtListenOverflows +{overflows})]."),
		N_("A current kernel drops a SYN when the listener's accept queue is full "
		   "(TcpExtListenDrops moves) or its SYN queue is (TcpExtTCPReqQFullDrop, "
		   "with SYN cookies off); a firewall or an absent host leaves it unanswered, "
		   "too.")},
	[FINDING_CONNECT_LATE] =
		{N_("{count} {count|connection|connections} ESTABLISHED only after up to "
		    "{took_ms}: the first {syns|SYN|SYNs} got no answer"),
			N_("{count} {count|connection was|connections were} ESTABLISHED late, "
			   "after up to {took_ms}: the first {syns|SYN|SYNs} got no answer ({syns} "
			   "in all), one sent again did[; the accept queue was full each time "
			   "(TcpExtListenOverflows +{overflows})]."),
			N_("A SYN is sent again after 1 s, then 2, 4 and so on: such a connect() "
			   "takes whole seconds. A full accept queue (TcpExtListenDrops moves) or "
			   "SYN queue (TcpExtTCPReqQFullDrop) drops SYNs, as does an address "
			   "translator without a free port (conntrack -S, insert_failed) or a "
			   "lossy link: capture at both ends.")},
	[FINDING_SYN_FILTERED] = {N_("{connections} {connections|connection|connections} got no "
				     "answer to {connections|its SYN|their SYNs}, although the "
				     "listener dropped none: [a {unknown|filter|filter}][{by}]"),
		N_("{connections} {connections|connection|connections} to port {port} got no "
		   "answer to {syns} {syns|SYN|SYNs}, although a socket[ of {who}] listened there "
		   "and dropped none (TcpExtListenDrops did not move): no queue was full; "
		   "[something before the {unknown|listener|listener} dropped {syns|it|them}]"
		   "[{by}]."),
		N_("Look for a firewall rule that drops (nft list ruleset; on the way, capture at "
		   "both ends).")},
	[FINDING_DEFER_ACCEPT] = {N_("TCP_DEFER_ACCEPT ignored {count} final {count|ACK|ACKs} "
				     "without data"),
		N_("TCP_DEFER_ACCEPT ignored {count} final {count|ACK|ACKs} without data of "
		   "{connections} {connections|connection|connections}: the client believes it is "
		   "ESTABLISHED, the server holds SYN_RECV until data come."),
		N_("Use the option only for clients that speak first; one that waits for "
		   "the "
		   "server's greeting hangs until the SYN-ACK has been sent again.")},
	[FINDING_SYN_COOKIES] = {N_("{sent} SYN {sent|cookie|cookies} sent, {received} came back"),
		N_("SYN cookies were in use: {sent} sent, {received} came back and {received|was|"
		   "were} valid[, {failed} failed]. A cookie leaves no request behind: most of "
		   "its "
		   "clients never had a socket here."),
		N_("Look for a SYN flood, or a listener whose backlog is too small for its "
		   "clients (net.ipv4.tcp_max_syn_backlog, net.core.somaxconn).")},
	[FINDING_GHOST] = {N_("ESTABLISHED here, but the other end holds no socket"),
		N_("This end is ESTABLISHED, but the other end holds no socket for it: its "
		   "final ACK was not taken (accept queue full, a SYN cookie, or a request "
		   "that expired)."),
		N_("It will notice only when it sends and gets an RST. Let the client's "
		   "first read "
		   "have a time limit, and mend what kept the server from accepting.")},
	[FINDING_SYN_ACK_RETRANSMITTED] = {N_("{count} {count|SYN-ACK|SYN-ACKs} sent again"),
		N_("{count} {count|SYN-ACK|SYN-ACKs} of {connections} "
		   "{connections|connection|connections} went out again[; {asked} "
		   "{asked|client|clients} went on sending SYNs: the SYN-ACKs do not reach "
		   "{asked|it|them}, or {asked|it refuses|they refuse} them][; {gone} "
		   "{gone|client|clients} sent nothing more: gone or never there, or "
		   "{gone|its|their} final {gone|ACK was|ACKs were} lost][; the final ACK of "
		   "{answered} of them was captured: it was lost behind the capture, or not taken "
		   "(accept queue full, TCP_DEFER_ACCEPT, a filter)]."),
		N_("Meanwhile the server holds SYN_RECV, until net.ipv4.tcp_synack_retries is used "
		   "up, and a client that has answered believes that it is ESTABLISHED. A capture "
		   "at the client tells which of the two gets lost.")},
	[FINDING_UNREAD_AT_CLOSE] = {N_("reset, because {who} closed with [{unread} "
					"{unread|byte|bytes}][{counted|bytes|bytes}] unread"),
		N_("The connection was reset because {who} closed it with [{unread} "
		   "{unread|byte|bytes}][{counted|bytes|bytes}] unread[ of {received} received]"
		   "[; its read asked for {asked}][ (the kernel counted it: "
		   "TcpExtTCPAbortOnClose +{counted})]: close() then sends RST instead of FIN, "
		   "and the peer may lose data that it had not read yet."),
		N_("Read until read() returns 0, or shutdown(SHUT_WR) first, before "
		   "close().")},
	[FINDING_DATA_TO_CLOSED_PEER] = {N_("{bytes} {bytes|byte|bytes} sent to a peer that had "
					    "closed[ {after_ms} before]: reset"),
		N_("{bytes} {bytes|byte|bytes} went to a peer that had closed {after_ms} before: "
		   "nobody was there to read, the answer was an RST[ (the keep-alive race: a "
		   "{race|request|request} meets the server's close)][; the peer had closed before "
		   "it was asked for {unasked|anything|anything}]."),
		N_("[{race|Close|Close} idle connections on the client before the server's time "
		   "limit, or try the request again on a new connection (ECONNRESET after no byte "
		   "of answer).][{unasked|See|See} why it turned this client away: a limit of "
		   "clients, an access list, nothing behind a proxy. Its log tells, or what it "
		   "sent before it closed.]")},
	[FINDING_CLIENT_LEFT] = {N_("{bytes} {bytes|byte|bytes} of the answer sent to a client "
				    "that "
				    "had closed[ {after_ms} before]: reset"),
		N_("{bytes} {bytes|byte|bytes} of the answer[ of {who}] went to a client that had "
		   "closed {after_ms} before: nobody was there to read, its kernel answered with "
		   "an RST, and the next write() fails with EPIPE or ECONNRESET."),
		N_("The client, its user or its time limit ended it: see why the answer took so "
		   "long. Let the server take EPIPE calmly (ignore SIGPIPE, or MSG_NOSIGNAL).")},
	[FINDING_ABORTED] = {N_("aborted by {who} with an RST while the other end waited for an "
				"answer or still sent"),
		N_("{who} aborted the connection with an RST while the other end waited for an "
		   "answer or still sent[; {received} bytes had come]: "
		   "[{linger|close()|close()} with SO_LINGER and a time of 0]"
		   "[{unread|close()|close()} with bytes unread]"
		   "[{either|close()|close()} either with bytes unread, or with SO_LINGER and a "
		   "time of 0]. The other end gets ECONNRESET."),
		N_("close() alone sends a FIN. Read until read() returns 0 before it, and leave "
		   "SO_LINGER alone.[ {either|record|record} --calls tells the two apart: it shows "
		   "what lay unread at close(), and setsockopt().]")},
	[FINDING_NEVER_ACCEPTED] = {N_("{bytes} {bytes|byte|bytes} sent, never accepted: no answer "
				       "for {waited_ms}"),
		N_("{bytes} {bytes|byte|bytes} of the client were acknowledged "
		   "but got no answer for "
		   "{waited_ms}: the connection was never accepted and waited "
		   "in the accept queue[ "
		   "of {who}]."),
		N_("The kernel completes the handshake and takes data for a program that does "
		   "not call accept(). See what the server does instead (tcpstate list -p; "
		   "record --calls)."),
		N_("The kernel completes the handshake and takes data for a program that does "
		   "not call accept(): the server's calls show what it does instead.")},
	[FINDING_ACCEPTED_LATE] = {N_("{bytes} {bytes|byte|bytes} sent, accepted only {accept_ms} "
				      "later"),
		N_("{bytes} {bytes|byte|bytes} of the client were acknowledged, but accept() came "
		   "only {accept_ms} after them: so long the connection waited in the accept "
		   "queue[ of {who}]; no byte was sent back for {waited_ms}."),
		N_("The kernel completes the handshake and takes data for a program that does not "
		   "call accept() yet. See what the server does instead: one that serves one "
		   "client at a time makes the others wait (record --calls)."),
		N_("The kernel completes the handshake and takes data for a program that does not "
		   "call accept() yet: the server's calls show what it does instead. One that "
		   "serves one client at a time makes the others wait.")},
	[FINDING_NEVER_ANSWERED] =
		{N_("{bytes} {bytes|byte|bytes} received, no answer for {waited_ms}[: {who}]"),
			N_("{bytes} {bytes|byte|bytes} of the peer were acknowledged "
			   "here, and no byte was "
			   "sent back for {waited_ms}[; {unread} of them were never "
			   "read by the program][: "
			   "{who} had accepted the connection][; {others} other "
			   "{others|connection|connections} to this server {others|was|were} "
			   "answered]."),
			N_("The network did its part: look at what the program waits for (record "
			   "--calls, or a debugger)."),
			N_("The network did its part: the program's calls on the timeline show "
			   "what it did instead.")},
	[FINDING_ANSWERED_LATE] =
		{N_("{bytes} {bytes|byte|bytes} received, answered only after {waited_ms}[ by "
		    "{who}]"),
			N_("{bytes} {bytes|byte|bytes} of the peer were acknowledged here at once, "
			   "and answered only after {waited_ms}[ by {who}][; the connection waited "
			   "for accept() for {queued_ms} of it][; {unread} of them lay unread "
			   "meanwhile]."),
			N_("The network did its part: see what kept the program from accept() or "
			   "read() (record --calls). A server that serves one client at a time "
			   "makes the others wait like this."),
			N_("The network did its part: the program's calls on the timeline show "
			   "what kept it from accept() or read(). A server that serves one client "
			   "at a time makes the others wait like this.")},
	[FINDING_ZERO_WINDOW_HELD] = {N_("receive window closed for {held_ms}[ by {who}]"),
		N_("This end's receive window was closed for {held_ms}[ by {who}]: its receive "
		   "buffer was full and its program did not read. The other end may send nothing "
		   "but probes; no timer ends that as long as they are answered."),
		N_("See why the program does not read.")},
	[FINDING_GAVE_UP] = {N_("gave up after {times} {times|retransmission|retransmissions}[ "
				"over {longest_ms}]"),
		N_("This end[, {who},] gave up: its data or FIN was sent again "
		   "{times} "
		   "{times|time|times} over {longest_ms} and never acknowledged[; {idle_ms} of "
		   "silence had gone before][; meanwhile {others} other "
		   "{others|connection|connections} between the same two hosts went on]."),
		N_("Find where the packets end (capture at both ends): a link or host that is "
		   "down, or, if other connections with that host are answered, a firewall or an "
		   "address translator that forgot this one. TCP_USER_TIMEOUT and "
		   "net.ipv4.tcp_retries2 set the patience.")},
	[FINDING_KEEPALIVE_TIMED_OUT] = {N_("keepalive probes unanswered: gave up[ after "
					    "{silent_ms} of silence]"),
		N_("This end[ of {who}] gave up: the peer answered none of {probes} keepalive "
		   "{probes|probe|probes}[, and was last heard {silent_ms} before]. The call that "
		   "waits fails with ETIMEDOUT."),
		N_("The peer's machine or the way to it is gone, or a firewall has forgotten the "
		   "connection: capture at both ends. TCP_KEEPIDLE, TCP_KEEPINTVL and "
		   "TCP_KEEPCNT set the patience.")},
	[FINDING_SEGMENTS_TOO_LARGE] = {N_("segments of {size} bytes do not arrive, those up to "
					   "{arrived} do: too large for the path"),
		N_("Segments of {size} bytes were sent again {times} {times|time|times} over "
		   "{longest_ms} and never acknowledged, while the other end still answered and "
		   "had taken those up to {arrived} bytes: the large ones do not fit the path, "
		   "and no ICMP error says so (an MTU black hole)."),
		N_("Let ICMP \"fragmentation needed\" and \"packet too big\" pass, clamp the MSS "
		   "to the path (nft: tcp option maxseg size set rt mtu), lower the interface's "
		   "MTU (tunnels, VPN), or set net.ipv4.tcp_mtu_probing=1.")},
	[FINDING_NAGLE_STALLS] = {N_("{count} small {count|write|writes} waited for a delayed ACK, "
				     "{waited_ms} in all"),
		N_("{count} small {count|segment|segments} of this end[, {who},] waited for the "
		   "acknowledgement of the one before, {waited_ms} in all: Nagle's algorithm holds "
		   "a small segment back while one is unacknowledged, and the other end delays its "
		   "ACK."),
		N_("Write a message with one call (writev(), or a buffer), not in parts; else set "
		   "TCP_NODELAY.")},
	[FINDING_SELF_CONNECTED] = {N_("a socket[ of {who}] is connected to itself"),
		N_("A socket[ of {who}] is connected to itself: nobody listened on port {port}, "
		   "and "
		   "connect() was given just that number as its own local port. What it sends "
		   "comes back, and the server cannot bind the port."),
		N_("Compare getsockname() with getpeername() after connect(), and keep the ports "
		   "of "
		   "servers out of net.ipv4.ip_local_port_range (or list them in "
		   "net.ipv4.ip_local_reserved_ports).")},
	[FINDING_DATA_UNACKNOWLEDGED] = {N_("data sent to it {times} {times|time|times} again, "
					    "unacknowledged for {longest_ms}"),
		N_("Data or a FIN of {connections} "
		   "{connections|connection|connections} to this end "
		   "was sent again, up to {times} {times|time|times} over "
		   "{longest_ms}, and not "
		   "acknowledged: it did not arrive, was not taken, or "
		   "the acknowledgement was lost "
		   "(a firewall, a link or host that is down, full "
		   "segments too large for the path)[; its SYN-ACK came {syn_acks} more "
		   "{syn_acks|time|times}, so it is heard, but nothing behind the SYN reaches it: "
		   "a "
		   "firewall that saw one direction only (asymmetric routes) drops that]."),
		N_("The sender waits twice as long each time and gives up after "
		   "net.ipv4.tcp_retries2 (about 15 minutes by default) or TCP_USER_TIMEOUT.")},
	[FINDING_RST_FORGED] = {N_("ended by an RST that was probably not the peer's"),
		N_("The RST that ended this connection was probably not sent by the peer[: "
		   "its hop limit is {hop}, that of the peer's other packets {usual}][: the "
		   "kernel still showed the peer's socket in {state} afterwards][: the "
		   "peer itself went on afterwards, with {after} more "
		   "{after|segment|segments}]."),
		N_("Look for a firewall, an intrusion prevention system or a proxy "
		   "between the two that resets connections in the peer's name.")},
	[FINDING_PEER_REBOOTED] =
		{N_("the peer had forgotten the connection[ after {silent_ms} of silence]"),
			N_("The peer no longer knew this connection when it was spoken "
			   "to after {silent_ms} "
			   "of silence: it answered with a bare RST and had sent no "
			   "FIN. It was restarted, "
			   "or something between forgot the connection."),
			N_("Use TCP keepalive (SO_KEEPALIVE, TCP_KEEPIDLE) shorter than the time "
			   "limit of firewalls and translators between.")},
	[FINDING_UDP_DROPS] = {N_("{count} {count|datagram|datagrams} dropped at {who}"),
		N_("{count} {count|datagram was|datagrams were} dropped at {who}[: its receive "
		   "buffer of {rcvbuf} bytes was full][; {arrived} had arrived]."),
		N_("Read sooner, or enlarge the buffer: SO_RCVBUF, capped by "
		   "net.core.rmem_max. UDP does not tell the sender.")},
	[FINDING_DATAGRAMS_UNREACHABLE] =
		{N_("{count} {count|datagram|datagrams} to UDP port {port}[, which {nobody|nobody|"
		    "nobody} had bound][, whose socket is connected to {connected}]"),
			N_("{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} "
			   "answered by ICMP port unreachable: [no {nobody|socket|socket} was "
			   "bound there][the socket there is connected to {connected} and "
			   "takes nothing from another address][; it is held by {who}]."),
			N_("A connected socket is told of it, once, by ECONNREFUSED at its next "
			   "call; an unconnected one never is.")},
	[FINDING_TIME_WAIT_OVERFLOW] = {N_("{count} {count|connection|connections} ended without "
					   "TIME_WAIT: tcp_max_tw_buckets"),
		N_("{count} {count|connection|connections} ended without TIME_WAIT: "
		   "net.ipv4.tcp_max_tw_buckets was reached (TcpExtTCPTimeWaitOverflow "
		   "+{count})."),
		N_("Late segments may now meet a new connection. Raise the limit, or let "
		   "clients close first so that TIME_WAITs spread over them.")},
	[FINDING_TIME_WAIT_MANY] = {N_("{sockets} sockets in TIME_WAIT[ at {who}]"),
		N_("{sockets} sockets waited in TIME_WAIT[ at {who}]: that end closed first. Each "
		   "keeps "
		   "its ports for 60 s."),
		N_("It is the normal end of the side that closes first. Only a client that "
		   "runs out of ports, or a server that must bind again without SO_REUSEADDR, "
		   "need care.")},
	[FINDING_ZOMBIES] = {N_("{who} left {count} {count|child|children} as "
				"{count|a zombie|zombies} for {held_ms}"),
		N_("{who} did not wait for {count} {count|child|children} that had ended: "
		   "{count|it is a zombie|they are zombies}, for {held_ms} or longer."),
		N_("Each keeps a pid until its parent calls waitpid(). Do so in a handler of "
		   "SIGCHLD, in a loop with WNOHANG (one signal may stand for several children), "
		   "or ignore the signal: signal(SIGCHLD, SIG_IGN).")},
	[FINDING_CAPTURE_LOST] = {N_("{packets} {packets|packet|packets} lost by the capture"),
		N_("{packets} {packets|packet was|packets were} lost by the "
		   "capture: transitions may be missing or inferred late."),
		N_("Use a larger capture buffer or a narrower FILTER.")},
	[FINDING_DIAG_LOST] = {N_("{count} {count|answer|answers} of the kernel lost"),
		N_("{count} {count|answer|answers} of the kernel {count|was|were} "
		   "lost: some states may lack their evidence."),
		N_("Use a narrower FILTER.")},
	[FINDING_FLOWS_EVICTED] = {N_("{count} {count|connection|connections} forgotten"),
		N_("{count} {count|connection was|connections were} forgotten to make room for "
		   "newer "
		   "ones; should they speak again, they are reported as seen midway."),
		N_("Use a narrower FILTER.")},
	[FINDING_LOOKUPS_SHED] = {N_("{count} {count|look-up|look-ups} left out"),
		N_("{count} {count|look-up was|look-ups were} left out under load: "
		   "fewer transitions carry the kernel's evidence."),
		N_("Use a narrower FILTER.")},
};
#pragma GCC diagnostic pop

const char *prose_finding_template(unsigned code)
{
	return code < FINDING_MAX ? _(words[code].sentence) : NULL;
}

const char *prose_finding_advice_template(unsigned code)
{
	return code < FINDING_MAX ? _(words[code].advice) : NULL;
}

const char *prose_finding_headline_template(unsigned code)
{
	return code < FINDING_MAX ? _(words[code].headline) : NULL;
}

char *prose_finding_headline(const struct finding *finding, char *buffer, size_t size)
{
	const char *headline = prose_finding_headline_template(finding->code);

	return template_fill_finding(headline != NULL ? headline : "", finding, buffer, size);
}

char *prose_finding(const struct finding *finding, char *buffer, size_t size)
{
	const char *sentence = prose_finding_template(finding->code);

	return template_fill_finding(sentence != NULL ? sentence : "", finding, buffer, size);
}

char *prose_finding_advice(const struct finding *finding, char *buffer, size_t size)
{
	const char *advice = prose_finding_advice_template(finding->code);

	if (prose_finding_phrase_advice(finding) != NULL)
		advice = prose_finding_phrase_advice(finding);
	else if (finding->with_calls && finding->code < FINDING_MAX &&
		 words[finding->code].with_calls != NULL)
		advice = _(words[finding->code].with_calls);
	return template_fill_finding(advice != NULL ? advice : "", finding, buffer, size);
}

static void append(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void append(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}

static void cite(
	char *buffer, size_t size, const char *one, const char *many, const uint64_t *number)
{
	if (number[0] == 0)
		return;
	append(buffer, size, "%s%s ", buffer[0] != '\0' ? _("; ") : "",
		number[1] != 0 ? many : one);
	for (int i = 0; i < FINDING_CITED && number[i] != 0; i++)
		append(buffer, size, "%s%" PRIu64, i > 0 ? ", " : "", number[i]);
}

char *prose_finding_evidence(const struct finding *finding, char *buffer, size_t size)
{
	buffer[0] = '\0';
	cite(buffer, size, _("frame"), _("frames"), finding->evidence.frame);
	cite(buffer, size, "diag", "diag", finding->evidence.diag);
	uint64_t calls[FINDING_CITED];
	for (int i = 0; i < FINDING_CITED; i++)
		calls[i] = finding->evidence.call[i];
	cite(buffer, size, _("call"), _("calls"), calls);
	if (finding->evidence.counters[0] != '\0')
		append(buffer, size, "%s%s", buffer[0] != '\0' ? _("; ") : "",
			finding->evidence.counters);
	return buffer;
}

char *prose_finding_about(const struct finding *finding, bool utf8, char *buffer, size_t size)
{
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT];
	int side = finding->side & 1;

	buffer[0] = '\0';
	if (finding->about == FINDING_OF_LISTENER)
		append(buffer, size, _("listener %s"), flow_end_text(&finding->key, 0, left));
	else if (finding->about == FINDING_OF_UDP_SOCKET)
		append(buffer, size, _("UDP socket %s"), flow_end_text(&finding->key, 0, left));
	else if (finding->about == FINDING_OF_CONNECTION)
		append(buffer, size, _("connection %u, %s%s%s"), finding->serial,
			flow_end_text(&finding->key, side, left), utf8 ? " → " : " -> ",
			flow_end_text(&finding->key, !side, right));
	else if (finding->about == FINDING_OF_END)
		append(buffer, size, "%s", flow_end_text(&finding->key, side, left));
	return buffer;
}

char *prose_run_end(const struct run *run, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (run->end.how == RUN_SIGNALLED)
		append(buffer, size, _("The recorder was told to end by signal %d (%s)."),
			run->end.signal, call_signal_name(run->end.signal));
	if (!run->incomplete)
		return buffer;
	if (buffer[0] != '\0')
		append(buffer, size, " ");
	if (run->end.how == RUN_KILLED)
		append(buffer, size, "%s",
			_("The recording is incomplete: the recorder was killed, or its machine "
			  "stopped; how much is missing is not known."));
	else if (run->end.how == RUN_BROKE_OFF)
		append(buffer, size, _("The recording is incomplete, it broke off: %s."),
			run->end.text != NULL ? run->end.text : "");
	else
		append(buffer, size,
			_("The recording is incomplete: %" PRIu64 " of %" PRIu64
			  " packets and %" PRIu64 " of %" PRIu64
			  " netlink messages that were recorded are here."),
			run->packets, run->end.packets, run->diag_messages, run->end.messages);
	return buffer;
}

char *prose_finding_of_kind(
	const struct model *model, const struct finding *first, char *buffer, size_t size)
{
	const char *many = first->code < FINDING_MAX ? words[first->code].many : NULL;
	struct finding all = *first;

	if (first->more == 0 || many == NULL)
		return prose_finding_headline(first, buffer, size);
	finding_sum(model, &all);
	template_fill_finding(_(many), &all, buffer, size);
	return buffer;
}

char *prose_verdict(const struct model *model, const struct verdict_line *line, bool utf8,
	char *buffer, size_t size)
{
	const struct finding *finding;

	buffer[0] = '\0';
	switch ((enum verdict_kind)line->kind) {
	case VERDICT_INCOMPLETE:
		prose_run_end(&model->runs[line->finding], buffer, size);
		if (model->run_count > 1)
			append(buffer, size, " (%s)", model->runs[line->finding].name);
		if (line->count > 1)
			append(buffer, size,
				ngettext(" So is %u more.", " So are %u more.", line->count - 1),
				line->count - 1);
		break;
	case VERDICT_CHECKS:
		append(buffer, size, _("%zu of %zu checks as predicted."),
			model->check_count - model->checks_failed, model->check_count);
		break;
	case VERDICT_FINDING:
		finding = &model->findings[line->finding];
		prose_finding_about(finding, utf8, buffer, size);
		if (finding->more > 0 && buffer[0] != '\0')
			append(buffer, size, _(" and %u more"), finding->more);
		if (buffer[0] != '\0')
			append(buffer, size, "%s", _(": "));
		prose_finding_of_kind(
			model, finding, buffer + strlen(buffer), size - strlen(buffer));
		if (finding->more > 0 && finding->about == FINDING_OF_RUN)
			append(buffer, size, _("; %u more of this kind"), finding->more);
		append(buffer, size, "%s", _("."));
		break;
	case VERDICT_OTHERS:
		append(buffer, size,
			ngettext("%u more finding is below.", "%u more findings are below.",
				line->count),
			line->count);
		break;
	case VERDICT_FAILED:
		append(buffer, size, _("The experiment broke off: %s"),
			model->runs[line->finding].failure);
		break;
	case VERDICT_NOTHING:
		append(buffer, size, "%s", _("No finding."));
		break;
	}
	return buffer;
}
