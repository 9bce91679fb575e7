/* The tables of the Markdown report: sockets at each mark, predictions and measurements. */
#include <string.h>

#include "html.h"
#include "md.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { PHASES_SHOWN = 16, SOCKETS_SHOWN = 40, LISTENERS_SHOWN = 16, CALLS_SHOWN = 12 };

static void put_sample(struct sheet *sheet, const struct sample *sample)
{
	char end[FLOW_END_TEXT], text[300];
	FILE *out = sheet->out;

	put(out, "| %s | ", page_word(sample->server_side ? WORD_SERVER : WORD_CLIENT));
	md_code(out, flow_end_text(&sample->row.key, 0, end), sizeof(end));
	put(out, " | ");
	md_code(out, flow_end_text(&sample->row.key, 1, end), sizeof(end));
	put(out, " | %s | ", prose_socket_state(&sample->row));
	if (!sample->unshown)
		md_text(out, prose_queues(&sample->row, -1, text, sizeof(text)), sizeof(text));
	put(out, " | ");
	md_text(out, prose_timer(&sample->row, text, sizeof(text)), sizeof(text));
	put(out, " | ");
	if (sample->has_owner) {
		prose_owners(sheet->model, &sample->owner, &sample->also, text, sizeof(text));
		md_text(out, text, sizeof(text));
	} else if (!sample->unshown) {
		md_text(out, prose_socket_notes(&sample->row, text, sizeof(text)), sizeof(text));
	}
	put(out, " |\n");
}

static void put_old(struct sheet *sheet, const struct phase *phase, int side)
{
	char text[300];

	if (phase->old[side] < OLD_FOLDED)
		return;
	put(sheet->out, "| %s |  |  | TIME_WAIT |  |  | ",
		page_word(side == 0 ? WORD_SERVER : WORD_CLIENT));
	md_text(sheet->out, prose_phase_old(phase, side, text, sizeof(text)), sizeof(text));
	put(sheet->out, " |\n");
}

static void put_more(struct sheet *sheet, size_t count, int side)
{
	char text[300];

	if (count == 0)
		return;
	put(sheet->out, "| %s |  |  |  |  |  | ", page_word(side == 0 ? WORD_SERVER : WORD_CLIENT));
	md_text(sheet->out, prose_phase_more(count, true, text, sizeof(text)), sizeof(text));
	put(sheet->out, " |\n");
}

/* The sockets of a side; those in TIME_WAIT that an earlier phase had left are counted. */
static void put_side(struct sheet *sheet, const struct phase *phase, int side)
{
	size_t first = side == 0 ? phase->server : phase->client, shown = 0;
	size_t more = phase->unlisted[side];
	size_t count = side == 0 ? phase->server_count : phase->client_count;

	for (size_t i = first; i < first + count; i++) {
		if (sheet->model->samples[i].old && phase->old[side] >= OLD_FOLDED)
			continue;
		if (shown == SOCKETS_SHOWN) {
			more++;
			continue;
		}
		put_sample(sheet, &sheet->model->samples[i]);
		shown++;
	}
	put_old(sheet, phase, side);
	put_more(sheet, more, side);
}

static void put_sockets(struct sheet *sheet, const struct phase *phase)
{
	const char *empty = prose_phase_empty(sheet->model, phase);
	FILE *out = sheet->out;

	if (empty != NULL) {
		put(out, "%s\n", empty);
		return;
	}
	put(out, "|  | %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---|---|---|\n",
		page_word(WORD_COL_LOCAL), page_word(WORD_COL_REMOTE), page_word(WORD_COL_STATE),
		page_word(WORD_COL_QUEUES), page_word(WORD_TIMER), page_word(WORD_COL_OWNER));
	put_side(sheet, phase, 0);
	put_side(sheet, phase, 1);
}

void md_phases(struct sheet *sheet)
{
	const struct phase *phases[PHASES_SHOWN];
	size_t count = sheet_phases(sheet, phases, PHASES_SHOWN);
	FILE *out = sheet->out;
	char name[MARK_NAMED], counters[PROSE_LINE];

	for (size_t i = 0; i < count; i++) {
		put(out, i == 0 ? "\n## %s\n" : "", page_word(WORD_HEAD_PHASES));
		put(out, "\n### %u: ", (unsigned)i + 1);
		md_text(out, page_phase(sheet->model, phases[i], name, sizeof(name)), 120);
		put(out, "\n\n");
		put_sockets(sheet, phases[i]);
		prose_phase_counters(phases[i], false, counters, sizeof(counters));
		if (*counters == '\0')
			continue;
		put(out, "\n");
		md_text(out, counters, sizeof(counters));
		put(out, "\n");
	}
}

static void put_check(FILE *out, const struct check *check)
{
	put(out, "| %s | ", check->match ? "✓" : "✗");
	md_code(out, check->name, 80);
	put(out, " | ");
	for (size_t i = 0; i < check->cell_count; i++) {
		put(out, i > 0 ? ", " : "");
		md_text(out, check->cells[i].key, 40);
		put(out, " = ");
		md_text(out, check->cells[i].value, 60);
	}
	put(out, " | ");
	md_text(out, check->predicted, 80);
	if (*check->formula != '\0' && strcmp(check->formula, check->predicted) != 0) {
		put(out, " = ");
		md_code(out, check->formula, 100);
	}
	put(out, " | ");
	md_text(out, *check->measured != '\0' ? check->measured : check->problem, 100);
	put(out, " |\n");
}

void md_checks(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	FILE *out = sheet->out;

	if (model->check_count == 0)
		return;
	put(out, "\n## %s\n\n|  | %s | %s | %s | %s |\n|---|---|---|---|---|\n",
		page_word(WORD_HEAD_CHECKS), page_word(WORD_COL_CHECK), page_word(WORD_COL_CELL),
		page_word(WORD_COL_PREDICTED), page_word(WORD_COL_MEASURED));
	for (int match = 0; match < 2; match++)
		for (size_t i = 0; i < model->check_count; i++)
			if (model->checks[i]->match == (match == 1))
				put_check(out, model->checks[i]);
}

/* What programs asked of a listener, where that was recorded. */
static void put_listener(struct sheet *sheet, const struct listener *listener)
{
	char text[PROSE_LINE], at[DURATION_TEXT], until[DURATION_TEXT];
	FILE *out = sheet->out;
	size_t shown = 0;

	for (size_t i = 0; i < listener->call_count; i++) {
		const struct model_call *call = model_listener_call(sheet->model, listener, i);

		if (call == NULL || shown++ >= CALLS_SHOWN)
			continue;
		if (shown == 1) {
			put(out, "\n## ");
			md_text(out,
				prose_listener_title(sheet->model, listener, text, sizeof(text)),
				120);
			put(out, "\n\n| %s | %s |\n|---:|---|\n", page_word(WORD_COL_SECONDS),
				page_word(WORD_COL_CALL));
		}
		prose_did(call, false,
			call->again > 0 ? sheet_seconds(sheet, call->again_ns, until) : NULL, text,
			sizeof(text));
		put(out, "| %s | ", sheet_seconds(sheet, call->at_ns, at));
		md_text(out, text, sizeof(text));
		put(out, " |\n");
	}
	if (shown > CALLS_SHOWN)
		put(out, "|  | %s |\n",
			page_text(text, sizeof(text), WORD_AND_MORE, shown - CALLS_SHOWN));
}

void md_listeners(struct sheet *sheet)
{
	const struct model *model = sheet->model;

	for (size_t i = 0; i < model->listener_count && i < LISTENERS_SHOWN; i++)
		put_listener(sheet, &model->listeners[i]);
}
