/* A million connections in a report the size of a screenful: once there are many, a connection that
 * has settled like one before it is folded into that one. Its counts are added there, its records
 * and everything else of it is dropped. What a report says of all connections (counts, sums, the
 * state diagram, findings) is the same as without. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* of so many connections everything is kept */
	KEPT_FIRST = 4000,
	/* with more kept than that, also what is merely still open is folded */
	KEPT_OPEN = 10000,
	/* and with more, what finding out more about would be worth while */
	KEPT_MOST = 50000,
	STEPS_MAX = 64, /* a longer story is like no other */
	STEP_BYTES = 8,
	NEWEST_FIRST_ITEM = 32 /* bytes, of what newest_first_sort() sorts */
};
_Static_assert(sizeof(struct told) <= NEWEST_FIRST_ITEM && sizeof(struct step) <= NEWEST_FIRST_ITEM,
	"an item fits");
/* shorter is ordinary */
static const int64_t HELD_NS = FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS;

void model_keep(struct model *model, size_t first)
{
	model->build->kept_first = first;
}

void model_only(struct model *model, uint32_t serial)
{
	model->build->only = serial;
	model->build->kept_first = 0;
}

void fold_begin(struct model_build *build)
{
	build->kept_first = KEPT_FIRST;
	pending_begin(build);
}

void fold_run(struct model *model)
{
	struct model_build *build = model->build;

	index_map_free(&build->folds);
	alike_count(model);
	alike_forget(build);
	for (size_t i = 0; i < STATE_MAX; i++)
		build->open_since_ns[i] = INT64_MAX;
}

/* ---- records by connection ---- */

struct transition *fold_transition_new(struct model *model)
{
	struct model_build *build = model->build;
	uint32_t free_place = build->transitions_free;

	if (free_place == 0) {
		struct transition *new = PUSH(model, model->transitions, model->transition_count);

		model->transition_count += new != NULL;
		return new;
	}
	build->transitions_free = model->transitions[free_place - 1].next;
	return &model->transitions[free_place - 1];
}

struct connection *fold_connection_new(struct model *model)
{
	struct model_build *build = model->build;
	uint32_t free_place = build->connections_free;

	build->kept_now++;
	if (free_place == 0) {
		struct connection *new = PUSH(model, model->connections, model->connection_count);

		model->connection_count += new != NULL;
		return new;
	}
	struct connection *place = &model->connections[free_place - 1];
	build->connections_free = place->first_transition;
	memset(place, 0, sizeof(*place));
	return place;
}

/* ---- what a connection is like ---- */

static int role_of(const struct connection *connection, int side)
{
	return connection->client == 1 ? !side : side;
}

static int compare_told(const void *left, const void *right, void *context)
{
	const struct told *a = left, *b = right;

	(void)context;
	if (a->role != b->role)
		return a->role - b->role;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static struct told told_of(const struct connection *connection, const struct record *record)
{
	bool correction = record->kind == RECORD_CORRECTION;

	return (struct told){.t_ns = correction ? record->edge_t_ns : record->t_ns,
		.id = record->id,
		.role = (uint8_t)role_of(connection, record->side & 1),
		.kind = record->kind,
		.from = record->from,
		.to = record->to,
		.cause = record->cause,
		.reason = record->reason.code,
		.evidence = record->evidence};
}

/* What came newest first, and is in order but for a few: turned round, then those few move. */
static void newest_first_sort(void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *, void *), void *context)
{
	char *at = items, moving[NEWEST_FIRST_ITEM];

	for (size_t i = 0; i < count / 2; i++) {
		memcpy(moving, at + i * size, size);
		memcpy(at + i * size, at + (count - 1 - i) * size, size);
		memcpy(at + (count - 1 - i) * size, moving, size);
	}
	for (size_t i = 1; i < count; i++) {
		size_t to = i;

		while (to > 0 && compare(at + (to - 1) * size, at + i * size, context) > 0)
			to--;
		if (to == i)
			continue;
		memcpy(moving, at + i * size, size);
		memmove(at + (to + 1) * size, at + to * size, (i - to) * size);
		memcpy(at + to * size, moving, size);
	}
}

