/* The addresses of this network namespace, as they are and as they change: they tell which end of a
 * connection is local. */
#ifndef TCPSTATE_ADDRESSES_H
#define TCPSTATE_ADDRESSES_H

#include <jansson.h>

#include "tcpstate/source.h"

struct addresses;
/* Subscribe to changes, then list what is there: nothing is missed in between. */
struct addresses *addresses_new(struct error *error);
void addresses_free(struct addresses *addresses);
int addresses_fd(const struct addresses *addresses);
/* Read what changed since; emit an EVENT_ADDRESS for each. 0, -1 on error. */
int addresses_dispatch(
	struct addresses *addresses, event_emit *emit, void *context, struct error *error);
/* Those known now, as events of time t_ns, or as a JSON array of texts. */
void addresses_emit(
	const struct addresses *addresses, int64_t t_ns, event_emit *emit, void *context);
json_t *addresses_json(const struct addresses *addresses);

#endif
