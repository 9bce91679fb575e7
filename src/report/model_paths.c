/* One connection seen from several places: a translation of addresses and ports (NAT) leaves the
 * initial sequence numbers as they are, so that two connections of different runs, or of different
 * 4-tuples, with the same client ISN and server ISN are one. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

#include "path_index.h"

enum { HOPS_MAX = 32 };

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
	return a->run != b->run || (apart <= FORWARDED_WITHIN_NS && apart >= -FORWARDED_WITHIN_NS &&
					   (apart < 0) == (a->syn_hop_limit > b->syn_hop_limit));
}

/* A SYN without answer has one number only: its timestamp, or else both ports, must agree as well.
 */
bool same_connection(const struct connection *a, const struct connection *b)
{
	int client_a = a->client, client_b = b->client;

	if (a->isn[client_a] != b->isn[client_b] || !may_be_translated(a, b))
		return false;
	if (a->has_isn[!client_a] && b->has_isn[!client_b])
		return a->isn[!client_a] == b->isn[!client_b];
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

static bool paths_gather(struct model *model)
{
	struct path_index index = {0};
	bool ok = true;

	for (uint32_t i = 0; i < model->connection_count && ok; i++) {
		const struct connection *connection = &model->connections[i];

		if (connection->client == -1 || !connection->has_isn[connection->client])
			continue;
		uint32_t at = path_index_find(&index, model, connection);
		bool new = at == INDEX_NONE;

		if (new) {
			at = (uint32_t)model->path_count;
			ok = PUSH(model, model->paths, model->path_count) != NULL;
			model->path_count += ok;
		}
		if (!ok || model->paths[at].hop_count == HOPS_MAX ||
			path_holds(model, &model->paths[at], connection))
			continue;
		uint32_t *hop = PUSH(model, model->paths[at].hops, model->paths[at].hop_count);
		ok = hop != NULL;
		if (ok) {
			*hop = i;
			model->paths[at].hop_count++;
		}
		ok = ok && (!new || path_index_add(&index, model, connection));
	}
	path_index_free(&index);
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
