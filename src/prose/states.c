/* What `tcpstate explain` says about each state. Facts are those of RFC 9293 and of Linux (defaults
 * as in Documentation/networking/ip-sysctl.rst, behaviour as measured on 6.18); net.ipv4.tcp_*
 * governs IPv6 as well. */
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

static const struct state_prose states[STATE_MAX] = {
	[STATE_CLOSED] =
		{
			.brief = N_("no connection"),
			.title = N_("CLOSED - no connection; before the first and after the last "
				    "packet"),
			.entered =
				N_("by socket() and bind(); and again from every other state when "
				   "the connection has ended."),
			.ended = N_("by listen() (to LISTEN) or connect() (to SYN_SENT). A SYN for "
				    "a port without a listener is answered by RST: the client's "
				    "connect() fails with ECONNREFUSED."),
			.timer = N_("none."),
			.shown = N_("not at all, as a rule: sock_diag finds no socket that is "
				    "neither bound nor connected, nor one whose connection has "
				    "ended while its descriptor is still open. A socket after "
				    "bind() but before listen() or connect() is shown by `tcpstate "
				    "list --bound`; ss -a and netstat hide it. The kernel and ss "
				    "write CLOSE or UNCONN."),
			.in_lab = N_("a client that binds to a port whose earlier connection is in "
				     "TIME_WAIT fails here, at bind(), with EADDRINUSE, unless the "
				     "old and the new socket both set SO_REUSEADDR."),
			.rfc = N_("3.3.2; a segment for a closed port: 3.10.7.1."),
		},
	[STATE_LISTEN] =
		{
			.brief = N_("waiting for connection requests"),
			.title = N_("LISTEN - a server waits for connection requests"),
			.entered = N_("by listen(fd, backlog). No packet is sent."),
			.ended = N_("by close() or the end of the program, without a packet of its "
				    "own. Connections that wait for accept() then get an RST, "
				    "half-open requests are forgotten. A listener never becomes a "
				    "connection: each connection is a new socket."),
			.timer = N_("none. The backlog is cut to net.core.somaxconn (4096; 128 "
				    "before Linux 5.4) when listen() is called."),
			.shown =
				N_("as LISTEN everywhere. `tcpstate list` says \"accept queue 2 of "
				   "2 (backlog 1 + 1), full\": established connections that "
				   "accept() has not fetched yet, against the limit; the kernel "
				   "admits backlog + 1. In ss these two are Recv-Q and Send-Q; "
				   "netstat and /proc/net/tcp print Send-Q 0. --half-open counts "
				   "the SYN queue too."),
			.in_lab =
				N_("a small backlog fills when accept() is slow. On Linux >= 4.10 "
				   "further SYNs are then dropped: those clients stay SYN_SENT, "
				   "TcpExtListenOverflows and TcpExtListenDrops count each SYN. "
				   "backlog 0 still admits one connection."),
			.rfc = N_("3.3.2, passive OPEN in 3.10.1; segments: 3.10.7.2."),
		},
	[STATE_SYN_SENT] =
		{
			.brief = N_("our SYN is out, no answer yet"),
			.title = N_(
				"SYN_SENT - a client has sent its SYN and waits for the SYN-ACK"),
			.entered = N_("by connect(), which sends SYN."),
			.ended =
				N_("by SYN-ACK (to ESTABLISHED), by RST (connect() fails with "
				   "ECONNREFUSED), by ICMP unreachable, by close(), or by giving "
				   "up with ETIMEDOUT. A bare SYN from the peer leads to SYN_RECV: "
				   "simultaneous open."),
			.timer =
				N_("SYN retransmission, net.ipv4.tcp_syn_retries (6) on top of "
				   "net.ipv4.tcp_syn_linear_timeouts (4; Linux >= 6.5): again "
				   "after 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s, given up at 131 s. "
				   "With 0 linear ones: 1, 3, 7, 15, 31, 63 s, given up at 127 s."),
			.shown = N_("as SYN_SENT; ss writes SYN-SENT. `tcpstate list` says \"SYN "
				    "retransmit 2, next in 0.8 s\". Send-Q 1 is the SYN itself."),
			.in_lab =
				N_("a client that hangs in connect(): the server's accept queue is "
				   "full and its SYN is dropped, or a firewall eats it. It is the "
				   "backlog experiment's picture on a current kernel. What the "
				   "program wants to send, it sends later."),
			.rfc = N_("3.3.2, 3.5, active OPEN in 3.10.1; segments: 3.10.7.3."),
		},
	[STATE_SYN_RECV] =
		{
			.brief = N_("SYN received and answered, final ACK missing"),
			.title = N_("SYN_RECV - SYN received, SYN-ACK sent, the final ACK of the "
				    "handshake has not been taken (SYN-RECEIVED in the RFC)"),
			.entered =
				N_("from LISTEN by a SYN: the kernel keeps a small request socket "
				   "in the listener's SYN queue. From SYN_SENT by a SYN: "
				   "simultaneous open, a full socket."),
			.ended =
				N_("by the final ACK (to ESTABLISHED), RST, the listener's "
				   "close(), or giving up. The final ACK is ignored while the "
				   "accept queue is full (net.ipv4.tcp_abort_on_overflow=1 answers "
				   "RST instead) and under TCP_DEFER_ACCEPT."),
			.timer =
				N_("SYN-ACK retransmission, net.ipv4.tcp_synack_retries (5): after "
				   "1, 3, 7, 15, 31 s; the request is gone at about 63 s, earlier "
				   "when the SYN queue is more than half full. The SYN queue is "
				   "bounded by the backlog; net.ipv4.tcp_max_syn_backlog matters "
				   "only with net.ipv4.tcp_syncookies=0 (default 1: surplus SYNs "
				   "get cookies and no socket at all)."),
			.shown = N_("as SYN_RECV; ss writes SYN-RECV. Requests have no process, "
				    "inode 0: `tcpstate list` says \"half-open request\" and "
				    "\"SYN-ACK retransmit 2, next in 3.4 s\"."),
			.in_lab = N_("the client is ESTABLISHED already and may send; the server "
				     "will not have it. Many of these from silent senders: a SYN "
				     "flood."),
			.rfc = N_("3.3.2, 3.5 with figures 6 and 7; segments: 3.10.7.4."),
		},
	[STATE_ESTABLISHED] =
		{
			.brief = N_("open, data flows both ways"),
			.title = N_("ESTABLISHED - the connection is open, data flows both ways"),
			.entered =
				N_("at the client by the SYN-ACK, at the server by the final ACK. "
				   "connect() returns; accept() may return."),
			.ended = N_("by close() or shutdown(SHUT_WR) here (to FIN_WAIT1), by the "
				    "peer's FIN (to CLOSE_WAIT), by RST (ECONNRESET)."),
			.timer = N_("none when idle: it lasts for ever, even if the peer's machine "
				    "is gone. Unacknowledged data is retransmitted "
				    "net.ipv4.tcp_retries2 (15) times, about 15 minutes, then "
				    "ETIMEDOUT. With SO_KEEPALIVE: net.ipv4.tcp_keepalive_time "
				    "(7200 s), then net.ipv4.tcp_keepalive_probes (9) every "
				    "net.ipv4.tcp_keepalive_intvl (75 s)."),
			.shown = N_("as ESTABLISHED; ss writes ESTAB. Recv-Q: bytes that the "
				    "program has not read; Send-Q: bytes that the peer has not "
				    "acknowledged. `tcpstate list` says \"waits for accept()\" "
				    "while the connection is still in the accept queue (inode 0)."),
			.in_lab =
				N_("ESTABLISHED at the client does not mean that a program serves "
				   "it, nor that the server holds a socket: it may wait for "
				   "accept(), still be SYN_RECV over there, or be a ghost left by "
				   "a SYN cookie."),
			.rfc = N_("3.3.2, 3.8; segments: 3.10.7.4."),
		},
	[STATE_FIN_WAIT1] =
		{
			.brief = N_("our FIN is out, not yet acknowledged"),
			.title = N_("FIN_WAIT1 - closed here first: FIN sent, its ACK has not come "
				    "(FIN-WAIT-1 in the RFC)"),
			.entered =
				N_("from ESTABLISHED (or SYN_RECV) by close(), shutdown(SHUT_WR) "
				   "or the end of the program. The FIN waits its turn behind "
				   "unsent data."),
			.ended = N_("by the ACK of the FIN (to FIN_WAIT2), by FIN and ACK together "
				    "(to TIME_WAIT), by FIN alone (to CLOSING), by RST."),
			.timer = N_("retransmission of the FIN: net.ipv4.tcp_retries2 (15) times "
				    "while a process holds the socket; an orphan gives up after "
				    "net.ipv4.tcp_orphan_retries (0, which means 8) or, with too "
				    "many of them, at once (net.ipv4.tcp_max_orphans)."),
			.shown =
				N_("as FIN_WAIT1; ss writes FIN-WAIT-1. Send-Q 1 is the FIN. After "
				   "close() `tcpstate list` says \"orphan\" (uid 0, inode 0)."),
			.in_lab =
				N_("usually too short to see. It stays when the peer's machine is "
				   "gone, or its receive buffer is full and the FIN waits behind "
				   "data. close() with unread data in the receive buffer sends RST "
				   "instead and skips all of this."),
			.rfc = N_("3.3.2, 3.6 with figure 12, CLOSE call in 3.10.4; segments: "
				  "3.10.7.4."),
		},
	[STATE_FIN_WAIT2] =
		{
			.brief = N_("our FIN is acknowledged, waiting for the peer's FIN"),
			.title = N_("FIN_WAIT2 - closed here, acknowledged; waiting for the peer's "
				    "FIN (FIN-WAIT-2 in the RFC)"),
			.entered = N_("from FIN_WAIT1 by the ACK of our FIN. The connection is "
				      "half-closed: the peer may still send."),
			.ended = N_("by the peer's FIN (to TIME_WAIT), or by RST."),
			.timer = N_("none while a process holds the socket (after "
				    "shutdown(SHUT_WR)): for ever. An orphan (after close()) is "
				    "held for net.ipv4.tcp_fin_timeout (60 s; TCP_LINGER2 per "
				    "socket) and then vanishes without a packet. The RFC knows no "
				    "such timer."),
			.shown =
				N_("as FIN_WAIT2; ss writes FIN-WAIT-2. `tcpstate list` tells the "
				   "two apart: a full socket without timer, or a \"mini-socket\" "
				   "with \"FIN_WAIT2 ends in 42.1 s\" that no process holds (inode "
				   "0)."),
			.in_lab = N_("the other side of a forgotten close(): the peer sits in "
				     "CLOSE_WAIT. If the program here has ended, this end is gone "
				     "after 60 s and the peer's CLOSE_WAIT remains; when that at "
				     "last sends or closes, it gets RST."),
			.rfc = N_("3.3.2, 3.6, 3.6.1 (half-closed connections); segments: "
				  "3.10.7.4."),
		},
	[STATE_CLOSE_WAIT] =
		{
			.brief = N_("the peer closed, the program here has not"),
			.title =
				N_("CLOSE_WAIT - the peer has closed; waiting for the program here "
				   "to close too"),
			.entered =
				N_("from ESTABLISHED by the peer's FIN. recv() returns 0 once the "
				   "remaining data is read."),
			.ended = N_("by close() or shutdown(SHUT_WR) of the program (to LAST_ACK), "
				    "by RST. Only the program can end it in good order."),
			.timer = N_("none, and no sysctl: it lasts as long as a process holds the "
				    "descriptor (SO_KEEPALIVE notices only a vanished peer)."),
			.shown = N_("as CLOSE_WAIT; ss writes CLOSE-WAIT. Recv-Q counts the unread "
				    "bytes, and the FIN as one more (\"FIN unread\"). `tcpstate "
				    "list -p` tells who holds it."),
			.in_lab =
				N_("a growing number is a program that forgets close(), that does "
				   "not look for recv() == 0, or a forking server whose parent "
				   "keeps its copy of the accepted descriptor: the FIN goes out "
				   "only when the last copy is closed. (shutdown() does not wait.) "
				   "Its peer shows FIN_WAIT2."),
			.rfc = N_("3.3.2, 3.6, 3.6.1; segments: 3.10.7.4."),
		},
	[STATE_CLOSING] =
		{
			.brief = N_("both closed at once, our FIN not yet acknowledged"),
			.title = N_("CLOSING - both ends closed at the same time; our FIN is not "
				    "acknowledged yet"),
			.entered = N_("from FIN_WAIT1 by the peer's FIN that does not acknowledge "
				      "ours: the FINs have crossed."),
			.ended = N_("by the ACK of our FIN (to TIME_WAIT), by RST, by giving up. "
				    "Here both ends may reach TIME_WAIT."),
			.timer = N_("retransmission of the FIN, as in FIN_WAIT1: "
				    "net.ipv4.tcp_retries2 (15), of an orphan "
				    "net.ipv4.tcp_orphan_retries (0: 8)."),
			.shown = N_("as CLOSING in all tools. Send-Q 1 is the FIN."),
			.in_lab = N_("the rarest state: it lasts one round trip when both programs "
				     "close within one."),
			.rfc = N_("3.3.2, 3.6 with figure 13; segments: 3.10.7.4."),
		},
	[STATE_LAST_ACK] =
		{
			.brief = N_("closed after the peer, our FIN not yet acknowledged"),
			.title = N_("LAST_ACK - both ends have closed, the peer first; waiting for "
				    "the ACK of our FIN"),
			.entered =
				N_("from CLOSE_WAIT by close() or shutdown(SHUT_WR), which sends "
				   "FIN."),
			.ended = N_("by the ACK of our FIN: CLOSED at once, without TIME_WAIT - "
				    "that is for the end that closed first. By RST, by giving up."),
			.timer = N_("retransmission of the FIN, as in FIN_WAIT1: "
				    "net.ipv4.tcp_retries2 (15), of an orphan "
				    "net.ipv4.tcp_orphan_retries (0: 8)."),
			.shown = N_("as LAST_ACK; ss writes LAST-ACK. Send-Q 1 is the FIN. After "
				    "close() `tcpstate list` says \"orphan\"."),
			.in_lab = N_("usually too short to see. It stays when the peer is gone "
				     "without a trace; an orphaned FIN_WAIT2 that has expired over "
				     "there answers our late FIN with RST."),
			.rfc = N_("3.3.2, 3.6 with figure 12; segments: 3.10.7.4."),
		},
	[STATE_TIME_WAIT] =
		{
			.brief = N_("closed; keeping the 4-tuple free of late segments"),
			.title = N_("TIME_WAIT - the connection has ended; its 4-tuple is kept for "
				    "a while so that late segments do no harm"),
			.entered =
				N_("from FIN_WAIT2 (or FIN_WAIT1) by the peer's FIN, from CLOSING "
				   "by the ACK of our FIN: by the end that closed first."),
			.ended =
				N_("after 60 s; earlier by a new connection on the same 4-tuple (a "
				   "SYN with a larger sequence number or timestamp; connect() "
				   "under net.ipv4.tcp_tw_reuse) or by RST unless "
				   "net.ipv4.tcp_rfc1337=1 (default 0). A retransmitted FIN is "
				   "ACKed and starts it anew."),
			.timer =
				N_("60 s, a constant of the kernel (the RFC says 2 MSL = 4 min). "
				   "net.ipv4.tcp_fin_timeout does not change it. "
				   "net.ipv4.tcp_tw_reuse (2: for loopback only) lets connect() "
				   "take over a port after net.ipv4.tcp_tw_reuse_delay (1000 ms) "
				   "with timestamps on. Beyond net.ipv4.tcp_max_tw_buckets sockets "
				   "close without TIME_WAIT."),
			.shown = N_("as TIME_WAIT; ss writes TIME-WAIT. A mini-socket: no process, "
				    "no queues, inode 0. `tcpstate list` says \"TIME_WAIT ends in "
				    "42.1 s\"."),
			.in_lab = N_("normal, and no leak. A client that binds its port fails with "
				     "EADDRINUSE when run again, a server that closed first cannot "
				     "bind its port - unless the old and the new socket both set "
				     "SO_REUSEADDR. SO_LINGER {1,0} avoids it by RST."),
			.rfc = N_("3.3.2, 3.6, 3.6.1 (MUST-13: 2 MSL); segments: 3.10.7.4; "
				  "time-out: 3.10.8."),
		},
};

