/* Who was left out, and why? The second question that a page answers: SYNs that got no answer,
 * final ACKs that were not taken, refusals, and what accept() never took. */
#include <stdio.h>

#include "answers.h"

enum { EACH_TOLD = 3 /* SYNs, each with the queue that it met */ };

/* "for C3: 1 waiting, backlog 0; for C7: 2 waiting, backlog 1" */
static void each_queue(const struct model *model, char *list, size_t size)
{
	uint32_t told = UINT32_MAX;
	char name[24], text[100];

	for (size_t i = 0; i < model->unanswered_count; i++) {
		const struct unanswered *syn = &model->unanswered[i];

		if (syn->cause != UNANSWERED_QUEUE_FULL || syn->connection == told)
			continue;
		told = syn->connection;
		answer_add(list, size, "%s%s", *list != '\0' ? _("; ") : "",
			page_text(text, sizeof(text), WORD_QUEUE_OF_ONE,
				answer_name(name, sizeof(name), told), syn->queue, syn->backlog));
	}
}

static void why_dropped(const struct model *model, struct page_answer *answer, size_t dropped)
{
	const struct unanswered *full = NULL;
	size_t connections = 0, requests = 0;
	bool same = true;
	char text[ANSWER_LIST + 100], list[ANSWER_LIST] = "";

	for (size_t i = 0; i < model->unanswered_count; i++) {
		const struct unanswered *syn = &model->unanswered[i];

		requests += syn->cause == UNANSWERED_REQUESTS;
		if (syn->cause != UNANSWERED_QUEUE_FULL)
			continue;
		connections += full == NULL || full->connection != syn->connection;
		same &= full == NULL ||
			(full->queue == syn->queue && full->backlog == syn->backlog);
		full = syn;
	}
	if (full != NULL && connections >= dropped && same) {
		answer_say(answer, page_text(text, sizeof(text), WORD_QUEUE_WAS_FULL, full->queue,
					   full->backlog));
	} else if (full != NULL && connections >= dropped && dropped <= EACH_TOLD) {
		each_queue(model, list, sizeof(list));
		answer_say(answer, page_text(text, sizeof(text), WORD_QUEUES_WERE_FULL, list));
	} else if (full != NULL && connections >= dropped) {
		answer_say(answer, page_word(WORD_QUEUE_FULL_EACH));
	} else if (full != NULL) {
		answer_say(
			answer, page_text(text, sizeof(text), WORD_QUEUE_FULL_SOME, connections));
	} else if (requests > 0) {
		answer_say(answer, page_word(WORD_REQUESTS_FULL));
	} else if (model->summary.transitions[EVIDENCE_BOTH] > 0) {
		answer_say(answer, page_word(WORD_NOT_THE_QUEUE));
	}
}

static void who_got_in(const struct model *model, struct page_answer *answer, size_t dropped)
{
	size_t late = answer_count(model, TRAIT_LATE);
	char name[24], lasted[ANSWER_DURATION], others[ANSWER_LIST + 40], whose[ANSWER_LIST],
		text[ANSWER_LIST + 300];

	if (late == 0) {
		answer_say(answer, page_word(dropped == 1 ? WORD_NEVER_GOT_IN : WORD_NONE_GOT_IN));
		return;
	}
	if (late > 1) {
		answer_say(answer, page_text(text, sizeof(text), WORD_N_GOT_IN, late));
		return;
	}
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		int64_t opened_ns = 0;

		if ((connection->traits & TRAIT_LATE) == 0)
			continue;
		for (size_t k = 0; k < connection->steps.count && opened_ns == 0; k++)
			if (connection->steps.item[k].kind == STEP_TRANSITION &&
				model->transitions[connection->steps.item[k].index].record.to ==
					STATE_ESTABLISHED)
				opened_ns = model->transitions[connection->steps.item[k].index]
						    .record.t_ns;
		answer_list(model, TRAIT_DROPPED, TRAIT_LATE, ANSWER_LISTED, whose, sizeof(whose));
		page_text(others, sizeof(others), WORD_OTHERS_NEVER, whose);
		answer_say(
			answer, page_text(text, sizeof(text), WORD_GOT_IN_LATER,
					answer_name(name, sizeof(name), i),
					answer_duration(opened_ns - connection->first_ns, lasted),
					dropped > 1 ? others : _(".")));
	}
}

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

static void say_longest(const struct model *model, struct page_answer *answer, uint32_t trait)
{
	const struct disagreement *one = longest(model, trait);
	char name[24], lasted[ANSWER_DURATION], text[300];

	if (one != NULL)
		answer_say(answer, page_text(text, sizeof(text), WORD_LONGEST_DISAGREED,
					   answer_name(name, sizeof(name), one->connection),
					   state_name(one->state[0]), state_name(one->state[1]),
					   answer_duration(one->until_ns - one->t_ns, lasted)));
}

