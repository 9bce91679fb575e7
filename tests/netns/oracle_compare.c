/* Compares what `tcpstate report --format jsonl` says with what the kernel itself did: the
 * tracepoint sock:inet_sock_set_state, read as text. Per endpoint the two sequences of edges must
 * be equal after the mapping below; every difference is printed with both sequences, exit 1.
 *
 * The tracepoint follows full sockets only, so the report is mapped onto what it can show:
 *   - TIME_WAIT is a mini-socket: "X -> TIME_WAIT" is X -> CLOSED there, at the hand-over, and its
 * end is silent;
 *   - so is an orphan's FIN_WAIT2: "FIN_WAIT2 -> CLOSED" is traced when the mini-socket takes over,
 * whatever becomes of that one;
 *   - a request is no socket: LISTEN -> SYN_RECV is traced at the final ACK, and a request that
 * never became a child not at all. What the tracepoint cannot say, /proc/net/tcp can: --held gives
 * lines "T STATE LOCAL REMOTE" (seconds since the epoch) of what was held when; "T only" says that
 * the lines of that T are all there was. */
#include <argp.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_edges.h"
#include "oracle_losses.h"

static struct {
	const char *trace, *report, *held, *unsent;
	int within_ms, listener_ms;
	bool lossy;
} options = {.within_ms = 50, .listener_ms = 1000};
static struct {
	size_t endpoints, edges, differences, requests, time_waits, held, unseen, run_out;
	int64_t worst_ns;
} tally;

static void print_edges(const char *whose, const struct edges *edges, int64_t zero_ns)
{
	printf("#   %s:", whose);
	if (!edges->count)
		printf(" nothing");
	for (size_t i = 0; i < edges->count; i++) {
		const struct edge *e = &edges->at[i];
		if (!i || edges->at[i - 1].to != e->from)
			printf(" %s", state_names[e->from]);
		printf(" -> %s (%+.6f", state_names[e->to], (double)(e->t_ns - zero_ns) / 1e9);
		if (e->evidence != 't')
			printf(" %s", e->evidence == 'w'   ? "wire"
				      : e->evidence == 'i' ? "inferred"
				      : e->evidence == 'k' ? "kernel"
							   : "both");
		if (e->frame)
			printf(" #%" PRIu64, e->frame);
		printf(")");
	}
	printf("\n");
}

static void differ(const struct endpoint *endpoint, const char *what)
{
	const struct edges *t = &endpoint->trace, *r = &endpoint->report;
	int64_t zero_ns = t->count ? t->at[0].t_ns : r->count ? r->at[0].t_ns : 0;
	tally.differences++;
	printf("not ok - %s: %s (times from %" PRId64 ".%09" PRId64 ")\n", endpoint->name, what,
		zero_ns / 1000000000, zero_ns % 1000000000);
	print_edges("kernel", t, zero_ns);
	print_edges("report", r, zero_ns);
}

static bool starts(uint8_t state)
{
	return state == CLOSED || state == LISTEN;
}

/* The report's edges as the tracepoint would show them; wants the trace to tell a request from a
 * child that died in SYN_RECV. */
static struct edges mapped(const struct edges *report, const struct edges *trace)
{
	struct edges out = {0};
	for (size_t i = 0; i < report->count; i++) {
		struct edge edge = report->at[i];
		const struct edge *next = i + 1 < report->count ? &report->at[i + 1] : NULL;
		if (edge.from == TIME_WAIT && edge.to == CLOSED)
			continue;
		if (edge.to == TIME_WAIT) {
			edge.to = CLOSED;
			tally.time_waits++;
		}
		bool dies = edge.from == LISTEN && edge.to == SYN_RECV &&
			    (next == NULL || starts(next->from) || next->to == CLOSED);
		if (dies) {
			size_t at = out.count;
			bool child =
				at + 1 < trace->count && trace->at[at].to == SYN_RECV &&
						next != NULL && next->from == SYN_RECV
					? trace->at[at + 1].to == CLOSED
					: at + 1 == trace->count && trace->at[at].to == SYN_RECV;
			if (!child) {
				tally.requests++;
				i += next != NULL && next->from == SYN_RECV;
				continue;
			}
		}
		edge_add(&out, edge);
	}
	return out;
}

