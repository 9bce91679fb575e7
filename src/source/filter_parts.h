/* What the files of the filter share. */
#ifndef TCPSTATE_SOURCE_FILTER_PARTS_H
#define TCPSTATE_SOURCE_FILTER_PARTS_H

/* With addresses of that family (AF_UNSPEC: of both) for its names; malloc'd; NULL: out of memory,
 * or a name has none. */
char *filter_addresses(const char *expression, int family);

#endif