/* The reasons why final ACKs were not taken: the known ones first. */
static void why_ignored(const struct model *model, struct page_answer *answer)
{
	static const uint16_t codes[] = {REASON_ACCEPT_QUEUE_FULL, REASON_FINAL_ACK_IGNORED};

	for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
		const struct correction *example = NULL;
		size_t count = 0;
		char why[256], text[300];

		for (size_t i = 0; i < model->correction_count; i++)
			if (model->corrections[i].record.reason.code == codes[c]) {
				example = &model->corrections[i];
				count += (size_t)model_claims(model, example);
			}
		if (example == NULL)
			continue;
		prose_reason(&example->record.reason, why, sizeof(why));
		answer_capital(why);
		answer_say(answer, page_text(text, sizeof(text), WORD_MOST_OFTEN, why, count));
	}
}

/* The server did take the client in, whatever it ignored before. */
static bool was_let_in(const struct model *model, const struct connection *connection)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind != STEP_TRANSITION)
			continue;
		const struct record *record = &model->transitions[step->index].record;
		if (record->to == STATE_ESTABLISHED && (record->side & 1) != connection->client)
			return true;
	}
	return false;
}

/* Whether those whose final ACK was ignored got in at last. */
static void who_was_let_in(const struct model *model, struct page_answer *answer, size_t ignored)
{
	size_t late = 0;
	char text[200];

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if ((connection->traits & TRAIT_ACK_IGNORED) != 0 && answer_told(model, i) &&
			was_let_in(model, connection))
			late += 1 + (connection->folded != NULL ? (size_t)connection->folded->count
								: 0);
	}
	if (late == 0)
		answer_say(answer, page_word(ignored == 1 ? WORD_NEVER_GOT_IN : WORD_NONE_GOT_IN));
	else if (late >= ignored)
		answer_say(answer,
			page_word(ignored == 1 ? WORD_LET_IN_LATER : WORD_ALL_LET_IN_LATER));
	else
		answer_say(answer, page_text(text, sizeof(text), WORD_SOME_LET_IN_LATER, late));
}

static void big(struct page_answer *answer, enum page_word word, const char *whose)
{
	page_text(answer->big, sizeof(answer->big), word, whose);
	answer->alarm = true;
}

void answer_left_out(const struct model *model, struct page_answer *answer)
{
	size_t dropped = answer_count(model, TRAIT_DROPPED),
	       ignored = answer_count(model, TRAIT_ACK_IGNORED),
	       refused = answer_count(model, TRAIT_REFUSED);
	char whose[ANSWER_LIST], text[ANSWER_LIST + 100];

	if (dropped > 0) {
		big(answer, WORD_BIG_DROPPED,
			answer_list(model, TRAIT_DROPPED, 0, ANSWER_LISTED, whose, sizeof(whose)));
		why_dropped(model, answer, dropped);
		who_got_in(model, answer, dropped);
	}
	if (ignored > 0) {
		answer_list(model, TRAIT_ACK_IGNORED, 0, ANSWER_LISTED, whose, sizeof(whose));
		if (!answer->alarm)
			big(answer, WORD_BIG_ACK_IGNORED, whose);
		else
			answer_say(answer,
				page_text(text, sizeof(text), WORD_ALSO_ACK_IGNORED, whose));
		say_longest(model, answer, TRAIT_ACK_IGNORED);
		why_ignored(model, answer);
		who_was_let_in(model, answer, ignored);
	}
	if (refused > 0) {
		answer_list(model, TRAIT_REFUSED, 0, ANSWER_LISTED, whose, sizeof(whose));
		if (!answer->alarm) {
			big(answer, WORD_BIG_REFUSED, whose);
			answer_say(answer, page_word(WORD_REFUSED_WHY));
		} else {
			answer_say(answer, page_text(text, sizeof(text), WORD_ALSO_REFUSED, whose));
		}
	}
	if (!answer->alarm && answer_count(model, TRAIT_DISAGREED) > 0) {
		big(answer, WORD_BIG_DISAGREE,
			answer_list(
				model, TRAIT_DISAGREED, 0, ANSWER_LISTED, whose, sizeof(whose)));
		answer->question = page_word(WORD_ASK_AGREE);
		say_longest(model, answer, 0);
		answer_say(answer, page_word(WORD_ALL_ANSWERED));
	}
	if (!answer->alarm) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOBODY));
		answer_say(answer,
			page_word(answer_count(model, TRAIT_MIDWAY) > 0 ? WORD_ALL_ANSWERED
									: WORD_ALL_COMPLETED));
	}
	if (answer_count(model, TRAIT_UNACCEPTED) > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_NEVER_TAKEN,
					   answer_list(model, TRAIT_UNACCEPTED, 0, ANSWER_LISTED,
						   whose, sizeof(whose))));
}
