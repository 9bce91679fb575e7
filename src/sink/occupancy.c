/* How many sockets were in which state, over time: for more connections than there can be lanes.
 * Clients upwards, servers downwards; TIME_WAIT apart where it would hide all else. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

enum { LEFT = 60, RIGHT = 120, TALL = 110, APART = 44 };

static const uint8_t stacked[] = {STATE_ESTABLISHED, STATE_SYN_SENT, STATE_SYN_RECV,
	STATE_CLOSE_WAIT, STATE_LAST_ACK, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSING,
	STATE_TIME_WAIT};

struct view {
	struct sheet *sheet;
	const struct occupancy *data;
	const char *id; /* of the figure */
	FILE *out;
	size_t columns;
	double column, right, middle, unit, most;
	bool apart; /* TIME_WAIT */
};

static double column_x(const struct view *o, size_t i)
{
	return LEFT + (double)i * o->column;
}

static void occupancy_scale(struct view *o)
{
	double waiting = 0, others = 0;

	for (int role = 0; role < 2; role++)
		for (size_t i = 0; i < o->columns; i++) {
			double sum = 0;

			for (unsigned state = 0; state < STATE_MAX; state++)
				sum += state != STATE_TIME_WAIT ? o->data->sum[role][state][i] : 0;
			others = fmax(others, sum);
			waiting = fmax(waiting, o->data->sum[role][STATE_TIME_WAIT][i]);
			o->most = fmax(o->most, sum + o->data->sum[role][STATE_TIME_WAIT][i]);
		}
	o->apart = waiting > 3 * others;
	o->most = fmax(o->apart ? others : o->most, 1);
	o->unit = TALL / o->most;
}

/* Where the areas stand on each other no height tells states apart, and in grey no colour does: the
 * families of page.css are hatched in two directions, and within each the greys differ. */
static const char *hatching(unsigned state)
{
	switch (state) {
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_CLOSING:
	case STATE_TIME_WAIT:
		return "M-1 1l2-2M0 6l6-6M5 7l2-2";
	case STATE_CLOSE_WAIT:
	case STATE_LAST_ACK:
		return "M-1 5l2 2M0 0l6 6M5-1l2 2";
	default:
		return NULL;
	}
}

static void put_fill(const struct view *o, unsigned state)
{
	if (hatching(state) != NULL)
		put(o->out, "class='na' fill='url(#%s-%s)'", o->id, state_class(state));
	else
		put(o->out, "class='%s na'", state_class(state));
}

static void put_hatchings(const struct view *o)
{
	put(o->out, "<defs>");
	for (size_t s = 0; s < sizeof(stacked); s++)
		if (hatching(stacked[s]) != NULL)
			put(o->out,
				"<pattern id='%s-%s' width='6' height='6' "
				"patternUnits='userSpaceOnUse'><rect class='%s na' width='6' "
				"height='6'/><path class='hx' d='%s'/></pattern>",
				o->id, state_class(stacked[s]), state_class(stacked[s]),
				hatching(stacked[s]));
	put(o->out, "</defs>");
}

/* An area between two step curves; equal neighbours are one step. */
static void put_area(
	struct view *o, unsigned state, int role, const double *below, const double *above)
{
	double sign = role == ROLE_CLIENT ? -1 : 1, last = NAN;
	FILE *out = o->out;

#define Y(value) (o->middle + sign * (2 + (value)*o->unit))
	put(out, "<g class='hv'><title>%s: %s</title><path ",
		page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER), state_name(state));
	put_fill(o, state);
	put(out, " d='M%d %n", LEFT, Y(above[0]));
	for (size_t i = 0; i < o->columns; i++) {
		if (i > 0 && Y(above[i]) != last)
			put(out, "H%nV%n", column_x(o, i), Y(above[i]));
		last = Y(above[i]);
	}
	put(out, "H%n", column_x(o, o->columns));
	last = NAN;
	for (size_t i = o->columns; i-- > 0;) {
		if (Y(below[i]) != last) {
			if (i + 1 < o->columns)
				put(out, "H%n", column_x(o, i + 1));
			put(out, "V%n", Y(below[i]));
		}
		last = Y(below[i]);
	}
#undef Y
	put(out, "H%dz'/></g>", LEFT);
}

static void put_stacks(struct view *o)
{
	static double below[OCCUPANCY_COLUMNS], above[OCCUPANCY_COLUMNS];

	for (int role = 0; role < 2; role++) {
		memset(below, 0, sizeof(below));
		for (size_t s = 0; s < sizeof(stacked); s++) {
			double most = 0;

			if (o->apart && stacked[s] == STATE_TIME_WAIT)
				continue;
			for (size_t i = 0; i < o->columns; i++) {
				above[i] = below[i] + o->data->sum[role][stacked[s]][i];
				most = fmax(most, o->data->sum[role][stacked[s]][i]);
			}
			if (most < .02)
				continue;
			put_area(o, stacked[s], role, below, above);
			memcpy(below, above, sizeof(below));
		}
		put_text(o->out, 2, o->middle + (role == ROLE_CLIENT ? -1 : 1) * TALL / 2.0 + 4,
			"b t12", page_word(role == ROLE_CLIENT ? WORD_CLIENTS : WORD_SERVERS));
	}
}

/* 1, 2 or 5 times a power of ten, so that there are at most `most` steps. */
static double step_of(double range, int most)
{
	double power = pow(10, floor(log10(range > 0 ? range : 1)) - 1);

	for (;; power *= 10)
		for (int k = 1; k <= 5; k += k == 1 ? 1 : 3)
			if (range / (power * k) <= most)
				return power * k;
}

