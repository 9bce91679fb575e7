/* Writes a recording of very many connections at a steady rate, each with the kernel's answers, as
 * a machine under load would record it: for the limits of the engine. Every connection opens, sends
 * once and closes, but of every fiftieth the server ignores the final ACK (the rows say so) until
 * the client resets it. So the edges are known. All ends are local. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { ESTABLISHED = 1, SYN_RECV = 3, TIME_WAIT = 6, LISTEN = 10 };
enum { PORTS = 50000, FIRST_PORT = 10000, SERVER_PORT = 8080, IGNORED_EACH = 50 };
enum { TO_SERVER, TO_CLIENT, ROW_SERVER, ROW_CLIENT };

/* What happens to a connection, and when. seq and ack count from the ISSs; of a row: its state. */
struct step {
	int64_t after_ns;
	uint8_t kind, flags, state;
	uint32_t seq, ack, length;
};
static const struct step taken[] = {{0, TO_SERVER, SYN, 0, 0, 0, 0},
	{20000, TO_CLIENT, SYN | ACK, 0, 0, 1, 0}, {40000, TO_SERVER, ACK, 0, 1, 1, 0},
	{300000, ROW_SERVER, 0, ESTABLISHED, 0, 0, 0},
	{1000000, TO_SERVER, ACK | PSH, 0, 1, 1, 100}, {1020000, TO_CLIENT, ACK, 0, 1, 101, 0},
	{5000000, TO_SERVER, FIN | ACK, 0, 101, 1, 0}, {5020000, TO_CLIENT, ACK, 0, 1, 102, 0},
	{6000000, TO_CLIENT, FIN | ACK, 0, 1, 102, 0}, {6020000, TO_SERVER, ACK, 0, 102, 2, 0},
	{6500000, ROW_CLIENT, 0, TIME_WAIT, 0, 0, 0}};
static const struct step ignored[] = {{0, TO_SERVER, SYN, 0, 0, 0, 0},
	{20000, TO_CLIENT, SYN | ACK, 0, 0, 1, 0}, {40000, TO_SERVER, ACK, 0, 1, 1, 0},
	{300000, ROW_SERVER, 0, SYN_RECV, 0, 0, 0}, {15000000, ROW_SERVER, 0, SYN_RECV, 0, 0, 0},
	{1000000000, TO_CLIENT, SYN | ACK, 0, 0, 1, 0}, {1000020000, TO_SERVER, RST, 0, 1, 0, 0}};
struct stream { /* one step of all connections of a kind, in time order */
	const struct step *step;
	bool ignored;
	uint64_t next;
};

static struct {
	const char *out;
	uint64_t rate, count;
} options = {.rate = 5000, .count = 300000};
static FILE *wire, *diag;
static const int64_t START_NS = INT64_C(1795000000000000000);

static void die(const char *what)
{
	fprintf(stderr, "mkmany: %s: %s\n", what, strerror(errno));
	exit(1);
}

static FILE *open_file(const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", options.out, name);
	FILE *file = fopen(path, "w");
	if (file == NULL || setvbuf(file, NULL, _IOFBF, 1 << 20) != 0)
		die(path);
	return file;
}

static void pcap_begin(FILE *file, uint32_t link)
{
	const uint32_t header[] = {0xa1b23c4d, 4 << 16 | 2, 0, 0, 65535, link};
	fwrite(header, sizeof(header), 1, file);
}

static void pcap_record(FILE *file, int64_t t_ns, const void *bytes, uint32_t size, uint32_t whole)
{
	const uint32_t header[] = {
		(uint32_t)(t_ns / 1000000000), (uint32_t)(t_ns % 1000000000), size, whole};
	fwrite(header, sizeof(header), 1, file);
	fwrite(bytes, size, 1, file);
}

static uint32_t client_address(uint64_t number)
{
	return htonl(0x0a010001 + (uint32_t)(number / PORTS));
}

static uint16_t client_port(uint64_t number)
{
	return htons((uint16_t)(FIRST_PORT + number % PORTS));
}

static uint32_t server_address(void)
{
	return htonl(0x0aff0001);
}

static uint32_t iss(uint64_t number, bool server)
{
	return (uint32_t)(number * 2654435761U + (server ? 77777 : 0));
}

static void packet(uint64_t number, const struct step *step, int64_t t_ns)
{
	uint8_t bytes[40] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6};
	bool server = step->kind == TO_CLIENT;
	uint32_t addresses[2] = {client_address(number), server_address()},
		 seq = htonl(iss(number, server) + step->seq),
		 ack = step->flags & ACK ? htonl(iss(number, !server) + step->ack) : 0;
	uint16_t ports[2] = {client_port(number), htons(SERVER_PORT)}, window = htons(64000),
		 length = htons((uint16_t)(40 + step->length)),
		 id = htons((uint16_t)(number + step->seq));
	memcpy(bytes + 2, &length, 2);
	memcpy(bytes + 4, &id, 2);
	memcpy(bytes + 12, &addresses[server], 4);
	memcpy(bytes + 16, &addresses[!server], 4);
	memcpy(bytes + 20, &ports[server], 2);
	memcpy(bytes + 22, &ports[!server], 2);
	memcpy(bytes + 24, &seq, 4);
	memcpy(bytes + 28, &ack, 4);
	bytes[32] = 5 << 4;
	bytes[33] = step->flags;
	memcpy(bytes + 34, &window, 2);
	pcap_record(wire, t_ns, bytes, sizeof(bytes), 40 + step->length);
}

