/* What a segment proves of its sender, whatever state that is in: the SYNs, data, FINs and RSTs
 * that it sends become symbols of its own end. A part of the sequence layer; receive.c has the
 * other end. */
#include "sequence.h"

/* out of order, where no round trip is known: as Wireshark has it */
static const int64_t LATE_NS = 3 * (int64_t)MS;
static const int64_t ANSWERED_NS = 200 * (int64_t)MS;

static void opens(const struct segment *segment, struct end *end, uint32_t more)
{
	end->iss = segment->seq;
	end->nxt = segment->seq + 1 + segment->len;
	end->ts_first = end->ts_last = segment->ts_val;
	end->window = segment->window;
	end->scale = segment->wscale > WSCALE_MAX ? WSCALE_MAX
		     : segment->wscale > 0        ? (uint8_t)segment->wscale
						  : 0;
	end->flags = END_ISS | END_NXT | END_USED | more | (segment->has_ts ? END_TS : 0) |
		     (segment->wscale >= 0 ? END_SCALE : 0);
}

uint32_t send_syn(struct packet *packet, struct end *end)
{
	const struct segment *segment = packet->segment;

	if ((end->flags & END_ISS) && end->iss == segment->seq) {
		packet->repeated = true;
		end->ts_last = segment->ts_val;
		return 1 << OWN_SYN_AGAIN;
	}
	opens(segment, end, 0);
	return 1 << OWN_SYN;
}

static void note_round_trip(const struct packet *packet, struct flow *flow)
{
	const struct symbol *ring = ring_of(packet->core, flow);

	for (int i = flow->count - 1; flow->trip_us == 0 && i >= 0; i--)
		if (ring[i].side != packet->sender && (ring[i].got & 1 << GOT_SYN))
			flow->trip_us = (uint32_t)((packet->t_ns - ring[i].t_ns) / 1000);
}

/* The SYN that was sent again met another server as well (a balancer, a SYN proxy): the client had
 * acknowledged the first SYN-ACK, and is connected to whoever sent that. */
static bool is_second_servers(
	const struct packet *packet, const struct end *end, const struct end *peer)
{
	const struct segment *segment = packet->segment;

	return end->kernel == 0 && (end->flags & END_ISS) && (peer->flags & END_ISS) &&
	       (peer->flags & END_ACK) && seq_before(end->iss, peer->ack) &&
	       segment->ack == peer->iss + 1 &&
	       !core_is_local(packet->core, segment->key.family, segment->key.addr[0]);
}

uint32_t send_syn_ack(struct packet *packet, struct end *end, const struct end *peer)
{
	const struct segment *segment = packet->segment;
	bool again = (end->flags & END_ISS) && end->iss == segment->seq;

	if (again && !(end->flags & END_PASSIVE)) { /* simultaneous open */
		uint32_t first = end->flags & END_FULL ? 0 : 1 << OWN_SYN_ACK_CROSS;
		packet->repeated = first == 0;
		end->flags |= END_FULL | END_ACK | END_RCV;
		end->ack = end->rcv = segment->ack;
		return first;
	}
	if (!again && (end->flags & END_ISS) && (peer->flags & END_PASSIVE))
		return 0; /* in answer to a SYN-ACK: of no connection */
	if (!again && is_second_servers(packet, end, peer))
		return 0;
	end->ack = segment->ack;
	if (again) {
		packet->repeated = true;
		if (!(end->flags & END_SYNCED))
			end->ts_last = segment->ts_val;
		return end->flags & END_FULL ? 0 : 1 << OWN_SYN_ACK_AGAIN;
	}
	uint32_t own = end->flags & END_ISS ? 1 << OWN_NEW : 0;
	note_round_trip(packet, packet->from);
	/* it took the data of the SYN: fast open (a new socket's SYN was not captured) */
	bool full = own == 0 && (peer->flags & END_ISS) && seq_before(peer->iss + 1, segment->ack);
	opens(segment, end, END_PASSIVE | END_ACK | END_RCV | (full ? END_FULL : 0));
	end->nxt = segment->seq + 1;
	end->rcv = end->ack = segment->ack;
	if (segment->has_ts && (peer->flags & END_TS)) {
		end->ts_recent = peer->ts_last;
		end->flags |= END_TS_RECENT;
	}
	return own | (full ? 1 << OWN_SYN_ACK_FULL : 1 << OWN_SYN_ACK);
}

