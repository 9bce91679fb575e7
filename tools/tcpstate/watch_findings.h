/* Findings while watching: what is watched is kept in a folder of its own meanwhile, and a process
 * beside reads it as a report would (digest.h). */
#ifndef TCPSTATE_WATCH_FINDINGS_H
#define TCPSTATE_WATCH_FINDINGS_H

#include "digest.h"
#include "observer.h"
#include "sealed.h"
#include "tcpstate/source.h"

struct watch_findings {
	struct recording *recording;
	char directory[256];
	int directory_fd;
	struct digester digester;
	struct finding_set told;
};
/* The folder, under $TMPDIR or /tmp. 0, or -1 with *error. */
int watch_findings_open(struct watch_findings *findings, struct error *error);
/* Once the observer knows the addresses: the recording's first line. From now on the folder is the
 * invoking user's. */
int watch_findings_begin(struct watch_findings *findings, const struct observer *observer,
	const char *filter, const struct invoker *invoker, struct error *error);
/* Never waits. The findings that are new since the last call, 1 << enum finding_code. */
struct finding_set watch_findings_new(struct watch_findings *findings, int64_t now_ns);
/* The headline of one of them, "" when it is not known; malloc'd, NULL: out of memory. */
char *watch_findings_text(const struct watch_findings *findings, unsigned code);
/* What it had not read yet; waits. Call once nothing more is written. */
struct finding_set watch_findings_last(struct watch_findings *findings);
/* The folder is removed. */
void watch_findings_close(struct watch_findings *findings);

#endif
