/* The pictures of a page: the whole on one time axis; for paper one that shares the first page with
 * the answers; of very many connections their numbers. */
#include "html.h"

#include <stdlib.h>
#include <string.h>

enum { SHARES_A_PAGE = 600 /* px high, of 1240 wide: higher ones would be narrow there */ };

/* ---- the picture as one; of many lanes that for paper, too ---- */

enum { LANES_OF_ONE_PICTURE = 26, ODD_SHOWN = 20 };

/* Tips are of no use on paper. */
static void tips_remove(char *svg)
{
	static const char begin[] = "<title>", end[] = "</title>";
	char *to = svg;

	for (const char *from = svg; *from != '\0';) {
		const char *behind =
			strncmp(from, begin, strlen(begin)) == 0 ? strstr(from, end) : NULL;

		if (behind != NULL)
			from = behind + strlen(end);
		else
			*to++ = *from++;
	}
	*to = '\0';
}

/* The first lanes of the whole picture once more, cut below them, and its legend. */
static void put_first_lanes(FILE *out, const struct figure_size *whole)
{
	int legend = whole->height - whole->legend;

	figure_begin(out, "fig-paper", "wide", whole->width, whole->cut + legend,
		page_word(WORD_PICTURE_TITLE), page_word(WORD_PICTURE_DESC));
	put(out,
		"<svg width='%d' height='%d'><use href='#fig-picture-l'/></svg><use "
		"href='#fig-picture-k' y='%d'/></svg>",
		whole->width, whole->cut, whole->cut - whole->legend);
}

/* Beside the answers a printed page has room for a low picture: of the same lanes where they are
 * few, else of the first ones; the whole one has the next page. */
static void put_paper_picture(struct sheet *sheet, const struct figure_size *whole)
{
	struct picture_wanted wanted = {.low = 1};
	struct figure_size size;
	bool some = whole->cut > 0, ok = true;
	char *svg = NULL, text[200];
	size_t bytes;
	FILE *out = figure_is_higher(whole, SHARES_A_PAGE) ? open_memstream(&svg, &bytes) : NULL;

	if (out != NULL && some)
		put_first_lanes(out, whole);
	else if (out != NULL)
		ok = figure_picture(sheet, out, "fig-paper", &wanted, &size);
	put_end(out);
	if (out != NULL && ok) {
		tips_remove(svg);
		sheet->has_paper = some ? PAPER_SOME : PAPER_ALL;
		put(sheet->out,
			"<figure class='first paper'><figcaption>%s%s%s</figcaption>%s</figure>",
			page_word(WORD_PICTURE_CAPTION), some ? " " : "",
			some ? page_text(text, sizeof(text), WORD_PICTURE_FIRST_LANES,
				       (unsigned)PAPER_LANES, sheet->lane_count)
			     : "",
			svg);
	}
	free(svg);
}

/* How to read it; where ports were used again, what stands in one row. */
static const char *caption_of(const struct sheet *sheet, char *buffer, size_t size)
{
	const struct drawn *drawn = sheet->drawn;
	char shared[160];

	for (size_t i = 0; i < sheet->drawn_count; i++)
		for (size_t k = i + 1; k < sheet->drawn_count; k++) {
			if (drawn[i].lane != drawn[k].lane)
				continue;
			snprintf(buffer, size, "%s %s", page_word(WORD_PICTURE_CAPTION),
				page_text(shared, sizeof(shared), WORD_LANE_SHARED, drawn[i].name,
					drawn[k].name));
			return buffer;
		}
	return page_word(WORD_PICTURE_CAPTION);
}

static void put_whole_picture(struct sheet *sheet)
{
	char caption[800];
	struct picture_wanted all = {0};
	struct figure_size size;
	char *svg = NULL;
	size_t bytes;
	FILE *out = open_memstream(&svg, &bytes);
	bool ok = out != NULL && figure_picture(sheet, out, "fig-picture", &all, &size);

	put_end(out);
	if (ok) {
		/* else another figure stands beside the answers */
		if (!sheet->figured)
			put_paper_picture(sheet, &size);
		put_figure(sheet, svg, &size, caption_of(sheet, caption, sizeof(caption)));
	}
	free(svg);
}

void html_picture(struct sheet *sheet)
{
	bool many = sheet->lane_count > LANES_OF_ONE_PICTURE && sheet->model->mark_count > 0 &&
		    sheet->model->phase_count > 1;

	if (sheet_has_lanes(sheet))
		put_whole_picture(sheet);
	if (sheet_has_lanes(sheet) && many)
		html_phase_pictures(sheet);
}

/* Too many for lanes: how many were in which state; the listener, and what was unusual. */
void html_occupancy(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	uint32_t odd[ODD_SHOWN];
	struct picture_wanted wanted = {.drawn = odd};

	put_drawn(sheet, figure_occupancy, "fig-picture", page_word(WORD_OCCUPANCY_CAPTION));
	for (size_t i = 0; i < model->shape_count && wanted.count < ODD_SHOWN; i++)
		for (size_t k = 0; model->shapes[i].anomalous && k < model->shapes[i].count &&
				   wanted.count < ODD_SHOWN && k < ODD_SHOWN / 4;
			k++)
			odd[wanted.count++] = sheet->of_connection[model->shapes[i].members[k]];
	for (size_t i = 1; i < wanted.count; i++)
		for (size_t k = i; k > 0 && odd[k - 1] > odd[k]; k--) {
			uint32_t swap = odd[k];

			odd[k] = odd[k - 1];
			odd[k - 1] = swap;
		}
	if (wanted.count > 0)
		put_picture(sheet, "fig-odd", &wanted, page_word(WORD_ODD_CAPTION));
}
