/* The report's content: the records of one or more runs, built once; every sink renders it and none
 * computes. */
#ifndef TCPSTATE_MODEL_H
#define TCPSTATE_MODEL_H

#include "tcpstate/finding.h"
#include "tcpstate/ladder.h"
#include "tcpstate/record.h"

struct cell {
	char *key, *value;
}; /* a coordinate of a check in its table: b=1, n=3 */
struct check {
	int64_t t_ns;
	char *name; /* "listen_recv_q" */
	struct cell *cells;
	size_t cell_count; /* in the order given */
	struct cell *lets;
	size_t let_count; /* names the formula used, with their values */
	char *formula;    /* as written: "min(n - 1, b + 1)" */
	char *predicted;  /* its value: "2", "1..3", or words */
	char *query;      /* "recv_q LISTEN tcp port 12345" */
	char *measured;   /* "2"; "" when measuring failed */
	char *problem;    /* why measuring or predicting failed, else "" */
	bool match;
};
struct check *check_copy(const struct check *check); /* deep; NULL out of memory */
void check_free(struct check *check);

/* The ends of a transition, correction or finding are those of record.key: its own is record.side
 * (flow_end_text() prints them). */
/* as it stands at the end; withdrawn ones are only in the corrections */
struct transition {
	struct record record; /* event is NULL; evidence, diag_frame, frame are final */
	/* of its connection in model->connections, or of its listener when record.listener */
	uint32_t index;
	/* the ICMP error it rests on: index + 1 into model->errors, 0 none */
	uint32_t error;
	/* of the same connection, while records come in: index + 1 */
	uint32_t next;
	/* how many of the kernel's answers showed its socket in `to`; the last that did. 0: none,
	 * or not known */
	uint32_t rows, last_diag;
	/* the recorded call that made it: index + 1 into model->calls, 0 none */
	uint32_t call;
	uint16_t run;
};
/* Whose state changed. */
enum end_role { ROLE_CLIENT, ROLE_SERVER, ROLE_LISTENER };
struct correction {           /* equal edge and reason of one endpoint folded */
	struct record record; /* of the first; evidence: who refuted it */
	uint32_t index, next;
	uint16_t run; /* as in a transition */
	/* why the withdrawn edge had been claimed */
	struct reason claimed;
	uint8_t claimed_cause;
	/* count of each, 0 where there is none */
	uint32_t count;
	uint64_t *frames, *refuting_frames, *refuting_diags;
	int64_t *edge_times, *refuted_times; /* when each was claimed, when refuted */
};
enum step_kind { STEP_TRANSITION, STEP_CORRECTION, STEP_ERROR };
/* into model->transitions, ->corrections or ->errors */
struct step {
	uint8_t kind;
	uint32_t index;
};
struct steps {
	struct step *item;
	size_t count;
};

/* Who held a socket besides its owner, at the time that is spoken of: forked with it, or passed. */
struct others {
	size_t first; /* into model->others_held */
	uint32_t count;
};
struct sample { /* a socket in the dump of a mark, or at a moment */
	struct sockrow row;
	int64_t t_ns, asked_ns; /* answered, asked */
	uint64_t diag_frame;
	uint32_t mark;     /* how many marks there had been: 0 before the first */
	uint8_t moment;    /* enum moment */
	int64_t moment_ns; /* of a moment: when */
	bool unshown;      /* no answer showed it so: queues and timer are not known */
	bool old;          /* TIME_WAIT, and it was in an earlier phase already */
	uint16_t run;
	bool server_side;
	bool was; /* the owner has let go of it */
	struct owner owner;
	bool has_owner;
	struct others also;
};
struct mark {
	int64_t t_ns;
	char *text;
	uint16_t run;
	bool trial; /* of what a lab tries beforehand, not of its experiment */
	/* which all checks since the mark before have in common; their texts are the checks' */
	struct cell *cells;
	size_t cell_count;
};
struct sysctl_change { /* found at a mark, or at the end */
	int64_t t_ns;
	char *name, *from, *to;
	uint16_t run;
};
struct counter {
	int64_t t_ns;
	char *name;
	int64_t value, delta;
	uint16_t run;
	uint32_t mark;
};
struct counter_sum { /* over a phase */
	const char *name;
	int64_t delta;
	bool volume; /* every connection moves it: it tells nothing by itself */
};
/* The natural ones of a recording without marks: a listener is there, as many connections as ever
 * are open (all of them), the first one has closed, the end (of what was recorded, before tcpstate
 * terminates what is left). */
