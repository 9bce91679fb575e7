/* What the parts of the text report share: the page, its times, words and columns. Every text goes
 * through text_put() and its kin, which know the terminal's encoding. Private to src/sink/text*.c.
 */
#ifndef TCPSTATE_TEXT_H
#define TCPSTATE_TEXT_H

#include "tcpstate/columns.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/sink.h"

struct page {
	const struct model *model;
	const struct sink_options *options;
	FILE *out;
};

enum {
	TEXT_TIME = 40,
	TEXT_WIDTH = 100,
	TEXT_NARROW = 80, /* below it tables take a second line */
	SHOWN_TIMELINES = 12,
	SHOWN_KINDS = 40, /* beyond those of which one is told in full, a line each */
	SHOWN_PHASES = 12,
	SHOWN_FINDINGS = 4,
	FIRST_LINES = 10 /* hold the heaviest finding in full */
};

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD };
/* the escape sequence, "" without colour */
const char *ink(const struct page *page, enum ink which);

/* "14:03:05.123456", or seconds since the recording began with -t; into buffer of TEXT_TIME bytes,
 * returned. */
char *text_time(const struct page *page, int64_t t_ns, char *buffer);
/* the same with the date: "2026-11-22T14:03:05.123456Z" */
char *text_date(const struct page *page, int64_t t_ns, char *buffer);
const char *text_clock(const struct page *page); /* what stands above times: "UTC", "s" */

int text_page_width(const struct page *page);
void text_put(const struct page *page, const char *text);
/* left-aligned; right-aligned when columns < 0 */
void text_pad(const struct page *page, const char *text, int columns);
void text_gap(const struct page *page, size_t columns); /* blanks */
/* Words from column `at` on, broken before the page's width, continued at column `indent`; ends the
 * line. */
void text_wrap(const struct page *page, size_t at, size_t indent, const char *text);
/* `indent` blanks and the text in this ink, wrapped, continued two columns further in. */
void text_line(const struct page *page, size_t indent, enum ink ink, const char *text);
void text_heading(const struct page *page, const char *text);
/* "… and 3 more" */
void text_more(const struct page *page, enum more what, uint64_t count, uint64_t other);
int text_wider(int width, const char *text); /* the greater of width and the text's columns */

void text_verdict(const struct page *page);
void text_conditions(const struct page *page);
void text_phases(const struct page *page);
void text_checks(const struct page *page);
void text_failed_checks(const struct page *page);
/* A table of steps; connection: one of those they belong to, NULL for a listener's. */
void text_steps(
	const struct page *page, const struct steps *steps, const struct connection *connection);
/* What programs asked of a listening socket, where that is recorded. */
void text_listener_calls(const struct page *page, const struct listener *listener);
/* Who let go of its socket while another process still held it, between which looks. */
void text_holders(const struct page *page, const struct connection *connection);
/* The segments of a connection between its ends' states; false: none was kept of it. */
bool text_ladder(const struct page *page, const struct connection *connection);
void text_paths(const struct page *page);
/* The segments of a path, a lifeline a place; nothing where the page is too narrow for that. */
void text_crossings(const struct page *page, const struct path *path);
void text_timelines(const struct page *page);
void text_datagrams(const struct page *page);
void text_edges(const struct page *page);
void text_findings(const struct page *page);
void text_summary(const struct page *page);

#endif