/* RST (RFC 9293 3.10.7.1, 3.10.5; Linux: tcp_v4_send_reset(), tcp_send_active_reset()): a bare one
 * is the stack's answer to a segment it has no use for, abort() sends RST|ACK. */
uint32_t send_reset(const struct packet *packet, const struct end *end, const struct end *peer)
{
	const struct segment *segment = packet->segment;
	const struct flow *flow = packet->from;
	enum {
		SYNCHRONIZES = 1 << GOT_SYN_ACK | 1 << GOT_SYN_ACK_FAR | 1 << GOT_ACK_OF_SYN,
		MOVES = SYNCHRONIZES | 1 << GOT_ACK_OF_FIN | 1 << GOT_FIN
	};

	if (segment->flags & TCP_ACK) {
		bool to_syn = segment->ack == peer->iss + 1 || /* or with data */
			      ((end->newest & 1 << GOT_SYN) && segment->ack == peer->nxt);
		if (segment->seq == 0 && (peer->flags & END_ISS) && to_syn)
			return 1 << OWN_REFUSES_SYN;
		bool inside = !(end->flags & END_NXT) || flow_is_lossy(packet->core, flow) ||
			      (!seq_after(segment->seq, end->nxt) &&
				      (!(peer->flags & END_ACK) || !(end->flags & END_ISS) ||
					      !seq_before(segment->seq, peer->ack)));
		if (!inside)
			return 0;
		bool older = segment->has_ts && (end->flags & END_TS_RECENT) &&
			     (end->newest & MOVES) && seq_before(segment->ts_ecr, end->ts_recent);
		bool before = (end->flags & (END_PEER_FIN | END_ACKS_FIN)) == END_PEER_FIN &&
			      seq_before(segment->ack, end->peer_fin);
		return older ? 1 << OWN_OLD_RST : before ? 1 << OWN_RST_BEFORE : 1 << OWN_ABORT;
	}
	if (!(end->flags & END_USED) && !(end->flags & END_ISS))
		return 1 << OWN_NO_SOCKET;
	if ((end->flags & (END_ISS | END_PAST)) == END_ISS &&
		(segment->seq != end->nxt || (end->newest == 0 && !(end->flags & END_SYNCED))))
		return 0; /* it refuses what does not answer its SYN or SYN-ACK */
	/* the stack answers at once; what comes later answers something else */
	if (packet->silent_ns >= ANSWERED_NS + 2 * (int64_t)flow->trip_us * 1000)
		return 1 << OWN_ABORT;
	if ((end->flags & (END_DATA | END_BLOCKED)) == (END_DATA | END_BLOCKED))
		return end->newest & 1 << GOT_FIN ? 1 << OWN_REFUSES_FIN : 1 << OWN_REFUSES;
	if (end->flags & END_DATA)
		return 1 << OWN_NO_SOCKET;
	if ((end->flags & (END_ISS | END_PAST)) == END_ISS && segment->seq == end->iss + 1)
		return 1 << OWN_NO_SOCKET;
	if ((end->flags & (END_PEER_FIN | END_ACKS_FIN)) == END_PEER_FIN &&
		end->rcv == end->peer_fin)
		return 1 << OWN_NO_SOCKET;
	return 1 << OWN_ABORT;
}

/* When the other end last sent what may have closed this one; INT64_MIN: not in the ring. */
static int64_t closing_sent(const struct packet *packet)
{
	const struct flow *flow = packet->from;
	const struct symbol *ring = ring_of(packet->core, flow);

	for (int i = flow->count - 1; i >= 0; i--)
		if (ring[i].side != packet->sender &&
			(ring[i].got & (1u << GOT_RST | 1u << GOT_RST_FIN | 1u << GOT_FIN)))
			return ring[i].t_ns;
	return INT64_MIN;
}

/* Of an end elsewhere, what may have closed it and what it sends cross on the way, and a queue can
 * be many round trips long. So a segment that neither acknowledges nor echoes anything newer than
 * before shows nothing, until it is far too late for one that was in flight. */
static bool shows_life(const struct packet *packet, const struct end *end, const struct end *peer)
{
	const struct segment *segment = packet->segment;
	const struct flow *flow = packet->from;
	int64_t patience_ns = 8 * (int64_t)flow->trip_us * 1000, sent_ns;

	if (core_is_local(packet->core, segment->key.family, segment->key.addr[0]) ||
		!(end->flags & END_ACK) || seq_before(end->ack, segment->ack) ||
		(segment->has_ts && (peer->flags & END_TS) &&
			seq_before(peer->ts_last, segment->ts_ecr)))
		return true;
	sent_ns = closing_sent(packet);
	if (patience_ns < IN_FLIGHT_NS)
		patience_ns = IN_FLIGHT_NS;
	return sent_ns == INT64_MIN || packet->t_ns - sent_ns > patience_ns;
}

