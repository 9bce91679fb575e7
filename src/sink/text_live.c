/* What a live core tells, as lines for people: time, the end and its peer, the edge, who witnesses
 * it, why. On a narrow terminal the last two stand below the edge. */
#include <string.h>

#include "tcpstate/columns.h"
#include "tcpstate/finding.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/prose_watch.h"
#include "text.h"

enum {
	WHOLE = 1 << 20 /* columns: never folded */,
	TIME = 15,
	EDGE = 25,
	SEEN = 9,
	WHY_LEAST = 24
};

static struct sink_options options_of(const struct sink_live *live)
{
	struct sink_options options = *live->options;

	options.width = options.width > 0 ? options.width : WHOLE;
	options.relative_times = false;
	return options;
}

static enum ink ink_of(const struct record *record)
{
	return record->kind == RECORD_CORRECTION     ? INK_BAD
	       : record->kind == RECORD_CONFIRMATION ? INK_DIM
						     : INK_PLAIN;
}

/* Who witnesses it, and why, from column `at` on. */
static void witness(const struct page *page, const struct record *record, const struct owner *owner,
	bool below, int at)
{
	char why[512], text[600];
	size_t used;

	prose_watch(record, why, sizeof(why));
	used = strlen(why);
	if (owner != NULL)
		prose_watch_by(owner, why + used, sizeof(why) - used);
	if (below) {
		fputc('\n', page->out);
		text_gap(page, TIME + 1);
		prose_of(prose_evidence(record->evidence), why, text, sizeof(text));
		text_wrap(page, TIME + 1, TIME + 3, text);
		return;
	}
	text_pad(page, prose_evidence(record->evidence), SEEN);
	text_wrap(page, (size_t)at + SEEN, (size_t)at + SEEN, why);
}

/* ---- a line that is never folded: of very many, at once ---- */

struct line {
	char text[2048];
	size_t used;
};

static void line_add(struct line *line, const char *text, size_t length)
{
	size_t room = sizeof(line->text) - 1 - line->used; /* the line's end has its place */

	length = length < room ? length : room;
	memcpy(line->text + line->used, text, length);
	line->used += length;
}

/* Of ASCII alone: a column a byte. */
static void line_pad(struct line *line, const char *text, int columns)
{
	size_t length = strlen(text), room;
	size_t gap = columns > (int)length ? (size_t)columns - length : 0;

	line_add(line, text, length);
	room = sizeof(line->text) - 1 - line->used;
	gap = gap < room ? gap : room;
	memset(line->text + line->used, ' ', gap);
	line->used += gap;
}

/* The blanks at which nothing is folded are blanks here. */
static void line_words(struct line *line, const char *text)
{
	static const char glue[] = COLUMNS_GLUE;
	const char *next;

	while ((next = strstr(text, glue)) != NULL) {
		line_add(line, text, (size_t)(next - text));
		line_add(line, " ", 1);
		text = next + sizeof(glue) - 1;
	}
	line_add(line, text, strlen(text));
}

/* The clause of a reason without numbers is the same each time. */
static const char *why_of(
	struct sink_live *live, const struct record *record, char *buffer, size_t size)
{
	bool plain = record->reason.arg[0] == 0 && record->reason.arg[1] == 0 &&
		     record->reason.arg[2] == 0 && record->not_before_ns == 0;
	uint32_t key = 1u << 31 | (uint32_t)record->reason.code << 12 |
		       (uint32_t)(record->cause & 15) << 8 | (uint32_t)(record->kind & 7) << 5 |
		       (uint32_t)(record->evidence & 7) << 2 | (uint32_t)(record->of != 0);
	struct sink_live_why *known = &live->why[(key * 0x9e3779b1u) >> 16 & (SINK_LIVE_WHYS - 1)];

	if (plain && known->key == key)
		return known->text;
	prose_watch(record, buffer, size);
	if (plain && strlen(buffer) < sizeof(known->text)) {
		known->key = key;
		strcpy(known->text, buffer);
	}
	return buffer;
}

/* "19:37:20.037158 "; the second is kept, for it is the same in many lines. */
static void line_time(
	struct sink_live *live, const struct page *page, struct line *line, int64_t t_ns)
{
	int64_t us = t_ns / 1000 % 1000000;
	char text[TEXT_TIME];

	if (live->second != t_ns / 1000000000 || live->clock[0] == '\0') {
		text_time(page, t_ns, text);
		snprintf(live->clock, sizeof(live->clock), "%.8s", text);
		live->second = t_ns / 1000000000;
	}
	line_add(line, live->clock, strlen(live->clock));
	text[0] = '.';
	for (int i = 6; i > 0; i--, us /= 10)
		text[i] = (char)('0' + us % 10);
	text[7] = ' ';
	line_add(line, text, 8);
}

