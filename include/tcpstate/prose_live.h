/* The words of `top` (src/prose/live.c). Functions with a buffer write one line into it, cut to its
 * size, and return it. */
#ifndef TCPSTATE_PROSE_LIVE_H
#define TCPSTATE_PROSE_LIVE_H

#include "tcpstate/live.h"

enum live_word {
	LIVE_WORD_LISTENERS, /* heads of the parts of the screen, and of columns */
	LIVE_WORD_SOCKETS,
	LIVE_WORD_TRANSITIONS,
	LIVE_WORD_ACCEPT_QUEUE,
	LIVE_WORD_HALF_OPEN,
	LIVE_WORD_AGE,
	LIVE_WORD_TIMER,
	LIVE_WORD_OWNER,
	LIVE_WORD_SEGMENTS,
	LIVE_WORD_HISTORY,
	LIVE_WORD_NO_LISTENER,
	LIVE_WORD_NO_SOCKET,
	LIVE_WORD_NO_LINE,
	LIVE_WORD_NO_INFO,
	LIVE_WORD_SOCKET_GONE,
	LIVE_WORD_QUEUED,  /* waits for accept() */
	LIVE_WORD_COUNTER, /* where accept() takes them from */
	LIVE_WORD_OUTSIDE, /* those whose SYN is not answered */
	LIVE_WORD_FIND,
	LIVE_WORD_SOCKETS_ONLY,
	LIVE_WORD_READING,
	LIVE_WORD_KEY_HELP, /* of the keys in the last line */
	LIVE_WORD_KEY_FIND,
	LIVE_WORD_KEY_GROUP,
	LIVE_WORD_KEY_SORT,
	LIVE_WORD_KEY_PAUSE,
	LIVE_WORD_KEY_BACK,
	LIVE_WORD_KEY_SOCKET,
	LIVE_WORD_KEY_DIAGRAM,
	LIVE_WORD_KEY_SPEED,
	LIVE_WORD_KEY_QUIT,
	LIVE_WORD_MAX
};
const char *prose_live_word(enum live_word word);    /* static */
const char *prose_live_sort(enum live_sort sort);    /* static */
const char *prose_live_group(enum live_group group); /* static */
const char *prose_live_help(size_t line);            /* static; NULL behind the last */
/* "by state" */
char *prose_live_order(const struct live_order *order, char *buffer, size_t size);
/* "live", "paused, 3.2 s back", "replay ×4", "the recording is over" */
char *prose_live_pace(const struct live_pace *pace, char *buffer, size_t size);
/* "3 packets dropped"; "" when nothing was lost */
char *prose_live_lost(const struct live_totals *totals, char *buffer, size_t size);
/* Who holds it: "nginx[10], nginx[11] and 3 more"; "" when nobody is known. */
char *prose_live_holders(const struct live_socket *socket, char *buffer, size_t size);
/* "3 clients not let in"; "" when all were. Of a listener; of the namespace by its counters. */
char *prose_live_refused(const struct live_socket *listener, char *buffer, size_t size);
char *prose_live_overflows(const struct live_totals *totals, char *buffer, size_t size);
char *prose_live_more(size_t sockets, char *buffer, size_t size);
/* "2 of 2, full"; without the word where the columns do not hold it */
char *prose_live_queue(uint64_t length, uint64_t limit, size_t columns, char *buffer, size_t size);
/* Of a curve: its newest value; cwnd in segments, rtt in ms. */
enum live_curve {
	LIVE_CURVE_RTT,
	LIVE_CURVE_CWND,
	LIVE_CURVE_UNACKED,
	LIVE_CURVE_AGAIN,
	LIVE_CURVE_MAX
};
char *prose_live_curve(enum live_curve curve, uint32_t value, char *buffer, size_t size);

#endif
