/* What kept a client from being let in, in order: for how long the server did not take its final
 * ACK for one reason, then for the next. Clients with the same course are told together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

enum { STAGES_MAX = 4, COURSES_MAX = 3, CLAIMS_MAX = 64 };
enum {
	STAGE_ROOM = REASON_MAX, /* there was room again, but no ACK came */
	ROOM_NS = 200000000      /* for less than that nobody asks why it took so long */
};

struct stage { /* the ACKs of one reason, one after another */
	uint16_t code;
	int64_t from_ns, lasted_ns;
	const struct reason *reason;
};
struct course { /* of one connection: why its ACKs were not taken, in order of time */
	struct stage stage[STAGES_MAX];
	size_t count;
	bool let_in; /* at last */
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

/* Its server's edge to ESTABLISHED; NULL: it was never let in. */
static const struct record *let_in(const struct model *model, const struct connection *connection)
{
	return step_first_to(model, connection, !connection->client, 1u << STATE_ESTABLISHED);
}

/* When the first one of those left this queue who stood in it at t_ns; INT64_MAX: nobody did. */
static int64_t first_to_leave(const struct listener *listener, int64_t t_ns)
{
	size_t low = 0, high = listener->stay_count; /* by when they left it */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (listener->stays[middle].to_ns > t_ns)
			high = middle;
		else
			low = middle + 1;
	}
	while (low < listener->stay_count && listener->stays[low].from_ns >= t_ns)
		low++;
	return low < listener->stay_count ? listener->stays[low].to_ns : INT64_MAX;
}

/* When accept() had taken the first one out of the full queue that this ACK met, long before the
 * one kept out was let in; 0: not so. */
static int64_t room_since(const struct model *model, const struct connection *connection,
	int64_t met_ns, int64_t until_ns)
{
	int64_t since_ns = until_ns;

	for (size_t l = 0; l < model->listener_count; l++) {
		const struct listener *listener = &model->listeners[l];

		if (listener->run != connection->run ||
			listener->key.port_be[0] != connection->key.port_be[!connection->client])
			continue;
		int64_t left_ns = first_to_leave(listener, met_ns);
		since_ns = left_ns < since_ns ? left_ns : since_ns;
	}
	return since_ns < until_ns - ROOM_NS ? since_ns : 0;
}

/* false: it has none, or too many to tell */
static bool course_of(
	const struct model *model, const struct connection *connection, struct course *course)
{
	struct stage claims[CLAIMS_MAX];
	size_t count = claims_of(model, connection, claims);
	const struct record *opened = let_in(model, connection);
	int64_t until_ns = opened != NULL ? opened->t_ns : connection->last_ns;

	*course = (struct course){.let_in = opened != NULL};
	for (size_t i = 0; i < count; i++) {
		bool same = course->count > 0 &&
			    course->stage[course->count - 1].code == claims[i].code;

		if (!same && course->count == STAGES_MAX)
			return false;
		if (!same)
			course->stage[course->count++] = claims[i];
	}
	int64_t room_ns =
		count > 0 && claims[count - 1].code == REASON_ACCEPT_QUEUE_FULL
			? room_since(model, connection, claims[count - 1].from_ns, until_ns)
			: 0;
	if (room_ns != 0 && course->count < STAGES_MAX)
		course->stage[course->count++] =
			(struct stage){.code = STAGE_ROOM, .from_ns = room_ns};
	for (size_t i = 0; i < course->count; i++) {
		struct stage *stage = &course->stage[i];
		int64_t ends_ns = i + 1 < course->count ? stage[1].from_ns : until_ns;

		stage->lasted_ns = ends_ns > stage->from_ns ? ends_ns - stage->from_ns : 0;
	}
	return course->count > 0;
}

static bool same_course(const struct course *one, const struct course *other)
{
	bool same = one->count == other->count && one->let_in == other->let_in;

	for (size_t i = 0; i < one->count && same; i++)
		same = one->stage[i].code == other->stage[i].code &&
		       (one->stage[i].code != REASON_ACCEPT_QUEUE_FULL ||
			       memcmp(one->stage[i].reason->arg, other->stage[i].reason->arg,
				       2 * sizeof(one->stage[i].reason->arg[0])) == 0);
	return same;
}

static int64_t lasted_ns(const struct course *course)
{
	int64_t sum_ns = 0;

	for (size_t i = 0; i < course->count; i++)
		sum_ns += course->stage[i].lasted_ns;
	return sum_ns;
}

static void courses_swap(struct courses *courses, size_t i, size_t k)
{
	struct course course = courses->item[i];
	bool several = courses->several[i];

	courses->item[i] = courses->item[k];
	courses->several[i] = courses->several[k];
	courses->item[k] = course;
	courses->several[k] = several;
}

