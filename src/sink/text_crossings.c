/* A path as a ladder with a lifeline a place: what each segment was at each of them, by the frame
 * of that place's recording, between the states of the two real ends. The table of steps that
 * follows says why. */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/page.h"

enum {
	SHOWN_CROSSINGS = 40,
	ARROW_LEAST = 9,
	ARROW_MOST = 18,
	FRAME_LEAST = 1,
	SILENCE_NS = 1000000000
};

struct route {
	const struct page *page;
	const struct path *path;
	const struct connection *hop[CROSSING_PLACES];
	size_t places;
	const struct crossing *crossings;
	int time, state[2], frame, arrow;
	bool *told; /* steps that have a row */
	int64_t last_ns;
};

/* A transition at the client's end (0), at the server's (1); NULL: none in this row. */
struct ends {
	const struct record *record[2];
};

/* NULL: the segment was not met there. */
static const struct rung *rung_at(
	const struct route *route, const struct crossing *crossing, size_t place)
{
	uint32_t rung = crossing->rung[place];

	return rung != UINT32_MAX ? &route->page->model->rungs[rung] : NULL;
}

static const char *mark_of(uint8_t evidence)
{
	return evidence == EVIDENCE_BOTH     ? "●"
	       : evidence == EVIDENCE_WIRE   ? "○"
	       : evidence == EVIDENCE_KERNEL ? "◆"
					     : "◌";
}

static void repeat(const struct page *page, const char *what, int count)
{
	for (; count > 0; count--)
		text_put(page, what);
}

/* In the middle of so many columns; last: nothing follows in this line. */
static void centre(const struct page *page, const char *text, int columns, bool last)
{
	int left = (columns - text_wider(0, text)) / 2;

	text_gap(page, (size_t)(left > 0 ? left : 0));
	if (last)
		text_put(page, text);
	else
		text_pad(page, text, columns - (left > 0 ? left : 0));
}

/* "── SYN ────▶": the label only beside who sent it. */
static void arrow(const struct route *route, const char *label, bool right)
{
	int wide = text_wider(0, label), blanks = wide + 5 <= route->arrow ? 1 : 0;
	bool fits = wide > 0 && wide + 2 <= route->arrow;
	int rest = route->arrow - 1 - (fits ? wide + 2 * blanks : 0);
	int lead = fits ? 1 + blanks : 0;
	const struct page *page = route->page;

	if (!right)
		text_put(page, "◀");
	repeat(page, "─", right ? lead : rest - lead);
	if (fits) {
		text_gap(page, (size_t)blanks);
		text_put(page, label);
		text_gap(page, (size_t)blanks);
	}
	repeat(page, "─", right ? rest - lead : lead);
	if (right)
		text_put(page, "▶");
}

/* crossing NULL: states alone. t_ns 0: it goes on with the row before. */
static void row(
	struct route *route, int64_t t_ns, const struct crossing *crossing, const struct ends *ends)
{
	const struct page *page = route->page;
	char text[96];

	text_gap(page, 1);
	text_pad(page, t_ns != 0 ? text_time(page, t_ns, text) : "", -route->time);
	text_gap(page, 2);
	text_pad(page, ends->record[0] != NULL ? state_name(ends->record[0]->to) : "",
		-route->state[0]);
	text_gap(page, 1);
	text_put(page, ends->record[0] != NULL ? mark_of(ends->record[0]->evidence) : " ");
	for (size_t p = 0; p < route->places; p++) {
		const struct rung *here = crossing != NULL ? rung_at(route, crossing, p) : NULL,
				  *next = crossing != NULL && p + 1 < route->places
						  ? rung_at(route, crossing, p + 1)
						  : NULL;
		bool first =
			crossing != NULL && p == (crossing->from_client ? 0 : route->places - 2);

		text_gap(page, 1);
		snprintf(text, sizeof(text), "%" PRIu64, here != NULL ? here->frame : 0);
		centre(page, here != NULL ? text : "│", route->frame,
			p + 1 == route->places && ends->record[1] == NULL);
		if (p + 1 == route->places)
			break;
		text_gap(page, 1);
		*text = '\0';
		if (here != NULL && next != NULL && first)
			prose_rung(here, text, sizeof(text));
		if (here != NULL && next != NULL)
			arrow(route, text, crossing->from_client);
		else
			text_gap(page, (size_t)route->arrow);
	}
	if (ends->record[1] != NULL) {
		text_gap(page, 1);
		text_put(page, mark_of(ends->record[1]->evidence));
		text_gap(page, 1);
		text_put(page, state_name(ends->record[1]->to));
	}
	fputc('\n', page->out);
}

