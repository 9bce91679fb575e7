/* Records into the connection or listener that they are about: transitions with what confirms and
 * withdraws them, and segments. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

/* A slot of a table from small dense numbers to index + 1. */
static uint32_t *slot_of(struct model *model, uint32_t **table, size_t *size, uint64_t number)
{
	if (number >= *size) {
		size_t wanted = *size > 0 ? *size : 256;

		while (wanted <= number && wanted < UINT32_MAX)
			wanted *= 2;
		uint32_t *bigger =
			number < UINT32_MAX ? realloc(*table, wanted * sizeof(**table)) : NULL;
		if (bigger == NULL) {
			model->build->failed = true;
			return NULL;
		}
		memset(bigger + *size, 0, (wanted - *size) * sizeof(**table));
		*table = bigger;
		*size = wanted;
	}
	return &(*table)[number];
}

uint32_t *model_slot(struct model *model, uint32_t serial)
{
	return slot_of(model, &model->build->by_serial, &model->build->by_serial_size, serial);
}

uint32_t model_connection(struct model *model, const struct record *record)
{
	uint32_t *slot = model_slot(model, record->serial);

	if (slot == NULL || *slot == SERIAL_FOLDED)
		return INDEX_NONE;
	if (*slot == 0) {
		struct connection *connection = fold_connection_new(model);

		if (connection == NULL)
			return INDEX_NONE;
		connection->run = (uint16_t)(model->run_count - 1);
		connection->serial = record->serial;
		connection->key = record->key;
		connection->client = -1;
		connection->path = INDEX_NONE;
		connection->first_ns = connection->last_ns = record->t_ns;
		*slot = (uint32_t)(connection - model->connections) + 1;
		if (model_current(model)->has_diag)
			model_newest(model, *slot - 1);
	}
	model->connections[*slot - 1].local_sides |= record->local_sides;
	return *slot - 1;
}

struct wanted_listener {
	const struct flow_key *key;
	uint64_t cookie;
};

static bool listener_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct listener *listener = &model->listeners[index];
	const struct wanted_listener *at = wanted;

	return listener->run == model->run_count - 1 && listener->cookie == at->cookie &&
	       flow_key_equal(&listener->key, at->key);
}

uint32_t model_listener(
	struct model *model, const struct flow_key *key, uint64_t cookie, int64_t t_ns)
{
	uint64_t hash = index_hash(
		key->addr[0], sizeof(key->addr[0]), ((uint64_t)key->port_be[0] + 1) ^ cookie << 16);
	struct wanted_listener wanted = {key, cookie};
	uint32_t index =
		index_map_find(&model->build->listeners, hash, listener_equal, model, &wanted);

	if (index == INDEX_NONE) {
		struct listener *listener = PUSH(model, model->listeners, model->listener_count);

		if (listener == NULL || !index_map_put(&model->build->listeners, hash,
						(uint32_t)model->listener_count)) {
			model->build->failed = true;
			return INDEX_NONE;
		}
		*listener = (struct listener){.run = (uint16_t)(model->run_count - 1),
			.key = *key,
			.cookie = cookie,
			.first_ns = t_ns,
			.last_ns = t_ns};
		index = (uint32_t)model->listener_count++;
	}
	if (model->listeners[index].last_ns < t_ns)
		model->listeners[index].last_ns = t_ns;
	return index;
}

static uint32_t subject_of(struct model *model, const struct record *record)
{
	if (record->listener)
		return model_listener(model, &record->key, record->cookie, record->t_ns);
	return record->serial != 0 ? model_connection(model, record) : INDEX_NONE;
}

static uint32_t *place_of(struct model *model, uint64_t id)
{
	return &model->build->by_id[id % BY_ID_PLACES];
}

/* The list of its connection or listener; NULL: it was folded. */
static uint32_t *list_of(struct model *model, const struct record *record, uint32_t subject)
{
	if (subject == INDEX_NONE)
		return NULL;
	return record->listener ? &model->listeners[subject].first_transition
				: &model->connections[subject].first_transition;
}

