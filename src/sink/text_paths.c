/* Connections that several recordings met, or one recording on both sides of a translation: the
 * 4-tuple at each place, what was translated in between, both ends in one timeline; and how far the
 * recordings' clocks may be apart. */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "12.3 us", "-4.567 ms", "2.000 s": as many digits as tell something */
static char *offset_text(int64_t ns, char *buffer, size_t size)
{
	double us = (double)ns / 1e3;

	if (us > -1e3 && us < 1e3)
		snprintf(buffer, size, "%+.1f us", us);
	else if (us > -1e6 && us < 1e6)
		snprintf(buffer, size, "%+.3f ms", us / 1e3);
	else
		snprintf(buffer, size, "%+.6f s", us / 1e6);
	return buffer;
}

static void clock_line(const struct page *page, const struct run *run)
{
	char low[32], high[32], shift[32], text[1024];

	offset_text(run->clock.low_ns, low, sizeof(low));
	offset_text(run->clock.high_ns, high, sizeof(high));
	offset_text(run->clock.shift_ns, shift, sizeof(shift));
	fprintf(page->out, "  %s: ", run->name);
	snprintf(text, sizeof(text),
		"%s%s; what has to be added to its clock lies between %s and %s of that of %s "
		"(%" PRIu32 " segments in both)%s",
		run->clock.shift_ns != 0 ? "times shifted by " : "times as recorded",
		run->clock.shift_ns != 0 ? shift : "", run->clock.bounded_low ? low : "-infinity",
		run->clock.bounded_high ? high : "+infinity",
		page->model->runs[run->clock.against].name, run->clock.segments,
		run->clock.contradictory
			? "; no offset fits all of them: a clock was set, or drifts"
			: "");
	text_wrap(page, text_columns(run->name) + 4, 4, text);
}

static void clock_lines(const struct page *page)
{
	const struct model *model = page->model;
	bool begun = false;

	for (size_t i = 0; i < model->run_count; i++) {
		if (model->runs[i].clock.against == i)
			continue;
		if (!begun)
			text_heading(page, "Clocks: what was received had been sent before");
		begun = true;
		clock_line(page, &model->runs[i]);
	}
}

static const char *place(const struct connection *hop)
{
	bool client = hop->local_sides >> hop->client & 1,
	     server = hop->local_sides >> !hop->client & 1;

	return client && server ? "both ends live here"
	       : client         ? "the client's address is its own"
	       : server         ? "the server's address is its own"
				: "passes through";
}

static void hop_lines(const struct page *page, const struct path *path)
{
	char client[FLOW_END_TEXT], server[FLOW_END_TEXT], before[FLOW_END_TEXT], when[TEXT_TIME];

	for (size_t i = 0; i < path->hop_count; i++) {
		const struct connection *hop = &page->model->connections[path->hops[i]], *last;

		flow_end_text(&hop->key, hop->client, client);
		flow_end_text(&hop->key, !hop->client, server);
		last = i > 0 ? &page->model->connections[path->hops[i - 1]] : NULL;
		for (int end = 0; last != NULL && end < 2; end++) {
			flow_end_text(&last->key, end == 0 ? last->client : !last->client, before);
			if (strcmp(before, end == 0 ? client : server) != 0)
				fprintf(page->out, "    translated: %s %s%s%s\n",
					end == 0 ? "source" : "destination", before, arrow(page),
					end == 0 ? client : server);
		}
		fprintf(page->out, "  %s%s%s  SYN %s  connection %" PRIu32 " of %s, %s\n", client,
			arrow(page), server, text_time(page, hop->syn_ns, when), hop->serial,
			page->model->runs[hop->run].name, place(hop));
	}
}

static void path_block(const struct page *page, const struct path *path, size_t number)
{
	const struct connection *client = &page->model->connections[path->witness[0]],
				*server = &page->model->connections[path->witness[1]];
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT], answer[48] = "unanswered";

	if (client->has_isn[!client->client])
		snprintf(answer, sizeof(answer), "ISN %" PRIu32, client->isn[!client->client]);
	text_heading(page, "Path %zu: client %s (ISN %" PRIu32 ")%sserver %s (%s)", number,
		flow_end_text(&client->key, client->client, left), client->isn[client->client],
		arrow(page), flow_end_text(&server->key, !server->client, right), answer);
	hop_lines(page, path);
	if (client->run != server->run)
		fprintf(page->out,
			"  the client's states and frames are those of %s, the server's those of "
			"%s\n",
			page->model->runs[client->run].name, page->model->runs[server->run].name);
	text_steps(page, &path->steps, client);
}

void text_paths(const struct page *page)
{
	const struct model *model = page->model;

	clock_lines(page);
	for (size_t i = 0; i < model->path_count; i++) {
		if (i >= SHOWN_TIMELINES && !page->options->all) {
			fprintf(page->out, "\n%s and %zu more paths (--all shows them)\n",
				dots(page), model->path_count - i);
			break;
		}
		path_block(page, &model->paths[i], i + 1);
	}
}
