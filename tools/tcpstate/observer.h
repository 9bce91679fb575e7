/* The observer: all sources of one namespace, the core they feed and the files they go to.
 * Everything the core is fed is in the files, so that a report computes the same again. */
#ifndef TCPSTATE_OBSERVER_H
#define TCPSTATE_OBSERVER_H

#include "addresses.h"
#include "tcpstate/core.h"
#include "trace.h"

struct observer_options {
	struct recording *recording; /* borrowed; NULL: nothing is kept */
	const char *interface;       /* NULL: any */
	const char *filter;          /* NULL: everything */
	bool calls;                  /* the recording has a file for them */
	bool own; /* listeners are looked at often: the namespace was made for COMMAND, say */
	/* has what the core tells instead of the trace; call NULL: the trace has it */
	struct emit emit;
	struct emit also; /* has it as well as that one; call NULL: nobody */
	/* has every event before the core; NULL: nobody */
	event_emit *listen;
	void *context;
	bool rows_suffice; /* where packets may not be captured, go on without them */
	bool glanced_at;   /* the caller looks at all sockets itself: of many, dumps are rare */
};

struct observer_totals {
	uint64_t packets, decoded, rows, connections, dropped, lost_rows, shed;
};

struct observer;
struct news_item;
/* Opens the sources in the network namespace the caller is in. */
struct observer *observer_new(const struct observer_options *options, struct error *error);
void observer_free(struct observer *observer);
const struct addresses *observer_addresses(const struct observer *observer);

/* What init told (news.h): a call, an end, a note or output goes to its file and to the core. */
void observer_news(struct observer *observer, const struct news_item *item);

/* COMMAND has written this; stream: enum relay_stream. */
void observer_output(struct observer *observer, int stream, const void *data, size_t size);

/* From now on processes are ended by us: those that a signal ends, or this one. */
void observer_ending(struct observer *observer);
void observer_signalled(struct observer *observer, int signal);

enum { OBSERVER_FDS = 5 };
/* Descriptors to poll for reading; returns their number. */
size_t observer_fds(const struct observer *observer, int fds[OBSERVER_FDS]);
/* The addresses known at t_ns (the manifest's time), a full dump, the first counters. */
int observer_start(struct observer *observer, int64_t t_ns, struct error *error);
/* Read what is there, feed it in time order, ask what the core wishes, do what is due; *next_ns:
 * when to come again at the latest. */
int observer_pump(struct observer *observer, int64_t *next_ns, struct error *error);
/* The last look: everything drained, dumped, counted and flushed. */
int observer_finish(struct observer *observer, struct error *error);

/* Name a moment: on return its dump, counters and owners are in the files. */
int observer_mark(struct observer *observer, const char *text, bool trial, struct error *error);
/* Look now, for queries: counters that agree with the packets captured, and one dump. rows are
 * valid until the next look. */
struct observer_look {
	int64_t t_ns;             /* when all of it was true */
	int64_t packets_until_ns; /* packets captured later are not in the counters */
	const struct sockrow *rows;
	size_t row_count;
	bool stable; /* false: counters and packets never stood still */
};
/* 0, or -1 */
int observer_look(struct observer *observer, struct observer_look *look, struct error *error);
/* One dump, and who holds what: in the recording, without a mark. 0, or -1 */
int observer_glance(struct observer *observer, struct error *error);
/* Let the sources run on for 10 ms: for what the kernel still has to be asked. 0, or -1 */
int observer_breath(struct observer *observer, struct error *error);
/* Record a check (model_checks.h) made from a look. */
struct check;
int observer_check(struct observer *observer, const struct check *check, struct error *error);
/* Record any other fact; the core does not read it. */
int observer_fact(struct observer *observer, const char *json, struct error *error);
int observer_flush(struct observer *observer, struct error *error);

/* A counter's change since the recording began, or since the last mark. false: there is no such
 * counter. */
bool observer_counter(
	const struct observer *observer, const char *name, bool since_mark, int64_t *value);
/* of the last mark; 0 before the first */
int64_t observer_mark_ns(const struct observer *observer);
const struct trace *observer_trace(const struct observer *observer);
const char *observer_directory(const struct observer *observer);
void observer_totals(struct observer *observer, struct observer_totals *totals);
/* connections that made room for others before they were over (core_forgotten()) */
uint64_t observer_forgotten(const struct observer *observer);
bool observer_captures(const struct observer *observer); /* see rows_suffice */

#endif
