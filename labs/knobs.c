/* The table of knobs, and --help, which is printed from it. */
#include "knobs.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "faults.h"

#define AT(field) offsetof(struct lab_options, field)
#define ECHO_SERVER LAB_ECHO_SERVER
#define FORK_SERVER LAB_FORK_SERVER
#define SERVER (ECHO_SERVER | FORK_SERVER)
#define CLIENT LAB_ECHO_CLIENT
#define BOTH (SERVER | CLIENT)
#define CHAT_SERVER LAB_CHAT_SERVER
#define CHAT_CLIENT LAB_CHAT_CLIENT
#define SYN_SENDER LAB_SYN_SENDER
#define ANY_CLIENT LAB_CLIENTS
#define ANY (LAB_SERVERS | LAB_CLIENTS)
enum { MS_MAX = 86400000, S_MAX = 65535 };

const struct lab_knob lab_knobs[] = {
	{"port", "PORT", 'p', KNOB_NUMBER, AT(port), 0, 65535, ANY,
		"the server's port (default 12345)"},
	{"bind", "ADDR[:PORT]", 'b', KNOB_TEXT, AT(bind_text), 0, 0, ANY,
		"bind() to this address (a server's default is loopback; all: 0.0.0.0 or ::)"},
	{"connect", "ADDR[:PORT]", 0, KNOB_TEXT, AT(connect_text), 0, 0, ANY_CLIENT,
		"the server's address (default loopback); also as a plain argument"},
	{"ipv4", NULL, '4', KNOB_INET, AT(family), 0, 0, ANY,
		"IPv4 (the default, unless an address says otherwise)"},
	{"ipv6", NULL, '6', KNOB_INET6, AT(family), 0, 0, ANY, "IPv6"},
	{"backlog", "N", 0, KNOB_NUMBER, AT(backlog), 0, INT_MAX, SERVER,
		"second argument of listen() (default 5)"},
	{"accept", "all|none|N", 0, KNOB_ACCEPTS, AT(accept), 0, INT_MAX, ECHO_SERVER,
		"connections to accept unasked, each when the one before has ended (default all)"},
	{"serve-one", NULL, 0, KNOB_FLAG, AT(serve_one), 0, 0, ECHO_SERVER,
		"close the listening socket after the first accept(), serve that client, exit"},
	{"count", "N", 0, KNOB_NUMBER, AT(count), 1, 10000, CLIENT | SYN_SENDER,
		"this many connections at once, held when standard input ends; the port of --bind "
		"is the first one's, the others have the next"},
	{"gap", "MS", 0, KNOB_NUMBER, AT(gap_ms), 0, MS_MAX, CLIENT | SYN_SENDER,
		"time between one connect() and the next"},
	{"connect-timeout", "MS", 0, KNOB_NUMBER, AT(connect_timeout_ms), 1, MS_MAX, CLIENT,
		"give up a connect() that has no answer after this time"},
	{"send", "TEXT...", 0, KNOB_TEXTS, AT(send), 0, 0, CLIENT,
		"messages to send before those of standard input: all arguments up to the next "
		"option"},
	{"pause-before-listen", "MS", 0, KNOB_PAUSE, AT(pause_before_listen_ms), 0, MS_MAX, SERVER,
		"after bind(): the port is taken, a client is refused"},
	{"pause-before-accept", "MS", 0, KNOB_PAUSE, AT(pause_before_accept_ms), 0, MS_MAX,
		ECHO_SERVER, "while clients queue up; the line `accept 1` ends it"},
	{"pause-before-connect", "MS", 0, KNOB_PAUSE, AT(pause_before_connect_ms), 0, MS_MAX,
		CLIENT, "after bind()"},
	{"pause-before-read", "MS", 0, KNOB_PAUSE, AT(pause_before_read_ms), 0, MS_MAX, BOTH,
		"before a connection's first read(); at echo_server the line `read` ends it"},
	{"pause-before-write", "MS", 0, KNOB_PAUSE, AT(pause_before_write_ms), 0, MS_MAX,
		CLIENT | FORK_SERVER,
		"a client: between connection and first message; fork_server: before each answer"},
	{"pause-before-close", "MS", 0, KNOB_PAUSE, AT(pause_before_close_ms), 0, MS_MAX, BOTH,
		"after the conversation; at echo_server the line `close` ends it"},
	{"close-first", NULL, 0, KNOB_FLAG, AT(close_first), 0, 0, BOTH,
		"after `bye` or ESC send the first FIN (else the server leaves that to the "
		"client)"},
	{"half-close", NULL, 0, KNOB_FLAG, AT(half_close), 0, 0, CLIENT | FORK_SERVER,
		"at the end shutdown(SHUT_WR), and read on until the other end closes"},
	{"linger", "S", 0, KNOB_NUMBER, AT(linger_s), 0, S_MAX, BOTH,
		"SO_LINGER: close() waits at most S seconds; 0: it sends RST"},
	{"reuseaddr", NULL, 0, KNOB_FLAG, AT(reuseaddr), 0, 0, BOTH, "SO_REUSEADDR"},
	{"reuseport", NULL, 0, KNOB_FLAG, AT(reuseport), 0, 0, BOTH, "SO_REUSEPORT"},
	{"keepalive", "S", 0, KNOB_NUMBER, AT(tcp_keepalive_s), 1, 32767, BOTH,
		"SO_KEEPALIVE: a probe after S seconds of silence, then every S seconds"},
	{"nodelay", NULL, 0, KNOB_FLAG, AT(nodelay), 0, 0, BOTH,
		"TCP_NODELAY: no waiting for ACKs to put small writes together"},
	{"rcvbuf", "BYTES", 0, KNOB_NUMBER, AT(rcvbuf), 1, INT_MAX / 2, BOTH,
		"SO_RCVBUF; the kernel doubles it, up to rmem_max"},
	{"sndbuf", "BYTES", 0, KNOB_NUMBER, AT(sndbuf), 1, INT_MAX / 2, BOTH,
		"SO_SNDBUF; the kernel doubles it, up to wmem_max"},
	{"tos", "N", 0, KNOB_NUMBER, AT(tos), 0, 255, BOTH, "IP_TOS, of IPv6 the traffic class"},
	{"ttl", "N", 0, KNOB_NUMBER, AT(ttl), 1, 255, BOTH, "IP_TTL, of IPv6 the hop limit"},
	{"defer-accept", "S", 0, KNOB_NUMBER, AT(defer_accept_s), 0, S_MAX, ECHO_SERVER,
		"TCP_DEFER_ACCEPT: a handshake's final ACK is ignored until data comes"},
	{"hold-acks", NULL, 0, KNOB_FLAG, AT(hold_acks), 0, 0, ECHO_SERVER,
		"a socket filter on the listening socket drops final ACKs (needs CAP_NET_ADMIN)"},
	{"no-htons", NULL, 0, KNOB_FLAG, AT(no_htons), 0, 0, BOTH,
		"the classic mistake: ports handed over in host byte order"},
	{"no-htonl", NULL, 0, KNOB_FLAG, AT(no_htonl), 0, 0, BOTH,
		"the same with IPv4 addresses: 127.0.0.1 becomes 1.0.0.127 (only in a sealed "
		"namespace)"},
	{"nofile", "N", 0, KNOB_NUMBER, AT(nofile), 5, 1048576, FORK_SERVER,
		"RLIMIT_NOFILE: at most N descriptors"},
	{"ignore-sigchld", NULL, 0, KNOB_FLAG, AT(ignore_sigchld), 0, 0, FORK_SERVER,
		"SIG_IGN for SIGCHLD instead of a handler: the kernel waits for the children"},
	{"fault", "NAME", 0, KNOB_FAULTS, AT(faults), 0, 0, BOTH,
		"a mistake to look at, repeatable:"},
	{"members", "N", 0, KNOB_NUMBER, AT(members), 1, 10000, CHAT_SERVER,
		"how many the room holds (default 1000)"},
	{"timeout", "S", 0, KNOB_NUMBER, AT(timeout_s), 0, S_MAX, CHAT_SERVER,
		"a member silent for this long is out (default 60; 0: never)"},
	{"nick", "NAME", 'n', KNOB_TEXT, AT(nick), 0, 0, CHAT_CLIENT,
		"the nickname (else the first line of standard input)"},
	{"keepalive", "S", 0, KNOB_NUMBER, AT(keepalive_s), 0, S_MAX, CHAT_CLIENT,
		"a sign of life after this long a silence (default 20); 0: send nothing unasked, "
		"do not look for a lost server either"},
	{"unconnected", NULL, 0, KNOB_FLAG, AT(unconnected), 0, 0, CHAT_CLIENT,
		"no connect(): sendto() on a socket that never learns that the server is gone"},
	{"speak-as", "NAME", 0, KNOB_TEXT, AT(speak_as), 0, 0, CHAT_CLIENT,
		"write this name before what is said: an attempt to speak for another member"},
	{"help", NULL, 'h', KNOB_HELP, 0, 0, 0, ~0U, "this text"},
	{.name = NULL},
};

