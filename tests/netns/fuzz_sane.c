/* A well-behaved peer: RFC 9293 with a fixed retransmission timer. What makes its segments odd is
 * the path (fuzz_peer.c), which loses, repeats and reorders them. See fuzz.h. */
#include <string.h>

#include "fuzz.h"

enum { RTO_US = 220000, TRIES = 5, FLIGHT = 4000 };
enum step { STEP_WRITE, STEP_CLOSE, STEP_ABORT };

static void emit(struct fuzz *fuzz, struct conn *conn, uint8_t flags, uint32_t seq, uint32_t length)
{
	struct segment s = {.flags = flags,
		.seq = seq,
		.ack = flags & FLAG_ACK ? conn->rcv : 0,
		.window = 65535,
		.length = length,
		.has_ts = conn->timestamps,
		.ts_val = (uint32_t)(fuzz_now_ns() / 1000000),
		.ts_ecr = flags & FLAG_ACK ? conn->ts_recent : 0};
	fuzz_send(fuzz, conn, &s);
}

static uint32_t stream_end(const struct conn *conn)
{
	return conn->iss + 1 + conn->to_send;
}

static void again(struct fuzz *fuzz, struct conn *conn, const struct task *task);

static void arm(struct fuzz *fuzz, struct conn *conn)
{
	conn->timer++;
	if (conn->una != conn->nxt)
		fuzz_later(fuzz, (unsigned)RTO_US << conn->tries, again, conn, conn->timer, NULL);
}

/* The retransmission timer. */
static void again(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	if (task->number != conn->timer || conn->state == PEER_DEAD || conn->una == conn->nxt)
		return;
	if (conn->tries++ == TRIES) {
		conn->state = PEER_DEAD;
		return;
	}
	if (conn->state == PEER_SYN_SENT) {
		emit(fuzz, conn, FLAG_SYN, conn->iss, 0);
	} else if (conn->state == PEER_SYN_RECV) {
		emit(fuzz, conn, FLAG_SYN | FLAG_ACK, conn->iss, 0);
	} else {
		uint32_t left = stream_end(conn) - conn->una, length = left > 1000 ? 1000 : left;
		if ((int32_t)left < 0)
			length = 0; /* only the FIN is out */
		bool fin = conn->fin_sent && conn->una + length == stream_end(conn);
		emit(fuzz, conn, (uint8_t)(FLAG_ACK | (fin ? FLAG_FIN : 0)), conn->una, length);
	}
	arm(fuzz, conn);
}

/* Send what may be sent. */
static void push(struct fuzz *fuzz, struct conn *conn)
{
	bool sent = false;
	while (conn->state == PEER_OPEN && !conn->fin_sent) {
		uint32_t left = stream_end(conn) - conn->nxt,
			 length = left > 1400 ? 1 + fuzz_draw(fuzz, 1400) : left;
		bool fin = conn->fin_wanted && length == left &&
			   (length == 0 || fuzz_chance(fuzz, 50));
		if ((length == 0 && !fin) || conn->nxt - conn->una > FLIGHT)
			break;
		emit(fuzz, conn,
			(uint8_t)(FLAG_ACK | (length > 0 ? FLAG_PSH : 0) | (fin ? FLAG_FIN : 0)),
			conn->nxt, length);
		conn->nxt += length + fin;
		conn->fin_sent = fin;
		sent = true;
	}
	if (sent)
		arm(fuzz, conn);
}

static void step(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	if (conn->state == PEER_IDLE || conn->state == PEER_DEAD)
		return;
	if (task->number == STEP_ABORT) {
		emit(fuzz, conn, FLAG_RST | FLAG_ACK, conn->nxt, 0);
		conn->state = PEER_DEAD;
	} else if (task->number == STEP_CLOSE) {
		conn->fin_wanted = true;
	} else if (!conn->fin_wanted) {
		conn->to_send += 1 + fuzz_draw(fuzz, 3000);
	}
	push(fuzz, conn);
}

static void plan(struct fuzz *fuzz, struct conn *conn)
{
	unsigned at_us = fuzz_pause(fuzz);
	for (unsigned left = fuzz_draw(fuzz, 4); left > 0; left--, at_us += fuzz_pause(fuzz))
		fuzz_later(fuzz, at_us, step, conn, STEP_WRITE, NULL);
	if (fuzz_chance(fuzz, 60))
		fuzz_later(fuzz, at_us, step, conn, fuzz_chance(fuzz, 88) ? STEP_CLOSE : STEP_ABORT,
			NULL);
}

static void begin(struct fuzz *fuzz, struct conn *conn)
{
	conn->state = PEER_IDLE;
	conn->refuses = fuzz_chance(fuzz, 6);
	conn->mute = fuzz_chance(fuzz, 4);
	conn->una = conn->iss;
	conn->nxt = conn->iss + 1;
	conn->to_send = conn->tries = 0;
	conn->fin_wanted = conn->fin_sent = conn->fin_seen = false;
	plan(fuzz, conn);
	if (conn->active && !fuzz_chance(fuzz, 3)) /* else both open at once */
		return;
	conn->state = PEER_SYN_SENT;
	emit(fuzz, conn, FLAG_SYN, conn->iss, 0);
	arm(fuzz, conn);
}

