/* The runs of a report, each a recording or a capture; what the report begins with, and the sums of
 * all it tells of. */
#ifndef TCPSTATE_MODEL_RUNS_H
#define TCPSTATE_MODEL_RUNS_H

#include "tcpstate/model_phases.h"
#include "tcpstate/record.h"

enum run_end { RUN_OPEN, RUN_ORDERLY, RUN_SIGNALLED, RUN_BROKE_OFF, RUN_KILLED, RUN_UNTOLD };
struct run {
	char *name;     /* directory or file as given */
	char *manifest; /* JSON text, "" when missing */
	bool has_wire, has_diag, has_facts, has_calls;
	/* "diag.pcap is missing: no kernel evidence", "wire.pcap: torn last record skipped" */
	char **notes;
	size_t note_count;
	uint64_t packets, decoded, filtered, diag_messages, rows, dropped_packets, dropped_rows;
	int64_t diag_pause_ns; /* the longest time between two netlink messages */
	int64_t first_ns, last_ns, first_packet_ns; /* of wire.pcap; 0 none */
	/* where packets were lost for the first time, and where the last such hole ended;
	 * INT64_MAX: it did not */
	int64_t lost_from_ns, lost_to_ns;
	/* How its recorder ended, and what it says to have written. RUN_OPEN: a capture, or a
	 * recording that says nothing of an end. RUN_UNTOLD: its facts are gone, with the end. */
	struct {
		uint8_t how; /* enum run_end */
		int signal;  /* RUN_SIGNALLED */
		char *text;  /* RUN_BROKE_OFF: why; else NULL */
		uint64_t packets, messages;
		int64_t calls; /* lines; -1: it had none */
	} end;
	uint64_t call_lines; /* that are there */
	/* without marks: when its moments were, INT64_MIN not at all; connections open at once */
	bool has_moments;
	int64_t moment_ns[MOMENT_MAX];
	size_t most_connected;
	/* sockets at each that have no sample, by side (0 server, 1 client) and state */
	size_t unlisted[MOMENT_MAX][2][STATE_MAX];
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

#endif
