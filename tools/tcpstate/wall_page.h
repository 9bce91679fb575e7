/* The files of the wall's page, built into the program. */
#ifndef TCPSTATE_WALL_PAGE_H
#define TCPSTATE_WALL_PAGE_H

extern const char wall_page_html[], wall_page_css[], wall_page_js[];

#endif
