/* The lanes: for each pair of ends the states of the client above, of the server below, and what
 * crossed between them. */
#include <stdlib.h>
#include <string.h>

#include "picture_lanes.h"
#include "tcpstate/prose.h"
#include "tcpstate/segment.h"

static void put_owner(
	struct picture *picture, const struct lane *lane, int role, char *text, size_t size)
{
	const char *program = NULL;
	uint32_t pid = 0;
	bool several = false;

	for (size_t i = 0; i < lane->count; i++) {
		const struct drawn *drawn = &picture->sheet->drawn[lane->drawn[i]];
		const struct connection *connection = sheet_connection(picture->sheet, drawn, role);
		int side = sheet_side(connection, role);

		if (!connection->has_owner[side])
			continue;
		several |= pid != 0 && pid != connection->owner[side].pid;
		program = connection->owner[side].program;
		pid = connection->owner[side].pid;
	}
	if (program == NULL)
		*text = '\0';
	else if (several)
		snprintf(text, size, "%s", program);
	else
		snprintf(text, size, "%s[%u]", program, pid);
}

/* The client's end and program and the connections: in a line if they fit, else in two. */
static void put_compact_names(
	struct picture *picture, const struct lane *lane, const char *end, double y)
{
	const struct drawn *first = &picture->sheet->drawn[lane->drawn[0]],
			   *last = &picture->sheet->drawn[lane->drawn[lane->count - 1]];
	char owner[64], fitted[160], text[200];
	double room = picture->left - 12;

	snprintf(text, sizeof(text), lane->count > 2 ? "%s … %s" : "%s %s", first->name,
		lane->count > 1 ? last->name : "");
	double beside = room - 12 - px_width(text, NORMAL, false);
	put_owner(picture, lane, ROLE_CLIENT, owner, sizeof(owner));
	snprintf(text, sizeof(text), "%s%s%s", end, *owner != '\0' ? " " : "", owner);
	bool two = px_width(text, NORMAL, false) > beside;
	put(picture->labels, "<text x='%n' y='%n' class='e'>", picture->left - 10, two ? y + 6 : y);
	put_name(picture->labels, picture->sheet, lane->drawn[0]);
	if (lane->count > 1) {
		put(picture->labels, lane->count > 2 ? " … " : " ");
		put_name(picture->labels, picture->sheet, lane->drawn[lane->count - 1]);
	}
	put(picture->labels, "</text>");
	if (!two) {
		put_text(picture->labels, 2, y, "", text);
		return;
	}
	put_text(picture->labels, 2, y - 7, "",
		px_fit_end(end, NORMAL, room, false, fitted, sizeof(fitted)));
	if (*owner != '\0')
		put_text(picture->labels, 2, y + 6, "t9 s",
			px_fit(owner, SMALL, beside, false, fitted, sizeof(fitted)));
}

static void put_lane_names(struct picture *picture, const struct lane *lane)
{
	const struct drawn *last = &picture->sheet->drawn[lane->drawn[lane->count - 1]];
	char end[2][FLOW_END_TEXT], owner[64], fitted[160], text[200];
	double band = picture->room->band, gap = picture->room->gap;

	for (int role = 0; role < 2; role++) {
		const struct connection *connection = sheet_connection(picture->sheet, last, role);
		sheet_end(
			picture->sheet, &connection->key, sheet_side(connection, role), end[role]);
		if (picture->density < DENSITY_SNUG)
			continue;
		const char *word = page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER);
		double y = lane->y[role] + band - 3,
		       left = picture->left - 24 - px_width(word, NAMES, false);
		put(picture->labels,
			"<text x='2' y='%n' class='t12'><tspan class='s'>%s</tspan> <tspan "
			"class='b'>%e</tspan></text>",
			y, word, px_fit_end(end[role], NAMES, left, true, fitted, sizeof(fitted)));
		put_owner(picture, lane, role, owner, sizeof(owner));
		put_text(picture->labels, 2, y + 13, "t9 s",
			px_fit(owner, SMALL, picture->left - 30, false, fitted, sizeof(fitted)));
	}
	double middle = lane->y[0] + band + gap / 2 + 3;
	if (picture->density == DENSITY_COMPACT) {
		put_compact_names(picture, lane, end[0], middle);
	} else if (picture->density == DENSITY_THIN) {
		const struct drawn *first = &picture->sheet->drawn[lane->drawn[0]];

		snprintf(text, sizeof(text), "%s%s%s %s → %s", first->name,
			lane->count > 2   ? "…"
			: lane->count > 1 ? ", "
					  : "",
			lane->count > 1 ? last->name : "", end[0], end[1]);
		put_text(picture->labels, 2, lane->y[0] + band + 4, "t9",
			px_fit(text, SMALL, picture->left - 8, false, fitted, sizeof(fitted)));
	}
}

