/* What a segment does to its receiver, if it is acceptable (RFC 9293 3.10.7, RFC 7323, RFC 5961,
 * and what Linux does): symbols, whatever state the receiver is in. What is known here belongs to
 * the receiver: it is what it would have if it had taken everything. */
#include "sequence.h"

/* Another host's end, in a recording that knows which are this one's: it may be silent, or nobody.
 */
static bool is_far(const struct packet *packet)
{
	const struct flow *flow = packet->to;

	return packet->core->address_count > 0 && flow->end[packet->peer].kernel == 0 &&
	       !core_is_local(
		       packet->core, packet->segment->key.family, packet->segment->key.addr[1]);
}

/* Where SYNs crossed, the SYN-ACK must repeat the peer's SYN and acknowledge ours, and no more
 * (Linux: tcp_validate_incoming()). */
static bool completes_crossing(const struct segment *segment, const struct end *end)
{
	if ((end->flags & (END_FULL | END_PASSIVE | END_RCV)) != (END_FULL | END_RCV))
		return true;
	return segment->seq + 1 == end->rcv && segment->ack == end->nxt && segment->len == 0 &&
	       !(segment->flags & TCP_FIN);
}

static uint32_t receive_syn(const struct packet *packet, struct end *end)
{
	const struct segment *segment = packet->segment;
	bool answers = segment->flags & TCP_ACK;

	if ((segment->flags & TCP_FIN) && !answers)
		return 0; /* listeners ignore it */
	if (!(end->flags & END_ISS) && answers) {
		if ((end->flags & END_USED) || !(packet->to->count == 0))
			return 0;
		/* its SYN was not captured */
		end->nxt = segment->ack;
		end->rcv = segment->seq + 1;
		end->flags |= END_NXT | END_RCV;
		return 1 << GOT_SYN_ACK;
	}
	if (!(end->flags & END_ISS) || (end->flags & END_PASSIVE))
		return answers ? 0 : 1 << GOT_SYN;
	if (answers) {
		if (!seq_before(end->iss, segment->ack) || seq_before(end->nxt, segment->ack) ||
			!completes_crossing(segment, end))
			return 0;
		if (segment->has_ts && (end->flags & END_TS) && segment->ts_ecr != 0 &&
			(seq_before(segment->ts_ecr, end->ts_first) ||
				seq_before(end->ts_last, segment->ts_ecr)))
			return 0; /* echoes what was never sent */
	}
	if (!(end->flags & END_RCV) || !answers) {
		end->rcv = segment->seq + 1;
		end->ts_recent = segment->ts_val;
		end->flags |= END_RCV;
		if (segment->has_ts && (end->flags & END_TS))
			end->flags |= END_TS_RECENT;
	}
	if (!answers)
		return 1 << GOT_SYN;
	uint32_t got = is_far(packet) ? 1 << GOT_SYN_ACK_FAR : 1 << GOT_SYN_ACK;
	if (packet->repeated && !(end->flags & (END_ACKED | END_FULL)))
		got |= 1 << GOT_REPEATED;
	return got;
}

/* A request takes only what echoes one of its SYN-ACKs: Linux does since 6.15 (tcp_check_req()), so
 * that goes for ends here; what others do is not known. */
static bool echoes(const struct packet *packet, const struct end *end)
{
	const struct segment *segment = packet->segment;

	if ((end->flags & (END_PASSIVE | END_FULL | END_SYNCED)) != END_PASSIVE ||
		!segment->has_ts || !(end->flags & END_TS) || segment->ts_ecr == 0)
		return true;
	return (seq_upto(end->ts_first, segment->ts_ecr) &&
		       seq_upto(segment->ts_ecr, end->ts_last)) ||
	       packet->core->address_count == 0 || is_far(packet) ||
	       flow_lost_packets(packet->core, flow_at(packet->core, packet->receives));
}

static uint32_t receive_reset(
	const struct packet *packet, struct end *end, const struct end *sender)
{
	const struct segment *segment = packet->segment;
	const struct flow *flow = packet->to;
	uint32_t(*range)[2] = ranges_of(packet->core, end, false);
	uint32_t got = 0;

	if (!echoes(packet, end))
		return 0;
	if ((segment->flags & TCP_ACK) && (end->flags & END_ISS) && !(end->flags & END_PAST) &&
		seq_before(end->iss, segment->ack) && seq_upto(segment->ack, end->nxt))
		got |= 1 << GOT_RST_SYN;
	if ((end->flags & END_RCV) && segment->seq == end->rcv - 1)
		got |= 1 << GOT_RST_FIN;
	bool next = !(end->flags & END_RCV) || segment->seq == end->rcv ||
		    ((end->flags & END_ACK) && segment->seq == end->ack) ||
		    (flow_is_lossy(packet->core, flow) && (sender->flags & END_NXT) &&
			    segment->seq == sender->nxt);
	for (int i = 0; range != NULL && i < RANGES; i++)
		next |= range[i][0] != range[i][1] && range[i][1] == segment->seq;
	if (next)
		got |= 1 << GOT_RST;
	else if (in_window(end, sender, segment->seq, segment->seq))
		got |= 1 << GOT_RST_MINI;
	return got;
}

