/* See oracle_edges.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "oracle_edges.h"

enum { MAX_ADDRESSES = 16 };

/* An edge traced before the kernel had chosen the port (connect()) or copied the peer's (older
 * kernels: the child's first edge). */
struct pending {
	struct edge edge;
	char local[NAME_LENGTH], remote[NAME_LENGTH];
	bool used;
};

const char *const state_names[STATES + 1] = {"CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV",
	"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
	"UNKNOWN"};
void *endpoints;
struct held *helds;
size_t held_count, reading_differences;
static struct pending *pendings;
static size_t pending_count, address_count;
static const char *addresses[MAX_ADDRESSES];
/* no wildcard listener is ours unless ports are given */
static int low_port = -1, high_port = -1;

void fatal(const char *file, const char *problem)
{
	fprintf(stderr, "oracle_compare: %s: %s\n", file, problem);
	exit(2);
}

/* The trace's clock is TAI: what it is ahead of CLOCK_REALTIME, in whole seconds (0 where nobody
 * set the offset). */
static int64_t tai_offset_ns(void)
{
	struct timespec tai, utc;
	clock_gettime(CLOCK_REALTIME, &utc);
	clock_gettime(CLOCK_TAI, &tai);
	return (tai.tv_sec - utc.tv_sec + (tai.tv_nsec - utc.tv_nsec > 500000000) -
		       (utc.tv_nsec - tai.tv_nsec > 500000000)) *
	       INT64_C(1000000000);
}

static void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	void *more = reallocarray(array, count ? 2 * count : 1, size);
	if (more == NULL)
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

void edge_add(struct edges *edges, struct edge edge)
{
	edges->at = grow(edges->at, edges->count, sizeof(*edges->at));
	edges->at[edges->count++] = edge;
}

static int endpoint_order(const void *a, const void *b)
{
	return strcmp(((const struct endpoint *)a)->name, ((const struct endpoint *)b)->name);
}

struct endpoint *endpoint_get(const char *name, bool create)
{
	struct endpoint key, **found;
	snprintf(key.name, sizeof(key.name), "%s", name);
	found = tfind(&key, &endpoints, endpoint_order);
	if (found != NULL || !create)
		return found != NULL ? *found : NULL;
	struct endpoint *made = calloc(1, sizeof(*made));
	if (made == NULL || (memcpy(made->name, key.name, sizeof(made->name)),
				    tsearch(made, &endpoints, endpoint_order) == NULL))
		fatal("memory", strerror(errno));
	return made;
}

bool address_add(const char *address)
{
	if (address_count == MAX_ADDRESSES)
		return false;
	addresses[address_count++] = address;
	return true;
}

void ports_set(int low, int high)
{
	low_port = low;
	high_port = high;
}

/* Is "ADDRESS:PORT" an end whose truth we have? The tracepoint does not say which namespace a
 * socket is in: the addresses of the run tell, and of a wildcard listener its port. */
bool local_wanted(const char *end)
{
	if (!address_count)
		return true;
	if (!strncmp(end, "0.0.0.0:", 8) || !strncmp(end, "[::]:", 5)) {
		int port = atoi(strrchr(end, ':') + 1);
		return port >= low_port && port <= high_port;
	}
	for (size_t i = 0; i < address_count; i++) {
		size_t skip = end[0] == '[', length = strlen(addresses[i]);
		if (!strncmp(end + skip, addresses[i], length) &&
			(addresses[i][length - 1] == '.' ||
				end[skip + length] == (skip ? ']' : ':')))
			return true;
	}
	return false;
}

static void end_text(char *out, size_t size, bool v6, const char *v4_text, const char *v6_text,
	unsigned port, bool remote)
{
	struct in6_addr addr;
	char text[INET6_ADDRSTRLEN] = "";
	if (remote && !port) {
		snprintf(out, size, "*:*");
		return;
	}
	if (v6 && inet_pton(AF_INET6, v6_text, &addr) == 1 && !IN6_IS_ADDR_V4MAPPED(&addr)) {
		inet_ntop(AF_INET6, &addr, text, sizeof(text));
		snprintf(out, size, "[%s]:%u", text, port);
	} else {
		snprintf(out, size, "%s:%u", v6 ? v6_text + strlen("::ffff:") : v4_text, port);
	}
}

