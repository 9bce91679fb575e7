/* The state diagram as it was taken: every state and every edge, how often, and which of the
 * witnesses saw it. */
#include "text.h"

enum { STATE_COLUMNS = 12, EDGE_COLUMNS = 25, COUNT_COLUMNS = 7, WITHDRAWN_COLUMNS = 11 };

static const enum label counts[] = {LABEL_TAKEN, LABEL_BOTH, LABEL_WIRE, LABEL_KERNEL};
static const uint8_t witnesses[] = {EVIDENCE_BOTH, EVIDENCE_WIRE, EVIDENCE_KERNEL};

static void state_lines(const struct page *page)
{
	static const uint8_t order[] = {STATE_CLOSED, STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT};
	int entered = text_wider(8, prose_label(LABEL_ENTERED));
	char text[PROSE_LINE];

	fprintf(page->out, "%s  ", ink(page, INK_DIM));
	text_pad(page, prose_label(LABEL_STATE), STATE_COLUMNS);
	text_pad(page, prose_label(LABEL_ENTERED), -entered);
	text_gap(page, 2);
	text_pad(page, prose_label(LABEL_LONGEST), 10);
	text_put(page, prose_label(LABEL_SHOWN));
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (size_t i = 0; i < sizeof(order); i++) {
		const struct state_sum *sum = &page->model->states[order[i]];
		char longest[32] = "-";

		if (sum->longest_ns >= 0)
			prose_span(sum->longest_ns, longest, sizeof(longest));
		fprintf(page->out, "  %-*s%*zu  %-9s ", STATE_COLUMNS, state_name(order[i]),
			entered, sum->entered, longest);
		text_pad(page, prose_shown(sum->rows, text, sizeof(text)), -10);
		fputc('\n', page->out);
	}
}

static void count_cell(const struct page *page, size_t count, bool known, int columns)
{
	char text[32] = "-";

	if (known)
		snprintf(text, sizeof(text), "%zu", count);
	text_pad(page, text, -columns);
}

static void edge_line(const struct page *page, const struct edge_sum *edge)
{
	bool absent = edge->figure == FIGURE_NOT_LINUX && edge->taken == 0;
	size_t at = 2 + EDGE_COLUMNS + 4 * COUNT_COLUMNS + WITHDRAWN_COLUMNS + 2;
	char name[64];

	snprintf(name, sizeof(name), "%s → %s", state_name(edge->from), state_name(edge->to));
	text_gap(page, 2);
	text_pad(page, name, EDGE_COLUMNS);
	count_cell(page, edge->taken, !absent, COUNT_COLUMNS);
	for (size_t i = 0; i < sizeof(witnesses); i++)
		count_cell(page, edge->count[witnesses[i]], edge->taken > 0, COUNT_COLUMNS);
	count_cell(page, edge->withdrawn, edge->withdrawn > 0, WITHDRAWN_COLUMNS);
	if (edge->figure == FIGURE_NONE) {
		fputc('\n', page->out);
		return;
	}
	text_gap(page, 2);
	text_wrap(page, at, at + 16 > (size_t)text_page_width(page) ? 6 : at,
		prose_edge(edge->from, edge->to));
}

/* Why an edge that was taken was shown by one witness only, where that is its nature. */
static void alone_lines(const struct page *page)
{
	bool begun = false;

	for (size_t i = 0; i < page->model->edge_count; i++) {
		const struct edge_sum *edge = &page->model->edges[i];

		for (unsigned witness = EVIDENCE_WIRE; witness <= EVIDENCE_KERNEL; witness++) {
			char text[PROSE_LINE], name[64];

			if (prose_alone(edge, witness, text, sizeof(text))[0] == '\0')
				continue;
			if (!begun) {
				fputc('\n', page->out);
				text_line(page, 2, INK_DIM, prose_alone_title());
			}
			begun = true;
			snprintf(name, sizeof(name), "%s → %s", state_name(edge->from),
				state_name(edge->to));
			text_gap(page, 2);
			text_pad(page, name, EDGE_COLUMNS + 1);
			text_wrap(page, EDGE_COLUMNS + 3, EDGE_COLUMNS + 3, text);
		}
	}
}

/* The last head is left out where it would be wider than the page. */
static void edge_heads(const struct page *page, bool beyond)
{
	const char *last = beyond ? "" : prose_label(LABEL_WHAT_TAKES_IT);
	const int before = 2 + EDGE_COLUMNS +
			   COUNT_COLUMNS * (int)(sizeof(counts) / sizeof(counts[0])) +
			   WITHDRAWN_COLUMNS + 2;

	fprintf(page->out, "\n%s  ", ink(page, INK_DIM));
	text_pad(page, prose_label(beyond ? LABEL_BEYOND : LABEL_EDGE), EDGE_COLUMNS);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		text_pad(page, prose_label(counts[i]), -COUNT_COLUMNS);
	text_pad(page, prose_label(LABEL_WITHDRAWN), -WITHDRAWN_COLUMNS);
	if (*last != '\0' && before + (int)columns_of(last) <= text_page_width(page)) {
		text_gap(page, 2);
		text_put(page, last);
	}
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
}

void text_edges(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE];
	size_t extra = 0;

	for (size_t i = 0; i < model->edge_count; i++)
		extra += model->edges[i].figure == FIGURE_NONE;
	text_heading(page, prose_diagram_title(model, text, sizeof(text)));
	state_lines(page);
	for (int beyond = 0; beyond < 2; beyond++) {
		if (beyond && extra == 0)
			break;
		edge_heads(page, beyond != 0);
		for (size_t i = 0; i < model->edge_count; i++)
			if ((model->edges[i].figure == FIGURE_NONE) == (beyond != 0))
				edge_line(page, &model->edges[i]);
	}
	alone_lines(page);
	fputc('\n', page->out);
	text_gap(page, 2);
	text_wrap(page, 2, 2, prose_diagram_legend());
}
