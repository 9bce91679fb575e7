/* Findings: what an engineer would point at after reading a whole report. One row a kind; words
 * and advice: src/prose/finding_words_*.c; what each rests on: docs/findings.md. */
#ifndef TCPSTATE_FINDING_H
#define TCPSTATE_FINDING_H

#include "tcpstate/finding_phrase.h"
#include "tcpstate/doing.h"
#include "tcpstate/flow.h"

/* X(CODE, "word", weight, "explain page", "integers"..., "texts"...)
 * word: "reason" in JSON. weight: 1 to 99, findings are told heaviest first; below 10 they say that
 * the recording is incomplete. Integers that end in _ms are durations. "": not used. */
/* clang-format off */
#define FINDING_TABLE(X) \
	/* sockets that a program forgot, or never took */ \
	X(CLOSE_WAIT_HELD, "close_wait_held", 90, "CLOSE_WAIT", \
		"held_ms", "pid", "unread", "holders", "who", "ended") \
	X(DESCRIPTOR_LEAK, "descriptor_leak", 92, "CLOSE_WAIT", \
		"sockets", "holders", "longest_ms", "pid", "who", "upstream") \
	X(HELD_OPEN, "held_open", 86, "ESTABLISHED", "held_ms", "pid", "", "", "who", "gone") \
	X(CLOSE_WAIT_UNACCEPTED, "close_wait_unaccepted", 82, "CLOSE_WAIT", \
		"held_ms", "unread", "sockets", "", "who", "busy") \
	/* programs that a signal ended */ \
	X(PROCESS_DIED, "process_died", 91, "", "connections", "resets", "", "", "who", "by") \
	X(ENDED_BY_SIGPIPE, "ended_by_sigpipe", 91, "", "connections", "resets", "", "", "who", \
		"by") \
	/* calls that failed */ \
	X(BIND_FAILED, "bind_failed", 89, "", "count", "port", "errno", "again", "who", \
		"holder") \
	X(ADDRESS_IN_USE, "address_in_use", 89, "", "count", "port", "again", "unnamed", "said", \
		"holder") \
	X(PROGRAM_SAID, "program_said", 88, "", "count", "again", "", "", "said", "meaning") \
	X(CONNECT_FAILED, "connect_failed", 70, "", "count", "port", "errno", "again", "who", \
		"error") \
	X(ACCEPT_FAILED, "accept_failed", 88, "LISTEN", "count", "port", "errno", "again", "who", \
		"held") \
	X(SOCKET_FAILED, "socket_failed", 88, "", "count", "", "errno", "again", "who", "held") \
	X(CONNECT_NOT_AWAITED, "connect_not_awaited", 88, "SYN_SENT", "after_ms", "closed", \
		"ended", "", "who", "") \
	X(NOT_AWAITED, "not_awaited", 88, "", "after_ms", "closed", "ended", "came_ms", "who", \
		"") \
	X(CALL_INTERRUPTED, "call_interrupted", 88, "", "count", "port", "errno", "after_ms", \
		"who", "") \
	X(PORTS_EXHAUSTED, "ports_exhausted", 87, "TIME_WAIT", \
		"ports", "time_waits", "low", "high", "peer", "who") \
	/* connections that nobody let in */ \
	X(ACCEPT_QUEUE_OVERFLOW, "accept_queue_overflow", 85, "LISTEN", \
		"queue", "backlog", "count", "clients", "cap", "held") \
	X(LISTENER_CLOSED_ON, "listener_closed_on", 84, "LISTEN", "count", "unread", "", "", \
		"who", "others") \
	X(REFUSED_BYTE_SWAPPED, "refused_byte_swapped", 88, "", "count", "port", "swapped", \
		"perhaps", "who", "fault") \
	X(DATAGRAMS_BYTE_SWAPPED, "datagrams_byte_swapped", 88, "", "count", "port", "swapped", \
		"perhaps", "who", "fault") \
	X(LISTENS_BYTE_SWAPPED, "listens_byte_swapped", 88, "", "port", "swapped", "", "", \
		"who", "") \
	X(LISTENS_UNBOUND, "listens_unbound", 88, "LISTEN", "count", "wanted", "port", "", "who", \
		"how") \
	X(REFUSED_AFTER_CLOSE, "refused_after_close", 78, "LISTEN", "count", "port", "after_ms", \
		"ended", "who", "") \
	X(REFUSED_BEFORE_LISTEN, "refused_before_listen", 77, "LISTEN", "count", "port", \
		"before_ms", "", "who", "") \
	X(REFUSED_THOUGH_LISTENING, "refused_though_listening", 79, "LISTEN", "count", "port", "", \
		"", "who", "") \
	X(REFUSED_OTHER_ADDRESS, "refused_other_address", 79, "LISTEN", "count", "port", \
		"elsewhere", "reached", "who", "listens") \
	X(CONNECTION_REFUSED_SEEN, "connection_refused_seen", 60, "", "count", "port", "away", "", \
		"who", "earlier") \
	X(CONNECTIONS_UNREACHABLE, "connections_unreachable", 59, "", "count", "type", "code", \
		"noted", "from", "what") \
	X(SYN_ANSWERED_BY_ACK, "syn_answered_by_ack", 76, "TIME_WAIT", "count", "time_wait", \
		"challenges", "", "outcome", "") \
	X(ADDRESS_SWAPPED, "address_swapped", 88, "", "count", "port", "", "", "asked", "meant") \
	X(SYN_UNANSWERED, "syn_unanswered", 61, "SYN_SENT", "count", "connections", "syns", \
		"overflows", "", \
		"") \
	X(CONNECT_LATE, "connect_late", 62, "SYN_SENT", "count", "took_ms", "syns", "overflows", \
		"by", "") \
	X(SYN_FILTERED, "syn_filtered", 79, "SYN_SENT", "connections", "port", "syns", \
		"unknown", "who", "by") \
	X(NEVER_LEFT, "never_left", 79, "", "waited_ms", "syn", "bytes", "syn_ack", \
		"who", "why") \
	X(SYN_QUEUE_FULL, "syn_queue_full", 86, "SYN_RECV", "connections", "dropped", "backlog", \
		"", "who", "") \
	X(ANSWERED_FROM_ELSEWHERE, "answered_from_elsewhere", 82, "SYN_SENT", "count", "", "", "", \
		"asked", "answered") \
	X(SYN_ACK_RESET, "syn_ack_reset", 56, "SYN_RECV", "count", "after_ms", "", "", "", "") \
	X(DEFER_ACCEPT, "defer_accept", 63, "SYN_RECV", "count", "connections", "", "", "", "") \
	X(SYN_COOKIES, "syn_cookies", 57, "SYN_RECV", "sent", "received", "failed", "lost", "", \
		"")  \
	X(GHOST, "ghost", 80, "ESTABLISHED", "", "", "", "", "", "") \
	X(SYN_ACK_RETRANSMITTED, "syn_ack_retransmitted", 45, "SYN_RECV", "count", "connections", \
		"asked", "gone", "answered", "not_taken") \
	/* data that went nowhere */ \
	X(UNREAD_AT_CLOSE, "unread_at_close", 75, "", "unread", "received", "asked", "counted", \
		"who", "ended") \
	X(DATA_TO_CLOSED_PEER, "data_to_closed_peer", 74, "", "bytes", "after_ms", "race", \
		"unasked", "who", "") \
	X(CLIENT_LEFT, "client_left", 74, "", "bytes", "after_ms", "", "", "who", "limit") \
	X(END_ANSWERED, "end_answered", 75, "", "bytes", "silent", "asked", "", "who", "") \
	X(ORPHANS_RESET, "orphans_reset", 73, "FIN_WAIT1", "count", "", "", "", "who", "") \
	X(ABORTED, "aborted", 68, "", "received", "linger", "unread", "either", "who", \
		"ended") \
	X(SOCKET_DESTROYED, "socket_destroyed", 68, "", "received", "", "", "", "who", "") \
	X(NEVER_ACCEPTED, "never_accepted", 83, "LISTEN", "bytes", "waited_ms", "", "", "who", \
		"meanwhile") \
	X(ACCEPTED_LATE, "accepted_late", 83, "LISTEN", "bytes", "accept_ms", "waited_ms", "", \
		"who", "meanwhile") \
	X(GREETED_LATE, "greeted_late", 83, "LISTEN", "first_ms", "waited_ms", "accepted", "", \
		"who", "meanwhile") \
	X(NEVER_ANSWERED, "never_answered", 66, "ESTABLISHED", "bytes", "waited_ms", "unread", \
		"others", "who", "meanwhile") \
	X(ANSWER_UNREAD, "answer_unread", 64, "ESTABLISHED", "bytes", "waited_ms", "unread", "", \
		"who", "meanwhile") \
	X(ANSWERED_LATE, "answered_late", 65, "ESTABLISHED", "bytes", "waited_ms", "queued_ms", \
		"unread", "who", "meanwhile") \
	X(ANSWERED_ERROR, "answered_error", 78, "", "status", "bytes", "waited_ms", "", "who", \
		"why") \
	X(CLOSED_UNANSWERED, "closed_unanswered", 69, "", "bytes", "after_ms", "answered", \
		"ended", "who", "why") \
	X(CLOSED_SILENT, "closed_silent", 54, "", "silent_ms", "", "", "", "who", "why") \
	X(PROTOCOLS_DIFFER, "protocols_differ", 89, "", "status", "alert", "", "", \
		"client", "server") \
	X(TLS_ALERT, "tls_alert", 87, "", "alert", "", "", "", "who", "means") \
	X(HELLO_UNANSWERED, "hello_unanswered", 86, "ESTABLISHED", "bytes", "waited_ms", "reads", \
		"closed", "who", "") \
	X(CONTINUE_UNANSWERED, "continue_unanswered", 87, "ESTABLISHED", "waited_ms", "body", "", \
		"", "who", "") \
	X(MESSAGE_UNFINISHED, "message_unfinished", 87, "ESTABLISHED", "bytes", "asks", "tells", \
		"whole", "who", "how") \
	X(ANSWER_CUT, "answer_cut", 81, "", "bytes", "whole", "reset", "", "who", "how") \
	X(ANSWER_EXCESS, "answer_excess", 62, "", "bytes", "whole", "", "", "who", "") \
	X(SENT_NOTHING, "sent_nothing", 85, "ESTABLISHED", "count", "held_ms", "", "", "who", "") \
	X(SELECT_LEAVES_OUT, "select_leaves_out", 88, "", "nfds", "fd", "waited_ms", "", "who", \
		"") \
	X(BUSY_LOOP, "busy_loop", 56, "", "count", "held_ms", "", "", "who", "") \
	X(UDP_PORT_TAKEN, "udp_port_taken", 82, "", "port", "datagrams", "", "", "who", "other") \
	X(CLOSE_LINGERS, "close_lingers", 71, "FIN_WAIT1", "held_ms", "linger_s", "full", "", \
		"who", "") \
	X(CORKED, "corked", 60, "ESTABLISHED", "count", "waited_ms", "option", "other", "who", \
		"") \
	X(CLOSED_IN_CALL, "closed_in_call", 86, "ESTABLISHED", "held_ms", "", "", "", "who", "") \
	X(READ_NOTHING, "read_nothing", 88, "ESTABLISHED", "bytes", "", "", "", "who", "") \
	X(SHORT_WRITE, "short_write", 80, "ESTABLISHED", "asked", "sent", "held_ms", "", "who", \
		"") \
	X(SECOND_UNANSWERED, "second_unanswered", 85, "ESTABLISHED", "bytes", "first", \
		"waited_ms", "", "who", "") \
	X(READS_ON, "reads_on", 85, "ESTABLISHED", "bytes", "waited_ms", "closed", "", "who", \
		"") \
	X(BOTH_WAIT, "both_wait", 84, "ESTABLISHED", "held_ms", "bytes", "answered", "nobody", \
		"who", "peer") \
	X(ZERO_WINDOW_HELD, "zero_window_held", 76, "ESTABLISHED", "held_ms", "pid", "both_ms", \
		"", \
		"who", "meanwhile") \
	X(GAVE_UP, "gave_up", 72, "", "times", "longest_ms", "idle_ms", "others", "who", "") \
	X(KEEPALIVE_TIMED_OUT, "keepalive_timed_out", 72, "", "probes", "silent_ms", "", "", \
		"who", "") \
	X(SEGMENTS_TOO_LARGE, "segments_too_large", 73, "", "size", "arrived", "longest_ms", \
		"times", "", "") \
	X(NAGLE_STALLS, "nagle_stalls", 55, "ESTABLISHED", "count", "waited_ms", "", "", "who", \
		"") \
	X(SELF_CONNECTED, "self_connected", 80, "SYN_SENT", "port", "", "", "", "who", "") \
	X(DATA_UNACKNOWLEDGED, "data_unacknowledged", 64, "", "times", "longest_ms", \
		"connections", "syn_acks", "", "") \
	X(DATA_DROPPED, "data_dropped", 79, "", "times", "longest_ms", "connections", "idle_ms", \
		"state", "") \
	X(PEER_SILENT, "peer_silent", 67, "", "connections", "silent_ms", "idle_ms", "others", \
		"size", "") \
	X(RST_FORGED, "rst_forged", 82, "", "hop", "usual", "after", "", "state", "") \
	X(PEER_REBOOTED, "peer_rebooted", 81, "", "silent_ms", "", "", "", "", "") \
	X(UDP_DROPS, "udp_drops", 71, "", "count", "rcvbuf", "arrived", "later", \
		"who", "") \
	X(DATAGRAM_CUT, "datagram_cut", 70, "", "count", "asked", "size", "", "who", "") \
	X(DATAGRAMS_UNANSWERED, "datagrams_unanswered", 66, "", "count", "port", "waited_ms", "", \
		"who", "server") \
	X(DATAGRAMS_UNREACHABLE, "datagrams_unreachable", 52, "", "count", "port", "nobody", "", \
		"who", "connected") \
	/* what is used up */ \
	X(TIME_WAIT_OVERFLOW, "time_wait_overflow", 58, "TIME_WAIT", "count", "unplaced", "", "", \
		"", "") \
	X(TIME_WAIT_MANY, "time_wait_many", 40, "TIME_WAIT", "sockets", "", "", "", "who", "") \
	X(ZOMBIES, "zombies", 56, "", "count", "held_ms", "pid", "", "who", "") \
	/* the recording is incomplete */ \
	X(CAPTURE_LOST, "capture_lost", 9, "", "packets", "", "", "", "", "") \
	X(DIAG_LOST, "diag_lost", 8, "", "count", "", "", "", "", "") \
	X(FLOWS_EVICTED, "flows_evicted", 7, "", "count", "", "", "", "", "") \
	X(LOOKUPS_SHED, "lookups_shed", 6, "", "count", "", "", "", "", "") \
	X(CALLS_NOT_KEPT, "calls_not_kept", 5, "", "count", "", "", "", "", "") \
	X(LOOKS_NOT_KEPT, "looks_not_kept", 5, "", "count", "", "", "", "", "") \
	X(PASSED_OVER, "passed_over", 5, "", "count", "", "", "", "", "")
