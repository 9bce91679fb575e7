/* Network namespaces that are there already: found by name or process, joined. A refusal says who
 * refused. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealed.h"

/* As of unshare() in sealed.c: of no descriptor the kernel says EBADF before it looks at rights. */
static bool setns_filtered(void)
{
	return seccomp_active() && setns(-1, CLONE_NEWNET) && errno != EBADF;
}

int netns_join(int net_fd, const char *name, struct error *error)
{
	int user_fd, cause;

	if (!setns(net_fd, CLONE_NEWNET))
		return 0;
	if (errno == EPERM) {
		user_fd = ioctl(net_fd, NS_GET_USERNS);
		if (user_fd >= 0) {
			bool joined =
				!setns(user_fd, CLONE_NEWUSER) && !setns(net_fd, CLONE_NEWNET);
			cause = errno;
			close(user_fd);
			if (joined)
				return 0;
			/* EINVAL: we are in that user namespace already */
			errno = cause == EINVAL ? EPERM : cause;
		}
	}
	cause = errno;
	if (setns_filtered())
		return seccomp_refused(name, "setns", cause, error);
	errno = cause;
	if (errno == EPERM && getenv("TCPSTATE_NETNS") != NULL)
		return error_set(error,
			"%s: joining that network namespace is refused from inside a recording: do "
			"it in a terminal outside of it",
			name);
	if (errno == EPERM && !geteuid())
		return error_set(error,
			"%s: joining that network namespace is refused: this root lacks "
			"CAP_SYS_ADMIN over it (a container?); do it where the namespace was made",
			name);
	if (errno == EPERM)
		return error_set(error,
			"%s: joining that network namespace is refused: it belongs to another "
			"user; use sudo",
			name);
	return error_set(error, "%s: joining that network namespace: %s", name, strerror(errno));
}

int netns_open(const char *name, struct error *error)
{
	bool process = *name && strspn(name, "0123456789") == strlen(name);
	char path[320];
	int fd;

	if (!*name || strchr(name, '/') != NULL || strlen(name) > 255)
		return error_set(error,
			"\"%s\" is neither a namespace in /run/netns nor a process id", name);
	snprintf(path, sizeof(path), process ? "/proc/%s/ns/net" : "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && process && errno == ENOENT)
		return error_set(error, "no process has the id %s", name);
	if (fd < 0 && errno == ENOENT)
		return error_set(error,
			"%s: no such namespace; `ip netns list' names them, a process id works too",
			path);
	if (fd < 0)
		return error_set(error, "%s: %s%s", path, strerror(errno),
			errno != EACCES ? ""
			: geteuid()     ? "; it belongs to another user: use sudo"
					: "; even root may not look into that process from here (a "
					  "container?)");
	return fd;
}

uint64_t netns_inode(void)
{
	struct stat status;

	return stat("/proc/self/ns/net", &status) ? 0 : (uint64_t)status.st_ino;
}

int netns_enter(const char *name, struct error *error)
{
	int fd, result;

	if (name == NULL)
		return 0;
	fd = netns_open(name, error);
	if (fd < 0)
		return -1;
	result = netns_join(fd, name, error);
	close(fd);
	return result;
}
