/* How many other connections a host went on speaking on: what tells a silent peer from a silent
 * way. Each finding asks, so the newest words of all ends are put in order once: a capture may have
 * many findings between two hosts, and many connections. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"
#include "tcpstate/sorted.h"

/* Which host spoke to which, in which run: 64 keyed bits suffice. */
static uint64_t way_of(const struct connection *connection, int from)
{
	const struct flow_key *key = &connection->key;
	uint64_t word[5] = {connection->run};

	memcpy(&word[1], key->addr[from], sizeof(key->addr[from]));
	memcpy(&word[3], key->addr[!from], sizeof(key->addr[from]));
	return hash_words(word, 5);
}

/* Its last word was a RST, or it has none: it did not go on. */
static bool is_last_word(const struct sent *last)
{
	return last->t_ns == 0 || (last->flags & TCP_RST) != 0;
}

static int compare_words(const void *left, const void *right)
{
	const struct last_word *a = left, *b = right;

	if (a->way != b->way)
		return a->way < b->way ? -1 : 1;
	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

static bool words_gather(struct model *model)
{
	struct model_build *build = model->build;
	struct last_word *words = malloc((2 * model->connection_count + 1) * sizeof(*words));
	size_t count = 0;

	if (words == NULL) {
		build->failed = true;
		return false;
	}
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct watch *watch = findings_watch(model, i);

		for (int side = 0; watch != NULL && side < 2; side++)
			if (!is_last_word(&watch->end[side].last))
				words[count++] =
					(struct last_word){way_of(&model->connections[i], side),
						watch->end[side].last.t_ns};
	}
	qsort(words, count, sizeof(*words), compare_words);
	build->last_words = words;
	build->last_word_count = count;
	return true;
}

/* Ends of that connection itself that spoke on so. */
static size_t own_words(const struct model *model, uint32_t index, uint64_t way, int64_t t_ns)
{
	const struct watch *watch = findings_watch(model, index);
	size_t count = 0;

	for (int side = 0; watch != NULL && side < 2; side++) {
		const struct sent *last = &watch->end[side].last;

		count += !is_last_word(last) && last->t_ns > t_ns &&
			 way_of(&model->connections[index], side) == way;
	}
	return count;
}

int64_t others_heard(struct model *model, uint32_t index, int side, int64_t t_ns)
{
	struct model_build *build = model->build;
	struct last_word then = {way_of(&model->connections[index], side), t_ns},
			 end = {then.way, INT64_MAX};

	if (t_ns == 0 || (build->last_words == NULL && !words_gather(model)))
		return 0;
	const struct last_word *words = build->last_words;
	size_t count = build->last_word_count;
	size_t later = sorted_upto(&end, words, count, sizeof(*words), compare_words) -
		       sorted_upto(&then, words, count, sizeof(*words), compare_words);

	return (int64_t)(later - own_words(model, index, then.way, t_ns));
}
