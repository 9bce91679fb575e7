/* --fail-on FINDING,...: the words of findings on a command line, for watch and report. */
#ifndef TCPSTATE_FAIL_ON_H
#define TCPSTATE_FAIL_ON_H

#include <argp.h>
#include <stdint.h>

/* The findings that TEXT names, words of finding_word() with commas between, or "any": bits
 * 1 << enum finding_code, never 0. TEXT is cut up. A word that is none ends the program with exit
 * status 2 and the words that look like it. */
uint64_t fail_on_parse(char *text, const struct argp_state *state);

#endif
