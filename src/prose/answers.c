/* The four questions that a page answers first, and two of the answers: who holds TIME_WAIT, and
 * where wire and kernel disagreed. The counts and traits are the model's; here they become
 * sentences. */
#include <stdio.h>
#include <string.h>

#include "answers.h"

/* ---- who holds TIME_WAIT? ---- */

enum { HOLDERS_TOLD = 3 };

/* "fork_server[40]" joins "fork_server[40] and fork_server[95]": each once. */
static size_t add_holders(char *list, size_t size, const char *holders, size_t told)
{
	while (*holders != '\0') {
		int length = (int)strcspn(holders, "\n"); /* a line each */
		char name[FINDING_TEXT];

		snprintf(name, sizeof(name), "%.*s", length, holders);
		if (strstr(list, name) == NULL && told++ < HOLDERS_TOLD)
			answer_add(list, size, "%s%s", *list != '\0' ? ", " : "", name);
		holders += length;
		holders += *holders == '\n';
	}
	return told;
}

/* Which programs kept their sockets in CLOSE_WAIT, and for how long. */
static void who_holds(const struct model *model, struct page_answer *answer)
{
	char list[ANSWER_LIST] = "", lasted[ANSWER_DURATION], text[ANSWER_LIST + 200];
	int64_t longest_ms = 0;
	size_t told = 0;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		if (finding->code != FINDING_CLOSE_WAIT_HELD)
			continue;
		if (finding->arg[0] > longest_ms)
			longest_ms = finding->arg[0];
		told = add_holders(list, sizeof(list), finding->text[0], told);
	}
	if (told == 0) {
		answer_say(answer, page_word(WORD_CLOSE_WAIT_HELD));
		return;
	}
	if (told > HOLDERS_TOLD)
		answer_add(list, sizeof(list), ", …");
	answer_say(answer, page_text(text, sizeof(text), WORD_CLOSE_WAIT_HELD_BY,
				   answer_duration(longest_ms * 1000000, lasted), list));
}

/* Before what has been found of TIME_WAIT: the trouble first, and both in the answer itself. */
static void close_wait_held(const struct model *model, struct page_answer *answer, bool time_wait)
{
	char whose[ANSWER_LIST], text[sizeof(answer->big) + 40];

	page_text(text, sizeof(text), WORD_TIME_WAIT_OF, answer->big);
	answer_list(model, TRAIT_CLOSE_WAIT, 0, ANSWER_LISTED, whose, sizeof(whose));
	page_text(answer->big, sizeof(answer->big), WORD_CLOSE_WAIT_OF, whose);
	answer->question = page_word(WORD_ASK_CLOSE_WAIT);
	who_holds(model, answer);
	if (time_wait)
		answer_add(answer->big, sizeof(answer->big), "%s%s", _("; "), text);
	else
		answer_say(answer, page_word(WORD_NO_TIME_WAIT));
	answer->alarm = true;
}

static void who_waits(const struct model *model, struct page_answer *answer)
{
	size_t client = answer_count(model, TRAIT_WAIT_CLIENT),
	       server = answer_count(model, TRAIT_WAIT_SERVER),
	       rst = answer_count(model, TRAIT_RST);
	char whose[ANSWER_LIST], other[ANSWER_LIST], text[2 * ANSWER_LIST + 100];

	if (client > 0 && server > 0)
		page_text(answer->big, sizeof(answer->big), WORD_BOTH_SIDES, client, server);
	else
		snprintf(answer->big, sizeof(answer->big), "%s",
			page_word(client > 0   ? WORD_THE_CLIENTS
				  : server > 0 ? WORD_THE_SERVER
					       : WORD_NOBODY));
	if (answer_count(model, TRAIT_CLOSE_WAIT) > 0)
		close_wait_held(model, answer, client + server > 0);
	answer_list(model, TRAIT_WAIT_CLIENT, 0, ANSWER_LISTED, whose, sizeof(whose));
	answer_list(model, TRAIT_WAIT_SERVER, 0, ANSWER_LISTED, other, sizeof(other));
	if (client > 0 && server > 0)
		answer_say(answer,
			model->connection_count > 400
				? page_word(WORD_EITHER_FIRST_MANY)
				: page_text(text, sizeof(text), WORD_EITHER_FIRST, whose, other));
	else if (client > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_CLIENT_FIRST, whose));
	else if (server > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_SERVER_FIRST, other));
	if (model->states[STATE_TIME_WAIT].rows > 0)
		answer_say(answer, page_word(WORD_COUNTS_DOWN));
	if (rst > 0)
		answer_say(answer, page_count(text, sizeof(text), COUNT_BY_RST, rst));
	else if (client + server == 0)
		answer_say(answer, page_word(WORD_NO_FIN));
}

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
		prose_reason(&reason->record.reason, why, sizeof(why));
		answer_capital(why);
		answer_say(answer, page_text(text, sizeof(text), WORD_MOST_OFTEN, why, count));
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
		{WORD_ASK_TIME_WAIT, who_waits}, {WORD_ASK_DISAGREE, where_they_differ}},
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
