/* The ends of a flow: unmapping, order, text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "tcpstate/flow.h"

static struct flow_key key_of(int family, const char *source, uint16_t source_port,
	const char *destination, uint16_t destination_port)
{
	struct flow_key key = {.family = (uint8_t)family,
		.protocol = IPPROTO_TCP,
		.port_be = {htons(source_port), htons(destination_port)}};

	assert_int_equal(inet_pton(family, source, key.addr[0]), 1);
	assert_int_equal(inet_pton(family, destination, key.addr[1]), 1);
	return key;
}

static void mapped_addresses_become_ipv4_when_both_ends_allow(void **state)
{
	static const struct {
		const char *source, *destination;
		bool unmapped;
		const char *text[2];
	} cases[] = {
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2", true, {"192.0.2.1:80", "192.0.2.2:1025"}},
		{"::ffff:192.0.2.1", "::", true, {"192.0.2.1:80", "0.0.0.0:1025"}},
		{"::", "::ffff:192.0.2.2", true, {"0.0.0.0:80", "192.0.2.2:1025"}},
		{"::ffff:0.0.0.0", "::", true, {"0.0.0.0:80", "0.0.0.0:1025"}},
		{"::", "::", false, {"[::]:80", "[::]:1025"}},
		{"::1", "::ffff:192.0.2.2", false, {"[::1]:80", "[::ffff:192.0.2.2]:1025"}},
		{"2001:db8::1", "2001:db8::2", false, {"[2001:db8::1]:80", "[2001:db8::2]:1025"}},
		{"::fffe:192.0.2.1", "::", false, {"[::fffe:c000:201]:80", "[::]:1025"}},
	};
	char text[FLOW_END_TEXT];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_key key =
			key_of(AF_INET6, cases[i].source, 80, cases[i].destination, 1025);
		assert_int_equal(flow_key_unmap(&key), cases[i].unmapped);
		assert_int_equal(key.family, cases[i].unmapped ? AF_INET : AF_INET6);
		assert_string_equal(flow_end_text(&key, 0, text), cases[i].text[0]);
		assert_string_equal(flow_end_text(&key, 1, text), cases[i].text[1]);
	}
	struct flow_key plain = key_of(AF_INET6, "::ffff:192.0.2.1", 80, "::ffff:192.0.2.2", 1025),
			wanted = key_of(AF_INET, "192.0.2.1", 80, "192.0.2.2", 1025);
	flow_key_unmap(&plain);
	/* nothing is left behind the four bytes */
	assert_true(flow_key_equal(&plain, &wanted));
	assert_false(flow_key_unmap(&wanted));
}

static void canonical_order_is_the_same_from_both_sides(void **state)
{
	struct flow_key key = key_of(AF_INET, "192.0.2.9", 80, "192.0.2.1", 1025),
			other = flow_key_swap(&key);
	(void)state;

	assert_false(flow_key_equal(&key, &other));
	assert_int_equal(flow_key_canonical(&key), 1);
	assert_int_equal(flow_key_canonical(&other), 0);
	assert_true(flow_key_equal(&key, &other));
	assert_int_equal(key.port_be[0], htons(1025));
	assert_int_equal(flow_key_canonical(&key), 0);
}

static void equal_addresses_are_ordered_by_port(void **state)
{
	struct flow_key key = key_of(AF_INET6, "::1", 40000, "::1", 300),
			self = key_of(AF_INET, "127.0.0.1", 5, "127.0.0.1", 5);
	(void)state;

	assert_int_equal(flow_key_canonical(&key), 1);
	/* as numbers, whatever the byte order of the machine */
	assert_int_equal(ntohs(key.port_be[0]), 300);
	assert_int_equal(flow_key_canonical(&self), 0); /* a self-connect */
}

static void swap_keeps_what_is_not_an_end(void **state)
{
	struct flow_key key = key_of(AF_INET6, "fe80::1", 1, "fe80::2", 2);
	(void)state;

	key.zone = 7;
	struct flow_key swapped = flow_key_swap(&key), back = flow_key_swap(&swapped);
	assert_true(flow_key_equal(&key, &back));
	assert_int_equal(swapped.zone, 7);
	assert_int_equal(swapped.protocol, IPPROTO_TCP);
	assert_int_equal(swapped.family, AF_INET6);
}

static void every_field_counts_in_a_comparison(void **state)
{
	struct flow_key key = key_of(AF_INET, "192.0.2.1", 80, "192.0.2.2", 1025);
	(void)state;

	for (size_t i = 0; i < sizeof(key); i++) {
		struct flow_key other = key;
		((uint8_t *)&other)[i] ^= 1;
		assert_false(flow_key_equal(&key, &other));
	}
}

static void an_end_reads_as_address_and_port(void **state)
{
	struct flow_key listener = key_of(AF_INET, "0.0.0.0", 12345, "0.0.0.0", 0),
			longest = key_of(AF_INET6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
				"fe80::1:2", 0);
	struct flow_key far = key_of(AF_INET6, "fe80:1111:2222:3333:4444:5555:6666:7777", 65535,
				"::1", 9),
			none = {0};
	char text[FLOW_END_TEXT];
	(void)state;

	assert_string_equal(flow_end_text(&listener, 0, text), "0.0.0.0:12345");
	assert_string_equal(flow_end_text(&listener, 1, text), "*:*");
	assert_string_equal(flow_end_text(&longest, 0, text),
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
	assert_string_equal(flow_end_text(&longest, 1, text), "[fe80::1:2]:0");
	far.zone = 65535;
	assert_string_equal(flow_end_text(&far, 0, text),
		"[fe80:1111:2222:3333:4444:5555:6666:7777%65535]:65535");
	/* the zone belongs to the link-local end alone */
	assert_string_equal(flow_end_text(&far, 1, text), "[::1]:9");
	assert_string_equal(flow_end_text(&none, 0, text), "*:*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapped_addresses_become_ipv4_when_both_ends_allow),
		cmocka_unit_test(canonical_order_is_the_same_from_both_sides),
		cmocka_unit_test(equal_addresses_are_ordered_by_port),
		cmocka_unit_test(swap_keeps_what_is_not_an_end),
		cmocka_unit_test(every_field_counts_in_a_comparison),
		cmocka_unit_test(an_end_reads_as_address_and_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
