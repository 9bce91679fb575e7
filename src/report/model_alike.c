/* Connections that look like one that was told and folded are not told: what they are like says
 * which edges they took, their segments, in sum, the rest. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model_kinds.h"
#include "tcpstate/hash.h"

static bool is_it(const void *context, uint32_t index, const void *wanted)
{
	(void)context, (void)index, (void)wanted;
	return true; /* 64 keyed bits suffice */
}

void alike_count(struct model *model)
{
	for (size_t i = 0; i < model->build->alike_count; i++)
		sums_count_alike(model, &model->build->alike[i]);
}

void alike_forget(struct model_build *build)
{
	index_map_free(&build->alike_map);
	for (size_t i = 0; i < build->alike_count; i++)
		free(build->alike[i].record);
	build->alike_count = 0;
	build->alike_hash = 0;
}

/* Findings go by server, so only what went to the same one is alike. */
static uint64_t alike_hash(const struct alike *alike, const struct pending_sum *sum)
{
	uint64_t word[5] = {alike->shape, sum->pattern,
		(uint64_t)alike->key.port_be[sum->server] | (uint64_t)alike->key.family << 16 |
			(uint64_t)alike->local_sides << 24 | (uint64_t)sum->server << 32};
	uint64_t hash;

	memcpy(&word[3], alike->key.addr[sum->server], sizeof(alike->key.addr[0]));
	hash = hash_words(word, alike->key.family == AF_INET ? 4 : 5);
	return hash != 0 ? hash : 1;
}

static bool is_possible(const struct model *model, uint32_t serial)
{
	const struct model_build *build = model->build;
	const struct run *run = &model->runs[model->run_count - 1];

	return !build->several && build->kept_first != SIZE_MAX && serial != build->only &&
	       model->mark_count == 0 && !run->has_diag && !run->has_calls &&
	       serial < build->by_serial_size && pending_is(build->by_serial[serial]);
}

static void like_fill(struct connection *like, const struct alike_kind *kind,
	const struct alike *alike, const struct pending_sum *sum)
{
	like->serial = alike->serial;
	like->key = alike->key;
	like->local_sides = alike->local_sides;
	like->client = kind->client;
	like->midway = kind->midway;
	like->first_ns = sum->first_ns;
	like->last_ns = sum->last_ns;
	like->syn_unanswered = kind->syn_unanswered;
	for (int side = 0; side < 2; side++) {
		like->ends[side].sent.segments = sum->segments[side];
		like->ends[side].sent.bytes = sum->bytes[side];
		/* connection_unseen() */
		like->ends[side].acked = kind->one_way;
	}
}

static struct folded *folded_of(struct model *model, uint32_t index)
{
	struct connection *connection = &model->connections[index];

	if (connection->folded == NULL)
		connection->folded = calloc(1, sizeof(*connection->folded));
	model->build->failed |= connection->folded == NULL;
	return connection->folded;
}

/* Places that nobody else counts: as if they were free. */
static bool places_lend(struct model *model, size_t count)
{
	struct model_build *build = model->build;

	if (build->lent_connection == 0) {
		struct connection *connection = fold_connection_new(model);

		if (connection == NULL)
			return false;
		build->kept_now--;
		build->lent_connection = (uint32_t)(connection - model->connections) + 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (build->lent_transition[i] != 0)
			continue;
		struct transition *transition = fold_transition_new(model);

		if (transition == NULL)
			return false;
		*transition = (struct transition){.record = {.kind = RECORD_KIND_MAX}};
		build->lent_transition[i] = (uint32_t)(transition - model->transitions) + 1;
	}
	return true;
}

/* It is told from what is known of it, and forgotten. */
static bool told_and_forgotten(struct model *model, const struct alike_kind *kind,
	const struct alike *alike, const struct pending_sum *sum)
{
	struct model_build *build = model->build;

	if (!places_lend(model, kind->count))
		return false;
	uint32_t index = build->lent_connection - 1;
	struct connection *connection = &model->connections[index];
	like_fill(connection, kind, alike, sum);
	connection->run = (uint16_t)(model->run_count - 1);
	connection->path = INDEX_NONE;
	if (sum->syn_ack_ns != INT64_MIN) {
		connection->syn_acks = 1;
		connection->syn_ack_at_ns[0] = sum->syn_ack_ns;
	}
	for (size_t i = 0; i < kind->count; i++) {
		struct transition *transition = &model->transitions[build->lent_transition[i] - 1];

		*transition = (struct transition){.record = kind->record[i],
			.index = index,
			.next = connection->first_transition,
			.run = connection->run};
		transition->record.t_ns = transition->record.edge_t_ns = kind->told[i].t_ns;
		transition->record.frame = alike->frame[kind->symbol[i]];
		transition->record.key = alike->key;
		transition->record.serial = alike->serial;
		connection->first_transition = build->lent_transition[i];
	}
	fold_farewell(model, index);
	for (size_t i = 0; i < kind->count; i++)
		model->transitions[build->lent_transition[i] - 1].record.kind = RECORD_KIND_MAX;
	memset(connection, 0, sizeof(*connection));
	return true;
}

struct alike_kind *alike_kind_of(struct model *model, uint64_t hash, const int64_t *at)
{
	struct model_build *build = model->build;
	uint32_t index = index_map_find(&build->alike_map, hash, is_it, NULL, NULL);

	if (index == INDEX_NONE)
		return NULL;
	struct alike_kind *kind = &build->alike[index];
	for (size_t i = 0; i < kind->count; i++)
		kind->told[i].t_ns = at[kind->symbol[i]];
	return model->connections[kind->into].changed || !fold_folds(build, kind->interest) ||
			       kind_held_long(kind->told, kind->count)
		       ? NULL
		       : kind;
}

