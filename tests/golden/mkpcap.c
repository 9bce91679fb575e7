/* A capture from a readable script: mkpcap SCRIPT OUT.pcap. Nanosecond pcap, raw IP (or Ethernet),
 * one line a packet:
 *   link raw|ether     before the first packet
 *   base SECONDS       what the times are added to (since the epoch)
 *   TIME A:PORT > B:PORT FLAGS [seq N] [ack N] [len N] [win N] [mss N] [wscale N] [ts VAL ECR]
 *        [fastopen] [ttl N] [vlan N] [id N] [vxlan VNI] [says TEXT]
 *                      its first data, with %HH for a byte; len: that many, without it all of them
 *   TIME icmp A > B type N code N quote C:PORT > D:PORT [seq N] [udp LEN] [id N] [mtu N]
 *                      about TCP, or about a datagram of LEN
 *   TIME udp A:PORT > B:PORT [len N] [id N] [ttl N] [pieces N] [without N]
 *                      in IPv4 fragments of N bytes, the n-th of which is lost
 *   snap N             keep only the first N bytes of each packet from here on
 *   cut N              leave out the last N bytes of the file
 * FLAGS in tcpdump's letters: S S. . P. F. R R. ; IPv6 addresses in brackets. # begins a comment. A
 * mistake is an error with its line. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture_packet.h"

enum {
	WORDS = 32,
	LINK_ETHER = 1,
	LINK_RAW = 101,
};

struct script {
	const char *name;
	int line;
	FILE *out;
	int link;
	uint64_t base_ns, cut, snap;
	bool begun;
};

__attribute__((format(printf, 2, 3), noreturn)) static void fail(
	const struct script *script, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "mkpcap: %s:%d: ", script->name, script->line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t number(const struct script *script, const char *text, uint64_t max)
{
	char *end;

	errno = 0;
	uint64_t value = text != NULL ? strtoull(text, &end, 0) : 0;
	if (text == NULL || end == text || *end != '\0' || errno != 0 || value > max)
		fail(script, "%s: not a number up to %" PRIu64, text != NULL ? text : "end of line",
			max);
	return value;
}

/* "1.000002" in ns */
static uint64_t time_ns(const struct script *script, const char *text)
{
	size_t whole = strspn(text, "0123456789"),
	       digits = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	uint64_t ns = 0;

	if (whole == 0 || digits > 9 || text[whole + (digits > 0 ? digits + 1 : 0)] != '\0')
		fail(script, "%s: not a time in seconds", text);
	for (size_t i = 0; i < 9; i++)
		ns = ns * 10 + (i < digits ? (uint64_t)(text[whole + 1 + i] - '0') : 0);
	return strtoull(text, NULL, 10) * 1000000000 + ns;
}

static struct end end_of(const struct script *script, const char *text, bool with_port)
{
	struct end end = {.family = AF_INET};
	char copy[80], *address = copy, *port;

	if (text == NULL || strlen(text) >= sizeof(copy))
		fail(script, "an address is missing");
	strcpy(copy, text);
	port = strrchr(copy, ':');
	if (copy[0] == '[') {
		char *close = strchr(copy, ']');

		if (close == NULL)
			fail(script, "%s: no ]", text);
		end.family = AF_INET6;
		address = copy + 1;
		port = close[1] == ':' ? close + 1 : NULL;
		*close = '\0';
	}
	if (with_port != (port != NULL))
		fail(script, "%s: %s", text, with_port ? "no port" : "a port is not wanted here");
	if (port != NULL) {
		*port = '\0';
		end.port = (uint16_t)number(script, port + 1, 65535);
	}
	if (inet_pton(end.family, address, end.addr) != 1)
		fail(script, "%s: not an address", text);
	return end;
}

static uint8_t flags_of(const struct script *script, const char *text)
{
	static const char letters[] = "FSRP.UEW";
	uint8_t flags = 0;

	for (; text != NULL && *text != '\0'; text++) {
		const char *letter = strchr(letters, *text);

		if (letter == NULL)
			fail(script, "%s: not flags (of %s)", text, letters);
		flags |= (uint8_t)(1 << (letter - letters));
	}
	return flags;
}

