/* Drawing a ladder: lifelines, states, and what stands beside them. */
#include "ladder.h"

#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/segment.h"

static double band_x(int role)
{
	return role == ROLE_CLIENT ? COLUMN_CLIENT_BAND : COLUMN_SERVER_BAND;
}

static void put_transition_row(struct ladder *ladder, const struct row *row)
{
	const struct transition *transition = &ladder->sheet->model->transitions[row->index];
	bool client =
		sheet_role(ladder->sheet, &transition->record, transition->index) == ROLE_CLIENT;
	char why[256], line[256];
	const char *text = page_why(&transition->record, why, sizeof(why));

	ladder_state(ladder, row->index, row->y);
	for (int i = 0; i < LINES_MAX &&
			px_line(&text, SMALL, COLUMN_TO - COLUMN_FROM - 14, line, sizeof(line));
		i++)
		put_text(ladder->over, client ? COLUMN_FROM + 8 : COLUMN_TO - 8,
			row->y + 3 + 12 * i, client ? "t9 s" : "t9 s e", line);
}

/* The kernel still showed the old state: what was claimed is a ghost down to here. */
static void put_refuted_row(struct ladder *ladder, const struct row *row)
{
	const struct correction *correction = &ladder->sheet->model->corrections[row->index];
	bool client =
		sheet_role(ladder->sheet, &correction->record, correction->index) == ROLE_CLIENT;
	uint64_t diag = correction->refuting_diags[row->nth];
	char text[128], id[ANCHOR_TEXT];

	put(ladder->over, "<g%s>", sheet_anchor(ladder->sheet, correction->run, true, diag, id));
	strokes_mark(&ladder->strokes, MARK_KERNEL, client ? COLUMN_CLIENT - 1 : COLUMN_SERVER + 1,
		row->y - 1, LADDER_MARK);
	page_refuted(correction, text, sizeof(text));
	put(ladder->over,
		"<text x='%d' y='%n' class='bad%s'>%e <tspan class='t9 f'>d%U</tspan></text></g>",
		client ? COLUMN_CLIENT - 7 : COLUMN_SERVER + 8, row->y + 3, client ? " e" : "",
		text, diag);
}

static void put_error_row(struct ladder *ladder, const struct row *row)
{
	const struct icmp_error *error = &ladder->sheet->model->errors[row->index];
	/* it goes to whoever sent the packet it quotes */
	bool to_client = (error->side & 1) == sheet_side(ladder->connection, ROLE_CLIENT);
	char text[128], fitted[160];

	put(strokes_of(&ladder->strokes, "x re"), "M%d %nH%d", to_client ? COLUMN_TO : COLUMN_FROM,
		row->y, to_client ? COLUMN_FROM + 4 : COLUMN_TO - 4);
	put(strokes_of(&ladder->strokes, "ahb"), "M%d %nl%d-3v6z",
		to_client ? COLUMN_FROM : COLUMN_TO, row->y, to_client ? 6 : -6);
	snprintf(
		text, sizeof(text), "ICMP %s", prose_icmp(error->family, error->type, error->code));
	put_text(ladder->over, COLUMN_FROM + 8, row->y - 4, "bad",
		px_fit(text, NORMAL, COLUMN_TO - COLUMN_FROM - 44, false, fitted, sizeof(fitted)));
	put(ladder->over, "<text x='%d' y='%n' class='fr'>#%U</text>", COLUMN_TO - 6, row->y - 4,
		error->frame);
}

static void put_accepted_row(struct ladder *ladder, const struct row *row)
{
	const struct connection *server =
		sheet_connection(ladder->sheet, ladder->drawn, ROLE_SERVER);

	put(ladder->over,
		"<text x='%d' y='%n' class='s'>accept() <tspan class='t9 f'>d%U</tspan></text>",
		COLUMN_SERVER + 8, row->y + 3, server->accepted.diag_frame);
	put(strokes_of(&ladder->strokes, "ln"), "M%d %nh6", COLUMN_SERVER_BAND + 12, row->y);
}

/* What the program asked for, beside its lifeline. */
static void put_call_row(struct ladder *ladder, const struct row *row)
{
	const struct model_call *call = &ladder->sheet->model->calls[row->index];
	char text[400], line[256];
	bool client = ladder_call(ladder, row->index, text, sizeof(text));
	double x = client ? COLUMN_CLIENT - 7 : COLUMN_SERVER + 8;
	const char *rest = text;

	put(ladder->over, "<g class='hv'><title>%e\n", text);
	if (call->said != NULL)
		put(ladder->over, "facts.jsonl</title>");
	else
		put(ladder->over, "calls.jsonl %U</title>", call->number);
	put(ladder->over, "<path class='cl' d='M%d %nl%d-3v6z'/>",
		client ? COLUMN_CLIENT_BAND : COLUMN_SERVER_BAND + BAND, row->y, client ? -6 : 6);
	for (int i = 0;
		i < LINES_MAX && px_line(&rest, SMALL, ladder_beside(client), line, sizeof(line));
		i++)
		put_text(ladder->over, x, row->y + 3 + 12 * i, client ? "t9 e ca" : "t9 ca", line);
	put(ladder->over, "</g>");
}

