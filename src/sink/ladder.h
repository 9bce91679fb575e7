/* A connection segment by segment: two lifelines with the states along them, what crossed between.
 * What its parts (ladder*.c) share. Private to src/sink/. */
#ifndef TCPSTATE_LADDER_PARTS_H
#define TCPSTATE_LADDER_PARTS_H

#include "sheet.h"

static const double LADDER_MARK = 2.6; /* half as wide as it is */
static const double SMALL_BOLD = 11;   /* SMALL as wide as it is in bold */

/* Columns of the drawing, in px. */
enum {
	LADDER_WIDTH = 600,
	MARK_TEXT = 480,
	LINES_MAX = 9, /* of a reason beside a lifeline, of a mark's text */
	COLUMN_TIME = 58,
	COLUMN_CLIENT = 198, /* the client's labels end here */
	COLUMN_CLIENT_BAND = 204,
	COLUMN_FROM = 218, /* arrows */
	COLUMN_TO = 398,
	COLUMN_SERVER_BAND = 402,
	COLUMN_SERVER = 418,
	BAND = 10
};

enum row_kind {
	ROW_MARK,
	ROW_SEGMENT,
	ROW_TRANSITION, /* that no segment shows */
	ROW_ERROR,
	ROW_ACCEPTED,
	ROW_REFUTED,
	ROW_CALL,
	ROW_FOLD
};
struct row {
	int64_t t_ns;
	double top, y, height; /* y: of its arrow or its first line */
	uint32_t index;        /* mark: its number; segment, fold: the rung; else into the model */
	uint32_t nth;          /* refuted: which of the correction's claims */
	uint8_t kind, order;   /* order among rows of one moment */
};
struct gap {
	double y;
	int64_t lasted_ns;
	bool folded;
};
struct ladder {
	struct sheet *sheet;
	const struct drawn *drawn;
	const struct connection *connection; /* whose segments these are */
	const struct rung *rungs;
	FILE *under, *over;
	struct strokes strokes; /* arrows and marks, above both */
	struct row *rows;
	size_t row_count;
	struct gap *gaps;
	size_t gap_count;
	double height;
	struct { /* the bands, as rows are drawn */
		uint32_t transition;
		double y;
	} bands[2][SPANS_MAX];
	size_t band_count[2];
};

/* Its rows in order of time with their places. false: out of memory, or nothing to draw. */
bool ladder_rows(struct ladder *ladder);
/* The correction, and which of its claims, that says this segment was not acted on; NULL none. */
const struct correction *ladder_claim(
	const struct ladder *ladder, const struct rung *rung, uint32_t *nth);
/* Transitions of a role at this frame: the next one from *at on; UINT32_MAX: no more. */
uint32_t ladder_transition(const struct ladder *ladder, uint64_t frame, int role, size_t *at);
/* A mark's name as it stands beside its line. false: no more is known of this one. */
/* A call, and how wide its lines are beside the client's lifeline or the server's. */
bool ladder_call(const struct ladder *ladder, uint32_t index, char *text, size_t size);
double ladder_beside(bool client);
bool ladder_mark_text(const struct ladder *ladder, uint32_t mark, char *text, size_t size);
void ladder_segment(struct ladder *ladder, const struct row *row);
/* Behind the text: its first segments with their directions, for who cannot see arrows. */
void ladder_aloud(const struct ladder *ladder, char *text, size_t size);

/* The parts of a label beside a lifeline. */
void ladder_state(struct ladder *ladder, uint32_t transition, double y);
bool ladder_small_gap(int64_t gap_ns);
bool ladder_large_gap(int64_t gap_ns);

#endif
