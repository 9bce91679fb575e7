/* Every sentence the program says about states, reasons and findings. Translatable; JSON stays English. */
#ifndef TCPSTATE_PROSE_H
#define TCPSTATE_PROSE_H

#include "tcpstate/record.h"

/* One clause, e.g. "SYN received", "final ACK ignored: accept queue 2 > backlog 1". Written into buffer; returns it. */
char *prose_reason(const struct reason *reason, char *buffer, size_t size);
/* A finding as a sentence or two, with the remedy or what to look at. */
char *prose_finding(const struct record *finding, char *buffer, size_t size);
/* For `explain`: what the state means, how it is entered, what ends it, which sysctl governs it. Static text, several lines; "" out of range. */
const char *prose_state(unsigned state);
const char *prose_state_short(unsigned state);          /* one clause: "waiting for the peer's FIN" */

#endif
