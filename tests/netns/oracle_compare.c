/* Compares what `tcpstate report --format jsonl` says with what the kernel itself did: the tracepoint sock:inet_sock_set_state, read as text.
 * Per endpoint the two sequences of edges must be equal after the mapping below; every difference is printed with both sequences, exit 1.
 *
 * The tracepoint follows full sockets only, so the report is mapped onto what it can show:
 *   - TIME_WAIT is a mini-socket: "X -> TIME_WAIT" is X -> CLOSED there, at the hand-over, and its end is silent;
 *   - so is an orphan's FIN_WAIT2: "FIN_WAIT2 -> CLOSED" is traced when the mini-socket takes over, whatever becomes of that one;
 *   - a request is no socket: LISTEN -> SYN_RECV is traced at the final ACK, and a request that never became a child not at all.
 * What the tracepoint cannot say, /proc/net/tcp can: --held gives lines "T STATE LOCAL REMOTE" (seconds since the epoch) of what was held
 * when; "T only" says that the lines of that T are all there was. */
#include <arpa/inet.h>
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

enum { MAX_ADDRESSES = 16, NAME_LENGTH = 160 };
enum { CLOSED, LISTEN, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT, STATES };
static const char *const state_names[STATES] = {"CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2",
	"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"};

struct edge {
	int64_t t_ns, not_before_ns;    /* not_before_ns: of the report, 0 when it says none */
	uint64_t frame;
	uint8_t from, to;
	bool dated;             /* its time can be compared: not a claim dated by another event */
	char evidence;          /* w, k, b; t for the tracepoint's */
};
struct edges { struct edge *at; size_t count, room; };
struct endpoint { char name[NAME_LENGTH]; struct edges trace, report; };
/* An edge traced before the kernel had chosen the port (connect()) or copied the peer's (older kernels: the child's first edge). */
struct pending { struct edge edge; char local[NAME_LENGTH], remote[NAME_LENGTH]; bool used; };
struct held { int64_t t_ns; uint8_t state; bool only; char name[NAME_LENGTH]; };

static struct {
	const char *trace, *report, *held, *unsent;
	const char *address[MAX_ADDRESSES];
	size_t addresses;
	int within_ms, listener_ms, low_port, high_port;
} options = {.within_ms = 50, .listener_ms = 50, .high_port = 65535};
static struct { size_t endpoints, edges, differences, requests, time_waits, held, unseen; int64_t worst_ns; } tally;
static void *endpoints;                 /* tsearch tree of struct endpoint */
static struct pending *pendings;
static size_t pending_count;
static struct held *helds;
static size_t held_count;

static void fatal(const char *file, const char *problem)
{
	fprintf(stderr, "oracle_compare: %s: %s\n", file, problem);
	exit(2);
}

/* The trace's clock is TAI: what it is ahead of CLOCK_REALTIME, in whole seconds (0 where nobody set the offset). */
static int64_t tai_offset_ns(void)
{
	struct timespec tai, utc;
	clock_gettime(CLOCK_REALTIME, &utc);
	clock_gettime(CLOCK_TAI, &tai);
	return (tai.tv_sec - utc.tv_sec + (tai.tv_nsec - utc.tv_nsec > 500000000) - (utc.tv_nsec - tai.tv_nsec > 500000000)) * INT64_C(1000000000);
}

static void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	void *more = reallocarray(array, count ? 2 * count : 1, size);
	if (!more)
		fatal("memory", strerror(errno));
	return more;
}

static int state_of(const char *name)
{
	if (!strcmp(name, "CLOSE"))
		return CLOSED;
	for (int i = 0; i < STATES; i++)
		if (!strcmp(name, state_names[i]))
			return i;
	return -1;
}

static int64_t time_of(const char *text)
{
	char *end;
	int64_t seconds = strtoll(text, &end, 10), fraction = 0, unit = 100000000;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9' && unit; end++, unit /= 10)
			fraction += (*end - '0') * unit;
	return seconds * 1000000000 + fraction;
}

static void edge_add(struct edges *edges, struct edge edge)
{
	edges->at = grow(edges->at, edges->count, sizeof *edges->at);
	edges->at[edges->count++] = edge;
}

static int endpoint_order(const void *a, const void *b)
{
	return strcmp(((const struct endpoint *)a)->name, ((const struct endpoint *)b)->name);
}