static void put_scales(struct view *o)
{
	double step = fmax(step_of(o->most, 3), 1),
	       seconds = (double)o->data->step_ns * (double)o->columns / 1e9,
	       tick = step_of(seconds, 9);
	char text[32];

	put(o->out, "<path class='ru' d='M%d %nH%n'/>", LEFT, o->middle, o->right);
	for (double value = step; value <= o->most; value += step)
		for (int sign = -1; sign <= 1; sign += 2) {
			double y = o->middle + sign * (2 + value * o->unit);

			put(o->out, "<path class='ha' d='M%d %nH%n'/>", LEFT, y, o->right);
			snprintf(text, sizeof(text), "%.0f", value);
			put_text(o->out, o->right + 4, y + 4, "t9 s num", text);
		}
	for (int i = 0; i * tick <= seconds; i++) {
		double x = LEFT + (o->right - LEFT) * i * tick / (seconds > 0 ? seconds : 1);

		put(o->out, "<path class='ru' d='M%n 24v4'/>", x);
		snprintf(text, sizeof(text), "%.9g s", i * tick);
		put_text(o->out, x, 20, "t9 m s", text);
	}
}

static double put_apart(struct view *o, double y)
{
	double most = 0;
	char text[64];

	for (int role = 0; role < 2; role++)
		for (size_t i = 0; i < o->columns; i++)
			most = fmax(most, o->data->sum[role][STATE_TIME_WAIT][i]);
	for (int role = 0; role < 2; role++) {
		const double *sum = o->data->sum[role][STATE_TIME_WAIT];

		put(o->out,
			"<g class='hv'><title>TIME_WAIT, %s</title><path class='TW na half' d='M%d "
			"%n",
			page_word(role == ROLE_CLIENT ? WORD_CLIENTS : WORD_SERVERS), LEFT,
			y + APART);
		for (size_t i = 0; i < o->columns; i++)
			if (i == 0 || sum[i] != sum[i - 1])
				put(o->out, "H%nV%n", column_x(o, i),
					y + APART - sum[i] / most * (APART - 4));
		put(o->out, "H%nV%nz'/></g>", o->right, y + APART);
		snprintf(text, sizeof(text), "%s %.0f",
			page_word(role == ROLE_CLIENT ? WORD_CLIENTS : WORD_SERVERS),
			sum[o->columns - 1]);
		if (sum[o->columns - 1] >= .5)
			put_text(o->out, o->right + 4,
				y + APART - sum[o->columns - 1] / most * (APART - 4) + 4,
				"t9 s num", text);
	}
	put(o->out, "<path class='ru' d='M%d %nH%n'/>", LEFT, y + APART, o->right);
	put_text(o->out, LEFT + 2, y + 2, "t9 b", state_name(STATE_TIME_WAIT));
	return y + APART + 12;
}

static void put_marks(struct view *o, double y)
{
	const struct mark *marks[64];
	size_t count = picture_marks(o->sheet->model, marks, 64);
	double last = -1e9;
	char text[24];

	for (size_t i = 0; i < count; i++) {
		double x = LEFT + (o->right - LEFT) * (double)(marks[i]->t_ns - o->data->from_ns) /
					  ((double)o->data->step_ns * (double)o->columns);

		if (x < LEFT || x > o->right)
			continue;
		put(o->out, "<path class='mk' d='M%n 28V%n'/>", x, o->middle + TALL + 4);
		snprintf(text, sizeof(text), "%zu", i + 1);
		if (x - last > 14) {
			put_text(o->out, x - 3, y, "e t9 s", text);
			last = x;
		}
	}
}

static void put_legend(struct view *o, double y)
{
	double x = 2;

	for (size_t s = 0; s < sizeof(stacked); s++) {
		bool any = false;

		for (int role = 0; role < 2; role++)
			for (size_t i = 0; i < o->columns; i++)
				any |= o->data->sum[role][stacked[s]][i] > .02;
		if (!any)
			continue;
		put(o->out, "<rect ");
		put_fill(o, stacked[s]);
		put(o->out, " x='%n' y='%n' width='14' height='10'/>", x, y - 9);
		put_text(o->out, x + 18, y, "t9", state_name(stacked[s]));
		x += 30 + px_width(state_name(stacked[s]), 10, false);
	}
	if (o->sheet->model->mark_count > 0)
		put_text(o->out, x, y, "t9 s", page_word(WORD_NUMBERS_ARE_PHASES));
}

bool figure_occupancy(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size)
{
	double width = sheet->options->large ? PICTURE_LARGE : PICTURE_WIDE, y;
	struct view o = {.sheet = sheet,
		.data = sheet->model->occupancy,
		.id = id,
		.columns = sheet->model->occupancy->columns,
		.right = width - RIGHT,
		.middle = 36 + TALL};
	char *body = NULL;
	size_t bytes;

	o.out = open_memstream(&body, &bytes);
	if (o.out == NULL)
		return false;
	o.column = (o.right - LEFT) / (double)o.columns;
	occupancy_scale(&o);
	put_hatchings(&o);
	put_stacks(&o);
	put_scales(&o);
	y = o.middle + TALL + 14;
	if (o.apart)
		y = put_apart(&o, y + 10);
	put_marks(&o, y);
	put_legend(&o, y + 22);
	fclose(o.out);
	*size = (struct figure_size){.width = (int)width, .height = (int)y + 30};
	figure_begin(out, id, "wide", width, y + 30, page_word(WORD_HEAD_OCCUPANCY),
		page_word(WORD_OCCUPANCY_DESC));
	put(out, "%s</svg>", body);
	free(body);
	return true;
}
