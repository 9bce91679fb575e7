/* Words of the findings about connections that nobody let in: listeners and their queues, SYNs
 * refused, dropped and answered otherwise. */
#include "tcpstate/lang.h"

#include "finding_words.h"

/* what a row leaves out at its end is NULL */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct finding_words finding_words_openings[FINDING_MAX] = {
	[FINDING_ACCEPT_QUEUE_OVERFLOW] = {N_("accept queue overflow: {queue} waiting with backlog "
					      "{backlog}[, {clients} {clients|client|clients} not "
					      "let in]"),
		N_("The accept queue overflowed[ {count} {count|time|times}]: {queue} "
		   "{queue|connection|connections} waiting for accept() with backlog {backlog} "
		   "(the kernel admits backlog + 1)[; the queue held {held}][; {clients} "
		   "{clients|client was|clients were} never let in][; net.core.somaxconn = {cap} "
		   "caps what listen() asks for]."),
		N_("Call accept() sooner, or give listen() a larger backlog (net.core.somaxconn "
		   "caps it)."),
		NULL, N_("accept queue overflow[, {clients} {clients|client|clients} not let in]")},
	[FINDING_LISTENER_CLOSED_ON] = {N_("closed on {count} {count|client|clients} that nobody "
					   "had accepted: reset"),
		N_("{count} {count|client|clients} in the accept queue {count|was|were} reset when "
		   "the listening socket[ of {who}] was closed: nobody had accepted "
		   "{count|it|them}[, although {others} listened on the same port]."),
		N_("Before closing, stop new clients and accept() until the queue is empty; with "
		   "SO_REUSEPORT, net.ipv4.tcp_migrate_req=1 hands them to another listener."),
		NULL,
		N_("closed on {count} {count|client|clients} in all that nobody had accepted: "
		   "reset")},
	[FINDING_LISTENS_BYTE_SWAPPED] = {N_("{who} listens on port {port}: {swapped} with its "
					     "bytes swapped (htons)"),
		N_("{who} listens on port {port} instead of {swapped}, the same number with its "
		   "bytes swapped: htons() is missing."),
		N_("Store the port with htons() in sin_port before bind().")},
	[FINDING_REFUSED_BYTE_SWAPPED] = {N_("{count} {count|connection|connections} refused: port "
					     "{port} is {swapped} with its bytes swapped (htons() "
					     "is [{perhaps|probably|probably} ]missing {fault})"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} "
		   "refused, but {who} listened on port {swapped}, the same number with its bytes "
		   "swapped: htons() is [{perhaps|probably|probably} ]missing {fault}."),
		N_("Store ports with htons() in sin_port and read them with ntohs().")},
	[FINDING_DATAGRAMS_BYTE_SWAPPED] =
		{N_("{count} {count|datagram|datagrams} met no socket: UDP port {port} is "
		    "{swapped} with its bytes swapped (htons() is [{perhaps|probably|probably} "
		    "]missing {fault})"),
			N_("{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} "
			   "answered by ICMP port unreachable, but {who} has port {swapped}, the "
			   "same number with its bytes swapped: htons() is "
			   "[{perhaps|probably|probably} ]missing {fault}."),
			N_("Store ports with htons() in sin_port and read them with ntohs().")},
	[FINDING_LISTENS_UNBOUND] = {N_("{who} listens on port {port}, {how}"),
		N_("{who} listened on port {port}, {how}[; {count} {count|connection|connections} "
		   "to port {wanted} {count|was|were} refused, for nothing listened there]."),
		N_("Call bind() with the port that clients ask for before listen(), store it with "
		   "htons(), and look at what bind() returns.")},
	[FINDING_ADDRESS_SWAPPED] = {N_("{count} {count|connection|connections} to {asked} never "
					"opened: that is {meant} with its bytes swapped (htonl)"),
		N_("{count} {count|connection|connections} to {asked}, port {port}, never opened: "
		   "that address is {meant} with its bytes swapped."),
		N_("Store the address in network byte order: inet_pton() and getaddrinfo() do; "
		   "INADDR_LOOPBACK and other numbers need htonl().")},
	[FINDING_REFUSED_AFTER_CLOSE] =
		{N_("{count} {count|connection|connections} refused: the listener on port {port} "
		    "had closed[ {after_ms}] before the SYN came"),
			N_("{count} {count|connection|connections} to port {port} {count|was|were} "
			   "refused: its listener[, {who},] had been closed[ {after_ms}] before "
			   "the SYN came[, when its {ended|process|process} ended]."),
			N_("Keep the listening socket open until its successor listens, or let the "
			   "client try again.[ {ended|See|See} what ended the server: one that "
			   "returns from main() after its first client takes no second.]")},
	[FINDING_REFUSED_BEFORE_LISTEN] = {N_("{count} {count|connection|connections} refused: "
					      "port {port} listened {before_ms} later"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} "
		   "refused: listen()[ by {who}] came {before_ms} later."),
		N_("Start the client when the server is ready, or let it try again.")},
	[FINDING_REFUSED_THOUGH_LISTENING] = {N_("{count} {count|connection|connections} to port "
						 "{port} refused, although a socket listened on "
						 "it"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} refused "
		   "by an RST, although a socket[ of {who}] listened on it then: that RST was not "
		   "the listener's."),
		N_("Look for a firewall rule that rejects with a TCP reset (nft list ruleset), or "
		   "a proxy in front of the server.")},
	[FINDING_REFUSED_OTHER_ADDRESS] = {N_("{count} {count|connection|connections} refused: "
					      "{who} listens on {listens}[, not on this "
					      "{elsewhere|address|address}][; {reached} came in "
					      "there {reached|next|next}]"),
		N_("{count} {count|connection|connections} to port {port} {count|was|were} "
		   "refused, while {who} listened on {listens}[: it takes no connection to another "
		   "{elsewhere|address|address}][; {reached} {reached|client|clients} came in "
		   "there next, and lost nothing]."),
		N_("Bind the server to 0.0.0.0 (or ::, for both IPv4 and IPv6), or let the client "
		   "use the address that it listens on: localhost may be ::1 as well as 127.0.0.1, "
		   "and 127.0.0.1 is reached from this host, or this container, alone.")},
	[FINDING_NEVER_LEFT] = {N_("what it sent never left this host[: its {syn|SYN|SYN}][: its "
				   "{syn_ack|SYN-ACK|SYN-ACK}][: {bytes} {bytes|byte|bytes}], for "
				   "{waited_ms}[; {why}]"),
		N_("The kernel held [the {syn|SYN|SYN}][the {syn_ack|SYN-ACK|SYN-ACK}][{bytes} "
		   "{bytes|byte|bytes}] of this end[, {who},] for {waited_ms}, trying again and "
		   "again, but no packet of it was captured meanwhile: nothing left this host[; "
		   "{why}]."),
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
		   "socket had sent the SYN, or its program had closed it, or ended, meanwhile."),
		N_("A SYN that no socket sends comes from a raw socket (scapy), a scanner or "
		   "health check that opens only half (nmap -sS), or under a forged address. A "
		   "program that closes its socket meanwhile has a time limit for connect() that "
		   "is shorter than the way: compare the two times.")},
	[FINDING_CONNECTION_REFUSED_SEEN] = {N_("{count} {count|connection|connections} refused: "
						"nothing listened on port {port}[, or {away|a|a} "
						"filter resets]"),
		N_("{count} {count|connection|connections}[ to port {port}] {count|was|were} "
		   "refused: an RST answered the SYN. Nothing listened on that address and port[, "
		   "or {away|a|a} filter in front of it rejects with a reset: a look at that host "
		   "tells][; {earlier}][; {who} has that port number]."),
		N_("Compare both with `tcpstate list` (a port without htons() is the classic "
		   "cause: 12345 becomes 14640).")},
	[FINDING_CONNECTIONS_UNREACHABLE] = {N_("{count} {count|connection|connections} ended by "
						"an ICMP error[, {what}][, from {from}]"),
		N_("{count} {count|connection was|connections were} ended by an ICMP error that "
		   "answered the SYN[, {what}][, from {from}]: connect() fails with what it says "
		   "(EHOSTUNREACH, ENETUNREACH, ECONNREFUSED)."),
		N_("Its line names who sent it: a router that knows no way, a host that does not "
		   "answer ARP, or a firewall that rejects.")},
	[FINDING_SYN_ANSWERED_BY_ACK] = {N_("{count} {count|SYN|SYNs} answered by an ACK of an "
					    "older connection on the same ports"),
		N_("{count} {count|SYN was|SYNs were} answered by an ACK of an older connection on "
		   "the same ports, which the server still held[: {time_wait} in TIME_WAIT, its "
		   "sequence numbers above the new one's][; TcpExtTCPSYNChallenge +{challenges}]. "
		   "The client's RST clears it; {outcome}."),
		N_("The client had forgotten the connection (it rebooted, or an address translator "
		   "gave its port to another). It costs a second; let the client choose another "
		   "local port.")},
	[FINDING_SYN_UNANSWERED] = {N_("{connections} {connections|connection|connections} got no "
				       "answer to {connections|its SYN|their SYNs}[ ({syns} SYNs "
				       "in all)][: the accept queue was full {overflows|then|each "
				       "time}]"),
		N_("{connections} {connections|connection|connections} got neither SYN-ACK nor RST "
		   "for {connections|its SYN|their SYNs}[ ({syns} SYNs in all)]: a client that "
		   "goes on waiting stays in SYN_SENT and tries again[; the accept queue was full "
		   "{overflows|then|each time}]."),
		N_("A current kernel drops a SYN when the listener's accept queue is full "
		   "(TcpExtListenDrops moves) or its SYN queue is (TcpExtTCPReqQFullDrop, with SYN "
		   "cookies off); a firewall or an absent host leaves it unanswered, too.")},
	[FINDING_CONNECT_LATE] = {N_("{count} {count|connection|connections} ESTABLISHED only "
				     "after up to {took_ms}: the first {syns|SYN|SYNs} got no "
				     "answer[; {by}][: the accept queue was full "
				     "{overflows|then|each time}]"),
		N_("{count} {count|connection was|connections were} ESTABLISHED late, after up to "
		   "{took_ms}: the first {syns|SYN|SYNs} ({syns} in all) got no answer[, for the "
		   "accept queue was full {overflows|then|each time}]; one sent again did[; the "
		   "listener dropped none (TcpExtListenDrops did not move): {by}]."),
		N_("A SYN is sent again, first after 1 s: such a connect() takes whole seconds. A "
		   "full accept queue (TcpExtListenDrops moves) or SYN queue "
		   "(TcpExtTCPReqQFullDrop) drops SYNs, as does an address translator without a "
		   "free port (conntrack -S, insert_failed) or a lossy link: capture at both "
		   "ends.")},
	[FINDING_SYN_FILTERED] = {N_("{connections} {connections|connection|connections} got no "
				     "answer to {connections|its SYN|their SYNs}, although the "
				     "listener dropped none: [a {unknown|filter|filter}][{by}]"),
		N_("{connections} {connections|connection|connections} to port {port} got no "
		   "answer to {syns} {syns|SYN|SYNs}, although a socket[ of {who}] listened there "
		   "and dropped none (TcpExtListenDrops did not move): no queue was full; "
		   "[something before the {unknown|listener|listener} dropped "
		   "{syns|it|them}][{by}]."),
		N_("Look for a firewall rule that drops (nft list ruleset; on the way, capture at "
		   "both ends).")},
	[FINDING_DEFER_ACCEPT] = {N_("TCP_DEFER_ACCEPT ignored {count} final {count|ACK|ACKs} "
				     "without data"),
		N_("TCP_DEFER_ACCEPT ignored {count} final {count|ACK|ACKs} without data of "
		   "{connections} {connections|connection|connections}: the client believes it is "
		   "ESTABLISHED, the server holds SYN_RECV until data come or its SYN-ACK has been "
		   "sent again."),
		N_("Use the option only for clients that speak first; one that waits for the "
		   "server's greeting hangs until the SYN-ACK has been sent again.")},
	[FINDING_SYN_COOKIES] = {N_("{sent} SYN {sent|cookie|cookies} sent, {received} came back"),
		N_("SYN cookies were in use: {sent} sent, {received} came back and "
		   "{received|was|were} valid[, {failed} failed][; {lost} or more of them never "
		   "did, and left nothing here: a cookie needs no request]."),
		N_("Look for a SYN flood, or a listener whose backlog is too small for its clients "
		   "(net.ipv4.tcp_max_syn_backlog, net.core.somaxconn).")},
	[FINDING_GHOST] = {N_("ESTABLISHED here, but the other end holds no socket"),
		N_("This end is ESTABLISHED, but the other end holds no socket for it: its final "
		   "ACK was not taken (accept queue full, a SYN cookie, or a request that "
		   "expired)."),
		N_("It will notice only when it sends and gets an RST. Let the client's first read "
		   "have a time limit, and mend what kept the server from accepting.")},
	[FINDING_SYN_ACK_RETRANSMITTED] = {N_("{count} {count|SYN-ACK|SYN-ACKs} sent again"),
		N_("{count} {count|SYN-ACK|SYN-ACKs} of {connections} "
		   "{connections|connection|connections} went out again[; {asked} "
		   "{asked|client|clients} went on sending SYNs: the SYN-ACKs do not reach "
		   "{asked|it|them}, or {asked|it refuses|they refuse} them][; {gone} "
		   "{gone|client|clients} sent nothing more: gone or never there, or "
		   "{gone|its|their} final {gone|ACK was|ACKs were} lost][; the final ACK of "
		   "{answered} of them was captured: it was lost behind the capture, or not taken "
		   "(accept queue full, TCP_DEFER_ACCEPT, a filter)][; the final ACK of "
		   "{not_taken} of them was captured, but the kernel did not take it]."),
		N_("Meanwhile the server holds SYN_RECV, until net.ipv4.tcp_synack_retries is used "
		   "up, and a client that has answered believes that it is ESTABLISHED. A capture "
		   "at the client tells which of the two gets lost.")},
};
#pragma GCC diagnostic pop
