/* Of UDP alone, without a connection: what happened, what was lost, who learned of it, and which
 * sockets are connected. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answers.h"

static const struct conversation *busiest_conversation(const struct model *model)
{
	const struct conversation *best = NULL;

	for (size_t i = 0; i < model->conversation_count; i++)
		if (best == NULL || model->conversations[i].datagrams[0] +
						    model->conversations[i].datagrams[1] >
					    best->datagrams[0] + best->datagrams[1])
			best = &model->conversations[i];
	return best;
}

/* The ends whose datagram met no socket, and that were told of it or not; told: enum icmp_effect */
static size_t ends_told(const struct model *model, unsigned effect, char *buffer, size_t size)
{
	char seen[16][FLOW_END_TEXT], end[FLOW_END_TEXT];
	size_t count = 0;

	*buffer = '\0';
	for (size_t i = 0; i < model->error_count; i++) {
		const struct icmp_error *error = &model->errors[i];
		size_t at = 0;

		if (error->of_connection || error->effect != effect)
			continue;
		flow_end_text(&error->key, error->side & 1, end);
		while (at < count && at < 16 && strcmp(seen[at], end) != 0)
			at++;
		if (at < count || at == 16)
			continue;
		strcpy(seen[count++], end);
		if (count <= ANSWER_LISTED)
			template_append(buffer, size, "%s%c%s%c", count > 1 ? ", " : "", PAGE_CODE,
				end, PAGE_CODE_END);
	}
	return count;
}

/* How often a program took a part of a datagram only. */
static int64_t times_cut(const struct model *model)
{
	int64_t times = 0;

	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_DATAGRAM_CUT)
			times += model->findings[i].arg[0];
	return times;
}

void answer_udp_lost(const struct model *model, struct page_answer *answer)
{
	char text[500], frames[300] = "";
	uint64_t gone = model->summary.dropped + model->summary.errors;
	int64_t cut = times_cut(model);
	size_t shown = 0;

	for (size_t i = 0; i < model->error_count && shown < 6; i++)
		if (!model->errors[i].of_connection && model->errors[i].answers > 0)
			template_append(frames, sizeof(frames), "%s%c%c%" PRIu64 ",%u%c",
				shown++ > 0 ? ", " : "", PAGE_OPEN, PAGE_FRAME,
				model->errors[i].answers, model->errors[i].run, PAGE_CLOSE);
	if (gone == 0 && cut == 0) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOTHING));
		answer_say(answer, page_word(WORD_UDP_ALL_WELL));
		return;
	}
	answer->alarm = true;
	if (gone > 0)
		page_count(answer->big, sizeof(answer->big), COUNT_DATAGRAMS, gone);
	else
		page_text(answer->big, sizeof(answer->big), WORD_UDP_PARTS);
	if (cut > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_UDP_CUT, cut));
	if (model->summary.dropped > 0)
		answer_say(answer,
			page_text(text, sizeof(text), WORD_UDP_DROPPED, model->summary.dropped));
	if (model->summary.errors > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_UDP_MET_NO_SOCKET,
					   model->summary.errors, frames));
}

void answer_udp_learned(const struct model *model, struct page_answer *answer)
{
	char told_ends[ANSWER_LIST], other[ANSWER_LIST], text[ANSWER_LIST + 100];
	size_t yes = ends_told(model, ICMP_TOLD, told_ends, sizeof(told_ends)),
	       no = ends_told(model, ICMP_NOT_CONNECTED, other, sizeof(other));

	if (model->summary.errors == 0) {
		snprintf(answer->big, sizeof(answer->big), "%s", page_word(WORD_NOTHING_TO_LEARN));
		answer_say(answer, page_word(WORD_UDP_SILENT));
		return;
	}
	page_text(answer->big, sizeof(answer->big), WORD_UDP_TOLD_NOT, yes, no);
	answer->alarm = no > 0;
	if (yes > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_UDP_TOLD, told_ends));
	if (no > 0)
		answer_say(answer, page_text(text, sizeof(text), WORD_UDP_NOT_TOLD, other));
}

void answer_udp_connected(const struct model *model, struct page_answer *answer)
{
	size_t connected = 0, known = 0;

	for (size_t i = 0; i < model->conversation_count; i++)
		for (int side = 0; side < 2; side++) {
			uint32_t socket = model->conversations[i].socket[side];

			known += socket != UINT32_MAX;
			connected += socket != UINT32_MAX && model->udp_sockets[socket].connected;
		}
	page_text(answer->big, sizeof(answer->big), WORD_UDP_OF_ENDS, connected, known);
	answer_say(answer, page_word(WORD_UDP_CONNECT));
}

void answer_udp_happened(const struct model *model, struct page_answer *answer)
{
	const struct conversation *busiest = busiest_conversation(model);
	char end[FLOW_END_TEXT], place[FLOW_END_TEXT + 8], text[300];

	page_count(answer->big, sizeof(answer->big), COUNT_DATAGRAMS, model->summary.datagrams);
	snprintf(place, sizeof(place), "%c%s%c", PAGE_CODE,
		flow_end_text(&busiest->key, !busiest->opener, end), PAGE_CODE_END);
	answer_say(answer,
		page_text(text, sizeof(text), WORD_UDP_ENDS, model->conversation_count, place));
	answer_say(answer, page_word(WORD_UDP_NO_CONNECTION));
}
