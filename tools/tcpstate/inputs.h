/* What a report is made of: the paths named, and the recordings that a directory holds in its
 * folders (those of the other namespaces of an experiment). */
#ifndef TCPSTATE_INPUTS_H
#define TCPSTATE_INPUTS_H

#include <stddef.h>

#include "replay.h"

struct input {
	struct replay_input replay;
	char *name;
	bool archive;             /* to be unpacked, by whoever is locked up (inputs_unpack()) */
	bool part;                /* found in the folder of the one before */
	unsigned long device, id; /* of the file, to know what was named twice; 0: none */
};

struct inputs {
	struct input *list;
	size_t count;
};

/* Open them, each once however often it is named. 0, or -1; inputs_free() in any case. */
int inputs_gather(char *const *paths, int count, struct inputs *inputs, struct error *error);
/* Put the recordings that an archive holds in its place. What it holds is a stranger's: only within
 * the sandbox. 0, or -1 */
int inputs_unpack(struct inputs *inputs, struct error *error);
void inputs_free(struct inputs *inputs);

#endif
