/* What crosses a lane, between its two bands: segments, and where the ends disagree; what was
 * claimed of a band and did not hold; the calls at its outer edge. */
#include "picture_lanes.h"

#include <string.h>

#include "tcpstate/prose.h"
#include "tcpstate/segment.h"
#include "tcpstate/steps.h"

/* ---- what was claimed and did not hold; where the ends disagree ---- */

void lane_ghosts(struct picture *picture, const struct place *place)
{
	const struct model *model = picture->sheet->model;

	for (size_t i = 0; i < place->drawn->steps->count; i++) {
		const struct step *step = &place->drawn->steps->item[i];
		if (step->kind != STEP_CORRECTION)
			continue;
		const struct correction *correction = &model->corrections[step->index];
		int role = sheet_role(picture->sheet, &correction->record, correction->index);
		for (uint32_t k = 0; k < correction->count; k++) {
			double from = axis_x(&picture->axis, correction->edge_times[k]),
			       until = axis_x(&picture->axis, correction->refuted_times[k]);
			char tip[512];

			if (!picture_in_window(picture, correction->edge_times[k]))
				continue;
			put(picture->under,
				"<g class='hv'><title>%e</title><rect class='gh' x='%n' y='%n' "
				"width='%n' height='%n'/></g>",
				page_withdrawn(correction, k, tip, sizeof(tip)), from,
				place->lane->y[role], until - from > 6 ? until - from : 6,
				picture->room->band);
			picture->used.withdrawn = true;
		}
	}
}

/* The widest stretch without a segment, for a text between the bands. */
static double widest_gap(const struct picture *picture, const struct connection *connection,
	double from, double until, double *at)
{
	double widest = 0, last = from;

	for (size_t i = 0; i <= connection->rung_count; i++) {
		double x =
			i < connection->rung_count
				? axis_x(&picture->axis,
					  picture->sheet->model->rungs[connection->first_rung + i]
						  .t_ns)
				: until;

		if (x <= from && i < connection->rung_count)
			continue;
		x = x < until ? x : until;
		if (x - last > widest) {
			widest = x - last;
			*at = last;
		}
		last = x > last ? x : last;
	}
	return widest;
}

void lane_disagreements(struct picture *picture, const struct place *place)
{
	const struct model *model = picture->sheet->model;
	double y = place->lane->y[0] + picture->room->band, gap = picture->room->gap;

	for (size_t i = 0; i < model->disagreement_count && picture->density > DENSITY_THIN; i++) {
		const struct disagreement *one = &model->disagreements[i];
		double from = axis_x(&picture->axis, one->t_ns),
		       until = axis_x(&picture->axis, one->until_ns), at = from;
		char tip[160], lasted[DURATION_TEXT], text[96];

		if (one->connection != place->drawn->index[0] || until - from < 2)
			continue;
		duration_text(one->until_ns - one->t_ns, lasted);
		page_text(tip, sizeof(tip), WORD_DISAGREE_TIP, lasted, state_name(one->state[0]),
			state_name(one->state[1]));
		put(picture->under,
			"<g class='hv'><title>%s</title><rect class='df' x='%n' y='%n' width='%n' "
			"height='%n'/></g>",
			tip, from, y, until - from, gap);
		picture->used.differ = true;
		page_text(text, sizeof(text), WORD_DISAGREE, lasted);
		double width = widest_gap(
			picture, &model->connections[place->drawn->index[0]], from, until, &at);
		if (picture->density >= DENSITY_SNUG && width > px_width(text, SMALL, false) + 20)
			put_text(picture->over, at + width / 2, y + gap / 2 + 4, "t9 m bad halo",
				text);
	}
}

/* ---- segments ---- */

