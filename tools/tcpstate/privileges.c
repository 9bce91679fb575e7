/* Capturing takes privileges when it begins and none afterwards: sockets stay what they were when
 * they were opened. Whatever a packet, a process or a client could make of the recorder later on
 * shall not be root's. */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

void privileges_of_files(const struct invoker *invoker, bool on)
{
	if (!invoker->sudo)
		return;
	setfsgid(on ? invoker->gid : getegid());
	setfsuid(on ? invoker->uid : geteuid());
}

/* The first user namespace has a fixed inode number (PROC_USER_INIT_INO of the kernel). */
static bool in_first_user_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/user", &status) || status.st_ino == 0xEFFFFFFDU;
}

/* What stays, of what is held; a list that ends with -1. Where nobody can tell what is held,
 * nothing stays. */
static void select_capabilities(const int *kept)
{
	bool held[CAP_LAST_CAP + 1] = {false};
	bool known = capng_get_caps_process() == 0;

	for (const int *at = kept; *at >= 0; at++)
		held[*at] = known && capng_have_capability(CAPNG_PERMITTED, (unsigned)*at);
	capng_clear(CAPNG_SELECT_BOTH);
	for (const int *at = kept; *at >= 0; at++)
		if (held[*at])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)*at);
}

static int invoker_become(const struct invoker *invoker, struct error *error)
{
	/* what is selected stays over the change of user; one without a name has no groups */
	int groups = getpwuid(invoker->uid) != NULL ? CAPNG_INIT_SUPP_GRP : CAPNG_DROP_SUPP_GRP;
	int result = capng_change_id((int)invoker->uid, (int)invoker->gid,
		(capng_flags_t)(groups | CAPNG_CLEAR_BOUNDING));

	if (result == 0)
		return 0;
	return error_set(error, "becoming the invoking user (uid %u) failed at step %d: %s",
		(unsigned)invoker->uid, -result, strerror(errno));
}

bool privileges_become(const struct invoker *invoker, enum sealed_mode mode, bool with_command)
{
	return invoker->sudo && (mode == SEALED_USER_NET || !with_command);
}

int privileges_drop(const struct invoker *invoker, enum sealed_mode mode, bool with_command,
	struct error *error)
{
	bool becomes = privileges_become(invoker, mode, with_command);
	int kept[5], count = 0;

	if (!invoker->sudo && invoker->uid)
		return 0; /* an ordinary user's, and only over what is sealed */
	if (!with_command) {
		kept[count++] = CAP_SYS_PTRACE;
		kept[count++] = CAP_DAC_READ_SEARCH;
	} else if (!becomes) {
		kept[count++] = CAP_SYS_PTRACE;
		kept[count++] = CAP_KILL;
		if (invoker->sudo) /* marks and expectations read the recording, the invoker's */
			kept[count++] = CAP_DAC_READ_SEARCH;
	}
	if (!becomes && (mode == SEALED_NET || !in_first_user_namespace()))
		kept[count++] = CAP_NET_ADMIN;
	kept[count] = -1;
	select_capabilities(kept);
	if (becomes)
		return invoker_become(invoker, error);
	/* the bounding set can be given up by whoever holds CAP_SETPCAP only */
	if (capng_apply(CAPNG_SELECT_BOTH) == 0)
		return 0;
	select_capabilities(kept);
	if (capng_apply(CAPNG_SELECT_CAPS) == 0)
		return 0;
	return error_set(error, "giving up capabilities: %s", strerror(errno));
}

int privileges_none(struct error *error)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) == 0)
		return 0;
	return error_set(error, "giving up capabilities: %s", strerror(errno));
}
