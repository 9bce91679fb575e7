/* See feed.h. Each source is a lane of events read but not yet delivered. */
#include "tcpstate/feed.h"

#include <stdlib.h>

#include "lane.h"
#include "tcpstate/copies.h"
#include "tcpstate/source.h"

enum {
	READ_AHEAD = 64, /* packets of a file at a time: few enough to stay in the cache */
	LOOK_AHEAD = 8,
	ANSWERS_PER_ROUND = 256,
	SYN_PLACES = 1024, /* a power of 2 */
	PACKETS_PER_CALL = 4096
};
/* of equal times, in this order: the tap comes before the stack */
enum lane_name { LANE_WIRE, LANE_DIAG, LANE_FACTS, LANE_CALLS, LANE_COUNT };

struct feed {
	struct feed_options options;
	struct wire *wire;
	struct diag *diag;
	struct facts *facts;
	struct calls *calls;
	struct copies *copies;
	struct lane lane[LANE_COUNT];
	struct error trouble[LANE_COUNT];
	size_t troubles;
	/* SYNs that were read and wait, by IPv4 identification: hardly one has a twin among them */
	uint32_t syns[SYN_PLACES];
	int64_t first_ns, last_ns;
	bool begun;     /* an event was delivered */
	bool opened;    /* the recorded addresses were */
	bool addressed; /* addresses of this namespace are known */
};

struct feed *feed_new(const struct feed_options *options)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL)
		return NULL;
	feed->options = *options;
	feed->copies = copies_new();
	feed_sources(feed, NULL, NULL, NULL, NULL);
	if (feed->copies != NULL)
		return feed;
	free(feed);
	return NULL;
}

void feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	for (int name = 0; name < LANE_COUNT; name++)
		lane_free(&feed->lane[name]);
	copies_free(feed->copies);
	free(feed);
}

void feed_sources(struct feed *feed, struct wire *wire, struct diag *diag, struct facts *facts,
	struct calls *calls)
{
	feed->wire = wire;
	feed->diag = diag;
	feed->facts = facts;
	feed->calls = calls;
	lane_begin(&feed->lane[LANE_WIRE], wire == NULL, wire != NULL && wire_fd(wire) >= 0);
	lane_begin(&feed->lane[LANE_DIAG], diag == NULL, diag != NULL && diag_fd(diag) >= 0);
	lane_begin(&feed->lane[LANE_FACTS], facts == NULL, false);
	lane_begin(&feed->lane[LANE_CALLS], calls == NULL, false);
}

/* ---- delivering ---- */

static bool is_wanted(const struct feed *feed, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ROW:
	case EVENT_DESTROYED:
		return filter_row(feed->options.filter, &event->u.diag.row);
	case EVENT_ABSENT:
		return filter_key(feed->options.filter, &event->u.diag.row.key);
	case EVENT_CALL: /* before it has ends, a socket cannot be known to be another's */
		return event->u.call.key.family == 0 ||
		       filter_key(feed->options.filter, &event->u.call.key);
	default:
		return true;
	}
}

static void zone_drop(struct flow_key *key)
{
	if (flow_key_link_local(key))
		key->zone = 0;
}

/* A capture of one interface that does not say which: the kernel's rows, which do, would be of
 * other connections. */
static void zones_match(const struct feed *feed, struct event *event)
{
	if (feed->wire == NULL || wire_tells_zones(feed->wire))
		return;
	if (event->kind == EVENT_ROW || event->kind == EVENT_ABSENT ||
		event->kind == EVENT_DESTROYED) {
		zone_drop(&event->u.diag.row.key);
		zone_drop(&event->u.diag.found.key);
	}
}

static uint32_t *syns_like(struct feed *feed, const struct event *event)
{
	if (event->kind != EVENT_SEGMENT || !(event->u.segment.flags & TCP_SYN))
		return NULL;
	return &feed->syns[event->u.segment.ip_id % SYN_PLACES];
}

static void time_note(struct feed *feed, int64_t t_ns)
{
	if (!feed->begun || t_ns < feed->first_ns)
		feed->first_ns = t_ns;
	if (!feed->begun || t_ns > feed->last_ns)
		feed->last_ns = t_ns;
	feed->begun = true;
}

