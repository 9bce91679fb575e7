/* Captures that are large enough to measure with, always the same:
 *   captures short COUNT FILE | half-open COUNT FILE | bulk SEGMENT_BYTES TOTAL_MIB FILE
 *   captures recorded COUNT DIR       a recording, with the kernel's answers
 * Everything is nanosecond pcap; what the connections do is in stories[]. */
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"

enum { LINK_ETHERNET = 1, LINK_SLL2 = 276, STEPS = 10, PACKET_MAX = 66000, SERVER_PORT = 80 };
enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, PUSH = TCP_PSH, ACK = TCP_ACK };
static const int64_t BEGIN_NS = INT64_C(1700000000000000000);

/* One packet of a story: who sends it, with which flags and how much data. */
struct step {
	int sender; /* 0: the client, 1: the server */
	uint8_t flags;
	uint16_t length;
	/* what the kernel shows behind it, 0: is not asked: enum tcp_state of client, server */
	uint8_t shown[2];
};

enum { ANY = 100 };
static const struct story {
	int share; /* of ANY */
	struct step step[STEPS];
} stories[] = {
	{88, {{0, SYN, 0, {STATE_SYN_SENT, 0}}, {1, SYN | ACK, 0, {0}},
		     {0, ACK, 0, {STATE_ESTABLISHED, STATE_ESTABLISHED}}, {0, PUSH | ACK, 100, {0}},
		     {1, ACK, 0, {0}}, {1, PUSH | ACK, 1000, {0}}, {0, ACK, 0, {0}},
		     {0, FIN | ACK, 0, {0}}, {1, FIN | ACK, 0, {0}},
		     {0, ACK, 0, {STATE_TIME_WAIT, 0}}}},
	{10, {{0, SYN, 0, {STATE_SYN_SENT, 0}}, {1, SYN | ACK, 0, {0}},
		     {0, ACK, 0, {STATE_ESTABLISHED, STATE_ESTABLISHED}}, {0, PUSH | ACK, 100, {0}},
		     {1, ACK, 0, {0}}, {1, PUSH | ACK, 1000, {0}}, {1, FIN | ACK, 0, {0}},
		     {0, ACK, 0, {STATE_CLOSE_WAIT, STATE_FIN_WAIT2}}, {0, FIN | ACK, 0, {0}},
		     {1, ACK, 0, {0, STATE_TIME_WAIT}}}},
	{1, {{0, SYN, 0, {STATE_SYN_SENT, 0}}, {1, SYN | ACK, 0, {0}},
		    {0, ACK, 0, {STATE_ESTABLISHED, STATE_ESTABLISHED}}, {0, PUSH | ACK, 100, {0}},
		    {1, ACK, 0, {0}}, {1, PUSH | ACK, 1000, {0}}, {0, ACK, 0, {0}},
		    {0, RST | ACK, 0, {0}}}},
	{1, {{0, SYN, 0, {STATE_SYN_SENT, 0}}, {1, RST | ACK, 0, {0}}}},
};

struct output {
	FILE *file; /* NULL: into the recording */
	struct recording *recording;
	int link;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void record(struct output *output, int64_t t_ns, const void *data, size_t captured)
{
	struct error error;
	uint32_t header[4] = {(uint32_t)(t_ns / 1000000000), (uint32_t)(t_ns % 1000000000),
		(uint32_t)captured, (uint32_t)captured};

	if (output->recording != NULL) {
		if (recording_packet(output->recording, t_ns, data, captured, captured, &error))
			fail(error.text);
		return;
	}
	if (fwrite(header, sizeof(header), 1, output->file) != 1 ||
		fwrite(data, captured, 1, output->file) != 1)
		fail("write");
}

static struct output capture_open(const char *name)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, snaplen, link;
	} header = {0xa1b23c4d, 2, 4, 0, 0, 262144, LINK_ETHERNET};
	struct output output = {.file = fopen(name, "we"), .link = LINK_ETHERNET};

	if (output.file == NULL || fwrite(&header, sizeof(header), 1, output.file) != 1)
		fail(name);
	return output;
}

struct sent { /* a segment on its way: ends in network byte order, numbers in the host's */
	uint32_t from, to, seq, ack, length, clock, echo;
	uint16_t from_port, to_port, id;
	uint8_t flags;
};

static size_t link_put(const struct output *output, uint8_t *at)
{
	static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
	/* IPv4, interface 1 (lo), ARPHRD_LOOPBACK, incoming */
	static const uint8_t sll2[20] = {8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6};

	if (output->link == LINK_ETHERNET)
		return memcpy(at, ethernet, sizeof(ethernet)), sizeof(ethernet);
	return memcpy(at, sll2, sizeof(sll2)), sizeof(sll2);
}

static void be16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void be32(uint8_t *at, uint32_t value)
{
	be16(at, value >> 16);
	be16(at + 2, value & 0xffff);
}

