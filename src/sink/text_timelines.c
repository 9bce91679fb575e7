/* Connection by connection and listener by listener: every transition with its time, frame,
 * evidence and reason, and what was withdrawn where it had been claimed. Of many connections one of
 * each kind is shown, and who else is of that kind. */
#include "text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

enum { COARSE_NS = 10000000, SHOWN_STEPS = 24 };

static const char *const evidence_words[] = {"-", "wire", "kernel", "both"};

struct widths {
	int time, frame, diag, end, edge;
};

/* Steps of a path belong to several connections; those of a listener to none. */
static const struct connection *step_connection(const struct model *model, const struct step *step)
{
	uint32_t index = step->kind == STEP_ERROR        ? model->errors[step->index].index
			 : step->kind == STEP_CORRECTION ? model->corrections[step->index].index
							 : model->transitions[step->index].index;

	return &model->connections[index];
}

/* Not of an ICMP error: that is none of the core's edges. */
static const struct record *step_record(const struct model *model, const struct step *step)
{
	return step->kind == STEP_CORRECTION ? &model->corrections[step->index].record
					     : &model->transitions[step->index].record;
}

/* "client", "server"; with nobody known to have opened, "A" and "B" as in the heading. */
static const char *end_name(const struct connection *connection, int side)
{
	if (connection->client == -1)
		return side == 0 ? "A" : "B";
	return connection->client == side ? "client" : "server";
}

static void number_text(uint64_t number, const char *prefix, char *buffer, size_t size)
{
	if (number > 0)
		snprintf(buffer, size, "%s%" PRIu64, prefix, number);
	else
		snprintf(buffer, size, "-");
}

static void widen(int *width, const char *text)
{
	int columns = (int)text_columns(text);

	if (columns > *width)
		*width = columns;
}

static void edge_text(
	const struct page *page, const struct record *record, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s%s%s", state_name(record->from), arrow(page),
		state_name(record->to));
}

static struct widths widths_of(
	const struct page *page, const struct steps *steps, const struct connection *connection)
{
	struct widths widths = {4, 5, 0, connection != NULL ? 6 : 0, 11};
	char text[96];

	if (connection != NULL && connection->client == -1)
		widths.end = 3;
	for (size_t i = 0; i < steps->count; i++) {
		const struct record *record;

		if (steps->item[i].kind == STEP_ERROR) {
			number_text(page->model->errors[steps->item[i].index].frame, "", text,
				sizeof(text));
			widen(&widths.frame, text);
			widen(&widths.time,
				text_time(page, page->model->errors[steps->item[i].index].t_ns,
					text));
			continue;
		}
		record = step_record(page->model, &steps->item[i]);
		number_text(record->frame, "", text, sizeof(text));
		widen(&widths.frame, text);
		number_text(record->diag_frame, "", text, sizeof(text));
		if (record->diag_frame > 0 && steps->item[i].kind != STEP_CORRECTION)
			widen(&widths.diag, text);
		edge_text(page, record, text, sizeof(text));
		widen(&widths.edge, text);
		widen(&widths.time, text_time(page, record->t_ns, text));
		if (steps->item[i].kind == STEP_CORRECTION)
			widen(&widths.time, text_time(page, record->edge_t_ns, text));
	}
	if (widths.diag > 0)
		widen(&widths.diag, "diag");
	return widths;
}

/* A text that grows by printf; NULL text: out of memory, and then nothing is shown of it. */
struct line {
	char *text;
	size_t length;
	FILE *stream;
};

/* The stream keeps pointers into *line: it must not move while open. */
static void line_open(struct line *line)
{
	*line = (struct line){0};
	line->stream = open_memstream(&line->text, &line->length);
}

__attribute__((format(printf, 2, 3))) static void line_add(
	struct line *line, const char *format, ...)
{
	va_list arguments;

	if (line->stream == NULL)
		return;
	va_start(arguments, format);
	vfprintf(line->stream, format, arguments);
	va_end(arguments);
}

