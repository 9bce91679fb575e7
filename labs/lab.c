/* What every lab program shares; lab.h says what each function does. */
#include "lab.h"
#include "faults.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

	snprintf(text, sizeof(text), "%s (%s)", strerror(error), name ? name : "?");
	return text;
}

static void complain(const char *format, va_list arguments, const char *after)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "%s%s\n", after ? ": " : "", after ? after : "");
}

void lab_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments, NULL);
	va_end(arguments);
}

void lab_fatal(const char *format, ...)
{
	const char *why = lab_error(errno);
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments, why);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

/* ---- set-up calls ---- */
static void set(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		lab_fatal("setsockopt %s %d", what, value);
}

/* On Linux an accepted socket has all of these from its listening socket. */
static void set_options(int fd, const struct lab_options *options)
{
	struct linger linger = {.l_onoff = 1, .l_linger = (int)options->linger_s};
	bool inet6 = options->family == AF_INET6;

	if (options->reuseaddr)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (options->reuseport)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
	if (options->linger_s >= 0 &&
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
		lab_fatal("setsockopt SO_LINGER");
	if (options->tcp_keepalive_s) {
		set(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
		set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)options->tcp_keepalive_s, "TCP_KEEPIDLE");
		set(fd, IPPROTO_TCP, TCP_KEEPINTVL, (int)options->tcp_keepalive_s, "TCP_KEEPINTVL");
	}
	if (options->nodelay)
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	if (options->rcvbuf)
		set(fd, SOL_SOCKET, SO_RCVBUF, (int)options->rcvbuf, "SO_RCVBUF");
	if (options->sndbuf)
		set(fd, SOL_SOCKET, SO_SNDBUF, (int)options->sndbuf, "SO_SNDBUF");
	if (options->tos >= 0)
		set(fd, inet6 ? IPPROTO_IPV6 : IPPROTO_IP, inet6 ? IPV6_TCLASS : IP_TOS,
			(int)options->tos, "IP_TOS");
	if (options->ttl)
		set(fd, inet6 ? IPPROTO_IPV6 : IPPROTO_IP, inet6 ? IPV6_UNICAST_HOPS : IP_TTL,
			(int)options->ttl, "IP_TTL");
}

int lab_socket(const struct lab_options *options, int type)
{
	int fd = socket((int)options->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		lab_fatal("socket");
	set_options(fd, options);
	return fd;
}

void lab_bind(int fd, const struct lab_address *address)
{
	char text[LAB_ADDRESS_TEXT];

	if (bind(fd, (const struct sockaddr *)&address->sa, address->length) < 0)
		lab_fatal("bind %s", lab_address_text(address, text));
}

void lab_listen(int fd, long backlog)
{
	if (listen(fd, (int)backlog) < 0)
		lab_fatal("listen %ld", backlog);
}

struct lab_address lab_local(int fd)
{
	struct lab_address address = {.length = sizeof(address.sa)};

	if (getsockname(fd, (struct sockaddr *)&address.sa, &address.length) < 0)
		lab_fatal("getsockname");
	return address;
}

void lab_say_ready(int listener, const struct lab_options *options)
{
	struct lab_address address = lab_local(listener);
	char text[LAB_ADDRESS_TEXT];
	int port;

	address = lab_address_misread(&address, options->faults & FAULT_NO_NTOHS_PRINT,
		options->faults & FAULT_NO_NTOHL_PRINT);
	port = lab_address_parts(&address, text);
	printf("ready %s %d %ld\n", text, port, options->backlog);
}

int lab_defer_accept(int fd, long seconds)
{
	int value = (int)seconds;

	return setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, sizeof(value));
}

int lab_hold_acks(int fd, bool on)
{
	/* What a TCP socket's filter sees starts with the TCP header; byte 13 holds the flags, 0x10
	 * is ACK and 0x02 SYN. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x10, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),          /* ACK without SYN: drop */
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff), /* anything else: keep all of it */
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
	int unused = 0;

	if (on)
		return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	/* ENOENT: there was none */
	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) < 0 &&
		errno != ENOENT)
		return -1;
	return 0;
}

bool lab_sealed(void)
{
	const char *sealed = getenv("TCPSTATE_NETNS");
	struct stat here;
	long inode;

	if (stat("/proc/self/ns/net", &here) < 0)
		lab_fatal("/proc/self/ns/net");
	return sealed && lab_number(sealed, 1, LONG_MAX, &inode) && (ino_t)inode == here.st_ino;
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
