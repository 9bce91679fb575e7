/* What a segment says of its sender: its own SYN, FIN or data is proof, its SYN-ACK or RST a claim
 * (docs/evidence.md, rule 1). */
#include <string.h>

#include "machine.h"

enum { WSCALE_MAX = 14 }; /* RFC 7323 2.3; what is not known may be as much */
/* out of order, where no round trip is known: as Wireshark has it */
static const int64_t LATE_NS = 3 * (int64_t)MS;

/* ---- what a segment proves of its sender ---- */

static void note_syn(struct step *step, int side)
{
	struct detail *detail = step->detail;
	const struct segment *segment = step->segment;
	struct endpoint *end = step_end(step, side);

	detail->syn_seen[side] = 1;
	detail->iss[side] = segment->seq;
	detail->syn_ns[side] = step->t_ns;
	detail->syn_frame[side] = step->frame;
	detail->has_ts[side] = segment->has_ts;
	detail->ts_first[side] = detail->ts_last[side] = segment->ts_val;
	detail->has_wscale[side] = segment->wscale >= 0;
	end->state_scale =
		(uint8_t)((end->state_scale & 0x0f) |
			  (segment->wscale > 0 ? segment->wscale > 14 ? 14 : segment->wscale : 0)
				  << 4);
	end->una = segment->seq;
	end->nxt = segment->seq + segment_space(segment);
	end->flags = (uint8_t)((end->flags & ~(END_FIN_SENT | END_FIN_RECEIVED | END_SPOKE)) |
			       END_SEQ_KNOWN);
	if (segment->len > 0)
		end->flags |= END_FULL; /* fast open, if the peer takes the data */
}

/* before a repeated own segment contradicts: it may have crossed the ACK on its way */
static int64_t patience(struct step *step, int side)
{
	int64_t wait = SETTLE_NS;
	const struct flow *flow = step->flow;

	if (!core_is_local(step->core, flow->key.family, flow->key.addr[side]) &&
		step->detail->round_trip_ns > wait)
		wait = step->detail->round_trip_ns;
	return wait;
}

/* The newest claim of this end rests on a segment that its own repeated one shows not to have been
 * taken. */
static void contradict(struct step *step, int side, uint8_t from, uint8_t to)
{
	struct claim *history[CLAIMS_JUDGED];
	size_t count = ledger_history(step->core, step->index, side, history, CLAIMS_JUDGED);
	int64_t arg[2] = {0, 0};

	for (size_t i = 0; i < count; i++) {
		struct claim *claim = history[i];
		if (claim->from != from || claim->to != to || claim->proven ||
			(claim->evidence & EVIDENCE_KERNEL) ||
			step->t_ns - claim->t_ns <= patience(step, side))
			continue;
		uint16_t reason = REASON_SEGMENT_IGNORED;
		if (from == STATE_SYN_RECV)
			reason = listener_refusal(
				step->core, &step->flow->key, side, claim->t_ns, arg);
		ledger_withdraw(
			step->core, step->index, claim, reason, arg, step->t_ns, step->frame, 0);
		return;
	}
}

/* An end that was claimed to be closed by a segment speaks on: it was not. */
static void contradict_closed(struct step *step, int side)
{
	struct claim *last = ledger_newest(step->core, step->index, side);

	if (last != NULL && last->to == STATE_CLOSED && last->cause == CAUSE_SEGMENT)
		contradict(step, side, last->from, STATE_CLOSED);
}

static void prove(struct step *step, int side, uint8_t to)
{
	struct claim *last = ledger_newest(step->core, step->index, side);

	if (last != NULL && last->to == to)
		last->proven = true;
}

/* The frame in which the peer said what this end now shows to have taken. */
static struct edge_at proof_at(struct step *step, int side, int64_t t_ns, uint64_t frame)
{
	struct edge_at at = {.t_ns = t_ns, .frame = frame, .proven = true};

	if (step->detail->refused_frame[side]) {
		at.t_ns = step->detail->refused_ns[side];
		at.frame = step->detail->refused_frame[side];
	}
	return at;
}

