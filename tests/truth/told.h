/* What a report tells of each end, for programs that compare: transitions and corrections read from
 * `report --format jsonl`, gathered by end. A file that cannot be read, or not be understood, ends
 * the program with exit 2. */
#ifndef TESTS_TRUTH_TOLD_H
#define TESTS_TRUTH_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOLD_WORD = 32, TOLD_END = 160 };

struct told {
	char end[TOLD_END]; /* "LOCAL REMOTE" as the report prints them */
	bool correction;
	int64_t t_ns; /* of a correction: of the edge that was withdrawn */
	uint64_t frame, diag_frame;
	char from[TOLD_WORD], to[TOLD_WORD], evidence[TOLD_WORD], reason[TOLD_WORD];
	size_t place; /* in the report */
};
struct tolds {
	struct told *at; /* by end, then in the report's order; malloc */
	size_t count;
};

void told_fatal(const char *file, const char *problem) __attribute__((noreturn));
/* file NULL: standard input */
struct tolds tolds_read(const char *file);
void tolds_sort(struct tolds *tolds);
/* Room for one more in an array that grows by doubling; ends the program when memory does. */
void *grown(void *array, size_t count, size_t size);
/* "1795393734.046591090" in ns. */
int64_t time_read(const char *text);
bool edge_equal(const struct told *a, const struct told *b); /* from and to */

/* The longest common run of edges of a and b, as pairs: match[i] is b's index for a's i, or
 * SIZE_MAX. Returns how many match. */
size_t edges_match(
	const struct told *a, size_t a_count, const struct told *b, size_t b_count, size_t *match);

#endif
