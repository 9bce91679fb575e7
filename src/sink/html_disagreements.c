/* Where wire and kernel disagreed, claim by claim; and where the two ends of a connection did. */
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "tcpstate/prose.h"

enum { CITED = 6, ENDS_SHOWN = 12, NAMED = 5 };

/* Equal claims of several connections, as one line of the table. */
struct group {
	const struct correction *first;
	int role;
	size_t count;
};

static bool same_claim(const struct correction *a, const struct correction *b)
{
	return a->record.from == b->record.from && a->record.to == b->record.to &&
	       a->record.reason.code == b->record.reason.code &&
	       a->record.listener == b->record.listener;
}

static int role_of(const struct sheet *sheet, const struct correction *correction)
{
	return correction->record.listener
		       ? ROLE_SERVER
		       : sheet_role(sheet, &correction->record, correction->index);
}

static bool in_group(
	const struct sheet *sheet, const struct group *group, const struct correction *correction)
{
	return same_claim(group->first, correction) && role_of(sheet, correction) == group->role;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return (a->first > b->first) - (a->first < b->first);
}

/* A connection, or a packet (an answer) and the run in whose files it is. */
struct cited {
	uint16_t run;
	uint64_t number, like_it; /* connections folded into it */
};

static int compare_cited(const void *left, const void *right)
{
	const struct cited *a = left, *b = right;

	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* In order, each once; returns how many are left. */
static size_t cited_sort(struct cited *cited, size_t count)
{
	size_t kept = 0;

	qsort(cited, count, sizeof(*cited), compare_cited);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare_cited(&cited[kept - 1], &cited[i]) != 0)
			cited[kept++] = cited[i];
	return kept;
}

static void put_rest(struct sheet *sheet, size_t count, size_t shown)
{
	char text[64];

	if (count > shown)
		put(sheet->out, " %s", page_text(text, sizeof(text), WORD_AND_MORE, count - shown));
}

static void put_whose(struct sheet *sheet, const struct group *group)
{
	const struct model *model = sheet->model;
	struct cited *whose = calloc(model->correction_count, sizeof(*whose));
	size_t count = 0, all = 0;

	if (whose == NULL)
		return;
	for (size_t i = 0; i < model->correction_count; i++) {
		const struct correction *correction = &model->corrections[i];

		if (correction->record.listener || !in_group(sheet, group, correction))
			continue;
		const struct folded *folded = model->connections[correction->index].folded;
		whose[count].like_it = folded != NULL ? folded->count : 0;
		whose[count++].number = correction->index;
	}
	count = cited_sort(whose, count);
	for (size_t i = 0; i < count; i++)
		all += 1 + (size_t)whose[i].like_it;
	for (size_t i = 0; i < count && i < NAMED; i++) {
		put(sheet->out, i > 0 ? ", " : "");
		put_name(sheet->out, sheet, sheet->of_connection[whose[i].number]);
	}
	put_rest(sheet, all, count < NAMED ? count : NAMED);
	free(whose);
}

/* Frames that suggested it, or what refuted it: answers before packets. */
static void put_cited(struct sheet *sheet, const struct group *group, bool refuting)
{
	const struct model *model = sheet->model;
	struct cited *cited[2] = {NULL, NULL};
	size_t count[2] = {0, 0}, most = 0, shown = 0;

	for (size_t i = 0; i < model->correction_count; i++)
		most += model->corrections[i].count;
	for (int diag = 0; diag < 2; diag++)
		cited[diag] = calloc(most + 1, sizeof(*cited[diag]));
	for (size_t i = 0; cited[0] != NULL && cited[1] != NULL && i < model->correction_count;
		i++) {
		const struct correction *correction = &model->corrections[i];

		for (uint32_t k = 0; in_group(sheet, group, correction) && k < correction->count;
			k++) {
			bool diag = refuting && correction->refuting_diags[k] > 0;
			uint64_t number = !refuting ? correction->frames[k]
					  : diag    ? correction->refuting_diags[k]
						    : correction->refuting_frames[k];

			if (number != 0)
				cited[diag][count[diag]++] =
					(struct cited){.run = correction->run, .number = number};
		}
	}
	for (int diag = 1; diag >= 0; diag--) {
		count[diag] = count[diag] > 0 ? cited_sort(cited[diag], count[diag]) : 0;
		for (size_t i = 0; i < count[diag] && shown < CITED; i++) {
			put(sheet->out, shown++ > 0 ? ", " : "");
			put_frame(sheet, cited[diag][i].run, diag != 0, cited[diag][i].number);
		}
	}
	/* of those folded into others nothing is kept to cite; a claim may be refuted twice */
	size_t all = count[0] + count[1];
	put_rest(sheet, all < group->count ? group->count : all, shown);
	free(cited[0]);
	free(cited[1]);
}

/* How long after the claim the refutation came. */
static void put_delay(struct sheet *sheet, const struct group *group)
{
	const struct model *model = sheet->model;
	int64_t least = INT64_MAX, most = 0;
	char from[DURATION_TEXT], to[DURATION_TEXT], text[128];

	for (size_t i = 0; i < model->correction_count; i++)
		for (uint32_t k = 0; in_group(sheet, group, &model->corrections[i]) &&
				     k < model->corrections[i].count;
			k++) {
			int64_t delay = model->corrections[i].refuted_times[k] -
					model->corrections[i].edge_times[k];

			least = delay < least ? delay : least;
			most = delay > most ? delay : most;
		}
	duration_text(least, from);
	duration_text(most, to);
	put(sheet->out, "%s",
		strcmp(from, to) == 0 ? page_text(text, sizeof(text), WORD_LATER, from)
				      : page_text(text, sizeof(text), WORD_LATER_RANGE, from, to));
}

