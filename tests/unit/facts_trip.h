/* Facts written and read back, for tests. */
#ifndef TCPSTATE_TEST_FACTS_TRIP_H
#define TCPSTATE_TEST_FACTS_TRIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/model.h"
#include "tcpstate/source.h"

static const int64_t t_ns = 1795367880000000009;

enum { HEARD_MAX = 16 };
struct heard {
	size_t count;
	struct event events[HEARD_MAX];
	char text[HEARD_MAX][128];
	char check[512];
};

static inline void hear(void *context, const struct event *event)
{
	struct heard *heard = context;
	struct event *copy;

	assert_true(heard->count < HEARD_MAX);
	copy = &heard->events[heard->count];
	*copy = *event;
	if (event->u.fact.text != NULL)
		snprintf(heard->text[heard->count], sizeof(heard->text[0]), "%s",
			event->u.fact.text);
	if (event->kind == EVENT_CHECK) {
		const struct check *check = event->u.fact.check;
		int used = snprintf(heard->check, sizeof(heard->check), "%s|%s|%s|%s|%s|%s|%d",
			check->name, check->formula, check->predicted, check->query,
			check->measured, check->problem, check->match);

		for (size_t i = 0; i < check->cell_count; i++)
			used += snprintf(heard->check + used, sizeof(heard->check) - (size_t)used,
				"|%s=%s", check->cells[i].key, check->cells[i].value);
		for (size_t i = 0; i < check->let_count; i++)
			used += snprintf(heard->check + used, sizeof(heard->check) - (size_t)used,
				"|let %s=%s", check->lets[i].key, check->lets[i].value);
	}
	heard->count++;
}

struct outcome {
	struct heard heard;
	size_t bad;
	bool torn;
	char manifest[256];
};

/* Read a file of this content. */
static inline struct outcome read_text(const char *text, size_t size)
{
	char path[] = "/tmp/tcpstate-facts-XXXXXX";
	struct outcome outcome = {.bad = 0};
	struct error error = {.text = ""};
	int fd = mkstemp(path), result;
	struct facts *facts;

	assert_int_equal(write(fd, text, size), (ssize_t)size);
	close(fd);
	facts = facts_open_file(path, &error);
	if (facts == NULL)
		fail_msg("%s", error.text);
	snprintf(outcome.manifest, sizeof(outcome.manifest), "%s", facts_manifest(facts));
	while ((result = facts_next(facts, hear, &outcome.heard, &error)) == 1)
		;
	assert_int_equal(result, 0);
	outcome.bad = facts_bad_lines(facts);
	outcome.torn = facts_torn(facts);
	facts_close(facts);
	unlink(path);
	return outcome;
}

static inline struct outcome read_lines(const char *text)
{
	return read_text(text, strlen(text));
}

/* Write one fact (taken over) and read it back. */
static inline struct outcome round_trip(char *line, const char *expected)
{
	char text[2048];

	assert_non_null(line);
	if (expected != NULL)
		assert_string_equal(line, expected);
	snprintf(text, sizeof(text), "%s\n", line);
	free(line);
	return read_lines(text);
}

#endif
