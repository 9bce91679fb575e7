/* See orders_close.h. One scenario a function, named as a sentence. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "orders.h"
#include "orders_close.h"

void client_closes_first(void)
{
	struct pair p = pair_made();
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	close(p.server);
	close(p.listener);
}

void server_closes_first(void)
{
	struct pair p = pair_made();
	close(p.server);
	wait_state(p.client, TCP_CLOSE_WAIT);
	close(p.client);
	close(p.listener);
}

void one_closes_right_after_the_other(void)
{
	struct pair p = pair_made();
	close(p.client);
	close(p.server);
	close(p.listener);
}

void two_processes_close_at_one_moment(void)
{
	volatile int *gate =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pair p = pair_made();
	pid_t child = check(fork());
	if (!child) {
		close(p.server);
		*gate = 1;
		while (*gate < 2)
			;
		close(p.client);
		_exit(0);
	}
	close(p.client);
	while (!*gate)
		usleep(100);
	*gate = 2;
	close(p.server);
	waitpid(child, NULL, 0);
	close(p.listener);
}

void the_fins_cross_and_one_end_holds_closing(void)
{
	struct pair p = pair_made();
	drop(p.client, 0, 0);
	drop(p.server, 0, 0);
	shutdown(p.client, SHUT_WR);
	shutdown(p.server, SHUT_WR);
	release(p.client);
	wait_state(p.client, TCP_CLOSING);
	release(p.server);
	wait_state(p.client, TCP_CLOSE);
	wait_state(p.server, TCP_CLOSE);
	close(p.client);
	close(p.server);
	close(p.listener);
}

void data_flows_on_after_a_half_close(void)
{
	struct pair p = pair_made();
	char block[4096] = "";
	shutdown(p.client, SHUT_WR);
	wait_state(p.server, TCP_CLOSE_WAIT);
	for (int i = 0; i < 64; i++) {
		check((int)send(p.server, block, sizeof(block), 0));
		for (size_t got = 0; got < sizeof(block);)
			got += (size_t)check((int)recv(p.client, block, sizeof(block) - got, 0));
	}
	close(p.server);
	wait_state(p.client, TCP_CLOSE);
	close(p.client);
	close(p.listener);
}

void both_shut_down_both_directions(void)
{
	struct pair p = pair_made();
	shutdown(p.client, SHUT_RDWR);
	wait_state(p.server, TCP_CLOSE_WAIT);
	shutdown(p.server, SHUT_RDWR);
	wait_state(p.server, TCP_CLOSE);
	close(p.client);
	close(p.server);
	close(p.listener);
}

void the_fin_carries_the_last_data(void)
{
	struct pair p = pair_made();
	check((int)send(p.client, "last words", 10, MSG_MORE));
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	check((int)recv(p.server, (char[16]){0}, 16, 0));
	check((int)send(p.server, "too late", 8, MSG_MORE));
	close(p.server);
	close(p.listener);
}

void close_lingers_until_data_is_acknowledged(void)
{
	struct pair p = pair_made();
	struct linger linger = {.l_onoff = 1, .l_linger = 2};
	check(setsockopt(p.client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	say(p.client, "linger");
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	check((int)recv(p.server, (char[16]){0}, 16, 0));
	close(p.server);
	close(p.listener);
}

void client_resets_an_established_connection(void)
{
	struct pair p = pair_made();
	reset(p.client);
	wait_state(p.server, TCP_CLOSE);
	close(p.server);
	close(p.listener);
}

void server_resets_an_established_connection(void)
{
	struct pair p = pair_made();
	reset(p.server);
	wait_state(p.client, TCP_CLOSE);
	close(p.client);
	close(p.listener);
}

void reset_in_fin_wait1(void)
{
	struct pair p = pair_made();
	drop(p.client, 0, 0);
	shutdown(p.client, SHUT_WR);
	wait_state(p.server, TCP_CLOSE_WAIT);
	reset(p.client);
	wait_state(p.server, TCP_CLOSE);
	close(p.server);
	close(p.listener);
}

void reset_in_fin_wait2(void)
{
	struct pair p = pair_made();
	shutdown(p.client, SHUT_WR);
	wait_state(p.client, TCP_FIN_WAIT2);
	reset(p.client);
	wait_state(p.server, TCP_CLOSE);
	close(p.server);
	close(p.listener);
}

void reset_in_close_wait(void)
{
	struct pair p = pair_made();
	shutdown(p.client, SHUT_WR);
	wait_state(p.server, TCP_CLOSE_WAIT);
	reset(p.server);
	wait_state(p.client, TCP_CLOSE);
	close(p.client);
	close(p.listener);
}

void last_ack_is_abandoned_without_a_segment(void)
{
	struct pair p = pair_made();
	shutdown(p.client, SHUT_WR);
	wait_state(p.server, TCP_CLOSE_WAIT);
	drop(p.server, 0, 0);
	shutdown(p.server, SHUT_WR);
	wait_state(p.server, TCP_LAST_ACK);
	wait_state(p.client, TCP_CLOSE);
	reset(p.server);
	close(p.client);
	close(p.listener);
}

void closing_is_abandoned_without_a_segment(void)
{
	struct pair p = pair_made();
	drop(p.client, 0, 0);
	drop(p.server, 0, 0);
	shutdown(p.client, SHUT_WR);
	shutdown(p.server, SHUT_WR);
	release(p.client);
	wait_state(p.client, TCP_CLOSING);
	be_looked_at(); /* the server ignores the ACK of its FIN */
	reset(p.client);
	reset(p.server);
	close(p.listener);
}

