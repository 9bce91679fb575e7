/* The picture's frame: which times make its axis, marks, ruler, and the order in which its layers
 * lie. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/segment.h"

static const struct lane_room rooms[] = {[DENSITY_THIN] = {5, 3, 0, 4, 1.6},
	[DENSITY_COMPACT] = {8, 11, 0, 8, 2.1},
	[DENSITY_SNUG] = {11, 19, 11, 6, 2.4},
	[DENSITY_ROOMY] = {14, 26, 12, 11, 2.6}};

/* ---- the times of the axis ---- */

struct times {
	int64_t *item;
	size_t count;
	bool failed;
};

static void time_add(const struct picture *picture, struct times *times, int64_t t_ns)
{
	if (t_ns == 0 || !picture_in_window(picture, t_ns) || times->failed)
		return;
	if ((times->count & (times->count - 1)) == 0) {
		int64_t *bigger = realloc(
			times->item, (times->count > 0 ? times->count * 2 : 1) * sizeof(*bigger));

		if (bigger == NULL) {
			times->failed = true;
			return;
		}
		times->item = bigger;
	}
	times->item[times->count++] = t_ns;
}

static bool is_plain(const struct rung *rung)
{
	return (rung->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0 && !rung->retransmission &&
	       rung->taken != TAKEN_IGNORED;
}

static void times_of(const struct picture *picture, const struct drawn *drawn, bool plain_too,
	struct times *times)
{
	const struct model *model = picture->sheet->model;
	const struct connection *client = sheet_connection(picture->sheet, drawn, ROLE_CLIENT),
				*server = sheet_connection(picture->sheet, drawn, ROLE_SERVER);

	for (size_t i = 0; i < drawn->steps->count; i++) {
		const struct step *step = &drawn->steps->item[i];

		if (step->kind == STEP_TRANSITION)
			time_add(picture, times, model->transitions[step->index].record.t_ns);
		else if (step->kind == STEP_ERROR)
			time_add(picture, times, model->errors[step->index].t_ns);
		for (uint32_t k = 0;
			step->kind == STEP_CORRECTION && k < model->corrections[step->index].count;
			k++) {
			time_add(picture, times, model->corrections[step->index].edge_times[k]);
			time_add(picture, times, model->corrections[step->index].refuted_times[k]);
		}
	}
	for (size_t i = 0; i < client->rung_count; i++)
		if (plain_too || !is_plain(&model->rungs[client->first_rung + i]))
			time_add(picture, times, model->rungs[client->first_rung + i].t_ns);
	for (int role = 0; role < 2; role++) {
		const struct connection *end = role == ROLE_CLIENT ? client : server;

		for (size_t i = 0; i < end->call_count && plain_too; i++) {
			uint32_t index = model->call_order[end->first_call + i];

			if (sheet_call_role(picture->sheet, end, index) == role)
				time_add(picture, times, model->calls[index].at_ns);
		}
	}
	if (server->accepted.known)
		time_add(picture, times, server->accepted.t_ns);
}

static const struct drawn *wanted_at(const struct picture *picture, size_t i)
{
	return &picture->sheet
			->drawn[picture->wanted->drawn != NULL ? picture->wanted->drawn[i] : i];
}

static void times_gather(const struct picture *picture, bool plain_too, struct times *times)
{
	const struct model *model = picture->sheet->model;

	times->count = 0;
	for (size_t i = 0; i < picture->wanted->count; i++)
		times_of(picture, wanted_at(picture, i), plain_too, times);
	for (size_t i = 0; i < model->listener_count; i++)
		for (size_t k = 0; k < model->listeners[i].steps.count; k++)
			if (model->listeners[i].steps.item[k].kind == STEP_TRANSITION)
				time_add(picture, times,
					model->transitions[model->listeners[i].steps.item[k].index]
						.record.t_ns);
	for (size_t i = 0; i < model->mark_count; i++)
		time_add(picture, times, model->marks[i].t_ns);
}

/* Where the drawing ends: the end of the recording, unless that is only moments later. */
static int64_t tail_of(const struct picture *picture, const struct times *times)
{
	int64_t last = 0;

	for (size_t i = 0; i < times->count; i++)
		if (times->item[i] > last)
			last = times->item[i];
	if (picture->wanted->until_ns != 0)
		return picture->wanted->until_ns;
	return picture->sheet->end_ns - last > 50000000 ? picture->sheet->end_ns : last;
}

static bool axis_make(struct picture *picture)
{
	struct times times = {0};

	times_gather(picture, true, &times);
	if ((double)times.count > (picture->right - picture->left) * 1.2) {
		picture->plain_left_out = true;
		times_gather(picture, false, &times);
	}
	if (times.failed || times.count == 0) {
		free(times.item);
		return false;
	}
	picture->tail_ns = tail_of(picture, &times);
	time_add(picture, &times, picture->tail_ns);
	if (picture->wanted->until_ns != 0)
		time_add(picture, &times, picture->wanted->from_ns);
	if (times.failed) {
		free(times.item);
		return false;
	}
	if (!axis_new(&picture->axis, times.item, times.count, sheet_axis_zero(picture->sheet),
		    picture->left + 4, picture->right - 2))
		return false;
	picture->px_per_knot = (picture->right - picture->left) / (double)picture->axis.count;
	return true;
}

/* ---- the whole ---- */

static enum density density_of(size_t lanes)
{
	return lanes <= 5    ? DENSITY_ROOMY
	       : lanes <= 10 ? DENSITY_SNUG
	       : lanes <= 26 ? DENSITY_COMPACT
			     : DENSITY_THIN;
}

static size_t lanes_wanted(const struct picture *picture)
{
	size_t lanes = 0;

	if (picture->wanted->drawn == NULL)
		return picture->sheet->lane_count;
	for (size_t i = 0; i < picture->wanted->count; i++) {
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = wanted_at(picture, k)->lane == wanted_at(picture, i)->lane;
		lanes += !seen;
	}
	return lanes;
}

static void put_names(
	FILE *out, const struct picture *picture, double ruler, double below, const char *names)
{
	/* there are links among those of compact lanes */
	put(out, "<g class='lb'%s><rect x='0' y='%n' width='%n' height='%n'/>",
		picture->density == DENSITY_COMPACT ? "" : PAINT_UNREAD, ruler - 14, picture->left,
		below - ruler + 14);
	put_text(out, picture->left - 8, ruler - 4, "t9 s e", page_word(WORD_SECONDS));
	put(out, "%s</g>", names);
}

enum { COURSES_TOLD = 6 };

/* For those who do not see it: the answers of the page; of a few connections their states one by
 * one. Malloc'd; NULL: out of memory. */
static char *picture_shows(const struct picture *picture)
{
	struct page_answer *answers = calloc(PAGE_ANSWERS, sizeof(*answers));
	char *text = NULL, told[1200];
	size_t size;
	FILE *out = answers != NULL ? open_memstream(&text, &size) : NULL;

	if (out != NULL && picture->wanted->drawn == NULL) {
		page_answers(picture->sheet->model, answers);
		for (int i = 0; i < PAGE_ANSWERS; i++)
			if (answers[i].question != NULL)
				fprintf(out, "%s %s\n", answers[i].question,
					page_plain(picture->sheet->model, answers[i].big, told,
						sizeof(told)));
		fputs(page_word(WORD_PICTURE_DESC), out);
	} else if (out != NULL && picture->wanted->bare) {
		fputs(page_stretch(picture->sheet->model, picture->wanted->from_ns,
			      picture->wanted->until_ns, told, sizeof(told)),
			out);
	} else if (out != NULL) {
		fputs(page_word(WORD_PICTURE_DESC), out);
		for (size_t i = 0; i < picture->wanted->count && i < COURSES_TOLD; i++)
			fprintf(out, "\n%s",
				page_course(picture->sheet->model, wanted_at(picture, i)->index[0],
					told, sizeof(told)));
	}
	put_end(out);
	free(answers);
	return text;
}

/* false: out of memory */
static bool picture_assemble(struct picture *picture, FILE *out, const char *id, double top,
	const char *marks, char *layers[3], struct figure_size *size)
{
	double ruler = top + 14, below = picture->y + picture->room->padding;
	char *legend = NULL;
	size_t bytes;
	FILE *legend_out = open_memstream(&legend, &bytes);

	if (legend_out == NULL)
		return false;
	*size = (struct figure_size){(int)picture->width,
		(int)(picture->wanted->bare ? below + 4
					    : picture_legend(legend_out, picture, below + 8)),
		(int)picture->cut, (int)below};
	fclose(legend_out);
	char *shows = picture_shows(picture);
	figure_begin(out, id, "wide", picture->width, size->height, page_word(WORD_PICTURE_TITLE),
		shows != NULL ? shows : page_word(WORD_PICTURE_DESC));
	free(shows);
	if (picture->cut > 0) /* its first lanes are shown once more */
		put(out, "<g id='%s-l' class='fig'>", id);
	picture_mark_rules(picture, out, ruler, below);
	put(out, "%s", layers[0]);
	put_folds(out, id, &picture->axis, ruler + RULER_HEIGHT, below);
	put(out, "%s", layers[1]);
	put(out, "<g%s>", PAINT_UNREAD);
	put_ruler(out, &picture->axis, ruler, picture->sheet->zero_ns);
	put(out, "</g>%s", marks);
	put_names(out, picture, ruler, below, layers[2]);
	if (picture->cut > 0)
		put(out, "</g><g id='%s-k' class='fig'%s>%s</g></svg>", id, PAINT_UNREAD, legend);
	else
		put(out, "<g%s>%s</g></svg>", PAINT_UNREAD, legend);
	free(legend);
	return true;
}

bool figure_picture(struct sheet *sheet, FILE *out, const char *id,
	const struct picture_wanted *wanted, struct figure_size *size)
{
	struct picture_wanted all = *wanted;
	struct picture picture = {.sheet = sheet,
		.wanted = &all,
		.width = sheet->options->large ? PICTURE_LARGE : PICTURE_WIDE,
		.left = LABELS_WIDTH};
	char *layers[3] = {NULL, NULL, NULL}, *marks = NULL;
	size_t bytes;

	if (all.drawn == NULL)
		all.count = sheet->drawn_count;
	picture.right = picture.width - STATES_WIDTH;
	picture.density = density_of(lanes_wanted(&picture));
	for (int i = 0; i < wanted->low && picture.density > DENSITY_THIN; i++)
		picture.density--;
	picture.room = &rooms[picture.density];
	picture.one_tip = all.count > 26 || all.until_ns != 0;
	if (!axis_make(&picture))
		return false;
	FILE *marks_out = open_memstream(&marks, &bytes);
	picture.under = open_memstream(&layers[0], &bytes);
	picture.over = open_memstream(&layers[1], &bytes);
	picture.labels = open_memstream(&layers[2], &bytes);
	bool ok = marks_out != NULL && picture.under != NULL && picture.over != NULL &&
		  picture.labels != NULL;
	double top = 0;

	if (ok) {
		top = picture_mark_rows(&picture, marks_out);

		picture.y = top + 14 + RULER_HEIGHT + 3;
		picture_listeners(&picture);
		if (!wanted->queues_only)
			picture_lanes(&picture);
	}
	put_end(marks_out);
	put_end(picture.under);
	put_end(picture.over);
	put_end(picture.labels);
	ok = ok && picture_assemble(&picture, out, id, top, marks, layers, size);
	axis_free(&picture.axis);
	free(marks);
	for (int i = 0; i < 3; i++)
		free(layers[i]);
	return ok;
}
