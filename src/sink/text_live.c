/* What a live core tells, as lines for people: time, the end and its peer, the edge, who witnesses
 * it, why. On a narrow terminal the last two stand below the edge. */
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
static void witness(const struct page *page, const struct record *record, bool below, int at)
{
	char why[512], text[600];

	prose_watch(record, why, sizeof(why));
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

void sink_live_text(struct sink_live *live, const struct record *record)
{
	struct sink_options options = options_of(live);
	struct page page = {.options = &options, .out = live->out};
	int side = record->listener ? 0 : record->side & 1, at;
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
	witness(&page, record, below, at);
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
