/* Namespaces. A user namespace gives an ordinary user a network of their own; every system that
 * refuses one refuses at another step and with another errno, so each step is reported by itself
 * and its causes are told apart. */
#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum step { STEP_INVOKER, STEP_USER, STEP_NET, STEP_LOOPBACK, STEP_CAPTURE };
struct report {
	int step, error;
};

static const char *const step_names[] = {
	[STEP_INVOKER] = "becoming the invoking user",
	[STEP_USER] = "creating a user namespace",
	[STEP_NET] = "creating a network namespace",
	[STEP_LOOPBACK] = "bringing up lo in the new namespace",
	[STEP_CAPTURE] = "opening a packet socket in the new namespace",
};

const char *sealed_mode_word(enum sealed_mode mode)
{
	static const char *const words[] = {[SEALED_HERE] = "here",
		[SEALED_JOINED] = "netns",
		[SEALED_USER_NET] = "user+net",
		[SEALED_NET] = "net"};

	return words[mode];
}

/* ---- capabilities and users ---- */

static bool capability_held(int capability)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};

	return !syscall(SYS_capget, &header, data) &&
	       (data[capability / 32].effective >> (capability % 32) & 1);
}

/* Permitted, but not effective any more after the change of user. */
static void capability_raise(int capability)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};

	if (!syscall(SYS_capget, &header, data)) {
		data[capability / 32].effective |= 1U << (capability % 32);
		syscall(SYS_capset, &header, data);
	}
}

bool process_privileged(void)
{
	return capability_held(CAP_SYS_ADMIN);
}

static bool environment_id(const char *name, unsigned *id)
{
	const char *text = getenv(name);
	char *end;
	unsigned long value;

	if (text == NULL || !*text)
		return false;
	value = strtoul(text, &end, 10);
	*id = (unsigned)value;
	return !*end && value < UINT32_MAX;
}

struct invoker invoker_find(void)
{
	struct invoker invoker = {.uid = getuid(), .gid = getgid()};
	unsigned uid, gid;

	if (!geteuid() && capability_held(CAP_SETUID) && environment_id("SUDO_UID", &uid) && uid &&
		environment_id("SUDO_GID", &gid))
		invoker = (struct invoker){.sudo = true, .uid = uid, .gid = gid};
	return invoker;
}

/* In a child: become the invoker for good; 0, or an errno. CAP_SYS_ADMIN is kept over the change:
 * Ubuntu's AppArmor restricts user namespaces only where it is missing. The new namespace has the
 * invoker as owner all the same, and nothing of the old one's capabilities. */
static int invoker_become(const struct invoker *invoker)
{
	const struct passwd *user = getpwuid(invoker->uid);

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return errno;
	if (user != NULL ? initgroups(user->pw_name, invoker->gid) : setgroups(0, NULL))
		return errno;
	if (setresgid(invoker->gid, invoker->gid, invoker->gid) ||
		setresuid(invoker->uid, invoker->uid, invoker->uid))
		return errno;
	capability_raise(CAP_SYS_ADMIN);
	if (user != NULL) {
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
	return 0;
}

/* ---- the child's side ---- */

static void step_report(int channel, enum step step, int error)
{
	struct report report = {(int)step, error};

	if (send(channel, &report, sizeof(report), MSG_NOSIGNAL) != sizeof(report) || error)
		_exit(1);
}

static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (ioctl(fd, SIOCGIFFLAGS, &request)) {
		error = errno;
	} else {
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request))
			error = errno;
	}
	close(fd);
	return error;
}

