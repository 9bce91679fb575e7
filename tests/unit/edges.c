/* The edges of a scenario's ends against those wanted (edges.h). */
#include "edges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 64 };

struct got {
	char text[8192], *line[LINES_MAX];
	size_t count;
};

/* The timeline without what was withdrawn and without listeners. */
static void timeline(const char *const *lines, struct got *got)
{
	struct script script;
	char *rest = got->text;
	script_read(&script, lines);
	script_run(&script, NULL, got->text, sizeof(got->text));
	got->count = 0;
	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
		char *end = strchr(line, ' ');
		if (end == NULL || strstr(line, "withdrawn:") != NULL || end[1] == 'L')
			continue;
		assert_true(got->count < LINES_MAX);
		got->line[got->count++] = line;
	}
}

/* "S ESTABLISHED>CLOSED [wire|kernel|both|seen] [before T] [after T]" against "0.3 S A>B wire
 * reason"; seen: kernel or both; "S *>CLOSED": from whatever state. */
static bool line_fits(const char *wanted, const char *line)
{
	char copy[128], *words[8] = {NULL}, *rest = copy, end[8], edge[64], evidence[16];
	double t, limit;
	size_t count = 0;
	if (sscanf(line, "%lf %7s %63s %15s", &t, end, edge, evidence) != 4)
		fail_msg("line \"%s\"?", line);
	snprintf(copy, sizeof(copy), "%s", wanted);
	for (char *word = strsep(&rest, " "); word != NULL && count < 8; word = strsep(&rest, " "))
		words[count++] = word;
	const char *arrow = words[1][0] == '*' ? strchr(edge, '>') : edge;
	if (strcmp(words[0], end) != 0 || strcmp(words[1] + (arrow != edge), arrow) != 0)
		return false;
	for (size_t i = 2; i < count; i++) {
		if (strcmp(words[i], "before") == 0 || strcmp(words[i], "after") == 0) {
			bool before = words[i][0] == 'b';
			limit = strtod(words[++i], NULL);
			if (before ? t > limit : t < limit)
				return false;
		} else if (strcmp(words[i], "seen") == 0) {
			if (strcmp(evidence, "wire") == 0)
				return false;
		} else if (strcmp(words[i], evidence) != 0) {
			return false;
		}
	}
	return true;
}

/* "C never STATE": no edge of that end may touch it. */
static bool line_forbidden(const char *const *wanted, const char *line)
{
	for (; *wanted != NULL; wanted++)
		if (strncmp(*wanted + 1, " never ", 7) == 0 && strchr(line, ' ')[1] == **wanted &&
			strstr(line, *wanted + 8) != NULL)
			return true;
	return false;
}

static bool is_judged(const char *const *wanted, char end)
{
	for (; *wanted != NULL; wanted++)
		if (**wanted == end && strncmp(*wanted + 1, " never ", 7) != 0)
			return true;
	return false;
}

static bool is_edge(const char *wanted)
{
	return strchr(wanted, '>') != NULL;
}

void expect_edges(const char *const *lines, const char *const *wanted)
{
	struct got got;
	bool same = true;
	size_t at = 0;
	timeline(lines, &got);
	for (size_t i = 0; i <= got.count; i++) {
		while (wanted[at] != NULL && !is_edge(wanted[at]))
			at++;
		if (i == got.count)
			break;
		same = same && !line_forbidden(wanted, got.line[i]);
		if (is_judged(wanted, strchr(got.line[i], ' ')[1]))
			same = same && wanted[at] != NULL && line_fits(wanted[at++], got.line[i]);
	}
	if (same && wanted[at] == NULL)
		return;
	fprintf(stderr, "--- expected\n");
	for (size_t j = 0; wanted[j] != NULL; j++)
		fprintf(stderr, "%s\n", wanted[j]);
	fprintf(stderr, "--- got\n");
	for (size_t i = 0; i < got.count; i++)
		fprintf(stderr, "%s\n", got.line[i]);
	fail_msg("other edges");
}