/* ---- what stands in a row ---- */

static const struct transition *transition_of(const struct route *route, size_t step)
{
	const struct step *one = &route->path->steps.item[step];

	return one->kind == STEP_TRANSITION ? &route->page->model->transitions[one->index] : NULL;
}

static int end_of(const struct route *route, const struct transition *one)
{
	return model_role(route->page->model, &one->record, one->index) == ROLE_CLIENT ? 0 : 1;
}

/* Does this segment, at the place of that end, show the step? */
static bool shows(
	const struct route *route, const struct crossing *crossing, const struct transition *one)
{
	size_t place = end_of(route, one) == 0 ? 0 : route->places - 1;
	const struct rung *rung = rung_at(route, crossing, place);

	return rung != NULL && rung->frame == one->record.frame &&
	       one->run == route->hop[place]->run;
}

/* Its row, and one more for each further step of an end. */
static void crossing_rows(struct route *route, const struct crossing *crossing)
{
	struct ends ends = {{NULL, NULL}};
	const struct crossing *drawn = crossing;
	int64_t t_ns = crossing->t_ns;

	for (size_t i = 0; i < route->path->steps.count; i++) {
		const struct transition *one = transition_of(route, i);

		if (one == NULL || route->told[i] || !shows(route, crossing, one))
			continue;
		if (ends.record[end_of(route, one)] != NULL) {
			row(route, t_ns, drawn, &ends);
			ends = (struct ends){{NULL, NULL}};
			drawn = NULL;
			t_ns = 0;
		}
		ends.record[end_of(route, one)] = &one->record;
		route->told[i] = true;
	}
	row(route, t_ns, drawn, &ends);
}

static void silence(struct route *route, int64_t t_ns)
{
	const struct page *page = route->page;
	char text[64], took[32];

	if (route->last_ns != 0 && t_ns - route->last_ns >= SILENCE_NS) {
		snprintf(text, sizeof(text), "… %s",
			prose_span(t_ns - route->last_ns, took, sizeof(took)));
		text_gap(page, (size_t)(1 + route->time + 2 + route->state[0] + 4));
		fprintf(page->out, "%s", ink(page, INK_DIM));
		text_put(page, text);
		fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	}
	route->last_ns = t_ns;
}

/* The next step, from *at on, that no segment shows; NULL: none. */
static const struct transition *next_alone(const struct route *route, size_t *at)
{
	for (; *at < route->path->steps.count; ++*at) {
		const struct transition *one = transition_of(route, *at);
		bool shown = one == NULL || route->told[*at];

		for (size_t k = 0; k < route->path->crossing_count && !shown; k++)
			shown = shows(route, &route->crossings[k], one);
		if (!shown)
			return one;
	}
	return NULL;
}

