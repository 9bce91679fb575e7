/* --fail-on FINDING,...: the words of findings on a command line, for watch, report and --until. */
#ifndef TCPSTATE_FAIL_ON_H
#define TCPSTATE_FAIL_ON_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "tcpstate/finding.h"

/* Adds the finding that WORD names, or all for "any"; false: none. */
bool fail_on_word(const char *word, struct finding_set *set);
/* Findings that look like WORD, "a_word, another_word", into out of size bytes; "": none does. */
void fail_on_similar(const char *word, char *out, size_t size);

/* Adds the findings that TEXT names, words of finding_word() with commas between, or "any". TEXT is
 * cut up. A word that is none ends the program with exit status 2 and the words that look like it.
 */
void fail_on_parse(char *text, const struct argp_state *state, struct finding_set *set);

#endif
