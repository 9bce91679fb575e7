/* Sends datagrams to a chat server of which none is a `name|text` it may accept, as fast as it can;
 * prints how many have left. The kinds follow one another, their bytes are drawn from a seed: what
 * broke a server once can be sent again. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { NAME_MAX_BYTES = 32, TEXT_MAX_BYTES = 1024, KINDS = 7, LARGEST = 60000 };

static size_t make(char *datagram, int kind)
{
	size_t length = (size_t)(1 + rand() % 200);

	memset(datagram, 'a' + rand() % 26,
		kind < KINDS - 1 ? NAME_MAX_BYTES + 1 + TEXT_MAX_BYTES : LARGEST);
	switch (kind) {
	case 0:
		return 0;
	case 1: /* any bytes, but no bar */
		for (size_t i = 0; i < length; i++)
			do
				datagram[i] = (char)rand();
			while (datagram[i] == '|');
		return length;
	case 2: /* not UTF-8 in the text: a byte that never occurs, then a sequence cut short */
	case 3:
		memcpy(datagram, "alice|", 6);
		datagram[6 + length] = kind == 2 ? '\xff' : '\xe4';
		return 6 + length + 1;
	case 4: /* not UTF-8 in the name */
		memcpy(datagram, "\xc0\xaf|login", 8);
		return 8;
	case 5: /* a text one byte too long */
		datagram[1] = '|';
		return 2 + TEXT_MAX_BYTES + 1;
	default: /* too long altogether, up to many fragments */
		datagram[5] = '|';
		return (size_t)(NAME_MAX_BYTES + 1 + TEXT_MAX_BYTES + 1 +
				rand() % (LARGEST - 1100));
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static char datagram[LARGEST];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), sent = 0;

	if (argc != 4 || fd < 0) {
		fprintf(stderr, "usage: chat_flood PORT COUNT SEED\n");
		return 2;
	}
	server.sin_port = htons((in_port_t)atoi(argv[1]));
	srand((unsigned)atoi(argv[3]));
	for (int i = 0; i < atoi(argv[2]); i++) {
		size_t length = make(datagram, i % KINDS);

		if (sendto(fd, datagram, length, 0, (const struct sockaddr *)&server,
			    sizeof(server)) == (ssize_t)length)
			sent++;
		else if (errno != ENOBUFS && errno != EAGAIN)
			perror("chat_flood: sendto");
	}
	printf("%d\n", sent);
	return 0;
}