/* Its steps in order, each end's by itself, for the two race; SIZE_MAX: too many. */
static size_t steps_gather(
	const struct model *model, const struct connection *connection, struct told *told)
{
	size_t count = 0;

	for (uint32_t at = connection->first_transition; at != 0;
		at = model->transitions[at - 1].next) {
		const struct record *record = &model->transitions[at - 1].record;

		if (record->kind != RECORD_TRANSITION) /* withdrawn */
			continue;
		if (count == STEPS_MAX)
			return SIZE_MAX;
		told[count++] = told_of(connection, record);
	}
	for (uint32_t at = connection->first_correction; at != 0;
		at = model->corrections[at - 1].next) {
		if (count == STEPS_MAX)
			return SIZE_MAX;
		told[count++] = told_of(connection, &model->corrections[at - 1].record);
	}
	newest_first_sort(told, count, sizeof(*told), compare_told, NULL);
	return count;
}

/* Of what is alike only connections of one server are folded, for findings go by server. */
static uint64_t kind_hash(const struct model *model, const struct connection *connection,
	const struct told *told, size_t count)
{
	int server = connection->client == -1 ? 1 : !connection->client;
	uint8_t traits[] = {(uint8_t)(connection->client == -1), connection->midway,
		connection->syn_unanswered + connection->syn_pending > 0, connection->unreachable,
		connection->syn_ack_retransmissions > 0, connection->key.protocol,
		connection->key.family, connection_unseen(connection) != -1,
		(uint8_t)(connection->local_sides >> server & 1),
		(uint8_t)(connection->local_sides >> !server & 1)};
	uint8_t steps[STEPS_MAX * STEP_BYTES];
	uint64_t hash = index_hash(traits, sizeof(traits), model->run_count);

	hash = index_hash(connection->key.addr[server], sizeof(connection->key.addr[0]), hash);
	hash = index_hash(&connection->key.port_be[server], sizeof(uint16_t), hash);
	for (size_t i = 0; i < count; i++) {
		const uint8_t step[STEP_BYTES] = {told[i].role, told[i].kind, told[i].from,
			told[i].to, told[i].cause, told[i].evidence, (uint8_t)(told[i].reason >> 8),
			(uint8_t)told[i].reason};

		memcpy(steps + i * STEP_BYTES, step, STEP_BYTES);
	}
	return index_hash(steps, count * STEP_BYTES, hash);
}

/* 64 keyed bits suffice, unless it has gone on since. */
static bool is_like(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	(void)wanted;
	return !model->connections[index].changed;
}

bool fold_held_long(const struct told *told, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++)
		if (told[i].to == STATE_CLOSE_WAIT && told[i + 1].role == told[i].role &&
			told[i + 1].t_ns - told[i].t_ns >= HELD_NS)
			return true;
	return false;
}

bool fold_folds(const struct model_build *build, enum interest interest)
{
	return interest == INTEREST_NONE ||
	       build->kept_now > (interest == INTEREST_OPEN ? KEPT_OPEN : KEPT_MOST);
}

/* Is the socket one of which nothing more is to come: closed, or never open? */
static bool is_over(uint8_t state)
{
	return state == STATE_CLOSED || state == STATE_TIME_WAIT || state == STATE_SYN_SENT ||
	       state == STATE_SYN_RECV;
}

/* What a finding may be about is worth keeping: whoever adds one looks here, and at
 * findings_unremarkable(). So is what a table of sockets shows. */