/* Put the line on the page behind column `at`, and free it. */
static void line_put(const struct page *page, struct line *line, size_t at, size_t indent)
{
	if (line->stream != NULL && fclose(line->stream) == 0)
		text_wrap(page, at, indent, line->text);
	else
		fputc('\n', page->out);
	free(line->text);
}

static void numbers_add(struct line *line, const char *what, const uint64_t *numbers, size_t count)
{
	size_t shown = 0, known = 0;

	for (size_t i = 0; i < count; i++)
		known += numbers[i] > 0;
	for (size_t i = 0; i < count && shown < SHOWN_MEMBERS; i++)
		if (numbers[i] > 0)
			line_add(line, "%s%s%" PRIu64, shown == 0 ? what : "",
				shown == 0 ? (known == 1 ? " " : "s ") : ", ", numbers[i]),
				shown++;
	if (known > shown)
		line_add(line, ", ...");
}

static void correction_words(
	const struct page *page, struct line *line, const struct correction *correction)
{
	char text[256], when[TEXT_TIME];
	bool wire = false, kernel = false;

	for (uint32_t i = 0; i < correction->count; i++) {
		wire |= correction->refuting_frames[i] > 0;
		kernel |= correction->refuting_diags[i] > 0;
	}
	line_add(line, "withdrawn");
	if (correction->count > 1)
		line_add(line, " %s%" PRIu32, page->options->utf8 ? "×" : "x", correction->count);
	if (correction->record.reason.code == REASON_FALLS_WITH)
		/* its number means nothing on a page */
		line_add(line, ": rested on an edge that was withdrawn;");
	else
		line_add(line, ": %s;",
			prose_reason(&correction->record.reason, text, sizeof(text)));
	line_add(line, " refuted at %s by ", text_time(page, correction->record.t_ns, when));
	if (!wire && !kernel)
		line_add(line, "%s", evidence_words[correction->record.evidence % 4]);
	numbers_add(line, "frame", correction->refuting_frames, correction->count);
	line_add(line, "%s", wire && kernel ? " and " : "");
	numbers_add(line, "diag record", correction->refuting_diags, correction->count);
	if (correction->count > 1) {
		line_add(line, "; claimed by ");
		numbers_add(line, "frame", correction->frames, correction->count);
	}
}

/* Who sent the ICMP error, about which segment. */
static void error_add(struct line *line, const struct icmp_error *error)
{
	char from[INET6_ADDRSTRLEN];

	line_add(line, " from %s",
		inet_ntop(error->family == AF_INET6 ? AF_INET6 : AF_INET, error->from, from,
			sizeof(from)));
	if (error->answers > 0)
		line_add(line, " about frame %" PRIu64, error->answers);
}

static void transition_words(
	const struct page *page, struct line *line, const struct transition *transition)
{
	const struct record *record = &transition->record;
	char text[256];

	prose_reason(&record->reason, text, sizeof(text));
	if (record->cause == CAUSE_CALL || record->cause == CAUSE_TIMER)
		line_add(line, "%s: ", cause_name(record->cause));
	line_add(line, "%s", text);
	if (transition->error > 0)
		error_add(line, &page->model->errors[transition->error - 1]);
	/* a kernel edge lies between two answers; say how far apart when that is worth knowing */
	if (record->not_before_ns > 0 && record->t_ns - record->not_before_ns >= COARSE_NS)
		line_add(line, " (up to %s earlier)",
			prose_duration((record->t_ns - record->not_before_ns) / 1000000, text,
				sizeof(text)));
}

