/* What the model needs only while records come in, and the steps of finishing it. Private to src/core/model*.c. */
#ifndef TCPSTATE_MODEL_BUILD_H
#define TCPSTATE_MODEL_BUILD_H

#include "index_map.h"
#include "tcpstate/model.h"

struct cookie_owner {
	uint64_t cookie;
	uint32_t inode;
	uint16_t run;
}; /* the last descriptor a socket was seen with */
struct inode_owner {
	struct owner owner;
	uint16_t run;
};

/* A segment that may be found again in another recording. */
struct kept_segment {
	int64_t t_ns;
	uint32_t connection, seq, ack, len;
	uint8_t flags, side;
};
enum { KEPT_OF_CONNECTION = 64 };

struct model_build {
	bool several;
	struct kept_segment *kept;
	size_t kept_count;
	uint32_t *by_id;
	size_t by_id_size; /* record id -> transition index + 1, of the current run */
	uint32_t *by_serial;
	size_t by_serial_size; /* connection number -> connection index + 1, likewise */
	struct index_map listeners, cookies, inodes;
	struct cookie_owner *cookie;
	size_t cookie_count;
	struct inode_owner *inode;
	size_t inode_count;
	uint32_t marks;           /* of the current run */
	bool dump_ended;          /* the current mark's */
	uint8_t *listening_ports; /* a bitmap per run, once the records are in */
	bool failed;              /* out of memory: model_finish() says so */
};

/* Room for one more in an array: it doubles whenever its count is a power of two, so no capacity is kept. Returns the array; when
 * out of memory, unchanged, and build->failed is set. */
void *model_room(struct model *model, void *array, size_t count, size_t item_size);
/* The new, zeroed last item of array[count] (the caller counts it), or NULL. */
#define PUSH(model, array, count)                                                                                                \
	((array) = model_room((model), (array), (count), sizeof(*(array))), (model)->build->failed ? NULL : &(array)[count])

uint32_t model_listener(struct model *model, const struct flow_key *key, int64_t t_ns);         /* INDEX_NONE: out of memory */
const struct owner *model_inode_owner(const struct model *model, uint16_t run, uint32_t inode); /* NULL: unknown */
void model_remember_cookie(struct model *model, const struct sockrow *row);
uint32_t model_cookie_inode(const struct model *model, uint16_t run, uint64_t cookie); /* 0: unknown */

bool model_port_listens(const struct model *model, uint16_t run, uint16_t port_be); /* after model_connections() began */

void connection_segment(struct connection *connection, const struct record *record);
void connection_transition(struct connection *connection, const struct record *record);

void check_table_clear(struct check_table *table);

/* The hop is nearer to the client (-1), to the server (1), or it cannot be told (0). */
int path_compare(const struct model *model, const struct path *path, size_t a, size_t b);

/* Each false: out of memory. In this order. */
bool model_paths(struct model *model);       /* the same connection in several runs, or on both sides of a translation */
bool model_clocks(struct model *model);      /* shift the runs' times where causality asks for it */
bool model_order(struct model *model);       /* drop withdrawn edges, sort, fold corrections */
bool model_timelines(struct model *model);   /* steps of connections and listeners */
bool model_path_steps(struct model *model);
bool model_connections(struct model *model); /* last states, clients, owners */
bool model_phases(struct model *model);      /* marks' tables */
bool model_tables(struct model *model);      /* grids of checks */
bool model_shapes(struct model *model);
bool model_edges(struct model *model);       /* the state diagram as it was taken */

#endif
