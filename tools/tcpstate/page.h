/* The page beside a recording. */
#ifndef TCPSTATE_PAGE_FILE_H
#define TCPSTATE_PAGE_FILE_H

/* A process that stays where the user is, for the recorder goes into a namespace without network
 * and gives up what it may: there it writes the page and opens it in the desktop's browser, under
 * sudo as the invoker. */
struct page_writer {
	int fd;
};

enum page_wanted { PAGE_WRITTEN, PAGE_OPENED, PAGE_LEFT_OUT };

/* Before a namespace is entered. */
void page_writer_start(struct page_writer *writer, enum page_wanted wanted);

/* Write DIR/report.html and name it on standard error. What fails is said and does no harm. */
void page_beside(const char *directory, const struct page_writer *writer);

#endif
