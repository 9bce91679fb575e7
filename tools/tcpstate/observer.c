/* Runs the live sources: lets the feed read them, asks what the core wishes, and does what falls
 * due by the clock. */
#include "observer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* more due than that is load: then only those of a SYN, FIN, RST or last packet */
	WISHES_PER_ROUND = 64,
	DUMPS_UNDER_WAY = 3,
	ROWS_PER_SECOND = 2000, /* of dumps */
	DUMP_SECONDS = 10,
	DUMP_SECONDS_GLANCED_AT = 60,
	/* connections kept, at up to 2.5 KiB each: of 270 a second those of the last minute, so
	 * that the end of TIME_WAIT is seen; the report, which has more room, reads the files */
	FLOWS_MAX = 16384,
	PACKETS_MANY = 256, /* in a round: the smallest ring may have been full */
};
static const int64_t flush_ns = 50 * MS, second_ns = 1000 * MS, listen_ns = 50 * MS;
/* Of a packet that is not kept: the headers, also those of a tunnel and of what an ICMP error
 * quotes. The ring holds six times as many of them. */
static const int headers_bytes = 320;
static const uint32_t states_listen = 1U << STATE_LISTEN,
		      states_living = DIAG_STATES_ALL & ~(1U << STATE_TIME_WAIT);

/* ---- feeding ---- */

void observer_fail(struct observer *observer, const char *what)
{
	if (!observer->failed)
		error_set(&observer->failure, "%s", what);
	observer->failed = true;
}

/* json is taken over. */
static int fact_write(struct observer *observer, char *json, struct error *error)
{
	int result =
		observer->recording != NULL ? recording_fact(observer->recording, json, error) : 0;

	free(json);
	observer->dirty = true;
	return result;
}

/* A fact goes to its file and to the core. json is taken over. */
void observer_tell(struct observer *observer, const struct event *event, char *json)
{
	struct error error;

	if (fact_write(observer, json, &error) != 0)
		observer_fail(observer, error.text);
	feed_event(observer->feed, event);
}

static void gap_tell(struct observer *observer, int64_t t_ns, enum lost_of lost_of, int64_t count)
{
	struct event event = {.t_ns = t_ns,
		.asked_ns = t_ns,
		.kind = EVENT_GAP,
		.u.fact = {.count = count, .lost_of = (uint8_t)lost_of}};

	feed_event(observer->feed, &event); /* which writes it */
}

void observer_counter_changed(void *context, const struct event *event)
{
	struct observer *observer = context;

	tally_add(observer->tally, event->u.fact.text, event->u.fact.delta);
	observer_tell(observer, event,
		facts_counter(
			event->t_ns, event->u.fact.text, event->u.fact.count, event->u.fact.delta));
}

void observer_owner_found(void *context, const struct event *event)
{
	struct observer *observer = context;
	const struct owner *owner = &event->u.fact.owner;

	if (event->kind == EVENT_ZOMBIES) {
		observer_tell(observer, event,
			facts_zombies(event->t_ns, event->asked_ns, event->u.fact.count, owner));
		return;
	}
	if (event->kind == EVENT_STOPPED) {
		observer_tell(observer, event, facts_stopped(event->t_ns, event->asked_ns, owner));
		return;
	}
	if (observer->endings && !event->u.fact.gone)
		endings_watch(observer->endings, owner);
	observer_tell(observer, event,
		event->u.fact.gone ? facts_let_go(event->t_ns, event->asked_ns, owner)
				   : facts_owner(event->t_ns, owner));
}

static void on_address(void *context, const struct event *event)
{
	observer_tell(context, event,
		facts_address(
			event->t_ns, event->u.fact.family, event->u.fact.addr, event->u.fact.gone));
}

/* feed: everybody but the core who listens to an event. */
static void on_event(void *context, const struct event *event)
{
	struct observer *observer = context;
	struct error error;

	if (observer->listen != NULL)
		observer->listen(observer->context, event);
	switch (event->kind) {
	case EVENT_SEGMENT:
		observer->packet_ns = event->t_ns;
		observer->dirty = true;
		break;
	case EVENT_ABSENT:
	case EVENT_DESTROYED:
		observer->dirty = true;
		break;
	case EVENT_ROW:
		ownership_row(observer->ownership, &event->u.diag.row);
		observer->dump_rows += !event->exact;
		observer->dirty = true;
		break;
	case EVENT_DUMP_END:
		observer->dumps -= observer->dumps > 0; /* those of a look end too */
		break;
	case EVENT_GAP:
		observer->overruns += event->u.fact.lost_of == LOST_ROWS;
		observer->dump_wanted |=
			event->u.fact.lost_of == LOST_ROWS ||
			(event->u.fact.lost_of == LOST_PACKETS && event->u.fact.count > 0);
		/* one that diag.pcap shows is told of by it when it is read back */
		if (event->number == 0 &&
			fact_write(observer,
				facts_gap(event->t_ns, (enum lost_of)event->u.fact.lost_of,
					event->u.fact.count),
				&error) != 0)
			observer_fail(observer, error.text);
		break;
	default:
		break;
	}
}

