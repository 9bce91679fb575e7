/* UDP, conversation by conversation: every datagram and every ICMP error that answered one, and who
 * learns of it; then the sockets at which datagrams were dropped. Long ladders show their
 * beginning, their first errors and their end. */
#include "text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "tcpstate/prose.h"

enum { FIELD = 160, REMARK = 512 };

struct columns {
	int time, frame, way, bytes;
};

static const char *end_letter(const struct conversation *conversation, int side)
{
	return side == conversation->opener ? "A" : "B";
}

static void owner_text(const struct udp_socket *socket, char *buffer, size_t size)
{
	if (socket != NULL && socket->has_owner)
		snprintf(buffer, size, "%s[%" PRIu32 "]", socket->owner.program, socket->owner.pid);
	else
		snprintf(buffer, size, "the socket");
}

static const struct udp_socket *socket_at(const struct model *model, uint32_t index)
{
	return index != UINT32_MAX ? &model->udp_sockets[index] : NULL;
}

char *text_icmp(const struct page *page, const struct icmp_error *error, char *buffer, size_t size)
{
	char from[INET6_ADDRSTRLEN], owner[FIELD], outcome[FIELD],
		mtu[32] = "", answers[48] = "", shown[48] = "", when[TEXT_TIME], again[FIELD] = "";

	inet_ntop(error->family == AF_INET6 ? AF_INET6 : AF_INET, error->from, from, sizeof(from));
	owner_text(socket_at(page->model, error->socket), owner, sizeof(owner));
	if (error->mtu > 0)
		snprintf(mtu, sizeof(mtu), ", MTU %" PRIu32, error->mtu);
	if (error->answers > 0)
		snprintf(answers, sizeof(answers), " about frame %" PRIu64, error->answers);
	if (error->diag_frame > 0 && error->socket != UINT32_MAX)
		snprintf(shown, sizeof(shown), " (diag record %" PRIu64 ")", error->diag_frame);
	if (error->count > 1)
		snprintf(again, sizeof(again), ", %" PRIu64 " times until %s (frame %" PRIu64 ")",
			error->count, text_time(page, error->last_ns, when), error->last_frame);
	snprintf(buffer, size, "%s (type %u, code %u%s) from %s%s%s; %s%s",
		prose_icmp(error->family, error->type, error->code), error->type, error->code, mtu,
		from, answers, again, prose_icmp_outcome(error, owner, outcome, sizeof(outcome)),
		shown);
	return buffer;
}

/* ---- a conversation's ladder ---- */

static void widen(int *width, const char *text)
{
	int columns = (int)text_columns(text);

	if (columns > *width)
		*width = columns;
}

static struct columns columns_of(const struct page *page, const struct conversation *conversation)
{
	struct columns columns = {4, 5, page->options->utf8 ? 8 : 9, 5};
	char text[FIELD];

	for (size_t i = 0; i < conversation->line_count; i++) {
		const struct datagram *line = &page->model->datagrams[conversation->first_line + i];

		widen(&columns.time, text_time(page, line->t_ns, text));
		snprintf(text, sizeof(text), "%" PRIu64, line->frame);
		widen(&columns.frame, text);
	}
	return columns;
}

/* "A → B", "A ← B"; an error comes back to who sent what it quotes: "A ← ICMP". */
static void way_text(const struct page *page, const struct conversation *conversation,
	const struct datagram *line, char *buffer, size_t size)
{
	const char *right = arrow(page), *left = page->options->utf8 ? " ← " : " <- ";
	bool opener = line->side == conversation->opener;

	if (line->error == UINT32_MAX)
		snprintf(buffer, size, "A%sB", opener ? right : left);
	else if (opener)
		snprintf(buffer, size, "A%sICMP", left);
	else
		snprintf(buffer, size, "ICMP%sB", right);
}

