/* A scripted TCP peer: drives the real kernel, over a tun device, into every corner of its state
 * machine, by segments that no well-behaved peer would send at that moment. Runs one script
 * (language: tests/netns/scripts/README.md) in the namespace it is in; the tun device and its
 * addresses exist already. Exit 1 with the script's line when a step fails. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "peer_kernel.h"

enum { FIRST_PORT = 50001, TS_START = 100000, WAITING_MAX = 256 };

static const char *script;
static unsigned line_number;
static struct peer peer = {.listener = -1};
static struct segment waiting[WAITING_MAX]; /* read, but no `expect` has come by yet */
static size_t waiting_count;

void fail(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	fprintf(stderr, "%s:%u: ", script, line_number);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

char *word_next(struct words *words)
{
	return words->next < words->count ? words->at[words->next++] : NULL;
}

char *word_needed(struct words *words, const char *what)
{
	char *word = word_next(words);
	if (word == NULL)
		fail("%s is missing", what);
	return word;
}

bool word_is(struct words *words, const char *word)
{
	bool is = words->next < words->count && !strcmp(words->at[words->next], word);
	words->next += is;
	return is;
}

long word_number(struct words *words, const char *what)
{
	char *end, *word = word_needed(words, what);
	long number = strtol(word, &end, 10);
	if (end == word || *end)
		fail("%s: not a number: %s", what, word);
	return number;
}

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (int64_t)1000000 + now.tv_nsec / 1000;
}

static uint32_t ts_now(void)
{
	return (uint32_t)(TS_START + now_us() / 1000);
}

static struct connection *connection_of(uint16_t port)
{
	for (size_t i = 0; i < peer.count; i++)
		if (peer.connections[i].peer_port == port)
			return &peer.connections[i];
	if (peer.count == CONNECTIONS_MAX)
		fail("more than %d ports", CONNECTIONS_MAX);
	struct connection *made = &peer.connections[peer.count++];
	made->peer_port = port;
	made->snd_nxt = 1000 * port;
	return made;
}

static const char *flags_text(uint8_t flags)
{
	static char text[8];
	char *at = text;
	for (int i = 0; i < 5; i++)
		if (flags >> i & 1)
			*at++ = "FSRPA"[i];
	*at = '\0';
	return text;
}

static uint8_t flags_of(const char *text)
{
	uint8_t flags = 0;
	for (; *text; text++) {
		const char *at = strchr("FSRPA", *text);
		if (at == NULL)
			fail("flags are letters of FSRPA, not %s", text);
		flags |= (uint8_t)(1 << (at - "FSRPA"));
	}
	return flags;
}

static void note(const char *who, const struct segment *s)
{
	printf("%4u %s %u %s seq %u ack %u len %zu%s\n", line_number, who, s->peer_port,
		flags_text(s->flags), s->seq, s->ack, s->length, s->has_ts ? " ts" : "");
}

/* Take in what the kernel sent: for at most timeout_ms, or until one segment came. */
static bool read_one(int timeout_ms)
{
	struct segment s;
	if (wire_receive(&peer.wire, timeout_ms, &s) == 0)
		return false;
	note("<", &s);
	struct connection *c = connection_of(s.peer_port);
	uint32_t end = s.seq + (uint32_t)s.length + (s.flags & FLAG_SYN ? 1 : 0) +
		       (s.flags & FLAG_FIN ? 1 : 0);
	if ((s.flags & FLAG_SYN) || (!(s.flags & FLAG_RST) && (int32_t)(end - c->rcv_nxt) > 0))
		c->rcv_nxt = end;
	if (s.has_ts)
		c->ts_recent = s.ts_val;
	if (s.has_cookie && s.cookie_length) {
		memcpy(c->cookie, s.cookie, sizeof(c->cookie));
		c->cookie_length = s.cookie_length;
	}
	c->last = s;
	if (waiting_count == WAITING_MAX)
		fail("more than %d segments that nobody expected", WAITING_MAX);
	waiting[waiting_count++] = s;
	return true;
}

/* send FLAGS [seq N] [ack N] [data N] [window N] [tsval N] [tsecr N] [cookie]: numbers are offsets
 * from what would be right. */
