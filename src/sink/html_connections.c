/* Segment by segment: the ladders, each with its table; paths first. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { CONVERSATIONS_DRAWN = 16, LET_GO_SHOWN = 4 /* of an end */ };

static void put_meta_text(FILE *out, const char *text, bool *any)
{
	put(out, "%s%s", *any ? " · " : "", text);
	*any = true;
}

static void put_pair(FILE *out, enum page_word word, uint64_t mine, uint64_t theirs, bool *any)
{
	char text[128];

	put_meta_text(out,
		page_text(text, sizeof(text), word, (unsigned long)mine, (unsigned long)theirs),
		any);
}

static void put_meta(FILE *out, const struct sheet *sheet, const struct drawn *drawn)
{
	const struct connection *one = sheet_connection(sheet, drawn, ROLE_CLIENT);
	int client = sheet_side(one, ROLE_CLIENT);
	const struct amounts *mine = &one->ends[client].sent, *theirs = &one->ends[!client].sent;
	bool any = false;
	char text[128];

	put(out, "<small>");
	put_pair(out, WORD_META_SEGMENTS, mine->segments, theirs->segments, &any);
	if (mine->bytes + theirs->bytes > 0)
		put_pair(out, WORD_META_BYTES, mine->bytes, theirs->bytes, &any);
	if (mine->retransmissions + theirs->retransmissions > 0)
		put_pair(
			out, WORD_META_AGAIN, mine->retransmissions, theirs->retransmissions, &any);
	if (one->syn_unanswered > 0)
		put(out, " · <span class='al'>%s</span>",
			page_count(text, sizeof(text), COUNT_SYNS_UNANSWERED, one->syn_unanswered));
	for (int role = 0; role < 2; role++) {
		char owners[300];
		const struct connection *end = sheet_connection(sheet, drawn, role);
		int side = sheet_side(end, role);

		if (end->ends[side].has_owner)
			put(out, " · %s %e",
				page_word(role == ROLE_CLIENT ? WORD_CLIENT : WORD_SERVER),
				prose_owners(sheet->model, &end->ends[side].owner,
					&end->ends[side].also, owners, sizeof(owners)));
	}
	if (one->midway)
		put_meta_text(out, page_word(WORD_META_MIDWAY), &any);
	for (int role = 0; role < 2; role++) {
		char said[PROSE_LINE];

		for (size_t i = 0; i < LET_GO_SHOWN &&
				   sheet_let_go(sheet, drawn, role, i, said, sizeof(said)) != NULL;
			i++)
			put(out, " · %e", said);
	}
	put(out, "</small>");
}

/* ---- the same as a table ---- */

static enum page_word seen_word(unsigned evidence)
{
	return evidence == EVIDENCE_BOTH     ? WORD_SEEN_BOTH
	       : evidence == EVIDENCE_KERNEL ? WORD_SEEN_KERNEL
	       : evidence == EVIDENCE_WIRE   ? WORD_SEEN_WIRE
					     : WORD_SEEN_INFERRED;
}

static void put_step(struct sheet *sheet, const struct step *step)
{
	const struct model *model = sheet->model;
	bool withdrawn = step->kind == STEP_CORRECTION;
	const struct record *record = withdrawn ? &model->corrections[step->index].record
						: &model->transitions[step->index].record;
	uint32_t index = withdrawn ? model->corrections[step->index].index
				   : model->transitions[step->index].index;
	char seconds[DURATION_TEXT], why[300], lasted[DURATION_TEXT], text[96], *where = why;
	FILE *out = sheet->out;

	put(out, "<tr><td>%s<td>%s<td>%s%s → %s%s<td>%s",
		sheet_seconds(sheet, withdrawn ? record->edge_t_ns : record->t_ns, seconds),
		page_word(sheet_role(sheet, record, index) == ROLE_CLIENT ? WORD_CLIENT
									  : WORD_SERVER),
		withdrawn ? "<s>" : "", state_name(record->from), state_name(record->to),
		withdrawn ? "</s>" : "",
		page_word(withdrawn ? WORD_SEEN_WITHDRAWN : seen_word(record->evidence)));
	snprintf(where, sizeof(why), "%s", "");
	if (record->frame > 0)
		snprintf(why, sizeof(why), "%s %llu", page_word(WORD_FRAME),
			(unsigned long long)record->frame);
	if (record->diag_frame > 0)
		snprintf(why + strlen(why), sizeof(why) - strlen(why), "%s%s %llu",
			record->frame > 0 ? ", " : "", page_word(WORD_DIAG),
			(unsigned long long)record->diag_frame);
	put(out, "<td>%s", why);
	put(out, "<td>%e", page_why(record, why, sizeof(why)));
	if (record->not_before_ns > 0 && !withdrawn && record->t_ns > record->not_before_ns)
		put(out, " <small>%s</small>",
			page_text(text, sizeof(text), WORD_UP_TO_EARLIER,
				duration_text(record->t_ns - record->not_before_ns, lasted)));
}

