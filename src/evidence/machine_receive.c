/* What a segment does to its receiver, if it is acceptable (RFC 9293 3.10.7, and what Linux does
 * beyond it): claims, for the kernel to judge. */
#include <string.h>
#include <sys/socket.h>

#include "machine.h"

/* ---- what a segment does to its receiver ---- */

static bool timestamps(const struct step *step)
{
	return step->detail->has_ts[0] && step->detail->has_ts[1] && step->segment->has_ts;
}

bool paws_rejects(struct step *step, int side)
{
	return timestamps(step) && step->detail->ts_recent[side] &&
	       (int32_t)(step->segment->ts_val - step->detail->ts_recent[side]) < 0;
}

uint32_t receive_window(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	unsigned scale = end->state_scale >> 4;
	uint8_t state = end_state(end);

	if (state == STATE_SYN_RECV ||
		(step->detail->syn_seen[0] && step->detail->syn_seen[1] &&
			!(step->detail->has_wscale[0] && step->detail->has_wscale[1])))
		scale = 0;
	else if (!step->detail->syn_seen[side])
		scale = 14; /* unknown: the largest */
	return (uint32_t)end->window << scale;
}

/* tcp_in_window(), net/ipv4/tcp_minisocks.c */
bool in_window(uint32_t seq, uint32_t end_seq, uint32_t start, uint32_t window)
{
	if (seq == start)
		return true;
	if (seq_after(end_seq, start) && seq_before(seq, start + window))
		return true;
	return seq == start + window && seq == end_seq;
}

/* Another host's end, in a recording that knows which are this one's: it may be silent, or nobody.
 */
static bool is_far(const struct step *step, int side)
{
	const struct flow_key *key = &step->flow->key;

	return step->core->address_count > 0 && step->flow->kernel[side] == 0 &&
	       !core_is_local(step->core, key->family, key->addr[side]);
}

static void receive_syn(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	uint8_t state = end_state(end);

	if (!(segment->flags & TCP_ACK)) {
		if (state == STATE_CLOSED || state == STATE_LISTEN || state == STATE_SYN_RECV)
			wish_listener(step->core, step->index, side, step->t_ns);
		if (state == STATE_SYN_SENT && detail->syn_seen[side] &&
			step_edge(step, side, STATE_SYN_SENT,
				&state_segments[STATE_SYN_SENT][SEG_SYN], (struct edge_at){0})) {
			end->rcv_nxt = segment->seq + 1;
			end->flags |= END_FULL | END_ACK_KNOWN;
			detail->ts_recent[side] = segment->ts_val;
		}
		return;
	}
	bool acks =
		seq_after(segment->ack, detail->iss[side]) && !seq_after(segment->ack, end->nxt);
	if (state == STATE_SYN_SENT && detail->syn_seen[side]) {
		if (!acks ||
			(segment->has_ts && detail->has_ts[side] && segment->ts_ecr &&
				((int32_t)(segment->ts_ecr - detail->ts_first[side]) < 0 ||
					(int32_t)(segment->ts_ecr - detail->ts_last[side]) > 0)))
			return; /* acknowledges or echoes what was never sent */
		if (is_far(step, side))
			return; /* whether it took it, its ACK will tell */
		if (!step_edge(step, side, STATE_SYN_SENT,
			    &state_segments[STATE_SYN_SENT][SEG_SYN_ACK], (struct edge_at){0}))
			return;
		end->una = segment->ack;
		end->rcv_nxt = segment->seq + 1;
		end->flags |= END_ACK_KNOWN;
		detail->ts_recent[side] = segment->ts_val;
	} else if (state == STATE_SYN_RECV && (end->flags & END_FULL) && detail->syn_seen[side] &&
		   acks) {
		if (step_edge(step, side, STATE_SYN_RECV,
			    &state_segments[STATE_SYN_RECV][SEG_SYN_ACK], (struct edge_at){0}))
			end->una = segment->ack;
	} else if (end_is_fresh(step, side) && !(end->flags & END_SEQ_KNOWN)) {
		/* its SYN was not captured */
		end->nxt = end->una = segment->ack;
		end->rcv_nxt = segment->seq + 1;
		end->flags |= END_SEQ_KNOWN | END_ACK_KNOWN;
		end_set_state(end, STATE_UNKNOWN); /* until it answers */
	}
}

