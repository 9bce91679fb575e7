/* The page beside a recording. */
#ifndef TCPSTATE_PAGE_FILE_H
#define TCPSTATE_PAGE_FILE_H

#include <stdbool.h>

/* A process that stays where the user is, for the recorder goes into a namespace without network
 * and gives up what it may: there it writes the page and opens it in the desktop's browser, under
 * sudo as the invoker. */
struct page_writer {
	int fd;
};

/* Before a namespace is entered. */
void page_writer_start(struct page_writer *writer, bool open);

/* Write DIR/report.html and name it on standard error, where that is a terminal or the page is to
 * be opened. What fails is said and does no harm. */
void page_beside(const char *directory, const struct page_writer *writer);

#endif
