/* Any sequence of events: the core must not crash, must hand out its wishes, and per endpoint each
 * transition must start where the one before it (withdrawn ones left out) ended: without exception
 * where packets alone tell, and none was lost. Eight bytes make an event. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/core.h"

enum { RECORDS_MAX = 4096 };
static struct {
	uint64_t id;
	uint8_t from, to, gone;
	uint32_t of_end;
} kept[RECORDS_MAX];
static size_t kept_count;
static bool disturbed; /* an answer, which may be of any time, or a gap */

static void take(void *context, const struct record *record)
{
	(void)context;
	if (record->kind == RECORD_CORRECTION)
		for (size_t i = 0; i < kept_count; i++)
			if (kept[i].id == record->of)
				kept[i].gone = 1;
	if (record->kind != RECORD_TRANSITION || record->listener || kept_count == RECORDS_MAX)
		return;
	kept[kept_count].id = record->id;
	kept[kept_count].from = record->from;
	kept[kept_count].to = record->to;
	kept[kept_count].gone = 0;
	kept[kept_count++].of_end = record->serial * 2 + record->side;
	if (record->from == record->to || record->to == STATE_UNKNOWN || record->to >= STATE_MAX)
		abort();
}

static void check_chains(void)
{
	for (size_t i = 0; i < kept_count; i++) {
		if (kept[i].gone)
			continue;
		for (size_t j = i + 1; j < kept_count; j++) {
			if (kept[j].gone || kept[j].of_end != kept[i].of_end)
				continue;
			uint8_t to = kept[i].to, from = kept[j].from;
			/* a row in SYN_RECV out of a later state: another socket, and nobody saw
			 * how the first one ended; without one it opens after the end of another,
			 * or first */
			bool opens = from == STATE_LISTEN && kept[j].to == STATE_SYN_RECV;
			bool another = opens && (disturbed || to == STATE_CLOSED);
			if (from != to && !another &&
				!(to == STATE_CLOSED && from == STATE_UNKNOWN))
				abort();
			break;
		}
	}
}

static struct flow_key key_of(uint8_t which, int end)
{
	struct flow_key key = {.family = AF_INET, .protocol = IPPROTO_TCP};

	key.addr[end][0] = 127;
	key.addr[end][3] = 1;
	key.addr[!end][0] = which & 1 ? 127 : 10;
	key.addr[!end][3] = 1;
	key.port_be[end] = htons(80);
	key.port_be[!end] = htons((which & 3) == 3 ? 80 : 4000);
	return key;
}

static struct segment segment_of(const uint8_t *byte)
{
	return (struct segment){.kind = byte[2] > 250 ? SEGMENT_ICMP : SEGMENT_TCP,
		.key = key_of(byte[1] >> 4, byte[1] >> 3 & 1),
		.flags = byte[2] & 0x1f,
		.seq = byte[3],
		.ack = byte[4],
		.len = byte[5] & 7,
		.window = byte[6],
		.wscale = (int8_t)(byte[7] % 16 - 1),
		.has_ts = byte[7] & 0x80,
		.ts_val = byte[6],
		.ts_ecr = byte[5],
		.icmp_family = AF_INET,
		.icmp_type = byte[5] % 16,
		.icmp_code = byte[6] % 16};
}

static struct sockrow row_of(const uint8_t *byte)
{
	struct sockrow row = {.key = key_of(byte[1] >> 4, byte[1] >> 3 & 1),
		.state = byte[4] % STATE_MAX,
		.cookie = byte[5] & 3,
		.timer = byte[6] % 5,
		.expires_ms = byte[7],
		.mini = byte[2] & 2,
		.request = byte[2] & 4,
		.inode = byte[6] & 7};

	if (byte[2] & 8) {
		memset(row.key.addr[1], 0, 16);
		row.key.port_be[1] = 0;
	}
	return row;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct core_limits limits = {.flows = 4, .listeners = 2};
	struct core *core = core_new(&limits, (struct emit){.call = take});
	int64_t t_ns = 1000000000;

	if (core == NULL)
		return 0;
	kept_count = 0;
	disturbed = false;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		const uint8_t *byte = data + i;
		struct event event = {.number = i / 8 + 1};
		t_ns += (int64_t)byte[0] * byte[0] * 20000;
		event.t_ns = t_ns;
		switch (byte[1] % 8) {
		case 0:
		case 1:
		case 2:
		case 3:
			event.kind = EVENT_SEGMENT;
			event.u.segment = segment_of(byte);
			break;
		case 4:
		case 5:
			event.kind = byte[1] % 8 == 4 ? EVENT_ROW
				     : byte[2] & 0x40 ? EVENT_DESTROYED
						      : EVENT_ABSENT;
			event.exact = byte[2] & 1;
			event.asked_ns = t_ns - byte[3] * 100000;
			event.u.diag.row = row_of(byte);
			event.u.diag.other = byte[2] & 16;
			event.u.diag.found = event.u.diag.row;
			event.u.diag.found.state = byte[2] & 32 ? STATE_LISTEN : STATE_CLOSED;
			break;
		case 6:
			event.kind = byte[2] & 1   ? EVENT_DUMP_END
				     : byte[2] & 2 ? EVENT_GAP
						   : EVENT_TICK;
			event.asked_ns = t_ns - byte[3] * 1000;
			break;
		default: {
			struct wish wishes[4];
			int64_t next;
			if (core_wishes(core, t_ns, wishes, 4, &next) > 4)
				abort();
			continue;
		}
		}
		disturbed |= event.kind != EVENT_SEGMENT && event.kind != EVENT_TICK &&
			     event.kind != EVENT_DUMP_END;
		core_feed(core, &event);
	}
	core_finish(core, t_ns);
	core_free(core);
	check_chains();
	return 0;
}