static bool receive_final_ack(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	bool full = end->flags & END_FULL;

	wish_listener(step->core, step->index, side, step->t_ns);
	if (!in_window(segment->seq, segment->seq + segment_space(segment), end->rcv_nxt,
		    receive_window(step, side)))
		return false;
	if (full ? !(seq_after(segment->ack, end->una) && !seq_after(segment->ack, end->nxt))
		 : segment->ack != detail->iss[side] + 1)
		return false;
	return step_edge(step, side, STATE_SYN_RECV,
		&state_segments[STATE_SYN_RECV][SEG_ACK_OF_SYN], (struct edge_at){0});
}

static void receive_data(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	uint8_t state = end_state(end);
	uint32_t end_seq = segment->seq + segment_space(segment);
	bool fin = segment->flags & TCP_FIN;

	if (segment_space(segment) == 0 || (end->flags & END_FIN_RECEIVED))
		return;
	if (state == STATE_UNKNOWN) {
		end->rcv_nxt = seq_after(end_seq, end->rcv_nxt) ? end_seq : end->rcv_nxt;
		if (segment->len > 0 && !fin) {
			midway_enters(step, side);
		} else if (fin) {
			struct edge midway = {.to = STATE_CLOSE_WAIT,
				.cause = CAUSE_SEGMENT,
				.reason = REASON_FIN_RECEIVED,
				.section = "RFC 9293 3.10.7.4"};
			end->flags |= END_FIN_RECEIVED;
			step_edge(step, side, STATE_UNKNOWN, &midway, (struct edge_at){0});
		}
		return;
	}
	if (state_segments[state][SEG_FIN].section == NULL)
		return;
	if (seq_after(segment->seq, end->rcv_nxt)) {
		range_add(step->core, step->index, side, segment->seq, end_seq, fin);
		return;
	}
	if (!seq_after(end_seq, end->rcv_nxt))
		return;
	end->rcv_nxt = end_seq;
	fin |= range_take(step->core, step->index, side);
	if (fin)
		take_fin(step, side, (struct edge_at){0});
}

/* a valid ACK of a cookie may have made a socket after all: claimed once more */
static bool receive_cookie(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);

	if (!(end->flags & END_COOKIE) || step->segment->ack != detail->iss[side] + 1)
		return false;
	if (detail->cookie_tries[side] > 0) {
		detail->refused_ns[side] = step->t_ns;
		detail->refused_frame[side] = step->frame;
		detail->refused_to[side] = STATE_ESTABLISHED;
		return false;
	}
	detail->cookie_tries[side]++;
	detail->refused[side] &= (uint16_t) ~(1u << STATE_SYN_RECV | 1u << STATE_ESTABLISHED);
	end->rcv_nxt = step->segment->seq;
	end->flags |= END_ACK_KNOWN;
	step_edge(step, side, STATE_LISTEN, &ledger_cookie_edge, (struct edge_at){0});
	return step_edge(step, side, STATE_SYN_RECV,
		&state_segments[STATE_SYN_RECV][SEG_ACK_OF_SYN], (struct edge_at){0});
}

static void note_received(struct step *step, int side)
{
	struct received *received = step->detail->received[side];

	memmove(received + 1, received, (RECEIVED_KEPT - 1) * sizeof(*received));
	received[0] = (struct received){.t_ns = step->t_ns, .frame = step->frame};
}

void machine_receive(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	uint8_t state = end_state(end);

	note_received(step, side);
	if (segment->flags & TCP_RST) { /* looked at before SYN, tcp_validate_incoming() */
		machine_receive_reset(step, side);
		return;
	}
	if (segment->flags & TCP_SYN) {
		if (!(segment->flags & TCP_FIN)) /* listeners ignore it */
			receive_syn(step, side);
		return;
	}
	if (!(segment->flags & TCP_ACK) || paws_rejects(step, side))
		return;
	if (state == STATE_CLOSED || state == STATE_LISTEN) {
		if (!receive_cookie(step, side))
			return;
	} else if (state == STATE_SYN_SENT) {
		return;
	} else if (state == STATE_SYN_RECV) {
		if (!receive_final_ack(step, side))
			return;
	} else {
		uint32_t end_seq = segment->seq + segment_space(segment);
		if (detail->has_ack[side] &&
			(seq_before(end_seq, detail->own_ack[side]) ||
				seq_after(segment->seq, end->rcv_nxt + receive_window(step, side))))
			return;
		if ((end->flags & END_SEQ_KNOWN) && seq_after(segment->ack, end->nxt) &&
			!flow_is_lossy(step->core, detail) && detail->syn_seen[side])
			return;
		if (!(end->flags & END_ACK_KNOWN)) {
			end->rcv_nxt = segment->seq;
			end->flags |= END_ACK_KNOWN;
		}
	}
	if (seq_after(segment->ack, end->una))
		end->una = segment->ack;
	if (timestamps(step) && detail->has_ack[side] &&
		!seq_after(segment->seq, detail->own_ack[side]))
		detail->ts_recent[side] = segment->ts_val;
	state = end_state(end);
	if ((end->flags & END_FIN_SENT) && seq_after(segment->ack, detail->fin_seq[side]) &&
		state_segments[state][SEG_ACK_OF_FIN].section &&
		!step_edge(step, side, state, &state_segments[state][SEG_ACK_OF_FIN],
			(struct edge_at){0}))
		return;
	receive_data(step, side);
}

