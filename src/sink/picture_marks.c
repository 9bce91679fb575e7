/* The marks of a picture: a rule at its moment, a numbered bracket over what it ends, and a label
 * over that; where the labels have no room beside each other they are a list above. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tcpstate/prose_report.h"

enum {
	MARKS_SHOWN = 64,
	MARKS_FEW = 14,
	MARK_ROWS = 6,
	MARK_ROW = 15,
	MARK_GAP = 4,
	LIST_GAP = 16
};
enum { MARK_LETTERS = 200 };
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
	double begins, x;  /* of what the mark ends: its bracket */
	double from, wide; /* of the label */
	int row;           /* from above */
	bool shown;
	char text[MARK_NAMED + 40];
};

static void marks_read(const struct picture *picture, struct mark_place *places, size_t *count)
{
	const struct mark *marks[MARKS_SHOWN];
	double begins = picture->axis.left;

	*count = picture_marks(picture->sheet->model, marks, MARKS_SHOWN);
	for (size_t i = 0; i < *count; i++) {
		struct mark_place *place = &places[i];
		char safe[MARK_NAMED], numbered[MARK_NAMED + 24], named[MARK_NAMED];

		/* one that stands where a phase's picture begins closes the phase before */
		place->shown = picture_in_window(picture, marks[i]->t_ns) &&
			       marks[i]->t_ns != picture->wanted->from_ns;
		if (!place->shown)
			continue;
		place->begins = begins;
		begins = place->x = axis_x(&picture->axis, marks[i]->t_ns);
		snprintf(numbered, sizeof(numbered), "%zu: %s", i + 1,
			visible(page_mark(picture->sheet->model, marks[i], named, sizeof(named)),
				MARK_LETTERS, safe, sizeof(safe)));
		px_fit(numbered, NORMAL, picture->width - 4, true, place->text,
			sizeof(place->text));
		place->wide = px_width(place->text, NORMAL, true);
	}
}

/* Each in the middle over its bracket; where it would leave the picture, at its edge. false: one
 * would meet the one before it. */
static bool marks_over_brackets(
	const struct picture *picture, struct mark_place *places, size_t count)
{
	double free = 2;

	for (size_t i = 0; i < count; i++) {
		struct mark_place *place = &places[i];
		double middle = (place->begins + place->x) / 2;

		if (!place->shown)
			continue;
		place->from =
			fmin(fmax(middle - place->wide / 2, 2), picture->width - 2 - place->wide);
		if (place->from < free)
			return false;
		free = place->from + place->wide + MARK_GAP;
	}
	return true;
}

/* In as many columns as their widths allow, read as lines of text are. Returns the rows. */
static int marks_in_columns(const struct picture *picture, struct mark_place *places, size_t count)
{
	double widest = 0;
	int shown = 0, columns, rows, nth = 0;

	for (size_t i = 0; i < count; i++) {
		shown += places[i].shown;
		widest = fmax(widest, places[i].shown ? places[i].wide + LIST_GAP : 0);
	}
	columns = (int)fmax(1, (picture->width - 4 + LIST_GAP) / widest);
	rows = (shown + columns - 1) / columns;
	columns = (shown + rows - 1) / rows;
	for (size_t i = 0; i < count; i++) {
		if (!places[i].shown)
			continue;
		places[i].from = 2 + widest * (nth % columns);
		places[i].row = nth++ / columns;
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
	size_t count, shown = 0;

	marks_read(picture, places, &count);
	for (size_t i = 0; i < count; i++)
		shown += places[i].shown;
	if (shown == 0)
		return 4;
	int rows = marks_over_brackets(picture, places, count)
			   ? 1
			   : marks_in_columns(picture, places, count);
	rows = rows > MARK_ROWS ? 0 : rows; /* the table of phases has them */
	for (size_t i = 0; i < count && rows > 0; i++)
		if (places[i].shown)
			put_text(out, places[i].from, MARK_ROW * places[i].row + 13, "b halo",
				places[i].text);
	double height = 4 + MARK_ROW * rows + (rows > 1 ? MARK_GAP : 0);
	put_brackets(picture, out, places, count, height);
	return height + BRACKET_ROW;
}

void picture_mark_rules(struct picture *picture, FILE *out, double ruler, double below)
{
	struct mark_place places[MARKS_SHOWN] = {0};
	size_t count;

	struct strokes rules = {.count = 0};

	marks_read(picture, places, &count);
	for (size_t i = 0; i < count; i++)
		if (places[i].shown)
			put(strokes_of(&rules, count <= MARKS_FEW ? "mk" : "ha"), "M%n %nV%n",
				places[i].x, ruler, below);
	strokes_end(&rules, out);
}
