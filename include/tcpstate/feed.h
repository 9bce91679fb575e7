/* The one way into a core. Events of the sources are put in order of time, those of sockets that
 * the filter leaves out are dropped, zones are made to match, copies of packets are marked; then
 * the listener has them, then the core. A live source and a recorded one differ in their opener
 * only: what is recorded holds the others back until it has ended, what is live has been read for
 * now. */
#ifndef TCPSTATE_FEED_H
#define TCPSTATE_FEED_H

#include "tcpstate/core.h"
#include "tcpstate/error.h"

enum { FEED_PACKETS_MAX = 16384 /* that a round takes of a live source: then there may be more */ };
struct wire;
struct diag;
struct facts;
struct calls;
struct filter;
struct feed;
struct feed_options {
	struct core *core;
	/* which sockets; packets were filtered by their source. May be NULL */
	const struct filter *filter;
	/* has every event just before the core, by its order; may be NULL */
	event_emit *listen;
	void *context;
}; /* all borrowed */
/* NULL: out of memory */
struct feed *feed_new(const struct feed_options *options);
void feed_free(struct feed *feed);
/* Where events come from, borrowed; each may be NULL. */
void feed_sources(struct feed *feed, struct wire *wire, struct diag *diag, struct facts *facts,
	struct calls *calls);
/* Read what there is (recorded: a little ahead) and deliver what is in order by now; *packets (may
 * be NULL): how many were taken. -1 with *error: out of memory, or a live source failed. A recorded
 * one that cannot be read on ends there: feed_trouble(). */
int feed_round(struct feed *feed, int *packets, struct error *error);
/* Nothing more will come. (What is live never ends.) */
bool feed_ended(const struct feed *feed);
/* Why a recorded source was not read to its end: the n-th such text from 0, NULL: no more. */
const char *feed_trouble(const struct feed *feed, size_t n);
/* An answer of a dump that is waited for (diag_dump_now()): delivered by the next round. Fits
 * event_emit. */
void feed_answer(void *feed, const struct event *event);
/* What happens now, and a tick: delivered at once. Fits event_emit. */
void feed_event(void *feed, const struct event *event);
/* Times of the first and the last event delivered; 0 when there was none. */
void feed_span(const struct feed *feed, int64_t *first_ns, int64_t *last_ns);
/* Packets that had been captured already (copies.h). */
uint64_t feed_copies(const struct feed *feed);
/* Segments translated into the numbers that both ends use (copies.h). */
uint64_t feed_renumbered(const struct feed *feed);

#endif
