/* Who holds CLOSE_WAIT, who TIME_WAIT? The third question that a page answers: which programs did
 * not close, for how long each, what became of their peers; and at which end TIME_WAIT was. */
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "tcpstate/steps.h"

enum { HOLDERS_TOLD = 3 };

struct holding { /* findings of the same programs */
	const struct finding *first;
	int64_t longest_ms;
	size_t count;
};

static bool same_holder(const struct finding *one, const struct finding *other)
{
	return one->code == other->code && strcmp(one->text[0], other->text[0]) == 0;
}

/* For how long an end of it was in CLOSE_WAIT and used it, where this finding's program had it; 0:
 * it did not. */
static int64_t used_ms(const struct model *model, const struct connection *connection,
	const struct finding *holder)
{
	char owner[FINDING_TEXT];
	int64_t longest_ns = 0;

	if ((connection->traits & TRAIT_HALF_USED) == 0)
		return 0;
	for (int side = 0; side < 2; side++) {
		int64_t from_ns = 0;

		snprintf(owner, sizeof(owner), "%s[%u]",
			connection->has_owner[side] ? connection->owner[side].program : "",
			connection->has_owner[side] ? connection->owner[side].pid : 0);
		if (strcmp(owner, holder->text[0]) != 0)
			continue;
		for (size_t i = 0; i < connection->steps.count; i++) {
			const struct step *step = &connection->steps.item[i];
			const struct record *record = step_edge(model, step);

			if (record == NULL || (record->side & 1) != side)
				continue;
			if (record->to == STATE_CLOSE_WAIT)
				from_ns = record->t_ns;
			else if (record->from == STATE_CLOSE_WAIT && from_ns > 0 &&
				 record->t_ns - from_ns > longest_ns)
				longest_ns = record->t_ns - from_ns;
		}
	}
	return longest_ns / 1000000;
}

static bool held_by(const struct model *model, uint32_t index, const void *context)
{
	if (used_ms(model, &model->connections[index], context) > 0)
		return true;
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].about == FINDING_OF_CONNECTION &&
			model->findings[i].index == index &&
			same_holder(&model->findings[i], context))
			return true;
	return false;
}

/* returns how many holders there are; more than HOLDERS_TOLD: those beyond are not in the list */
static size_t holdings_find(const struct model *model, struct holding list[HOLDERS_TOLD])
{
	size_t count = 0;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];
		size_t at = 0;

		if (finding->code != FINDING_CLOSE_WAIT_HELD || finding->text[0][0] == '\0')
			continue;
		while (at < count && at < HOLDERS_TOLD && !same_holder(list[at].first, finding))
			at++;
		if (at == HOLDERS_TOLD)
			return HOLDERS_TOLD + 1;
		if (at == count)
			list[count++] = (struct holding){finding, 0, 0};
		list[at].count++;
		if (finding->arg[0] > list[at].longest_ms)
			list[at].longest_ms = finding->arg[0];
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < model->connection_count; k++) {
			int64_t ms = used_ms(model, &model->connections[k], list[i].first);

			list[i].count += ms > 0;
			list[i].longest_ms = ms > list[i].longest_ms ? ms : list[i].longest_ms;
		}
	return count;
}

/* "for 3.2 s by fork_server[28]", "for up to 1.1 s by fork_server[83] (C7, C8)" */
static void holding_text(const struct model *model, const struct holding *holding, bool alone,
	char *text, size_t size)
{
	char lasted[ANSWER_DURATION], by[FINDING_TEXT + 40], whose[ANSWER_LIST];
	const struct finding *first = holding->first;
	bool several = holding->count > 1 || (alone && first->more > 0);

	page_text(text, size,
		first->phrase[1] == PHRASE_TO_THE_END ? WORD_HELD_TO_THE_END
		: several                             ? WORD_HELD_UP_TO
						      : WORD_HELD_FOR,
		answer_duration(holding->longest_ms * 1000000, lasted),
		prose_finding_text(first, 0, by, sizeof(by)));
	if (!alone)
		template_append(text, size, " (%s)",
			answer_list_if(model, held_by, first, ANSWER_LISTED, whose, sizeof(whose)));
}

/* It listens on the port of this end, and no call says who else had the socket. */
static bool holder_listens(const struct model *model, const struct finding *finding)
{
	const struct connection *connection = &model->connections[finding->index];

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run == finding->run && at->has_owner && finding->arg[1] > 0 &&
			at->owner.pid == (uint32_t)finding->arg[1] &&
			at->key.port_be[0] == connection->key.port_be[finding->side & 1])
			return !model->runs[finding->run].has_calls;
	}
	return false;
}