/* ---- bands ---- */

static void put_band_tip(
	struct picture *picture, const struct place *place, int role, const struct span *span)
{
	const struct transition *transition = &picture->sheet->model->transitions[span->transition];
	char from[DURATION_TEXT], until[DURATION_TEXT], lasted[DURATION_TEXT], why[256], seen[128],
		end[FLOW_END_TEXT];
	const struct connection *connection = sheet_connection(picture->sheet, place->drawn, role);

	put(picture->under, "<title>%s %e: %s, %s – %s s (%s)\n%e\n%s</title>",
		page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER),
		sheet_end(picture->sheet, &connection->key, sheet_side(connection, role), end),
		state_name(span->state), sheet_seconds(picture->sheet, span->from_ns, from),
		sheet_seconds(picture->sheet, span->until_ns, until),
		duration_text(span->until_ns - span->from_ns, lasted),
		page_why(&transition->record, why, sizeof(why)),
		page_seen(&transition->record, seen, sizeof(seen)));
}

static void put_waiting(struct picture *picture, const struct place *place, const struct span *span,
	double from, double y)
{
	const struct accepted *accepted =
		&sheet_connection(picture->sheet, place->drawn, ROLE_SERVER)->accepted;
	int64_t until_ns = accepted->known && accepted->t_ns < span->until_ns ? accepted->t_ns
									      : span->until_ns;
	double until = axis_x(&picture->axis, until_ns);

	if (until - from <= 2)
		return;
	put(picture->under, "<rect class='aq' x='%n' y='%n' width='%n' height='%n'/>", from + .8,
		y + picture->room->band * .36, until - from - 1.6, picture->room->band * .28);
	picture->used.waits = true;
}

static bool waits(
	const struct picture *picture, const struct place *place, int role, const struct span *span)
{
	return role == ROLE_SERVER && span->state == STATE_ESTABLISHED &&
	       sheet_connection(picture->sheet, place->drawn, ROLE_SERVER)->accepted.waited;
}

/* What the notches of calls take outside of a band: the words stand beyond them. */
static double call_room(const struct picture *picture)
{
	return picture->density >= DENSITY_SNUG && picture->sheet->model->call_count > 0 ? 6 : 0;
}

/* "STATE 18 ms" or the state alone, if it fits and clears the text before; then what it waits
 * for. */
static void put_band_text(struct picture *picture, const struct place *place, int role,
	const struct span *span, double from, double until, double *previous)
{
	double y = role == ROLE_CLIENT
			   ? place->lane->y[0] - 3 - call_room(picture)
			   : place->lane->y[1] + picture->room->band + 10 + call_room(picture),
	       x = from > *previous + 5 ? from : *previous + 5;
	char full[64], lasted[DURATION_TEXT];

	snprintf(full, sizeof(full), "%s %s", state_name(span->state),
		duration_text(span->until_ns - span->from_ns, lasted));
	if (span->until_ns >= picture->tail_ns || until - x < px_width(full, SMALL, false) - 1)
		snprintf(full, sizeof(full), "%s", state_name(span->state));
	if (until - x < px_width(full, SMALL, false) - 1)
		return;
	put_text(picture->over, x, y, "t9 halo", full);
	*previous = x + px_width(full, SMALL, false);
	if (!waits(picture, place, role, span))
		return;
	const struct accepted *accepted =
		&sheet_connection(picture->sheet, place->drawn, ROLE_SERVER)->accepted;
	const char *word = page_word(accepted->known ? WORD_WAITS : WORD_NEVER_ACCEPTED);
	int64_t until_ns = accepted->known && accepted->t_ns < span->until_ns ? accepted->t_ns
									      : span->until_ns;
	if (axis_x(&picture->axis, until_ns) - *previous <= px_width(word, SMALL, false) + 6)
		return;
	put_text(picture->over, *previous + 5, y, "t9 s halo", word);
	*previous += px_width(word, SMALL, false) + 5;
}

