/* Who holds TIME_WAIT? The third question that a page answers: at which end it was and why, what it
 * forbids, what ended it early. Where a program held CLOSE_WAIT, that comes first. */
#include <stdio.h>

#include "answers.h"
#include "tcpstate/steps.h"

static bool has_no_time_wait(const struct model *model, uint32_t index, const void *context)
{
	static const uint16_t codes[] = {
		REASON_TIME_WAIT_NEVER_HELD, REASON_CLOSED_WITHOUT_TIME_WAIT};

	(void)context;
	return answer_has_reason(model, index, &codes[0]) ||
	       answer_has_reason(model, index, &codes[1]);
}

/* The edge from TIME_WAIT to CLOSED of either end was taken for this reason. */
static bool was_cut(const struct model *model, uint32_t index, const void *context)
{
	const struct steps *steps = &model->connections[index].steps;
	const uint16_t *code = context;

	for (size_t i = 0; i < steps->count; i++) {
		const struct record *record = step_edge(model, &steps->item[i]);

		if (record != NULL && record->from == STATE_TIME_WAIT &&
			record->to == STATE_CLOSED && record->reason.code == *code)
			return true;
	}
	return false;
}

/* What ended a TIME_WAIT before its time was over. */
static void cut_short(const struct model *model, struct page_answer *answer)
{
	static const struct {
		uint16_t code;
		enum page_word word;
	} ways[] = {{REASON_TIME_WAIT_REUSED, WORD_CUT_BY_REUSE},
		{REASON_RST_RECEIVED, WORD_CUT_BY_RST}};
	char whose[ANSWER_LIST], way[ANSWER_LIST + 100], all[2 * sizeof(way)] = "",
								 text[sizeof(all) + 100];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		answer_list_if(model, was_cut, &ways[i].code, ANSWER_LISTED, whose, sizeof(whose));
		if (*whose != '\0')
			template_append(all, sizeof(all), "%s%s", *all != '\0' ? _("; ") : "",
				page_text(way, sizeof(way), ways[i].word, whose));
	}
	if (*all != '\0')
		answer_say(answer, page_text(text, sizeof(text), WORD_CUT_SHORT, all));
}

static void too_many(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 200];

	answer_list_if(model, has_no_time_wait, NULL, ANSWER_LISTED, whose, sizeof(whose));
	for (size_t i = 0; *whose != '\0' && i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_TIME_WAIT_OVERFLOW) {
			answer->told[FINDING_TIME_WAIT_OVERFLOW] = true;
			answer_say(
				answer, page_text(text, sizeof(text), WORD_TIME_WAITS_FULL, whose));
			return;
		}
}

static void add_count(char *text, size_t size, enum page_number number, size_t count)
{
	char counted[200];

	if (count > 0)
		answer_join(text, size, page_count(counted, sizeof(counted), number, count));
}

static void why_and_what_it_forbids(const struct model *model, struct page_answer *answer,
	void (*say)(struct page_answer *, const char *))
{
	struct tried_again tried = model_tried_again(model);
	char text[600];

	say(answer, page_word(WORD_WAITS_WHY));
	snprintf(text, sizeof(text), "%s", page_word(WORD_WAITS_FORBID));
	add_count(text, sizeof(text), COUNT_NOT_BOUND_AGAIN, tried.not_bound);
	add_count(text, sizeof(text), COUNT_BOUND_AGAIN, tried.bound);
	if (tried.calls && tried.bound + tried.not_bound == 0)
		answer_join(text, sizeof(text), page_word(WORD_NOT_TRIED_AGAIN));
	say(answer, text);
	if (answer_count(model, TRAIT_WAIT_CLIENT) == 0)
		return;
	snprintf(text, sizeof(text), "%s", page_word(WORD_WAITS_CONNECT));
	add_count(text, sizeof(text), COUNT_NOT_CONNECTED_AGAIN, tried.not_connected);
	add_count(text, sizeof(text), COUNT_CONNECTED_AGAIN, tried.connected);
	say(answer, text);
}

/* Whoever sent its FIN first; held: it is said beside who held CLOSE_WAIT. */
static void who_had_it(
	const struct model *model, struct page_answer *answer, bool client, bool server, bool held)
{
	char whose[ANSWER_LIST], other[ANSWER_LIST], text[2 * ANSWER_LIST + 100];

	answer_list(model, TRAIT_WAIT_CLIENT, 0, ANSWER_LISTED, whose, sizeof(whose));
	answer_list(model, TRAIT_WAIT_SERVER, 0, ANSWER_LISTED, other, sizeof(other));
	if (client && server)
		answer_say(
			answer, model->connection_count > 400
					? page_word(WORD_EITHER_FIRST_MANY)
					: page_text(text, sizeof(text),
						  held ? WORD_TIME_WAIT_EITHER : WORD_EITHER_FIRST,
						  whose, other));
	else if (client)
		answer_say(
			answer, page_text(text, sizeof(text),
					held ? WORD_TIME_WAIT_CLIENT : WORD_CLIENT_FIRST, whose));
	else if (server)
		answer_say(
			answer, page_text(text, sizeof(text),
					held ? WORD_TIME_WAIT_SERVER : WORD_SERVER_FIRST, other));
	else if (held)
		answer_say(answer, page_word(WORD_NO_TIME_WAIT));
}

void answer_who_waits(const struct model *model, struct page_answer *answer)
{
	size_t client = answer_count(model, TRAIT_WAIT_CLIENT),
	       server = answer_count(model, TRAIT_WAIT_SERVER),
	       rst = answer_count(model, TRAIT_RST);
	bool held = answer_count(model, TRAIT_CLOSE_WAIT) > 0;
	char text[100];

	if (held)
		answer_close_wait(model, answer);
	else if (client > 0 && server > 0)
		page_text(answer->big, sizeof(answer->big), WORD_BOTH_SIDES, client, server);
	else
		snprintf(answer->big, sizeof(answer->big), "%s",
			page_word(client > 1    ? WORD_THE_CLIENTS
				  : client == 1 ? WORD_THE_CLIENT
				  : server > 0  ? WORD_THE_SERVER
						: WORD_NOBODY));
	who_had_it(model, answer, client > 0, server > 0, held);
	if (client > 0 && server == 0 && !held)
		answer_say(answer, page_word(WORD_WAITS_AT_CLIENT));
	if (held)
		answer_close_wait_more(model, answer);
	if (server > 0 && !held)
		why_and_what_it_forbids(model, answer, answer_say);
	cut_short(model, answer);
	if (server > 0 && !held)
		answer_advise(answer, page_word(WORD_DO_NOT_MIND));
	too_many(model, answer);
	if (rst > 0)
		answer_say(answer, page_count(text, sizeof(text), COUNT_BY_RST, rst));
	else if (client + server == 0)
		answer_say(answer, page_word(WORD_NO_FIN));
	/* it forbids a port for which clients mostly do not ask again */
	if (client > 0 && server == 0 && !held)
		why_and_what_it_forbids(model, answer, answer_say_more);
}
