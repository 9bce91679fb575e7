/* A default route for a sealed namespace. */
#ifndef TCPSTATE_ROUTES_H
#define TCPSTATE_ROUTES_H

#include "tcpstate/error.h"

/* In the namespace of this process: every address that is not its own is reached through lo, from
 * the loopback address, and what is sent there comes to nobody. IPv6 too, where there is any. 0,
 * or -1 with the cause. Needs CAP_NET_ADMIN over the namespace. */
int route_to_nowhere(struct error *error);

#endif
