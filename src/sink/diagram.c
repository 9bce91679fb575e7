/* The state diagram of RFC 9293 as it was taken: left to right a connection opens, is open, closes;
 * above the client and who closes first, below the server and who closes second. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"
#include "tcpstate/prose.h"

static const double TEXT = 11; /* px, as in the style sheet */

enum { NODE_WIDTH = 120, NODE_HEIGHT = 38, DIAGRAM_WIDTH = 1240, DIAGRAM_HEIGHT = 396 };
enum { ROLES = 3 };

/* CLOSED stands at the left, where all begins, and at the right, where all ends. */
static const struct node {
	uint8_t state;
	double x, y;
} nodes[] = {{STATE_CLOSED, 48, 200}, {STATE_SYN_SENT, 222, 92}, {STATE_LISTEN, 222, 308},
	{STATE_SYN_RECV, 408, 308}, {STATE_ESTABLISHED, 586, 200}, {STATE_FIN_WAIT1, 752, 92},
	{STATE_CLOSE_WAIT, 752, 308}, {STATE_FIN_WAIT2, 948, 92}, {STATE_CLOSING, 948, 200},
	{STATE_LAST_ACK, 948, 308}, {STATE_TIME_WAIT, 1128, 92}, {STATE_CLOSED, 1194, 200}};
enum { NODES = sizeof(nodes) / sizeof(nodes[0]) };

/* Set by hand so that no two labels meet with every edge taken. */
static const struct arrow {
	uint8_t from, to;
	const char *path;
	double x, y;      /* of its label */
	char anchor;      /* 's'tart, 'm'iddle, 'e'nd */
	const char *what; /* takes it; NULL: not on Linux */
} arrows[] = {{STATE_CLOSED, STATE_SYN_SENT, "M74 182L162 113", 140, 158, 's', "connect(): SYN"},
	{STATE_CLOSED, STATE_LISTEN, "M74 218L162 287", 140, 246, 's', "listen()"},
	{STATE_SYN_SENT, STATE_CLOSED, "M160 86C92 84 50 116 48 180", 58, 48, 's', "close()"},
	{STATE_LISTEN, STATE_CLOSED, "M160 314C92 316 50 284 48 220", 58, 330, 's', "close()"},
	{STATE_LISTEN, STATE_SYN_RECV, "M282 308H346", 314, 300, 'm', "SYN"},
	{STATE_SYN_SENT, STATE_SYN_RECV, "M250 113L378 286", 318, 222, 'e', "SYN"},
	{STATE_SYN_RECV, STATE_ESTABLISHED, "M452 287L538 222", 508, 286, 's', "ACK"},
	{STATE_SYN_SENT, STATE_ESTABLISHED, "M284 106L522 184", 298, 66, 's', "SYN-ACK"},
	{STATE_SYN_RECV, STATE_FIN_WAIT1, "M404 287C404 72 560 34 692 74", 512, 106, 's',
		"close(): FIN"},
	{STATE_ESTABLISHED, STATE_FIN_WAIT1, "M630 179L702 114", 650, 138, 'e', "close(): FIN"},
	{STATE_ESTABLISHED, STATE_CLOSE_WAIT, "M630 221L702 286", 694, 246, 's', "FIN"},
	{STATE_FIN_WAIT1, STATE_FIN_WAIT2, "M812 92H886", 849, 84, 'm', "ACK"},
	{STATE_FIN_WAIT1, STATE_CLOSING, "M796 113L892 180", 826, 162, 'e', "FIN"},
	{STATE_FIN_WAIT2, STATE_TIME_WAIT, "M1008 92H1066", 1036, 84, 'm', "FIN"},
	{STATE_CLOSING, STATE_TIME_WAIT, "M1002 179L1088 115", 1056, 160, 's', "ACK"},
	{STATE_CLOSE_WAIT, STATE_LAST_ACK, "M812 308H886", 849, 300, 'm', "close(): FIN"},
	{STATE_LAST_ACK, STATE_CLOSED, "M1008 298L1164 220", 1096, 276, 's', "ACK"},
	{STATE_TIME_WAIT, STATE_CLOSED, "M1152 113L1182 180", 1176, 142, 's', "60 s"},
	{STATE_LISTEN, STATE_SYN_SENT, "M222 287V114", 216, 204, 'e', NULL},
	{STATE_SYN_RECV, STATE_LISTEN, "M372 329C344 352 286 352 258 329", 315, 360, 'm', NULL}};
enum { ARROWS = sizeof(arrows) / sizeof(arrows[0]) };

