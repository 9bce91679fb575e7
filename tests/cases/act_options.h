/* What act sets of a socket, and the addresses that it is given. */
#ifndef TESTS_CASES_ACT_OPTIONS_H
#define TESTS_CASES_ACT_OPTIONS_H

#include <netinet/in.h>
#include <sys/socket.h>

struct end {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} at;
	socklen_t size;
};

/* Says on standard error what has failed, and goes on. */
void act_check(long result, const char *what);
/* "127.0.0.1:80", "[::1]:80"; ends the program where it is none */
struct end act_address(const char *text);
void act_set(int fd, const char *option, int value);

#endif