/* clang-format on */

enum finding_code {
#define FINDING_ENUM(code, word, weight, page, a, b, c, d, s, t) FINDING_##code,
	FINDING_TABLE(FINDING_ENUM)
#undef FINDING_ENUM
		FINDING_MAX
};

/* Which kinds there are of something, a bit each; however many kinds the table has. */
enum { FINDING_SET_BITS = 64 };
struct finding_set {
	uint64_t word[FINDING_MAX / FINDING_SET_BITS + 1];
};

static inline bool finding_set_has(const struct finding_set *set, unsigned code)
{
	return (set->word[code / FINDING_SET_BITS] >> code % FINDING_SET_BITS & 1) != 0;
}

bool finding_set_has_any(const struct finding_set *set, const unsigned *codes, size_t count);

static inline void finding_set_add(struct finding_set *set, unsigned code)
{
	set->word[code / FINDING_SET_BITS] |= UINT64_C(1) << code % FINDING_SET_BITS;
}

/* Adds all of the other. */
static inline void finding_set_join(struct finding_set *set, const struct finding_set *other)
{
	for (size_t i = 0; i < sizeof(set->word) / sizeof(set->word[0]); i++)
		set->word[i] |= other->word[i];
}

/* Those that the other has not. */
static inline struct finding_set finding_set_less(
	struct finding_set set, const struct finding_set *other)
{
	for (size_t i = 0; i < sizeof(set.word) / sizeof(set.word[0]); i++)
		set.word[i] &= ~other->word[i];
	return set;
}

