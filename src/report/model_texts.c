/* What was said: the beginning of each payload that a page shows, where it is text. Packets are
 * read a second time for it, and only those of which something is shown. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"

enum { TEXTS_MAX = 65536 };

static int compare_wanted(const void *left, const void *right)
{
	const struct text_wanted *a = left, *b = right;

	return (a->frame > b->frame) - (a->frame < b->frame);
}

static void want(struct model *model, uint64_t frame, size_t index, bool datagram)
{
	struct model_build *build = model->build;
	struct text_wanted *wanted = build->wanted_count < TEXTS_MAX
					     ? PUSH(model, build->wanted, build->wanted_count)
					     : NULL;

	if (wanted == NULL)
		return;
	*wanted = (struct text_wanted){frame, (uint32_t)index, datagram};
	build->wanted_count++;
}

size_t model_text_wanted(struct model *model, uint16_t run)
{
	struct model_build *build = model->build;

	build->wanted_count = 0;
	build->wanted_run = run;
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		for (size_t k = 0; connection->run == run && k < connection->rung_count; k++)
			if (model->rungs[connection->first_rung + k].len > 0)
				want(model, model->rungs[connection->first_rung + k].frame,
					connection->first_rung + k, false);
	}
	for (size_t i = 0; i < model->datagram_count; i++)
		if (model->conversations[model->datagrams[i].conversation].run == run &&
			model->datagrams[i].error == INDEX_NONE && model->datagrams[i].bytes > 0)
			want(model, model->datagrams[i].frame, i, true);
	if (build->wanted_count > 0)
		qsort(build->wanted, build->wanted_count, sizeof(*build->wanted), compare_wanted);
	return build->wanted_count;
}

uint64_t model_text_next(const struct model *model, uint64_t frame)
{
	const struct model_build *build = model->build;
	size_t from = 0, to = build->wanted_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (build->wanted[middle].frame < frame)
			from = middle + 1;
		else
			to = middle;
	}
	return from < build->wanted_count ? build->wanted[from].frame : 0;
}

/* The length of the beginning that is text, at most `most` bytes; 0: it is none. */
static size_t text_length(const uint8_t *data, size_t length, size_t most)
{
	size_t used = 0;

	while (used < length) {
		size_t step = utf8_length((const char *)data + used, length - used);

		if (used + step > most)
			break;
		if (step == 0) /* cut within a character, or no text */
			return length - used < 4 && data[used] >= 0xc2 ? used : 0;
		if (step == 1 && data[used] != '\n' && data[used] != '\r' && data[used] != '\t' &&
			(data[used] < 0x20 || data[used] == 0x7f))
			return 0;
		used += step;
	}
	return used;
}

void model_text(
	struct model *model, uint16_t run, uint64_t frame, const uint8_t *data, size_t length)
{
	struct text_wanted wanted = {.frame = frame};
	const struct text_wanted *found =
		run == model->build->wanted_run && model->build->wanted_count > 0
			? bsearch(&wanted, model->build->wanted, model->build->wanted_count,
				  sizeof(wanted), compare_wanted)
			: NULL;
	size_t used = text_length(data, length, RUNG_TEXT - 1);

	if (found == NULL || used == 0)
		return;
	char **text = found->datagram ? &model->datagrams[found->index].text
				      : &model->rungs[found->index].text;
	if (*text == NULL)
		*text = strndup((const char *)data, used);
}
