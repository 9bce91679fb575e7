/* The sequence layer: each packet is worked out once, and what it may mean to its two ends becomes
 * a symbol: sender.c has what it proves of its sender, receive.c the other end. */
#include <netinet/in.h>

#include "sequence.h"

static void fin_in_syn_ack(
	const struct packet *packet, struct end *end, struct end *peer, uint32_t got)
{
	const struct segment *segment = packet->segment;

	if (!(segment->flags & TCP_SYN) || segment->len + (segment->flags & TCP_FIN) == 0)
		return;
	end->nxt = segment->seq + 1 + segment->len + ((segment->flags & TCP_FIN) != 0);
	if (!(segment->flags & TCP_FIN) || !(segment->flags & TCP_ACK))
		return;
	end->fin = end->nxt;
	end->flags |= END_FIN;
	/* fast open alone takes it, and only whoever has answered none before: any other drops the
	 * SYN, with what it brings, and challenges it (RFC 5961 4.2) */
	if (got & (1 << GOT_SYN_ACK | 1 << GOT_SYN_ACK_FAR) && !(peer->flags & END_ACKED)) {
		peer->peer_fin = end->fin;
		peer->flags |= END_PEER_FIN;
	}
}

/* A FIN of the receiver's may wait behind data that the sender has not acknowledged before, or has
 * no room for. */
static void note_blocked(const struct packet *packet, const struct end *end, struct end *peer)
{
	bool blocked = packet->sends != packet->receives || !(end->flags & END_ACK) ||
		       end->ack != peer->nxt || end->window == 0;

	if (blocked)
		peer->flags |= END_BLOCKED;
	else
		peer->flags &= ~(uint32_t)END_BLOCKED;
}

static unsigned blocked_ends(
	const struct packet *packet, const struct end *end, const struct end *peer)
{
	/* its own RST: is data of its own under way? */
	bool under_way = (end->flags & END_NXT) && (peer->flags & END_ACK) && peer->ack != end->nxt;
	unsigned of_end = (end->flags & END_BLOCKED) != 0,
		 of_peer = (peer->flags & END_BLOCKED) != 0;

	if ((packet->segment->flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK))
		of_end = under_way || peer->window == 0;
	else if (packet->segment->flags & TCP_RST)
		of_end |= under_way;
	return (of_end << packet->sender | of_peer << packet->peer) & 3;
}

/* SYN-ACKs that cross: who sends one has not taken the peer's yet, though the tap had it before. So
 * that was on its way, and comes after. */
static void syn_acks_crossed(const struct packet *packet)
{
	const struct flow *flow = packet->from;
	struct symbol *ring = ring_of(packet->core, flow), later = {.t_ns = packet->t_ns};
	enum { SYN_ACKS = 1 << GOT_SYN_ACK | 1 << GOT_SYN_ACK_FAR };

	for (int i = flow->count - 1; i >= 0; i--) {
		if (ring[i].side != packet->peer || !(ring[i].got & SYN_ACKS))
			continue;
		ring[i].got &= ~(uint32_t)SYN_ACKS;
		later.frame = ring[i].frame;
		later.side = ring[i].side;
		later.got = 1 << GOT_SYN_ACK;
		symbol_push(packet->core, packet->sends, &later);
		return;
	}
}

/* Header prediction, as tcp_rcv_established() has it: within an open connection the segment that
 * both ends expect, data in order or a pure ACK, moves their numbers and nothing else. What
 * send_segment() and receive_segment() would do with it, without asking all that they ask; false:
 * it is not that one, and nothing was done. */
