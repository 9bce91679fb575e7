/* Phase by phase, the sockets as `netstat` would have listed them at each mark, the server's apart
 * from the clients'. On a page too narrow for a table, the timer loses its column and stands below
 * the owner. */
#include "text.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

struct columns {
	int local, remote, timer; /* timer 0: it has no column */
	bool udp;
};
/* of the column of the phases' names, where their tables are left out */
enum { TITLE_LEAST = 24, TITLE_MOST = 40 };

/* Who holds it, or why nobody does. */
static char *owner_text(const struct sample *sample, char *buffer, size_t size)
{
	const struct sockrow *row = &sample->row;
	char notes[160];

	if (sample->has_owner)
		snprintf(buffer, size, "%s%s[%" PRIu32 "]", sample->was ? "was " : "",
			sample->owner.program, sample->owner.pid);
	else
		snprintf(buffer, size, "%s",
			sockrow_unaccepted(row) || row->request || row->mini ||
					row->state == STATE_CLOSED
				? prose_socket_notes(row, notes, sizeof(notes))
				: "-");
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_LISTEN &&
		row->recv_q > row->send_q)
		snprintf(buffer + strlen(buffer), size - strlen(buffer), ", full");
	return buffer;
}

/* "retransmit 956 ms", "retransmit 2.5 s ×2", "TIME_WAIT 59.0 s" */
static char *timer_text(
	const struct page *page, const struct sockrow *row, char *buffer, size_t size)
{
	static const char *const words[] = {[DIAG_TIMER_RETRANSMIT] = "retransmit",
		[DIAG_TIMER_KEEPALIVE] = "keepalive",
		[DIAG_TIMER_PROBE0] = "probe"};
	char left[32];

	buffer[0] = '\0';
	if (row->timer == DIAG_TIMER_OFF || row->timer > DIAG_TIMER_PROBE0)
		return buffer;
	snprintf(buffer, size, "%s %s",
		row->timer == DIAG_TIMER_MINI ? "ends in" : words[row->timer],
		prose_duration(row->expires_ms, left, sizeof(left)));
	if (row->retrans > 0)
		snprintf(buffer + strlen(buffer), size - strlen(buffer), " %s%u",
			page->options->utf8 ? "×" : "x", row->retrans);
	return buffer;
}

static int wider(int width, const char *text)
{
	int columns = (int)text_columns(text);

	return columns > width ? columns : width;
}

static int owner_column(const struct columns *columns)
{
	return (columns->udp ? 4 : 0) + 16 + columns->local + 1 + columns->remote + 1 + 12 +
	       (columns->timer > 0 ? columns->timer + 1 : 0);
}

static struct columns columns_of(
	const struct page *page, const struct sample *samples, size_t count)
{
	struct columns columns = {15, 15, 5, false};
	char text[FLOW_END_TEXT + 512];
	int owner = 5;

	for (size_t i = 0; i < count; i++) {
		columns.local = wider(columns.local, flow_end_text(&samples[i].row.key, 0, text));
		columns.remote = wider(columns.remote, flow_end_text(&samples[i].row.key, 1, text));
		columns.timer =
			wider(columns.timer, timer_text(page, &samples[i].row, text, sizeof(text)));
		columns.udp |= samples[i].row.key.protocol == IPPROTO_UDP;
		owner = wider(owner, owner_text(&samples[i], text, sizeof(text)));
	}
	if (text_page_width(page) < TEXT_WIDTH &&
		owner_column(&columns) + owner > text_page_width(page))
		columns.timer = 0;
	return columns;
}

static void socket_line(
	const struct page *page, const struct sample *sample, const struct columns *columns)
{
	char text[1024], timer[128], queues[256];
	const struct sockrow *row = &sample->row;
	int owner = owner_column(columns);

	if (columns->udp)
		fprintf(page->out, " %s", row->key.protocol == IPPROTO_UDP ? "udp" : "tcp");
	fprintf(page->out, " %6" PRIu32 " %6" PRIu32 "  ", row->recv_q, row->send_q);
	text_pad(page->out, flow_end_text(&row->key, 0, text), columns->local + 1);
	text_pad(page->out, flow_end_text(&row->key, 1, text), columns->remote + 1);
	fprintf(page->out, "%-11s ", prose_socket_state(row));
	timer_text(page, row, timer, sizeof(timer));
	owner_text(sample, text, sizeof(text));
	if (row->key.protocol == IPPROTO_UDP &&
		prose_queues(row, -1, queues, sizeof(queues))[0] != '\0')
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "; %s", queues);
	if (columns->timer > 0) {
		text_pad(page->out, timer, columns->timer + 1);
		fprintf(page->out, "%s\n", text);
		return;
	}
	if (timer[0] != '\0')
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", %s", timer);
	text_wrap(page, (size_t)owner, (size_t)(owner + 16 <= text_page_width(page) ? owner : 16),
		text);
}

/* GAP stands between a number and its state: a blank, or TEXT_GLUE where the line is wrapped. */
static void state_counts(FILE *out, const struct phase *phase, int side, size_t sockets, char gap)
{
	static const uint8_t order[] = {STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT, STATE_CLOSED};
	bool first = true;

	if (sockets == 0)
		fputs("no socket", out);
	for (size_t i = 0; i < sizeof(order); i++) {
		size_t count = phase->states[side][order[i]];

		if (count > 0) {
			fprintf(out, "%s%zu%c%s", first ? "" : ", ", count, gap,
				state_name(order[i]));
			first = false;
		}
	}
	if (first && sockets > 0)
		fprintf(out, "%zu UDP", sockets);
}

