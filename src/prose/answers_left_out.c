/* Who was left out, and why? The second question that a page answers: SYNs that got no answer,
 * refusals, and what accept() never took. */
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

enum { REFUSED_TOLD = 3 /* kinds of refusal, each with its cause */ };

/* Of very many, what most have in common. */
static void why_dropped(const struct model *model, struct page_answer *answer, size_t dropped)
{
	size_t connections = 0, requests = 0;
	uint32_t last = UINT32_MAX;
	char text[100];

	for (size_t i = 0; i < model->unanswered_count; i++) {
		const struct unanswered *syn = &model->unanswered[i];

		requests += syn->cause == UNANSWERED_REQUESTS;
		if (syn->cause != UNANSWERED_QUEUE_FULL)
			continue;
		connections += syn->connection != last;
		last = syn->connection;
	}
	if (connections >= dropped)
		answer_say(answer, page_word(WORD_QUEUE_FULL_EACH));
	else if (connections > 0)
		answer_say(
			answer, page_text(text, sizeof(text), WORD_QUEUE_FULL_SOME, connections));
	else if (requests > 0)
		answer_say(answer, page_word(WORD_REQUESTS_FULL));
	else if (model->summary.transitions[EVIDENCE_BOTH] > 0)
		answer_say(answer, page_word(WORD_NOT_THE_QUEUE));
}

/* Of those that got in with a later SYN: how long the slowest took. */
static int64_t slowest_ns(const struct model *model)
{
	int64_t most_ns = 0;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int64_t opened_ns =
			(at->traits & TRAIT_LATE) != 0 ? answer_opened_at(model, at) : 0;

		if (opened_ns != 0 && opened_ns - at->first_ns > most_ns)
			most_ns = opened_ns - at->first_ns;
	}
	return most_ns;
}

static void who_got_in(const struct model *model, struct page_answer *answer)
{
	size_t late = answer_count(model, TRAIT_LATE);
	char lasted[ANSWER_DURATION], text[300];

	if (late == 0)
		answer_say(answer, page_word(WORD_NONE_GOT_IN));
	else
		answer_say(answer, page_text(text, sizeof(text), WORD_N_GOT_IN, late,
					   answer_duration(slowest_ns(model), lasted)));
}

/* Every overflow is of a listener whose clients the answer names. */
static void tells_overflow(const struct model *model, struct page_answer *answer)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];
		bool named = false;

		if (finding->code != FINDING_ACCEPT_QUEUE_OVERFLOW)
			continue;
		for (uint32_t k = 0; k < model->connection_count && !named; k++) {
			const struct connection *at = &model->connections[k];

			named = at->run == finding->run && at->client != -1 &&
				(at->traits & (TRAIT_DROPPED | TRAIT_ACK_IGNORED)) != 0 &&
				at->key.port_be[!at->client] == finding->key.port_be[0];
		}
		if (!named)
			return;
	}
	answer_tells(model, answer, FINDING_ACCEPT_QUEUE_OVERFLOW);
}

/* Those that never got in are all of a trial: nothing of the experiment. */
static bool trial_alone(const struct model *model)
{
	bool any = false;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		uint32_t traits = model->connections[i].traits;

		if ((traits & TRAIT_DROPPED) == 0 || (traits & TRAIT_LATE) != 0)
			continue;
		any = true;
		if (!answer_of_trial(model, i, NULL))
			return false;
	}
	return any;
}

static void tell_dropped(const struct model *model, struct page_answer *answer, size_t dropped)
{
	size_t late = answer_count(model, TRAIT_LATE);
	char whose[ANSWER_LIST], later[ANSWER_LIST];

	answer_list(model, TRAIT_DROPPED, TRAIT_LATE, ANSWER_LISTED, whose, sizeof(whose));
	answer_list(model, TRAIT_LATE, 0, ANSWER_LISTED, later, sizeof(later));
	if (late == 0)
		answer_big(answer, WORD_BIG_DROPPED, whose);
	else if (late >= dropped)
		answer_big(answer, WORD_BIG_DROPPED_LATE, later);
	else
		page_text(answer->big, sizeof(answer->big),
			trial_alone(model) ? WORD_BIG_DROPPED_TRIAL : WORD_BIG_DROPPED_SOME, whose,
			later);
	answer->alarm = true;
	if (late >= dropped)
		answer->question = page_word(WORD_ASK_DELAYED);
	bool held, told = answer_stories(model, answer, &held);
	if (!told) {
		who_got_in(model, answer);
		why_dropped(model, answer, dropped);
	}
	if (!held)
		answer_queued(model, answer);
	answer_tells(model, answer, FINDING_SYN_UNANSWERED);
	answer_tells(model, answer, FINDING_CONNECT_LATE);
	if (model->unanswered_count > 0 && model->unanswered[0].cause == UNANSWERED_QUEUE_FULL) {
		answer_advise(answer, page_word(WORD_DO_ACCEPT));
		answer_cite(model, answer, FINDING_ACCEPT_QUEUE_OVERFLOW);
	}
	if (model->unanswered_count > 0)
		answer_cite_frame(answer, model->unanswered[0].frame,
			model->connections[model->unanswered[0].connection].run);
}

