/* Diagrams in Mermaid: each connection as a sequence, the edges taken as a state diagram. */
#include <string.h>

#include "md.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/segment.h"

enum { CALLS_SHOWN = 64 /* of a connection */, LET_GO_SHOWN = 4 /* of an end */ };

/* Mermaid ends a message at ; and takes # for an entity: both come from others in payloads and
 * calls. */
static void put_mermaid(FILE *out, const char *text, size_t limit)
{
	char safe[1024];

	for (const char *at = visible(text, limit, safe, sizeof(safe)); *at != '\0'; at++)
		fputs(*at == ';'     ? "#59;"
			: *at == '#' ? "#35;"
			: *at == '<' ? "#lt;"
			: *at == '>' ? "#gt;"
			: *at == '%' ? "#37;"
			: *at == '&' ? "#38;"
			: *at == '`' ? "#96;"
				     : (char[]){*at, '\0'},
			out);
}

static void put_quoted(FILE *out, const char *text)
{
	put(out, " “");
	put_mermaid(out, text, 40);
	put(out, "”");
}

static void put_segment(
	struct sheet *sheet, const struct connection *connection, const struct rung *rung)
{
	bool up = rung->side == sheet_side(connection, ROLE_CLIENT),
	     lost = rung->taken == TAKEN_UNANSWERED || rung->taken == TAKEN_IGNORED;
	const char *flags = (rung->flags & TCP_RST) != 0 ? "RST"
			    : (rung->flags & TCP_SYN) != 0
				    ? (rung->flags & TCP_ACK) != 0 ? "SYN-ACK" : "SYN"
			    : (rung->flags & TCP_FIN) != 0 ? "FIN"
			    : rung->len > 0                ? ""
							   : "ACK";
	const struct model *model = sheet->model;
	FILE *out = sheet->out;
	char of[128];

	prose_rung_older(model, (uint32_t)(connection - model->connections),
		(size_t)(rung - model->rungs) - connection->first_rung, true, of, sizeof(of));
	put(out, "    %s%s%s: %s", up ? "C" : "S",
		lost                   ? "-x"
		: rung->retransmission ? "-->>"
				       : "->>",
		up ? "S" : "C", flags);
	if (rung->len > 0)
		put(out, "%s%u B", *flags != '\0' ? " " : "", rung->len);
	if (rung->retransmission)
		put(out, " (%s)", page_word(WORD_AGAIN));
	if (*of != '\0')
		put(out, " (%s)", of);
	if (rung->text != NULL)
		put_quoted(out, rung->text);
	put(out, " · %s %U\n", page_word(WORD_FRAME), rung->frame);
}

static void put_fold(struct sheet *sheet, const struct connection *connection, size_t at)
{
	struct fold fold = model_fold(sheet->model, connection, at);
	int client = sheet_side(connection, ROLE_CLIENT);
	char up[96], down[96];

	if (fold.segments[0] + fold.segments[1] == 0)
		return;
	page_text(up, sizeof(up), WORD_FOLDED_SEGMENTS, "→", fold.segments[client],
		fold.bytes[client]);
	page_text(down, sizeof(down), WORD_FOLDED_SEGMENTS, "←", fold.segments[!client],
		fold.bytes[!client]);
	put(sheet->out, "    Note over C,S: %s, %s\n", up, down);
}

static void put_note(struct sheet *sheet, const struct transition *transition)
{
	const struct record *record = &transition->record;
	bool client = sheet_role(sheet, record, transition->index) == ROLE_CLIENT;

	put(sheet->out, "    Note %s: %s", client ? "left of C" : "right of S",
		state_name(record->to));
	if (record->diag_frame > 0)
		put(sheet->out, " (%s %U)", page_word(WORD_DIAG), record->diag_frame);
	put(sheet->out, "\n");
}

/* The calls of both ends in time order, as far as they are put. */
struct calls {
	const struct drawn *drawn;
	size_t at[2], put; /* by role */
};

/* The next one of an end that is worth a line; NULL: no more. */
static const struct model_call *next_of(struct sheet *sheet, struct calls *calls, int role)
{
	const struct connection *end = sheet_connection(sheet, calls->drawn, role);

	for (; calls->at[role] < end->call_count; calls->at[role]++) {
		uint32_t index = sheet->model->call_order[end->first_call + calls->at[role]];

		if (sheet_call_role(sheet, end, index) == role)
			return &sheet->model->calls[index];
	}
	return NULL;
}

/* Those made by then; a call stands before the segment that it sent. */
static void put_calls(struct sheet *sheet, struct calls *calls, int64_t until_ns)
{
	for (;;) {
		const struct model_call *client = next_of(sheet, calls, ROLE_CLIENT),
					*server = next_of(sheet, calls, ROLE_SERVER);
		bool first = client != NULL && (server == NULL || client->at_ns <= server->at_ns);
		const struct model_call *next = first ? client : server;
		char text[PROSE_LINE], until[DURATION_TEXT];

		if (next == NULL || next->at_ns > until_ns)
			return;
		calls->at[first ? ROLE_CLIENT : ROLE_SERVER]++;
		if (calls->put++ >= CALLS_SHOWN)
			continue;
		put(sheet->out, "    Note %s: ", first ? "left of C" : "right of S");
		prose_did(next, false,
			next->again > 0 ? sheet_seconds(sheet, next->again_ns, until) : NULL, text,
			sizeof(text));
		put_mermaid(sheet->out, text, 160);
		put(sheet->out, "\n");
	}
}

