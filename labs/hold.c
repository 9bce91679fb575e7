/* Holds TCP sockets in every one of the eleven states, in the network namespace it runs in. Each state has its recipe, two functions:
 * what holds it, and what lets it go on along the state diagram. Where a state lasts only as long as a segment is under way, a socket
 * filter (SO_ATTACH_FILTER) drops that segment: needs CAP_NET_ADMIN over the namespace, as in `unshare -Urn` or a sealed recording.
 *
 *      hold [-6] [--address ADDR] [RECIPE...]
 *                                      holds these, all of them with `all'; prints "ready N"; until standard input ends it obeys lines:
 *      hold RECIPE                     "ok hold RECIPE PORT": PORT is the local one of the socket that is in that state now
 *      go on                           the last recipe's socket moves on: what was withheld arrives, or its program closes it
 *      end                             closes what is still open */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <netinet/in.h>
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

static bool v6;
static const char *address_text = "127.0.0.1"; /* of all sockets: one of loopback's */

/* What a recipe has made: the end that holds the state (a listening socket's request or a mini-socket has no descriptor: then only its
 * port is known), the other end, and the listening socket if it is still open; -1: none. */
struct ends {
	int holder, peer, listening, port;
};

/* ---- set-up calls that either work or end the program ---- */

__attribute__((noreturn, format(printf, 1, 2))) static void fatal(const char *format, ...)
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

static int opened[256];
static size_t opened_count;

/* Remember a descriptor for the line `end'. */
static int keep(int fd, const char *what)
{
	if (fd < 0)
		fatal("%s", what);
	if (opened_count == sizeof(opened) / sizeof(opened[0]))
		fatal("too many sockets: say `end' in between");
	return opened[opened_count++] = fd;
}

static void Close(int fd)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] == fd)
			opened[i] = -1;
	close(fd);
}

static int Socket(int type)
{
	return keep(socket(v6 ? AF_INET6 : AF_INET, type, 0), "socket");
}

/* A client that may have its port again while its TIME_WAIT remains. */
static int reusing_socket(void)
{
	int fd = Socket(SOCK_STREAM), on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		fatal("SO_REUSEADDR");
	return fd;
}

static int Accept(int listening)
{
	return keep(accept(listening, NULL, NULL), "accept");
}

