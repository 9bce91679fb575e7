/* When a recording ends by itself: --for SECONDS, --until STATE|FINDING. */
#ifndef TCPSTATE_ENDS_H
#define TCPSTATE_ENDS_H

#include <argp.h>
#include <stdbool.h>

#include "tcpstate/finding.h"
#include "tcpstate/record.h"

struct ends {
	int64_t for_ns;              /* 0: no limit */
	uint32_t states;             /* 1 << enum tcp_state; 0: none ends it */
	struct finding_set findings; /* likewise */
	const char *for_text;        /* as it was said, for messages */
	const char *until_text;
};

/* Takes in --until's argument, borrowed; a word that is neither ends the program. */
void ends_until(struct ends *ends, char *text, const struct argp_state *state);

/* Is this a transition, from `from_ns` on, into a state that ends the recording? */
bool ends_record(const struct ends *ends, const struct record *record, int64_t from_ns);
/* A number of seconds above 0, in ns; 0: it is none. */
int64_t ends_seconds(const char *text);

#endif
