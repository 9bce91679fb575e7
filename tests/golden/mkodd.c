/* Writes odd captures: what is in public archives and what somebody with bad intent sends. From a
 * seed it draws link type, byte order, precision, layers and conversations, then disturbs them:
 * reordered, cut, duplicated, jumping in time, with bytes changed and lengths that lie.
 * --adversarial writes one whose flows contradict themselves all the time, which costs most. */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, PACKETS_MAX = 4000 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct packet {
	int64_t t_ns;
	uint32_t size, captured, claimed; /* claimed: the file's word for captured */
	uint8_t bytes[PACKET_MAX];
};
struct flow {
	uint32_t seq[2];
	uint16_t port[2];
	uint8_t host;
	bool v6;
};

static struct {
	const char *out;
	uint64_t seed, adversarial;
} options = {.seed = 1};
static uint64_t lot;
static struct packet packets[PACKETS_MAX];
static size_t packet_count;

/* splitmix64 */
static uint32_t draw(uint32_t below)
{
	uint64_t z = lot += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16) % below;
}

static bool chance(uint32_t percent)
{
	return draw(100) < percent;
}

/* ---- building from the inside out: each layer is put before what is there ---- */

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint8_t *before(struct packet *p, size_t size)
{
	if (p->size + size > PACKET_MAX) /* the innermost bytes fall off the end */
		p->size = (uint32_t)(PACKET_MAX - size);
	memmove(p->bytes + size, p->bytes, p->size);
	memset(p->bytes, 0, size);
	p->size += (uint32_t)size;
	return p->bytes;
}

static void ip6(struct packet *p, const struct flow *flow, bool back, uint8_t protocol)
{
	uint8_t *at;
	if (chance(10)) { /* a hop-by-hop or destination header */
		at = before(p, 8);
		at[0] = protocol;
		protocol = chance(50) ? 0 : 60;
	}
	unsigned length = p->size;
	at = before(p, 40);
	at[0] = 0x60;
	put16(at + 4, length);
	at[6] = protocol;
	at[7] = 64;
	at[8] = at[24] = 0xfd;
	at[23] = back ? 2 : flow->host;
	at[39] = back ? flow->host : 2;
}

static void ip(struct packet *p, const struct flow *flow, bool back, uint8_t protocol)
{
	if (flow->v6) {
		ip6(p, flow, back, protocol);
		return;
	}
	size_t header = chance(8) ? 24 + 4 * draw(9) : 20;
	uint8_t *at = before(p, header);
	at[0] = (uint8_t)(0x40 | header / 4);
	put16(at + 2, p->size);
	put16(at + 4, draw(65536));
	if (chance(3)) /* a fragment */
		put16(at + 6, draw(65536));
	at[8] = 64;
	at[9] = protocol;
	put32(at + 12, 0x0a000000U | (back ? 2 : flow->host));
	put32(at + 16, 0x0a000000U | (back ? flow->host : 2));
}

static void udp(struct packet *p, unsigned from, unsigned to)
{
	uint8_t *at = before(p, 8);
	put16(at, from);
	put16(at + 2, to);
	put16(at + 4, chance(95) ? p->size : draw(65536));
}

static void tunnel(struct packet *p, const struct flow *flow, bool back)
{
	uint8_t *at;
	switch (draw(4)) {
	case 0: /* IP in IP */
		ip(p, flow, back, flow->v6 ? 41 : 4);
		break;
	case 1: /* GRE */
		put16(before(p, 4) + 2, flow->v6 ? 0x86dd : 0x0800);
		ip(p, flow, back, 47);
		break;
	case 2: /* VXLAN */
		put16(before(p, 14) + 12, flow->v6 ? 0x86dd : 0x0800);
		before(p, 8)[0] = 8;
		udp(p, 50000, 4789);
		ip(p, flow, back, 17);
		break;
	default: /* GTP-U */
		at = before(p, 8);
		at[0] = 0x30;
		at[1] = 255;
		put16(at + 2, p->size - 8);
		udp(p, 2152, 2152);
		ip(p, flow, back, 17);
	}
}

static uint32_t odd_number(uint32_t right)
{
	static const uint32_t off[] = {1, UINT32_MAX, 1000, 65535, 1U << 30, 1U << 31, 0x7fffffff};
	return chance(88) ? right : chance(50) ? draw(UINT32_MAX) : right + off[draw(7)];
}

