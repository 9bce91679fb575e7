/* Members that lines of several kinds have. */
#include "jsonl.h"
#include <stdlib.h>
#include <string.h>
#include "tcpstate/prose.h"

enum { CLAUSE_BYTES = 512 };

void jsonl_run(struct jsonwriter *json, const struct model *model, uint16_t run)
{
	if (model->run_count > 1)
		json_text(json, "run", model->runs[run].name);
}

/* Lines of one connection come one after the other: its ends are put into words once. */
const char *jsonl_end_text(const struct flow_key *key, int end)
{
	static struct flow_key last;
	static char text[2][FLOW_END_TEXT];

	if (text[0][0] == '\0' || !flow_key_equal(&last, key)) {
		for (int of = 0; of < 2; of++)
			flow_end_text(key, of, text[of]);
		last = *key;
	}
	return text[end];
}

void jsonl_end(struct jsonwriter *json, const char *name, const struct flow_key *key, int end)
{
	json_text(json, name, jsonl_end_text(key, end));
}

/* The clause of a reason without numbers is always the same: a report says a dozen of them a
 * million times. */
static const char *reason_clause(const struct reason *reason, char *buffer, size_t size)
{
	static char known[REASON_MAX][CLAUSE_BYTES];
	char *clause;

	if (reason->code >= REASON_MAX || reason_argument(reason->code, 0)[0] != '\0')
		return prose_reason(reason, buffer, size);
	clause = known[reason->code];
	if (clause[0] == '\0')
		prose_reason(reason, clause, CLAUSE_BYTES);
	return clause;
}

void jsonl_reason(struct jsonwriter *json, const struct reason *reason)
{
	char why[CLAUSE_BYTES];

	json_text(json, "reason", reason_word(reason->code));
	json_text(json, "why", reason_clause(reason, why, sizeof(why)));
	for (int i = 0; i < 3; i++)
		if (reason_argument(reason->code, i)[0] != '\0')
			json_number(json, reason_argument(reason->code, i), reason->arg[i]);
}

void jsonl_owner(struct jsonwriter *json, const char *pid, const char *program, bool has_owner,
	const struct owner *owner)
{
	char host[32];

	if (!has_owner)
		return;
	json_unsigned(json, pid, owner->pid);
	if (owner->host_pid != 0) {
		snprintf(host, sizeof(host), "%.*shost_pid", (int)(strlen(pid) - strlen("pid")),
			pid);
		json_unsigned(json, host, owner->host_pid);
	}
	json_text(json, program, owner->program);
}

void jsonl_others(struct jsonwriter *json, const char *member, const struct model *model,
	const struct others *others)
{
	if (others->count == 0)
		return;
	json_open(json, member, '[');
	for (uint32_t i = 0; i < others->count; i++) {
		json_open(json, NULL, '{');
		jsonl_owner(json, "pid", "program", true, &model->others_held[others->first + i]);
		if (i >= others->count - others->perhaps)
			json_truth(json, "perhaps", true);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void jsonl_subject(struct jsonwriter *json, const struct record *record)
{
	if (!record->listener && record->serial != 0)
		json_unsigned(json, "connection", record->serial);
}
