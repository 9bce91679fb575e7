/* The lanes: for each pair of ends the states of the client above, of the server below, and what
 * crossed between them. */
#include <stdlib.h>
#include <string.h>

#include "picture_lanes.h"
#include "tcpstate/prose.h"
#include "tcpstate/segment.h"

/* ---- bands ---- */

static void put_band_tip(
	struct picture *picture, const struct place *place, int role, const struct span *span)
{
	const struct transition *transition = &picture->sheet->model->transitions[span->transition];
	char from[DURATION_TEXT], until[DURATION_TEXT], lasted[DURATION_TEXT], why[256], seen[128],
		end[FLOW_END_TEXT];
	const struct connection *connection = sheet_connection(picture->sheet, place->drawn, role);

	put(picture->under, "<title>%s %s %e: %s, %s – %s s (%s)\n%e\n%s</title>",
		place->drawn->name, page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER),
		sheet_end(picture->sheet, &connection->key, sheet_side(connection, role), end),
		state_name(span->state), sheet_seconds(picture->sheet, span->from_ns, from),
		sheet_seconds(picture->sheet, span->until_ns, until),
		duration_text(span->until_ns - span->from_ns, lasted),
		page_why(&transition->record, why, sizeof(why)),
		page_seen(&transition->record, seen, sizeof(seen)));
}

static int64_t wait_until(
	const struct picture *picture, const struct place *place, const struct span *span)
{
	const struct accepted *accepted =
		&sheet_connection(picture->sheet, place->drawn, ROLE_SERVER)->accepted;

	return accepted->known && accepted->t_ns < span->until_ns ? accepted->t_ns : span->until_ns;
}