/* Do they have one in common? */
static inline bool finding_sets_meet(const struct finding_set *a, const struct finding_set *b)
{
	uint64_t both = 0;

	for (size_t i = 0; i < sizeof(a->word) / sizeof(a->word[0]); i++)
		both |= a->word[i] & b->word[i];
	return both != 0;
}

static inline bool finding_set_empty(const struct finding_set *set)
{
	uint64_t any = 0;

	for (size_t i = 0; i < sizeof(set->word) / sizeof(set->word[0]); i++)
		any |= set->word[i];
	return any == 0;
}

enum {
	FINDING_ARGS = 4,
	FINDING_TEXTS = 2,
	FINDING_TEXT = 160,
	FINDING_SAID = 640, /* a text in words */
	FINDING_CITED = 4,  /* of each kind of evidence */
	FINDING_COUNTERS = 3,
	FINDING_INCOMPLETE = 10, /* a lighter one tells what the recording lacks */
	FINDING_TROUBLE = 45     /* a lighter one tells what may well be as it should be */
};

enum finding_about {           /* what `index` and `key` of a finding name */
	FINDING_OF_RUN,        /* nothing in particular */
	FINDING_OF_END,        /* all connections of one end: side of key; index UINT32_MAX */
	FINDING_OF_CONNECTION, /* model->connections; the end is side */
	FINDING_OF_LISTENER,   /* model->listeners; [0] = bound end */
	FINDING_OF_UDP_SOCKET  /* model->udp_sockets; [0] = local end */
};

