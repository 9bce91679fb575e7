/* The option table below is the only place where an option is declared: getopt_long's array, the
 * --help text and the range checks are made from it. */
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "faults.h"
#include "lab.h"

/* ---- the option table ---- */
enum kind {
	FLAG,
	NUMBER,
	PAUSE /* ms, or "forever" */,
	ACCEPTS /* "all", "none", N */,
	TEXT,
	TEXTS,
	INET,
	INET6,
	FAULTS,
	HELP
};
struct knob {
	const char *name, *argument;
	int letter;
	enum kind kind;
	size_t at; /* offset in struct lab_options */
	long min, max;
	unsigned programs;
	const char *help;
};
#define AT(field) offsetof(struct lab_options, field)
#define ECHO_SERVER LAB_ECHO_SERVER
#define FORK_SERVER LAB_FORK_SERVER
#define SERVER (ECHO_SERVER | FORK_SERVER)
#define CLIENT LAB_ECHO_CLIENT
#define BOTH (SERVER | CLIENT)
#define CHAT_SERVER LAB_CHAT_SERVER
#define CHAT_CLIENT LAB_CHAT_CLIENT
#define SYN_SENDER LAB_SYN_SENDER
#define ANY_SERVER (SERVER | CHAT_SERVER)
#define ANY_CLIENT (CLIENT | CHAT_CLIENT | SYN_SENDER)
#define ANY (ANY_SERVER | ANY_CLIENT)
enum { MS_MAX = 86400000, S_MAX = 65535 };

