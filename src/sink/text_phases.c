/* Phase by phase, the sockets as `netstat` would have listed them at each mark, the server's apart
 * from the clients'. On a page too narrow for a table, the timer loses its column and stands below
 * the owner; on a narrower one all but the ends stands on a second line. */
#include "text.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct columns {
	int local, remote, timer; /* timer 0: it has no column */
	bool udp, below;
};
enum {
	QUEUES = 16, /* " Recv-Q Send-Q  " */
	STATE = 12,
	/* of the column of the phases' names, where their tables are left out */
	TITLE_LEAST = 24,
	TITLE_MOST = 40,
	SHOWN_SOCKETS = 40 /* of a side, at a natural moment */
};
struct side { /* of a phase: the samples that have a line */
	const struct sample *const *line;
	size_t count;
};

static bool row_is_udp(const struct sockrow *row)
{
	return row->key.protocol == IPPROTO_UDP;
}

static int owner_column(const struct columns *columns)
{
	return (columns->udp ? 4 : 0) + QUEUES + columns->local + 1 + columns->remote + 1 + STATE +
	       (columns->timer > 0 ? columns->timer + 1 : 0);
}

static struct columns columns_of_samples(const struct page *page, const struct side *side)
{
	struct columns columns = {15, 15, text_wider(5, prose_label(LABEL_TIMER)), false, false};
	char text[PROSE_LINE];
	int owner = 5;

	for (size_t i = 0; i < side->count; i++) {
		const struct sockrow *row = &side->line[i]->row;

		columns.local = text_wider(columns.local, flow_end_text(&row->key, 0, text));
		columns.remote = text_wider(columns.remote, flow_end_text(&row->key, 1, text));
		columns.timer =
			text_wider(columns.timer, prose_sample_timer(row, text, sizeof(text)));
		columns.udp |= row_is_udp(row);
		owner = text_wider(
			owner, prose_sample_owner(page->model, side->line[i], text, sizeof(text)));
	}
	if (text_page_width(page) < TEXT_WIDTH &&
		owner_column(&columns) + owner > text_page_width(page))
		columns.timer = 0;
	columns.below = text_page_width(page) < TEXT_NARROW;
	return columns;
}

static int first_word(const char *text)
{
	char word[PROSE_LINE];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " "), text);
	return (int)columns_of(word);
}

/* What stands behind the ends: state, timer, owner; on a line of its own where that is narrow,
 * or where a program's name is too long. */
static void socket_rest(
	const struct page *page, const struct sample *sample, const struct columns *columns)
{
	char text[2 * PROSE_LINE], timer[128], owner[PROSE_LINE];
	int at = owner_column(columns);

	prose_sample_timer(&sample->row, timer, sizeof(timer));
	prose_sample_owner(page->model, sample, owner, sizeof(owner));
	snprintf(text, sizeof(text), "%s%s%s", owner,
		columns->timer == 0 && timer[0] != '\0' ? ", " : "",
		columns->timer == 0 ? timer : "");
	if (columns->below) {
		fputc('\n', page->out);
		text_gap(page, QUEUES);
		text_pad(page, prose_socket_state(&sample->row), STATE);
		text_wrap(page, QUEUES + STATE, QUEUES + STATE, text);
		return;
	}
	text_pad(page, prose_socket_state(&sample->row), STATE);
	if (columns->timer > 0)
		text_pad(page, timer, columns->timer + 1);
	if (first_word(text) + at > text_page_width(page)) {
		fputc('\n', page->out);
		text_gap(page, QUEUES + 4);
		text_wrap(page, QUEUES + 4, QUEUES + 4, text);
	} else if (row_is_udp(&sample->row) || at + 16 > text_page_width(page))
		text_wrap(page, (size_t)at, QUEUES + 4, text);
	else
		text_wrap(page, (size_t)at, (size_t)at, text);
}

static void socket_line(
	const struct page *page, const struct sample *sample, const struct columns *columns)
{
	const struct sockrow *row = &sample->row;
	char text[FLOW_END_TEXT];

	if (columns->udp)
		text_put(page, row_is_udp(row) ? " udp" : " tcp");
	if (sample->unshown)
		fprintf(page->out, " %6s %6s  ", "-", "-");
	else
		fprintf(page->out, " %6" PRIu32 " %6" PRIu32 "  ", row->recv_q, row->send_q);
	text_pad(page, flow_end_text(&row->key, 0, text), columns->local + 1);
	flow_end_text(&row->key, 1, text);
	text_pad(page, text, columns->below ? 0 : columns->remote + 1);
	socket_rest(page, sample, columns);
}

