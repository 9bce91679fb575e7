/* The steps of which the scenarios of mixed_orders are made: sockets of one address family, and
 * waiting for what the kernel reports (TCP_INFO), never for time. Each step ends the program with
 * the scenario's name when it fails. */
#ifndef TESTS_NETNS_ORDERS_H
#define TESTS_NETNS_ORDERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

#define check(call) check_at(call, #call, __LINE__)
enum { CLIENT_PORT = 22535 };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};
struct pair {
	int listener, client, server;
};

extern union address here; /* of the scenario: its family, the server's address and port */
/* its name; this run's IPv4 address, whatever the family */
extern const char *scenario, *other_v4;
extern FILE *unsent, *held; /* what the comparer needs to be told, see oracle_compare.c */

/* returns result when it is not negative */
int check_at(int result, const char *call, int line);
socklen_t address_length(void);
union address here_at(unsigned port);
void set(int fd, int level, int option, int value);
/* of net.ipv4; false, and said, when it does not read back */
bool sysctl_set(const char *name, const char *value);

int make_socket(void);
int bound(unsigned port, bool reuse);
int listener(int backlog);
int client_socket(void);
int connected(void);
void start_connect(int fd);  /* without blocking */
struct pair pair_made(void); /* listening, connected, accepted */

void drop(int fd, unsigned mask, unsigned value);
void release(int fd); /* what drop() keeps from the socket */
int state_of(int fd);
void wait_state(int fd, int state);
void wait_bytes(int fd, int wanted); /* to be read */
void be_looked_at(void); /* the recorder asks the kernel, also where it waits for a processor */
void say(int fd, const char *text);
void reset(int fd); /* SO_LINGER {1, 0} and close() */

#endif
