/* What every lab program shares; lab.h says what each function does. The option table below is the only place where an option is
 * declared: getopt_long's array, the --help text and the range checks are made from it. */
#include "lab.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the option table ---- */
enum kind { FLAG, NUMBER, PAUSE /* ms, or "forever" */, ACCEPTS /* "all", "none", N */, TEXT, TEXTS, INET, INET6, HELP };
struct knob {
	const char *name, *argument;
	int letter;
	enum kind kind;
	size_t at;              /* offset in struct lab_options */
	long min, max;
	unsigned programs;
	const char *help;
};
#define AT(field) offsetof(struct lab_options, field)
#define SERVER LAB_ECHO_SERVER
#define CLIENT LAB_ECHO_CLIENT
#define BOTH (SERVER | CLIENT)
#define CHAT_SERVER LAB_CHAT_SERVER
#define CHAT_CLIENT LAB_CHAT_CLIENT
#define ANY_SERVER (SERVER | CHAT_SERVER)
#define ANY_CLIENT (CLIENT | CHAT_CLIENT)
#define ANY (ANY_SERVER | ANY_CLIENT)
enum { MS_MAX = 86400000, S_MAX = 65535 };

static const struct knob knobs[] = {
	{ "port", "PORT", 'p', NUMBER, AT(port), 0, 65535, ANY, "the server's port (default 12345)" },
	{ "bind", "ADDR[:PORT]", 'b', TEXT, AT(bind_text), 0, 0, ANY, "bind() to this address (a server's default is loopback; all: 0.0.0.0 or ::)" },
	{ "connect", "ADDR[:PORT]", 0, TEXT, AT(connect_text), 0, 0, ANY_CLIENT, "the server's address (default loopback); also as a plain argument" },
	{ "ipv4", NULL, '4', INET, AT(family), 0, 0, ANY, "IPv4 (the default, unless an address says otherwise)" },
	{ "ipv6", NULL, '6', INET6, AT(family), 0, 0, ANY, "IPv6" },
	{ "backlog", "N", 0, NUMBER, AT(backlog), 0, INT_MAX, SERVER, "second argument of listen() (default 5)" },
	{ "accept", "all|none|N", 0, ACCEPTS, AT(accept), 0, INT_MAX, SERVER, "connections to accept unasked, each when the one before has ended (default all)" },
	{ "serve-one", NULL, 0, FLAG, AT(serve_one), 0, 0, SERVER, "close the listening socket after the first accept(), serve that client, exit" },
	{ "count", "N", 0, NUMBER, AT(count), 1, 10000, CLIENT, "this many connections at once, held when standard input ends" },
	{ "gap", "MS", 0, NUMBER, AT(gap_ms), 0, MS_MAX, CLIENT, "time between one connect() and the next" },
	{ "connect-timeout", "MS", 0, NUMBER, AT(connect_timeout_ms), 1, MS_MAX, CLIENT, "give up a connect() that has no answer after this time" },
	{ "send", "TEXT...", 0, TEXTS, AT(send), 0, 0, CLIENT, "messages to send before those of standard input: all arguments up to the next option" },
	{ "pause-before-accept", "MS", 0, PAUSE, AT(pause_before_accept_ms), 0, MS_MAX, SERVER, "while clients queue up; the line `accept 1` ends it" },
	{ "pause-before-connect", "MS", 0, PAUSE, AT(pause_before_connect_ms), 0, MS_MAX, CLIENT, "after bind()" },
	{ "pause-before-read", "MS", 0, PAUSE, AT(pause_before_read_ms), 0, MS_MAX, BOTH, "before a connection's first read(); at a server the line `read` ends it" },
	{ "pause-before-write", "MS", 0, PAUSE, AT(pause_before_write_ms), 0, MS_MAX, CLIENT, "between connection and first message" },
	{ "pause-before-close", "MS", 0, PAUSE, AT(pause_before_close_ms), 0, MS_MAX, BOTH, "after the conversation; at a server the line `close` ends it" },
	{ "close-first", NULL, 0, FLAG, AT(close_first), 0, 0, BOTH, "after `bye` or ESC send the first FIN (else the server leaves that to the client)" },
	{ "linger", "S", 0, NUMBER, AT(linger_s), 0, S_MAX, BOTH, "SO_LINGER: close() waits at most S seconds; 0: it sends RST" },
	{ "reuseaddr", NULL, 0, FLAG, AT(reuseaddr), 0, 0, BOTH, "SO_REUSEADDR" },
	{ "defer-accept", "S", 0, NUMBER, AT(defer_accept_s), 0, S_MAX, SERVER, "TCP_DEFER_ACCEPT: a handshake's final ACK is ignored until data comes" },
	{ "hold-acks", NULL, 0, FLAG, AT(hold_acks), 0, 0, SERVER, "a socket filter on the listening socket drops final ACKs (needs CAP_NET_ADMIN)" },
	{ "no-htons", NULL, 0, FLAG, AT(no_htons), 0, 0, BOTH, "the classic mistake: ports handed over in host byte order" },
	{ "members", "N", 0, NUMBER, AT(members), 1, 10000, CHAT_SERVER, "how many the room holds (default 1000)" },
	{ "timeout", "S", 0, NUMBER, AT(timeout_s), 0, S_MAX, CHAT_SERVER, "a member silent for this long is out (default 60; 0: never)" },
	{ "nick", "NAME", 'n', TEXT, AT(nick), 0, 0, CHAT_CLIENT, "the nickname (else the first line of standard input)" },
	{ "keepalive", "S", 0, NUMBER, AT(keepalive_s), 0, S_MAX, CHAT_CLIENT, "a sign of life after this long a silence (default 20); 0: send nothing unasked, do not look for a lost server either" },
	{ "unconnected", NULL, 0, FLAG, AT(unconnected), 0, 0, CHAT_CLIENT, "no connect(): sendto() on a socket that never learns that the server is gone" },
	{ "speak-as", "NAME", 0, TEXT, AT(speak_as), 0, 0, CHAT_CLIENT, "write this name before what is said: an attempt to speak for another member" },
	{ "help", NULL, 'h', HELP, 0, 0, 0, ~0U, "this text" },
};
enum { KNOBS = sizeof knobs / sizeof knobs[0], LONG_ONLY = 256 };

