/* One picture on a page. */
#include "html.h"
#include <stdlib.h>
#include <string.h>

size_t put_picture(struct sheet *sheet, const char *id, const struct picture_wanted *wanted,
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