/* Our address, with this port in host byte order. */
static socklen_t loopback(struct sockaddr_storage *address, int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	inet_pton(v6 ? AF_INET6 : AF_INET, address_text, v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr);
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

	if (port_of(fd) == 0)
		Bind(fd, ANY_PORT); /* else all of loopback connects from 127.0.0.1 */
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

/* Both ends of an open connection, and its listening socket. */
static struct ends open_pair(int client)
{
	int listening = listener(1);

	start_connect(client, port_of(listening));
	await(client, ESTABLISHED);
	return (struct ends){.holder = client, .peer = Accept(listening), .listening = listening};
}

/* The same with the server as the end that will hold the state; the listening socket is closed: it is not the lesson. */
static struct ends closed_pair(bool server_holds)
{
	struct ends ends = open_pair(Socket(SOCK_STREAM));
	int client = ends.holder;

	Close(ends.listening);
	ends.listening = -1;
	if (server_holds) {
		ends.holder = ends.peer;
		ends.peer = client;
	}
	return ends;
}

/* ---- one recipe a state: what holds it, then how it goes on ---- */

static void go_close(struct ends *ends)
{
	Close(ends->holder);
}

/* bind() and no more: the kernel keeps the port, and shows the socket only to those who ask for it. */
static void hold_closed(struct ends *ends)
{
	ends->holder = Socket(SOCK_STREAM);
	Bind(ends->holder, ANY_PORT);
}

/* Backlog 1 admits two connections; nobody calls accept(). Their sockets are ESTABLISHED already; close() of the listening one will
 * reset them. */
static void hold_listen(struct ends *ends)
{
	ends->holder = listener(1);
	for (int i = 0; i < 2; i++) {
		int client = Socket(SOCK_STREAM);

		start_connect(client, port_of(ends->holder));
		await(client, ESTABLISHED);
	}
	while (info_of(ends->holder).tcpi_unacked != 2) /* of a listener: the length of its accept queue */
		pause_1ms();
}

/* The client never sees a SYN-ACK. Its listener holds a half-open request meanwhile; once the client has closed, the next SYN-ACK
 * draws a RST that ends it. */
static void hold_syn_sent(struct ends *ends)
{
	ends->holder = Socket(SOCK_STREAM);
	ends->listening = listener(1);
	drop_segments(ends->holder, SYN | ACK, SYN | ACK);
	start_connect(ends->holder, port_of(ends->listening));
	await(ends->holder, SYN_SENT);
}

/* The listener never sees the final ACK: the client is ESTABLISHED, the server has a request in SYN_RECV. */
static void hold_syn_recv(struct ends *ends)
{
	ends->listening = listener(1);
	ends->peer = Socket(SOCK_STREAM);
	ends->port = port_of(ends->listening);
	drop_segments(ends->listening, SYN | ACK, ACK);
	start_connect(ends->peer, ends->port);
	await(ends->peer, ESTABLISHED);
}

/* The next SYN-ACK, a second after the first, is acknowledged again. */
static void go_accept(struct ends *ends)
{
	drop_nothing(ends->listening);
	ends->holder = Accept(ends->listening);
}

/* Simultaneous open: both ends connect(). A ignores the RST that its SYN draws from a port where nobody listens; B then sends its
 * SYN, which takes A from SYN_SENT to SYN_RECV, and never sees A's SYN-ACK. A's is a full socket, no request. In between A is left in
 * SYN_SENT for long enough that who watches the kernel sees the RST ignored. */
static void hold_syn_recv_simultaneous(struct ends *ends)
{
	int a = ends->holder = Socket(SOCK_STREAM), b = ends->peer = Socket(SOCK_STREAM);

	Bind(a, ANY_PORT);
	Bind(b, ANY_PORT);
	drop_segments(a, RST, RST);
	drop_segments(b, SYN | ACK, SYN | ACK);
	start_connect(a, port_of(b));
	for (int i = 0; i < 50; i++)
		pause_1ms();
	start_connect(b, port_of(a));
	await(a, SYN_RECV);
}

static void go_establish(struct ends *ends)
{
	drop_nothing(ends->peer);
	await(ends->holder, ESTABLISHED);
	await(ends->peer, ESTABLISHED);
}

/* Only a full socket in SYN_RECV can be closed by its program: its FIN goes out before the peer is known to be there. */
static void go_close_half_open(struct ends *ends)
{
	Close(ends->holder);
	drop_nothing(ends->peer);
	await(ends->peer, CLOSE_WAIT);
}

/* Five bytes wait for a server that does not read. */
static void hold_established(struct ends *ends)
{
	*ends = closed_pair(false);
	if (send(ends->holder, "hello", 5, 0) != 5)
		fatal("send");
	while (info_of(ends->holder).tcpi_unacked != 0)
		pause_1ms();
}

/* Read them, else close() would answer with RST. */
static void go_read(struct ends *ends)
{
	char text[5];

	if (recv(ends->peer, text, sizeof(text), MSG_WAITALL) != sizeof(text))
		fatal("recv");
	Shutdown(ends->holder);
	await(ends->peer, CLOSE_WAIT);
}

/* The client never sees the ACK of its FIN. The server is in CLOSE_WAIT. */
static void hold_fin_wait1(struct ends *ends)
{
	*ends = closed_pair(false);
	drop_segments(ends->holder, SYN | FIN | ACK, ACK);
	Shutdown(ends->holder);
	await(ends->holder, FIN_WAIT1);
	await(ends->peer, CLOSE_WAIT);
}

/* The FIN is sent again, and acknowledged again. */
static void go_fin_wait2(struct ends *ends)
{
	drop_nothing(ends->holder);
	await(ends->holder, FIN_WAIT2);
}

/* The same after close(): an orphan, no process holds it. */
static void hold_fin_wait1_orphan(struct ends *ends)
{
	*ends = closed_pair(false);
	ends->port = port_of(ends->holder);
	drop_segments(ends->holder, SYN | FIN | ACK, ACK);
	Close(ends->holder);
	await(ends->peer, CLOSE_WAIT);
}

static void go_close_peer(struct ends *ends)
{
	Close(ends->peer);
}

/* The client half-closes, the server keeps its end open: a full socket in FIN_WAIT2, and CLOSE_WAIT at the server. */
static void hold_fin_wait2(struct ends *ends)
{
	*ends = closed_pair(false);
	Shutdown(ends->holder);
	await(ends->holder, FIN_WAIT2);
	await(ends->peer, CLOSE_WAIT);
}

/* The client closes for good: what remains of it is a mini-socket with a timer (tcp_fin_timeout). */
static void hold_fin_wait2_mini(struct ends *ends)
{
	hold_fin_wait2(ends);
	ends->port = port_of(ends->holder);
	Close(ends->holder);
}

/* The client has closed, the server has not: the forgotten close(). */
static void hold_close_wait(struct ends *ends)
{
	*ends = closed_pair(true);
	Close(ends->peer);
	await(ends->holder, CLOSE_WAIT);
}

static void go_last_ack(struct ends *ends)
{
	Shutdown(ends->holder);
	await(ends->holder, CLOSED);
}

/* Both ends close and neither sees the other's FIN. Then one may see it: its own FIN is still not acknowledged. */
static void hold_closing(struct ends *ends)
{
	*ends = closed_pair(false);
	drop_segments(ends->holder, FIN, FIN);
	drop_segments(ends->peer, FIN, FIN);
	Shutdown(ends->holder);
	Shutdown(ends->peer);
	await(ends->holder, FIN_WAIT1);
	await(ends->peer, FIN_WAIT1);
	drop_nothing(ends->holder);
	await(ends->holder, CLOSING);
	await(ends->peer, FIN_WAIT2);
}

static void go_time_wait(struct ends *ends)
{
	drop_nothing(ends->peer);
	await(ends->holder, CLOSED); /* to its program: the kernel goes on with a mini-socket in TIME_WAIT */
}

/* The client closes, then the server, which never sees the ACK of its FIN. The client is in TIME_WAIT. */
static void hold_last_ack(struct ends *ends)
{
	*ends = closed_pair(true);
	Shutdown(ends->peer);
	await(ends->peer, FIN_WAIT2);
	await(ends->holder, CLOSE_WAIT);
	drop_segments(ends->holder, SYN | FIN | ACK, ACK);
	Shutdown(ends->holder);
	await(ends->holder, LAST_ACK);
	await(ends->peer, CLOSED);
}

static void go_last_ack_received(struct ends *ends)
{
	drop_nothing(ends->holder);
	await(ends->holder, CLOSED);
}

/* The client closes first, then the server: the client's end waits for 60 s. */
static void hold_time_wait(struct ends *ends)
{
	*ends = open_pair(reusing_socket());
	ends->port = port_of(ends->holder);
	Shutdown(ends->holder);
	await(ends->peer, CLOSE_WAIT);
	Close(ends->peer);
	await(ends->holder, CLOSED); /* a mini-socket has taken over */
	Close(ends->holder);
}

/* The same two ends once more: connect() takes the old connection's place (both sockets SO_REUSEADDR, timestamps on). */
static void go_reuse(struct ends *ends)
{
	int port = port_of(ends->listening);

	ends->holder = reusing_socket();
	Bind(ends->holder, ends->port);
	start_connect(ends->holder, port);
	await(ends->holder, ESTABLISHED);
	ends->peer = Accept(ends->listening);
}

/* An IPv6 socket that speaks IPv4, as a server on [::] does. */
static void hold_mapped(struct ends *ends)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	int listening = keep(socket(AF_INET6, SOCK_STREAM, 0), "socket"), client = Socket(SOCK_STREAM);

	if (bind(listening, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(listening, 5) < 0)
		fatal("listener on [::]");
	start_connect(client, port_of(listening));
	await(client, ESTABLISHED);
	ends->holder = Accept(listening);
}

/* One UDP socket that waits with a datagram to read, and one that is connected to it. */
static void hold_udp(struct ends *ends)
{
	int server = Socket(SOCK_DGRAM), client = Socket(SOCK_DGRAM);
	char byte;

	Bind(server, ANY_PORT);
	start_connect(client, port_of(server));
	if (send(client, "hello", 5, 0) != 5 || recv(server, &byte, 1, MSG_PEEK) != 1)
		fatal("UDP over loopback");
	ends->holder = server;
}

static const struct recipe {
	const char *name;
	void (*hold)(struct ends *ends), (*go_on)(struct ends *ends);
} recipes[] = {
	{"CLOSED", hold_closed, go_close},
	{"LISTEN", hold_listen, go_close},
	{"SYN_SENT", hold_syn_sent, go_close},
	{"SYN_RECV", hold_syn_recv, go_accept},
	{"SYN_RECV-simultaneous", hold_syn_recv_simultaneous, go_establish},
	{"SYN_RECV-closed", hold_syn_recv_simultaneous, go_close_half_open},
	{"ESTABLISHED", hold_established, go_read},
	{"FIN_WAIT1", hold_fin_wait1, go_fin_wait2},
	{"FIN_WAIT1-orphan", hold_fin_wait1_orphan, go_close_peer},
	{"FIN_WAIT2", hold_fin_wait2, go_close_peer},
	{"FIN_WAIT2-mini", hold_fin_wait2_mini, go_close_peer},
	{"CLOSE_WAIT", hold_close_wait, go_last_ack},
	{"CLOSING", hold_closing, go_time_wait},
	{"LAST_ACK", hold_last_ack, go_last_ack_received},
	{"TIME_WAIT", hold_time_wait, go_reuse},
	{"mapped", hold_mapped, go_close},
	{"udp", hold_udp, go_close},
};
enum { RECIPE_COUNT = sizeof(recipes) / sizeof(recipes[0]) };

static const struct recipe *recipe_find(const char *name)
{
	for (size_t i = 0; i < RECIPE_COUNT; i++)
		if (strcmp(recipes[i].name, name) == 0)
			return &recipes[i];
	return NULL;
}

static struct ends recipe_hold(const struct recipe *recipe)
{
	struct ends ends = {-1, -1, -1, 0};

	recipe->hold(&ends);
	if (ends.port == 0)
		ends.port = port_of(ends.holder);
	return ends;
}

static void close_all(void)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] >= 0)
			close(opened[i]);
	opened_count = 0;
}

