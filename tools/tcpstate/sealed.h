/* Network namespaces: making one for COMMAND, joining one, and naming why the system refuses.
 * The child that will become COMMAND unshares; the recorder writes its maps and joins it. */
#ifndef TCPSTATE_SEALED_H
#define TCPSTATE_SEALED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "netns.h"
#include "tcpstate/error.h"

enum sealed_mode {
	SEALED_HERE,     /* the namespace the recorder was started in */
	SEALED_JOINED,   /* --netns: somebody else's */
	SEALED_USER_NET, /* a fresh user and network namespace */
	/* a fresh network namespace only: root, where user namespaces are refused */
	SEALED_NET
};

/* "here", "netns", "user+net", "net" */
const char *sealed_mode_word(enum sealed_mode mode);

/* Who asked: under sudo the invoking user, otherwise the real user. */
struct invoker {
	bool sudo;
	uid_t uid;
	gid_t gid;
};
struct invoker invoker_find(void);

/* Child side: enter the new namespaces, bring lo up, and prove that packets can be captured; each
 * step is reported on channel (a SOCK_SEQPACKET). Returns when all is done; exits when a step
 * failed. */
void sealed_isolate(enum sealed_mode mode, const struct invoker *invoker, int channel);
/* Parent side: serve the child's steps. 0, or -1 with the step that failed, its cause and the
 * remedy; *refused: a user namespace was what was refused. */
int sealed_serve(pid_t child, enum sealed_mode mode, const struct invoker *invoker, int channel,
	bool *refused, struct error *error);

/* Is a seccomp filter in force here? And what is to be done where one refused the call. -1 */
bool seccomp_active(void);
int seccomp_refused(const char *step, const char *call, int cause, struct error *error);
/* May this process do network administration (CAP_SYS_ADMIN, the one that namespaces ask for)? */
bool process_privileged(void);

#endif