/* Of all whose final ACK was not taken, the longest first. false: there are more courses than can
 * be told. */
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
	for (size_t i = 1; i < courses->count; i++)
		for (size_t k = i;
			k > 0 && lasted_ns(&courses->item[k - 1]) < lasted_ns(&courses->item[k]);
			k--)
			courses_swap(courses, k - 1, k);
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
	bool room, option, again;
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
	     deferred = stage->code == REASON_ACCEPT_DEFERRED, again = stage->code == STAGE_ROOM;

	answer_duration(stage->lasted_ns, lasted);
	page_text(span, sizeof(span), several ? WORD_FOR_UP_TO : WORD_FOR, lasted);
	if (full)
		queue_say(stage, span, stood, said->room, told, sizeof(told));
	else
		page_text(told, sizeof(told),
			again && said->again                       ? WORD_STAGE_ROOM_AGAIN
			: again                                    ? WORD_STAGE_ROOM
			: deferred && said->option                 ? WORD_STAGE_DEFERRED_AGAIN
			: deferred                                 ? WORD_STAGE_DEFERRED
			: stage->code == REASON_FINAL_ACK_FILTERED ? WORD_STAGE_FILTERED
								   : WORD_STAGE_UNKNOWN,
			span);
	template_append(text, size, "%s", told);
	said->room |= full;
	said->unnamed |= full && *stood == '\0';
	said->option |= deferred;
	said->again |= again;
}

/* "C7, C8, which came later": all in the queue came after those that it kept out. */
static void say_later(
	const struct model *model, const struct course *course, char *stood, size_t size)
{
	int64_t last_ns = INT64_MIN;
	char named[ANSWER_LIST];

	for (uint32_t i = 0; i < model->connection_count; i++)
		if (model->connections[i].first_ns > last_ns && has_course(model, i, course))
			last_ns = model->connections[i].first_ns;
	if (*stood == '\0' || answer_stood_since(model, has_course, course) <= last_ns)
		return;
	snprintf(named, sizeof(named), "%s", stood);
	page_text(stood, size, WORD_CAME_LATER, named);
}

/* "C6: delayed for 7.2 s. For 1.0 s the ACK was dropped, then ...; then it was let in." */
static void course_say(const struct course *course, bool several, const char *whose,
	const char *stood, struct said *said, char *text, size_t size)
{
	char lasted[ANSWER_DURATION], stages[2 * ANSWER_LIST + 600] = "";

	answer_duration(lasted_ns(course), lasted);
	for (size_t i = 0; i < course->count; i++) {
		template_append(
			stages, sizeof(stages), "%s", i > 0 ? page_word(WORD_STAGE_THEN) : "");
		stage_say(&course->stage[i], several, stood, said, stages, sizeof(stages));
	}
	answer_lead(text, size,
		course->count == 1 ? WORD_STAGES_OF
		: course->let_in   ? (several ? WORD_STAGES_UP_TO : WORD_STAGES)
				   : (several ? WORD_STAGES_OUT_UP_TO : WORD_STAGES_OUT),
		whose, lasted);
	template_append(stages, sizeof(stages), "%s",
		page_word(course->let_in ? WORD_STAGE_LET_IN : WORD_STAGE_NEVER));
	answer_join(text, size, course->count == 1 ? stages : answer_capital(stages));
}

/* Behind what a course was, why the queue that it met was full. */
static void say_stuck(
	const struct model *model, const struct course *course, char *text, size_t size)
{
	char why[ANSWER_LIST];
	size_t full = 0;
	uint32_t first = 0;

	while (full < course->count && course->stage[full].code != REASON_ACCEPT_QUEUE_FULL)
		full++;
	while (first < model->connection_count && !has_course(model, first, course))
		first++;
	if (full < course->count && first < model->connection_count &&
		*answer_stuck(model, first, course->stage[full].from_ns, why, sizeof(why)) != '\0')
		answer_join(text, size, why);
}

bool answer_stages(
	const struct model *model, struct page_answer *answer, bool *held, bool *explained)
{
	struct courses courses;
	struct said said = {0};
	char whose[ANSWER_LIST], stood[ANSWER_LIST], text[3 * ANSWER_LIST + 600];

	*held = *explained = false;
	if (!courses_find(model, &courses))
		return false;
	for (size_t i = 0; i < courses.count; i++) {
		const struct course *course = &courses.item[i];

		answer_list_if(model, has_course, course, ANSWER_LISTED, whose, sizeof(whose));
		answer_stood_of(model, has_course, course, stood, sizeof(stood));
		say_later(model, course, stood, sizeof(stood));
		course_say(course, courses.several[i], whose, stood, &said, text, sizeof(text));
		say_stuck(model, course, text, sizeof(text));
		answer_say(answer, text);
	}
	*held = !said.unnamed;
	*explained = said.again;
	return true;
}
