/* A connection as a ladder: the client's states on the left, the server's on the right, what
 * crossed between them, the calls of the programs; and beside it what a segment does not say
 * itself. */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHOWN_ROWS = 48,
	ARROW_LEAST = 12,
	ARROW_SLACK = 8, /* of an arrow, beyond its label */
	SILENCE_NS = 1000000000,
	SHOWN_CALLS = 32
};

struct ladder {
	const struct page *page;
	const struct connection *connection;
	const struct rung *rungs;
	int left; /* the side whose states stand there */
	int time, frame, state[2], arrow;
	size_t base, notes; /* columns at which the states and the notes begin */
	bool *told;         /* steps that stood beside a rung */
	size_t rows, calls;
	int64_t last_ns;
};

struct end {
	const char *mark, *state;
	bool bad;
};
struct row {
	int64_t t_ns;
	uint64_t frame; /* 0: none */
	bool continued; /* more of the row before */
	struct end end[2];
	const struct rung *rung;
	char note[2 * PROSE_LINE];
};

/* ---- columns ---- */

static const struct record *record_of(const struct model *model, const struct step *step)
{
	return step->kind == STEP_CORRECTION ? &model->corrections[step->index].record
					     : &model->transitions[step->index].record;
}

static struct ladder ladder_of(const struct page *page, const struct connection *connection)
{
	struct ladder ladder = {.page = page,
		.connection = connection,
		.rungs = page->model->rungs + connection->first_rung,
		.left = connection->client == 1,
		.time = 4,
		.arrow = ARROW_LEAST};
	char text[PROSE_LINE];
	size_t used;
	int room;

	ladder.frame = text_wider(0, prose_label(LABEL_FRAME));
	for (int i = 0; i < 2; i++)
		ladder.state[i] =
			text_wider(0, prose_end(connection, i == 0 ? ladder.left : !ladder.left));
	for (size_t i = 0; i < connection->rung_count; i++) {
		const struct rung *rung = &ladder.rungs[i];

		ladder.time = text_wider(ladder.time, text_time(page, rung->t_ns, text));
		snprintf(text, sizeof(text), "%" PRIu64, rung->frame);
		ladder.frame = text_wider(ladder.frame, text);
		ladder.arrow = text_wider(ladder.arrow - ARROW_SLACK,
				       prose_rung(rung, text, sizeof(text))) +
			       ARROW_SLACK;
	}
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_ERROR)
			continue;
		const struct record *record = record_of(page->model, step);
		int column = (record->side & 1) == ladder.left ? 0 : 1;

		ladder.time = text_wider(ladder.time, text_time(page, record->t_ns, text));
		ladder.state[column] = text_wider(ladder.state[column], state_name(record->to));
	}
	ladder.base = (size_t)(1 + ladder.time + 1 + ladder.frame + 2);
	used = ladder.base + (size_t)(ladder.state[0] + 2 + 2 + ladder.state[1]);
	room = text_page_width(page) - (int)used;
	if (ladder.arrow > room)
		ladder.arrow = room < ARROW_LEAST ? ARROW_LEAST : room;
	ladder.notes = used + (size_t)ladder.arrow + 2;
	return ladder;
}

/* ---- a row ---- */

static void repeat(const struct page *page, const char *what, int count)
{
	for (; count > 0; count--)
		text_put(page, what);
}

/* "── SYN ────▶", "◀──── SYN-ACK ──"; one that was not taken ends in ×: ✗ is what
 * the report had claimed and takes back. */
static void arrow(const struct ladder *ladder, const struct rung *rung)
{
	bool right = rung->side == ladder->left;
	bool taken = rung->taken != TAKEN_IGNORED && rung->taken != TAKEN_UNANSWERED;
	const char *head = !taken ? "×" : right ? "▶" : "◀";
	char label[96];
	int rest;

	prose_rung(rung, label, sizeof(label));
	rest = ladder->arrow - 5 - text_wider(0, label);
	if (right) {
		text_put(ladder->page, "── ");
		text_put(ladder->page, label);
		text_put(ladder->page, " ");
		repeat(ladder->page, "─", rest);
		text_put(ladder->page, head);
	} else {
		text_put(ladder->page, head);
		repeat(ladder->page, "─", rest);
		text_put(ladder->page, " ");
		text_put(ladder->page, label);
		text_put(ladder->page, " ──");
	}
}

