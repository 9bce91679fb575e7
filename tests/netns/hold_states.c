/* Holds TCP sockets in every one of the eleven states at once, in the network namespace it runs in, until standard input ends.
 * Each state has its recipe, a function of its own. Where a state lasts only as long as a segment is under way, a socket filter
 * (SO_ATTACH_FILTER) drops that segment: needs CAP_NET_ADMIN over the namespace, as in `unshare -Urn` or a sealed recording.
 *
 *      hold_states [-6] [RECIPE...]            all recipes without RECIPE; prints "ready" when each socket is in its state */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10, ANY_PORT = 0 };
/* As the kernel numbers them (net/tcp_states.h); <linux/tcp.h> has no names for them. */
enum { ESTABLISHED = 1, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSED, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING };

static bool v6; /* loopback is ::1 instead of 127.0.0.1 */

/* ---- set-up calls that either work or end the program ---- */

__attribute__((noreturn, format(printf, 1, 2))) static void fatal(const char *format, ...)
{
	int cause = errno;
	va_list arguments;

	fputs("hold_states: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, cause != 0 ? ": %s\n" : "\n", strerror(cause));
	exit(1);
}

static int Socket(int type)
{
	int fd = socket(v6 ? AF_INET6 : AF_INET, type, 0);

	if (fd < 0)
		fatal("socket");
	return fd;
}

/* Loopback, with this port in host byte order. */
static socklen_t loopback(struct sockaddr_storage *address, int port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	memcpy(address, v6 ? (void *)&in6 : (void *)&in, v6 ? sizeof(in6) : sizeof(in));
	return v6 ? sizeof(in6) : sizeof(in);
}

static void Bind(int fd, int port)
{
	struct sockaddr_storage address;
	socklen_t length = loopback(&address, port);

	if (bind(fd, (struct sockaddr *)&address, length) < 0)
		fatal("bind to port %d", port);
}

static int port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		fatal("getsockname");
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						   : ((struct sockaddr_in *)&address)->sin_port);
}

/* A listening socket on a port that the kernel chooses. */
static int listener(int backlog)
{
	int fd = Socket(SOCK_STREAM);

	Bind(fd, ANY_PORT);
	if (listen(fd, backlog) < 0)
		fatal("listen");
	return fd;
}

/* Sends the SYN and does not wait for the answer. */
static void start_connect(int fd, int port)
{
	struct sockaddr_storage address;
	socklen_t length = loopback(&address, port);

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		fatal("fcntl");
	if (connect(fd, (struct sockaddr *)&address, length) < 0 && errno != EINPROGRESS)
		fatal("connect to port %d", port);
}

static void Shutdown(int fd)
{
	if (shutdown(fd, SHUT_WR) < 0)
		fatal("shutdown");
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		fatal("getsockopt TCP_INFO");
	return info;
}

static void pause_1ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Waits until this socket is in that state; 10 s are enough for several retransmissions of a FIN. */
static void await(int fd, int state)
{
	for (int i = 0; i < 10000; i++) {
		if (info_of(fd).tcpi_state == state)
			return;
		pause_1ms();
	}
	errno = 0;
	fatal("a socket stays in state %d instead of reaching %d (kernel's numbers)", info_of(fd).tcpi_state, state);
}

/* Drops arriving segments whose flags, masked, equal these. A filter of a TCP socket sees the TCP header at offset 0; the flags
 * are byte 13. */
static void drop_segments(int fd, uint8_t mask, uint8_t flags)
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

static void drop_nothing(int fd)
{
	int unused = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) < 0)
		fatal("SO_DETACH_FILTER");
}

/* Both ends of an open connection. The listener is closed: it is not the lesson. */
struct pair {
	int client, server;
};

static struct pair open_pair(void)
{
	int listening = listener(1);
	struct pair pair = {.client = Socket(SOCK_STREAM)};

	start_connect(pair.client, port_of(listening));
	await(pair.client, ESTABLISHED);
	pair.server = accept(listening, NULL, NULL);
	if (pair.server < 0)
		fatal("accept");
	close(listening);
	return pair;
}

