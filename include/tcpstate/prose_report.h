/* The sentences of a report: what is said of connections, listeners, phases, checks, datagrams and
 * the recording itself, in the language in use. A sink only lays them out. Functions with a buffer
 * write one line into it, cut to its size, and return it. `when`, `from`, `to` are times as the
 * sink prints them. U+00A0 stands where a line must not be broken; arrows, × and … are UTF-8: who
 * writes another encoding replaces them. */
#ifndef TCPSTATE_PROSE_REPORT_H
#define TCPSTATE_PROSE_REPORT_H

#include "tcpstate/model.h"
#include "tcpstate/prose.h"

enum { PROSE_LINE = 1024 };

/* ---- words: heads of columns and sections ---- */
enum label {
	LABEL_RECORDING,
	LABEL_COMMAND,
	LABEL_SYSTEM,
	LABEL_HOST,
	LABEL_INTERFACE,
	LABEL_FILTER,
	LABEL_BEGAN,
	LABEL_PACKETS,
	LABEL_KERNEL_ANSWERS,
	LABEL_SYSCTLS_SET,
	LABEL_SYSCTLS,
	LABEL_SYSCTL_CHANGED,
	LABEL_NOTE,
	LABEL_FINDINGS,
	LABEL_FINDINGS_COUNT,
	LABEL_SUMMARY,
	LABEL_CONNECTIONS,
	LABEL_DATAGRAMS,
	LABEL_TRANSITIONS,
	LABEL_CORRECTIONS,
	LABEL_CHECKS,
	LABEL_SECONDS, /* above times since the beginning */
	LABEL_UTC,
	LABEL_FRAME,
	LABEL_DIAG,
	LABEL_END,
	LABEL_FROM_TO,
	LABEL_SEEN,
	LABEL_WHY,
	LABEL_ICMP_ERROR,
	LABEL_WAY,
	LABEL_BYTES,
	LABEL_LOCAL,
	LABEL_REMOTE,
	LABEL_STATE,
	LABEL_TIMER,
	LABEL_OWNER,
	LABEL_OWNER_TIMER,
	LABEL_PREDICTED,
	LABEL_MEASURED,
	LABEL_PASSED,
	LABEL_FAILED,
	LABEL_ENTERED,
	LABEL_LONGEST,
	LABEL_SHOWN,
	LABEL_EDGE,
	LABEL_BEYOND,
	LABEL_TAKEN,
	LABEL_BOTH,
	LABEL_WIRE,
	LABEL_KERNEL,
	LABEL_INFERRED,
	LABEL_WITHDRAWN,
	LABEL_WHAT_TAKES_IT,
	LABEL_CLIENT,
	LABEL_SERVER,
	LABEL_MAX
};
const char *prose_label(enum label label); /* static */
/* "run: it lacks ..."; text alone where what is "" */
char *prose_of(const char *what, const char *text, char *buffer, size_t size);
const char *prose_semicolon(void);             /* between clauses, with its blank */
const char *prose_evidence(unsigned evidence); /* "wire", "both"; "-" for none. Static */

/* ---- what was recorded ---- */
char *prose_run_began(const struct run *run, const char *when, char *buffer, size_t size);
char *prose_run_packets(const struct run *run, char *buffer, size_t size);
char *prose_run_kernel(const struct run *run, char *buffer, size_t size);
char *prose_clock(const struct model *model, const struct run *run, char *buffer, size_t size);
const char *prose_clocks_title(void);
/* Does a finding speak of this sysctl (its full name)? */
bool prose_findings_name(const struct model *model, const char *sysctl);
char *prose_conditions_title(const struct run *run, size_t runs, char *buffer, size_t size);
char *prose_summary_connections(const struct model *model, char *buffer, size_t size);
char *prose_summary_datagrams(const struct model *model, char *buffer, size_t size);
char *prose_summary_transitions(const struct model *model, char *buffer, size_t size);
char *prose_summary_corrections(const struct model *model, char *buffer, size_t size);
char *prose_summary_checks(const struct model *model, char *buffer, size_t size);

/* What a recording lacks; file: "wire.pcap", of UNREADABLE what went wrong, else NULL. */
enum note {
	NOTE_MISSING,
	NOTE_EMPTY,      /* cut off before its first record */
	NOTE_TORN,       /* ends within a record or a line */
	NOTE_BLANK,      /* count of its records that are nothing but zeros */
	NOTE_MALFORMED,  /* count of its records or lines */
	NOTE_UNREADABLE, /* from there on */
	NOTE_NO_MANIFEST,
	NOTE_CUT_SHORT, /* count of packets */
	NOTE_TUNNELS,   /* file: prose_tunnels() */
	NOTE_UNDECODED, /* file: prose_undecoded() */
	NOTE_NO_PACKET,
	NOTE_COPIES,        /* count of packets */
	NOTE_RENUMBERED,    /* count of segments */
	NOTE_CLOCK_FORWARD, /* count: ms */
	NOTE_CLOCK_BACK,    /* likewise */
	NOTE_CLOCK_JUMPED,  /* count: the frame */
	NOTE_RING,          /* count: when its first packet was captured, in ns; 0: no packet */
	NOTE_RUNNING
};
char *prose_note(enum note note, const char *file, uint64_t count, char *buffer, size_t size);