static const struct knob knobs[] = {
	{"port", "PORT", 'p', NUMBER, AT(port), 0, 65535, ANY, "the server's port (default 12345)"},
	{"bind", "ADDR[:PORT]", 'b', TEXT, AT(bind_text), 0, 0, ANY,
		"bind() to this address (a server's default is loopback; all: 0.0.0.0 or ::)"},
	{"connect", "ADDR[:PORT]", 0, TEXT, AT(connect_text), 0, 0, ANY_CLIENT,
		"the server's address (default loopback); also as a plain argument"},
	{"ipv4", NULL, '4', INET, AT(family), 0, 0, ANY,
		"IPv4 (the default, unless an address says otherwise)"},
	{"ipv6", NULL, '6', INET6, AT(family), 0, 0, ANY, "IPv6"},
	{"backlog", "N", 0, NUMBER, AT(backlog), 0, INT_MAX, SERVER,
		"second argument of listen() (default 5)"},
	{"accept", "all|none|N", 0, ACCEPTS, AT(accept), 0, INT_MAX, ECHO_SERVER,
		"connections to accept unasked, each when the one before has ended (default all)"},
	{"serve-one", NULL, 0, FLAG, AT(serve_one), 0, 0, ECHO_SERVER,
		"close the listening socket after the first accept(), serve that client, exit"},
	{"count", "N", 0, NUMBER, AT(count), 1, 10000, CLIENT | SYN_SENDER,
		"this many connections at once, held when standard input ends; the port of --bind "
		"is the first one's, the others have the next"},
	{"gap", "MS", 0, NUMBER, AT(gap_ms), 0, MS_MAX, CLIENT | SYN_SENDER,
		"time between one connect() and the next"},
	{"connect-timeout", "MS", 0, NUMBER, AT(connect_timeout_ms), 1, MS_MAX, CLIENT,
		"give up a connect() that has no answer after this time"},
	{"send", "TEXT...", 0, TEXTS, AT(send), 0, 0, CLIENT,
		"messages to send before those of standard input: all arguments up to the next "
		"option"},
	{"pause-before-listen", "MS", 0, PAUSE, AT(pause_before_listen_ms), 0, MS_MAX, SERVER,
		"after bind(): the port is taken, a client is refused"},
	{"pause-before-accept", "MS", 0, PAUSE, AT(pause_before_accept_ms), 0, MS_MAX, ECHO_SERVER,
		"while clients queue up; the line `accept 1` ends it"},
	{"pause-before-connect", "MS", 0, PAUSE, AT(pause_before_connect_ms), 0, MS_MAX, CLIENT,
		"after bind()"},
	{"pause-before-read", "MS", 0, PAUSE, AT(pause_before_read_ms), 0, MS_MAX, BOTH,
		"before a connection's first read(); at echo_server the line `read` ends it"},
	{"pause-before-write", "MS", 0, PAUSE, AT(pause_before_write_ms), 0, MS_MAX,
		CLIENT | FORK_SERVER,
		"a client: between connection and first message; fork_server: before each answer"},
	{"pause-before-close", "MS", 0, PAUSE, AT(pause_before_close_ms), 0, MS_MAX, BOTH,
		"after the conversation; at echo_server the line `close` ends it"},
	{"close-first", NULL, 0, FLAG, AT(close_first), 0, 0, BOTH,
		"after `bye` or ESC send the first FIN (else the server leaves that to the "
		"client)"},
	{"half-close", NULL, 0, FLAG, AT(half_close), 0, 0, CLIENT | FORK_SERVER,
		"at the end shutdown(SHUT_WR), and read on until the other end closes"},
	{"linger", "S", 0, NUMBER, AT(linger_s), 0, S_MAX, BOTH,
		"SO_LINGER: close() waits at most S seconds; 0: it sends RST"},
	{"reuseaddr", NULL, 0, FLAG, AT(reuseaddr), 0, 0, BOTH, "SO_REUSEADDR"},
	{"reuseport", NULL, 0, FLAG, AT(reuseport), 0, 0, BOTH, "SO_REUSEPORT"},
	{"keepalive", "S", 0, NUMBER, AT(tcp_keepalive_s), 1, 32767, BOTH,
		"SO_KEEPALIVE: a probe after S seconds of silence, then every S seconds"},
	{"nodelay", NULL, 0, FLAG, AT(nodelay), 0, 0, BOTH,
		"TCP_NODELAY: no waiting for ACKs to put small writes together"},
	{"rcvbuf", "BYTES", 0, NUMBER, AT(rcvbuf), 1, INT_MAX / 2, BOTH,
		"SO_RCVBUF; the kernel doubles it, up to rmem_max"},
	{"sndbuf", "BYTES", 0, NUMBER, AT(sndbuf), 1, INT_MAX / 2, BOTH,
		"SO_SNDBUF; the kernel doubles it, up to wmem_max"},
	{"tos", "N", 0, NUMBER, AT(tos), 0, 255, BOTH, "IP_TOS, of IPv6 the traffic class"},
	{"ttl", "N", 0, NUMBER, AT(ttl), 1, 255, BOTH, "IP_TTL, of IPv6 the hop limit"},
	{"defer-accept", "S", 0, NUMBER, AT(defer_accept_s), 0, S_MAX, ECHO_SERVER,
		"TCP_DEFER_ACCEPT: a handshake's final ACK is ignored until data comes"},
	{"hold-acks", NULL, 0, FLAG, AT(hold_acks), 0, 0, ECHO_SERVER,
		"a socket filter on the listening socket drops final ACKs (needs CAP_NET_ADMIN)"},
	{"no-htons", NULL, 0, FLAG, AT(no_htons), 0, 0, BOTH,
		"the classic mistake: ports handed over in host byte order"},
	{"no-htonl", NULL, 0, FLAG, AT(no_htonl), 0, 0, BOTH,
		"the same with IPv4 addresses: 127.0.0.1 becomes 1.0.0.127 (only in a sealed "
		"namespace)"},
	{"nofile", "N", 0, NUMBER, AT(nofile), 5, 1048576, FORK_SERVER,
		"RLIMIT_NOFILE: at most N descriptors"},
	{"ignore-sigchld", NULL, 0, FLAG, AT(ignore_sigchld), 0, 0, FORK_SERVER,
		"SIG_IGN for SIGCHLD instead of a handler: the kernel waits for the children"},
	{"fault", "NAME", 0, FAULTS, AT(faults), 0, 0, BOTH, "a mistake to look at, repeatable:"},
	{"members", "N", 0, NUMBER, AT(members), 1, 10000, CHAT_SERVER,
		"how many the room holds (default 1000)"},
	{"timeout", "S", 0, NUMBER, AT(timeout_s), 0, S_MAX, CHAT_SERVER,
		"a member silent for this long is out (default 60; 0: never)"},
	{"nick", "NAME", 'n', TEXT, AT(nick), 0, 0, CHAT_CLIENT,
		"the nickname (else the first line of standard input)"},
	{"keepalive", "S", 0, NUMBER, AT(keepalive_s), 0, S_MAX, CHAT_CLIENT,
		"a sign of life after this long a silence (default 20); 0: send nothing unasked, "
		"do not look for a lost server either"},
	{"unconnected", NULL, 0, FLAG, AT(unconnected), 0, 0, CHAT_CLIENT,
		"no connect(): sendto() on a socket that never learns that the server is gone"},
	{"speak-as", "NAME", 0, TEXT, AT(speak_as), 0, 0, CHAT_CLIENT,
		"write this name before what is said: an attempt to speak for another member"},
	{"help", NULL, 'h', HELP, 0, 0, 0, ~0U, "this text"},
};
enum { KNOBS = sizeof(knobs) / sizeof(knobs[0]), LONG_ONLY = 256 };

