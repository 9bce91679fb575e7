/* What happened in a stretch of time, in a few clauses with the names of the connections: the title
 * of a picture that shows it. */
#include <stdio.h>

#include "answers.h"

enum what { OPENED, DROPPED, IGNORED, REFUSED, FIN, RESET, WHATS };

struct stretch {
	int64_t from_ns, until_ns;
	enum what what;
};

static bool is_within(const struct stretch *stretch, int64_t t_ns)
{
	return t_ns > stretch->from_ns && t_ns <= stretch->until_ns;
}

static bool is_fin(const struct record *record)
{
	return record->to == STATE_FIN_WAIT1 || record->to == STATE_LAST_ACK;
}

/* Did this edge do it? */
static bool edge_did(
	const struct connection *connection, const struct record *record, enum what what)
{
	bool open = record->from == STATE_ESTABLISHED || record->from == STATE_SYN_RECV ||
		    record->from == STATE_CLOSE_WAIT || record->from == STATE_FIN_WAIT1 ||
		    record->from == STATE_FIN_WAIT2;

	switch (what) {
	case OPENED:
		return record->to == STATE_ESTABLISHED && record->from == STATE_SYN_SENT;
	case REFUSED:
		return record->to == STATE_CLOSED && record->from == STATE_SYN_SENT &&
		       (connection->traits & TRAIT_REFUSED) != 0;
	case FIN:
		return is_fin(record);
	case RESET:
		return record->to == STATE_CLOSED && open && (connection->traits & TRAIT_RST) != 0;
	default:
		return false;
	}
}

static bool step_did(const struct model *model, const struct connection *connection,
	const struct step *step, const struct stretch *stretch)
{
	const struct correction *at = NULL;

	if (step->kind == STEP_TRANSITION) {
		const struct record *record = &model->transitions[step->index].record;

		return is_within(stretch, record->t_ns) &&
		       edge_did(connection, record, stretch->what);
	}
	if (step->kind == STEP_CORRECTION && stretch->what == IGNORED &&
		(connection->traits & TRAIT_ACK_IGNORED) != 0)
		at = &model->corrections[step->index];
	for (uint32_t k = 0; at != NULL && k < at->count; k++)
		if (at->record.to == STATE_ESTABLISHED && is_within(stretch, at->edge_times[k]))
			return true;
	return false;
}

static bool did(const struct model *model, uint32_t index, const void *context)
{
	const struct stretch *stretch = context;
	const struct connection *connection = &model->connections[index];

	for (size_t i = 0; stretch->what == DROPPED && i < model->unanswered_count; i++)
		if (model->unanswered[i].connection == index &&
			is_within(stretch, model->unanswered[i].t_ns))
			return true;
	for (size_t i = 0; i < connection->steps.count; i++)
		if (step_did(model, connection, &connection->steps.item[i], stretch))
			return true;
	return false;
}

char *page_stretch(
	const struct model *model, int64_t from_ns, int64_t until_ns, char *buffer, size_t size)
{
	static const enum page_word words[WHATS] = {[OPENED] = WORD_STRETCH_OPENED,
		[DROPPED] = WORD_STRETCH_DROPPED,
		[IGNORED] = WORD_STRETCH_IGNORED,
		[REFUSED] = WORD_STRETCH_REFUSED,
		[FIN] = WORD_STRETCH_FINS,
		[RESET] = WORD_STRETCH_RESETS};
	char whose[ANSWER_LIST], named[ANSWER_LIST], text[ANSWER_LIST + 60];

	*buffer = '\0';
	for (enum what what = 0; what < WHATS; what++) {
		struct stretch stretch = {from_ns, until_ns, what};

		answer_list_if(model, did, &stretch, 3, whose, sizeof(whose));
		if (*whose == '\0')
			continue;
		page_text(text, sizeof(text), words[what],
			page_plain(model, whose, named, sizeof(named)));
		template_append(buffer, size, "%s%s", *buffer != '\0' ? _(", ") : "", text);
	}
	return buffer;
}
