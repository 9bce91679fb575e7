/* The report as Markdown: answers, findings, tables, and diagrams in Mermaid that GitHub draws. */
#include <string.h>

#include "md.h"
#include "manifest.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

enum { LADDERS_SHOWN = 12, SUMMARY_SHOWN = 200 };

/* strong: it stands in strong text */
static void put_reference(FILE *out, struct sheet *sheet, const char *reference, bool strong)
{
	unsigned long number = strtoul(reference + 1, NULL, 10);

	if (*reference == PAGE_CONNECTION && number < sheet->model->connection_count)
		put(out, strong ? "%s" : "**%s**", sheet->drawn[sheet->of_connection[number]].name);
	else
		put(out, "%s %u", page_word(*reference == PAGE_DIAG ? WORD_DIAG : WORD_FRAME),
			(unsigned)number);
}

void md_sentence(FILE *out, struct sheet *sheet, const char *text)
{
	char piece[SENTENCE_PIECE];
	enum sentence_part part;
	bool strong = false;

	while (*text != '\0') {
		text = sentence_piece(text, piece, &part);
		if (part == SENTENCE_STRONG || part == SENTENCE_STRONG_END)
			strong = part == SENTENCE_STRONG;
		if (part == SENTENCE_REFERENCE)
			put_reference(out, sheet, piece, strong);
		else if (part == SENTENCE_LINE)
			put(out, "  \n");
		else if (part == SENTENCE_CODE)
			md_code(out, piece, sizeof(piece));
		else if (part == SENTENCE_STRONG || part == SENTENCE_STRONG_END)
			put(out, "**");
		else
			md_text(out, piece, sizeof(piece));
	}
}

static void put_head(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	json_t *manifest = manifest_parse(model->run_count > 0 ? model->runs[0].manifest : "");
	char *title = manifest_text(manifest, "lab"), text[256],
	     *summary = manifest_text(manifest, "lab_summary");
	struct page_answer *answers = calloc(PAGE_ANSWERS, sizeof(*answers));
	FILE *out = sheet->out;

	put(out, "# ");
	md_text(out,
		title != NULL          ? title
		: model->run_count > 0 ? model->runs[0].name
				       : "tcpstate",
		80);
	if (summary != NULL) {
		put(out, "\n\n");
		md_text(out, _(summary), SUMMARY_SHOWN);
	}
	if (model->check_count > 0)
		put(out, "\n\n**%s**",
			model->checks_failed > 0
				? page_text(text, sizeof(text), WORD_NOT_AS_PREDICTED,
					  model->checks_failed, model->check_count)
				: page_text(text, sizeof(text), WORD_AS_PREDICTED,
					  model->check_count, model->check_count));
	put(out, "\n");
	if (answers != NULL)
		page_answers(model, answers);
	for (int i = 0; answers != NULL && i < PAGE_ANSWERS; i++) {
		if (answers[i].question == NULL)
			continue;
		put(out, "\n**%s** ", answers[i].question);
		md_sentence(out, sheet, answers[i].big);
		put(out, "  \n");
		md_sentence(out, sheet, answers[i].text);
		if (answers[i].more[0] != '\0')
			put(out, " ");
		md_sentence(out, sheet, answers[i].more);
		for (int k = 0; k < ADVICES && answers[i].advice[k][0] != '\0'; k++) {
			put(out, "  \n→ ");
			md_sentence(out, sheet, answers[i].advice[k]);
		}
		put(out, "\n");
	}
	free(answers);
	free(title);
	free(summary);
	json_decref(manifest);
}

static void put_findings(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	char text[1024];
	FILE *out = sheet->out;

	if (model->finding_count == 0)
		return;
	put(out, "\n## %s\n\n", page_word(WORD_HEAD_FINDINGS));
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		put(out, "- ");
		if (finding->about == FINDING_OF_CONNECTION) {
			put(out, "**%s**, ", page_name(model, finding->index, text, sizeof(text)));
			prose_finding_ends(finding, true, text, sizeof(text));
			md_text(out, text, 300);
			put(out, ": ");
		} else if (*prose_finding_whose(model, finding, true, text, sizeof(text)) != '\0') {
			put(out, "**");
			md_text(out, text, 300);
			put(out, "**: ");
		}
		md_text(out, prose_finding(finding, text, sizeof(text)), sizeof(text));
		if (*prose_finding_advice(finding, text, sizeof(text)) != '\0') {
			put(out, "  \n  → ");
			md_text(out, text, sizeof(text));
		}
		if (*prose_finding_evidence(finding, text, sizeof(text)) != '\0') {
			put(out, "  \n  *");
			md_text(out, text, sizeof(text));
			put(out, "*");
		}
		put(out, "\n");
	}
}

int sink_md(const struct model *model, const struct sink_options *options, FILE *out)
{
	struct sheet sheet;

	if (!sheet_open(&sheet, model, options, out))
		return -1;
	put_head(&sheet);
	put_findings(&sheet);
	md_phases(&sheet);
	md_checks(&sheet);
	if (options->connection == 0)
		md_listeners(&sheet);
	for (size_t i = 0; i < sheet.ladder_count && i < LADDERS_SHOWN; i++)
		if (options->connection == 0 ||
			sheet_connection(&sheet, &sheet.drawn[sheet.ladders[i]], ROLE_CLIENT)
					->serial == options->connection)
			md_ladder(&sheet, sheet.ladders[i]);
	md_states(&sheet);
	sheet_close(&sheet);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
