/* What the parts of the text report share: the page, its times, words and columns. Private to
 * src/sink/text*.c. */
#ifndef TCPSTATE_TEXT_H
#define TCPSTATE_TEXT_H

#include "tcpstate/sink.h"

struct page {
	const struct model *model;
	const struct sink_options *options;
	FILE *out;
};

enum {
	TEXT_TIME = 40,
	TEXT_WIDTH = 100,
	SHOWN_TIMELINES = 12,
	SHOWN_PHASES = 12,
	SHOWN_MEMBERS = 8,
	SHOWN_FINDINGS = 4
};

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD };
/* the escape sequence, "" without colour */
const char *ink(const struct page *page, enum ink which);

/* "14:03:05.123456", or seconds since the recording began with -t; into buffer of TEXT_TIME bytes,
 * returned. */
char *text_time(const struct page *page, int64_t t_ns, char *buffer);
/* the same with the date: "2026-11-22T14:03:05.123456Z" */
char *text_date(const struct page *page, int64_t t_ns, char *buffer);
char *text_seconds(int64_t ns, char *buffer); /* "1.031" */

size_t text_columns(const char *text); /* code points */
/* left-aligned; right-aligned when columns < 0 */
void text_pad(FILE *out, const char *text, int columns);
int text_page_width(const struct page *page);
/* Words from column `at` on, broken before the page's width, continued at column `indent`; ends the
 * line. */
void text_wrap(const struct page *page, size_t at, size_t indent, const char *text);
enum { TEXT_GLUE = '\037' }; /* in text_wrap(): a blank at which no line is broken */
void text_heading(const struct page *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *arrow(const struct page *page); /* " → " or " -> " */
const char *dots(const struct page *page);  /* … or ... */
const char *plural(size_t count);           /* "" or "s" */

void text_header(const struct page *page);
void text_phases(const struct page *page);
void text_checks(const struct page *page);
/* A table of steps; connection: one of those they belong to, NULL for a listener's. */
void text_steps(
	const struct page *page, const struct steps *steps, const struct connection *connection);
void text_paths(const struct page *page);
void text_timelines(const struct page *page);
/* An ICMP error: what it says, who sent it, what it answers, what becomes of it. */
char *text_icmp(const struct page *page, const struct icmp_error *error, char *buffer, size_t size);
void text_datagrams(const struct page *page);
void text_edges(const struct page *page);
void text_verdict(const struct page *page);
void text_findings(const struct page *page);
void text_summary(const struct page *page);

#endif