enum moment {
	MOMENT_NONE,
	MOMENT_LISTENER,
	MOMENT_MOST,
	MOMENT_ALL,
	MOMENT_CLOSE,
	MOMENT_END,
	MOMENT_MAX
};
/* TIME_WAITs that an earlier phase had left are told as a count from so many on. */
enum { OLD_FOLDED = 2 };
struct phase { /* a mark: what its dump showed, and what had moved since the one before */
	uint16_t run;
	uint32_t mark;    /* 0: the start of the recording */
	bool end;         /* after the last mark: counters only, but for a moment */
	uint8_t moment;   /* enum moment; of no mark then */
	size_t connected; /* MOMENT_MOST, MOMENT_ALL: how many */
	const char *text; /* of the mark */
	bool trial;
	int64_t t_ns;
	/* samples: first and how many, the server's before the clients' */
	size_t server, server_count, client, client_count;
	/* TCP sockets by state: [0] server side, [1] client side */
	size_t states[2][STATE_MAX];
	size_t old[2]; /* of these the samples that are old, by side */
	/* notable: those that are not volume */
	struct counter_sum *counters;
	size_t counter_count, notable;
};
/* Connections that settled like another one, of which no more was kept than this (model_fold.c).
 * Ends are those of that other one. */
enum { FOLDED_NUMBERS = 9 };
struct folded {
	uint64_t count;
	uint64_t segments[2], bytes[2], retransmissions[2]; /* by sender */
	uint64_t syn_unanswered, syn_ack_retransmissions;
	/* ports of clients of this namespace that were not free when told last, a bit each; NULL:
	 * none was */
	uint8_t *ports;
	uint64_t lasted_ns;        /* all together */
	int64_t least_ns, most_ns; /* of one */
	uint32_t lifetimes[LIFETIME_BINS];
	/* the first of them; 0: no more */
	uint32_t number[FOLDED_NUMBERS];
};
struct connection {
	uint16_t run;
	uint32_t serial;
	struct flow_key key;
	uint8_t local_sides;
	int client;       /* which end opened (sent the first SYN): 0, 1, or -1 unknown */
	uint8_t state[2]; /* last state of each end */
	int64_t first_ns, last_ns;
	uint64_t segments[2], bytes[2], retransmissions[2]; /* by sender */
	bool acked[2]; /* the end acknowledged something: the other has spoken */
	/* the end of which no packet was captured, though the other acknowledged some; -1: none */
	int unseen;
	uint64_t syn_unanswered; /* SYNs of the client that got neither SYN-ACK nor RST */
	/* SYNs answered by an ACK of an older connection; in which state that was; the ACK's frame
	 */
	uint32_t syn_acked;
	uint8_t syn_acked_in;
	uint64_t syn_acked_frame;
	bool syn_resent; /* the client sent its SYN again although a SYN-ACK had been sent */
	uint64_t syn_ack_retransmissions;
	/* times of the first SYN-ACKs; how many in all */
	int64_t syn_ack_at_ns[8];
	size_t syn_acks;
	struct owner owner[2];
	bool has_owner[2];
	struct others also[2];
	struct steps steps;   /* its timeline */
	uint32_t corrections; /* folded */
	bool midway;
	bool unreachable; /* an ICMP error answered its SYN */
	uint32_t shape;   /* index into model->shapes */
	/* others that settled like it; NULL: none */
	struct folded *folded;
	/* its records while they come in: index + 1, linked by `next` */
	uint32_t first_transition, first_correction;
	bool settled, changed; /* changed: after it had settled */
	uint32_t syn_pending;  /* SYNs not yet answered, while records come in */
	uint64_t cookie[2];    /* of the sockets, 0 unknown */
	struct finding_set finding_set;
	bool has_isn[2], has_syn_ts;
	/* initial sequence numbers by sender; the timestamp of the client's SYN */
	uint32_t isn[2], syn_ts;
	int64_t syn_ns;        /* when that SYN was first captured */
	uint8_t syn_hop_limit; /* its TTL then: each router takes one away */
	uint8_t hop_limit[2];  /* of each end's first segment that is no RST; 0: none */
	uint32_t path;         /* index into model->paths, UINT32_MAX: of none */
	/* into model->call_order */
	size_t first_call, call_count;
	/* ICMP errors about its segments; equal ones are folded, ERRORS_KEPT different ones kept */
	uint64_t errors;
	/* last_error: index + 1 into model->errors while records come in */
	uint32_t errors_kept, last_error;
	/* the newest segment of each sender, for an error to quote */
	uint32_t error_seq[2];
	uint64_t error_frame[2];
	/* its ladder: model->rungs from first_rung on */
	size_t first_rung, rung_count;
	struct rung_list ladder; /* while they come in */
	struct sighting shown[2];
	struct accepted accepted; /* of the server's end */
	uint32_t traits;          /* bits of enum trait */
};

