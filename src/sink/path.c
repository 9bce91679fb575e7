/* A connection that was met at several places: a lifeline a place, the same segment at each, the
 * states of the two real ends. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "picture.h"
#include "tcpstate/segment.h"

enum { FIRST_X = 214, LAST_X = 1010, WIDTH = 1240, TOP = 74 };

struct route {
	struct sheet *sheet;
	const struct path *path;
	const struct connection *hop[CROSSING_PLACES];
	size_t places;
	const struct crossing *crossings;
	size_t count;
	FILE *under, *over;
	double x[CROSSING_PLACES], y;
	struct {
		uint32_t transition;
		double y;
	} bands[2][SPANS_MAX];
	size_t band_count[2];
};

/* NULL: the segment was not met there. */
static const struct rung *rung_at(
	const struct route *route, size_t place, const struct crossing *crossing)
{
	uint32_t rung = crossing->rung[place];

	return rung != UINT32_MAX ? &route->sheet->model->rungs[rung] : NULL;
}

/* ---- drawing ---- */

static void put_state_at(struct route *route, uint32_t index, double y)
{
	const struct transition *transition = &route->sheet->model->transitions[index];
	bool client =
		sheet_role(route->sheet, &transition->record, transition->index) == ROLE_CLIENT;
	double x = client ? route->x[0] : route->x[route->places - 1];
	const char *name = state_name(transition->record.to);
	char why[256], seen[128], diag[32];
	FILE *out = route->over;

	if (route->band_count[!client] < SPANS_MAX) {
		route->bands[!client][route->band_count[!client]].transition = index;
		route->bands[!client][route->band_count[!client]++].y = y;
	}
	put(out, "<g class='hv'><title>%s → %s\n%e\n%s</title>",
		state_name(transition->record.from), name,
		page_why(&transition->record, why, sizeof(why)),
		page_seen(&transition->record, seen, sizeof(seen)));
	put_mark(out, sheet_mark(transition->record.evidence), x + (client ? -13 : 13), y - 1, 2.8);
	put_text(out, x + (client ? -19 : 19), y + 3, client ? "e b" : "b", name);
	if (transition->record.diag_frame > 0) {
		snprintf(diag, sizeof(diag), "d%" PRIu64, transition->record.diag_frame);
		double beside = px_width(name, NORMAL, true) + 24;

		put_text(out, x + (client ? -beside : beside), y + 3, client ? "e t9 f" : "t9 f",
			diag);
	}
	put(out, "</g>");
}

static void put_kind(FILE *out, const struct rung *rung, double x, double y, double room)
{
	const char *kind = (rung->flags & TCP_RST) != 0 ? "RST"
			   : (rung->flags & TCP_SYN) != 0
				   ? (rung->flags & TCP_ACK) != 0 ? "SYN-ACK" : "SYN"
			   : (rung->flags & TCP_FIN) != 0 ? "FIN"
			   : rung->len > 0                ? ""
							  : "ACK";
	char text[400], safe[256], fitted[400];

	if (*kind != '\0')
		snprintf(text, sizeof(text), "%s", kind);
	else
		snprintf(text, sizeof(text), rung->text != NULL ? "%u B “%s”" : "%u B", rung->len,
			rung->text != NULL ? visible(rung->text, RUNG_TEXT, safe, sizeof(safe))
					   : "");
	put_text(out, x, y, "b", px_fit(text, NORMAL, room, true, fitted, sizeof(fitted)));
}