/* ahead: packets after it that are known, so many. */
static void deliver_packet(
	struct feed *feed, struct event *event, const struct event *ahead, size_t count)
{
	time_note(feed, event->t_ns);
	/* who knows the addresses knows the interfaces: there a duplicate was really sent */
	copies_look(feed->copies, event, !feed->addressed, ahead, count);
	if (feed->options.listen != NULL)
		feed->options.listen(feed->options.context, event);
	core_feed(feed->options.core, event);
}

static void deliver(struct feed *feed, struct event *event)
{
	if (event->kind == EVENT_SEGMENT) {
		deliver_packet(feed, event, NULL, 0);
		return;
	}
	zones_match(feed, event);
	if (!is_wanted(feed, event))
		return;
	if (event->kind != EVENT_TICK)
		time_note(feed, event->t_ns);
	feed->addressed |= event->kind == EVENT_ADDRESS;
	if (feed->options.listen != NULL)
		feed->options.listen(feed->options.context, event);
	core_feed(feed->options.core, event);
}

void feed_event(void *context, const struct event *event)
{
	struct event copy;

	event_assign(&copy, event);
	deliver(context, &copy);
}

void feed_answer(void *context, const struct event *event)
{
	struct feed *feed = context;

	lane_take(&feed->lane[LANE_DIAG], event);
}

/* ---- reading ---- */

static int packets_read(struct feed *feed, struct error *error)
{
	struct lane *lane = &feed->lane[LANE_WIRE];
	size_t waited = lane->count - lane->first;
	int taken = wire_dispatch(
		feed->wire, lane->live ? PACKETS_PER_CALL : READ_AHEAD, lane_take, lane, error);

	for (size_t i = lane->first + waited; i < lane->count; i++) {
		uint32_t *syns = syns_like(feed, &lane->event[i]);

		if (syns != NULL)
			++*syns;
	}
	return taken;
}

static int lane_read(struct feed *feed, enum lane_name name, struct error *error)
{
	struct lane *lane = &feed->lane[name];

	switch (name) {
	case LANE_WIRE:
		return packets_read(feed, error);
	case LANE_DIAG:
		return diag_dispatch(
			feed->diag, lane->live ? ANSWERS_PER_ROUND : 1, lane_take, lane, error);
	case LANE_CALLS:
		return calls_next(feed->calls, lane_take, lane, error);
	default:
		return facts_next(feed->facts, lane_take, lane, error);
	}
}

/* See to it that a recorded lane holds an event, unless it has ended. */
static int fill_recorded(struct feed *feed, enum lane_name name, struct error *error)
{
	struct lane *lane = &feed->lane[name];

	while (lane_head(lane) == NULL && !lane->ended) {
		struct error *trouble = &feed->trouble[feed->troubles];
		int taken = lane_read(feed, name, trouble);

		feed->troubles += taken < 0;
		lane->ended = taken <= 0;
		lane->taken += taken > 0 ? taken : 0;
	}
	return lane->failed ? error_set(error, "out of memory") : 0;
}

/* Read all that a live lane has now. */
static int fill_live(struct feed *feed, enum lane_name name, struct error *error)
{
	struct lane *lane = &feed->lane[name];
	int taken;

	do {
		taken = lane_read(feed, name, error);
		if (taken < 0)
			return -1;
		lane->taken += taken;
	} while (taken > 0 && name == LANE_WIRE && lane->taken < FEED_PACKETS_MAX);
	return lane->failed ? error_set(error, "out of memory") : 0;
}

/* Of what is live the answers are read first: the packets that were captured before them are there
 * by then. */
static int fill(struct feed *feed, struct error *error)
{
	static const enum lane_name order[] = {LANE_DIAG, LANE_WIRE, LANE_FACTS, LANE_CALLS};

	for (size_t i = 0; i < LANE_COUNT; i++) {
		struct lane *lane = &feed->lane[order[i]];

		lane->taken = 0;
		if (!lane->ended && (lane->live ? fill_live(feed, order[i], error)
						: fill_recorded(feed, order[i], error)) != 0)
			return -1;
	}
	return 0;
}

/* The addresses that the manifest lists hold from the first packet on, even one captured before the
 * manifest was written. */
