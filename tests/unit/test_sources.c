/* The live sources beside sock_diag, against a real kernel in a namespace of their own: packets,
 * counters, and who holds a socket. */
#include "diag_place.h"

struct packets {
	size_t syns, total, wrong_number;
	uint64_t last;
};

static void count_packets(void *context, const struct event *event)
{
	struct packets *packets = context;

	packets->total++;
	packets->syns += event->u.segment.kind == SEGMENT_TCP &&
			 (event->u.segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	packets->wrong_number += event->number != packets->last + 1;
	packets->last = event->number;
}

static void each_loopback_packet_is_captured_once(void **state)
{
	NEED_NAMESPACE();
	static const char *const interfaces[] = {NULL, "lo"};

	for (size_t i = 0; i < 2; i++) {
		struct place place;
		struct recording *recording = record(&place);
		struct error error = {.text = ""};
		const struct wire_options options = {.interface = interfaces[i], .tee = recording};
		struct wire *wire = wire_open_live(&options, &error);
		struct packets live = {0}, recorded = {0};
		struct wire_stats stats;
		struct ends ends;

		if (wire == NULL)
			fail_msg("%s", error.text);
		assert_int_equal(
			wire_linktype(wire), interfaces[i] == NULL ? DLT_LINUX_SLL2 : DLT_EN10MB);
		ends = connect_pair();
		close_pair(&ends);
		/* SYN, SYN-ACK, ACK, two FINs at the least: wait for the last ACK or RST, then
		 * until nothing more comes */
		while (live.total < 6) {
			struct pollfd poll_fd = {.fd = wire_fd(wire), .events = POLLIN};

			assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
			assert_true(wire_dispatch(wire, 64, count_packets, &live, &error) >= 0);
		}
		while (wire_dispatch(wire, 64, count_packets, &live, &error) > 0)
			;
		assert_int_equal(live.syns, 1);
		assert_int_equal(live.wrong_number, 0);
		stats = wire_statistics(wire);
		assert_int_equal(stats.packets, live.total);
		assert_int_equal(stats.dropped_kernel, 0);
		wire_close(wire);
		recording_close(recording, NULL);
		wire = wire_open_file(place.wire, NULL, &error);
		assert_non_null(wire);
		while (wire_dispatch(wire, 64, count_packets, &recorded, &error) > 0)
			;
		assert_int_equal(recorded.total, live.total);
		assert_int_equal(recorded.syns, 1);
		wire_close(wire);
		remove_place(&place);
	}
}

static void an_interface_missing_or_down_is_named_and_one_that_comes_back_is_heard(void **state)
{
	NEED_NAMESPACE();
	struct ifreq request = {.ifr_name = "lo"};
	struct wire_options options = {.interface = "eth99"};
	struct packets packets = {0};
	struct error error = {.text = ""};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_null(wire_open_live(&options, &error));
	assert_non_null(strstr(error.text, "eth99: no such interface"));
	assert_non_null(strstr(error.text, "lo"));
	options.interface = "lo";
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	assert_null(wire_open_live(&options, &error));
	assert_non_null(strstr(error.text, "lo: the interface is down"));
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	struct wire *wire = wire_open_live(&options, &error);
	assert_non_null(wire);
	request.ifr_flags = 0;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	assert_int_equal(wire_dispatch(wire, 1, count_packets, &packets, &error), 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	/* the capture goes on when the interface comes back */
	struct ends ends = connect_pair();
	while (packets.syns == 0) {
		struct pollfd poll_fd = {.fd = wire_fd(wire), .events = POLLIN};

		assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
		assert_true(wire_dispatch(wire, 64, count_packets, &packets, &error) >= 0);
	}
	close_pair(&ends);
	wire_close(wire);
	close(fd);
}

struct moved {
	int64_t passive_opens;
	size_t count;
};

static void count_counters(void *context, const struct event *event)
{
	struct moved *moved = context;

	assert_int_equal(event->kind, EVENT_COUNTER);
	assert_int_not_equal(event->u.fact.delta, 0);
	moved->count++;
	if (strcmp(event->u.fact.text, "TcpPassiveOpens") == 0)
		moved->passive_opens += event->u.fact.delta;
}

static void counters_tell_what_changed_here(void **state)
{
	NEED_NAMESPACE();
	struct counters *counters = counters_new(NULL);
	struct moved moved = {0};
	struct ends ends;
	int64_t value = -1;

	assert_non_null(counters);
	assert_true(counters_value(counters, "TcpPassiveOpens", &value));
	assert_int_equal(value, 0);
	ends = connect_pair();
	assert_int_equal(counters_read(counters, count_counters, &moved, NULL), 0);
	assert_int_equal(moved.passive_opens, 1);
	assert_true(counters_value(counters, "TcpPassiveOpens", &value));
	assert_int_equal(value, 1);
	assert_true(counters_value(counters, "ListenOverflows", &value) &&
		    counters_value(counters, "TcpExtListenOverflows", &value));
	assert_int_equal(value, 0);
	assert_false(counters_value(counters, "NoSuchCounter", &value));
	moved = (struct moved){0};
	assert_int_equal(counters_read(counters, count_counters, &moved, NULL), 0);
	assert_int_equal(moved.passive_opens, 0);
	close_pair(&ends);
	counters_free(counters);
}

static void count_owner(void *context, const struct event *event)
{
	size_t *counts = context;

	assert_int_equal(event->kind, EVENT_OWNER);
	assert_int_equal(event->u.fact.owner.pid, getpid());
	counts[0]++;
}

/* As the kernel has it: under valgrind it is valgrind's. */
static void own_name(char *name, size_t size)
{
	FILE *comm = fopen("/proc/self/comm", "re");

	assert_non_null(comm);
	assert_non_null(fgets(name, (int)size, comm));
	name[strcspn(name, "\n")] = '\0';
	fclose(comm);
}

static void owners_are_found_once(void **state)
{
	NEED_NAMESPACE();
	const int me = getpid();
	struct owners *owners = owners_new(true);
	struct ends ends = connect_pair();
	size_t count = 0;
	char name[32];

	own_name(name, sizeof(name));
	assert_null(owners_find(owners, inode_of(ends.server)));
	assert_int_equal(owners_scan(owners, &me, 1, count_owner, &count, NULL), 0);
	assert_true(count >= 3);
	assert_non_null(owners_find(owners, inode_of(ends.server)));
	assert_int_equal(owners_find(owners, inode_of(ends.server))->pid, me);
	assert_ptr_equal(strstr(owners_find(owners, inode_of(ends.server))->program, name),
		owners_find(owners, inode_of(ends.server))->program);
	count = 0;
	assert_int_equal(owners_scan(owners, &me, 1, count_owner, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_null(owners_find(owners, 0));
	close_pair(&ends);
	owners_free(owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_loopback_packet_is_captured_once),
		cmocka_unit_test(
			an_interface_missing_or_down_is_named_and_one_that_comes_back_is_heard),
		cmocka_unit_test(counters_tell_what_changed_here),
		cmocka_unit_test(owners_are_found_once),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