/* What its first SYN met, and what came of the ACK that it got, in order. */
static void say_left_over(const struct model *model, struct page_answer *answer, const char *name,
	const struct left_over *left)
{
	char other[40], text[600];

	answer_name(other, sizeof(other), left->connection);
	if (left->state == STATE_CLOSED)
		page_text(text, sizeof(text), WORD_OLDER_LEFT, other, name);
	else if (left->state == STATE_TIME_WAIT)
		page_text(text, sizeof(text), WORD_OLDER_TIME_WAIT, other, name);
	else
		page_text(text, sizeof(text), WORD_OLDER_IN_STATE, other, name,
			state_name(left->state));
	answer_say(answer, text);
	answer_cite_frame(answer, left->ack, model->connections[left->connection].run);
	if (!left->ended)
		answer_say(answer, page_word(WORD_OLDER_RST));
	else if (left->state == STATE_TIME_WAIT)
		answer_say(answer, page_word(WORD_OLDER_RST_TIME_WAIT));
	else
		answer_say(answer, page_text(text, sizeof(text), WORD_OLDER_RST_ENDED, other));
}

/* The SYN of the one that was refused had been answered before, by an older connection's ACK. */
static void say_older(const struct model *model, struct page_answer *answer)
{
	struct left_over left;
	char name[40], text[500];

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		if (finding->code != FINDING_SYN_ANSWERED_BY_ACK ||
			finding->index >= model->connection_count || finding->arg[0] != 1 ||
			(model->connections[finding->index].traits & TRAIT_REFUSED) == 0)
			continue;
		answer_name(name, sizeof(name), finding->index);
		if (model_left_over(model, finding->index, &left))
			say_left_over(model, answer, name, &left);
		else
			answer_say(answer, page_text(text, sizeof(text), WORD_REFUSED_FIRST, name));
		answer->told[finding->code] = true;
	}
}

/* Is this one of those that the finding tells of? It cites the RST of each, of the first few. */
static bool is_cited(const struct model *model, uint32_t index, const void *context)
{
	const struct finding *finding = context;
	const struct connection *at = &model->connections[index];

	for (size_t i = 0; at->run == finding->run && i < at->steps.count; i++) {
		const struct step *step = &at->steps.item[i];
		uint64_t frame = step->kind == STEP_TRANSITION
					 ? model->transitions[step->index].record.frame
					 : 0;

		for (int k = 0; k < FINDING_CITED && frame != 0; k++)
			if (finding->evidence.frame[k] == frame)
				return (at->traits & TRAIT_REFUSED) != 0;
	}
	return false;
}

/* All of them, by name; "": the finding does not cite each. */
static char *cited(
	const struct model *model, const struct finding *finding, char *buffer, size_t size)
{
	int64_t found = 0;

	*buffer = '\0';
	for (uint32_t i = 0; i < model->connection_count; i++)
		found += is_cited(model, i, finding);
	if (found == finding->arg[0])
		answer_list_if(model, is_cited, finding, ANSWER_LISTED, buffer, size);
	return buffer;
}

/* "C14 refused: the listener on port 12345 had closed 16 ms before." Where the finding does not
 * tell of all of them, of those that it cites; else what it says of some. Before
 * the first of these all are listed, where the card is about others: *listed. */
static void say_refused(const struct model *model, struct page_answer *answer,
	const struct finding *finding, const char *all, bool *listed)
{
	char clause[400], some[ANSWER_LIST], named[ANSWER_LIST + 20],
		text[sizeof(clause) + sizeof(named) + 100];
	bool is_all =
		finding->more == 0 && (size_t)finding->arg[0] == answer_count(model, TRAIT_REFUSED);
	const char *whose = is_all ? all : cited(model, finding, some, sizeof(some));

	prose_finding_headline(finding, clause, sizeof(clause));
	template_append(clause, sizeof(clause), "%s", _("."));
	/* of the others the sentence begins with the connections that were refused */
	bool whole = finding->code == FINDING_LISTENS_UNBOUND;
	const char *why = whole ? clause : strstr(clause, _(": "));
	if (why == NULL || *whose == '\0') {
		if (!*listed)
			answer_say(answer, page_text(text, sizeof(text), WORD_ALSO_REFUSED, all));
		*listed = true;
		answer_say(answer, answer_capital(clause));
		return;
	}
	answer_lead(named, sizeof(named), WORD_STRETCH_REFUSED, whose, "");
	snprintf(text, sizeof(text), "%s%s%s", named, whole ? _(": ") : "", why);
	answer_say(answer, text);
}

