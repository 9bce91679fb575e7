/* Dumps are not atomic: a socket may come twice, when it moves from one hash table to another
 * meanwhile. Its cookie tells. */
#include "dump.h"

#include <stdlib.h>
#include <string.h>

enum { SEQUENCE_DUMP = 31, SEQUENCE_LAST = 30, SEQUENCE_ID = 3, FIRST_COOKIES = 256 };

uint32_t dump_sequence(int64_t id, unsigned stage, bool last)
{
	return 1U << SEQUENCE_DUMP | (uint32_t)last << SEQUENCE_LAST |
	       (uint32_t)(id & DUMP_ID_MAX) << SEQUENCE_ID | (stage & 7);
}

bool dump_sequence_read(uint32_t sequence, int64_t *id, bool *last)
{
	*id = sequence >> SEQUENCE_ID & DUMP_ID_MAX;
	*last = (sequence >> SEQUENCE_LAST & 1) != 0;
	return sequence >> SEQUENCE_DUMP == 1 && *id != 0;
}

static struct dump_state *find(struct dump_book *book, int64_t id)
{
	for (size_t i = 0; i < DUMPS_OPEN_MAX; i++)
		if (book->open[i].id == id)
			return &book->open[i];
	return NULL;
}

static void forget(struct dump_state *dump)
{
	free(dump->cookies);
	memset(dump, 0, sizeof(*dump));
}

void dump_begin(struct dump_book *book, int64_t id, int64_t t_ns)
{
	struct dump_state *dump = find(book, id);

	if (dump != NULL)
		return;
	dump = find(book, 0);
	/* a recording with dumps that never ended: give up the oldest */
	if (dump == NULL) {
		dump = &book->open[0];
		for (size_t i = 1; i < DUMPS_OPEN_MAX; i++)
			if (book->open[i].asked_ns < dump->asked_ns)
				dump = &book->open[i];
		forget(dump);
	}
	dump->id = id;
	dump->asked_ns = t_ns;
}

/* Open addressing; the slot of the cookie, or the free one where it belongs. */
static uint64_t *slot(uint64_t *cookies, size_t size, uint64_t cookie)
{
	size_t at = (size_t)((cookie * 0x9e3779b97f4a7c15U) >> 32) & (size - 1);

	while (cookies[at] != 0 && cookies[at] != cookie)
		at = (at + 1) & (size - 1);
	return &cookies[at];
}

static bool grow(struct dump_state *dump)
{
	size_t size = dump->size == 0 ? FIRST_COOKIES : dump->size * 2;
	uint64_t *cookies = calloc(size, sizeof(*cookies));

	if (cookies == NULL)
		return false;
	for (size_t i = 0; i < dump->size; i++)
		if (dump->cookies[i] != 0)
			*slot(cookies, size, dump->cookies[i]) = dump->cookies[i];
	free(dump->cookies);
	dump->cookies = cookies;
	dump->size = size;
	return true;
}

bool dump_repeats(struct dump_book *book, int64_t id, uint64_t cookie)
{
	struct dump_state *dump = find(book, id);
	uint64_t *place;

	if (dump == NULL || cookie == 0 || (dump->count * 2 >= dump->size && !grow(dump)))
		return false;
	place = slot(dump->cookies, dump->size, cookie);
	if (*place == cookie)
		return true;
	*place = cookie;
	dump->count++;
	return false;
}

int64_t dump_end(struct dump_book *book, int64_t id, int64_t otherwise_ns)
{
	struct dump_state *dump = find(book, id);
	int64_t asked_ns;

	if (dump == NULL)
		return otherwise_ns;
	asked_ns = dump->asked_ns;
	forget(dump);
	return asked_ns;
}

void dump_book_free(struct dump_book *book)
{
	for (size_t i = 0; i < DUMPS_OPEN_MAX; i++)
		forget(&book->open[i]);
}
