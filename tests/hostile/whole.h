/* A whole recording in memory, reported on in this process: what the fuzzer and the mutator drive.
 */
#ifndef TESTS_WHOLE_H
#define TESTS_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum whole_part { WHOLE_WIRE, WHOLE_DIAG, WHOLE_FACTS, WHOLE_CALLS, WHOLE_PARTS };

struct whole {
	const uint8_t *data[WHOLE_PARTS]; /* NULL: there is no such file */
	size_t size[WHOLE_PARTS];
};

/* Read it through feed, core and model, and render it in every format to nowhere. What cannot be
 * read is passed over, as it would be in a directory. false: memory ran out. */
bool whole_report(const struct whole *whole);

#endif
