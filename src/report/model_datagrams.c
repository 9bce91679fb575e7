/* UDP as a report tells it: who sent what to whom, datagram by datagram, and the ICMP errors that
 * answered. A conversation keeps its first and last lines and its first errors; what lies between
 * is counted. */
#include "model_build.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static uint16_t current_run(const struct model *model)
{
	return (uint16_t)(model->run_count - 1);
}

static bool conversation_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	return model->conversations[index].run == current_run(model) &&
	       flow_key_equal(&model->conversations[index].key, wanted);
}

/* INDEX_NONE: out of memory, or one more than are kept apart. */
static uint32_t conversation_of(struct model *model, const struct record *record)
{
	struct model_build *build = model->build;
	uint64_t hash = index_hash(&record->key, sizeof(record->key), (uint64_t)model->run_count);
	uint32_t index = index_map_find(
		&build->conversations, hash, conversation_equal, model, &record->key);

	if (index != INDEX_NONE)
		return index;
	if (model->conversation_count >= CONVERSATIONS_MAX) {
		model->datagrams_untold += record->event->u.segment.kind == SEGMENT_UDP;
		return INDEX_NONE;
	}
	struct conversation *conversation =
		PUSH(model, model->conversations, model->conversation_count);
	struct talk *talk = PUSH(model, build->talks, build->talk_count);
	index = (uint32_t)model->conversation_count;
	if (conversation == NULL || talk == NULL ||
		!index_map_put(&build->conversations, hash, index)) {
		build->failed = true;
		return INDEX_NONE;
	}
	*conversation = (struct conversation){.run = current_run(model),
		.number = ++build->conversations_of_run,
		.key = record->key,
		.opener = record->side & 1,
		.group = flow_key_is_group(&record->key, !(record->side & 1)),
		.first_ns = record->t_ns,
		.socket = {INDEX_NONE, INDEX_NONE}};
	model->conversation_count++;
	build->talk_count++;
	return index;
}

/* ---- lines ---- */

static bool line_store(struct model *model, struct talk *talk, const struct datagram *line)
{
	struct model_build *build = model->build;
	struct datagram *slot = PUSH(model, model->datagrams, model->datagram_count);
	uint32_t *next = PUSH(model, build->line_next, build->line_next_count);

	if (slot == NULL || next == NULL)
		return false;
	*slot = *line;
	model->datagram_count++;
	build->line_next_count++;
	if (talk->newest != 0)
		build->line_next[talk->newest - 1] = (uint32_t)model->datagram_count;
	else
		talk->oldest = (uint32_t)model->datagram_count;
	talk->newest = (uint32_t)model->datagram_count;
	return true;
}

static bool ring_store(struct model *model, struct talk *talk, const struct datagram *line)
{
	if (talk->last == NULL)
		talk->last = calloc(LADDER_LAST, sizeof(*talk->last));
	if (talk->last == NULL) {
		model->build->failed = true;
		return false;
	}
	struct datagram *slot = &talk->last[talk->last_count % LADDER_LAST];
	/* nobody tells of it any more: its place is free */
	if (talk->last_count++ >= LADDER_LAST && slot->error != INDEX_NONE) {
		model->errors[slot->error].index = model->build->errors_free;
		model->build->errors_free = slot->error + 1;
	}
	*slot = *line;
	return true;
}

static bool line_add(struct model *model, uint32_t index, const struct datagram *line)
{
	struct conversation *conversation = &model->conversations[index];
	struct talk *talk = &model->build->talks[index];
	struct datagram added = *line;
	bool error = line->error != INDEX_NONE, for_good;

	added.conversation = index;
	added.ordinal = conversation->lines++;
	if (added.t_ns > conversation->last_ns)
		conversation->last_ns = added.t_ns;
	for_good = added.ordinal < LADDER_FIRST || (error && talk->errors_kept < LADDER_ERRORS);
	talk->errors_kept += error && for_good;
	return for_good ? line_store(model, talk, &added) : ring_store(model, talk, &added);
}

/* The n-th newest line still kept of those in the ring; NULL: no more. */
static struct datagram *ring_line(struct talk *talk, uint64_t n)
{
	uint64_t held = talk->last_count < LADDER_LAST ? talk->last_count : LADDER_LAST;

	return n < held ? &talk->last[(talk->last_count - 1 - n) % LADDER_LAST] : NULL;
}

/* ---- fragments ---- */

static struct flow_key ends_of(const struct segment *segment)
{
	struct flow_key ends = segment->key;

	ends.port_be[0] = ends.port_be[1] = 0;
	return ends;
}

static struct fragments *fragments_of(struct model_build *build, const struct segment *segment)
{
	struct flow_key ends = ends_of(segment);
	struct fragments *fragments;

	for (size_t i = 0; i < FRAGMENTED_KEPT; i++)
		if (build->fragmented[i].count > 0 &&
			build->fragmented[i].id == segment->fragment_id &&
			flow_key_equal(&build->fragmented[i].ends, &ends))
			return &build->fragmented[i];
	fragments = &build->fragmented[build->fragmented_next++ % FRAGMENTED_KEPT];
	*fragments = (struct fragments){.ends = ends, .id = segment->fragment_id};
	return fragments;
}

/* Take its bytes, once: the network may have doubled it. */
static void fragment_count(
	struct fragments *fragments, const struct segment *segment, uint32_t bytes)
{
	uint16_t offset = (uint16_t)(segment->fragment_offset / 8);

	for (size_t i = 0; i < fragments->count; i++)
		if (fragments->offset[i] == offset)
			return;
	if (fragments->count == sizeof(fragments->offset) / sizeof(fragments->offset[0]))
		return;
	fragments->offset[fragments->count++] = offset;
	fragments->captured += bytes;
}