/* ---- datagrams: what crossed between two UDP ends, and the ICMP errors that answered. Long
 * ladders are folded: kept are the first and the last lines of each conversation, and its first
 * errors. ---- */
enum {
	LADDER_FIRST = 16,
	LADDER_ERRORS = 4,
	LADDER_LAST = 8,
	ERRORS_KEPT = 16 /* of a TCP connection */,
	CONVERSATIONS_MAX = 131072,
	UDP_SOCKETS_MAX = 65536,
	LOSSES_KEPT = 16 /* of a socket */
};
struct icmp_error {
	int64_t t_ns;
	uint64_t frame;
	/* canonical; side: who had sent the packet it quotes */
	struct flow_key key;
	uint8_t side;
	uint16_t run;
	bool of_connection;
	uint32_t index;             /* into model->connections or ->conversations */
	uint8_t family, type, code; /* AF_INET: RFC 792, AF_INET6: RFC 4443 */
	uint8_t state;              /* TCP: of the end it concerns, when it came */
	uint8_t effect;             /* enum icmp_effect */
	uint8_t from[16];
	uint32_t mtu;     /* 0: none told */
	uint64_t answers; /* frame of the packet quoted; 0: not captured, or long ago */
	/* TCP: equal errors that came after one another are folded */
	uint64_t count, last_frame;
	int64_t last_ns;
	uint32_t socket;     /* UDP: whose it is, into model->udp_sockets; UINT32_MAX unknown */
	uint64_t diag_frame; /* that showed it nearest to t_ns */
};
struct datagram { /* a line of a ladder */
	int64_t t_ns;
	uint64_t frame;
	/* among the lines of its conversation, from 0: a jump is what was not kept */
	uint64_t ordinal;
	uint32_t conversation;
	/* into model->errors, for a line that is one; UINT32_MAX: a datagram */
	uint32_t error;
	/* payload by its UDP header; how much of it the fragments captured hold */
	uint32_t bytes, captured;
	uint16_t fragments;    /* 0: in one piece */
	uint16_t id, checksum; /* of the packet: an error quotes them */
	uint8_t side;          /* who sent it; of an error: who had sent the datagram it quotes */
	bool answered;         /* by an ICMP error */
	char *text;            /* as in a rung */
};
struct conversation {
	uint16_t run;
	uint32_t number; /* from 1, in its run */
	struct flow_key key;
	uint8_t local_sides;
	uint8_t opener; /* the end that was heard first */
	bool group;     /* the other end is a multicast group or broadcast */
	bool anomalous; /* an error, an incomplete datagram, or drops at its own socket */
	int64_t first_ns, last_ns;
	uint64_t datagrams[2], bytes[2];    /* by sender */
	uint64_t errors, incomplete, lines; /* lines: datagrams and errors, kept or not */
	int64_t heard_ns[2];                /* when each end sent last; 0 never */
	/* each end's, into model->udp_sockets; UINT32_MAX: never shown */
	uint32_t socket[2];
	size_t first_line, line_count; /* of model->datagrams: those kept */
	size_t first_call, call_count; /* into model->call_order */
};
/* A UDP socket in one form: connect() makes another of the same cookie. */
struct udp_socket {
	/* [0] = local end, [1] all zero while not connected */
	uint16_t run;
	struct flow_key key;
	uint64_t cookie;
	uint32_t inode;
	bool connected, recverr, v6only, has_owner;
	/* answers that showed it so */
	int64_t first_ns, last_ns;
	uint64_t first_diag, last_diag;
	uint32_t rcvbuf;  /* bytes as the kernel counts them, 0 unknown */
	uint64_t dropped; /* at it, as far as answers showed the count grow */
	struct owner owner;
	/* last_loss: index + 1 into model->losses; older: another socket of the same ends, index +
	 * 1 */
	uint32_t losses, last_loss, older;
	struct others also;
};
struct loss { /* a socket's count of dropped datagrams grew between two answers */
	/* not_before_ns 0: at first sight it had them */
	int64_t not_before_ns, t_ns;
	uint64_t before_diag, diag_frame;
	uint32_t socket, count, total;
};
/* One connection as several recordings saw it, or one recording on both sides of an address
 * translation: its ISNs are the same everywhere. Hops go from the client to the server; where the
 * 4-tuple differs from the hop before, it was translated in between. */