static void remark_text(
	const struct page *page, const struct datagram *line, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (line->error != UINT32_MAX)
		text_icmp(page, &page->model->errors[line->error], buffer, size);
	else if (line->fragments > 0 && line->captured < line->bytes)
		snprintf(buffer, size,
			"in %u fragment%s, which hold %" PRIu32
			" of its bytes: the rest was not captured",
			line->fragments, plural(line->fragments), line->captured);
	else if (line->fragments > 0)
		snprintf(buffer, size, "in %u fragments", line->fragments);
}

static void ladder_line(const struct page *page, const struct conversation *conversation,
	const struct datagram *line, const struct columns *columns)
{
	char text[FIELD], bytes[FIELD] = "-", remark[REMARK];
	size_t at = (size_t)(2 + columns->time + 1 + columns->frame + 2 + columns->way + 1 +
			     columns->bytes + 2);

	fputs("  ", page->out);
	text_pad(page->out, text_time(page, line->t_ns, text), -columns->time);
	fprintf(page->out, " %*" PRIu64 "  ", columns->frame, line->frame);
	way_text(page, conversation, line, text, sizeof(text));
	text_pad(page->out, text, columns->way + 1);
	if (line->error == UINT32_MAX)
		snprintf(bytes, sizeof(bytes), "%" PRIu32, line->bytes);
	fprintf(page->out, "%*s", columns->bytes, bytes);
	remark_text(page, line, remark, sizeof(remark));
	if (remark[0] != '\0') {
		fprintf(page->out, "  %s", line->error != UINT32_MAX ? ink(page, INK_BAD) : "");
		text_wrap(page, at, at, remark);
		fputs(line->error != UINT32_MAX ? ink(page, INK_PLAIN) : "", page->out);
	} else {
		fputc('\n', page->out);
	}
}

static void ladder(const struct page *page, const struct conversation *conversation)
{
	struct columns columns = columns_of(page, conversation);
	uint64_t next = 0;

	fprintf(page->out, "%s  %*s %*s  ", ink(page, INK_DIM), columns.time,
		page->options->relative_times ? "s" : "UTC", columns.frame, "frame");
	text_pad(page->out, "way", columns.way + 1);
	fprintf(page->out, "%*s%s\n", columns.bytes, "bytes", ink(page, INK_PLAIN));
	for (size_t i = 0; i < conversation->line_count; i++) {
		const struct datagram *line = &page->model->datagrams[conversation->first_line + i];

		if (line->ordinal > next)
			fprintf(page->out, "  %s %" PRIu64 " more in between\n", dots(page),
				line->ordinal - next);
		next = line->ordinal + 1;
		ladder_line(page, conversation, line, &columns);
	}
}

static size_t socket_words(
	const struct udp_socket *socket, const char *end, char *buffer, size_t size)
{
	char owner[FIELD];
	size_t used;

	if (socket == NULL)
		return 0;
	owner_text(socket, owner, sizeof(owner));
	used = (size_t)snprintf(buffer, size, "; %s: %s%s%s", end, socket->has_owner ? owner : "",
		socket->has_owner ? ", " : "", socket->connected ? "connected" : "not connected");
	if (socket->dropped > 0 && used < size)
		used += (size_t)snprintf(buffer + used, size - used,
			", %" PRIu64 " dropped at its socket", socket->dropped);
	return used;
}

static void traffic_line(const struct page *page, const struct conversation *conversation)
{
	int first = conversation->opener;
	char text[REMARK];
	bool udp = conversation->key.protocol == IPPROTO_UDP;
	size_t used = (size_t)snprintf(text, sizeof(text),
		!udp ? "none of its segments was captured"
		     : "%" PRIu64 " + %" PRIu64 " datagrams, %" PRIu64 " + %" PRIu64 " bytes",
		conversation->datagrams[first], conversation->datagrams[!first],
		conversation->bytes[first], conversation->bytes[!first]);

	if (conversation->errors > 0)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			", %" PRIu64 " ICMP error%s", conversation->errors,
			plural(conversation->errors));
	if (conversation->group)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"; B is a group: who answers, answers from an address of his own");
	else if (udp && conversation->datagrams[!first] == 0 && conversation->errors == 0)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "; nothing came back");
	for (int i = 0; i < 2 && used < sizeof(text); i++)
		used += socket_words(
			socket_at(page->model, conversation->socket[i == 0 ? first : !first]),
			i == 0 ? "A" : "B", text + used, sizeof(text) - used);
	fputs("  ", page->out);
	text_wrap(page, 2, 4, text);
}

