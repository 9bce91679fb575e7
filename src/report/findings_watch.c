/* What single segments show of an end that waits: for an acknowledgement, for a window, for its
 * program to close. Kept while the records come in, for a connection beyond its handshake. */
#include "findings.h"
#include "model_looks.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
	AGAIN_OFTEN = 3,                 /* a segment sent again less often is an ordinary loss */
	PAUSE_NS = 20 * WATCH_NS_PER_MS, /* a program that is silent for longer has said its say */
	HELD_NS = FINDING_HELD_MS * WATCH_NS_PER_MS
};

static bool seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static bool end_unremarkable(const struct watched_end *end)
{
	const struct stall *stall = &end->stall;
	int64_t waited_ns = end->shown.waiting_last_ns - end->shown.waiting_ns;

	return stall->again < AGAIN_OFTEN && stall->again_longest_ns == 0 && stall->zero_ns == 0 &&
	       stall->zero_longest_ns == 0 && end->rst.t_ns == 0 && end->late_bytes == 0 &&
	       end->alone == 0 && end->shown.unread_since_ns == 0 && end->late_answer_ns == 0 &&
	       end->trouble.t_ns == 0 && end->nagle.count < NAGLE_OFTEN &&
	       end->queued.longest_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS &&
	       waited_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS;
}

bool findings_unremarkable(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	if (connection->syn_acked > 0 || finding_left_unanswered(connection, watch) ||
		speech_tells(connection, watch))
		return false;
	for (int side = 0; watch != NULL && side < 2; side++) {
		const struct watched_end *end = &watch->end[side];

		if (!end_unremarkable(end) ||
			(end->request.t_ns != 0 &&
				connection->last_ns - end->request_last_ns >=
					FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS))
			return false;
	}
	return true;
}

void findings_forget(struct model *model, uint32_t index)
{
	struct model_build *build = model->build;

	if (index >= build->watch_of_count || build->watch_of[index] == 0)
		return;
	arena_put(&build->watches, build->watch_of[index] - 1);
	build->watch_of[index] = 0;
}

bool findings_move(struct model *model, const uint32_t *order, size_t count)
{
	struct model_build *build = model->build;
	uint32_t *moved = calloc(count + 1, sizeof(*moved));

	if (moved == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		moved[i] = order[i] < build->watch_of_count ? build->watch_of[order[i]] : 0;
	free(build->watch_of);
	build->watch_of = moved;
	build->watch_of_count = count;
	return true;
}

static void again_over(struct stall *stall, int64_t t_ns)
{
	int64_t until_ns = stall->acked_ns ? stall->acked_ns : t_ns;

	if (stall->again >= AGAIN_OFTEN && until_ns - stall->again_ns > stall->again_longest_ns) {
		stall->again_longest_ns = until_ns - stall->again_ns;
		stall->again_most = stall->again;
	}
	stall->again = 0;
}

static void zero_over(struct stall *stall, int64_t t_ns)
{
	if (stall->zero_ns && t_ns - stall->zero_ns > stall->zero_longest_ns) {
		stall->zero_longest_ns = t_ns - stall->zero_ns;
		stall->zero_longest_from_ns = stall->zero_ns;
	}
	stall->zero_ns = 0;
}

void stall_over(struct stall *stall, int64_t t_ns)
{
	again_over(stall, t_ns);
	zero_over(stall, t_ns);
}

/* A segment sent by `side`: what its end waits for, and what it makes the other wait for. */
static void take_stalls(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct stall *own = &watch->end[side].stall, *other = &watch->end[1 - side].stall;

	if (segment->flags & TCP_RST) {
		zero_over(own, record->t_ns);
		zero_over(other, record->t_ns);
		return;
	}
	if (segment->flags & TCP_SYN)
		return;
	/* else a probe of a closed window */
	if (record->retransmission && other->zero_ns == 0) {
		if (own->again == 0 || own->again_seq != segment->seq) {
			again_over(own, record->t_ns);
			own->again_ns = own->again_first_ns = record->t_ns;
			own->again_seq = segment->seq;
		}
		if (own->again < UINT16_MAX)
			own->again++;
		own->again_frame = record->frame;
		own->again_gap_ns = record->t_ns - (own->again > 1 ? own->again_last_ns : 0);
		own->again_last_ns = record->t_ns;
		own->acked_ns = 0;
	}
	if (other->again > 0 && other->acked_ns == 0 && (segment->flags & TCP_ACK) &&
		seq_after(segment->ack, other->again_seq))
		other->acked_ns = record->t_ns;
	if (segment->truncated)
		return; /* its window was not captured */
	if (segment->window > 0) {
		zero_over(own, record->t_ns);
	} else if (own->zero_ns == 0) {
		own->zero_ns = record->t_ns;
		own->zero_frame = own->zero_longest_ns == 0 ? record->frame : own->zero_frame;
	}
}

/* Its own FIN, and the ACK that covers the peer's. */
static void take_fins(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side], *other = &watch->end[1 - side];

	if ((segment->flags & (TCP_FIN | TCP_RST)) == TCP_FIN && own->fin_ns == 0) {
		own->fin_ns = record->t_ns;
		own->fin_frame = record->frame;
		own->fin_end = segment->seq + segment->len + 1;
	}
	if ((segment->flags & (TCP_ACK | TCP_RST)) == TCP_ACK && other->fin_ns != 0 &&
		own->took_fin_ns == 0 && !seq_after(other->fin_end, segment->ack)) {
		own->took_fin_ns = record->t_ns;
		own->took_fin_frame = record->frame;
	}
}

