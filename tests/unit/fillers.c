/* See fillers.h. */
#include "fillers.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FILLER_PORT = 7 };

void filler_feed(struct core *core, unsigned n, int64_t t_ns)
{
	struct event event = {.kind = EVENT_SEGMENT, .t_ns = t_ns};
	uint32_t from = htonl(0x0a090000u + n), to = htonl(0x0ac80001u);

	event.u.segment = (struct segment){.kind = SEGMENT_TCP,
		.key = {.family = AF_INET,
			.protocol = IPPROTO_TCP,
			.port_be = {htons((uint16_t)(1024 + n)), htons(FILLER_PORT)}},
		.flags = TCP_SYN,
		.seq = n,
		.wscale = -1,
		.window = 1000};
	memcpy(event.u.segment.key.addr[0], &from, sizeof(from));
	memcpy(event.u.segment.key.addr[1], &to, sizeof(to));
	core_feed(core, &event);
}

bool filler_is(const struct record *record)
{
	return record->key.family == AF_INET &&
	       (record->key.port_be[0] == htons(FILLER_PORT) ||
		       record->key.port_be[1] == htons(FILLER_PORT));
}

int record_line(const struct record *record, char *line, size_t size)
{
	int length = snprintf(line, size,
		"%d %" PRId64 " %" PRId64 " frame %" PRIu64 " side %d %d>%d cause %d by %d "
		"local %d again %d reason %d(%" PRId64 ") effect %d refuted %" PRIu64 "\n",
		record->kind, record->t_ns, record->edge_t_ns, record->frame, record->side,
		record->from, record->to, record->cause, record->evidence, record->local_sides,
		record->retransmission, record->reason.code, record->reason.arg[0],
		record->icmp_effect, record->refuting_frame);

	return length > 0 && (size_t)length < size ? length : -1;
}
