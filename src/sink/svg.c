/* One figure as a file of its own, for a slide or a paper: the colours of the light page written
 * out, for not every program that draws SVG knows variables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"
#include "style.h"

/* The value that page.css gives this variable first, "#ffffff"; of `length` bytes. */
static const char *colour_of(const char *name, size_t name_length, size_t *length)
{
	for (const char *at = style_page; (at = strstr(at, "--")) != NULL; at += 2)
		if (strncmp(at, name, name_length) == 0 && at[name_length] == ':') {
			const char *value = at + name_length + 1;

			value += strspn(value, " ");
			*length = strcspn(value, ";}");
			return value;
		}
	*length = 0;
	return "";
}

/* With each var(--name) replaced. */
static void put_resolved(FILE *out, const char *text)
{
	const char *at;

	while ((at = strstr(text, "var(--")) != NULL) {
		size_t name = strcspn(at + 4, ")"), length;
		const char *value = colour_of(at + 4, name, &length);

		fwrite(text, 1, (size_t)(at - text), out);
		for (size_t i = 0; i < length; i++)
			fputs(value[i] == '"' ? "'" : (char[]){value[i], '\0'}, out);
		text = at + 4 + name + 1;
	}
	fputs(text, out);
}

/* > in a selector, & nowhere: text of an element of XML. */
static void put_style(FILE *out)
{
	char *resolved = NULL;
	size_t size;
	FILE *buffer = open_memstream(&resolved, &size);

	if (buffer == NULL)
		return;
	put_resolved(buffer, style_figure);
	fclose(buffer);
	put(out, "<style>");
	for (const char *at = resolved; *at != '\0'; at++)
		fputs(*at == '<'     ? "&lt;"
			: *at == '>' ? "&gt;"
			: *at == '&' ? "&amp;"
				     : (char[]){*at, '\0'},
			out);
	put(out, "</style>");
	free(resolved);
}

static bool draw(struct sheet *sheet, FILE *out, struct figure_size *size)
{
	const struct sink_options *options = sheet->options;
	struct picture_wanted wanted = {.queues_only = options->figure == FIGURE_QUEUES};
	uint32_t drawn = 0;

	for (uint32_t i = 0; i < sheet->drawn_count && options->connection > 0; i++)
		if (sheet_connection(sheet, &sheet->drawn[i], ROLE_CLIENT)->serial ==
			options->connection)
			drawn = i;
	if (options->figure == FIGURE_STATES)
		return figure_states(sheet, out, "figure", size);
	if (sheet->drawn_count == 0)
		return options->figure == FIGURE_LADDER
			       ? sheet->model->conversation_count > 0 &&
					 figure_conversation(sheet, out, 0, size)
			       : figure_datagrams(sheet, out, "figure", size);
	if (options->figure == FIGURE_LADDER)
		return figure_ladder(sheet, out, drawn, size);
	if (options->connection > 0 && options->figure == FIGURE_PICTURE) {
		wanted.drawn = &drawn;
		wanted.count = 1;
	} else if (options->figure == FIGURE_PICTURE && !sheet_has_lanes(sheet)) {
		return figure_occupancy(sheet, out, "figure", size);
	}
	return figure_picture(sheet, out, "figure", &wanted, size);
}

enum { MARGIN = 12 /* px on each side: on a slide nothing touches the edge */ };

/* The head of the figure up to its description, its view widened by the margin. */
static void put_head(FILE *out, const char *svg, const char *after, const struct figure_size *size)
{
	static const char view[] = "viewBox='";
	const char *begin = svg + strlen("<svg "), *box = strstr(svg, view);
	const char *end = box != NULL && box < after ? strchr(box + strlen(view), '\'') : NULL;

	if (end != NULL) {
		fwrite(begin, 1, (size_t)(box - begin), out);
		put(out, "%s-%d -%d %d %d", view, MARGIN, MARGIN, size->width + 2 * MARGIN,
			size->height + 2 * MARGIN);
		begin = end;
	}
	fwrite(begin, 1, (size_t)(after - begin), out);
}

int sink_svg(const struct model *model, const struct sink_options *options, FILE *out)
{
	struct figure_size size;
	struct sheet sheet;
	char *svg = NULL;
	size_t bytes;

	if (!sheet_open(&sheet, model, options, out))
		return -1;
	FILE *figure = open_memstream(&svg, &bytes);
	bool ok = figure != NULL && draw(&sheet, figure, &size);
	if (figure != NULL)
		fclose(figure);
	sheet_close(&sheet);
	char *after = ok && svg != NULL ? strstr(svg, "</desc>") : NULL;
	if (after == NULL) {
		free(svg);
		errno = ENODATA; /* nothing of the kind was recorded */
		return -1;
	}
	after += strlen("</desc>");
	put(out, "<?xml version='1.0' encoding='UTF-8'?>\n<svg width='%d' height='%d' ",
		size.width + 2 * MARGIN, size.height + 2 * MARGIN);
	put_head(out, svg, after, &size);
	put_style(out);
	put(out, "<rect x='-%d' y='-%d' width='%d' height='%d' fill='#ffffff'/>%s\n", MARGIN,
		MARGIN, size.width + 2 * MARGIN, size.height + 2 * MARGIN, after);
	free(svg);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