static void send_command(struct words *words)
{
	struct connection *c = peer.now;
	while (read_one(0))
		;
	struct segment s = {.peer_port = c->peer_port,
		.kernel_port = c->kernel_port,
		.window = 65535,
		.flags = flags_of(word_needed(words, "flags")),
		.seq = c->snd_nxt,
		.has_ts = c->timestamps};
	bool advance = true;
	s.ack = s.flags & FLAG_ACK ? c->rcv_nxt : 0;
	s.ts_val = ts_now();
	s.ts_ecr = s.flags & FLAG_ACK ? c->ts_recent : 0;
	while (words->next < words->count) {
		if (word_is(words, "seq")) {
			s.seq += (uint32_t)word_number(words, "seq");
			advance = false;
		} else if (word_is(words, "ack")) {
			s.ack += (uint32_t)word_number(words, "ack");
		} else if (word_is(words, "data")) {
			s.length = (size_t)word_number(words, "data");
			if (s.length > DATA_MAX)
				fail("at most %d bytes of data", DATA_MAX);
		} else if (word_is(words, "window")) {
			s.window = (uint16_t)word_number(words, "window");
		} else if (word_is(words, "tsval")) {
			s.ts_val += (uint32_t)word_number(words, "tsval");
		} else if (word_is(words, "tsecr")) {
			s.ts_ecr += (uint32_t)word_number(words, "tsecr");
		} else if (word_is(words, "cookie")) {
			s.has_cookie = true;
			s.cookie_length = c->cookie_length;
			memcpy(s.cookie, c->cookie, sizeof(s.cookie));
			if (!s.cookie_length && s.flags == (FLAG_SYN | FLAG_ACK))
				s.cookie_length = 8;
		} else {
			fail("unknown: %s", word_next(words));
		}
	}
	if (advance)
		c->snd_nxt = s.seq + (uint32_t)s.length + (s.flags & FLAG_SYN ? 1 : 0) +
			     (s.flags & FLAG_FIN ? 1 : 0);
	note(">", &s);
	if (!wire_send(&peer.wire, &s))
		fail("the tun device: %s", strerror(errno));
	c->sent_us = now_us();
}

/* expect FLAGS [data] [within SECONDS] | expect nothing for MS. PSH is not looked at. Other
 * segments of the connection are passed over. */
static void expect_command(struct words *words)
{
	char *what = word_needed(words, "flags");
	bool nothing = !strcmp(what, "nothing"), data = word_is(words, "data");
	uint8_t flags = nothing ? 0 : flags_of(what) & (uint8_t)~FLAG_PSH;
	long ms = word_is(words, "for")      ? word_number(words, "milliseconds")
		  : word_is(words, "within") ? 1000 * word_number(words, "seconds")
					     : 3000;
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (size_t i = 0;; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		long left = ms - (now.tv_sec - start.tv_sec) * 1000 -
			    (now.tv_nsec - start.tv_nsec) / 1000000;
		if (i == waiting_count && !read_one(left > 0 ? (int)left : 0)) {
			if (nothing)
				return;
			fail("no %s within %ld ms", what, ms);
		}
		struct segment *s = &waiting[i];
		if (s->peer_port != peer.now->peer_port)
			continue;
		bool same = (s->flags & ~FLAG_PSH) == flags && (!data || s->length);
		if (nothing)
			fail("unexpected %s", flags_text(s->flags));
		memmove(s, s + 1, (--waiting_count - i) * sizeof(*s));
		if (same)
			return;
		i--;
	}
}

static void icmp_command(struct words *words)
{
	static const struct {
		const char *name;
		uint8_t v4[2], v6[2];
		uint32_t mtu;
	} table[] = {{"net-unreachable", {3, 0}, {1, 0}, 0},
		{"host-unreachable", {3, 1}, {1, 3}, 0}, {"port-unreachable", {3, 3}, {1, 4}, 0},
		{"protocol-unreachable", {3, 2}, {4, 1}, 0},
		{"admin-prohibited", {3, 13}, {1, 1}, 0}, {"time-exceeded", {11, 0}, {3, 0}, 0},
		{"too-big", {3, 4}, {2, 0}, 1280}};
	const char *name = word_needed(words, "an ICMP error");
	while (read_one(0))
		;
	int32_t offset = word_is(words, "seq") ? (int32_t)word_number(words, "seq") : 0;
	if (!peer.now->last.quote_length)
		fail("the kernel has sent nothing that an ICMP error could quote");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(name, table[i].name))
			continue;
		const uint8_t *code = peer.wire.v6 ? table[i].v6 : table[i].v4;
		if (!wire_icmp(&peer.wire, code[0], code[1], table[i].mtu, &peer.now->last, offset))
			fail("the tun device: %s", strerror(errno));
		return;
	}
	fail("unknown ICMP error: %s", name);
}

static void sysctl_command(struct words *words)
{
	char path[128], back[32] = "";
	const char *name = word_needed(words, "a sysctl of net.ipv4"),
		   *value = word_needed(words, "a value");
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0 ||
		pread(fd, back, sizeof(back) - 1, 0) < 0 || atoi(back) != atoi(value))
		fail("%s: cannot be set to %s: %s", path, value, strerror(errno));
	close(fd);
}

static void port_command(struct words *words)
{
	long port = word_number(words, "a port");
	if (port < 1 || port > 65535)
		fail("not a port: %ld", port);
	peer.now = connection_of((uint16_t)port);
}

static void run_line(char *line);

