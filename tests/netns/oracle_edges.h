/* The edges that oracle_compare compares: read from the tracepoint's text and from a report,
 * gathered by endpoint. A file that cannot be read, or not be understood, ends the program with
 * exit 2. */
#ifndef TESTS_NETNS_ORACLE_EDGES_H
#define TESTS_NETNS_ORACLE_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_LENGTH = 160 };
enum {
	CLOSED,
	LISTEN,
	SYN_SENT,
	SYN_RECV,
	ESTABLISHED,
	FIN_WAIT1,
	FIN_WAIT2,
	CLOSE_WAIT,
	CLOSING,
	LAST_ACK,
	TIME_WAIT,
	STATES
};

struct edge {
	int64_t t_ns, not_before_ns; /* not_before_ns: of the report, 0 when it says none */
	uint64_t frame;
	uint8_t from, to;
	bool dated;    /* its time can be compared: not a claim dated by another event */
	char evidence; /* w, k, b; t for the tracepoint's */
};
struct edges {
	struct edge *at;
	size_t count;
};
struct endpoint {
	char name[NAME_LENGTH];
	struct edges trace, report;
	int64_t held_ns; /* newest reading that shows it */
};
struct held {
	int64_t t_ns;
	uint8_t state; /* STATES: two readings do not agree */
	bool only;
	struct endpoint *endpoint; /* NULL: not judged */
};

extern const char *const state_names[STATES + 1]; /* the last: UNKNOWN, of reports with losses */
/* tsearch() tree of struct endpoint, name "LOCAL REMOTE" as the bench prints them */
extern void *endpoints;
extern struct held *helds;
/* reading_differences: what was wrong with the report's lines, printed already */
extern size_t held_count, reading_differences;

void fatal(const char *file, const char *problem) __attribute__((noreturn));
/* Judge only the ends with this address, or of this network ("10.1."); of wildcard
 * listeners, when there are addresses, those with these ports. */
bool address_add(const char *address); /* false: too many */
void ports_set(int low, int high);
bool local_wanted(const char *end);
struct endpoint *endpoint_get(const char *name, bool create);
void edge_add(struct edges *edges, struct edge edge);

/* the text of sock:inet_sock_set_state, trace_clock tai */
void read_trace(const char *file);
/* report --format jsonl; lossy: a life may begin in UNKNOWN, if it is said to be met midway. The
 * result: how many did */
size_t read_report(const char *file, bool lossy);
/* after both: "LOCAL REMOTE" of connect() calls that failed before a SYN: only the socket knows */
void read_unsent(const char *file);
void read_held(const char *file);

#endif