struct causes {                              /* why they were not closed, as far as that is known */
	const struct finding *first, *known; /* known: a parent that kept its copy, by the calls */
	const struct finding *listens;       /* whose holder listens */
	size_t held, explained;
	bool several; /* of those who listen there are different ones */
};

static struct causes causes_of(const struct model *model)
{
	struct causes causes = {0};

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->code != FINDING_CLOSE_WAIT_HELD || at->index >= model->connection_count)
			continue;
		bool kept = at->phrase[1] == PHRASE_PARENT_KEPT ||
			    at->phrase[1] == PHRASE_PARENT_KEPT_ENDED,
		     listens = !kept && holder_listens(model, at);
		causes.held++;
		causes.explained += kept || listens;
		causes.first = causes.first == NULL ? at : causes.first;
		causes.known = kept && causes.known == NULL ? at : causes.known;
		causes.several |=
			listens && causes.listens != NULL && !same_holder(at, causes.listens);
		causes.listens = listens && causes.listens == NULL ? at : causes.listens;
	}
	return causes;
}

struct parent { /* a process that kept its copies of sockets after fork() */
	uint16_t run;
	uint32_t pid;
};

static int side_kept(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];

	for (int side = 0; side < 2; side++)
		if ((connection->traits & (TRAIT_CLOSE_WAIT | TRAIT_HALF_USED)) != 0 &&
			connection->has_owner[side] && model_parent_kept(model, index, side))
			return side;
	return -1;
}

static bool is_kept(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];
	const struct parent *parent = context;
	int side = side_kept(model, index);

	return side != -1 && connection->run == parent->run &&
	       connection->owner[side].pid == parent->pid;
}

/* "fork_server[35] of C2–C4, fork_server[91] of C7"; returns of how many connections a parent
 * kept its copy. */
static size_t parents_list(const struct model *model, char *list, size_t size)
{
	struct parent parents[HOLDERS_TOLD];
	size_t count = 0, kept = 0;
	char whose[ANSWER_LIST], one[ANSWER_LIST + FINDING_TEXT], name[FINDING_TEXT];

	*list = '\0';
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		int side = side_kept(model, i);
		bool seen = side == -1;

		kept += side != -1;
		for (size_t k = 0; k < count && !seen; k++)
			seen = is_kept(model, i, &parents[k]);
		if (seen || count == HOLDERS_TOLD)
			continue;
		const struct owner *owner = &connection->owner[side];
		parents[count] = (struct parent){connection->run, owner->pid};
		answer_list_if(
			model, is_kept, &parents[count++], ANSWER_LISTED, whose, sizeof(whose));
		snprintf(name, sizeof(name), "%s[%u]", owner->program, owner->pid);
		template_append(list, size, "%s%s", *list != '\0' ? _(", ") : "",
			page_text(one, sizeof(one), WORD_KEPT_BY, name, whose));
	}
	return kept;
}

/* Held by a process that kept its copy of another connection after fork(), and no look met a child
 * that had this one. */
static bool is_kept_unseen(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];

	(void)context;
	if ((connection->traits & (TRAIT_CLOSE_WAIT | TRAIT_HALF_USED)) == 0 ||
		side_kept(model, index) != -1)
		return false;
	for (int side = 0; side < 2; side++) {
		struct parent parent = {connection->run, connection->owner[side].pid};

		for (uint32_t i = 0; connection->has_owner[side] && i < model->connection_count;
			i++)
			if (is_kept(model, i, &parent))
				return true;
	}
	return false;
}

/* Of one connection which child it was; of several which parents. A parent may be known by a
 * connection that is no finding, because it was still used. Returns whether there is one. */
static bool say_kept(
	const struct model *model, struct page_answer *answer, const struct finding *known)
{
	char list[HOLDERS_TOLD * ANSWER_LIST], text[sizeof(list) + 100], unseen[ANSWER_LIST];

	size_t kept = parents_list(model, list, sizeof(list));
	if (kept == 0)
		return false;
	if (kept > 1 || known == NULL) {
		page_text(text, sizeof(text), WORD_PARENTS_KEPT, list);
	} else {
		prose_finding_text(known, 1, text, sizeof(text));
		template_append(text, sizeof(text), "%s", _("."));
		answer_capital(text);
	}
	answer_list_if(model, is_kept_unseen, NULL, ANSWER_LISTED, list, sizeof(list));
	if (*list != '\0')
		answer_join(text, sizeof(text),
			page_text(unseen, sizeof(unseen), WORD_KEPT_UNSEEN, list));
	answer_say(answer, text);
	return true;
}

