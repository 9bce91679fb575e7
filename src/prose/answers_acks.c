/* Final ACKs of handshakes that the server did not take: whose, why, for how long the two ends
 * disagreed, and who was let in at last. */
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

static const struct disagreement *longest(const struct model *model, uint32_t trait)
{
	const struct disagreement *best = NULL;

	for (size_t i = 0; i < model->disagreement_count; i++) {
		const struct disagreement *one = &model->disagreements[i];

		if ((trait == 0 || (model->connections[one->connection].traits & trait) != 0) &&
			(best == NULL || one->until_ns - one->t_ns > best->until_ns - best->t_ns))
			best = one;
	}
	return best;
}

static const char *state_or_gone(unsigned state)
{
	return state == STATE_CLOSED ? page_word(WORD_GONE) : state_name(state);
}

struct as_long { /* who disagreed in the same states, for as long, in words */
	const struct disagreement *one;
	const char *lasted;
	uint32_t trait;
};

static bool is_as_long(const struct model *model, uint32_t index, const void *context)
{
	const struct as_long *as = context;
	char lasted[ANSWER_DURATION];

	if (as->trait != 0 && (model->connections[index].traits & as->trait) == 0)
		return false;
	for (size_t i = 0; i < model->disagreement_count; i++) {
		const struct disagreement *at = &model->disagreements[i];

		if (at->connection == index && at->state[0] == as->one->state[0] &&
			at->state[1] == as->one->state[1] &&
			strcmp(answer_duration(at->until_ns - at->t_ns, lasted), as->lasted) == 0)
			return true;
	}
	return false;
}

void answer_longest(const struct model *model, struct page_answer *answer, uint32_t trait,
	enum page_word sentence)
{
	const struct disagreement *one = longest(model, trait);
	char whose[ANSWER_LIST], lasted[ANSWER_DURATION], text[ANSWER_LIST + 200];

	if (one == NULL)
		return;
	answer_duration(one->until_ns - one->t_ns, lasted);
	answer_list_if(model, is_as_long, &(struct as_long){one, lasted, trait}, ANSWER_LISTED,
		whose, sizeof(whose));
	page_text(text, sizeof(text), sentence, whose, state_or_gone(one->state[0]),
		state_or_gone(one->state[1]), lasted);
	answer_say(answer, text);
}

enum { ACK_REASONS = 4 };

struct ignored { /* final ACKs that were not taken for one reason */
	const struct correction *first;
	uint16_t code;
	uint64_t count;
};

static bool comes_before(const struct ignored *one, const struct ignored *other)
{
	return one->count != other->count
		       ? one->count > other->count
		       : one->first->record.edge_t_ns < other->first->record.edge_t_ns;
}

/* The commonest first; of equals the earlier. */
static size_t ignored_find(const struct model *model, struct ignored list[ACK_REASONS])
{
	static const uint16_t codes[ACK_REASONS] = {REASON_ACCEPT_QUEUE_FULL,
		REASON_ACCEPT_DEFERRED, REASON_FINAL_ACK_FILTERED, REASON_FINAL_ACK_IGNORED};
	size_t count = 0;

	for (size_t c = 0; c < ACK_REASONS; c++) {
		struct ignored one = {.code = codes[c]};

		for (size_t i = 0; i < model->correction_count; i++) {
			const struct correction *at = &model->corrections[i];

			if (at->record.reason.code != codes[c])
				continue;
			one.count += model_claims(model, at);
			if (one.first == NULL || at->record.edge_t_ns < one.first->record.edge_t_ns)
				one.first = at;
		}
		size_t k = count;
		for (; one.first != NULL && k > 0 && comes_before(&one, &list[k - 1]); k--)
			list[k] = list[k - 1];
		if (one.first != NULL) {
			list[k] = one;
			count++;
		}
	}
	return count;
}

/* Whose final ACKs were not taken, and why, in a few words each; what helps against each. Returns
 * whether each is told in order of time. *explained: it is said why one was out for longer than its
 * queue was full. */
static bool why_ignored(const struct model *model, struct page_answer *answer, bool *explained)
{
	struct ignored list[ACK_REASONS];
	size_t count = ignored_find(model, list);
	bool held, in_order = answer_stages(model, answer, &held, explained);
	char whose[ANSWER_LIST], text[ANSWER_LIST + 200];

	for (size_t i = 0; i < count; i++) {
		const struct reason *reason = &list[i].first->record.reason;

		answer_list_if(model, answer_has_reason, &list[i].code, ANSWER_LISTED, whose,
			sizeof(whose));
		if (list[i].code == REASON_ACCEPT_QUEUE_FULL) {
			page_text(text, sizeof(text), WORD_ACKS_QUEUE, whose,
				(unsigned)reason->arg[0], (unsigned)reason->arg[1] + 1,
				(unsigned)reason->arg[1]);
			answer_advise(answer, page_word(WORD_DO_ACCEPT));
			answer_cite(model, answer, FINDING_ACCEPT_QUEUE_OVERFLOW);
		} else {
			page_text(text, sizeof(text),
				list[i].code == REASON_ACCEPT_DEFERRED      ? WORD_ACKS_DEFERRED
				: list[i].code == REASON_FINAL_ACK_FILTERED ? WORD_ACKS_FILTERED
									    : WORD_ACKS_UNKNOWN,
				whose);
			if (list[i].code == REASON_ACCEPT_DEFERRED)
				answer_advise(answer, page_word(WORD_DO_SEND_FIRST));
			else if (list[i].code == REASON_FINAL_ACK_FILTERED)
				answer_advise(answer, page_word(WORD_DO_FILTER));
		}
		if (!in_order)
			answer_say(answer, text);
	}
	/* with SYNs that met a full queue, too, it is said there */
	if (!held && answer_count(model, TRAIT_DROPPED) == 0)
		answer_queued(model, answer);
	if (count > 0)
		answer_tells(model, answer, FINDING_DEFER_ACCEPT);
	return in_order;
}