/* ---- reading the command line ---- */
void lab_usage(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry '%s --help'.\n", program_invocation_short_name);
	exit(2);
}

bool lab_number(const char *text, long min, long max, long *number)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end || errno || *text == ' ' || *text == '+' || value < min ||
		value > max)
		return false;
	*number = value;
	return true;
}

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

static _Noreturn void print_help(enum lab_program program, const char *summary)
{
	printf("Usage: %s [OPTION]...\n", program_invocation_short_name);
	print_folded(0, summary);
	putchar('\n');
	for (const struct knob *knob = knobs; knob < knobs + KNOBS; knob++) {
		char left[64], help[256];

		if (!(knob->programs & (unsigned)program))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", knob->letter ? '-' : ' ',
			knob->letter ? knob->letter : ' ', knob->letter ? "," : " ", knob->name,
			knob->argument ? " " : "", knob->argument ? knob->argument : "");
		snprintf(help, sizeof(help), "%s%s", knob->help,
			knob->kind == PAUSE ? " (MS or `forever`)" : "");
		print_option(left, help);
		for (const struct lab_fault_name *fault = lab_faults;
			knob->kind == FAULTS && fault->name; fault++)
			if (fault->programs & (unsigned)program) {
				snprintf(left, sizeof(left), "    %s", fault->name);
				print_option(left, fault->help);
			}
	}
	exit(EXIT_SUCCESS);
}

static void add_text(struct lab_texts *texts, const char *text)
{
	texts->text = realloc(texts->text, (texts->count + 1) * sizeof(*texts->text));
	if (!texts->text)
		lab_fatal("realloc");
	texts->text[texts->count++] = text;
}

static void add_fault(unsigned *faults, enum lab_program program, const char *name)
{
	const unsigned reversals = FAULT_BYTE_REVERSE | FAULT_PAIR_REVERSE | FAULT_TRIPLE_REVERSE;

	for (const struct lab_fault_name *fault = lab_faults; fault->name; fault++) {
		if (strcmp(fault->name, name) || !(fault->programs & (unsigned)program))
			continue;
		if (fault->fault & reversals && *faults & reversals & ~fault->fault)
			lab_usage("--fault %s: there is another reversal already", name);
		*faults |= fault->fault;
		return;
	}
	lab_usage("--fault %s: no fault of this program; --help lists them", name);
}

static void set_knob(struct lab_options *options, const struct knob *knob, enum lab_program program,
	const char *argument)
{
	char *field = (char *)options + knob->at;
	bool number_ok = true;

	switch (knob->kind) {
	case FLAG:
		*(bool *)field = true;
		break;
	case INET:
	case INET6:
		if (options->family && options->family != (knob->kind == INET ? AF_INET : AF_INET6))
			lab_usage("-4 and -6 contradict each other");
		options->family = knob->kind == INET ? AF_INET : AF_INET6;
		break;
	case TEXT:
		*(const char **)field = argument;
		break;
	case TEXTS:
		add_text((struct lab_texts *)field, argument);
		break;
	case ACCEPTS:
		if (!strcmp(argument, "all") || !strcmp(argument, "none"))
			*(long *)field = argument[0] == 'a' ? LAB_ALL : 0;
		else
			number_ok = lab_number(argument, knob->min, knob->max, (long *)field);
		break;
	case PAUSE:
		if (!strcmp(argument, "forever")) {
			*(long *)field = LAB_FOREVER;
			break;
		} /* fallthrough */
	case NUMBER:
		number_ok = lab_number(argument, knob->min, knob->max, (long *)field);
		break;
	case FAULTS:
		add_fault((unsigned *)field, program, argument);
		break;
	case HELP:
		break;
	}
	if (!number_ok)
		lab_usage("--%s %s: not %sa number from %ld to %ld", knob->name, argument,
			knob->kind == ACCEPTS ? "all, none or "
			: knob->kind == PAUSE ? "`forever` or "
					      : "",
			knob->min, knob->max);
}