static void line_fragments(struct datagram *line, const struct fragments *fragments)
{
	line->fragments = fragments->count;
	line->captured = fragments->captured < line->bytes ? fragments->captured : line->bytes;
}

static void fragment_later(struct model *model, const struct segment *segment)
{
	struct model_build *build = model->build;
	struct fragments *fragments = fragments_of(build, segment);

	fragment_count(fragments, segment, segment->len);
	if (!fragments->begun)
		return;
	struct talk *talk = &build->talks[fragments->conversation];
	struct datagram *line;
	uint32_t at = talk->oldest;

	for (; at != 0; at = build->line_next[at - 1])
		if (model->datagrams[at - 1].ordinal == fragments->ordinal)
			line_fragments(&model->datagrams[at - 1], fragments);
	for (uint64_t n = 0; (line = ring_line(talk, n)) != NULL; n++)
		if (line->ordinal == fragments->ordinal)
			line_fragments(line, fragments);
}

/* ---- datagrams ---- */

static void take_datagram(struct model *model, uint32_t index, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct conversation *conversation = &model->conversations[index];
	struct datagram line = {.t_ns = record->t_ns,
		.frame = record->frame,
		.error = INDEX_NONE,
		.bytes = segment->datagram_len,
		.captured = segment->len,
		.id = segment->ip_id,
		.checksum = segment->checksum,
		.side = record->side & 1};

	/* said of a packet received: the copy of one that was sent from here */
	if (segment->group && conversation->opener == line.side)
		conversation->group = true;
	if (segment->copy)
		return;
	conversation->datagrams[line.side]++;
	conversation->bytes[line.side] += line.bytes;
	conversation->heard_ns[line.side] = line.t_ns;
	if (segment->fragment) {
		struct fragments *fragments = fragments_of(model->build, segment);

		if (fragments->begun) /* the identification is used anew */
			*fragments =
				(struct fragments){.ends = fragments->ends, .id = fragments->id};
		fragment_count(fragments, segment, segment->len);
		fragments->begun = true;
		fragments->conversation = index;
		fragments->ordinal = conversation->lines;
		line_fragments(&line, fragments);
	}
	line_add(model, index, &line);
}

/* ---- ICMP errors ---- */

enum fit { FIT_NOT, FIT_LENGTH, FIT_CHECKSUM, FIT_ID };

/* Is this the datagram that the error quotes? Identification and checksum say so; offloading or
 * translation may have changed both. */
static enum fit quote_fits(const struct datagram *line, const struct segment *icmp, int side)
{
	if (line->error != INDEX_NONE || line->side != side || line->bytes != icmp->datagram_len)
		return FIT_NOT;
	if (icmp->quoted_id != 0 && line->id == icmp->quoted_id)
		return FIT_ID;
	return line->checksum == icmp->checksum ? FIT_CHECKSUM : FIT_LENGTH;
}

/* The better fit wins; among equals the one not answered yet, then the newest. Lines are tried in
 * order of time. */
static void quote_try(struct datagram *line, const struct segment *icmp, int side,
	struct datagram **best, enum fit *best_fit)
{
	enum fit fit = quote_fits(line, icmp, side);

	if (fit == FIT_NOT || fit < *best_fit ||
		(fit == *best_fit && *best != NULL && line->answered && !(*best)->answered))
		return;
	*best = line;
	*best_fit = fit;
}

static uint64_t quoted_frame(
	struct model *model, uint32_t index, const struct segment *icmp, int side)
{
	struct talk *talk = &model->build->talks[index];
	struct datagram *best = NULL;
	enum fit fit = FIT_LENGTH;

	for (uint32_t at = talk->oldest; at != 0; at = model->build->line_next[at - 1])
		quote_try(&model->datagrams[at - 1], icmp, side, &best, &fit);
	for (uint64_t n = LADDER_LAST; n-- > 0;) {
		struct datagram *line = ring_line(talk, n);

		if (line != NULL)
			quote_try(line, icmp, side, &best, &fit);
	}
	if (best == NULL)
		return 0;
	best->answered = true;
	return best->frame;
}

static void take_error(struct model *model, uint32_t index, const struct record *record)
{
	const struct segment *icmp = &record->event->u.segment;
	struct conversation *conversation = &model->conversations[index];
	struct datagram line = {
		.t_ns = record->t_ns, .frame = record->frame, .side = record->side & 1};

	if (icmp->copy)
		return;
	conversation->errors++;
	conversation->anomalous = true;
	struct icmp_error *error = model_error_new(model, record);
	if (error == NULL)
		return;
	error->index = index;
	error->answers = quoted_frame(model, index, icmp, record->side & 1);
	if (icmp->key.protocol == IPPROTO_UDP && (record->local_sides >> (record->side & 1) & 1)) {
		error->socket =
			model_udp_socket(model, error->run, &error->key, error->side, error->t_ns);
		error->diag_frame = error->socket != INDEX_NONE
					    ? model->udp_sockets[error->socket].last_diag
					    : 0;
	}
	line.error = (uint32_t)(error - model->errors);
	line_add(model, index, &line);
}

void model_datagram(struct model *model, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	uint32_t index;

	if (segment->kind == SEGMENT_FRAGMENT) {
		fragment_later(model, segment);
		return;
	}
	index = conversation_of(model, record);
	if (index == INDEX_NONE)
		return;
	model->conversations[index].local_sides |= record->local_sides;
	if (segment->kind == SEGMENT_UDP)
		take_datagram(model, index, record);
	else if (segment->kind == SEGMENT_ICMP)
		take_error(model, index, record);
}
