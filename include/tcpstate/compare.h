/* Recordings of the same experiment side by side: each has a model of its own, and compared are
 * their checks, one with the other of the same name and cells. */
#ifndef TCPSTATE_COMPARE_H
#define TCPSTATE_COMPARE_H

#include <stdio.h>

#include "tcpstate/sink.h"

/* A check that did not come out the same everywhere. */
struct difference {
	const struct check **of; /* by recording; NULL: it has none */
	/* by recording: the first of those where it came out like here */
	size_t *like;
};
struct comparison {
	const struct model *const *models; /* borrowed */
	size_t count;
	struct difference *differences; /* in the order in which they were made */
	size_t difference_count;
	size_t alike; /* checks that came out the same in all recordings */
};
/* models are borrowed, and finished. 0, or -1: out of memory; comparison_clear() in any case. */
int comparison_make(struct comparison *comparison, const struct model *const *models, size_t count);
void comparison_clear(struct comparison *comparison);
/* The check that names a difference: of the first recording that has it. */
const struct check *difference_check(const struct comparison *comparison, size_t difference);

/* ---- sentences; buffers as in prose_report.h ---- */
char *prose_compare_title(const struct comparison *comparison, char *buffer, size_t size);
/* "21 of 21", "no checks" */
char *prose_compare_checks(const struct model *model, char *buffer, size_t size);
/* "accept_queue_overflow, syn_unanswered (3)"; "none" */
char *prose_compare_findings(const struct model *model, char *buffer, size_t size);
/* "3 checks differ; 18 are alike in all recordings." */
char *prose_compare_differences(const struct comparison *comparison, char *buffer, size_t size);
/* "listen_recv_q (b=1, n=4)" */
char *prose_compare_check(const struct check *check, char *buffer, size_t size);
/* "2, as predicted", "3, where 2 was predicted"; of NULL "not checked" */
char *prose_compare_value(const struct check *check, char *buffer, size_t size);

/* The value of recording `first` in this difference and who shares it: "2, as predicted: anna, ben"
 */
char *prose_compare_shared(const struct comparison *comparison, size_t difference, size_t first,
	char *buffer, size_t size);

/* ---- sinks: 0, or -1 with errno ---- */
int sink_compare_text(
	const struct comparison *comparison, const struct sink_options *options, FILE *out);
int sink_compare_html(
	const struct comparison *comparison, const struct sink_options *options, FILE *out);
int sink_compare_jsonl(
	const struct comparison *comparison, const struct sink_options *options, FILE *out);

#endif
