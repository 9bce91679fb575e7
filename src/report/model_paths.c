/* One connection seen from several places: a translation of addresses and ports (NAT) leaves the
 * initial sequence numbers as they are, so that two connections of different runs, or of different
 * 4-tuples, with the same client ISN and server ISN are one. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

enum { HOPS_MAX = 32 };
static const int64_t forwarded_within_ns = 1000000000;

/* ---- matching ---- */

/* Numbers can repeat (toy stacks, edited captures). Between two 4-tuples there is a router: the SYN
 * has lost of its hop limit there, and one capture of both sides shows it twice in a row. */
static bool may_be_translated(const struct connection *a, const struct connection *b)
{
	int64_t apart = a->syn_ns - b->syn_ns;

	if (flow_key_equal(&a->key, &b->key))
		return true;
	if (a->syn_hop_limit == b->syn_hop_limit)
		return false;
	return a->run != b->run || (apart <= forwarded_within_ns && apart >= -forwarded_within_ns &&
					   (apart < 0) == (a->syn_hop_limit > b->syn_hop_limit));
}

/* A SYN without answer has one number only: its timestamp, or else both ports, must agree as well.
 */
static bool same_connection(const struct connection *a, const struct connection *b)
{
	int client_a = a->client, client_b = b->client;

	if (a->ends[client_a].isn != b->ends[client_b].isn || !may_be_translated(a, b))
		return false;
	if (a->ends[!client_a].has_isn && b->ends[!client_b].has_isn)
		return a->ends[!client_a].isn == b->ends[!client_b].isn;
	if (a->has_syn_ts != b->has_syn_ts)
		return false;
	if (a->has_syn_ts)
		return a->syn_ts == b->syn_ts;
	return a->key.port_be[client_a] == b->key.port_be[client_b] &&
	       a->key.port_be[!client_a] == b->key.port_be[!client_b];
}

/* In one recording a connection is met once per 4-tuple. */
static bool path_holds(
	const struct model *model, const struct path *path, const struct connection *connection)
{
	for (size_t i = 0; i < path->hop_count; i++) {
		const struct connection *hop = &model->connections[path->hops[i]];

		if (hop->run == connection->run && flow_key_equal(&hop->key, &connection->key))
			return true;
	}
	return false;
}

/* ---- gathering ---- */

struct shared_isn { /* the connections whose clients began with it */
	uint32_t isn, connections;
	uint32_t first, last; /* paths of theirs */
};
struct gathering {
	struct model *model;
	struct index_map by_isn, by_key;
	struct shared_isn *isns;
	size_t isn_count;
	uint32_t *next; /* by path: the next one of that ISN, in the order of paths */
	size_t next_count;
};

static bool has_client_isn(const struct connection *connection)
{
	return connection->client != -1 && connection->ends[connection->client].has_isn;
}

static bool isn_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct gathering *all = context;

	return all->isns[index].isn == *(const uint32_t *)wanted;
}

static uint32_t isn_find(const struct gathering *all, uint32_t isn, uint64_t *hash)
{
	*hash = index_hash(&isn, sizeof(isn), 0);
	return index_map_find(&all->by_isn, *hash, isn_equal, all, &isn);
}

static bool isn_count(struct gathering *all, uint32_t isn)
{
	uint64_t hash;
	uint32_t at = isn_find(all, isn, &hash);

	if (at == INDEX_NONE) {
		struct shared_isn *new = PUSH(all->model, all->isns, all->isn_count);
		at = (uint32_t)all->isn_count;
		if (new == NULL || !index_map_put(&all->by_isn, hash, at))
			return false;
		*new = (struct shared_isn){.isn = isn, .first = INDEX_NONE, .last = INDEX_NONE};
		all->isn_count++;
	}
	all->isns[at].connections++;
	return true;
}

static const struct connection *first_hop(const struct model *model, uint32_t path)
{
	return &model->connections[model->paths[path].hops[0]];
}

static bool key_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct gathering *all = context;
	const struct connection *hop = first_hop(all->model, index), *connection = wanted;

	return flow_key_equal(&hop->key, &connection->key) && same_connection(hop, connection);
}

/* A number that more connections share than a path can have hops tells none from another (toy
 * stacks): of those only the same 4-tuple is the same connection. */
static bool is_common(const struct shared_isn *isn)
{
	return isn->connections > HOPS_MAX;
}

static uint64_t key_hash(const struct connection *connection, uint64_t isn_hash)
{
	return index_hash(&connection->key, sizeof(connection->key), isn_hash);
}

/* The first path whose first hop is this connection; INDEX_NONE: none. */
static uint32_t path_find(const struct gathering *all, const struct connection *connection)
{
	uint64_t hash;
	const struct shared_isn *isn =
		&all->isns[isn_find(all, connection->ends[connection->client].isn, &hash)];

	if (is_common(isn))
		return index_map_find(
			&all->by_key, key_hash(connection, hash), key_equal, all, connection);
	for (uint32_t path = isn->first; path != INDEX_NONE; path = all->next[path])
		if (same_connection(first_hop(all->model, path), connection))
			return path;
	return INDEX_NONE;
}

/* The newest path begins with this connection. */
static bool path_enter(struct gathering *all, const struct connection *connection)
{
	uint32_t *next = PUSH(all->model, all->next, all->next_count);
	uint32_t path = (uint32_t)all->next_count;
	uint64_t hash;
	struct shared_isn *isn =
		&all->isns[isn_find(all, connection->ends[connection->client].isn, &hash)];

	if (next == NULL)
		return false;
	*next = INDEX_NONE;
	all->next_count++;
	if (is_common(isn))
		return index_map_put(&all->by_key, key_hash(connection, hash), path);
	if (isn->first == INDEX_NONE)
		isn->first = path;
	else
		all->next[isn->last] = path;
	isn->last = path;
	return true;
}

