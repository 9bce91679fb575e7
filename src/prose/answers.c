/* The four questions that a page answers first, and one of the answers: where wire and kernel
 * disagreed. The counts and traits are the model's; here they become
 * sentences. */
#include <stdio.h>
#include <string.h>

#include "answers.h"

/* ---- where did wire and kernel disagree? ---- */

enum { LOOKED_AT = 4096, REASONS_TOLD = 3 };

struct withdrawn { /* claims that were withdrawn for one reason */
	const struct reason *reason;
	size_t count;
};

static bool is_commoner(const struct withdrawn *one, const struct withdrawn *other)
{
	/* of equals the one with a known cause */
	return one->count != other->count ? one->count > other->count
					  : one->reason->code != REASON_FINAL_ACK_IGNORED &&
						    other->reason->code == REASON_FINAL_ACK_IGNORED;
}

/* The commonest first. Returns how many there are. */
static size_t withdrawn_find(const struct model *model, struct withdrawn list[REASONS_TOLD])
{
	size_t told = 0;
	bool seen[REASON_MAX] = {false};

	for (size_t i = 0; i < model->correction_count && i < LOOKED_AT; i++) {
		struct withdrawn one = {.reason = &model->corrections[i].record.reason};
		size_t at = told;

		if (one.reason->code >= REASON_MAX || seen[one.reason->code])
			continue;
		seen[one.reason->code] = true;
		for (size_t k = i; k < model->correction_count && k < LOOKED_AT; k++)
			if (model->corrections[k].record.reason.code == one.reason->code)
				one.count += (size_t)model_claims(model, &model->corrections[k]);
		while (at > 0 && is_commoner(&one, &list[at - 1]))
			at--;
		if (at == REASONS_TOLD)
			continue;
		told += told < REASONS_TOLD;
		memmove(list + at + 1, list + at, (told - at - 1) * sizeof(*list));
		list[at] = one;
	}
	return told;
}

static bool has_finding(const struct model *model, unsigned code)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code)
			return true;
	return false;
}

/* Why claims were withdrawn, and how many for each reason. */
static void say_withdrawn(const struct model *model, struct page_answer *answer)
{
	struct withdrawn list[REASONS_TOLD];
	size_t count = withdrawn_find(model, list);
	char why[256], text[400];

	for (size_t i = 0; i < count; i++) {
		answer_why(list[i].reason, list[i].count, why, sizeof(why));
		answer_say(
			answer, page_text(text, sizeof(text),
					list[i].count == model->summary.withdrawn ? WORD_EACH_TIME
					: list[i].count == 1                      ? WORD_ONCE
										  : WORD_N_TIMES,
					why, list[i].count));
		if (list[i].reason->code == REASON_TIME_WAIT_NEVER_HELD &&
			has_finding(model, FINDING_TIME_WAIT_OVERFLOW))
			answer_say(answer, page_word(WORD_BUCKETS_FULL));
	}
}

static void where_they_differ(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST];
	bool asked = false;

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
		say_withdrawn(model, answer);
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