static void compare_times(const struct endpoint *endpoint, const struct edges *report)
{
	int64_t slack = (int64_t)options.within_ms * 1000000;
	char what[160];
	for (size_t i = 0; i < report->count; i++) {
		const struct edge *r = &report->at[i], *t = &endpoint->trace.at[i];
		if (!t->dated)
			continue;
		int64_t apart = r->t_ns > t->t_ns ? r->t_ns - t->t_ns : t->t_ns - r->t_ns;
		bool between = r->not_before_ns && t->t_ns >= r->not_before_ns - slack &&
			       t->t_ns <= r->t_ns + slack;
		/* An orphan's mini-socket took over at t; the report's edge is the mini-socket's
		 * end or its TIME_WAIT, which --held judges. */
		bool handed_over = r->from == FIN_WAIT2 && r->to == CLOSED && r->t_ns > t->t_ns;
		if (!between && !handed_over && apart > slack) {
			snprintf(what, sizeof(what), "%s -> %s is dated %.3f ms from the kernel's",
				state_names[r->from], state_names[r->to],
				(double)(r->t_ns - t->t_ns) / 1e6);
			differ(endpoint, what);
			return;
		}
		if (!r->not_before_ns && !handed_over && apart > tally.worst_ns)
			tally.worst_ns = apart;
	}
}

static bool report_listens(const struct endpoint *endpoint, int64_t from_ns, int64_t to_ns)
{
	int64_t within_ns = (options.within_ms ? options.within_ms : 50) * INT64_C(1000000);

	for (size_t i = 0; i < endpoint->report.count; i++) {
		const struct edge *e = &endpoint->report.at[i];
		if (e->to == LISTEN && e->t_ns >= from_ns - within_ns &&
			e->t_ns <= to_ns + within_ns)
			return true;
	}
	return false;
}

/* LISTEN begins and ends without a packet: a listener that nobody connects to is shown by dumps
 * alone, once a second; one that lived for less is nobody's to see. Each of several on one address
 * is judged by itself. */
static void forget_unseen_listeners(struct endpoint *endpoint)
{
	struct edges *t = &endpoint->trace;

	for (size_t i = 0; i + 1 < t->count;) {
		int64_t from_ns = t->at[i].t_ns, to_ns = t->at[i + 1].t_ns;
		if (t->at[i].to != LISTEN || t->at[i + 1].to != CLOSED ||
			to_ns - from_ns >= (int64_t)options.listener_ms * 1000000 ||
			report_listens(endpoint, from_ns, to_ns)) {
			i++;
			continue;
		}
		memmove(&t->at[i], &t->at[i + 2], (t->count - i - 2) * sizeof(t->at[0]));
		t->count -= 2;
		tally.unseen++;
	}
}

static void compare_endpoint(const void *node, VISIT which, void *unused)
{
	struct endpoint *endpoint = *(struct endpoint *const *)node;
	(void)unused;
	if (which != postorder && which != leaf)
		return;
	if (options.lossy) {
		struct edges told = mapped(&endpoint->report, &endpoint->trace);
		if (!losses_compare(&endpoint->trace, &told))
			differ(endpoint, "an edge that was none is said to have been seen");
		free(told.at);
		return;
	}
	forget_unseen_listeners(endpoint);
	for (size_t i = 1; i < endpoint->report.count; i++) {
		const struct edge *e = &endpoint->report.at[i], *before = e - 1;
		if (before->to != e->from && !(starts(before->to) && starts(e->from))) {
			differ(endpoint, "the report's own chain is broken");
			return;
		}
	}
	struct edges report = mapped(&endpoint->report, &endpoint->trace);
	bool same = report.count == endpoint->trace.count;
	for (size_t i = 0; same && i < report.count; i++)
		same = report.at[i].from == endpoint->trace.at[i].from &&
		       report.at[i].to == endpoint->trace.at[i].to;
	if (!same)
		differ(endpoint, "other edges");
	else if (options.within_ms)
		compare_times(endpoint, &report);
	tally.endpoints++;
	tally.edges += endpoint->trace.count;
	free(report.at);
}

/* Did the report have the endpoint in this state at that time? An edge of which the report knows
 * only an interval leaves both open. */
static bool report_held(const struct endpoint *endpoint, int64_t t_ns, uint8_t wanted, uint8_t *got)
{
	*got = CLOSED;
	for (size_t i = 0; endpoint != NULL && i < endpoint->report.count; i++) {
		const struct edge *e = &endpoint->report.at[i];
		if (e->not_before_ns && e->not_before_ns <= t_ns && t_ns <= e->t_ns &&
			(e->from == wanted || e->to == wanted))
			return true;
		if (e->t_ns <= t_ns)
			*got = e->to;
	}
	return *got == wanted;
}

static int64_t only_ns;

/* TIME_WAIT ends without a segment, after 60 s, and is asked for then: on a busy machine late, and
 * a run may end in between. */
static bool runs_out_unseen(const struct endpoint *endpoint, uint8_t got)
{
	static const int64_t lasts_ns = INT64_C(60000000000), late_ns = INT64_C(10000000000);
	int64_t held_ns = only_ns - endpoint->report.at[endpoint->report.count - 1].t_ns;

	return got == TIME_WAIT && held_ns >= lasts_ns && held_ns < lasts_ns + late_ns;
}

