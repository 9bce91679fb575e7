/* The four questions that a page answers first, and one of the answers: where wire and kernel
 * disagreed. The counts and traits are the model's; here they become
 * sentences. */
#include <stdio.h>
#include <string.h>

#include "answers.h"

/* ---- where did wire and kernel disagree? ---- */

static const struct correction *commonest(const struct model *model, size_t *count)
{
	const struct correction *best = NULL;

	*count = 0;
	for (size_t i = 0; i < model->correction_count && i < 4096; i++) {
		size_t sum = 0;

		for (size_t k = 0; k < model->correction_count && k < 4096; k++)
			if (model->corrections[k].record.reason.code ==
				model->corrections[i].record.reason.code)
				sum += (size_t)model_claims(model, &model->corrections[k]);
		/* of equals the one with a known cause */
		if (sum > *count || (sum == *count && best != NULL &&
					    best->record.reason.code == REASON_FINAL_ACK_IGNORED)) {
			*count = sum;
			best = &model->corrections[i];
		}
	}
	return best;
}

static void where_they_differ(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], why[256], text[400];
	bool asked = false;
	size_t count;

	answer->witnesses = true;
	for (size_t i = 0; i < model->run_count; i++)
		asked |= model->runs[i].has_diag && model->runs[i].rows > 0;
	if (!asked) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOT_ASKED));
		answer_say(answer, page_word(WORD_CAPTURE_ALONE));
	} else if (model->summary.withdrawn > 0) {
		page_count(answer->big, sizeof(answer->big), COUNT_TIMES_AT,
			model->summary.withdrawn,
			answer_list(model, TRAIT_WITHDRAWN, 0, 3, whose, sizeof(whose)));
		const struct correction *reason = commonest(model, &count);
		answer_why(&reason->record.reason, count, why, sizeof(why));
		answer_say(answer,
			page_text(text, sizeof(text),
				count < model->summary.withdrawn ? WORD_MOST_OFTEN : WORD_EACH_TIME,
				why, count));
		answer->alarm = true;
	} else {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOWHERE));
		answer_say(answer, page_word(WORD_NOTHING_WITHDRAWN));
	}
}

void page_answers(const struct model *model, struct page_answer answers[PAGE_ANSWERS])
{
	typedef void answer_find(const struct model *, struct page_answer *);
	static const struct {
		enum page_word question;
		answer_find *find;
	} tcp[PAGE_ANSWERS] = {{WORD_ASK_WHAT, answer_happened}, {WORD_ASK_WHO, answer_left_out},
		{WORD_ASK_TIME_WAIT, answer_who_waits}, {WORD_ASK_DISAGREE, where_they_differ}},
	  udp[PAGE_ANSWERS] = {{WORD_ASK_WHAT, answer_udp_happened},
		  {WORD_ASK_LOST, answer_udp_lost}, {WORD_ASK_LEARNED, answer_udp_learned},
		  {WORD_ASK_CONNECTED, answer_udp_connected}};

	memset(answers, 0, PAGE_ANSWERS * sizeof(*answers));
	if (model->connection_count == 0 && model->conversation_count == 0)
		return;
	for (int i = 0; i < PAGE_ANSWERS; i++) {
		bool by_tcp = model->connection_count > 0;

		answers[i].question = page_word(by_tcp ? tcp[i].question : udp[i].question);
		(by_tcp ? tcp[i].find : udp[i].find)(model, &answers[i]);
	}
}
