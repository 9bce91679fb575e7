/* What `tcpstate explain` says about each state. Facts are those of RFC 9293 and of Linux (defaults
 * as in Documentation/networking/ip-sysctl.rst, behaviour as measured on 6.18); net.ipv4.tcp_*
 * governs IPv6 as well. */
#include "tcpstate/prose.h"

/* Tables to be read as they print. */
/* clang-format off */
#define ENTERED "\n  entered   "
#define ENDED   "\n  ended     "
#define TIMER   "\n  timer     "
#define SHOWN   "\n  shown     "
#define IN_LAB  "\n  in a lab  "
#define RFC     "\n  RFC 9293  "
#define MORE    "\n            "


struct state_text { const char *brief, *full; };

static const struct state_text states[STATE_MAX] = {
[STATE_CLOSED] = {"no connection",
	"CLOSED - no connection; before the first and after the last packet"
	ENTERED "by socket() and bind(); and again from every other state when the connection has ended."
	ENDED   "by listen() (to LISTEN) or connect() (to SYN_SENT). A SYN for a port without a listener is answered by RST:"
	MORE    "the client's connect() fails with ECONNREFUSED."
	TIMER   "none."
	SHOWN   "not at all, as a rule: sock_diag finds no socket that is neither bound nor connected, nor one whose connection has ended"
	MORE    "while its descriptor is still open. A socket after bind() but before listen() or connect() is shown by"
	MORE    "`tcpstate list --bound`; ss -a and netstat hide it. The kernel and ss write CLOSE or UNCONN."
	IN_LAB  "a client that binds to a port whose earlier connection is in TIME_WAIT fails here, at bind(), with EADDRINUSE,"
	MORE    "unless the old and the new socket both set SO_REUSEADDR."
	RFC     "3.3.2; a segment for a closed port: 3.10.7.1.\n"},

[STATE_LISTEN] = {"waiting for connection requests",
	"LISTEN - a server waits for connection requests"
	ENTERED "by listen(fd, backlog). No packet is sent."
	ENDED   "by close() or the end of the program, without a packet of its own. Connections that wait for accept() then get an RST,"
	MORE    "half-open requests are forgotten. A listener never becomes a connection: each connection is a new socket."
	TIMER   "none. The backlog is cut to net.core.somaxconn (4096; 128 before Linux 5.4) when listen() is called."
	SHOWN   "as LISTEN everywhere. `tcpstate list` says \"accept queue 2 of 2 (backlog 1 + 1), full\": established connections that"
	MORE    "accept() has not fetched yet, against the limit; the kernel admits backlog + 1. In ss these two are Recv-Q and Send-Q;"
	MORE    "netstat and /proc/net/tcp print Send-Q 0. --half-open counts the SYN queue too."
	IN_LAB  "a small backlog fills when accept() is slow. On Linux >= 4.10 further SYNs are then dropped: those clients stay SYN_SENT,"
	MORE    "TcpExtListenOverflows and TcpExtListenDrops count each SYN. backlog 0 still admits one connection."
	RFC     "3.3.2, passive OPEN in 3.10.1; segments: 3.10.7.2.\n"},

[STATE_SYN_SENT] = {"our SYN is out, no answer yet",
	"SYN_SENT - a client has sent its SYN and waits for the SYN-ACK"
	ENTERED "by connect(), which sends SYN."
	ENDED   "by SYN-ACK (to ESTABLISHED), by RST (connect() fails with ECONNREFUSED), by ICMP unreachable, by close(), or by giving up"
	MORE    "with ETIMEDOUT. A bare SYN from the peer leads to SYN_RECV: simultaneous open."
	TIMER   "SYN retransmission, net.ipv4.tcp_syn_retries (6) on top of net.ipv4.tcp_syn_linear_timeouts (4; Linux >= 6.5): again after"
	MORE    "1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s, given up at 131 s. With 0 linear ones: 1, 3, 7, 15, 31, 63 s, given up at 127 s."
	SHOWN   "as SYN_SENT; ss writes SYN-SENT. `tcpstate list` says \"SYN retransmit 2, next in 0.8 s\". Send-Q 1 is the SYN itself."
	IN_LAB  "a client that hangs in connect(): the server's accept queue is full and its SYN is dropped, or a firewall eats it. It is"
	MORE    "the backlog experiment's picture on a current kernel. What the program wants to send, it sends later."
	RFC     "3.3.2, 3.5, active OPEN in 3.10.1; segments: 3.10.7.3.\n"},

[STATE_SYN_RECV] = {"SYN received and answered, final ACK missing",
	"SYN_RECV - SYN received, SYN-ACK sent, the final ACK of the handshake has not been taken (SYN-RECEIVED in the RFC)"
	ENTERED "from LISTEN by a SYN: the kernel keeps a small request socket in the listener's SYN queue. From SYN_SENT by a SYN:"
	MORE    "simultaneous open, a full socket."
	ENDED   "by the final ACK (to ESTABLISHED), RST, the listener's close(), or giving up. The final ACK is ignored while the accept"
	MORE    "queue is full (net.ipv4.tcp_abort_on_overflow=1 answers RST instead) and under TCP_DEFER_ACCEPT."
	TIMER   "SYN-ACK retransmission, net.ipv4.tcp_synack_retries (5): after 1, 3, 7, 15, 31 s; the request is gone at about 63 s, earlier"
	MORE    "when the SYN queue is more than half full. The SYN queue is bounded by the backlog; net.ipv4.tcp_max_syn_backlog"
	MORE    "matters only with net.ipv4.tcp_syncookies=0 (default 1: surplus SYNs get cookies and no socket at all)."
	SHOWN   "as SYN_RECV; ss writes SYN-RECV. Requests have no process, inode 0: `tcpstate list` says \"half-open request\" and"
	MORE    "\"SYN-ACK retransmit 2, next in 3.4 s\"."
	IN_LAB  "the client is ESTABLISHED already and may send; the server will not have it. Many of these from silent senders: a SYN flood."
	RFC     "3.3.2, 3.5 with figures 6 and 7; segments: 3.10.7.4.\n"},

[STATE_ESTABLISHED] = {"open, data flows both ways",
	"ESTABLISHED - the connection is open, data flows both ways"
	ENTERED "at the client by the SYN-ACK, at the server by the final ACK. connect() returns; accept() may return."
	ENDED   "by close() or shutdown(SHUT_WR) here (to FIN_WAIT1), by the peer's FIN (to CLOSE_WAIT), by RST (ECONNRESET)."
	TIMER   "none when idle: it lasts for ever, even if the peer's machine is gone. Unacknowledged data is retransmitted"
	MORE    "net.ipv4.tcp_retries2 (15) times, about 15 minutes, then ETIMEDOUT. With SO_KEEPALIVE: net.ipv4.tcp_keepalive_time"
	MORE    "(7200 s), then net.ipv4.tcp_keepalive_probes (9) every net.ipv4.tcp_keepalive_intvl (75 s)."
	SHOWN   "as ESTABLISHED; ss writes ESTAB. Recv-Q: bytes that the program has not read; Send-Q: bytes that the peer has not"
	MORE    "acknowledged. `tcpstate list` says \"waits for accept()\" while the connection is still in the accept queue (inode 0)."
	IN_LAB  "ESTABLISHED at the client does not mean that a program serves it, nor that the server holds a socket: it may wait for"
	MORE    "accept(), still be SYN_RECV over there, or be a ghost left by a SYN cookie."
	RFC     "3.3.2, 3.8; segments: 3.10.7.4.\n"},

[STATE_FIN_WAIT1] = {"our FIN is out, not yet acknowledged",
	"FIN_WAIT1 - closed here first: FIN sent, its ACK has not come (FIN-WAIT-1 in the RFC)"
	ENTERED "from ESTABLISHED (or SYN_RECV) by close(), shutdown(SHUT_WR) or the end of the program. The FIN waits its turn behind unsent data."
	ENDED   "by the ACK of the FIN (to FIN_WAIT2), by FIN and ACK together (to TIME_WAIT), by FIN alone (to CLOSING), by RST."
	TIMER   "retransmission of the FIN: net.ipv4.tcp_retries2 (15) times while a process holds the socket; an orphan gives up after"
	MORE    "net.ipv4.tcp_orphan_retries (0, which means 8) or, with too many of them, at once (net.ipv4.tcp_max_orphans)."
	SHOWN   "as FIN_WAIT1; ss writes FIN-WAIT-1. Send-Q 1 is the FIN. After close() `tcpstate list` says \"orphan\" (uid 0, inode 0)."
	IN_LAB  "usually too short to see. It stays when the peer's machine is gone, or its receive buffer is full and the FIN waits behind data."
	MORE    "close() with unread data in the receive buffer sends RST instead and skips all of this."
	RFC     "3.3.2, 3.6 with figure 12, CLOSE call in 3.10.4; segments: 3.10.7.4.\n"},

[STATE_FIN_WAIT2] = {"our FIN is acknowledged, waiting for the peer's FIN",
	"FIN_WAIT2 - closed here, acknowledged; waiting for the peer's FIN (FIN-WAIT-2 in the RFC)"
	ENTERED "from FIN_WAIT1 by the ACK of our FIN. The connection is half-closed: the peer may still send."
	ENDED   "by the peer's FIN (to TIME_WAIT), or by RST."
	TIMER   "none while a process holds the socket (after shutdown(SHUT_WR)): for ever. An orphan (after close()) is held for"
	MORE    "net.ipv4.tcp_fin_timeout (60 s; TCP_LINGER2 per socket) and then vanishes without a packet. The RFC knows no such timer."
	SHOWN   "as FIN_WAIT2; ss writes FIN-WAIT-2. `tcpstate list` tells the two apart: a full socket without timer, or a \"mini-socket\""
	MORE    "with \"FIN_WAIT2 ends in 42.1 s\" that no process holds (inode 0)."
	IN_LAB  "the other side of a forgotten close(): the peer sits in CLOSE_WAIT. If the program here has ended, this end is gone after"
	MORE    "60 s and the peer's CLOSE_WAIT remains; when that at last sends or closes, it gets RST."
	RFC     "3.3.2, 3.6, 3.6.1 (half-closed connections); segments: 3.10.7.4.\n"},

[STATE_CLOSE_WAIT] = {"the peer closed, the program here has not",
	"CLOSE_WAIT - the peer has closed; waiting for the program here to close too"
	ENTERED "from ESTABLISHED by the peer's FIN. recv() returns 0 once the remaining data is read."
	ENDED   "by close() or shutdown(SHUT_WR) of the program (to LAST_ACK), by RST. Only the program can end it in good order."
	TIMER   "none, and no sysctl: it lasts as long as a process holds the descriptor (SO_KEEPALIVE notices only a vanished peer)."
	SHOWN   "as CLOSE_WAIT; ss writes CLOSE-WAIT. Recv-Q counts the unread bytes, and the FIN as one more (\"FIN unread\")."
	MORE    "`tcpstate list -p` tells who holds it."
	IN_LAB  "a growing number is a program that forgets close(), that does not look for recv() == 0, or a forking server whose parent"
	MORE    "keeps its copy of the accepted descriptor: the FIN goes out only when the last copy is closed. (shutdown() does not wait.)"
	MORE    "Its peer shows FIN_WAIT2."
	RFC     "3.3.2, 3.6, 3.6.1; segments: 3.10.7.4.\n"},

[STATE_CLOSING] = {"both closed at once, our FIN not yet acknowledged",
	"CLOSING - both ends closed at the same time; our FIN is not acknowledged yet"
	ENTERED "from FIN_WAIT1 by the peer's FIN that does not acknowledge ours: the FINs have crossed."
	ENDED   "by the ACK of our FIN (to TIME_WAIT), by RST, by giving up. Here both ends may reach TIME_WAIT."
	TIMER   "retransmission of the FIN, as in FIN_WAIT1: net.ipv4.tcp_retries2 (15), of an orphan net.ipv4.tcp_orphan_retries (0: 8)."
	SHOWN   "as CLOSING in all tools. Send-Q 1 is the FIN."
	IN_LAB  "the rarest state: it lasts one round trip when both programs close within one."
	RFC     "3.3.2, 3.6 with figure 13; segments: 3.10.7.4.\n"},

[STATE_LAST_ACK] = {"closed after the peer, our FIN not yet acknowledged",
	"LAST_ACK - both ends have closed, the peer first; waiting for the ACK of our FIN"
	ENTERED "from CLOSE_WAIT by close() or shutdown(SHUT_WR), which sends FIN."
	ENDED   "by the ACK of our FIN: CLOSED at once, without TIME_WAIT - that is for the end that closed first. By RST, by giving up."
	TIMER   "retransmission of the FIN, as in FIN_WAIT1: net.ipv4.tcp_retries2 (15), of an orphan net.ipv4.tcp_orphan_retries (0: 8)."
	SHOWN   "as LAST_ACK; ss writes LAST-ACK. Send-Q 1 is the FIN. After close() `tcpstate list` says \"orphan\"."
	IN_LAB  "usually too short to see. It stays when the peer is gone without a trace; an orphaned FIN_WAIT2 that has expired"
	MORE    "over there answers our late FIN with RST."
	RFC     "3.3.2, 3.6 with figure 12; segments: 3.10.7.4.\n"},

[STATE_TIME_WAIT] = {"closed; keeping the 4-tuple free of late segments",
	"TIME_WAIT - the connection has ended; its 4-tuple is kept for a while so that late segments do no harm"
	ENTERED "from FIN_WAIT2 (or FIN_WAIT1) by the peer's FIN, from CLOSING by the ACK of our FIN: by the end that closed first."
	ENDED   "after 60 s; earlier by a new connection on the same 4-tuple (a SYN with a larger sequence number or timestamp; connect()"
	MORE    "under net.ipv4.tcp_tw_reuse) or by RST unless net.ipv4.tcp_rfc1337=1 (default 0). A retransmitted FIN is ACKed and starts it anew."
	TIMER   "60 s, a constant of the kernel (the RFC says 2 MSL = 4 min). net.ipv4.tcp_fin_timeout does not change it."
	MORE    "net.ipv4.tcp_tw_reuse (2: for loopback only) lets connect() take over a port after net.ipv4.tcp_tw_reuse_delay (1000 ms)"
	MORE    "with timestamps on. Beyond net.ipv4.tcp_max_tw_buckets sockets close without TIME_WAIT."
	SHOWN   "as TIME_WAIT; ss writes TIME-WAIT. A mini-socket: no process, no queues, inode 0. `tcpstate list` says \"TIME_WAIT ends in 42.1 s\"."
	IN_LAB  "normal, and no leak. A client that binds its port fails with EADDRINUSE when run again, a server that closed first"
	MORE    "cannot bind its port - unless the old and the new socket both set SO_REUSEADDR. SO_LINGER {1,0} avoids it by RST."
	RFC     "3.3.2, 3.6, 3.6.1 (MUST-13: 2 MSL); segments: 3.10.7.4; time-out: 3.10.8.\n"},
};

const char *prose_state(unsigned state)
{
	return state < STATE_MAX && states[state].full != NULL ? states[state].full : "";
}

const char *prose_state_short(unsigned state)
{
	return state < STATE_MAX && states[state].brief != NULL ? states[state].brief : "";
}

const char *prose_overview(void)
{
	return
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
	"\n";
}
