/* What a connection is like: its steps in order, a hash that is the same for those of a kind, and
 * whether there is something about it that is worth keeping. */
#include "model_kinds.h"

#include <string.h>

#include "findings.h"

enum { STEP_BYTES = 8, SORTED_ITEM = 32 /* bytes, of what kind_sort() sorts */ };
_Static_assert(
	sizeof(struct told) <= SORTED_ITEM && sizeof(struct step) <= SORTED_ITEM, "an item fits");
/* shorter is ordinary */
static const int64_t HELD_NS = FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS;

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

void kind_sort(void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *, void *), void *context)
{
	char *at = items, moving[SORTED_ITEM];

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

size_t kind_steps(const struct model *model, const struct connection *connection, struct told *told)
{
	size_t count = 0;

	for (uint32_t at = connection->first_transition; at != 0;
		at = model->transitions[at - 1].next) {
		const struct record *record = &model->transitions[at - 1].record;

		if (record->kind != RECORD_TRANSITION) /* withdrawn */
			continue;
		if (count == KIND_STEPS_MAX)
			return SIZE_MAX;
		told[count++] = told_of(connection, record);
	}
	for (uint32_t at = connection->first_correction; at != 0;
		at = model->corrections[at - 1].next) {
		if (count == KIND_STEPS_MAX)
			return SIZE_MAX;
		told[count++] = told_of(connection, &model->corrections[at - 1].record);
	}
	kind_sort(told, count, sizeof(*told), compare_told, NULL);
	return count;
}

/* Of what is alike only connections of one server are folded, for findings go by server. */
uint64_t kind_hash(const struct model *model, const struct connection *connection,
	const struct told *told, size_t count)
{
	int server = connection->client == -1 ? 1 : !connection->client;
	uint8_t traits[] = {(uint8_t)(connection->client == -1), connection->midway,
		connection->syn_unanswered + connection->syn_pending > 0, connection->unreachable,
		connection->syn_ack_retransmissions > 0, connection->key.protocol,
		connection->key.family, connection_unseen(connection) != -1,
		(uint8_t)(connection->local_sides >> server & 1),
		(uint8_t)(connection->local_sides >> !server & 1)};
	uint8_t steps[KIND_STEPS_MAX * STEP_BYTES];
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

bool kind_held_long(const struct told *told, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++)
		if (told[i].to == STATE_CLOSE_WAIT && told[i + 1].role == told[i].role &&
			told[i + 1].t_ns - told[i].t_ns >= HELD_NS)
			return true;
	return false;
}

/* Is the socket one of which nothing more is to come: closed, or never open? */
static bool is_over(uint8_t state)
{
	return state == STATE_CLOSED || state == STATE_TIME_WAIT || state == STATE_SYN_SENT ||
	       state == STATE_SYN_RECV;
}

/* What a finding may be about is worth keeping: whoever adds one looks here, and at
 * findings_unremarkable(). So is what a table of sockets shows. */
enum interest kind_interest(
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
	if (kind_held_long(told, count))
		return INTEREST_ODD;
	if (mark != NULL && mark->run == model->run_count - 1 && connection->first_ns <= mark->t_ns)
		return INTEREST_ODD;
	if (connection->errors != 0 || run->has_calls || !findings_unremarkable(model, index))
		return INTEREST_ODD;
	return open ? INTEREST_OPEN : INTEREST_NONE;
}
