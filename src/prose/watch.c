/* What `watch` says beside an edge, as it happens: why, or that the kernel confirmed it or took it
 * back; what was lost; the line at the end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/model.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/prose_watch.h"

enum { CLAUSE = 256 };

static char *confirmation(const struct record *record, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (record->evidence == EVIDENCE_BOTH)
		phrase_add(&phrase, "%s", _("confirmed: packet and kernel agree"));
	else if (record->evidence == EVIDENCE_KERNEL)
		phrase_add(&phrase, "%s", _("confirmed: the kernel shows it"));
	else
		phrase_add(&phrase, _("what shows it now: %s"), prose_evidence(record->evidence));
	return buffer;
}

static char *correction(const struct record *record, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char reason[CLAUSE];

	if (record->reason.code == REASON_FALLS_WITH)
		snprintf(reason, sizeof(reason), "%s", _("rested on an edge that was withdrawn"));
	else
		prose_reason(&record->reason, reason, sizeof(reason));
	if (record->of != 0)
		phrase_add(&phrase, _("withdrawn: %s"), reason);
	else
		phrase_add(&phrase, _("did not happen: %s"), reason);
	return buffer;
}

char *prose_watch(const struct record *record, char *buffer, size_t size)
{
	const struct transition transition = {.record = *record};

	switch (record->kind) {
	case RECORD_CONFIRMATION:
		return confirmation(record, buffer, size);
	case RECORD_CORRECTION:
		return correction(record, buffer, size);
	default:
		return prose_transition(NULL, &transition, buffer, size);
	}
}

/* "a[1], b[2]" */
static const char *owners_list(const struct owner *owners, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	for (; owners->pid != 0; owners++)
		phrase_item(&phrase, "%s[%" PRIu32 "]", owners->program, owners->pid);
	return buffer;
}

char *prose_watch_by(const struct owner *owners, char *buffer, size_t size)
{
	char list[256];

	snprintf(buffer, size, _("; %s"), owners_list(owners, list, sizeof(list)));
	return buffer;
}

char *prose_watch_owner(const struct owner *owners, char *buffer, size_t size)
{
	char list[256];

	snprintf(buffer, size, _("held by %s"), owners_list(owners, list, sizeof(list)));
	return buffer;
}

char *prose_watch_call(const struct call *call, bool utf8, char *buffer, size_t size)
{
	size_t used;

	snprintf(buffer, size, "%s[%" PRIu32 "]  ", call->program, call->pid);
	used = strlen(buffer);
	prose_call_alone(call, utf8, buffer + used, size - used);
	return buffer;
}

char *prose_watch_loss(enum lost_of lost_of, uint64_t count, char *buffer, size_t size)
{
	switch (lost_of) {
	case LOST_PACKETS:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " packet was dropped: transitions may be missing",
				"%" PRIu64 " packets were dropped: transitions may be missing",
				count),
			count);
		break;
	case LOST_ROWS:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " answer of sock_diag was lost",
				"%" PRIu64 " answers of sock_diag were lost", count),
			count);
		break;
	case LOST_ENDS:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " connection was forgotten to make room: its end will "
				 "not be told",
				"%" PRIu64 " connections were forgotten to make room: their ends "
				"will not be told",
				count),
			count);
		break;
	case LOST_PROCESSES: /* a report tells of them */
		buffer[0] = '\0';
		break;
	case LOST_LOOKUPS:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " look-up was left out under load: less is confirmed",
				"%" PRIu64 " look-ups were left out under load: less is confirmed",
				count),
			count);
		break;
	}
	return buffer;
}

char *prose_watch_end(const struct watch_sums *sums, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	phrase_item(&phrase,
		ngettext("%" PRIu64 " transition", "%" PRIu64 " transitions", sums->transitions),
		sums->transitions);
	phrase_item(&phrase, _("%" PRIu64 " confirmed later"), sums->confirmations);
	phrase_item(&phrase, _("%" PRIu64 " withdrawn"), sums->corrections);
	phrase_item(&phrase, ngettext("%" PRIu64 " packet", "%" PRIu64 " packets", sums->packets),
		sums->packets);
	phrase_item(&phrase, ngettext("%" PRIu64 " drop", "%" PRIu64 " drops", sums->dropped),
		sums->dropped);
	if (sums->lost_rows > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " answer of sock_diag lost",
				"%" PRIu64 " answers of sock_diag lost", sums->lost_rows),
			sums->lost_rows);
	if (sums->shed > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " look-up left out", "%" PRIu64 " look-ups left out",
				sums->shed),
			sums->shed);
	if (sums->forgotten > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " connection forgotten",
				"%" PRIu64 " connections forgotten", sums->forgotten),
			sums->forgotten);
	return buffer;
}