enum { CROSSING_PLACES = 8 };
struct crossing {     /* one segment, and where it was met */
	int64_t t_ns; /* the earliest */
	uint32_t path;
	bool from_client;
	/* by hop, the first CROSSING_PLACES of them: into model->rungs; UINT32_MAX: not there */
	uint32_t rung[CROSSING_PLACES];
};
struct path {
	uint32_t *hops;
	size_t hop_count; /* connections */
	/* into model->crossings, in time order: what of it was kept in a ladder */
	size_t first_crossing, crossing_count;
	/* whose steps are told of the client, of the server: there the kernel was asked, if
	 * anywhere */
	uint32_t witness[2];
	struct steps steps; /* of both ends, in time order */
};
/* Connections that took the same edges at both ends, with the same reasons and corrections. */
/* anomalous: corrected, unanswered, seen midway or with a finding */
struct shape {
	uint32_t *members; /* those that are kept */
	size_t count;
	size_t total; /* with those folded into them */
	/* its first members but the first, by number; 0: no more */
	uint32_t number[FOLDED_NUMBERS];
	bool anomalous;
	int64_t least_ns, median_ns, most_ns; /* how long they lasted */
	uint32_t example;                     /* the member to draw: it keeps its ladder */
	uint32_t lifetimes[LIFETIME_BINS];    /* of all, those folded too */
};
enum { BACKLOGS_KEPT = 8 };
/* A listening socket: one that listens again is the same, another on the same port is not
 * (successors, SO_REUSEPORT). */
