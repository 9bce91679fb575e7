/* The four cards at the top of a page: question, answer, why, what to do, evidence in about seven
 * lines; what has no room there folds open, on paper it stands in the appendix. */
#include "html.h"

#include <stdlib.h>

#include "tcpstate/prose.h"

static void put_witnesses(struct sheet *sheet)
{
	static const struct {
		char class;
		uint8_t evidence;
		enum page_word word;
	} kinds[] = {{'b', EVIDENCE_BOTH, WORD_SEEN_BOTH}, {'k', EVIDENCE_KERNEL, WORD_BY_KERNEL},
		{'w', EVIDENCE_WIRE, WORD_BY_WIRE}, {'i', EVIDENCE_INFERRED, WORD_SEEN_INFERRED},
		{'x', EVIDENCE_NONE, WORD_SEEN_WITHDRAWN}};
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	const struct summary *summary = &sheet->model->summary;
	size_t counts[KINDS], sum = 0;
	FILE *out = sheet->out;

	for (int i = 0; i < KINDS; i++) {
		counts[i] = kinds[i].class == 'x' ? summary->withdrawn
						  : summary->transitions[kinds[i].evidence];
		sum += counts[i];
	}
	put(out, "<span class='evb' aria-hidden='true'>");
	for (int i = 0; i < KINDS; i++)
		if (counts[i] > 0) {
			char class[2] = {kinds[i].class, '\0'};

			put(out, "<i class='%s' style='width:%n%%'></i>", class,
				100.0 * (double)counts[i] / (double)sum);
		}
	put(out, "</span><small>%U %s ", (uint64_t)(sum - counts[KINDS - 1]),
		page_word(WORD_WITNESSES));
	for (int i = 0, shown = 0; i < KINDS; i++)
		if (counts[i] > 0) {
			char class[2] = {kinds[i].class, '\0'};

			put(out, "%s<span class='nw'><i class='sw %s'></i>%s %U</span>",
				kinds[i].class == 'x' ? page_word(WORD_BESIDES)
				: shown++ > 0         ? ", "
						      : "",
				class, page_word(kinds[i].word), (uint64_t)counts[i]);
		}
	put(out, "</small>");
}

/* How much room a card takes, in letters of its text. */
static size_t weight_of(const struct page_answer *answer)
{
	size_t weight = page_width(answer->big) * 5 / 4 + page_width(answer->text) +
			page_width(answer->evidence);

	for (int i = 0; i < ADVICES; i++)
		weight += page_width(answer->advice[i]);

	return weight + (answer->witnesses ? 110 : 0) + (answer->more[0] != '\0' ? 30 : 0);
}

/* The column that it gets. */
static size_t width_of(const struct page_answer *answer)
{
	enum { LEAST = 110, MOST = 300 };
	size_t weight = weight_of(answer);

	if (answer->question == NULL)
		return 0;
	return weight < LEAST ? LEAST : weight > MOST ? MOST : weight;
}

/* On paper what it needs, so that all are about as high: page 1 has to hold the picture, too. */
static void widths_on_paper(const struct page_answer *answers, size_t widths[PAGE_ANSWERS])
{
	enum { LEAST_PART = 8 };
	size_t all = 0;

	for (int i = 0; i < PAGE_ANSWERS; i++)
		all += answers[i].question != NULL ? weight_of(&answers[i]) : 0;
	for (int i = 0; i < PAGE_ANSWERS; i++) {
		size_t weight = answers[i].question != NULL ? weight_of(&answers[i]) : 0;

		widths[i] = weight == 0 ? 0 : weight < all / LEAST_PART ? all / LEAST_PART : weight;
	}
}

/* On paper the longest answer is so many lines high, or about so. */
static size_t lines_on_paper(const struct page_answer *answers, const size_t widths[PAGE_ANSWERS])
{
	enum { LETTERS = 165 /* in a line across all columns */ };
	size_t all = 0, most = 0;

	for (int i = 0; i < PAGE_ANSWERS; i++)
		all += widths[i];
	for (int i = 0; i < PAGE_ANSWERS; i++) {
		size_t width = widths[i],
		       lines = width > 0 ? weight_of(&answers[i]) * all / (width * LETTERS) : 0;

		for (int k = 0; k < ADVICES; k++) /* each begins a line */
			lines += answers[i].advice[k][0] != '\0';
		lines += answers[i].witnesses ? 2 : 0;
		most = lines > most ? lines : most;
	}
	return most;
}

/* Page 1 of the print has room for the picture behind the answers: the more lines these have, the
 * lower it is. */
static void put_columns(struct sheet *sheet, const struct page_answer *answers)
{
	enum { ROOM_MM = 128, FEW = 6 };
	size_t widths[PAGE_ANSWERS], lines;

	widths_on_paper(answers, widths);
	lines = lines_on_paper(answers, widths);
	sheet->first_mm += ROOM_MM - 4.1 * (double)(lines > FEW ? lines : FEW);
	put(sheet->out, "<div style='--cols:");
	for (int i = 0; i < PAGE_ANSWERS; i++)
		if (answers[i].question != NULL)
			put(sheet->out, " minmax(0,%ufr)", (unsigned)width_of(&answers[i]));
	put(sheet->out, ";--paper:");
	for (int i = 0; i < PAGE_ANSWERS; i++)
		if (widths[i] > 0)
			put(sheet->out, " minmax(0,%ufr)", (unsigned)widths[i]);
	put(sheet->out, "' class='ans'>");
}