static struct sent sent_of(const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	return (struct sent){.t_ns = record->t_ns,
		.frame = record->frame,
		.seq = segment->seq,
		.ack = segment->ack,
		.len = segment->len,
		.flags = segment->flags,
		.hop = segment->hop_limit};
}

static void take_rst(struct watch *watch, int side, const struct record *record)
{
	struct watched_end *own = &watch->end[side], *other = &watch->end[1 - side];

	if (own->rst.t_ns != 0)
		return;
	own->rst = sent_of(record);
	own->before_rst = other->last;
	own->before_rst_own_ns = own->last.t_ns;
	own->stall.again_before_rst = own->stall.acked_ns == 0 ? own->stall.again : 0;
	own->stall.again_before_ns = own->stall.again_last_ns;
}

/* The answer came late, and the kernel had shown the request unread meanwhile, or the connection in
 * the accept queue: keep the longest. */
static void take_late_answer(const struct watched_end *own, struct watched_end *other, int64_t t_ns)
{
	int64_t waited_ns = t_ns - other->request_last_ns;
	/* of which nothing has been read has lain there since it came, whenever a row showed it */
	int64_t since_ns = own->shown.unread >= other->request_bytes ? other->request_last_ns
								     : own->shown.unread_since_ns;
	bool unread = own->shown.unread_since_ns != 0 && own->shown.open_ns >= since_ns &&
		      own->shown.open_ns - since_ns >= waited_ns / 4;
	bool queued = own->shown.waiting_last_ns - other->request_last_ns >=
		      (waited_ns / 4 > HELD_NS ? waited_ns / 4 : HELD_NS);

	if ((!unread && !queued) || waited_ns <= other->late_answer_ns)
		return;
	other->late_answer_ns = waited_ns;
	other->late_request = other->request;
	other->late_request.len = (uint32_t)other->request_bytes;
	other->late_diag = unread ? own->shown.open_diag : own->shown.waiting_diag;
	other->late_unread = own->shown.unread;
}

/* If it came soon enough, the peer's FIN alone can have moved it to speak: it owed no answer and
 * was not in the middle of one, for it had paused, or always answers by one segment. */
static bool moved_by_fin(
	const struct watched_end *own, const struct watched_end *other, int64_t t_ns)
{
	int64_t silent_ns = other->fin_ns - own->request_last_ns;

	if (other->request.t_ns != 0 || own->speaks_unasked)
		return false;
	return own->spoken == 0 || (own->answers > 1 && own->spoken == own->answers) ||
	       (silent_ns > PAUSE_NS && t_ns - other->fin_ns < silent_ns);
}

static void take_late(
	struct watched_end *own, const struct watched_end *other, const struct record *record)
{
	if (other->fin_ns == 0 || other->rst.t_ns != 0)
		return;
	if (own->late.t_ns == 0)
		own->late = sent_of(record);
	own->late_bytes += record->event->u.segment.len;
}

/* Who asks and who answers: data against data, copies apart. */
static void take_data(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side], *other = &watch->end[1 - side];

	if ((segment->flags & TCP_ACK) && other->request.t_ns != 0 &&
		seq_after(segment->ack, other->request.seq)) {
		if (other->request_acked_ns == 0)
			other->request_acked_ns = record->t_ns;
		other->request_whole |= segment->ack - other->request.seq >= other->request_bytes;
	}
	if (segment->len == 0 || record->retransmission)
		return;
	bool goes_on = watch_speech_goes_on(own, other, segment->seq);
	if (other->fin_ns != 0 && own->late.t_ns == 0) {
		own->late_answered = goes_on;
		own->late_unasked = moved_by_fin(own, other, record->t_ns);
		own->late_goes_on = own->request_last_ns != 0 &&
				    other->fin_ns - own->request_last_ns < PAUSE_NS;
		own->late_for = other->request;
		own->late_for_bytes = other->request_bytes;
		own->late_for_ns = other->fin_ns - other->request_last_ns;
	}
	if (goes_on) {
		own->request_last_ns = record->t_ns;
		take_late(own, other, record);
		return;
	}
	own->speaks_unasked |=
		own->request.t_ns != 0 && record->t_ns - own->request_last_ns > PAUSE_NS;
	if (own->spoken++ == 0 && other->spoken == 0) {
		own->greeted_ns = record->t_ns;
		own->greeted_frame = record->frame;
	}
	if (other->request.t_ns != 0) {
		if (own->answers++ == 0 || other->request_bytes < own->answered_least)
			own->answered_least = other->request_bytes;
		own->answered_all += other->request_bytes;
		other->pushes |= other->request_last_ns - other->request.t_ns > PAUSE_NS;
		take_late_answer(own, other, record->t_ns);
		watch_trouble(own, other, record);
		other->answered_bytes = other->request_bytes;
		other->request = (struct sent){0};
	}
	if (own->request.t_ns == 0) {
		own->request = sent_of(record);
		own->request_bytes = 0;
		own->request_acked_ns = 0;
		own->goes_on = false;
		own->asks_again = segment->len == own->answered_bytes;
	} else {
		own->goes_on |= ms_of(record->t_ns - own->request_last_ns) >= FINDING_HELD_MS;
		own->asks_again &= segment->len == own->answered_bytes;
	}
	own->request_bytes += segment->len;
	own->request_whole = false;
	own->request_last_ns = record->t_ns;
	take_late(own, other, record);
}