static void send_syn(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	uint8_t state = end_state(end);

	if (step->detail->syn_seen[side] && segment->seq == step->detail->iss[side]) {
		step->repeated = true;
		step->detail->ts_last[side] = segment->ts_val;
		/* if the peer answers, it answers the newest */
		if (!(segment->flags & TCP_FIN)) {
			step->detail->syn_ns[side] = step->t_ns;
			step->detail->syn_frame[side] = step->frame;
		}
		contradict_closed(step, side);
		contradict(step, side, STATE_SYN_SENT, STATE_ESTABLISHED);
		return;
	}
	/* the kernel had shown it: this is its segment */
	if (state == STATE_SYN_SENT && !step->detail->syn_seen[side]) {
		struct claim *claim = ledger_newest(step->core, step->index, side);
		note_syn(step, side);
		if (claim != NULL)
			ledger_confirm(step->core, step->index, claim, step->t_ns, step->frame, 0);
		return;
	}
	if (!end_is_fresh(step, side)) {
		connection_new(step, side);
		end = step_end(step, side);
	}
	note_syn(step, side);
	step_edge(step, side, STATE_CLOSED, &state_calls[STATE_CLOSED][CALL_CONNECT],
		(struct edge_at){.proven = true});
}

static void send_syn_ack(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	int peer = step->peer;
	uint8_t state = end_state(end);
	bool answers = detail->syn_seen[peer] && seq_after(segment->ack, detail->iss[peer]);
	/* by that SYN: it is not older than what this end did last */
	bool dated = answers && detail->syn_ns[peer] >= detail->edge_ns[side];

	if (answers && detail->round_trip_ns == 0)
		detail->round_trip_ns = step->t_ns - detail->syn_ns[peer];
	if (detail->syn_seen[side] && segment->seq == detail->iss[side]) {
		struct claim *last = ledger_newest(step->core, step->index, side);
		if (state == STATE_CLOSED && !(end->flags & END_PASSIVE) && last != NULL &&
			last->from == STATE_SYN_SENT && last->cause == CAUSE_SEGMENT) {
			/* it lives */
			ledger_withdraw(step->core, step->index, last, REASON_SEGMENT_IGNORED, NULL,
				step->t_ns, step->frame, 0);
			state = end_state(end);
		}
		/* simultaneous open: it has taken the peer's SYN */
		if (state == STATE_SYN_SENT) {
			step_edge(step, side, STATE_SYN_SENT,
				&state_segments[STATE_SYN_SENT][SEG_SYN],
				(struct edge_at){
					.t_ns = answers ? detail->syn_ns[peer] : step->t_ns,
					.frame = answers ? detail->syn_frame[peer] : step->frame,
					.proven = true});
			end->flags |= END_FULL;
			return;
		}
		if (end->flags & END_PASSIVE) {
			step->repeated = true;
			contradict_closed(step, side);
			if (!(end->flags & END_FULL)) {
				contradict(step, side, STATE_SYN_RECV, STATE_ESTABLISHED);
				/* of its ACK nothing was seen */
				contradict(step, peer, STATE_SYN_SENT, STATE_ESTABLISHED);
				if (step->t_ns - detail->refused_ns[side] > patience(step, side))
					ledger_refused_again(step->core, step->index, side,
						step->t_ns, step->frame, 0);
			}
		}
		prove(step, side, STATE_SYN_RECV);
		return;
	}
	if (state != STATE_CLOSED && state != STATE_LISTEN &&
		!(state == STATE_SYN_RECV && !detail->syn_seen[side])) {
		int64_t t_ns = dated ? detail->syn_ns[peer] : step->t_ns;
		uint64_t frame = dated ? detail->syn_frame[peer] : step->frame;
		if (state == STATE_SYN_RECV) {
			t_ns = step->t_ns;
			frame = step->frame;
		}
		end_replaced(step, side, false, t_ns, frame);
		end_reset(step, side);
	} else if (state == STATE_CLOSED && ledger_newest(step->core, step->index, side) != NULL) {
		end_reset(step, side);
	}
	uint16_t refused = detail->refused[side];
	bool cookie = end->flags & END_COOKIE, kernel_first = state == STATE_SYN_RECV;
	note_syn(step, side);
	end->flags |= END_PASSIVE;
	if (!answers || (detail->syn_seen[peer] && segment->ack == detail->iss[peer] + 1 &&
				!(step_end(step, peer)->flags & END_FULL)))
		end->flags &= (uint8_t)~END_FULL;
	else if (step_end(step, peer)->flags & END_FULL && segment->ack != detail->iss[peer] + 1)
		/* its data in the SYN was taken: a fast-open child */
		end->flags |= END_FULL;
	else
		end->flags &= (uint8_t)~END_FULL;
	end->rcv_nxt = segment->ack;
	end->flags |= END_ACK_KNOWN;
	if (cookie)
		end->flags |= END_COOKIE;
	detail->refused[side] = refused;
	if (kernel_first) {
		struct claim *claim = ledger_newest(step->core, step->index, side);
		if (claim != NULL)
			ledger_confirm(step->core, step->index, claim, step->t_ns,
				answers ? detail->syn_frame[peer] : step->frame, 0);
		return;
	}
	step_edge(step, side, STATE_LISTEN, &state_segments[STATE_LISTEN][SEG_SYN],
		(struct edge_at){.t_ns = dated ? detail->syn_ns[peer] : step->t_ns,
			.frame = dated ? detail->syn_frame[peer] : step->frame});
}