static void put_end(const struct page *page, const struct end *end, int column, bool left)
{
	const char *state = end->state != NULL ? end->state : "";

	fputs(end->bad ? ink(page, INK_BAD) : "", page->out);
	if (left) {
		text_pad(page, state, -column);
		text_put(page, " ");
		text_put(page, end->mark != NULL ? end->mark : "│");
	} else {
		text_put(page, end->mark != NULL ? end->mark : "│");
		text_put(page, *state != '\0' ? " " : "");
		text_put(page, state);
	}
	fputs(end->bad ? ink(page, INK_PLAIN) : "", page->out);
}

static void row_begin(const struct ladder *ladder, const struct row *row)
{
	char text[TEXT_TIME];

	text_gap(ladder->page, 1);
	text_pad(ladder->page, row->continued ? "" : text_time(ladder->page, row->t_ns, text),
		-ladder->time);
	text_gap(ladder->page, 1);
	snprintf(text, sizeof(text), "%" PRIu64, row->frame);
	text_pad(ladder->page, row->frame > 0 && !row->continued ? text : "", -ladder->frame);
	text_gap(ladder->page, 2);
}

/* Nothing crossed for so long that it should be seen. */
static void silence(struct ladder *ladder, int64_t t_ns)
{
	char text[64], took[32];

	if (ladder->last_ns != 0 && t_ns - ladder->last_ns >= SILENCE_NS) {
		snprintf(text, sizeof(text), "… %s",
			prose_span(t_ns - ladder->last_ns, took, sizeof(took)));
		text_gap(ladder->page, ladder->base + (size_t)ladder->state[0] + 3);
		fprintf(ladder->page->out, "%s", ink(ladder->page, INK_DIM));
		text_put(ladder->page, text);
		fprintf(ladder->page->out, "%s\n", ink(ladder->page, INK_PLAIN));
	}
	ladder->last_ns = t_ns;
}

/* Is there room for another row, and is it wanted? Counts it. */
static bool row_wanted(struct ladder *ladder, int64_t t_ns)
{
	if (t_ns < ladder->page->options->since_ns)
		return false;
	return ladder->rows++ < SHOWN_ROWS || ladder->page->options->all;
}

static void row_print(struct ladder *ladder, const struct row *row)
{
	const struct page *page = ladder->page;
	size_t width = (size_t)text_page_width(page), note = columns_of(row->note);
	size_t end = ladder->base + (size_t)(ladder->state[0] + 2 + ladder->arrow + 1) +
		     (row->end[1].state != NULL ? 1 + columns_of(row->end[1].state) : 0);

	silence(ladder, row->t_ns);
	row_begin(ladder, row);
	put_end(page, &row->end[0], ladder->state[0], true);
	if (row->rung != NULL)
		arrow(ladder, row->rung);
	else
		text_gap(page, (size_t)ladder->arrow);
	put_end(page, &row->end[1], ladder->state[1], false);
	if (note == 0) {
		fputc('\n', page->out);
		return;
	}
	if (end + 2 + note <= width) {
		text_gap(page, ladder->notes + note <= width ? ladder->notes - end : 2);
		text_put(page, row->note);
		fputc('\n', page->out);
		return;
	}
	fputc('\n', page->out);
	text_gap(page, ladder->base);
	text_wrap(page, ladder->base, ladder->base, row->note);
}

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

static void note_add(struct row *row, const char *text)
{
	size_t used = strlen(row->note);

	if (*text != '\0')
		snprintf(row->note + used, sizeof(row->note) - used, "%s%s",
			used > 0 ? prose_semicolon() : "", text);
}

/* The step stands at its end of this row. */
static void row_take(const struct ladder *ladder, struct row *row, const struct step *step)
{
	const struct model *model = ladder->page->model;
	const struct record *record = record_of(model, step);
	struct end *end = &row->end[(record->side & 1) == ladder->left ? 0 : 1];
	bool correction = step->kind == STEP_CORRECTION;
	char text[PROSE_LINE], when[TEXT_TIME];

	*end = (struct end){
		correction ? "✗" : mark_of(record->evidence), state_name(record->to), correction};
	if (correction)
		note_add(row,
			prose_correction(&model->corrections[step->index],
				text_time(ladder->page, record->t_ns, when), text, sizeof(text)));
	else
		note_add(row, prose_ladder_note(
				      model, &model->transitions[step->index], text, sizeof(text)));
}