static void write_packet(struct script *script, uint64_t t_ns, const struct packet *packet)
{
	uint64_t t = script->base_ns + t_ns;
	uint32_t header[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, (uint32_t)script->link};
	uint32_t record[4] = {(uint32_t)(t / 1000000000), (uint32_t)(t % 1000000000),
		(uint32_t)packet->length, (uint32_t)packet->length};

	if (script->snap > 0 && script->snap < packet->length)
		record[2] = (uint32_t)script->snap;

	if (!script->begun)
		fwrite(header, sizeof(header), 1, script->out);
	script->begun = true;
	fwrite(record, sizeof(record), 1, script->out);
	fwrite(packet->byte, record[2], 1, script->out);
}

static void put_link(const struct script *script, struct packet *packet, int family, unsigned vlan)
{
	static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};

	if (script->link != LINK_ETHER)
		return;
	packet_put(packet, addresses, sizeof(addresses));
	if (vlan > 0) {
		packet_put16(packet, 0x8100);
		packet_put16(packet, vlan);
	}
	packet_put16(packet, family == AF_INET ? 0x0800 : 0x86dd);
}

/* The value after a keyword, or the default. */
static uint64_t option(const struct script *script, char **word, int count, int from,
	const char *name, uint64_t otherwise, uint64_t max)
{
	for (int i = from; i < count; i++)
		if (strcmp(word[i], name) == 0)
			return number(script, i + 1 < count ? word[i + 1] : NULL, max);
	return otherwise;
}

static bool has(char **word, int count, int from, const char *name)
{
	for (int i = from; i < count; i++)
		if (strcmp(word[i], name) == 0)
			return true;
	return false;
}

static void check_options(const struct script *script, char **word, int count, int from)
{
	static const struct {
		const char *name;
		int values;
	} known[] = {{"seq", 1}, {"ack", 1}, {"len", 1}, {"win", 1}, {"mss", 1}, {"wscale", 1},
		{"ts", 2}, {"fastopen", 0}, {"ttl", 1}, {"vlan", 1}, {"id", 1}, {"pieces", 1},
		{"without", 1}, {"vxlan", 1}, {"says", 1}};

	while (from < count) {
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) &&
			strcmp(known[i].name, word[from]) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			fail(script, "%s: unknown word", word[from]);
		from += 1 + known[i].values;
	}
	if (from > count)
		fail(script, "a value is missing");
}

/* "GET%20/" as bytes; their number. */
static uint64_t put_text(struct packet *packet, char **word, int count)
{
	size_t before = packet->length;
	const char *at = NULL;

	for (int i = 5; i + 1 < count; i++)
		if (strcmp(word[i], "says") == 0)
			at = word[i + 1];
	for (unsigned byte; at != NULL && *at != '\0'; at += *at == '%' ? 3 : 1)
		packet_put8(packet,
			*at == '%' && sscanf(at, "%%%2x", &byte) == 1 ? byte : (uint8_t)*at);
	return packet->length - before;
}

static void tcp_options(const struct script *script, struct packet *tcp, char **word, int count)
{
	if (has(word, count, 5, "mss")) {
		packet_put16(tcp, 0x0204);
		packet_put16(tcp, (unsigned)option(script, word, count, 5, "mss", 0, 65535));
	}
	if (has(word, count, 5, "wscale")) {
		packet_put16(tcp, 0x0103);
		packet_put16(
			tcp, (unsigned)(0x0300 | option(script, word, count, 5, "wscale", 0, 14)));
	}
	for (int i = 5; i + 2 < count; i++)
		if (strcmp(word[i], "ts") == 0) {
			packet_put32(tcp, 0x0101080a);
			packet_put32(tcp, (uint32_t)number(script, word[i + 1], UINT32_MAX));
			packet_put32(tcp, (uint32_t)number(script, word[i + 2], UINT32_MAX));
		}
	if (has(word, count, 5, "fastopen"))
		packet_put16(tcp, 0x2202);
	while (tcp->length % 4 != 0)
		packet_put8(tcp, 1);
}

/* An IPv4 packet as a frame in VXLAN (RFC 7348) between 192.0.2.1 and .2. */
static void wrap(struct script *script, struct packet *inner, bool there, uint32_t vni)
{
	static struct packet packet, udp;
	struct end vtep[2] = {{{192, 0, 2, 1}, 0, AF_INET}, {{192, 0, 2, 2}, 0, AF_INET}};
	int link = script->link;

	packet.length = udp.length = 0;
	packet_put16(&udp, 50000);
	packet_put16(&udp, 4789);
	packet_put16(&udp, (unsigned)(8 + 8 + 14 + inner->length));
	packet_put16(&udp, 0);
	packet_put32(&udp, 0x08000000);
	packet_put32(&udp, vni << 8);
	script->link = LINK_ETHER;
	put_link(script, &udp, AF_INET, 0);
	script->link = link;
	packet_put(&udp, inner->byte, inner->length);
	put_link(script, &packet, AF_INET, 0);
	packet_put_ip(&packet, &vtep[!there], &vtep[there], IPPROTO_UDP, 64, &udp, 6);
	*inner = packet;
}

