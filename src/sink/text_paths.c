/* Connections that several recordings met, or one recording on both sides of a translation: the
 * 4-tuple at each place, what was translated in between, both ends in one timeline; and how far the
 * recordings' clocks may be apart. */
#include "text.h"

#include <string.h>

static void clock_lines(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE], line[2 * PROSE_LINE];
	bool begun = false;

	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];

		if (run->clock.against == i)
			continue;
		if (!begun)
			text_heading(page, prose_clocks_title());
		begun = true;
		text_line(page, 2, INK_PLAIN,
			prose_of(run->name, prose_clock(model, run, text, sizeof(text)), line,
				sizeof(line)));
	}
}

static void translation(const struct page *page, const struct connection *before,
	const struct connection *after, bool source)
{
	char from[FLOW_END_TEXT], to[FLOW_END_TEXT], text[PROSE_LINE];

	flow_end_text(&before->key, source ? before->client : !before->client, from);
	flow_end_text(&after->key, source ? after->client : !after->client, to);
	if (strcmp(from, to) != 0)
		text_line(page, 4, INK_PLAIN,
			prose_path_translated(source, from, to, text, sizeof(text)));
}

static void path_block(const struct page *page, const struct path *path, size_t number)
{
	const struct model *model = page->model;
	const struct connection *client = &model->connections[path->witness[0]],
				*server = &model->connections[path->witness[1]];
	char text[PROSE_LINE], when[TEXT_TIME];

	text_heading(page, prose_path_title(model, path, number, text, sizeof(text)));
	for (size_t i = 0; i < path->hop_count; i++) {
		const struct connection *hop = &model->connections[path->hops[i]];

		if (i > 0) {
			translation(page, &model->connections[path->hops[i - 1]], hop, true);
			translation(page, &model->connections[path->hops[i - 1]], hop, false);
		}
		text_line(page, 2, INK_PLAIN,
			prose_path_hop(model, hop, text_time(page, hop->syn_ns, when), text,
				sizeof(text)));
	}
	if (client->run != server->run)
		text_line(page, 2, INK_PLAIN,
			prose_path_witness(&model->runs[client->run], &model->runs[server->run],
				text, sizeof(text)));
	text_crossings(page, path);
	text_steps(page, &path->steps, client);
}

void text_paths(const struct page *page)
{
	const struct model *model = page->model;

	clock_lines(page);
	for (size_t i = 0; i < model->path_count; i++) {
		if (i >= SHOWN_TIMELINES && !page->options->all) {
			fputc('\n', page->out);
			text_more(page, MORE_PATHS, model->path_count - i, 0);
			break;
		}
		path_block(page, &model->paths[i], i + 1);
	}
}