/* open passively|actively: a three-way handshake on the current port. */
static void open_command(struct words *words)
{
	static const char *const passively[] = {"send S", "expect SA", "send A", "kernel accept"};
	static const char *const actively[] = {"kernel connect", "expect S", "send SA", "expect A"};
	bool passive = word_is(words, "passively");
	if (!passive && !word_is(words, "actively"))
		fail("open passively or actively");
	for (int i = 0; i < 4; i++) {
		char line[32];
		snprintf(line, sizeof(line), "%s", (passive ? passively : actively)[i]);
		run_line(line);
	}
}

/* pause MS [or half the silence]: only where the kernel's own clock is the subject, or that of
 * whoever looks. What no packet tells of is looked up after a quarter of the time since the
 * connection's last packet: how long that is on a busy machine, nobody knows before. */
static void pause_command(struct words *words)
{
	int64_t us = 1000 * word_number(words, "milliseconds"), half_us;

	if (word_is(words, "or")) {
		if (!word_is(words, "half") || !word_is(words, "the") || !word_is(words, "silence"))
			fail("pause MS or half the silence");
		half_us = (now_us() - peer.now->sent_us) / 2;
		us = half_us > us ? half_us : us;
	}
	usleep((useconds_t)us);
}

static void run_line(char *line)
{
	struct words words = {0};
	char *comment = strchr(line, '#'), *word;
	if (comment != NULL)
		*comment = '\0';
	while (words.count < WORDS_MAX && (word = strsep(&line, " \t\n")) != NULL)
		if (*word)
			words.at[words.count++] = word;
	if (!words.count)
		return;
	word = word_next(&words);
	if (!strcmp(word, "kernel"))
		kernel_command(&peer, &words);
	else if (!strcmp(word, "send"))
		send_command(&words);
	else if (!strcmp(word, "expect"))
		expect_command(&words);
	else if (!strcmp(word, "icmp"))
		icmp_command(&words);
	else if (!strcmp(word, "open"))
		open_command(&words);
	else if (!strcmp(word, "sysctl"))
		sysctl_command(&words);
	else if (!strcmp(word, "port"))
		port_command(&words);
	else if (!strcmp(word, "timestamps"))
		peer.now->timestamps =
			word_is(&words, "on") || word_needed(&words, "on or off") == NULL;
	else if (!strcmp(word, "skip")) /* a hole in the peer's sequence space, or what an
					   out-of-order segment took */
		peer.now->snd_nxt += (uint32_t)word_number(&words, "bytes");
	else if (!strcmp(word, "pause"))
		pause_command(&words);
	else
		fail("unknown: %s", word);
	if ((word = word_next(&words)) != NULL)
		fail("too much: %s", word);
}

/* The end of every script: the program's sockets are reset, the listener closed, and what that
 * sends is read. */
static void finish(void)
{
	struct linger linger = {.l_onoff = 1};
	for (size_t i = 0; i < peer.count; i++) {
		int fd = peer.connections[i].fd;
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close(fd);
	}
	if (peer.listener >= 0)
		close(peer.listener);
	while (read_one(20))
		;
	held_print(peer.held, 1, 65535, true);
}

static struct {
	const char *tun, *kernel, *peer, *held;
} options = {"tun0", NULL, NULL, "/dev/null"};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 't':
		options.tun = arg;
		return 0;
	case 'k':
		options.kernel = arg;
		return 0;
	case 'p':
		options.peer = arg;
		return 0;
	case 'h':
		options.held = arg;
		return 0;
	case ARGP_KEY_ARG:
		script = arg;
		return state->arg_num ? ARGP_ERR_UNKNOWN : 0;
	case ARGP_KEY_END:
		if (options.kernel == NULL || options.peer == NULL || script == NULL)
			argp_error(state, "--kernel, --peer and a script are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"tun", 't', "NAME", 0, "the tun device (tun0)", 0},
		{"kernel", 'k', "ADDRESS", 0, "the kernel's address", 0},
		{"peer", 'p', "ADDRESS", 0, "the peer's address", 0},
		{"held", 'h', "FILE", 0, "write what /proc/net/tcp showed, and when", 0}, {0}};
	const struct argp argp = {table, parse, "SCRIPT",
		"Be the TCP peer that a script describes.", NULL, NULL, NULL};
	char *line = NULL;
	size_t room = 0;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	FILE *in = fopen(script, "r");
	if (in == NULL || (peer.held = fopen(options.held, "w")) == NULL)
		fail("%s", strerror(errno));
	if (!wire_open(&peer.wire, options.tun, options.kernel, options.peer))
		fail("%s: %s", options.tun, strerror(errno));
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		peer.connections[i].fd = -1;
	peer.now = connection_of(FIRST_PORT);
	while (getline(&line, &room, in) > 0) {
		line_number++;
		run_line(line);
	}
	free(line);
	fclose(in);
	finish();
	return fclose(peer.held) ? 1 : 0;
}
