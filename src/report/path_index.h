/* Which path has met this connection elsewhere: by its client's ISN, and of many with the same one
 * by what else must agree. Private to src/report/. */
#ifndef TCPSTATE_PATH_INDEX_H
#define TCPSTATE_PATH_INDEX_H

#include "model_build.h"

/* A translator forwards within that time. */
enum { FORWARDED_WITHIN_NS = 1000000000 };

struct path_index {
	struct index_map by_isn;
	struct alike_isn { /* paths whose first hops have this client ISN */
		uint32_t first, last, count;
	} * isns;
	size_t isn_count;
	uint32_t *next; /* by path: the next one of that ISN, in the order of paths */
	size_t next_count;
	struct index_map by_key, by_name, by_second; /* of ISNs that many have */
	struct path_group *groups;
	size_t group_count;
	struct path_second *seconds;
	size_t second_count;
};

/* Are these one connection, seen in two places? (model_paths.c) */
bool same_connection(const struct connection *a, const struct connection *b);

/* The first path whose first hop is the same connection; INDEX_NONE: none. */
uint32_t path_index_find(const struct path_index *index, const struct model *model,
	const struct connection *connection);
/* The newest path, whose first hop is this connection. false: out of memory */
bool path_index_add(
	struct path_index *index, struct model *model, const struct connection *connection);
void path_index_free(struct path_index *index);

#endif