/* One of nstat's, and by how much it moved; by `part` of that for what the finding tells. */
struct finding_counter {
	const char *name; /* lives as long as the program */
	int64_t part, moved;
};
/* phrase_state of FINDING_ABORTED: what its client was at. */
enum finding_aborted { ABORTED_ASKED, ABORTED_OPEN, ABORTED_CUT, ABORTED_FULL };

/* Why a port in use could not be shared by SO_REUSEADDR; reuse of FINDING_BIND_FAILED. */
enum finding_reuse {
	REUSE_NOT_KNOWN,
	REUSE_NO_HELP,   /* its holder listens, is the process itself, or it is UDP's */
	REUSE_NEW_LACKS, /* the new socket did not have it, or was given it behind its bind() */
	REUSE_LATE,
	REUSE_OLD_LACKS
};

struct model;
struct finding {
	uint16_t code; /* enum finding_code */
	uint16_t run;
	uint8_t about, side; /* enum finding_about */
	uint32_t index, serial;
	struct flow_key key;
	int64_t t_ns; /* when it could be said */
	int64_t arg[FINDING_ARGS];
	char text[FINDING_TEXTS][FINDING_TEXT];
	uint8_t phrase[FINDING_TEXTS]; /* enum finding_phrase */
	uint8_t phrase_state;
	uint32_t phrase_number;
	uint8_t reuse;              /* enum finding_reuse */
	bool by_client;             /* FINDING_BIND_FAILED: of a client */
	struct finding_doing doing; /* of PHRASE_DOING */
	/* What it rests on: frames of wire.pcap, records of diag.pcap, lines of calls.jsonl; 0 ends
	 * a list. counters: those that moved; name NULL ends the list. */
	struct {
		uint64_t frame[FINDING_CITED], diag[FINDING_CITED];
		uint32_t call[FINDING_CITED];
		struct finding_counter counters[FINDING_COUNTERS];
	} evidence;
	/* of a server's end: in whose queue its connection waited for accept(), of
	 * model->listeners, UINT32_MAX not known; the pid of who was to accept and answer it, 0 not
	 * known */
	uint32_t queue_of, accepter;
	uint32_t peer_pid; /* of a connection: who holds its other end; 0 not known */
	bool with_calls;   /* the program's calls were recorded: advice need not ask for them */
	bool with_server;  /* FINDING_OF_END: the port counts, too */
	bool read_to_end;  /* FINDING_CLOSE_WAIT_HELD: Recv-Q was 0, so the end of data is read */
	/* what calls connections as pages and their figures do ("C5", "Ca5", "P1"); NULL: they are
	 * called in words ("connection 5") */
	const struct model *named_in;
	uint32_t more; /* of the first of its kind: how many others there are, kept or not */
};

const char *finding_word(unsigned code);
unsigned finding_weight(unsigned code);
const char *finding_page(unsigned code);                /* `tcpstate explain PAGE`; "" none */
const char *finding_argument(unsigned code, int which); /* "" when there is none */
const char *finding_text(unsigned code, int which);
/* It is what came of a full accept queue, of which another finding of its run tells. */
bool finding_is_effect(const struct finding *finding);
/* Is this text of it known? */
bool finding_says(const struct finding *finding, int which);

#endif
