/* What was recorded, in how far the clocks agree, and what came out of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/prose_report.h"

char *prose_run_began(const struct run *run, const char *when, char *buffer, size_t size)
{
	char took[32];

	snprintf(buffer, size, _("%s, for %s"), when,
		prose_span(run->last_ns - run->first_ns, took, sizeof(took)));
	return buffer;
}

char *prose_run_packets(const struct run *run, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	phrase_item(&phrase, _("%" PRIu64 " captured"), run->packets);
	if (run->packets > run->decoded + run->filtered)
		phrase_item(&phrase, _("%" PRIu64 " of them neither TCP nor UDP"),
			run->packets - run->decoded - run->filtered);
	if (run->filtered > 0)
		phrase_item(&phrase, _("%" PRIu64 " left out by the filter"), run->filtered);
	phrase_item(&phrase, _("%" PRIu64 " dropped"), run->dropped_packets);
	return buffer;
}

char *prose_run_kernel(const struct run *run, char *buffer, size_t size)
{
	char pause[32];

	if (run->diag_messages < 2)
		snprintf(buffer, size,
			_("%" PRIu64 " sockets shown in %" PRIu64 " netlink messages, %" PRIu64
			  " lost"),
			run->rows, run->diag_messages, run->dropped_rows);
	else
		snprintf(buffer, size,
			_("%" PRIu64 " sockets shown in %" PRIu64
			  " netlink messages, at most %s apart, %" PRIu64 " lost"),
			run->rows, run->diag_messages,
			prose_span(run->diag_pause_ns, pause, sizeof(pause)), run->dropped_rows);
	return buffer;
}

char *prose_conditions_title(const struct run *run, size_t runs, char *buffer, size_t size)
{
	if (runs > 1)
		snprintf(buffer, size, _("Conditions of %s"), run->name);
	else
		snprintf(buffer, size, "%s", _("Conditions"));
	return buffer;
}

static bool speaks_of(const char *text, const char *name)
{
	size_t length = strlen(name);

	if (text == NULL)
		return false;
	while ((text = strstr(text, name)) != NULL) {
		text += length;
		if (*text != '_' && !(*text >= 'a' && *text <= 'z'))
			return true;
	}
	return false;
}

bool prose_findings_name(const struct model *model, const char *sysctl)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (speaks_of(prose_finding_template(model->findings[i].code), sysctl) ||
			speaks_of(prose_finding_advice_template(model->findings[i].code), sysctl))
			return true;
	return false;
}

/* ---- clocks ---- */

/* "12.3 us", "-4.567 ms", "2.000 s": as many digits as tell something */
static char *offset_text(int64_t ns, char *buffer, size_t size)
{
	double us = (double)ns / 1e3;

	if (us > -1e3 && us < 1e3)
		snprintf(buffer, size, "%+.1f us", us);
	else if (us > -1e6 && us < 1e6)
		snprintf(buffer, size, "%+.3f ms", us / 1e3);
	else
		snprintf(buffer, size, "%+.6f s", us / 1e6);
	return buffer;
}

const char *prose_clocks_title(void)
{
	return _("Clocks: what was received had been sent before");
}

char *prose_clock(const struct model *model, const struct run *run, char *buffer, size_t size)
{
	char low[32], high[32], shift[32];
	struct phrase phrase = phrase_begin(buffer, size);

	offset_text(run->clock.low_ns, low, sizeof(low));
	offset_text(run->clock.high_ns, high, sizeof(high));
	offset_text(run->clock.shift_ns, shift, sizeof(shift));
	if (run->clock.shift_ns != 0)
		phrase_clause(&phrase, _("times shifted by %s"), shift);
	else
		phrase_clause(&phrase, "%s", _("times as recorded"));
	phrase_clause(&phrase,
		_("what has to be added to its clock lies between %s and %s of that of %s "
		  "(%" PRIu32 " segments in both)"),
		run->clock.bounded_low ? low : _("-infinity"),
		run->clock.bounded_high ? high : _("+infinity"),
		model->runs[run->clock.against].name, run->clock.segments);
	if (run->clock.contradictory)
		phrase_clause(
			&phrase, "%s", _("no offset fits all of them: a clock was set, or drifts"));
	return buffer;
}

/* ---- the summary ---- */

