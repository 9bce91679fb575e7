/* Looks up paths by client ISN. Usually one or two have the same; where many do (toy stacks, edited
 * captures), going through them for each connection would be quadratic. Then a path is found by all
 * that must agree: its name (the second ISN, or a timestamp, or the ports), and either its 4-tuple
 * or, behind a translator, its run and time with another hop limit. */
#include "path_index.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 16 /* of one ISN are gone through */ };

/* What of a connection must agree beside its 4-tuple or hop limit. A SYN without answer is compared
 * with one that has its answer by the SYN alone. */
enum name_kind { NAME_BOTH, NAME_UNANSWERED, NAME_ANSWERED };
struct name {
	uint32_t kind, isn;
	uint64_t rest;
};
struct path_group { /* of one name, run and hop limit */
	struct name name;
	uint32_t first, next; /* path; index + 1 of the next group of that name */
	uint16_t run;
	uint8_t hop_limit;
};
/* Paths of a group whose SYNs came within one second. The first path not before (not after) a time
 * is among those that came later (earlier) than all paths before them. */
struct path_second {
	int64_t second;
	uint32_t group, first;
	uint32_t *later, *earlier; /* behind the first one, in the order of paths */
	size_t later_count, earlier_count;
};
struct look { /* what a map's entry is compared with */
	const struct path_index *index;
	const struct model *model;
	const struct connection *connection;
	struct name name;
	uint32_t group;
	int64_t second;
};

static const struct connection *first_hop(const struct model *model, uint32_t path)
{
	return &model->connections[model->paths[path].hops[0]];
}

/* ---- names ---- */

static bool is_answered(const struct connection *connection)
{
	return connection->has_isn[!connection->client];
}

static struct name name_of(const struct connection *connection, enum name_kind kind)
{
	int client = connection->client;
	struct name name = {kind, connection->isn[client], 0};

	if (kind == NAME_BOTH)
		name.rest = connection->isn[!client];
	else if (connection->has_syn_ts)
		name.rest = (uint64_t)1 << 32 | connection->syn_ts;
	else
		name.rest = (uint64_t)connection->key.port_be[client] << 16 |
			    connection->key.port_be[!client];
	return name;
}

static bool name_equal(const struct name *a, const struct name *b)
{
	return a->kind == b->kind && a->isn == b->isn && a->rest == b->rest;
}

static uint64_t name_hash(const struct name *name)
{
	return index_hash(name, sizeof(*name), 0);
}

/* ---- entries ---- */

static bool isn_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct look *look = context;
	const struct connection *hop = first_hop(look->model, look->index->isns[index].first);

	return hop->isn[hop->client] == *(const uint32_t *)wanted;
}

static bool key_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct look *look = context, *about = wanted;
	const struct connection *hop = first_hop(look->model, index);
	struct name name = name_of(hop, about->name.kind);

	return (about->name.kind == NAME_UNANSWERED) == !is_answered(hop) &&
	       name_equal(&name, &about->name) &&
	       flow_key_equal(&hop->key, &about->connection->key);
}

static bool group_named(const void *context, uint32_t index, const void *wanted)
{
	const struct look *look = context, *about = wanted;

	return name_equal(&look->index->groups[index].name, &about->name);
}

static bool second_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct look *look = context, *about = wanted;
	const struct path_second *at = &look->index->seconds[index];

	return at->group == about->group && at->second == about->second;
}

static uint64_t key_hash(const struct look *look)
{
	return index_hash(
		&look->connection->key, sizeof(look->connection->key), name_hash(&look->name));
}

static uint64_t second_hash(const struct look *look)
{
	return index_hash(&look->second, sizeof(look->second), look->group + 1u);
}

static int64_t second_of(int64_t t_ns)
{
	return t_ns / FORWARDED_WITHIN_NS - (t_ns % FORWARDED_WITHIN_NS < 0);
}

/* ---- finding ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The first path of that second with from_ns <= SYN <= to_ns, one of which is not within the
 * second. */
