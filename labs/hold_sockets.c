/* The sockets of `hold': the descriptors they opened, so that all can be closed, and set-up calls
 * on one address of loopback. */
#include "hold_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

static struct lab_address loopback; /* of all sockets; the port is set for each */
static int opened[256];
static size_t opened_count;

void address_use(const char *text)
{
	long port = -1;

	loopback = lab_address_parse("address", text, AF_UNSPEC, &port);
	if (port >= 0)
		lab_usage("--address %s: an address alone, without a port", text);
}

int keep(int fd, const char *what)
{
	if (fd < 0)
		lab_fatal("%s", what);
	if (opened_count == sizeof(opened) / sizeof(opened[0]))
		lab_die("too many sockets: say `end' in between");
	return opened[opened_count++] = fd;
}

void Close(int fd)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] == fd)
			opened[i] = -1;
	close(fd);
}

int Socket(int type)
{
	return keep(lab_open(loopback.sa.ss_family, type), "socket");
}

int reusing_socket(void)
{
	int fd = Socket(SOCK_STREAM);

	lab_set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	return fd;
}

int Accept(int listening)
{
	return keep(accept(listening, NULL, NULL), "accept");
}

void Bind(int fd, int port)
{
	struct lab_address address = loopback;

	lab_port_set(&address, htons((uint16_t)port));
	lab_bind(fd, &address);
}

int port_of(int fd)
{
	struct lab_address address = lab_local(fd);
	char text[LAB_ADDRESS_TEXT];

	return lab_address_parts(&address, text);
}

int listener(int backlog)
{
	int fd = Socket(SOCK_STREAM);

	Bind(fd, ANY_PORT);
	lab_listen(fd, backlog);
	return fd;
}

void start_connect(int fd, int port)
{
	struct lab_address address = loopback;

	if (port_of(fd) == 0)
		Bind(fd, ANY_PORT); /* else all of loopback connects from 127.0.0.1 */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		lab_fatal("fcntl");
	lab_port_set(&address, htons((uint16_t)port));
	if (connect(fd, (struct sockaddr *)&address.sa, address.length) < 0 && errno != EINPROGRESS)
		lab_fatal("connect to port %d", port);
}

void Shutdown(int fd)
{
	if (shutdown(fd, SHUT_WR) < 0)
		lab_fatal("shutdown");
}

struct tcp_info info_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		lab_fatal("getsockopt TCP_INFO");
	return info;
}

void pause_1ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void await(int fd, int state)
{
	int64_t end_ms = lab_after_ms(AWAIT_MS);

	while (lab_now_ms() < end_ms) {
		if (info_of(fd).tcpi_state == state)
			return;
		pause_1ms();
	}
	lab_die("a socket stays in state %d instead of reaching %d (kernel's numbers)",
		info_of(fd).tcpi_state, state);
}

void drop_segments(int fd, uint8_t mask, uint8_t flags)
{
	if (lab_drop_segments(fd, mask, flags) < 0)
		lab_fatal("setsockopt SO_ATTACH_FILTER (%s)", LAB_CAP_NET_ADMIN);
}

void drop_nothing(int fd)
{
	if (lab_drop_nothing(fd) < 0)
		lab_fatal("setsockopt SO_DETACH_FILTER");
}

void close_all(void)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] >= 0)
			close(opened[i]);
	opened_count = 0;
}
