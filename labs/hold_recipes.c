/* One recipe a state, two functions each: what holds it, and what lets it go on along the state
 * diagram. */
#include "hold_recipes.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "hold_sockets.h"
#include "lab.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* Both ends of an open connection, and its listening socket. */
static struct ends open_pair(int client)
{
	int listening = listener(1);

	start_connect(client, port_of(listening));
	await(client, ESTABLISHED);
	return (struct ends){.holder = client, .peer = Accept(listening), .listening = listening};
}

/* The same with the server as the end that will hold the state; the listening socket is closed: it
 * is not the lesson. */
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

static void go_close(struct ends *ends)
{
	Close(ends->holder);
}

/* bind() and no more: the kernel keeps the port, and shows the socket only to those who ask for it.
 */
static void hold_closed(struct ends *ends)
{
	ends->holder = Socket(SOCK_STREAM);
	Bind(ends->holder, ANY_PORT);
}

/* Backlog 1 admits two connections; nobody calls accept(). Their sockets are ESTABLISHED already;
 * close() of the listening one will reset them. */
static void hold_listen(struct ends *ends)
{
	ends->holder = listener(1);
	for (int i = 0; i < 2; i++) {
		int client = Socket(SOCK_STREAM);

		start_connect(client, port_of(ends->holder));
		await(client, ESTABLISHED);
	}
	/* of a listener: the length of its accept queue */
	while (info_of(ends->holder).tcpi_unacked != 2)
		pause_1ms();
}

/* The client never sees a SYN-ACK. Its listener holds a half-open request meanwhile; once the
 * client has closed, the next SYN-ACK draws a RST that ends it. */
static void hold_syn_sent(struct ends *ends)
{
	ends->holder = Socket(SOCK_STREAM);
	ends->listening = listener(1);
	drop_segments(ends->holder, SYN | ACK, SYN | ACK);
	start_connect(ends->holder, port_of(ends->listening));
	await(ends->holder, SYN_SENT);
}

/* The listener never sees the final ACK: the client is ESTABLISHED, the server has a request in
 * SYN_RECV. */
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

/* Simultaneous open: both ends connect(). A ignores the RST that its SYN draws from a port where
 * nobody listens; B then sends its SYN, which takes A from SYN_SENT to SYN_RECV, and never sees A's
 * SYN-ACK. A's is a full socket, no request. In between A is left in SYN_SENT for long enough that
 * who watches the kernel sees the RST ignored. */
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

/* Only a full socket in SYN_RECV can be closed by its program: its FIN goes out before the peer is
 * known to be there. */
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
		lab_fatal("send");
	while (info_of(ends->holder).tcpi_unacked != 0)
		pause_1ms();
}

/* Read them, else close() would answer with RST. */
static void go_read(struct ends *ends)
{
	char text[5];

	if (recv(ends->peer, text, sizeof(text), MSG_WAITALL) != sizeof(text))
		lab_fatal("recv");
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

/* The client half-closes, the server keeps its end open: a full socket in FIN_WAIT2, and CLOSE_WAIT
 * at the server. */
static void hold_fin_wait2(struct ends *ends)
{
	*ends = closed_pair(false);
	Shutdown(ends->holder);
	await(ends->holder, FIN_WAIT2);
	await(ends->peer, CLOSE_WAIT);
}

/* The client closes for good: what remains of it is a mini-socket with a timer (tcp_fin_timeout).
 */
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

/* Both ends close and neither sees the other's FIN. Then one may see it: its own FIN is still not
 * acknowledged. */
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
	/* to its program: the kernel goes on with a mini-socket in TIME_WAIT */
	await(ends->holder, CLOSED);
}

/* The client closes, then the server, which never sees the ACK of its FIN. The client is in
 * TIME_WAIT. */
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

/* The same two ends once more: connect() takes the old connection's place (both sockets
 * SO_REUSEADDR, timestamps on). */
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
	int listening = keep(socket(AF_INET6, SOCK_STREAM, 0), "socket"),
	    client = Socket(SOCK_STREAM);

	if (bind(listening, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(listening, 5) < 0)
		lab_fatal("listener on [::]");
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
		lab_fatal("UDP over loopback");
	ends->holder = server;
}

const struct recipe recipes[] = {
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
	{NULL, NULL, NULL},
};

const struct recipe *recipe_find(const char *name)
{
	for (const struct recipe *recipe = recipes; recipe->name != NULL; recipe++)
		if (strcmp(recipe->name, name) == 0)
			return recipe;
	return NULL;
}

struct ends recipe_hold(const struct recipe *recipe)
{
	struct ends ends = {-1, -1, -1, 0};

	recipe->hold(&ends);
	if (ends.port == 0)
		ends.port = port_of(ends.holder);
	return ends;
}