static struct endpoint *endpoint_get(const char *name, bool create)
{
	struct endpoint key, **found;
	snprintf(key.name, sizeof key.name, "%s", name);
	found = tfind(&key, &endpoints, endpoint_order);
	if (found || !create)
		return found ? *found : NULL;
	struct endpoint *made = calloc(1, sizeof *made);
	if (!made || (memcpy(made->name, key.name, sizeof made->name), !tsearch(made, &endpoints, endpoint_order)))
		fatal("memory", strerror(errno));
	return made;
}

/* Is "ADDRESS:PORT" an end whose truth we have? The tracepoint does not say which namespace a socket is in: the addresses of the run tell,
 * and of a wildcard listener its port. */
static bool local_wanted(const char *end)
{
	if (!options.addresses)
		return true;
	if (!strncmp(end, "0.0.0.0:", 8) || !strncmp(end, "[::]:", 5)) {
		int port = atoi(strrchr(end, ':') + 1);
		return port >= options.low_port && port <= options.high_port;
	}
	for (size_t i = 0; i < options.addresses; i++) {
		size_t skip = end[0] == '[', length = strlen(options.address[i]);
		if (!strncmp(end + skip, options.address[i], length) && end[skip + length] == (skip ? ']' : ':'))
			return true;
	}
	return false;
}

static void end_text(char *out, size_t size, bool v6, const char *v4_text, const char *v6_text, unsigned port, bool remote)
{
	struct in6_addr addr;
	char text[INET6_ADDRSTRLEN] = "";
	if (remote && !port) {
		snprintf(out, size, "*:*");
		return;
	}
	if (v6 && inet_pton(AF_INET6, v6_text, &addr) == 1 && !IN6_IS_ADDR_V4MAPPED(&addr)) {
		inet_ntop(AF_INET6, &addr, text, sizeof text);
		snprintf(out, size, "[%s]:%u", text, port);
	} else {
		snprintf(out, size, "%s:%u", v6 ? v6_text + strlen("::ffff:") : v4_text, port);
	}
}

/* The first waiting edge that this one continues, moved to its endpoint. */
static void pending_claim(struct endpoint *endpoint, uint8_t from, const char *local, const char *remote)
{
	struct pending *found = NULL;
	size_t candidates = 0;
	for (size_t i = 0; i < pending_count; i++) {
		struct pending *p = &pendings[i];
		bool same = p->edge.from == LISTEN ? !strcmp(p->local, local) :
						     !strcmp(p->remote, remote) && !strncmp(p->local, local, strlen(p->local));
		if (!p->used && p->edge.to == from && same && !candidates++)
			found = p;
	}
	if (!found)
		return;
	found->used = true;
	found->edge.dated = found->edge.dated && candidates == 1;
	edge_add(&endpoint->trace, found->edge);
}

static void trace_line(const char *file, const char *line, const char *event)
{
	char family[16], from[32], to[32], address[4][64], local[NAME_LENGTH / 2], remote[NAME_LENGTH / 2], name[NAME_LENGTH];
	unsigned sport, dport;
	const char *stamp = event - 2;  /* "1795391726.962735: inet_sock_set_state:" */
	while (stamp > line && stamp[-1] != ' ')
		stamp--;
	if (sscanf(event, "inet_sock_set_state: family=%15s protocol=%*s sport=%u dport=%u saddr=%63s daddr=%63s saddrv6=%63s daddrv6=%63s "
			  "oldstate=TCP_%31s newstate=TCP_%31s", family, &sport, &dport, address[0], address[1], address[2], address[3], from, to) != 9 ||
		state_of(from) < 0 || state_of(to) < 0)
		fatal(file, line);
	bool v6 = !strcmp(family, "AF_INET6");
	struct edge edge = {.t_ns = time_of(stamp) - tai_offset_ns(), .from = (uint8_t)state_of(from), .to = (uint8_t)state_of(to), .evidence = 't'};
	edge.dated = !(edge.from == LISTEN && edge.to == SYN_RECV);
	end_text(local, sizeof local, v6, address[0], address[2], sport, false);
	end_text(remote, sizeof remote, v6, address[1], address[3], dport, true);
	if (edge.from == edge.to || !local_wanted(local))
		return;
	if (!sport || (edge.from == LISTEN && edge.to == SYN_RECV && !dport)) {
		if (edge.to == CLOSED)
			return;         /* no port was found: connect() failed before it sent anything; its first half stays pending, unused */
		pendings = grow(pendings, pending_count, sizeof *pendings);
		struct pending *p = &pendings[pending_count++];
		*p = (struct pending){.edge = edge};
		snprintf(p->remote, sizeof p->remote, "%s", remote);
		snprintf(p->local, sizeof p->local, "%s", local);
		if (!sport)
			p->local[strlen(p->local) - 1] = '\0';  /* "ADDRESS:", to be completed by the port */
		return;
	}
	snprintf(name, sizeof name, "%s %s", local, remote);
	struct endpoint *endpoint = endpoint_get(name, true);
	size_t count = endpoint->trace.count;
	if (edge.from != CLOSED && edge.from != LISTEN && (!count || endpoint->trace.at[count - 1].to != edge.from))
		pending_claim(endpoint, edge.from, local, remote);
	edge_add(&endpoint->trace, edge);
}

