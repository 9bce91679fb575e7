/* What is said of the state diagram as it was taken. */
#include <stdio.h>

#include "phrase.h"
#include "tcpstate/prose_report.h"

char *prose_diagram_title(const struct model *model, char *buffer, size_t size)
{
	size_t drawn = 0, taken = 0;

	for (size_t i = 0; i < model->edge_count; i++) {
		drawn += model->edges[i].figure == FIGURE_EDGE;
		taken += model->edges[i].figure == FIGURE_EDGE && model->edges[i].taken > 0;
	}
	snprintf(buffer, size,
		_("The state diagram (RFC 9293, figure 5): %zu of the %zu edges that Linux has "
		  "were taken"),
		taken, drawn);
	return buffer;
}

char *prose_shown(size_t rows, char *buffer, size_t size)
{
	snprintf(buffer, size, ngettext("%zu time", "%zu times", rows), rows);
	return buffer;
}

const char *prose_alone_title(void)
{
	return _("one witness only, by nature");
}

char *prose_alone(const struct edge_sum *edge, unsigned witness, char *buffer, size_t size)
{
	const char *reason = prose_edge_alone(edge->from, edge->to, (enum evidence)witness);

	buffer[0] = '\0';
	if (*reason != '\0' && edge->count[witness] > 0)
		snprintf(buffer, size,
			ngettext("%s, %zu time: %s", "%s, %zu times: %s", edge->count[witness]),
			prose_evidence(witness), edge->count[witness], reason);
	return buffer;
}

const char *prose_diagram_legend(void)
{
	return _("both: inferred from a segment and seen in sock_diag; wire: not contradicted, "
		 "looked up too late; kernel: sock_diag alone; withdrawn: claims of the wire that "
		 "the kernel refuted");
}