static int capture_possible(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

void sealed_isolate(enum sealed_mode mode, const struct invoker *invoker, int channel)
{
	char mapped;

	if (mode != SEALED_USER_NET && mode != SEALED_NET)
		return;
	if (mode == SEALED_USER_NET) {
		if (invoker->sudo)
			step_report(channel, STEP_INVOKER, invoker_become(invoker));
		step_report(channel, STEP_USER, unshare(CLONE_NEWUSER) ? errno : 0);
		if (recv(channel, &mapped, 1, 0) != 1)
			_exit(1);
	}
	step_report(channel, STEP_NET, unshare(CLONE_NEWNET) ? errno : 0);
	step_report(channel, STEP_LOOPBACK, loopback_up());
	step_report(channel, STEP_CAPTURE, capture_possible());
}

/* ---- why a step was refused ---- */

static long number_read(const char *path)
{
	FILE *file = fopen(path, "re");
	long value = -1;

	if (file != NULL) {
		if (fscanf(file, "%ld", &value) != 1)
			value = -1;
		fclose(file);
	}
	return value;
}

bool seccomp_active(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	int mode = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return mode == 2;
}

/* Does a seccomp filter refuse the call, and not the kernel? Asked for what the kernel answers
 * before it looks at anybody's rights: EINVAL for a flag that unshare() has not. Only where the
 * call has just failed: a filter that kills would have done so then. */
static bool unshare_filtered(int flag)
{
	enum { NO_FLAG = 1 };

	return seccomp_active() && unshare(flag | NO_FLAG) && errno != EINVAL;
}

/* A changed root has no mount at "/" among those it can see, unless it is a mount point itself:
 * then the root of process 1 differs, where that may be read. */
static bool root_changed(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[256];
	bool found = false;
	struct stat ours, first;

	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%*s %*s %*s %*s %255s", point) == 1 && !strcmp(point, "/"))
			found = true;
	fclose(file);
	if (!found)
		return true;
	return !stat("/", &ours) && !stat("/proc/1/root/", &first) &&
	       (ours.st_dev != first.st_dev || ours.st_ino != first.st_ino);
}

static bool apparmor_restricts(void)
{
	return number_read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") > 0;
}

#define APPARMOR_REMEDY                                                                            \
	"AppArmor restricts user namespaces here (kernel.apparmor_restrict_unprivileged_userns = " \
	"1): "                                                                                     \
	"give tcpstate a profile that allows userns, or start it by sudo"

int seccomp_refused(const char *step, const char *call, int cause, struct error *error)
{
	return error_set(error,
		"%s: %s: a seccomp filter, as containers have, refuses %s(); start the container "
		"with a filter that allows it (docker run --security-opt seccomp=unconfined), or "
		"run tcpstate outside it",
		step, strerror(cause), call);
}

static int user_refused(int cause, struct error *error)
{
	const char *step = step_names[STEP_USER];

	if (cause == ENOSPC && number_read("/proc/sys/user/max_user_namespaces") == 0)
		return error_set(error,
			"%s: user namespaces are disabled (user.max_user_namespaces = 0); the "
			"administrator can allow them: sysctl -w user.max_user_namespaces=10000",
			step);
	if (cause == ENOSPC)
		return error_set(error,
			"%s: the limit of user namespaces is reached (user.max_user_namespaces = "
			"%ld); end some, or raise it",
			step, number_read("/proc/sys/user/max_user_namespaces"));
	if (cause == EUSERS)
		return error_set(error,
			"%s: namespaces are nested too deep; start it in an outer one", step);
	if (cause == EINVAL || (cause == ENOSYS && !unshare_filtered(CLONE_NEWUSER)))
		return error_set(
			error, "%s: this kernel has none (CONFIG_USER_NS); start it as root", step);
	if (number_read("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return error_set(error,
			"%s: refused to ordinary users (kernel.unprivileged_userns_clone = 0); the "
			"administrator can allow it: sysctl -w kernel.unprivileged_userns_clone=1",
			step);
	if (unshare_filtered(CLONE_NEWUSER))
		return seccomp_refused(step, "unshare", cause, error);
	if (apparmor_restricts())
		return error_set(error, "%s: %s: " APPARMOR_REMEDY, step, strerror(cause));
	if (root_changed())
		return error_set(error,
			"%s: %s: the kernel refuses it after chroot(); enter the tree by "
			"pivot_root instead (unshare -m, bwrap, systemd-nspawn), or start it as "
			"root",
			step, strerror(cause));
	return error_set(error,
		"%s: %s: a security module, the container or a chroot refuses it; run tcpstate "
		"outside of it, or as root",
		step, strerror(cause));
}

/* After unshare() worked: the namespace is there, but its capabilities are withheld. */
static int step_refused(enum step step, int cause, enum sealed_mode mode, struct error *error)
{
	if (step == STEP_USER)
		return user_refused(cause, error);
	if (step == STEP_NET && cause == ENOSPC)
		return error_set(error,
			"%s: the limit is reached (user.max_net_namespaces = %ld); end some, or "
			"raise it",
			step_names[step], number_read("/proc/sys/user/max_net_namespaces"));
	if (step == STEP_NET && cause == EINVAL)
		return error_set(
			error, "%s: this kernel has none (CONFIG_NET_NS)", step_names[step]);
	if (step == STEP_CAPTURE && (cause == EAFNOSUPPORT || cause == EPROTONOSUPPORT))
		return error_set(error,
			"%s: %s: this kernel has no packet sockets (CONFIG_PACKET, module "
			"af_packet)",
			step_names[step], strerror(cause));
	if (step == STEP_NET && unshare_filtered(CLONE_NEWNET))
		return seccomp_refused(step_names[step], "unshare", cause, error);
	if (cause != EPERM && cause != EACCES)
		return error_set(error, "%s: %s", step_names[step], strerror(cause));
	if (step == STEP_INVOKER || mode == SEALED_NET)
		return error_set(error,
			"%s: %s: this root lacks the capability (a container?); start it with "
			"CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW",
			step_names[step], strerror(cause));
	if (apparmor_restricts())
		return error_set(
			error, "%s: %s: " APPARMOR_REMEDY, step_names[step], strerror(cause));
	return error_set(error,
		"%s: %s: the user namespace was created, but without its capabilities: a %s "
		"withholds them; run tcpstate outside of it, or as root",
		step_names[step], strerror(cause),
		seccomp_active() ? "seccomp filter (a container?)"
				 : "security module or container");
}

/* ---- the parent's side ---- */

static int map_write(pid_t child, const char *name, const char *text, struct error *error)
{
	char path[64];
	int fd;
	int cause = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)child, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, "%s: %s", path,
			errno == ENOENT ? "is /proc mounted?" : strerror(errno));
	if (write(fd, text, strlen(text)) < 0)
		cause = errno;
	close(fd);
	if (!cause)
		return 0;
	/* To map root anew takes CAP_SETFCAP, which root has unless it was taken away. */
	if (cause == EPERM && !geteuid() && !capability_held(CAP_SETFCAP))
		return error_set(error,
			"%s: %s: this root has no capabilities (a container or a user namespace "
			"that dropped them); start tcpstate with them, or as an ordinary user",
			name, strerror(cause));
	return error_set(error, "%s: %s: %s", name, strerror(cause),
		apparmor_restricts() ? APPARMOR_REMEDY
				     : "the container or a security module refuses the mapping; "
				       "run tcpstate outside of it, or as root");
}