static void whole_line(struct sink_live *live, const struct page *page, const struct record *record,
	const struct owner *owner)
{
	int side = record->listener ? 0 : record->side & 1;
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT], why[512];
	const char *from = state_name(record->from), *to = state_name(record->to);
	struct line line = {.used = 0};
	int edge = (int)(strlen(from) + strlen(to)) + 3;

	flow_end_text(&record->key, side, local);
	flow_end_text(&record->key, !side, remote);
	live->local = text_wider(live->local, local);
	live->remote = text_wider(live->remote, remote);
	line_time(live, page, &line, record->t_ns);
	line_pad(&line, local, live->local + 1);
	line_pad(&line, remote, live->remote + 2);
	line_add(&line, from, strlen(from));
	line_add(&line, " → ", sizeof(" → ") - 1);
	line_pad(&line, to, (int)strlen(to) + (edge < EDGE ? EDGE - edge : 0));
	line_words(&line, prose_evidence(record->evidence));
	line_pad(&line, "", SEEN - (int)columns_of(prose_evidence(record->evidence)));
	line_words(&line, why_of(live, record, why, sizeof(why)));
	if (owner != NULL)
		line_words(&line, prose_watch_by(owner, why, sizeof(why)));
	line.text[line.used++] = '\n';
	fwrite_unlocked(line.text, 1, line.used, live->out);
}

void sink_live_text(struct sink_live *live, const struct record *record, const struct owner *owner)
{
	struct sink_options options = options_of(live);
	struct page page = {.options = &options, .out = live->out};
	int side = record->listener ? 0 : record->side & 1, at;

	if (live->options->width == 0 && live->options->utf8 && !live->options->colour) {
		whole_line(live, &page, record, owner);
		return;
	}
	char time[TEXT_TIME], local[FLOW_END_TEXT], remote[FLOW_END_TEXT], edge[64];

	flow_end_text(&record->key, side, local);
	flow_end_text(&record->key, !side, remote);
	live->local = text_wider(live->local, local);
	live->remote = text_wider(live->remote, remote);
	snprintf(edge, sizeof(edge), "%s → %s", state_name(record->from), state_name(record->to));
	at = TIME + 1 + live->local + 1 + live->remote + 2 + EDGE;
	bool below = at + SEEN + WHY_LEAST > options.width;
	fputs(ink(&page, ink_of(record)), live->out);
	text_pad(&page, text_time(&page, record->t_ns, time), TIME + 1);
	text_pad(&page, local, live->local + 1);
	text_pad(&page, remote, at <= options.width ? live->remote + 2 : 0);
	if (at > options.width) {
		fputc('\n', live->out);
		text_gap(&page, TIME + 1);
	}
	text_pad(&page, edge, below ? 0 : EDGE);
	witness(&page, record, owner, below, at);
	if (options.colour && ink_of(record) != INK_PLAIN)
		fputs("\033[0m", live->out);
}

void sink_live_text_loss(struct sink_live *live, int64_t t_ns, enum lost_of lost_of, uint64_t count)
{
	struct sink_options options = options_of(live);
	struct page page = {.options = &options, .out = live->out};
	char time[TEXT_TIME], text[256];

	text_pad(&page, text_time(&page, t_ns, time), TIME + 1);
	text_wrap(&page, TIME + 1, TIME + 1, prose_watch_loss(lost_of, count, text, sizeof(text)));
}

void sink_live_text_finding(
	struct sink_live *live, int64_t t_ns, unsigned code, const char *headline)
{
	struct sink_options options = options_of(live);
	struct page page = {.options = &options, .out = live->out};
	char time[TEXT_TIME], text[600];

	fputs(ink(&page, INK_BAD), live->out);
	text_pad(&page, text_time(&page, t_ns, time), TIME + 1);
	prose_of(finding_word(code), headline, text, sizeof(text));
	text_wrap(&page, TIME + 1, TIME + 3, text);
	if (options.colour)
		fputs("\033[0m", live->out);
}

/* Two ends and a sentence. */
static void ends_line(const struct page *page, struct sink_live *live, int64_t t_ns,
	const struct flow_key *key, const char *text)
{
	char time[TEXT_TIME], local[FLOW_END_TEXT], remote[FLOW_END_TEXT];
	size_t at;

	flow_end_text(key, 0, local);
	flow_end_text(key, 1, remote);
	live->local = text_wider(live->local, local);
	live->remote = text_wider(live->remote, remote);
	at = (size_t)(TIME + 1 + live->local + 1 + live->remote + 2);
	text_pad(page, text_time(page, t_ns, time), TIME + 1);
	text_pad(page, local, live->local + 1);
	text_pad(page, remote, live->remote + 2);
	if (at + WHY_LEAST > (size_t)page->options->width) {
		fputc('\n', page->out);
		at = TIME + 1;
		text_gap(page, at);
	}
	text_wrap(page, at, at + 2, text);
}

void sink_live_text_owner(
	struct sink_live *live, int64_t t_ns, const struct flow_key *key, const struct owner *owner)
{
	struct sink_options options = options_of(live);
	struct page page = {.options = &options, .out = live->out};
	char text[128];

	ends_line(&page, live, t_ns, key, prose_watch_owner(owner, text, sizeof(text)));
}

void sink_live_text_call(struct sink_live *live, const struct call *call)
{
	struct sink_options options = options_of(live);
	struct page page = {.options = &options, .out = live->out};
	char time[TEXT_TIME], text[PROSE_LINE];

	prose_watch_call(call, options.utf8, text, sizeof(text));
	if (call->key.family != 0 && call->key.port_be[0] != 0) {
		ends_line(&page, live, call_time(call), &call->key, text);
		return;
	}
	text_pad(&page, text_time(&page, call_time(call), time), TIME + 1);
	text_wrap(&page, TIME + 1, TIME + 3, text);
}
