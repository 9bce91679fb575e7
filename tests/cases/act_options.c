/* See act_options.h. */
#include "act_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

void act_check(long result, const char *what)
{
	if (result < 0)
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
}

struct end act_address(const char *text)
{
	struct end end = {.at.four.sin_family = AF_INET, .size = sizeof(end.at.four)};
	char host[64];

	snprintf(host, sizeof(host), "%s", text);
	char *port = strrchr(host, ':');
	bool six = host[0] == '[' && port != NULL && port[-1] == ']';
	if (port != NULL)
		port[six ? -1 : 0] = '\0';
	if (six) {
		end.at.six = (struct sockaddr_in6){
			.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port + 1))};
		end.size = sizeof(end.at.six);
	}
	if (port == NULL ||
		inet_pton(six ? AF_INET6 : AF_INET, host + six,
			six ? (void *)&end.at.six.sin6_addr : &end.at.four.sin_addr) != 1) {
		fprintf(stderr, "act: %s is no ADDRESS:PORT\n", text);
		exit(2);
	}
	if (!six)
		end.at.four.sin_port = htons((uint16_t)atoi(port + 1));
	return end;
}

/* A key that all of 127.0.0.1 must sign with (RFC 2385). */
static void sign(int fd)
{
	struct tcp_md5sig key = {.tcpm_keylen = 3, .tcpm_key = "key"};
	struct end whom = act_address("127.0.0.1:0");

	memcpy(&key.tcpm_addr, &whom.at.four, whom.size);
	act_check(setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key)), "md5");
}

void act_set(int fd, const char *option, int value)
{
	const struct linger abort = {1, value};
	const struct timeval limit = {value / 1000, value % 1000 * 1000L};
	const int one = 1;

	if (strcmp(option, "rcvtimeo") == 0)
		act_check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), option);
	else if (strcmp(option, "linger") == 0)
		act_check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort)), option);
	else if (strcmp(option, "cork") == 0)
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value)), option);
	else if (strcmp(option, "keepalive") == 0) {
		act_check(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)), option);
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one)), option);
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof(one)), option);
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &value, sizeof(value)), option);
	} else if (strcmp(option, "sndbuf") == 0)
		act_check(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)), option);
	else if (strcmp(option, "rcvlowat") == 0)
		act_check(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value)), option);
	else if (strcmp(option, "nodelay") == 0)
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), option);
	else if (strcmp(option, "usertimeout") == 0)
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof(value)),
			option);
	else if (strcmp(option, "defer") == 0)
		act_check(setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, sizeof(value)),
			option);
	else if (strcmp(option, "v6only") == 0)
		act_check(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value)), option);
	else if (strcmp(option, "md5") == 0)
		sign(fd);
	else if (strcmp(option, "interface") == 0)
		act_check(setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &value, sizeof(value)),
			option);
	else
		act_check(setsockopt(fd, SOL_SOCKET,
				  strcmp(option, "reuseaddr") == 0   ? SO_REUSEADDR
				  : strcmp(option, "reuseport") == 0 ? SO_REUSEPORT
								     : SO_RCVBUF,
				  &value, sizeof(value)),
			option);
}
