/* What became of the clients whose SYN was dropped: whom it kept out for good, for how long the
 * others, what the SYN met, and how it ended. Clients with the same story are told together. */
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

enum { STORIES_MAX = 4, CLIENTS_MAX = 256 /* of more each would be asked who it met */ };

struct story {
	const struct unanswered *syn; /* the first; NULL: not known what it met */
	bool in, trial;
	bool several;            /* more than one connection has it */
	uint16_t left;           /* how the client gave up: a reason; REASON_NONE: it did not */
	int64_t longest_ns;      /* until it got in, or left */
	char stood[ANSWER_LIST]; /* who filled the queue; "": it is not known */
};

int64_t answer_opened_at(const struct model *model, const struct connection *connection)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *edge = step_edge(model, &connection->steps.item[i]);

		if (edge != NULL && edge->to == STATE_ESTABLISHED)
			return edge->t_ns;
	}
	return 0;
}

/* Of one that sent a single SYN and was gone before it would have sent it again: how it went. */
static uint16_t left_by(
	const struct model *model, const struct connection *connection, int64_t *t_ns)
{
	if (connection->client == -1 || connection->syn_unanswered != 1)
		return REASON_NONE;
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *edge = step_edge(model, &connection->steps.item[i]);

		if (edge != NULL && edge->from == STATE_SYN_SENT && edge->to == STATE_CLOSED &&
			(edge->side & 1) == connection->client) {
			*t_ns = edge->t_ns;
			return edge->reason.code == REASON_CLOSED_OR_ENDED
				       ? REASON_CLOSED_BY_PROGRAM
				       : edge->reason.code;
		}
	}
	return REASON_NONE;
}

static bool has_story(const struct model *model, uint32_t index)
{
	return (model->connections[index].traits & TRAIT_DROPPED) != 0 && answer_told(model, index);
}

static void story_of(const struct model *model, uint32_t index, struct story *story)
{
	const struct connection *connection = &model->connections[index];
	int64_t until_ns = connection->first_ns;

	*story = (struct story){.in = (connection->traits & TRAIT_LATE) != 0,
		.several = connection->folded != NULL};
	story->trial = answer_of_trial(model, index, NULL);
	model_unanswered_of(model, index, &story->syn);
	if (story->syn != NULL && story->syn->cause == UNANSWERED_QUEUE_FULL)
		answer_stood(model, story->syn, story->stood, sizeof(story->stood));
	if (story->in)
		until_ns = answer_opened_at(model, connection);
	else
		story->left = left_by(model, connection, &until_ns);
	if (until_ns > connection->first_ns)
		story->longest_ns = until_ns - connection->first_ns;
}

static bool same_story(const struct story *one, const struct story *other)
{
	const struct unanswered *a = one->syn, *b = other->syn;

	if (one->in != other->in || one->trial != other->trial || one->left != other->left ||
		(a == NULL) != (b == NULL) || strcmp(one->stood, other->stood) != 0)
		return false;
	return a == NULL ||
	       (a->cause == b->cause && a->queue == b->queue && a->backlog == b->backlog);
}

static bool has_this_story(const struct model *model, uint32_t index, const void *context)
{
	struct story story;

	if (!has_story(model, index))
		return false;
	story_of(model, index, &story);
	return same_story(&story, context);
}

static bool comes_before(const struct story *one, const struct story *other)
{
	return one->in != other->in ? !one->in : one->longest_ns > other->longest_ns;
}

