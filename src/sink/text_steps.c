/* A table of steps: every transition with its time, frame, evidence and reason, and what was
 * withdrawn where it had been claimed. On a narrow page the reason stands below the edge. */
#include "text.h"

#include <inttypes.h>

enum { SHOWN_STEPS = 24, WHY_LEAST = 24, SEEN = 6 };

struct widths {
	int time, frame, diag, end, edge, seen;
	size_t why; /* the column it begins at */
	bool below; /* no room for it there */
};

/* Steps of a path belong to several connections; those of a listener to none. */
static const struct connection *step_connection(const struct model *model, const struct step *step)
{
	uint32_t index = step->kind == STEP_ERROR        ? model->errors[step->index].index
			 : step->kind == STEP_CORRECTION ? model->corrections[step->index].index
							 : model->transitions[step->index].index;

	return &model->connections[index];
}

/* Not of an ICMP error: that is none of the core's edges. */
static const struct record *step_record(const struct model *model, const struct step *step)
{
	return step->kind == STEP_CORRECTION ? &model->corrections[step->index].record
					     : &model->transitions[step->index].record;
}

static int64_t step_time(const struct model *model, const struct step *step)
{
	return step->kind == STEP_ERROR ? model->errors[step->index].t_ns
					: step_record(model, step)->t_ns;
}

static const char *number_text(uint64_t number, char *buffer)
{
	if (number > 0)
		snprintf(buffer, TEXT_TIME, "%" PRIu64, number);
	else
		snprintf(buffer, TEXT_TIME, "-");
	return buffer;
}

static char *edge_text(const struct record *record, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s → %s", state_name(record->from), state_name(record->to));
	return buffer;
}

static void widen(const struct page *page, struct widths *widths, const struct step *step)
{
	char text[96];

	if (step->kind == STEP_ERROR) {
		const struct icmp_error *error = &page->model->errors[step->index];

		widths->frame = text_wider(widths->frame, number_text(error->frame, text));
		widths->time = text_wider(widths->time, text_time(page, error->t_ns, text));
		return;
	}
	const struct record *record = step_record(page->model, step);
	bool correction = step->kind == STEP_CORRECTION;

	widths->frame = text_wider(widths->frame, number_text(record->frame, text));
	if (record->diag_frame > 0 && !correction)
		widths->diag = text_wider(widths->diag, number_text(record->diag_frame, text));
	widths->edge = text_wider(widths->edge, edge_text(record, text, sizeof(text)));
	if (!correction)
		widths->seen = text_wider(widths->seen, prose_evidence(record->evidence));
	widths->time = text_wider(
		widths->time, text_time(page, correction ? record->edge_t_ns : record->t_ns, text));
}

static struct widths widths_of(
	const struct page *page, const struct steps *steps, const struct connection *connection)
{
	struct widths widths = {.time = 4, .edge = 11, .seen = SEEN};

	widths.frame = text_wider(0, prose_label(LABEL_FRAME));
	if (connection != NULL)
		widths.end = text_wider(
			text_wider(text_wider(0, prose_label(LABEL_END)), prose_end(connection, 0)),
			prose_end(connection, 1));
	for (size_t i = 0; i < steps->count; i++)
		widen(page, &widths, &steps->item[i]);
	if (widths.diag > 0)
		widths.diag = text_wider(widths.diag, prose_label(LABEL_DIAG));
	if (!page->options->utf8)
		widths.edge++; /* "->" */
	widths.why =
		(size_t)(2 + widths.time + 1 + widths.frame + 2 +
			 (widths.diag > 0 ? widths.diag + 2 : 0) +
			 (widths.end > 0 ? widths.end + 1 : 0) + widths.edge + 1 + widths.seen + 1);
	widths.below = widths.why + WHY_LEAST > (size_t)text_page_width(page);
	return widths;
}

