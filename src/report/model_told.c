/* Where the kernel was asked, what a connection is like shows only when its steps are told: they
 * are held until it settles. If they and its segments and rows, in sum, are those of one that was
 * folded, it is folded as well and never gets a place in the model. */
#include <string.h>

#include "findings.h"
#include "tcpstate/hash.h"

static bool is_waiting(const struct model_build *build, uint32_t serial)
{
	return serial != 0 && serial < build->by_serial_size &&
	       pending_is(build->by_serial[serial]);
}

bool told_hold(struct model *model, const struct record *record)
{
	struct model_build *build = model->build;

	if (record->listener || build->farewell != NULL || model->mark_count > 0 ||
		!model->runs[model->run_count - 1].has_diag || !is_waiting(build, record->serial))
		return false;
	if (build->held_count == ALIKE_STEPS ||
		(build->held_count > 0 && build->held[0].serial != record->serial)) {
		told_release(model);
		return false;
	}
	build->held[build->held_count] = *record;
	build->held[build->held_count++].event = NULL;
	return true;
}

void told_release(struct model *model)
{
	struct model_build *build = model->build;
	size_t count = build->held_count;

	if (count == 0)
		return;
	build->held_count = 0;
	build->held_known = count;
	pending_replay(model, &build->by_serial[build->held[0].serial], &build->held[0]);
	for (size_t i = 0; i < count; i++)
		model_transition(model, &build->held[i]);
}

/* Steps but for their times, what was seen between them, and of whom: what kind_hash() of
 * model_kinds.c sums up follows from it. */
static uint64_t hash_of(const struct model_build *build, const struct record *settled,
	const struct pending_sum *sum)
{
	uint64_t word[8 + ALIKE_STEPS];
	size_t count = 0;

	word[count++] = sum->pattern;
	word[count++] = (uint64_t)settled->key.port_be[sum->server] |
			(uint64_t)settled->key.family << 16 |
			(uint64_t)(settled->local_sides | sum->local_sides) << 24 |
			(uint64_t)sum->server << 32 | (uint64_t)build->held_count << 40;
	memcpy(&word[count], settled->key.addr[sum->server], sizeof(settled->key.addr[0]));
	count += sizeof(settled->key.addr[0]) / sizeof(*word);
	for (size_t i = 0; i < build->held_count; i++) {
		const struct record *held = &build->held[i];

		word[count++] = (uint64_t)(held->side & 1) | (uint64_t)held->from << 8 |
				(uint64_t)held->to << 16 | (uint64_t)held->cause << 24 |
				(uint64_t)held->evidence << 32 | (uint64_t)held->reason.code << 40;
	}
	uint64_t hash = hash_words(word, count);
	return hash != 0 ? hash : 1;
}

/* Short, and each end's steps in order of time: nothing waited for long, and nobody can tell by
 * when it happened. */
static bool is_brief(const struct model_build *build, const struct pending_sum *sum)
{
	int64_t newest_ns = sum->newest_ns, before_ns[2] = {INT64_MIN, INT64_MIN};

	for (size_t i = 0; i < build->held_count; i++) {
		const struct record *held = &build->held[i];

		if (held->t_ns < before_ns[held->side & 1] || held->t_ns < sum->first_ns)
			return false;
		before_ns[held->side & 1] = held->t_ns;
		if (held->t_ns > newest_ns)
			newest_ns = held->t_ns;
	}
	return newest_ns - sum->first_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS;
}

bool told_alike(struct model *model, const struct record *settled)
{
	struct model_build *build = model->build;
	struct pending_sum sum;
	int64_t at[ALIKE_STEPS];

	build->alike_hash = 0;
	if (settled->serial != build->held[0].serial || !is_waiting(build, settled->serial) ||
		settled->serial == build->only || model->mark_count > 0)
		return false;
	pending_sum(build, build->by_serial[settled->serial], &sum);
	if (sum.odd || !is_brief(build, &sum))
		return false;
	build->alike_hash = hash_of(build, settled, &sum);
	build->alike_serial = settled->serial;
	build->alike_server = sum.server;
	for (size_t i = 0; i < build->held_count; i++) {
		at[i] = build->held[i].t_ns;
		if (at[i] > sum.last_ns)
			sum.last_ns = at[i];
	}
	struct alike_kind *kind = alike_kind_of(model, build->alike_hash, at);
	struct alike alike = {.key = settled->key,
		.serial = settled->serial,
		.local_sides = settled->local_sides | sum.local_sides};
	if (kind == NULL || !alike_take(model, kind, &alike, &sum))
		return false;
	build->held_count = 0;
	return true;
}

bool model_brief(void *context, const struct brief *brief)
{
	struct model *model = context;

	if (model->build->held_count > 0)
		told_release(model);
	return pending_brief(model, brief);
}

bool model_alike(void *context, const struct alike *alike)
{
	struct model *model = context;

	if (model->build->held_count > 0)
		told_release(model);
	return alike_told(model, alike);
}