/* ---- connections and listeners ---- */
/* "client", "server"; with nobody known to have opened, "A" and "B". Static */
const char *prose_end(const struct connection *connection, int side);
/* "Connection 3 of run: client 10.0.0.1:40000 → server 10.0.0.2:80" */
char *prose_connection_title(
	const struct model *model, const struct connection *connection, char *buffer, size_t size);
/* its segments, bytes, retransmissions, ICMP errors, owners */
/* "fork_server[3], fork_server[7]": its owner, then who else held it; of many the first */
char *prose_owners(const struct model *model, const struct owner *owner,
	const struct others *others, char *buffer, size_t size);
/* "server ×2", "server[3], other[7]": who held the listeners of one port in turn, and how many; of
 * one all that prose_owners() says */
size_t prose_owners_in_turn(const struct model *model, const struct listener *const *all,
	size_t count, char *buffer, size_t size);
/* "server[12] closed its copy of the server's socket between 1.020 and 1.120": the times as text */
char *prose_let_go(const struct connection *connection, int side, const struct owner *owner,
	const char *held, const char *gone, char *buffer, size_t size);
char *prose_connection(
	const struct model *model, const struct connection *connection, char *buffer, size_t size);
char *prose_more_like_it(const struct shape *shape, char *buffer, size_t size);
/* "3: client CLOSED → SYN_SENT; ...; e.g. connection 7" */
char *prose_shape(const struct model *model, const struct shape *shape, char *buffer, size_t size);
char *prose_shapes_title(const struct model *model, char *buffer, size_t size);
char *prose_other_shapes_title(size_t count, char *buffer, size_t size);
/* connections of which only sums were kept */
char *prose_others(const struct folded *others, char *buffer, size_t size);
char *prose_listener_title(
	const struct model *model, const struct listener *listener, char *buffer, size_t size);
char *prose_listener(
	const struct model *model, const struct listener *listener, char *buffer, size_t size);
/* why it happened, by whom */
char *prose_transition(
	const struct model *model, const struct transition *transition, char *buffer, size_t size);
char *prose_correction(
	const struct correction *correction, const char *when, char *buffer, size_t size);
/* what the ICMP error says, who sent it, what it answers, what becomes of it; last: of its last
 * repetition */
char *prose_error(const struct model *model, const struct icmp_error *error, const char *last,
	char *buffer, size_t size);
char *prose_path_title(const struct model *model, const struct path *path, size_t number,
	char *buffer, size_t size);
char *prose_path_translated(
	bool source, const char *before, const char *after, char *buffer, size_t size);
char *prose_path_hop(const struct model *model, const struct connection *hop, const char *when,
	char *buffer, size_t size);
char *prose_path_witness(
	const struct run *client, const struct run *server, char *buffer, size_t size);

/* ---- ladders ---- */
/* "SYN-ACK", "39 B", "12 B, FIN ↻" */
char *prose_rung(const struct rung *rung, char *buffer, size_t size);
char *prose_rung_repeats(const struct rung *rung, char *buffer, size_t size);
/* Whose segment rung i of this ladder is, if an older connection answered by it, and what the RST
 * to it ended: "of connection 13, in TIME_WAIT"; on a page C13. "" else. */
char *prose_rung_older(const struct model *model, uint32_t connection, size_t i, bool page,
	char *buffer, size_t size);
char *prose_fold(const struct fold *fold, int left, char *buffer, size_t size);
/* the kernel's record, and why, unless the segment beside it says so; "" else */
char *prose_ladder_note(
	const struct model *model, const struct transition *transition, char *buffer, size_t size);
char *prose_ladder_legend(const struct model *model, char *buffer, size_t size);

/* ---- datagrams ---- */
char *prose_conversation_title(const struct model *model, const struct conversation *conversation,
	char *buffer, size_t size);
char *prose_conversation(const struct model *model, const struct conversation *conversation,
	char *buffer, size_t size);
const char *prose_conversation_end(const struct conversation *conversation, int side);
/* of a datagram; "" when there is nothing to say */
char *prose_datagram(const struct datagram *datagram, char *buffer, size_t size);
char *prose_losses_title(
	const struct model *model, const struct udp_socket *socket, char *buffer, size_t size);
char *prose_loss(
	const struct loss *loss, const char *from, const char *to, char *buffer, size_t size);

