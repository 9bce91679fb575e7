/* The rows of a ladder: what happened, in order of time, and how much room each needs so that no
 * label meets another. */
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "picture.h"
#include "tcpstate/prose.h"
#include "tcpstate/segment.h"

enum { FOLD_HEIGHT = 34, MARK_HEIGHT = 22, TOP = 34 };

bool ladder_small_gap(int64_t gap_ns)
{
	return gap_ns >= 2000000;
}

bool ladder_large_gap(int64_t gap_ns)
{
	return gap_ns >= 200000000;
}

static void row_add(struct ladder *ladder, struct row row)
{
	ladder->rows[ladder->row_count++] = row;
}

static size_t rows_most(const struct ladder *ladder)
{
	size_t count = 2 * ladder->connection->rung_count + ladder->drawn->steps->count +
		       ladder->sheet->model->mark_count + 4;

	for (int role = 0; role < 2; role++)
		count += sheet_connection(ladder->sheet, ladder->drawn, role)->call_count;

	for (size_t i = 0; i < ladder->drawn->steps->count; i++)
		if (ladder->drawn->steps->item[i].kind == STEP_CORRECTION)
			count += ladder->sheet->model
					 ->corrections[ladder->drawn->steps->item[i].index]
					 .count;
	return count;
}

static bool shows_frame(const struct ladder *ladder, uint64_t frame)
{
	for (size_t i = 0; frame > 0 && i < ladder->connection->rung_count; i++)
		if (ladder->rungs[i].frame == frame)
			return true;
	return false;
}

static void rows_of_segments(struct ladder *ladder)
{
	size_t count = ladder->connection->rung_count;

	for (size_t i = 0; i <= count; i++) {
		struct fold fold = model_fold(ladder->sheet->model, ladder->connection, i);
		int64_t t_ns = i > 0 ? ladder->rungs[i - 1].t_ns : ladder->connection->first_ns;

		if (count > 0 && fold.segments[0] + fold.segments[1] > 0)
			row_add(ladder, (struct row){.t_ns = t_ns,
						.kind = ROW_FOLD,
						.index = (uint32_t)i,
						.order = 2});
		if (i < count)
			row_add(ladder, (struct row){.t_ns = ladder->rungs[i].t_ns,
						.kind = ROW_SEGMENT,
						.index = (uint32_t)i,
						.order = 1});
	}
}

static void rows_of_step(struct ladder *ladder, const struct step *step)
{
	const struct model *model = ladder->sheet->model;

	if (step->kind == STEP_ERROR) {
		row_add(ladder, (struct row){.t_ns = model->errors[step->index].t_ns,
					.kind = ROW_ERROR,
					.index = step->index,
					.order = 3});
	} else if (step->kind == STEP_TRANSITION) {
		const struct transition *transition = &model->transitions[step->index];

		if (transition->run != ladder->connection->run ||
			!shows_frame(ladder, transition->record.frame))
			row_add(ladder, (struct row){.t_ns = transition->record.t_ns,
						.kind = ROW_TRANSITION,
						.index = step->index,
						.order = 3});
	} else {
		const struct correction *correction = &model->corrections[step->index];

		for (uint32_t k = 0; k < correction->count; k++)
			if (correction->refuting_diags[k] > 0)
				row_add(ladder, (struct row){.t_ns = correction->refuted_times[k],
							.kind = ROW_REFUTED,
							.index = step->index,
							.nth = k,
							.order = 4});
	}
}

/* The calls of a connection that a page shows: not those that only wait; of very many not those
 * that move bytes. */
static void rows_of_calls(struct ladder *ladder)
{
	for (int role = 0; role < 2; role++) {
		const struct connection *end = sheet_connection(ladder->sheet, ladder->drawn, role);

		for (size_t i = 0; i < end->call_count; i++) {
			uint32_t index = ladder->sheet->model->call_order[end->first_call + i];

			if (sheet_call_role(ladder->sheet, end, index) == role)
				row_add(ladder,
					(struct row){
						.t_ns = ladder->sheet->model->calls[index].at_ns,
						.kind = ROW_CALL,
						.index = index,
						.order = 1});
		}
	}
}

static void rows_of_marks(struct ladder *ladder)
{
	const struct mark *marks[64];
	size_t count = picture_marks(ladder->sheet->model, marks, 64);
	int64_t first = INT64_MAX, last = ladder->connection->last_ns;

	for (size_t i = 0; i < ladder->row_count; i++) {
		first = ladder->rows[i].t_ns < first ? ladder->rows[i].t_ns : first;
		last = ladder->rows[i].t_ns > last ? ladder->rows[i].t_ns : last;
	}
	for (size_t i = 0; i < count; i++)
		if (marks[i]->t_ns > first && marks[i]->t_ns < last)
			row_add(ladder, (struct row){.t_ns = marks[i]->t_ns,
						.kind = ROW_MARK,
						.index = (uint32_t)i});
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	if (a->order != b->order)
		return a->order - b->order;
	return a->index != b->index ? (a->index > b->index) - (a->index < b->index)
				    : (a->nth > b->nth) - (a->nth < b->nth);
}