static uint32_t send_ack(const struct packet *packet, struct end *end, const struct end *peer)
{
	const struct segment *segment = packet->segment;
	uint32_t own = 0;
	bool doubt = (end->flags & END_DOUBT) && shows_life(packet, end, peer);

	if (!(end->flags & END_ACK) || seq_before(end->ack, segment->ack))
		end->ack = segment->ack;
	if (!(end->flags & END_RCV) || seq_before(end->rcv, segment->ack) ||
		!(end->flags & (END_SYNCED | END_PAST)))
		end->rcv = segment->ack; /* a request that challenges has taken nothing */
	end->window = segment->window;
	if (!(end->flags & END_ACKED) || doubt)
		own |= 1 << OWN_ACK;
	if (doubt || !(end->flags & END_DOUBT))
		end->flags &= ~(uint32_t)(END_DOUBT | END_GONE);
	end->flags |= END_ACK | END_RCV | END_ACKED;
	if (!(end->flags & END_PAST)) {
		bool opened = (peer->flags & END_ISS) && seq_before(peer->iss, segment->ack);
		bool past = segment->len > 0 || (segment->flags & TCP_FIN) ||
			    ((end->flags & END_ISS) && seq_before(end->iss + 1, segment->seq)) ||
			    ((peer->flags & END_ISS) && seq_before(peer->iss + 1, segment->ack) &&
				    !(end->flags & END_FULL));
		if (!(end->flags & END_ISS))
			past = (opened && (peer->flags & END_PASSIVE)) || segment->len > 0;
		if (past) {
			own |= (end->flags & END_ISS) || opened ? 1 << OWN_PAST : 1 << OWN_MIDWAY;
			end->flags |= END_PAST;
		}
	}
	if ((end->flags & (END_PEER_FIN | END_ACKS_FIN)) == END_PEER_FIN) {
		if (segment->ack == end->peer_fin) {
			own |= 1 << OWN_ACKS_FIN;
			end->flags |= END_ACKS_FIN;
		} else if (seq_before(end->peer_fin, segment->ack)) {
			/* it went on behind it: it did not take it */
			own |= 1 << OWN_ACKS_ON;
			end->flags &= ~(uint32_t)END_PEER_FIN;
		}
	}
	return own;
}

/* At most the last byte once more, though it has been acknowledged: to draw an answer (RFC
 * 9293 3.8.4). */
static bool is_keepalive(
	const struct segment *segment, const struct end *end, const struct end *peer)
{
	return segment->len <= 1 && !(segment->flags & (TCP_SYN | TCP_FIN)) &&
	       segment->seq == end->nxt - 1 && (peer->flags & END_ACK) && peer->ack == end->nxt;
}

/* Fills a hole, and was sent before what made it: the network changed the order. Sent behind it, it
 * is a retransmission of what was lost before the tap. Timestamps tell (RFC 3522), or else how soon
 * it comes. */
static bool is_late(const struct packet *packet, const struct end *end, struct end *peer)
{
	const struct segment *segment = packet->segment;
	int64_t trip_ns = (int64_t)packet->from->trip_us * 1000;
	uint32_t age_us = (uint32_t)(packet->t_ns / 1000) - end->advanced_us;
	uint32_t(*range)[2] = ranges_of(packet->core, peer, false);
	bool dated = segment->has_ts && (end->flags & END_TS) && segment->ts_val != end->ts_last;
	bool soon = (int64_t)age_us * 1000 <= (trip_ns > LATE_NS ? trip_ns : LATE_NS);

	if (!(end->flags & END_ADVANCED) ||
		!(dated ? seq_before(segment->ts_val, end->ts_last) : soon) ||
		!(peer->flags & END_RCV) || seq_before(segment->seq, peer->rcv) ||
		(peer->flags & END_ACKS_FIN))
		return false;
	for (int i = 0; range != NULL && i < RANGES; i++)
		if (range[i][0] != range[i][1] && seq_upto(range[i][0], segment->seq) &&
			seq_before(segment->seq, range[i][1]))
			return false;
	return true;
}

