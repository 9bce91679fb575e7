/* A connection as a ladder: the client's states on the left, the server's on the right, what
 * crossed between them, the calls of the programs; and beside it what a segment does not say
 * itself. */
#include "text_ladder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_CALLS = 32 };

/* ---- what the rows are of ---- */

static const char *mark_of(uint8_t evidence)
{
	switch (evidence) {
	case EVIDENCE_BOTH:
		return "●";
	case EVIDENCE_WIRE:
		return "○";
	case EVIDENCE_KERNEL:
		return "◆";
	default:
		return "◌";
	}
}

static void note_add(struct ladder_row *row, const char *text)
{
	size_t used = strlen(row->note);

	if (*text != '\0')
		snprintf(row->note + used, sizeof(row->note) - used, "%s%s",
			used > 0 ? prose_semicolon() : "", text);
}

/* The step stands at its end of this row. */
static void row_take(
	const struct text_ladder *ladder, struct ladder_row *row, const struct step *step)
{
	const struct model *model = ladder->page->model;
	const struct record *record = text_step_record(model, step);
	struct ladder_end *end = &row->end[(record->side & 1) == ladder->left ? 0 : 1];
	bool correction = step->kind == STEP_CORRECTION;
	char text[PROSE_LINE], when[TEXT_TIME];

	*end = (struct ladder_end){
		correction ? "✗" : mark_of(record->evidence), state_name(record->to), correction};
	if (correction)
		note_add(row,
			prose_correction(&model->corrections[step->index],
				text_time(ladder->page, record->t_ns, when), text, sizeof(text)));
	else
		note_add(row, prose_ladder_note(
				      model, &model->transitions[step->index], text, sizeof(text)));
}

static void rung_rows(struct text_ladder *ladder, const struct rung *rung)
{
	const struct steps *steps = &ladder->connection->steps;
	struct ladder_row row = {.t_ns = rung->t_ns, .frame = rung->frame, .rung = rung};
	char text[128];
	bool wanted = text_row_wanted(ladder, rung->t_ns);

	note_add(&row, prose_rung_repeats(rung, text, sizeof(text)));
	note_add(&row, prose_rung_older(ladder->page->model,
			       (uint32_t)(ladder->connection - ladder->page->model->connections),
			       (size_t)(rung - ladder->rungs), false, text, sizeof(text)));
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->item[i];

		if (ladder->told[i] || step->kind == STEP_ERROR ||
			text_step_record(ladder->page->model, step)->frame != rung->frame)
			continue;
		int column = (text_step_record(ladder->page->model, step)->side & 1) == ladder->left
				     ? 0
				     : 1;

		ladder->told[i] = true;
		if (row.end[column].state != NULL && wanted) {
			text_row_print(ladder, &row);
			row = (struct ladder_row){.t_ns = rung->t_ns, .continued = true};
		}
		row_take(ladder, &row, step);
	}
	if (wanted)
		text_row_print(ladder, &row);
}

static void step_row(struct text_ladder *ladder, size_t index)
{
	const struct step *step = &ladder->connection->steps.item[index];
	const struct model *model = ladder->page->model;
	struct ladder_row row = {.t_ns = 0};
	char text[PROSE_LINE], last[TEXT_TIME];

	ladder->told[index] = true;
	if (step->kind == STEP_ERROR) {
		const struct icmp_error *error = &model->errors[step->index];

		row.t_ns = error->t_ns;
		row.frame = error->frame;
		note_add(&row, prose_label(LABEL_ICMP_ERROR));
		note_add(&row,
			prose_error(model, error, text_time(ladder->page, error->last_ns, last),
				text, sizeof(text)));
	} else {
		const struct record *record = text_step_record(model, step);

		row.t_ns = step->kind == STEP_CORRECTION ? record->edge_t_ns : record->t_ns;
		row.frame = record->frame;
		row_take(ladder, &row, step);
	}
	if (text_row_wanted(ladder, row.t_ns))
		text_row_print(ladder, &row);
}

static void call_row(struct text_ladder *ladder, const struct model_call *call)
{
	bool left = call->side == ladder->left;
	size_t at = ladder->base + (left ? 0 : (size_t)ladder->state[0] + 2);
	struct ladder_row row = {.t_ns = call->at_ns};
	char text[PROSE_LINE], until[64];

	if (call->folded)
		return;
	if ((ladder->calls++ >= SHOWN_CALLS && !ladder->page->options->all) ||
		!text_row_wanted(ladder, call->at_ns))
		return;
	text_row_begin(ladder, &row);
	text_gap(ladder->page, at - ladder->base);
	prose_did(call, false, text_time(ladder->page, call->again_ns, until), text, sizeof(text));
	text_wrap(ladder->page, at, at + 2, text);
}

