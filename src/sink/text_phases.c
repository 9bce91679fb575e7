/* Phase by phase, the sockets as `netstat` would have listed them at each mark, the server's apart from the clients'. */
#include "text.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

struct columns { int local, remote, owner; };

static char *owner_text(const struct sample *sample, char *buffer, size_t size)
{
	if (sample->has_owner)
		snprintf(buffer, size, "%s%s[%" PRIu32 "]", sample->was ? "was " : "", sample->owner.program, sample->owner.pid);
	else
		snprintf(buffer, size, "-");
	return buffer;
}

static int wider(int width, const char *text)
{
	int columns = (int)text_columns(text);

	return columns > width ? columns : width;
}

static struct columns columns_of(const struct sample *samples, size_t count)
{
	struct columns columns = {15, 15, 5};
	char text[FLOW_END_TEXT + 32];

	for (size_t i = 0; i < count; i++) {
		columns.local = wider(columns.local, flow_end_text(&samples[i].row.key, 0, text));
		columns.remote = wider(columns.remote, flow_end_text(&samples[i].row.key, 1, text));
		columns.owner = wider(columns.owner, owner_text(&samples[i], text, sizeof(text)));
	}
	return columns;
}

/* Timer, queues and peculiarities, "; " between. */
static char *remarks(const struct sockrow *row, char *buffer, size_t size)
{
	char part[160];

	buffer[0] = '\0';
	for (int i = 0; i < 3; i++) {
		size_t used = strlen(buffer);

		if (i == 0)
			prose_timer(row, part, sizeof(part));
		else if (i == 1)
			prose_queues(row, -1, part, sizeof(part));
		else
			prose_socket_notes(row, part, sizeof(part));
		if (part[0] != '\0')
			snprintf(buffer + used, size - used, "%s%s", used > 0 ? "; " : "", part);
	}
	return buffer;
}

static void socket_line(const struct page *page, const struct sample *sample, const struct columns *columns)
{
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT], owner[64], text[512];
	const struct sockrow *row = &sample->row;

	fprintf(page->out, "  %-4s %6" PRIu32 " %6" PRIu32 " ", row->key.protocol == IPPROTO_UDP ? "udp" : "tcp", row->recv_q, row->send_q);
	text_pad(page->out, flow_end_text(&row->key, 0, local), columns->local + 1);
	text_pad(page->out, flow_end_text(&row->key, 1, remote), columns->remote + 1);
	size_t at = (size_t)(22 + columns->local + columns->remote + 2 + 12 + columns->owner);
	remarks(row, text, sizeof(text));
	if (text[0] == '\0') {
		fprintf(page->out, "%-11s %s\n", prose_socket_state(row), owner_text(sample, owner, sizeof(owner)));
		return;
	}
	fprintf(page->out, "%-11s ", prose_socket_state(row));
	text_pad(page->out, owner_text(sample, owner, sizeof(owner)), columns->owner + 1);
	/* what does not fit beside the row goes under it as a whole */
	if (at + text_columns(text) > (size_t)text_page_width(page)) {
		fprintf(page->out, "\n%24s", "");
		at = 24;
	}
	text_wrap(page, at, 24, text);
}

static void state_counts(const struct page *page, const struct phase *phase, int side, size_t sockets)
{
	static const uint8_t order[] = {STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV, STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT, STATE_CLOSED};
	bool first = true;

	if (sockets == 0)
		fputs("no socket", page->out);
	for (size_t i = 0; i < sizeof(order); i++) {
		size_t count = phase->states[side][order[i]];

		if (count > 0) {
			fprintf(page->out, "%s%zu %s", first ? "" : ", ", count, state_name(order[i]));
			first = false;
		}
	}
	if (first && sockets > 0)
		fprintf(page->out, "%zu UDP", sockets);
}

static void side_table(const struct page *page, const struct phase *phase, int side, size_t first, size_t count)
{
	const struct sample *samples = page->model->samples + first;
	struct columns columns = columns_of(samples, count);

	fprintf(page->out, " %s side: ", side == 0 ? "server" : "client");
	state_counts(page, phase, side, count);
	fputc('\n', page->out);
	if (count == 0)
		return;
	fprintf(page->out, "%s  %-4s %6s %6s %-*s %-*s %-11s %-*s %s%s\n", ink(page, INK_DIM), "", "Recv-Q", "Send-Q", columns.local, "local", columns.remote, "remote", "state",
		columns.owner, "owner", "timer, limits", ink(page, INK_PLAIN));
	for (size_t i = 0; i < count; i++)
		socket_line(page, &samples[i], &columns);
}

static void phase_counters(const struct page *page, const struct phase *phase)
{
	char *text = NULL;
	size_t length;
	FILE *line = phase->counter_count > 0 ? open_memstream(&text, &length) : NULL;

	if (line == NULL)
		return;
	for (size_t i = 0; i < phase->counter_count; i++)
		fprintf(line, "%s%s %+" PRId64, i > 0 ? ", " : "", phase->counters[i].name, phase->counters[i].delta);
	if (fclose(line) == 0) {
		fputs(" counters: ", page->out);
		text_wrap(page, 11, 11, text);
	}
	free(text);
}

static void phase_title(const struct page *page, const struct phase *phase)
{
	char when[TEXT_TIME];

	if (page->model->run_count > 1)
		text_heading(page, "%s: %s (%s)", page->model->runs[phase->run].name, phase->mark > 0 ? phase->text : "before the first mark", text_date(page, phase->t_ns, when));
	else if (phase->mark > 0)
		text_heading(page, "Phase %" PRIu32 ": %s (%s)", phase->mark, phase->text, text_date(page, phase->t_ns, when));
	else
		text_heading(page, "%s (%s)", page->model->mark_count > 0 ? "Before the first mark" : "At the start", text_date(page, phase->t_ns, when));
}

static void phase_brief(const struct page *page, const struct phase *phase)
{
	fputs("  ", page->out);
	text_pad(page->out, phase->mark > 0 ? phase->text : "(before the first mark)", 24);
	fputs(" server: ", page->out);
	state_counts(page, phase, 0, phase->server_count);
	fputs("; client: ", page->out);
	state_counts(page, phase, 1, phase->client_count);
	fputc('\n', page->out);
}

void text_phases(const struct page *page)
{
	const struct model *model = page->model;
	bool brief = model->phase_count > SHOWN_PHASES && !page->options->all;

	if (brief)
		text_heading(page, "%zu phases (--all shows their tables)", model->phase_count);
	for (size_t i = 0; i < model->phase_count; i++) {
		const struct phase *phase = &model->phases[i];

		if (brief) {
			phase_brief(page, phase);
			continue;
		}
		phase_title(page, phase);
		side_table(page, phase, 0, phase->server, phase->server_count);
		side_table(page, phase, 1, phase->client, phase->client_count);
		phase_counters(page, phase);
	}
}