static void put_crossing(struct route *route, const struct crossing *crossing)
{
	double y = route->y + 15;
	FILE *out = route->over;
	bool named = false;

	for (size_t p = 0; p + 1 < route->places; p++) {
		const struct rung *left = rung_at(route, p, crossing),
				  *right = rung_at(route, p + 1, crossing);
		double from = route->x[p] + 8, to = route->x[p + 1] - 8;
		char took[DURATION_TEXT];

		if (left == NULL || right == NULL)
			continue;
		const char *class = (left->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ? "ln"
				    : left->len > 0                                    ? "da"
										       : "ac";
		put(out, "<path class='%s' d='M%n %nH%n'/><path class='%s' d='M%n %nl%d-3v6z'/>",
			class, crossing->from_client ? from : to, y,
			crossing->from_client ? to - 4 : from + 4, class[1] == 'c' ? "ach" : "ah",
			crossing->from_client ? to : from, y, crossing->from_client ? -6 : 6);
		if (!named)
			put_kind(out, left, from + 6, y - 4, to - from - 60);
		named = true;
		put_text(out, to - 4, y - 4, "fr",
			duration_text(llabs(right->t_ns - left->t_ns), took));
	}
	for (size_t p = 0; p < route->places; p++)
		if (rung_at(route, p, crossing) != NULL)
			put(out, "<text x='%n' y='%n' class='t9 f num%s'>#%U</text>",
				route->x[p] + (p + 1 < route->places ? 9 : -9), y + 11,
				p + 1 < route->places ? "" : " e",
				rung_at(route, p, crossing)->frame);
}

/* Transitions of the two ends at this segment, each in its own recording; returns the most of one
 * end. */
static int put_states_of(struct route *route, const struct crossing *crossing, bool *told)
{
	const struct model *model = route->sheet->model;
	int most = 1;

	for (int role = 0; role < 2; role++) {
		size_t place = role == ROLE_CLIENT ? 0 : route->places - 1;
		int count = 0;

		if (rung_at(route, place, crossing) == NULL)
			continue;
		uint64_t frame = rung_at(route, place, crossing)->frame;
		for (size_t i = 0; i < route->path->steps.count; i++) {
			const struct step *step = &route->path->steps.item[i];
			if (step->kind != STEP_TRANSITION || told[i])
				continue;
			const struct transition *one = &model->transitions[step->index];
			if (one->record.frame != frame || one->run != route->hop[place]->run ||
				sheet_role(route->sheet, &one->record, one->index) != role)
				continue;
			put_state_at(route, step->index, route->y + 15 + 13 * count++);
			told[i] = true;
		}
		most = count > most ? count : most;
	}
	return most;
}

static void put_time(struct route *route, int64_t t_ns, int64_t *before_ns)
{
	char text[DURATION_TEXT];
	int64_t gap = *before_ns != 0 ? t_ns - *before_ns : 0;

	if (ladder_small_gap(gap)) {
		put_text(route->over, (route->x[0] + route->x[route->places - 1]) / 2,
			route->y + 11, "m t9 s", duration_text(gap, text));
		route->y += ladder_large_gap(gap) ? 24 : 14;
	}
	*before_ns = t_ns;
	put_text(route->over, COLUMN_TIME, route->y + 18, "tm",
		sheet_seconds(route->sheet, t_ns, text));
}

/* Crossings, and between them what no segment shows. */
static bool put_rows(struct route *route)
{
	const struct model *model = route->sheet->model;
	size_t count = route->path->steps.count, at = 0;
	bool *told = calloc(count + 1, sizeof(*told));
	int64_t before_ns = 0;

	if (told == NULL)
		return false;
	for (size_t i = 0; i < count; i++) { /* which ones a segment shows */
		const struct step *step = &route->path->steps.item[i];
		bool shown = step->kind != STEP_TRANSITION;

		for (size_t k = 0; k < route->count && !shown; k++)
			for (size_t p = 0; p < route->places; p += route->places - 1)
				shown |= rung_at(route, p, &route->crossings[k]) != NULL &&
					 rung_at(route, p, &route->crossings[k])->frame ==
						 model->transitions[step->index].record.frame &&
					 model->transitions[step->index].run == route->hop[p]->run;
		told[i] = step->kind != STEP_TRANSITION;
		if (!shown)
			told[i] = true; /* drawn by itself, below */
		for (; !shown && at < route->count &&
			route->crossings[at].t_ns <= model->transitions[step->index].record.t_ns;
			at++) {
			put_time(route, route->crossings[at].t_ns, &before_ns);
			put_crossing(route, &route->crossings[at]);
			route->y +=
				31 + 13 * (put_states_of(route, &route->crossings[at], told) - 1);
		}
		if (!shown) {
			put_time(route, model->transitions[step->index].record.t_ns, &before_ns);
			put_state_at(route, step->index, route->y + 15);
			route->y += 22;
		}
	}
	for (; at < route->count; at++) {
		put_time(route, route->crossings[at].t_ns, &before_ns);
		put_crossing(route, &route->crossings[at]);
		route->y += 31 + 13 * (put_states_of(route, &route->crossings[at], told) - 1);
	}
	free(told);
	return true;
}

static void put_places(struct route *route, double height)
{
	const struct model *model = route->sheet->model;
	char text[300], safe[200], end[FLOW_END_TEXT];
	FILE *out = route->under;

	for (size_t p = 0; p < route->places; p++) {
		const struct connection *hop = route->hop[p];
		bool edge = p == 0 || p + 1 == route->places,
		     translated = p > 0 && !flow_key_equal(&hop->key, &route->hop[p - 1]->key);
		const char *slash = strrchr(model->runs[hop->run].name, '/');

		put_text(out, route->x[p], 14, "m b t12",
			page_word(p == 0                   ? WORD_PLACE_CLIENT
				  : p + 1 == route->places ? WORD_PLACE_SERVER
				  : p == 1                 ? WORD_PLACE_INSIDE
							   : WORD_PLACE_OUTSIDE));
		page_text(text, sizeof(text), WORD_PLACE_RECORDING,
			visible(slash != NULL ? slash + 1 : model->runs[hop->run].name, 30, safe,
				sizeof(safe)));
		put_text(out, route->x[p], 28, "m t9 s", text);
		put_text(out, route->x[p], 44, translated ? "m b bad" : "m",
			flow_end_text(&hop->key, sheet_side(hop, ROLE_CLIENT), end));
		snprintf(text, sizeof(text), "→ %s",
			flow_end_text(&hop->key, sheet_side(hop, ROLE_SERVER), end));
		put_text(out, route->x[p], 57, "m s", text);
		put(out, "<path class='%s' d='M%n 66V%n'/>", edge ? "ru" : "ul", route->x[p],
			height);
		if (!translated)
			continue;
		put(out, "<rect class='pn' x='%n' y='66' width='%n' height='%n'/>", route->x[p - 1],
			route->x[p] - route->x[p - 1], height - 66);
		double middle = (route->x[p - 1] + route->x[p]) / 2;
		put_text(out, middle, 44, "m t9 bad", page_word(WORD_TRANSLATES));
		put(out, "<path class='x' d='M%n 48h30m-5-3l5 3l-5 3'/>", middle - 15);
	}
}

static void put_bands(struct route *route, double height)
{
	for (int role = 0; role < 2; role++)
		for (size_t i = 0; i < route->band_count[role]; i++) {
			const struct record *record =
				&route->sheet->model->transitions[route->bands[role][i].transition]
					 .record;
			double y = route->bands[role][i].y,
			       end = i + 1 < route->band_count[role] ? route->bands[role][i + 1].y
								     : height;

			if (record->to == STATE_CLOSED)
				continue;
			put(route->under,
				"<rect class='sp %s%s' x='%n' y='%n' width='10' height='%n'/>",
				state_class(record->to),
				record->evidence == EVIDENCE_WIRE ? " w" : "",
				route->x[role == ROLE_CLIENT ? 0 : route->places - 1] - 5, y,
				end - y > 2 ? end - y : 2);
		}
}

bool figure_path(struct sheet *sheet, FILE *out, uint32_t index, struct figure_size *size)
{
	struct route *route = calloc(1, sizeof(*route));
	char *under = NULL, *over = NULL, id[24], title[128];
	size_t bytes;
	bool ok = false;

	if (route == NULL)
		return false;
	route->sheet = sheet;
	route->path = &sheet->model->paths[index];
	route->places =
		route->path->hop_count < CROSSING_PLACES ? route->path->hop_count : CROSSING_PLACES;
	route->crossings = sheet->model->crossings + route->path->first_crossing;
	route->count = route->path->crossing_count;
	for (size_t p = 0; p < route->places; p++) {
		route->hop[p] = &sheet->model->connections[route->path->hops[p]];
		route->x[p] =
			FIRST_X + (LAST_X - FIRST_X) * (double)p / (double)(route->places - 1);
	}
	route->y = TOP;
	route->under = open_memstream(&under, &bytes);
	route->over = open_memstream(&over, &bytes);
	if (route->under != NULL && route->over != NULL && put_rows(route)) {
		double height = route->y + 10;

		put_places(route, height);
		put_bands(route, height);
		put_end(route->under);
		put_end(route->over);
		route->under = route->over = NULL;
		*size = (struct figure_size){.width = WIDTH, .height = (int)height};
		snprintf(id, sizeof(id), "lp%u", index + 1);
		figure_begin(out, id, "wide", WIDTH, height,
			page_text(title, sizeof(title), WORD_PATH_NAME, index + 1,
				route->path->hop_count),
			page_word(WORD_PATH_DESC));
		put(out, "%s%s</svg>", under, over);
		ok = true;
	}
	put_end(route->under);
	put_end(route->over);
	free(under);
	free(over);
	free(route);
	return ok;
}