/* ---- errors ---- */
const char *lab_error(int error)
{
	static char text[128];
	const char *name = strerrorname_np(error);

	snprintf(text, sizeof text, "%s (%s)", strerror(error), name ? name : "?");
	return text;
}

static void complain(const char *format, va_list arguments, const char *after)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "%s%s\n", after ? ": " : "", after ? after : "");
}

void lab_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments, NULL);
	va_end(arguments);
}

void lab_fatal(const char *format, ...)
{
	const char *why = lab_error(errno);
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments, why);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(format, arguments, NULL);
	va_end(arguments);
	fprintf(stderr, "Try '%s --help'.\n", program_invocation_short_name);
	exit(2);
}

/* ---- reading the command line ---- */
bool lab_number(const char *text, long min, long max, long *number)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end || errno || *text == ' ' || *text == '+' || value < min || value > max)
		return false;
	*number = value;
	return true;
}

static _Noreturn void print_help(enum lab_program program, const char *summary)
{
	printf("Usage: %s [OPTION]...\n%s\n\n", program_invocation_short_name, summary);
	for (const struct knob *knob = knobs; knob < knobs + KNOBS; knob++) {
		char left[64];

		if (!(knob->programs & (unsigned)program))
			continue;
		snprintf(left, sizeof left, "%c%c%s --%s%s%s", knob->letter ? '-' : ' ', knob->letter ? knob->letter : ' ', knob->letter ? "," : " ",
			knob->name, knob->argument ? " " : "", knob->argument ? knob->argument : "");
		printf("  %-32s %s%s\n", left, knob->help, knob->kind == PAUSE ? " (MS or `forever`)" : "");
	}
	exit(EXIT_SUCCESS);
}

static void add_text(struct lab_texts *texts, const char *text)
{
	texts->text = realloc(texts->text, (texts->count + 1) * sizeof *texts->text);
	if (!texts->text)
		lab_fatal("realloc");
	texts->text[texts->count++] = text;
}

