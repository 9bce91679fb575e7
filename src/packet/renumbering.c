/* See renumbering.h. The handshake tells: a SYN or SYN-ACK that is followed by one with the same
 * IPv4 identification, ports, flags and timestamp but other numbers was captured on both sides of
 * the box. From the offset between the two all later segments are translated. Cisco ASA and
 * SonicWall do this to clients and servers whose initial numbers they deem too easy to guess. */
#include "renumbering.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { PLACES = 1024 /* a power of 2 */ };
static const int64_t TWIN_NS = 20 * (int64_t)1000000;

struct opening { /* the newest SYN of each end of a flow */
	uint64_t flow;
	uint32_t isn[2];
	bool has[2];
};

struct offset {        /* of a flow whose ends are numbered in two ways */
	uint64_t flow; /* 0: free */
	/* what the other numbers have more; where its sender is, in ours */
	uint32_t more[2], near[2];
	bool known[2];
};

struct renumbering {
	struct opening opening[PLACES];
	struct offset offset[PLACES];
	uint64_t active, count;
};

struct renumbering *renumbering_new(void)
{
	return calloc(1, sizeof(struct renumbering));
}

void renumbering_free(struct renumbering *renumbering)
{
	free(renumbering);
}

bool renumbering_active(const struct renumbering *renumbering)
{
	return renumbering->active > 0;
}

uint64_t renumbering_count(const struct renumbering *renumbering)
{
	return renumbering->count;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a - b < b - a ? a - b : b - a;
}

/* Into our numbers, where it is nearer to the others. */
static uint32_t translate(const struct offset *offset, int end, uint32_t number, bool *translated)
{
	if (!offset->known[end] || distance(number, offset->near[end]) <=
					   distance(number, offset->near[end] + offset->more[end]))
		return number;
	*translated = true;
	return number - offset->more[end];
}

static const struct segment *twin_of(
	const struct event *event, const struct event *ahead, size_t count)
{
	const struct segment *own = &event->u.segment;

	if (own->ip_id == 0 || own->key.family != AF_INET)
		return NULL;
	for (size_t i = 0; i < count && ahead[i].t_ns - event->t_ns < TWIN_NS; i++) {
		const struct segment *other = &ahead[i].u.segment;

		if (ahead[i].kind == EVENT_SEGMENT && other->kind == SEGMENT_TCP &&
			other->ip_id == own->ip_id && other->flags == own->flags &&
			other->len == own->len && other->ts_val == own->ts_val &&
			other->window == own->window && flow_key_equal(&other->key, &own->key))
			return other->seq != own->seq || other->ack != own->ack ? other : NULL;
	}
	return NULL;
}

/* Which of the two the other end would take tells whose numbers are ours. */
static void learn(struct renumbering *renumbering, struct offset *offset, uint64_t flow, int end,
	const struct opening *opening, const struct segment *own, const struct segment *twin)
{
	bool answers = (own->flags & TCP_ACK) != 0;
	uint32_t wanted = opening->isn[!end] + 1;
	bool twins = answers && opening->has[!end] && own->ack != wanted && twin->ack == wanted;
	uint32_t seq = twins ? own->seq - twin->seq : twin->seq - own->seq;
	uint32_t ack = twins ? own->ack - twin->ack : twin->ack - own->ack;

	if (offset->flow != flow)
		*offset = (struct offset){.flow = flow};
	renumbering->active++;
	if (seq != 0) {
		offset->known[end] = true;
		offset->more[end] = seq;
		offset->near[end] = twins ? twin->seq : own->seq;
	}
	if (answers && ack != 0) {
		offset->known[!end] = true;
		offset->more[!end] = ack;
		offset->near[!end] = twins ? twin->ack : own->ack;
	}
}

void renumbering_look(struct renumbering *renumbering, struct event *event, uint64_t there,
	uint64_t back, const struct event *ahead, size_t count)
{
	struct segment *segment = &event->u.segment;
	uint64_t flow = (there < back ? there : back) | 1;
	int end = there > back;
	struct opening *opening = &renumbering->opening[flow / 2 % PLACES];
	struct offset *offset = &renumbering->offset[flow / 2 % PLACES];
	bool syn = (segment->flags & TCP_SYN) != 0, translated = false;

	if (syn && opening->flow != flow)
		*opening = (struct opening){.flow = flow};
	if (syn && !(offset->flow == flow && offset->known[end])) {
		const struct segment *twin = twin_of(event, ahead, count);

		if (twin != NULL)
			learn(renumbering, offset, flow, end, opening, segment, twin);
	}
	if (offset->flow == flow) {
		segment->seq = translate(offset, end, segment->seq, &translated);
		if (segment->flags & TCP_ACK)
			segment->ack = translate(offset, !end, segment->ack, &translated);
		offset->near[end] = segment->seq + segment->len;
	}
	renumbering->count += translated;
	if (syn) {
		if (offset->flow == flow && opening->has[end] && opening->isn[end] != segment->seq)
			offset->flow = 0; /* the next connection between these ports */
		opening->isn[end] = segment->seq;
		opening->has[end] = true;
	}
}
