/* What looks at /proc met of processes, while records come in: that one was stopped, in a read, or
 * what its threads were in (model_looks.c finds one that is told again). Private to src/report/. */
#ifndef TCPSTATE_MODEL_LOOKS_H
#define TCPSTATE_MODEL_LOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpstate/doing.h"
#include "tcpstate/model.h"

enum { STOPS_MAX = 4096 };
struct stop_seen { /* a process was stopped */
	int64_t from_ns, to_ns;
	uint32_t pid;
	uint16_t run;
};
enum { WAITS_MAX = 4096 };
struct wait_seen {          /* a process was in a read of its socket, as /proc showed */
	struct owner owner; /* with the inode */
	int64_t from_ns, to_ns;
	uint16_t run;
	uint8_t how; /* enum wait_how */
};
enum { DOINGS_MAX = 4096 };
struct doing_seen { /* what a process's threads were in, as /proc showed at several looks */
	struct doing doing;
	int64_t from_ns, to_ns;
	uint32_t pid;
	uint16_t run;
};
struct look_key { /* no byte of it is padding: compared as memory */
	int64_t since_ns;
	uint32_t pid, inode;
	uint32_t run, kind;
};
enum { LOOK_STOPPED, LOOK_READS, LOOK_DOES };
struct look {
	struct look_key key;
	uint32_t at; /* in the array of its kind */
};
/* Its place in the array of its kind: `next`, where it is new; INDEX_NONE: there is no room for
 * more than `most`. */
uint32_t model_look(
	struct model *model, const struct look_key *key, size_t next, size_t most, int64_t t_ns);
/* Is there room for one more look? What it lacks is counted. */
bool model_has_room(struct model *model, size_t count, size_t most, int64_t t_ns);
/* The same of what is looked at for a finding, or shown: what is passed over is counted. */
bool model_may_take(struct model *model, size_t count, size_t most, int64_t t_ns);

#endif
