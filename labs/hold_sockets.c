/* Set-up calls that succeed or end the program, the descriptors they opened, and the socket filter
 * that drops segments. */
#include "hold_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool v6;
static const char *address_text = "127.0.0.1"; /* of all sockets: one of loopback's */
static int opened[256];
static size_t opened_count;

bool address_use(const char *text)
{
	struct in6_addr bytes;

	v6 = strchr(text, ':') != NULL;
	address_text = text;
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, &bytes) == 1;
}

void fatal(const char *format, ...)
{
	int cause = errno;
	va_list arguments;

	fputs("hold: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, cause != 0 ? ": %s\n" : "\n", strerror(cause));
	exit(1);
}

int keep(int fd, const char *what)
{
	if (fd < 0)
		fatal("%s", what);
	if (opened_count == sizeof(opened) / sizeof(opened[0])) {
		errno = 0;
		fatal("too many sockets: say `end' in between");
	}
	return opened[opened_count++] = fd;
}

void Close(int fd)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] == fd)
			opened[i] = -1;
	close(fd);
}

int Socket(int type)
{
	return keep(socket(v6 ? AF_INET6 : AF_INET, type, 0), "socket");
}

int reusing_socket(void)
{
	int fd = Socket(SOCK_STREAM), on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		fatal("SO_REUSEADDR");
	return fd;
}

int Accept(int listening)
{
	return keep(accept(listening, NULL, NULL), "accept");
}

/* Our address, with this port in host byte order. */
static socklen_t address_at(struct sockaddr_storage *address, int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	inet_pton(v6 ? AF_INET6 : AF_INET, address_text,
		v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr);
	memcpy(address, v6 ? (void *)&in6 : (void *)&in, v6 ? sizeof(in6) : sizeof(in));
	return v6 ? sizeof(in6) : sizeof(in);
}

void Bind(int fd, int port)
{
	struct sockaddr_storage address;
	socklen_t length = address_at(&address, port);

	if (bind(fd, (struct sockaddr *)&address, length) < 0)
		fatal("bind to port %d", port);
}

int port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		fatal("getsockname");
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						   : ((struct sockaddr_in *)&address)->sin_port);
}

int listener(int backlog)
{
	int fd = Socket(SOCK_STREAM);

	Bind(fd, ANY_PORT);
	if (listen(fd, backlog) < 0)
		fatal("listen");
	return fd;
}

void start_connect(int fd, int port)
{
	struct sockaddr_storage address;
	socklen_t length = address_at(&address, port);

	if (port_of(fd) == 0)
		Bind(fd, ANY_PORT); /* else all of loopback connects from 127.0.0.1 */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		fatal("fcntl");
	if (connect(fd, (struct sockaddr *)&address, length) < 0 && errno != EINPROGRESS)
		fatal("connect to port %d", port);
}

void Shutdown(int fd)
{
	if (shutdown(fd, SHUT_WR) < 0)
		fatal("shutdown");
}

struct tcp_info info_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		fatal("getsockopt TCP_INFO");
	return info;
}

void pause_1ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void await(int fd, int state)
{
	for (int i = 0; i < 10000; i++) {
		if (info_of(fd).tcpi_state == state)
			return;
		pause_1ms();
	}
	errno = 0;
	fatal("a socket stays in state %d instead of reaching %d (kernel's numbers)",
		info_of(fd).tcpi_state, state);
}

/* A filter of a TCP socket sees the TCP header at offset 0; the flags are byte 13. */
void drop_segments(int fd, uint8_t mask, uint8_t flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		fatal("SO_ATTACH_FILTER (run it in a namespace of your own: unshare -Urn)");
}

void drop_nothing(int fd)
{
	int unused = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) < 0)
		fatal("SO_DETACH_FILTER");
}

void close_all(void)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] >= 0)
			close(opened[i]);
	opened_count = 0;
}
