/* See orders.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "orders.h"

union address here;
const char *scenario = "start", *other_v4;
FILE *unsent, *held;

int check_at(int result, const char *call, int line)
{
	if (result < 0) {
		fprintf(stderr, "mixed_orders: %s: line %d: %s: %s\n", scenario, line, call,
			strerror(errno));
		exit(1);
	}
	return result;
}

int make_socket(void)
{
	return check(socket(here.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

socklen_t address_length(void)
{
	return here.any.sa_family == AF_INET ? sizeof(here.v4) : sizeof(here.v6);
}

union address here_at(unsigned port)
{
	union address a = here;
	a.v4.sin_port = htons((uint16_t)port); /* at the same offset in both families */
	return a;
}

void set(int fd, int level, int option, int value)
{
	check(setsockopt(fd, level, option, &value, sizeof(value)));
}

int bound(unsigned port, bool reuse)
{
	union address a = here_at(port);
	int fd = make_socket();
	set(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
	check(bind(fd, &a.any, address_length()));
	return fd;
}

int listener(int backlog)
{
	int fd = bound(ntohs(here.v4.sin_port), true);
	check(listen(fd, backlog));
	return fd;
}

/* From the address of the scenario, so that it tells this run's sockets from everyone else's; the
 * port is chosen by connect(), as usual. */
int client_socket(void)
{
	union address a = here_at(0);
	int fd = make_socket();
	set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	check(bind(fd, &a.any, address_length()));
	return fd;
}

void start_connect(int fd)
{
	check(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (connect(fd, &here.any, address_length()) < 0 && errno != EINPROGRESS)
		check(-1);
}

int connected(void)
{
	int fd = client_socket();
	check(connect(fd, &here.any, address_length()));
	return fd;
}

/* Drop arriving segments whose flags & mask == value; mask 0, value 0: all of them. The program
 * sees the TCP header at offset 0. */
void drop(int fd, unsigned mask, unsigned value)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
	struct sock_fprog program = {.len = 5, .filter = code};
	check(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

void release(int fd)
{
	set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

int state_of(int fd)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);
	check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length));
	return info.tcpi_state;
}

void wait_state(int fd, int state)
{
	for (int ms = 0; state_of(fd) != state; ms++) {
		if (ms == 10000) {
			fprintf(stderr, "mixed_orders: %s: state %d never came, still %d\n",
				scenario, state, state_of(fd));
			exit(1);
		}
		usleep(1000);
	}
}

void wait_bytes(int fd, int wanted)
{
	int bytes = 0;
	for (int ms = 0; check(ioctl(fd, FIONREAD, &bytes)), bytes < wanted && ms < 10000; ms++)
		usleep(1000);
}

void be_looked_at(void)
{
	usleep(500000); /* less than a SYN-ACK takes to be sent again */
}

void say(int fd, const char *text)
{
	check((int)send(fd, text, strlen(text), MSG_NOSIGNAL));
}

void reset(int fd)
{
	struct linger linger = {.l_onoff = 1};
	check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	check(close(fd));
}

struct pair pair_made(void)
{
	struct pair p = {.listener = listener(8)};
	p.client = connected();
	p.server = check(accept(p.listener, NULL, NULL));
	wait_state(p.server, TCP_ESTABLISHED);
	return p;
}

bool sysctl_set(const char *name, const char *value)
{
	char path[128], back[32] = "";
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	int fd = open(path, O_RDWR);
	bool done = fd >= 0 && write(fd, value, strlen(value)) > 0 &&
		    pread(fd, back, sizeof(back) - 1, 0) > 0 && atoi(back) == atoi(value);
	if (fd >= 0)
		close(fd);
	if (!done)
		fprintf(stderr, "mixed_orders: %s: cannot set %s: %s\n", scenario, path,
			strerror(errno));
	return done;
}
