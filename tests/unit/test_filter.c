/* filter.c: one language for sockets and packets. Packets are given as annotated bytes. */
#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tcpstate/source.h"

static struct flow_key key_of(
	int protocol, const char *local, int local_port, const char *remote, int remote_port)
{
	struct flow_key key = {.family = strchr(local, ':') != NULL ? AF_INET6 : AF_INET,
		.protocol = (uint8_t)protocol,
		.port_be = {htons((uint16_t)local_port), htons((uint16_t)remote_port)}};

	assert_int_equal(inet_pton(key.family, local, key.addr[0]), 1);
	assert_int_equal(inet_pton(key.family, remote, key.addr[1]), 1);
	return key;
}

static const struct {
	const char *filter;
	int protocol;
	const char *local;
	int local_port;
	const char *remote;
	int remote_port;
	bool match;
} rows[] = {
	{"", IPPROTO_TCP, "10.0.0.1", 80, "10.0.0.2", 40000, true},
	{"tcp port 80", IPPROTO_TCP, "10.0.0.1", 80, "10.0.0.2", 40000, true},
	{"tcp port 80", IPPROTO_TCP, "10.0.0.1", 40000, "10.0.0.2", 80, true},
	{"tcp port 80", IPPROTO_TCP, "10.0.0.1", 81, "10.0.0.2", 40000, false},
	{"tcp port 80", IPPROTO_UDP, "10.0.0.1", 80, "10.0.0.2", 40000, false},
	{"udp port 80", IPPROTO_UDP, "10.0.0.1", 80, "0.0.0.0", 0, true},
	{"udp", IPPROTO_UDP, "::1", 80, "::", 0, true},
	{"src port 12345", IPPROTO_TCP, "10.0.0.1", 12345, "10.0.0.2", 22535, true},
	{"src port 12345", IPPROTO_TCP, "10.0.0.2", 22535, "10.0.0.1", 12345, false},
	{"tcp port 12345 and host 10.0.0.2", IPPROTO_TCP, "10.0.0.1", 12345, "10.0.0.2", 22535,
		true},
	{"tcp port 12345 and host 10.0.0.3", IPPROTO_TCP, "10.0.0.1", 12345, "10.0.0.2", 22535,
		false},
	{"net 10.0.0.0/8", IPPROTO_TCP, "192.168.0.1", 1, "10.9.8.7", 2, true},
	{"not net 10.0.0.0/8", IPPROTO_TCP, "192.168.0.1", 1, "10.9.8.7", 2, false},
	{"portrange 100-200", IPPROTO_TCP, "192.168.0.1", 150, "10.9.8.7", 2, true},
	{"portrange 100-200", IPPROTO_TCP, "192.168.0.1", 201, "10.9.8.7", 99, false},
	{"ip6", IPPROTO_TCP, "::1", 80, "::1", 81, true},
	{"ip6", IPPROTO_TCP, "127.0.0.1", 80, "127.0.0.1", 81, false},
	{"dst host 2001:db8::2 and dst port 443", IPPROTO_TCP, "2001:db8::1", 5000, "2001:db8::2",
		443, true},
	{"dst host 2001:db8::2 and dst port 443", IPPROTO_TCP, "2001:db8::2", 443, "2001:db8::1",
		5000, false},
	/* listeners: the remote end is the wildcard */
	{"tcp port 80", IPPROTO_TCP, "0.0.0.0", 80, "0.0.0.0", 0, true},
	{"host 10.0.0.1", IPPROTO_TCP, "10.0.0.1", 80, "0.0.0.0", 0, true},
	{"host 10.0.0.1", IPPROTO_TCP, "10.0.0.2", 80, "0.0.0.0", 0, false},
	{"tcp port 80", IPPROTO_TCP, "::", 80, "::", 0, true},
	{"ip and tcp port 80", IPPROTO_TCP, "::", 80, "::", 0, true}, /* dual stack */
	{"ip and tcp port 80", IPPROTO_TCP, "::1", 80, "::", 0, false},
	{"icmp", IPPROTO_TCP, "10.0.0.1", 80, "10.0.0.2", 40000, false},
	{"ip multicast", IPPROTO_UDP, "10.0.0.1", 80, "224.0.0.1", 40000, true},
};