static const char *segment_class(const struct rung *rung)
{
	return (rung->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ? "ln"
	       : rung->len > 0                                    ? "da"
								  : "ac";
}

static void segment_word(const struct rung *rung, char *word, size_t size)
{
	unsigned flags = rung->flags;

	if ((flags & TCP_SYN) != 0)
		snprintf(word, size, "%s", (flags & TCP_ACK) != 0 ? "S/A" : "SYN");
	else if ((flags & TCP_RST) != 0)
		snprintf(word, size, "RST");
	else if (rung->len > 0)
		snprintf(word, size, "%u B", rung->len);
	else
		snprintf(word, size, "%s", (flags & TCP_FIN) != 0 ? "FIN" : "");
}

static void put_segment_word(
	struct picture *picture, const struct rung *rung, double x, double room, double y)
{
	char word[24];

	segment_word(rung, word, sizeof(word));
	/* whole, or not at all: "F" says nothing to a newcomer */
	if (*word != '\0' && room >= px_width(word, SMALL, false) + 4)
		put_text(picture->over, x + 2.5, y, "t9 halo", word);
}

static void put_segment(struct picture *picture, struct strokes *strokes, const struct place *place,
	const struct rung *rung, bool up)
{
	double x = axis_x(&picture->axis, rung->t_ns),
	       top = place->lane->y[0] + picture->room->band, bottom = place->lane->y[1],
	       from = up ? top : bottom, to = up ? bottom : top, sign = up ? 5 : -5;
	bool lost = rung->taken == TAKEN_UNANSWERED || rung->taken == TAKEN_IGNORED;
	const char *class = segment_class(rung);
	double ends = to - sign * (lost ? 1.2 : .6);

	char shaft[16];

	snprintf(shaft, sizeof(shaft), "%s%s", class, rung->retransmission ? " re" : "");
	put(strokes_of(strokes, shaft), "M%n %nV%n", x, from, ends);
	if (lost)
		put(strokes_of(strokes, "x"), "M%n %nl8 8m0-8l-8 8", x - 4, ends - 4);
	else
		put(strokes_of(strokes, class[1] == 'c' ? "ach" : "ah"), "M%n %nl-2.8 %nh5.6z", x,
			to, -sign);
	picture->used.ignored |= lost;
	picture->used.again |= rung->retransmission;
}

static bool is_plain(const struct rung *rung)
{
	return (rung->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0 && !rung->retransmission &&
	       rung->taken != TAKEN_IGNORED;
}

void lane_segments(struct picture *picture, const struct place *place)
{
	const struct connection *connection =
		sheet_connection(picture->sheet, place->drawn, ROLE_CLIENT);
	const struct model *model = picture->sheet->model;
	const struct rung *rungs = model->rungs + connection->first_rung;
	int client = sheet_side(connection, ROLE_CLIENT);
	double middle = place->lane->y[0] + picture->room->band + picture->room->gap / 2 + 4;
	struct strokes strokes = {.count = 0};

	if (picture->density == DENSITY_THIN || picture->px_per_knot < 1.2)
		return;
	for (size_t i = 0; i < connection->rung_count; i++) {
		/* an older connection's is drawn with it, in the same lane */
		if (&model->connections[rungs[i].connection] != connection ||
			(picture->plain_left_out && is_plain(&rungs[i])) ||
			!picture_in_window(picture, rungs[i].t_ns))
			continue;
		put_segment(picture, &strokes, place, &rungs[i], rungs[i].side == client);
		double next = i + 1 < connection->rung_count
				      ? axis_x(&picture->axis, rungs[i + 1].t_ns)
			      : place->nth + 1 < place->lane->count
				      ? axis_x(&picture->axis, place->stop_ns) - 30
				      : picture->right + 60;
		double x = axis_x(&picture->axis, rungs[i].t_ns);
		if (picture->density >= DENSITY_SNUG)
			put_segment_word(picture, &rungs[i], x, next - x, middle);
	}
	strokes_end(&strokes, picture->under);
}

/* When it was turned away, and in which words: "C14 refused"; 0: it was not. */
static int64_t turned_away(
	const struct picture *picture, const struct place *place, char *text, size_t size)
{
	const struct model *model = picture->sheet->model;
	const struct connection *connection =
		sheet_connection(picture->sheet, place->drawn, ROLE_CLIENT);
	const struct rung *rungs = model->rungs + connection->first_rung;
	uint32_t traits = connection->traits;
	const struct record *gone = NULL;

	if ((traits & TRAIT_REFUSED) != 0)
		gone = step_first_to(model, connection, connection->client, 1u << STATE_CLOSED);
	if (gone != NULL) {
		page_text(text, size, WORD_STRETCH_REFUSED, place->drawn->name);
		return gone->t_ns;
	}
	for (size_t i = 0; i < connection->rung_count; i++) {
		bool dropped = rungs[i].taken == TAKEN_UNANSWERED && (traits & TRAIT_DROPPED) != 0,
		     ignored = rungs[i].taken == TAKEN_IGNORED && (traits & TRAIT_ACK_IGNORED) != 0;

		if (!dropped && !ignored)
			continue;
		page_text(text, size, dropped ? WORD_STRETCH_DROPPED : WORD_STRETCH_IGNORED,
			place->drawn->name);
		return rungs[i].t_ns;
	}
	return 0;
}

/* Thin lanes have no segments: who was turned away is named all the same, at a cross. */
void lane_turned_away(struct picture *picture, const struct place *place)
{
	char text[96];
	int64_t t_ns = picture->density == DENSITY_THIN
			       ? turned_away(picture, place, text, sizeof(text))
			       : 0;
	double y = place->lane->y[0] + picture->room->band + picture->room->gap / 2;

	if (t_ns == 0 || !picture_in_window(picture, t_ns))
		return;
	double x = axis_x(&picture->axis, t_ns);
	put(picture->over, "<path class='x' d='M%n %nl8 8m0-8l-8 8'/>", x - 4, y - 4);
	picture->used.ignored = true;
	double width = 8 + px_width(text, SMALL, true), from = x + 8;
	if (x + width > picture->right)
		from = x - width;
	if (picture->named.y == y && from < picture->named.to)
		return; /* the cross alone: the one before it in this lane has the room */
	put_text(picture->over, from, y + 4, "t9 b bad halo", text);
	picture->named.y = y;
	picture->named.to = from + width;
}

/* A call: a notch on the outer edge of the band, its name where there is room. */
void lane_calls(struct picture *picture, const struct place *place, int role)
{
	const struct model *model = picture->sheet->model;
	const struct connection *end = sheet_connection(picture->sheet, place->drawn, role);
	double y = role == ROLE_CLIENT ? place->lane->y[0]
				       : place->lane->y[1] + picture->room->band,
	       out = role == ROLE_CLIENT ? -5 : 5;

	for (size_t i = 0; i < end->call_count && picture->density >= DENSITY_SNUG; i++) {
		uint32_t index = model->call_order[end->first_call + i];
		char text[400];

		if (sheet_call_role(picture->sheet, end, index) != role ||
			!picture_in_window(picture, model->calls[index].at_ns))
			continue;
		double x = axis_x(&picture->axis, model->calls[index].at_ns);
		put(picture->over,
			"<g class='hv'><title>%e</title><path class='cl' d='M%n %nl-2.4 "
			"%nh4.8z'/></g>",
			prose_did(&model->calls[index], false, NULL, text, sizeof(text)), x, y,
			out);
		picture->used.calls = true;
	}
}