static void rung_rows(struct ladder *ladder, const struct rung *rung)
{
	const struct steps *steps = &ladder->connection->steps;
	struct row row = {.t_ns = rung->t_ns, .frame = rung->frame, .rung = rung};
	char text[128];
	bool wanted = row_wanted(ladder, rung->t_ns);

	note_add(&row, prose_rung_repeats(rung, text, sizeof(text)));
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->item[i];

		if (ladder->told[i] || step->kind == STEP_ERROR ||
			record_of(ladder->page->model, step)->frame != rung->frame)
			continue;
		int column =
			(record_of(ladder->page->model, step)->side & 1) == ladder->left ? 0 : 1;

		ladder->told[i] = true;
		if (row.end[column].state != NULL && wanted) {
			row_print(ladder, &row);
			row = (struct row){.t_ns = rung->t_ns, .continued = true};
		}
		row_take(ladder, &row, step);
	}
	if (wanted)
		row_print(ladder, &row);
}

static void step_row(struct ladder *ladder, size_t index)
{
	const struct step *step = &ladder->connection->steps.item[index];
	const struct model *model = ladder->page->model;
	struct row row = {.t_ns = 0};
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
		const struct record *record = record_of(model, step);

		row.t_ns = step->kind == STEP_CORRECTION ? record->edge_t_ns : record->t_ns;
		row.frame = record->frame;
		row_take(ladder, &row, step);
	}
	if (row_wanted(ladder, row.t_ns))
		row_print(ladder, &row);
}

static void call_row(struct ladder *ladder, const struct model_call *call)
{
	bool left = call->side == ladder->left;
	size_t at = ladder->base + (left ? 0 : (size_t)ladder->state[0] + 2);
	struct row row = {.t_ns = call->at_ns};
	char text[PROSE_LINE], until[64];
	size_t used;

	if (call->folded)
		return;
	if ((ladder->calls++ >= SHOWN_CALLS && !ladder->page->options->all) ||
		!row_wanted(ladder, call->at_ns))
		return;
	silence(ladder, row.t_ns);
	row_begin(ladder, &row);
	text_gap(ladder->page, at - ladder->base);
	prose_call(&call->call, true, text, sizeof(text));
	used = strlen(text);
	prose_again(call->again, text_time(ladder->page, call->again_ns, until), text + used,
		sizeof(text) - used);
	text_wrap(ladder->page, at, at + 2, text);
}

static void fold_row(struct ladder *ladder, size_t rung)
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

static bool on_a_rung(const struct ladder *ladder, const struct step *step)
{
	uint64_t frame = step->kind == STEP_ERROR ? 0 : record_of(ladder->page->model, step)->frame;

	for (size_t i = 0; i < ladder->connection->rung_count && frame > 0; i++)
		if (ladder->rungs[i].frame == frame)
			return true;
	return false;
}

static int64_t step_time(const struct ladder *ladder, const struct step *step)
{
	if (step->kind == STEP_ERROR)
		return ladder->page->model->errors[step->index].t_ns;
	return step->kind == STEP_CORRECTION ? record_of(ladder->page->model, step)->edge_t_ns
					     : record_of(ladder->page->model, step)->t_ns;
}

static void heads(const struct ladder *ladder)
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
static const struct step *next_step(const struct ladder *ladder, size_t *at)
{
	const struct steps *steps = &ladder->connection->steps;

	while (*at < steps->count && (ladder->told[*at] || on_a_rung(ladder, &steps->item[*at])))
		++*at;
	return *at < steps->count ? &steps->item[*at] : NULL;
}

static void rows(struct ladder *ladder)
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
	struct ladder ladder = ladder_of(page, connection);

	if (connection->rung_count == 0)
		return false;
	ladder.told = calloc(connection->steps.count + 1, sizeof(*ladder.told));
	if (ladder.told == NULL)
		return false;
	heads(&ladder);
	rows(&ladder);
	if (ladder.rows > SHOWN_ROWS && !page->options->all)
		text_more(page, MORE_STEPS, ladder.rows - SHOWN_ROWS, 0);
	free(ladder.told);
	return true;
}
