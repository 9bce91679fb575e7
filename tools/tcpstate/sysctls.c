/* Sysctls through /proc/sys, which shows each process its own network namespace. sysctl(8) exits 0
 * when the kernel refused a value; here it is read back. */
#include "sysctls.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 256, VALUE_MAX_BYTES = 1024 };

static const char *const names[] = {
	"net.core.somaxconn",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.tcp_abort_on_overflow",
	"net.ipv4.tcp_fastopen",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_max_orphans",
	"net.ipv4.tcp_max_syn_backlog",
	"net.ipv4.tcp_max_tw_buckets",
	"net.ipv4.tcp_migrate_req",
	"net.ipv4.tcp_orphan_retries",
	"net.ipv4.tcp_retries1",
	"net.ipv4.tcp_retries2",
	"net.ipv4.tcp_rfc1337",
	"net.ipv4.tcp_rto_min_us",
	"net.ipv4.tcp_syn_linear_timeouts",
	"net.ipv4.tcp_syn_retries",
	"net.ipv4.tcp_synack_retries",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.tcp_timestamps",
	"net.ipv4.tcp_tw_reuse",
	"net.ipv4.tcp_tw_reuse_delay",
};

/* As sysctl(8) reads a name: the first of '.' and '/' is the separator, the other one is a plain
 * character ("net.ipv4.conf.eth0/1.forwarding"). */
static void name_to_path(const char *name, size_t length, char *path, size_t size)
{
	bool dotted = name[strcspn(name, "./")] != '/';
	int used = snprintf(path, size, "/proc/sys/");

	for (size_t i = 0; i < length && (size_t)used + 1 < size; i++) {
		char letter = name[i];

		if (dotted && (letter == '.' || letter == '/'))
			letter = letter == '.' ? '/' : '.';
		path[used++] = letter;
	}
	path[used] = '\0';
}

int sysctl_check(const char *assignment, struct error *error)
{
	size_t length = strcspn(assignment, "=");

	if (!assignment[length] || !length)
		return error_set(error, "--sysctl %s: write NAME=VALUE, as in net.core.somaxconn=2",
			assignment);
	if (!assignment[length + 1] || strlen(assignment + length + 1) >= VALUE_MAX_BYTES ||
		length >= NAME_MAX_BYTES)
		return error_set(error, "--sysctl %s: the value is %s", assignment,
			assignment[length + 1] ? "too long" : "missing");
	if (strncmp(assignment, "net.", 4) && strncmp(assignment, "net/", 4))
		return error_set(error,
			"--sysctl %s: only those of the network (net....) belong to a namespace",
			assignment);
	if (memmem(assignment, length, "..", 2) != NULL)
		return error_set(error, "--sysctl %s: no such sysctl", assignment);
	return 0;
}

static int value_read(const char *path, char *value, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, value, size - 1);
	close(fd);
	if (length < 0)
		return -1;
	while (length && isspace((unsigned char)value[length - 1]))
		length--;
	value[length] = '\0';
	return 0;
}

/* The same words, blanks aside; numbers by value ("0x10" reads back as "16"). */
static bool value_same(const char *wanted, const char *held)
{
	char *wanted_end, *held_end;

	for (;;) {
		size_t a, b;

		wanted += strspn(wanted, " \t\n,");
		held += strspn(held, " \t\n,");
		if (!*wanted || !*held)
			return !*wanted && !*held;
		a = strcspn(wanted, " \t\n,");
		b = strcspn(held, " \t\n,");
		if (a != b || memcmp(wanted, held, a)) {
			if (strtoll(wanted, &wanted_end, 0) != strtoll(held, &held_end, 0) ||
				wanted_end != wanted + a || held_end != held + b)
				return false;
		}
		wanted += a;
		held += b;
	}
}

int sysctl_set(const char *assignment, struct error *error)
{
	size_t length = strcspn(assignment, "=");
	const char *value = assignment + length + 1;
	char path[NAME_MAX_BYTES + 32], held[VALUE_MAX_BYTES];
	bool failed;
	int fd;

	if (sysctl_check(assignment, error))
		return -1;
	name_to_path(assignment, length, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_set(error, "--sysctl %s: a network namespace has no such sysctl (%s)",
			assignment, path);
	if (fd < 0)
		return error_set(error, "--sysctl %s: %s%s", assignment, strerror(errno),
			errno == EACCES || errno == EPERM || errno == EROFS
				? ": it belongs to the whole machine, or /proc/sys is read-only "
				  "here"
				: "");
	failed = write(fd, value, strlen(value)) < 0;
	if (failed)
		error_set(error, "--sysctl %s: the kernel refuses that value: %s", assignment,
			strerror(errno));
	close(fd);
	if (failed)
		return -1;
	if (value_read(path, held, sizeof(held)))
		return error_set(
			error, "--sysctl %s: cannot be read back: %s", assignment, strerror(errno));
	if (!value_same(value, held))
		return error_set(
			error, "--sysctl %s: the kernel holds \"%s\" instead", assignment, held);
	return 0;
}

json_t *sysctls_that_matter(void)
{
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		char path[NAME_MAX_BYTES + 32], value[VALUE_MAX_BYTES];

		name_to_path(names[i], strlen(names[i]), path, sizeof(path));
		if (value_read(path, value, sizeof(value)))
			continue;
		for (char *tab = value; (tab = strchr(tab, '\t')) != NULL;)
			*tab = ' '; /* "32768 60999" */
		json_object_set_new(object, names[i], json_string(value));
	}
	return object;
}
