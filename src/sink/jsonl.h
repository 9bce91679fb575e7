/* What the parts of the JSON report share: the members that several kinds of line have, and the
 * lines. Private to src/sink/jsonl*.c. */
#ifndef TCPSTATE_JSONL_H
#define TCPSTATE_JSONL_H

#include "jsonwriter.h"
#include "tcpstate/sink.h"

/* Members of the object that is open; none when there is nothing to say. */
/* "run", when the report has several */
void jsonl_run(struct jsonwriter *json, const struct model *model, uint16_t run);
/* "127.0.0.1:80" under `name` */
void jsonl_end(struct jsonwriter *json, const char *name, const struct flow_key *key, int end);
/* that text, borrowed until another key is asked about */
const char *jsonl_end_text(const struct flow_key *key, int end);
/* "reason", "why" and the reason's own numbers */
void jsonl_reason(struct jsonwriter *json, const struct reason *reason);
void jsonl_owner(struct jsonwriter *json, const char *pid, const char *program, bool has_owner,
	const struct owner *owner); /* who else held it; nothing where nobody did */
void jsonl_others(struct jsonwriter *json, const char *member, const struct model *model,
	const struct others *others);
/* under these names */
/* "evidence": its word */
void jsonl_evidence(struct jsonwriter *json, enum evidence evidence);
/* {"b":"1","n":"4"} under `name` */
void jsonl_cells(struct jsonwriter *json, const char *name, const struct cell *cells, size_t count);
/* "connection": its serial */
void jsonl_subject(struct jsonwriter *json, const struct record *record);

/* The members of one line, which the caller begins and ends: of the index-th element of the model's
 * array of that kind. */
void jsonl_mark(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_listener(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_connection(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_path(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_conversation(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_datagram(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_icmp(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_drop(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_moment(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_sample(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_transition(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_correction(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_counter(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_check(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_finding(const struct model *model, uint32_t index, struct jsonwriter *json);
/* What a call is by itself: its times, who made it, descriptors, ends, result. */
void jsonl_call_members(const struct call *call, struct jsonwriter *json);
void jsonl_call(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_sysctl(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_queue(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_kind(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_crossing(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_segment(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_disagreement(const struct model *model, uint32_t index, struct jsonwriter *json);
void jsonl_exit(const struct model *model, uint32_t index, struct jsonwriter *json);

/* Whole lines, outside the order of time: one run's manifest; every run whose clock was compared
 * with another's; states and edges. */
void jsonl_manifest(const struct model *model, uint16_t index, FILE *out);
void jsonl_clocks(const struct model *model, FILE *out);
void jsonl_diagram(const struct model *model, FILE *out);

#endif
