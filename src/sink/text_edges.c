/* The state diagram as it was taken: every state and every edge, how often, and which of the two
 * witnesses saw it. */
#include "text.h"

#include <stdio.h>
#include <string.h>

#include "tcpstate/prose.h"

enum { STATE_COLUMNS = 11, EDGE_COLUMNS = 25, COUNT_COLUMNS = 7, WITHDRAWN_COLUMNS = 11 };

static void state_lines(const struct page *page)
{
	static const uint8_t order[] = {STATE_CLOSED, STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT};

	fprintf(page->out, "%s  state        entered  longest    shown by sock_diag%s\n",
		ink(page, INK_DIM), ink(page, INK_PLAIN));
	for (size_t i = 0; i < sizeof(order); i++) {
		const struct state_sum *sum = &page->model->states[order[i]];
		char longest[32] = "-";

		if (sum->longest_ns >= 0)
			prose_duration(sum->longest_ns / 1000000, longest, sizeof(longest));
		fprintf(page->out, "  %-*s %8zu  %-9s %6zu time%s\n", STATE_COLUMNS,
			state_name(order[i]), sum->entered, longest, sum->rows, plural(sum->rows));
	}
}

static void edge_line(const struct page *page, const struct edge_sum *edge)
{
	static const uint8_t columns[] = {EVIDENCE_BOTH, EVIDENCE_WIRE, EVIDENCE_KERNEL};
	bool absent = edge->figure == FIGURE_NOT_LINUX && edge->taken == 0;
	char name[64], count[32];

	snprintf(name, sizeof(name), "%s%s%s", state_name(edge->from), arrow(page),
		state_name(edge->to));
	fputs("  ", page->out);
	text_pad(page->out, name, EDGE_COLUMNS);
	snprintf(count, sizeof(count), "%zu", edge->taken);
	fprintf(page->out, "%*s", COUNT_COLUMNS, absent ? "-" : count);
	for (size_t i = 0; i < sizeof(columns); i++) {
		snprintf(count, sizeof(count), "%zu", edge->count[columns[i]]);
		fprintf(page->out, "%*s", COUNT_COLUMNS, edge->taken == 0 ? "-" : count);
	}
	snprintf(count, sizeof(count), "%zu", edge->withdrawn);
	fprintf(page->out, "%*s%s%s\n", WITHDRAWN_COLUMNS, edge->withdrawn == 0 ? "-" : count,
		edge->figure != FIGURE_NONE ? "  " : "", prose_edge(edge->from, edge->to));
}

/* Why an edge that was taken was shown by one witness only, where that is its nature. */
static void alone_lines(const struct page *page)
{
	static const char *const words[] = {[EVIDENCE_WIRE] = "wire", [EVIDENCE_KERNEL] = "kernel"};
	bool begun = false;

	for (size_t i = 0; i < page->model->edge_count; i++) {
		const struct edge_sum *edge = &page->model->edges[i];

		for (int witness = EVIDENCE_WIRE; witness <= EVIDENCE_KERNEL; witness++) {
			const char *reason =
				prose_edge_alone(edge->from, edge->to, (enum evidence)witness);
			char text[256];

			if (edge->count[witness] == 0 || *reason == '\0')
				continue;
			if (!begun)
				fprintf(page->out, "\n%s  one witness only, by nature%s\n",
					ink(page, INK_DIM), ink(page, INK_PLAIN));
			begun = true;
			snprintf(text, sizeof(text), "%s%s%s", state_name(edge->from), arrow(page),
				state_name(edge->to));
			fputs("  ", page->out);
			text_pad(page->out, text, EDGE_COLUMNS);
			snprintf(text, sizeof(text), "%s, %zu time%s: %s", words[witness],
				edge->count[witness], plural(edge->count[witness]), reason);
			fputs(" ", page->out);
			text_wrap(page, EDGE_COLUMNS + 3, EDGE_COLUMNS + 3, text);
		}
	}
}

void text_edges(const struct page *page)
{
	const struct model *model = page->model;
	size_t drawn = 0, taken = 0, extra = 0;

	for (size_t i = 0; i < model->edge_count; i++) {
		drawn += model->edges[i].figure == FIGURE_EDGE;
		taken += model->edges[i].figure == FIGURE_EDGE && model->edges[i].taken > 0;
		extra += model->edges[i].figure == FIGURE_NONE;
	}
	text_heading(page,
		"The state diagram (RFC 9293, figure 5): %zu of the %zu edges that Linux has were "
		"taken",
		taken, drawn);
	state_lines(page);
	for (int beyond = 0; beyond < 2; beyond++) {
		if (beyond && extra == 0)
			break;
		fprintf(page->out, "\n%s  ", ink(page, INK_DIM));
		text_pad(page->out, beyond ? "beyond the figure" : "edge", EDGE_COLUMNS);
		fprintf(page->out, "%*s%*s%*s%*s%*s  %s%s\n", COUNT_COLUMNS, "taken", COUNT_COLUMNS,
			"both", COUNT_COLUMNS, "wire", COUNT_COLUMNS, "kernel", WITHDRAWN_COLUMNS,
			"withdrawn", beyond ? "" : "what takes it", ink(page, INK_PLAIN));
		for (size_t i = 0; i < model->edge_count; i++)
			if ((model->edges[i].figure == FIGURE_NONE) == (beyond != 0))
				edge_line(page, &model->edges[i]);
	}
	alone_lines(page);
	fputs("\n  both: inferred from a segment and seen in sock_diag; wire: not contradicted, "
	      "looked up too late; kernel: sock_diag alone;\n"
	      "  withdrawn: claims of the wire that the kernel refuted\n",
		page->out);
}