static void packet(struct output *output, int64_t t_ns, const struct sent *sent)
{
	static uint8_t data[PACKET_MAX];
	size_t at = link_put(output, data), header = sent->flags & SYN ? 40 : 32;
	uint8_t *ip = data + at, *tcp = ip + 20, *option = tcp + 20;

	memset(ip, 0, 20 + header);
	ip[0] = 0x45;
	be16(ip + 2, (unsigned)(20 + header + sent->length));
	be16(ip + 4, sent->id);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	memcpy(ip + 12, &sent->from, 4);
	memcpy(ip + 16, &sent->to, 4);
	be16(tcp, sent->from_port);
	be16(tcp + 2, sent->to_port);
	be32(tcp + 4, sent->seq);
	be32(tcp + 8, sent->flags & ACK ? sent->ack : 0);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = sent->flags;
	be16(tcp + 14, 502);
	if (sent->flags & SYN) {
		be32(option, 0x020405b4);     /* MSS 1460 */
		be32(option + 4, 0x01030307); /* window scale 7 */
		option += 8;
	}
	be32(option, 0x0101080a); /* timestamps */
	be32(option + 4, sent->clock);
	be32(option + 8, sent->echo);
	record(output, t_ns, data, at + 20 + header + sent->length);
}

/* ---- many connections side by side, each STEPS packets `apart` from one another ---- */

struct many {
	struct output output;
	struct answers *answers; /* NULL: the kernel is not asked */
	uint32_t count, apart;
	int64_t gap_ns; /* between two packets */
};

static const struct story *story_of(uint32_t number)
{
	uint32_t draw = number * 2654435761u >> 16;
	int at = (int)(draw % ANY);

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		if ((at -= stories[i].share) < 0)
			return &stories[i];
	return &stories[0];
}

static void ends_of(const struct many *many, uint32_t number, struct sent *sent)
{
	bool local = many->answers != NULL;

	sent->from = htonl(local ? INADDR_LOOPBACK : 0x0a000000u + number / 25000 + 1);
	sent->to = htonl(local ? INADDR_LOOPBACK : 0xc0000201u);
	sent->from_port = (uint16_t)(32768 + number % 25000);
	sent->to_port = SERVER_PORT;
}

/* What had been sent before step `until` of the story, by each end: SYN and FIN count. */
static void numbers_of(const struct story *story, int until, uint32_t next[2])
{
	for (int i = 0; i < until; i++) {
		const struct step *step = &story->step[i];

		next[step->sender] += step->length + (step->flags & (SYN | FIN) ? 1u : 0u);
	}
}

static int64_t step_time(const struct many *many, uint32_t number, int at)
{
	uint64_t slot = number + (uint64_t)at * many->apart;

	return BEGIN_NS + (int64_t)(slot * STEPS + STEPS - 1 - (uint64_t)at) * many->gap_ns;
}

static uint32_t clock_at(int64_t t_ns)
{
	return (uint32_t)(t_ns / 1000000);
}

/* RFC 7323, 4.1: the clock of the newest segment from the other end; 0: there was none. */
static uint32_t echo_of(const struct many *many, uint32_t number, int at)
{
	const struct story *story = story_of(number);

	for (int i = at; i-- > 0;)
		if (story->step[i].flags != 0 && story->step[i].sender != story->step[at].sender)
			return clock_at(step_time(many, number, i));
	return 0;
}

static void step_send(struct many *many, int64_t t_ns, uint32_t number, int at)
{
	const struct story *story = story_of(number);
	const struct step *step = &story->step[at];
	uint32_t next[2] = {number * 2246822519u, number * 3266489917u};
	struct sent sent = {.flags = step->flags,
		.length = step->length,
		.clock = clock_at(t_ns),
		.echo = echo_of(many, number, at),
		.id = (uint16_t)(number * STEPS + (uint32_t)at)};

	if (step->flags == 0)
		return;
	numbers_of(story, at, next);
	ends_of(many, number, &sent);
	if (step->sender == 1) {
		struct sent back = sent;

		sent.from = back.to, sent.to = back.from;
		sent.from_port = back.to_port, sent.to_port = back.from_port;
	}
	sent.seq = next[step->sender];
	sent.ack = next[!step->sender];
	packet(&many->output, t_ns, &sent);
	for (int side = 0; many->answers != NULL && side < 2; side++)
		if (step->shown[side] != 0)
			answers_give(many->answers, t_ns + 20000,
				(uint16_t)(32768 + number % 25000), SERVER_PORT, side,
				step->shown[side], number);
}

static void many_write(struct many *many)
{
	uint64_t slots = (uint64_t)many->count + (uint64_t)(STEPS - 1) * many->apart;

	for (uint64_t slot = 0; slot < slots; slot++)
		for (int at = STEPS - 1; at >= 0; at--) {
			uint64_t before = (uint64_t)at * many->apart;

			if (slot >= before && slot - before < many->count)
				step_send(many, step_time(many, (uint32_t)(slot - before), at),
					(uint32_t)(slot - before), at);
		}
}

