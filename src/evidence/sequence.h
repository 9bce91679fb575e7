/* One packet while it is worked out: which connection each of its ends is in, what it proves of its
 * sender, what it does to its receiver if taken, and the symbol that becomes of it. Who has which
 * part: sequence.c, sender.c, receive.c, life.c. */
#ifndef TCPSTATE_EVIDENCE_SEQUENCE_H
#define TCPSTATE_EVIDENCE_SEQUENCE_H

#include "engine.h"

void sequence_event(struct core *core, const struct event *event);
/* The connection that is meant, also where only its SYN has been kept so far; UINT32_MAX: none */
uint32_t sequence_find(struct core *core, const struct flow_key *key, int first, uint64_t hash);
/* The same of what the table has */
uint32_t flow_grown(struct core *core, uint32_t index, uint64_t hash);

struct packet {
	struct core *core;
	const struct segment *segment;
	int64_t t_ns, silent_ns;  /* silent_ns: since the connection's packet before */
	uint64_t frame, hash;     /* hash: of its flow, 0 not known */
	uint32_t sends, receives; /* the connection that each end is in */
	struct flow *from, *to;   /* the same two */
	int sender, peer;         /* the same end, when a socket is connected to itself */
	bool repeated;
};
/* What a packet of that connection means; event: NULL where its record has been told before. */
void sequence_packet(struct packet *packet, const struct event *event);
enum { WSCALE_MAX = 14 }; /* RFC 7323 2.3; what is not known may be as much */
/* sender.c: what the segment is of its sender, as bits of symbols; its end is brought up to date */
uint32_t send_syn(struct packet *packet, struct end *end);
uint32_t send_syn_ack(struct packet *packet, struct end *end, const struct end *peer);
uint32_t send_reset(const struct packet *packet, const struct end *end, const struct end *peer);
uint32_t send_segment(struct packet *packet, struct end *end, struct end *peer);
/* receive.c: what it does to its receiver, if it is acceptable: GOT_ bits */
uint32_t receive_segment(const struct packet *packet);
/* icmp.c: an ICMP error about a segment of the connection: its record, and perhaps a symbol */
void icmp_packet(struct packet *packet, const struct event *event);
/* Within the window that the receiver offered when it last spoke; true where it is not known. */
static inline bool in_window(
	const struct end *end, const struct end *sender, uint32_t seq, uint32_t end_seq)
{
	/* where SYNs crossed Linux scales, though the peer has not offered to (it asks only in
	 * tcp_rcv_synsent_state_process() of a SYN-ACK) */
	bool crossed = (end->flags & (END_FULL | END_PASSIVE)) == END_FULL;
	bool scales = (end->flags & END_ACKED) && (crossed || (sender->flags & END_SCALE));
	uint32_t scale = scales ? end->scale : 0;

	if (!(end->flags & END_ACK) || !(end->flags & END_ISS))
		return true;
	return seq_upto(end->ack, end_seq) &&
	       seq_upto(seq, end->ack + ((uint32_t)end->window << scale));
}
/* segments.c: the record of the packet; loose: of no connection, as UDP and some ICMP errors */
void emit_segment(const struct packet *packet, const struct event *event);
/* The same of a connection with that number, of which nothing else is known; event NULL: later than
 * it came. */
void emit_attempt(const struct packet *packet, const struct event *event, uint32_t serial);
void emit_loose(struct core *core, const struct event *event);
/* missed.c: it shows that a SYN-ACK was sent which was not captured; that becomes a symbol */
void beginning_missed(struct packet *packet);
/* A symbol joins the ring of its flow, and both ends go on. */
void symbol_push(struct core *core, uint32_t flow, const struct symbol *symbol);
/* This end has left the connection before. */
void end_replaced(
	struct core *core, uint32_t flow, int side, int64_t t_ns, uint64_t frame, bool by_kernel);
/* The sender was not replaced after all: it goes on in the connection before packet->from. */
bool end_goes_on(const struct packet *packet);
void connection_renew(
	struct core *core, uint32_t flow, int side, int64_t t_ns, uint64_t frame, bool by_kernel);
/* Both ends are in this one, the end of which nothing told, too. */
void connection_has_both(struct core *core, uint32_t flow);
/* The connection that this end is in: `flow`, or still the one before. */
static inline uint32_t flow_holding(const struct core *core, uint32_t index, int side)
{
	const struct flow *flow = flow_at(core, index);

	return flow->previous != 0 && !(flow->end[side].flags & END_USED) ? flow->previous - 1
									  : index;
}

/* The lives that its two ends are in, as far as the table tells. */
static inline void lives_find(struct packet *packet, uint32_t index)
{
	struct core *core = packet->core;

	packet->sends = packet->receives = index;
	packet->from = packet->to = flow_at(core, index);
	if (packet->from->previous == 0)
		return;
	packet->sends = flow_holding(core, index, packet->sender);
	if (packet->sends == index && end_goes_on(packet))
		packet->sends = packet->from->previous - 1;
	packet->receives = flow_holding(core, index, packet->peer);
	packet->from = flow_at(core, packet->sends);
	packet->to = flow_at(core, packet->receives);
}
/* The same, where what it is may show that one of them is in another by now. */
void lives_of(struct packet *packet, uint32_t index);

#endif
