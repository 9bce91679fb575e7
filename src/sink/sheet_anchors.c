/* Where a page links to: each packet and record of diag.pcap that a ladder shows has an anchor; and
 * how names, frames and sentences that refer to them are written. */
#include "sheet.h"
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "tcpstate/segment.h"

/* ---- anchors ---- */

static int compare_anchors(const void *left, const void *right)
{
	const struct anchor *a = left, *b = right;

	if (a->diag != b->diag)
		return a->diag ? 1 : -1;
	if (a->run != b->run)
		return a->run - b->run;
	return (a->number > b->number) - (a->number < b->number);
}

static void anchor_add(struct sheet *sheet, uint16_t run, bool diag, uint64_t number)
{
	if (number > 0)
		sheet->anchors[sheet->anchor_count++] = (struct anchor){number, run, diag, false};
}

static size_t anchors_of(struct sheet *sheet, const struct drawn *drawn, bool add)
{
	const struct model *model = sheet->model;
	const struct connection *connection = &model->connections[drawn->index[0]];
	size_t count = connection->rung_count;

	for (size_t i = 0; add && i < connection->rung_count; i++)
		anchor_add(sheet, connection->run, false,
			model->rungs[connection->first_rung + i].frame);
	for (size_t i = 0; i < drawn->steps->count; i++) {
		const struct step *step = &drawn->steps->item[i];

		if (step->kind == STEP_TRANSITION) {
			count++;
			if (add)
				anchor_add(sheet, model->transitions[step->index].run, true,
					model->transitions[step->index].record.diag_frame);
		} else if (step->kind == STEP_CORRECTION) {
			const struct correction *correction = &model->corrections[step->index];

			count += correction->count;
			for (uint32_t k = 0; add && k < correction->count; k++)
				anchor_add(sheet, correction->run, true,
					correction->refuting_diags[k]);
		}
	}
	return count;
}

bool sheet_anchors_gather(struct sheet *sheet)
{
	size_t room = 1, kept = 0;

	for (size_t i = 0; i < sheet->ladder_count; i++)
		room += anchors_of(sheet, &sheet->drawn[sheet->ladders[i]], false);
	sheet->anchors = malloc(room * sizeof(*sheet->anchors));
	if (sheet->anchors == NULL)
		return false;
	for (size_t i = 0; i < sheet->ladder_count; i++)
		anchors_of(sheet, &sheet->drawn[sheet->ladders[i]], true);
	qsort(sheet->anchors, sheet->anchor_count, sizeof(*sheet->anchors), compare_anchors);
	for (size_t i = 0; i < sheet->anchor_count; i++)
		if (kept == 0 ||
			compare_anchors(&sheet->anchors[kept - 1], &sheet->anchors[i]) != 0)
			sheet->anchors[kept++] = sheet->anchors[i];
	sheet->anchor_count = kept;
	return true;
}

static struct anchor *anchor_find(struct sheet *sheet, uint16_t run, bool diag, uint64_t number)
{
	struct anchor wanted = {number, run, diag, false};

	return sheet->anchor_count == 0 ? NULL
					: bsearch(&wanted, sheet->anchors, sheet->anchor_count,
						  sizeof(*sheet->anchors), compare_anchors);
}

static void anchor_id(
	const struct sheet *sheet, uint16_t run, bool diag, uint64_t number, char *buffer)
{
	char recording[16] = "";

	if (sheet->model->run_count > 1)
		snprintf(recording, sizeof(recording), "r%u", run);
	sprintf(buffer, "%s%c%" PRIu64, recording, diag ? 'd' : 'f', number);
}

const char *sheet_anchor(
	struct sheet *sheet, uint16_t run, bool diag, uint64_t number, char buffer[ANCHOR_TEXT])
{
	struct anchor *anchor = anchor_find(sheet, run, diag, number);
	char id[24 + 16];

	*buffer = '\0';
	if (anchor == NULL || anchor->used)
		return buffer;
	anchor->used = true;
	anchor_id(sheet, run, diag, number, id);
	snprintf(buffer, ANCHOR_TEXT, " id='%s'", id);
	return buffer;
}

void put_frame(struct sheet *sheet, uint16_t run, bool diag, uint64_t number)
{
	bool drawn = anchor_find(sheet, run, diag, number) != NULL;
	char id[40];

	anchor_id(sheet, run, diag, number, id);
	if (drawn)
		put(sheet->out, "<a href='#%s'>", id);
	put(sheet->out, "%s %U", page_word(diag ? WORD_DIAG : WORD_FRAME), number);
	if (drawn)
		put(sheet->out, "</a>");
}