/* RFC 9293, 3.10.7.1: nobody is here. */
static void refuse(struct fuzz *fuzz, struct conn *conn, const struct segment *s)
{
	struct segment r = {.flags = FLAG_RST, .seq = s->ack};
	if (!(s->flags & FLAG_ACK)) {
		r.flags |= FLAG_ACK;
		r.seq = 0;
		r.ack = s->seq + (uint32_t)s->length + (s->flags & FLAG_SYN ? 1 : 0) +
			(s->flags & FLAG_FIN ? 1 : 0);
	}
	if (!conn->mute)
		fuzz_send(fuzz, conn, &r);
}

/* 3.10.7.2 and 3.10.7.3. True: nothing is left to do. */
static bool take_opening(struct fuzz *fuzz, struct conn *conn, const struct segment *s)
{
	bool syn = s->flags & FLAG_SYN, ack = s->flags & FLAG_ACK;
	if (conn->state == PEER_IDLE && syn && !ack && !conn->refuses) {
		if (conn->mute)
			return true;
		conn->rcv = s->seq + 1;
		conn->state = PEER_SYN_RECV;
		emit(fuzz, conn, FLAG_SYN | FLAG_ACK, conn->iss, 0);
		arm(fuzz, conn);
		return true;
	}
	if (conn->state == PEER_IDLE || conn->state == PEER_DEAD) {
		refuse(fuzz, conn, s);
		return true;
	}
	if (conn->state != PEER_SYN_SENT)
		return false;
	if (ack && s->ack != conn->nxt) {
		refuse(fuzz, conn, s);
	} else if (syn) {
		conn->rcv = s->seq + 1;
		conn->state = ack ? PEER_OPEN : PEER_SYN_RECV;
		conn->una = ack ? conn->nxt : conn->una;
		conn->tries = 0;
		if (!ack)
			emit(fuzz, conn, FLAG_SYN | FLAG_ACK, conn->iss, 0);
		else if (conn->to_send == 0 || fuzz_chance(fuzz, 70))
			emit(fuzz, conn, FLAG_ACK, conn->nxt, 0);
		push(fuzz, conn);
		arm(fuzz, conn);
	}
	return true;
}

static void late_ack(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	(void)task;
	if (conn->state == PEER_OPEN)
		emit(fuzz, conn, FLAG_ACK, conn->nxt, 0);
}

static void acknowledge(struct fuzz *fuzz, struct conn *conn)
{
	if (fuzz_chance(fuzz, 25))
		fuzz_later(fuzz, fuzz_draw(fuzz, 40000), late_ack, conn, 0, NULL);
	else
		emit(fuzz, conn, FLAG_ACK, conn->nxt, 0);
}

static void take(struct fuzz *fuzz, struct conn *conn, const struct segment *s)
{
	uint32_t end = s->seq + (uint32_t)s->length + (s->flags & FLAG_FIN ? 1 : 0);
	if (s->has_ts)
		conn->ts_recent = s->ts_val;
	if (s->flags & FLAG_RST) {
		if (conn->state == PEER_SYN_SENT ? (s->flags & FLAG_ACK) && s->ack == conn->nxt
						 : s->seq == conn->rcv)
			conn->state = PEER_DEAD;
		return;
	}
	if (take_opening(fuzz, conn, s))
		return;
	if (s->flags & FLAG_SYN) { /* repeated: our ACK was lost */
		if (conn->state == PEER_SYN_RECV && s->flags & FLAG_ACK && s->ack == conn->nxt)
			conn->state = PEER_OPEN;
		emit(fuzz, conn, conn->state == PEER_OPEN ? FLAG_ACK : FLAG_SYN | FLAG_ACK,
			conn->state == PEER_OPEN ? conn->nxt : conn->iss, 0);
		return;
	}
	if (!(s->flags & FLAG_ACK) || (int32_t)(s->ack - conn->nxt) > 0)
		return;
	if ((int32_t)(s->ack - conn->una) > 0) {
		conn->una = s->ack;
		conn->tries = 0;
		conn->state = PEER_OPEN;
		arm(fuzz, conn);
	}
	if (conn->state != PEER_OPEN)
		return;
	bool news = (int32_t)(s->seq - conn->rcv) <= 0 && (int32_t)(end - conn->rcv) > 0;
	if (news) {
		conn->rcv = end;
		if (s->flags & FLAG_FIN) {
			conn->fin_seen = true;
			if (fuzz_chance(fuzz, 90))
				fuzz_later(fuzz, fuzz_pause(fuzz), step, conn, STEP_CLOSE, NULL);
		}
	}
	if (end != s->seq)
		acknowledge(fuzz, conn);
	push(fuzz, conn);
}

const struct character character_sane = {"sane", begin, take};