static enum interest interest_of(
	const struct model *model, uint32_t index, const struct told *told, size_t count)
{
	const struct connection *connection = &model->connections[index];
	const struct run *run = &model->runs[model->run_count - 1];
	const struct mark *mark =
		model->mark_count > 0 ? &model->marks[model->mark_count - 1] : NULL;
	bool open = false;

	for (size_t i = 0; i < count; i++) {
		bool last = i + 1 == count || told[i + 1].role != told[i].role;

		open |= last && told[i].to == STATE_ESTABLISHED;
		if (told[i].kind == RECORD_CORRECTION ||
			(last && told[i].to != STATE_ESTABLISHED && !is_over(told[i].to)) ||
			(told[i].reason == REASON_CONNECTION_REFUSED && run->has_diag))
			return INTEREST_ODD;
	}
	if (fold_held_long(told, count))
		return INTEREST_ODD;
	if (mark != NULL && mark->run == model->run_count - 1 && connection->first_ns <= mark->t_ns)
		return INTEREST_ODD;
	if (connection->errors != 0 || run->has_calls || !findings_unremarkable(model, index))
		return INTEREST_ODD;
	return open ? INTEREST_OPEN : INTEREST_NONE;
}

/* ---- folding ---- */

void folded_number(uint32_t kept[FOLDED_NUMBERS], uint32_t number)
{
	if (kept[FOLDED_NUMBERS - 1] != 0 && number > kept[FOLDED_NUMBERS - 1])
		return; /* as almost always: they come in order */
	for (size_t i = 0; i < FOLDED_NUMBERS && number != 0; i++) {
		uint32_t pushed = kept[i];

		if (pushed == 0 || number < pushed) {
			kept[i] = number;
			number = pushed;
		}
	}
}

static void drop(struct model *model, uint32_t index)
{
	struct model_build *build = model->build;
	struct connection *connection = &model->connections[index];
	uint32_t next;

	for (uint32_t at = connection->first_transition; at != 0; at = next) {
		struct transition *transition = &model->transitions[at - 1];

		next = transition->next;
		transition->record.kind = RECORD_KIND_MAX; /* nobody's */
		transition->record.id = 0;
		transition->next = build->transitions_free;
		build->transitions_free = at;
	}
	for (uint32_t at = connection->first_correction; at != 0; at = next) {
		next = model->corrections[at - 1].next;
		model->corrections[at - 1].record.kind = RECORD_KIND_MAX;
		build->corrections_dropped = true;
	}
	findings_forget(model, index);
	pending_rows_drop(build, connection->serial);
	model_rungs_forget(model, connection);
	build->by_serial[connection->serial] = SERIAL_FOLDED;
	memset(connection, 0, sizeof(*connection));
	connection->first_transition = build->connections_free;
	build->connections_free = index + 1;
	build->kept_now--;
}

void model_on_farewell(struct model *model, model_farewell *call, void *context)
{
	model->build->farewell = call;
	model->build->farewell_context = context;
}

static int compare_steps(const void *left, const void *right, void *context)
{
	const struct model *model = context;
	const struct step *a = left, *b = right;
	int64_t x = model_step_time(model, a), y = model_step_time(model, b);

	if (x != y)
		return x < y ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind - b->kind;
	if (a->kind == STEP_CORRECTION)
		return (a->index > b->index) - (a->index < b->index);
	return model->transitions[a->index].record.id < model->transitions[b->index].record.id ? -1
											       : 1;
}

