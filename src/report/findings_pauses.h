/* When an end's program did nothing but wait for what the other end sends, by its calls
 * (findings_pauses.c). */
#ifndef TCPSTATE_FINDINGS_PAUSES_H
#define TCPSTATE_FINDINGS_PAUSES_H

#include "findings.h"

enum { PAUSES = 8 /* of an end: more are passed over */ };

/* An end's program did nothing but wait for what the other end sends. */
struct pause {
	int64_t from_ns, to_ns; /* to_ns INT64_MAX: its call never returned */
	int64_t spent_ns;       /* in calls that wait */
	const struct model_call *call;
};

struct pauses {
	struct pause item[PAUSES];
	size_t count;
};

/* None where several threads or processes read and write it, for one of them may yet send. */
struct pauses pauses_of(const struct model *model, const struct connection *connection, int side);
/* A call that sends. */
bool pause_ended_by(const struct call *call);

#endif
