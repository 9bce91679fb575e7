/* A recording in a few figures, as its report has them: sockets by state, checks, findings, what is
 * stuck. Of one that is running a process beside the recorder works them out, again and again. */
#ifndef TCPSTATE_DIGEST_H
#define TCPSTATE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay.h"

#include "tcpstate/finding.h"

enum { DIGEST_MAX = 4096 }; /* bytes of it as JSON */

struct digest {
	struct finding_set findings;
	char json[DIGEST_MAX]; /* one object, without a newline; docs/wall.md */
};

/* Read the recording and work it out. 0, or -1 with *error. */
int digest_make(const struct replay_input *input, struct digest *digest, struct error *error);

/* The process beside a recorder. It takes at most a twentieth of a processor, or what a round at
 * least each second takes. */
struct digester {
	struct replay_input input;
	bool stranger; /* what is read is somebody else\'s: by a process that is locked up */
	int fd;        /* of the round under way; -1: none is */
	int64_t started_ns, next_ns;
	int64_t least_ns; /* between two rounds */
	size_t used;
	struct digest coming, last;
};
void digester_init(struct digester *digester, const char *name, int directory_fd, int64_t least_ns);
/* Never waits. true: there is a new one in ->last. */
bool digester_pump(struct digester *digester, int64_t now_ns);
void digester_end(struct digester *digester);

#endif