char *prose_summary_connections(const struct model *model, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	const struct summary *summary = &model->summary;
	size_t midway = model->connection_total - summary->complete;

	phrase_add(&phrase, "%zu", model->connection_total);
	if (midway > 0 && summary->one_way > 0)
		phrase_add(&phrase, _(" (%zu first seen midway, %zu captured one way only)"),
			midway, summary->one_way);
	else if (midway > 0)
		phrase_add(&phrase, _(" (%zu first seen midway)"), midway);
	else if (summary->one_way > 0)
		phrase_add(&phrase, _(" (%zu captured one way only)"), summary->one_way);
	phrase_item(&phrase, ngettext("%zu listener", "%zu listeners", model->listener_count),
		model->listener_count);
	return buffer;
}

char *prose_summary_datagrams(const struct model *model, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	const struct summary *summary = &model->summary;

	phrase_item(&phrase,
		ngettext("%" PRIu64 " in %zu UDP conversation",
			"%" PRIu64 " in %zu UDP conversations", summary->conversations),
		summary->datagrams, summary->conversations);
	phrase_item(&phrase,
		ngettext("%" PRIu64 " ICMP error", "%" PRIu64 " ICMP errors", summary->errors),
		summary->errors);
	phrase_item(&phrase, _("%" PRIu64 " dropped at sockets"), summary->dropped);
	return buffer;
}

char *prose_summary_transitions(const struct model *model, char *buffer, size_t size)
{
	const struct summary *summary = &model->summary;

	snprintf(buffer, size,
		_("%zu: %zu seen on the wire and in the kernel (both), %zu kernel only, %zu wire "
		  "only"),
		summary->transitions[EVIDENCE_BOTH] + summary->transitions[EVIDENCE_KERNEL] +
			summary->transitions[EVIDENCE_WIRE] +
			summary->transitions[EVIDENCE_INFERRED],
		summary->transitions[EVIDENCE_BOTH], summary->transitions[EVIDENCE_KERNEL],
		summary->transitions[EVIDENCE_WIRE]);
	if (summary->transitions[EVIDENCE_INFERRED] > 0) {
		size_t used = strlen(buffer);
		snprintf(buffer + used, size - used, _(", %zu inferred"),
			summary->transitions[EVIDENCE_INFERRED]);
	}
	return buffer;
}

char *prose_summary_corrections(const struct model *model, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	size_t withdrawn = model->summary.withdrawn;

	phrase_add(&phrase, "%zu", model->correction_count + model->summary.corrections_folded);
	if (withdrawn > 0)
		phrase_item(&phrase,
			ngettext("withdrawing %zu claim that the wire had suggested",
				"withdrawing %zu claims that the wire had suggested", withdrawn),
			withdrawn);
	return buffer;
}

char *prose_summary_checks(const struct model *model, char *buffer, size_t size)
{
	snprintf(buffer, size, _("%zu passed, %zu failed"), model->summary.passed,
		model->summary.failed);
	return buffer;
}

/* ---- what was left out ---- */

char *prose_more(enum more what, uint64_t count, uint64_t other, char *buffer, size_t size)
{
	switch (what) {
	case MORE_STEPS:
		snprintf(buffer, size, _("… and %" PRIu64 " more (--all shows them)"), count);
		break;
	case MORE_LISTENERS:
		snprintf(buffer, size, _("… and %" PRIu64 " more listeners (--all shows them)"),
			count);
		break;
	case MORE_PATHS:
		snprintf(buffer, size, _("… and %" PRIu64 " more paths (--all shows them)"), count);
		break;
	case MORE_BETWEEN:
		snprintf(buffer, size, _("… %" PRIu64 " more in between"), count);
		break;
	case MORE_LOSSES:
		snprintf(buffer, size,
			_("… and %" PRIu64
			  " more sockets at which datagrams were dropped (--all shows them)"),
			count);
		break;
	case MORE_CONVERSATIONS:
		snprintf(buffer, size,
			_("… and %" PRIu64 " more UDP conversations, %" PRIu64
			  " datagrams (--all shows them)"),
			count, other);
		break;
	case MORE_KINDS:
		snprintf(buffer, size,
			ngettext("… and %" PRIu64 " more kind: %" PRIu64
				 " of the connections (--all shows every connection)",
				"… and %" PRIu64 " more kinds: %" PRIu64
				" of the connections (--all shows every connection)",
				count),
			count, other);
		break;
	case MORE_UNTOLD:
		snprintf(buffer, size,
			_("… and %" PRIu64 " datagrams of further UDP conversations: only the "
			  "first %d are told apart (--filter)"),
			count, CONVERSATIONS_MAX);
		break;
	}
	return buffer;
}

char *prose_more_findings(const char *kind, size_t count, char *buffer, size_t size)
{
	snprintf(buffer, size, _("… and %zu more of the kind %s (--all shows them)"), count, kind);
	return buffer;
}