/* What answered a segment of this end and changed no state: no edge, no evidence but its frame. */
static void error_line(
	const struct page *page, const struct step *step, const struct widths *widths)
{
	const struct icmp_error *error = &page->model->errors[step->index];
	char text[512];

	fputs("  ", page->out);
	text_pad(page->out, text_time(page, error->t_ns, text), -widths->time);
	number_text(error->frame, "", text, sizeof(text));
	fprintf(page->out, " %*s  ", widths->frame, text);
	if (widths->diag > 0)
		fprintf(page->out, "%*s  ", widths->diag, "-");
	if (widths->end > 0)
		fprintf(page->out, "%-*s ", widths->end,
			end_name(step_connection(page->model, step), error->side));
	text_pad(page->out, "ICMP error", widths->edge + 1);
	fprintf(page->out, "%-6s ", evidence_words[EVIDENCE_WIRE]);
	size_t at = (size_t)(2 + widths->time + 1 + widths->frame + 2 +
			     (widths->diag > 0 ? widths->diag + 2 : 0) +
			     (widths->end > 0 ? widths->end + 1 : 0) + widths->edge + 1 + 7);
	text_wrap(page, at, at + 24 > (size_t)text_page_width(page) ? 24 : at,
		text_icmp(page, error, text, sizeof(text)));
}

static void step_line(const struct page *page, const struct step *step, const struct widths *widths)
{
	bool correction = step->kind == STEP_CORRECTION;
	const struct record *record = step_record(page->model, step);
	char text[96];

	fprintf(page->out, "%s  ", correction ? ink(page, INK_BAD) : "");
	text_pad(page->out, text_time(page, correction ? record->edge_t_ns : record->t_ns, text),
		-widths->time);
	number_text(record->frame, "", text, sizeof(text));
	fprintf(page->out, " %*s  ", widths->frame, text);
	number_text(correction ? 0 : record->diag_frame, "", text, sizeof(text));
	if (widths->diag > 0)
		fprintf(page->out, "%*s  ", widths->diag, text);
	if (widths->end > 0)
		fprintf(page->out, "%-*s ", widths->end,
			end_name(step_connection(page->model, step), record->side & 1));
	edge_text(page, record, text, sizeof(text));
	text_pad(page->out, text, widths->edge + 1);
	fprintf(page->out, "%-6s ",
		correction ? (page->options->utf8 ? "✗     " : "x")
			   : evidence_words[record->evidence % 4]);
	size_t at = (size_t)(2 + widths->time + 1 + widths->frame + 2 +
			     (widths->diag > 0 ? widths->diag + 2 : 0) +
			     (widths->end > 0 ? widths->end + 1 : 0) + widths->edge + 1 + 7);
	struct line line;

	line_open(&line);
	if (correction)
		correction_words(page, &line, &page->model->corrections[step->index]);
	else
		transition_words(page, &line, &page->model->transitions[step->index]);
	line_put(page, &line, at, at + 24 > (size_t)text_page_width(page) ? 24 : at);
	fputs(correction ? ink(page, INK_PLAIN) : "", page->out);
}

void text_steps(
	const struct page *page, const struct steps *steps, const struct connection *connection)
{
	struct widths widths = widths_of(page, steps, connection);

	if (steps->count == 0)
		return;
	fprintf(page->out, "%s  %*s %*s  ", ink(page, INK_DIM), widths.time,
		page->options->relative_times ? "s" : "UTC", widths.frame, "frame");
	if (widths.diag > 0)
		fprintf(page->out, "%*s  ", widths.diag, "diag");
	if (widths.end > 0)
		fprintf(page->out, "%-*s ", widths.end, "end");
	text_pad(page->out, page->options->utf8 ? "from → to" : "from -> to", widths.edge + 1);
	fprintf(page->out, "%-6s why%s\n", "seen", ink(page, INK_PLAIN));
	for (size_t i = 0; i < steps->count; i++) {
		if (i == SHOWN_STEPS && !page->options->all) {
			fprintf(page->out, "  %s and %zu more (--all shows them)\n", dots(page),
				steps->count - i);
			break;
		}
		if (steps->item[i].kind == STEP_ERROR)
			error_line(page, &steps->item[i], &widths);
		else
			step_line(page, &steps->item[i], &widths);
	}
}