/* What to do, a line for each cause, and what the answer rests on. */
static void put_advice(FILE *out, struct sheet *sheet, const struct page_answer *answer)
{
	if (answer->advice[0][0] == '\0' && answer->evidence[0] == '\0')
		return;
	put(out, "<p class='do'>");
	for (int i = 0; i < ADVICES && answer->advice[i][0] != '\0'; i++) {
		put(out, "%s→ ", i > 0 ? "<br>" : "");
		put_advised(out, answer->advice[i]);
	}
	if (answer->evidence[0] != '\0') {
		put(out, " <small>[");
		put_sentence(out, sheet, answer->evidence);
		put(out, "]</small>");
	}
	put(out, "</p>");
}

/* Somebody waited for accept(): what is said of it counts one more than the backlog. */
static bool tells_backlog(const struct model *model)
{
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].max_queue > 0)
			return true;
	return false;
}

/* Somebody whose process number the page has; NULL: nobody. */
static const struct owner *somebody(const struct model *model)
{
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].has_owner)
			return &model->listeners[i].owner;
	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			if (model->connections[i].ends[side].has_owner)
				return &model->connections[i].ends[side].owner;
	return NULL;
}

/* The words of a page in a line or two, of those that occur in it. */
void html_key(struct sheet *sheet)
{
	const struct summary *summary = &sheet->model->summary;
	const struct owner *owner = somebody(sheet->model);
	const struct {
		enum page_word word;
		bool wanted;
	} keys[] = {{WORD_KEY_PATH, sheet->model->path_count > 0}, {WORD_KEY_NUMBERS, true},
		{WORD_KEY_WIRE, sheet->kernel}, {WORD_KEY_WIRE_ALONE, !sheet->kernel},
		{WORD_KEY_KERNEL, sheet->kernel},
		{WORD_KEY_BOTH, summary->transitions[EVIDENCE_BOTH] > 0},
		{WORD_KEY_INFERRED, summary->transitions[EVIDENCE_INFERRED] > 0},
		{sheet->kernel ? WORD_KEY_WITHDRAWN : WORD_KEY_WITHDRAWN_ALONE,
			summary->withdrawn > 0},
		{WORD_KEY_ONE_MORE, tells_backlog(sheet->model)}};
	FILE *out = sheet->out;

	size_t shown = 0;
	char name[24], text[200];
	if (sheet->model->connection_count == 0)
		return;
	put(out, "<p class='key'><b>%s</b>", page_word(WORD_KEY));
	if (sheet->model->path_count == 0)
		put(out, "%s%s", shown++ > 0 ? " · " : " ",
			page_text(text, sizeof(text), WORD_KEY_CONNECTION,
				page_name(sheet->model, 0, name, sizeof(name))));
	if (owner != NULL)
		put(out, "%s%e", shown++ > 0 ? " · " : " ",
			page_text(text, sizeof(text), WORD_KEY_PID, owner->program, owner->pid));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].wanted)
			put(out, "%s%s", shown++ > 0 ? " · " : " ", page_word(keys[i].word));
	put(out, "</p>\n");
}

void html_answers(struct sheet *sheet, const struct page_answer *answers)
{
	FILE *out = sheet->out;

	put_columns(sheet, answers);
	for (int i = 0; i < PAGE_ANSWERS; i++) {
		if (answers[i].question == NULL)
			continue;
		put(out, "<section%s><h2>%s</h2><p class='big'>",
			answers[i].effect  ? " class='effect'"
			: answers[i].alarm ? " class='alarm'"
					   : "",
			answers[i].question);
		put_sentence(out, sheet, answers[i].big);
		put(out, "</p><p>");
		put_sentence(out, sheet, answers[i].text);
		if (answers[i].witnesses)
			put_witnesses(sheet);
		put(out, "</p>");
		put_advice(out, sheet, &answers[i]);
		if (answers[i].more[0] != '\0') {
			put(out, "<details class='screen'><summary>%s</summary><p>",
				page_word(WORD_ANSWER_MORE));
			put_sentence(out, sheet, answers[i].more);
			put(out, "</p></details>");
		}
		put(out, "</section>");
	}
	put(out, "</div>\n");
}

/* What a printed card has no room for. */
void html_answers_in_full(struct sheet *sheet)
{
	struct page_answer *answers = calloc(PAGE_ANSWERS, sizeof(*answers));
	FILE *out = sheet->out;
	bool any = false;

	if (answers != NULL)
		page_answers(sheet->model, answers);
	for (int i = 0; answers != NULL && i < PAGE_ANSWERS; i++) {
		if (answers[i].question == NULL || answers[i].more[0] == '\0')
			continue;
		put(out, any ? "" : "<div class='paper'><h3 class='then'>%s</h3>",
			page_word(WORD_ANSWERS_IN_FULL));
		any = true;
		put(out, "<p><b>%s</b> ", answers[i].question);
		put_sentence(out, sheet, answers[i].big);
		put(out, ". ");
		put_sentence(out, sheet, answers[i].text);
		put(out, " ");
		put_sentence(out, sheet, answers[i].more);
		put(out, "</p>");
	}
	put(out, any ? "</div>" : "");
	free(answers);
}