static int addresses_first(struct feed *feed, struct error *error)
{
	int64_t earliest = INT64_MAX;
	struct event *event;

	for (int name = 0; name < LANE_FACTS; name++)
		if ((event = lane_head(&feed->lane[name])) != NULL && event->t_ns < earliest)
			earliest = event->t_ns;
	while ((event = lane_head(&feed->lane[LANE_FACTS])) != NULL &&
		event->kind == EVENT_ADDRESS) {
		if (event->t_ns > earliest)
			event->t_ns = event->asked_ns = earliest;
		deliver(feed, event);
		lane_advance(&feed->lane[LANE_FACTS]);
		if (fill_recorded(feed, LANE_FACTS, error) != 0)
			return -1;
	}
	return 0;
}

/* Has a round left packets of a live source unread? An answer that came after the last one that was
 * read has to wait for them. */
static bool packets_are_behind(const struct lane *wire)
{
	return wire->live && wire->taken >= FEED_PACKETS_MAX && lane_head(wire) == NULL;
}

/* The lane whose event is next; -1: none, or one has to be read first. */
static int next_lane(struct feed *feed)
{
	int next = -1;

	if (packets_are_behind(&feed->lane[LANE_WIRE]))
		return -1;
	for (int name = 0; name < LANE_COUNT; name++) {
		struct lane *lane = &feed->lane[name];

		if (lane_head(lane) == NULL) {
			if (!lane->ended && !lane->live)
				return -1;
			continue;
		}
		if (next < 0 || lane_time(lane) < lane_time(&feed->lane[next]))
			next = name;
	}
	return next;
}

/* Of a capture file some packets are known before their turn: a twin of a handshake's segment may
 * be among them. */
static int look_ahead(struct feed *feed, struct lane *lane, struct error *error)
{
	if (lane->live || lane->ended || lane->count - lane->first > LOOK_AHEAD)
		return 0;
	struct error *trouble = &feed->trouble[feed->troubles];

	lane_gather(lane); /* few: the rest of a lane is read into places that are in the cache */
	int taken = lane_read(feed, LANE_WIRE, trouble);

	feed->troubles += taken < 0;
	lane->ended = taken <= 0;
	lane->taken += taken > 0 ? taken : 0;
	return lane->failed ? error_set(error, "out of memory") : 0;
}

/* Is there nobody whose turn it might be? */
static bool others_ended(const struct feed *feed)
{
	for (int name = LANE_WIRE + 1; name < LANE_COUNT; name++)
		if (!feed->lane[name].ended || lane_head(&feed->lane[name]) != NULL)
			return false;
	return true;
}

static int next_packet(struct feed *feed, struct lane *lane, struct error *error)
{
	if (look_ahead(feed, lane, error) != 0)
		return -1;
	struct event *event = lane_head(lane);
	size_t ahead = lane->count - lane->first - 1;

	if (ahead >= LOOK_AHEAD)
		core_expect(feed->options.core, event + LOOK_AHEAD, event + LOOK_AHEAD / 2);
	uint32_t *syns = syns_like(feed, event);
	if (syns != NULL && --*syns == 0)
		ahead = 0; /* none of them can be its twin */
	deliver_packet(feed, event, event + 1, ahead);
	lane_advance(lane);
	return 0;
}

int feed_round(struct feed *feed, int *packets, struct error *error)
{
	int next;

	if (fill(feed, error) != 0)
		return -1;
	if (!feed->opened && addresses_first(feed, error) != 0)
		return -1;
	feed->opened = true;
	while ((next = next_lane(feed)) >= 0) {
		struct lane *lane = &feed->lane[next];

		if (next != LANE_WIRE) {
			deliver(feed, lane_head(lane));
			lane_advance(lane);
			continue;
		}
		do {
			if (next_packet(feed, lane, error) != 0)
				return -1;
		} while (lane_head(lane) != NULL && others_ended(feed));
	}
	if (packets != NULL)
		*packets = feed->lane[LANE_WIRE].taken;
	return 0;
}

bool feed_ended(const struct feed *feed)
{
	for (int name = 0; name < LANE_COUNT; name++)
		if (!feed->lane[name].ended || lane_head(&feed->lane[name]) != NULL)
			return false;
	return true;
}

const char *feed_trouble(const struct feed *feed, size_t n)
{
	return n < feed->troubles ? feed->trouble[n].text : NULL;
}

void feed_span(const struct feed *feed, int64_t *first_ns, int64_t *last_ns)
{
	*first_ns = feed->first_ns;
	*last_ns = feed->last_ns;
}

uint64_t feed_renumbered(const struct feed *feed)
{
	return copies_renumbered(feed->copies);
}

uint64_t feed_copies(const struct feed *feed)
{
	return copies_count(feed->copies);
}