/* ---- one recipe a state; descriptors stay open on purpose, the end of the program closes them ---- */

/* bind() and no more: the kernel keeps the port, and shows the socket only to those who ask for it. */
static void hold_closed(void)
{
	Bind(Socket(SOCK_STREAM), ANY_PORT);
}

/* Backlog 1 admits two connections; nobody calls accept(). Their sockets are ESTABLISHED already. */
static void hold_listen(void)
{
	int listening = listener(1);

	for (int i = 0; i < 2; i++) {
		int client = Socket(SOCK_STREAM);

		start_connect(client, port_of(listening));
		await(client, ESTABLISHED);
	}
	while (info_of(listening).tcpi_unacked != 2) /* of a listener: the length of its accept queue */
		pause_1ms();
}

/* The client never sees a SYN-ACK. Its listener holds a half-open request meanwhile. */
static void hold_syn_sent(void)
{
	int client = Socket(SOCK_STREAM);

	drop_segments(client, SYN | ACK, SYN | ACK);
	start_connect(client, port_of(listener(1)));
	await(client, SYN_SENT);
}

/* The listener never sees the final ACK: the client is ESTABLISHED, the server has a request in SYN_RECV. */
static void hold_syn_recv(void)
{
	int listening = listener(1), client = Socket(SOCK_STREAM);

	drop_segments(listening, SYN | ACK, ACK);
	start_connect(client, port_of(listening));
	await(client, ESTABLISHED);
}

/* Simultaneous open: both ends connect(). A ignores the RST that its SYN draws from a port where nobody listens; B then sends its
 * SYN, which takes A from SYN_SENT to SYN_RECV, and never sees A's SYN-ACK. A's is a full socket, no request. */
static void hold_syn_recv_simultaneous(void)
{
	int a = Socket(SOCK_STREAM), b = Socket(SOCK_STREAM);

	Bind(a, ANY_PORT);
	Bind(b, ANY_PORT);
	drop_segments(a, RST, RST);
	drop_segments(b, SYN | ACK, SYN | ACK);
	start_connect(a, port_of(b));
	start_connect(b, port_of(a));
	await(a, SYN_RECV);
}

/* Five bytes wait for a server that does not read. */
static void hold_established(void)
{
	struct pair pair = open_pair();

	if (send(pair.client, "hello", 5, 0) != 5)
		fatal("send");
	while (info_of(pair.client).tcpi_unacked != 0)
		pause_1ms();
}

/* The client never sees the ACK of its FIN. The server is in CLOSE_WAIT. */
static void hold_fin_wait1(void)
{
	struct pair pair = open_pair();

	drop_segments(pair.client, SYN | FIN | ACK, ACK);
	Shutdown(pair.client);
	await(pair.client, FIN_WAIT1);
	await(pair.server, CLOSE_WAIT);
}

/* The same after close(): an orphan, no process holds it. */
static void hold_fin_wait1_orphan(void)
{
	struct pair pair = open_pair();

	drop_segments(pair.client, SYN | FIN | ACK, ACK);
	close(pair.client);
	await(pair.server, CLOSE_WAIT);
}

/* The client half-closes, the server keeps its end open: a full socket in FIN_WAIT2, and CLOSE_WAIT at the server. */
static void hold_fin_wait2(void)
{
	struct pair pair = open_pair();

	Shutdown(pair.client);
	await(pair.client, FIN_WAIT2);
	await(pair.server, CLOSE_WAIT);
}

/* The client closes for good: what remains of it is a mini-socket with a timer (tcp_fin_timeout). */
static void hold_fin_wait2_mini(void)
{
	struct pair pair = open_pair();

	Shutdown(pair.client);
	await(pair.client, FIN_WAIT2);
	close(pair.client);
}

/* The client has closed, the server has not: the forgotten close(). */
static void hold_close_wait(void)
{
	struct pair pair = open_pair();

	close(pair.client);
	await(pair.server, CLOSE_WAIT);
}

