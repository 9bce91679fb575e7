/* Between the parts of the kernel-state source: diag.c (one path for datagrams, files) and
 * diag_live.c (netlink). Private to src/source/. */
#ifndef TCPSTATE_DIAG_PARTS_H
#define TCPSTATE_DIAG_PARTS_H

#include "capture_file.h"
#include "dump.h"

enum { RECEIVE_BYTES = 32 * 1024 };

struct stage {
	uint8_t family, protocol;
	uint32_t states;
};
struct plan {
	int64_t id;
	struct stage stages[DUMP_STAGES_MAX];
	size_t count, next;
	struct plan *behind;
};
struct wait {
	uint32_t sequence;
	bool done;
	int error_errno;
}; /* for the end of the dump request with this number */

/* Messages for which a socket had no room, as far as they were told; may there be more by now? */
struct overrun {
	uint32_t told;
	bool under_way;
};

struct diag {
	struct recording *tee;
	uint64_t untold; /* datagrams so far, without a tee: their numbers */
	struct diag_decoder *decoder;
	struct dump_book book;
	struct diag_stats stats;
	bool live, has_udp;
	struct capture_file file; /* when not live */
	int64_t message_ns;       /* of it, the newest read; 0 none */
	/* poll_fd: an epoll set of the first two */
	int lookup_fd, dump_fd, now_fd, destroy_fd, poll_fd;
	struct overrun lookup_overrun, dump_overrun, now_overrun, destroy_overrun;
	uint32_t lookup_sequence;
	size_t in_flight; /* look-ups whose answers have not been read */
	int64_t dump_id;
	struct plan *queue; /* the first one is under way */
	struct wait dump_wait, now_wait;
	uint8_t buffer[RECEIVE_BYTES] __attribute__((aligned(8)));
};

struct diag_delivery {
	struct diag *diag;
	event_emit *emit;
	void *context;
	uint64_t number;
};

/* neither live nor file yet, no descriptor open; NULL: out of memory */
struct diag *diag_new(struct error *error);
/* Every datagram, sent or received, live or recorded, goes through here; its events go to
 * delivery->emit (NULL: nowhere). */
void diag_take_datagram(const struct diag_delivery *delivery, int64_t t_ns, bool outgoing,
	const void *data, size_t length);
/* So many messages of the kernel were lost at t_ns. */
void diag_deliver_gap(const struct diag_delivery *delivery, int64_t t_ns, uint32_t count);
int diag_dispatch_file(
	struct diag *diag, int max, event_emit *emit, void *context, struct error *error);
int diag_dispatch_live(
	struct diag *diag, int max, event_emit *emit, void *context, struct error *error);

#endif