struct listener {
	uint16_t run;
	struct flow_key key; /* [0] = bound end */
	uint64_t cookie;     /* 0: a kernel that gives none, or never shown */
	uint8_t state;       /* LISTEN, or CLOSED at the end */
	/* no answer showed it: its own calls tell of it, without transitions; it listened from
	 * first_ns to last_ns, its queue is not known, the backlog is as asked for */
	bool by_calls;
	/* the longest accept queue seen; the backlog last in force */
	uint32_t max_queue, backlog;
	int64_t first_ns, last_ns; /* seen */
	bool v6only, dual_stack;   /* [::] with and without IPV6_V6ONLY; neither: not shown */
	uint16_t device;           /* SO_BINDTODEVICE: the interface's index */
	bool overflowed;           /* the queue was seen longer than the backlog */
	uint64_t overflow_diag;    /* first seen so */
	/* the longest of these queues, and the backlog it exceeded: not always the last one */
	uint32_t overflow_queue, overflow_backlog;
	/* the backlog in force over time: when each was first seen; the newest beyond them is lost
	 */
	struct {
		int64_t t_ns;
		uint32_t backlog;
	} backlogs[BACKLOGS_KEPT];
	uint8_t backlog_count;
	struct owner owner;
	bool has_owner;
	struct others also;
	struct steps steps;
	uint32_t inode;
	size_t first_call, call_count; /* into model->call_order */
	uint32_t first_transition;     /* as in a connection */
	struct queue_point *queue;
	size_t queue_count;
	int64_t queue_shown_ns; /* last, while records come in */
};
/* A call that a program made, with what it was about. The order of model->calls is that of at_ns.
 * Those about a connection are at call_order[connection.first_call] and the call_count - 1 places
 * behind it, in time order; likewise of a listener and a conversation. An accept() that gave a
 * connection is among its calls and among the listener's. */
struct model_call {       /* what a program did: a call, or a line that it wrote */
	struct call call; /* its texts are the model's */
	/* the line; call has no more than who and when then, what is CALLED_MAX. NULL: a call */
	const char *said;
	uint8_t stream;  /* 1 standard output, 2 error, 0 either */
	bool named;      /* several processes called on this lane: it is told with its pid */
	int64_t at_ns;   /* call_time() */
	uint64_t number; /* of its line in calls.jsonl, from 1: where anyone can check it */
	/* the end of the connection or conversation that called; 0 of a listener */
	uint8_t side;
	uint16_t run;
	/* indices; UINT32_MAX: none */
	uint32_t connection, listener, conversation;
	/* Calls in vain that are like this one and followed it; the last of them. They are folded:
	 * a reader may pass them over. Of lines: how many stand between this one and the last. */
	uint32_t again;
	int64_t again_ns;
	bool folded;
};
/* A process that held a socket, from when until when: owners are intervals, and a socket may have
 * several at once (fork, passing). */
struct holder {
	struct owner owner;
	int64_t from_ns,
		to_ns; /* first seen or opened; let go, INT64_MAX: never, as far as known */
	bool ended;    /* let go by its end */
	bool let_go;   /* while the model is made: from_ns is when an interval ends */
	uint16_t run;
};
struct model_exit {       /* a process's end */
	struct exit exit; /* its text is the model's */
	int64_t t_ns;
	uint16_t run;
};
enum { CALLS_MAX = 524288 /* kept; more are counted */ };
/* What the report begins with: at most VERDICT_LINES, what is incomplete and the checks first, then
 * one line a kind of finding by weight; what does not fit is counted in the last. prose_verdict()
 * says it. */
