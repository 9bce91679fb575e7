/* What makes a connection one of a kind, and what makes it worth keeping. Private to src/report/;
 * used where connections are folded. */
#ifndef TCPSTATE_MODEL_KINDS_H
#define TCPSTATE_MODEL_KINDS_H

#include "model_build.h"

enum { KIND_STEPS_MAX = 64 }; /* a longer story is like no other */
/* What came newest first, and is in order but for a few: turned round, then those few move. Items
 * of at most 32 bytes. */
void kind_sort(void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *, void *), void *context);
/* Its steps in order, each end's by itself, for the two race; SIZE_MAX: more than
 * told[KIND_STEPS_MAX] takes. */
size_t kind_steps(
	const struct model *model, const struct connection *connection, struct told *told);
/* The same for those of a kind. */
uint64_t kind_hash(const struct model *model, const struct connection *connection,
	const struct told *told, size_t count);
/* What of the connection with this index is worth keeping it for. */
enum interest kind_interest(
	const struct model *model, uint32_t index, const struct told *told, size_t count);
/* It waited in CLOSE_WAIT for longer than is ordinary. */
bool kind_held_long(const struct told *told, size_t count);

#endif