/* A turned address is somebody else's: on a sealed network only. */
static void turn_hosts(struct lab_options *options)
{
	if (!lab_sealed()) {
		lab_warn("--no-htonl: refused, unconverted addresses belong to somebody else; run "
			 "it in a sealed namespace: tcpstate record -o DIR -- COMMAND");
		exit(EXIT_FAILURE);
	}
	if (options->family == AF_INET6)
		lab_usage("--no-htonl: an IPv6 address is an array of bytes, there is nothing to "
			  "convert");
	if (options->local.length)
		lab_host_unconverted(&options->local);
	if (options->remote.length)
		lab_host_unconverted(&options->remote);
}

static void settle_addresses(struct lab_options *options, enum lab_program program)
{
	bool server = program & ANY_SERVER;
	long local_port = server ? options->port : 0, remote_port = options->port;

	if (options->connect_text) {
		options->remote = lab_address_parse(
			"connect", options->connect_text, options->family, &remote_port);
		options->family = options->remote.sa.ss_family;
	}
	if (options->bind_text || server) {
		options->local = lab_address_parse("bind",
			options->bind_text ? options->bind_text : "", options->family, &local_port);
		options->family = options->local.sa.ss_family;
		options->bind_port = (uint16_t)local_port;
	}
	if (server)
		return;
	if (program == CLIENT && local_port && local_port + options->count - 1 > 65535)
		lab_usage("--bind %ld --count %ld: the last port would be %ld, beyond 65535",
			local_port, options->count, local_port + options->count - 1);
	if (!options->connect_text)
		options->remote = lab_address_parse("connect", "", options->family, &remote_port);
	if (!remote_port)
		lab_usage("a client needs the port of a server: 1 to 65535");
	options->family = options->remote.sa.ss_family;
	options->connect_port = (uint16_t)remote_port;
}

void lab_options_read(struct lab_options *options, enum lab_program program, const char *summary,
	int argc, char **argv)
{
	struct option longs[KNOBS + 1] = {0};
	/* "-": plain arguments come in their place, as option 1 */
	char letters[2 + 2 * KNOBS] = "-", *letter = letters + 1;
	int got, count = 0;
	/* the option before was --send: plain arguments are messages */
	bool sending = false;

	*options = (struct lab_options){.port = 12345,
		.backlog = 5,
		.accept = LAB_ALL,
		.linger_s = -1,
		.tos = -1,
		.members = 1000,
		.timeout_s = 60,
		.keepalive_s = 20};
	/* started with 0, 1 or 2 closed: a socket must not take their place */
	while ((got = open("/dev/null", O_RDWR)) >= 0 && got <= 2)
		;
	close(got);
	/* writing to a connection that is gone is to fail with EPIPE, not to kill */
	signal(SIGPIPE, SIG_IGN);
	/* in the background of a shell standard input is not ours: read() fails, and the program
	 * goes on without */
	signal(SIGTTIN, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < KNOBS; i++) {
		if (!(knobs[i].programs & (unsigned)program))
			continue;
		longs[count++] = (struct option){knobs[i].name,
			knobs[i].argument ? required_argument : no_argument, NULL, LONG_ONLY + i};
		if (knobs[i].letter) {
			*letter++ = (char)knobs[i].letter;
			if (knobs[i].argument)
				*letter++ = ':';
		}
	}
	for (;;) {
		int i = 0;

		got = getopt_long(argc, argv, letters, longs, NULL);
		if (got == -1 && optind < argc) { /* after "--" */
			optarg = argv[optind++];
			got = 1;
		}
		if (got == -1)
			break;
		if (got == '?') {
			fprintf(stderr, "Try '%s --help'.\n", program_invocation_short_name);
			exit(2);
		}
		if (got == 1 && sending)
			add_text(&options->send, optarg);
		else if (got == 1 && (program & ANY_CLIENT) && !options->connect_text)
			options->connect_text = optarg;
		else if (got == 1)
			lab_usage("what is '%s'? Options start with --", optarg);
		if (got == 1)
			continue;
		while (got < LONG_ONLY ? knobs[i].letter != got : LONG_ONLY + i != got)
			i++;
		if (knobs[i].kind == HELP)
			print_help(program, summary);
		sending = knobs[i].kind == TEXTS;
		set_knob(options, &knobs[i], program, optarg);
	}
	settle_addresses(options, program);
	if (options->no_htonl)
		turn_hosts(options);
	if (options->ignore_sigchld && options->faults & (FAULT_NO_SIGCHLD | FAULT_WAIT_ONCE))
		lab_usage("--ignore-sigchld leaves no children to wait for: without --fault "
			  "no-sigchld, wait-once");
}
