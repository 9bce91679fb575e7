/* Plays the recorder of a stranger, or a bad client, of a control socket.
 *   rogue serve DIR ANSWER   binds DIR/control, says "ready", and gives every request ANSWER (JSON)
 *                            together with the descriptor of its own network namespace
 *   rogue deaf DIR           binds it, says "ready", and never accepts
 *   rogue idle DIR COUNT     connects COUNT times, says "ready", and never asks
 *   rogue pass DIR COUNT     asks COUNT times, each time passing two descriptors along */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int control_socket(const char *directory, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (chdir(directory))
		return -1;
	strcpy(address->sun_path, "control");
	return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

/* Send text and up to two descriptors. */
static int tell(int fd, const char *text, int passed, int count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec data = {(char *)text, strlen(text)};
	struct msghdr header = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};
	struct cmsghdr *part = CMSG_FIRSTHDR(&header);
	int fds[2] = {passed, passed};

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(part), fds, (size_t)count * sizeof(int));
	return sendmsg(fd, &header, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int serve(const char *directory, const char *answer)
{
	struct sockaddr_un address;
	int listener = control_socket(directory, &address), net, client;
	char request[4096];

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
		listen(listener, answer != NULL ? 16 : 0) || chmod("control", 0777))
		return fail("control");
	puts("ready");
	fflush(stdout);
	if (answer == NULL)
		for (;;)
			pause();
	net = open("/proc/self/ns/net", O_RDONLY);
	while ((client = accept(listener, NULL, NULL)) >= 0) {
		if (recv(client, request, sizeof(request), 0) > 0)
			tell(client, answer, net, 1);
		close(client);
	}
	return fail("accept");
}

static int clients(const char *directory, int count, int pass)
{
	struct sockaddr_un address;
	char answer[4096];

	for (int i = 0; i < count; i++) {
		int fd = control_socket(i ? "." : directory, &address);

		if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fail("connect");
		if (!pass)
			continue;
		if (tell(fd, "{\"do\":\"state\"}", fd, 2) ||
			recv(fd, answer, sizeof(answer), 0) <= 0)
			return fail("asking");
		close(fd);
	}
	if (pass)
		return 0;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "deaf"))
		return serve(argv[2], NULL);
	if (argc == 4 && !strcmp(argv[1], "idle"))
		return clients(argv[2], atoi(argv[3]), 0);
	if (argc == 4 && !strcmp(argv[1], "pass"))
		return clients(argv[2], atoi(argv[3]), 1);
	fputs("usage: rogue serve|deaf|idle|pass DIR [ANSWER|COUNT]\n", stderr);
	return 2;
}
