/* The transitions of a running recording, kept for the queries `transitions` and `held_ms`. */
#ifndef TCPSTATE_TRACE_H
#define TCPSTATE_TRACE_H

#include "tcpstate/core.h"
#include "tcpstate/source.h"

struct trace;
struct trace *trace_new(void);
void trace_free(struct trace *trace);
void trace_take(void *trace, const struct record *record); /* fits struct emit */
uint64_t trace_connections(const struct trace *trace);     /* seen so far */
/* Transitions from -> to (STATE_MAX: any) at or after since_ns of endpoints that match, withdrawn
 * ones not counted. */
int64_t trace_count(const struct trace *trace, unsigned from, unsigned to,
	const struct filter *filter, int64_t since_ns);
/* The longest time in ms for which a matching endpoint held the state, until now_ns where it still
 * does (ended: only of those that hold it no more); -1: none did. */
int64_t trace_held_ms(const struct trace *trace, unsigned state, bool ended,
	const struct filter *filter, int64_t since_ns, int64_t now_ns);
/* false: not all transitions since then are kept: there were too many, and the oldest are forgotten
 */
bool trace_complete(const struct trace *trace, int64_t since_ns);

#endif
