/* The STATES argument of wait and expect: one or several states, and how many sockets. "LISTEN",
 * "ESTABLISHED,SYN_SENT=4". */
#ifndef TCPSTATE_STATES_ARG_H
#define TCPSTATE_STATES_ARG_H

#include <stddef.h>
#include <stdint.h>

#include "tcpstate/error.h"

struct states_arg {
	uint32_t mask; /* 1 << enum tcp_state of each */
	int64_t count; /* the N of "=N", exactly; -1 without: at least one */
};

/* Case does not matter, ss's spellings are read as well (state_from_name). 0, or -1 naming the bad
 * state or number. */
int states_arg_parse(const char *text, struct states_arg *states, struct error *error);
/* What diag_dump must be asked for so that all sockets of these states come: SYN_RECV also has the
 * request sockets (bit 12), CLOSED the bound-only ones (13). */
uint32_t states_dump_mask(uint32_t mask);
/* "ESTABLISHED,SYN_SENT" into buffer; returns it. */
char *states_text(uint32_t mask, char *buffer, size_t size);

#endif