void model_transition(struct model *model, const struct record *record)
{
	uint32_t subject = subject_of(model, record);
	uint32_t *list = list_of(model, record, subject);
	struct transition *transition = list != NULL ? fold_transition_new(model) : NULL;

	if (list == NULL && !model->build->failed)
		fold_late(model, record);
	if (transition == NULL)
		return;
	*transition = (struct transition){.record = *record,
		.index = subject,
		.next = *list,
		.run = (uint16_t)(model->run_count - 1)};
	transition->record.event = NULL;
	*list = *place_of(model, record->id) = (uint32_t)(transition - model->transitions) + 1;
	if (record->listener)
		return;
	model->connections[subject].changed |= model->connections[subject].settled;
	connection_transition(&model->connections[subject], record);
}

/* The transition `of` that this record speaks of; NULL: unknown. */
static struct transition *transition_of(struct model *model, const struct record *record)
{
	uint32_t at = *place_of(model, record->of), *list;
	uint16_t run = (uint16_t)(model->run_count - 1);

	if (at != 0 && model->transitions[at - 1].record.id == record->of &&
		model->transitions[at - 1].run == run)
		return &model->transitions[at - 1];
	list = list_of(model, record, subject_of(model, record));
	for (at = list != NULL ? *list : 0; at != 0; at = model->transitions[at - 1].next)
		if (model->transitions[at - 1].record.id == record->of)
			return &model->transitions[at - 1];
	return NULL;
}

void model_confirmation(struct model *model, const struct record *record)
{
	struct transition *transition = transition_of(model, record);

	if (transition == NULL)
		return;
	struct record *kept = &transition->record;
	if (record->evidence != EVIDENCE_NONE)
		kept->evidence = record->evidence;
	if (kept->diag_frame == 0)
		kept->diag_frame = record->diag_frame;
	if (kept->frame == 0)
		kept->frame = record->frame;
	if (kept->cookie == 0)
		kept->cookie = record->cookie;
}

void model_correction(struct model *model, const struct record *record)
{
	struct transition *transition = transition_of(model, record);
	uint32_t subject = subject_of(model, record);
	struct correction *correction =
		PUSH_UNSET(model, model->corrections, model->correction_count);

	model->summary.withdrawn++;
	if (subject == INDEX_NONE || correction == NULL)
		return;
	*correction = (struct correction){.record = *record,
		.index = subject,
		.run = (uint16_t)(model->run_count - 1),
		.count = 1};
	struct record *kept = &correction->record;
	kept->event = NULL;
	if (kept->evidence == EVIDENCE_NONE)
		kept->evidence = record->diag_frame == 0       ? EVIDENCE_WIRE
				 : record->refuting_frame == 0 ? EVIDENCE_KERNEL
							       : EVIDENCE_BOTH;
	correction->claimed.code = record->claimed;
	correction->claimed_cause = record->cause;
	if (transition != NULL) {
		correction->claimed = transition->record.reason;
		correction->claimed_cause = transition->record.cause;
		transition->record.kind = RECORD_CORRECTION;
	}
	model->correction_count++;
	if (record->listener)
		return;
	correction->next = model->connections[subject].first_correction;
	model->connections[subject].first_correction = (uint32_t)model->correction_count;
}

static void keep_segment(struct model *model, uint32_t index, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	const struct connection *connection = &model->connections[index];
	struct model_build *build = model->build;

	if (!build->several || segment->kind != SEGMENT_TCP || record->retransmission ||
		connection->ends[0].sent.segments + connection->ends[1].sent.segments >=
			KEPT_OF_CONNECTION)
		return;
	struct kept_segment *kept = PUSH(model, build->kept, build->kept_count);
	if (kept == NULL)
		return;
	*kept = (struct kept_segment){.t_ns = record->t_ns,
		.connection = index,
		.seq = segment->seq,
		.ack = segment->ack,
		.len = segment->len,
		.flags = segment->flags,
		.side = record->side & 1};
	build->kept_count++;
}

void model_segment(struct model *model, const struct record *record)
{
	uint32_t index = model_connection(model, record);

	if (index == INDEX_NONE)
		return;
	findings_segment(model, index, record);
	if (record->event->u.segment.kind == SEGMENT_ICMP) {
		model_tcp_error(model, index, record);
	} else {
		keep_segment(model, index, record);
		model_rung(model, index, record);
		connection_segment(&model->connections[index], record);
	}
}
