/* Who holds the ends that watch shows: the kernel's rows tell the inode of an end, a scan of /proc
 * or a call who holds it. Of a fixed size: of very many sockets the newest are known. */
#ifndef TCPSTATE_WATCH_HOLDERS_H
#define TCPSTATE_WATCH_HOLDERS_H

#include "tcpstate/record.h"

struct holders;
struct holders *holders_new(void); /* NULL: out of memory */
void holders_free(struct holders *holders);
struct held_end {                  /* an end that was shown without its holder, who is known now */
	struct flow_key key;       /* local end first */
	uint8_t state;             /* enum tcp_state, as it was shown */
	const struct owner *owner; /* as below */
};
/* A row, an owner or a call; others are ignored. true: *end is to be told. */
bool holders_learn(struct holders *holders, const struct event *event, struct held_end *end);
/* Of the end of a transition, every one of which is told here; shown: it is about to be shown.
 * NULL: not known yet; else all that hold it, ended by pid 0, valid until the next call. The
 * programs' names can be printed as they are. */
const struct owner *holders_of(struct holders *holders, const struct record *record, bool shown);

#endif
