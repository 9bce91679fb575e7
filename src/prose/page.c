/* The labels and clauses of a page, from the tables of page_words.h. */
#include "tcpstate/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

const char *page_word(enum page_word word)
{
	static const char *const words[WORD_MAX] = {
#define PAGE_WORD(code, text) [WORD_##code] = text,
		PAGE_WORDS(PAGE_WORD)
#undef PAGE_WORD
	};

	return word < WORD_MAX ? _(words[word]) : "";
}

char *page_text(char *buffer, size_t size, enum page_word word, ...)
{
	va_list arguments;

	va_start(arguments, word);
	vsnprintf(buffer, size, page_word(word), arguments);
	va_end(arguments);
	return buffer;
}

char *page_count(char *buffer, size_t size, enum page_number number, uint64_t count, ...)
{
	static const struct {
		const char *one, *many;
	} numbers[COUNT_MAX] = {
#define PAGE_NUMBER(code, one, many) [COUNT_##code] = {one, many},
		PAGE_NUMBERS(PAGE_NUMBER)
#undef PAGE_NUMBER
	};
	const char *format = ngettext(numbers[number].one, numbers[number].many, count);
	char told[32], rest[1024];
	va_list arguments;

	/* the count is the first gap, the others follow it */
	const char *gap = strstr(format, "%lu");
	snprintf(told, sizeof(told), "%" PRIu64, count);
	va_start(arguments, count);
	vsnprintf(rest, sizeof(rest), gap != NULL ? gap + 3 : format, arguments);
	va_end(arguments);
	snprintf(buffer, size, "%.*s%s%s", gap != NULL ? (int)(gap - format) : 0, format,
		gap != NULL ? told : "", rest);
	return buffer;
}

char *page_why(const struct record *record, char *buffer, size_t size)
{
	char clause[256];

	prose_reason(&record->reason, clause, sizeof(clause));
	if (record->cause == CAUSE_CALL)
		snprintf(buffer, size, _("call: %s"), clause);
	else if (record->cause == CAUSE_TIMER)
		snprintf(buffer, size, _("timer: %s"), clause);
	else
		snprintf(buffer, size, "%s", clause);
	return buffer;
}

static const char *witness_word(unsigned evidence)
{
	return page_word(evidence == EVIDENCE_BOTH     ? WORD_BY_BOTH
			 : evidence == EVIDENCE_KERNEL ? WORD_BY_KERNEL
			 : evidence == EVIDENCE_WIRE   ? WORD_BY_WIRE
						       : WORD_BY_NOBODY);
}

char *page_seen(const struct record *record, char *buffer, size_t size)
{
	char frame[48] = "", diag[48] = "";

	if (record->frame > 0)
		snprintf(frame, sizeof(frame), ": %s %" PRIu64, page_word(WORD_FRAME),
			record->frame);
	if (record->diag_frame > 0)
		snprintf(diag, sizeof(diag), "%s %s %" PRIu64, record->frame > 0 ? "," : ":",
			page_word(WORD_DIAG), record->diag_frame);
	snprintf(buffer, size, "%s%s%s", witness_word(record->evidence), frame, diag);
	return buffer;
}

char *page_group_reason(const struct reason *reason, size_t claims, char *buffer, size_t size)
{
	struct reason of_all = *reason;

	if (claims > 1 && of_all.code == REASON_ACCEPT_DEFERRED)
		of_all.arg[0] = 0; /* what one of them was counted with; the finding has the sum */
	return prose_reason(&of_all, buffer, size);
}

char *page_refuted(const struct correction *correction, char *buffer, size_t size)
{
	char said[128];

	switch (correction->record.reason.code) {
	case REASON_TIME_WAIT_NEVER_HELD:
		snprintf(said, sizeof(said), "%s", page_word(WORD_NO_SUCH_SOCKET));
		break;
	case REASON_NO_SOCKET:
		snprintf(said, sizeof(said), "%s", page_word(WORD_NO_SOCKET));
		break;
	case REASON_SYN_COOKIE:
		snprintf(said, sizeof(said), "%s", page_word(WORD_NO_REQUEST));
		break;
	case REASON_CLOSED_BEFORE:
		snprintf(said, sizeof(said), "%s", page_word(WORD_CLOSED_BEFORE));
		break;
	default:
		page_text(said, sizeof(said), WORD_STILL, state_name(correction->record.from));
	}
	if (correction->record.evidence == EVIDENCE_WIRE)
		page_text(buffer, size, WORD_LATER_SEGMENT, said);
	else
		snprintf(buffer, size, "%s", said);
	return buffer;
}

char *page_withdrawn(const struct correction *correction, uint32_t k, char *buffer, size_t size)
{
	char why[256], claimed[48], said[160], refuted[64] = "";

	snprintf(claimed, sizeof(claimed), "%s %" PRIu64, page_word(WORD_FRAME),
		correction->frames[k]);
	page_text(buffer, size, WORD_WITHDRAWN_TIP, state_name(correction->record.from),
		state_name(correction->record.to), claimed,
		prose_reason(&correction->record.reason, why, sizeof(why)));
	if (correction->refuting_diags[k] > 0)
		snprintf(refuted, sizeof(refuted), " (%s %" PRIu64 ")", page_word(WORD_DIAG),
			correction->refuting_diags[k]);
	else if (correction->refuting_frames[k] > 0)
		snprintf(refuted, sizeof(refuted), " (%s %" PRIu64 ")", page_word(WORD_FRAME),
			correction->refuting_frames[k]);
	size_t used = strlen(buffer);
	snprintf(buffer + used, size - used, "\n%s%s", page_refuted(correction, said, sizeof(said)),
		refuted);
	return buffer;
}

