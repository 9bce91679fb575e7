/* The observer's rounds: what is there is read, the kernel is asked what the core wishes to know,
 * and what falls due by the clock is done: dumps, counters, owners, losses, flushing. */
#include "observer_parts.h"

enum {
	/* more due than that is load: then only those of a SYN, FIN, RST or last packet */
	WISHES_PER_ROUND = 64,
	DUMPS_UNDER_WAY = 3,
	ROWS_PER_SECOND = 2000, /* of dumps */
	DUMP_SECONDS = 10,
	DUMP_SECONDS_GLANCED_AT = 60,
	PACKETS_MANY = 256, /* in a round: the smallest ring may have been full */
};
static const int64_t flush_ns = 50 * MS, second_ns = 1000 * MS, listen_ns = 50 * MS;
static const uint32_t states_listen = 1U << STATE_LISTEN,
		      states_living = DIAG_STATES_ALL & ~(1U << STATE_TIME_WAIT);

static int dump_ask(struct observer *observer, bool udp, uint32_t states, struct error *error)
{
	if (observer->dumps >= DUMPS_UNDER_WAY)
		return 0;
	if (diag_dump(observer->diag, true, udp, states, error) < 0)
		return -1;
	observer->dumps++;
	return 0;
}

static int wishes_ask(struct observer *observer, int64_t now, struct error *error)
{
	struct wish wishes[WISHES_PER_ROUND];
	struct flow_key keys[WISHES_PER_ROUND];
	uint64_t cookies[WISHES_PER_ROUND];
	size_t count = core_wishes(
		       observer->core, now, wishes, WISHES_PER_ROUND, &observer->next_wish_ns),
	       asked = 0;
	bool load = count == WISHES_PER_ROUND;
	int sent;

	for (size_t i = 0; i < count; i++) {
		switch (wishes[i].kind) {
		case WISH_SOCKET:
		case WISH_LISTENER:
			if (load && !wishes[i].last_word) {
				observer->shed++;
				break;
			}
			keys[asked] = wishes[i].key;
			cookies[asked++] = wishes[i].cookie;
			break;
		case WISH_DUMP:
			observer->dump_wanted = true;
			break;
		case WISH_OWNERS:
			ownership_wish(observer->ownership);
			break;
		}
	}
	if (!asked)
		return 0;
	sent = diag_lookup(observer->diag, keys, cookies, asked, error);
	if (sent < 0)
		return -1;
	observer->shed += asked - (size_t)sent;
	return 0;
}

static void loss_tell(struct observer *observer, int64_t t_ns, uint64_t count)
{
	observer_gap(observer, t_ns != 0 ? t_ns : now_ns(), LOST_PACKETS, (int64_t)count);
}

/* The kernel drops what comes while the ring is full: behind the newest packet that had been read
 * when drops were last counted. That is where the loss is told; and where it ends, as one of none,
 * once the ring has been emptied. What lives or begins in between has perhaps lost some. */
static void packets_lost(struct observer *observer, bool caught_up)
{
	struct wire_stats stats = observer_wire_statistics(observer);
	uint64_t dropped = stats.dropped_kernel + stats.dropped_interface;

	if (dropped > observer->dropped) {
		loss_tell(observer, observer->checked_ns, dropped - observer->dropped);
		observer->dropped = dropped;
		observer->lossy = true;
	}
	if (observer->lossy && caught_up) {
		loss_tell(observer, observer->packet_ns, 0);
		observer->lossy = false;
	}
	observer->checked_ns = observer->packet_ns;
}

void observer_drops(struct observer *observer)
{
	packets_lost(observer, false);
	if (observer->shed > observer->shed_told) {
		observer_gap(observer, now_ns(), LOST_LOOKUPS,
			(int64_t)(observer->shed - observer->shed_told));
		observer->shed_told = observer->shed;
	}
}