/* Every id that we have, onto itself: root stays root, and files keep their owners. */
static int map_identity(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	unsigned long first, outside, count;
	size_t length = 0;

	text[0] = '\0';
	while (file != NULL && length + 64 < size &&
		fscanf(file, "%lu %lu %lu", &first, &outside, &count) == 3)
		length += (size_t)snprintf(
			text + length, size - length, "%lu %lu %lu\n", first, first, count);
	if (file != NULL)
		fclose(file);
	return length ? 0 : -1;
}

static int maps_write(pid_t child, const struct invoker *invoker, struct error *error)
{
	bool root = !invoker->sudo && !invoker->uid && capability_held(CAP_SETUID) &&
		    capability_held(CAP_SETGID);
	char uids[4096], gids[4096];

	if (!root || map_identity("/proc/self/uid_map", uids, sizeof(uids)) ||
		map_identity("/proc/self/gid_map", gids, sizeof(gids))) {
		snprintf(uids, sizeof(uids), "0 %u 1\n", (unsigned)invoker->uid);
		snprintf(gids, sizeof(gids), "0 %u 1\n", (unsigned)invoker->gid);
		if (map_write(child, "setgroups", "deny", error))
			return -1;
	}
	return map_write(child, "uid_map", uids, error) || map_write(child, "gid_map", gids, error)
		       ? -1
		       : 0;
}

int sealed_serve(pid_t child, enum sealed_mode mode, const struct invoker *invoker, int channel,
	bool *refused, struct error *error)
{
	struct report report = {.step = STEP_INVOKER};

	*refused = false;
	while (report.step != STEP_CAPTURE) {
		if (recv(channel, &report, sizeof(report), 0) != sizeof(report)) {
			*refused = mode == SEALED_USER_NET && report.step < STEP_NET;
			return error_set(error, "%s: the process that tried it was killed%s",
				step_names[*refused ? STEP_USER : STEP_NET],
				seccomp_active() ? "; a seccomp filter (a container?) does so"
						 : "");
		}
		if (report.error) {
			*refused = mode == SEALED_USER_NET;
			return step_refused((enum step)report.step, report.error, mode, error);
		}
		if (report.step == STEP_USER && (maps_write(child, invoker, error) ||
							send(channel, "", 1, MSG_NOSIGNAL) != 1)) {
			*refused = true;
			return error_context(error, "mapping the user into its namespace");
		}
	}
	return 0;
}