static void set_knob(struct lab_options *options, const struct knob *knob, const char *argument)
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
			usage_error("-4 and -6 contradict each other");
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
	case HELP:
		break;
	}
	if (!number_ok)
		usage_error("--%s %s: not %sa number from %ld to %ld", knob->name, argument,
			knob->kind == ACCEPTS ? "all, none or " : knob->kind == PAUSE ? "`forever` or " : "", knob->min, knob->max);
}

/* "ADDR", "ADDR:PORT", "[ADDR]:PORT", ":PORT" or "PORT". *port is left alone when the text has none. An empty address is the loopback one. */
static struct lab_address parse_address(const char *option, const char *text, long family, long *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *found;
	struct lab_address address = { 0 };
	const char *colon = strrchr(text, ':'), *port_text = NULL;
	char host[128];
	size_t length = strlen(text);

	if (text[0] == '[' && strchr(text, ']')) {
		length = (size_t)(strchr(text, ']') - text) - 1;
		port_text = text[length + 2] == ':' ? text + length + 3 : text[length + 2] ? "" : NULL;
		text++;
	} else if (colon && colon == strchr(text, ':')) {
		length = (size_t)(colon - text);
		port_text = colon + 1;
	} else if (length && strspn(text, "0123456789") == length) {
		port_text = text;
		length = 0;
	}
	snprintf(host, sizeof host, "%.*s", (int)length, text);
	if (port_text && !lab_number(port_text, 0, 65535, port))
		usage_error("--%s: not a port from 0 to 65535: '%s'", option, port_text);
	if (!length || !strcmp(host, "localhost"))
		snprintf(host, sizeof host, "%s", family == AF_INET6 ? "::1" : "127.0.0.1");
	if (getaddrinfo(host, NULL, &hints, &found))
		usage_error("--%s: neither an IPv4 nor an IPv6 address: '%s' (names are not looked up)", option, host);
	memcpy(&address.sa, found->ai_addr, found->ai_addrlen);
	address.length = found->ai_addrlen;
	freeaddrinfo(found);
	if (family && address.sa.ss_family != family)
		usage_error("--%s: %s is not an %s address", option, host, family == AF_INET6 ? "IPv6" : "IPv4");
	return address;
}

/* The mistake that --no-htons shows is made here, and only here. */
static void set_port(struct lab_address *address, long port, bool no_htons)
{
	in_port_t port_be = htons((uint16_t)port);

	if (no_htons)
		port_be = (in_port_t)port;
	if (address->sa.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address->sa)->sin6_port = port_be;
	else
		((struct sockaddr_in *)&address->sa)->sin_port = port_be;
	if (!no_htons || !port)
		return;
	if (port_be == htons((uint16_t)port))
		lab_warn("--no-htons changes nothing for port %ld = 0x%04lx: %s", port, port,
			__BYTE_ORDER == __BIG_ENDIAN ? "this machine is big-endian, its own byte order is the network's" : "its two bytes are equal");
	else
		lab_warn("--no-htons: port %ld = 0x%04lx goes in unconverted; on the wire and in the kernel it is %d = 0x%04x", port, port,
			ntohs(port_be), (unsigned)ntohs(port_be));
}

static void settle_addresses(struct lab_options *options, enum lab_program program)
{
	bool server = program & ANY_SERVER;
	long local_port = server ? options->port : 0, remote_port = options->port;

	if (options->connect_text) {
		options->remote = parse_address("connect", options->connect_text, options->family, &remote_port);
		options->family = options->remote.sa.ss_family;
	}
	if (options->bind_text || server) {
		options->local = parse_address("bind", options->bind_text ? options->bind_text : "", options->family, &local_port);
		options->family = options->local.sa.ss_family;
		set_port(&options->local, local_port, options->no_htons);
	}
	if (server)
		return;
	if (!options->connect_text)
		options->remote = parse_address("connect", "", options->family, &remote_port);
	if (!remote_port)
		usage_error("a client needs the port of a server: 1 to 65535");
	options->family = options->remote.sa.ss_family;
	set_port(&options->remote, remote_port, options->no_htons);
}

