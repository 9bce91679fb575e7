/* Set-up calls that succeed or end the program, and the socket filter; sockets.h says what each
 * function does. */
#include "sockets.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

#include "faults.h"
#include "lab.h"

/* ---- calls ---- */
int lab_open(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		lab_fatal("socket");
	return fd;
}

void lab_set(int fd, int level, int name, int value, const char *what)
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
		lab_set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (options->reuseport)
		lab_set(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
	if (options->linger_s >= 0 &&
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
		lab_fatal("setsockopt SO_LINGER");
	if (options->tcp_keepalive_s) {
		int seconds = (int)options->tcp_keepalive_s;

		lab_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
		lab_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds, "TCP_KEEPIDLE");
		lab_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds, "TCP_KEEPINTVL");
	}
	if (options->nodelay)
		lab_set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	if (options->rcvbuf)
		lab_set(fd, SOL_SOCKET, SO_RCVBUF, (int)options->rcvbuf, "SO_RCVBUF");
	if (options->sndbuf)
		lab_set(fd, SOL_SOCKET, SO_SNDBUF, (int)options->sndbuf, "SO_SNDBUF");
	if (options->tos >= 0)
		lab_set(fd, inet6 ? IPPROTO_IPV6 : IPPROTO_IP, inet6 ? IPV6_TCLASS : IP_TOS,
			(int)options->tos, "IP_TOS");
	if (options->ttl)
		lab_set(fd, inet6 ? IPPROTO_IPV6 : IPPROTO_IP, inet6 ? IPV6_UNICAST_HOPS : IP_TTL,
			(int)options->ttl, "IP_TTL");
}

int lab_socket(const struct lab_options *options, int type)
{
	int fd = lab_open((int)options->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK);

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

/* ---- kernel settings ---- */
int lab_defer_accept(int fd, long seconds)
{
	int value = (int)seconds;

	return setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, sizeof(value));
}

int lab_drop_segments(int fd, uint8_t mask, uint8_t flags)
{
	/* What a TCP socket's filter sees starts with the TCP header; byte 13 holds the flags. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),          /* drop it */
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* keep all of it */
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int lab_drop_nothing(int fd)
{
	int unused = 0;

	/* ENOENT: there was no filter */
	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) < 0 &&
		errno != ENOENT)
		return -1;
	return 0;
}

int lab_hold_acks(int fd, bool on)
{
	enum { SYN = 0x02, ACK = 0x10 };

	return on ? lab_drop_segments(fd, SYN | ACK, ACK) : lab_drop_nothing(fd);
}