/* The core's emit, where two listen. */
static void on_record(void *context, const struct record *record)
{
	struct observer *observer = context;

	observer->emit.call(observer->emit.context, record);
	observer->also.call(observer->also.context, record);
}

/* One round: what the kernel answered and what was captured is read and fed, merged by time. */
int observer_round(struct observer *observer, int *packets, struct error *error)
{
	if (feed_round(observer->feed, packets, error) != 0)
		return -1;
	return observer->failed ? error_set(error, "%s", observer->failure.text) : 0;
}

/* ---- asking ---- */

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

static struct wire_stats wire_of(const struct observer *observer)
{
	return observer->wire != NULL ? wire_statistics(observer->wire) : (struct wire_stats){0};
}

static void loss_tell(struct observer *observer, int64_t t_ns, uint64_t count)
{
	gap_tell(observer, t_ns != 0 ? t_ns : now_ns(), LOST_PACKETS, (int64_t)count);
}

/* The kernel drops what comes while the ring is full: behind the newest packet that had been read
 * when drops were last counted. That is where the loss is told; and where it ends, as one of none,
 * once the ring has been emptied. What lives or begins in between has perhaps lost some. */
static void packets_lost(struct observer *observer, bool caught_up)
{
	struct wire_stats stats = wire_of(observer);
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
		gap_tell(observer, now_ns(), LOST_LOOKUPS,
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
	return fact_write(observer, facts_clock(now_ns(), step_ns), error);
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
		addresses_dispatch(observer->addresses, on_address, observer, error))
		return -1;
	if (observer->lossy || packets >= PACKETS_MANY) /* a ring was full, perhaps */
		packets_lost(observer, packets < FEED_PACKETS_MAX);
	if (observer->endings &&
		endings_dispatch(observer->endings, false, observer_ended, observer))
		ownership_wish(observer->ownership); /* does anybody wait for it? */
	tick.t_ns = tick.asked_ns = now_ns();
	feed_event(observer->feed, &tick);
	if (wishes_ask(observer, tick.t_ns, error) || timers_run(observer, tick.t_ns, error))
		return -1;
	*next_ns = earliest(earliest(observer->next_flush_ns, observer->next_second_ns),
		observer->next_wish_ns);
	if (observer->own)
		*next_ns = earliest(*next_ns, observer->next_listen_ns);
	*next_ns = earliest(*next_ns, ownership_due(observer->ownership));
	if (packets >= FEED_PACKETS_MAX)
		*next_ns = 0;
	return 0;
}

/* ---- beginning and end ---- */

int observer_start(struct observer *observer, int64_t t_ns, struct error *error)
{
	/* the manifest's line has them */
	addresses_emit(observer->addresses, t_ns, feed_event, observer->feed);
	observer->next_second_ns = now_ns() + second_ns;
	observer_sysctls(observer);
	if (observer_dump(observer, feed_answer, observer->feed, error) ||
		ownership_scan(
			observer->ownership, now_ns(), true, observer_owner_found, observer, error))
		return -1;
	return observer_flush(observer, error);
}

int observer_finish(struct observer *observer, struct error *error)
{
	int packets;

	if (observer->recording != NULL)
		recording_ring_end(observer->recording);
	do {
		if (observer_round(observer, &packets, error))
			return -1;
	} while (packets);
	if (counters_read(observer->counters, observer_counter_changed, observer, error) ||
		observer_dump(observer, feed_answer, observer->feed, error))
		return -1;
	if (observer->endings)
		endings_dispatch(observer->endings, true, observer_ended, observer);
	observer_drops(observer);
	observer_sysctls(observer);
	core_finish(observer->core, now_ns());
	return observer_flush(observer, error);
}

/* Asked as the capture would ask: a capability may be missing, or a container may forbid it. */
static bool may_capture(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	bool refused = fd < 0 && (errno == EPERM || errno == EACCES);

	if (fd >= 0)
		close(fd);
	return !refused;
}