static void put_fold_row(struct ladder *ladder, const struct row *row)
{
	struct fold fold = model_fold(ladder->sheet->model, ladder->connection, row->index);
	int client = sheet_side(ladder->connection, ROLE_CLIENT);
	char text[96];

	put(ladder->over, "<rect class='pn' x='%d' y='%n' width='%d' height='26'/>",
		COLUMN_FROM + 4, row->top + 3, COLUMN_TO - COLUMN_FROM - 8);
	for (int i = 0; i < 2; i++) {
		int side = i == 0 ? client : !client;

		page_text(text, sizeof(text), WORD_FOLDED_SEGMENTS, i == 0 ? "→" : "←",
			fold.segments[side], fold.bytes[side]);
		put_text(ladder->over, (COLUMN_FROM + COLUMN_TO) / 2.0, row->top + 13 + 12 * i,
			"m t9 s", text);
	}
}

/* A mark ends what it names: its text ends at its line. */
static void put_mark_row(struct ladder *ladder, const struct row *row)
{
	char text[MARK_TEXT], line[MARK_TEXT];
	const char *rest = text;

	if (!ladder_mark_text(ladder, row->index, text, sizeof(text)))
		return;
	put(strokes_of(&ladder->strokes, "mk"), "M0 %nH%d", row->y, LADDER_WIDTH);
	double y = row->y - row->height + 15;
	for (int i = 0; i < LINES_MAX &&
			px_line(&rest, SMALL_BOLD, COLUMN_CLIENT_BAND - 8, line, sizeof(line));
		i++)
		put_text(ladder->over, 2, y + 12 * i, "t9 b halo", line);
}

static void put_gaps(struct ladder *ladder)
{
	struct strokes folds = {.count = 0};
	char text[DURATION_TEXT];

	for (size_t i = 0; i < ladder->gap_count; i++) {
		const struct gap *gap = &ladder->gaps[i];

		if (gap->folded) {
			put_box(strokes_of(&folds, "bgf"), COLUMN_CLIENT_BAND - 8, gap->y + 5,
				COLUMN_SERVER_BAND - COLUMN_CLIENT_BAND + 26, 9);
			put(strokes_of(&folds, "mk2"),
				"M%d %nl4-4 4 8 4-8 4 8 4-4M%d %nl4-4 4 8 4-8 4 8 4-4",
				COLUMN_CLIENT_BAND - 5, gap->y + 9.5, COLUMN_SERVER_BAND - 5,
				gap->y + 9.5);
		}
		put_text(ladder->over, (COLUMN_FROM + COLUMN_TO) / 2.0,
			gap->y + (gap->folded ? 13 : 12), gap->folded ? "m t9 s" : "m t9 f",
			duration_text(gap->lasted_ns, text));
	}
	strokes_end(&folds, ladder->under);
}

/* Where the server's end stops waiting for accept(): its row, or the end of the band. */
static double accepted_y(const struct ladder *ladder, double otherwise)
{
	const struct accepted *accepted =
		&sheet_connection(ladder->sheet, ladder->drawn, ROLE_SERVER)->accepted;

	for (size_t i = 0; i < ladder->row_count; i++) {
		const struct row *row = &ladder->rows[i];

		if (row->kind == ROW_ACCEPTED ||
			(accepted->called && row->t_ns >= accepted->t_ns) ||
			(row->kind == ROW_SEGMENT && accepted->known && accepted->frame > 0 &&
				ladder->rungs[row->index].frame == accepted->frame))
			return row->y;
	}
	return otherwise;
}

static void put_lifeline(struct ladder *ladder, int role)
{
	const struct model *model = ladder->sheet->model;
	bool waited = sheet_connection(ladder->sheet, ladder->drawn, ROLE_SERVER)->accepted.waited;
	double x = band_x(role);

	for (size_t i = 0; i < ladder->band_count[role]; i++) {
		const struct record *record =
			&model->transitions[ladder->bands[role][i].transition].record;
		double y = ladder->bands[role][i].y, end = i + 1 < ladder->band_count[role]
								   ? ladder->bands[role][i + 1].y
								   : ladder->height;

		if (record->to == STATE_CLOSED)
			continue;
		put(ladder->under, "<path class='sp %s%s' d='", state_class(record->to),
			record->evidence == EVIDENCE_WIRE || record->evidence > EVIDENCE_BOTH ? " w"
											      : "");
		put_box(ladder->under, x, y, BAND, end - y > 2 ? end - y : 2);
		put(ladder->under, "'/>");
		if (record->to != STATE_ESTABLISHED || role != ROLE_SERVER || !waited)
			continue;
		double until = accepted_y(ladder, end);
		until = until < end ? until : end;
		if (until - y > 3)
			put(ladder->under, "<rect class='aq' x='%n' y='%n' width='3' height='%n'/>",
				x + 3.5, y + 1, until - y - 2);
	}
}