static void side_table(
	const struct page *page, const struct phase *phase, int side, size_t first, size_t count)
{
	const struct sample *samples = page->model->samples + first;
	struct columns columns = columns_of(page, samples, count);

	fprintf(page->out, " %s side: ", side == 0 ? "server" : "client");
	state_counts(page->out, phase, side, count, ' ');
	fputc('\n', page->out);
	if (count == 0)
		return;
	fprintf(page->out, "%s%s %6s %6s  %-*s %-*s %-11s %-*s%s%s%s\n", ink(page, INK_DIM),
		columns.udp ? "    " : "", "Recv-Q", "Send-Q", columns.local, "local",
		columns.remote, "remote", "state", columns.timer, columns.timer > 0 ? "timer" : "",
		columns.timer > 0 ? " " : "", columns.timer > 0 ? "owner" : "owner, timer",
		ink(page, INK_PLAIN));
	for (size_t i = 0; i < count; i++)
		socket_line(page, &samples[i], &columns);
}

static void phase_counters(const struct page *page, const struct phase *phase)
{
	char *text = NULL;
	size_t length;
	FILE *line = open_memstream(&text, &length);

	if (line == NULL)
		return;
	for (size_t i = 0; i < phase->counter_count; i++)
		if (!phase->counters[i].volume || page->options->all)
			fprintf(line, "%s%s %+" PRId64, ftell(line) > 0 ? ", " : "",
				phase->counters[i].name, phase->counters[i].delta);
	if (fclose(line) == 0 && length > 0) {
		fputs(phase->mark > 1 ? " counters since the mark before: "
				      : " counters since the start: ",
			page->out);
		text_wrap(page, phase->mark > 1 ? 33 : 27, 11, text);
	}
	free(text);
}

static const char *phase_name(const struct phase *phase)
{
	if (phase->end)
		return "At the end";
	return phase->mark > 0 ? phase->text : "At the start";
}

static void phase_title(const struct page *page, const struct phase *phase)
{
	const char *run = page->model->run_count > 1 ? page->model->runs[phase->run].name : "";
	char when[TEXT_TIME], number[32] = "";

	if (phase->mark > 0 && !phase->end)
		snprintf(number, sizeof(number), "Phase %" PRIu32 ": ", phase->mark);
	text_heading(page, "%s%s%s%s (%s)", run, *run != '\0' ? ", " : "", number,
		phase_name(phase), text_date(page, phase->t_ns, when));
}

/* A name longer than the column has a line of its own. */
static void phase_brief(const struct page *page, const struct phase *phase, int title)
{
	char *text = NULL;
	size_t length;
	FILE *line = open_memstream(&text, &length);

	if (line == NULL)
		return;
	fputs("server: ", line);
	state_counts(line, phase, 0, phase->server_count, TEXT_GLUE);
	fputs("; client: ", line);
	state_counts(line, phase, 1, phase->client_count, TEXT_GLUE);
	if (fclose(line) == 0) {
		fputs("  ", page->out);
		text_pad(page->out, phase_name(phase), title);
		if ((int)text_columns(phase_name(phase)) > title)
			fprintf(page->out, "\n  %*s", title, "");
		fputc(' ', page->out);
		text_wrap(page, (size_t)title + 3, (size_t)title + 3, text);
	}
	free(text);
}

static int title_column(const struct page *page)
{
	int width = TITLE_LEAST,
	    most = text_page_width(page) < TEXT_WIDTH ? TITLE_LEAST : TITLE_MOST;

	for (size_t i = 0; i < page->model->phase_count; i++) {
		int columns = (int)text_columns(phase_name(&page->model->phases[i]));

		if (columns > width && columns <= most)
			width = columns;
	}
	return width;
}

static void note(const struct page *page, const char *text)
{
	fputc(' ', page->out);
	text_wrap(page, 1, 1, text);
}

void text_phases(const struct page *page)
{
	const struct model *model = page->model;
	bool brief = model->phase_count > SHOWN_PHASES && !page->options->all, listened = false;

	if (brief)
		text_heading(page, "%zu phases (--all shows their tables)", model->phase_count);
	for (size_t i = 0; i < model->phase_count; i++) {
		const struct phase *phase = &model->phases[i];

		if (brief) {
			if (!phase->end)
				phase_brief(page, phase, title_column(page));
			continue;
		}
		phase_title(page, phase);
		if (!listened && phase->states[0][STATE_LISTEN] > 0)
			note(page, "of a LISTEN socket Recv-Q is the accept queue, Send-Q the "
				   "backlog in force, which admits one more");
		listened |= phase->states[0][STATE_LISTEN] > 0;
		if (phase->server_count + phase->client_count == 0) {
			if (!phase->end)
				fputs(model->runs[phase->run].has_diag
						? " no socket\n"
						: " sockets unknown: no kernel side was recorded\n",
					page->out);
		} else {
			side_table(page, phase, 0, phase->server, phase->server_count);
			side_table(page, phase, 1, phase->client, phase->client_count);
		}
		phase_counters(page, phase);
	}
}