static const struct edge_sum *edge_of(const struct model *model, unsigned from, unsigned to)
{
	for (size_t i = 0; i < model->edge_count; i++)
		if (model->edges[i].from == from && model->edges[i].to == to)
			return &model->edges[i];
	return NULL;
}

static double stroke(size_t taken)
{
	double width = 1.3 + 1.1 * log2((double)taken + 1);

	return width < 6 ? width : 6;
}

static const char *anchor_class(char anchor)
{
	return anchor == 'm' ? " m" : anchor == 'e' ? " e" : "";
}

/* "client 4", "server 3": who took it how often, a line each below a label in the middle. */
static int put_roles(FILE *out, const struct arrow *arrow, const struct edge_sum *edge)
{
	static const enum page_word words[ROLES] = {WORD_CLIENT, WORD_SERVER, WORD_LISTENER};
	double y = arrow->y + (arrow->anchor == 'm' ? 26 : 13);
	char line[96] = "", more[48], classes[16];
	int lines = 0;

	snprintf(classes, sizeof(classes), "b halo%s", anchor_class(arrow->anchor));
	for (int role = 0; role < ROLES; role++) {
		size_t used = strlen(line);

		if (edge->roles[role] == 0)
			continue;
		snprintf(more, sizeof(more), "%s %zu", page_word(words[role]), edge->roles[role]);
		double room = arrow->anchor == 's' ? DIAGRAM_WIDTH - arrow->x : DIAGRAM_WIDTH;
		if (used > 0 && (arrow->anchor == 'm' ||
					px_width(line, TEXT, true) + px_width(more, TEXT, true) >
						room - 8)) {
			put_text(out, arrow->x, y + 13 * lines++, classes, line);
			used = 0;
		}
		snprintf(line + used, sizeof(line) - used, "%s%s", used > 0 ? " " : "", more);
	}
	put_text(out, arrow->x, y + 13 * lines++, classes, line);
	return lines;
}

static void put_arrow(const struct sheet *sheet, const struct arrow *arrow, FILE *under, FILE *over)
{
	const struct edge_sum *edge = edge_of(sheet->model, arrow->from, arrow->to);
	size_t taken = edge != NULL ? edge->taken : 0;
	char classes[24], text[160];
	int lines = 0;

	snprintf(classes, sizeof(classes), "t9 halo %s%s", taken > 0 ? "s" : "f",
		anchor_class(arrow->anchor));
	if (arrow->what == NULL) {
		put(under, "<path class='eN' d='%s'/>", arrow->path);
		put_text(over, arrow->x, arrow->y, classes, page_word(WORD_NOT_ON_LINUX));
		return;
	}
	put(under,
		"<g class='hv'><title>%s → %s: %s</title><path class='%s' d='%s' "
		"style='stroke-width:%n' marker-end='url(#%s)'/></g>",
		state_name(arrow->from), state_name(arrow->to), page_edge(edge, text, sizeof(text)),
		taken > 0 ? "eT" : "e0", arrow->path, taken > 0 ? stroke(taken) : 1.0,
		taken > 0 ? "mT" : "m0");
	put_text(over, arrow->x, arrow->y, classes, arrow->what);
	if (taken > 0)
		lines = put_roles(over, arrow, edge);
	if (edge == NULL || edge->withdrawn == 0)
		return;
	snprintf(classes, sizeof(classes), "t9 bad halo%s", anchor_class(arrow->anchor));
	put_text(over, arrow->x, arrow->anchor == 'm' ? arrow->y - 13 : arrow->y + 13 * (lines + 1),
		classes,
		page_text(text, sizeof(text), WORD_WITHDRAWN_N, (unsigned)edge->withdrawn));
}

/* Ways to CLOSED beyond the figure: by RST, by a timer. */
static void put_stub(const struct sheet *sheet, const struct node *node, FILE *under, FILE *over)
{
	const struct edge_sum *edge = edge_of(sheet->model, node->state, STATE_CLOSED);
	bool up = node->y < 150;
	double y = node->y + (up ? -NODE_HEIGHT : NODE_HEIGHT) / 2.0, end = y + (up ? -18 : 18);
	char text[160];

	for (size_t i = 0; i < ARROWS; i++)
		if (arrows[i].from == node->state && arrows[i].to == STATE_CLOSED)
			return;
	if (edge == NULL || edge->taken == 0)
		return;
	put(under, "<path class='eX' d='M%n %nV%n' style='stroke-width:%n' marker-end='url(#mT)'/>",
		node->x, y, end, stroke(edge->taken));
	put_text(over, node->x, up ? end - 19 : end + 13, "m t9 s halo", state_name(STATE_CLOSED));
	put_text(over, node->x, up ? end - 7 : end + 25, "m b t9 halo",
		page_ends(edge, text, sizeof(text)));
}