static void sockets_match_by_protocol_address_and_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error error = {.text = ""};
		struct filter *filter = filter_new(rows[i].filter, true, &error);
		struct sockrow row = {
			.key = key_of(rows[i].protocol, rows[i].local, rows[i].local_port,
				rows[i].remote, rows[i].remote_port)};

		if (filter == NULL)
			fail_msg("%s: %s", rows[i].filter, error.text);
		assert_false(filter_packet_only(filter));
		if (filter_row(filter, &row) != rows[i].match)
			fail_msg("row %zu: \"%s\" should%s match %s:%d", i, rows[i].filter,
				rows[i].match ? "" : " not", rows[i].local, rows[i].local_port);
		filter_free(filter);
	}
}

static void a_v6only_listener_does_not_serve_ipv4(void **state)
{
	struct filter *filter = filter_new("ip and tcp port 80", true, NULL);
	struct sockrow row = {
		.key = key_of(IPPROTO_TCP, "::", 80, "::", 0), .has_v6only = true, .v6only = true};

	(void)state;
	assert_false(filter_row(filter, &row));
	row.v6only = false;
	assert_true(filter_row(filter, &row));
	filter_free(filter);
}

static void no_filter_matches_everything(void **state)
{
	struct sockrow row = {.key = key_of(IPPROTO_TCP, "::", 80, "::", 0)};
	const uint8_t arp[] = {0, 1};

	(void)state;
	assert_true(filter_row(NULL, &row));
	assert_true(filter_packet(NULL, DLT_RAW, arp, sizeof(arp), sizeof(arp), NULL));
	assert_false(filter_packet_only(NULL));
	assert_int_equal(filter_prepare(NULL, DLT_RAW, NULL), 0);
}