/* 10,000 a second, each lasting 9 * apart connections' time. */
static void short_write(const char *count, const char *name)
{
	struct many many = {.output = capture_open(name),
		.count = (uint32_t)strtoul(count, NULL, 10),
		.apart = 20,
		.gap_ns = 10000};

	many_write(&many);
	if (fclose(many.output.file) != 0)
		fail(name);
}

static void recorded_write(const char *count, const char *name)
{
	struct error error;
	struct many many = {.count = (uint32_t)strtoul(count, NULL, 10),
		.apart = 20,
		.gap_ns = 4400,
		.output = {.link = LINK_SLL2, .recording = recording_create(name, &error)}};

	if (many.output.recording == NULL ||
		recording_wire_header(many.output.recording, LINK_SLL2, 2048, &error) ||
		recording_fact(many.output.recording,
			"{\"type\":\"manifest\",\"t\":\"1700000000.000000000\",\"version\":\"0\","
			"\"command\":\"captures recorded\",\"addresses\":[\"127.0.0.1\"]}",
			&error))
		fail(error.text);
	many.answers = answers_new(many.output.recording);
	if (many.answers == NULL)
		fail("answers");
	many_write(&many);
	answers_free(many.answers);
	if (recording_close(many.output.recording, &error))
		fail(error.text);
}

/* ---- a SYN flood, half of it answered ---- */

static void half_open_write(const char *count, const char *name)
{
	struct output output = capture_open(name);
	uint32_t most = (uint32_t)strtoul(count, NULL, 10);

	for (uint32_t i = 0; i < most; i++) {
		struct sent syn = {.from = htonl(0x0a000000u + i),
			.to = htonl(0xc0000201u),
			.from_port = (uint16_t)(1024 + i % 60000),
			.to_port = SERVER_PORT,
			.seq = i * 2246822519u,
			.clock = i,
			.id = (uint16_t)i,
			.flags = SYN};
		struct sent answer = {.from = syn.to,
			.to = syn.from,
			.from_port = syn.to_port,
			.to_port = syn.from_port,
			.seq = i * 3266489917u,
			.ack = syn.seq + 1,
			.echo = i,
			.flags = SYN | ACK};

		packet(&output, BEGIN_NS + (int64_t)i * 10000, &syn);
		if (i % 2 == 0)
			packet(&output, BEGIN_NS + (int64_t)i * 10000 + 5000, &answer);
	}
	if (fclose(output.file) != 0)
		fail(name);
}

/* ---- one connection that moves much ---- */

static void bulk_write(const char *bytes, const char *mib, const char *name)
{
	struct output output = capture_open(name);
	uint32_t length = (uint32_t)strtoul(bytes, NULL, 10);
	uint64_t segments = strtoull(mib, NULL, 10) * 1048576 / length;
	struct sent sent = {.from = htonl(0x0a000001u),
		.to = htonl(0xc0000201u),
		.from_port = 40000,
		.to_port = SERVER_PORT,
		.seq = 1000,
		.flags = SYN};
	struct sent back = {.from = sent.to,
		.to = sent.from,
		.from_port = SERVER_PORT,
		.to_port = 40000,
		.seq = 5000,
		.ack = 1001,
		.flags = SYN | ACK};

	packet(&output, BEGIN_NS, &sent);
	packet(&output, BEGIN_NS + 1000, &back);
	sent.seq++, sent.ack = ++back.seq, sent.flags = ACK, back.flags = ACK;
	packet(&output, BEGIN_NS + 2000, &sent);
	sent.length = length;
	for (uint64_t i = 0; i < segments; i++) {
		sent.id++;
		packet(&output, BEGIN_NS + 10000 + (int64_t)i * 12000, &sent);
		sent.seq += length;
		if (i % 2 == 1) {
			back.ack = sent.seq;
			packet(&output, BEGIN_NS + 16000 + (int64_t)i * 12000, &back);
		}
	}
	if (fclose(output.file) != 0)
		fail(name);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "short") == 0)
		short_write(argv[2], argv[3]);
	else if (argc == 4 && strcmp(argv[1], "half-open") == 0)
		half_open_write(argv[2], argv[3]);
	else if (argc == 4 && strcmp(argv[1], "recorded") == 0)
		recorded_write(argv[2], argv[3]);
	else if (argc == 5 && strcmp(argv[1], "bulk") == 0)
		bulk_write(argv[2], argv[3], argv[4]);
	else
		return fputs("usage: captures short|half-open|recorded COUNT OUT\n"
			     "       captures bulk SEGMENT_BYTES TOTAL_MIB OUT\n",
			       stderr),
		       2;
	return 0;
}