enum verdict_kind {
	VERDICT_INCOMPLETE, /* finding: a run, the first of them; count: of them */
	VERDICT_FAILED,     /* finding: a run */
	VERDICT_CHECKS,
	VERDICT_FINDING,
	VERDICT_OTHERS,
	VERDICT_NOTHING
};
enum { VERDICT_LINES = 5, FINDINGS_KEPT = 256 /* of a kind */ };
struct verdict_line {
	uint8_t kind;
	uint32_t finding; /* index into model->findings: the first of its kind */
	uint32_t count;   /* OTHERS: findings in no line */
};
enum run_end { RUN_OPEN, RUN_ORDERLY, RUN_SIGNALLED, RUN_BROKE_OFF, RUN_KILLED };
struct run {
	char *name;     /* directory or file as given */
	char *manifest; /* JSON text, "" when missing */
	bool has_wire, has_diag, has_facts, has_calls;
	/* "diag.pcap is missing: no kernel evidence", "wire.pcap: torn last record skipped" */
	char **notes;
	size_t note_count;
	uint64_t packets, decoded, filtered, diag_messages, rows, dropped_packets, dropped_rows;
	int64_t first_ns, last_ns, first_packet_ns; /* of wire.pcap; 0 none */
	/* How its recorder ended, and what it says to have written. RUN_OPEN: a capture, or a
	 * recording that says nothing of an end. */
	struct {
		uint8_t how; /* enum run_end */
		int signal;  /* RUN_SIGNALLED */
		char *text;  /* RUN_BROKE_OFF: why; else NULL */
		uint64_t packets, messages;
	} end;
	/* without marks: when its moments were, INT64_MIN not at all; connections open at once */
	bool has_moments;
	int64_t moment_ns[MOMENT_MAX];
	size_t most_connected;
	char *failure;   /* what its experiment said when it gave up (mark --failed); NULL: not */
	bool incomplete; /* killed, broken off, or less there than was written */
	struct {
		size_t connections /* kept */, transitions, withdrawn, checks, findings;
	} sum;
	/* the run whose experiment it belongs to (itself): their checks share tables */
	uint16_t part_of;
	/* Its clock against that of run `against` (the first one that met the same connections;
	 * itself: none did), by causality: what has to be added lies in [low, high]. All times of
	 * the run are shifted by shift_ns. */
	struct {
		int64_t shift_ns, low_ns, high_ns;
		uint32_t segments; /* compared */
		uint16_t against;
		bool bounded_low, bounded_high;
		bool contradictory; /* no offset fits all: a clock was set, or drifts */
	} clock;
};
/* A table of the checks that share run, name and cell keys. The last two keys are its rows and
 * columns (one key: one row, row_key ""), the others, with their values, are in `where`
 * ("recipe=defer"). */
struct check_table {
	char *name;
	char *formula; /* "" when it differs between cells */
	char *where, *row_key, *column_key;
	char **rows, **columns; /* values of the two keys */
	size_t row_count, column_count;
	size_t *cell; /* rows x columns: check index, SIZE_MAX none */
	size_t cell_count, failed;
	uint16_t run;
};

/* The state diagram as it was taken: its edges (state_figure()), then those beyond it that were
 * taken. */
struct edge_sum {
	uint8_t from, to;
	uint8_t figure; /* enum figure */
	size_t count[EVIDENCE_MAX], taken, withdrawn /* claims of it */;
	uint8_t causes;  /* bit 1 << enum cause: what took it */
	size_t roles[3]; /* by enum end_role */
	size_t ends[4];  /* enum edge_end: of those to CLOSED */
};
enum edge_end { END_RST_OUT, END_RST_IN, END_TIMER, END_OTHER };
struct state_sum {
	size_t entered, rows /* of sock_diag that showed it */;
	int64_t longest_ns /* for which a socket was in it; -1: none was */;
};

struct summary {
	size_t transitions[EVIDENCE_MAX]; /* by evidence */
	size_t withdrawn;                 /* before folding */
	size_t passed, failed;            /* checks */
	size_t conversations;             /* of UDP */
	/* of UDP: captured, with those not told apart; ICMP errors about them; seen dropped at
	 * sockets */
	uint64_t datagrams, errors, dropped;
	size_t one_way; /* connections with an end of which nothing was captured */
	/* connections with an end of this namespace; seen from their first SYN */
	size_t local, complete;
	/* that were folded into others, or only counted; equal corrections of theirs */
	size_t connections_folded, corrections_folded;
	/* of all runs: packets and netlink messages read, packets and answers lost */
	uint64_t packets, packets_lost, messages, rows_lost;
};