static void what_only_packets_answer_is_refused_for_sockets(void **state)
{
	static const struct {
		const char *filter, *named;
	} cases[] = {
		{"tcp[tcpflags] & tcp-syn != 0", "tcp[tcpflags]"},
		{"tcp port 80 and tcp[13] = 2", "tcp[13]"},
		{"ip[8] < 5", "ip[8]"},
		{"ip[6:2] & 0x4000 != 0", "ip[6:2]"},
		{"ip6[7] = 1", "ip6[7]"},
		{"udp [4:2] > 20", "udp [4:2]"},
		{"icmp[icmptype] = 3", "icmp[icmptype]"},
		{"tcp port 80 and greater 100", "length"},
		{"less 60", "length"},
		{"len > 100", "length"},
		{"not greater 100", "length"},
		{"ether host 00:11:22:33:44:55", "link layer"},
		{"vlan 4 and tcp port 80", "link layer"},
		{"inbound", "direction"},
		{"ether[0] & 1 = 0", "ether[0]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error error = {.text = ""};
		struct filter *filter = filter_new(cases[i].filter, true, &error);

		if (filter != NULL)
			fail_msg("\"%s\" was taken for sockets", cases[i].filter);
		if (strstr(error.text, cases[i].named) == NULL ||
			strstr(error.text, "tcpstate record") == NULL)
			fail_msg("\"%s\": \"%s\" does not name \"%s\" and a remedy",
				cases[i].filter, error.text, cases[i].named);
		filter = filter_new(cases[i].filter, false, &error);
		if (filter == NULL)
			fail_msg("%s", error.text);
		assert_true(filter_packet_only(filter));
		filter_free(filter);
	}
}

static void a_bad_expression_is_an_error_that_names_it(void **state)
{
	static const char *const bad[] = {
		"tcp port", "port 70000", "bogus(", "host 1.2.3.4.5", "tcp[", "host"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (int for_sockets = 0; for_sockets < 2; for_sockets++) {
			struct error error = {.text = ""};

			assert_null(filter_new(bad[i], for_sockets, &error));
			assert_non_null(strstr(error.text, bad[i]));
		}
	}
}

/* IPv4, TCP 10.0.0.1:12345 > 10.0.0.2:22535, flags at byte 33, ends swapped on demand. */
static void tcp_packet(uint8_t packet[40], struct segment *segment, uint8_t flags, bool swapped)
{
	static const uint8_t plain[40] = {0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, IPPROTO_TCP, 0, 0, 10,
		0, 0, 1, 10, 0, 0, 2, /* IPv4 */
		/* ports 12345, 22535; seq 1; offset 5 */
		0x30, 0x39, 0x58, 0x07, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0, 0xff, 0xff};

	memcpy(packet, plain, 40);
	if (swapped) {
		memcpy(packet + 12, plain + 16, 4);
		memcpy(packet + 16, plain + 12, 4);
		memcpy(packet + 20, plain + 22, 2);
		memcpy(packet + 22, plain + 20, 2);
	}
	packet[33] = flags;
	assert_true(segment_decode(DLT_RAW, packet, 40, 40, segment, NULL));
}

static bool packet_matches(struct filter *filter, uint8_t flags, bool swapped)
{
	uint8_t packet[40];
	struct segment segment;

	tcp_packet(packet, &segment, flags, swapped);
	return filter_packet(filter, DLT_RAW, packet, sizeof(packet), sizeof(packet), &segment);
}

static void packets_match_with_their_ends_swapped_too(void **state)
{
	struct filter *filter = filter_new("src port 12345", false, NULL),
		      *other = filter_new("src port 12346", false, NULL);

	(void)state;
	assert_true(packet_matches(filter, TCP_ACK, false));
	assert_true(packet_matches(filter, TCP_ACK, true));
	assert_false(packet_matches(other, TCP_ACK, false));
	assert_false(packet_matches(other, TCP_ACK, true));
	filter_free(filter);
	filter_free(other);
}

static void a_connection_is_kept_from_its_matching_segment_on(void **state)
{
	struct filter *filter = filter_new("tcp[tcpflags] & tcp-fin != 0", false, NULL);
	struct flow_key key = key_of(IPPROTO_TCP, "10.0.0.2", 22535, "10.0.0.1", 12345),
			other = key_of(IPPROTO_TCP, "10.0.0.2", 22536, "10.0.0.1", 12345);

	(void)state;
	assert_false(packet_matches(filter, TCP_SYN, false));
	assert_false(packet_matches(filter, TCP_ACK, true));
	assert_false(filter_key(filter, &key));
	assert_true(packet_matches(filter, TCP_FIN | TCP_ACK, false));
	assert_true(packet_matches(filter, TCP_ACK, true));
	assert_true(packet_matches(filter, TCP_ACK, false));
	assert_true(filter_key(filter, &key));
	assert_false(filter_key(filter, &other));
	filter_free(filter);
}

static void remembering_connections_is_bounded(void **state)
{
	struct filter *filter = filter_new("tcp[tcpflags] & tcp-syn != 0", false, NULL);
	uint8_t packet[40];
	struct segment segment;

	(void)state;
	tcp_packet(packet, &segment, TCP_SYN, false);
	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t address_be = htonl(0x0a000000U + i);

		memcpy(packet + 12, &address_be, 4);
		memcpy(segment.key.addr[0], &address_be, 4);
		assert_true(filter_packet(
			filter, DLT_RAW, packet, sizeof(packet), sizeof(packet), &segment));
	}
	assert_true(filter_key(filter, &segment.key));
	filter_free(filter);
}

