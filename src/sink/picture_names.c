/* The names of a lane, left of it: its two ends and their programs, its connections. */
#include <string.h>

#include "picture_lanes.h"

static void put_owner(
	struct picture *picture, const struct lane *lane, int role, char *text, size_t size)
{
	const char *program = NULL;
	uint32_t pid = 0;
	bool several = false, unknown = false; /* nobody took one: it was the listener's */

	for (size_t i = 0; i < lane->count; i++) {
		const struct drawn *drawn = &picture->sheet->drawn[lane->drawn[i]];
		const struct connection *connection = sheet_connection(picture->sheet, drawn, role);
		int side = sheet_side(connection, role);

		if (!connection->ends[side].has_owner) {
			unknown = true;
			continue;
		}
		several |= pid != 0 && pid != connection->ends[side].owner.pid;
		program = connection->ends[side].owner.program;
		pid = connection->ends[side].owner.pid;
	}
	if (program == NULL)
		*text = '\0';
	else if (several || unknown)
		snprintf(text, size, "%s", program);
	else
		snprintf(text, size, "%s[%u]", program, pid);
}

/* The client's end and program and the connections: in a line if they fit, else in two. */
static void put_compact_names(
	struct picture *picture, const struct lane *lane, const char *end, double y)
{
	const struct drawn *first = &picture->sheet->drawn[lane->drawn[0]],
			   *last = &picture->sheet->drawn[lane->drawn[lane->count - 1]];
	char owner[64], fitted[160], text[200];
	double room = picture->left - 12;

	snprintf(text, sizeof(text), lane->count > 2 ? "%s … %s" : "%s %s", first->name,
		lane->count > 1 ? last->name : "");
	double beside = room - 12 - px_width(text, NORMAL, false);
	put_owner(picture, lane, ROLE_CLIENT, owner, sizeof(owner));
	snprintf(text, sizeof(text), "%s%s%s", end, *owner != '\0' ? " " : "", owner);
	bool two = px_width(text, NORMAL, false) > beside;
	put(picture->labels, "<text x='%n' y='%n' class='e'>", picture->left - 10, two ? y + 6 : y);
	put_name(picture->labels, picture->sheet, lane->drawn[0]);
	if (lane->count > 1) {
		put(picture->labels, lane->count > 2 ? " … " : " ");
		put_name(picture->labels, picture->sheet, lane->drawn[lane->count - 1]);
	}
	put(picture->labels, "</text>");
	if (!two) {
		put_text(picture->labels, 2, y, "", text);
		return;
	}
	put_text(picture->labels, 2, y - 7, "",
		px_fit_end(end, NORMAL, room, false, fitted, sizeof(fitted)));
	if (*owner != '\0')
		put_text(picture->labels, 2, y + 6, "t9 s",
			px_fit(owner, SMALL, beside, false, fitted, sizeof(fitted)));
}

/* "client :40001", its program below. Beside a long address is no room for the word: it stands
 * below, before the program. */
static void put_end_name(
	struct picture *picture, int role, const char *end, const char *owner, double y)
{
	const char *word = page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER);
	double taken = px_width(word, NAMES, false) + 14, room = picture->left - 6;
	bool beside = taken + px_width(end, NAMES, true) <= room;
	char fitted[160], below[100];

	put(picture->labels,
		"<text x='2' y='%n' class='t12'><tspan class='s'>%s</tspan>%s<tspan "
		"class='b'>%e</tspan></text>",
		y, beside ? word : "", beside ? " " : "",
		px_fit_end(end, NAMES, room - (beside ? taken : 0), true, fitted, sizeof(fitted)));
	snprintf(below, sizeof(below), "%s%s%s", beside ? "" : word,
		beside || *owner == '\0' ? "" : " ", owner);
	put_text(picture->labels, 2, y + 13, "t9 s",
		px_fit(below, SMALL, picture->left - 30, false, fitted, sizeof(fitted)));
}

void lane_names(struct picture *picture, const struct lane *lane)
{
	const struct drawn *last = &picture->sheet->drawn[lane->drawn[lane->count - 1]];
	char end[2][FLOW_END_TEXT], owner[64], fitted[160], text[200];
	double band = picture->room->band, gap = picture->room->gap;

	for (int role = 0; role < 2; role++) {
		const struct connection *connection = sheet_connection(picture->sheet, last, role);
		sheet_end(
			picture->sheet, &connection->key, sheet_side(connection, role), end[role]);
		if (picture->density < DENSITY_SNUG)
			continue;
		put_owner(picture, lane, role, owner, sizeof(owner));
		put_end_name(picture, role, end[role], owner, lane->y[role] + band - 3);
	}
	double middle = lane->y[0] + band + gap / 2 + 3;
	if (picture->density == DENSITY_COMPACT) {
		put_compact_names(picture, lane, end[0], middle);
	} else if (picture->density == DENSITY_THIN) {
		const struct drawn *first = &picture->sheet->drawn[lane->drawn[0]];

		snprintf(text, sizeof(text), "%s%s%s %s → %s", first->name,
			lane->count > 2   ? "…"
			: lane->count > 1 ? ", "
					  : "",
			lane->count > 1 ? last->name : "", end[0], end[1]);
		put_text(picture->labels, 2, lane->y[0] + band + 4, "t9",
			px_fit(text, SMALL, picture->left - 8, false, fitted, sizeof(fitted)));
	}
}
