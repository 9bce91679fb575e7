/* What each kernel counter has gained since the recording began, and what it had gained at the last
 * mark. */
#ifndef TCPSTATE_TALLY_H
#define TCPSTATE_TALLY_H

#include <stdint.h>

struct tally;
struct tally *tally_new(void);
void tally_free(struct tally *tally);
void tally_add(struct tally *tally, const char *name, int64_t delta);
void tally_mark(struct tally *tally);
/* Gained from the start to the last mark; name with or without its "TcpExt", "Tcp" or "Udp". 0 for
 * one that never moved. */
int64_t tally_at_mark(const struct tally *tally, const char *name);
uint64_t tally_changes(const struct tally *tally); /* how many there have been */

#endif
