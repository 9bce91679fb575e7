/* The page beside a recording. */
#ifndef TCPSTATE_PAGE_FILE_H
#define TCPSTATE_PAGE_FILE_H

#include <stdbool.h>

/* Write DIR/report.html and name it on standard error, where that is a terminal or the page is to
 * be opened; open: in the desktop's browser. What fails is said and does no harm. */
void page_beside(const char *directory, bool open);

#endif