static void owner_add(struct line *line, const char *end, bool has_owner, const struct owner *owner)
{
	if (has_owner)
		line_add(line, "; %s %s[%" PRIu32 "]", end, owner->program, owner->pid);
}

static void traffic_line(const struct page *page, const struct connection *connection)
{
	int first = connection->client == 1;
	struct line line;
	char at[TEXT_TIME];

	line_open(&line);
	line_add(&line, "%" PRIu64 " + %" PRIu64 " segments, %" PRIu64 " + %" PRIu64 " bytes",
		connection->segments[first], connection->segments[!first], connection->bytes[first],
		connection->bytes[!first]);
	if (connection->retransmissions[0] + connection->retransmissions[1] > 0)
		line_add(&line, ", %" PRIu64 " + %" PRIu64 " retransmissions",
			connection->retransmissions[first], connection->retransmissions[!first]);
	if (connection->unseen != -1)
		line_add(&line, "; nothing that %s%s sent was captured",
			connection->client != -1 ? "the " : "",
			end_name(connection, connection->unseen));
	if (connection->syn_unanswered > 0)
		line_add(&line, "; %" PRIu64 " SYN%s unanswered", connection->syn_unanswered,
			plural(connection->syn_unanswered));
	if (connection->errors > 0)
		line_add(&line, "; %" PRIu64 " ICMP error%s", connection->errors,
			plural(connection->errors));
	for (size_t i = 0; connection->syn_acks > 1 && i < connection->syn_acks && i < 8; i++)
		line_add(&line, "%s%s", i == 0 ? "; SYN-ACK sent at " : ", ",
			text_seconds(
				connection->syn_ack_at_ns[i] - connection->syn_ack_at_ns[0], at));
	if (connection->syn_acks > 1)
		line_add(&line, "%s s (%" PRIu64 " retransmission%s)",
			connection->syn_acks > 8 ? ", ..." : "",
			connection->syn_ack_retransmissions,
			plural(connection->syn_ack_retransmissions));
	owner_add(&line, end_name(connection, first), connection->has_owner[first],
		&connection->owner[first]);
	owner_add(&line, end_name(connection, !first), connection->has_owner[!first],
		&connection->owner[!first]);
	fputs("  ", page->out);
	line_put(page, &line, 2, 4);
}

static void members_line(const struct page *page, const struct shape *shape, const char *intro)
{
	struct line line;
	size_t shown = 0;

	line_open(&line);
	line_add(&line, "%s", intro);
	for (size_t i = 1; i < shape->count && shown < SHOWN_MEMBERS; i++, shown++)
		line_add(&line, "%s%" PRIu32, shown > 0 ? ", " : " ",
			page->model->connections[shape->members[i]].serial);
	if (shape->count - 1 > shown)
		line_add(&line, ", ...");
	fputs("  ", page->out);
	line_put(page, &line, 2, 4);
}

static void connection_block(
	const struct page *page, const struct connection *connection, const struct shape *shape)
{
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT], intro[96];
	int first = connection->client == 1;

	text_heading(page, "Connection %" PRIu32 "%s%s: %s %s%s%s %s", connection->serial,
		page->model->run_count > 1 ? " of " : "",
		page->model->run_count > 1 ? page->model->runs[connection->run].name : "",
		end_name(connection, first), flow_end_text(&connection->key, first, left),
		arrow(page), end_name(connection, !first),
		flow_end_text(&connection->key, !first, right));
	traffic_line(page, connection);
	if (shape != NULL && shape->count > 1) {
		snprintf(intro, sizeof(intro), "and %zu more like it: connection%s",
			shape->count - 1, plural(shape->count - 1));
		members_line(page, shape, intro);
	}
	text_steps(page, &connection->steps, connection);
}

/* "client CLOSED → SYN_SENT → ESTABLISHED": the states of one end; "…" where an edge
 * does not start where the last one ended. */