struct question {
	uint8_t pseudo[16];
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};
struct answer {
	uint8_t pseudo[16];
	struct nlmsghdr header;
	struct inet_diag_msg message;
};

/* An exact look-up, and 10 us later its answer. */
static void row(uint64_t number, const struct step *step, int64_t t_ns)
{
	static uint32_t sequence;
	bool server = step->kind == ROW_SERVER;
	uint32_t addresses[2] = {client_address(number), server_address()};
	uint16_t ports[2] = {client_port(number), htons(SERVER_PORT)};
	struct question q = {.pseudo = {0, 4, 0x03, 0x38, [15] = NETLINK_SOCK_DIAG},
		.header = {.nlmsg_len = sizeof(q) - sizeof(q.pseudo),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST,
			.nlmsg_seq = ++sequence & 0x7fffffff},
		.request = {.sdiag_family = AF_INET,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = UINT32_MAX}};
	struct inet_diag_sockid *id = &q.request.id;
	id->idiag_sport = ports[server];
	id->idiag_dport = ports[!server];
	id->idiag_src[0] = addresses[server];
	id->idiag_dst[0] = addresses[!server];
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	pcap_record(diag, t_ns, &q, sizeof(q), sizeof(q));
	struct answer a = {.pseudo = {0, 0, 0x03, 0x38, [15] = NETLINK_SOCK_DIAG},
		.header = {.nlmsg_len = sizeof(a) - sizeof(a.pseudo),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_seq = sequence & 0x7fffffff},
		.message = {.idiag_family = AF_INET, .idiag_state = step->state, .id = *id}};
	uint64_t cookie = 2 * number + server + 1;
	a.message.id.idiag_cookie[0] = (uint32_t)cookie;
	a.message.id.idiag_cookie[1] = (uint32_t)(cookie >> 32);
	if (step->state == ESTABLISHED)
		a.message.idiag_inode = (uint32_t)(number + 1000);
	if (step->state == TIME_WAIT) {
		a.message.idiag_timer = 3;
		a.message.idiag_expires = 59999;
	} else if (step->state == SYN_RECV) {
		a.message.idiag_timer = 1;
		a.message.idiag_expires = 980;
	}
	pcap_record(diag, t_ns + 10000, &a, sizeof(a), sizeof(a));
}

static void facts(void)
{
	FILE *file = open_file("facts.jsonl");
	fprintf(file,
		"{\"type\":\"manifest\",\"format\":1,\"version\":\"0.1.0\",\"t\":\"%" PRId64
		".000000000\",\"clock\":\"CLOCK_REALTIME\",\"kernel\":\"Linux 6.18\","
		"\"interface\":\"any\",\"addresses\":[\"10.255.0.1\"",
		START_NS / 1000000000 - 1);
	for (uint64_t i = 0; i <= options.count / PORTS; i++)
		fprintf(file, ",\"10.1.0.%" PRIu64 "\"", i + 1);
	fprintf(file, "]}\n");
	if (fclose(file) != 0)
		die("facts.jsonl");
}

static bool of_kind(uint64_t number, bool is_ignored)
{
	return (number % IGNORED_EACH == 7) == is_ignored;
}

static int64_t time_of(const struct stream *stream)
{
	return START_NS + (int64_t)(stream->next * 1000000000 / options.rate) +
	       stream->step->after_ns;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'r':
		options.rate = strtoull(arg, NULL, 10);
		return 0;
	case 'n':
		options.count = strtoull(arg, NULL, 10);
		return 0;
	case ARGP_KEY_ARG:
		options.out = arg;
		return state->arg_num > 0 ? ARGP_ERR_UNKNOWN : 0;
	case ARGP_KEY_END:
		if (options.out == NULL || options.rate == 0)
			argp_error(state, "a new folder and a rate above 0 are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"rate", 'r', "N", 0, "connections a second (5000)", 0},
		{"count", 'n', "N", 0, "connections (300000)", 0}, {0}};
	const struct argp argp = {
		table, parse, "NEW", "Write a recording of many connections.", NULL, NULL, NULL};
	enum {
		TAKEN = sizeof(taken) / sizeof(*taken),
		IGNORED = sizeof(ignored) / sizeof(*ignored)
	};
	struct stream streams[TAKEN + IGNORED];
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (mkdir(options.out, 0777) < 0)
		die(options.out);
	facts();
	wire = open_file("wire.pcap");
	diag = open_file("diag.pcap");
	pcap_begin(wire, 101); /* raw IP */
	pcap_begin(diag, 253); /* netlink */
	for (size_t i = 0; i < TAKEN + IGNORED; i++)
		streams[i] = (struct stream){
			.step = i < TAKEN ? &taken[i] : &ignored[i - TAKEN], .ignored = i >= TAKEN};
	for (;;) {
		struct stream *first = NULL;
		for (size_t i = 0; i < TAKEN + IGNORED; i++) {
			struct stream *stream = &streams[i];
			while (stream->next < options.count &&
				!of_kind(stream->next, stream->ignored))
				stream->next++;
			if (stream->next < options.count &&
				(first == NULL || time_of(stream) < time_of(first)))
				first = stream;
		}
		if (first == NULL)
			break;
		if (first->step->kind <= TO_CLIENT)
			packet(first->next, first->step, time_of(first));
		else
			row(first->next, first->step, time_of(first));
		first->next++;
	}
	uint64_t bad = 0;
	for (uint64_t i = 0; i < options.count; i++)
		bad += of_kind(i, true);
	printf("taken %" PRIu64 " ignored %" PRIu64 "\n", options.count - bad, bad);
	return fclose(wire) != 0 || fclose(diag) != 0;
}