static void put_waiting(struct picture *picture, struct place *place, const struct span *span,
	double from, double y)
{
	double until = axis_x(&picture->axis, wait_until(picture, place, span));

	if (until - from <= 2)
		return;
	put_box(strokes_of(&place->strokes, "aq"), from + .8, y + picture->room->band * .36,
		until - from - 1.6, picture->room->band * .28);
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

/* Puts a text between from and until, clear of the one before, and of the folds if there is such a
 * place. false: there is no room */
static bool put_between(struct picture *picture, const char *text, const char *classes, double y,
	double from, double until, double *previous)
{
	double x = from > *previous + 5 ? from : *previous + 5,
	       width = px_width(text, SMALL, false) - 1;

	if (x + width > until)
		return false;
	x = axis_clear(&picture->axis, x, width, until);
	put_text(picture->over, x, y, classes, text);
	*previous = x + width + 1;
	return true;
}

enum { LONG_WAIT_NS = 200000000 /* longer than a server needs that waits for its clients */ };

/* Instead of the state's name: what it waits for, as far left as the lane is free. */
static bool put_wait_alone(struct picture *picture, const struct place *place,
	const struct span *span, const char *text, double y, double *previous)
{
	int64_t until_ns = wait_until(picture, place, span);
	double until = axis_x(&picture->axis, until_ns), free = picture->left,
	       from = until - px_width(text, SMALL, false);

	if (until_ns - span->from_ns < LONG_WAIT_NS && until_ns != span->until_ns)
		return false;
	for (size_t i = 0; i < place->nth; i++) {
		const struct drawn *before = &picture->sheet->drawn[place->lane->drawn[i]];
		double x = axis_x(&picture->axis,
			sheet_connection(picture->sheet, before, ROLE_CLIENT)->last_ns);

		free = x > free ? x : free;
	}
	return from >= free && put_between(picture, text, "t9 s halo", y, from, until, previous);
}

/* Behind the text of its state, in full or its name, what it waits for; alone where both have no
 * room. Why it had to wait comes before the state. false: it does not wait, or nothing fits */
static bool put_wait_text(struct picture *picture, const struct place *place,
	const struct span *span, const char *const states[2], double y, double from,
	double *previous)
{
	double until = axis_x(&picture->axis, wait_until(picture, place, span));
	char text[300];

	for (int brief = 0; brief < 2; brief++) {
		page_waits(picture->sheet->model, place->drawn->index[ROLE_SERVER], brief, text,
			sizeof(text));
		double room = px_width(text, SMALL, false) + 6;
		for (int name = 0; name < 2; name++)
			if (put_between(picture, states[name], "t9 halo", y, from, until - room,
				    previous))
				return put_between(
					picture, text, "t9 s halo", y, *previous, until, previous);
		if (put_wait_alone(picture, place, span, text, y, previous))
			return true;
	}
	return false;
}

/* "STATE 18 ms" or the state alone, if it fits and clears the text before; what it waits for. */
static void put_band_text(struct picture *picture, const struct place *place, int role,
	const struct span *span, double from, double until, double *previous)
{
	double y = role == ROLE_CLIENT
			   ? place->lane->y[0] - 3 - call_room(picture)
			   : place->lane->y[1] + picture->room->band + 10 + call_room(picture);
	char full[64], lasted[DURATION_TEXT];
	const char *const states[2] = {full, state_name(span->state)};

	snprintf(full, sizeof(full), "%s %s", states[1],
		duration_text(span->until_ns - span->from_ns, lasted));
	if (waits(picture, place, role, span) &&
		put_wait_text(picture, place, span, states, y, from, previous))
		return;
	if (span->until_ns >= picture->tail_ns ||
		!put_between(picture, full, "t9 halo", y, from, until, previous))
		put_between(picture, states[1], "t9 halo", y, from, until, previous);
}

/* One band: where a connection has one tip, one of the strokes of all its bands. */
static void put_span(struct picture *picture, struct place *place, int role,
	const struct span *span, double from, double until)
{
	double y = place->lane->y[role];
	bool faint = span->evidence == EVIDENCE_WIRE || span->evidence > EVIDENCE_BOTH;

	if (picture->one_tip) {
		strokes_band(&place->strokes, span->state, from, y, until - from,
			picture->room->band, faint);
	} else {
		put(picture->under, "<g class='hv'>");
		put_band_tip(picture, place, role, span);
		put_band(picture->under, span->state, from, y, until - from, picture->room->band,
			faint);
	}
	if (waits(picture, place, role, span))
		put_waiting(picture, place, span, from, y);
	if (!picture->one_tip) {
		strokes_end(&place->strokes, picture->under);
		put(picture->under, "</g>");
	}
}

/* Where a band has a mark of who saw its beginning. */
static bool has_mark(const struct picture *picture, double width)
{
	double least = picture->wanted->until_ns != 0     ? 24
		       : picture->one_tip                 ? 14
		       : picture->density == DENSITY_THIN ? 9
							  : 5;

	return picture->density >= DENSITY_SNUG ? picture->px_per_knot > 5 : width > least;
}

/* Of the last one: the socket was still there when the recording ended. */
static void put_going_on(
	struct picture *picture, struct place *place, int role, const struct span *last)
{
	const struct connection *end = sheet_connection(picture->sheet, place->drawn, role);

	if (last == NULL || picture->wanted->until_ns != 0 || place->nth + 1 < place->lane->count ||
		end->ends[sheet_side(end, role)].state != last->state)
		return;
	strokes_goes_on(&place->strokes, last->state, axis_x(&picture->axis, last->until_ns),
		place->lane->y[role], picture->room->band);
	if (!picture->one_tip)
		strokes_end(&place->strokes, picture->under);
	picture->used.goes_on = true;
}

static void put_bands(struct picture *picture, struct place *place, int role)
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

		if (until - from < (picture->one_tip ? 1 : .3))
			continue;
		put_span(picture, place, role, span, from, until);
		if (picture->density >= DENSITY_SNUG)
			put_band_text(picture, place, role, span, from, until, &previous);
		if (has_mark(picture, until - from))
			strokes_mark(&place->marks, sheet_mark(span->evidence), from, y + band / 2,
				picture->room->mark);
		picture->used.state[span->state] = true;
		picture->used.evidence[span->evidence % 5] = true;
	}
	put_going_on(picture, place, role, count > 0 ? &spans[count - 1] : NULL);
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