/* The last that is seen of it. What is not kept has no equal corrections folded: each is one. */
void fold_farewell(struct model *model, uint32_t index)
{
	struct connection *connection = &model->connections[index];
	struct step steps[4 * STEPS_MAX];
	size_t count = 0;

	connection_end(model, connection);
	for (uint32_t at = connection->first_correction; at != 0 && count < STEPS_MAX;
		at = model->corrections[at - 1].next) {
		struct correction *correction = &model->corrections[at - 1];

		correction->frames = &correction->record.frame;
		correction->refuting_frames = &correction->record.refuting_frame;
		correction->refuting_diags = &correction->record.diag_frame;
		correction->refuted_times = &correction->record.t_ns;
		steps[count++] = (struct step){STEP_CORRECTION, at - 1};
	}
	for (uint32_t at = connection->first_transition; at != 0 && count < 4 * STEPS_MAX;
		at = model->transitions[at - 1].next) {
		const struct record *record = &model->transitions[at - 1].record;

		if (record->kind == RECORD_TRANSITION)
			steps[count++] = (struct step){STEP_TRANSITION, at - 1};
	}
	newest_first_sort(steps, count, sizeof(*steps), compare_steps, model);
	for (size_t i = 0; i < count; i++)
		if (steps[i].kind == STEP_TRANSITION) {
			const struct record *record = &model->transitions[steps[i].index].record;

			connection->state[record->side & 1] = record->to;
		}
	model->build->farewell(model->build->farewell_context, model, index, steps, count);
	for (uint32_t at = connection->first_correction; at != 0;
		at = model->corrections[at - 1].next) {
		struct correction *correction = &model->corrections[at - 1];

		correction->frames = correction->refuting_frames = correction->refuting_diags =
			NULL;
		correction->refuted_times = NULL;
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

void fold_settled(struct model *model, const struct record *record)
{
	struct model_build *build = model->build;
	uint32_t *place =
		record->serial < build->by_serial_size ? &build->by_serial[record->serial] : NULL;
	uint32_t slot;
	struct told told[STEPS_MAX];

	build->held_known = 0;
	if (build->held_count > 0 && told_alike(model, record))
		return;
	told_release(model);
	if (place != NULL && pending_is(*place))
		pending_replay(model, place, record);
	slot = place != NULL ? *place : 0;
	if (build->several || slot == 0 || slot == SERIAL_FOLDED || build->kept_first == SIZE_MAX)
		return;
	uint32_t index = slot - 1;
	struct connection *connection = &model->connections[index];
	size_t count = steps_gather(model, connection, told);
	if (connection->folded != NULL || connection->settled || connection->serial == build->only)
		return; /* others count on it, or it was kept */
	connection->settled = true;
	enum interest interest =
		count != SIZE_MAX ? interest_of(model, index, told, count) : INTEREST_ODD;
	if (!fold_folds(build, interest))
		return;
	if (count == SIZE_MAX)
		count = 0;
	uint64_t hash = kind_hash(model, connection, told, count);
	uint32_t like = index_map_find(&build->folds, hash, is_like, model, NULL);
	if (like == INDEX_NONE && build->folds.count < FOLDS_MAX) {
		if (!index_map_put(&build->folds, hash, index))
			build->failed = true;
		return;
	}
	if (connection->serial <= build->kept_first)
		return;
	struct folded *into = like == INDEX_NONE ? &model->others : folded_of(model, like);
	if (into == NULL)
		return;
	if (like != INDEX_NONE)
		alike_learn(model, record, index, like, told, count, interest);
	sums_take(model, into, connection, told, count,
		like != INDEX_NONE &&
			(model->connections[like].client == 1) != (connection->client == 1));
	if (build->farewell != NULL)
		fold_farewell(model, index);
	drop(model, index);
}

void fold_late(struct model *model, const struct record *record)
{
	struct edge_taken *edge =
		&model->build->taken[record->from % STATE_MAX][record->to % STATE_MAX];

	edge->count[record->evidence % EVIDENCE_MAX]++;
	edge->causes |= (uint8_t)(1 << record->cause);
	model->summary.transitions[record->evidence % EVIDENCE_MAX]++;
	model->states[record->to % STATE_MAX].entered++;
}

uint64_t model_claims(const struct model *model, const struct correction *correction)
{
	if (correction->record.listener)
		return correction->count;
	return correction->count *
	       (uint64_t)connection_weight(&model->connections[correction->index]);
}