void lab_options_read(struct lab_options *options, enum lab_program program, const char *summary, int argc, char **argv)
{
	struct option longs[KNOBS + 1] = { 0 };
	char letters[2 + 2 * KNOBS] = "-", *letter = letters + 1;       /* "-": plain arguments come in their place, as option 1 */
	int got, count = 0;
	bool sending = false;           /* the option before was --send: plain arguments are messages */

	*options = (struct lab_options){ .port = 12345, .backlog = 5, .accept = LAB_ALL, .linger_s = -1, .members = 1000, .timeout_s = 60, .keepalive_s = 20 };
	while ((got = open("/dev/null", O_RDWR)) >= 0 && got <= 2)      /* started with 0, 1 or 2 closed: a socket must not take their place */
		;
	close(got);
	signal(SIGPIPE, SIG_IGN);       /* writing to a connection that is gone is to fail with EPIPE, not to kill */
	signal(SIGTTIN, SIG_IGN);       /* in the background of a shell standard input is not ours: read() fails, and the program goes on without */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < KNOBS; i++) {
		if (!(knobs[i].programs & (unsigned)program))
			continue;
		longs[count++] = (struct option){ knobs[i].name, knobs[i].argument ? required_argument : no_argument, NULL, LONG_ONLY + i };
		if (knobs[i].letter) {
			*letter++ = (char)knobs[i].letter;
			if (knobs[i].argument)
				*letter++ = ':';
		}
	}
	for (;;) {
		int i = 0;

		got = getopt_long(argc, argv, letters, longs, NULL);
		if (got == -1 && optind < argc) {       /* after "--" */
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
			usage_error("what is '%s'? Options start with --", optarg);
		if (got == 1)
			continue;
		while (got < LONG_ONLY ? knobs[i].letter != got : LONG_ONLY + i != got)
			i++;
		if (knobs[i].kind == HELP)
			print_help(program, summary);
		sending = knobs[i].kind == TEXTS;
		set_knob(options, &knobs[i], optarg);
	}
	settle_addresses(options, program);
}

/* ---- set-up calls ---- */
int lab_socket(const struct lab_options *options, int type)
{
	int fd = socket((int)options->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	struct linger linger = { .l_onoff = 1, .l_linger = (int)options->linger_s };

	if (fd < 0)
		lab_fatal("socket");
	if (options->reuseaddr && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		lab_fatal("setsockopt SO_REUSEADDR");
	if (options->linger_s >= 0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) < 0)
		lab_fatal("setsockopt SO_LINGER");      /* a listening socket hands it on to the sockets it accepts */
	return fd;
}

void lab_bind(int fd, const struct lab_address *address)
{
	char text[LAB_ADDRESS_TEXT];

	if (bind(fd, (const struct sockaddr *)&address->sa, address->length) < 0)
		lab_fatal("bind %s", lab_address_text(address, text));
}

void lab_listen(int fd, long backlog)
{
	if (listen(fd, (int)backlog) < 0)
		lab_fatal("listen %ld", backlog);
}

struct lab_address lab_local(int fd)
{
	struct lab_address address = { .length = sizeof address.sa };

	if (getsockname(fd, (struct sockaddr *)&address.sa, &address.length) < 0)
		lab_fatal("getsockname");
	return address;
}

int lab_defer_accept(int fd, long seconds)
{
	int value = (int)seconds;

	return setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, sizeof value);
}

int lab_hold_acks(int fd, bool on)
{
	/* What a TCP socket's filter sees starts with the TCP header; byte 13 holds the flags, 0x10 is ACK and 0x02 SYN. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x10, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),           /* ACK without SYN: drop */
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),  /* anything else: keep all of it */
	};
	struct sock_fprog program = { .len = sizeof code / sizeof code[0], .filter = code };
	int unused = 0;

	if (on)
		return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) < 0 && errno != ENOENT)        /* ENOENT: there was none */
		return -1;
	return 0;
}

int lab_address_parts(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT])
{
	char port[8];

	if (getnameinfo((const struct sockaddr *)&address->sa, address->length, buffer, LAB_ADDRESS_TEXT, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV)) {
		snprintf(buffer, LAB_ADDRESS_TEXT, "?");
		return 0;
	}
	return atoi(port);
}