/* FIN of the peer taken: by the order of arrival (a claim) or because this end acknowledged it
 * (proven). */
void take_fin(struct step *step, int side, struct edge_at at)
{
	struct endpoint *end = step_end(step, side);
	uint8_t state = end_state(end);

	if (state_segments[state][SEG_FIN].section == NULL ||
		(state == STATE_SYN_RECV && !(end->flags & END_FULL)))
		return;
	end->flags |= END_FIN_RECEIVED;
	if (!step_edge(step, side, state, &state_segments[state][SEG_FIN], at)) {
		end->flags &= (uint8_t)~END_FIN_RECEIVED;
		end->rcv_nxt--;
	}
}

/* Its SYN-ACK was not captured, but what follows it shows that it was sent. */
static void syn_ack_missed(struct step *step, int side, uint32_t iss, uint32_t rcv_nxt)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);

	detail->iss[side] = iss;
	detail->has_wscale[side] = detail->has_wscale[1 - side];
	detail->lossy = true;
	*end = (struct endpoint){.nxt = iss + 1,
		.una = iss + 1,
		.rcv_nxt = rcv_nxt,
		.window = end->window,
		.state_scale = (uint8_t)(end_state(end) | WSCALE_MAX << 4),
		.flags = (uint8_t)(end->flags | END_PASSIVE | END_SEQ_KNOWN | END_ACK_KNOWN)};
	step_edge(step, side, STATE_LISTEN, &state_segments[STATE_LISTEN][SEG_SYN],
		(struct edge_at){
			.t_ns = detail->syn_ns[1 - side], .frame = detail->syn_frame[1 - side]});
	detail->syn_seen[side] = 1;
}

