/* Who holds CLOSE_WAIT? The third question that a page answers, where somebody does: which programs
 * did not close, for how long each and why, and what became of their peers. */
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

/* For how long an end of it was in CLOSE_WAIT, where this finding's program had it; 0: none was. */
static int64_t stayed_ms(const struct model *model, const struct connection *connection,
	const struct finding *holder)
{
	char owner[FINDING_TEXT];
	int64_t longest_ns = 0;

	for (int side = 0; side < 2; side++) {
		int64_t from_ns = 0;

		snprintf(owner, sizeof(owner), "%s[%u]",
			connection->ends[side].has_owner ? connection->ends[side].owner.program
							 : "",
			connection->ends[side].has_owner ? connection->ends[side].owner.pid : 0);
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

/* The same of one that used it. */
static int64_t used_ms(const struct model *model, const struct connection *connection,
	const struct finding *holder)
{
	return (connection->traits & TRAIT_HALF_USED) != 0 ? stayed_ms(model, connection, holder)
							   : 0;
}

enum { SHORT_MS = 100 /* for less a program that closes in answer may need, too */ };

/* No finding, but a program that left others in CLOSE_WAIT had it there, for a shorter time. */
static bool held_for_less(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];

	(void)context;
	if ((connection->traits & (TRAIT_CLOSE_WAIT | TRAIT_HALF_USED)) != 0)
		return false;
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->code == FINDING_CLOSE_WAIT_HELD && at->run == connection->run &&
			at->text[0][0] != '\0' && stayed_ms(model, connection, at) >= SHORT_MS)
			return true;
	}
	return false;
}

static bool held_at_all(const struct model *model, uint32_t index, const void *context)
{
	return (model->connections[index].traits & (TRAIT_CLOSE_WAIT | TRAIT_HALF_USED)) != 0 ||
	       held_for_less(model, index, context);
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
			connection->ends[side].has_owner && model_parent_kept(model, index, side))
			return side;
	return -1;
}

static bool is_kept(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];
	const struct parent *parent = context;
	int side = side_kept(model, index);

	return side != -1 && connection->run == parent->run &&
	       connection->ends[side].owner.pid == parent->pid;
}

struct parents {
	struct parent item[HOLDERS_TOLD];
	size_t count;
	size_t kept; /* connections of which one kept its copy, those of further parents, too */
};

static struct parents parents_find(const struct model *model)
{
	struct parents parents = {.count = 0};

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		int side = side_kept(model, i);
		bool seen = side == -1;

		parents.kept += side != -1;
		for (size_t k = 0; k < parents.count && !seen; k++)
			seen = is_kept(model, i, &parents.item[k]);
		if (!seen && parents.count < HOLDERS_TOLD)
			parents.item[parents.count++] =
				(struct parent){connection->run, connection->ends[side].owner.pid};
	}
	return parents;
}

/* "fork_server[35] that of C2–C4, fork_server[91] that of C7" */
static char *parents_list(
	const struct model *model, const struct parents *parents, char *list, size_t size)
{
	char whose[ANSWER_LIST], one[ANSWER_LIST + FINDING_TEXT], name[FINDING_TEXT];

	*list = '\0';
	for (size_t k = 0; k < parents->count; k++) {
		uint32_t first = 0;

		while (!is_kept(model, first, &parents->item[k]))
			first++;
		const struct connection *connection = &model->connections[first];
		const struct owner *owner = &connection->ends[side_kept(model, first)].owner;
		answer_list_if(
			model, is_kept, &parents->item[k], ANSWER_LISTED, whose, sizeof(whose));
		snprintf(name, sizeof(name), "%s[%u]", owner->program, owner->pid);
		template_append(list, size, "%s%s", *list != '\0' ? _(", ") : "",
			page_text(one, sizeof(one), WORD_KEPT_BY, name, whose));
	}
	return list;
}

/* Held by one of these parents, and no look met a child that had it. */
static bool is_kept_unseen(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];
	const struct parents *parents = context;

	if ((connection->traits & (TRAIT_CLOSE_WAIT | TRAIT_HALF_USED)) == 0 ||
		side_kept(model, index) != -1)
		return false;
	for (int side = 0; side < 2; side++)
		for (size_t k = 0; connection->ends[side].has_owner && k < parents->count; k++)
			if (connection->run == parents->item[k].run &&
				connection->ends[side].owner.pid == parents->item[k].pid)
				return true;
	return false;
}

/* Of one connection which child it was; of several which parents. A parent may be known by a
 * connection that is no finding, because it was still used. Returns whether there is one. */
static bool say_kept(
	const struct model *model, struct page_answer *answer, const struct finding *known)
{
	char list[HOLDERS_TOLD * ANSWER_LIST], text[sizeof(list) + 100], unseen[ANSWER_LIST + 100];
	struct parents parents = parents_find(model);

	if (parents.kept == 0)
		return false;
	if (parents.kept > 1 || known == NULL) {
		page_text(text, sizeof(text), WORD_PARENTS_KEPT,
			parents_list(model, &parents, list, sizeof(list)));
	} else {
		prose_finding_text(known, 1, text, sizeof(text));
		template_append(text, sizeof(text), "%s", _("."));
		answer_capital(text);
	}
	answer_list_if(model, is_kept_unseen, &parents, ANSWER_LISTED, list, sizeof(list));
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
	char list[ANSWER_LIST * 4] = "", one[ANSWER_LIST * 2], less[sizeof(one) + 100],
				text[sizeof(list) + sizeof(less) + 100];

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
	page_text(text, sizeof(text), WORD_CLOSE_WAIT_HELD_BY, list);
	if (*answer_list_if(model, held_for_less, NULL, ANSWER_LISTED, one, sizeof(one)) != '\0')
		answer_join(text, sizeof(text),
			page_text(less, sizeof(less), WORD_CLOSE_WAIT_FOR_LESS, one));
	answer_say(answer, text);
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
void answer_close_wait(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST];
	int server = side_of_all(model);

	answer_list_if(model, held_at_all, NULL, ANSWER_LISTED, whose, sizeof(whose));
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
void answer_close_wait_more(const struct model *model, struct page_answer *answer)
{
	char whose[ANSWER_LIST], text[ANSWER_LIST + 200];
	uint16_t ran_out = REASON_FIN_WAIT2_TIMED_OUT;

	half_used(model, answer);
	answer_list_if(model, answer_has_reason, &ran_out, ANSWER_LISTED, whose, sizeof(whose));
	if (*whose != '\0')
		answer_say(answer, page_text(text, sizeof(text), WORD_FIN_WAIT2_RAN_OUT, whose));
}