static void put_table(struct sheet *sheet, const struct drawn *drawn)
{
	const struct connection *connection = sheet_connection(sheet, drawn, ROLE_CLIENT);
	char title[128];
	FILE *out = sheet->out;

	put(out,
		"<details class='screen'><summary>%s</summary><div class='tw'><table "
		"class='lt'><caption>%e</caption><thead><tr><th scope='col' class='n'>%s<th "
		"scope='col'>%s<th scope='col'>%s<th scope='col'>%s<th scope='col'>%s<th "
		"scope='col'>%s</thead><tbody>",
		page_word(WORD_AS_TABLE),
		page_text(title, sizeof(title), WORD_LADDER_TITLE, drawn->name),
		page_word(WORD_COL_SECONDS), page_word(WORD_COL_END), page_word(WORD_COL_EDGE),
		page_word(WORD_COL_SEEN), page_word(WORD_COL_WHERE), page_word(WORD_COL_WHY));
	for (size_t i = 0; i < drawn->steps->count; i++)
		if (drawn->steps->item[i].kind != STEP_ERROR)
			put_step(sheet, &drawn->steps->item[i]);
	put(out,
		"</tbody></table></div><p><small>%s <code>tcp.port == %u &amp;&amp; tcp.port == "
		"%u</code></small></p></details>",
		page_word(WORD_IN_WIRESHARK), (unsigned)ntohs(connection->key.port_be[0]),
		(unsigned)ntohs(connection->key.port_be[1]));
}

/* On paper a ladder that is too high for a sheet stands in two halves. */
static void put_halves(FILE *out, const struct drawn *drawn, const struct figure_size *size)
{
	for (int lower = 0; lower < 2 && size->cut > 0; lower++)
		put(out,
			"<figure class='paper'><svg aria-hidden='true' class='fig lad' viewBox='0 "
			"%d %d %d'><use href='#l%s-g'/></svg></figure>",
			lower ? size->cut : 0, size->width,
			lower ? size->height - size->cut : size->cut, drawn->id);
}

static void put_ladder(struct sheet *sheet, uint32_t index)
{
	const struct drawn *drawn = &sheet->drawn[index];
	const struct connection *client = sheet_connection(sheet, drawn, ROLE_CLIENT),
				*server = sheet_connection(sheet, drawn, ROLE_SERVER);
	const struct shape *shape = &sheet->model->shapes[client->shape];
	char from[FLOW_END_TEXT], to[FLOW_END_TEXT], text[96], *svg = NULL;
	struct figure_size size;
	size_t bytes;
	FILE *out = sheet->out, *figure = open_memstream(&svg, &bytes);

	if (figure == NULL)
		return;
	bool ok = figure_ladder(sheet, figure, index, &size);
	fclose(figure);
	put(out, "<article id='%s'%s><h3>%s: <code>%e</code> → <code>%e</code>", drawn->id,
		ok && size.cut > 0 ? " class='tall'" : "", drawn->name,
		flow_end_text(&client->key, sheet_side(client, ROLE_CLIENT), from),
		flow_end_text(&server->key, sheet_side(server, ROLE_SERVER), to));
	if (shape->total > 1 && sheet->ladder_count < sheet->drawn_count)
		put(out, " <small>%s</small>",
			page_text(text, sizeof(text), WORD_STANDS_FOR, shape->total));
	put(out, "</h3>");
	put_meta(out, sheet, drawn);
	if (ok) {
		put_figure(sheet, svg, NULL, "");
		put_halves(out, drawn, &size);
	}
	free(svg);
	put_table(sheet, drawn);
	put(out, "</article>\n");
}