const struct correction *ladder_claim(
	const struct ladder *ladder, const struct rung *rung, uint32_t *nth)
{
	const struct model *model = ladder->sheet->model;

	for (size_t i = 0; i < ladder->drawn->steps->count; i++) {
		const struct step *step = &ladder->drawn->steps->item[i];
		if (step->kind != STEP_CORRECTION)
			continue;
		const struct correction *correction = &model->corrections[step->index];
		for (uint32_t k = 0; k < correction->count; k++)
			if (correction->frames[k] == rung->frame && rung->frame > 0 &&
				correction->run == ladder->connection->run) {
				*nth = k;
				return correction;
			}
	}
	return NULL;
}

uint32_t ladder_transition(const struct ladder *ladder, uint64_t frame, int role, size_t *at)
{
	const struct model *model = ladder->sheet->model;

	for (; *at < ladder->drawn->steps->count; ++*at) {
		const struct step *step = &ladder->drawn->steps->item[*at];

		if (step->kind == STEP_TRANSITION &&
			model->transitions[step->index].record.frame == frame &&
			model->transitions[step->index].run == ladder->connection->run &&
			sheet_role(ladder->sheet, &model->transitions[step->index].record,
				model->transitions[step->index].index) == role) {
			++*at;
			return step->index;
		}
	}
	return UINT32_MAX;
}

static int lines_of(const char *text, double size, double px)
{
	char line[256];
	int count = 0;

	while (count < LINES_MAX && px_line(&text, size, px, line, sizeof(line)))
		count++;
	return count;
}

/* Lines beside the lifelines that this row needs. */
static int lines_needed(const struct ladder *ladder, const struct row *row)
{
	const struct model *model = ladder->sheet->model;
	int most = 1;
	uint32_t nth;
	char why[256], mark[MARK_TEXT], call[400];

	if (row->kind == ROW_TRANSITION) {
		page_why(&model->transitions[row->index].record, why, sizeof(why));
		int lines = lines_of(why, SMALL, COLUMN_TO - COLUMN_FROM - 14);

		return lines < 1 ? 1 : lines;
	}
	if (row->kind == ROW_CALL) {
		bool client = ladder_call(ladder, row->index, call, sizeof(call));
		int lines = lines_of(call, SMALL, ladder_beside(client));

		return lines < 1 ? 1 : lines;
	}
	if (row->kind == ROW_MARK && ladder_mark_text(ladder, row->index, mark, sizeof(mark)))
		return lines_of(mark, SMALL_BOLD, COLUMN_CLIENT_BAND - 8);
	if (row->kind != ROW_SEGMENT)
		return 1;
	const struct rung *rung = &ladder->rungs[row->index];
	for (int role = 0; role < 2; role++) {
		size_t at = 0;
		int count = 0;

		while (ladder_transition(ladder, rung->frame, role, &at) != UINT32_MAX)
			count++;
		const struct correction *claim = ladder_claim(ladder, rung, &nth);
		if (claim != NULL &&
			sheet_role(ladder->sheet, &claim->record, claim->index) == role) {
			prose_reason(&claim->record.reason, why, sizeof(why));
			count +=
				1 + lines_of(why, SMALL,
					    role == ROLE_SERVER ? LADDER_WIDTH - COLUMN_SERVER - 10
								: COLUMN_CLIENT - COLUMN_TIME - 16);
		}
		most = count > most ? count : most;
	}
	return most;
}

static void rows_place(struct ladder *ladder)
{
	double y = TOP;

	for (size_t i = 0; i < ladder->row_count; i++) {
		struct row *row = &ladder->rows[i];
		int64_t gap = i > 0 ? row->t_ns - ladder->rows[i - 1].t_ns : 0;

		if (ladder_small_gap(gap)) {
			bool large = ladder_large_gap(gap);

			ladder->gaps[ladder->gap_count++] =
				(struct gap){large ? y + 1 : y - 3, gap, large};
			y += large ? 26 : 15;
		}
		int lines = lines_needed(ladder, row);
		row->top = y;
		row->height = row->kind == ROW_MARK   ? MARK_HEIGHT + 12 * (lines - 1)
			      : row->kind == ROW_FOLD ? FOLD_HEIGHT
						      : 10 + 13 * lines;
		row->y = row->kind == ROW_MARK ? y + row->height - 4
			 : lines > 1           ? y + 15
					       : y + row->height - 8;
		y += row->height;
	}
	ladder->height = y + 12;
}

bool ladder_rows(struct ladder *ladder)
{
	const struct connection *server =
		sheet_connection(ladder->sheet, ladder->drawn, ROLE_SERVER);
	size_t most = rows_most(ladder);

	ladder->rows = calloc(most, sizeof(*ladder->rows));
	ladder->gaps = calloc(most, sizeof(*ladder->gaps));
	if (ladder->rows == NULL || ladder->gaps == NULL)
		return false;
	rows_of_segments(ladder);
	rows_of_calls(ladder);
	for (size_t i = 0; i < ladder->drawn->steps->count; i++)
		rows_of_step(ladder, &ladder->drawn->steps->item[i]);
	/* a call that was seen says it better */
	if (server->accepted.waited && server->accepted.known && server->accepted.diag_frame > 0 &&
		!server->accepted.called)
		row_add(ladder,
			(struct row){
				.t_ns = server->accepted.t_ns, .kind = ROW_ACCEPTED, .order = 3});
	if (ladder->row_count == 0)
		return false;
	rows_of_marks(ladder);
	qsort(ladder->rows, ladder->row_count, sizeof(*ladder->rows), compare_rows);
	rows_place(ladder);
	return true;
}