static void send_ack(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	int peer = step->peer;

	if (detail->syn_seen[peer] && seq_after(segment->ack, step_end(step, peer)->nxt) &&
		!flow_is_lossy(step->core, detail))
		/* of what was never sent, or the capture lost it: then a hole will tell */
		return;
	if (!(end->flags & END_ACK_KNOWN) || seq_after(segment->ack, end->rcv_nxt) ||
		!detail->has_ack[side]) {
		end->rcv_nxt = segment->ack;
		end->flags |= END_ACK_KNOWN;
	}
	if (!detail->has_ack[side] || seq_after(segment->ack, detail->own_ack[side]))
		detail->own_ack[side] = segment->ack;
	detail->has_ack[side] = 1;
	end->window = segment->window;
	if (segment->flags & TCP_SYN)
		return;
	uint8_t state = end_state(end);
	bool beyond = segment->len > 0 || (segment->flags & TCP_FIN) ||
		      seq_after(segment->seq, detail->iss[side] + 1);
	/* a SYN-ACK whose SYN was not captured */
	if (state == STATE_UNKNOWN && detail->syn_seen[peer] &&
		seq_after(segment->ack, detail->iss[peer])) {
		const struct edge opened = state_segments[STATE_SYN_SENT][SEG_SYN_ACK];
		step_edge(step, side, STATE_UNKNOWN, &opened,
			(struct edge_at){.t_ns = detail->syn_ns[peer],
				.frame = detail->syn_frame[peer],
				.proven = true});
		return;
	}
	bool took_data = detail->syn_seen[peer] && seq_after(segment->ack, detail->iss[peer] + 1);
	if (state == STATE_SYN_SENT && detail->syn_seen[side] && segment->seq == end->nxt) {
		if (end_is_fresh(step, peer) && peer != side)
			syn_ack_missed(step, peer, segment->ack - 1, segment->seq);
		step_edge(step, side, STATE_SYN_SENT, &state_segments[STATE_SYN_SENT][SEG_SYN_ACK],
			proof_at(step, side,
				detail->syn_seen[peer] ? detail->syn_ns[peer] : step->t_ns,
				detail->syn_seen[peer] ? detail->syn_frame[peer] : step->frame));
	} else if (state == STATE_SYN_RECV && !(end->flags & END_FULL) && (beyond || took_data) &&
		   detail->syn_seen[side]) {
		step_edge(step, side, STATE_SYN_RECV,
			&state_segments[STATE_SYN_RECV][SEG_ACK_OF_SYN],
			proof_at(step, side, step->t_ns, step->frame));
	} else if (state == STATE_ESTABLISHED &&
		   (!(end->flags & END_PASSIVE) || beyond || took_data)) {
		prove(step, side, STATE_ESTABLISHED);
	}
	if (beyond || took_data)
		end->flags |= END_SPOKE;
	if ((step_end(step, peer)->flags & END_FIN_SENT) && !(end->flags & END_FIN_RECEIVED) &&
		seq_after(segment->ack, detail->fin_seq[peer])) {
		struct edge_at at = proof_at(step, side, step->t_ns, step->frame);
		/* the FIN that was taken acknowledged ours: the ACK goes first */
		if (state == STATE_FIN_WAIT1 && detail->fin_last_acks[peer]) {
			at.t_ns = detail->fin_last_ns[peer];
			at.frame = detail->fin_last_frame[peer];
			step_edge(step, side, state, &state_segments[state][SEG_ACK_OF_FIN], at);
		}
		take_fin(step, side, at);
	}
	if ((end->flags & END_FIN_RECEIVED) && seq_after(segment->ack, detail->fin_seq[peer]))
		prove(step, side, end_state(end));
}

/* Could the peer take it? What lies below its ACK or beyond its window is none of the stream. */
static bool in_peer_window(struct step *step, uint32_t seq, uint32_t end_seq)
{
	const struct endpoint *peer = step_end(step, step->peer);

	if (!step->detail->has_ack[step->peer] || step->peer == step->sender ||
		seq == step_end(step, step->sender)->nxt)
		return true;
	return !seq_before(end_seq, step->detail->own_ack[step->peer]) &&
	       !seq_after(seq, peer->rcv_nxt + receive_window(step, step->peer));
}