static void tcp_line(struct script *script, char **word, int count)
{
	static struct packet packet, tcp;
	struct end from = end_of(script, word[1], true), to = end_of(script, word[3], true);

	packet.length = tcp.length = 0;
	check_options(script, word, count, 5);
	packet_put16(&tcp, from.port);
	packet_put16(&tcp, to.port);
	packet_put32(&tcp, (uint32_t)option(script, word, count, 5, "seq", 0, UINT32_MAX));
	packet_put32(&tcp, (uint32_t)option(script, word, count, 5, "ack", 0, UINT32_MAX));
	packet_put8(&tcp, 0);
	packet_put8(&tcp, flags_of(script, word[4]));
	packet_put16(&tcp, (unsigned)option(script, word, count, 5, "win", 64240, 65535));
	packet_put32(&tcp, 0);
	tcp_options(script, &tcp, word, count);
	tcp.byte[12] = (uint8_t)(tcp.length / 4 << 4);
	uint64_t said = put_text(&tcp, word, count);
	for (uint64_t left = option(script, word, count, 5, "len", 0, 60000); left > said; left--)
		packet_put8(&tcp, 'x');
	if (!has(word, count, 5, "vxlan"))
		put_link(script, &packet, from.family,
			(unsigned)option(script, word, count, 5, "vlan", 0, 4094));
	packet_ip_id = (unsigned)option(script, word, count, 5, "id", 1, 65535);
	packet_put_ip(&packet, &from, &to, IPPROTO_TCP,
		(unsigned)option(script, word, count, 5, "ttl", 64, 255), &tcp, 16);
	packet_ip_id = 1;
	if (has(word, count, 5, "vxlan"))
		wrap(script, &packet, from.addr[3] < to.addr[3],
			(uint32_t)option(script, word, count, 5, "vxlan", 0, 0xffffff));
	write_packet(script, time_ns(script, word[0]), &packet);
}

static void udp_line(struct script *script, char **word, int count)
{
	static struct packet packet, udp;
	struct end from = end_of(script, word[2], true), to = end_of(script, word[4], true);
	uint64_t length = option(script, word, count, 5, "len", 0, 60000);

	packet.length = udp.length = 0;
	check_options(script, word, count, 5);
	packet_put16(&udp, from.port);
	packet_put16(&udp, to.port);
	packet_put16(&udp, (unsigned)(8 + length));
	packet_put16(&udp, 0);
	while (length-- > 0)
		packet_put8(&udp, 'x');
	unsigned ttl = (unsigned)option(script, word, count, 5, "ttl", 64, 255);
	size_t pieces = option(script, word, count, 5, "pieces", 0, 60000),
	       without = option(script, word, count, 5, "without", 0, 60000);

	if (pieces % 8 != 0 || (pieces > 0 && from.family != AF_INET))
		fail(script, "pieces: a multiple of 8, IPv4");
	packet_ip_id = (unsigned)option(script, word, count, 5, "id", 1, 65535);
	for (size_t at = 0, n = 1; at<udp.length; at += pieces> 0 ? pieces : udp.length, n++) {
		static struct packet piece;
		size_t left = udp.length - at;

		piece.length = packet.length = 0;
		packet_put(&piece, udp.byte + at, pieces > 0 && left > pieces ? pieces : left);
		packet_ip_fragment =
			pieces == 0 ? 0x4000 : (unsigned)(at / 8) | (left > pieces ? 0x2000 : 0);
		put_link(script, &packet, from.family, 0);
		packet_put_ip(&packet, &from, &to, IPPROTO_UDP, ttl, &piece, 6);
		if (n != without)
			write_packet(script, time_ns(script, word[0]), &packet);
	}
	packet_ip_id = 1;
	packet_ip_fragment = 0x4000;
}