/* The first waiting edge that this one continues, moved to its endpoint. */
static void pending_claim(
	struct endpoint *endpoint, uint8_t from, const char *local, const char *remote)
{
	struct pending *found = NULL;
	size_t candidates = 0;
	for (size_t i = 0; i < pending_count; i++) {
		struct pending *p = &pendings[i];
		bool same = p->edge.from == LISTEN
				    ? !strcmp(p->local, local)
				    : !strcmp(p->remote, remote) &&
					      !strncmp(p->local, local, strlen(p->local));
		if (!p->used && p->edge.to == from && same && !candidates++)
			found = p;
	}
	if (found == NULL)
		return;
	found->used = true;
	found->edge.dated = found->edge.dated && candidates == 1;
	edge_add(&endpoint->trace, found->edge);
}

static void trace_line(const char *file, const char *line, const char *event)
{
	char family[16], from[32], to[32], address[4][64], local[NAME_LENGTH / 2],
		remote[NAME_LENGTH / 2], name[NAME_LENGTH];
	unsigned sport, dport;
	const char *stamp = event - 2; /* "1795391726.962735: inet_sock_set_state:" */
	while (stamp > line && stamp[-1] != ' ')
		stamp--;
	if (sscanf(event,
		    "inet_sock_set_state: family=%15s protocol=%*s sport=%u dport=%u saddr=%63s "
		    "daddr=%63s saddrv6=%63s daddrv6=%63s "
		    "oldstate=TCP_%31s newstate=TCP_%31s",
		    family, &sport, &dport, address[0], address[1], address[2], address[3], from,
		    to) != 9 ||
		state_of(from) < 0 || state_of(to) < 0)
		fatal(file, line);
	bool v6 = !strcmp(family, "AF_INET6");
	struct edge edge = {.t_ns = time_of(stamp) - tai_offset_ns(),
		.from = (uint8_t)state_of(from),
		.to = (uint8_t)state_of(to),
		.evidence = 't'};
	edge.dated = !(edge.from == LISTEN && edge.to == SYN_RECV);
	end_text(local, sizeof(local), v6, address[0], address[2], sport, false);
	end_text(remote, sizeof(remote), v6, address[1], address[3], dport, true);
	if (edge.from == edge.to || !local_wanted(local))
		return;
	if (!sport || (edge.from == LISTEN && edge.to == SYN_RECV && !dport)) {
		if (edge.to == CLOSED)
			/* no port was found: connect() failed before it sent anything; its first
			 * half stays pending, unused */
			return;
		pendings = grow(pendings, pending_count, sizeof(*pendings));
		struct pending *p = &pendings[pending_count++];
		*p = (struct pending){.edge = edge};
		snprintf(p->remote, sizeof(p->remote), "%s", remote);
		snprintf(p->local, sizeof(p->local), "%s", local);
		if (!sport)
			/* "ADDRESS:", to be completed by the port */
			p->local[strlen(p->local) - 1] = '\0';
		return;
	}
	snprintf(name, sizeof(name), "%s %s", local, remote);
	struct endpoint *endpoint = endpoint_get(name, true);
	size_t count = endpoint->trace.count;
	if (edge.from != CLOSED && edge.from != LISTEN &&
		(!count || endpoint->trace.at[count - 1].to != edge.from))
		pending_claim(endpoint, edge.from, local, remote);
	edge_add(&endpoint->trace, edge);
}

void read_trace(const char *file)
{
	char line[1024];
	unsigned long in_buffer, written;
	FILE *in = fopen(file, "r");
	if (in == NULL)
		fatal(file, strerror(errno));
	while (fgets(line, sizeof(line), in) != NULL) {
		const char *event = strstr(line, "inet_sock_set_state: family=");
		if (event != NULL)
			trace_line(file, line, event);
		else if (sscanf(line, "# entries-in-buffer/entries-written: %lu/%lu", &in_buffer,
				 &written) == 2 &&
			 in_buffer != written)
			fatal(file, "the trace buffer overran: give the trace instance a larger "
				    "buffer_size_kb");
		else if (strstr(line, "LOST") != NULL)
			fatal(file, "the trace lost events");
	}
	fclose(in);
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL ? text : "";
}