static uint32_t in_second(const struct look *look, int64_t from_ns, int64_t to_ns)
{
	uint32_t found = index_map_find(
		&look->index->by_second, second_hash(look), second_equal, look, look);
	if (found == INDEX_NONE)
		return INDEX_NONE;
	const struct path_second *at = &look->index->seconds[found];
	int64_t first_ns = first_hop(look->model, at->first)->syn_ns;
	if (first_ns >= from_ns && first_ns <= to_ns)
		return at->first;
	bool later = first_ns < from_ns;
	const uint32_t *path = later ? at->later : at->earlier;
	size_t low = 0, count = later ? at->later_count : at->earlier_count, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int64_t t_ns = first_hop(look->model, path[middle])->syn_ns;

		if (later ? t_ns < from_ns : t_ns > to_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count ? path[low] : INDEX_NONE;
}

/* Nearer to the client: its SYN came before this one; farther: with it, or after. */
static uint32_t in_group(struct look *look, const struct path_group *group)
{
	int64_t t_ns = look->connection->syn_ns;
	bool before = group->hop_limit > look->connection->syn_hop_limit;
	int64_t from_ns = before ? t_ns - FORWARDED_WITHIN_NS : t_ns,
		to_ns = before ? t_ns - 1 : t_ns + FORWARDED_WITHIN_NS;

	look->group = (uint32_t)(group - look->index->groups);
	look->second = second_of(from_ns);
	uint32_t found = in_second(look, from_ns, INT64_MAX);
	look->second = second_of(to_ns);
	return least(found, in_second(look, INT64_MIN, to_ns));
}

static uint32_t named(struct look *look, enum name_kind kind)
{
	const struct path_index *index = look->index;
	const struct connection *connection = look->connection;

	look->name = name_of(connection, kind);
	uint32_t best = index_map_find(&index->by_key, key_hash(look), key_equal, look, look);
	uint32_t at =
		index_map_find(&index->by_name, name_hash(&look->name), group_named, look, look);
	while (at != INDEX_NONE && index->groups[at].first < best) {
		const struct path_group *group = &index->groups[at];

		if (group->hop_limit != connection->syn_hop_limit)
			best = least(best, group->run != connection->run ? group->first
									 : in_group(look, group));
		at = group->next - 1;
	}
	return best;
}

uint32_t path_index_find(const struct path_index *index, const struct model *model,
	const struct connection *connection)
{
	struct look look = {.index = index, .model = model, .connection = connection};
	uint32_t isn = connection->isn[connection->client];
	uint32_t at = index_map_find(
		&index->by_isn, index_hash(&isn, sizeof(isn), 0), isn_equal, &look, &isn);

	if (at == INDEX_NONE)
		return INDEX_NONE;
	if (index->isns[at].count > FEW)
		return least(named(&look, NAME_UNANSWERED),
			named(&look, is_answered(connection) ? NAME_BOTH : NAME_ANSWERED));
	for (uint32_t path = index->isns[at].first; path != INDEX_NONE; path = index->next[path])
		if (same_connection(first_hop(model, path), connection))
			return path;
	return INDEX_NONE;
}

/* ---- adding ---- */

static bool second_add(
	struct look *look, struct path_index *index, struct model *model, uint32_t path)
{
	look->second = second_of(look->connection->syn_ns);
	uint32_t found =
		index_map_find(&index->by_second, second_hash(look), second_equal, look, look);
	if (found == INDEX_NONE) {
		struct path_second *new = PUSH(model, index->seconds, index->second_count);
		if (new == NULL || !index_map_put(&index->by_second, second_hash(look),
					   (uint32_t)index->second_count))
			return false;
		*new = (struct path_second){
			.second = look->second, .group = look->group, .first = path};
		index->second_count++;
		return true;
	}
	struct path_second *at = &index->seconds[found];
	int64_t t_ns = look->connection->syn_ns;
	uint32_t latest = at->later_count > 0 ? at->later[at->later_count - 1] : at->first,
		 earliest = at->earlier_count > 0 ? at->earlier[at->earlier_count - 1] : at->first;
	uint32_t *more = &path;

	if (t_ns > first_hop(model, latest)->syn_ns) {
		more = PUSH(model, at->later, at->later_count);
		at->later_count += more != NULL;
	} else if (t_ns < first_hop(model, earliest)->syn_ns) {
		more = PUSH(model, at->earlier, at->earlier_count);
		at->earlier_count += more != NULL;
	}
	if (more != NULL)
		*more = path;
	return more != NULL;
}

/* The group of this name, run and hop limit, made if need be; groups stand in the order of their
 * first paths. */
static bool group_add(
	struct look *look, struct path_index *index, struct model *model, uint32_t path)
{
	const struct connection *connection = look->connection;
	uint64_t hash = name_hash(&look->name);
	uint32_t at = index_map_find(&index->by_name, hash, group_named, look, look),
		 last = INDEX_NONE;

	for (; at != INDEX_NONE; last = at, at = index->groups[at].next - 1)
		if (index->groups[at].run == connection->run &&
			index->groups[at].hop_limit == connection->syn_hop_limit)
			break;
	if (at == INDEX_NONE) {
		struct path_group *group = PUSH(model, index->groups, index->group_count);

		at = (uint32_t)index->group_count;
		if (group == NULL ||
			(last == INDEX_NONE && !index_map_put(&index->by_name, hash, at)))
			return false;
		*group = (struct path_group){.name = look->name,
			.first = path,
			.run = connection->run,
			.hop_limit = connection->syn_hop_limit};
		index->group_count++;
		if (last != INDEX_NONE)
			index->groups[last].next = at + 1;
	}
	look->group = at;
	return second_add(look, index, model, path);
}

static bool name_add(
	struct path_index *index, struct model *model, uint32_t path, enum name_kind kind)
{
	const struct connection *connection = first_hop(model, path);
	struct look look = {.index = index,
		.model = model,
		.connection = connection,
		.name = name_of(connection, kind)};
	uint64_t hash = key_hash(&look);

	return group_add(&look, index, model, path) &&
	       (index_map_find(&index->by_key, hash, key_equal, &look, &look) != INDEX_NONE ||
		       index_map_put(&index->by_key, hash, path));
}

static bool names_add(struct path_index *index, struct model *model, uint32_t path)
{
	return is_answered(first_hop(model, path))
		       ? name_add(index, model, path, NAME_BOTH) &&
				 name_add(index, model, path, NAME_ANSWERED)
		       : name_add(index, model, path, NAME_UNANSWERED);
}

bool path_index_add(
	struct path_index *index, struct model *model, const struct connection *connection)
{
	struct look look = {.index = index, .model = model};
	uint32_t isn = connection->isn[connection->client], path = (uint32_t)index->next_count;
	uint64_t hash = index_hash(&isn, sizeof(isn), 0);
	uint32_t at = index_map_find(&index->by_isn, hash, isn_equal, &look, &isn);
	uint32_t *next = PUSH(model, index->next, index->next_count);

	if (next == NULL)
		return false;
	*next = INDEX_NONE;
	index->next_count++;
	if (at == INDEX_NONE) {
		struct alike_isn *new = PUSH(model, index->isns, index->isn_count);
		if (new == NULL || !index_map_put(&index->by_isn, hash, (uint32_t)index->isn_count))
			return false;
		*new = (struct alike_isn){path, path, 1};
		index->isn_count++;
		return true;
	}
	struct alike_isn *alike = &index->isns[at];
	index->next[alike->last] = path;
	alike->last = path;
	if (++alike->count < FEW + 1)
		return true;
	uint32_t from = alike->count == FEW + 1 ? alike->first : path; /* all, when they get many */
	bool ok = true;
	for (; ok && from != INDEX_NONE; from = index->next[from])
		ok = names_add(index, model, from);
	return ok;
}

void path_index_free(struct path_index *index)
{
	index_map_free(&index->by_isn);
	index_map_free(&index->by_key);
	index_map_free(&index->by_name);
	index_map_free(&index->by_second);
	for (size_t i = 0; i < index->second_count; i++) {
		free(index->seconds[i].later);
		free(index->seconds[i].earlier);
	}
	free(index->seconds);
	free(index->groups);
	free(index->isns);
	free(index->next);
}
