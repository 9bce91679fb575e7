/* What the tests of live sources share: a namespace of their own, events as lines of text, pairs of
 * sockets, and a recording in a temporary directory. */
#ifndef TCPSTATE_TEST_DIAG_PLACE_H
#define TCPSTATE_TEST_DIAG_PLACE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcpstate/source.h"
#include "tcpstate/state.h"

enum { PATIENCE_MS = 5000, LINES_MAX = 4096 };

/* ---- the namespace ---- */

static inline bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static const char *no_namespace; /* why not; NULL: we are in one */

static inline int enter_namespace(void **state)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	unsigned uid = getuid(), gid = getgid();
	char map[64];
	int fd;

	(void)state;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
		/* files can be made only by a user who exists */
		snprintf(map, sizeof(map), "%u %u 1", uid, uid);
		if (!write_text("/proc/self/uid_map", map))
			no_namespace = "uid_map";
		snprintf(map, sizeof(map), "%u %u 1", gid, gid);
		if (!write_text("/proc/self/setgroups", "deny") ||
			!write_text("/proc/self/gid_map", map))
			no_namespace = "gid_map";
	} else if (unshare(CLONE_NEWNET) != 0) {
		no_namespace = strerror(errno);
	}
	if (no_namespace != NULL)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &request) != 0)
		no_namespace = "lo cannot be brought up";
	close(fd);
	return 0;
}

#define NEED_NAMESPACE()                                                                           \
	do {                                                                                       \
		(void)state;                                                                       \
		if (no_namespace != NULL) {                                                        \
			print_message("SKIPPED: no network namespace here: %s\n", no_namespace);   \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* ---- events as lines of text, so that two streams can be compared ---- */

struct stream {
	size_t count;
	char *lines[LINES_MAX];
	size_t kinds[16];
	struct sockrow last_row;
	uint64_t last_number;
	uint64_t dump_ended;
};

static inline void stream_free(struct stream *stream)
{
	for (size_t i = 0; i < stream->count; i++)
		free(stream->lines[i]);
	free(stream);
}

static inline void note(void *context, const struct event *event)
{
	struct stream *stream = context;
	const struct sockrow *row = &event->u.diag.row;
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT], *line = NULL;

	assert_true(stream->count < LINES_MAX);
	stream->kinds[event->kind]++;
	if (event->kind == EVENT_DUMP_END) {
		stream->dump_ended = event->number;
		assert_int_not_equal(asprintf(&line, "%d %ld %ld %lu", event->kind, event->t_ns,
					     event->asked_ns, event->number),
			-1);
	} else {
		stream->last_row = *row;
		stream->last_number = event->number;
		assert_int_not_equal(
			asprintf(&line,
				"%d %ld %ld %lu %d %s %s %s q %u %u timer %u %u %u uid %u inode %u "
				"cookie %lx %d found %s",
				event->kind, event->t_ns, event->asked_ns, event->number,
				event->exact, flow_end_text(&row->key, 0, local),
				flow_end_text(&row->key, 1, remote), state_name(row->state),
				row->recv_q, row->send_q, row->timer, row->retrans, row->expires_ms,
				row->uid, row->inode, row->cookie, event->u.diag.other,
				state_name(event->u.diag.found.state)),
			-1);
	}
	stream->lines[stream->count++] = line;
}

static inline void dispatch_until(
	struct diag *diag, struct stream *stream, const size_t *counter, size_t wanted)
{
	struct error error = {.text = ""};

	while (*counter < wanted) {
		struct pollfd polls[] = {{.fd = diag_fd(diag), .events = POLLIN},
			{.fd = diag_destroy_fd(diag), .events = POLLIN}};

		assert_int_not_equal(poll(polls, 2, PATIENCE_MS), 0);
		if (diag_dispatch(diag, 64, note, stream, &error) < 0)
			fail_msg("%s", error.text);
	}
}

/* ---- sockets to look at ---- */

struct ends {
	int listener, client, server;
	struct flow_key server_key;
};

static inline uint16_t port_of(int fd, bool peer)
{
	struct sockaddr_in address = {0};
	socklen_t size = sizeof(address);

	assert_int_equal(
		(peer ? getpeername : getsockname)(fd, (struct sockaddr *)&address, &size), 0);
	return address.sin_port;
}

static inline struct ends connect_pair(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct ends ends = {.listener = socket(AF_INET, SOCK_STREAM, 0),
		.client = socket(AF_INET, SOCK_STREAM, 0)};

	assert_int_equal(bind(ends.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(ends.listener, 3), 0);
	address.sin_port = port_of(ends.listener, false);
	assert_int_equal(connect(ends.client, (struct sockaddr *)&address, sizeof(address)), 0);
	ends.server = accept(ends.listener, NULL, NULL);
	assert_true(ends.server >= 0);
	ends.server_key = (struct flow_key){.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.addr = {{127, 0, 0, 1}, {127, 0, 0, 1}},
		.port_be = {address.sin_port, port_of(ends.client, false)}};
	return ends;
}

static inline void close_pair(const struct ends *ends)
{
	close(ends->client);
	close(ends->server);
	close(ends->listener);
}

static inline uint32_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return (uint32_t)status.st_ino;
}

/* ---- a recording in a temporary directory ---- */

struct place {
	char top[64], directory[80], wire[96], diag[96], facts[96];
};

static inline struct recording *record(struct place *place)
{
	struct error error = {.text = ""};
	struct recording *recording;

	strcpy(place->top, "/tmp/tcpstate-test-XXXXXX");
	assert_non_null(mkdtemp(place->top));
	snprintf(place->directory, sizeof(place->directory), "%s/run", place->top);
	snprintf(place->wire, sizeof(place->wire), "%s/wire.pcap", place->directory);
	snprintf(place->diag, sizeof(place->diag), "%s/diag.pcap", place->directory);
	snprintf(place->facts, sizeof(place->facts), "%s/facts.jsonl", place->directory);
	recording = recording_create(place->directory, &error);
	if (recording == NULL)
		fail_msg("%s", error.text);
	return recording;
}

static inline void remove_place(const struct place *place)
{
	unlink(place->wire);
	unlink(place->diag);
	unlink(place->facts);
	rmdir(place->directory);
	rmdir(place->top);
}

static inline struct diag *open_live(struct recording *tee)
{
	struct error error = {.text = ""};
	struct diag *diag = diag_open_live(tee, &error);

	if (diag == NULL)
		fail_msg("%s", error.text);
	return diag;
}

#endif
