/* See packets.h: a few kinds with their counts, the rest in one sum. */
#include "tcpstate/packets.h"

static void count_undecoded(struct packets_tally *tally, const struct segment *segment)
{
	size_t i = 0;

	while (i < tally->undecoded_count &&
		(tally->undecoded[i].kind != segment->undecoded ||
			tally->undecoded[i].number != segment->undecoded_number))
		i++;
	if (i == UNDECODED_KINDS) {
		tally->undecoded_rest++;
		return;
	}
	tally->undecoded_count += i == tally->undecoded_count;
	tally->undecoded[i].kind = segment->undecoded;
	tally->undecoded[i].number = segment->undecoded_number;
	tally->undecoded[i].count++;
}

static void count_tunnel(struct packets_tally *tally, const struct segment *segment)
{
	/* GTP has an identifier a direction and user: their number would say nothing */
	uint32_t id = segment->tunnel == TUNNEL_GTP_U ? 0 : segment->tunnel_id;
	size_t i = 0;

	while (i < tally->tunnel_count &&
		(tally->tunnel[i].tunnel != segment->tunnel || tally->tunnel[i].id != id))
		i++;
	if (i == TUNNELS_TOLD) {
		tally->tunnel_rest++;
		return;
	}
	tally->tunnel_count += i == tally->tunnel_count;
	tally->tunnel[i].tunnel = segment->tunnel;
	tally->tunnel[i].id = id;
	tally->tunnel[i].count++;
}

void packets_count(struct packets_tally *tally, const struct segment *segment, bool decoded)
{
	if (!decoded)
		count_undecoded(tally, segment);
	else if (segment->tunnel != TUNNEL_NONE)
		count_tunnel(tally, segment);
}