static bool is_predicted(const struct packet *packet, struct end *end, struct end *peer)
{
	enum {
		OPEN = END_ISS | END_NXT | END_ACK | END_RCV | END_PAST,
		SENDS = OPEN | END_USED | END_ACKED,
		ODD = END_DOUBT | END_GONE | END_PEER_FIN | END_ACKS_FIN
	};
	const struct segment *segment = packet->segment;
	uint32_t end_seq = segment->seq + segment->len;

	if ((segment->flags & ~(TCP_PSH | TCP_URG | TCP_ECE | TCP_CWR)) != TCP_ACK ||
		(end->flags & (SENDS | ODD)) != SENDS ||
		(peer->flags & (OPEN | ODD | END_FIN)) != OPEN || peer->ranges != 0 ||
		packet->sends != packet->receives || packet->sender == packet->peer ||
		segment->seq != end->nxt || segment->seq != peer->rcv ||
		seq_before(peer->nxt, segment->ack) || seq_before(segment->ack, end->ack) ||
		!in_window(peer, end, segment->seq, end_seq))
		return false;
	if (segment->has_ts && (peer->flags & END_TS_RECENT)) {
		if (seq_before(segment->ts_val, peer->ts_recent))
			return false;
		if (seq_upto(segment->seq, peer->ack))
			peer->ts_recent = segment->ts_val;
	}
	end->ack = segment->ack;
	if (seq_before(end->rcv, segment->ack))
		end->rcv = segment->ack;
	end->window = segment->window;
	if (!(end->flags & END_PASSIVE) || (end->flags & END_SYNCED))
		end->ts_last = segment->ts_val;
	end->flags &= ~(uint32_t)END_DATA;
	peer->flags &= ~(uint32_t)END_DATA;
	peer->newest = 0;
	if (segment->len == 0)
		return true;
	peer->flags |= END_DATA;
	peer->rcv = end->nxt = end_seq;
	end->advanced_us = (uint32_t)(packet->t_ns / 1000);
	end->flags |= END_ADVANCED;
	return true;
}

/* What the core asks for after it, and remembers of when the kernel's ends were heard. */
static void after_segment(const struct packet *packet, const struct end *end,
	const struct end *peer, const bool edge[2])
{
	struct core *core = packet->core;
	const struct segment *segment = packet->segment;
	bool last_word = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST);

	if (end->kernel != 0 && !(segment->flags & TCP_RST))
		kernel_of(core, packet->sends, packet->sender, false)->sent_ns = packet->t_ns;
	if (end->kernel != 0 && segment->len > 0)
		kernel_of(core, packet->sends, packet->sender, false)->spoke_ns = packet->t_ns;
	if (peer->kernel != 0)
		kernel_of(core, packet->receives, packet->peer, false)->heard_ns = packet->t_ns;
	if (core->limits.at_settle)
		return; /* nobody asks */
	wish_segment(core, packet->sends, packet->sender, packet->t_ns, edge[0], last_word);
	if (packet->peer != packet->sender)
		wish_segment(
			core, packet->receives, packet->peer, packet->t_ns, edge[1], last_word);
}

/* Does it acknowledge what was not captured, among it perhaps a FIN? (A bare RST has the number
 * that the segment acknowledged which it answers.) */
static bool has_hole(const struct packet *packet, const struct end *end, const struct end *peer)
{
	const struct segment *segment = packet->segment;

	if (packet->sends != packet->receives)
		return false; /* it may be about the other life */
	if (!(segment->flags & TCP_ACK))
		return (segment->flags & TCP_RST) && (end->flags & END_NXT) &&
		       seq_after(segment->seq, end->nxt);
	return !(peer->flags & END_NXT) || seq_after(segment->ack, peer->nxt);
}

/* Before data no FIN was sent; a bare ACK beyond what was captured may come after one. */
static void note_skipped(const struct segment *segment, struct end *end)
{
	bool ends_here = segment->len > 0 || (segment->flags & TCP_FIN) != 0;

	if (segment->flags & TCP_RST)
		return;
	if (ends_here || segment->seq == end->nxt)
		end->flags &= ~(uint32_t)END_GUESSED;
	else if ((end->flags & END_NXT) && seq_after(segment->seq, end->nxt))
		end->flags |= END_GUESSED;
}

/* What an end here acknowledges has come by the tap. If it was not captured, the capture has lost
 * it, even if nobody tells of that. */