static bool gather(struct gathering *all)
{
	struct model *model = all->model;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if (has_client_isn(connection) &&
			!isn_count(all, connection->ends[connection->client].isn))
			return false;
	}
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if (!has_client_isn(connection))
			continue;
		uint32_t at = path_find(all, connection);
		bool new = at == INDEX_NONE;

		if (new) {
			at = (uint32_t)model->path_count;
			if (PUSH(model, model->paths, model->path_count) == NULL)
				return false;
			model->path_count++;
		}
		struct path *path = &model->paths[at];
		if (path->hop_count == HOPS_MAX || path_holds(model, path, connection))
			continue;
		uint32_t *hop = PUSH(model, path->hops, path->hop_count);
		if (hop == NULL)
			return false;
		*hop = i;
		path->hop_count++;
		if (new && !path_enter(all, connection))
			return false;
	}
	return true;
}

static bool paths_gather(struct model *model)
{
	struct gathering all = {.model = model};
	bool ok = gather(&all);

	index_map_free(&all.by_isn);
	index_map_free(&all.by_key);
	free(all.isns);
	free(all.next);
	return ok;
}

/* What was met in one place only is no path. */
static void paths_keep(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->path_count; i++) {
		if (model->paths[i].hop_count > 1)
			model->paths[kept++] = model->paths[i];
		else
			free(model->paths[i].hops);
	}
	model->path_count = kept;
	for (uint32_t i = 0; i < kept; i++)
		for (size_t k = 0; k < model->paths[i].hop_count; k++)
			model->connections[model->paths[i].hops[k]].path = i;
}

/* ---- which hop comes first: the SYN's hop limit falls on the way; within one network the ends
 * tell ---- */

/* -1: the client's end is one of that namespace's own sockets and the server's is not; 1: the other
 * way round. */
static int hop_place(const struct connection *hop)
{
	bool client = hop->local_sides >> hop->client & 1,
	     server = hop->local_sides >> !hop->client & 1;

	return server - client;
}

int path_compare(const struct model *model, const struct path *path, size_t a, size_t b)
{
	const struct connection *x = &model->connections[path->hops[a]],
				*y = &model->connections[path->hops[b]];

	if (x->syn_hop_limit != y->syn_hop_limit)
		return x->syn_hop_limit > y->syn_hop_limit ? -1 : 1;
	return (hop_place(x) > hop_place(y)) - (hop_place(x) < hop_place(y));
}

/* By how many hops come before it: also right where not every two can be compared. Equal ones stay
 * as the runs were given. */
static void hops_sort(const struct model *model, struct path *path)
{
	uint32_t sorted[HOPS_MAX] = {0};
	size_t before[HOPS_MAX], at = 0;

	for (size_t i = 0; i < path->hop_count; i++) {
		before[i] = 0;
		for (size_t k = 0; k < path->hop_count; k++)
			before[i] += path_compare(model, path, k, i) < 0;
	}
	for (size_t count = 0; count < path->hop_count; count++)
		for (size_t i = 0; i < path->hop_count; i++)
			if (before[i] == count)
				sorted[at++] = path->hops[i];
	memcpy(path->hops, sorted, path->hop_count * sizeof(*sorted));
}

/* The first hop where the client's end is a socket of its own namespace, the last one where the
 * server's is. */
static void witnesses_choose(const struct model *model, struct path *path)
{
	path->witness[0] = path->hops[0];
	path->witness[1] = path->hops[path->hop_count - 1];
	for (size_t i = path->hop_count; i-- > 0;)
		if (hop_place(&model->connections[path->hops[i]]) < 0)
			path->witness[0] = path->hops[i];
	for (size_t i = 0; i < path->hop_count; i++)
		if (hop_place(&model->connections[path->hops[i]]) > 0)
			path->witness[1] = path->hops[i];
}

bool model_paths(struct model *model)
{
	if (!paths_gather(model))
		return false;
	paths_keep(model);
	for (size_t i = 0; i < model->path_count; i++) {
		hops_sort(model, &model->paths[i]);
		witnesses_choose(model, &model->paths[i]);
	}
	return true;
}

/* ---- the timeline of both ends ---- */

static int step_side(const struct model *model, const struct step *step)
{
	switch (step->kind) {
	case STEP_ERROR:
		return model->errors[step->index].side & 1;
	case STEP_CORRECTION:
		return model->corrections[step->index].record.side & 1;
	default:
		return model->transitions[step->index].record.side & 1;
	}
}

/* The next step of one end, from *at on; NULL: no more. */
static const struct step *end_step(
	const struct model *model, const struct path *path, int end, size_t *at)
{
	const struct connection *connection = &model->connections[path->witness[end]];

	for (; *at < connection->steps.count; ++*at)
		if (step_side(model, &connection->steps.item[*at]) ==
			(end == 0 ? connection->client : !connection->client))
			return &connection->steps.item[*at];
	return NULL;
}

bool model_path_steps(struct model *model)
{
	for (size_t i = 0; i < model->path_count; i++) {
		struct path *path = &model->paths[i];
		size_t at[2] = {0, 0};

		for (;;) {
			const struct step *client = end_step(model, path, 0, &at[0]),
					  *server = end_step(model, path, 1, &at[1]);

			if (client == NULL && server == NULL)
				break;
			bool first = server == NULL ||
				     (client != NULL && model_step_time(model, client) <=
								model_step_time(model, server));
			struct step *step = PUSH(model, path->steps.item, path->steps.count);
			if (step == NULL)
				return false;
			*step = first ? *client : *server;
			path->steps.count++;
			at[!first]++;
		}
	}
	return true;
}
