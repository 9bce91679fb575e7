/* Who waited for accept(), though nothing was dropped: connections in the accept queue that the
 * program took late or never, and what kept it from accept(), where something says so. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

enum { LONG_NS = 200000000 /* longer than a server needs that waits for the listener */ };

/* For how long its connection waited for accept(); 0: that is not what this finding tells. */
static int64_t waited_ms(const struct finding *finding)
{
	switch (finding->code) {
	case FINDING_ACCEPTED_LATE:
	case FINDING_GREETED_LATE:
	case FINDING_NEVER_ACCEPTED:
		return finding->arg[1];
	case FINDING_ANSWERED_LATE:
		return finding->arg[2];
	default:
		return 0;
	}
}

struct waiting {
	bool never; /* those that were never accepted, or those that were at last */
};

static bool is_of(const struct finding *finding, const struct waiting *waiting)
{
	return waited_ms(finding) > 0 &&
	       (finding->code == FINDING_NEVER_ACCEPTED) == waiting->never;
}

static bool has_waited(const struct model *model, uint32_t index, const void *context)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].about == FINDING_OF_CONNECTION &&
			model->findings[i].index == index && is_of(&model->findings[i], context))
			return true;
	return false;
}

/* That of the one that waited longest; NULL: none did. */
static const struct finding *longest_of(const struct model *model, const struct waiting *waiting)
{
	const struct finding *longest = NULL;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->about == FINDING_OF_CONNECTION && is_of(at, waiting) &&
			(longest == NULL || waited_ms(at) > waited_ms(longest)))
			longest = at;
	}
	return longest;
}

/* What kept the server from accept(). */
static void say_why(struct page_answer *answer, const struct finding *finding)
{
	char text[600], sentence[620];

	if (finding_says(finding, 1)) {
		snprintf(sentence, sizeof(sentence), "%s%s",
			prose_finding_text(finding, 1, text, sizeof(text)), _("."));
		answer_say(answer, answer_capital(sentence));
	}
}

struct holding {                /* what a process held at this moment, the peer having closed */
	int64_t t_ns, until_ns; /* until: the one that waited was not yet taken */
	uint32_t pid;
	uint16_t run;
};

/* It was out of the queue by then; who had its descriptor is often seen only later. */
static bool accepted_by(const struct connection *connection, const struct holding *holding)
{
	return connection->accepted.known && connection->accepted.t_ns <= holding->t_ns;
}

static bool held_then(const struct model *model, const struct connection *connection,
	uint32_t inode, const struct holding *holding)
{
	const struct holder *first;
	size_t count = inode != 0 ? model_holders(model, holding->run, inode, &first) : 0;

	for (size_t i = 0; i < count; i++)
		if (first[i].owner.pid == holding->pid && first[i].to_ns >= holding->t_ns &&
			(first[i].from_ns <= holding->t_ns || accepted_by(connection, holding)))
			return true;
	return false;
}

/* This end was in CLOSE_WAIT at that moment, and the process had its socket. */
static bool is_held(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];
	const struct holding *holding = context;

	for (int side = 0; connection->run == holding->run && side < 2; side++)
		if (model_state_at(model, connection, side, holding->t_ns) == STATE_CLOSE_WAIT &&
			connection->ends[side].has_owner &&
			held_then(model, connection, connection->ends[side].owner.inode, holding))
			return true;
	return false;
}

/* It was held then, and a finding tells that this process kept its copy after fork(). */
static bool is_kept(const struct model *model, uint32_t index, const void *context)
{
	for (size_t i = 0; is_held(model, index, context) && i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->code == FINDING_CLOSE_WAIT_HELD && at->index == index &&
			(at->phrase[1] == PHRASE_PARENT_KEPT ||
				at->phrase[1] == PHRASE_PARENT_KEPT_ENDED))
			return true;
	}
	return false;
}

/* When its end closed, if it was held then, and closed before the one that waited was taken; 0:
 * it did not. */
static int64_t closed_at(const struct model *model, uint32_t index, const struct holding *holding)
{
	const struct connection *connection = &model->connections[index];

	if (!is_held(model, index, holding))
		return 0;
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *edge = step_edge(model, step);

		if (edge != NULL && edge->from == STATE_CLOSE_WAIT && edge->t_ns > holding->t_ns &&
			edge->t_ns <= holding->until_ns && edge->to == STATE_LAST_ACK)
			return edge->t_ns;
	}
	return 0;
}

static bool is_closed(const struct model *model, uint32_t index, const void *context)
{
	return closed_at(model, index, context) != 0;
}