char *page_course(const struct model *model, uint32_t index, char *buffer, size_t size)
{
	const struct connection *connection = &model->connections[index];
	const struct steps *steps = connection->path != UINT32_MAX
					    ? &model->paths[connection->path].steps
					    : &connection->steps;
	char name[16];
	size_t used;

	snprintf(buffer, size, "%s", page_name(model, index, name, sizeof(name)));
	for (int role = 0; role < 2; role++) {
		used = strlen(buffer);
		snprintf(buffer + used, size - used,
			"\n%s: ", page_word(role == 0 ? WORD_CLIENT : WORD_SERVER));
		bool first = true;
		for (size_t i = 0; i < steps->count; i++) {
			if (steps->item[i].kind != STEP_TRANSITION)
				continue;
			const struct transition *transition =
				&model->transitions[steps->item[i].index];
			int client = model->connections[transition->index].client == 1;
			if (((transition->record.side & 1) != client) != role)
				continue;
			used = strlen(buffer);
			snprintf(buffer + used, size - used, "%s%s", first ? "" : " → ",
				state_name(transition->record.to));
			first = false;
		}
	}
	return buffer;
}

char *page_last_state(
	const struct connection *connection, int side, int64_t end_ns, char *buffer, size_t size)
{
	const struct sighting *shown = &connection->ends[side].shown;
	unsigned state = connection->ends[side].state;
	int64_t left_ns = (int64_t)shown->expires_ms * 1000000 - (end_ns - shown->t_ns);

	if (state == STATE_UNKNOWN)
		snprintf(buffer, size, "%s", page_word(WORD_NO_SOCKET));
	else if (state == STATE_CLOSED)
		snprintf(buffer, size, "%s", page_word(WORD_GONE));
	else if (shown->state == state && shown->timer == DIAG_TIMER_MINI && left_ns > 0)
		page_text(buffer, size, WORD_LEFT, state_name(state),
			(unsigned)((left_ns + 500000000) / 1000000000));
	else
		snprintf(buffer, size, "%s", state_name(state));
	return buffer;
}

char *page_edge(const struct edge_sum *edge, char *buffer, size_t size)
{
	static const uint8_t order[] = {EVIDENCE_BOTH, EVIDENCE_WIRE, EVIDENCE_KERNEL};

	if (edge == NULL || edge->taken == 0) {
		snprintf(buffer, size, "%s", page_word(WORD_NOT_TAKEN_EDGE));
		return buffer;
	}
	page_count(buffer, size, COUNT_TIMES, edge->taken);
	for (size_t i = 0; i < sizeof(order); i++) {
		size_t used = strlen(buffer);

		if (edge->count[order[i]] > 0)
			snprintf(buffer + used, size - used, "; %s %zu", witness_word(order[i]),
				edge->count[order[i]]);
	}
	return buffer;
}

char *page_ends(const struct edge_sum *edge, char *buffer, size_t size)
{
	static const enum page_word words[] = {[END_RST_OUT] = WORD_RST_OUT,
		[END_RST_IN] = WORD_RST_IN,
		[END_TIMER] = WORD_TIMER,
		[END_OTHER] = WORD_OTHER};

	*buffer = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t used = strlen(buffer);

		if (edge->ends[i] > 0)
			snprintf(buffer + used, size - used, "%s%s %zu", used > 0 ? ", " : "",
				page_word(words[i]), edge->ends[i]);
	}
	return buffer;
}

char *page_state_sum(const struct state_sum *sum, char *buffer, size_t size)
{
	char lasted[32], rows[64];

	*buffer = '\0';
	if (sum->longest_ns >= 1000000)
		snprintf(buffer, size, "≤ %s", prose_span(sum->longest_ns, lasted, sizeof(lasted)));
	else if (sum->longest_ns >= 0)
		snprintf(buffer, size, "%s", page_word(WORD_UNDER_1_MS));
	size_t used = strlen(buffer);
	if (sum->rows > 0)
		snprintf(buffer + used, size - used, "%s%s", used > 0 ? " · " : "",
			page_count(rows, sizeof(rows), COUNT_ROWS, sum->rows));
	return buffer;
}

const char *page_meaning(unsigned state)
{
	static const enum page_word words[STATE_MAX] = {[STATE_LISTEN] = WORD_STATE_LISTEN,
		[STATE_SYN_SENT] = WORD_STATE_SYN_SENT,
		[STATE_SYN_RECV] = WORD_STATE_SYN_RECV,
		[STATE_ESTABLISHED] = WORD_STATE_ESTABLISHED,
		[STATE_FIN_WAIT1] = WORD_STATE_FIN_WAIT1,
		[STATE_FIN_WAIT2] = WORD_STATE_FIN_WAIT2,
		[STATE_CLOSING] = WORD_STATE_CLOSING,
		[STATE_TIME_WAIT] = WORD_STATE_TIME_WAIT,
		[STATE_CLOSE_WAIT] = WORD_STATE_CLOSE_WAIT,
		[STATE_LAST_ACK] = WORD_STATE_LAST_ACK,
		[STATE_CLOSED] = WORD_STATE_CLOSED};

	return state > STATE_UNKNOWN && state < STATE_MAX ? page_word(words[state]) : "";
}