static void tcp(struct packet *p, struct flow *flow, bool back, uint8_t flags)
{
	uint32_t length = chance(60) ? 0 : draw(chance(90) ? 200 : 1400);
	size_t options_size = chance(70) ? 0 : 4 * draw(11);
	if (flags & RST)
		length = 0;
	before(p, length);
	uint8_t *at = before(p, 20 + options_size);
	put16(at, flow->port[back]);
	put16(at + 2, flow->port[!back]);
	put32(at + 4, odd_number(flow->seq[back]));
	put32(at + 8, flags & ACK ? odd_number(flow->seq[!back]) : 0);
	at[12] = (uint8_t)((20 + options_size) / 4 << 4);
	at[13] = flags;
	put16(at + 14, chance(90) ? 60000 : draw(3));
	for (size_t i = 0; i < options_size; i++)
		at[20 + i] = (uint8_t)(chance(50) ? draw(6) : draw(256));
	flow->seq[back] += length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
}

static void other_packet(struct packet *p, const struct flow *flow, bool back)
{
	uint8_t *at;
	if (chance(50) || packet_count == 0) {
		before(p, draw(300));
		udp(p, flow->port[back], flow->port[!back]);
		ip(p, flow, back, 17);
		return;
	}
	const struct packet *quoted = &packets[draw((uint32_t)packet_count)];
	size_t size = quoted->size < 60 ? quoted->size : 28 + draw(32);
	at = before(p, size);
	memcpy(at, quoted->bytes, size);
	at = before(p, 8);
	at[0] = (uint8_t)(flow->v6 ? draw(5) : 3 + 8 * draw(2));
	at[1] = (uint8_t)draw(14);
	ip(p, flow, back, flow->v6 ? 58 : 1);
}

/* Link types, frequent ones more often; the last two are not supported. */
static const uint32_t links[] = {
	1, 1, 1, 101, 101, 113, 113, 276, 276, 0, 108, 228, 229, 12, 9, 104, 239, 239, 105, 253};

static void ethernet(struct packet *p, unsigned type)
{
	uint8_t *at;
	if (chance(10)) { /* MPLS */
		put32(before(p, 4), draw(UINT32_MAX) | 1U << 8);
		type = 0x8847;
	}
	for (int tags = chance(15) ? 1 + (int)draw(3) : 0; tags > 0; tags--) {
		at = before(p, 4);
		put16(at, draw(4096));
		put16(at + 2, type);
		type = chance(70) ? 0x8100 : 0x88a8;
	}
	put16(before(p, 14) + 12, type);
}

static void link_layer(struct packet *p, uint32_t link, const struct flow *flow)
{
	unsigned type = chance(1) ? draw(65536) : flow->v6 ? 0x86dd : 0x0800;
	uint8_t *at;
	switch (link) {
	case 1:
		ethernet(p, type);
		break;
	case 113:
		at = before(p, 16);
		put16(at, draw(5));
		put16(at + 14, type);
		break;
	case 276:
		at = before(p, 20);
		put16(at, type);
		put32(at + 4, draw(5));
		break;
	case 0:
	case 108:
		before(p, 4)[link == 0 ? 0 : 3] = flow->v6 ? 30 : 2;
		break;
	case 9:
		at = before(p, 4);
		put16(at, 0xff03);
		put16(at + 2, flow->v6 ? 0x57 : 0x21);
		break;
	case 104: /* Cisco HDLC */
		at = before(p, 4);
		at[0] = 0x0f;
		put16(at + 2, type);
		break;
	case 239: { /* NFLOG: the packet is a TLV, lengths in the writer's byte order */
		uint16_t tlv[2] = {(uint16_t)(4 + p->size), 9};
		memcpy(before(p, 4), tlv, sizeof(tlv));
		before(p, 4)[0] = flow->v6 ? 10 : 2;
		break;
	}
	default:
		break;
	}
}

/* ---- conversations ---- */

static const uint8_t any_flags[] = {0, FIN, RST, SYN | FIN, SYN | RST, SYN | ACK, FIN | ACK,
	RST | ACK, SYN, 255, ACK, ACK | PSH, FIN | PSH | ACK};

static uint8_t flags_at(unsigned step)
{
	static const uint8_t usual[] = {
		SYN, SYN | ACK, ACK, ACK | PSH, ACK, FIN | ACK, ACK, FIN | ACK, ACK};
	if (chance(15))
		return any_flags[draw(sizeof(any_flags))];
	return step < sizeof(usual) ? usual[step] : ACK;
}