static void path_add(
	const struct page *page, struct line *line, const struct connection *connection, int side)
{
	const struct model *model = page->model;
	int last = -1;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record =
			step->kind == STEP_TRANSITION ? step_record(model, step) : NULL;

		if (record == NULL)
			continue;
		if ((record->side & 1) != side)
			continue;
		if (last == -1)
			line_add(line, "%s %s", end_name(connection, side),
				state_name(record->from));
		else if (last != record->from)
			line_add(line, " %s %s", dots(page), state_name(record->from));
		line_add(line, "%s%s", arrow(page), state_name(record->to));
		last = record->to;
	}
	if (last != -1)
		line_add(line, "; ");
}

static void shape_line(const struct page *page, const struct shape *shape)
{
	const struct connection *connection = &page->model->connections[shape->members[0]];
	struct line line;
	int first = connection->client == 1;

	line_open(&line);
	line_add(&line, "%zu: ", shape->count);
	path_add(page, &line, connection, first);
	path_add(page, &line, connection, !first);
	if (connection->corrections > 0)
		line_add(&line, "%" PRIu32 " correction%s; ", connection->corrections,
			plural(connection->corrections));
	line_add(&line, "e.g. connection %" PRIu32, connection->serial);
	fputs("  ", page->out);
	line_put(page, &line, 2, 6);
}

static void listener_block(const struct page *page, const struct listener *listener)
{
	char end[FLOW_END_TEXT], state[96], owner[64] = "";
	struct line line;

	if (listener->state == STATE_LISTEN)
		snprintf(state, sizeof(state),
			"queue never above %" PRIu32 ", backlog %" PRIu32 "%s", listener->max_queue,
			listener->backlog, listener->overflowed ? ": it was full" : "");
	else
		snprintf(state, sizeof(state),
			"%s at the end; queue never above %" PRIu32 ", backlog %" PRIu32 "%s",
			state_name(listener->state), listener->max_queue, listener->backlog,
			listener->overflowed ? ": it was full" : "");
	if (listener->has_owner)
		snprintf(owner, sizeof(owner), "; %s[%" PRIu32 "]", listener->owner.program,
			listener->owner.pid);
	text_heading(page, "Listener %s%s%s", flow_end_text(&listener->key, 0, end),
		page->model->run_count > 1 ? " of " : "",
		page->model->run_count > 1 ? page->model->runs[listener->run].name : "");
	line_open(&line);
	line_add(&line, "%s%s", state, owner);
	fputs("  ", page->out);
	line_put(page, &line, 2, 4);
	text_steps(page, &listener->steps, NULL);
}

void text_timelines(const struct page *page)
{
	const struct model *model = page->model;
	size_t shown = 0;

	for (size_t i = 0; i < model->listener_count; i++) {
		if (i >= SHOWN_TIMELINES && !page->options->all) {
			fprintf(page->out, "\n%s and %zu more listeners (--all shows them)\n",
				dots(page), model->listener_count - i);
			break;
		}
		listener_block(page, &model->listeners[i]);
	}
	text_paths(page);
	if (model->connection_count <= SHOWN_TIMELINES || page->options->all) {
		for (size_t i = 0; i < model->connection_count; i++)
			/* told there as one */
			if (model->connections[i].path == UINT32_MAX || page->options->all)
				connection_block(page, &model->connections[i], NULL);
		return;
	}
	text_heading(page,
		"%zu connections of %zu kind%s; one of each (--all shows every connection)",
		model->connection_count, model->shape_count, plural(model->shape_count));
	for (; shown < model->shape_count && shown < SHOWN_TIMELINES; shown++)
		connection_block(page, &model->connections[model->shapes[shown].members[0]],
			&model->shapes[shown]);
	if (shown < model->shape_count)
		text_heading(page, "The other %zu kind%s of connection", model->shape_count - shown,
			plural(model->shape_count - shown));
	for (; shown < model->shape_count; shown++)
		shape_line(page, &model->shapes[shown]);
}