/* Why it was not closed, where that is known, what to do about each cause, and what says so: of
 * the finding that knows most. */
static void why_held(const struct model *model, struct page_answer *answer)
{
	struct causes causes = causes_of(model);
	const struct finding *listens = causes.listens;
	char text[600], name[FINDING_TEXT];

	if (causes.first == NULL)
		return;
	if (say_kept(model, answer, causes.known)) {
		answer_advise(answer, page_word(WORD_DO_CLOSE_PARENT));
	} else if (prose_finding_phrase_advice(causes.first) != NULL) {
		answer_advise(answer, prose_finding_phrase_advice(causes.first));
	} else if (listens != NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(listens->text[0], "\n"),
			listens->text[0]);
		answer_say(
			answer, causes.several && causes.explained == causes.held
					? page_word(WORD_HOLDERS_LISTEN)
					: page_text(text, sizeof(text), WORD_HOLDER_LISTENS, name));
		answer_advise(answer, page_word(WORD_DO_CLOSE_PARENT_OR));
	}
	if (causes.explained < causes.held)
		answer_advise(answer, page_word(WORD_DO_CLOSE));
	answer_cite_finding(answer, causes.known != NULL ? causes.known : causes.first);
}

/* In CLOSE_WAIT, too, but to use it: its program still sent. */
static void half_used(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 200];

	answer_list(model, TRAIT_HALF_USED, TRAIT_CLOSE_WAIT, ANSWER_LISTED, whose, sizeof(whose));
	if (*whose != '\0')
		answer_say(answer, page_text(text, sizeof(text), WORD_HALF_USED, whose));
}

/* "for 1.3 s to 1.8 s, each by its own echo_client (C54–C57)"; false: not so */
static bool each_by_its_own(const struct model *model, char *text, size_t size)
{
	const struct finding *first = NULL;
	int64_t least_ms = INT64_MAX, most_ms = 0;
	size_t kept = 0;
	char least[ANSWER_DURATION], most[ANSWER_DURATION], program[FINDING_TEXT],
		whose[ANSWER_LIST];

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->code != FINDING_CLOSE_WAIT_HELD)
			continue;
		first = first == NULL ? at : first;
		size_t length = strcspn(at->text[0], "[");
		kept++;
		if (at->text[0][length] == '\0' ||
			strncmp(at->text[0], first->text[0], length + 1) != 0 ||
			strchr(at->text[0], '\n') != NULL)
			return false;
		for (size_t k = 0; k < i; k++)
			if (same_holder(at, &model->findings[k]))
				return false;
		least_ms = at->arg[0] < least_ms ? at->arg[0] : least_ms;
		most_ms = at->arg[0] > most_ms ? at->arg[0] : most_ms;
	}
	if (first == NULL || first->more + 1 != kept)
		return false;
	snprintf(program, sizeof(program), "%.*s", (int)strcspn(first->text[0], "["),
		first->text[0]);
	page_text(text, size, WORD_HELD_EACH, answer_duration(least_ms * 1000000, least),
		answer_duration(most_ms * 1000000, most), program,
		answer_list(model, TRAIT_CLOSE_WAIT, 0, ANSWER_LISTED, whose, sizeof(whose)));
	return true;
}

/* Which programs kept their sockets in CLOSE_WAIT, and for how long each. */
static void who_holds(const struct model *model, struct page_answer *answer)
{
	struct holding holdings[HOLDERS_TOLD];
	size_t count = holdings_find(model, holdings);
	char list[ANSWER_LIST * 4] = "", one[ANSWER_LIST * 2], text[sizeof(list) + 100];

	if (count == 0) {
		answer_say(answer, page_word(WORD_CLOSE_WAIT_HELD));
		return;
	}
	if (count > HOLDERS_TOLD && each_by_its_own(model, list, sizeof(list)))
		count = 0;
	for (size_t i = 0; i < count && i < HOLDERS_TOLD; i++) {
		holding_text(model, &holdings[i], count == 1, one, sizeof(one));
		template_append(list, sizeof(list), "%s%s", i > 0 ? _("; ") : "", one);
	}
	if (count > HOLDERS_TOLD)
		template_append(list, sizeof(list), "; …");
	else
		answer_tells(model, answer, FINDING_CLOSE_WAIT_HELD);
	answer_say(answer, page_text(text, sizeof(text), WORD_CLOSE_WAIT_HELD_BY, list));
}