static void put_group(struct sheet *sheet, const struct group *group)
{
	const struct record *record = &group->first->record;
	char text[300];
	FILE *out = sheet->out;

	put(out, "<tr><td class='n'><b>%U×</b><td>", (uint64_t)group->count);
	put_whose(sheet, group);
	put(out, "<br>%s<td data-h='%e'><span class='x'>%s → %s</span><br><small>",
		page_word(group->role == ROLE_CLIENT ? WORD_AT_THE_CLIENT : WORD_AT_THE_SERVER),
		page_word(WORD_COL_SUGGESTED), state_name(record->from), state_name(record->to));
	put_cited(sheet, group, false);
	put(out, "</small><td data-h='%e'>%e<br><small>", page_word(WORD_COL_KERNEL_SAID),
		page_refuted(group->first, text, sizeof(text)));
	put_cited(sheet, group, true);
	put_delay(sheet, group);
	page_group_reason(&record->reason, group->count, text, sizeof(text));
	put(out, "</small><td data-h='%e'>%e", page_word(WORD_COL_SO), text);
}

static void put_withdrawn(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	struct group *groups = calloc(model->correction_count + 1, sizeof(*groups));
	size_t count = 0;
	FILE *out = sheet->out;

	for (size_t i = 0; groups != NULL && i < model->correction_count; i++) {
		size_t at = 0;

		while (at < count && !in_group(sheet, &groups[at], &model->corrections[i]))
			at++;
		if (at == count)
			groups[count++] = (struct group){
				&model->corrections[i], role_of(sheet, &model->corrections[i]), 0};
		groups[at].count += (size_t)model_claims(model, &model->corrections[i]);
	}
	if (count > 0)
		qsort(groups, count, sizeof(*groups), compare_groups);
	put(out,
		"<p class='lede'>%s</p><div class='tw "
		"dis'><table><caption>%e</caption><thead><tr><td><th scope='col'>%s<th "
		"scope='col'>%s<th scope='col'>%s<th scope='col'>%s</thead><tbody>",
		page_word(WORD_DIS_LEDE), page_word(WORD_HEAD_DIS), page_word(WORD_COL_PLACE),
		page_word(WORD_COL_SUGGESTED), page_word(WORD_COL_KERNEL_SAID),
		page_word(WORD_COL_SO));
	for (size_t i = 0; i < count; i++)
		put_group(sheet, &groups[i]);
	put(out, "</tbody></table></div>");
	free(groups);
}

static int compare_length(const void *left, const void *right)
{
	const struct disagreement *a = *(const struct disagreement *const *)left,
				  *b = *(const struct disagreement *const *)right;
	int64_t by = (b->until_ns - b->t_ns) - (a->until_ns - a->t_ns);

	return by != 0 ? (by > 0 ? 1 : -1) : (a > b) - (a < b);
}

static void put_end_state(FILE *out, unsigned state)
{
	put(out, "<td>");
	if (state == STATE_CLOSED)
		put(out, "%s", page_word(WORD_NO_SOCKET_MORE));
	else
		put_state(out, state);
}

static void put_ends(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	const struct disagreement **order =
		malloc((model->disagreement_count + 1) * sizeof(*order));
	char text[96];
	FILE *out = sheet->out;

	for (size_t i = 0; order != NULL && i < model->disagreement_count; i++)
		order[i] = &model->disagreements[i];
	if (order == NULL || model->disagreement_count == 0) {
		free(order);
		return;
	}
	qsort(order, model->disagreement_count, sizeof(*order), compare_length);
	if (model->correction_count > 0)
		put(out, "<h3 class='then'>%s</h3>", page_word(WORD_ENDS_HEAD));
	put(out,
		"<p class='lede'>%s</p><div class='tw'><table><caption>%e</caption><thead><tr><th "
		"scope='col'>%s<th scope='col'>%s<th scope='col'>%s<th scope='col' "
		"class='n'>%s</thead><tbody>",
		page_word(WORD_ENDS_LEDE), page_word(WORD_ENDS_HEAD),
		page_word(WORD_COL_CONNECTION), page_word(WORD_CLIENT), page_word(WORD_SERVER),
		page_word(WORD_COL_FOR));
	for (size_t i = 0; i < model->disagreement_count && i < ENDS_SHOWN; i++) {
		uint32_t drawn = sheet->of_connection[order[i]->connection];

		put(out, "<tr data-c='%s'><td>", sheet->drawn[drawn].id);
		put_name(out, sheet, drawn);
		put_end_state(out, order[i]->state[0]);
		put_end_state(out, order[i]->state[1]);
		put(out, "<td class='n'>%s",
			duration_text(order[i]->until_ns - order[i]->t_ns, text));
	}
	put(out, "</tbody></table></div>");
	if (model->disagreement_count > ENDS_SHOWN)
		put(out, "<p class='lede'>%s</p>",
			page_count(text, sizeof(text), COUNT_MORE_SHORTER,
				model->disagreement_count - ENDS_SHOWN));
	free(order);
}

void html_disagreements(struct sheet *sheet)
{
	if (sheet->model->correction_count > 0)
		put_withdrawn(sheet);
	put_ends(sheet);
}
