/* The state machine of TCP as three tables: what calls, segments and timers do in each state.
 * RFC 9293 is cited by section; "Linux:" marks what the kernel does beyond it or instead of it.
 * A segment reaches its table only after the acceptability checks in machine.c. */
#include "tcpstate/state.h"

#include <string.h>
#include <strings.h>

#include "tcpstate/reason.h"

/* clang-format off */
#define CALL(to_state, why, where) {STATE_##to_state, CAUSE_CALL, REASON_##why, where}
#define SEGM(to_state, why, where) {STATE_##to_state, CAUSE_SEGMENT, REASON_##why, where}
#define TIME(to_state, why, where) {STATE_##to_state, CAUSE_TIMER, REASON_##why, where}

const struct edge state_calls[STATE_MAX][CALL_MAX] = {
	[STATE_CLOSED] = {
		[CALL_LISTEN] = CALL(LISTEN, LISTEN_CALLED, "RFC 9293 3.10.1"),
		[CALL_CONNECT] = CALL(SYN_SENT, SYN_SENT, "RFC 9293 3.10.1"),
	},
	/* Linux: connect() on a listening socket fails (EISCONN); the RFC would go to SYN-SENT */
	[STATE_LISTEN] = {
		[CALL_CLOSE] = CALL(CLOSED, CLOSED_BY_PROGRAM, "RFC 9293 3.10.4"),
		[CALL_ABORT] = CALL(CLOSED, CLOSED_BY_PROGRAM, "RFC 9293 3.10.5"),
	},
	[STATE_SYN_SENT] = {
		[CALL_CLOSE] = CALL(CLOSED, CLOSED_BY_PROGRAM, "RFC 9293 3.10.4"),
		[CALL_ABORT] = CALL(CLOSED, CLOSED_BY_PROGRAM, "RFC 9293 3.10.5"),
	},
	/* Linux: only a full socket (fast open, simultaneous open) can be closed by its program */
	[STATE_SYN_RECV] = {
		[CALL_CLOSE] = CALL(FIN_WAIT1, FIN_SENT, "RFC 9293 3.10.4"),
		[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5"),
		[CALL_LISTENER_CLOSE] = CALL(CLOSED, LISTENER_CLOSED,
			"Linux: inet_csk_listen_stop()"),
	},
	[STATE_ESTABLISHED] = {
		[CALL_CLOSE] = CALL(FIN_WAIT1, FIN_SENT, "RFC 9293 3.10.4"),
		[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5"),
		[CALL_LISTENER_CLOSE] = CALL(CLOSED, LISTENER_CLOSED,
			"Linux: inet_csk_listen_stop()"),
	},
	[STATE_FIN_WAIT1] = {[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5")},
	[STATE_FIN_WAIT2] = {[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5")},
	[STATE_CLOSE_WAIT] = {
		[CALL_CLOSE] = CALL(LAST_ACK, FIN_SENT_AFTER_PEER, "RFC 9293 3.10.4"),
		[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5"),
		[CALL_LISTENER_CLOSE] = CALL(CLOSED, LISTENER_CLOSED,
			"Linux: inet_csk_listen_stop()"),
	},
	[STATE_CLOSING] = {[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5")},
	[STATE_LAST_ACK] = {[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5")},
	/* Linux: no program holds it any more; connect() from the same port may take it over */
	[STATE_TIME_WAIT] = {
		[CALL_CONNECT] = CALL(CLOSED, TIME_WAIT_REUSED,
			"Linux: tcp_twsk_unique(), RFC 6191"),
		[CALL_ABORT] = CALL(CLOSED, RST_SENT, "RFC 9293 3.10.5"),
	},
};

const struct edge state_segments[STATE_MAX][SEG_MAX] = {
	[STATE_LISTEN] = {[SEG_SYN] = SEGM(SYN_RECV, SYN_RECEIVED, "RFC 9293 3.10.7.2")},
	[STATE_SYN_SENT] = {
		[SEG_SYN] = SEGM(SYN_RECV, SIMULTANEOUS_OPEN, "RFC 9293 3.10.7.3"),
		[SEG_SYN_ACK] = SEGM(ESTABLISHED, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
		[SEG_RST] = SEGM(CLOSED, CONNECTION_REFUSED, "RFC 9293 3.10.7.3"),
		[SEG_ICMP_ERROR] = SEGM(CLOSED, ICMP_ERROR, "RFC 5461 4.1; Linux: tcp_v4_err()"),
	},
	[STATE_SYN_RECV] = {
		[SEG_SYN_ACK] = SEGM(ESTABLISHED, FINAL_ACK_RECEIVED, "RFC 9293 3.5, figure 8"),
		[SEG_ACK_OF_SYN] = SEGM(ESTABLISHED, FINAL_ACK_RECEIVED, "RFC 9293 3.10.7.4"),
		[SEG_FIN] = SEGM(CLOSE_WAIT, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED,
			"RFC 9293 3.10.7.4; Linux: the request is freed, the listener stays"),
		[SEG_ICMP_ERROR] = SEGM(CLOSED, ICMP_ERROR, "Linux: tcp_req_err()"),
	},
	[STATE_ESTABLISHED] = {
		[SEG_FIN] = SEGM(CLOSE_WAIT, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED, "RFC 9293 3.10.7.4"),
	},
	[STATE_FIN_WAIT1] = {
		[SEG_ACK_OF_FIN] = SEGM(FIN_WAIT2, FIN_ACKED, "RFC 9293 3.10.7.4"),
		[SEG_FIN] = SEGM(CLOSING, SIMULTANEOUS_CLOSE, "RFC 9293 3.10.7.4"),
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED, "RFC 9293 3.10.7.4"),
	},
	[STATE_FIN_WAIT2] = {
		[SEG_FIN] = SEGM(TIME_WAIT, PEER_FIN_RECEIVED, "RFC 9293 3.10.7.4"),
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED, "RFC 9293 3.10.7.4"),
	},
	[STATE_CLOSE_WAIT] = {[SEG_RST] = SEGM(CLOSED, RST_RECEIVED, "RFC 9293 3.10.7.4")},
	[STATE_CLOSING] = {
		[SEG_ACK_OF_FIN] = SEGM(TIME_WAIT, FIN_ACKED, "RFC 9293 3.10.7.4"),
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED, "RFC 9293 3.10.7.4"),
	},
	[STATE_LAST_ACK] = {
		[SEG_ACK_OF_FIN] = SEGM(CLOSED, LAST_ACK_RECEIVED, "RFC 9293 3.10.7.4"),
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED, "RFC 9293 3.10.7.4"),
	},
	[STATE_TIME_WAIT] = {
		[SEG_RST] = SEGM(CLOSED, RST_RECEIVED,
			"RFC 9293 3.10.7.4; Linux: unless tcp_rfc1337"),
		[SEG_NEW_SYN] = SEGM(CLOSED, TIME_WAIT_REUSED,
			"RFC 9293 3.10.7.4; Linux: tcp_timewait_state_process()"),
	},
};

const struct edge state_timers[STATE_MAX][TIMER_MAX] = {
	[STATE_SYN_SENT] = {[TIMER_SYN] = TIME(CLOSED, SYN_TIMED_OUT,
		"RFC 9293 3.8.3; Linux: tcp_syn_retries")},
	[STATE_SYN_RECV] = {
		[TIMER_SYN_ACK] = TIME(CLOSED, SYN_ACK_TIMED_OUT,
			"RFC 9293 3.8.3; Linux: tcp_synack_retries"),
		[TIMER_RETRANSMIT] = TIME(CLOSED, RETRANSMISSION_TIMED_OUT,
			"RFC 9293 3.8.3; Linux: a full socket"),
	},
	[STATE_ESTABLISHED] = {
		[TIMER_RETRANSMIT] = TIME(CLOSED, RETRANSMISSION_TIMED_OUT,
			"RFC 9293 3.8.3; Linux: tcp_retries2"),
		[TIMER_KEEPALIVE] = TIME(CLOSED, KEEPALIVE_TIMED_OUT, "RFC 9293 3.8.4"),
	},
	[STATE_FIN_WAIT1] = {[TIMER_RETRANSMIT] = TIME(CLOSED, RETRANSMISSION_TIMED_OUT,
		"RFC 9293 3.8.3; Linux: tcp_orphan_retries")},
	[STATE_FIN_WAIT2] = {
		[TIMER_FIN_WAIT2] = TIME(CLOSED, FIN_WAIT2_TIMED_OUT,
			"Linux: tcp_fin_timeout, orphans only"),
		[TIMER_KEEPALIVE] = TIME(CLOSED, KEEPALIVE_TIMED_OUT, "RFC 9293 3.8.4"),
	},
	[STATE_CLOSE_WAIT] = {
		[TIMER_RETRANSMIT] = TIME(CLOSED, RETRANSMISSION_TIMED_OUT,
			"RFC 9293 3.8.3; Linux: tcp_retries2"),
		[TIMER_KEEPALIVE] = TIME(CLOSED, KEEPALIVE_TIMED_OUT, "RFC 9293 3.8.4"),
	},
	[STATE_CLOSING] = {[TIMER_RETRANSMIT] = TIME(CLOSED, RETRANSMISSION_TIMED_OUT,
		"RFC 9293 3.8.3; Linux: tcp_orphan_retries")},
	[STATE_LAST_ACK] = {[TIMER_RETRANSMIT] = TIME(CLOSED, RETRANSMISSION_TIMED_OUT,
		"RFC 9293 3.8.3; Linux: tcp_orphan_retries")},
	[STATE_TIME_WAIT] = {[TIMER_TIME_WAIT] = TIME(CLOSED, TIME_WAIT_EXPIRED,
		"RFC 9293 3.10.8; Linux: TCP_TIMEWAIT_LEN, 60 s")},
};
/* clang-format on */

static const char *const state_names[STATE_MAX] = {
	[STATE_UNKNOWN] = "UNKNOWN",
	[STATE_ESTABLISHED] = "ESTABLISHED",
	[STATE_SYN_SENT] = "SYN_SENT",
	[STATE_SYN_RECV] = "SYN_RECV",
	[STATE_FIN_WAIT1] = "FIN_WAIT1",
	[STATE_FIN_WAIT2] = "FIN_WAIT2",
	[STATE_TIME_WAIT] = "TIME_WAIT",
	[STATE_CLOSED] = "CLOSED",
	[STATE_CLOSE_WAIT] = "CLOSE_WAIT",
	[STATE_LAST_ACK] = "LAST_ACK",
	[STATE_LISTEN] = "LISTEN",
	[STATE_CLOSING] = "CLOSING",
};

/* of ss, netstat, BSD and the RFC, without - and _ */
static const struct {
	const char *name;
	enum tcp_state state;
} spellings[] = {
	{"ESTABLISHED", STATE_ESTABLISHED},
	{"ESTAB", STATE_ESTABLISHED},
	{"SYNSENT", STATE_SYN_SENT},
	{"SYNRECV", STATE_SYN_RECV},
	{"SYNRECEIVED", STATE_SYN_RECV},
	{"SYNRCVD", STATE_SYN_RECV},
	{"NEWSYNRECV", STATE_SYN_RECV},
	{"FINWAIT1", STATE_FIN_WAIT1},
	{"FINWAIT2", STATE_FIN_WAIT2},
	{"TIMEWAIT", STATE_TIME_WAIT},
	{"CLOSED", STATE_CLOSED},
	{"CLOSE", STATE_CLOSED},
	{"UNCONN", STATE_CLOSED},
	{"CLOSEWAIT", STATE_CLOSE_WAIT},
	{"LASTACK", STATE_LAST_ACK},
	{"LISTEN", STATE_LISTEN},
	{"CLOSING", STATE_CLOSING},
};

const char *state_name(unsigned state)
{
	return state_names[state < STATE_MAX ? state : STATE_UNKNOWN];
}

enum tcp_state state_from_name(const char *name, size_t length)
{
	char plain[16];
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (name[i] == '-' || name[i] == '_')
			continue;
		if (name[i] == '\0' || used == sizeof(plain) - 1)
			return STATE_MAX;
		plain[used++] = name[i];
	}
	plain[used] = '\0';
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (strcasecmp(plain, spellings[i].name) == 0)
			return spellings[i].state;
	return STATE_MAX;
}

const char *cause_name(enum cause cause)
{
	static const char *const names[CAUSE_MAX] = {[CAUSE_UNKNOWN] = "unknown",
		[CAUSE_SEGMENT] = "segment",
		[CAUSE_TIMER] = "timer",
		[CAUSE_CALL] = "call"};

	return names[cause < CAUSE_MAX ? cause : CAUSE_UNKNOWN];
}