static void an_icmp_error_matches_with_the_packet_it_quotes(void **state)
{
	/* 10.0.0.9 > 10.0.0.1: port unreachable, quoting UDP 10.0.0.1:5000 > 10.0.0.2:53 */
	static const uint8_t packet[] = {0x45, 0, 0, 56, 0, 0, 0, 0, 64, IPPROTO_ICMP, 0, 0, 10, 0,
		0, 9, 10, 0, 0, 1, 3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64,
		IPPROTO_UDP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0, 53, 0, 8, 0, 0};
	struct segment segment;
	struct filter *filter = filter_new("udp port 53", false, NULL),
		      *other = filter_new("udp port 54", false, NULL);

	(void)state;
	assert_true(
		segment_decode(DLT_RAW, packet, sizeof(packet), sizeof(packet), &segment, NULL));
	assert_true(
		filter_packet(filter, DLT_RAW, packet, sizeof(packet), sizeof(packet), &segment));
	assert_false(
		filter_packet(other, DLT_RAW, packet, sizeof(packet), sizeof(packet), &segment));
	filter_free(filter);
	filter_free(other);
}

/* Only the first fragment has ports; the others are known by the identification that they share
 * with it. */
static void later_fragments_match_with_their_first(void **state)
{
	/* 10.0.0.1:5000 > 10.0.0.2:53, 24 bytes of UDP in fragments of 16 and 8 */
	uint8_t first[] = {0x45, 0, 0, 36, 0, 7, 0x20, 0, 64, IPPROTO_UDP, 0, 0, 10, 0, 0, 1, 10, 0,
		0, 2, 0x13, 0x88, 0, 53, 0, 24, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t last[] = {0x45, 0, 0, 28, 0, 7, 0, 2, 64, IPPROTO_UDP, 0, 0, 10, 0, 0, 1, 10, 0, 0,
		2, 9, 9, 9, 9, 9, 9, 9, 9};
	static const char *const expressions[] = {"udp port 53", "udp[4:2] = 24"};
	(void)state;

	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		struct filter *filter = filter_new(expressions[i], false, NULL);
		struct segment a, b;

		assert_true(segment_decode(DLT_RAW, first, sizeof(first), sizeof(first), &a, NULL));
		assert_true(segment_decode(DLT_RAW, last, sizeof(last), sizeof(last), &b, NULL));
		assert_false(filter_packet(filter, DLT_RAW, last, sizeof(last), sizeof(last), &b));
		assert_true(
			filter_packet(filter, DLT_RAW, first, sizeof(first), sizeof(first), &a));
		assert_true(filter_packet(filter, DLT_RAW, last, sizeof(last), sizeof(last), &b));
		last[5] = 8; /* another datagram's */
		assert_true(segment_decode(DLT_RAW, last, sizeof(last), sizeof(last), &b, NULL));
		assert_false(filter_packet(filter, DLT_RAW, last, sizeof(last), sizeof(last), &b));
		last[5] = 7;
		filter_free(filter);
	}
}

static void a_filter_the_link_type_cannot_answer_is_an_error(void **state)
{
	struct error error = {.text = ""};
	struct filter *filter = filter_new("ether host 00:11:22:33:44:55", false, NULL);

	(void)state;
	assert_int_equal(filter_prepare(filter, DLT_EN10MB, &error), 0);
	assert_int_equal(filter_prepare(filter, DLT_RAW, &error), -1);
	assert_non_null(strstr(error.text, "ether host"));
	assert_non_null(strstr(error.text, "RAW"));
	filter_free(filter);
}

