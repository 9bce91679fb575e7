/* Names of calls and of errors, and the place of a call on a time line. The error numbers are this
 * machine's; recordings hold the names. */
#include "tcpstate/call.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	enum call_class class;
} calls[CALLED_MAX] = {
#define CALL_ROW(code, name, class) [CALLED_##code] = {name, CALL_##class},
	CALL_TABLE(CALL_ROW)
#undef CALL_ROW
};

const char *call_name(unsigned what)
{
	return what < CALLED_MAX ? calls[what].name : "unknown";
}

const char *call_as_written(const struct call *call)
{
	bool address = strchr(call->arguments, ':') != NULL; /* flags have none */

	return call->what == CALLED_RECVFROM && !address ? "recv"
	       : call->what == CALLED_SENDTO && !address ? "send"
							 : call_name(call->what);
}

unsigned call_number(const char *name)
{
	unsigned what = 0;

	while (what < CALLED_MAX && strcmp(calls[what].name, name) != 0)
		what++;
	return what;
}

enum call_class call_class(unsigned what)
{
	return what < CALLED_MAX ? calls[what].class : CALL_LIFE;
}

int64_t call_time(const struct call *call)
{
	bool returned = call->returned_ns != 0;

	return returned && call_class(call->what) != CALL_ACT ? call->returned_ns
							      : call->entered_ns;
}

/* What socket calls fail with; the words are those of strerror(), which may speak another
 * language. */
static const struct {
	int number;
	const char *name, *words;
} errors[] = {
	{EPERM, "EPERM", "Operation not permitted"},
	{ENOENT, "ENOENT", "No such file or directory"},
	{EINTR, "EINTR", "Interrupted system call"},
	{EIO, "EIO", "Input/output error"},
	{ENXIO, "ENXIO", "No such device or address"},
	{EBADF, "EBADF", "Bad file descriptor"},
	{EAGAIN, "EAGAIN", "Resource temporarily unavailable"},
	{ENOMEM, "ENOMEM", "Cannot allocate memory"},
	{EACCES, "EACCES", "Permission denied"},
	{EFAULT, "EFAULT", "Bad address"},
	{EBUSY, "EBUSY", "Device or resource busy"},
	{EEXIST, "EEXIST", "File exists"},
	{ENODEV, "ENODEV", "No such device"},
	{EINVAL, "EINVAL", "Invalid argument"},
	{ENFILE, "ENFILE", "Too many open files in system"},
	{EMFILE, "EMFILE", "Too many open files"},
	{EFBIG, "EFBIG", "File too large"},
	{ENOSPC, "ENOSPC", "No space left on device"},
	{ESPIPE, "ESPIPE", "Illegal seek"},
	{EPIPE, "EPIPE", "Broken pipe"},
	{EDOM, "EDOM", "Numerical argument out of domain"},
	{ENOSYS, "ENOSYS", "Function not implemented"},
	{EPROTO, "EPROTO", "Protocol error"},
	{ENOTSOCK, "ENOTSOCK", "Socket operation on non-socket"},
	{EDESTADDRREQ, "EDESTADDRREQ", "Destination address required"},
	{EMSGSIZE, "EMSGSIZE", "Message too long"},
	{EPROTOTYPE, "EPROTOTYPE", "Protocol wrong type for socket"},
	{ENOPROTOOPT, "ENOPROTOOPT", "Protocol not available"},
	{EPROTONOSUPPORT, "EPROTONOSUPPORT", "Protocol not supported"},
	{ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT", "Socket type not supported"},
	{EOPNOTSUPP, "EOPNOTSUPP", "Operation not supported"},
	{EAFNOSUPPORT, "EAFNOSUPPORT", "Address family not supported by protocol"},
	{EADDRINUSE, "EADDRINUSE", "Address already in use"},
	{EADDRNOTAVAIL, "EADDRNOTAVAIL", "Cannot assign requested address"},
	{ENETDOWN, "ENETDOWN", "Network is down"},
	{ENETUNREACH, "ENETUNREACH", "Network is unreachable"},
	{ENETRESET, "ENETRESET", "Network dropped connection on reset"},
	{ECONNABORTED, "ECONNABORTED", "Software caused connection abort"},
	{ECONNRESET, "ECONNRESET", "Connection reset by peer"},
	{ENOBUFS, "ENOBUFS", "No buffer space available"},
	{EISCONN, "EISCONN", "Transport endpoint is already connected"},
	{ENOTCONN, "ENOTCONN", "Transport endpoint is not connected"},
	{ESHUTDOWN, "ESHUTDOWN", "Cannot send after transport endpoint shutdown"},
	{ETIMEDOUT, "ETIMEDOUT", "Connection timed out"},
	{ECONNREFUSED, "ECONNREFUSED", "Connection refused"},
	{EHOSTDOWN, "EHOSTDOWN", "Host is down"},
	{EHOSTUNREACH, "EHOSTUNREACH", "No route to host"},
	{EALREADY, "EALREADY", "Operation already in progress"},
	{EINPROGRESS, "EINPROGRESS", "Operation now in progress"},
};

static size_t error_at(int number)
{
	size_t at = 0;

	while (at < sizeof(errors) / sizeof(errors[0]) && errors[at].number != number)
		at++;
	return at;
}

const char *call_errno_name(int number)
{
	size_t at = error_at(number);

	return at < sizeof(errors) / sizeof(errors[0]) ? errors[at].name : "";
}

const char *call_errno_words(int number)
{
	size_t at = error_at(number);

	return at < sizeof(errors) / sizeof(errors[0]) ? errors[at].words : "";
}

int call_errno_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	return 0;
}

/* Linux has these numbers on all architectures but Alpha, MIPS, PA-RISC and SPARC. */
static const char *const signals[] = {NULL, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP",
	"SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
	"SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
	"SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",
	"SIGPWR", "SIGSYS"};
enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

const char *call_signal_name(int number)
{
	return number > 0 && number < SIGNAL_COUNT ? signals[number] : "";
}

int call_signal_number(const char *name)
{
	for (int number = 1; number < SIGNAL_COUNT; number++)
		if (strcmp(signals[number], name) == 0)
			return number;
	return 0;
}

bool call_took(const struct call *call)
{
	return call_reads(call->what) && call->result > 0 &&
	       strstr(call->arguments, "MSG_PEEK") == NULL;
}

bool call_awaits(const struct call *call)
{
	const int64_t at_once_ns = 20000000; /* else it had a time limit (SO_RCVTIMEO) */

	if (call_reads(call->what))
		return call->error != EAGAIN || call->returned_ns - call->entered_ns >= at_once_ns;
	return call_polls(call->what) && strncmp(call->arguments, "nfds ", 5) != 0 &&
	       (call->asked > 0 || strcmp(call->arguments, "POLLIN") == 0) &&
	       strcmp(call->arguments, "POLLOUT") != 0;
}
