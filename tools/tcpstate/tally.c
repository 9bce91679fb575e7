/* A short list: of some 400 counters a recording moves a few dozen. */
#include "tally.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gain {
	char name[64];
	int64_t total, at_mark;
};

struct tally {
	struct gain *list;
	size_t count, room;
	uint64_t changes;
};

struct tally *tally_new(void)
{
	return calloc(1, sizeof(struct tally));
}

void tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	free(tally->list);
	free(tally);
}

static struct gain *gain_find(const struct tally *tally, const char *name)
{
	for (size_t i = 0; i < tally->count; i++)
		if (!strcmp(tally->list[i].name, name))
			return &tally->list[i];
	return NULL;
}

void tally_add(struct tally *tally, const char *name, int64_t delta)
{
	struct gain *gain = gain_find(tally, name);

	tally->changes++;
	if (gain == NULL && tally->count == tally->room) {
		size_t room = tally->room ? 2 * tally->room : 64;
		struct gain *more = realloc(tally->list, room * sizeof(*more));

		if (more == NULL)
			return;
		tally->list = more;
		tally->room = room;
	}
	if (gain == NULL) {
		gain = &tally->list[tally->count++];
		memset(gain, 0, sizeof(*gain));
		snprintf(gain->name, sizeof(gain->name), "%s", name);
	}
	gain->total += delta;
}

void tally_mark(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		tally->list[i].at_mark = tally->list[i].total;
}

int64_t tally_at_mark(const struct tally *tally, const char *name)
{
	static const char *const prefixes[] = {"", "TcpExt", "Tcp", "Udp"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		char full[64];
		const struct gain *gain;

		snprintf(full, sizeof(full), "%s%s", prefixes[i], name);
		gain = gain_find(tally, full);
		if (gain != NULL)
			return gain->at_mark;
	}
	return 0;
}

uint64_t tally_changes(const struct tally *tally)
{
	return tally->changes;
}