/* Times do not follow the wall clock: that it was set is a fact. */
static int clock_look(struct observer *observer, struct error *error)
{
	int64_t ahead_ns = clock_ahead_ns(), step_ns = ahead_ns - observer->ahead_ns;

	if (step_ns > -CLOCK_STEP_NS && step_ns < CLOCK_STEP_NS)
		return 0;
	observer->ahead_ns = ahead_ns;
	return observer_fact_write(observer, facts_clock(now_ns(), step_ns), error);
}

/* A dump a second; of more sockets one in so many seconds that they come to as many rows. */
static void dump_pace(struct observer *observer)
{
	size_t seconds = observer->dump_rows / ROWS_PER_SECOND,
	       most = observer->glanced_at ? DUMP_SECONDS_GLANCED_AT : DUMP_SECONDS;

	observer->dump_rows = 0;
	if (seconds > 0)
		observer->dumps_spared += (unsigned)seconds;
	else if (observer->dumps_spared > 0)
		observer->dumps_spared--;
	if (observer->dumps_spared > most)
		observer->dumps_spared = (unsigned)most;
	observer->dump_wanted |= observer->dumps_spared == 0;
}

/* Its new files begin with what lives, as soon as a dump can be asked for; not more than once a
 * second, lest of many sockets dumps alone turn a small ring. */
static bool ring_has_turned(struct observer *observer, int64_t now)
{
	uint32_t turns = observer->recording != NULL ? recording_turns(observer->recording) : 0;

	if (turns == observer->turns || observer->dumps >= DUMPS_UNDER_WAY ||
		now < observer->next_ring_ns)
		return false;
	observer->next_ring_ns = now + second_ns;
	observer->turns = turns;
	return true;
}

static int timers_run(struct observer *observer, int64_t now, struct error *error)
{
	if (now >= observer->next_second_ns) {
		observer->next_second_ns = now + second_ns;
		if (clock_look(observer, error))
			return -1;
		observer_drops(observer);
		dump_pace(observer);
		if (counters_read(observer->counters, observer_counter_changed, observer, error))
			return -1;
	}
	if (observer->own && now >= observer->next_listen_ns) {
		observer->next_listen_ns = now + listen_ns;
		if (dump_ask(observer, false, states_listen, error))
			return -1;
	}
	if (ring_has_turned(observer, now)) {
		if (dump_ask(observer, true, states_living, error))
			return -1;
	} else if (observer->dump_wanted) {
		observer->dump_wanted = false;
		if (dump_ask(observer, true, states_living, error))
			return -1;
	}
	if (ownership_scan(observer->ownership, now, false, observer_owner_found, observer, error))
		return -1;
	if (now >= observer->next_flush_ns) {
		observer->next_flush_ns = now + flush_ns;
		if (observer->dirty && observer_flush(observer, error))
			return -1;
	}
	return 0;
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int observer_pump(struct observer *observer, int64_t *next_ns, struct error *error)
{
	struct event tick = {.kind = EVENT_TICK};
	int packets;

	if (observer_round(observer, &packets, error) ||
		addresses_dispatch(observer->addresses, observer_address_changed, observer, error))
		return -1;
	bool behind = packets >= FEED_PACKETS_MAX;      /* more wait */
	if (observer->lossy || packets >= PACKETS_MANY) /* a ring was full, perhaps */
		packets_lost(observer, !behind);
	if (observer->endings != NULL &&
		endings_dispatch(observer->endings, false, observer_ended, observer))
		ownership_wish(observer->ownership); /* does anybody wait for it? */
	tick.t_ns = tick.asked_ns = now_ns();
	if (!behind) /* it is later than they */
		feed_event(observer->feed, &tick);
	if (wishes_ask(observer, tick.t_ns, error) || timers_run(observer, tick.t_ns, error))
		return -1;
	*next_ns = earliest(earliest(observer->next_flush_ns, observer->next_second_ns),
		observer->next_wish_ns);
	if (observer->own)
		*next_ns = earliest(*next_ns, observer->next_listen_ns);
	*next_ns = earliest(*next_ns, ownership_due(observer->ownership));
	if (behind)
		*next_ns = 0;
	return 0;
}