/* One line of standard input; each is answered by one line. */
static void obey(char *line)
{
	static const struct recipe *held;
	static struct ends ends;

	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, "hold ", 5) == 0 && recipe_find(line + 5) != NULL) {
		held = recipe_find(line + 5);
		ends = recipe_hold(held);
		printf("ok %s %d\n", line, ends.port);
	} else if (strcmp(line, "go on") == 0 && held != NULL) {
		held->go_on(&ends);
		held = NULL;
		printf("ok %s\n", line);
	} else if (strcmp(line, "end") == 0) {
		close_all();
		held = NULL;
		printf("ok %s\n", line);
	} else {
		printf("error %s: %s\n", line,
			strcmp(line, "go on") == 0 ? "nothing is held" : "hold RECIPE, go on, or end; --help names the recipes");
	}
}

static _Noreturn void usage(int status)
{
	FILE *out = status == 0 ? stdout : stderr;

	fputs("Usage: hold [-4] [-6] [--address ADDR] [RECIPE...]\n"
	      "Hold TCP sockets in these states (all: in every state) on loopback until standard input ends. Lines there: hold RECIPE,\n"
	      "go on, end. Needs CAP_NET_ADMIN: run it in a sealed namespace, tcpstate record -o DIR -- hold all\nRECIPE:",
		out);
	for (size_t i = 0; i < RECIPE_COUNT; i++)
		fprintf(out, " %s", recipes[i].name);
	fputs("\n", out);
	exit(status);
}

