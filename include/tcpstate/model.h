/* The report's content: the records of one or more runs, built once; every sink renders it and none computes. */
#ifndef TCPSTATE_MODEL_H
#define TCPSTATE_MODEL_H

#include "tcpstate/record.h"

struct cell { char *key, *value; };             /* a coordinate of a check in its table: b=1, n=3 */
struct check {
	int64_t t_ns;
	char *name;                             /* "listen_recv_q" */
	struct cell *cells; size_t cell_count;  /* in the order given */
	struct cell *lets; size_t let_count;    /* names the formula used, with their values */
	char *formula;                          /* as written: "min(n - 1, b + 1)" */
	char *predicted;                        /* its value: "2", "1..3", or words */
	char *query;                            /* "recv_q LISTEN tcp port 12345" */
	char *measured;                         /* "2"; "" when measuring failed */
	char *problem;                          /* why measuring or predicting failed, else "" */
	bool match;
};
struct check *check_copy(const struct check *check);    /* deep; NULL out of memory */
void check_free(struct check *check);

struct transition {             /* as it stands at the end */
	struct record record;           /* event is NULL; evidence, diag_frame, times are final */
	bool withdrawn;
	uint32_t connection;            /* index into model->connections, or listener index when record.listener */
	uint16_t run;
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT];       /* local: the end whose state changed */
};
struct correction {             /* equal edge and reason of one endpoint folded */
	struct record record; uint16_t run;
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT];
	uint32_t count; uint64_t *frames, *refuted_by;          /* count of each; refuted_by: wire frames, 0 where the kernel refuted */
};
struct sample { struct sockrow row; int64_t t_ns; uint64_t diag_frame; uint32_t mark; uint16_t run; bool server_side; struct owner owner; bool has_owner; };
struct mark { int64_t t_ns; char *text; uint16_t run; };
struct counter { int64_t t_ns; char *name; int64_t value, delta; uint16_t run; uint32_t mark; };
struct connection {
	uint16_t run; uint32_t serial; struct flow_key key; uint8_t local_sides;
	int client;                     /* which end opened (sent the first SYN): 0, 1, or -1 unknown */
	uint8_t state[2];               /* last state of each end */
	int64_t first_ns, last_ns;
	uint64_t segments[2], bytes[2], retransmissions[2];     /* by sender */
	uint64_t syn_unanswered;        /* SYNs of the client that got neither SYN-ACK nor RST */
	uint64_t syn_ack_retransmissions;
	int64_t syn_ack_at_ns[8]; size_t syn_acks;              /* times of the first SYN-ACKs */
	struct owner owner[2]; bool has_owner[2];
	size_t *transitions; size_t transition_count;           /* indexes into model->transitions, in time order */
	size_t *corrections; size_t correction_count;
	bool midway;
};
struct listener { uint16_t run; struct flow_key key; uint8_t state; uint32_t max_queue, backlog; int64_t first_ns, last_ns; bool overflowed; struct owner owner; bool has_owner; };
struct finding { struct record record; uint16_t run; char local[FLOW_END_TEXT], remote[FLOW_END_TEXT]; };
struct run {
	char *name;                     /* directory or file as given */
	char *manifest;                 /* JSON text, "" when missing */
	bool has_wire, has_diag, has_facts;
	char **notes; size_t note_count;/* "diag.pcap is missing: no kernel evidence", "wire.pcap: torn last record skipped" */
	uint64_t packets, decoded, diag_messages, rows; int64_t first_ns, last_ns;
};
/* A table of the checks that share a name and cell keys, for the grid b x n. */
struct check_table { char *name, *formula, *row_key, *column_key; char **rows, **columns; size_t row_count, column_count; size_t *cell; /* rows x columns: check index, SIZE_MAX none */ };

struct model {
	struct run *runs; size_t run_count;
	struct transition *transitions; size_t transition_count;        /* all, time order */
	struct correction *corrections; size_t correction_count;
	struct connection *connections; size_t connection_count;
	struct listener *listeners; size_t listener_count;
	struct mark *marks; size_t mark_count;
	struct sample *samples; size_t sample_count;                    /* by mark, then local end; those of the marks' dumps */
	struct counter *counters; size_t counter_count;
	struct check **checks; size_t check_count, checks_failed;
	struct check_table *tables; size_t table_count;
	struct finding *findings; size_t finding_count;
	int64_t first_ns, last_ns;
};

struct model *model_new(void);
void model_free(struct model *model);
/* Start a run (a recording); its records follow. name and manifest are copied. */
int model_run(struct model *model, const char *name, const char *manifest);
void model_note(struct model *model, const char *format, ...) __attribute__((format(printf, 2, 3)));    /* a note on the current run */
void model_take(void *model, const struct record *record);      /* fits struct emit */
/* After the last record: sort, fold, derive connections, tables, sides. */
int model_finish(struct model *model);

#endif
