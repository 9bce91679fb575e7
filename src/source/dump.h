/* The socket dumps under way: which request belongs to which dump, when it was asked for, and which
 * sockets it has shown already. Private to src/source/. */
#ifndef TCPSTATE_DUMP_H
#define TCPSTATE_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A dump is up to six requests (protocols, families, request sockets first). Their nlmsg_seq
 * carries the dump's id and whether the request is its last, so that a recording tells as much as
 * the live socket did: bit 31 a dump, bit 30 the last request, bits 3-29 id, 0-2 stage. */
enum { DUMP_STAGES_MAX = 6, DUMP_ID_MAX = (1 << 27) - 1 };
uint32_t dump_sequence(int64_t id, unsigned stage, bool last);
/* False: not the number of one of our dumps. */
bool dump_sequence_read(uint32_t sequence, int64_t *id, bool *last);

enum { DUMPS_OPEN_MAX = 8 };
struct dump_state {
	int64_t id, asked_ns;
	uint64_t *cookies;
	size_t count, size;
}; /* id 0: free */
struct dump_book {
	struct dump_state open[DUMPS_OPEN_MAX];
};

/* A request of dump `id` was sent; only the first one of the dump counts. */
void dump_begin(struct dump_book *book, int64_t id, int64_t t_ns);
/* Has the dump shown this socket before? Remembers it. Cookie 0 (a kernel that gives none) is never
 * a repetition. */
bool dump_repeats(struct dump_book *book, int64_t id, uint64_t cookie);
/* Time of its first request, or otherwise_ns when that was not seen; forgets the dump. */
int64_t dump_end(struct dump_book *book, int64_t id, int64_t otherwise_ns);
void dump_book_free(struct dump_book *book);

#endif
