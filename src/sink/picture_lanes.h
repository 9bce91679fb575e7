/* A lane of the picture: a pair of ends and its connections, one after another. Private to
 * picture_lanes.c, which draws bands, picture_names.c and picture_crossings.c. */
#ifndef TCPSTATE_PICTURE_LANES_H
#define TCPSTATE_PICTURE_LANES_H

#include "picture.h"

struct lane {
	uint32_t *drawn; /* its connections, in order of time */
	size_t count;
	double y[2]; /* of the client's band, of the server's */
};

/* One connection in its lane. */
struct place {
	const struct lane *lane;
	const struct drawn *drawn;
	size_t nth; /* in its lane */
	int64_t stop_ns;
	double x, tag_width;
	bool tag_above;         /* no room left of it */
	struct strokes strokes; /* its bands, as far as they need no tip of their own */
	struct strokes marks;   /* over them: who saw each state begin */
};

/* ---- picture_names.c ---- */
void lane_names(struct picture *picture, const struct lane *lane);

/* ---- picture_crossings.c: of one connection ---- */

/* what was claimed and withdrawn */
void lane_ghosts(struct picture *picture, const struct place *place);
void lane_disagreements(struct picture *picture, const struct place *place);
void lane_segments(struct picture *picture, const struct place *place);
/* of thin lanes, which show no segments: at a cross, in words */
void lane_turned_away(struct picture *picture, const struct place *place);
void lane_calls(struct picture *picture, const struct place *place, int role);

#endif