/* word: TIME icmp A > B type N code N quote C:PORT > D:PORT [seq N] [udp LEN] [id N] [mtu N] */
static void icmp_line(struct script *script, char **word, int count)
{
	static struct packet packet, icmp, tcp;
	struct end from = end_of(script, word[2], false), to = end_of(script, word[4], false);

	if (count < 13 || strcmp(word[9], "quote") != 0 || from.family != AF_INET)
		fail(script, "icmp A > B type N code N quote C:PORT > D:PORT (IPv4)");
	struct end source = end_of(script, word[10], true),
		   destination = end_of(script, word[12], true);
	packet.length = icmp.length = tcp.length = 0;
	bool udp = has(word, count, 13, "udp");
	packet_put16(&tcp, source.port);
	packet_put16(&tcp, destination.port);
	if (udp) {
		packet_put16(&tcp, (unsigned)option(script, word, count, 13, "udp", 0, 60000) + 8);
		packet_put16(&tcp, 0);
	} else {
		packet_put32(&tcp, (uint32_t)option(script, word, count, 13, "seq", 0, UINT32_MAX));
		packet_put32(&tcp, 0);
		packet_put16(&tcp, 0x5002);
		packet_put16(&tcp, 64240);
		packet_put32(&tcp, 0);
	}
	packet_put8(&icmp, (unsigned)option(script, word, count, 5, "type", 3, 255));
	packet_put8(&icmp, (unsigned)option(script, word, count, 5, "code", 3, 255));
	packet_put16(&icmp, 0);
	packet_put32(&icmp, (uint32_t)option(script, word, count, 13, "mtu", 0, 65535));
	packet_ip_id = (unsigned)option(script, word, count, 13, "id", 1, 65535);
	packet_put_ip(&icmp, &source, &destination, udp ? IPPROTO_UDP : IPPROTO_TCP, 63, &tcp,
		udp ? 6 : 16);
	packet_ip_id = 1;
	put_link(script, &packet, from.family, 0);
	packet_put_ip(&packet, &from, &to, IPPROTO_ICMP, 64, &icmp, 2);
	write_packet(script, time_ns(script, word[0]), &packet);
}

static void line(struct script *script, char **word, int count)
{
	if (strcmp(word[0], "link") == 0 && count == 2 && !script->begun) {
		script->link = strcmp(word[1], "ether") == 0 ? LINK_ETHER : LINK_RAW;
		if (script->link == LINK_RAW && strcmp(word[1], "raw") != 0)
			fail(script, "link %s: raw or ether", word[1]);
	} else if (strcmp(word[0], "base") == 0 && count == 2) {
		script->base_ns = time_ns(script, word[1]);
	} else if (strcmp(word[0], "cut") == 0 && count == 2) {
		script->cut = number(script, word[1], 1000000);
	} else if (strcmp(word[0], "snap") == 0 && count == 2) {
		script->snap = number(script, word[1], 262144);
	} else if (!isdigit((unsigned char)word[0][0])) {
		fail(script, "%s: neither a time nor link, base, snap or cut", word[0]);
	} else if (count >= 9 && strcmp(word[1], "icmp") == 0 && strcmp(word[3], ">") == 0) {
		icmp_line(script, word, count);
	} else if (count >= 5 && strcmp(word[1], "udp") == 0 && strcmp(word[3], ">") == 0) {
		udp_line(script, word, count);
	} else if (count >= 5 && strcmp(word[2], ">") == 0) {
		tcp_line(script, word, count);
	} else {
		fail(script, "not a packet: TIME A:PORT > B:PORT FLAGS ...");
	}
}

int main(int argc, char **argv)
{
	struct script script = {.name = argc > 1 ? argv[1] : "",
		.link = LINK_RAW,
		.base_ns = UINT64_C(1795367880000000000)};
	FILE *in = argc == 3 ? fopen(argv[1], "re") : NULL;
	char text[512], *word[WORDS];

	if (in == NULL || (script.out = fopen(argv[2], "we")) == NULL) {
		fprintf(stderr, "usage: mkpcap SCRIPT OUT.pcap%s%s\n", argc == 3 ? ": " : "",
			argc == 3 ? strerror(errno) : "");
		return 2;
	}
	while (fgets(text, sizeof(text), in) != NULL) {
		int count = 0;

		script.line++;
		text[strcspn(text, "#\n")] = '\0';
		for (char *next = strtok(text, " \t"); next != NULL && count < WORDS;
			next = strtok(NULL, " \t"))
			word[count++] = next;
		if (count > 0)
			line(&script, word, count);
	}
	fclose(in);
	fflush(script.out);
	if (script.cut > 0 &&
		ftruncate(fileno(script.out), ftell(script.out) - (long)script.cut) != 0)
		fail(&script, "cut: %s", strerror(errno));
	if (fclose(script.out) != 0)
		fail(&script, "%s: %s", argv[2], strerror(errno));
	return 0;
}
