/* Between the parts of the sock_diag decoder (diagmsg.c, diagrow.c, diagrequest.c). Not for anyone
 * else. */
#ifndef TCPSTATE_DIAGMSG_H
#define TCPSTATE_DIAGMSG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "tcpstate/sockrow.h"

struct diag_question { /* what a request asked */
	bool exact;    /* else a dump */
	/* exact: [0] = the local end. Dump: family and protocol only */
	struct flow_key key;
	uint64_t cookie; /* 0: any */
	/* an exact one finds sockets bound to this device, too; 0: none that is bound */
	uint32_t interface;
};

/* The question in the payload of a SOCK_DIAG_BY_FAMILY request whose header had these nlmsg_flags.
 * False: not about TCP or UDP sockets
 * (*why NULL), or malformed (*why says how). */
bool diag_question_read(const void *payload, size_t length, uint16_t flags,
	struct diag_question *out, const char **why);

/* The row in a SOCK_DIAG_BY_FAMILY answer, a whole and aligned message. protocol: as asked, 0
 * unknown. Return as above. */
bool diag_row_read(
	const struct nlmsghdr *message, uint8_t protocol, struct sockrow *out, const char **why);

/* The ends in a socket id, source first, v4-mapped addresses unmapped (*mapped). */
struct flow_key diag_key_read(
	const struct inet_diag_sockid *id, uint8_t family, uint8_t protocol, bool *mapped);
uint64_t diag_cookie_read(const struct inet_diag_sockid *id); /* 0: none */

#endif
