/* What stands beside a row of a ladder. */
#include "ladder.h"
#include <stdlib.h>
#include <string.h>
#include "picture.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/segment.h"

bool ladder_call(const struct ladder *ladder, uint32_t index, char *text, size_t size)
{
	prose_did(&ladder->sheet->model->calls[index], true, NULL, text, size);
	return sheet_call_role(ladder->sheet,
		       sheet_connection(ladder->sheet, ladder->drawn, ROLE_CLIENT),
		       index) == ROLE_CLIENT;
}

double ladder_beside(bool client)
{
	return client ? COLUMN_CLIENT - COLUMN_TIME - 12 : LADDER_WIDTH - COLUMN_SERVER - 10;
}

bool ladder_mark_text(const struct ladder *ladder, uint32_t mark, char *text, size_t size)
{
	const struct mark *marks[64];
	char safe[440], named[MARK_NAMED];

	if (mark >= picture_marks(ladder->sheet->model, marks, 64))
		return false;
	snprintf(text, size, "%u: %s", mark + 1,
		visible(page_mark(ladder->sheet->model, marks[mark], named, sizeof(named)), 110,
			safe, sizeof(safe)));
	return true;
}