static void address_use(const char *text)
{
	struct in6_addr bytes;

	v6 = strchr(text, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, &bytes) != 1) {
		fprintf(stderr, "hold: --address %s: not an address\n", text);
		usage(2);
	}
	address_text = text;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"ipv4", no_argument, NULL, '4'}, {"ipv6", no_argument, NULL, '6'},
		{"address", required_argument, NULL, 'a'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	size_t count = 0;
	char line[256];
	int option;

	while ((option = getopt_long(argc, argv, "46a:h", options, NULL)) != -1) {
		if (option == 'h')
			usage(0);
		if (option == '?')
			usage(2);
		if (option != 'a')
			address_text = (v6 = option == '6') ? "::1" : "127.0.0.1";
		else
			address_use(optarg);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "all") != 0 && recipe_find(argv[i]) == NULL) {
			fprintf(stderr, "hold: no recipe \"%s\"\n", argv[i]);
			usage(2);
		}
	}
	for (int i = optind; i < argc; i++)
		for (size_t k = 0; k < RECIPE_COUNT; k++)
			if (strcmp(argv[i], "all") == 0 || strcmp(argv[i], recipes[k].name) == 0) {
				recipe_hold(&recipes[k]);
				count++;
			}
	printf("ready %zu\n", count);
	while (fgets(line, sizeof(line), stdin) != NULL)
		obey(line);
	return 0;
}
