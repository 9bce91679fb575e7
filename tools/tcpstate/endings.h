/* The ends of processes that hold sockets, where calls are not recorded: a pidfd for each, opened
 * when it is found to hold one. */
#ifndef TCPSTATE_ENDINGS_H
#define TCPSTATE_ENDINGS_H

#include "tcpstate/source.h"

struct endings;
struct endings *endings_new(void); /* NULL: out of memory, or out of descriptors */
void endings_free(struct endings *endings);
/* owner: of a socket, met at t_ns; one that is watched already is not watched twice. false: it has
 * ended before it could be watched, and nobody was told so yet. */
bool endings_watch(struct endings *endings, const struct owner *owner, int64_t t_ns);
/* How often one was met that could not be watched: no place, or no descriptor, was left. */
uint64_t endings_passed(const struct endings *endings);
int endings_fd(const struct endings *endings); /* to poll for reading */
/* An EVENT_EXIT for each that has ended. last: those that ended and were not waited for by their
 * parents, too. */
bool endings_dispatch(struct endings *endings, bool last, event_emit *emit, void *context);

#endif