static void report_transition(const char *file, const json_t *object, size_t *midway)
{
	char name[NAME_LENGTH];
	int from = state_of(member(object, "from")), to = state_of(member(object, "to"));
	const char *evidence = member(object, "evidence");
	if (!local_wanted(member(object, "local")))
		return;
	snprintf(name, sizeof(name), "%s %s", member(object, "local"), member(object, "remote"));
	if (midway != NULL && !strcmp(member(object, "from"), "UNKNOWN") && to >= 0) {
		++*midway;
		/* met midway by a segment that moved it: where to is to be true */
		if (!strcmp(member(object, "reason"), "seen_midway"))
			return;
		from = STATES;
	}
	if (from < 0 || to < 0) {
		printf("not ok - %s: the report says %s -> %s\n", name, member(object, "from"),
			member(object, "to"));
		reading_differences++;
		return;
	}
	struct edge edge = {.t_ns = time_of(member(object, "t")),
		.not_before_ns = time_of(member(object, "not_before")),
		.frame = (uint64_t)json_integer_value(json_object_get(object, "frame")),
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.evidence = evidence[0],
		.dated = true};
	if (!edge.t_ns || strchr("wkbi", edge.evidence) == NULL || !edge.evidence)
		fatal(file, "a transition without \"t\" or \"evidence\"");
	struct edges *edges = &endpoint_get(name, true)->report;
	if (edges->count && edges->at[edges->count - 1].t_ns > edge.t_ns) {
		printf("not ok - %s: the report is not in time order at %s\n", name,
			member(object, "t"));
		reading_differences++;
	}
	edge_add(edges, edge);
}

size_t read_report(const char *file, bool lossy)
{
	size_t midway = 0;
	char *line = NULL;
	size_t room = 0;
	json_error_t error;
	FILE *in = fopen(file, "r");
	if (in == NULL)
		fatal(file, strerror(errno));
	while (getline(&line, &room, in) > 0) {
		json_t *object = json_loads(line, 0, &error);
		if (object == NULL)
			fatal(file, error.text);
		if (!strcmp(member(object, "type"), "transition"))
			report_transition(file, object, lossy ? &midway : NULL);
		json_decref(object);
	}
	free(line);
	fclose(in);
	return midway;
}

/* A connect() that failed before its SYN (the 4-tuple was taken): two edges of the socket that
 * nobody else can see. */
void read_unsent(const char *file)
{
	char local[64], remote[64], name[NAME_LENGTH];
	FILE *in = fopen(file, "r");
	if (in == NULL)
		fatal(file, strerror(errno));
	while (fscanf(in, "%63s %63s", local, remote) == 2) {
		snprintf(name, sizeof(name), "%s %s", local, remote);
		struct endpoint *endpoint = endpoint_get(name, false);
		struct edges *t = endpoint != NULL ? &endpoint->trace : NULL;
		size_t i = t != NULL ? t->count : 0;
		while (i-- > 1)
			if (t->at[i].from == SYN_SENT && t->at[i].to == CLOSED &&
				t->at[i].t_ns - t->at[i - 1].t_ns < 1000000)
				break;
		if (i == 0 || i == (size_t)-1)
			fatal(file, "names a connect() that the tracepoint does not show to fail "
				    "at once");
		memmove(&t->at[i - 1], &t->at[i + 1], (t->count - i - 1) * sizeof(*t->at));
		t->count -= 2;
	}
	fclose(in);
}

void read_held(const char *file)
{
	char line[512], stamp[64], state[32], local[64], remote[64], name[NAME_LENGTH];
	FILE *in = fopen(file, "r");
	if (in == NULL)
		fatal(file, strerror(errno));
	while (fgets(line, sizeof(line), in) != NULL) {
		int fields = sscanf(line, "%63s %31s %63s %63s", stamp, state, local, remote);
		struct held held = {
			.t_ns = time_of(stamp), .only = fields == 2 && !strcmp(state, "only")};
		bool unsure = fields == 4 && !strcmp(state, "UNSURE");
		if (!held.only && (fields != 4 || (!unsure && state_of(state) < 0)))
			fatal(file, line);
		if (!held.only && local_wanted(local)) {
			held.state = unsure ? STATES : (uint8_t)state_of(state);
			snprintf(name, sizeof(name), "%s %s", local, remote);
			held.endpoint = endpoint_get(name, true);
		}
		helds = grow(helds, held_count, sizeof(*helds));
		helds[held_count++] = held;
	}
	fclose(in);
}
