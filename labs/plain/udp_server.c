/* A chat room over UDP, reduced to the idea: no connection, no accept(), no state but UNCONN. Each
 * datagram is a message; whoever sends one is a member from then on, and the others receive it.
 *      udp_server PORT [no-htons]          for example: udp_server 12345 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 100 };

int main(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET}, members[MOST], from;
	uint16_t port = (uint16_t)atoi(argc > 1 ? argv[1] : "12345");
	int count = 0;

	here.sin_port = htons(port);
	if (argc > 2 && strcmp(argv[2], "no-htons") == 0)
		here.sin_port = port;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0) /* UNCONN: it has no peer */
		err(1, "bind");

	for (;;) {
		char text[1500], line[1600], address[INET_ADDRSTRLEN];
		socklen_t size = sizeof(from);
		/* Meanwhile the kernel drops what exceeds the receive memory, without a word. */
		ssize_t got = recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &size);
		int sender = 0, length;

		if (got < 0)
			err(1, "recvfrom");
		while (sender < count &&
			(members[sender].sin_port != from.sin_port ||
				members[sender].sin_addr.s_addr != from.sin_addr.s_addr))
			sender++;
		if (sender == MOST)
			continue; /* the room is full */
		if (sender == count)
			members[count++] = from;
		/* The address tells who it is: a name in the text could be another's. */
		inet_ntop(AF_INET, &from.sin_addr, address, sizeof(address));
		length = snprintf(line, sizeof(line), "%s:%d says %.*s", address,
			ntohs(from.sin_port), (int)got, text);
		for (int i = 0; i < count; i++)
			if (i != sender &&
				sendto(fd, line, (size_t)length, 0, (struct sockaddr *)&members[i],
					sizeof(from)) < 0)
				warn("sendto");
	}
}
