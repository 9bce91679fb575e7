/* See orders_open.h. One scenario a function, named as a sentence. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "held.h"
#include "orders.h"
#include "orders_open.h"

void connection_refused(void)
{
	int fd = client_socket();
	if (connect(fd, &here.any, address_length()) == 0 || errno != ECONNREFUSED)
		check(-1);
	close(fd);
}

void a_socket_connects_to_itself(void)
{
	int fd = bound(ntohs(here.v4.sin_port), true);
	check(connect(fd, &here.any, address_length()));
	say(fd, "echo");
	check((int)recv(fd, (char[16]){0}, 16, 0));
	shutdown(fd, SHUT_WR);
	wait_state(fd, TCP_CLOSE);
	close(fd);
}

void both_open_at_once(void)
{
	unsigned port = ntohs(here.v4.sin_port);
	union address other = here_at(CLIENT_PORT + 1);
	int a = bound(port, true), b = bound(CLIENT_PORT + 1, true);
	drop(a, RST, RST);
	check(fcntl(a, F_SETFL, O_NONBLOCK));
	if (connect(a, &other.any, address_length()) < 0 && errno != EINPROGRESS)
		check(-1);
	drop(b, SYN | ACK, SYN | ACK);
	start_connect(b);
	wait_state(a, TCP_SYN_RECV);
	release(b);
	wait_state(a, TCP_ESTABLISHED);
	wait_state(b, TCP_ESTABLISHED);
	release(a);
	close(a);
	wait_state(b, TCP_CLOSE_WAIT);
	close(b);
}

void listener_closes_with_children_queued(void)
{
	int l = listener(8), c[3];
	for (int i = 0; i < 3; i++)
		c[i] = connected();
	close(l);
	for (int i = 0; i < 3; i++) {
		wait_state(c[i], TCP_CLOSE);
		close(c[i]);
	}
}

void clients_leave_before_anyone_accepts(void)
{
	int l = listener(8), c[3];
	for (int i = 0; i < 3; i++)
		c[i] = connected();
	close(c[0]);
	shutdown(c[1], SHUT_WR);
	wait_state(c[1], TCP_FIN_WAIT2);
	reset(c[2]);
	close(l);
	wait_state(c[1], TCP_CLOSE);
	close(c[1]);
}

void connect_and_close_at_once(void)
{
	int l = listener(8), c = connected();
	close(c);
	c = client_socket();
	start_connect(c);
	close(c);
	for (int i = 0; i < 2; i++) {
		int s = check(accept(l, NULL, NULL));
		wait_state(s, TCP_CLOSE_WAIT);
		close(s);
	}
	close(l);
}

void close_and_shutdown_in_syn_sent(void)
{
	int l = listener(8), c[2];
	drop(l, 0, 0);
	for (int i = 0; i < 2; i++)
		start_connect(c[i] = client_socket());
	close(c[0]);
	shutdown(c[1], SHUT_WR);
	wait_state(c[1], TCP_CLOSE);
	close(c[1]);
	close(l);
}

void listener_is_shut_down(void)
{
	int l = listener(8);
	shutdown(l, SHUT_RD);
	wait_state(l, TCP_CLOSE);
	close(l);
}

void a_request_is_reset_by_its_client(void)
{
	int l = listener(8), c;
	drop(l, ACK | SYN | RST, ACK);
	c = connected();
	be_looked_at(); /* else nobody could tell the ignored ACK from one taken */
	reset(c);
	release(l);
	close(l);
}

void a_listener_closes_with_a_request(void)
{
	int l = listener(8), c;
	drop(l, ACK | SYN | RST, ACK);
	c = connected();
	close(l);
	say(c, "hello?");
	wait_state(c, TCP_CLOSE);
	close(c);
}

void a_held_request_is_released(void)
{
	int l = listener(8), c, s;
	drop(l, ACK | SYN | RST, ACK);
	c = connected();
	release(l);
	s = check(accept(l, NULL, NULL)); /* at the SYN-ACK's retransmission */
	close(s);
	wait_state(c, TCP_CLOSE_WAIT);
	close(c);
	close(l);
}

