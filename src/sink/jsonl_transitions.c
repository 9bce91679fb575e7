/* What happened, in a JSON report: transitions, corrections, findings; and the state diagram that
 * they amount to. */
#include "jsonl.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

void jsonl_evidence(struct jsonwriter *json, enum evidence evidence)
{
	static const char *const words[] = {[EVIDENCE_NONE] = "none",
		[EVIDENCE_WIRE] = "wire",
		[EVIDENCE_KERNEL] = "kernel",
		[EVIDENCE_BOTH] = "both",
		[EVIDENCE_INFERRED] = "inferred"};

	json_text(json, "evidence", words[evidence < EVIDENCE_MAX ? evidence : EVIDENCE_NONE]);
}

/* A report says the same dozen of edges, reasons and ends a million times: they are put into words
 * once. */
static void edge_written(struct jsonwriter *json, const struct record *record)
{
	json_text(json, "from", state_name(record->from));
	json_text(json, "to", state_name(record->to));
	json_text(json, "cause", cause_name(record->cause));
}

static void edge_members(struct jsonwriter *json, const struct record *record)
{
	static struct jsonpiece *known[STATE_MAX][STATE_MAX][CAUSE_MAX];
	struct jsonpiece *piece = NULL;
	struct jsonwriter scratch;

	if (record->from < STATE_MAX && record->to < STATE_MAX && record->cause < CAUSE_MAX) {
		piece = known[record->from][record->to][record->cause];
		if (piece == NULL) {
			json_piece_begin(&scratch);
			edge_written(&scratch, record);
			piece = json_piece(&scratch);
			known[record->from][record->to][record->cause] = piece;
		}
	}
	if (piece != NULL)
		json_put(json, piece);
	else
		edge_written(json, record);
}

/* Of reasons without numbers. */
static void why_members(struct jsonwriter *json, const struct record *record)
{
	static struct jsonpiece *known[REASON_MAX][EVIDENCE_MAX];
	unsigned code = record->reason.code;
	struct jsonpiece *piece = NULL;
	struct jsonwriter scratch;

	if (code < REASON_MAX && record->evidence < EVIDENCE_MAX &&
		reason_argument(code, 0)[0] == '\0') {
		piece = known[code][record->evidence];
		if (piece == NULL) {
			json_piece_begin(&scratch);
			jsonl_reason(&scratch, &record->reason);
			jsonl_evidence(&scratch, record->evidence);
			piece = known[code][record->evidence] = json_piece(&scratch);
		}
	}
	if (piece != NULL) {
		json_put(json, piece);
		return;
	}
	jsonl_reason(json, &record->reason);
	jsonl_evidence(json, record->evidence);
}

/* Those of a connection come one after the other. No byte of an end's text needs escaping. */
static void end_members(struct jsonwriter *json, const struct flow_key *key, int side)
{
	static struct flow_key last;
	static char known[2][2 * FLOW_END_TEXT + sizeof(",\"local\":\"\",\"remote\":\"\"")];
	static size_t length[2];

	if (length[side] == 0 || !flow_key_equal(&last, key)) {
		for (int from = 0; from < 2; from++) {
			char *at = stpcpy(known[from], ",\"local\":\"");

			at = stpcpy(at, jsonl_end_text(key, from));
			at = stpcpy(at, "\",\"remote\":\"");
			at = stpcpy(at, jsonl_end_text(key, !from));
			at = stpcpy(at, "\"");
			length[from] = (size_t)(at - known[from]);
		}
		last = *key;
	}
	json_put_text(json, known[side], length[side]);
}

void jsonl_transition(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	static const char *const roles[] = {
		[ROLE_CLIENT] = "client", [ROLE_SERVER] = "server", [ROLE_LISTENER] = "listener"};
	const struct record *record = &model->transitions[index].record;
	int side = record->listener ? 0 : record->side & 1;

	jsonl_run(json, model, model->transitions[index].run);
	json_time(json, "t", record->t_ns);
	end_members(json, &record->key, side);
	json_text(json, "role", roles[model_role(model, record, model->transitions[index].index)]);
	edge_members(json, record);
	if (record->frame > 0)
		json_unsigned(json, "frame", record->frame);
	why_members(json, record);
	if (record->diag_frame > 0 &&
		(record->evidence == EVIDENCE_KERNEL || record->evidence == EVIDENCE_BOTH))
		json_unsigned(json, "diag_frame", record->diag_frame);
	if (record->not_before_ns > 0)
		json_time(json, "not_before", record->not_before_ns);
	if (model->transitions[index].rows > 0) {
		json_unsigned(json, "rows", model->transitions[index].rows);
		json_unsigned(json, "last_diag_frame", model->transitions[index].last_diag);
	}
	if (model->transitions[index].call > 0) {
		const struct model_call *call = &model->calls[model->transitions[index].call - 1];

		json_text(json, "call", call_name(call->call.what));
		json_unsigned(json, "call_number", call->number);
	}
	jsonl_subject(json, record);
}

/* Each time the edge was withdrawn, when and what withdrew it: {"t":"...","frame":20},
 * {"diag_frame":7} or both. */
