/* The checks of a report, each what was predicted and what was measured, and the tables that those
 * of one name make. */
#ifndef TCPSTATE_MODEL_CHECKS_H
#define TCPSTATE_MODEL_CHECKS_H

#include "tcpstate/flow.h"

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

#endif
