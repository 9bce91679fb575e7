/* Why a transition happened, why a claim was withdrawn, what an ICMP error said. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/prose_report.h"

enum { COARSE_NS = 10000000, NUMBERS_NAMED = 8, CLAUSE = 256 };

static char *sender(const struct icmp_error *error, char *buffer, size_t size)
{
	if (inet_ntop(error->family == AF_INET6 ? AF_INET6 : AF_INET, error->from, buffer,
		    (socklen_t)size) == NULL)
		buffer[0] = '\0';
	return buffer;
}

/* By a call; by which, where it was recorded and the clause does not name it itself. */
static void caused_by_call(struct phrase *phrase, const struct model *model,
	const struct transition *transition, const char *clause)
{
	unsigned code = transition->record.reason.code;
	const struct call *call = model != NULL && transition->call > 0
					  ? &model->calls[transition->call - 1].call
					  : NULL;
	char name[48];

	if (call == NULL || call->what == CALLED_EXIT || code == REASON_LISTEN_CALLED ||
		code == REASON_SYN_SENT || code == REASON_ENDED_BY_RECORDER) {
		phrase_add(phrase, _("call: %s"), clause);
		return;
	}
	phrase_add(phrase, _("call: %s by process %" PRIu32 ": %s"),
		prose_call_name(call, name, sizeof(name)), call->pid, clause);
}

char *prose_transition(
	const struct model *model, const struct transition *transition, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	const struct record *record = &transition->record;
	char text[CLAUSE], from[INET6_ADDRSTRLEN];

	prose_reason(&record->reason, text, sizeof(text));
	if (record->cause == CAUSE_CALL)
		caused_by_call(&phrase, model, transition, text);
	else if (record->cause == CAUSE_TIMER)
		phrase_add(&phrase, _("timer: %s"), text);
	else
		phrase_add(&phrase, "%s", text);
	if (transition->error > 0) {
		const struct icmp_error *error = &model->errors[transition->error - 1];

		sender(error, from, sizeof(from));
		if (error->answers > 0)
			phrase_add(
				&phrase, _(" from %s about frame %" PRIu64), from, error->answers);
		else
			phrase_add(&phrase, _(" from %s"), from);
	}
	/* a kernel edge lies between two answers; say how far apart when that is worth knowing */
	if (record->not_before_ns > 0 && record->t_ns - record->not_before_ns >= COARSE_NS)
		phrase_add(&phrase, _(" (up to %s earlier)"),
			prose_span(record->t_ns - record->not_before_ns, text, sizeof(text)));
	return buffer;
}

/* The known ones of these numbers, "12, 15, ..."; how many they are. */
static size_t number_list(const uint64_t *numbers, size_t count, char *buffer, size_t size)
{
	struct phrase list = phrase_begin(buffer, size);
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		known += numbers[i] > 0;
		if (numbers[i] > 0 && known <= NUMBERS_NAMED)
			phrase_number(&list, "%" PRIu64, numbers[i]);
	}
	if (known > NUMBERS_NAMED)
		phrase_number(&list, "...");
	return known;
}

static void frame_list(const uint64_t *frames, size_t count, char *buffer, size_t size)
{
	char numbers[CLAUSE];
	size_t known = number_list(frames, count, numbers, sizeof(numbers));

	buffer[0] = '\0';
	if (known > 0)
		snprintf(buffer, size, ngettext("frame %s", "frames %s", known), numbers);
}

static void diag_list(const uint64_t *records, size_t count, char *buffer, size_t size)
{
	char numbers[CLAUSE];
	size_t known = number_list(records, count, numbers, sizeof(numbers));

	buffer[0] = '\0';
	if (known > 0)
		snprintf(buffer, size, ngettext("diag record %s", "diag records %s", known),
			numbers);
}

char *prose_correction(
	const struct correction *correction, const char *when, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char reason[CLAUSE], frames[CLAUSE], diags[CLAUSE];

	if (correction->record.reason.code == REASON_FALLS_WITH)
		/* its number means nothing on a page */
		snprintf(reason, sizeof(reason), "%s", _("rested on an edge that was withdrawn"));
	else
		prose_reason(&correction->record.reason, reason, sizeof(reason));
	if (correction->count > 1)
		phrase_clause(&phrase, _("withdrawn ×%" PRIu32 ": %s"), correction->count, reason);
	else
		phrase_clause(&phrase, _("withdrawn: %s"), reason);
	frame_list(correction->refuting_frames, correction->count, frames, sizeof(frames));
	diag_list(correction->refuting_diags, correction->count, diags, sizeof(diags));
	if (frames[0] != '\0' && diags[0] != '\0')
		phrase_clause(&phrase, _("refuted at %s by %s and %s"), when, frames, diags);
	else if (frames[0] != '\0' || diags[0] != '\0')
		phrase_clause(&phrase, _("refuted at %s by %s"), when,
			frames[0] != '\0' ? frames : diags);
	else
		phrase_clause(&phrase, _("refuted at %s by %s"), when,
			prose_evidence(correction->record.evidence));
	frame_list(correction->frames, correction->count, frames, sizeof(frames));
	if (correction->count > 1 && frames[0] != '\0')
		phrase_clause(&phrase, _("claimed by %s"), frames);
	return buffer;
}

/* Whose socket: "chat_client[12]", or "the socket". */
static void whose(
	const struct model *model, const struct icmp_error *error, char *buffer, size_t size)
{
	const struct udp_socket *socket =
		error->socket != UINT32_MAX ? &model->udp_sockets[error->socket] : NULL;

	if (socket != NULL && socket->has_owner)
		prose_owners(model, &socket->owner, &socket->also, buffer, size);
	else
		snprintf(buffer, size, "%s", _("the socket"));
}

char *prose_error(const struct model *model, const struct icmp_error *error, const char *last,
	char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char from[INET6_ADDRSTRLEN], owner[CLAUSE], outcome[CLAUSE];
	const char *says = prose_icmp(error->family, error->type, error->code);

	sender(error, from, sizeof(from));
	whose(model, error, owner, sizeof(owner));
	if (error->mtu > 0)
		phrase_add(&phrase, _("%s (type %u, code %u, MTU %" PRIu32 ") from %s"), says,
			error->type, error->code, error->mtu, from);
	else
		phrase_add(&phrase, _("%s (type %u, code %u) from %s"), says, error->type,
			error->code, from);
	if (error->answers > 0)
		phrase_add(&phrase, _(" about frame %" PRIu64), error->answers);
	if (error->count > 1)
		phrase_item(&phrase, _("%" PRIu64 " times until %s (frame %" PRIu64 ")"),
			error->count, last, error->last_frame);
	prose_icmp_outcome(error, owner, outcome, sizeof(outcome));
	if (error->diag_frame > 0 && error->socket != UINT32_MAX)
		phrase_clause(
			&phrase, _("%s (diag record %" PRIu64 ")"), outcome, error->diag_frame);
	else
		phrase_clause(&phrase, "%s", outcome);
	return buffer;
}
