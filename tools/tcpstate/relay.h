/* COMMAND's standard output and error on their way through the recorder, which keeps them: passed
 * on unchanged and in order, to where they would have gone without it. */
#ifndef TCPSTATE_RELAY_H
#define TCPSTATE_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pty.h"
#include "tcpstate/error.h"

enum relay_stream { RELAY_BOTH /* into one file, in the order written */, RELAY_OUT, RELAY_ERROR };

struct relay;
/* terminal: where standard input and output are a terminal, COMMAND gets one of its own, behind
 * which we stand (pty.h). Else a pipe for each of our standard output and error that is a pipe or a
 * file; one for both where they are the same. Terminals and devices are left alone: a relay without
 * strands is a relay. user: whose COMMAND is, (uid_t)-1: ours. NULL: out of memory or of
 * descriptors. */
struct relay *relay_new(uid_t user, bool terminal, struct error *error);
void relay_free(struct relay *relay); /* NULL: nothing */
/* In the child that is to be COMMAND, or its init: make them its own. */
void relay_child(const struct relay *relay);
/* In the recorder, once the child is there: give up the child's ends. */
void relay_begin(struct relay *relay);
/* Does what COMMAND writes to its standard output pass here? */
bool relay_has_output(const struct relay *relay);
/* COMMAND's terminal, NULL: it has none of its own. */
struct pty *relay_terminal(const struct relay *relay);

enum { RELAY_FDS = 4 + PTY_FDS };
/* What to poll for; returns their number. */
size_t relay_fds(const struct relay *relay, struct pollfd fds[RELAY_FDS]);
typedef void relay_take(void *context, enum relay_stream stream, const void *data, size_t size);
/* Pass on what is there and can be passed on without waiting; take is given it. Where nobody reads
 * any more, the child's end breaks as well: its next write is answered by SIGPIPE. */
void relay_pump(struct relay *relay, relay_take *take, void *context);
/* The rest, when COMMAND and what it started have ended. A reader that does not read for a second
 * gets it later, from a process that outlives the recorder. */
void relay_end(struct relay *relay, relay_take *take, void *context);

#endif