static void ranges_join(struct end *end, uint32_t (*range)[2])
{
	for (bool moved = range != NULL; moved;) {
		moved = false;
		for (int i = 0; i < RANGES; i++) {
			if (range[i][0] == range[i][1] || !seq_upto(range[i][0], end->rcv))
				continue;
			if (seq_before(end->rcv, range[i][1]))
				end->rcv = range[i][1];
			range[i][0] = range[i][1] = 0;
			moved = true;
		}
	}
}

static void reassemble(struct core *core, struct end *end, uint32_t from, uint32_t to)
{
	bool waits = seq_before(end->rcv, from);
	uint32_t(*range)[2] = ranges_of(core, end, waits);
	int free = -1;

	if (!waits) {
		if (seq_before(end->rcv, to))
			end->rcv = to;
		ranges_join(end, range);
		return;
	}
	for (int i = 0; range != NULL && i < RANGES; i++) {
		if (range[i][0] == range[i][1]) {
			free = i;
		} else if (seq_upto(from, range[i][1]) && seq_upto(range[i][0], to)) {
			range[i][0] = seq_before(from, range[i][0]) ? from : range[i][0];
			range[i][1] = seq_before(range[i][1], to) ? to : range[i][1];
			return;
		}
	}
	if (free >= 0) {
		range[free][0] = from;
		range[free][1] = to;
	}
}

/* It fits as a cookie, whose low bits tell one of four MSS (Linux: cookie_v4_check()). */
static bool fits_cookie(
	const struct segment *segment, const struct end *end, const struct end *sender)
{
	return (end->flags & (END_ISS | END_PASSIVE)) == (END_ISS | END_PASSIVE) &&
	       (sender->flags & END_ISS) &&
	       segment->ack - end->iss - (segment->seq - sender->iss) + 3 < 7;
}

static uint32_t receive_cookie(
	struct core *core, const struct segment *segment, struct end *end, const struct end *sender)
{
	if (!fits_cookie(segment, end, sender))
		return 0;
	if ((end->flags & (END_PAST | END_GONE)) == (END_PAST | END_GONE)) { /* another, then */
		end->iss = segment->ack - 1;
		end->nxt = segment->ack;
		end->rcv = end->ack = segment->seq;
		end->flags &= ~(uint32_t)(END_PAST | END_SYNCED | END_ACKED | END_FIN |
					  END_PEER_FIN | END_ACKS_FIN | END_TS_RECENT);
		ranges_drop(core, end);
	}
	if ((end->flags & (END_PAST | END_GONE)) == END_GONE && segment->ack == end->iss + 1) {
		/* what was refused before it has left nothing */
		end->rcv = end->ack = segment->seq;
		end->flags &= ~(uint32_t)(END_SYNCED | END_PEER_FIN | END_ACKS_FIN);
		ranges_drop(core, end);
	}
	return end->flags & END_PAST ? 0 : 1 << GOT_COOKIE;
}

/* Waits all of it already, out of order? Then it is dropped, with a FIN that it may bring (Linux:
 * tcp_data_queue_ofo()). */
static bool is_held(struct core *core, struct end *end, uint32_t from, uint32_t to)
{
	uint32_t(*range)[2] = ranges_of(core, end, false);

	for (int i = 0; range != NULL && i < RANGES; i++)
		if (range[i][0] != range[i][1] && seq_upto(range[i][0], from) &&
			seq_upto(to, range[i][1]))
			return true;
	return false;
}

/* Who takes a FIN after its own acknowledges it at once (Linux: tcp_fin()), and by what an end here
 * sends the tap sees it go. */
static uint32_t receive_fin_again(const struct packet *packet)
{
	const struct segment *segment = packet->segment;
	bool here = core_is_local(packet->core, segment->key.family, segment->key.addr[1]);

	return 1 << GOT_FIN |
	       (here && !flow_is_lossy(packet->core, packet->to) ? 1 << GOT_FIN_REPEATED : 0);
}