static void conversation(uint32_t link, int64_t t_ns)
{
	struct flow flow = {.seq = {draw(UINT32_MAX), draw(UINT32_MAX)},
		.port = {(uint16_t)(1 + draw(200)), (uint16_t)(chance(80) ? 80 : draw(65536))},
		.host = (uint8_t)(3 + draw(4)),
		.v6 = link == 229 || (link != 228 && chance(25))};
	unsigned steps = 1 + draw(chance(90) ? 14 : 60);
	for (unsigned step = 0; step < steps && packet_count < PACKETS_MAX; step++) {
		struct packet *p = &packets[packet_count];
		bool back = chance(85) ? step % 2 : chance(50);
		*p = (struct packet){.t_ns = t_ns};
		if (chance(4)) {
			other_packet(p, &flow, back);
		} else {
			tcp(p, &flow, back, flags_at(step));
			ip(p, &flow, back, 6);
		}
		for (int depth = chance(5) ? 1 + (int)draw(4) : 0; depth > 0; depth--)
			tunnel(p, &flow, back);
		link_layer(p, link, &flow);
		p->captured = p->claimed = p->size;
		packet_count++;
		t_ns += draw(chance(90) ? 2000000 : 2000000000);
	}
}

static int by_time(const void *first, const void *second)
{
	const struct packet *a = first, *b = second;
	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

static void swap(struct packet *a, struct packet *b)
{
	static struct packet kept;
	kept = *a;
	*a = *b;
	*b = kept;
}

/* What a capture suffers on its way: each kind in a part of the files. */
static void disturb(void)
{
	uint32_t reorder = chance(40) ? draw(30) : 0, twice = chance(40) ? draw(30) : 0,
		 cut = chance(40) ? draw(50) : 0, change = chance(50) ? draw(20) : 0,
		 jump = chance(30) ? draw(5) : 0, lie = chance(20) ? draw(5) : 0;
	for (size_t i = 0; i < packet_count; i++) {
		struct packet *p = &packets[i];
		if (chance(cut))
			p->captured = p->claimed = draw(p->size + 1);
		for (uint32_t n = chance(change) ? 1 + draw(8) : 0; n > 0; n--)
			p->bytes[draw(p->size)] = (uint8_t)draw(256);
		if (chance(jump))
			p->t_ns += (int64_t)draw(UINT32_MAX) * (chance(50) ? 1000 : -1000);
		if (chance(lie))
			p->claimed = draw(chance(50) ? 3000 : UINT32_MAX);
		if (i > 0 && chance(reorder))
			swap(p, &packets[i - 1 - draw((uint32_t)(i < 5 ? i : 5))]);
		if (i > 0 && chance(twice))
			*p = packets[i - 1];
	}
}

static void word(FILE *out, uint32_t value, bool other_order)
{
	if (other_order)
		value = htonl(value);
	fwrite(&value, sizeof(value), 1, out);
}

static void block(FILE *out, uint32_t type, const uint32_t *words, size_t count,
	const struct packet *p, bool other)
{
	uint32_t payload = p != NULL ? p->captured : 0, padding = -payload % 4,
		 size = (uint32_t)(12 + 4 * count) + payload + padding;
	word(out, type, other);
	word(out, p != NULL && p->claimed != p->captured ? p->claimed : size, other);
	for (size_t i = 0; i < count; i++)
		word(out, words[i], other);
	if (p != NULL)
		fwrite(p->bytes, 1, p->captured, out);
	fwrite("\0\0\0", 1, padding, out);
	word(out, size, other);
}

/* pcapng: a section, its interfaces (of which packets may name one that is not there), packets. */
static void blocks_write(FILE *out, uint32_t link)
{
	bool other = chance(20);
	const uint32_t section[] = {0x1a2b3c4d, other ? 1U << 16 : 1, UINT32_MAX, UINT32_MAX};
	block(out, 0x0a0d0d0a, section, 4, NULL, other);
	for (uint32_t n = 1 + (chance(20) ? draw(3) : 0); n > 0; n--) {
		const uint32_t described[] = {
			other ? link << 16 : link, chance(90) ? 0 : draw(3000)};
		block(out, 1, described, 2, NULL, other);
	}
	for (size_t i = 0; i < packet_count; i++) {
		const struct packet *p = &packets[i];
		uint64_t us = (uint64_t)p->t_ns / 1000;
		const uint32_t enhanced[] = {chance(97) ? 0 : draw(3), (uint32_t)(us >> 32),
			(uint32_t)us, chance(98) ? p->captured : draw(UINT32_MAX), p->size};
		block(out, 6, enhanced, 5, p, other);
		if (chance(3)) /* a block that nobody knows */
			block(out, draw(UINT32_MAX), enhanced, draw(6), NULL, other);
	}
}

static void file_write(FILE *out, uint32_t link)
{
	bool other = chance(20), fine = chance(50);
	uint16_t version[2] = {other ? htons(2) : 2, other ? htons(4) : 4};
	word(out, fine ? 0xa1b23c4d : 0xa1b2c3d4, other);
	fwrite(version, sizeof(version), 1, out);
	word(out, 0, other);
	word(out, 0, other);
	word(out, chance(95) ? 65535 : draw(UINT32_MAX), other);
	word(out, link, other);
	for (size_t i = 0; i < packet_count; i++) {
		const struct packet *p = &packets[i];
		word(out, (uint32_t)(p->t_ns / 1000000000), other);
		word(out, (uint32_t)(p->t_ns % 1000000000) / (fine ? 1 : 1000), other);
		word(out, p->claimed, other);
		word(out, p->size, other);
		fwrite(p->bytes, 1, p->captured, out);
	}
}

/* 64 segments a flow, hardly one of which fits what was before it. */
static void adversarial(FILE *out)
{
	static const uint32_t header[] = {0xa1b23c4d, 4 << 16 | 2, 0, 0, 65535, 101};
	static struct flow flow;
	static struct packet p;
	fwrite(header, sizeof(header), 1, out);
	for (uint64_t i = 0; i < options.adversarial; i++) {
		uint64_t t_ns = UINT64_C(1795000000000000000) + i * 5000;
		unsigned step = (unsigned)(i % 64);
		uint8_t *at;
		if (step == 0)
			flow = (struct flow){.seq = {draw(UINT32_MAX), draw(UINT32_MAX)},
				.port = {(uint16_t)(1024 + i / 64 % 60000), 80},
				.host = (uint8_t)(3 + i / 64 / 60000)};
		bool back = chance(50);
		p.size = 0;
		at = before(&p, 20);
		put16(at, flow.port[back]);
		put16(at + 2, flow.port[!back]);
		put32(at + 4, flow.seq[back] + (chance(80) ? 0 : draw(3)));
		put32(at + 8, flow.seq[!back] + (chance(80) ? 0 : draw(3)));
		at[12] = 5 << 4;
		at[13] = step < 3 ? flags_at(step) : any_flags[draw(sizeof(any_flags))];
		put16(at + 14, 60000);
		flow.seq[back] += chance(30);
		at = before(&p, 20);
		at[0] = 0x45;
		put16(at + 2, 40);
		put16(at + 4, (unsigned)i);
		at[8] = 64;
		at[9] = 6;
		put32(at + 12, 0x0a000000U | (back ? 2 : flow.host));
		put32(at + 16, 0x0a000000U | (back ? flow.host : 2));
		uint32_t record[4] = {(uint32_t)(t_ns / 1000000000), (uint32_t)(t_ns % 1000000000),
			p.size, p.size};
		fwrite(record, sizeof(record), 1, out);
		fwrite(p.bytes, 1, p.size, out);
	}
}

/* Returns false with errno. */
static bool tear(const char *path, long size)
{
	return truncate(path, draw((uint32_t)size + 1)) == 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's':
		options.seed = strtoull(arg, NULL, 10);
		return 0;
	case 'a':
		options.adversarial = strtoull(arg, NULL, 10);
		return 0;
	case ARGP_KEY_ARG:
		options.out = arg;
		return state->arg_num > 0 ? ARGP_ERR_UNKNOWN : 0;
	case ARGP_KEY_END:
		if (options.out == NULL)
			argp_error(state, "a file is needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"seed", 's', "N", 0, "what the lots are drawn from (1)", 0},
		{"adversarial", 'a', "PACKETS", 0, "write so many that contradict themselves", 0},
		{0}};
	const struct argp argp = {table, parse, "FILE", "Write an odd capture.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	lot = options.seed * 7919;
	FILE *out = fopen(options.out, "w");
	if (out == NULL) {
		fprintf(stderr, "mkodd: %s: %s\n", options.out, strerror(errno));
		return 1;
	}
	if (options.adversarial > 0) {
		adversarial(out);
		return fclose(out) != 0;
	}
	uint32_t link = links[draw(sizeof(links) / sizeof(*links))];
	for (uint32_t n = 1 + draw(chance(90) ? 12 : 200); n > 0; n--)
		conversation(link, INT64_C(1795000000000000000) + (int64_t)draw(2000) * 1000000);
	qsort(packets, packet_count, sizeof(*packets), by_time);
	disturb();
	if (chance(25))
		blocks_write(out, link);
	else
		file_write(out, link);
	long size = ftell(out);
	if (fclose(out) != 0)
		return 1;
	return chance(15) && !tear(options.out, size);
}