static void send_fin(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	uint32_t fin_seq = segment->seq + segment->len;

	if (!in_peer_window(step, segment->seq, fin_seq + 1) ||
		(detail->syn_seen[side] && !seq_after(segment->seq, detail->iss[side])))
		return;
	detail->fin_last_ns[side] = step->t_ns;
	detail->fin_last_frame[side] = step->frame;
	detail->fin_last_acks[side] = (segment->flags & TCP_ACK) &&
				      (step_end(step, step->peer)->flags & END_FIN_SENT) &&
				      seq_after(segment->ack, detail->fin_seq[step->peer]);
	if ((end->flags & END_FIN_SENT) && fin_seq == detail->fin_seq[side]) {
		step->repeated = true;
		contradict_closed(step, side);
		contradict(step, side, STATE_FIN_WAIT1, STATE_FIN_WAIT2);
		contradict(step, side, STATE_CLOSING, STATE_TIME_WAIT);
		return;
	}
	end->flags |= END_FIN_SENT;
	detail->fin_seq[side] = fin_seq;
	detail->fin_ns[side] = step->t_ns;
	detail->fin_frame[side] = step->frame;
	struct claim *last = ledger_newest(step->core, step->index, side);
	bool crossed = end_state(end) == STATE_CLOSE_WAIT && last != NULL &&
		       last->to == STATE_CLOSE_WAIT && !last->proven &&
		       !(last->evidence & EVIDENCE_KERNEL) && (segment->flags & TCP_ACK) &&
		       !seq_after(segment->ack, detail->fin_seq[step->peer]);
	int64_t peer_ns = 0;
	uint64_t peer_frame = 0;
	if (crossed) { /* it had not seen the peer's FIN when it sent its own */
		peer_ns = last->t_ns;
		peer_frame = last->frame;
		uint32_t rcv_nxt = end->rcv_nxt;
		ledger_withdraw(step->core, step->index, last, REASON_FINS_CROSSED, NULL,
			step->t_ns, step->frame, 0);
		detail->refused[side] &= (uint16_t) ~(1u << STATE_CLOSE_WAIT);
		end->flags |= END_FIN_SENT | END_FIN_RECEIVED;
		end->rcv_nxt = rcv_nxt;
	}
	uint8_t state = end_state(end);
	if (state == STATE_UNKNOWN) {
		struct edge midway = {.to = STATE_FIN_WAIT1,
			.cause = CAUSE_CALL,
			.reason = REASON_FIN_SENT,
			.section = "RFC 9293 3.10.4"};
		step_edge(step, side, STATE_UNKNOWN, &midway, (struct edge_at){.proven = true});
		return;
	}
	if (state_calls[state][CALL_CLOSE].section && state != STATE_SYN_SENT &&
		state != STATE_LISTEN) {
		step_edge(step, side, state, &state_calls[state][CALL_CLOSE],
			(struct edge_at){.proven = true});
	} else if (last != NULL && (state == STATE_FIN_WAIT1 || state == STATE_LAST_ACK) &&
		   last->frame == 0) {
		/* the kernel had shown it before */
		ledger_confirm(step->core, step->index, last, step->t_ns, step->frame, 0);
	}
	if (crossed)
		step_edge(step, side, STATE_FIN_WAIT1, &state_segments[STATE_FIN_WAIT1][SEG_FIN],
			(struct edge_at){.t_ns = peer_ns > step->t_ns ? peer_ns : step->t_ns,
				.frame = peer_frame});
}

/* First seen in the middle: sequence numbers start here. False when the segment belongs to no
 * connection. */
static bool send_midway(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side), *other = step_end(step, step->peer);
	const struct segment *segment = step->segment;
	bool known = step->detail->syn_seen[step->peer];

	if (end->flags & END_SEQ_KNOWN)
		return true;
	if (known && end_is_fresh(step, side) && end_state(other) == STATE_SYN_SENT &&
		!step->detail->self)
		return false; /* before any SYN-ACK: of another connection, or of none */
	end->flags |= END_SEQ_KNOWN;
	end->nxt = end->una = segment->seq;
	if (known && !step->detail->self && (segment->flags & TCP_ACK) &&
		segment->ack == step->detail->iss[step->peer] + 1 && !(segment->flags & TCP_RST) &&
		end_is_fresh(step, side)) { /* its SYN-ACK was not captured */
		syn_ack_missed(step, side, segment->seq - 1, segment->ack);
	} else if (end_is_fresh(step, side) && !known) {
		end_set_state(end, STATE_UNKNOWN);
	}
	if (!(other->flags & END_SEQ_KNOWN) && (segment->flags & TCP_ACK)) {
		other->flags |= END_SEQ_KNOWN;
		other->nxt = other->una = segment->ack;
		if (end_is_fresh(step, step->peer))
			end_set_state(other, STATE_UNKNOWN);
	}
	if (!(other->flags & END_ACK_KNOWN)) {
		other->rcv_nxt = segment->seq;
		other->flags |= END_ACK_KNOWN;
	}
	return true;
}