/* Of both ends; the marks lie over the bands. */
static void put_all_bands(struct picture *picture, struct place *place)
{
	put_bands(picture, place, ROLE_CLIENT);
	put_bands(picture, place, ROLE_SERVER);
	strokes_end(&place->strokes, picture->under);
	strokes_end(&place->marks, picture->under);
}

/* Of our own words, line by line. */
static void put_lines(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		char line[400];

		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		put(out, "%e%s", line, text[length] == '\n' ? "\n" : "");
		text += length + (text[length] == '\n');
	}
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
	/* of very many the one that stands for its kind has the tip */
	uint32_t kind = place.drawn->stands_in;
	bool told = picture->wanted->count <= LANES_MAX || kind == UINT32_MAX ||
		    &sheet->drawn[kind] == place.drawn;

	put(picture->under, "<g data-c='%s'%s", place.drawn->id,
		picture->one_tip ? " class='hv'" : "");
	put(picture->under, told ? ">" : " data-k='%s'>", told ? "" : sheet->drawn[kind].id);
	bool words = picture->density >= DENSITY_SNUG; /* of the states, which the tips have, too */
	put(picture->over, words ? "<g data-c='%s'><g%s>" : "<g data-c='%s'>", place.drawn->id,
		PAINT_UNREAD);
	if (picture->one_tip && !picture->wanted->bare && told) {
		char tip[512];

		put(picture->under, "<title>");
		put_lines(picture->under,
			page_course(sheet->model, place.drawn->index[0], tip, sizeof(tip)));
		put(picture->under, "</title>");
	}
	lane_disagreements(picture, &place);
	put_all_bands(picture, &place);
	lane_ghosts(picture, &place);
	lane_segments(picture, &place);
	put(picture->over, words ? "</g>" : "");
	lane_turned_away(picture, &place);
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
	if (!picture->headed)
		put_text(picture->over, picture->right + 6,
			lane->y[0] - (picture->density >= DENSITY_SNUG ? 4 : 6), "t9 s",
			page_word(WORD_AT_THE_END));
	picture->headed = true;
	for (int role = 0; role < 2; role++) {
		const struct connection *connection = sheet_connection(sheet, last, role);
		int side = sheet_side(connection, role);
		unsigned state = connection->ends[side].state;
		bool none = state == STATE_CLOSED || state == STATE_UNKNOWN;
		char text[64];

		page_last_state(connection, side, sheet->end_ns, text, sizeof(text));
		put_text(picture->over, picture->right + 6,
			lane->y[role] + picture->room->band -
				(picture->density >= DENSITY_SNUG ? 3 : 0),
			none ? "t9 f" : "t9", text);
	}
}

static void put_lane(struct picture *picture, struct strokes *rules, struct lane *lane)
{
	double padding = picture->room->padding;

	picture->y += padding;
	lane->y[0] = picture->y + picture->room->label + call_room(picture);
	lane->y[1] = lane->y[0] + picture->room->band + picture->room->gap;
	put(strokes_of(rules, "ha"), "M0 %nH%n", picture->y - padding / 2, picture->width);
	lane_names(picture, lane);
	for (size_t i = 0; i < lane->count; i++)
		put_connection(picture, lane, i);
	put_last_states(picture, lane);
	picture->y = lane->y[1] + picture->room->band + picture->room->label + call_room(picture);
}

void picture_lanes(struct picture *picture)
{
	const struct sheet *sheet = picture->sheet;
	size_t count = picture->wanted->count, lanes = 0;
	uint32_t *wanted = malloc((count + 1) * sizeof(*wanted)),
		 *own = malloc((count + 1) * sizeof(*own));
	struct strokes rules = {.count = 0};

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
		if (lanes++ == PAPER_LANES && picture->density == DENSITY_THIN)
			picture->cut = picture->y + picture->room->padding / 2;
		put_lane(picture, &rules, &lane);
	}
	strokes_end(&rules, picture->under);
	free(wanted);
	free(own);
}
