/* A line of the verdict as a page tells it: whose finding it is by the names of the connections.
 * Findings of a kind that differ in what they say are told apart, so that the line holds of each.
 */
#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/page.h"
#include "tcpstate/prose.h"

#include "answers.h"
#include "finding_words.h"
#include "template.h"

enum { VERDICT_NAMES = 4, VERDICT_CLAUSES = 3, VERDICT_KINDS = 3 };

struct clause { /* what some connections have in common */
	char text[320], names[VERDICT_NAMES * 40];
	size_t named;
};

static void clause_add(struct clause *clause, const char *name)
{
	size_t used = strlen(clause->names);

	snprintf(clause->names + used, sizeof(clause->names) - used, "%s%s",
		clause->named++ > 0 ? _(", ") : "", name);
}

/* The clause that says this, or the next free one; NULL: there is no room. */
static struct clause *clause_of(struct clause *clauses, size_t *count, const char *text)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(clauses[i].text, text) == 0)
			return clauses[i].named < VERDICT_NAMES ? &clauses[i] : NULL;
	if (*count == VERDICT_CLAUSES)
		return NULL;
	snprintf(clauses[*count].text, sizeof(clauses->text), "%s", text);
	return &clauses[(*count)++];
}

/* Those with a finding of this kind, by what is said of them; returns how many are named. */
static size_t clauses_find(const struct model *model, const struct finding *first,
	struct clause clauses[VERDICT_CLAUSES], size_t *count)
{
	const struct finding_words *words = finding_words(first->code);
	bool in_all = words != NULL && words->many != NULL; /* one clause about all of them */
	char name[32], text[sizeof(clauses->text)];
	size_t named = 0;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		if (finding->code != first->code || finding->about != FINDING_OF_CONNECTION ||
			finding->index >= model->connection_count)
			continue;
		if (in_all)
			prose_finding_of_kind(model, first, text, sizeof(text));
		else
			prose_finding_headline(finding, text, sizeof(text));
		struct clause *clause = clause_of(clauses, count, text);
		if (clause == NULL)
			continue;
		clause_add(clause, page_name(model, finding->index, name, sizeof(name)));
		named++;
	}
	return named;
}

static bool has_a_line(const struct model *model, unsigned code)
{
	for (size_t i = 0; i < model->verdict_count; i++)
		if (model->verdict[i].kind == VERDICT_FINDING &&
			model->findings[model->verdict[i].finding].code == code)
			return true;
	return false;
}

/* "3 more findings are below: 8 SYN-ACKs sent again; 2 zombies." The first few kinds. */
static char *others(
	const struct model *model, const struct verdict_line *line, char *buffer, size_t size)
{
	size_t kinds = 0, stop = strlen(_(".")), length;
	char text[sizeof(((struct clause *)NULL)->text)], name[32];

	length = strlen(prose_verdict(model, line, true, buffer, size));
	if (length < stop || strcmp(buffer + length - stop, _(".")) != 0)
		return buffer;
	buffer[length - stop] = '\0';
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		/* those of a kind stand together */
		if ((i > 0 && model->findings[i - 1].code == finding->code) ||
			has_a_line(model, finding->code) || kinds++ >= VERDICT_KINDS)
			continue;
		template_append(buffer, size, "%s", kinds == 1 ? _(": ") : _("; "));
		if (finding->about == FINDING_OF_CONNECTION && finding->more == 0 &&
			finding->index < model->connection_count)
			template_append(buffer, size, "%s%s",
				page_name(model, finding->index, name, sizeof(name)), _(": "));
		template_append(buffer, size, "%s",
			prose_finding_of_kind(model, finding, text, sizeof(text)));
	}
	template_append(buffer, size, "%s", kinds > VERDICT_KINDS ? " …" : _("."));
	return buffer;
}

char *page_verdict(
	const struct model *model, const struct verdict_line *line, char *buffer, size_t size)
{
	const struct finding *finding =
		line->kind == VERDICT_FINDING ? &model->findings[line->finding] : NULL;
	struct clause clauses[VERDICT_CLAUSES] = {0};
	size_t count = 0, used = 0;
	char more[48];

	if (line->kind == VERDICT_OTHERS)
		return others(model, line, buffer, size);
	if (finding == NULL || finding->about != FINDING_OF_CONNECTION ||
		finding->index >= model->connection_count)
		return prose_verdict(model, line, true, buffer, size);
	size_t all = (size_t)finding->more + 1,
	       named = clauses_find(model, finding, clauses, &count);
	buffer[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s%s%s",
			i > 0 ? _("; ") : "", clauses[i].names, _(": "), clauses[i].text);
	if (all > named && used < size)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s", _("; "),
			page_text(more, sizeof(more), WORD_AND_MORE, all - named));
	if (used < size)
		snprintf(buffer + used, size - used, "%s", _("."));
	return buffer;
}

/* Of those findings about all connections of a run whose SYNs were lost: is it about this one? */
static bool is_of_run(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *at = &model->connections[index];
	const struct finding *finding = context;
	bool late = (at->traits & TRAIT_LATE) != 0;

	return at->run == finding->run && (at->traits & TRAIT_DROPPED) != 0 &&
	       late == (finding->code == FINDING_CONNECT_LATE);
}

char *page_finding_names(
	const struct model *model, const struct finding *finding, char *buffer, size_t size)
{
	int64_t found = 0, told = finding->arg[finding->code == FINDING_SYN_UNANSWERED];

	*buffer = '\0';
	if (finding->code != FINDING_SYN_UNANSWERED && finding->code != FINDING_CONNECT_LATE)
		return buffer;
	for (uint32_t i = 0; i < model->connection_count; i++)
		if (is_of_run(model, i, finding))
			found += 1 + (model->connections[i].folded != NULL
						     ? (int64_t)model->connections[i].folded->count
						     : 0);
	if (found == told)
		answer_list_if(model, is_of_run, finding, ANSWER_LISTED, buffer, size);
	return buffer;
}