static void put_path(struct sheet *sheet, uint32_t path)
{
	const struct model *model = sheet->model;
	const struct path *one = &model->paths[path];
	const struct connection *first = &model->connections[one->hops[0]],
				*last = &model->connections[one->hops[one->hop_count - 1]];
	char from[FLOW_END_TEXT], to[FLOW_END_TEXT], as[FLOW_END_TEXT], text[400], *svg = NULL;
	struct figure_size size;
	size_t bytes;
	FILE *figure = open_memstream(&svg, &bytes);

	if (figure == NULL)
		return;
	page_text(text, sizeof(text), WORD_PATH_TITLE,
		flow_end_text(&first->key, sheet_side(first, ROLE_CLIENT), from),
		flow_end_text(&last->key, sheet_side(last, ROLE_SERVER), to),
		flow_end_text(&last->key, sheet_side(last, ROLE_CLIENT), as));
	put(sheet->out, "<article class='full'><h3>P%u: %e</h3>", path + 1, text);
	bool ok = figure_path(sheet, figure, path, &size);
	fclose(figure);
	if (ok)
		put_figure(sheet, svg, NULL, "");
	free(svg);
	put(sheet->out, "</article>\n");
}

static void put_conversation(struct sheet *sheet, uint32_t index)
{
	const struct conversation *one = &sheet->model->conversations[index];
	char a[FLOW_END_TEXT], b[FLOW_END_TEXT], text[200], *svg = NULL;
	struct figure_size size;
	size_t bytes;
	FILE *out = sheet->out, *figure = open_memstream(&svg, &bytes);
	int opener = one->opener;

	if (figure == NULL)
		return;
	put(out,
		"<article id='u%u'><h3>%s: <code>%e</code> – <code>%e</code></h3><small>%s</small>",
		index, page_text(text, sizeof(text), WORD_CONVERSATION, one->number),
		flow_end_text(&one->key, opener, a), flow_end_text(&one->key, !opener, b), "");
	put(out, "<small>%s</small>",
		page_text(text, sizeof(text), WORD_CONVERSATION_META,
			(unsigned long)one->datagrams[opener],
			(unsigned long)one->datagrams[!opener], (unsigned long)one->bytes[opener],
			(unsigned long)one->bytes[!opener]));
	bool ok = figure_conversation(sheet, figure, index, &size);
	fclose(figure);
	if (ok)
		put_figure(sheet, svg, NULL, "");
	free(svg);
	put(out, "</article>\n");
}

static void put_lede(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	char text[300];
	size_t courses = 0, left = 0;
	FILE *out = sheet->out;

	put(out, "<p class='lede'>%s</p>", page_word(WORD_LADDERS_LEDE));
	if (sheet->ladder_count < sheet->drawn_count)
		put(out, "<p class='lede'><b>%s</b></p>",
			page_text(text, sizeof(text), WORD_LADDERS_SOME, sheet->ladder_count,
				model->connection_total));
	for (size_t i = 0; i < model->shape_count; i++) {
		uint32_t drawn =
			model->connections[model->shapes[i].example].key.protocol == IPPROTO_TCP
				? sheet->of_connection[model->shapes[i].example]
				: UINT32_MAX;

		if (drawn != UINT32_MAX && sheet->drawn[drawn].stands_in == UINT32_MAX) {
			courses++;
			left += model->shapes[i].total;
		}
	}
	if (courses > 0)
		put(out, "<p class='lede'>%s</p>",
			page_text(text, sizeof(text), WORD_LADDERS_LEFT, courses, left));
	put(out,
		"<p class='tools'><label>%s <input id='filter' type='search' "
		"placeholder='%s'></label></p>",
		page_word(WORD_FILTER), page_word(WORD_FILTER_HINT));
}

void html_connections(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	char text[96];
	FILE *out = sheet->out;

	if (sheet->drawn_count > 0)
		put_lede(sheet);
	for (uint32_t i = 0; i < model->path_count && i < LADDERS_ALL; i++)
		put_path(sheet, i);
	put(out, "<div class='lads%s'>",
		sheet->ladder_count + model->conversation_count <= 1 ? " one" : "");
	for (size_t i = 0; i < sheet->ladder_count; i++)
		put_ladder(sheet, sheet->ladders[i]);
	for (uint32_t i = 0; i < model->conversation_count && i < CONVERSATIONS_DRAWN; i++)
		put_conversation(sheet, i);
	put(out, "</div>");
	if (model->conversation_count > CONVERSATIONS_DRAWN)
		put(out, "<p class='lede'>%s</p>",
			page_text(text, sizeof(text), WORD_CONVERSATIONS_LEFT,
				model->conversation_count - CONVERSATIONS_DRAWN));
}