/* ---- phases ---- */
const char *prose_phase(const struct phase *phase);
/* enum moment, for scripts; NULL: none */
const char *prose_moment_word(unsigned moment);
/* "net.ipv4.tcp_fin_timeout: 60 → 3, seen at 19:37:20.12" */
char *prose_sysctl_change(
	const struct sysctl_change *change, const char *when, char *buffer, size_t size);
char *prose_phase_title(const struct model *model, const struct phase *phase, const char *when,
	char *buffer, size_t size);
char *prose_phases_title(size_t count, char *buffer, size_t size);
/* "server side: 1 LISTEN, 3 ESTABLISHED" */
char *prose_phase_side(const struct phase *phase, int side, char *buffer, size_t size);
/* "server: 1 LISTEN; client: no socket" */
char *prose_phase_brief(const struct phase *phase, char *buffer, size_t size);
/* TIME_WAITs that an earlier phase showed too; sockets that are left out */
char *prose_phase_old(const struct phase *phase, int side, char *buffer, size_t size);
char *prose_phase_more(size_t count, bool all, char *buffer, size_t size);
/* That it has no sockets; "" if it is merely the end; NULL: it has some. */
const char *prose_phase_empty(const struct model *model, const struct phase *phase);
const char *prose_listen_queues(void);
char *prose_phase_counters(const struct phase *phase, bool all, char *buffer, size_t size);
char *prose_sample_owner(
	const struct model *model, const struct sample *sample, char *buffer, size_t size);
char *prose_sample_timer(const struct sockrow *row, char *buffer, size_t size);

/* ---- checks ---- */
char *prose_checks_title(const struct model *model, char *buffer, size_t size);
const char *prose_failed_title(void);
char *prose_check(const struct check *check, char *buffer, size_t size);
char *prose_check_problem(const struct check *check, char *buffer, size_t size);
char *prose_table_title(
	const struct model *model, const struct check_table *table, char *buffer, size_t size);
char *prose_table_count(const struct check_table *table, char *buffer, size_t size);
char *prose_table_missing(size_t missing, char *buffer, size_t size);
char *prose_table_marks(const char *mark, char *buffer, size_t size);

/* ---- the state diagram ---- */
char *prose_diagram_title(const struct model *model, char *buffer, size_t size);
char *prose_shown(size_t rows, char *buffer, size_t size);
char *prose_alone(const struct edge_sum *edge, unsigned witness, char *buffer, size_t size);
const char *prose_alone_title(void);
const char *prose_diagram_legend(void);

/* ---- what was left out ---- */
enum more {
	MORE_STEPS,
	MORE_LISTENERS,
	MORE_PATHS,
	MORE_BETWEEN,
	MORE_LOSSES,
	MORE_CONVERSATIONS, /* other: their datagrams */
	MORE_KINDS,         /* other: their connections */
	MORE_UNTOLD         /* datagrams of conversations that are not told apart */
};
char *prose_more(enum more what, uint64_t count, uint64_t other, char *buffer, size_t size);
char *prose_more_findings(const char *kind, size_t count, char *buffer, size_t size);

struct packets_tally;
/* "12 with ethertype 0x88cc (LLDP), 3 of IP protocol 132 (SCTP)"; "24 in VXLAN 7" */
char *prose_undecoded(const struct packets_tally *tally, char *buffer, size_t size);
char *prose_tunnels(const struct packets_tally *tally, char *buffer, size_t size);

/* ---- recordings beside each other ---- */
struct comparison;
char *prose_compare_title(const struct comparison *comparison, char *buffer, size_t size);
/* "21 of 21", "no checks" */
char *prose_compare_checks(const struct model *model, char *buffer, size_t size);
/* "accept_queue_overflow, syn_unanswered (3)"; "none" */
char *prose_compare_findings(const struct model *model, char *buffer, size_t size);
/* "3 checks differ; 18 are alike in all recordings." */
char *prose_compare_differences(const struct comparison *comparison, char *buffer, size_t size);
/* "listen_recv_q (b=1, n=4)" */
char *prose_compare_check(const struct check *check, char *buffer, size_t size);
/* "2, as predicted", "3, where 2 was predicted"; of NULL "not checked" */
char *prose_compare_value(const struct check *check, char *buffer, size_t size);

/* What stands in a table: "2", "3 ✗" not as predicted, "1 ≠" not as in most recordings; the
 * predictions, where they differ all of them; what the marks mean, "" when there is none. */
char *prose_compare_cell(const struct comparison *comparison, size_t difference, size_t recording,
	char *buffer, size_t size);
char *prose_compare_predicted(
	const struct comparison *comparison, size_t difference, char *buffer, size_t size);
char *prose_compare_marks(const struct comparison *comparison, char *buffer, size_t size);

/* The value of recording `first` in this difference and who shares it: "2, as predicted: anna, ben"
 */
char *prose_compare_shared(const struct comparison *comparison, size_t difference, size_t first,
	char *buffer, size_t size);

#endif