static void note_loss(const struct packet *packet, const struct end *peer)
{
	struct core *core = packet->core;
	struct flow *flow = flow_at(core, packet->sends);
	const struct flow_key *key = &packet->segment->key;

	if (core->address_count == 0 || !(peer->flags & END_NXT) || (peer->flags & END_GUESSED) ||
		!core_is_local(core, key->family, key->addr[0]))
		return;
	flow_shows_loss(core, flow);
	/* a request acknowledges no data: its final ACK was lost, too */
	flow->end[packet->sender].flags |= END_SYNCED;
}

/* Is its sender's FIN perhaps among what it skips, or the other's among what it acknowledges? */
static bool may_skip_fin(
	const struct segment *segment, const struct end *end, const struct end *peer)
{
	return (end->flags & END_GUESSED) ||
	       ((segment->flags & TCP_ACK) && (peer->flags & END_GUESSED) &&
		       segment->ack == peer->nxt);
}

void sequence_packet(struct packet *packet, const struct event *event)
{
	struct core *core = packet->core;
	const struct segment *segment = packet->segment;
	struct flow *sends = packet->from, *receives = packet->to;
	struct end *end = &sends->end[packet->sender], *peer = &receives->end[packet->peer];
	uint8_t was[2] = {end->state, peer->state};
	uint32_t own;

	sends->last_ns = packet->t_ns;
	bool hole = has_hole(packet, end, &sends->end[packet->peer]);
	note_skipped(segment, end);
	if (hole && (segment->flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
		note_loss(packet, &sends->end[packet->peer]);
	note_blocked(packet, end, peer);
	if (is_predicted(packet, end, peer)) {
		emit_segment(packet, event);
		after_segment(packet, end, peer, (const bool[2]){false, false});
		return;
	}
	if (segment->flags & TCP_RST) {
		own = send_reset(packet, end, &sends->end[packet->peer]);
	} else if (segment->flags & TCP_SYN) {
		end->flags &= ~(uint32_t)END_DATA;
		own = segment->flags & TCP_ACK
			      ? send_syn_ack(packet, end, &sends->end[packet->peer])
			      : send_syn(packet, end);
	} else {
		end->flags &= ~(uint32_t)END_DATA;
		beginning_missed(packet);
		own = send_segment(packet, end, &sends->end[packet->peer]);
	}
	uint32_t got = receive_segment(packet);
	fin_in_syn_ack(packet, end, peer, got);
	struct symbol symbol = {.t_ns = packet->t_ns,
		.frame = (uint32_t)packet->frame,
		.own = own,
		.got = got,
		.side = (unsigned)packet->sender & 1,
		.answers = segment->flags & TCP_RST
				   ? (segment->flags & TCP_ACK) != 0
				   : (sends->end[packet->peer].flags & END_ISS) &&
					     seq_before(sends->end[packet->peer].iss, segment->ack),
		.bare = segment->len == 0 && !(segment->flags & TCP_FIN),
		.blocked = blocked_ends(packet, end, peer) & 3U,
		.hole = hole,
		.skipped = may_skip_fin(segment, end, &sends->end[packet->peer])};
	if (packet->sends == packet->receives) {
		if (own != 0 || got != 0)
			symbol_push(core, packet->sends, &symbol);
		if (own & 1 << OWN_SYN_ACK_CROSS && packet->sender != packet->peer)
			syn_acks_crossed(packet);
	} else {
		bool opening = (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
		symbol.got = opening ? got : 0;
		if (own != 0)
			symbol_push(core, packet->sends, &symbol);
		symbol.got = got;
		symbol.own = 0;
		if (got != 0)
			symbol_push(core, packet->receives, &symbol);
	}
	if ((own & (1u << OWN_SYN_ACK | 1u << OWN_SYN_ACK_FULL)) && core->address_count > 0)
		listener_answers(core, packet->sends, packet->sender);
	if (event != NULL)
		emit_segment(packet, event);
	after_segment(
		packet, end, peer, (const bool[2]){end->state != was[0], peer->state != was[1]});
	if (packet->repeated && (segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		wish_listener(core, packet->sends, packet->sender, packet->t_ns);
	if (got & (1 << GOT_SYN | 1 << GOT_ACK_OF_SYN))
		wish_listener(core, packet->receives, packet->peer, packet->t_ns);
}
