/* What the files of the observer (observer*.c, look.c) share: the observer itself, and how they
 * feed the core and the files. */
#ifndef TCPSTATE_OBSERVER_PARTS_H
#define TCPSTATE_OBSERVER_PARTS_H

#include "repeats.h"
#include "endings.h"
#include "observer.h"
#include "ownership.h"
#include "tally.h"
#include "tcpstate/feed.h"

#define MS INT64_C(1000000)

struct observer {
	struct recording *recording;
	struct filter *filter, *row_filter;
	struct wire *wire;
	struct diag *diag;
	struct counters *counters;
	struct addresses *addresses;
	struct ownership *ownership;
	struct repeats *repeats;
	struct endings *endings; /* NULL: calls tell of ends */
	struct tally *tally;
	struct trace *trace;
	struct emit emit, also; /* of the core's records: observer_options */
	struct core *core;
	bool own, calls, glanced_at; /* observer_options */
	bool ending;                 /* what COMMAND left is killed by us */
	uint64_t signalled;          /* bit N: signal N was passed on to COMMAND */
	size_t output;               /* bytes kept of what programs wrote */

	event_emit *listen; /* who else hears of events; NULL: nobody */
	void *context;
	struct feed *feed;
	bool failed; /* out of memory in a callback, or a file refused a fact */
	struct error failure;

	unsigned dumps; /* asked for, under way */
	uint32_t turns; /* of the recording's ring, when that was dumped for last */
	int64_t next_flush_ns, next_second_ns, next_listen_ns, next_wish_ns, next_ring_ns, mark_ns;
	int64_t ahead_ns; /* of the wall clock, when last looked at */
	uint64_t dropped, shed, shed_told;
	int64_t packet_ns, checked_ns; /* of the newest packet: now, when drops were counted last */
	bool lossy; /* packets were dropped, and some before that are still to be read */
	bool dirty, dump_wanted;
	size_t dump_rows;       /* that dumps brought since the last second began */
	unsigned dumps_spared;  /* seconds until the next one, where there are many sockets */
	struct json_t *sysctls; /* those that matter, as they were last */

	bool collecting; /* rows of a look */
	struct sockrow *rows;
	size_t row_count, row_room;
};

/* One round: what the kernel answered and what was captured is read and fed, merged by time;
 * *packets: how many there were. */
int observer_round(struct observer *observer, int *packets, struct error *error);
/* A full dump, waited for; its events go to emit (feed_answer, or a function that calls it). */
int observer_dump(struct observer *observer, event_emit *emit, void *context, struct error *error);
/* Emitters of facts: into the file and the core. */
void observer_counter_changed(void *context, const struct event *event);
void observer_owner_found(void *context, const struct event *event);
void observer_address_changed(void *context, const struct event *event);
/* A fact goes to its file and to the core. json is taken over. */
void observer_tell(struct observer *observer, const struct event *event, char *json);
/* To its file alone. json is taken over. 0, or -1 */
int observer_fact_write(struct observer *observer, char *json, struct error *error);
/* So many were lost: to the core, and by observer_event() to the file. */
void observer_gap(struct observer *observer, int64_t t_ns, enum lost_of lost_of, int64_t count);
/* For the feed: everybody but the core who listens to an event. */
void observer_event(void *context, const struct event *event);
/* The core's emit, where two listen. */
void observer_record(void *context, const struct record *record);
struct wire_stats observer_wire_statistics(const struct observer *observer); /* none: all 0 */
void observer_called(void *context, const struct call *call);
void observer_ended(void *context, const struct event *event); /* EXIT */
void observer_drops(struct observer *observer);
/* What has another value than last time is a fact; the first time none is. */
void observer_sysctls(struct observer *observer);
void observer_fail(struct observer *observer, const char *what);

#endif
