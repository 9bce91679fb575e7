/* What the small programs of the tests share that play on loopback. */
#ifndef TCPSTATE_TEST_LOOPBACK_H
#define TCPSTATE_TEST_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

/* What must hold for the test to mean anything; else exit status 9. */
static inline void must(int good)
{
	if (!good)
		_exit(9);
}

static inline struct sockaddr_in address(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

#endif
