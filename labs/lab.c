/* Errors and time, for every lab program; lab.h says what each function does. */
#include "lab.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- errors ---- */
#if !__GLIBC_PREREQ(2, 32)
/* Debian 11 and Ubuntu 20.04: what socket calls may give. */
static const char *strerrorname_np(int error)
{
#define NAME(e)                                                                                    \
	{                                                                                          \
		e, #e                                                                              \
	}
	static const struct {
		int error;
		const char *name;
	} names[] = {NAME(EACCES), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(EAFNOSUPPORT),
		NAME(EAGAIN), NAME(EBADF), NAME(ECONNABORTED), NAME(ECONNREFUSED), NAME(ECONNRESET),
		NAME(EDESTADDRREQ), NAME(EHOSTUNREACH), NAME(EINTR), NAME(EINVAL), NAME(EISCONN),
		NAME(EMFILE), NAME(EMSGSIZE), NAME(ENETUNREACH), NAME(ENFILE), NAME(ENOBUFS),
		NAME(ENODEV), NAME(ENOENT), NAME(ENOMEM), NAME(ENOPROTOOPT), NAME(ENOTCONN),
		NAME(EOPNOTSUPP), NAME(EPERM), NAME(EPIPE), NAME(ETIMEDOUT)};
#undef NAME

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	return NULL;
}
#endif

const char *lab_error(int error)
{
	static char text[128];
	const char *name = strerrorname_np(error);

	snprintf(text, sizeof(text), "%s (%s)", strerror(error), name != NULL ? name : "?");
	return text;
}

static void say(FILE *stream, const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		return;
	lab_print(stream, text, strlen(text));
	free(text);
}

void lab_complain(const char *format, va_list arguments)
{
	const char *name = program_invocation_short_name;

	lab_print(stderr, name, strlen(name));
	fputs(": ", stderr);
	say(stderr, format, arguments);
}

void lab_refuse(const char *format, ...)
{
	va_list arguments;

	fputs("error ", stdout);
	va_start(arguments, format);
	say(stdout, format, arguments);
	va_end(arguments);
	putchar('\n');
}

void lab_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	lab_complain(format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void lab_die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	lab_complain(format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void lab_fatal(const char *format, ...)
{
	const char *why = lab_error(errno);
	va_list arguments;

	va_start(arguments, format);
	lab_complain(format, arguments);
	va_end(arguments);
	fprintf(stderr, ": %s\n", why);
	exit(EXIT_FAILURE);
}

/* ---- the namespace ---- */
bool lab_sealed(void)
{
	const char *sealed = getenv("TCPSTATE_NETNS");
	struct stat here;
	long inode;

	if (stat("/proc/self/ns/net", &here) < 0)
		lab_fatal("/proc/self/ns/net");
	return sealed != NULL && lab_number(sealed, 1, LONG_MAX, &inode) &&
	       (ino_t)inode == here.st_ino;
}

/* ---- time ---- */
int64_t lab_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t lab_after_ms(long pause_ms)
{
	return pause_ms == LAB_FOREVER ? INT64_MAX : lab_now_ms() + pause_ms;
}

int lab_poll_timeout(int64_t due_ms)
{
	int64_t left = due_ms == INT64_MAX ? -1 : due_ms - lab_now_ms();

	if (due_ms != INT64_MAX && left < 0)
		left = 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
