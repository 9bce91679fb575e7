/* A state in a ladder, beside its lifeline. */
#include "ladder.h"

#include "picture.h"
#include "tcpstate/prose.h"

void ladder_state(struct ladder *ladder, uint32_t index, double y)
{
	const struct transition *transition = &ladder->sheet->model->transitions[index];
	const struct record *record = &transition->record;
	int role = sheet_role(ladder->sheet, record, transition->index);
	char why[256], diag[32] = "", id[ANCHOR_TEXT];
	const char *name = state_name(record->to);
	FILE *out = ladder->over;

	if (ladder->band_count[role] < SPANS_MAX) {
		ladder->bands[role][ladder->band_count[role]].transition = index;
		ladder->bands[role][ladder->band_count[role]++].y = y;
	}
	if (record->diag_frame > 0)
		snprintf(diag, sizeof(diag), "d%llu", (unsigned long long)record->diag_frame);
	/* who saw it is drawn: the mark, its packet and its record */
	put(out, "<g class='hv'%s><title>%s → %s\n%e</title>",
		sheet_anchor(ladder->sheet, transition->run, true, record->diag_frame, id),
		state_name(record->from), name, page_why(record, why, sizeof(why)));
	double width = px_width(name, NORMAL, true);
	bool client = role == ROLE_CLIENT;
	strokes_mark(&ladder->strokes, sheet_mark(record->evidence),
		client ? COLUMN_CLIENT - 1 : COLUMN_SERVER + 1, y - 1, LADDER_MARK);
	put_text(out, client ? COLUMN_CLIENT - 7 : COLUMN_SERVER + 8, y + 3, client ? "e b" : "b",
		name);
	if (*diag != '\0')
		put_text(out, client ? COLUMN_CLIENT - 12 - width : COLUMN_SERVER + 13 + width,
			y + 3, client ? "e t9 f" : "t9 f", diag);
	put(out, "</g>");
}
