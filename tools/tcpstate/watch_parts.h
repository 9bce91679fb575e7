/* What the files of watch share: watch_live.c begins and ends it, watch_lines.c writes its lines.
 */
#ifndef TCPSTATE_WATCH_PARTS_H
#define TCPSTATE_WATCH_PARTS_H

#include <stdio.h>

#include "guest.h"
#include "loop.h"
#include "tcpstate/prose_watch.h"
#include "tcpstate/sink.h"
#include "watch.h"
#include "watch_findings.h"
#include "watch_holders.h"

struct watch {
	const struct watch_options *options;
	FILE *out; /* standard output, which COMMAND has no part in */
	struct sink_options sink;
	struct sink_live text;
	struct guest guest;
	struct observer *observer;
	struct holders *holders;
	struct loop loop;
	/* when the first look was over: what it showed has not happened just now, and neither is
	 * it told what becomes of these edges */
	int64_t started_ns;
	bool dirty; /* lines that are not flushed */
	int broken; /* errno of standard output; 0: it takes what it is given */
	int64_t next_losses_ns;
	struct observer_totals lost; /* as told */
	/* connections, before the last look, which shows those once more that it still finds */
	uint64_t forgotten, forgotten_told;
	struct watch_sums sums;
	struct watch_findings findings;
	bool found; /* one that it was to end at */
};

/* Each line as soon as what it tells is known; the observer's emit and listener. */
void watch_record(void *context, const struct record *record);
void watch_event(void *context, const struct event *event);
void watch_losses(struct watch *watch, int64_t t_ns);
void watch_findings_show(struct watch *watch, struct finding_set fresh);
/* Whole lines, as soon as what there was to read is read: no line waits for the next. */
void watch_flush(struct watch *watch);

#endif