static void rows(struct route *route)
{
	size_t step = 0, crossing = 0, count = route->path->crossing_count, shown = 0;
	bool all = route->page->options->all;

	for (;;) {
		const struct transition *one = next_alone(route, &step);
		bool more = crossing < count && (all || shown < SHOWN_CROSSINGS);

		if (more && (one == NULL || route->crossings[crossing].t_ns <= one->record.t_ns)) {
			silence(route, route->crossings[crossing].t_ns);
			crossing_rows(route, &route->crossings[crossing++]);
			shown++;
		} else if (one != NULL) {
			struct ends ends = {{NULL, NULL}};

			silence(route, one->record.t_ns);
			ends.record[end_of(route, one)] = &one->record;
			row(route, one->record.t_ns, NULL, &ends);
			route->told[step] = true;
		} else {
			break;
		}
	}
	if (crossing < count)
		text_more(route->page, MORE_STEPS, count - crossing, 0);
}

/* ---- columns ---- */

static void heads(const struct route *route)
{
	const struct page *page = route->page;
	int pitch = route->frame + route->arrow + 2, at = 1 + route->time + 2 + route->state[0] + 3;

	fputs(ink(page, INK_DIM), page->out);
	text_gap(page, 1);
	text_pad(page, text_clock(page), -route->time);
	at -= 1 + route->time;
	text_gap(page, (size_t)(at + route->frame / 2 - pitch / 2));
	for (size_t p = 0; p < route->places; p++) {
		const char *word = page_word(p == 0                   ? WORD_PLACE_CLIENT
					     : p + 1 == route->places ? WORD_PLACE_SERVER
					     : p == 1                 ? WORD_PLACE_INSIDE
								      : WORD_PLACE_OUTSIDE),
			   *name = page->model->runs[route->hop[p]->run].name,
			   *slash = strrchr(name, '/');

		if (text_wider(0, word) >= pitch)
			word = slash != NULL ? slash + 1 : name;
		centre(page, text_wider(0, word) < pitch ? word : "", pitch,
			p + 1 == route->places);
	}
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
}

static void columns(struct route *route)
{
	const struct page *page = route->page;
	char text[TEXT_TIME];

	route->time = 4;
	route->frame = FRAME_LEAST;
	for (size_t i = 0; i < route->path->crossing_count; i++) {
		const struct crossing *crossing = &route->crossings[i];

		route->time = text_wider(route->time, text_time(page, crossing->t_ns, text));
		for (size_t p = 0; p < route->places; p++) {
			const struct rung *rung = rung_at(route, crossing, p);

			snprintf(text, sizeof(text), "%" PRIu64, rung != NULL ? rung->frame : 0);
			route->frame = text_wider(route->frame, text);
		}
	}
	for (size_t i = 0; i < route->path->steps.count; i++) {
		const struct transition *one = transition_of(route, i);

		if (one == NULL)
			continue;
		route->time = text_wider(route->time, text_time(page, one->record.t_ns, text));
		route->state[end_of(route, one)] =
			text_wider(route->state[end_of(route, one)], state_name(one->record.to));
	}
	int between = (int)route->places - 1, used = 1 + route->time + 2 + route->state[0] + 2 +
						     (int)route->places * (route->frame + 1) +
						     between + 3 + route->state[1];

	route->arrow = (text_page_width(page) - used) / between;
	if (route->arrow > ARROW_MOST)
		route->arrow = ARROW_MOST;
}

void text_crossings(const struct page *whole, const struct path *path)
{
	struct sink_options options = *whole->options; /* times since the beginning are shorter */
	const struct page page = {whole->model, &options, whole->out};
	struct route route = {.page = &page, .path = path};

	options.relative_times |= text_page_width(whole) <= TEXT_NARROW;
	route.places = path->hop_count < CROSSING_PLACES ? path->hop_count : CROSSING_PLACES;
	route.crossings = page.model->crossings + path->first_crossing;
	if (route.places < 2 || path->crossing_count == 0)
		return;
	for (size_t p = 0; p < route.places; p++)
		route.hop[p] = &page.model->connections[path->hops[p]];
	columns(&route);
	route.told = calloc(path->steps.count + 1, sizeof(*route.told));
	if (route.arrow >= ARROW_LEAST && route.told != NULL) {
		heads(&route);
		rows(&route);
		fputc('\n', page.out);
	}
	free(route.told);
}