static void names_of_hosts_are_told_from_everything_else(void **state)
{
	static const char *const names[] = {"host www.example.com", "src web1 and tcp",
		"port 80 and (dst host a-b)", "www.example.com", "not localhost"};
	static const char *const none[] = {"", "tcp port http", "src port http", "dst net 10",
		"host 10.0.0.1 or ::1", "ether host 00:11:22:33:44:55", "ether src host gate",
		"tcp[tcpflags] & tcp-syn != 0", "src host 10.0.0.1", "net loopback.net",
		"ip proto \\tcp", "portrange 1-1024 and src fe80::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!filter_has_names(names[i]))
			fail_msg("\"%s\" names a host", names[i]);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (filter_has_names(none[i]))
			fail_msg("\"%s\" names no host", none[i]);
}

static void a_name_becomes_its_addresses(void **state)
{
	char *text = filter_resolve("tcp port 80 and src host localhost");
	struct filter *filter;

	(void)state;
	if (gethostbyname("localhost") == NULL) { /* a bare root without /etc/hosts */
		free(text);
		skip();
	}
	assert_null(strstr(text, "localhost"));
	assert_non_null(strstr(text, "127.0.0.1"));
	filter = filter_new_recorded(text, NULL);
	assert_non_null(filter);
	filter_free(filter);
	free(text);
	text = filter_resolve("ip6 host localhost"); /* of one family, if of any */
	assert_null(strstr(text, "127.0.0.1"));
	free(text);
	text = filter_resolve("host nowhere.invalid or tcp");
	assert_string_equal(text, "host nowhere.invalid or tcp");
	free(text);
}

/* As long as one may be, of terms that an optimizer would compare with each other for minutes. */
/* What takes libpcap longest, as long as a recording's filter may be. */
static void a_strangers_filter_is_compiled_at_once(void **state)
{
	static const struct {
		const char *each, *between;
	} costly[] = {{"port %d", " or "}, {"not port %d", " or "}, {"portrange %d-65000", " or "},
		{"net 10.%d.0.0/16", " or "}, {"tcp[%d:4] & 0x7f != 3", " or "},
		{"not (tcp port %d and host 10.0.3.1 or ip6 host fe80::1)", " and "}};
	struct error error = {.text = ""};

	(void)state;
	for (size_t k = 0; k < sizeof(costly) / sizeof(costly[0]); k++) {
		char text[1025] = "", one[80];
		clock_t began = clock();

		for (int i = 1; strlen(text) < sizeof(text) - 80; i++) {
			snprintf(one, sizeof(one), costly[k].each, i % 250);
			strcat(strcat(text, i > 1 ? costly[k].between : ""), one);
		}
		struct filter *filter = filter_new_recorded(text, &error);
		assert_non_null(filter);
		assert_int_equal(filter_prepare(filter, DLT_LINUX_SLL2, &error), 0);
		filter_free(filter);
		/* 0.2 s; valgrind takes thirty times as long */
		assert_true(clock() - began < 20 * (clock_t)CLOCKS_PER_SEC);
	}
}

static void a_strangers_filter_is_short_and_asks_nobody(void **state)
{
	struct error error = {.text = ""};
	char *text = malloc(8192);

	(void)state;
	assert_null(filter_new_recorded("tcp and host example.com", &error));
	assert_non_null(strstr(error.text, "name"));
	memset(text, '(', 8191);
	text[8191] = '\0';
	assert_null(filter_new_recorded(text, &error));
	assert_non_null(strstr(error.text, "8191 characters"));
	text[1024] = '\0'; /* nested too deep for the parser, or no filter: an error */
	assert_null(filter_new_recorded(text, &error));
	assert_null(strstr(error.text, "characters"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_match_by_protocol_address_and_port),
		cmocka_unit_test(a_v6only_listener_does_not_serve_ipv4),
		cmocka_unit_test(no_filter_matches_everything),
		cmocka_unit_test(what_only_packets_answer_is_refused_for_sockets),
		cmocka_unit_test(a_bad_expression_is_an_error_that_names_it),
		cmocka_unit_test(packets_match_with_their_ends_swapped_too),
		cmocka_unit_test(a_connection_is_kept_from_its_matching_segment_on),
		cmocka_unit_test(remembering_connections_is_bounded),
		cmocka_unit_test(an_icmp_error_matches_with_the_packet_it_quotes),
		cmocka_unit_test(later_fragments_match_with_their_first),
		cmocka_unit_test(a_filter_the_link_type_cannot_answer_is_an_error),
		cmocka_unit_test(names_of_hosts_are_told_from_everything_else),
		cmocka_unit_test(a_name_becomes_its_addresses),
		cmocka_unit_test(a_strangers_filter_is_short_and_asks_nobody),
		cmocka_unit_test(a_strangers_filter_is_compiled_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