static uint32_t receive_fin(const struct packet *packet, struct end *end)
{
	struct core *core = packet->core;
	const struct segment *segment = packet->segment;
	const struct flow *flow = flow_at(core, packet->receives);
	uint32_t end_seq = segment->seq + segment->len + ((segment->flags & TCP_FIN) != 0);

	if (segment->flags & TCP_FIN) {
		if (seq_before(end->rcv, end_seq) && !is_held(core, end, segment->seq, end_seq)) {
			end->peer_fin = end_seq;
			end->flags |= END_PEER_FIN;
		}
	} else if ((end->flags & END_PEER_FIN) && seq_before(end->rcv, end->peer_fin) &&
		   seq_before(segment->seq, end->peer_fin) && seq_upto(end->peer_fin, end_seq)) {
		end->flags &= ~(uint32_t)END_PEER_FIN; /* data takes the place of one that waits */
	}
	if ((end->flags & END_PEER_FIN) && end->rcv == end->peer_fin)
		return (segment->flags & TCP_FIN) && end_seq == end->peer_fin
			       ? receive_fin_again(packet)
			       : 0;
	reassemble(core, end, segment->seq, end_seq);
	if (!(end->flags & END_PEER_FIN))
		return 0;
	/* where the capture has lost packets, what is missing has come all the same */
	if (!seq_upto(end->peer_fin, end->rcv) && !flow_lost_packets(core, flow))
		return segment->flags & TCP_FIN ? 1 << GOT_FIN_EARLY : 0;
	end->rcv = end->peer_fin;
	return 1 << GOT_FIN;
}

static uint32_t receive_data(const struct packet *packet, struct end *end, const struct end *sender)
{
	const struct segment *segment = packet->segment;
	const struct flow *flow = packet->to;
	uint32_t end_seq = segment->seq + segment->len + ((segment->flags & TCP_FIN) != 0);
	/* also of the socket before a cookie's, or perhaps one that the capture lost */
	bool unseen = !(end->flags & END_FIN) && (end->flags & END_NXT) &&
		      segment->ack == end->nxt + 1 && flow_lost_packets(packet->core, flow);
	bool acks_fin = unseen || ((end->flags & END_FIN) && seq_upto(end->fin, segment->ack));
	uint32_t got = 0;

	if (!(segment->flags & TCP_ACK) || ((end->flags & END_ISS) && !(end->flags & END_RCV)))
		return 0;
	got = receive_cookie(packet->core, segment, end, sender);
	if ((end->flags & END_TS_RECENT) && segment->has_ts &&
		seq_before(segment->ts_val, end->ts_recent))
		return got; /* PAWS */
	if (!(end->flags & END_NXT)) {
		end->nxt = segment->ack;
		end->flags |= END_NXT;
	}
	if (!(end->flags & END_RCV)) {
		end->rcv = segment->seq;
		end->flags |= END_RCV;
	}
	if (!in_window(end, sender, segment->seq, end_seq))
		return got; /* what is known of the window is the old socket's */
	if (seq_before(end->nxt, segment->ack) && (end->flags & END_ISS) &&
		!flow_is_lossy(packet->core, flow))
		return got; /* acknowledges what was never sent */
	/* who has sent more has finished the handshake, but for a fast-open child (RFC 7413 4.2) */
	bool opening =
		!(end->flags & END_PAST) ||
		(end->flags & (END_FULL | END_PASSIVE | END_SYNCED)) == (END_FULL | END_PASSIVE);
	if ((end->flags & END_ISS) && opening) {
		bool full = (end->flags & END_FULL) || !(end->flags & END_PASSIVE);
		if (echoes(packet, end) && (full ? seq_before(end->iss, segment->ack)
						 : segment->ack == end->iss + 1)) {
			got |= 1 << GOT_ACK_OF_SYN;
			end->flags |= END_SYNCED;
		} else if (!(end->flags & END_SYNCED) && got == 0) {
			return 0; /* nothing else counts before that */
		}
	}
	if (!(end->flags & (END_ISS | END_HEARD)) && segment->len > 0 &&
		!(segment->flags & TCP_FIN)) {
		end->flags |= END_HEARD;
		got |= (sender->flags & (END_ISS | END_PASSIVE)) == (END_ISS | END_PASSIVE)
			       ? 1 << GOT_FOLLOWS
			       : 1 << GOT_DATA;
	}
	if (acks_fin) /* each again: the one before may not have been taken */
		got |= 1 << GOT_ACK_OF_FIN;
	if ((end->flags & END_TS_RECENT) && segment->has_ts && (end->flags & END_ACK) &&
		seq_upto(segment->seq, end->ack))
		end->ts_recent = segment->ts_val;
	if (end_seq == segment->seq || (end->flags & END_ACKS_FIN))
		return got;
	return got | receive_fin(packet, end);
}

uint32_t receive_segment(const struct packet *packet)
{
	struct flow *flow = packet->to;
	struct end *end = &flow->end[packet->peer];
	const struct end *sender = &flow->end[packet->sender];
	const struct segment *segment = packet->segment;
	uint32_t got;

	bool brings =
		segment->len > 0 && !(segment->flags & (TCP_SYN | TCP_RST)) &&
		(!(end->flags & END_RCV) || seq_before(end->rcv, segment->seq + segment->len));
	if (brings)
		end->flags |= END_DATA;
	else
		end->flags &= ~(uint32_t)END_DATA;
	if (segment->flags & TCP_RST) /* looked at before SYN, tcp_validate_incoming() */
		got = receive_reset(packet, end, sender);
	else if (segment->flags & TCP_SYN)
		got = receive_syn(packet, end);
	else
		got = receive_data(packet, end, sender);
	end->newest = (uint16_t)got;
	return got;
}