static void heads(const struct page *page, const struct columns *columns)
{
	fputs(ink(page, INK_DIM), page->out);
	text_put(page, columns->udp ? "    " : "");
	text_put(page, " Recv-Q Send-Q  ");
	text_pad(page, prose_label(LABEL_LOCAL), columns->local + 1);
	text_pad(page, prose_label(LABEL_REMOTE), columns->below ? 0 : columns->remote + 1);
	if (columns->below) {
		fputc('\n', page->out);
		text_gap(page, QUEUES);
	}
	text_pad(page, prose_label(LABEL_STATE), STATE);
	if (columns->timer > 0 && !columns->below)
		text_pad(page, prose_label(LABEL_TIMER), columns->timer + 1);
	text_put(page, prose_label(columns->timer > 0 && !columns->below ? LABEL_OWNER
									 : LABEL_OWNER_TIMER));
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
}

static void side_lines(const struct page *page, const struct side *side)
{
	struct columns columns = columns_of_samples(page, side);

	if (columns.below)
		columns.timer = 0;
	heads(page, &columns);
	for (size_t i = 0; i < side->count; i++)
		socket_line(page, side->line[i], &columns);
}

/* TIME_WAITs of earlier phases are a count, and of very many sockets at a moment that nobody asked
 * for the first ones have a line. */
static void side_table(
	const struct page *page, const struct phase *phase, int side, size_t first, size_t count)
{
	const struct sample *samples = page->model->samples + first, **line;
	bool all = page->options->all, fold = phase->old[side] >= OLD_FOLDED && !all;
	size_t most = phase->moment != MOMENT_NONE && !all ? SHOWN_SOCKETS : count;
	size_t left = phase->unlisted[side];
	struct side shown = {NULL, 0};
	char text[PROSE_LINE];

	text_line(page, 1, INK_PLAIN, prose_phase_side(phase, side, text, sizeof(text)));
	line = calloc(count + 1, sizeof(*line));
	if (line == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		if (samples[i].old && fold)
			continue;
		else if (shown.count < most)
			line[shown.count++] = &samples[i];
		else
			left++;
	shown.line = line;
	if (shown.count > 0)
		side_lines(page, &shown);
	free(line);
	if (fold)
		text_line(
			page, QUEUES, INK_PLAIN, prose_phase_old(phase, side, text, sizeof(text)));
	if (left > 0)
		text_line(page, QUEUES, INK_PLAIN, prose_phase_more(left, all, text, sizeof(text)));
}

/* A name longer than the column has a line of its own. */
static void phase_brief(const struct page *page, const struct phase *phase, int title)
{
	char text[PROSE_LINE];

	text_gap(page, 2);
	text_pad(page, prose_phase(phase), title);
	if ((int)columns_of(prose_phase(phase)) > title) {
		fputc('\n', page->out);
		text_gap(page, (size_t)title + 2);
	}
	text_gap(page, 1);
	text_wrap(page, (size_t)title + 3, (size_t)title + 3,
		prose_phase_brief(phase, text, sizeof(text)));
}

static int title_column(const struct page *page)
{
	int width = TITLE_LEAST,
	    most = text_page_width(page) < TEXT_WIDTH ? TITLE_LEAST : TITLE_MOST;

	for (size_t i = 0; i < page->model->phase_count; i++) {
		int columns = text_wider(0, prose_phase(&page->model->phases[i]));

		if (columns > width && columns <= most)
			width = columns;
	}
	return width;
}

static void phase_block(const struct page *page, const struct phase *phase, bool explain_queues)
{
	const struct model *model = page->model;
	const char *empty = prose_phase_empty(model, phase);
	char text[5 * PROSE_LINE], when[TEXT_TIME];

	text_heading(page, prose_phase_title(model, phase, text_date(page, phase->t_ns, when), text,
				   sizeof(text)));
	if (explain_queues)
		text_line(page, 1, INK_PLAIN, prose_listen_queues());
	if (empty == NULL) {
		side_table(page, phase, 0, phase->server, phase->server_count);
		side_table(page, phase, 1, phase->client, phase->client_count);
	} else if (*empty != '\0') {
		text_line(page, 1, INK_PLAIN, empty);
	}
	prose_phase_counters(phase, page->options->all, text, sizeof(text));
	if (text[0] != '\0') {
		text_gap(page, 1);
		text_wrap(page, 1, 11, text);
	}
}

void text_phases(const struct page *page)
{
	const struct model *model = page->model;
	bool brief = model->phase_count > SHOWN_PHASES && !page->options->all, listened = false;
	int title = brief ? title_column(page) : 0;
	char text[PROSE_LINE];

	if (brief)
		text_heading(page, prose_phases_title(model->phase_count, text, sizeof(text)));
	for (size_t i = 0; i < model->phase_count; i++) {
		const struct phase *phase = &model->phases[i];
		if (phase->t_ns < page->options->since_ns)
			continue;
		bool listens = phase->states[0][STATE_LISTEN] > 0;

		if (!brief)
			phase_block(page, phase, listens && !listened);
		else if (!phase->end)
			phase_brief(page, phase, title);
		listened |= listens;
	}
}
