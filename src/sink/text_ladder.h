/* A row of a connection's ladder, and the columns that its rows share. Private to the text report:
 * text_ladder.c says what the rows are of, text_ladder_row.c prints them. */
#ifndef TCPSTATE_SINK_TEXT_LADDER_H
#define TCPSTATE_SINK_TEXT_LADDER_H

#include "text.h"

enum { TEXT_LADDER_ROWS = 48 /* without --all */ };

struct text_ladder {
	const struct page *page;
	const struct connection *connection;
	const struct rung *rungs;
	int left; /* the side whose states stand there */
	int time, frame, state[2], arrow;
	size_t base, notes; /* columns at which the states and the notes begin */
	bool *told;         /* steps that stood beside a rung */
	size_t rows, calls;
	int64_t last_ns;
};

struct ladder_end {
	const char *mark, *state;
	bool bad;
};
struct ladder_row {
	int64_t t_ns;
	uint64_t frame; /* 0: none */
	bool continued; /* more of the row before */
	struct ladder_end end[2];
	const struct rung *rung;
	char note[2 * PROSE_LINE];
};

const struct record *text_step_record(const struct model *model, const struct step *step);
/* As wide as what this connection needs, and as the page allows. */
struct text_ladder text_ladder_of(const struct page *page, const struct connection *connection);
/* Its time and packet; before it a line, where nothing crossed for long enough to be shown. */
void text_row_begin(struct text_ladder *ladder, const struct ladder_row *row);
/* Is there room for another row, and is it wanted? Counts it. */
bool text_row_wanted(struct text_ladder *ladder, int64_t t_ns);
void text_row_print(struct text_ladder *ladder, const struct ladder_row *row);

#endif
