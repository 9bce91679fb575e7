/* One packet captured more than once: routed or bridged it passes several interfaces, and a mirror
 * port sees it come and go. That is no retransmission: those are packets of their own. */
#include "machine.h"

static const int64_t KEPT_NS = 1000 * (int64_t)MS;
/* less than any retransmission takes, by a sender whose packets all have one identification */
static const int64_t SAME_ID_NS = 20 * (int64_t)MS;
/* no sender repeats itself this soon unless an ACK asks it to */
static const int64_t UNASKED_NS = MS;

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t packet_hash(const struct step *step)
{
	const struct segment *segment = step->segment;
	uint64_t hash =
		mix(0, (uint64_t)step->detail->serial[step->sender] << 1 | (unsigned)step->sender);

	hash = mix(hash, (uint64_t)segment->seq << 32 | segment->ack);
	hash = mix(hash, (uint64_t)segment->len << 32 | segment->ts_val);
	return mix(hash,
		(uint64_t)segment->ip_id << 32 | (uint64_t)segment->window << 16 | segment->flags);
}

/* Indistinguishable from the one before. Where the recording knows whose network it is, it knows
 * its interfaces too: there a duplicate was really sent. */
static bool is_mirrored(const struct step *step, const struct seen *seen)
{
	int64_t age = step->t_ns - seen->t_ns;
	bool asked = step->detail->received[step->sender][0].frame > seen->frame;

	if (step->core->address_count > 0 || step->detail->self)
		return false;
	if (step->segment->ip_id != 0 && age < SAME_ID_NS)
		return true;
	return !asked && age < UNASKED_NS && segment_space(step->segment) > 0;
}

bool packet_is_copy(struct step *step)
{
	const struct segment *segment = step->segment;
	uint64_t hash = packet_hash(step);
	struct seen *seen = &step->core->seen[hash & (SEEN_KEPT - 1)];
	int64_t age = step->t_ns - seen->t_ns;

	if (seen->hash == hash && seen->frame != 0 && age >= 0 && age < KEPT_NS) {
		bool elsewhere = seen->interface != segment->interface ||
				 seen->hop != segment->hop_limit ||
				 seen->direction != segment->direction;
		if (elsewhere || is_mirrored(step, seen))
			return true;
	}
	*seen = (struct seen){.hash = hash,
		.frame = step->frame,
		.t_ns = step->t_ns,
		.interface = segment->interface,
		.hop = segment->hop_limit,
		.direction = segment->direction};
	return false;
}

uint64_t core_copies(const struct core *core)
{
	return core->copies;
}
