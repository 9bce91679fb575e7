/* What the kernel holds, as events. Every netlink datagram of sock_diag, sent or received, goes
 * with its time through one path, whether it comes from a socket (diag_live.c) or from a diag.pcap:
 * so a recording gives the events that the live source gave. */
#include "diag_parts.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PSEUDO_HEADER_BYTES = 16, PACKET_TYPE_OUTGOING = 4, PACKET_TYPE_TO_KERNEL = 7 };

static void deliver(const struct diag_delivery *delivery, const struct event *event)
{
	if (delivery->emit != NULL)
		delivery->emit(delivery->context, event);
}

void diag_deliver_gap(const struct diag_delivery *delivery, int64_t t_ns, uint32_t count)
{
	struct event event = {
		.t_ns = t_ns, .asked_ns = t_ns, .number = delivery->number, .kind = EVENT_GAP};

	delivery->diag->stats.lost_rows += count;
	event.u.fact.count = count;
	event.u.fact.lost_of = LOST_ROWS;
	deliver(delivery, &event);
}

static void end_of_request(const struct diag_delivery *delivery, const struct diag_answer *answer)
{
	struct diag *diag = delivery->diag;
	struct event event = {.t_ns = answer->answered_ns, .kind = EVENT_DUMP_END};
	struct wait *waits[] = {&diag->dump_wait, &diag->now_wait};
	bool last;
	int64_t id;

	for (size_t i = 0; i < 2; i++) {
		if (!waits[i]->done && waits[i]->sequence == answer->sequence) {
			waits[i]->done = true;
			waits[i]->error_errno = answer->error_errno;
		}
	}
	if (dump_sequence_read(answer->sequence, &id, &last)) {
		if (!last)
			return;
		event.asked_ns = dump_end(&diag->book, id, event.t_ns);
	} else { /* a dump that another program recorded: each request is one */
		id = answer->sequence;
		event.one_request = true;
		event.asked_ns = answer->asked_ns != 0 ? answer->asked_ns : event.t_ns;
		if (answer->kind == DIAG_ERROR)
			return;
	}
	event.number = (uint64_t)id;
	deliver(delivery, &event);
}

static bool is_repetition(struct diag *diag, const struct diag_answer *answer)
{
	bool last;
	int64_t id;

	return !answer->exact && dump_sequence_read(answer->sequence, &id, &last) &&
	       dump_repeats(&diag->book, id, answer->row.cookie);
}

static void on_answer(void *context, const struct diag_answer *answer)
{
	static const uint8_t kinds[] = {[DIAG_ROW] = EVENT_ROW,
		[DIAG_ABSENT] = EVENT_ABSENT,
		[DIAG_DESTROYED] = EVENT_DESTROYED};
	const struct diag_delivery *delivery = context;
	struct diag *diag = delivery->diag;
	struct event event = {
		.t_ns = answer->answered_ns, .number = delivery->number, .exact = answer->exact};
	bool last;
	int64_t id;

	switch (answer->kind) {
	case DIAG_REQUEST:
		diag->stats.requests++;
		if (!answer->exact && dump_sequence_read(answer->sequence, &id, &last))
			dump_begin(&diag->book, id, answer->answered_ns);
		return;
	case DIAG_DONE:
		end_of_request(delivery, answer);
		return;
	case DIAG_ERROR:
		if (!answer->exact)
			end_of_request(delivery, answer);
		return;
	case DIAG_OVERRUN:
		diag_deliver_gap(delivery, answer->answered_ns, 1);
		return;
	case DIAG_ROW:
		if (is_repetition(diag, answer))
			return;
		diag->stats.rows++;
		break;
	case DIAG_ABSENT:
		diag->stats.absent++;
		break;
	case DIAG_DESTROYED:
		break;
	default:
		return;
	}
	event.kind = kinds[answer->kind];
	event.asked_ns = answer->asked_ns != 0 && answer->kind != DIAG_DESTROYED ? answer->asked_ns
										 : event.t_ns;
	event.u.diag.row = answer->row;
	event.u.diag.found = answer->found;
	event.u.diag.other = answer->other;
	deliver(delivery, &event);
}