struct model {
	struct run *runs;
	size_t run_count;
	struct transition *transitions;
	size_t transition_count; /* all, time order */
	struct correction *corrections;
	size_t correction_count;
	struct connection *connections;
	size_t connection_count; /* kept */
	size_t connection_total; /* with those folded into them and the others */
	struct folded others;    /* of more kinds than are kept apart: only counted */
	struct listener *listeners;
	size_t listener_count;
	struct mark *marks;
	size_t mark_count;
	struct phase *phases;
	size_t phase_count;
	/* those of the marks' dumps, by phase and side */
	struct sample *samples;
	size_t sample_count;
	struct counter *counters;
	size_t counter_count;
	struct check **checks;
	uint16_t *check_runs;
	size_t check_count, checks_failed;
	struct check_table *tables;
	size_t table_count;
	size_t *loose;
	size_t loose_count; /* checks that are in no table */
	/* by weight, then in time order; of a kind at most FINDINGS_KEPT, finding_total: all */
	struct finding *findings;
	size_t finding_count, finding_total;
	struct verdict_line verdict[VERDICT_LINES];
	size_t verdict_count;
	/* anomalous ones first, then by first member */
	struct shape *shapes;
	size_t shape_count;
	struct path *paths;
	size_t path_count;
	struct crossing *crossings;
	size_t crossing_count;
	struct sysctl_change *sysctls;
	size_t sysctl_count;
	/* of UDP; of TCP where only errors were captured */
	struct conversation *conversations;
	size_t conversation_count;
	uint64_t datagrams_untold; /* of conversations beyond CONVERSATIONS_MAX */
	/* by conversation, time order within */
	struct datagram *datagrams;
	size_t datagram_count;
	struct icmp_error *errors;
	size_t error_count;
	struct udp_socket *udp_sockets;
	size_t udp_socket_count;
	struct loss *losses;
	size_t loss_count; /* by socket, time order within */
	struct model_call *calls;
	size_t call_count;
	uint32_t *call_order; /* indices into calls, grouped by what they are about */
	size_t call_order_count;
	uint64_t calls_untold;     /* beyond CALLS_MAX */
	struct owner *others_held; /* struct others */
	size_t others_held_count;
	struct holder *holders; /* by run, socket (inode), time */
	size_t holder_count;
	struct model_exit *exits;
	size_t exit_count; /* time order */
	struct edge_sum *edges;
	size_t edge_count;
	struct state_sum states[STATE_MAX];
	/* by connection, time order within */
	struct rung *rungs;
	size_t rung_count;
	struct disagreement *disagreements;
	size_t disagreement_count;
	struct unanswered *unanswered;
	size_t unanswered_count;
	size_t trait_count[TRAIT_COUNT]; /* connections that have bit n */
	size_t fin_count;                /* ended by FIN and not by RST */
	struct occupancy *occupancy;
	struct summary summary;
	int64_t first_ns, last_ns;
	struct model_build *build; /* while records come in */
};

/* NULL: out of memory. Everything in it is its own: model_free() */
struct model *model_new(void);
void model_free(struct model *model);
/* More than one run will come: keep what is needed to compare their clocks. */
void model_several(struct model *model);
/* Of how many connections everything is kept before those that are alike are folded; SIZE_MAX: of
 * all. Before the first record. */
void model_keep(struct model *model, size_t first);
/* Of one connection alone everything is kept, the others are counted. */
void model_only(struct model *model, uint32_t serial);
/* Called with a connection that is about to be folded or only counted, its steps in order of time:
 * the last that is seen of it. Borrowed until it returns. */
typedef void model_farewell(void *context, const struct model *model, uint32_t connection,
	const struct step *steps, size_t count);
