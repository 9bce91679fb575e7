/* Whom the kernel tells of an ICMP error: told FAMILY PORT... sends a datagram to each port of the
 * loopback address from a connected socket, from one that is not, and over IPv4 from an unconnected
 * one with IP_RECVERR; says "sent", and after a line on standard input what the next call on each
 * says:
 *   OWN_PORT connected|unconnected|recverr ECONNREFUSED|EAGAIN|... */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static socklen_t loopback(int family, int port, struct sockaddr_storage *address)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	struct sockaddr_in *four = (struct sockaddr_in *)address;

	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		six->sin6_addr = in6addr_loopback;
		six->sin6_port = htons((uint16_t)port);
		return sizeof(*six);
	}
	four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	four->sin_port = htons((uint16_t)port);
	return sizeof(*four);
}

enum { SOCKETS_MAX = 64 };
struct
try {
	int fd;
	const char *mode;
};

static int datagram_sent(int family, int port, const char *mode)
{
	struct sockaddr_storage to;
	socklen_t length = loopback(family, port, &to);
	bool connected = strcmp(mode, "connected") == 0;
	int s = socket(family, SOCK_DGRAM, 0), one = 1;

	if (s < 0)
		die("socket");
	if (strcmp(mode, "recverr") == 0 &&
		setsockopt(s, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) != 0)
		die("IP_RECVERR");
	if (connected && connect(s, (struct sockaddr *)&to, length) != 0)
		die("connect");
	if (sendto(s, "hello", 5, 0, connected ? NULL : (struct sockaddr *)&to,
		    connected ? 0 : length) != 5)
		die("sendto");
	return s;
}

static void next_call(int family, const struct try *try)
{
	struct sockaddr_storage own;
	socklen_t length = sizeof(own);
	char byte[1];

	if (getsockname(try->fd, (struct sockaddr *)&own, &length) != 0)
		die("getsockname");
	ssize_t got = recv(try->fd, byte, sizeof(byte), MSG_DONTWAIT);
	printf("%d %s %s\n",
		ntohs(family == AF_INET6 ? ((struct sockaddr_in6 *)&own)->sin6_port
					 : ((struct sockaddr_in *)&own)->sin_port),
		try->mode, got < 0 ? strerrorname_np(errno) : "data");
}

int main(int argc, char **argv)
{
	static const char *const modes[] = {"connected", "unconnected", "recverr"};
	int family = argc > 1 && strcmp(argv[1], "6") == 0 ? AF_INET6 : AF_INET;
	struct try tries[SOCKETS_MAX];
	size_t count = 0;

	for (int i = 2; i < argc; i++)
		for (size_t mode = 0; mode < (family == AF_INET ? 3 : 2) && count < SOCKETS_MAX;
			mode++, count++)
			tries[count] = (struct try){
				datagram_sent(family, atoi(argv[i]), modes[mode]), modes[mode]};
	puts("sent");
	fflush(stdout);
	getchar();
	for (size_t i = 0; i < count; i++)
		next_call(family, &tries[i]);
	return fflush(stdout) != 0;
}
