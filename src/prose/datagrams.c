/* UDP: who talked with whom, what was lost, who was told of it. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>

#include "phrase.h"
#include "tcpstate/flow.h"
#include "tcpstate/prose_report.h"

const char *prose_conversation_end(const struct conversation *conversation, int side)
{
	return side == conversation->opener ? "A" : "B";
}

char *prose_conversation_title(const struct model *model, const struct conversation *conversation,
	char *buffer, size_t size)
{
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT], number[FLOW_END_TEXT + 96];
	int first = conversation->opener;

	if (model->run_count > 1)
		snprintf(number, sizeof(number), _("%" PRIu32 " of %s"), conversation->number,
			model->runs[conversation->run].name);
	else
		snprintf(number, sizeof(number), "%" PRIu32, conversation->number);
	snprintf(buffer, size,
		conversation->key.protocol == IPPROTO_UDP
			? _("UDP conversation %s: A %s → B %s")
			: _("ICMP errors about TCP, conversation %s: A %s → B %s"),
		number, flow_end_text(&conversation->key, first, left),
		flow_end_text(&conversation->key, !first, right));
	return buffer;
}

static void add_socket(
	struct phrase *phrase, const struct model *model, uint32_t index, const char *end)
{
	const struct udp_socket *socket = index != UINT32_MAX ? &model->udp_sockets[index] : NULL;
	char owners[PROSE_LINE];
	const char *form =
		socket != NULL && socket->connected ? _("connected") : _("not connected");

	if (socket == NULL)
		return;
	if (socket->has_owner)
		phrase_clause(phrase, _("%s: %s, %s"), end,
			prose_owners(model, &socket->owner, &socket->also, owners, sizeof(owners)),
			form);
	else
		phrase_clause(phrase, _("%s: %s"), end, form);
	if (socket->dropped > 0)
		phrase_item(phrase, _("%" PRIu64 " dropped at its socket"), socket->dropped);
}

char *prose_conversation(const struct model *model, const struct conversation *conversation,
	char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	bool udp = conversation->key.protocol == IPPROTO_UDP;
	int first = conversation->opener;

	if (udp) {
		phrase_item(&phrase, _("%" PRIu64 " + %" PRIu64 " datagrams"),
			conversation->datagrams[first], conversation->datagrams[!first]);
		phrase_item(&phrase, _("%" PRIu64 " + %" PRIu64 " bytes"),
			conversation->bytes[first], conversation->bytes[!first]);
	} else {
		phrase_item(&phrase, "%s", _("none of its segments was captured"));
	}
	if (conversation->errors > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " ICMP error", "%" PRIu64 " ICMP errors",
				conversation->errors),
			conversation->errors);
	if (conversation->group)
		phrase_clause(&phrase, "%s",
			_("B is a group: who answers, answers from an address of his own"));
	else if (udp && conversation->datagrams[!first] == 0 && conversation->errors == 0)
		phrase_clause(&phrase, "%s", _("nothing came back"));
	add_socket(&phrase, model, conversation->socket[first], "A");
	add_socket(&phrase, model, conversation->socket[!first], "B");
	return buffer;
}

char *prose_datagram(const struct datagram *datagram, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (datagram->fragments > 0 && datagram->captured < datagram->bytes)
		snprintf(buffer, size,
			ngettext("in %u fragment, which hold %" PRIu32
				 " of its bytes: the rest was not captured",
				"in %u fragments, which hold %" PRIu32
				" of its bytes: the rest was not captured",
				datagram->fragments),
			datagram->fragments, datagram->captured);
	else if (datagram->fragments > 0)
		snprintf(buffer, size,
			ngettext("in %u fragment", "in %u fragments", datagram->fragments),
			datagram->fragments);
	return buffer;
}

char *prose_losses_title(
	const struct model *model, const struct udp_socket *socket, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char end[FLOW_END_TEXT], where[FLOW_END_TEXT + 96], owners[PROSE_LINE];

	flow_end_text(&socket->key, 0, end);
	if (model->run_count > 1)
		snprintf(where, sizeof(where), _("%s of %s"), end, model->runs[socket->run].name);
	phrase_add(&phrase,
		ngettext("UDP socket %s: %" PRIu64 " datagram dropped at it",
			"UDP socket %s: %" PRIu64 " datagrams dropped at it", socket->dropped),
		model->run_count > 1 ? where : end, socket->dropped);
	if (socket->has_owner)
		phrase_clause(&phrase, "%s",
			prose_owners(model, &socket->owner, &socket->also, owners, sizeof(owners)));
	return buffer;
}

char *prose_loss(
	const struct loss *loss, const char *from, const char *to, char *buffer, size_t size)
{
	if (loss->not_before_ns != 0)
		snprintf(buffer, size,
			_("%" PRIu32 " between %s (diag record %" PRIu64
			  ") and %s (diag record %" PRIu64 "): %" PRIu32 " in all"),
			loss->count, from, loss->before_diag, to, loss->diag_frame, loss->total);
	else
		snprintf(buffer, size,
			_("%" PRIu32 " by %s, when it was first shown (diag record %" PRIu64 ")"),
			loss->count, to, loss->diag_frame);
	return buffer;
}