static uint32_t send_fin(
	struct packet *packet, struct end *end, const struct end *peer, uint32_t end_seq)
{
	const struct segment *segment = packet->segment;
	uint32_t own;

	(void)peer;
	if ((end->flags & END_FIN) && end->fin == end_seq) {
		packet->repeated = true;
		own = 1 << OWN_FIN_AGAIN;
	} else if ((end->flags & END_PEER_FIN) && seq_before(segment->ack, end->peer_fin)) {
		own = 1 << OWN_FIN_BEFORE;
	} else {
		own = 1 << OWN_FIN;
	}
	end->fin = end_seq;
	end->flags |= END_FIN;
	return own;
}

/* New data where its FIN stood, or behind it, before that was acknowledged: nobody sends that. So
 * the FIN was not its own. */
static bool goes_on(const struct segment *segment, const struct end *end, const struct end *peer,
	uint32_t end_seq)
{
	uint32_t data_end = end_seq - ((segment->flags & TCP_FIN) != 0);

	return segment->len > 0 && (end->flags & END_FIN) && !seq_before(data_end, end->fin) &&
	       !is_keepalive(segment, end, peer) &&
	       !((peer->flags & END_ACK) && seq_upto(end->fin, peer->ack));
}

/* All that comes to it is captured: a hole is the network's. (What the capture itself lost is
 * told.) */
static bool receiver_is_here(const struct packet *packet)
{
	const struct flow_key *key = &packet->segment->key;

	return packet->core->address_count > 0 &&
	       core_is_local(packet->core, key->family, key->addr[1]);
}

uint32_t send_segment(struct packet *packet, struct end *end, struct end *peer)
{
	const struct segment *segment = packet->segment;
	struct flow *flow = packet->from;
	uint32_t space = segment->len + ((segment->flags & TCP_FIN) != 0);
	uint32_t end_seq = segment->seq + space, own = 0;
	bool late = false; /* sent before what came before it */

	if (!(end->flags & (END_ISS | END_USED)) && packet->sender != packet->peer &&
		(peer->flags & (END_ISS | END_PASSIVE | END_ACKED)) == END_ISS)
		return 0; /* before any SYN-ACK: of another connection, or of none */
	if ((end->flags & (END_ISS | END_PASSIVE | END_ACKED | END_FULL)) == END_ISS &&
		!(peer->flags & (END_ISS | END_USED)) && packet->sender != packet->peer)
		return 0; /* of a SYN-ACK that was never sent */
	if (!(end->flags & END_NXT)) {
		end->nxt = segment->seq;
		end->flags |= END_NXT;
	}
	end->flags |= END_USED;
	if (space > 0 && seq_before(segment->seq, end->nxt)) {
		late = is_late(packet, end, peer);
		packet->repeated = !is_keepalive(segment, end, peer) && !late;
	}
	if (segment->flags & TCP_ACK) {
		if ((peer->flags & END_NXT) && (peer->flags & END_ISS) &&
			seq_before(peer->nxt, segment->ack) && !flow_is_lossy(packet->core, flow))
			return 0; /* acknowledges what was never sent */
		own |= send_ack(packet, end, peer);
	}
	if (!in_window(peer, end, segment->seq, end_seq) && segment->seq != end->nxt)
		return own;
	if ((end->flags & (END_ISS | END_PAST)) == END_ISS && !seq_before(end->iss, segment->seq))
		return own;
	if ((end->flags & END_ISS) && seq_after(segment->seq, end->nxt) &&
		!receiver_is_here(packet))
		flow->flags |=
			FLOW_LOSSY; /* a hole in what it sent: the capture has lost packets */
	if (goes_on(segment, end, peer, end_seq)) {
		own |= 1 << OWN_GOES_ON;
		packet->repeated &= seq_before(segment->seq, end->fin - 1);
		end->flags &= ~(uint32_t)END_FIN;
	}
	if (segment->flags & TCP_FIN)
		own |= send_fin(packet, end, peer, end_seq);
	if (!(end->flags & END_ISS) && segment->has_ts)
		end->flags |= END_TS;
	if ((end->flags & (END_PASSIVE | END_SYNCED)) != END_PASSIVE &&
		!(late && seq_before(segment->ts_val, end->ts_last)))
		end->ts_last = segment->ts_val; /* the newest that it sent */
	if (seq_before(end->nxt, end_seq)) {
		end->nxt = end_seq;
		end->advanced_us = (uint32_t)(packet->t_ns / 1000);
		end->flags |= END_ADVANCED;
	}
	return own;
}
