/* What the kernel's connection tracking holds of TCP in this network namespace: a router that
 * translates addresses has no sockets, only this. */
#ifndef TCPSTATE_CONNTRACK_H
#define TCPSTATE_CONNTRACK_H

#include "tcpstate/error.h"
#include "tcpstate/flow.h"

struct conntrack_entry {
	/* [0] = source of the first packet; [0] = source of its answer: they mirror each other
	 * unless translated */
	struct flow_key original, reply;
	/* of its own machine, which watches packets in both directions: "ESTABLISHED", "FIN_WAIT"
	 */
	const char *state;
};

typedef void conntrack_emit(void *context, const struct conntrack_entry *entry);
/* Each TCP entry once. 0, or -1: not to be had (no module, no CAP_NET_ADMIN over the namespace). */
int conntrack_read(conntrack_emit *emit, void *context, struct error *error);

#endif
