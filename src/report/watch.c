/* What is kept of a connection for the findings: found, made, and the first that is asked of it. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

enum {
	WATCH_FIRST = 256,
	WATCHES_A_BLOCK = 9 /* log2; those of the first 4,000 connections share no huge pages */
};

struct watch *findings_watch(const struct model *model, uint32_t index)
{
	const struct model_build *build = model->build;
	uint32_t number = index < build->watch_of_count ? build->watch_of[index] : 0;

	return number != 0 ? arena_item(&build->watches, number - 1, WATCHES_A_BLOCK,
				     sizeof(struct watch))
			   : NULL;
}

static bool watch_of_grow(struct model_build *build, uint32_t index)
{
	size_t wanted = build->watch_of_count > 0 ? build->watch_of_count : WATCH_FIRST;

	while (wanted <= index)
		wanted *= 2;
	uint32_t *bigger = realloc(build->watch_of, wanted * sizeof(*bigger));
	if (bigger == NULL)
		return false;
	memset(bigger + build->watch_of_count, 0,
		(wanted - build->watch_of_count) * sizeof(*bigger));
	build->watch_of = bigger;
	build->watch_of_count = wanted;
	return true;
}

struct watch *watch_make(struct model *model, uint32_t index)
{
	struct model_build *build = model->build;
	struct watch *watch = findings_watch(model, index);

	if (watch != NULL)
		return watch;
	build->watches.item = sizeof(struct watch);
	build->watches.shift = WATCHES_A_BLOCK;
	uint32_t number = index < build->watch_of_count || watch_of_grow(build, index)
				  ? arena_get(NULL, &build->watches)
				  : UINT32_MAX;
	if (number == UINT32_MAX) {
		build->failed = true;
		return NULL;
	}
	build->watch_of[index] = number + 1;
	return findings_watch(model, index);
}

/* The request was acknowledged, and its client had not closed when the FIN came instead of an
 * answer. Of a server that had answered before a last message may want none. */
static bool unanswered(const struct watched_end *asks, const struct watched_end *asked)
{
	return asks->request.t_ns != 0 && asks->request_whole && asked->fin_ns != 0 &&
	       asks->request_last_ns < asked->fin_ns &&
	       (asks->fin_ns == 0 || asks->fin_ns > asked->fin_ns) && asks->late_bytes == 0 &&
	       !asks->pushes && !smaller_than_asked(asked, asks->request_bytes);
}

bool finding_left_unanswered(const struct connection *connection, const struct watch *watch)
{
	int client = connection->client, server = !client;

	return client != -1 && watch != NULL &&
	       unanswered(&watch->end[client], &watch->end[server]) &&
	       (watch->end[server].answers != 0 ||
		       (!connection->midway && connection->ends[server].sent.bytes == 0));
}

bool smaller_than_asked(const struct watched_end *answers, uint64_t bytes)
{
	return answers->answers > 0 &&
	       (bytes < answers->answered_least ||
		       2 * bytes * answers->answers < answers->answered_all);
}