struct state_prose prose_state(unsigned state)
{
	const struct state_prose *english = &states[state < STATE_MAX ? state : STATE_UNKNOWN];

	if (english->title == NULL)
		return (struct state_prose){"", "", "", "", "", "", "", ""};
	return (struct state_prose){.brief = _(english->brief),
		.title = _(english->title),
		.entered = _(english->entered),
		.ended = _(english->ended),
		.timer = _(english->timer),
		.shown = _(english->shown),
		.in_lab = _(english->in_lab),
		.rfc = _(english->rfc)};
}

const char *prose_state_short(unsigned state)
{
	return prose_state(state).brief;
}

/* A picture, to be read as it prints. */
/* clang-format off */
const char *prose_overview(void)
{
	return _(
	"How a TCP socket gets from state to state (RFC 9293, figure 5)\n"
	"\n"
	"               CLOSED                                 CLOSED\n"
	"                 | connect(): SYN out                   | listen()\n"
	"              SYN_SENT                                LISTEN\n"
	"                 |   \\  SYN in: SYN-ACK out             | SYN in: SYN-ACK out\n"
	"                 |    '-----------------------------> SYN_RECV\n"
	"     SYN-ACK in: |      (simultaneous open)             | ACK in\n"
	"     ACK out     '------------> ESTABLISHED <-----------'\n"
	"                                 |       |\n"
	"       close(): FIN out  .-------'       '-------.  FIN in: ACK out\n"
	"                         |                       |\n"
	"                     FIN_WAIT1               CLOSE_WAIT till the program closes\n"
	"             ACK in  |       | FIN in:           | close(): FIN out\n"
	"                     |       | ACK out           |\n"
	"                FIN_WAIT2  CLOSING            LAST_ACK\n"
	"            FIN in:  |       | ACK in            | ACK in\n"
	"            ACK out  |       |                   |\n"
	"                     '-> TIME_WAIT            CLOSED\n"
	"                             | 60 s\n"
	"                           CLOSED\n"
	"\n"
	"FIN and the ACK of our FIN in one segment lead from FIN_WAIT1 straight to\n"
	"TIME_WAIT. RST leads to CLOSED from every state but LISTEN; a half-open request\n"
	"that gets one is forgotten.\n"
	"\n");
}
/* clang-format on */