void midway_enters(struct step *step, int side)
{
	struct edge midway = {.to = STATE_ESTABLISHED,
		.cause = CAUSE_UNKNOWN,
		.reason = REASON_SEEN_MIDWAY,
		.section = "RFC 9293 3.3.2"};
	int other = 1 - side;

	if (end_state(step_end(step, side)) != STATE_UNKNOWN)
		return;
	/* not the beginning is missing, but what this end sent */
	if (step->detail->syn_seen[other] && (step_end(step, other)->flags & END_PASSIVE)) {
		const struct edge opened = state_segments[STATE_SYN_SENT][SEG_SYN_ACK];
		step_edge(step, side, STATE_UNKNOWN, &opened,
			(struct edge_at){.t_ns = step->detail->syn_ns[other],
				.frame = step->detail->syn_frame[other]});
		return;
	}
	step_edge(step, side, STATE_UNKNOWN, &midway, (struct edge_at){0});
}

/* At most the last byte once more, though it has been acknowledged: to draw an answer (RFC
 * 9293 3.8.4). */
static bool is_keepalive(const struct step *step, int side)
{
	const struct segment *segment = step->segment;
	const struct endpoint *end = &step->flow->end[side];

	return segment->len <= 1 && !(segment->flags & (TCP_SYN | TCP_FIN)) &&
	       segment->seq == end->nxt - 1 && step->detail->has_ack[step->peer] &&
	       step->detail->own_ack[step->peer] == end->nxt;
}

/* Fills a hole, and right behind what made it: the network changed the order. Later it is a
 * retransmission of what was lost before the tap. */
static bool is_late(struct step *step, int side)
{
	const struct segment *segment = step->segment;
	const struct endpoint *peer = step_end(step, step->peer);
	int64_t patience_ns =
		step->detail->round_trip_ns > LATE_NS ? step->detail->round_trip_ns : LATE_NS;

	if (!step->detail->advanced_ns[side] ||
		step->t_ns - step->detail->advanced_ns[side] > patience_ns ||
		seq_before(segment->seq, peer->rcv_nxt) || !(peer->flags & END_ACK_KNOWN) ||
		(peer->flags & END_FIN_RECEIVED) ||
		state_segments[end_state(peer)][SEG_FIN].section == NULL)
		return false;
	for (uint32_t i = step->detail->ranges[step->peer]; i; i = step->core->ranges[i - 1].next)
		if (!seq_after(step->core->ranges[i - 1].start, segment->seq) &&
			seq_after(step->core->ranges[i - 1].end, segment->seq))
			return false;
	return true;
}

void machine_send(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	uint32_t end_seq = segment->seq + segment_space(segment);

	if (!(segment->flags & TCP_RST))
		step->detail->sent_ns[side] = step->t_ns;
	if ((segment->flags & (TCP_SYN | TCP_RST)) == TCP_SYN) {
		if (segment->flags & TCP_ACK) {
			send_syn_ack(step, side);
			send_ack(step, side);
		} else {
			send_syn(step, side);
		}
		return;
	}
	if ((!(segment->flags & TCP_RST) || end_is_fresh(step, side)) && !send_midway(step, side))
		return;
	if (segment->flags & TCP_RST) {
		machine_send_reset(step, side);
		return;
	}
	if ((end->flags & END_SEQ_KNOWN) && segment_space(segment) > 0 &&
		seq_before(segment->seq, end->nxt))
		step->repeated = !is_keepalive(step, side) && !is_late(step, side);
	bool taken = in_peer_window(step, segment->seq, end_seq);
	if (taken && (end->flags & END_SEQ_KNOWN) && seq_after(segment->seq, end->nxt) &&
		step->detail->syn_seen[side])
		/* a hole in what it sent: the capture has lost packets */
		step->detail->lossy = true;
	if (end_state(end) == STATE_CLOSED)
		contradict_closed(step, side);
	if (segment->len > 0)
		midway_enters(step, side);
	if (segment->flags & TCP_ACK)
		send_ack(step, side);
	if (segment->flags & TCP_FIN)
		send_fin(step, side);
	if (taken && seq_after(end_seq, end->nxt)) {
		end->nxt = end_seq;
		step->detail->advanced_ns[side] = step->t_ns;
	}
	if (!step->detail->syn_seen[side] && segment->has_ts)
		step->detail->has_ts[side] = 1;
	step->detail->ts_last[side] = segment->ts_val;
}