void model_on_farewell(struct model *model, model_farewell *call, void *context);
/* Start a run (a recording); its records follow. name and manifest are copied. */
int model_run(struct model *model, const char *name, const char *manifest);
void model_part_of(struct model *model, uint16_t run); /* of the current run */
/* a note on the current run */
void model_note(struct model *model, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* These fit struct emit and struct core_limits. */
void model_take(void *model, const struct record *record);
bool model_brief(void *model, const struct brief *brief);
bool model_alike(void *model, const struct alike *alike);
/* Its experiment gave up, and why; of several the first stands. */
void model_failure(struct model *model, const char *text);
/* The counts of a finding (count, clients) become the sums over all that are kept of its kind. */
void finding_sum(const struct model *model, struct finding *finding);
/* Who holds which socket: the core keeps no programs' names, so the reader of the facts tells the
 * model itself. */
void model_owner(struct model *model, const struct owner *owner, int64_t t_ns);
/* it was seen to hold the socket until then, and later no more */
void model_let_go(struct model *model, const struct owner *owner, int64_t t_ns);
/* A program wrote this to standard output (1), error (2) or both (0). */
void model_output(struct model *model, int stream, const char *text, int64_t t_ns);
/* The same, by the process that wrote it (pid 0: not known): a line of its timelines. */
void model_says(
	struct model *model, const struct owner *owner, int stream, const char *text, int64_t t_ns);
/* This process was stopped from since_ns, or longer, until t_ns. */
void model_stopped(struct model *model, const struct owner *owner, int64_t since_ns, int64_t t_ns);
/* Children of this process that nobody had waited for at t_ns, the oldest since since_ns. */
void model_zombies(struct model *model, const struct owner *parent, int64_t count, int64_t since_ns,
	int64_t t_ns);
/* Those who held the socket with this inode: how many, the first in *first. After model_finish().
 */
size_t model_holders(
	const struct model *model, uint16_t run, uint32_t inode, const struct holder **first);
/* A sysctl had another value than when it was read before. */
void model_sysctl(
	struct model *model, int64_t t_ns, const char *name, const char *from, const char *to);
/* Whose end's record is this: of the connection with this index, or of a listener? */
enum end_role model_role(
	const struct model *model, const struct record *record, uint32_t connection);
/* A dump asked for at asked_ns is complete: the samples of the current mark are, if it was asked
 * for after the mark. */
void model_dump_end(struct model *model, int64_t asked_ns);
/* The mark of this text, else the one of this number (from 1); NULL: none. */
const struct mark *model_mark(const struct model *model, const char *name);
/* A run's mark by its number in that run, from 1; NULL: it has no such mark. */
const struct mark *model_mark_of(const struct model *model, uint16_t run, uint32_t number);
/* How many claims this correction stands for: those of connections folded into its own, too. */
uint64_t model_claims(const struct model *model, const struct correction *correction);
/* The beginning of the payload of a rung or a datagram of this run, of `length` bytes; kept when it
 * is text. After model_finish(). */
void model_text(
	struct model *model, uint16_t run, uint64_t frame, const uint8_t *data, size_t length);
/* How many packets of this run have a payload that a page would show; model_text() takes those and
 * passes over others. */
size_t model_text_wanted(struct model *model, uint16_t run);
/* The first of these packets from this one on; 0: none. */
uint64_t model_text_next(const struct model *model, uint64_t frame);
/* Counters that only say how much crossed: every connection moves them. */
bool model_counts_volume(const char *name);
/* The fold before rung i of the connection (i == rung_count: after its last). */
struct fold model_fold(const struct model *model, const struct connection *connection, size_t i);
/* What the sources counted in the current run. */
struct run *model_current(struct model *model);
/* After the last record: sort, fold, derive connections, tables, sides. 0, or -1: out of memory,
 * now or before. */
int model_finish(struct model *model);

#endif
