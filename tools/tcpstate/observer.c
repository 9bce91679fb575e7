/* The observer's life: it opens the live sources and closes them, begins with all that is there and
 * ends with a last look, and says what it has counted. observer_pump.c does its rounds. */
#include "observer_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* connections kept, at up to 2.5 KiB each: of 270 a second those of the last minute, so that the
 * end of TIME_WAIT is seen; the report, which has more room, reads the files */
enum { FLOWS_MAX = 16384 };
/* Of a packet that is not kept: the headers, also those of a tunnel and of what an ICMP error
 * quotes. The ring holds six times as many of them. */
static const int headers_bytes = 320;

int observer_start(struct observer *observer, int64_t t_ns, struct error *error)
{
	/* the manifest's line has them */
	addresses_emit(observer->addresses, t_ns, feed_event, observer->feed);
	observer->next_second_ns = now_ns() + 1000 * MS;
	observer_sysctls(observer);
	if (observer_dump(observer, feed_answer, observer->feed, error) ||
		ownership_scan(
			observer->ownership, now_ns(), true, observer_owner_found, observer, error))
		return -1;
	return observer_flush(observer, error);
}

/* What the recorder's own tables had no place for. */
static void passed_tell(struct observer *observer)
{
	uint64_t passed = ownership_passed(observer->ownership) +
			  (observer->endings != NULL ? endings_passed(observer->endings) : 0);

	if (passed > 0)
		observer_gap(observer, now_ns(), LOST_PROCESSES, (int64_t)passed);
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
	if (observer->endings != NULL)
		endings_dispatch(observer->endings, true, observer_ended, observer);
	passed_tell(observer);
	repeats_flush(observer->repeats, 0);
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

	if (observer == NULL) {
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
	observer->repeats = repeats_new(observer_called, observer);
	observer->endings = options->calls ? NULL : endings_new();
	observer->also = options->also;
	observer->emit = options->emit.call != NULL ? options->emit
						    : (struct emit){trace_take, observer->trace};
	observer->core = core_new(&(struct core_limits){.flows = FLOWS_MAX},
		observer->also.call != NULL ? (struct emit){observer_record, observer}
					    : observer->emit);
	error_set(error, "out of memory");
	if (observer->trace == NULL || observer->tally == NULL || observer->ownership == NULL ||
		observer->core == NULL || observer->repeats == NULL)
		goto out;
	observer->filter = filter_new(options->filter, false, error);
	observer->row_filter = filter_new(options->filter, false, error);
	if (observer->filter == NULL || observer->row_filter == NULL)
		goto out;
	wire.filter = observer->filter;
	if (!options->rows_suffice || may_capture())
		observer->wire = wire_open_live(&wire, error);
	if (observer->wire == NULL && (!options->rows_suffice || may_capture()))
		goto out;
	observer->diag = diag_open_live(options->recording, error);
	if (observer->diag == NULL)
		goto out;
	observer->feed = feed_new(&(struct feed_options){.core = observer->core,
		.filter = observer->row_filter,
		.listen = observer_event,
		.context = observer});
	if (observer->feed == NULL) {
		error_set(error, "out of memory");
		goto out;
	}
	feed_sources(observer->feed, observer->wire, observer->diag, NULL, NULL);
	observer->counters = counters_new(error);
	observer->addresses = addresses_new(error);
	if (observer->counters != NULL && observer->addresses != NULL)
		return observer;
out:
	observer_free(observer);
	return NULL;
}

void observer_free(struct observer *observer)
{
	if (observer == NULL)
		return;
	wire_close(observer->wire);
	diag_close(observer->diag);
	counters_free(observer->counters);
	addresses_free(observer->addresses);
	ownership_free(observer->ownership);
	endings_free(observer->endings);
	repeats_free(observer->repeats);
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
	if (observer->endings != NULL)
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

struct wire_stats observer_wire_statistics(const struct observer *observer)
{
	return observer->wire != NULL ? wire_statistics(observer->wire) : (struct wire_stats){0};
}

void observer_totals(struct observer *observer, struct observer_totals *totals)
{
	struct wire_stats wire = observer_wire_statistics(observer);
	struct diag_stats diag = diag_statistics(observer->diag);

	*totals = (struct observer_totals){
		.packets = wire.packets - wire.filtered,
		.decoded = wire.decoded,
		.rows = diag.rows,
		.connections = trace_connections(observer->trace),
		.dropped = wire.dropped_kernel + wire.dropped_interface,
		.lost_rows = diag.lost_rows,
		.shed = observer->shed,
	};
}

bool observer_captures(const struct observer *observer)
{
	return observer->wire != NULL;
}
