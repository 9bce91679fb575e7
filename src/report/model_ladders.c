/* Conversations once all is in: their lines in order, one array for all, errors without the gaps
 * that forgotten ones left, and with what the kernel showed of those who learn of them. */
#include "model_build.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool errors_compact(struct model *model, uint32_t **moved)
{
	size_t kept = 0;

	*moved = malloc((model->error_count > 0 ? model->error_count : 1) * sizeof(**moved));
	if (*moved == NULL)
		return false;
	/* mark those nobody tells of: each capture's frames count from 1 */
	for (uint32_t at = model->build->errors_free; at != 0;) {
		struct icmp_error *error = &model->errors[at - 1];

		at = error->index;
		error->frame = 0;
	}
	for (size_t i = 0; i < model->error_count; i++) {
		(*moved)[i] = (uint32_t)kept;
		if (model->errors[i].frame != 0)
			model->errors[kept++] = model->errors[i];
	}
	model->error_count = kept;
	return true;
}

static int compare_lines(const void *left, const void *right)
{
	const struct datagram *a = left, *b = right;

	return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static bool is_incomplete(const struct datagram *line)
{
	return line->error == INDEX_NONE && line->fragments > 0 && line->captured < line->bytes;
}

/* The lines kept for good and those of the ring, by what came first. */
static size_t lines_gather(struct model *model, const struct talk *talk, const struct datagram *all,
	struct datagram *out)
{
	size_t count = 0;

	for (uint32_t at = talk->oldest; at != 0; at = model->build->line_next[at - 1])
		out[count++] = all[at - 1];
	for (uint64_t i = 0; i < LADDER_LAST && i < talk->last_count; i++)
		out[count++] = talk->last[i];
	qsort(out, count, sizeof(*out), compare_lines);
	return count;
}

static size_t lines_held(const struct model *model)
{
	size_t count = model->datagram_count;

	for (size_t i = 0; i < model->conversation_count; i++) {
		uint64_t last = model->build->talks[i].last_count;

		count += last < LADDER_LAST ? (size_t)last : LADDER_LAST;
	}
	return count;
}

static void summarize(struct model *model)
{
	struct summary *summary = &model->summary;

	summary->datagrams = model->datagrams_untold;
	for (size_t i = 0; i < model->conversation_count; i++) {
		if (model->conversations[i].key.protocol != IPPROTO_UDP)
			continue;
		summary->conversations++;
		summary->datagrams +=
			model->conversations[i].datagrams[0] + model->conversations[i].datagrams[1];
		summary->errors += model->conversations[i].errors;
	}
	for (size_t i = 0; i < model->udp_socket_count; i++)
		summary->dropped += model->udp_sockets[i].dropped;
}

bool model_ladders(struct model *model)
{
	size_t held = lines_held(model), count = 0;
	struct datagram *lines = malloc((held > 0 ? held : 1) * sizeof(*lines));
	uint32_t *moved = NULL;
	bool ok = lines != NULL && errors_compact(model, &moved);

	model_udp_owners(model);
	for (size_t i = 0; ok && i < model->conversation_count; i++) {
		struct conversation *conversation = &model->conversations[i];

		conversation->first_line = count;
		conversation->line_count = lines_gather(
			model, &model->build->talks[i], model->datagrams, lines + count);
		for (size_t k = 0; k < conversation->line_count; k++) {
			struct datagram *line = &lines[count + k];

			if (line->error != INDEX_NONE)
				line->error = moved[line->error];
			conversation->incomplete += is_incomplete(line);
		}
		conversation->anomalous |= conversation->incomplete > 0;
		count += conversation->line_count;
		model_conversation_sockets(model, conversation);
	}
	free(moved);
	if (!ok) {
		free(lines);
		return false;
	}
	free(model->datagrams);
	model->datagrams = lines;
	model->datagram_count = count;
	for (size_t i = 0; i < model->error_count; i++)
		if (!model->errors[i].of_connection)
			model_error_settle(model, &model->errors[i],
				model->conversations[model->errors[i].index].local_sides);
	summarize(model);
	return true;
}