struct observer *observer_new(const struct observer_options *options, struct error *error)
{
	struct observer *observer = calloc(1, sizeof(*observer));
	struct wire_options wire = {.interface = options->interface,
		.tee = options->recording,
		.snaplen = options->recording != NULL ? 0 : headers_bytes};

	if (!observer) {
		error_set(error, "out of memory");
		return NULL;
	}
	observer->recording = options->recording;
	observer->own = options->own;
	observer->calls = options->calls;
	observer->glanced_at = options->glanced_at;
	observer->listen = options->listen;
	observer->context = options->context;
	observer->trace = trace_new();
	observer->tally = tally_new();
	observer->ownership = ownership_new();
	observer->endings = options->calls ? NULL : endings_new();
	observer->also = options->also;
	observer->emit = options->emit.call != NULL ? options->emit
						    : (struct emit){trace_take, observer->trace};
	observer->core = core_new(&(struct core_limits){.flows = FLOWS_MAX},
		observer->also.call != NULL ? (struct emit){on_record, observer} : observer->emit);
	error_set(error, "out of memory");
	if (!observer->trace || !observer->tally || !observer->ownership || !observer->core)
		goto out;
	observer->filter = filter_new(options->filter, false, error);
	observer->row_filter = filter_new(options->filter, false, error);
	if (!observer->filter || !observer->row_filter)
		goto out;
	wire.filter = observer->filter;
	if (!options->rows_suffice || may_capture())
		observer->wire = wire_open_live(&wire, error);
	if (!observer->wire && (!options->rows_suffice || may_capture()))
		goto out;
	observer->diag = diag_open_live(options->recording, error);
	if (!observer->diag)
		goto out;
	observer->feed = feed_new(&(struct feed_options){.core = observer->core,
		.filter = observer->row_filter,
		.listen = on_event,
		.context = observer});
	if (!observer->feed) {
		error_set(error, "out of memory");
		goto out;
	}
	feed_sources(observer->feed, observer->wire, observer->diag, NULL, NULL);
	observer->counters = counters_new(error);
	observer->addresses = addresses_new(error);
	if (observer->counters && observer->addresses)
		return observer;
out:
	observer_free(observer);
	return NULL;
}

void observer_free(struct observer *observer)
{
	if (!observer)
		return;
	wire_close(observer->wire);
	diag_close(observer->diag);
	counters_free(observer->counters);
	addresses_free(observer->addresses);
	ownership_free(observer->ownership);
	endings_free(observer->endings);
	tally_free(observer->tally);
	feed_free(observer->feed);
	core_free(observer->core);
	trace_free(observer->trace);
	filter_free(observer->filter);
	filter_free(observer->row_filter);
	free(observer->rows);
	json_decref(observer->sysctls);
	free(observer);
}

/* ---- what others ask of it ---- */

const struct addresses *observer_addresses(const struct observer *observer)
{
	return observer->addresses;
}

size_t observer_fds(const struct observer *observer, int fds[OBSERVER_FDS])
{
	size_t count = 0;

	if (observer->wire != NULL)
		fds[count++] = wire_fd(observer->wire);
	fds[count++] = diag_fd(observer->diag);
	fds[count++] = addresses_fd(observer->addresses);
	if (observer->endings)
		fds[count++] = endings_fd(observer->endings);
	if (diag_destroy_fd(observer->diag) >= 0)
		fds[count++] = diag_destroy_fd(observer->diag);
	return count;
}

bool observer_counter(
	const struct observer *observer, const char *name, bool since_mark, int64_t *value)
{
	if (!counters_value(observer->counters, name, value))
		return false;
	if (since_mark)
		*value -= tally_at_mark(observer->tally, name);
	return true;
}

int64_t observer_mark_ns(const struct observer *observer)
{
	return observer->mark_ns;
}

const struct trace *observer_trace(const struct observer *observer)
{
	return observer->trace;
}

const char *observer_directory(const struct observer *observer)
{
	return recording_directory(observer->recording);
}

uint64_t observer_forgotten(const struct observer *observer)
{
	return core_forgotten(observer->core);
}

void observer_totals(struct observer *observer, struct observer_totals *totals)
{
	struct wire_stats wire = wire_of(observer);
	struct diag_stats diag = diag_statistics(observer->diag);

	*totals = (struct observer_totals){
		.packets = wire.packets - wire.filtered,
		.decoded = wire.decoded,
		.rows = diag.rows,
		.connections = trace_connections(observer->trace),
		.dropped = wire.dropped_kernel + wire.dropped_interface,
		.overruns = diag.overruns,
		.shed = observer->shed,
	};
}

bool observer_captures(const struct observer *observer)
{
	return observer->wire != NULL;
}
