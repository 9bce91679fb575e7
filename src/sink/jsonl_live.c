/* What a live core tells, as JSON lines: the members of a report's transition and correction, but
 * those that name a record of a file, for there is none. */
#include "jsonl.h"
#include "tcpstate/finding.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_watch.h"

void sink_live_jsonl_head(FILE *out, const struct sink_live_head *head)
{
	struct jsonwriter json;

	json_begin(&json, out, "manifest");
	json_unsigned(&json, "schema", 1);
	json_truth(&json, "live", true);
	json_time(&json, "t", head->t_ns);
	json_text(&json, "version", head->version);
	json_unsigned(&json, "namespace", head->namespace_inode);
	json_text(&json, "interface", head->interface != NULL ? head->interface : "any");
	if (head->filter != NULL)
		json_text(&json, "filter", head->filter);
	json_end(&json);
}

static void edge_members(struct jsonwriter *json, const struct record *record)
{
	int side = record->listener ? 0 : record->side & 1;

	jsonl_end(json, "local", &record->key, side);
	jsonl_end(json, "remote", &record->key, !side);
	json_text(json, "from", state_name(record->from));
	json_text(json, "to", state_name(record->to));
}

static void owner_members(struct jsonwriter *json, const struct owner *owner)
{
	json_unsigned(json, "pid", owner->pid);
	if (owner->host_pid != 0)
		json_unsigned(json, "host_pid", owner->host_pid);
	json_text(json, "program", owner->program);
}

/* The first as members, as ever; others as a report's connections have them. */
static void owners_members(struct jsonwriter *json, const struct owner *owners)
{
	owner_members(json, owners);
	if (owners[1].pid == 0)
		return;
	json_open(json, "also_held_by", '[');
	while ((++owners)->pid != 0) {
		json_open(json, NULL, '{');
		owner_members(json, owners);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void sink_live_jsonl(FILE *out, const struct record *record, const struct owner *owner)
{
	static const char *const types[RECORD_KIND_MAX] = {[RECORD_TRANSITION] = "transition",
		[RECORD_CONFIRMATION] = "confirmation",
		[RECORD_CORRECTION] = "correction"};
	bool first = record->kind == RECORD_TRANSITION;
	struct jsonwriter json;

	json_begin(&json, out, types[record->kind]);
	if (first)
		json_unsigned(&json, "id", record->id);
	else if (record->of != 0)
		json_unsigned(&json, "of", record->of);
	json_time(&json, "t", record->t_ns);
	if (!first)
		json_time(&json, "edge_t", record->edge_t_ns);
	edge_members(&json, record);
	if (record->kind == RECORD_CORRECTION)
		json_text(&json, "claimed", reason_word(record->claimed));
	else
		json_text(&json, "cause", cause_name(record->cause));
	if (record->kind != RECORD_CONFIRMATION)
		jsonl_reason(&json, &record->reason);
	jsonl_evidence(&json, record->evidence);
	if (first && record->not_before_ns > 0)
		json_time(&json, "not_before", record->not_before_ns);
	jsonl_subject(&json, record);
	if (owner != NULL)
		owners_members(&json, owner);
	json_end(&json);
}

void sink_live_jsonl_owner(FILE *out, int64_t t_ns, const struct flow_key *key, unsigned state,
	const struct owner *owner)
{
	struct jsonwriter json;

	json_begin(&json, out, "owner");
	json_time(&json, "t", t_ns);
	jsonl_end(&json, "local", key, 0);
	jsonl_end(&json, "remote", key, 1);
	json_text(&json, "state", state_name(state));
	owners_members(&json, owner);
	json_end(&json);
}

void sink_live_jsonl_call(FILE *out, const struct call *call)
{
	struct jsonwriter json;
	char text[512];

	json_begin(&json, out, "call");
	json_time(&json, "t", call_time(call));
	jsonl_call_members(call, &json);
	json_text(&json, "text", prose_call(call, true, text, sizeof(text)));
	json_end(&json);
}

void sink_live_jsonl_loss(FILE *out, int64_t t_ns, enum lost_of lost_of, uint64_t count)
{
	static const char *const of[] = {[LOST_PACKETS] = "packets",
		[LOST_ROWS] = "rows",
		[LOST_LOOKUPS] = "look-ups",
		[LOST_ENDS] = "ends"};
	struct jsonwriter json;
	char text[256];

	json_begin(&json, out, "gap");
	json_time(&json, "t", t_ns);
	json_text(&json, "of", of[lost_of]);
	json_unsigned(&json, "count", count);
	json_text(&json, "text", prose_watch_loss(lost_of, count, text, sizeof(text)));
	json_end(&json);
}

void sink_live_jsonl_finding(FILE *out, int64_t t_ns, unsigned code, const char *headline)
{
	struct jsonwriter json;

	json_begin(&json, out, "finding");
	json_time(&json, "t", t_ns);
	json_text(&json, "reason", finding_word(code));
	json_text(&json, "text", headline);
	json_end(&json);
}
