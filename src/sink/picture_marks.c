/* The marks of a picture: a rule at its moment, and a label in the first of a few rows where it
 * fits, else its number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tcpstate/prose_report.h"

enum { MARKS_SHOWN = 64, MARKS_NAMED = 14, MARK_ROWS = 3 };

size_t picture_marks(const struct model *model, const struct mark **marks, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < model->mark_count && count < room; i++) {
		const struct mark *mark = &model->marks[i];
		bool twice = false;

		for (size_t k = 0; k < count && model->run_count > 1; k++)
			twice |= strcmp(marks[k]->text, mark->text) == 0 &&
				 llabs(marks[k]->t_ns - mark->t_ns) < 2000000000;
		if (twice)
			continue;
		size_t at = count++;
		while (at > 0 && marks[at - 1]->t_ns > mark->t_ns) {
			marks[at] = marks[at - 1];
			at--;
		}
		marks[at] = mark;
	}
	return count;
}

struct mark_place {
	double x, middle, from, to;
	int row;
	bool shown;
	char text[96];
};

static int mark_rows(size_t count)
{
	return count > MARKS_NAMED ? 1 : MARK_ROWS;
}

static void mark_span(const struct picture *picture, struct mark_place *place)
{
	double half = px_width(place->text, NORMAL, true) / 2 + 2;

	place->middle = fmin(fmax(place->x, half), picture->width - 2 - half);
	place->from = place->middle - half - 4;
	place->to = place->middle + half + 4;
}

/* The first row in which the i-th overlaps none before it; most: none. */
static int mark_row(const struct mark_place *places, size_t i, int most)
{
	int row = 0;

	for (bool fits = false; !fits && row < most; row += !fits) {
		fits = true;
		for (size_t k = 0; k < i; k++)
			fits &= !places[k].shown || places[k].row != row ||
				places[k].to < places[i].from || places[k].from > places[i].to;
	}
	return row;
}

/* A label sits on its rule, for a mark is a moment and names no stretch; at an edge it is moved in.
 * In the first row where it fits; where none has room, its number alone. Of very many, numbers
 * where they fit in one row. */
static int marks_place(const struct picture *picture, struct mark_place *places, size_t *count)
{
	const struct mark *marks[MARKS_SHOWN];
	int rows = 0, most;

	*count = picture_marks(picture->sheet->model, marks, MARKS_SHOWN);
	most = mark_rows(*count);
	for (size_t i = 0; i < *count; i++) {
		struct mark_place *place = &places[i];
		char safe[256], numbered[280], named[300];

		place->shown = picture_in_window(picture, marks[i]->t_ns);
		if (!place->shown)
			continue;
		place->x = axis_x(&picture->axis, marks[i]->t_ns);
		snprintf(numbered, sizeof(numbered), "%zu: %s", i + 1,
			visible(prose_mark(marks[i]->text, marks[i]->trial, named, sizeof(named)),
				80, safe, sizeof(safe)));
		if (*count > MARKS_NAMED)
			snprintf(place->text, sizeof(place->text), "%zu", i + 1);
		else
			px_fit(numbered, NORMAL, 340, true, place->text, sizeof(place->text));
		mark_span(picture, place);
		place->row = mark_row(places, i, most);
		if (place->row == most && *count <= MARKS_NAMED) {
			snprintf(place->text, sizeof(place->text), "%zu", i + 1);
			mark_span(picture, place);
			place->row = mark_row(places, i, most);
		}
		rows = place->row + 1 > rows ? place->row + 1 : rows;
	}
	return rows;
}

double picture_mark_rows(struct picture *picture, FILE *out)
{
	struct mark_place places[MARKS_SHOWN] = {0};
	size_t count;
	int rows = marks_place(picture, places, &count);

	for (size_t i = 0; i < count; i++)
		if (places[i].shown && places[i].row < mark_rows(count))
			put_text(out, places[i].middle, 15 * places[i].row + 13, "b m halo",
				places[i].text);
	return 4 + 15 * (rows < mark_rows(count) ? rows : mark_rows(count));
}

void picture_mark_rules(struct picture *picture, FILE *out, double ruler, double below)
{
	struct mark_place places[MARKS_SHOWN] = {0};
	size_t count;

	struct strokes rules = {.count = 0};

	marks_place(picture, places, &count);
	for (size_t i = 0; i < count; i++)
		if (places[i].shown)
			put(strokes_of(&rules, count <= MARKS_NAMED ? "mk" : "ha"), "M%n %nV%n",
				places[i].x,
				places[i].row < mark_rows(count) ? 15.0 * places[i].row + 17
								 : ruler,
				below);
	strokes_end(&rules, out);
}