bool alike_take(struct model *model, struct alike_kind *kind, const struct alike *alike,
	const struct pending_sum *sum)
{
	struct model_build *build = model->build;
	uint32_t *slot = &build->by_serial[alike->serial];
	struct folded *into = folded_of(model, kind->into);

	if (into == NULL ||
		(build->farewell != NULL && !told_and_forgotten(model, kind, alike, sum)))
		return false;
	like_fill(build->like, kind, alike, sum);
	sums_take_alike(model, kind, build->like, into);
	pending_drop(build, *slot);
	*slot = SERIAL_FOLDED;
	return true;
}

bool alike_told(struct model *model, const struct alike *alike)
{
	struct model_build *build = model->build;
	struct pending_sum sum;

	build->alike_hash = 0;
	if (build->failed || model->run_count == 0 || !is_possible(model, alike->serial))
		return false;
	pending_sum(build, build->by_serial[alike->serial], &sum);
	if (sum.odd)
		return false;
	build->alike_hash = alike_hash(alike, &sum);
	build->alike_serial = alike->serial;
	build->alike_server = sum.server;
	struct alike_kind *kind = alike_kind_of(model, build->alike_hash, alike->t_ns);
	if (kind == NULL ||
		(sum.data_ns != INT64_MIN &&
			sum.last_ns - sum.data_ns >= FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS))
		return false;
	return alike_take(model, kind, alike, &sum);
}

/* The place of the kind that was asked about last; NULL: there are enough. */
static struct alike_kind *kind_new(struct model *model)
{
	struct model_build *build = model->build;
	uint32_t at = index_map_find(&build->alike_map, build->alike_hash, is_it, NULL, NULL);

	if (at != INDEX_NONE) { /* the one that it was folded into has changed */
		sums_count_alike(model, &build->alike[at]);
		free(build->alike[at].record);
		build->alike[at].record = NULL;
		return &build->alike[at];
	}
	if (build->alike_count == FOLDS_MAX ||
		PUSH(model, build->alike, build->alike_count) == NULL)
		return NULL;
	if (!index_map_put(&build->alike_map, build->alike_hash, (uint32_t)build->alike_count)) {
		build->failed = true;
		return NULL;
	}
	return &build->alike[build->alike_count++];
}

/* Its record; NULL: none. */
static const struct record *record_of(
	const struct model *model, const struct connection *connection, const struct told *told)
{
	for (uint32_t at = connection->first_transition; at != 0;
		at = model->transitions[at - 1].next)
		if (model->transitions[at - 1].record.id == told->id)
			return &model->transitions[at - 1].record;
	return NULL;
}

/* Each step's time and frame are those of a symbol. */
static bool symbols_of(const struct model *model, const struct connection *connection,
	const struct alike *alike, const struct told *told, size_t count,
	uint8_t symbol[ALIKE_STEPS])
{
	for (size_t i = 0; i < count; i++) {
		const struct record *record = record_of(model, connection, &told[i]);
		uint8_t at = 0;

		if (record == NULL)
			return false;
		while (at < alike->count &&
			(alike->t_ns[at] != told[i].t_ns || alike->frame[at] != record->frame))
			at++;
		if (at == alike->count)
			return false;
		symbol[i] = at;
	}
	return true;
}

static bool told_symbols(const struct model_build *build, const struct told *told, size_t count,
	uint8_t symbol[ALIKE_STEPS])
{
	for (size_t i = 0; i < count; i++) {
		uint8_t at = 0;

		while (at < build->held_known && build->held[at].id != told[i].id)
			at++;
		if (at == build->held_known)
			return false;
		symbol[i] = at;
	}
	return count == build->held_known;
}

void alike_learn(struct model *model, const struct record *settled, uint32_t index, uint32_t like,
	const struct told *told, size_t count, enum interest interest)
{
	struct model_build *build = model->build;
	const struct connection *connection = &model->connections[index];
	uint8_t symbol[ALIKE_STEPS];

	/* what it is folded into has the same server, and the hash has what seemed to be it */
	int server = connection->client == -1 ? 1 : !connection->client;

	if (build->alike_hash == 0 || build->alike_server != server ||
		build->alike_serial != settled->serial || count > ALIKE_STEPS ||
		connection->errors != 0 || connection->unreachable ||
		connection->syn_ack_retransmissions != 0 || kind_held_long(told, count) ||
		!findings_unremarkable(model, index) ||
		!(settled->alike != NULL
				? symbols_of(model, connection, settled->alike, told, count, symbol)
				: told_symbols(build, told, count, symbol)))
		return;
	if (build->like == NULL && (build->like = calloc(1, sizeof(*build->like))) == NULL)
		build->failed = true;
	struct alike_kind *kind = build->failed ? NULL : kind_new(model);
	if (kind == NULL)
		return;
	*kind = (struct alike_kind){.into = like,
		.client = connection->client,
		.interest = (uint8_t)interest,
		.midway = connection->midway,
		.one_way = connection_unseen(connection) != -1,
		.count = (uint8_t)count,
		.syn_unanswered = (uint32_t)(connection->syn_unanswered + connection->syn_pending)};
	if (build->farewell != NULL) {
		kind->record = calloc(count + 1, sizeof(*kind->record));
		build->failed |= kind->record == NULL;
		for (size_t i = 0; kind->record != NULL && i < count; i++)
			kind->record[i] = *record_of(model, connection, &told[i]);
	}
	memcpy(kind->symbol, symbol, count);
	memcpy(kind->told, told, count * sizeof(*told));
}
