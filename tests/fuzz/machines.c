/* See machines.h. Three networks: one without delay; one that delays, in order; one that loses, on
 * a host whose kernel is asked about both ends after each call. */
#include "machines.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "plain_machine.h"
#include "tcpstate/core.h"

enum { QUEUE = 64, SEGMENTS_MAX = 160, MS_NS = 1000000 };

struct bench {
	struct plain_end end[2];
	struct core *core;
	enum { DIRECT, DELAYED, LOSSY } network;
	int64_t t_ns;
	uint64_t number;
	uint32_t lot;
	size_t sent;
	/* on the way to the end */
	struct plain_segment queue[2][QUEUE];
	size_t queued[2];
	/* what the engine tells */
	uint8_t told[2][PLAIN_PATH];
	size_t told_count[2];
	char *out;
	size_t size, used;
};
static uint64_t connections, edges;

static bool draw(struct bench *bench, uint32_t one_in)
{
	bench->lot ^= bench->lot << 13;
	bench->lot ^= bench->lot >> 17;
	bench->lot ^= bench->lot << 5;
	return bench->lot % one_in == 0;
}

static void note(struct bench *bench, const char *what, const struct plain_segment *segment)
{
	const uint8_t flags = segment != NULL ? segment->flags : 0;

	if (bench->used >= bench->size)
		return;
	if (segment == NULL)
		bench->used += (size_t)snprintf(bench->out + bench->used, bench->size - bench->used,
			"%.4f %s\n", (double)bench->t_ns / 1e9, what);
	else
		bench->used += (size_t)snprintf(bench->out + bench->used, bench->size - bench->used,
			"%.4f %s %s%s%s%s%s %u %u len %u\n", (double)bench->t_ns / 1e9, what,
			flags & TCP_SYN ? "S" : "", flags & TCP_FIN ? "F" : "",
			flags & TCP_RST ? "R" : "", flags & TCP_PSH ? "P" : "",
			flags & TCP_ACK ? "A" : "", segment->seq, segment->ack, segment->len);
}

static struct flow_key key_from(int side)
{
	struct flow_key key = {.family = AF_INET, .protocol = IPPROTO_TCP};

	for (int i = 0; i < 2; i++) {
		int end = i == 0 ? side : !side;
		key.addr[i][0] = 10;
		key.addr[i][3] = (uint8_t)(end + 1);
		key.port_be[i] = htons(end == 0 ? 40000 : 80);
	}
	return key;
}

static void take(void *context, const struct record *record)
{
	struct bench *bench = context;
	int side = record->key.addr[record->side][3] - 1;

	if (record->kind == RECORD_TRANSITION && !record->listener &&
		bench->told_count[side] < PLAIN_PATH)
		bench->told[side][bench->told_count[side]++] = record->to;
}

/* ---- the network ---- */

static void tap(struct bench *bench, int sender, const struct plain_segment *segment)
{
	struct event event = {.t_ns = bench->t_ns,
		.number = ++bench->number,
		.kind = EVENT_SEGMENT,
		.u.segment = {.kind = SEGMENT_TCP,
			.key = key_from(sender),
			.flags = segment->flags,
			.seq = segment->seq,
			.ack = segment->ack,
			.len = segment->len,
			.window = PLAIN_WINDOW,
			.wscale = -1,
			.hop_limit = 64}};

	note(bench, sender == 0 ? "A>B" : "B>A", segment);
	core_feed(bench->core, &event);
	bench->t_ns += MS_NS / 10;
	bench->sent++;
}

static void deliver(struct bench *bench, int to);

/* Everything that the end has to send goes out, in order. */
static void drain(struct bench *bench, int side)
{
	struct plain_end *end = &bench->end[side];
	struct plain_segment out[PLAIN_OUT];
	size_t count = end->out_count;

	memcpy(out, end->out, sizeof(out));
	end->out_count = 0;
	for (size_t i = 0; i < count && bench->sent < SEGMENTS_MAX; i++) {
		tap(bench, side, &out[i]);
		if (bench->network == LOSSY && draw(bench, 4)) {
			note(bench, "  lost", NULL);
			continue;
		}
		if (bench->queued[!side] < QUEUE)
			bench->queue[!side][bench->queued[!side]++] = out[i];
	}
	while (bench->network != DELAYED && bench->queued[!side] > 0)
		deliver(bench, !side);
}

static void deliver(struct bench *bench, int to)
{
	struct plain_segment segment = bench->queue[to][0];

	if (bench->queued[to] == 0)
		return;
	memmove(&bench->queue[to][0], &bench->queue[to][1], --bench->queued[to] * sizeof(segment));
	plain_receive(&bench->end[to], &segment);
	drain(bench, to);
}

/* ---- the kernel's answers ---- */

