/* A terminal of COMMAND's own, behind which the recorder stands: what is typed goes in, what is
 * written comes out, and is kept on its way (relay.h). Ours is raw meanwhile, so that Ctrl-C,
 * Ctrl-Z and the rest are the inner one's to act upon. */
#ifndef TCPSTATE_PTY_H
#define TCPSTATE_PTY_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "tcpstate/error.h"

struct pty;
/* Are standard input and output a terminal that is ours to read from? */
bool pty_possible(void);
/* As ours is: its modes and size. user: whose it is to be, (uid_t)-1: ours. NULL: refused. */
struct pty *pty_new(uid_t user, struct error *error);
void pty_free(struct pty *pty); /* ours is as it was; NULL: nothing */
int pty_master(const struct pty *pty);
/* By who outlives the recorder: if ours is still raw, it is as it was. */
void pty_restore(const struct pty *pty);

/* In the child: it is its standard input, output and, if ours is a terminal, error. */
void pty_child(const struct pty *pty);
/* In the process that is to lead its session (setsid(2)): standard input controls that. */
void pty_lead(void);
/* In the recorder, once the child is there. */
void pty_begin(struct pty *pty);
/* Ours is raw, or as it was. */
void pty_raw(struct pty *pty, bool raw);
/* Ours has another size, perhaps: so has the inner one, whose programs get SIGWINCH. */
void pty_resize(const struct pty *pty);

enum { PTY_FDS = 2 };
size_t pty_fds(const struct pty *pty, struct pollfd fds[PTY_FDS]);
/* What was typed goes in, as far as there is room. */
void pty_pump(struct pty *pty);

#endif
