/* Why something happened: a code and up to three integers. The word is the JSON value of "reason",
 * the argument names are JSON members. The sentences are in src/prose/. X(CODE, "word", "arg0",
 * "arg1", "arg2") */
#ifndef TCPSTATE_REASON_H
#define TCPSTATE_REASON_H

#include <stdint.h>

/* clang-format off */
#define REASON_TABLE(X) \
	X(NONE, "none", "", "", "") \
	/* transitions by a call */ \
	X(LISTEN_CALLED, "listen_called", "backlog", "", "") \
	X(SYN_SENT, "syn_sent", "", "", "") \
	X(FIN_SENT, "fin_sent", "", "", "") \
	X(FIN_SENT_AFTER_PEER, "fin_sent_after_peer", "", "", "") \
	/* either, and its process ended by itself just then */ \
	X(FIN_SENT_OR_ENDED, "fin_sent_or_ended", "pid", "", "") \
	/* the kernel shows the closing state, the FIN is not out yet */ \
	X(FIN_QUEUED, "fin_queued", "", "", "") \
	/* the peer acknowledged a FIN that the capture missed */ \
	X(FIN_NOT_CAPTURED, "fin_not_captured", "", "", "") \
	/* bytes that the program had left unread when last shown; 0: none, or not known */ \
	X(RST_SENT, "rst_sent", "unread", "", "") \
	/* a close() that sends nothing: LISTEN, SYN_SENT */ \
	X(CLOSED_BY_PROGRAM, "closed_by_program", "", "", "") \
	/* the same, but its process ended just then, by itself, or is not known (0) */ \
	X(CLOSED_OR_ENDED, "closed_or_ended", "pid", "", "") \
	/* a request or an unaccepted child goes with its listener */ \
	X(LISTENER_CLOSED, "listener_closed", "", "", "") \
	/* the process ended, by this signal (0: by itself, or not known): the kernel closed */ \
	X(PROCESS_ENDED, "process_ended", "pid", "signal", "") \
	/* the recording was over: tcpstate terminated what was left */ \
	X(ENDED_BY_RECORDER, "ended_by_recorder", "pid", "", "") \
	/* an RST in this end's name whose hop limit is none of its own */ \
	X(RST_BY_ANOTHER, "rst_by_another", "hop", "usual", "") \
	/* transitions by a segment */ \
	/* it met a socket that its program had closed: the stack answers with an RST */ \
	/* an orphan, reset by tcp_check_oom(): TcpExtTCPAbortOnMemory moved by as many */ \
	X(TOO_MANY_ORPHANS, "too_many_orphans", "", "", "") \
	X(DATA_AFTER_CLOSE, "data_after_close", "closed_ms", "", "") \
	X(SYN_RECEIVED, "syn_received", "", "", "") \
	/* LISTEN -> SYN_RECV by the ACK that brought a SYN cookie back */ \
	X(COOKIE_ACCEPTED, "cookie_accepted", "", "", "") \
	X(SYN_ACK_RECEIVED, "syn_ack_received", "", "", "") \
	X(SIMULTANEOUS_OPEN, "simultaneous_open", "", "", "") \
	X(FINAL_ACK_RECEIVED, "final_ack_received", "", "", "") \
	X(FIN_RECEIVED, "fin_received", "", "", "") \
	X(FIN_ACKED, "fin_acked", "", "", "") \
	X(SIMULTANEOUS_CLOSE, "simultaneous_close", "", "", "") \
	/* FIN_WAIT2 -> TIME_WAIT */ \
	X(PEER_FIN_RECEIVED, "peer_fin_received", "", "", "") \
	X(LAST_ACK_RECEIVED, "last_ack_received", "", "", "") \
	X(RST_RECEIVED, "rst_received", "", "", "") \
	/* a request, or an orphan in FIN_WAIT2: answered by RST */ \
	X(SYN_IN_WINDOW, "syn_in_window", "", "", "") \
	X(CONNECTION_REFUSED, "connection_refused", "", "", "") \
	/* 4 or 6: whose types and codes */ \
	X(ICMP_ERROR, "icmp_error", "icmp_type", "icmp_code", "icmp_version") \
	X(TIME_WAIT_REUSED, "time_wait_reused", "", "", "") \
	/* tcp_max_tw_buckets: the closing edge instead of TIME_WAIT */ \
	X(CLOSED_WITHOUT_TIME_WAIT, "closed_without_time_wait", "", "", "") \
	/* transitions by a timer */ \
	X(SYN_TIMED_OUT, "syn_timed_out", "retries", "", "") \
	X(SYN_ACK_TIMED_OUT, "syn_ack_timed_out", "retries", "", "") \
	X(RETRANSMISSION_TIMED_OUT, "retransmission_timed_out", "retries", "", "") \
	X(FIN_WAIT2_TIMED_OUT, "fin_wait2_timed_out", "", "", "") \
	X(TIME_WAIT_EXPIRED, "time_wait_expired", "", "", "") \
	X(KEEPALIVE_TIMED_OUT, "keepalive_timed_out", "probes", "", "") \
	/* transitions of which only the result is known */ \
	/* it listened when the recording began */ \
	X(LISTENED_BEFORE, "listened_before", "backlog", "", "") \
	/* how long after the recording began; packet losses and forgotten connections by then */ \
	X(SEEN_MIDWAY, "seen_midway", "after_ms", "lost_before", "forgotten_before") \
	X(KERNEL_SHOWS, "kernel_shows", "", "", "") \
	X(SOCKET_GONE, "socket_gone", "", "", "") \
	/* SYN_RECV -> CLOSED, request no longer there */ \
	X(REQUEST_GONE, "request_gone", "", "", "") \
	/* a SYN with a new ISS, or a new cookie */ \
	X(REPLACED_BY_NEW_CONNECTION, "replaced_by_new_connection", "", "", "") \
	/* corrections */ \
	X(ACCEPT_QUEUE_FULL, "accept_queue_full", "queue", "backlog", "") \
	X(FINAL_ACK_IGNORED, "final_ack_ignored", "", "", "") \
	/* TCP_DEFER_ACCEPT waits for data: TcpExtTCPDeferAcceptDrop moved by as many */ \
	X(ACCEPT_DEFERRED, "accept_deferred", "drops", "", "") \
	/* no counter of the listener moved meanwhile: it never got the ACK */ \
	X(FINAL_ACK_FILTERED, "final_ack_filtered", "", "", "") \
	/* SYN-ACK sent, no socket */ \
	X(SYN_COOKIE, "syn_cookie", "", "", "") \
	X(TIME_WAIT_NEVER_HELD, "time_wait_never_held", "", "", "") \
	/* the old state was kept */ \
	X(SEGMENT_IGNORED, "segment_ignored", "", "", "") \
	/* the segment met an end that had been closed, its FIN still queued */ \
	X(CLOSED_BEFORE, "closed_before", "", "", "") \
	/* the peer's had not arrived when this end sent its own */ \
	X(FINS_CROSSED, "fins_crossed", "", "", "") \
	/* a bare RST answered: the socket was gone; as a transition, too */ \
	X(NO_SOCKET, "no_socket", "", "", "") \
	/* the end sent new data where that FIN stood */ \
	X(FIN_NOT_ITS_OWN, "fin_not_its_own", "", "", "") \
	/* not: its kernel showed it open afterwards */ \
	X(RST_NOT_ITS_OWN, "rst_not_its_own", "", "", "") \
	/* tcp_abort_on_overflow: RST answered the final ACK; as a transition, too */ \
	X(QUEUE_FULL_RESET, "queue_full_reset", "queue", "backlog", "") \
	/* nothing refutes it alone: all that is known by now leads another way */ \
	X(LEADS_ELSEWHERE, "leads_elsewhere", "", "", "") \
	/* rested on a withdrawn edge, one before it */ \
	X(FALLS_WITH, "falls_with", "record", "", "") \
	/* of a record FINDING: what the recording lacks (finding.h has the others) */ \
	X(CAPTURE_LOST, "capture_lost", "packets", "", "") \
	X(DIAG_LOST, "diag_lost", "count", "", "") \
	X(FLOWS_EVICTED, "flows_evicted", "count", "", "") \
	X(LOOKUPS_SHED, "lookups_shed", "count", "", "")
/* clang-format on */

enum reason_code {
#define REASON_ENUM(code, word, a, b, c) REASON_##code,
	REASON_TABLE(REASON_ENUM)
#undef REASON_ENUM
		REASON_MAX
};

struct reason {
	uint16_t code;
	int64_t arg[3];
};

const char *reason_word(unsigned code);                /* "none" out of range */
const char *reason_argument(unsigned code, int which); /* "" when there is none */

#endif