/* The columns up to the edge. */
static void row_begin(const struct page *page, const struct widths *widths, const char *time,
	const char *frame, const char *diag, const char *end, const char *edge)
{
	text_gap(page, 2);
	text_pad(page, time, -widths->time);
	text_gap(page, 1);
	text_pad(page, frame, -widths->frame);
	text_gap(page, 2);
	if (widths->diag > 0) {
		text_pad(page, diag, -widths->diag);
		text_gap(page, 2);
	}
	if (widths->end > 0)
		text_pad(page, end, widths->end + 1);
	text_pad(page, edge, widths->below ? 0 : widths->edge + 1);
}

static void row_end(
	const struct page *page, const struct widths *widths, const char *seen, const char *why)
{
	char text[PROSE_LINE + 32];

	if (!widths->below) {
		text_pad(page, seen, widths->seen + 1);
		text_wrap(page, widths->why, widths->why, why);
		return;
	}
	fputc('\n', page->out);
	snprintf(text, sizeof(text), "%s: %s", seen, why);
	text_gap(page, 6);
	text_wrap(page, 6, 6, text);
}

/* What answered a segment of this end and changed no state: no edge, no evidence but its frame. */
static void error_row(const struct page *page, const struct step *step, const struct widths *widths)
{
	const struct icmp_error *error = &page->model->errors[step->index];
	char time[TEXT_TIME], frame[TEXT_TIME], last[TEXT_TIME], why[PROSE_LINE];

	row_begin(page, widths, text_time(page, error->t_ns, time),
		number_text(error->frame, frame), "-",
		prose_end(step_connection(page->model, step), error->side),
		prose_label(LABEL_ICMP_ERROR));
	row_end(page, widths, prose_evidence(EVIDENCE_WIRE),
		prose_error(page->model, error, text_time(page, error->last_ns, last), why,
			sizeof(why)));
}

static void step_row(const struct page *page, const struct step *step, const struct widths *widths)
{
	bool correction = step->kind == STEP_CORRECTION;
	const struct record *record = step_record(page->model, step);
	char time[TEXT_TIME], frame[TEXT_TIME], diag[TEXT_TIME], edge[96], why[PROSE_LINE];

	if (correction)
		fputs(ink(page, INK_BAD), page->out);
	row_begin(page, widths,
		text_time(page, correction ? record->edge_t_ns : record->t_ns, time),
		number_text(record->frame, frame),
		number_text(correction ? 0 : record->diag_frame, diag),
		widths->end > 0 ? prose_end(step_connection(page->model, step), record->side & 1)
				: "",
		edge_text(record, edge, sizeof(edge)));
	if (correction)
		prose_correction(&page->model->corrections[step->index],
			text_time(page, record->t_ns, time), why, sizeof(why));
	else
		prose_transition(
			page->model, &page->model->transitions[step->index], why, sizeof(why));
	row_end(page, widths, correction ? "✗" : prose_evidence(record->evidence), why);
	if (correction)
		fputs(ink(page, INK_PLAIN), page->out);
}

static void heads(const struct page *page, const struct widths *widths)
{
	fputs(ink(page, INK_DIM), page->out);
	row_begin(page, widths, text_clock(page), prose_label(LABEL_FRAME), prose_label(LABEL_DIAG),
		prose_label(LABEL_END), prose_label(LABEL_FROM_TO));
	if (!widths->below) {
		text_pad(page, prose_label(LABEL_SEEN), widths->seen + 1);
		text_put(page, prose_label(LABEL_WHY));
	}
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
}

void text_steps(
	const struct page *page, const struct steps *steps, const struct connection *connection)
{
	struct widths widths = widths_of(page, steps, connection);

	size_t shown = 0;

	if (steps->count == 0)
		return;
	heads(page, &widths);
	for (size_t i = 0; i < steps->count; i++) {
		if (step_time(page->model, &steps->item[i]) < page->options->since_ns)
			continue;
		if (shown++ == SHOWN_STEPS && !page->options->all) {
			text_more(page, MORE_STEPS, steps->count - i, 0);
			break;
		}
		if (steps->item[i].kind == STEP_ERROR)
			error_row(page, &steps->item[i], &widths);
		else
			step_row(page, &steps->item[i], &widths);
	}
}