void server_closes_with_data_unread(void)
{
	struct pair p = pair_made();
	say(p.client, "never read");
	wait_bytes(p.server, 10);
	close(p.server);
	wait_state(p.client, TCP_CLOSE);
	close(p.client);
	close(p.listener);
}

void close_wait_closes_with_data_unread(void)
{
	struct pair p = pair_made();
	say(p.client, "never read");
	shutdown(p.client, SHUT_WR);
	wait_state(p.server, TCP_CLOSE_WAIT);
	close(p.server);
	wait_state(p.client, TCP_CLOSE);
	close(p.client);
	close(p.listener);
}

void sending_to_a_closed_end_draws_a_reset(void)
{
	struct pair p = pair_made();
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	say(p.server, "anybody there?");
	wait_state(p.server, TCP_CLOSE);
	close(p.server);
	close(p.listener);
}

void disconnect_by_connecting_to_nothing(void)
{
	struct pair p = pair_made();
	check(connect(
		p.client, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
	wait_state(p.server, TCP_CLOSE);
	close(p.client);
	close(p.server);
	close(p.listener);
}

void processes_are_killed(void)
{
	struct pair p = pair_made();
	int c, s, ready[2];
	check(pipe(ready));
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	close(p.server);
	pid_t child = check(fork());
	if (!child) {
		c = connected();
		c = connected();
		check((int)write(ready[1], "", 1));
		pause();
	}
	check((int)read(ready[0], (char[1]){0}, 1));
	s = check(accept(p.listener, NULL, NULL));
	c = check(accept(p.listener, NULL, NULL));
	say(s, "unread at its end");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	wait_state(s, TCP_CLOSE);
	wait_state(c, TCP_CLOSE_WAIT);
	close(s);
	close(c);
	close(p.listener);
	close(ready[0]);
	close(ready[1]);
}

void an_orphan_waits_a_second_for_the_fin(void)
{
	struct pair p = pair_made();
	set(p.client, IPPROTO_TCP, TCP_LINGER2, 1);
	unsigned port = ntohs(here.v4.sin_port);
	close(p.client);
	wait_state(p.server, TCP_CLOSE_WAIT);
	held_print(held, port, port, false);
	/* the kernel's timer is the scenario: nothing of the orphan can be waited on */
	usleep(1500000);
	close(p.server);
	close(p.listener);
}

void a_user_timeout_ends_it(void)
{
	struct pair p = pair_made();
	drop(p.server, 0, 0);
	set(p.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 300);
	say(p.client, "nobody listens");
	wait_state(p.client, TCP_CLOSE);
	be_looked_at(); /* no packet tells this end */
	release(p.server);
	close(p.server);
	close(p.client);
	close(p.listener);
}

void short_connections(unsigned count)
{
	int l = listener(128);
	for (unsigned i = 0; i < count; i++) {
		int c = connected(), s = check(accept(l, NULL, NULL));
		if (i % 4 == 3)
			reset(c);
		else
			close(i % 2 ? c : s);
		close(i % 4 == 3 ? s : i % 2 ? s : c);
	}
	close(l);
}