static void put_bands(struct picture *picture, const struct place *place, int role)
{
	struct span spans[SPANS_MAX];
	size_t count = sheet_spans(picture->sheet, place->drawn, role, place->stop_ns, spans);
	double previous = place->tag_above && role == ROLE_CLIENT ? place->x + place->tag_width - 4
								  : -1e9,
	       y = place->lane->y[role], band = picture->room->band;

	for (size_t i = 0; i < count; i++) {
		struct span *span = &spans[i];
		double from = axis_x(&picture->axis, span->from_ns),
		       until = axis_x(&picture->axis, span->until_ns);

		if (until - from < .3)
			continue;
		put(picture->under, picture->one_tip ? "<g>" : "<g class='hv'>");
		if (!picture->one_tip)
			put_band_tip(picture, place, role, span);
		put_band(picture->under, span->state, from, y, until - from, band,
			span->evidence == EVIDENCE_WIRE || span->evidence > EVIDENCE_BOTH);
		if (waits(picture, place, role, span))
			put_waiting(picture, place, span, from, y);
		put(picture->under, "</g>");
		if (picture->density >= DENSITY_SNUG)
			put_band_text(picture, place, role, span, from, until, &previous);
		double least = picture->wanted->until_ns != 0     ? 24
			       : picture->one_tip                 ? 14
			       : picture->density == DENSITY_THIN ? 9
								  : 5;
		if (picture->density >= DENSITY_SNUG ? picture->px_per_knot > 5
						     : until - from > least)
			put_mark(picture->under, sheet_mark(span->evidence), from, y + band / 2,
				picture->room->mark);
		picture->used.state[span->state] = true;
		picture->used.evidence[span->evidence % 5] = true;
	}
}

/* ---- a lane ---- */

static void put_tag(struct picture *picture, const struct place *place)
{
	const struct sheet *sheet = picture->sheet;
	bool link = place->drawn->stands_in != UINT32_MAX;

	if (picture->density < DENSITY_SNUG)
		return;
	if (link)
		put(picture->over, "<a href='#%s'>", sheet->drawn[place->drawn->stands_in].id);
	if (place->tag_above)
		put_text(picture->over, place->x, place->lane->y[0] - 3 - call_room(picture),
			"b halo", place->drawn->name);
	else
		put_text(picture->over, place->x - 5,
			place->lane->y[0] + picture->room->band + picture->room->gap / 2 + 4,
			"e b t12 halo", place->drawn->name);
	if (link)
		put(picture->over, "</a>");
}