/* The names above the lifelines, and the lines themselves. */
static void put_heads(struct ladder *ladder)
{
	char end[FLOW_END_TEXT], text[FLOW_END_TEXT + 32], fitted[FLOW_END_TEXT + 32];

	for (int role = 0; role < 2; role++) {
		const struct connection *connection =
			sheet_connection(ladder->sheet, ladder->drawn, role);
		flow_end_text(&connection->key, sheet_side(connection, role), end);
		const char *colon = strrchr(end, ':');
		snprintf(text, sizeof(text), "%s %s",
			page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER),
			colon != NULL ? colon : end);
		put_text(ladder->under, band_x(role) + 5, 14, "m b t12",
			px_fit(text, NAMES, 190, true, fitted, sizeof(fitted)));
		put(ladder->under, "<path class='ru' d='M%n 22V%n'/>", band_x(role) + 5,
			ladder->height);
	}
}

static void put_row(struct ladder *ladder, const struct row *row)
{
	static void (*const rows[])(struct ladder *, const struct row *) = {
		[ROW_MARK] = put_mark_row,
		[ROW_SEGMENT] = ladder_segment,
		[ROW_TRANSITION] = put_transition_row,
		[ROW_ERROR] = put_error_row,
		[ROW_ACCEPTED] = put_accepted_row,
		[ROW_REFUTED] = put_refuted_row,
		[ROW_CALL] = put_call_row,
		[ROW_FOLD] = put_fold_row};
	char seconds[DURATION_TEXT];

	if (row->kind != ROW_MARK && row->kind != ROW_FOLD)
		put_text(ladder->over, COLUMN_TIME, row->y + 3, "tm",
			sheet_seconds(ladder->sheet, row->t_ns, seconds));
	rows[row->kind](ladder, row);
}

enum { ON_A_SHEET = 800 /* px that are readable on paper */ };

/* Where a ladder is parted that is too high for a sheet: behind the first row that ends in its
 * lower half; 0: it is not. */
static int cut_of(const struct ladder *ladder)
{
	for (size_t i = 0; i + 1 < ladder->row_count && ladder->height > ON_A_SHEET; i++) {
		double end = ladder->rows[i].top + ladder->rows[i].height;

		if (end > ladder->height / 2)
			return (int)(end + 1);
	}
	return 0;
}

bool figure_ladder(struct sheet *sheet, FILE *out, uint32_t index, struct figure_size *size)
{
	const struct drawn *drawn = &sheet->drawn[index];
	struct ladder ladder = {.sheet = sheet,
		.drawn = drawn,
		.connection = sheet_connection(sheet, drawn, ROLE_CLIENT)};
	char *under = NULL, *over = NULL, title[96], id[NAME_TEXT + 4], course[1024];
	size_t bytes;

	ladder.rungs = sheet->model->rungs + ladder.connection->first_rung;
	ladder.under = open_memstream(&under, &bytes);
	ladder.over = open_memstream(&over, &bytes);
	bool ok = ladder.under != NULL && ladder.over != NULL && ladder_rows(&ladder);
	if (ok) {
		put_heads(&ladder);
		for (size_t i = 0; i < ladder.row_count; i++)
			put_row(&ladder, &ladder.rows[i]);
		put_lifeline(&ladder, ROLE_CLIENT);
		put_lifeline(&ladder, ROLE_SERVER);
		put_gaps(&ladder);
		strokes_end(&ladder.strokes, ladder.over);
	}
	if (ladder.under != NULL)
		fclose(ladder.under);
	if (ladder.over != NULL)
		fclose(ladder.over);
	if (ok) {
		*size = (struct figure_size){.width = LADDER_WIDTH,
			.height = (int)ladder.height,
			.cut = cut_of(&ladder)};
		snprintf(id, sizeof(id), "l%s", drawn->id);
		page_course(sheet->model, drawn->index[0], course, sizeof(course));
		ladder_aloud(&ladder, course, sizeof(course));
		figure_begin(out, id, "lad", LADDER_WIDTH, ladder.height,
			page_text(title, sizeof(title), WORD_LADDER_TITLE, drawn->name), course);
		if (size->cut > 0) /* its halves are shown once more on paper */
			put(out, "<g id='%s-g' class='fig'>", id);
		put(out, "%s%s%s</svg>", under, over, size->cut > 0 ? "</g>" : "");
	}
	free(under);
	free(over);
	free(ladder.rows);
	free(ladder.gaps);
	return ok;
}