/* States, calls and segments in order of time: a state after the segment that brought it. */
static void put_sequence(struct sheet *sheet, const struct drawn *drawn)
{
	const struct model *model = sheet->model;
	const struct connection *connection = sheet_connection(sheet, drawn, ROLE_CLIENT);
	const struct rung *rungs = model->rungs + connection->first_rung;
	struct calls calls = {.drawn = drawn};
	char more[96];
	size_t step = 0;

	for (size_t i = 0; i <= connection->rung_count; i++) {
		for (; step < drawn->steps->count; step++) {
			const struct step *one = &drawn->steps->item[step];

			if (one->kind != STEP_TRANSITION)
				continue;
			const struct transition *edge = &model->transitions[one->index];
			if (i < connection->rung_count && edge->record.t_ns >= rungs[i].t_ns)
				break;
			put_calls(sheet, &calls, edge->record.t_ns);
			put_note(sheet, edge);
		}
		put_fold(sheet, connection, i);
		put_calls(sheet, &calls, i < connection->rung_count ? rungs[i].t_ns : INT64_MAX);
		if (i < connection->rung_count)
			put_segment(sheet, connection, &rungs[i]);
	}
	if (calls.put > CALLS_SHOWN)
		put(sheet->out, "    Note over C,S: %s\n",
			page_text(more, sizeof(more), WORD_AND_MORE, calls.put - CALLS_SHOWN));
}

static void put_transitions(struct sheet *sheet, const struct drawn *drawn)
{
	const struct model *model = sheet->model;
	char seconds[DURATION_TEXT], why[256], seen[160];
	FILE *out = sheet->out;

	put(out, "\n| %s | %s | %s | %s | %s |\n|---:|---|---|---|---|\n",
		page_word(WORD_COL_SECONDS), page_word(WORD_COL_END), page_word(WORD_COL_EDGE),
		page_word(WORD_COL_SEEN), page_word(WORD_COL_WHY));
	for (size_t i = 0; i < drawn->steps->count; i++) {
		const struct step *step = &drawn->steps->item[i];
		bool withdrawn = step->kind == STEP_CORRECTION;
		if (step->kind == STEP_ERROR)
			continue;
		const struct record *record = withdrawn ? &model->corrections[step->index].record
							: &model->transitions[step->index].record;
		uint32_t index = withdrawn ? model->corrections[step->index].index
					   : model->transitions[step->index].index;
		put(out, "| %s | %s | %s%s → %s%s | ",
			sheet_seconds(sheet, withdrawn ? record->edge_t_ns : record->t_ns, seconds),
			page_word(sheet_role(sheet, record, index) == ROLE_CLIENT ? WORD_CLIENT
										  : WORD_SERVER),
			withdrawn ? "~~" : "", state_name(record->from), state_name(record->to),
			withdrawn ? "~~" : "");
		md_text(out,
			withdrawn ? page_word(WORD_SEEN_WITHDRAWN)
				  : page_seen(record, seen, sizeof(seen)),
			sizeof(seen));
		put(out, " | ");
		md_text(out, page_why(record, why, sizeof(why)), sizeof(why));
		put(out, " |\n");
	}
}

static void put_let_go(struct sheet *sheet, const struct drawn *drawn)
{
	char said[PROSE_LINE];

	for (int role = 0; role < 2; role++) {
		for (size_t i = 0; i < LET_GO_SHOWN &&
				   sheet_let_go(sheet, drawn, role, i, said, sizeof(said)) != NULL;
			i++) {
			put(sheet->out, "\n- ");
			md_text(sheet->out, said, sizeof(said));
			put(sheet->out, "\n");
		}
	}
}

void md_ladder(struct sheet *sheet, uint32_t index)
{
	const struct drawn *drawn = &sheet->drawn[index];
	const struct connection *client = sheet_connection(sheet, drawn, ROLE_CLIENT),
				*server = sheet_connection(sheet, drawn, ROLE_SERVER);
	char from[FLOW_END_TEXT], to[FLOW_END_TEXT];
	FILE *out = sheet->out;

	flow_end_text(&client->key, sheet_side(client, ROLE_CLIENT), from);
	flow_end_text(&server->key, sheet_side(server, ROLE_SERVER), to);
	put(out,
		"\n## %s: `%s` → `%s`\n\n```mermaid\nsequenceDiagram\n    participant C as %s %s\n"
		"    participant S as %s %s\n",
		drawn->name, from, to, page_word(WORD_CLIENT), from, page_word(WORD_SERVER), to);
	put_sequence(sheet, drawn);
	put(out, "```\n");
	put_let_go(sheet, drawn);
	put_transitions(sheet, drawn);
}

void md_states(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	FILE *out = sheet->out;

	if (model->transition_count == 0)
		return;
	put(out, "\n## %s\n\n```mermaid\nstateDiagram-v2\n    direction LR\n",
		page_word(WORD_HEAD_DIAGRAM));
	for (size_t i = 0; i < model->edge_count; i++)
		if (model->edges[i].taken > 0)
			put(out, "    %s --> %s: %U\n", state_name(model->edges[i].from),
				state_name(model->edges[i].to), (uint64_t)model->edges[i].taken);
	put(out, "```\n");
}
