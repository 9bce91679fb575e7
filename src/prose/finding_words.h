/* The words of each kind of finding, in three tables by what they are about. A kind is in one of
 * them; its row in the others is empty. Private to src/prose/. */
#ifndef TCPSTATE_PROSE_FINDING_WORDS_H
#define TCPSTATE_PROSE_FINDING_WORDS_H

#include "tcpstate/finding.h"

struct finding_words {
	const char *headline, *sentence, *advice;
	/* where the calls were recorded, instead of the advice; NULL: the same */
	const char *with_calls;
	/* of several of the kind: the counts in it are those of all; NULL: the headline serves */
	const char *many;
};

extern const struct finding_words finding_words_programs[FINDING_MAX];
extern const struct finding_words finding_words_openings[FINDING_MAX];
extern const struct finding_words finding_words_data[FINDING_MAX];

/* NULL: no such kind. */
const struct finding_words *finding_words(unsigned code);

/* The words of a phrase (enum finding_phrase) that are the same each time, translated; NULL: it
 * says names or numbers, or nothing. */
const char *finding_phrase_words(unsigned phrase);

/* What a process's threads were in (PHRASE_DOING), and what to do about it: translated. */
const char *finding_doing_words(const struct finding *finding, char *buffer, size_t size);
const char *finding_doing_advice(const struct finding *finding);

/* What to do about a call that failed with this errno, translated; NULL: what its kind says. */
const char *finding_failure_advice(const struct finding *finding);

#endif
