/* Pictures of what a process's threads are in: put together, compared, named. */
#include "tcpstate/doing.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[DOING_MAX] = {
#define DOING_WORD(code, word) [DOING_##code] = word,
	DOING_TABLE(DOING_WORD)
#undef DOING_WORD
};

static const char *const watch_words[WATCH_MAX] = {[WATCH_UNKNOWN] = "unknown",
	[WATCH_NOT] = "not",
	[WATCH_OTHER] = "other",
	[WATCH_SPENT] = "spent",
	[WATCH_EDGE] = "edge",
	[WATCH_READ] = "read"};

static unsigned find(const char *const *list, unsigned count, const char *word)
{
	unsigned at = 0;

	while (at < count && strcmp(list[at], word) != 0)
		at++;
	return at;
}

const char *doing_word(unsigned kind)
{
	return words[kind < DOING_MAX ? kind : DOING_OTHER];
}

unsigned doing_kind_of(const char *word)
{
	return find(words, DOING_MAX, word);
}

const char *doing_watch_word(unsigned how)
{
	return watch_words[how < WATCH_MAX ? how : WATCH_UNKNOWN];
}

unsigned doing_watch_of(const char *word)
{
	return find(watch_words, WATCH_MAX, word);
}

void doing_add(struct doing *doing, enum doing_kind kind, uint32_t inode)
{
	size_t at = 0, alike = DOING_KINDS - 1;

	while (at < doing->count && (doing->in[at].kind != kind || doing->in[at].inode != inode)) {
		if (doing->in[at].kind == kind)
			alike = at;
		at++;
	}
	if (at == DOING_KINDS) {
		at = alike;
		doing->in[at].inode = 0;
		if (doing->in[at].kind != kind)
			doing->in[at].kind = DOING_OTHER;
	} else if (at == doing->count) {
		doing->in[doing->count++] =
			(struct doing_in){.kind = (uint8_t)kind, .inode = inode};
	}
	doing->in[at].threads++;
}

static int compare(const void *left, const void *right)
{
	const struct doing_in *a = left, *b = right;

	if (a->threads != b->threads)
		return a->threads > b->threads ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind > b->kind ? 1 : -1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

static int compare_watched(const void *left, const void *right)
{
	const struct doing_watched *a = left, *b = right;

	return (a->inode > b->inode) - (a->inode < b->inode);
}

void doing_sort(struct doing *doing)
{
	qsort(doing->in, doing->count, sizeof(doing->in[0]), compare);
	qsort(doing->watched, doing->watched_count, sizeof(doing->watched[0]), compare_watched);
}

bool doing_same(const struct doing *one, const struct doing *other)
{
	if (one->threads != other->threads || one->count != other->count ||
		one->watched_count != other->watched_count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (compare(&one->in[i], &other->in[i]) != 0)
			return false;
	for (size_t i = 0; i < one->watched_count; i++)
		if (one->watched[i].inode != other->watched[i].inode ||
			one->watched[i].how != other->watched[i].how)
			return false;
	return true;
}