/* Both ends close and neither sees the other's FIN. Then one may see it: its own FIN is still not acknowledged. */
static void hold_closing(void)
{
	struct pair pair = open_pair();

	drop_segments(pair.client, FIN, FIN);
	drop_segments(pair.server, FIN, FIN);
	Shutdown(pair.client);
	Shutdown(pair.server);
	await(pair.client, FIN_WAIT1);
	await(pair.server, FIN_WAIT1);
	drop_nothing(pair.client);
	await(pair.client, CLOSING);
	await(pair.server, FIN_WAIT2);
}

/* The client closes, then the server, which never sees the ACK of its FIN. The client is in TIME_WAIT. */
static void hold_last_ack(void)
{
	struct pair pair = open_pair();

	Shutdown(pair.client);
	await(pair.client, FIN_WAIT2);
	await(pair.server, CLOSE_WAIT);
	drop_segments(pair.server, SYN | FIN | ACK, ACK);
	Shutdown(pair.server);
	await(pair.server, LAST_ACK);
	await(pair.client, CLOSED); /* to its program: the kernel goes on with a mini-socket in TIME_WAIT */
}

/* The client closes first, then the server: the client's end waits for 60 s. */
static void hold_time_wait(void)
{
	struct pair pair = open_pair();

	Shutdown(pair.client);
	await(pair.server, CLOSE_WAIT);
	close(pair.server);
	await(pair.client, CLOSED); /* a mini-socket has taken over */
	close(pair.client);
}

/* An IPv6 socket that speaks IPv4, as a server on [::] does. */
static void hold_mapped(void)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	int listening = socket(AF_INET6, SOCK_STREAM, 0), client = Socket(SOCK_STREAM);

	if (listening < 0 || bind(listening, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(listening, 5) < 0)
		fatal("listener on [::]");
	start_connect(client, port_of(listening));
	await(client, ESTABLISHED);
	if (accept(listening, NULL, NULL) < 0)
		fatal("accept");
}

/* One UDP socket that waits with a datagram to read, and one that is connected to it. */
static void hold_udp(void)
{
	int server = Socket(SOCK_DGRAM), client = Socket(SOCK_DGRAM);
	char byte;

	Bind(server, ANY_PORT);
	start_connect(client, port_of(server));
	if (send(client, "hello", 5, 0) != 5 || recv(server, &byte, 1, MSG_PEEK) != 1)
		fatal("UDP over loopback");
}

static const struct recipe {
	const char *name;
	void (*hold)(void);
} recipes[] = {
	{"CLOSED", hold_closed},
	{"LISTEN", hold_listen},
	{"SYN_SENT", hold_syn_sent},
	{"SYN_RECV", hold_syn_recv},
	{"SYN_RECV-simultaneous", hold_syn_recv_simultaneous},
	{"ESTABLISHED", hold_established},
	{"FIN_WAIT1", hold_fin_wait1},
	{"FIN_WAIT1-orphan", hold_fin_wait1_orphan},
	{"FIN_WAIT2", hold_fin_wait2},
	{"FIN_WAIT2-mini", hold_fin_wait2_mini},
	{"CLOSE_WAIT", hold_close_wait},
	{"CLOSING", hold_closing},
	{"LAST_ACK", hold_last_ack},
	{"TIME_WAIT", hold_time_wait},
	{"mapped", hold_mapped},
	{"udp", hold_udp},
};
enum { RECIPE_COUNT = sizeof(recipes) / sizeof(recipes[0]) };

static void hold_named(const char *name)
{
	for (size_t i = 0; i < RECIPE_COUNT; i++) {
		if (strcmp(recipes[i].name, name) == 0) {
			recipes[i].hold();
			return;
		}
	}
	fprintf(stderr, "hold_states: no recipe \"%s\"; there are:", name);
	for (size_t i = 0; i < RECIPE_COUNT; i++)
		fprintf(stderr, " %s", recipes[i].name);
	fputs("\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	int first = 1;
	char byte;

	v6 = argc > 1 && strcmp(argv[1], "-6") == 0;
	first += v6;
	for (int i = first; i < argc; i++)
		hold_named(argv[i]);
	for (size_t i = 0; i < RECIPE_COUNT && first == argc; i++)
		recipes[i].hold();
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
