/* What the sentences of the answers are put together from: counts, names of connections, lists. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answers.h"

size_t answer_count(const struct model *model, unsigned trait)
{
	for (int bit = 0; bit < TRAIT_COUNT; bit++)
		if (trait == 1u << bit)
			return model->trait_count[bit];
	return 0;
}

enum {
	LINES_WIDTH = 640,    /* about six lines of a card, which is the wider for it */
	STORIES_WIDTH = 1000, /* a line that says what became of whom still has room */
	LINES = 5             /* a sentence each */
};

size_t page_width(const char *text)
{
	size_t width = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at == PAGE_OPEN) {
			width += 3;
			at += strcspn((const char *)at, "\002");
			if (*at == '\0')
				break;
		} else if (*at >= ' ' && (*at & 0xc0) != 0x80) {
			width += *at >= 0xe3 && *at < 0xf0 ? 2 : 1;
		}
	}
	return width;
}

char *page_plain(const struct model *model, const char *text, char *buffer, size_t size)
{
	char name[24];

	*buffer = '\0';
	for (const char *at = text; *at != '\0'; at++) {
		uint32_t index = 0;

		if (*at == PAGE_OPEN && at[1] == PAGE_CONNECTION &&
			sscanf(at + 2, "%" SCNu32, &index) == 1 && index < model->connection_count)
			template_append(
				buffer, size, "%s", page_name(model, index, name, sizeof(name)));
		else if (*at == PAGE_OPEN)
			template_append(buffer, size, "%s", page_word(WORD_FRAME));
		else if (*at >= ' ' || *at == PAGE_LINE || (unsigned char)*at >= 0x80)
			template_append(buffer, size, "%c", *at == PAGE_LINE ? ' ' : *at);
		if (*at == PAGE_OPEN)
			at += strcspn(at, "\002");
		if (*at == '\0')
			break;
	}
	return buffer;
}

void answer_join(char *text, size_t size, const char *sentence)
{
	static const char full_stop[] = "\u3002"; /* of Chinese: its own space */
	size_t used = strlen(text), stop = sizeof(full_stop) - 1;

	if (used > 0 && text[used - 1] == PAGE_STRONG_END)
		used--;
	bool blank = used > 0 && (used < stop || memcmp(text + used - stop, full_stop, stop) != 0);
	template_append(text, size, "%s%s", blank ? " " : "", sentence);
}

void answer_say_more(struct page_answer *answer, const char *sentence)
{
	answer_join(answer->more, sizeof(answer->more), sentence);
}

char *answer_lead(
	char *text, size_t size, enum page_word word, const char *whose, const char *lasted)
{
	char lead[ANSWER_LIST + 120];

	page_text(lead, sizeof(lead), word, whose, lasted);
	snprintf(text, size, "%c%s%c", PAGE_STRONG, lead, PAGE_STRONG_END);
	return text;
}

static size_t lines_of(const char *text)
{
	size_t lines = *text != '\0';

	for (; *text != '\0'; text++)
		lines += *text == PAGE_LINE;
	return lines;
}

void answer_say(struct page_answer *answer, const char *sentence)
{
	size_t lines = lines_of(answer->text);

	size_t room = *sentence == PAGE_STRONG ? STORIES_WIDTH : LINES_WIDTH;

	if (answer->more[0] != '\0' || lines == LINES ||
		(lines > 0 && page_width(answer->text) + page_width(sentence) > room)) {
		answer_say_more(answer, sentence);
		return;
	}
	if (lines > 0)
		template_append(answer->text, sizeof(answer->text), "%c", PAGE_LINE);
	template_append(answer->text, sizeof(answer->text), "%s", sentence);
}

enum { ADVICE_WIDTH = 130, CITED = 2 };

void answer_advise(struct page_answer *answer, const char *advice)
{
	size_t at = 0;

	while (at < ADVICES && answer->advice[at][0] != '\0' &&
		strcmp(answer->advice[at], advice) != 0)
		at++;
	/* a longer one is with the finding */
	if (at < ADVICES && page_width(advice) <= ADVICE_WIDTH)
		snprintf(answer->advice[at], sizeof(answer->advice[at]), "%s", advice);
}

static void cite(struct page_answer *answer, char kind, uint64_t number, unsigned run)
{
	if (number > 0)
		template_append(answer->evidence, sizeof(answer->evidence),
			"%s%c%c%" PRIu64 ",%u%c", answer->evidence[0] != '\0' ? _(", ") : "",
			PAGE_OPEN, kind, number, run, PAGE_CLOSE);
}

void answer_cite_frame(struct page_answer *answer, uint64_t frame, unsigned run)
{
	if (answer->evidence[0] == '\0')
		cite(answer, PAGE_FRAME, frame, run);
}

void answer_cite_finding(struct page_answer *answer, const struct finding *finding)
{
	if (answer->evidence[0] != '\0')
		return;
	for (int i = 0; i < CITED; i++)
		cite(answer, PAGE_FRAME, finding->evidence.frame[i], finding->run);
	for (int i = 0; i < CITED; i++)
		cite(answer, PAGE_DIAG, finding->evidence.diag[i], finding->run);
}

