/* UDP, conversation by conversation: every datagram and every ICMP error that answered one, and who
 * learns of it; then the sockets at which datagrams were dropped. Long ladders show their
 * beginning, their first errors and their end. */
#include "text.h"

#include <inttypes.h>

enum { WAY = 8 /* "ICMP → B" */ };

struct columns {
	int time, frame, way, bytes;
};

static struct columns columns_of_lines(
	const struct page *page, const struct conversation *conversation)
{
	struct columns columns = {.time = 4};
	char text[TEXT_TIME];

	columns.frame = text_wider(0, prose_label(LABEL_FRAME));
	columns.way = text_wider(WAY + (page->options->utf8 ? 0 : 1), prose_label(LABEL_WAY));
	columns.bytes = text_wider(5, prose_label(LABEL_BYTES));
	for (size_t i = 0; i < conversation->line_count; i++) {
		const struct datagram *line = &page->model->datagrams[conversation->first_line + i];

		columns.time = text_wider(columns.time, text_time(page, line->t_ns, text));
		snprintf(text, sizeof(text), "%" PRIu64, line->frame);
		columns.frame = text_wider(columns.frame, text);
	}
	return columns;
}

/* "A → B", "A ← B"; an error comes back to who sent what it quotes: "A ← ICMP". */
static const char *way(const struct conversation *conversation, const struct datagram *line)
{
	bool opener = line->side == conversation->opener;

	if (line->error == UINT32_MAX)
		return opener ? "A → B" : "A ← B";
	return opener ? "A ← ICMP" : "ICMP → B";
}

static void ladder_line(const struct page *page, const struct conversation *conversation,
	const struct datagram *line, const struct columns *columns)
{
	char text[TEXT_TIME], remark[PROSE_LINE];
	bool error = line->error != UINT32_MAX;
	size_t at = (size_t)(2 + columns->time + 1 + columns->frame + 2 + columns->way + 1 +
			     columns->bytes + 2);

	text_gap(page, 2);
	text_pad(page, text_time(page, line->t_ns, text), -columns->time);
	fprintf(page->out, " %*" PRIu64 "  ", columns->frame, line->frame);
	text_pad(page, way(conversation, line), columns->way + 1);
	snprintf(text, sizeof(text), "%" PRIu32, line->bytes);
	text_pad(page, error ? "-" : text, -columns->bytes);
	if (error)
		prose_error(page->model, &page->model->errors[line->error],
			text_time(page, page->model->errors[line->error].last_ns, text), remark,
			sizeof(remark));
	else
		prose_datagram(line, remark, sizeof(remark));
	if (remark[0] == '\0') {
		fputc('\n', page->out);
		return;
	}
	text_gap(page, 2);
	fputs(error ? ink(page, INK_BAD) : "", page->out);
	text_wrap(page, at, at + 24 > (size_t)text_page_width(page) ? 8 : at, remark);
	fputs(error ? ink(page, INK_PLAIN) : "", page->out);
}

static void ladder(const struct page *page, const struct conversation *conversation)
{
	struct columns columns = columns_of_lines(page, conversation);
	uint64_t next = 0;

	fputs(ink(page, INK_DIM), page->out);
	text_gap(page, 2);
	text_pad(page, text_clock(page), -columns.time);
	text_gap(page, 1);
	text_pad(page, prose_label(LABEL_FRAME), -columns.frame);
	text_gap(page, 2);
	text_pad(page, prose_label(LABEL_WAY), columns.way + 1);
	text_pad(page, prose_label(LABEL_BYTES), -columns.bytes);
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (size_t i = 0; i < conversation->line_count; i++) {
		const struct datagram *line = &page->model->datagrams[conversation->first_line + i];

		if (line->t_ns < page->options->since_ns)
			continue;
		if (line->ordinal > next)
			text_more(page, MORE_BETWEEN, line->ordinal - next, 0);
		next = line->ordinal + 1;
		ladder_line(page, conversation, line, &columns);
	}
}

static void conversation_block(const struct page *page, const struct conversation *conversation)
{
	char text[PROSE_LINE];

	text_heading(page, prose_conversation_title(page->model, conversation, text, sizeof(text)));
	text_line(page, 2, INK_PLAIN,
		prose_conversation(page->model, conversation, text, sizeof(text)));
	ladder(page, conversation);
}

/* ---- sockets that lost datagrams ---- */

static void losses(const struct page *page)
{
	const struct model *model = page->model;
	size_t shown = 0, sockets = 0;

	for (size_t i = 0; i < model->loss_count; i++) {
		const struct loss *loss = &model->losses[i];
		bool first = i == 0 || model->losses[i - 1].socket != loss->socket;
		char from[TEXT_TIME], to[TEXT_TIME], text[PROSE_LINE];

		sockets += first;
		if (sockets > SHOWN_TIMELINES && !page->options->all)
			continue;
		shown = sockets;
		if (first)
			text_heading(
				page, prose_losses_title(model, &model->udp_sockets[loss->socket],
					      text, sizeof(text)));
		text_line(page, 2, INK_PLAIN,
			prose_loss(loss, text_time(page, loss->not_before_ns, from),
				text_time(page, loss->t_ns, to), text, sizeof(text)));
	}
	if (sockets > shown) {
		fputc('\n', page->out);
		text_more(page, MORE_LOSSES, sockets - shown, 0);
	}
}

void text_datagrams(const struct page *page)
{
	const struct model *model = page->model;
	bool all = page->options->all || model->conversation_count <= SHOWN_TIMELINES;
	size_t shown = 0;
	uint64_t datagrams = 0;

	if (page->options->connection > 0)
		return; /* one of TCP is wanted */

	/* of many, those first that went wrong */
	for (int anomalous = 1; anomalous >= 0 && !all; anomalous--)
		for (size_t i = 0; i < model->conversation_count; i++) {
			const struct conversation *conversation = &model->conversations[i];

			if (conversation->anomalous != (anomalous == 1))
				continue;
			if (shown >= SHOWN_TIMELINES)
				datagrams +=
					conversation->datagrams[0] + conversation->datagrams[1];
			else
				conversation_block(page, conversation), shown++;
		}
	for (size_t i = 0; i < model->conversation_count && all; i++, shown++)
		if (model->conversations[i].last_ns >= page->options->since_ns)
			conversation_block(page, &model->conversations[i]);
	if (shown < model->conversation_count) {
		fputc('\n', page->out);
		text_more(page, MORE_CONVERSATIONS, model->conversation_count - shown, datagrams);
	}
	if (model->datagrams_untold > 0) {
		fputc('\n', page->out);
		text_more(page, MORE_UNTOLD, model->datagrams_untold, 0);
	}
	losses(page);
}