const char *lab_address_text(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT])
{
	char host[LAB_ADDRESS_TEXT];
	int port = lab_address_parts(address, host);

	snprintf(buffer, LAB_ADDRESS_TEXT, strchr(host, ':') ? "[%.60s]:%d" : "%.60s:%d", host, port);
	return buffer;
}

/* ---- time ---- */
int64_t lab_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t lab_after_ms(long pause_ms)
{
	return pause_ms == LAB_FOREVER ? INT64_MAX : lab_now_ms() + pause_ms;
}

int lab_poll_timeout(int64_t due_ms)
{
	int64_t left = due_ms == INT64_MAX ? -1 : due_ms - lab_now_ms();

	if (due_ms != INT64_MAX && left < 0)
		left = 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* ---- lines from a stream ---- */
ssize_t lab_lines_read(struct lab_lines *lines, int fd)
{
	ssize_t got;

	memmove(lines->data, lines->data + lines->taken, lines->used - lines->taken);
	lines->used -= lines->taken;
	lines->taken = 0;
	got = read(fd, lines->data + lines->used, sizeof lines->data - lines->used);
	if (got > 0)
		lines->used += (size_t)got;
	return got;
}

enum lab_line lab_lines_next(struct lab_lines *lines, const char **text, size_t *length)
{
	for (;;) {
		char *start = lines->data + lines->taken;
		size_t left = lines->used - lines->taken;
		char *end = left ? memchr(start, '\n', left) : NULL;
		size_t size = end ? (size_t)(end - start) : left;
		bool skipped = lines->skipping;

		if (size && memchr(start, 27, size)) {
			*lines = (struct lab_lines){ 0 };
			return LAB_LINE_ESCAPE;
		}
		if (!end && !skipped && left < sizeof lines->data)
			return LAB_LINE_NONE;
		lines->taken += size + (end ? 1 : 0);
		lines->skipping = !end;
		if (skipped && end)
			continue;
		if (skipped)
			return LAB_LINE_NONE;
		if (end && size && start[size - 1] == '\r')
			size--;
		if (size > LAB_LINE_MAX)
			return LAB_LINE_TOO_LONG;
		*text = start;
		*length = size;
		return LAB_LINE_TEXT;
	}
}

bool lab_lines_finish(struct lab_lines *lines)
{
	if (lines->taken == lines->used || lines->skipping)
		return false;
	lines->data[lines->used++] = '\n';      /* there is room: a full buffer would have been too long a line */
	return true;
}

bool lab_line_is(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(text, word, length);
}

/* ---- text ---- */
/* Bytes of the character that starts at text, of which `left` bytes are there; 1 for a byte that is not valid UTF-8. */
static size_t character_length(const unsigned char *text, size_t left)
{
	/* first byte from..to, allowed second byte from..to, length: table 3-7 of the Unicode standard, without overlong forms and surrogates */
	static const unsigned char forms[][5] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const unsigned char *form = forms[i];

		if (text[0] < form[0] || text[0] > form[1])
			continue;
		if (left < form[4] || text[1] < form[2] || text[1] > form[3])
			return 1;
		for (size_t k = 2; k < form[4]; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 1;
		return form[4];
	}
	return 1;
}

bool lab_utf8(const char *text, size_t length)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = character_length((const unsigned char *)text + at, length - at);
		if (step == 1 && (unsigned char)text[at] >= 0x80)
			return false;
	}
	return true;
}

void lab_reverse(const char *text, size_t length, char *out)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = character_length((const unsigned char *)text + at, length - at);
		memcpy(out + length - at - step, text + at, step);
	}
}

void lab_print(FILE *stream, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < 0x20 || byte == 0x7f)
			fprintf(stream, "\\x%02x", byte);
		else
			putc(byte, stream);
	}
}

int lab_write_all(int fd, const char *data, size_t length)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };

	while (length) {
		ssize_t wrote = write(fd, data, length);

		if (wrote < 0 && (errno == EAGAIN || errno == EINTR)) {
			int ready = poll(&writable, 1, 10000);

			if (ready > 0 || (ready < 0 && errno == EINTR))
				continue;
			errno = ETIMEDOUT;
		}
		if (wrote < 0)
			return -1;
		data += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}
