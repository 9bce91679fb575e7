/* The pictures of a page: the whole on one time axis, of many lanes each phase too; for paper one
 * that shares the first page with the answers; of very many connections their numbers. */
#include "html.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose_report.h"

enum { SHARES_A_PAGE = 600 /* px high, of 1240 wide: higher ones would be narrow there */ };

/* returns its bytes */
static size_t put_picture(struct sheet *sheet, const char *id, const struct picture_wanted *wanted,
	const char *caption)
{
	struct figure_size size;
	char *svg = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&svg, &bytes);

	if (out == NULL)
		return 0;
	bool ok = figure_picture(sheet, out, id, wanted, &size);
	fclose(out);
	if (ok)
		put_figure(sheet, svg, wanted->bare ? NULL : &size, caption);
	free(svg);
	return bytes;
}

/* ---- the picture, as one or, of many lanes, phase by phase ---- */

enum {
	LANES_OF_ONE_PICTURE = 26,
	LANES_ON_PAPER = 24,
	ODD_SHOWN = 20,
	PHASES_PICTURED = 64,
	PICTURED_BYTES = 130000 /* then the rest of the phases are left to the table */
};

/* Connections that were there in this part of the time, and did something or were still held. */
static size_t drawn_within(
	const struct sheet *sheet, int64_t from_ns, int64_t until_ns, uint32_t *out)
{
	size_t count = 0;

	for (uint32_t i = 0; i < sheet->drawn_count; i++) {
		const struct connection *connection =
			sheet_connection(sheet, &sheet->drawn[i], ROLE_CLIENT);
		bool moved = false;

		for (size_t k = 0; k < sheet->drawn[i].steps->count && !moved; k++) {
			const struct step *step = &sheet->drawn[i].steps->item[k];
			int64_t t_ns = step->kind == STEP_TRANSITION
					       ? sheet->model->transitions[step->index].record.t_ns
					       : 0;

			moved = t_ns >= from_ns && t_ns <= until_ns;
		}
		moved |= connection->first_ns >= from_ns && connection->first_ns <= until_ns;
		if (moved)
			out[count++] = i;
	}
	return count;
}

static void put_phase_pictures(struct sheet *sheet)
{
	const struct phase *phases[PHASES_PICTURED];
	size_t count = sheet_phases(sheet, phases, PHASES_PICTURED);
	uint32_t *drawn = malloc((sheet->drawn_count + 1) * sizeof(*drawn));
	int64_t from_ns = sheet->zero_ns;
	size_t bytes = 0;

	if (drawn == NULL)
		return;
	put(sheet->out, "<p class='lede'>%s</p>", page_word(WORD_PHASE_PICTURES));
	for (size_t i = 0; i < count; i++) {
		char name[300], safe[300], caption[400], id[32];
		struct picture_wanted wanted = {.drawn = drawn,
			.from_ns = from_ns,
			.until_ns = phases[i]->t_ns,
			.bare = true};

		from_ns = phases[i]->t_ns;
		wanted.count = drawn_within(sheet, wanted.from_ns, wanted.until_ns, drawn);
		if (wanted.count == 0)
			continue;
		if (wanted.count > LANES_MAX)
			wanted.count = LANES_MAX;
		page_text(caption, sizeof(caption), WORD_PHASE_PICTURE, i + 1,
			visible(prose_phase_name(phases[i], name, sizeof(name)), 120, safe,
				sizeof(safe)));
		snprintf(id, sizeof(id), "fig-phase%zu", i + 1);
		bytes += put_picture(sheet, id, &wanted, caption);
		if (bytes > PICTURED_BYTES && i + 1 < count) {
			put(sheet->out, "<p class='lede'>%s</p>",
				page_text(caption, sizeof(caption), WORD_AND_MORE, count - i - 1));
			break;
		}
	}
	free(drawn);
}

/* How many of them have their lanes among the first ones. */
static size_t drawn_in_lanes(const struct sheet *sheet, uint32_t lanes, uint32_t *drawn)
{
	size_t count = 0;

	for (uint32_t i = 0; i < sheet->drawn_count; i++)
		if (sheet->drawn[i].lane < lanes)
			drawn[count++] = i;
	return count;
}

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

/* Beside the answers a printed page has room for a low picture: of the same lanes where they are
 * few, else of the first ones; the whole one has the next page. */
static void put_paper_picture(struct sheet *sheet, const struct figure_size *whole)
{
	uint32_t *drawn = calloc(sheet->drawn_count + 1, sizeof(*drawn));
	struct picture_wanted wanted = {.low = true};
	struct figure_size size;
	bool some = sheet->lane_count > LANES_OF_ONE_PICTURE;
	char *svg = NULL, text[200];
	size_t bytes;
	FILE *out = drawn != NULL && figure_is_higher(whole, SHARES_A_PAGE)
			    ? open_memstream(&svg, &bytes)
			    : NULL;

	if (some) {
		wanted.drawn = drawn;
		wanted.count = drawn != NULL ? drawn_in_lanes(sheet, LANES_ON_PAPER, drawn) : 0;
	}
	bool ok = out != NULL && figure_picture(sheet, out, "fig-paper", &wanted, &size);
	put_end(out);
	if (ok) {
		tips_remove(svg);
		sheet->has_paper = some ? PAPER_SOME : PAPER_ALL;
		put(sheet->out,
			"<figure class='first paper'><figcaption>%s%s%s</figcaption>%s</figure>",
			page_word(WORD_PICTURE_CAPTION), some ? " " : "",
			some ? page_text(text, sizeof(text), WORD_PICTURE_FIRST_LANES,
				       (unsigned)LANES_ON_PAPER, sheet->lane_count)
			     : "",
			svg);
	}
	free(svg);
	free(drawn);
}

static void put_whole_picture(struct sheet *sheet)
{
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
		put_figure(sheet, svg, &size, page_word(WORD_PICTURE_CAPTION));
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
		put_phase_pictures(sheet);
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
