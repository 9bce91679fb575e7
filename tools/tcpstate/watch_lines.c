/* The lines of watch: transitions, who holds their ends, calls, losses and findings, as text or as
 * JSON. */
#include <errno.h>
#include <stdlib.h>

#include "tcpstate/escape.h"
#include "tcpstate/finding.h"
#include "watch_parts.h"

/* ---- transitions and calls ---- */

static bool is_wanted(const struct watch *watch, const struct record *record)
{
	uint32_t states = watch->options->states;
	int64_t happened_ns = record->kind == RECORD_TRANSITION ? record->t_ns : record->edge_t_ns;

	if (happened_ns <= watch->started_ns)
		return false;
	/* one that was forgotten has not come into being because it is seen again */
	if (record->kind == RECORD_TRANSITION && record->from == STATE_UNKNOWN &&
		observer_forgotten(watch->observer) > 0)
		return false;
	return states == 0 || (states & (1U << record->from | 1U << record->to)) != 0;
}

static void edge_show(struct watch *watch, const struct record *record)
{
	bool shown = is_wanted(watch, record);
	const struct owner *owner = record->kind == RECORD_TRANSITION
					    ? holders_of(watch->holders, record, shown)
					    : NULL;

	if (!shown)
		return;
	if (record->kind == RECORD_TRANSITION)
		watch->sums.transitions++;
	else if (record->kind == RECORD_CONFIRMATION)
		watch->sums.confirmations++;
	else
		watch->sums.corrections++;
	if (watch->options->jsonl)
		sink_live_jsonl(watch->out, record, owner);
	else
		sink_live_text(&watch->text, record, owner);
	watch->dirty = true;
}

/* Its texts are a traced program's: they are made safe to print. */
static void call_show(struct watch *watch, const struct call *call)
{
	char program[ESCAPE_GROWTH * CALL_PROGRAM], arguments[ESCAPE_GROWTH * CALL_ARGUMENTS];
	struct call safe = *call;

	escape_text(program, sizeof(program), call->program, strlen(call->program));
	escape_text(arguments, sizeof(arguments), call->arguments, strlen(call->arguments));
	safe.program = program;
	safe.arguments = arguments;
	if (watch->options->jsonl)
		sink_live_jsonl_call(watch->out, &safe);
	else
		sink_live_text_call(&watch->text, &safe);
	watch->dirty = true;
}

void watch_record(void *context, const struct record *record)
{
	struct watch *watch = context;

	switch (record->kind) {
	case RECORD_TRANSITION:
	case RECORD_CONFIRMATION:
	case RECORD_CORRECTION:
		edge_show(watch, record);
		break;
	case RECORD_CALL:
		call_show(watch, &record->event->u.call);
		break;
	default:
		break;
	}
}

void watch_event(void *context, const struct event *event)
{
	struct watch *watch = context;
	struct held_end end;

	if (!holders_learn(watch->holders, event, &end))
		return;
	if (watch->options->jsonl)
		sink_live_jsonl_owner(watch->out, event->t_ns, &end.key, end.state, end.owner);
	else
		sink_live_text_owner(&watch->text, event->t_ns, &end.key, end.owner);
	watch->dirty = true;
}

/* ---- losses and findings ---- */

static void loss_show(
	struct watch *watch, int64_t t_ns, enum lost_of lost_of, uint64_t now, uint64_t *told)
{
	if (now <= *told)
		return;
	if (watch->options->jsonl)
		sink_live_jsonl_loss(watch->out, t_ns, lost_of, now - *told);
	else
		sink_live_text_loss(&watch->text, t_ns, lost_of, now - *told);
	*told = now;
	watch->dirty = true;
}

void watch_losses(struct watch *watch, int64_t t_ns)
{
	struct observer_totals now;

	observer_totals(watch->observer, &now);
	loss_show(watch, t_ns, LOST_PACKETS, now.dropped, &watch->lost.dropped);
	loss_show(watch, t_ns, LOST_ROWS, now.lost_rows, &watch->lost.lost_rows);
	loss_show(watch, t_ns, LOST_ENDS, watch->forgotten, &watch->forgotten_told);
	loss_show(watch, t_ns, LOST_LOOKUPS, now.shed, &watch->lost.shed);
}

void watch_findings_show(struct watch *watch, struct finding_set fresh)
{
	int64_t now = now_ns();

	for (unsigned code = 0; code < FINDING_MAX; code++) {
		char *text = finding_set_has(&fresh, code)
				     ? watch_findings_text(&watch->findings, code)
				     : NULL;

		if (text == NULL)
			continue;
		if (watch->options->jsonl)
			sink_live_jsonl_finding(watch->out, now, code, text);
		else
			sink_live_text_finding(&watch->text, now, code, text);
		free(text);
		watch->dirty = true;
	}
	watch->found |= finding_sets_meet(&fresh, &watch->options->fail_on);
	watch->loop.stop |= watch->found;
}

void watch_flush(struct watch *watch)
{
	if (watch->dirty && (fflush(watch->out) != 0 || ferror(watch->out))) {
		watch->broken = errno != 0 ? errno : EIO;
		watch->loop.stop = true;
	}
	watch->dirty = false;
}
