/* The marks of a picture: a rule at its moment, a bracket over what it ends, and a label in the
 * first of a few rows where it fits, else its number. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tcpstate/prose_report.h"

enum { MARKS_SHOWN = 64, MARKS_NAMED = 14, MARK_ROWS = 3, MARK_GAP = 4, MARK_MOST = 480 /* px */ };
enum { BRACKET_ROW = 14, BRACKET_GAP = 2 };

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
	double begins, x; /* of what the mark ends: its bracket */
	double from, to;  /* of the label, in the middle over the bracket */
	int row;          /* 0: next to the brackets */
	bool shown;
	char text[300];
};

static int mark_rows(size_t count)
{
	return count > MARKS_NAMED ? 0 : MARK_ROWS;
}

/* Over its bracket; where it would leave the picture, at its edge. */
static void mark_label(const struct picture *picture, struct mark_place *place, const char *label)
{
	px_fit(label, NORMAL, fmin(MARK_MOST, picture->width - 4), true, place->text,
		sizeof(place->text));
	double width = px_width(place->text, NORMAL, true), middle = (place->begins + place->x) / 2;

	place->from = fmin(fmax(middle - width / 2, 2), picture->width - 2 - width);
	place->to = place->from + width;
}

/* The first row in which the i-th overlaps none before it; most: none. */
static int mark_row(const struct mark_place *places, size_t i, int most)
{
	int row = 0;

	for (bool fits = false; !fits && row < most; row += !fits) {
		fits = true;
		for (size_t k = 0; k < i; k++)
			fits &= !places[k].shown || places[k].row != row ||
				places[k].to + MARK_GAP < places[i].from ||
				places[k].from > places[i].to + MARK_GAP;
	}
	return row;
}

/* In the first row where it fits; where none has room, its number alone. Very many have their
 * brackets only. */
static int marks_place(const struct picture *picture, struct mark_place *places, size_t *count)
{
	const struct mark *marks[MARKS_SHOWN];
	int rows = 0, most;
	double begins = picture->axis.left;

	*count = picture_marks(picture->sheet->model, marks, MARKS_SHOWN);
	most = mark_rows(*count);
	for (size_t i = 0; i < *count; i++) {
		struct mark_place *place = &places[i];
		char safe[256], numbered[280], named[MARK_NAMED], number[24];

		place->shown = picture_in_window(picture, marks[i]->t_ns);
		if (!place->shown)
			continue;
		place->begins = begins;
		begins = place->x = axis_x(&picture->axis, marks[i]->t_ns);
		snprintf(numbered, sizeof(numbered), "%zu: %s", i + 1,
			visible(page_mark(picture->sheet->model, marks[i], named, sizeof(named)),
				80, safe, sizeof(safe)));
		snprintf(number, sizeof(number), "%zu", i + 1);
		mark_label(picture, place, numbered);
		place->row = mark_row(places, i, most);
		if (place->row == most && most > 0) {
			mark_label(picture, place, number);
			place->row = mark_row(places, i, most);
		}
		rows = place->row + 1 > rows ? place->row + 1 : rows;
	}
	return rows;
}

/* A bracket spans what its mark ends: all since the mark before it, or since the picture begins.
 * Its number stands in its middle, where that of the one before leaves room. */
static void put_brackets(const struct picture *picture, FILE *out, const struct mark_place *places,
	size_t count, double y)
{
	struct strokes brackets = {.count = 0};
	double free = picture->axis.left;
	FILE *lines = strokes_of(&brackets, "mk2");

	for (size_t i = 0; i < count; i++) {
		double width = places[i].x - places[i].begins - 2 * BRACKET_GAP;

		if (places[i].shown && width > 0)
			put(lines, "M%n %nv%nh%nv%n", places[i].begins + BRACKET_GAP, y + 7.0, -4.0,
				width, 4.0);
	}
	strokes_end(&brackets, out);
	for (size_t i = 0; i < count; i++) {
		char number[24];

		snprintf(number, sizeof(number), "%zu", i + 1);
		double middle = (places[i].begins + places[i].x) / 2,
		       half = px_width(number, NORMAL, true) / 2 + BRACKET_GAP;
		if (!places[i].shown || middle - half < free)
			continue;
		put_text(out, middle, y + 11, "b m halo", number);
		free = middle + half;
	}
}

double picture_mark_rows(struct picture *picture, FILE *out)
{
	struct mark_place places[MARKS_SHOWN] = {0};
	size_t count;
	int rows = marks_place(picture, places, &count);
	bool shown = rows > 0;

	if (rows > mark_rows(count))
		rows = mark_rows(count);
	for (size_t i = 0; i < count; i++)
		if (places[i].shown && places[i].row < rows)
			put_text(out, places[i].from, 15 * (rows - 1 - places[i].row) + 13,
				"b halo", places[i].text);
	double height = 4 + 15 * rows;
	if (!shown)
		return height;
	put_brackets(picture, out, places, count, height);
	return height + BRACKET_ROW;
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
				places[i].x, ruler, below);
	strokes_end(&rules, out);
}
