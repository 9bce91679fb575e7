/* A state in its colour, and a figure with its caption. */
#include "html.h"
#include <stdlib.h>
#include <string.h>
#include "style.h"
#include "tcpstate/lang.h"

/* px high, of 1240 wide: higher ones would be illegible beside the answers */
enum { LEGIBLE = 1040 };

void put_state(FILE *out, unsigned state)
{
	put(out, "<span class='st'><i class='%s'></i>%s</span>", state_class(state),
		state_name(state));
}

bool figure_is_higher(const struct figure_size *size, int limit)
{
	return size->height > limit * size->width / 1240;
}

void put_figure(
	struct sheet *sheet, const char *svg, const struct figure_size *size, const char *caption)
{
	bool zoom = size != NULL;
	FILE *out = sheet->out;

	/* the first one shares a printed page with the answers */
	if (zoom && !sheet->figured && sheet->has_paper)
		put(out, "<figure class='%s'>",
			sheet->has_paper == PAPER_ALL ? "noprint" : "whole");
	else if (zoom && !sheet->figured && !figure_is_higher(size, LEGIBLE))
		put(out, "<figure class='first'>");
	else
		put(out, "<figure>");
	sheet->figured = true;
	if (zoom)
		put(out,
			"<div class='tools tb'>%s <button type='button' data-zoom='1'>1×</button> "
			"<button type='button' data-zoom='2'>2×</button> <button type='button' "
			"data-zoom='4'>4×</button> <button class='sv' "
			"type='button'>SVG</button></div>",
			page_word(WORD_ZOOM));
	if (*caption != '\0')
		put(out, "<figcaption>%e</figcaption>", caption);
	if (!zoom)
		put(out, "<button class='sv tools' type='button'>SVG</button>");
	put(out, "<div class='scroll'>%s</div></figure>", svg);
}

void put_drawn(struct sheet *sheet, figure_draw *draw, const char *id, const char *caption)
{
	struct figure_size size;
	char *svg = NULL;
	size_t bytes;
	FILE *out = open_memstream(&svg, &bytes);

	if (out == NULL)
		return;
	bool ok = draw(sheet, out, id, &size);
	fclose(out);
	if (ok)
		put_figure(sheet, svg, &size, caption);
	free(svg);
}