void put_name(FILE *out, const struct sheet *sheet, uint32_t index)
{
	const struct drawn *drawn = &sheet->drawn[index];

	if (drawn->stands_in == UINT32_MAX)
		put(out, "<span data-c='%s'>%s</span>", drawn->id, drawn->name);
	else
		put(out, "<a href='#%s' data-c='%s'>%s</a>", sheet->drawn[drawn->stands_in].id,
			drawn->id, drawn->name);
}

/* ---- sentences ---- */

static void put_reference(FILE *out, struct sheet *sheet, const char *reference)
{
	unsigned long long number = strtoull(reference + 1, NULL, 10);
	unsigned run = 0;
	const char *comma = strchr(reference, ',');

	if (comma != NULL)
		run = (unsigned)strtoul(comma + 1, NULL, 10);
	if (*reference == PAGE_CONNECTION && number < sheet->model->connection_count) {
		put_name(out, sheet, sheet->of_connection[number]);
	} else if (*reference == PAGE_FRAME || *reference == PAGE_DIAG) {
		FILE *before = sheet->out;

		sheet->out = out;
		put_frame(sheet, (uint16_t)run, *reference == PAGE_DIAG, number);
		sheet->out = before;
	}
}

const char *sentence_piece(const char *text, char piece[SENTENCE_PIECE], enum sentence_part *part)
{
	size_t length;

	if (*text == PAGE_LINE || *text == PAGE_STRONG || *text == PAGE_STRONG_END) {
		*part = *text == PAGE_LINE     ? SENTENCE_LINE
			: *text == PAGE_STRONG ? SENTENCE_STRONG
					       : SENTENCE_STRONG_END;
		*piece = '\0';
		return text + 1;
	}
	*part = *text == PAGE_OPEN   ? SENTENCE_REFERENCE
		: *text == PAGE_CODE ? SENTENCE_CODE
				     : SENTENCE_TEXT;
	text += *part != SENTENCE_TEXT;
	length = strcspn(text, *part == SENTENCE_REFERENCE ? "\002"
			       : *part == SENTENCE_CODE    ? "\004"
							   : "\001\003\004\005\006\n");
	if (length >= SENTENCE_PIECE)
		length = SENTENCE_PIECE - 1;
	snprintf(piece, SENTENCE_PIECE, "%.*s", (int)length, text);
	text += length;
	return text + (*text == PAGE_CLOSE || *text == PAGE_CODE_END);
}

void put_sentence(FILE *out, struct sheet *sheet, const char *text)
{
	char piece[SENTENCE_PIECE];
	enum sentence_part part;

	while (*text != '\0') {
		text = sentence_piece(text, piece, &part);
		if (part == SENTENCE_REFERENCE) {
			put_reference(out, sheet, piece);
			continue;
		}
		if (part == SENTENCE_LINE) {
			put(out, " <br>");
			continue;
		}
		if (part == SENTENCE_STRONG || part == SENTENCE_STRONG_END) {
			put(out, part == SENTENCE_STRONG ? "<b>" : "</b>");
			continue;
		}
		put(out, part == SENTENCE_CODE ? "<code>" : "");
		put_escaped(out, piece, sizeof(piece));
		put(out, part == SENTENCE_CODE ? "</code>" : "");
	}
}

void put_advised(FILE *out, const char *text)
{
	char piece[SENTENCE_PIECE];

	for (const char *quote; (quote = strchr(text, '`')) != NULL;) {
		const char *end = strchr(quote + 1, '`');

		if (end == NULL)
			break;
		snprintf(piece, sizeof(piece), "%.*s", (int)(quote - text), text);
		put_escaped(out, piece, sizeof(piece));
		snprintf(piece, sizeof(piece), "%.*s", (int)(end - quote - 1), quote + 1);
		put(out, "<code>");
		put_escaped(out, piece, sizeof(piece));
		put(out, "</code>");
		text = end + 1;
	}
	put_escaped(out, text, SENTENCE_PIECE);
}

void put_count(FILE *out, uint64_t count)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0 && length > 4)
			fputs("\u202f", out);
		fputc(digits[i], out);
	}
}