static void answer(struct bench *bench, int side)
{
	const struct plain_end *end = &bench->end[side];
	bool mini = end->state == STATE_TIME_WAIT || (end->state == STATE_FIN_WAIT2 && end->closed);
	struct event event = {.t_ns = bench->t_ns,
		.asked_ns = bench->t_ns - MS_NS / 10,
		.number = ++bench->number,
		.exact = true,
		.kind = EVENT_ROW,
		.u.diag.row = {.key = key_from(side),
			.state = end->state,
			.cookie = (uint64_t)side + 1,
			.mini = mini,
			.request = end->state == STATE_SYN_RECV && end->request,
			.timer = mini ? DIAG_TIMER_MINI : DIAG_TIMER_OFF,
			.expires_ms = mini ? 60000 : 0,
			.inode = mini || end->request || end->closed ? 0 : (uint32_t)side + 5}};

	if (end->state == STATE_CLOSED || end->state == STATE_LISTEN) {
		event.kind = EVENT_ABSENT;
		event.u.diag.row = (struct sockrow){.key = key_from(side)};
	}
	core_feed(bench->core, &event);
}

/* ---- one connection ---- */

static void act(struct bench *bench, uint8_t byte)
{
	int side = byte & 1;
	struct plain_end *end = &bench->end[side];

	bench->t_ns += bench->network == LOSSY ? 30 * MS_NS : (1 + (byte >> 4)) * MS_NS;
	switch (byte >> 1 & 7) {
	case 0:
		plain_send(end, 5);
		break;
	case 1:
	case 2:
		/* What is on the way when an end closes may come before or after that: where nobody
		 * is asked, only calls whose outcome does not hang on it. */
		if (bench->network == DELAYED && end->state == STATE_SYN_RECV)
			break;
		if (bench->network == DELAYED || (byte >> 1 & 7) == 1)
			plain_shutdown(end, byte & 0x40 ? 7 : 0);
		else
			plain_close(end, byte & 0x40 ? 7 : 0);
		break;
	case 3:
		if ((byte & 0x30) == 0 && bench->queued[side] == 0)
			plain_abort(end);
		break;
	case 4:
		if (bench->network != DELAYED)
			plain_again(end);
		break;
	default:
		deliver(bench, side);
		return;
	}
	drain(bench, side);
}

static bool compare(struct bench *bench)
{
	bool same = true;

	for (int side = 0; side < 2; side++) {
		const struct plain_end *end = &bench->end[side];
		edges += end->path_count;
		same = same && bench->told_count[side] == end->path_count &&
		       memcmp(bench->told[side], end->path, end->path_count) == 0;
	}
	connections++;
	for (int i = 0; !same && i < 4; i++) {
		const uint8_t *path = i & 1 ? bench->told[i / 2] : bench->end[i / 2].path;
		size_t count = i & 1 ? bench->told_count[i / 2] : bench->end[i / 2].path_count;
		char line[512];
		int used = snprintf(
			line, sizeof(line), "%c %s", 'A' + i / 2, i & 1 ? "engine" : "plain ");
		for (size_t j = 0; j < count && used < 480; j++)
			used += snprintf(line + used, sizeof(line) - (size_t)used, " %s",
				state_name(path[j]));
		note(bench, line, NULL);
	}
	return same;
}

static void open_ends(struct bench *bench, uint8_t how)
{
	bool listens = (how & 3) < 2, crosses = (how & 3) == 2 && bench->network == DELAYED;

	plain_start(&bench->end[0], 1000, false);
	plain_start(&bench->end[1], 500000, listens);
	for (int side = 0; bench->network == DELAYED && side < 1; side++) {
		/* both are elsewhere: this one is the recorder's */
		struct event event = {
			.kind = EVENT_ADDRESS, .t_ns = bench->t_ns, .u.fact.family = AF_INET};
		memcpy(event.u.fact.addr, (uint8_t[]){10, 0, 0, 9}, 4);
		core_feed(bench->core, &event);
	}
	plain_connect(&bench->end[0]);
	if (crosses) {
		plain_connect(&bench->end[1]);
		struct plain_segment syn = bench->end[1].out[0];
		bench->end[1].out_count = 0;
		tap(bench, 1, &syn);
		bench->queue[0][bench->queued[0]++] = syn;
	}
	drain(bench, 0);
}

bool machines_agree(const uint8_t *bytes, size_t size, char *out, size_t out_size)
{
	static struct bench bench;
	struct core_limits limits = {.flows = 4, .listeners = 2, .at_settle = true};

	if (size < 2)
		return true;
	bench = (struct bench){.t_ns = INT64_C(1000000000),
		.network = bytes[0] % 3,
		.lot = 0x9e3779b9u ^ (uint32_t)bytes[1] << 8 ^ (uint32_t)size,
		.out = out,
		.size = out_size};
	out[0] = '\0';
	bench.core = core_new(&limits, (struct emit){.call = take, .context = &bench});
	if (bench.core == NULL)
		return true;
	open_ends(&bench, bytes[0] >> 4);
	for (size_t i = 1; i < size && bench.sent < SEGMENTS_MAX; i++) {
		act(&bench, bytes[i]);
		for (int side = 0; bench.network == LOSSY && side < 2; side++) {
			bench.t_ns += 15 * MS_NS;
			answer(&bench, side);
		}
	}
	while (bench.network == DELAYED && bench.queued[0] + bench.queued[1] > 0 &&
		bench.sent < SEGMENTS_MAX) {
		bench.t_ns += MS_NS;
		deliver(&bench, bench.queued[0] == 0);
	}
	core_finish(bench.core, bench.t_ns + 10 * MS_NS);
	core_free(bench.core);
	return compare(&bench);
}

void machines_counts(uint64_t *connection_count, uint64_t *edge_count)
{
	*connection_count = connections;
	*edge_count = edges;
}