static void conversation_block(const struct page *page, const struct conversation *conversation)
{
	const struct model *model = page->model;
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT];
	int first = conversation->opener;

	text_heading(page, "%s %" PRIu32 "%s%s: %s %s%s%s %s",
		conversation->key.protocol == IPPROTO_UDP ? "UDP conversation"
							  : "ICMP errors about TCP, conversation",
		conversation->number, model->run_count > 1 ? " of " : "",
		model->run_count > 1 ? model->runs[conversation->run].name : "",
		end_letter(conversation, first), flow_end_text(&conversation->key, first, left),
		arrow(page), end_letter(conversation, !first),
		flow_end_text(&conversation->key, !first, right));
	traffic_line(page, conversation);
	ladder(page, conversation);
}

/* ---- sockets that lost datagrams ---- */

static void loss_line(const struct page *page, const struct loss *loss)
{
	char from[TEXT_TIME], to[TEXT_TIME], text[REMARK];

	text_time(page, loss->t_ns, to);
	if (loss->not_before_ns != 0)
		snprintf(text, sizeof(text),
			"%" PRIu32 " between %s (diag record %" PRIu64
			") and %s (diag record %" PRIu64 "): %" PRIu32 " in all",
			loss->count, text_time(page, loss->not_before_ns, from), loss->before_diag,
			to, loss->diag_frame, loss->total);
	else
		snprintf(text, sizeof(text),
			"%" PRIu32 " by %s, when it was first shown (diag record %" PRIu64 ")",
			loss->count, to, loss->diag_frame);
	fputs("  ", page->out);
	text_wrap(page, 2, 4, text);
}

static void losses(const struct page *page)
{
	const struct model *model = page->model;
	size_t shown = 0, sockets = 0;

	for (size_t i = 0; i < model->loss_count; i++) {
		const struct udp_socket *socket = &model->udp_sockets[model->losses[i].socket];
		char end[FLOW_END_TEXT], owner[FIELD];
		bool first = i == 0 || model->losses[i - 1].socket != model->losses[i].socket;

		sockets += first;
		if (sockets > SHOWN_TIMELINES && !page->options->all)
			continue;
		shown = sockets;
		if (first) {
			owner_text(socket, owner, sizeof(owner));
			text_heading(page,
				"UDP socket %s%s%s: %" PRIu64 " datagram%s dropped at it%s%s",
				flow_end_text(&socket->key, 0, end),
				model->run_count > 1 ? " of " : "",
				model->run_count > 1 ? model->runs[socket->run].name : "",
				socket->dropped, plural(socket->dropped),
				socket->has_owner ? "; " : "", socket->has_owner ? owner : "");
		}
		loss_line(page, &model->losses[i]);
	}
	if (sockets > shown)
		fprintf(page->out,
			"\n%s and %zu more sockets at which datagrams were dropped (--all shows "
			"them)\n",
			dots(page), sockets - shown);
}

void text_datagrams(const struct page *page)
{
	const struct model *model = page->model;
	bool all = page->options->all || model->conversation_count <= SHOWN_TIMELINES;
	size_t shown = 0;
	uint64_t datagrams = model->datagrams_untold;

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
		conversation_block(page, &model->conversations[i]);
	if (shown < model->conversation_count)
		fprintf(page->out,
			"\n%s and %zu more UDP conversations, %" PRIu64
			" datagrams (--all shows them)\n",
			dots(page), model->conversation_count - shown,
			datagrams - model->datagrams_untold);
	if (model->datagrams_untold > 0)
		fprintf(page->out,
			"\n%s and %" PRIu64 " datagrams of further UDP conversations: only the "
			"first %d are told apart (--filter)\n",
			dots(page), model->datagrams_untold, CONVERSATIONS_MAX);
	losses(page);
}