/* "The server then closed C6; after that it took C9." With the time between, where that is long. */
static void say_closed(const struct model *model, struct page_answer *answer,
	const struct finding *finding, const struct holding *holding)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 300], name[40], later[ANSWER_DURATION];
	int64_t first_ns = INT64_MAX;

	answer_list_if(model, is_closed, holding, ANSWER_LISTED, whose, sizeof(whose));
	if (*whose == '\0')
		return;
	for (uint32_t i = 0; i < model->connection_count; i++) {
		int64_t at_ns = closed_at(model, i, holding);

		first_ns = at_ns != 0 && at_ns < first_ns ? at_ns : first_ns;
	}
	answer_name(name, sizeof(name), finding->index);
	if (holding->until_ns - first_ns < LONG_NS)
		page_text(text, sizeof(text), WORD_CLOSED_THEN_TAKEN, whose, name);
	else
		page_text(text, sizeof(text), WORD_CLOSED_TAKEN_LATER, whose, name,
			answer_duration(holding->until_ns - first_ns, later));
	answer_say(answer, text);
}

/* Whose descriptors the process still had when none was left, though their peers had closed: some
 * of them for less than what is a finding by itself. Returns whether it is known why. */
static bool say_held(
	const struct model *model, struct page_answer *answer, const struct finding *finding)
{
	const struct connection *waited = &model->connections[finding->index];
	struct holding holding = {finding->t_ns,
		waited->accepted.called ? waited->accepted.t_ns : waited->accepted.not_before_ns,
		finding->accepter, finding->run};
	char whose[ANSWER_LIST], text[ANSWER_LIST + 200];

	if (finding->phrase[1] != PHRASE_NONE_LEFT || finding->phrase_number != EMFILE ||
		holding.pid == 0)
		return false;
	answer_list_if(model, is_held, &holding, ANSWER_LISTED, whose, sizeof(whose));
	if (*whose != '\0')
		answer_say(answer, page_text(text, sizeof(text), WORD_STILL_HELD, whose));
	answer_list_if(model, is_kept, &holding, ANSWER_LISTED, whose, sizeof(whose));
	bool kept = *whose != '\0';
	if (kept)
		answer_say(answer, page_text(text, sizeof(text), WORD_STILL_HELD_KEPT, whose));
	say_closed(model, answer, finding, &holding);
	return kept;
}

/* Is every finding of this kind told here? */
static bool all_told(const struct model *model, unsigned code)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code && waited_ms(&model->findings[i]) == 0)
			return false;
	return true;
}

void answer_accepted(const struct model *model, struct page_answer *answer)
{
	static const uint8_t codes[] = {FINDING_ACCEPTED_LATE, FINDING_NEVER_ACCEPTED,
		FINDING_ANSWERED_LATE, FINDING_GREETED_LATE};
	const struct finding *cause = NULL;
	char whose[ANSWER_LIST], lasted[ANSWER_DURATION], text[ANSWER_LIST + 100];

	for (int never = 1; never >= 0; never--) {
		struct waiting waiting = {never != 0};
		const struct finding *longest = longest_of(model, &waiting);

		if (longest == NULL)
			continue;
		answer_list_if(model, has_waited, &waiting, ANSWER_LISTED, whose, sizeof(whose));
		if (!answer->alarm && !never)
			answer->question = page_word(WORD_ASK_DELAYED);
		if (!answer->alarm)
			answer_big(answer, never ? WORD_BIG_NEVER_ACCEPTED : WORD_BIG_ACCEPTED_LATE,
				whose);
		answer_duration(waited_ms(longest) * 1000000, lasted);
		answer_say(answer, answer_lead(text, sizeof(text),
					   never ? WORD_NEVER_ACCEPTED_FOR : WORD_ACCEPTED_AFTER,
					   whose, lasted));
		cause = cause == NULL ? longest : cause;
	}
	if (cause == NULL)
		return;
	say_why(answer, cause);
	answer->effect = say_held(model, answer, cause);
	if (answer->effect)
		answer_advise(answer, page_word(WORD_DO_CLOSE_PARENT));
	else if (prose_finding_phrase_advice(cause) != NULL)
		answer_advise(answer, prose_finding_phrase_advice(cause));
	answer_cite_finding(answer, cause);
	for (size_t i = 0; i < sizeof(codes); i++)
		answer->told[codes[i]] |= all_told(model, codes[i]);
}

char *page_waits(const struct model *model, uint32_t index, bool brief, char *buffer, size_t size)
{
	bool known = model->connections[index].accepted.known;
	const char *waits = page_word(known ? WORD_WAITS : WORD_NEVER_ACCEPTED);
	char why[250];

	snprintf(buffer, size, "%s", waits);
	for (size_t i = 0; i < model->finding_count && !brief; i++) {
		const struct finding *at = &model->findings[i];

		if (at->about != FINDING_OF_CONNECTION || at->index != index ||
			waited_ms(at) == 0 || !finding_says(at, 1))
			continue;
		prose_finding_text(at, 1, why, sizeof(why));
		snprintf(buffer, size, "%s%s%s", waits, _("; "), why);
		break;
	}
	return buffer;
}