static void put_connection(struct picture *picture, const struct lane *lane, size_t nth)
{
	const struct sheet *sheet = picture->sheet;
	struct place place = {.lane = lane,
		.drawn = &sheet->drawn[lane->drawn[nth]],
		.nth = nth,
		.stop_ns = picture->tail_ns};
	const struct connection *connection = sheet_connection(sheet, place.drawn, ROLE_CLIENT);
	double before = 0;

	if (nth + 1 < lane->count)
		place.stop_ns =
			sheet_connection(sheet, &sheet->drawn[lane->drawn[nth + 1]], ROLE_CLIENT)
				->first_ns;
	for (size_t i = 0; i < nth; i++) {
		double x = axis_x(&picture->axis,
			sheet_connection(sheet, &sheet->drawn[lane->drawn[i]], ROLE_CLIENT)
				->last_ns);
		before = x > before ? x : before;
	}
	place.x = axis_x(&picture->axis, connection->first_ns);
	place.tag_width = px_width(place.drawn->name, NAMES, true) + 8;
	place.tag_above = place.x - place.tag_width < before + 2;
	put(picture->under, "<g data-c='%s'%s>", place.drawn->id,
		picture->one_tip ? " class='hv'" : "");
	put(picture->over, "<g data-c='%s'>", place.drawn->id);
	if (picture->one_tip) {
		char tip[512];

		put(picture->under, "<title>%e</title>",
			page_course(sheet->model, place.drawn->index[0], tip, sizeof(tip)));
	}
	lane_disagreements(picture, &place);
	put_bands(picture, &place, ROLE_CLIENT);
	put_bands(picture, &place, ROLE_SERVER);
	lane_ghosts(picture, &place);
	lane_segments(picture, &place);
	lane_calls(picture, &place, ROLE_CLIENT);
	lane_calls(picture, &place, ROLE_SERVER);
	put_tag(picture, &place);
	put(picture->under, "</g>");
	put(picture->over, "</g>");
}

/* Where each end stands at the end, with what a timer still counts down. */
static void put_last_states(struct picture *picture, const struct lane *lane)
{
	const struct sheet *sheet = picture->sheet;
	const struct drawn *last = &sheet->drawn[lane->drawn[lane->count - 1]];

	if (picture->density == DENSITY_THIN || picture->wanted->until_ns != 0)
		return;
	for (int role = 0; role < 2; role++) {
		const struct connection *connection = sheet_connection(sheet, last, role);
		int side = sheet_side(connection, role);
		unsigned state = connection->state[side];
		bool none = state == STATE_CLOSED || state == STATE_UNKNOWN;
		char text[64];

		page_last_state(connection, side, sheet->end_ns, text, sizeof(text));
		put_text(picture->over, picture->right + 6,
			lane->y[role] + picture->room->band -
				(picture->density >= DENSITY_SNUG ? 3 : 0),
			none ? "t9 f" : "t9", text);
	}
}

static void put_lane(struct picture *picture, struct lane *lane)
{
	double padding = picture->room->padding;

	picture->y += padding;
	lane->y[0] = picture->y + picture->room->label + call_room(picture);
	lane->y[1] = lane->y[0] + picture->room->band + picture->room->gap;
	put(picture->under, "<path class='ha' d='M0 %nH%n'/>", picture->y - padding / 2,
		picture->width);
	put_lane_names(picture, lane);
	for (size_t i = 0; i < lane->count; i++)
		put_connection(picture, lane, i);
	put_last_states(picture, lane);
	picture->y = lane->y[1] + picture->room->band + picture->room->label + call_room(picture);
}

void picture_lanes(struct picture *picture)
{
	const struct sheet *sheet = picture->sheet;
	size_t count = picture->wanted->count;
	uint32_t *wanted = malloc((count + 1) * sizeof(*wanted)),
		 *own = malloc((count + 1) * sizeof(*own));

	for (size_t i = 0; wanted != NULL && i < count; i++)
		wanted[i] =
			picture->wanted->drawn != NULL ? picture->wanted->drawn[i] : (uint32_t)i;
	for (size_t i = 0; wanted != NULL && own != NULL && i < count; i++) {
		struct lane lane = {.drawn = own};

		if (wanted[i] == UINT32_MAX)
			continue;
		uint32_t number = sheet->drawn[wanted[i]].lane;
		for (size_t k = i; k < count; k++)
			if (wanted[k] != UINT32_MAX && sheet->drawn[wanted[k]].lane == number) {
				own[lane.count++] = wanted[k];
				wanted[k] = UINT32_MAX;
			}
		put_lane(picture, &lane);
	}
	free(wanted);
	free(own);
}