static bool was_met(const struct model *model, const struct node *node)
{
	if (node == &nodes[0])
		return true;
	for (size_t i = 0; i < model->edge_count; i++)
		if (model->edges[i].taken > 0 && (model->edges[i].to == node->state ||
							 (model->edges[i].from == node->state &&
								 node->state != STATE_CLOSED)))
			return true;
	return false;
}

static void put_node(const struct sheet *sheet, const struct node *node, FILE *out)
{
	const struct state_sum *sum = &sheet->model->states[node->state];
	bool met = was_met(sheet->model, node);
	char text[96] = "", fitted[96];

	if (node->state == STATE_CLOSED) {
		put(out, "<rect class='nd%s' x='%n' y='%n' width='64' height='30' rx='15'/>",
			met ? "" : " no", node->x - 32, node->y - 15);
		put_text(out, node->x, node->y + 4, met ? "m b" : "m f", state_name(STATE_CLOSED));
		return;
	}
	if (met)
		page_state_sum(sum, text, sizeof(text));
	put(out,
		"<g class='hv'><title>%s: %e</title><rect class='nd%s' x='%n' y='%n' width='%d' "
		"height='%d' rx='3'/><rect class='%s' x='%n' y='%n' width='7' height='%d'%s/>",
		state_name(node->state), page_meaning(node->state), met ? "" : " no",
		node->x - NODE_WIDTH / 2.0, node->y - NODE_HEIGHT / 2.0, NODE_WIDTH, NODE_HEIGHT,
		state_class(node->state), node->x - NODE_WIDTH / 2.0, node->y - NODE_HEIGHT / 2.0,
		NODE_HEIGHT, met ? "" : " opacity='.35'");
	put_text(out, node->x + 4, node->y + (*text != '\0' ? -1 : 4), met ? "m b" : "m f",
		state_name(node->state));
	if (*text != '\0')
		put_text(out, node->x + 4, node->y + 12, "m t9 s",
			px_fit(text, 10, NODE_WIDTH - 12, false, fitted, sizeof(fitted)));
	put(out, "</g>");
}

bool figure_states(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size)
{
	static const struct {
		double x, y;
		enum page_word word;
	} heads[] = {{222, 24, WORD_WHO_CONNECTS}, {222, 384, WORD_WHO_LISTENS},
		{870, 24, WORD_WHO_FIRST}, {870, 384, WORD_WHO_SECOND}};
	char *under = NULL, *over = NULL;
	size_t bytes;
	FILE *under_out = open_memstream(&under, &bytes), *over_out = open_memstream(&over, &bytes);
	bool ok = under_out != NULL && over_out != NULL;

	for (size_t i = 0; ok && i < ARROWS; i++)
		put_arrow(sheet, &arrows[i], under_out, over_out);
	for (size_t i = 0; ok && i < NODES; i++) {
		if (nodes[i].state != STATE_CLOSED)
			put_stub(sheet, &nodes[i], under_out, over_out);
		put_node(sheet, &nodes[i], over_out);
	}
	if (under_out != NULL)
		fclose(under_out);
	if (over_out != NULL)
		fclose(over_out);
	if (ok) {
		*size = (struct figure_size){.width = DIAGRAM_WIDTH, .height = DIAGRAM_HEIGHT};
		figure_begin(out, id, "wide", DIAGRAM_WIDTH, DIAGRAM_HEIGHT,
			page_word(WORD_DIAGRAM_TITLE), page_word(WORD_DIAGRAM_DESC));
		put(out,
			"<defs><marker id='mT' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='8' "
			"markerHeight='8' markerUnits='userSpaceOnUse' orient='auto'><path d='M0 "
			"0L8 4L0 8z' class='ah'/></marker><marker id='m0' viewBox='0 0 8 8' "
			"refX='7' refY='4' markerWidth='7' markerHeight='7' "
			"markerUnits='userSpaceOnUse' orient='auto'><path d='M0 0L8 4L0 8z' "
			"class='m0'/></marker></defs>");
		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
			put_text(out, heads[i].x, heads[i].y, "m s", page_word(heads[i].word));
		put(out, "%s%s</svg>", under, over);
	}
	free(under);
	free(over);
	return ok;
}
