/* Many TCP sockets, for who lists them: sockets COUNT COMMAND... Three processes hold COUNT of them
 * together, both ends of connections over 127.0.0.1, while COMMAND runs; its exit status is passed
 * on. In a network namespace of the caller's. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOLDERS = 3, FIRST_PORT = 9000, FIRST_HOST = 0x7f000001, PER_HOST = 20000 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in end_of(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(host)};
}

/* Each has a server, and clients on addresses of its own: ports do not run out. */
static void hold(int number, int pairs, int ready)
{
	struct sockaddr_in server = end_of(FIRST_HOST, (uint16_t)(FIRST_PORT + number));
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&server, sizeof(server)) != 0 ||
		listen(listener, 128) != 0)
		fail("listen");
	for (int i = 0; i < pairs; i++) {
		struct sockaddr_in own = end_of(FIRST_HOST + 1 + (uint32_t)(i / PER_HOST), 0);
		int client = socket(AF_INET, SOCK_STREAM, 0);

		if (client < 0 || bind(client, (struct sockaddr *)&own, sizeof(own)) != 0 ||
			connect(client, (struct sockaddr *)&server, sizeof(server)) != 0 ||
			accept(listener, NULL, NULL) < 0)
			fail("a connection");
	}
	if (write(ready, "r", 1) != 1)
		fail("ready");
	pause();
	exit(0);
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[1]) : 0, ready[2], status;
	struct rlimit files;
	pid_t holders[HOLDERS], command;
	char byte;

	if (count <= 0) {
		fprintf(stderr, "usage: sockets COUNT COMMAND...\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || pipe(ready) != 0)
		fail("descriptors");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		fail("descriptors");
	for (int i = 0; i < HOLDERS; i++) {
		holders[i] = fork();
		if (holders[i] == 0)
			hold(i, count / 2 / HOLDERS, ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i < HOLDERS; i++)
		if (read(ready[0], &byte, 1) != 1)
			fail("the sockets");
	command = fork();
	if (command == 0) {
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	if (waitpid(command, &status, 0) != command)
		fail("wait");
	for (int i = 0; i < HOLDERS; i++)
		kill(holders[i], SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