void answer_cite(const struct model *model, struct page_answer *answer, unsigned code)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code) {
			answer_cite_finding(answer, &model->findings[i]);
			return;
		}
}

char *answer_name(char *buffer, size_t size, uint32_t connection)
{
	snprintf(buffer, size, "%c%c%" PRIu32 "%c", PAGE_OPEN, PAGE_CONNECTION, connection,
		PAGE_CLOSE);
	return buffer;
}

bool answer_told(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];

	return connection->path == UINT32_MAX || model->paths[connection->path].hops[0] == index;
}

bool answer_has_reason(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *connection = &model->connections[index];
	const uint16_t *code = context;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];

		if ((step->kind == STEP_TRANSITION &&
			    model->transitions[step->index].record.reason.code == *code) ||
			(step->kind == STEP_CORRECTION &&
				model->corrections[step->index].record.reason.code == *code))
			return true;
	}
	return false;
}

bool answer_of_trial(const struct model *model, uint32_t index, const void *context)
{
	const struct connection *at = &model->connections[index];
	const struct mark *next = NULL;

	(void)context;
	for (size_t i = 0; i < model->mark_count; i++) {
		const struct mark *mark = &model->marks[i];

		if (mark->run == at->run && mark->t_ns >= at->first_ns &&
			(next == NULL || mark->t_ns < next->t_ns))
			next = mark;
	}
	return next != NULL && next->trial;
}

bool answer_tells(const struct model *model, struct page_answer *answer, unsigned code)
{
	answer->told[code] = true;
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code)
			return true;
	return false;
}

struct traits {
	uint32_t wanted, without;
};

static bool has_traits(const struct model *model, uint32_t index, const void *context)
{
	const struct traits *traits = context;

	return (model->connections[index].traits & traits->wanted) != 0 &&
	       (model->connections[index].traits & traits->without) == 0;
}

char *answer_list(const struct model *model, uint32_t wanted, uint32_t without, size_t most,
	char *buffer, size_t size)
{
	struct traits traits = {wanted, without};

	return answer_list_if(model, has_traits, &traits, most, buffer, size);
}

/* Of a path the first connection is told for all: each is the same one, seen elsewhere. */
static bool is_listed(
	const struct model *model, uint32_t index, answer_has *has, const void *context)
{
	const struct connection *connection = &model->connections[index];

	if (!answer_told(model, index))
		return false;
	if (connection->path == UINT32_MAX)
		return has(model, index, context);
	const struct path *path = &model->paths[connection->path];
	for (size_t i = 0; i < path->hop_count; i++)
		if (has(model, path->hops[i], context))
			return true;
	return false;
}

char *answer_list_if(const struct model *model, answer_has *has, const void *context, size_t most,
	char *buffer, size_t size)
{
	size_t shown = 0, more = 0;
	char first[24], last[24];

	*buffer = '\0';
	for (uint32_t i = 0; i < model->connection_count; i++) {
		uint32_t end = i, run = 1;
#define HAS(at) is_listed(model, at, has, context)
		if (!HAS(i))
			continue;
		while (end + 1 < model->connection_count && HAS(end + 1) &&
			model->connections[end + 1].run == model->connections[i].run) {
			end++;
			run++;
		}
#undef HAS
		if (run < 3) {
			end = i;
			run = 1;
		}
		for (uint32_t k = i; k <= end; k++)
			if (model->connections[k].folded != NULL)
				more += (size_t)model->connections[k].folded->count;
		if (shown++ >= most) {
			more += run;
		} else if (run > 1) {
			template_append(buffer, size, "%s%s–%s", *buffer != '\0' ? ", " : "",
				answer_name(first, sizeof(first), i),
				answer_name(last, sizeof(last), end));
		} else {
			template_append(buffer, size, "%s%s", *buffer != '\0' ? ", " : "",
				answer_name(first, sizeof(first), i));
		}
		i = end;
	}
	if (more > 0)
		template_append(buffer, size, " "),
			page_text(buffer + strlen(buffer), size - strlen(buffer), WORD_AND_MORE,
				more);
	return buffer;
}

char *answer_why(const struct reason *reason, size_t claims, char *buffer, size_t size)
{
	if (reason->code == REASON_ACCEPT_QUEUE_FULL)
		return page_text(buffer, size, WORD_ACK_QUEUE_FULL, (unsigned)reason->arg[0],
			(unsigned)reason->arg[1] + 1, (unsigned)reason->arg[1]);
	if (reason->code == REASON_TIME_WAIT_NEVER_HELD)
		return page_text(buffer, size, WORD_TIME_WAIT_NOT_HELD);
	page_group_reason(reason, claims, buffer, size);
	return answer_capital(buffer);
}

char *answer_duration(int64_t ns, char buffer[ANSWER_DURATION])
{
	if (ns < 1000000)
		snprintf(buffer, ANSWER_DURATION, "%" PRId64 " µs", ns / 1000);
	else
		prose_span(ns, buffer, ANSWER_DURATION);
	return buffer;
}

char *answer_capital(char *text)
{
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return text;
}

void answer_big(struct page_answer *answer, enum page_word word, const char *whose)
{
	page_text(answer->big, sizeof(answer->big), word, whose);
	answer->alarm = true;
}
