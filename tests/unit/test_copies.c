/* Which packets are copies of one captured before, and which were really sent: every kind of
 * packet, near and far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "tcpstate/copies.h"

enum { MS = 1000000 };

static struct event packet(int64_t t_ms, uint8_t kind)
{
	struct event event = {.t_ns = t_ms * MS, .kind = EVENT_SEGMENT};

	event.u.segment = (struct segment){
		.key = {.addr = {{10, 0, 0, 1}, {10, 0, 0, 2}},
			.port_be = {1, 2},
			.family = AF_INET,
			.protocol = kind == SEGMENT_TCP ? IPPROTO_TCP : IPPROTO_UDP},
		.kind = kind,
		.flags = kind == SEGMENT_TCP ? TCP_ACK : 0,
		.seq = 1000,
		.len = 10,
		.ip_id = 77,
		.hop_limit = 64,
		.interface = 1};
	return event;
}

static bool second_is_copy(struct event *first, struct event *second, bool mirrored)
{
	struct copies *copies = copies_new();

	assert_non_null(copies);
	copies_look(copies, first, mirrored, NULL, 0);
	copies_look(copies, second, mirrored, NULL, 0);
	assert_false(first->u.segment.copy);
	assert_int_equal(copies_count(copies), second->u.segment.copy);
	copies_free(copies);
	return second->u.segment.copy;
}

static void elsewhere_within_a_second_of_every_kind(void **state)
{
	static const uint8_t kinds[] = {SEGMENT_TCP, SEGMENT_UDP, SEGMENT_ICMP, SEGMENT_FRAGMENT};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds); i++) {
		struct event first = packet(0, kinds[i]), soon = packet(999, kinds[i]),
			     late = packet(1000, kinds[i]), same = packet(5, kinds[i]);

		soon.u.segment.hop_limit = late.u.segment.hop_limit = 63;
		assert_true(second_is_copy(&first, &soon, false));
		assert_false(second_is_copy(&first, &late, false));
		soon = packet(1, kinds[i]);
		soon.u.segment.interface = 2;
		assert_true(second_is_copy(&first, &soon, false));
		soon = packet(1, kinds[i]);
		soon.u.segment.direction = DIRECTION_OUT;
		assert_true(second_is_copy(&first, &soon, false));
		/* nothing tells them apart: only where nobody knows the interfaces */
		assert_false(second_is_copy(&first, &same, false));
		assert_true(second_is_copy(&first, &same, true));
		same = packet(20, kinds[i]);
		assert_false(second_is_copy(&first, &same, true));
	}
}

static void what_differs_in_its_header_is_another_packet(void **state)
{
	struct event first = packet(0, SEGMENT_TCP), other = packet(1, SEGMENT_TCP);

	(void)state;
	other.u.segment.hop_limit = 63;
	other.u.segment.ip_id = 78;
	assert_false(second_is_copy(&first, &other, true));
	first = packet(0, SEGMENT_UDP), other = packet(1, SEGMENT_UDP);
	other.u.segment.hop_limit = 63;
	other.u.segment.checksum = 1;
	assert_false(second_is_copy(&first, &other, true));
	first = packet(0, SEGMENT_FRAGMENT), other = packet(1, SEGMENT_FRAGMENT);
	other.u.segment.hop_limit = 63;
	other.u.segment.fragment_offset = 8;
	assert_false(second_is_copy(&first, &other, true));
}

/* Without an identification: a sender repeats itself within a millisecond only when asked. */
static void a_repetition_that_was_asked_for_is_none(void **state)
{
	struct event first = packet(0, SEGMENT_TCP), second, asked = packet(0, SEGMENT_TCP);
	struct copies *copies = copies_new();

	(void)state;
	first.u.segment.ip_id = 0;
	second = first;
	second.t_ns += MS / 2;
	assert_true(second_is_copy(&first, &second, true));
	asked.u.segment.key = flow_key_swap(&asked.u.segment.key);
	asked.t_ns += MS / 4;
	copies_look(copies, &first, true, NULL, 0);
	copies_look(copies, &asked, true, NULL, 0);
	copies_look(copies, &second, true, NULL, 0);
	assert_false(second.u.segment.copy);
	copies_free(copies);
}

/* A socket connected to itself is sent what it sends. */
static void a_self_connection_has_no_mirror(void **state)
{
	struct event first = packet(0, SEGMENT_TCP), second = packet(1, SEGMENT_TCP);

	(void)state;
	first.u.segment.key.addr[1][3] = second.u.segment.key.addr[1][3] = 1;
	first.u.segment.key.port_be[1] = second.u.segment.key.port_be[1] = 1;
	assert_false(second_is_copy(&first, &second, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elsewhere_within_a_second_of_every_kind),
		cmocka_unit_test(what_differs_in_its_header_is_another_packet),
		cmocka_unit_test(a_repetition_that_was_asked_for_is_none),
		cmocka_unit_test(a_self_connection_has_no_mirror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
