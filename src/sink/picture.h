/* The picture: everything on one time axis. What its parts (picture*.c) share. Private to
 * src/sink/. */
#ifndef TCPSTATE_PICTURE_H
#define TCPSTATE_PICTURE_H

#include "axis.h"
#include "sheet.h"

/* How much room a lane has, by how many there are. */
enum density { DENSITY_THIN, DENSITY_COMPACT, DENSITY_SNUG, DENSITY_ROOMY };
struct lane_room {
	double band, gap, label, padding, mark;
};

enum { PICTURE_WIDE = 1240, PICTURE_LARGE = 900, LABELS_WIDTH = 176, STATES_WIDTH = 134 };
static const double SMALL = 10, NORMAL = 11, NAMES = 12.5; /* font sizes, as in the style sheet */

struct used { /* what the legend has to explain */
	bool state[STATE_MAX];
	bool waits, withdrawn, ignored, differ, again, evidence[5], calls, goes_on;
	bool queue[2]; /* somebody waits in one: as answers showed it; as counted */
};
struct picture {
	struct sheet *sheet;
	const struct picture_wanted *wanted;
	/* bands and arrows; texts, which the folds do not cut; the column of names, which stays
	 * when the rest is scrolled */
	FILE *under, *over, *labels;
	struct axis axis;
	double width, left, right, y;
	enum density density;
	const struct lane_room *room;
	double px_per_knot;
	bool plain_left_out; /* too many segments for an arrow each */
	bool headed;         /* the column of last states has its heading */
	bool one_tip;        /* a tip a connection instead of one a band */
	int64_t tail_ns;
	double cut; /* below the first PAPER_LANES; 0: there are no more */
	struct {
		double y, to;
	} named; /* of a thin lane the words about who was turned away last */
	struct used used;
};

void picture_listeners(struct picture *picture);
/* One lane: of this listener and those that came after it on its address. */
void picture_listener(struct picture *picture, uint32_t index);
bool listener_serves(const struct listener *listener, const struct connection *connection);
/* the longest accept queue of that lane */
uint32_t listener_longest(const struct picture *picture, uint32_t index);
void picture_lanes(struct picture *picture);
/* returns the y below it */
double picture_legend(FILE *out, const struct picture *picture, double y);
bool picture_in_window(const struct picture *picture, int64_t t_ns);

/* Marks, those of several recordings that mean the same moment once. */
size_t picture_marks(const struct model *model, const struct mark **marks, size_t room);
/* Their rules and labels over the drawing; returns the height that the labels take. */
double picture_mark_rows(struct picture *picture, FILE *out);
void picture_mark_rules(struct picture *picture, FILE *out, double ruler, double below);

#endif