void the_accept_queue_overflows(void)
{
	int l = listener(0), c[3];
	for (int i = 0; i < 3; i++)
		start_connect(c[i] = client_socket());
	wait_state(c[0], TCP_ESTABLISHED);
	close(c[2]);
	close(c[1]);
	close(c[0]);
	close(l);
}

/* The client's TIME_WAIT on a bound port, then the same 4-tuple again: with timestamps it is
 * reused, without connect() fails unsent. */
static void bound_port_twice(const char *timestamps)
{
	int l = listener(8);
	if (!sysctl_set("tcp_timestamps", timestamps))
		exit(1);
	for (int i = 0; i < 2; i++) {
		int c = bound(CLIENT_PORT, true), s;
		if (connect(c, &here.any, address_length()) < 0) {
			char local[HELD_END], remote[HELD_END];
			bool v6 = here.any.sa_family == AF_INET6;
			const void *addr =
				v6 ? (const void *)&here.v6.sin6_addr : &here.v4.sin_addr;
			if (errno != EADDRNOTAVAIL || i == 0)
				check(-1);
			held_end(local, v6, addr, CLIENT_PORT);
			held_end(remote, v6, addr, ntohs(here.v4.sin_port));
			fprintf(unsent, "%s %s\n", local, remote);
			close(c);
			break;
		}
		s = check(accept(l, NULL, NULL));
		close(c);
		wait_state(s, TCP_CLOSE_WAIT);
		close(s);
	}
	sysctl_set("tcp_timestamps", "1");
	close(l);
}

void client_time_wait_with_timestamps(void)
{
	bound_port_twice("1");
}

void client_time_wait_without_timestamps(void)
{
	bound_port_twice("0");
}

void a_new_syn_meets_the_servers_time_wait(void)
{
	int l = listener(8);
	for (int i = 0; i < 2; i++) {
		int c = bound(CLIENT_PORT + 2, true), s;
		check(connect(c, &here.any, address_length()));
		s = check(accept(l, NULL, NULL));
		close(s);
		wait_state(c, TCP_CLOSE_WAIT);
		shutdown(c, SHUT_WR);
		wait_state(c, TCP_CLOSE);
		close(c);
	}
	close(l);
}

void wildcard_listener_of_both_families(void)
{
	union address any = here, to = here, from;
	struct pair p = {.listener = make_socket()};
	any.v4.sin_addr.s_addr = INADDR_ANY;
	if (any.any.sa_family == AF_INET6)
		any.v6.sin6_addr = in6addr_any;
	check(bind(p.listener, &any.any, address_length()));
	check(listen(p.listener, 8));
	/* over IPv4: the child is an IPv6 socket with mapped addresses */
	if (any.any.sa_family == AF_INET6) {
		to = (union address){.v4 = {.sin_family = AF_INET, .sin_port = here.v4.sin_port}};
		check(inet_pton(AF_INET, other_v4, &to.v4.sin_addr));
	}
	p.client = check(socket(to.any.sa_family, SOCK_STREAM, 0));
	from = to;
	from.v4.sin_port = 0;
	set(p.client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	check(bind(
		p.client, &from.any, to.any.sa_family == AF_INET ? sizeof(to.v4) : sizeof(to.v6)));
	check(connect(
		p.client, &to.any, to.any.sa_family == AF_INET ? sizeof(to.v4) : sizeof(to.v6)));
	p.server = check(accept(p.listener, NULL, NULL));
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	close(p.server);
	close(p.listener);
}

void fast_open_carries_data_in_the_syn(void)
{
	if (!sysctl_set("tcp_fastopen", "3"))
		exit(1);
	int l = listener(8);
	set(l, IPPROTO_TCP, TCP_FASTOPEN, 8);
	for (int i = 0; i < 3; i++) { /* the first time fetches the cookie */
		int c = client_socket(), s;
		check((int)sendto(c, "early", 5, MSG_FASTOPEN, &here.any, address_length()));
		s = check(accept(l, NULL, NULL));
		check((int)recv(s, (char[8]){0}, 8, 0));
		close(i == 2 ? s : c);
		wait_state(i == 2 ? c : s, TCP_CLOSE_WAIT);
		close(i == 2 ? c : s);
	}
	close(l);
}