static void read_trace(const char *file)
{
	char line[1024];
	unsigned long in_buffer, written;
	FILE *in = fopen(file, "r");
	if (!in)
		fatal(file, strerror(errno));
	while (fgets(line, sizeof line, in)) {
		const char *event = strstr(line, "inet_sock_set_state: family=");
		if (event)
			trace_line(file, line, event);
		else if (sscanf(line, "# entries-in-buffer/entries-written: %lu/%lu", &in_buffer, &written) == 2 && in_buffer != written)
			fatal(file, "the trace buffer overran: give the trace instance a larger buffer_size_kb");
		else if (strstr(line, "LOST"))
			fatal(file, "the trace lost events");
	}
	fclose(in);
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static void report_transition(const char *file, const json_t *object)
{
	char name[NAME_LENGTH];
	int from = state_of(member(object, "from")), to = state_of(member(object, "to"));
	const char *evidence = member(object, "evidence");
	if (!local_wanted(member(object, "local")))
		return;
	snprintf(name, sizeof name, "%s %s", member(object, "local"), member(object, "remote"));
	if (from < 0 || to < 0) {
		printf("not ok - %s: the report says %s -> %s\n", name, member(object, "from"), member(object, "to"));
		tally.differences++;
		return;
	}
	struct edge edge = {.t_ns = time_of(member(object, "t")), .not_before_ns = time_of(member(object, "not_before")),
		.frame = (uint64_t)json_integer_value(json_object_get(object, "frame")), .from = (uint8_t)from, .to = (uint8_t)to,
		.evidence = evidence[0], .dated = true};
	if (!edge.t_ns || !strchr("wkb", edge.evidence) || !edge.evidence)
		fatal(file, "a transition without \"t\" or \"evidence\"");
	struct edges *edges = &endpoint_get(name, true)->report;
	if (edges->count && edges->at[edges->count - 1].t_ns > edge.t_ns) {
		printf("not ok - %s: the report is not in time order at %s\n", name, member(object, "t"));
		tally.differences++;
	}
	edge_add(edges, edge);
}

static void read_report(const char *file)
{
	char *line = NULL;
	size_t room = 0;
	json_error_t error;
	FILE *in = fopen(file, "r");
	if (!in)
		fatal(file, strerror(errno));
	while (getline(&line, &room, in) > 0) {
		json_t *object = json_loads(line, 0, &error);
		if (!object)
			fatal(file, error.text);
		if (!strcmp(member(object, "type"), "transition"))
			report_transition(file, object);
		json_decref(object);
	}
	free(line);
	fclose(in);
}

/* A connect() that failed before its SYN (the 4-tuple was taken): two edges of the socket that nobody else can see. */
static void read_unsent(const char *file)
{
	char local[64], remote[64], name[NAME_LENGTH];
	FILE *in = fopen(file, "r");
	if (!in)
		fatal(file, strerror(errno));
	while (fscanf(in, "%63s %63s", local, remote) == 2) {
		snprintf(name, sizeof name, "%s %s", local, remote);
		struct endpoint *endpoint = endpoint_get(name, false);
		struct edges *t = endpoint ? &endpoint->trace : NULL;
		size_t i = t ? t->count : 0;
		while (i-- > 1)
			if (t->at[i].from == SYN_SENT && t->at[i].to == CLOSED && t->at[i].t_ns - t->at[i - 1].t_ns < 1000000)
				break;
		if (i == 0 || i == (size_t)-1)
			fatal(file, "names a connect() that the tracepoint does not show to fail at once");
		memmove(&t->at[i - 1], &t->at[i + 1], (t->count - i - 1) * sizeof *t->at);
		t->count -= 2;
	}
	fclose(in);
}

static void read_held(const char *file)
{
	char line[512], stamp[64], state[32], local[64], remote[64];
	FILE *in = fopen(file, "r");
	if (!in)
		fatal(file, strerror(errno));
	while (fgets(line, sizeof line, in)) {
		int fields = sscanf(line, "%63s %31s %63s %63s", stamp, state, local, remote);
		struct held held = {.t_ns = time_of(stamp), .only = fields == 2 && !strcmp(state, "only")};
		if (!held.only && (fields != 4 || state_of(state) < 0))
			fatal(file, line);
		if (!held.only) {
			held.state = (uint8_t)state_of(state);
			snprintf(held.name, sizeof held.name, "%s %s", local, remote);
		}
		helds = grow(helds, held_count, sizeof *helds);
		helds[held_count++] = held;
	}
	fclose(in);
}

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
			printf(" %s", e->evidence == 'w' ? "wire" : e->evidence == 'k' ? "kernel" : "both");
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
	printf("not ok - %s: %s (times from %" PRId64 ".%09" PRId64 ")\n", endpoint->name, what, zero_ns / 1000000000, zero_ns % 1000000000);
	print_edges("kernel", t, zero_ns);
	print_edges("report", r, zero_ns);
}