static void fold_row(struct text_ladder *ladder, size_t rung)
{
	struct fold fold = model_fold(ladder->page->model, ladder->connection, rung);
	char text[PROSE_LINE], line[PROSE_LINE];

	if (fold.segments[0] + fold.segments[1] == 0)
		return;
	snprintf(line, sizeof(line), "… %s", prose_fold(&fold, ladder->left, text, sizeof(text)));
	text_gap(ladder->page, ladder->base + (size_t)ladder->state[0] + 3);
	text_wrap(ladder->page, ladder->base + (size_t)ladder->state[0] + 3, ladder->base, line);
}

/* ---- in time order ---- */

static bool on_a_rung(const struct text_ladder *ladder, const struct step *step)
{
	uint64_t frame =
		step->kind == STEP_ERROR ? 0 : text_step_record(ladder->page->model, step)->frame;

	for (size_t i = 0; i < ladder->connection->rung_count && frame > 0; i++)
		if (ladder->rungs[i].frame == frame)
			return true;
	return false;
}

static int64_t step_time(const struct text_ladder *ladder, const struct step *step)
{
	if (step->kind == STEP_ERROR)
		return ladder->page->model->errors[step->index].t_ns;
	return step->kind == STEP_CORRECTION
		       ? text_step_record(ladder->page->model, step)->edge_t_ns
		       : text_step_record(ladder->page->model, step)->t_ns;
}

static void heads(const struct text_ladder *ladder)
{
	const struct page *page = ladder->page;

	fputs(ink(page, INK_DIM), page->out);
	text_gap(page, 1);
	text_pad(page, text_clock(page), -ladder->time);
	text_gap(page, 1);
	text_pad(page, prose_label(LABEL_FRAME), -ladder->frame);
	text_gap(page, 2);
	text_pad(page, prose_end(ladder->connection, ladder->left), -ladder->state[0]);
	text_gap(page, (size_t)(4 + ladder->arrow - 1));
	text_put(page, prose_end(ladder->connection, !ladder->left));
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
}

/* The next step that has a row of its own, from *at on; NULL: none. */
static const struct step *next_step(const struct text_ladder *ladder, size_t *at)
{
	const struct steps *steps = &ladder->connection->steps;

	while (*at < steps->count && (ladder->told[*at] || on_a_rung(ladder, &steps->item[*at])))
		++*at;
	return *at < steps->count ? &steps->item[*at] : NULL;
}

static void rows(struct text_ladder *ladder)
{
	const struct model *model = ladder->page->model;
	const struct connection *connection = ladder->connection;
	size_t step = 0, call = 0, rung = 0;

	for (;;) {
		const struct step *next = next_step(ladder, &step);
		const struct model_call *called =
			call < connection->call_count
				? &model->calls[model->call_order[connection->first_call + call]]
				: NULL;
		int64_t at_step = next != NULL ? step_time(ladder, next) : INT64_MAX,
			at_call = called != NULL ? called->at_ns : INT64_MAX,
			at_rung = rung < connection->rung_count ? ladder->rungs[rung].t_ns
								: INT64_MAX;

		if (next == NULL && called == NULL && rung == connection->rung_count)
			break;
		if (at_call <= at_rung && at_call <= at_step) {
			if (call_class(called->call.what) != CALL_WAIT)
				call_row(ladder, called);
			call++;
		} else if (at_rung <= at_step) {
			fold_row(ladder, rung);
			rung_rows(ladder, &ladder->rungs[rung++]);
		} else {
			step_row(ladder, step++);
		}
	}
	fold_row(ladder, connection->rung_count);
}

bool text_ladder(const struct page *whole, const struct connection *connection)
{
	/* times since the beginning are shorter */
	struct sink_options options = *whole->options;
	const struct page narrow = {whole->model, &options, whole->out}, *page = &narrow;

	options.relative_times |= text_page_width(whole) < TEXT_NARROW;
	struct text_ladder ladder = text_ladder_of(page, connection);

	if (connection->rung_count == 0)
		return false;
	ladder.told = calloc(connection->steps.count + 1, sizeof(*ladder.told));
	if (ladder.told == NULL)
		return false;
	heads(&ladder);
	rows(&ladder);
	if (ladder.rows > TEXT_LADDER_ROWS && !page->options->all)
		text_more(page, MORE_STEPS, ladder.rows - TEXT_LADDER_ROWS, 0);
	free(ladder.told);
	return true;
}