/* Returns how many there are; more than STORIES_MAX: too many to tell. */
static size_t stories_find(const struct model *model, struct story list[STORIES_MAX])
{
	size_t count = 0;

	if (answer_count(model, TRAIT_DROPPED) > CLIENTS_MAX)
		return STORIES_MAX + 1;
	for (uint32_t i = 0; i < model->connection_count; i++) {
		struct story story;
		size_t at = 0;

		if (!has_story(model, i))
			continue;
		story_of(model, i, &story);
		while (at < count && !same_story(&list[at], &story))
			at++;
		if (at == STORIES_MAX)
			return STORIES_MAX + 1;
		if (at == count) {
			list[count++] = story;
			continue;
		}
		list[at].several = true;
		if (story.longest_ns > list[at].longest_ns)
			list[at].longest_ns = story.longest_ns;
	}
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k > 0 && comes_before(&list[k], &list[k - 1]); k--) {
			struct story swapped = list[k];

			list[k] = list[k - 1];
			list[k - 1] = swapped;
		}
	return count;
}

static void say_what_it_met(
	const struct model *model, const struct story *story, char *text, size_t size)
{
	const struct unanswered *syn = story->syn;
	char met[ANSWER_LIST + 200];

	if (syn != NULL && syn->cause == UNANSWERED_QUEUE_FULL && story->stood[0] != '\0')
		page_text(met, sizeof(met), WORD_MET_QUEUE_HELD, syn->queue, story->stood,
			syn->backlog + 1, syn->backlog);
	else if (syn != NULL && syn->cause == UNANSWERED_QUEUE_FULL)
		page_text(met, sizeof(met), WORD_MET_QUEUE, syn->queue, syn->backlog + 1,
			syn->backlog);
	else if (syn != NULL && syn->cause == UNANSWERED_REQUESTS)
		page_text(met, sizeof(met), WORD_REQUESTS_FULL);
	else if (model->summary.transitions[EVIDENCE_BOTH] > 0)
		page_text(met, sizeof(met), WORD_NOT_THE_QUEUE);
	else
		return;
	answer_join(text, size, met);
	if (syn != NULL && syn->cause == UNANSWERED_QUEUE_FULL &&
		*answer_stuck(model, syn->connection, syn->t_ns, met, sizeof(met)) != '\0')
		answer_join(text, size, met);
}

static void story_tell(const struct model *model, struct page_answer *answer,
	const struct story *story, bool *timer_told)
{
	char whose[ANSWER_LIST], lasted[ANSWER_DURATION], left[200], text[3 * ANSWER_LIST + 400];

	answer_list_if(model, has_this_story, story, ANSWER_LISTED, whose, sizeof(whose));
	answer_duration(story->longest_ns, lasted);
	answer_lead(text, sizeof(text),
		story->in ? (story->several ? WORD_STORY_LATE_UP_TO : WORD_STORY_LATE)
			  : (story->trial ? WORD_STORY_OUT_TRIAL : WORD_STORY_OUT),
		whose, lasted);
	say_what_it_met(model, story, text, sizeof(text));
	if (story->left == REASON_PROCESS_ENDED || story->left == REASON_CLOSED_BY_PROGRAM)
		answer_join(text, sizeof(text),
			page_text(left, sizeof(left),
				story->left == REASON_PROCESS_ENDED ? WORD_LEFT_ENDED
								    : WORD_LEFT_CLOSED,
				lasted));
	bool had_to_wait =
		story->in && story->syn != NULL && story->syn->cause == UNANSWERED_QUEUE_FULL;
	if (had_to_wait && !*timer_told)
		answer_join(text, sizeof(text), page_word(WORD_SYN_TIMER));
	*timer_told |= had_to_wait;
	answer_say(answer, text);
}

bool answer_stories(const struct model *model, struct page_answer *answer, bool *held)
{
	struct story list[STORIES_MAX] = {0};
	size_t count = stories_find(model, list);
	bool timer_told = false;

	*held = count <= STORIES_MAX;
	for (size_t i = 0; i < count && count <= STORIES_MAX; i++) {
		const struct unanswered *syn = list[i].syn;

		story_tell(model, answer, &list[i], &timer_told);
		*held &= syn == NULL || syn->cause != UNANSWERED_QUEUE_FULL ||
			 list[i].stood[0] != '\0';
	}
	return count > 0 && count <= STORIES_MAX;
}
