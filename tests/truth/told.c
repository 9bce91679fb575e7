/* See told.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "told.h"

void told_fatal(const char *file, const char *problem)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, file, problem);
	exit(2);
}

void *grown(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	void *more = reallocarray(array, count > 0 ? 2 * count : 1, size);
	if (more == NULL)
		told_fatal("memory", strerror(errno));
	return more;
}

int64_t time_read(const char *text)
{
	char *end;
	int64_t seconds = strtoll(text, &end, 10), fraction = 0, unit = 100000000;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9' && unit > 0; end++, unit /= 10)
			fraction += (*end - '0') * unit;
	return seconds * 1000000000 + fraction;
}

bool edge_equal(const struct told *a, const struct told *b)
{
	return strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0;
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL ? text : "";
}

static void word_copy(char *out, const json_t *object, const char *name)
{
	snprintf(out, TOLD_WORD, "%s", member(object, name));
}

static void told_add(struct tolds *tolds, const json_t *object, bool correction)
{
	tolds->at = grown(tolds->at, tolds->count, sizeof(*tolds->at));
	struct told *told = &tolds->at[tolds->count];
	*told = (struct told){.correction = correction,
		.t_ns = time_read(member(object, correction ? "edge_t" : "t")),
		.frame = (uint64_t)json_integer_value(json_object_get(object, "frame")),
		.diag_frame = (uint64_t)json_integer_value(json_object_get(object, "diag_frame")),
		.place = tolds->count++};
	snprintf(told->end, sizeof(told->end), "%s %s", member(object, "local"),
		member(object, "remote"));
	word_copy(told->from, object, "from");
	word_copy(told->to, object, "to");
	word_copy(told->evidence, object, "evidence");
	word_copy(told->reason, object, "reason");
}

static int by_end(const void *first, const void *second)
{
	const struct told *a = first, *b = second;
	int order = strcmp(a->end, b->end);
	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

void tolds_sort(struct tolds *tolds)
{
	if (tolds->count > 1)
		qsort(tolds->at, tolds->count, sizeof(*tolds->at), by_end);
}

struct tolds tolds_read(const char *file)
{
	struct tolds tolds = {NULL, 0};
	char *line = NULL;
	size_t room = 0;
	json_error_t error;
	FILE *in = file != NULL ? fopen(file, "r") : stdin;
	if (in == NULL)
		told_fatal(file, strerror(errno));
	while (getline(&line, &room, in) > 0) {
		bool correction = strncmp(line, "{\"type\":\"correction\"", 20) == 0;
		if (!correction && strncmp(line, "{\"type\":\"transition\"", 20) != 0)
			continue;
		json_t *object = json_loads(line, 0, &error);
		if (object == NULL)
			told_fatal(file != NULL ? file : "standard input", error.text);
		told_add(&tolds, object, correction);
		json_decref(object);
	}
	free(line);
	if (in != stdin)
		fclose(in);
	tolds_sort(&tolds);
	return tolds;
}

size_t edges_match(
	const struct told *a, size_t a_count, const struct told *b, size_t b_count, size_t *match)
{
	size_t wide = b_count + 1;
	uint32_t *best = calloc((a_count + 1) * wide, sizeof(*best));
	if (best == NULL)
		told_fatal("memory", strerror(errno));
	for (size_t i = a_count; i-- > 0;) {
		for (size_t j = b_count; j-- > 0;) {
			uint32_t skip_a = best[(i + 1) * wide + j], skip_b = best[i * wide + j + 1];
			best[i * wide + j] = edge_equal(&a[i], &b[j])
						     ? 1 + best[(i + 1) * wide + j + 1]
					     : skip_a > skip_b ? skip_a
							       : skip_b;
		}
	}
	size_t found = best[0];
	for (size_t i = 0, j = 0; i < a_count; i++) {
		match[i] = SIZE_MAX;
		if (j == b_count)
			continue;
		if (edge_equal(&a[i], &b[j])) {
			match[i] = j++;
		} else if (best[i * wide + j + 1] > best[(i + 1) * wide + j]) {
			j++;
			i--;
		}
	}
	free(best);
	return found;
}
