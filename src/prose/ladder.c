/* What stands on a ladder: the segments, what was folded between them, and what a state's change
 * needs said beside the segment that made it. */
#include <inttypes.h>
#include <stdio.h>

#include "phrase.h"
#include "tcpstate/columns.h"
#include "tcpstate/page.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/segment.h"

static const char *flag_words(uint8_t flags)
{
	if ((flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		return "SYN-ACK";
	if (flags & TCP_SYN)
		return "SYN";
	if (flags & TCP_RST)
		return "RST";
	if (flags & TCP_FIN)
		return "FIN";
	return flags & TCP_ACK ? "ACK" : "-";
}

char *prose_rung(const struct rung *rung, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	bool flagged = (rung->flags & (TCP_SYN | TCP_RST | TCP_FIN)) != 0;

	if (rung->len > 0)
		phrase_item(&phrase, _("%" PRIu32 " B"), rung->len);
	if (flagged || rung->len == 0)
		phrase_item(&phrase, "%s", flag_words(rung->flags));
	if (rung->retransmission)
		phrase_add(&phrase, " ↻");
	return buffer;
}

char *prose_rung_repeats(const struct rung *rung, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (rung->again > 0)
		snprintf(buffer, size, _("again: frame %" PRIu64), rung->again);
	else if (rung->retransmission)
		snprintf(buffer, size, "%s", _("again"));
	return buffer;
}

char *prose_rung_older(const struct model *model, uint32_t connection, size_t i, bool page,
	char *buffer, size_t size)
{
	const struct rung *rung = &model->rungs[model->connections[connection].first_rung + i];
	bool older = rung->connection != connection,
	     behind = i > 0 && !older && rung[-1].connection != connection;
	struct left_over left;
	char name[40];

	buffer[0] = '\0';
	if ((!older && !behind) || !model_left_over(model, connection, &left) ||
		left.state == STATE_CLOSED)
		return buffer;
	if (page)
		page_name(model, left.connection, name, sizeof(name));
	else
		snprintf(name, sizeof(name), _("connection %" PRIu32),
			model->connections[left.connection].serial);
	if (older)
		snprintf(buffer, size, _("of %s, in %s"), name, state_name(left.state));
	else if (left.ended)
		snprintf(buffer, size, _("ends the %2$s of %1$s"), name, state_name(left.state));
	return buffer;
}

char *prose_fold(const struct fold *fold, int left, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	for (int i = 0; i < 2; i++) {
		int side = i == 0 ? left : !left;

		if (fold->segments[side] > 0)
			phrase_clause(&phrase,
				ngettext("%s %" PRIu32 " segment, %" PRIu32 " bytes",
					"%s %" PRIu32 " segments, %" PRIu32 " bytes",
					fold->segments[side]),
				i == 0 ? "→" : "←", fold->segments[side], fold->bytes[side]);
	}
	return buffer;
}

/* Does the segment on the ladder say it itself? */
static bool is_plain(const struct reason *reason)
{
	switch (reason->code) {
	case REASON_SYN_SENT:
	case REASON_SYN_RECEIVED:
	case REASON_SYN_ACK_RECEIVED:
	case REASON_FINAL_ACK_RECEIVED:
	case REASON_FIN_SENT:
	case REASON_FIN_SENT_AFTER_PEER:
	case REASON_FIN_SENT_OR_ENDED:
	case REASON_FIN_RECEIVED:
	case REASON_FIN_ACKED:
	case REASON_PEER_FIN_RECEIVED:
	case REASON_LAST_ACK_RECEIVED:
	case REASON_RST_RECEIVED:
		return true;
	case REASON_RST_SENT:
		return reason->arg[0] == 0;
	default:
		return false;
	}
}

char *prose_ladder_note(
	const struct model *model, const struct transition *transition, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	const struct record *record = &transition->record;
	char why[PROSE_LINE];

	if (record->diag_frame > 0)
		phrase_clause(&phrase, "d%" PRIu64, record->diag_frame);
	if (!is_plain(&record->reason) || record->frame == 0)
		phrase_clause(&phrase, "%s", prose_transition(model, transition, why, sizeof(why)));
	return buffer;
}

enum {
	SIGN_BOTH,
	SIGN_WIRE,
	SIGN_KERNEL,
	SIGN_INFERRED,
	SIGN_WITHDRAWN,
	SIGN_NOT_TAKEN,
	SIGN_AGAIN,
	SIGN_DIAG
};

/* Which signs occur: a bit for each. */
static unsigned signs_of(const struct model *model)
{
	unsigned signs =
		model->summary.withdrawn > 0 ? 1u << SIGN_WITHDRAWN | 1u << SIGN_NOT_TAKEN : 0;

	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;

		signs |= record->evidence == EVIDENCE_BOTH     ? 1u << SIGN_BOTH
			 : record->evidence == EVIDENCE_KERNEL ? 1u << SIGN_KERNEL
			 : record->evidence > EVIDENCE_BOTH    ? 1u << SIGN_INFERRED
							       : 1u << SIGN_WIRE;
		if (record->diag_frame > 0)
			signs |= 1u << SIGN_DIAG;
	}
	for (size_t i = 0; i < model->connection_count; i++) {
		if (model->connections[i].ends[0].sent.retransmissions > 0 ||
			model->connections[i].ends[1].sent.retransmissions > 0)
			signs |= 1u << SIGN_AGAIN;
		if (model->connections[i].syn_unanswered > 0)
			signs |= 1u << SIGN_NOT_TAKEN;
	}
	return signs;
}

/* Two blanks part its items, at which alone a line may be broken. Only what occurs is explained. */
char *prose_ladder_legend(const struct model *model, char *buffer, size_t size)
{
	const char *text =
		_("● wire and kernel  ○ wire only  ◆ kernel only  ◌ inferred  ✗ withdrawn  "
		  "× not taken  ↻ sent again  d: record of diag.pcap");
	struct phrase phrase = phrase_begin(buffer, size);
	unsigned signs = signs_of(model), item = 0;

	for (; *text != '\0'; text++) {
		bool parts = text[0] == ' ' && text[1] == ' ';

		item += parts;
		if ((signs & 1u << item) == 0)
			text += parts;
		else if (parts)
			phrase_add(&phrase, phrase.used > 0 ? "  " : ""), text++;
		else if (*text == ' ')
			phrase_add(&phrase, COLUMNS_GLUE);
		else
			phrase_add(&phrase, "%c", *text);
	}
	return buffer;
}