static void refuted_members(struct jsonwriter *json, const struct correction *correction)
{
	json_open(json, "refuted_by", '[');
	for (uint32_t i = 0; i < correction->count; i++) {
		json_open(json, NULL, '{');
		json_time(json, "t", correction->refuted_times[i]);
		if (correction->refuting_frames[i] > 0)
			json_unsigned(json, "frame", correction->refuting_frames[i]);
		if (correction->refuting_diags[i] > 0)
			json_unsigned(json, "diag_frame", correction->refuting_diags[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_unsigned(json, "count", correction->count);
	json_open(json, "frames", '[');
	for (uint32_t i = 0; i < correction->count; i++)
		if (correction->frames[i] > 0)
			json_unsigned(json, NULL, correction->frames[i]);
	json_close(json, ']');
}

void jsonl_correction(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct correction *correction = &model->corrections[index];
	const struct record *record = &correction->record;
	int side = record->listener ? 0 : record->side & 1;

	jsonl_run(json, model, correction->run);
	json_time(json, "t", record->t_ns);
	json_time(json, "edge_t", record->edge_t_ns);
	jsonl_end(json, "local", &record->key, side);
	jsonl_end(json, "remote", &record->key, !side);
	json_text(json, "from", state_name(record->from));
	json_text(json, "to", state_name(record->to));
	if (record->frame > 0)
		json_unsigned(json, "frame", record->frame);
	json_text(json, "claimed", reason_word(correction->claimed.code));
	jsonl_reason(json, &record->reason);
	jsonl_evidence(json, record->evidence);
	refuted_members(json, correction);
	jsonl_subject(json, record);
}

static void cited(struct jsonwriter *json, const char *name, const uint64_t *number)
{
	if (number[0] == 0)
		return;
	json_open(json, name, '[');
	for (int i = 0; i < FINDING_CITED && number[i] != 0; i++)
		json_unsigned(json, NULL, number[i]);
	json_close(json, ']');
}

static void finding_subject(struct jsonwriter *json, const struct finding *finding)
{
	int side = finding->side & 1;

	if (finding->about != FINDING_OF_RUN)
		jsonl_end(json, "local", &finding->key, side);
	if (finding->about == FINDING_OF_CONNECTION || finding->about == FINDING_OF_LISTENER)
		jsonl_end(json, "remote", &finding->key, !side);
	if (finding->about == FINDING_OF_CONNECTION)
		json_unsigned(json, "connection", finding->serial);
}

void jsonl_finding(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct finding *finding = &model->findings[index];
	char sentence[1024], said[2 * FINDING_TEXT];

	jsonl_run(json, model, finding->run);
	json_time(json, "t", finding->t_ns);
	finding_subject(json, finding);
	json_text(json, "reason", finding_word(finding->code));
	json_unsigned(json, "weight", finding_weight(finding->code));
	for (int i = 0; i < FINDING_ARGS; i++)
		if (finding_argument(finding->code, i)[0] != '\0')
			json_number(json, finding_argument(finding->code, i), finding->arg[i]);
	for (int i = 0; i < FINDING_TEXTS; i++)
		if (*finding_text(finding->code, i) != '\0' && finding_says(finding, i))
			json_text(json, finding_text(finding->code, i),
				prose_finding_text(finding, i, said, sizeof(said)));
	json_text(json, "text", prose_finding(finding, sentence, sizeof(sentence)));
	json_text(json, "advice", prose_finding_advice(finding, sentence, sizeof(sentence)));
	if (finding_page(finding->code)[0] != '\0')
		json_text(json, "explain", finding_page(finding->code));
	cited(json, "frames", finding->evidence.frame);
	cited(json, "diag_frames", finding->evidence.diag);
	if (finding->evidence.counters[0].name != NULL)
		json_text(json, "counters",
			prose_finding_counters(finding, sentence, sizeof(sentence)));
}

/* Not moments, but sums: after everything else. */
void jsonl_diagram(const struct model *model, FILE *out)
{
	struct jsonwriter json;

	for (unsigned state = STATE_UNKNOWN + 1; state < STATE_MAX; state++) {
		const struct state_sum *sum = &model->states[state];

		json_begin(&json, out, "state");
		json_text(&json, "state", state_name(state));
		json_unsigned(&json, "entered", sum->entered);
		if (sum->longest_ns >= 0)
			json_number(&json, "longest_ms", sum->longest_ns / 1000000);
		json_unsigned(&json, "rows", sum->rows);
		json_end(&json);
	}
	for (size_t i = 0; i < model->edge_count; i++) {
		const struct edge_sum *edge = &model->edges[i];

		json_begin(&json, out, "edge");
		json_text(&json, "from", state_name(edge->from));
		json_text(&json, "to", state_name(edge->to));
		json_truth(&json, "figure", edge->figure != FIGURE_NONE);
		json_truth(&json, "linux", edge->figure != FIGURE_NOT_LINUX);
		json_unsigned(&json, "taken", edge->taken);
		json_unsigned(&json, "both", edge->count[EVIDENCE_BOTH]);
		json_unsigned(&json, "wire", edge->count[EVIDENCE_WIRE]);
		json_unsigned(&json, "kernel", edge->count[EVIDENCE_KERNEL]);
		if (edge->count[EVIDENCE_INFERRED] > 0)
			json_unsigned(&json, "inferred", edge->count[EVIDENCE_INFERRED]);
		json_unsigned(&json, "withdrawn", edge->withdrawn);
		json_unsigned(&json, "client", edge->roles[ROLE_CLIENT]);
		json_unsigned(&json, "server", edge->roles[ROLE_SERVER]);
		json_unsigned(&json, "listener", edge->roles[ROLE_LISTENER]);
		json_open(&json, "causes", '[');
		for (int cause = 0; cause < 8; cause++)
			if ((edge->causes >> cause & 1) != 0)
				json_text(&json, NULL, cause_name((enum cause)cause));
		json_close(&json, ']');
		json_end(&json);
	}
}