/* ---- ICMP errors ---- */

static bool icmp_is_fatal(const struct segment *icmp, uint8_t state)
{
	if (icmp->icmp_family == AF_INET) {
		/* tcp_v4_err(): everything but redirect, source quench and fragmentation needed */
		if (state == STATE_SYN_SENT)
			return (icmp->icmp_type == 3 && icmp->icmp_code != 4 &&
				       icmp->icmp_code <= 15) ||
			       icmp->icmp_type == 11 || icmp->icmp_type == 12;
		return state == STATE_SYN_RECV && /* tcp_req_err() */
		       ((icmp->icmp_type == 3 && icmp->icmp_code <= 1) || icmp->icmp_type == 11 ||
			       icmp->icmp_type == 12);
	}
	if (state == STATE_SYN_SENT)
		return icmp->icmp_type == 1 || icmp->icmp_type == 3 || icmp->icmp_type == 4;
	/* icmpv6_err_convert(): prohibited, port unreachable, policy, reject route, parameter
	 * problem */
	return state == STATE_SYN_RECV &&
	       ((icmp->icmp_type == 1 && (icmp->icmp_code == 1 || icmp->icmp_code >= 4)) ||
		       icmp->icmp_type == 4);
}

static bool icmp_is_path_mtu(const struct segment *icmp)
{
	return icmp->icmp_family == AF_INET ? icmp->icmp_type == 3 && icmp->icmp_code == 4
					    : icmp->icmp_type == 2;
}

/* What is left of it where no edge rests on it: tcp_v4_err(), tcp_v6_err(), tcp_req_err(). */
static uint8_t icmp_remainder(struct step *step, int side)
{
	const struct segment *icmp = step->segment;
	const struct endpoint *end = step_end(step, side);
	uint8_t state = end_state(end);

	if (state == STATE_CLOSED || state == STATE_LISTEN)
		return ICMP_OVER;
	if ((end->flags & END_SEQ_KNOWN) &&
		(seq_before(icmp->seq, end->una) || seq_after(icmp->seq, end->nxt)))
		return ICMP_OUTSIDE;
	if (icmp_is_path_mtu(icmp))
		return ICMP_PATH_MTU;
	if (icmp->icmp_family == AF_INET &&
		(icmp->icmp_type == 4 || (icmp->icmp_type == 3 && icmp->icmp_code > 15)))
		return ICMP_IGNORED;
	if (state == STATE_SYN_RECV && !(end->flags & END_FULL))
		return ICMP_IGNORED;
	return ICMP_SOFT;
}

uint8_t machine_receive_icmp(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	const struct segment *icmp = step->segment;
	uint8_t state = end_state(end), otherwise = icmp_remainder(step, side);

	note_received(step, side);
	/* a filter kept the SYN from the tap, the kernel showed its socket */
	bool unseen = state == STATE_SYN_SENT && !step->detail->syn_seen[side];

	if (!icmp_is_fatal(icmp, state) || (!step->detail->syn_seen[side] && !unseen))
		return otherwise;
	if (!unseen &&
		(seq_before(icmp->seq, step->detail->iss[side]) || seq_after(icmp->seq, end->nxt)))
		return ICMP_OUTSIDE;
	if (state == STATE_SYN_RECV && !(end->flags & END_FULL) &&
		icmp->seq != step->detail->iss[side])
		return ICMP_OUTSIDE;
	step->detail->refused_icmp[side][0] = icmp->icmp_type;
	step->detail->refused_icmp[side][1] = icmp->icmp_code;
	struct edge_at at = {
		.arg = {icmp->icmp_type, icmp->icmp_code, icmp->icmp_family == AF_INET6 ? 6 : 4}};
	return step_edge(step, side, state, &state_segments[state][SEG_ICMP_ERROR], at)
		       ? ICMP_EDGE
		       : ICMP_UNKNOWN;
}
