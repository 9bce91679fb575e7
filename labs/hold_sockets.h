/* The sockets of `hold': calls that either work or end the program with their name and errno, all
 * on one address of loopback. */
#ifndef HOLD_SOCKETS_H
#define HOLD_SOCKETS_H

#include <linux/tcp.h>
#include <stdbool.h>
#include <stdint.h>

enum { ANY_PORT = 0 };
/* As the kernel numbers them (net/tcp_states.h); <linux/tcp.h> has no names for them. */
enum {
	ESTABLISHED = 1,
	SYN_SENT,
	SYN_RECV,
	FIN_WAIT1,
	FIN_WAIT2,
	TIME_WAIT,
	CLOSED,
	CLOSE_WAIT,
	LAST_ACK,
	LISTEN,
	CLOSING
};

/* All sockets to come are of this address and its family: before any other function. What is none
 * is a usage error, which ends the program. */
void address_use(const char *text);

/* Every descriptor is remembered until close_all() or Close(). Ports are in host byte order. */
int keep(int fd, const char *what); /* returns fd; `what` failed if it is negative */
int Socket(int type);
/* a client that may have its port again while its TIME_WAIT remains */
int reusing_socket(void);
int listener(int backlog); /* a listening socket on a port that the kernel chooses */
int Accept(int listening);
void Bind(int fd, int port);
/* sends the SYN and does not wait for the answer; the socket is non-blocking from now on */
void start_connect(int fd, int port);
void Shutdown(int fd); /* SHUT_WR: sends the FIN */
void Close(int fd);
void close_all(void);

int port_of(int fd); /* the local one, 0 when not bound */
struct tcp_info info_of(int fd);
void pause_1ms(void);
/* Waits until this socket is in that state: as long as the next retransmission of a FIN may take
 * when it has been held back for minutes, TCP_RTO_MAX (120 s, include/net/tcp.h), and 10 s. */
enum { AWAIT_MS = 130000 };
void await(int fd, int state);

/* Drops arriving segments whose flags, masked, equal these: a socket filter, which replaces an
 * earlier one. Needs CAP_NET_ADMIN. */
void drop_segments(int fd, uint8_t mask, uint8_t flags);
void drop_nothing(int fd);

#endif