void diag_take_datagram(const struct diag_delivery *delivery, int64_t t_ns, bool outgoing,
	const void *data, size_t length)
{
	struct diag *diag = delivery->diag;

	diag->stats.messages++;
	diag->stats.malformed += (uint64_t)diag_decode(
		diag->decoder, t_ns, outgoing, data, length, on_answer, (void *)delivery, NULL);
}

struct diag *diag_new(struct error *error)
{
	struct diag *diag = calloc(1, sizeof(*diag));

	if (diag == NULL || (diag->decoder = diag_decoder_new()) == NULL) {
		free(diag);
		error_set(error, "out of memory");
		return NULL;
	}
	diag->lookup_fd = diag->dump_fd = diag->now_fd = diag->destroy_fd = diag->poll_fd = -1;
	diag->dump_wait.done = diag->now_wait.done = true;
	return diag;
}

void diag_close(struct diag *diag)
{
	if (diag == NULL)
		return;
	const int fds[] = {
		diag->lookup_fd, diag->dump_fd, diag->now_fd, diag->destroy_fd, diag->poll_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	while (diag->queue != NULL) {
		struct plan *plan = diag->queue;

		diag->queue = plan->behind;
		free(plan);
	}
	capture_file_close(&diag->file);
	dump_book_free(&diag->book);
	diag_decoder_free(diag->decoder);
	free(diag);
}

int diag_fd(const struct diag *diag)
{
	return diag->poll_fd;
}

int diag_destroy_fd(const struct diag *diag)
{
	return diag->destroy_fd;
}

/* ---- file ---- */

static struct diag *diag_of_file(struct diag *diag, int opened, struct error *error)
{
	if (opened != 0)
		goto out;
	if (diag->file.linktype == DLT_NETLINK)
		return diag;
	error_set(error, "%s: holds packets, not netlink messages; diag.pcap of a recording does",
		diag->file.name);
out:
	diag_close(diag);
	return NULL;
}

struct diag *diag_open_file(const char *path, struct error *error)
{
	struct diag *diag = diag_new(error);

	return diag == NULL
		       ? NULL
		       : diag_of_file(diag, capture_file_open(&diag->file, path, error), error);
}

struct diag *diag_open_fd(int fd, const char *name, struct error *error)
{
	struct diag *diag = diag_new(error);

	if (diag != NULL)
		return diag_of_file(diag, capture_file_attach(&diag->file, fd, name, error), error);
	close(fd);
	return NULL;
}

/* Behind the pseudo header of LINKTYPE_NETLINK, which is big-endian: packet type, ARPHRD, 10 bytes,
 * netlink family. */
static void take_record(
	const struct diag_delivery *delivery, int64_t t_ns, const uint8_t *data, size_t captured)
{
	uint16_t type, family;

	if (captured < PSEUDO_HEADER_BYTES) {
		delivery->diag->stats.messages++;
		delivery->diag->stats.malformed++;
		return;
	}
	type = (uint16_t)(data[0] << 8 | data[1]);
	family = (uint16_t)(data[14] << 8 | data[15]);
	if (family == NETLINK_SOCK_DIAG)
		diag_take_datagram(delivery, t_ns,
			type == PACKET_TYPE_OUTGOING || type == PACKET_TYPE_TO_KERNEL,
			data + PSEUDO_HEADER_BYTES, captured - PSEUDO_HEADER_BYTES);
}

int diag_dispatch_file(
	struct diag *diag, int max, event_emit *emit, void *context, struct error *error)
{
	int taken = 0;

	while (taken < max) {
		struct diag_delivery delivery = {.diag = diag, .emit = emit, .context = context};
		struct pcap_pkthdr *header;
		const uint8_t *data;
		int64_t t_ns;
		int result = capture_file_next(&diag->file, &header, &data, &t_ns, error);

		if (result <= 0)
			return result < 0 ? -1 : taken;
		delivery.number = diag->file.number;
		if (diag->message_ns != 0 && t_ns - diag->message_ns > diag->stats.pause_ns)
			diag->stats.pause_ns = t_ns - diag->message_ns;
		diag->message_ns = t_ns;
		take_record(&delivery, t_ns, data, header->caplen);
		taken++;
	}
	return taken;
}

bool diag_torn(const struct diag *diag)
{
	return diag->file.torn;
}

struct diag_stats diag_statistics(const struct diag *diag)
{
	struct diag_stats stats = diag->stats;

	stats.blank = diag->file.blank;
	return stats;
}