static bool starts(uint8_t state)
{
	return state == CLOSED || state == LISTEN;
}

/* The report's edges as the tracepoint would show them; wants the trace to tell a request from a child that died in SYN_RECV. */
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
		bool dies = edge.from == LISTEN && edge.to == SYN_RECV && (!next || starts(next->from) || next->to == CLOSED);
		if (dies) {
			size_t at = out.count;
			bool child = at + 1 < trace->count && trace->at[at].to == SYN_RECV && next && next->from == SYN_RECV ?
				trace->at[at + 1].to == CLOSED : at + 1 == trace->count && trace->at[at].to == SYN_RECV;
			if (!child) {
				tally.requests++;
				i += next && next->from == SYN_RECV;
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
		bool between = r->not_before_ns && t->t_ns >= r->not_before_ns - slack && t->t_ns <= r->t_ns + slack;
		/* An orphan's mini-socket took over at t; the report's edge is the mini-socket's end or its TIME_WAIT, which --held judges. */
		bool handed_over = r->from == FIN_WAIT2 && r->to == CLOSED && r->t_ns > t->t_ns;
		if (!between && !handed_over && apart > slack) {
			snprintf(what, sizeof what, "%s -> %s is dated %.3f ms from the kernel's", state_names[r->from], state_names[r->to],
				(double)(r->t_ns - t->t_ns) / 1e6);
			differ(endpoint, what);
			return;
		}
		if (!r->not_before_ns && !handed_over && apart > tally.worst_ns)
			tally.worst_ns = apart;
	}
}

/* LISTEN begins and ends without a packet: a listener that lived for less than a look-up is nobody's to see. */
static bool unseen_listener(const struct endpoint *endpoint)
{
	const struct edges *t = &endpoint->trace;
	return !endpoint->report.count && t->count == 2 && t->at[0].to == LISTEN && t->at[1].to == CLOSED &&
		t->at[1].t_ns - t->at[0].t_ns < (int64_t)options.listener_ms * 1000000;
}

static void compare_endpoint(const void *node, VISIT which, void *unused)
{
	const struct endpoint *endpoint = *(struct endpoint *const *)node;
	(void)unused;
	if (which != postorder && which != leaf)
		return;
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
		same = report.at[i].from == endpoint->trace.at[i].from && report.at[i].to == endpoint->trace.at[i].to;
	if (!same && unseen_listener(endpoint))
		tally.unseen++;
	else if (!same)
		differ(endpoint, "other edges");
	else if (options.within_ms)
		compare_times(endpoint, &report);
	tally.endpoints++;
	tally.edges += endpoint->trace.count;
	free(report.at);
}