static void take_hop(struct watched_end *own, uint8_t hop)
{
	if (own->hop_low == 0 || hop < own->hop_low)
		own->hop_low = hop;
	if (hop > own->hop_high)
		own->hop_high = hop;
}

enum { UNSEEN_MOST = 1 << 24 /* bytes: more at once is a damaged number */ };

/* What is acknowledged was sent, although the capture may have missed it: a way back by another
 * path, packets that the capture lost. */
static void take_unseen(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side], *other = &watch->end[!side];
	uint32_t end = segment->seq + segment->len + ((segment->flags & TCP_SYN) != 0) +
		       ((segment->flags & TCP_FIN) != 0);

	if ((segment->flags & TCP_ACK) && !(segment->flags & TCP_RST) && other->sent_known &&
		seq_after(segment->ack, other->sent_end) &&
		segment->ack - other->sent_end < UNSEEN_MOST) {
		other->unseen_ns = record->t_ns;
		other->sent_end = segment->ack;
	}
	if (!(segment->flags & TCP_RST) &&
		(!own->sent_known ||
			(seq_after(end, own->sent_end) && end - own->sent_end < UNSEEN_MOST))) {
		own->sent_end = end;
		own->sent_known = true;
	}
}

static void take_segment(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side];

	take_unseen(watch, side, record);
	take_stalls(watch, side, record);
	watch_stalls(watch, side, record);
	take_fins(watch, side, record);
	if (segment->flags & TCP_RST) {
		take_rst(watch, side, record);
	} else {
		take_data(watch, side, record);
		take_hop(own, segment->hop_limit);
		/* what a path had merely put out of order comes at once */
		own->after_rst += own->rst.t_ns != 0 &&
				  !seq_after(own->rst.seq, segment->seq + segment->len) &&
				  record->t_ns - own->rst.t_ns > 5 * (int64_t)WATCH_NS_PER_MS;
	}
	own->last = sent_of(record);
}

/* An error that ends a connection attempt answers its SYN. */
static void take_error(struct connection *connection, const struct record *record)
{
	if (record->icmp_effect != ICMP_EDGE || record->from != STATE_SYN_SENT)
		return;
	connection->unreachable = true;
	if (connection->syn_pending > 0)
		connection->syn_pending--;
}

void findings_segment(struct model *model, uint32_t index, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watch *watch = findings_watch(model, index);

	if (segment->kind == SEGMENT_ICMP)
		take_error(&model->connections[index], record);
	if (segment->kind != SEGMENT_TCP)
		return;
	if (watch == NULL && (segment->flags & (TCP_SYN | TCP_RST)) != 0)
		return; /* of a handshake, or of its refusal, the connection itself tells enough */
	if (watch == NULL && (watch = watch_make(model, index)) == NULL)
		return;
	watch_corked(watch, record->side & 1, record);
	watch_speech(&model->connections[index], watch, record->side & 1, record);
	take_segment(watch, record->side & 1, record);
}

/* An ICMP error about a UDP datagram: its key is that of the datagram. Port unreachable: RFC 792
 * type 3 code 3, RFC 4443 type 1 code 4. */
void findings_icmp(struct model *model, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);
	bool port_unreachable = segment->icmp_family == AF_INET6
					? segment->icmp_type == 1 && segment->icmp_code == 4
					: segment->icmp_type == 3 && segment->icmp_code == 3;
	size_t i = 0;

	if (segment->kind != SEGMENT_ICMP || segment->key.protocol != IPPROTO_UDP ||
		!port_unreachable)
		return;
	while (i < build->unreachable_count &&
		(build->unreachable[i].port_be != segment->key.port_be[1] ||
			build->unreachable[i].run != run))
		i++;
	if (!model_may_take(model, i, UNREACHABLE_MAX, record->t_ns))
		return;
	if (i == build->unreachable_count) {
		build->unreachable_count++;
		build->unreachable[i] = (struct unreachable){.frame = record->frame,
			.key = segment->key,
			.port_be = segment->key.port_be[1],
			.run = run,
			.away = !(record->local_sides >> !(record->side & 1) & 1)};
	}
	build->unreachable[i].count++;
}
