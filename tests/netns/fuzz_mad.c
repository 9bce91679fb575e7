/* A peer that does as it likes: it often opens and answers properly, so that there is a connection
 * to disturb, and between that sends segments with any flags and numbers, and ICMP errors. See
 * fuzz.h. */
#include <string.h>

#include "fuzz.h"

static const uint8_t flags_table[] = {FLAG_ACK, FLAG_ACK, FLAG_ACK, FLAG_ACK, FLAG_ACK,
	FLAG_ACK | FLAG_PSH, FLAG_ACK | FLAG_PSH, FLAG_ACK | FLAG_FIN, FLAG_ACK | FLAG_FIN,
	FLAG_ACK | FLAG_FIN, FLAG_ACK | FLAG_FIN | FLAG_PSH, FLAG_RST, FLAG_RST,
	FLAG_RST | FLAG_ACK, FLAG_SYN, FLAG_SYN | FLAG_ACK, FLAG_FIN, FLAG_SYN | FLAG_FIN,
	FLAG_SYN | FLAG_RST, 0, FLAG_SYN | FLAG_FIN | FLAG_ACK, FLAG_PSH};
static const int64_t offset_table[] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 1, 1, -5, 10, 1000, -1000,
	70000, -70000, 1 << 30, INT32_MAX};

static int64_t offset(struct fuzz *fuzz)
{
	return offset_table[fuzz_draw(fuzz, sizeof(offset_table) / sizeof(*offset_table))];
}

static void emit(struct fuzz *fuzz, struct conn *conn, struct segment s)
{
	s.window = fuzz_chance(fuzz, 90) ? 65535 : (uint16_t)fuzz_draw(fuzz, 3);
	s.has_ts = conn->timestamps;
	s.ts_val = (uint32_t)(fuzz_now_ns() / 1000000);
	s.ts_ecr = s.flags & FLAG_ACK ? conn->ts_recent : 0;
	if (s.has_ts && fuzz_chance(fuzz, 6))
		s.ts_val -= 100000;
	if (s.has_ts && fuzz_chance(fuzz, 3))
		s.ts_ecr += 100000;
	fuzz_send(fuzz, conn, &s);
}

static void icmp(struct fuzz *fuzz, struct conn *conn)
{
	static const uint8_t v4[][2] = {{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 13}, {11, 0}},
			     v6[][2] = {{1, 0}, {1, 1}, {1, 3}, {1, 4}, {3, 0}, {4, 1}};
	const uint8_t *code = (fuzz->wire.v6 ? v6 : v4)[fuzz_draw(fuzz, 6)];
	if (conn->last.quote_length == 0)
		return;
	wire_icmp(&fuzz->wire, code[0], code[1], 0, &conn->last,
		fuzz_chance(fuzz, 80) ? 0 : (int32_t)offset(fuzz));
	rows_look(fuzz, conn);
}

static void any_segment(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	struct segment s = {
		.flags = flags_table[fuzz_draw(fuzz, sizeof(flags_table) / sizeof(*flags_table))]};
	uint32_t seq = (uint32_t)offset(fuzz), ack = (uint32_t)offset(fuzz);
	(void)task;
	if (fuzz_chance(fuzz, 5)) {
		icmp(fuzz, conn);
		return;
	}
	if (fuzz_chance(fuzz, 40))
		s.length = fuzz_chance(fuzz, 50) ? 1 + fuzz_draw(fuzz, 20)
						 : 1 + fuzz_draw(fuzz, DATA_MAX - 1);
	s.seq = conn->nxt + seq;
	s.ack = s.flags & FLAG_ACK ? conn->rcv + ack : 0;
	if (seq == 0 && !(s.flags & (FLAG_RST | FLAG_SYN)) && fuzz_chance(fuzz, 70))
		conn->nxt += (uint32_t)s.length + (s.flags & FLAG_FIN ? 1 : 0);
	emit(fuzz, conn, s);
}

/* A segment as it should be. */
static void proper(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	uint8_t flags = (uint8_t)task->number;
	struct segment s = {.flags = flags, .seq = conn->nxt};
	s.ack = flags & FLAG_ACK ? conn->rcv : 0;
	if (flags & FLAG_SYN)
		s.seq = conn->iss;
	conn->nxt = s.seq + (flags & FLAG_SYN ? 1 : 0);
	if (!(flags & FLAG_SYN))
		conn->nxt += flags & FLAG_FIN ? 1 : 0;
	emit(fuzz, conn, s);
}

static void begin(struct fuzz *fuzz, struct conn *conn)
{
	unsigned at_us = 0;
	conn->nxt = conn->una = conn->iss;
	conn->state = PEER_OPEN;
	conn->mute = fuzz_chance(fuzz, 12); /* sends only what nobody asked for */
	if (!conn->active)
		fuzz_later(fuzz, 0, proper, conn, FLAG_SYN, NULL);
	for (unsigned left = fuzz_draw(fuzz, 12); left > 0; left--) {
		at_us += fuzz_pause(fuzz);
		fuzz_later(fuzz, at_us, any_segment, conn, 0, NULL);
	}
}

static void take(struct fuzz *fuzz, struct conn *conn, const struct segment *s)
{
	uint32_t end = s->seq + (uint32_t)s->length + (s->flags & FLAG_SYN ? 1 : 0) +
		       (s->flags & FLAG_FIN ? 1 : 0);
	if ((s->flags & FLAG_SYN) || (!(s->flags & FLAG_RST) && (int32_t)(end - conn->rcv) > 0))
		conn->rcv = end;
	if (s->has_ts)
		conn->ts_recent = s->ts_val;
	if (conn->mute || (s->flags & FLAG_RST))
		return;
	unsigned delay_us = fuzz_chance(fuzz, 60) ? 0 : fuzz_pause(fuzz);
	if ((s->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN && fuzz_chance(fuzz, 90))
		fuzz_later(fuzz, delay_us, proper, conn, FLAG_SYN | FLAG_ACK, NULL);
	else if (end != s->seq && fuzz_chance(fuzz, 65))
		fuzz_later(fuzz, delay_us, proper, conn,
			fuzz_chance(fuzz, 20) ? FLAG_ACK | FLAG_FIN : FLAG_ACK, NULL);
}

const struct character character_mad = {"mad", begin, take};
