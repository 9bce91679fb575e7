/* Every word and pattern of a page: X(CODE, "text"), X(CODE, "one", "many"). */
#ifndef TCPSTATE_PAGE_WORDS_H
#define TCPSTATE_PAGE_WORDS_H

#include "tcpstate/page_words_answers.h"
#include "tcpstate/page_words_figures.h"
#include "tcpstate/page_words_sections.h"

/* clang-format off */
#define PAGE_WORDS(X) FIGURE_WORDS(X) SECTION_WORDS(X) ANSWER_WORDS(X)

#define PAGE_NUMBERS(X) \
	X(CONNECTIONS, "%lu connection", "%lu connections") \
	X(SYNS_DROPPED, "✗ %lu SYN dropped", "✗ %lu SYNs dropped") \
	X(MORE_LISTENERS, "and %lu more listener", "and %lu more listeners") \
	X(TIMES, "%lu time", "%lu times") \
	X(TIMES_AT, "%lu time, at %s", "%lu times, at %s") \
	X(ROWS, "%lu row", "%lu rows") \
	X(NOTES, "%lu note on the recordings", "%lu notes on the recordings") \
	X(MORE, "%lu more", "%lu more") \
	X(ACKS_OF, "%lu ACK, of %s", "%lu ACKs, of %s") \
	X(BY_RST, "One ended by RST: no TIME_WAIT.", "%lu ended by RST: no TIME_WAIT.") \
	X(NOT_BOUND_AGAIN, "Here it failed once.", "Here it failed %lu times.") \
	X(BOUND_AGAIN, "Here it worked once.", "Here it worked %lu times.") \
	X(NOT_CONNECTED_AGAIN, "Here connect() failed so once.", \
		"Here connect() failed so %lu times.") \
	X(CONNECTED_AGAIN, "Here connect() worked once.", "Here connect() worked %lu times.") \
	X(SYNS_UNANSWERED, "%lu SYN unanswered", "%lu SYNs unanswered") \
	X(DATAGRAMS, "%lu datagram", "%lu datagrams") \
	X(MORE_SHORTER, "and %lu more, no longer.", "and %lu more, none longer.")
/* clang-format on */

#endif