/* At which end they all are: of the server 1, of the client 0; -1: at both, or it is not known. */
static int side_of_all(const struct model *model)
{
	int server = -1;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		if (finding->code != FINDING_CLOSE_WAIT_HELD ||
			finding->index >= model->connection_count)
			continue;
		int client = model->connections[finding->index].client,
		    its = (finding->side & 1) != client;
		if (client == -1 || (server != -1 && its != server))
			return -1;
		server = its;
	}
	return server;
}

/* The trouble comes first; TIME_WAIT, which is ordinary, has its sentence. */
static void close_wait_held(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST];
	int server = side_of_all(model);

	answer_list(
		model, TRAIT_CLOSE_WAIT | TRAIT_HALF_USED, 0, ANSWER_LISTED, whose, sizeof(whose));
	page_text(answer->big, sizeof(answer->big),
		server == 1   ? WORD_CLOSE_WAIT_SERVER
		: server == 0 ? WORD_CLOSE_WAIT_CLIENT
			      : WORD_CLOSE_WAIT_OF,
		whose);
	answer->question = page_word(WORD_ASK_CLOSE_WAIT);
	answer->alarm = true;
	who_holds(model, answer);
	why_held(model, answer);
}

/* What stands behind who holds what, and why: what became of the peers. */
static void more_of_close_wait(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 200];
	uint16_t ran_out = REASON_FIN_WAIT2_TIMED_OUT;

	answer_list_if(model, answer_has_reason, &ran_out, ANSWER_LISTED, whose, sizeof(whose));
	if (*whose != '\0')
		answer_say(answer, page_text(text, sizeof(text), WORD_FIN_WAIT2_RAN_OUT, whose));
}

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

/* Where clients alone have it, in the fold: it forbids a port that they do not ask for again. */
static void why_and_what_it_forbids(
	struct page_answer *answer, void (*say)(struct page_answer *, const char *))
{
	say(answer, page_word(WORD_WAITS_WHY));
	say(answer, page_word(WORD_WAITS_FORBID));
}

void answer_who_waits(const struct model *model, struct page_answer *answer)
{
	size_t client = answer_count(model, TRAIT_WAIT_CLIENT),
	       server = answer_count(model, TRAIT_WAIT_SERVER),
	       rst = answer_count(model, TRAIT_RST);
	bool held = answer_count(model, TRAIT_CLOSE_WAIT) > 0;
	char whose[ANSWER_LIST], other[ANSWER_LIST], text[2 * ANSWER_LIST + 100];

	if (held)
		close_wait_held(model, answer);
	else if (client > 0 && server > 0)
		page_text(answer->big, sizeof(answer->big), WORD_BOTH_SIDES, client, server);
	else
		snprintf(answer->big, sizeof(answer->big), "%s",
			page_word(client > 1    ? WORD_THE_CLIENTS
				  : client == 1 ? WORD_THE_CLIENT
				  : server > 0  ? WORD_THE_SERVER
						: WORD_NOBODY));
	answer_list(model, TRAIT_WAIT_CLIENT, 0, ANSWER_LISTED, whose, sizeof(whose));
	answer_list(model, TRAIT_WAIT_SERVER, 0, ANSWER_LISTED, other, sizeof(other));
	if (client > 0 && server > 0)
		answer_say(
			answer, model->connection_count > 400
					? page_word(WORD_EITHER_FIRST_MANY)
					: page_text(text, sizeof(text),
						  held ? WORD_TIME_WAIT_EITHER : WORD_EITHER_FIRST,
						  whose, other));
	else if (client > 0)
		answer_say(
			answer, page_text(text, sizeof(text),
					held ? WORD_TIME_WAIT_CLIENT : WORD_CLIENT_FIRST, whose));
	else if (server > 0)
		answer_say(
			answer, page_text(text, sizeof(text),
					held ? WORD_TIME_WAIT_SERVER : WORD_SERVER_FIRST, other));
	else if (held)
		answer_say(answer, page_word(WORD_NO_TIME_WAIT));
	if (held) {
		half_used(model, answer);
		more_of_close_wait(model, answer);
	}
	if (server > 0 && !held)
		why_and_what_it_forbids(answer, answer_say);
	cut_short(model, answer);
	if (server > 0 && !held)
		answer_advise(answer, page_word(WORD_DO_NOT_MIND));
	too_many(model, answer);
	if (rst > 0)
		answer_say(answer, page_count(text, sizeof(text), COUNT_BY_RST, rst));
	else if (client + server == 0)
		answer_say(answer, page_word(WORD_NO_FIN));
	if (client > 0 && server == 0 && !held)
		why_and_what_it_forbids(answer, answer_say_more);
}
