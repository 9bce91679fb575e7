/* An ICMP error about a segment of a connection: whether it ends an end, as Linux has it by its
 * type and by the sequence number that it quotes, and if not, what becomes of it. The end that it
 * is about sent the quoted segment. */
#include <sys/socket.h>

#include "sequence.h"

static bool icmp_is_fatal(const struct segment *icmp, bool request)
{
	uint8_t type = icmp->icmp_type, code = icmp->icmp_code;

	if (icmp->icmp_family == AF_INET) {
		/* tcp_req_err(); tcp_v4_err(): everything but redirect, source quench and
		 * fragmentation needed */
		if (request)
			return (type == 3 && code <= 1) || type == 11 || type == 12;
		return (type == 3 && code != 4 && code <= 15) || type == 11 || type == 12;
	}
	/* icmpv6_err_convert(): prohibited, port unreachable, policy, reject route, parameter
	 * problem */
	if (request)
		return (type == 1 && (code == 1 || code >= 4)) || type == 4;
	return type == 1 || type == 3 || type == 4;
}

/* What is outstanding: from the peer's highest acknowledgement to what was sent last. */
static bool icmp_is_outside(const struct end *end, const struct end *peer, uint32_t seq)
{
	if (!(end->flags & END_NXT))
		return false;
	if (seq_after(seq, end->nxt))
		return true;
	if (peer->flags & END_ACK)
		return seq_before(seq, peer->ack);
	return (end->flags & END_ISS) && seq_before(seq, end->iss);
}

static uint32_t receive_icmp(const struct packet *packet)
{
	const struct flow *flow = packet->from;
	const struct end *end = &flow->end[packet->sender], *peer = &flow->end[packet->peer];
	const struct segment *icmp = packet->segment;
	uint32_t got = 0;

	/* a filter kept the SYN from the tap, the kernel showed its socket */
	if (!(end->flags & END_ISS))
		return icmp_is_fatal(icmp, false) && end->state == STATE_SYN_SENT
			       ? 1 << GOT_ICMP_SYN
			       : 0;
	if (icmp_is_outside(end, peer, icmp->seq))
		return 0;
	if (icmp_is_fatal(icmp, false))
		got |= 1 << GOT_ICMP_SYN;
	if (icmp_is_fatal(icmp, true) && icmp->seq == end->iss)
		got |= 1 << GOT_ICMP_REQUEST;
	return got;
}

static uint8_t icmp_effect(const struct packet *packet, uint32_t got)
{
	const struct flow *flow = packet->from;
	const struct end *end = &flow->end[packet->sender];
	const struct segment *icmp = packet->segment;
	bool four = icmp->icmp_family == AF_INET;

	for (unsigned on = GOT_ICMP_SYN; on <= GOT_ICMP_REQUEST; on++)
		if ((got >> on & 1) && rules_got(end->state, on)->cost == FREE)
			return ICMP_EDGE;
	if (state_is_over(end->state))
		return ICMP_OVER;
	if (icmp_is_outside(end, &flow->end[packet->peer], icmp->seq))
		return ICMP_OUTSIDE;
	if (four ? icmp->icmp_type == 3 && icmp->icmp_code == 4 : icmp->icmp_type == 2)
		return ICMP_PATH_MTU;
	if (four && (icmp->icmp_type == 4 || (icmp->icmp_type == 3 && icmp->icmp_code > 15)))
		return ICMP_IGNORED;
	return end->state == STATE_REQUEST ? ICMP_IGNORED : ICMP_SOFT;
}

void icmp_packet(struct packet *packet, const struct event *event)
{
	uint32_t got = receive_icmp(packet);
	struct record record = core_record(
		packet->core, packet->sends, packet->sender, RECORD_SEGMENT, packet->t_ns);
	const struct end *end = &packet->from->end[packet->sender];

	record.frame = packet->frame;
	record.from = rules_shown(end->state);
	record.icmp_effect = icmp_effect(packet, got);
	record.event = event;
	if (got != 0)
		symbol_push(packet->core, packet->sends,
			&(struct symbol){.t_ns = packet->t_ns,
				.frame = (uint32_t)packet->frame,
				.got = got,
				.side = (unsigned)packet->peer & 1,
				.icmp_type = packet->segment->icmp_type,
				.icmp_code = packet->segment->icmp_code,
				.icmp_version = packet->segment->icmp_family == AF_INET6 ? 6 : 4});
	core_emit(packet->core, &record);
	wish_segment(packet->core, packet->sends, packet->sender, packet->t_ns,
		record.icmp_effect == ICMP_EDGE, true);
}
