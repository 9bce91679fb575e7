/* Listener by listener and connection by connection. Of many connections one of each kind is shown,
 * and who else is of that kind. */
#include "text.h"

/* Is it among what --connection and --since leave? */
static bool chosen(const struct page *page, const struct connection *connection)
{
	return (page->options->connection == 0 ||
		       page->options->connection == connection->serial) &&
	       connection->last_ns >= page->options->since_ns;
}

static void connection_block(
	const struct page *page, const struct connection *connection, const struct shape *shape)
{
	char text[PROSE_LINE];

	text_heading(page, prose_connection_title(page->model, connection, text, sizeof(text)));
	text_line(
		page, 2, INK_PLAIN, prose_connection(page->model, connection, text, sizeof(text)));
	text_holders(page, connection);
	if (shape != NULL && shape->total > 1)
		text_line(page, 2, INK_PLAIN, prose_more_like_it(shape, text, sizeof(text)));
	if (!text_ladder(page, connection) || page->options->all)
		text_steps(page, &connection->steps, connection);
}

static void listener_block(const struct page *page, const struct listener *listener)
{
	char text[PROSE_LINE];

	text_heading(page, prose_listener_title(page->model, listener, text, sizeof(text)));
	text_line(page, 2, INK_PLAIN, prose_listener(page->model, listener, text, sizeof(text)));
	text_steps(page, &listener->steps, NULL);
	text_listener_calls(page, listener);
}

static void listeners(const struct page *page)
{
	const struct model *model = page->model;

	for (size_t i = 0; i < model->listener_count; i++) {
		if (i >= SHOWN_TIMELINES && !page->options->all) {
			fputc('\n', page->out);
			text_more(page, MORE_LISTENERS, model->listener_count - i, 0);
			break;
		}
		if (model->listeners[i].last_ns >= page->options->since_ns)
			listener_block(page, &model->listeners[i]);
	}
}

/* Of the kinds from that one on, those with the most connections, the largest first. Returns how
 * many. */
static size_t largest_kinds(
	const struct model *model, size_t from, const struct shape *largest[SHOWN_KINDS])
{
	size_t count = 0;

	for (; from < model->shape_count; from++) {
		const struct shape *shape = &model->shapes[from];
		size_t at = count;

		if (count == SHOWN_KINDS && largest[--at]->total >= shape->total)
			continue;
		while (at > 0 && largest[at - 1]->total < shape->total) {
			largest[at] = largest[at - 1];
			at--;
		}
		largest[at] = shape;
		count += count < SHOWN_KINDS;
	}
	return count;
}

/* The kinds of which no connection is told in full, a line each. */
static void other_kinds(const struct page *page, size_t from)
{
	const struct model *model = page->model;
	const struct shape *largest[SHOWN_KINDS];
	size_t count = largest_kinds(model, from, largest), connections = 0, listed = 0;
	char text[PROSE_LINE];

	text_heading(page, prose_other_shapes_title(model->shape_count - from, text, sizeof(text)));
	for (size_t i = 0; i < count; i++) {
		text_gap(page, 2);
		text_wrap(page, 2, 6, prose_shape(model, largest[i], text, sizeof(text)));
		listed += largest[i]->total;
	}
	for (size_t i = from; i < model->shape_count; i++)
		connections += model->shapes[i].total;
	if (connections > listed)
		text_more(
			page, MORE_KINDS, model->shape_count - from - count, connections - listed);
}

static void kinds(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE + 256];
	size_t shown = 0;

	text_heading(page, prose_shapes_title(model, text, sizeof(text)));
	for (; shown < model->shape_count && shown < SHOWN_TIMELINES; shown++)
		connection_block(page, &model->connections[model->shapes[shown].members[0]],
			&model->shapes[shown]);
	if (shown < model->shape_count)
		other_kinds(page, shown);
	if (model->others.count > 0)
		text_heading(page, prose_others(&model->others, text, sizeof(text)));
}

/* Before the first ladder, what its signs mean. */
static void legend(const struct page *page)
{
	char text[PROSE_LINE];

	for (size_t i = 0; i < page->model->connection_count; i++)
		if (page->model->connections[i].rung_count > 0) {
			fputc('\n', page->out);
			text_line(page, 0, INK_DIM,
				prose_ladder_legend(page->model, text, sizeof(text)));
			return;
		}
}

void text_timelines(const struct page *page)
{
	const struct model *model = page->model;

	if (page->options->connection == 0) {
		listeners(page);
		text_paths(page);
	}
	legend(page);
	if (model->connection_total > SHOWN_TIMELINES && !page->options->all &&
		page->options->connection == 0 && page->options->since_ns == 0) {
		kinds(page);
		return;
	}
	for (size_t i = 0; i < model->connection_count; i++)
		/* told there as one */
		if (chosen(page, &model->connections[i]) &&
			(model->connections[i].path == UINT32_MAX || page->options->all ||
				page->options->connection > 0))
			connection_block(page, &model->connections[i], NULL);
}
