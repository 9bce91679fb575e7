/* What kept a client from being let in, in order: for how long the server did not take its final
 * ACK for one reason, then for the next. Clients with the same course are told together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

enum { STAGES_MAX = 3, COURSES_MAX = 3, CLAIMS_MAX = 64 };

struct stage { /* the ACKs of one reason, one after another */
	uint16_t code;
	int64_t from_ns, lasted_ns;
	const struct reason *reason;
};
struct course { /* of one connection: why its ACKs were not taken, in order of time */
	struct stage stage[STAGES_MAX];
	size_t count;
};
struct courses { /* those that connections have in common */
	struct course item[COURSES_MAX];
	bool several[COURSES_MAX]; /* more than one connection took it */
	size_t count;
};

static bool is_of_ack(unsigned code)
{
	return code == REASON_ACCEPT_QUEUE_FULL || code == REASON_ACCEPT_DEFERRED ||
	       code == REASON_FINAL_ACK_FILTERED || code == REASON_FINAL_ACK_IGNORED;
}

static int compare_stages(const void *left, const void *right)
{
	const struct stage *a = left, *b = right;

	return (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
}

/* Every ACK of it that was not taken; returns how many. */
static size_t claims_of(const struct model *model, const struct connection *connection,
	struct stage claims[CLAIMS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct correction *at =
			step->kind == STEP_CORRECTION ? &model->corrections[step->index] : NULL;

		for (uint32_t k = 0; at != NULL && is_of_ack(at->record.reason.code) &&
				     k < at->count && count < CLAIMS_MAX;
			k++)
			claims[count++] = (struct stage){.code = at->record.reason.code,
				.from_ns = at->edge_times[k],
				.reason = &at->record.reason};
	}
	qsort(claims, count, sizeof(*claims), compare_stages);
	return count;
}

/* When the server took it in; its last packet where it never did. */
static int64_t waited_until(const struct model *model, const struct connection *connection)
{
	const struct record *opened =
		step_first_to(model, connection, !connection->client, 1u << STATE_ESTABLISHED);

	if (opened != NULL)
		return opened->t_ns;
	return connection->last_ns;
}

/* false: it has none, or too many to tell */
static bool course_of(
	const struct model *model, const struct connection *connection, struct course *course)
{
	struct stage claims[CLAIMS_MAX];
	size_t count = claims_of(model, connection, claims);
	int64_t until_ns = waited_until(model, connection);

	course->count = 0;
	for (size_t i = 0; i < count; i++) {
		bool same = course->count > 0 &&
			    course->stage[course->count - 1].code == claims[i].code;

		if (!same && course->count == STAGES_MAX)
			return false;
		if (!same)
			course->stage[course->count++] = claims[i];
	}
	for (size_t i = 0; i < course->count; i++) {
		struct stage *stage = &course->stage[i];
		int64_t ends_ns = i + 1 < course->count ? stage[1].from_ns : until_ns;

		stage->lasted_ns = ends_ns > stage->from_ns ? ends_ns - stage->from_ns : 0;
	}
	return course->count > 0;
}

static bool same_course(const struct course *one, const struct course *other)
{
	bool same = one->count == other->count;

	for (size_t i = 0; i < one->count && same; i++)
		same = one->stage[i].code == other->stage[i].code &&
		       (one->stage[i].code != REASON_ACCEPT_QUEUE_FULL ||
			       memcmp(one->stage[i].reason->arg, other->stage[i].reason->arg,
				       2 * sizeof(one->stage[i].reason->arg[0])) == 0);
	return same;
}

/* Of all whose final ACK was not taken. false: there are more courses than can be told. */
static bool courses_find(const struct model *model, struct courses *courses)
{
	courses->count = 0;
	for (uint32_t i = 0; i < model->connection_count; i++) {
		struct course course;
		size_t at = 0;

		if ((model->connections[i].traits & TRAIT_ACK_IGNORED) == 0 ||
			!answer_told(model, i))
			continue;
		if (model->connections[i].client == -1 ||
			!course_of(model, &model->connections[i], &course))
			return false;
		while (at < courses->count && !same_course(&courses->item[at], &course))
			at++;
		if (at == COURSES_MAX)
			return false;
		if (at == courses->count) {
			courses->item[courses->count] = course;
			courses->several[courses->count++] = model->connections[i].folded != NULL;
			continue;
		}
		courses->several[at] = true;
		for (size_t k = 0; k < course.count; k++)
			if (course.stage[k].lasted_ns > courses->item[at].stage[k].lasted_ns)
				courses->item[at].stage[k].lasted_ns = course.stage[k].lasted_ns;
	}
	return courses->count > 0;
}

static bool has_course(const struct model *model, uint32_t index, const void *context)
{
	struct course course;

	return (model->connections[index].traits & TRAIT_ACK_IGNORED) != 0 &&
	       course_of(model, &model->connections[index], &course) &&
	       same_course(&course, context);
}

struct said { /* what of a reason is said once */
	bool room, option;
	bool unnamed; /* of some full queue it is not said who filled it */
};

/* "each ACK that came met a full accept queue"; stood: who was in it, "": not known */
static void queue_say(const struct stage *stage, const char *span, const char *stood, bool room,
	char *told, size_t size)
{
	unsigned waiting = (unsigned)stage->reason->arg[0],
		 backlog = (unsigned)stage->reason->arg[1];

	if (!room && *stood != '\0')
		page_text(told, size, WORD_STAGE_QUEUE_OF_HELD, span, waiting, stood, backlog + 1,
			backlog);
	else if (!room)
		page_text(told, size, WORD_STAGE_QUEUE_OF, span, waiting, backlog + 1, backlog);
	else if (*stood != '\0')
		page_text(told, size, WORD_STAGE_QUEUE_HELD, span, stood);
	else
		page_text(told, size, WORD_STAGE_QUEUE, span);
}

/* "for 1.0 s the ACK was dropped, probably by a filter" */
static void stage_say(const struct stage *stage, bool several, const char *stood, struct said *said,
	char *text, size_t size)
{
	char lasted[ANSWER_DURATION], span[ANSWER_DURATION + 40], told[ANSWER_LIST + 300];
	bool full = stage->code == REASON_ACCEPT_QUEUE_FULL,
	     deferred = stage->code == REASON_ACCEPT_DEFERRED;

	answer_duration(stage->lasted_ns, lasted);
	page_text(span, sizeof(span), several ? WORD_FOR_UP_TO : WORD_FOR, lasted);
	if (full)
		queue_say(stage, span, stood, said->room, told, sizeof(told));
	else
		page_text(told, sizeof(told),
			deferred && said->option                   ? WORD_STAGE_DEFERRED_AGAIN
			: deferred                                 ? WORD_STAGE_DEFERRED
			: stage->code == REASON_FINAL_ACK_FILTERED ? WORD_STAGE_FILTERED
								   : WORD_STAGE_UNKNOWN,
			span);
	template_append(text, size, "%s", told);
	said->room |= full;
	said->unnamed |= full && *stood == '\0';
	said->option |= deferred;
}

bool answer_stages(const struct model *model, struct page_answer *answer, bool *held)
{
	struct courses courses;
	struct said said = {0};
	char whose[ANSWER_LIST], stood[ANSWER_LIST], text[2 * ANSWER_LIST + 600];

	*held = false;
	if (!courses_find(model, &courses))
		return false;
	for (size_t i = 0; i < courses.count; i++) {
		const struct course *course = &courses.item[i];

		answer_list_if(model, has_course, course, ANSWER_LISTED, whose, sizeof(whose));
		answer_stood_of(model, has_course, course, stood, sizeof(stood));
		snprintf(text, sizeof(text), "%s%s", whose, _(": "));
		for (size_t k = 0; k < course->count; k++) {
			template_append(
				text, sizeof(text), "%s", k > 0 ? page_word(WORD_STAGE_THEN) : "");
			stage_say(&course->stage[k], courses.several[i], stood, &said, text,
				sizeof(text));
		}
		template_append(text, sizeof(text), "%s", _("."));
		answer_say(answer, text);
	}
	*held = !said.unnamed;
	return true;
}