_Static_assert(sizeof(lab_knobs) / sizeof(lab_knobs[0]) <= LAB_KNOBS_MAX, "room for every knob");

/* ---- help ---- */

/* Text from column AT on, folded between words where the terminal is too narrow, and continued
 * there. */
static void print_folded(size_t at, const char *text)
{
	enum { LEAST = 60 };
	struct winsize size = {0};
	size_t width = isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) &&
				       size.ws_col >= LEAST
			       ? size.ws_col
			       : SIZE_MAX,
	       column = at;

	for (const char *word = text; *word; word += strspn(word, " ")) {
		size_t length = strcspn(word, " \n"), columns = 0;

		for (size_t i = 0; i < length; i++)
			columns += ((unsigned char)word[i] & 0xc0) != 0x80;
		if (column > at && column + 1 + columns > width) {
			printf("\n%*s", (int)at, "");
			column = at;
		}
		printf("%s%.*s", column > at ? " " : "", (int)length, word);
		column += columns + (column > at);
		word += length;
		if (*word == '\n') {
			putchar(*word++);
			column = at;
		}
	}
	putchar('\n');
}

static void print_option(const char *left, const char *help)
{
	enum { INDENT = 35 };

	printf("  %-*s ", INDENT - 3, left);
	print_folded(INDENT, help);
}

void lab_knobs_help(enum lab_program program, const char *summary)
{
	printf("Usage: %s [OPTION]...\n", program_invocation_short_name);
	print_folded(0, summary);
	putchar('\n');
	for (const struct lab_knob *knob = lab_knobs; knob->name != NULL; knob++) {
		char left[64], help[256];

		if (!(knob->programs & (unsigned)program))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", knob->letter ? '-' : ' ',
			knob->letter ? knob->letter : ' ', knob->letter ? "," : " ", knob->name,
			knob->argument != NULL ? " " : "",
			knob->argument != NULL ? knob->argument : "");
		snprintf(help, sizeof(help), "%s%s", knob->help,
			knob->kind == KNOB_PAUSE ? " (MS or `forever`)" : "");
		print_option(left, help);
		for (const struct lab_fault_name *fault = lab_faults;
			knob->kind == KNOB_FAULTS && fault->name != NULL; fault++)
			if (fault->programs & (unsigned)program) {
				snprintf(left, sizeof(left), "    %s", fault->name);
				print_option(left, fault->help);
			}
	}
	exit(EXIT_SUCCESS);
}