static void compare_only(const void *node, VISIT which, void *unused)
{
	const struct endpoint *endpoint = *(struct endpoint *const *)node;
	uint8_t got;
	(void)unused;
	if ((which != postorder && which != leaf) || endpoint->held_ns == only_ns)
		return;
	if (report_held(endpoint, only_ns, CLOSED, &got))
		return;
	if (runs_out_unseen(endpoint, got)) {
		tally.run_out++;
		return;
	}
	if (options.lossy) {
		losses.outlived++;
		return;
	}
	char what[128];
	snprintf(what, sizeof(what), "the report holds it in %s where the kernel had no socket",
		state_names[got]);
	differ(endpoint, what);
}

/* The lines of a reading come before its "only". */
static void compare_held(void)
{
	for (size_t i = 0; i < held_count; i++) {
		const struct held *held = &helds[i];
		struct endpoint *endpoint = held->endpoint;
		uint8_t got;
		if (held->only) {
			only_ns = held->t_ns;
			twalk_r(endpoints, compare_only, NULL);
			continue;
		}
		tally.held++;
		if (endpoint == NULL)
			continue;
		endpoint->held_ns = held->t_ns;
		if (held->state == STATES || report_held(endpoint, held->t_ns, held->state, &got))
			continue;
		if (options.lossy && !losses_held(endpoint, held->t_ns, got))
			continue;
		char what[128];
		snprintf(what, sizeof(what),
			"the kernel held it in %s at %" PRId64 ".%06" PRId64 ", the report has %s",
			state_names[held->state], held->t_ns / 1000000000,
			held->t_ns % 1000000000 / 1000, state_names[got]);
		differ(endpoint, what);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int low, high;
	switch (key) {
	case 't':
		options.trace = arg;
		return 0;
	case 'r':
		options.report = arg;
		return 0;
	case 'h':
		options.held = arg;
		return 0;
	case 'u':
		options.unsent = arg;
		return 0;
	case 'l':
		options.listener_ms = atoi(arg);
		return 0;
	case 'w':
		options.within_ms = atoi(arg);
		return 0;
	case 's':
		options.lossy = true;
		return 0;
	case 'p':
		if (sscanf(arg, "%d-%d", &low, &high) != 2)
			argp_error(state, "--ports LOW-HIGH: not two ports: %s", arg);
		ports_set(low, high);
		return 0;
	case 'a':
		if (!address_add(arg))
			argp_error(state, "too many addresses: %s", arg);
		return 0;
	case ARGP_KEY_END:
		if (options.trace == NULL || options.report == NULL)
			argp_error(state, "--trace FILE and --report FILE are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"trace", 't', "FILE", 0, "text of sock:inet_sock_set_state, trace_clock tai", 0},
		{"report", 'r', "FILE", 0, "what tcpstate report --format jsonl printed", 0},
		{"held", 'h', "FILE", 0, "states that /proc/net/tcp showed, and when", 0},
		{"unsent", 'u', "FILE", 0,
			"\"LOCAL REMOTE\" of connect() calls that failed before a SYN", 0},
		{"losses", 's', NULL, 0,
			"packets were lost: edges may be missing, inferred, or begin midway, and "
			"none be "
			"called seen that was none",
			0},
		{"address", 'a', "ADDRESS", 0, "judge only the ends with this address (repeat)", 0},
		{"ports", 'p', "LOW-HIGH", 0,
			"of the wildcard listeners to judge when addresses are given; without it "
			"none",
			0},
		{"listener-ms", 'l', "N", 0,
			"a listener that lived shorter may be missing in the report (1000: dumps "
			"come once a second)",
			0},
		{"within-ms", 'w', "N", 0,
			"how far an edge's two times may differ (50; 0: do not compare times)", 0},
		{0}};
	const struct argp argp = {table, parse, NULL,
		"Compare a report with the kernel's own tracepoint.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	read_trace(options.trace);
	losses.midway = read_report(options.report, options.lossy);
	if (options.unsent != NULL)
		read_unsent(options.unsent);
	if (options.held != NULL)
		read_held(options.held);
	tally.differences = reading_differences;
	twalk_r(endpoints, compare_endpoint, NULL);
	if (options.lossy) {
		if (options.held != NULL)
			compare_held();
		losses_print(tally.held);
		return tally.differences || losses.edges == 0 ? 1 : 0;
	}
	compare_held();
	if (!tally.edges)
		fatal(options.trace,
			"the tracepoint shows no edge of these addresses: nothing was compared");
	printf("# %zu endpoints, %zu traced edges, %zu requests without a child, %zu TIME_WAIT, "
	       "%zu held states, %zu listeners too short to see; %zu TIME_WAIT just run out; times "
	       "within %.3f ms; %zu "
	       "differences\n",
		tally.endpoints, tally.edges, tally.requests, tally.time_waits, tally.held,
		tally.unseen, tally.run_out, (double)tally.worst_ns / 1e6, tally.differences);
	return tally.differences ? 1 : 0;
}
