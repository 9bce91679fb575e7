/* A recording or a capture file, read back into the core in time order. */
#ifndef TCPSTATE_REPLAY_H
#define TCPSTATE_REPLAY_H

#include <stdbool.h>

#include <sys/types.h>

#include "tcpstate/error.h"
#include "tcpstate/model.h"

enum replay_file { REPLAY_WIRE, REPLAY_DIAG, REPLAY_FACTS, REPLAY_CALLS, REPLAY_FILES };
/* Their names in the directory of a recording. */
extern const char *const replay_names[REPLAY_FILES];

/* What is to be read; the descriptors stay the caller's, so that whoever reads need not open. */
struct replay_input {
	const char *name; /* of the run, and in errors; "-": standard input */
	int directory_fd; /* of a recording; -1: `name` is a capture file, or it is unpacked */
	bool running;     /* somebody is recording into it */
	bool unpacked;    /* out of an archive: its files are in memory */
	int memory[REPLAY_FILES]; /* by enum replay_file, -1: it has none */
};

/* A recording's file, opened (at its beginning, by one reader at a time) or INPUT_MISSING, as
 * input_beneath(); -1 with *error. */
int replay_open(
	const struct replay_input *input, enum replay_file file, off_t *size, struct error *error);
/* a recording, not a capture file */
bool replay_is_recording(const struct replay_input *input);

/* Read a recording or a capture file as one more run of the model. filter: a pcap-filter expression
 * or NULL. What is missing or cut off becomes a note of the run. 0, or -1 with *error when nothing
 * can be read. */
int replay_run(struct model *model, const struct replay_input *input, const char *filter,
	struct error *error);

struct raw;
/* One of the input's captures once more, as it is: "wire.pcap", "diag.pcap"; of a capture file the
 * former is itself. NULL: there is none, or it cannot be read again (standard input). */
struct raw *replay_raw(const struct replay_input *input, const char *file);
/* What was said: the payloads that a page shows, into the model of which this is the run-th. */
void replay_texts(struct model *model, uint16_t run, const struct replay_input *input);

struct filter;
/* For replay_run(): what of the input is to be told, by `expression` (or NULL) and by the filter
 * under which it was recorded; *filter is NULL when that is everything. */
int replay_filter(const struct replay_input *input, const char *expression, struct filter **filter,
	struct error *error);

#endif
