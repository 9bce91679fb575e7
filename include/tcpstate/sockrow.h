/* One socket as sock_diag reports it, and the messages it comes in. Source: linux/inet_diag.h,
 * linux/sock_diag.h, linux/netlink.h. Everything here works on memory: no socket is opened. */
#ifndef TCPSTATE_SOCKROW_H
#define TCPSTATE_SOCKROW_H

#include "tcpstate/flow.h"

enum diag_timer { /* idiag_timer, net/ipv4/inet_diag.c */
	DIAG_TIMER_OFF = 0,
	DIAG_TIMER_RETRANSMIT = 1,
	DIAG_TIMER_KEEPALIVE = 2,
	DIAG_TIMER_MINI = 3,  /* TIME_WAIT, FIN_WAIT2 */
	DIAG_TIMER_PROBE0 = 4 /* zero window */
};

struct sockrow {
	/* [0] = local end, [1] = remote end (all zero for a listener); protocol TCP or UDP */
	struct flow_key key;
	/* enum tcp_state; a request socket is STATE_SYN_RECV, a bound or unconnected one
	 * STATE_CLOSED */
	uint8_t state;
	uint8_t timer, retrans; /* enum diag_timer; times the timer has fired */
	/* a TIME_WAIT or orphaned FIN_WAIT2 mini-socket: no process, no queues */
	bool mini;
	/* a request socket (SYN_RECV in a listener's SYN queue): inode, uid and queues 0 */
	bool request;
	bool mapped; /* IPv6 socket speaking IPv4 (the key is AF_INET then) */
	bool v6only, has_v6only;
	bool recverr;        /* IP_RECVERR is set (Linux 5.10 on); IPV6_RECVERR is not shown */
	uint32_t expires_ms; /* ms until the timer fires; 0 with no timer */
	/* bytes; of a listener: accept-queue length, backlog in force */
	uint32_t recv_q, send_q;
	/* inode 0: no descriptor (orphan, mini, request) or not accepted yet */
	uint32_t uid, inode;
	uint32_t interface;
	uint64_t cookie;
	uint8_t shutdown; /* INET_DIAG_SHUTDOWN mask: 1 receive, 2 send */
	bool has_info;    /* from tcp_info; 0 where the kernel is too old to say */
	uint32_t rtt_us, rto_us, unacked, retransmits_total, lost, rcv_wnd, last_data_recv_ms;
	/* cwnd in segments; how long ago data was sent, and a segment came that acknowledges */
	uint32_t min_rtt_us, snd_cwnd, last_data_sent_ms, last_ack_recv_ms;
	uint64_t bytes_sent, bytes_received, delivery_rate; /* bytes a second */
	/* SK_MEMINFO_* in bytes; drops in packets */
	bool has_mem;
	uint32_t rmem, rcvbuf, wmem, sndbuf, drops;
	char congestion[16];
	char interface_name[16];
};

/* Its program has closed it. */
bool sockrow_orphan(const struct sockrow *row);
/* Still in an accept queue: no program has it yet. */
bool sockrow_unaccepted(const struct sockrow *row);

enum diag_kind {  /* what one netlink message says */
	DIAG_ROW, /* a socket, in answer to a dump or an exact look-up */
	/* the look-up of row.key found nothing (ENOENT), or only another socket: a listener,
	   another cookie */
	DIAG_ABSENT,
	DIAG_DONE, /* the end of a dump */
	/* from a DESTROY group: the socket's last row. An aborted one has lost its remote port: go
	   by the cookie */
	DIAG_DESTROYED,
	/* one of our own requests (recorded files); nothing to feed to the core */
	DIAG_REQUEST,
	DIAG_ERROR, /* an error other than ENOENT: error_errno */
	/* NLMSG_OVERRUN, or a dump flagged NLM_F_DUMP_INTR: rows may be missing */
	DIAG_OVERRUN,
	DIAG_OTHER
};

struct diag_answer {
	uint8_t kind;
	bool exact;                    /* the request was an exact look-up, not a dump */
	int error_errno;               /* DIAG_ERROR; DIAG_DONE: why the dump ended early, else 0 */
	uint32_t sequence;             /* nlmsg_seq */
	int64_t asked_ns, answered_ns; /* asked_ns = 0: the request is not known */
	/* DIAG_ROW, DIAG_DESTROYED; DIAG_ABSENT: key and cookie as asked, and nothing else */
	struct sockrow row;
	bool other;           /* DIAG_ABSENT because `found` answered instead */
	struct sockrow found; /* the other socket (typically the LISTEN one) */
};

/* Decodes a stream of netlink messages; pairs answers with requests by nlmsg_seq. Holds the last
 * 4096 requests. The same object serves live and recorded messages. */
struct diag_decoder;
struct diag_decoder *diag_decoder_new(void); /* NULL when out of memory */
void diag_decoder_free(struct diag_decoder *decoder);
typedef void diag_emit(void *context, const struct diag_answer *answer);
/* Feed one datagram (one or more netlink messages), `outgoing` for our own request. t_ns: when it
 * was sent or received. Malformed bytes never crash: returns the number of messages that did not
 * parse (each skipped), and the first cause in *why (static; may be NULL). */
int diag_decode(struct diag_decoder *decoder, int64_t t_ns, bool outgoing, const void *data,
	size_t length, diag_emit *emit, void *context, const char **why);

/* Takes out of a datagram of the kernel's what diag_decode() does not read: attributes that nobody
 * asked for, and the tcp_info in the notice that a socket was destroyed. In place (datagram aligned
 * to 4 bytes); returns the new length. What is malformed stays as it is. */
size_t diag_trim(void *datagram, size_t length);

/* Requests, written into buffer (>= DIAG_REQUEST_MAX bytes); return the length. extensions:
 * INET_DIAG_* bits the caller wants are fixed inside (INFO, MEMINFO/SKMEMINFO, SHUTDOWN, CONG,
 * v6only). */
enum { DIAG_REQUEST_MAX = 128 };
/* Exact look-up of the socket whose local end is key->[0]; cookie 0: any. A UDP look-up's swapped
 * ends are handled here. */
size_t diag_request_exact(
	void *buffer, const struct flow_key *key, uint64_t cookie, uint32_t sequence);
/* What a dump is to tell of each socket beyond its ends, queues and timer: INET_DIAG_SHUTDOWN,
 * INET_DIAG_INFO (struct tcp_info) and INET_DIAG_SKMEMINFO; each costs the kernel time. */
enum diag_extension { DIAG_TELL_SHUTDOWN = 1, DIAG_TELL_INFO = 2, DIAG_TELL_MEMORY = 4 };
/* A dump that tells no more than that (bits of enum diag_extension). */
size_t diag_request_rows(void *buffer, uint8_t family, uint8_t protocol, uint32_t states,
	unsigned extensions, uint32_t sequence);
/* The socket in one whole SOCK_DIAG_BY_FAMILY answer to a dump of that protocol (struct nlmsghdr,
 * aligned as netlink does). False: not one about TCP or UDP, or malformed. */
bool diag_row_of(const void *message, uint8_t protocol, struct sockrow *out);
/* Dump of one family and protocol; states: bit mask 1 << enum tcp_state (bit 12: NEW_SYN_RECV, bit
 * 13: bound only). */
size_t diag_request_dump(
	void *buffer, uint8_t family, uint8_t protocol, uint32_t states, uint32_t sequence);

#endif
