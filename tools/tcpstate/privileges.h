/* What a recorder started by root, or by sudo, keeps of its power once its sources are open. */
#ifndef TCPSTATE_PRIVILEGES_H
#define TCPSTATE_PRIVILEGES_H

#include "sealed.h"

/* While on, files are reached and made with the rights of the invoking user, not of root: nothing
 * that they put in the way of a path is followed by root. Without sudo it does nothing. */
void privileges_of_files(const struct invoker *invoker, bool on);

/* Does it become the invoking user, see below? */
bool privileges_become(const struct invoker *invoker, enum sealed_mode mode, bool with_command);
/* For good. Under sudo, the recorder of a sealed COMMAND (which runs as the invoking user) and one
 * without COMMAND become the invoking user; root's own keeps its uid. Of the capabilities stay:
 * CAP_SYS_PTRACE and CAP_KILL of root's own, and CAP_DAC_READ_SEARCH of one under sudo whose
 * COMMAND stays root (no user namespace can be made); CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH
 * without COMMAND, to tell who holds everybody's sockets; CAP_NET_ADMIN in a sealed network, to ask
 * for its connection tracking. 0, or -1. */
int privileges_drop(const struct invoker *invoker, enum sealed_mode mode, bool with_command,
	struct error *error);
/* Of a thread that needs none: all of its own. 0, or -1. */
int privileges_none(struct error *error);

#endif