/* Did the report have the endpoint in this state at that time? An edge of which the report knows only an interval leaves both open. */
static bool report_held(const struct endpoint *endpoint, int64_t t_ns, uint8_t wanted, uint8_t *got)
{
	*got = CLOSED;
	for (size_t i = 0; endpoint && i < endpoint->report.count; i++) {
		const struct edge *e = &endpoint->report.at[i];
		if (e->not_before_ns && e->not_before_ns <= t_ns && t_ns <= e->t_ns && (e->from == wanted || e->to == wanted))
			return true;
		if (e->t_ns <= t_ns)
			*got = e->to;
	}
	return *got == wanted;
}

static int64_t only_ns;

static void compare_only(const void *node, VISIT which, void *unused)
{
	const struct endpoint *endpoint = *(struct endpoint *const *)node;
	uint8_t got;
	(void)unused;
	if (which != postorder && which != leaf)
		return;
	for (size_t i = 0; i < held_count; i++)
		if (helds[i].t_ns == only_ns && !helds[i].only && !strcmp(helds[i].name, endpoint->name))
			return;
	if (!report_held(endpoint, only_ns, CLOSED, &got)) {
		char what[128];
		snprintf(what, sizeof what, "the report holds it in %s where the kernel had no socket", state_names[got]);
		differ(endpoint, what);
	}
}

static void compare_held(void)
{
	for (size_t i = 0; i < held_count; i++) {
		const struct held *held = &helds[i];
		struct endpoint *endpoint = held->only ? NULL : endpoint_get(held->name, true);
		uint8_t got;
		if (held->only) {
			only_ns = held->t_ns;
			twalk_r(endpoints, compare_only, NULL);
			continue;
		}
		tally.held++;
		if (!local_wanted(held->name) || report_held(endpoint, held->t_ns, held->state, &got))
			continue;
		char what[128];
		snprintf(what, sizeof what, "the kernel held it in %s at %" PRId64 ".%06" PRId64 ", the report has %s", state_names[held->state],
			held->t_ns / 1000000000, held->t_ns % 1000000000 / 1000, state_names[got]);
		differ(endpoint, what);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 't': options.trace = arg; return 0;
	case 'r': options.report = arg; return 0;
	case 'h': options.held = arg; return 0;
	case 'u': options.unsent = arg; return 0;
	case 'l': options.listener_ms = atoi(arg); return 0;
	case 'w': options.within_ms = atoi(arg); return 0;
	case 'p':
		if (sscanf(arg, "%d-%d", &options.low_port, &options.high_port) != 2)
			argp_error(state, "--ports LOW-HIGH: not two ports: %s", arg);
		return 0;
	case 'a':
		if (options.addresses == MAX_ADDRESSES)
			argp_error(state, "at most %d addresses", MAX_ADDRESSES);
		options.address[options.addresses++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options.trace || !options.report)
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
		{"unsent", 'u', "FILE", 0, "\"LOCAL REMOTE\" of connect() calls that failed before a SYN", 0},
		{"address", 'a', "ADDRESS", 0, "judge only the ends with this address (repeat)", 0},
		{"ports", 'p', "LOW-HIGH", 0, "of the wildcard listeners to judge, when addresses are given", 0},
		{"listener-ms", 'l', "N", 0, "a listener that lived shorter may be missing in the report (50)", 0},
		{"within-ms", 'w', "N", 0, "how far an edge's two times may differ (50; 0: do not compare times)", 0}, {0}};
	const struct argp argp = {table, parse, NULL, "Compare a report with the kernel's own tracepoint.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	read_trace(options.trace);
	read_report(options.report);
	if (options.unsent)
		read_unsent(options.unsent);
	if (options.held)
		read_held(options.held);
	twalk_r(endpoints, compare_endpoint, NULL);
	compare_held();
	if (!tally.edges)
		fatal(options.trace, "the tracepoint shows no edge of these addresses: nothing was compared");
	printf("# %zu endpoints, %zu traced edges, %zu requests without a child, %zu TIME_WAIT, %zu held states, %zu listeners too short to see; times within %.3f ms; %zu differences\n",
		tally.endpoints, tally.edges, tally.requests, tally.time_waits, tally.held, tally.unseen,
		(double)tally.worst_ns / 1e6, tally.differences);
	return tally.differences ? 1 : 0;
}