/* What the finding advises first: the card has room for a sentence. */
static void advise_first(struct page_answer *answer, const struct finding *finding)
{
	char advice[ANSWER_ADVICE];
	const char *stop = _(".");

	prose_finding_advice(finding, advice, sizeof(advice));
	char *end = strstr(advice, stop);
	while (end != NULL && *stop == '.' && end[1] != ' ' && end[1] != '\0')
		end = strstr(end + 1, stop);
	if (end != NULL)
		end[strlen(stop)] = '\0';
	answer_advise(answer, advice);
}

static const uint8_t refusals[] = {FINDING_REFUSED_BYTE_SWAPPED, FINDING_REFUSED_AFTER_CLOSE,
	FINDING_REFUSED_BEFORE_LISTEN, FINDING_REFUSED_THOUGH_LISTENING,
	FINDING_REFUSED_OTHER_ADDRESS, FINDING_LISTENS_UNBOUND, FINDING_CONNECTION_REFUSED_SEEN,
	FINDING_CONNECTIONS_UNREACHABLE};

/* It was ICMP errors, not RSTs, that answered them. */
static bool all_unreachable(const struct model *model)
{
	int64_t count = 0;

	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_CONNECTIONS_UNREACHABLE)
			count += model->findings[i].arg[0];
	return count > 0 && (size_t)count >= answer_count(model, TRAIT_REFUSED);
}

/* Why connections were refused, and which they are. */
static void tell_refused(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 100];
	bool listed = !answer->alarm;
	size_t said = 0;

	answer_list(model, TRAIT_REFUSED, 0, ANSWER_LISTED, whose, sizeof(whose));
	if (listed)
		answer_big(answer, all_unreachable(model) ? WORD_BIG_UNREACHABLE : WORD_BIG_REFUSED,
			whose);
	for (size_t c = 0; c < sizeof(refusals); c++)
		for (size_t i = 0; i < model->finding_count; i++) {
			const struct finding *finding = &model->findings[i];

			if (finding->code != refusals[c] ||
				(finding->code == FINDING_LISTENS_UNBOUND && finding->arg[0] == 0))
				continue;
			/* of many the first are said; the line of the verdict stays */
			answer->told[refusals[c]] = finding->more == 0 && said < REFUSED_TOLD;
			if (said == REFUSED_TOLD)
				continue;
			say_refused(model, answer, finding, whose, &listed);
			answer_cite_finding(answer, finding);
			advise_first(answer, finding);
			said++;
		}
	if (said == 0 && !listed)
		answer_say(answer, page_text(text, sizeof(text), WORD_ALSO_REFUSED, whose));
	if (said == 0)
		answer_say(answer, page_word(WORD_REFUSED_WHY));
	say_older(model, answer);
}

void answer_left_out(const struct model *model, struct page_answer *answer)
{
	size_t dropped = answer_count(model, TRAIT_DROPPED),
	       ignored = answer_count(model, TRAIT_ACK_IGNORED);
	char whose[ANSWER_LIST];

	if (dropped > 0)
		tell_dropped(model, answer, dropped);
	if (ignored > 0)
		answer_acks(model, answer, ignored);
	if (dropped + ignored > 0)
		tells_overflow(model, answer);
	if (answer_count(model, TRAIT_REFUSED) > 0)
		tell_refused(model, answer);
	if (!answer->alarm)
		answer_accepted(model, answer);
	if (!answer->alarm && answer_count(model, TRAIT_DISAGREED) > 0) {
		answer_big(answer, WORD_BIG_DISAGREE,
			answer_list(
				model, TRAIT_DISAGREED, 0, ANSWER_LISTED, whose, sizeof(whose)));
		answer->question = page_word(WORD_ASK_AGREE);
		answer_longest(model, answer, 0, WORD_LONGEST_DISAGREED);
		answer_say(answer, page_word(WORD_ALL_ANSWERED));
	}
	if (!answer->alarm) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOBODY));
		answer_say(answer,
			page_word(answer_count(model, TRAIT_MIDWAY) > 0 ? WORD_ALL_ANSWERED
									: WORD_ALL_COMPLETED));
	}
	answer_never_taken(model, answer);
}
