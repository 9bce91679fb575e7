/* What a recorder says to the person who started it on a terminal: what it records, where, how a
 * second terminal gets in, and what ends it. */
#ifndef TCPSTATE_GREETING_H
#define TCPSTATE_GREETING_H

#include "session.h"

/* On standard error; where that is no terminal, the one line that scripts know, and only without
 * COMMAND. */
void greeting_print(const struct record_options *options, enum sealed_mode mode);

#endif