/* The same for the fold: the reasons as the timelines give them, and how many ACKs. */
static void acks_in_full(const struct model *model, struct page_answer *answer)
{
	struct ignored list[ACK_REASONS];
	size_t count = ignored_find(model, list);
	char why[256], whose[ANSWER_LIST], acks[ANSWER_LIST + 40], text[sizeof(acks) + 300];

	for (size_t i = 0; i < count; i++) {
		answer_list_if(model, answer_has_reason, &list[i].code, ANSWER_LISTED, whose,
			sizeof(whose));
		answer_why(&list[i].first->record.reason, (size_t)list[i].count, why, sizeof(why));
		page_count(acks, sizeof(acks), COUNT_ACKS_OF, list[i].count, whose);
		answer_say_more(
			answer, page_text(text, sizeof(text), WORD_ACKS_IGNORED, why, acks));
	}
}

/* How many of those whose final ACK was ignored got in at last. */
static size_t let_in_late(const struct model *model)
{
	size_t late = 0;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if ((connection->traits & TRAIT_ACK_IGNORED) != 0 && answer_told(model, i) &&
			step_first_to(model, connection, !connection->client,
				1u << STATE_ESTABLISHED) != NULL)
			late += 1 + (connection->folded != NULL ? (size_t)connection->folded->count
								: 0);
	}
	return late;
}

void answer_never_taken(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 100];

	if (answer->never_taken || answer_count(model, TRAIT_UNACCEPTED) == 0)
		return;
	answer->never_taken = true;
	answer_list(model, TRAIT_UNACCEPTED, 0, ANSWER_LISTED, whose, sizeof(whose));
	answer_say(answer, answer_lead(text, sizeof(text), WORD_NEVER_TAKEN, whose, ""));
}

static void who_was_let_in(
	const struct model *model, struct page_answer *answer, size_t ignored, size_t late)
{
	char text[ANSWER_LIST];

	if (late == 0)
		answer_say(answer, page_word(ignored == 1 ? WORD_NEVER_GOT_IN : WORD_NONE_GOT_IN));
	else if (late >= ignored && answer_count(model, TRAIT_UNACCEPTED) > 0)
		answer_never_taken(model, answer);
	else if (late >= ignored)
		answer_say(answer,
			page_word(ignored == 1 ? WORD_LET_IN_LATER : WORD_ALL_LET_IN_LATER));
	else
		answer_say(answer, page_text(text, sizeof(text), WORD_SOME_LET_IN_LATER, late));
}

/* Why it takes so much longer than the cause lasts. */
static void say_forgotten(const struct model *model, struct page_answer *answer, size_t late)
{
	for (size_t i = 0; i < model->finding_count && late > 0; i++)
		if (model->findings[i].code == FINDING_SYN_ACK_RETRANSMITTED) {
			answer_say(answer, page_word(WORD_ACK_FORGOTTEN));
			return;
		}
}

/* SYN-ACKs that went out again only because these ACKs were not taken. */
static void tells_repeats(const struct model *model, struct page_answer *answer)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_SYN_ACK_RETRANSMITTED &&
			(model->findings[i].arg[2] > 0 || model->findings[i].arg[3] > 0))
			return;
	answer_tells(model, answer, FINDING_SYN_ACK_RETRANSMITTED);
}

void answer_acks(const struct model *model, struct page_answer *answer, size_t ignored)
{
	size_t late = let_in_late(model);
	char whose[ANSWER_LIST], text[ANSWER_LIST + 100];

	answer_list(model, TRAIT_ACK_IGNORED, 0, ANSWER_LISTED, whose, sizeof(whose));
	if (answer->alarm) {
		answer_say(answer, page_text(text, sizeof(text), WORD_ALSO_ACK_IGNORED, whose));
	} else {
		answer_big(answer, late >= ignored ? WORD_BIG_ACK_DELAYED : WORD_BIG_ACK_IGNORED,
			whose);
		if (late >= ignored)
			answer->question = page_word(WORD_ASK_DELAYED);
	}
	answer_longest(model, answer, TRAIT_ACK_IGNORED, WORD_MEANWHILE);
	bool explained, in_order = why_ignored(model, answer, &explained);
	if (!in_order)
		who_was_let_in(model, answer, ignored, late);
	if (!explained)
		say_forgotten(model, answer, late);
	acks_in_full(model, answer);
	tells_repeats(model, answer);
}
