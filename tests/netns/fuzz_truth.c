/* The kernel's truth of one run of the fuzzed peer: the tracepoint's edges of full sockets, put
 * together with what sock_diag showed of requests, TIME_WAIT and orphans in FIN_WAIT2. Writes the
 * format of tests/README.md. A connection of which the two witnesses contradict each other is named
 * as doubtful, and not judged. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_edges.h"

enum { ROWS_MAX = 20000, NAME = 32 };

struct shown { /* a change of what sock_diag showed */
	char name[NAME];
	int64_t asked_ns, t_ns;
	uint8_t state;     /* CLOSED: nothing */
	bool mini, unsent; /* unsent: a connect() failed between asked_ns and t_ns */
	uint64_t cookie;
};
struct happened { /* an edge, or a change */
	int64_t t_ns;
	const struct edge *edge;
	const struct shown *shown;
};
struct life { /* of one 4-tuple, while its events are gone through */
	const char *name;
	const struct happened *at;
	size_t count;
	uint8_t state;
	bool request; /* in SYN_RECV, and only sock_diag has shown it */
	bool mini;    /* in FIN_WAIT2, handed over */
	uint64_t cookie;
	const char *doubt;
	struct edge out[4096];
	size_t out_count;
};

static struct {
	const char *trace, *rows, *address;
} options;
static struct shown rows[ROWS_MAX];
static size_t row_count;
static int64_t end_ns, zero_ns;
static struct life life;
static size_t doubtful;

static uint8_t state_named(const char *name)
{
	for (uint8_t i = 0; i < STATES; i++)
		if (strcmp(state_names[i], name) == 0)
			return i;
	return CLOSED;
}

static int64_t time_of(const char *text)
{
	long long seconds, fraction;
	return sscanf(text, "%lld.%9lld", &seconds, &fraction) == 2
		       ? seconds * INT64_C(1000000000) + fraction
		       : 0;
}

static void read_rows(void)
{
	char line[256], asked[40], t[40], name[NAME], state[24], kind[16];
	FILE *in = fopen(options.rows, "r");
	if (in == NULL)
		fatal(options.rows, strerror(errno));
	while (fgets(line, sizeof(line), in) != NULL) {
		uint64_t cookie;
		if (strstr(line, " teardown") != NULL) {
			end_ns = time_of(line);
			continue;
		}
		if (sscanf(line, "%39s %39s %31s %23s %15s %" SCNx64, asked, t, name, state, kind,
			    &cookie) != 6 ||
			row_count == ROWS_MAX)
			fatal(options.rows, line);
		struct shown *row = &rows[row_count++];
		*row = (struct shown){.asked_ns = time_of(asked),
			.t_ns = time_of(t),
			.state = state_named(state),
			.mini = strcmp(kind, "mini") == 0,
			.unsent = strcmp(kind, "unsent") == 0,
			.cookie = cookie};
		snprintf(row->name, sizeof(row->name), "%s", name);
	}
	fclose(in);
	if (end_ns == 0 || row_count == 0)
		fatal(options.rows, "the run did not come to its end");
	zero_ns = rows[0].asked_ns;
}

static void go(int64_t t_ns, uint8_t to)
{
	if (life.out_count == sizeof(life.out) / sizeof(*life.out))
		fatal(life.name, "too many edges");
	uint8_t from = life.state == CLOSED && to == SYN_RECV ? LISTEN : life.state;
	life.out[life.out_count++] = (struct edge){.t_ns = t_ns, .from = from, .to = to};
	life.state = to;
	life.request = life.mini = false;
}

static void doubt(const char *why)
{
	if (life.doubt == NULL)
		life.doubt = why;
}

/* The next that sock_diag showed of it. */
static const struct shown *shown_after(size_t i)
{
	for (i++; i < life.count; i++)
		if (life.at[i].shown != NULL)
			return life.at[i].shown;
	return NULL;
}

/* Was the child of a traced SYN_RECV -> CLOSED ever in the hash table? One that lost against the
 * request it was made of, or a cookie's that found no room in the queue, was not. */
static bool was_hashed(size_t i)
{
	for (size_t j = i; j-- > 0;) {
		const struct happened *h = &life.at[j];
		if (h->edge != NULL && h->edge->from != LISTEN)
			return h->edge->to == SYN_RECV || h->edge->to == SYN_SENT;
		if (h->shown != NULL)
			return h->shown->state == SYN_RECV && shown_after(i) != NULL &&
			       shown_after(i)->state != SYN_RECV;
	}
	return false;
}

static void take_edge(size_t i)
{
	const struct edge *edge = life.at[i].edge;
	int64_t t_ns = edge->t_ns;
	if (edge->from == LISTEN || edge->to == LISTEN)
		return; /* the child's first edge: told by the next */
	if (edge->from == SYN_RECV && edge->to == CLOSED && !was_hashed(i))
		return;
	if ((life.state == TIME_WAIT || life.mini) &&
		(edge->from == CLOSED || edge->from == SYN_RECV))
		go(t_ns, CLOSED); /* a new connection took its place */
	if (edge->from == SYN_RECV && life.state == CLOSED)
		go(t_ns, SYN_RECV); /* a cookie's */
	if (edge->from != life.state) {
		doubt("the tracepoint goes on from another state");
		life.state = edge->from;
	}
	const struct shown *next = shown_after(i);
	bool handed_over = edge->to == CLOSED &&
			   (edge->from == FIN_WAIT2 || edge->from == CLOSING) && next != NULL &&
			   next->mini;
	if (!handed_over) {
		go(t_ns, edge->to);
	} else if (next->state == TIME_WAIT) {
		go(t_ns, TIME_WAIT);
	} else {
		life.mini = true;
	}
}

static void take_shown(size_t i)
{
	const struct shown *row = life.at[i].shown;
	bool full = row->state != CLOSED && row->state != SYN_RECV && !row->mini;
	if (row->state == SYN_RECV) {
		if (life.state == TIME_WAIT || life.mini ||
			(life.request && life.cookie != row->cookie && life.cookie != 0))
			go(row->t_ns, CLOSED);
		if (life.state == CLOSED) {
			go(row->t_ns, SYN_RECV);
			life.request = true;
		} else if (life.state != SYN_RECV) {
			doubt("a request is shown beside a socket");
		}
	} else if (row->state == CLOSED) {
		if (life.request || life.state == TIME_WAIT || life.state == FIN_WAIT2)
			go(row->t_ns, CLOSED);
		else if (life.state != CLOSED)
			doubt("a socket is gone and the tracepoint does not tell");
	} else if (row->mini && row->state == TIME_WAIT && life.state == FIN_WAIT2) {
		go(row->t_ns, TIME_WAIT);
	} else if ((full || row->mini) && row->state != life.state) {
		doubt("another state is shown than the tracepoint has");
	}
	life.cookie = row->cookie;
}

static int by_time(const void *first, const void *second)
{
	const struct happened *a = first, *b = second;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	/* the traced one is cut to microseconds, so it came first; edges in their order */
	if ((a->edge != NULL) != (b->edge != NULL))
		return a->edge != NULL ? -1 : 1;
	return a->edge != NULL ? (a->edge > b->edge) - (a->edge < b->edge)
			       : (a->shown > b->shown) - (a->shown < b->shown);
}

static void tell(void)
{
	if (life.doubt != NULL) {
		doubtful++;
		printf("# doubtful %s %s\n", life.name, life.doubt);
		return;
	}
	for (size_t i = 0; i < life.out_count; i++) {
		const struct edge *edge = &life.out[i];
		printf("%" PRId64 ".%09" PRId64 " %+.6f %s %s -> %s\n", edge->t_ns / 1000000000,
			edge->t_ns % 1000000000, (double)(edge->t_ns - zero_ns) / 1e9, life.name,
			state_names[edge->from], state_names[edge->to]);
	}
}

/* The two clocks differ by some microseconds. */
static bool was_unsent(const char *name, const struct edge *edge)
{
	const int64_t slack_ns = 20000;
	bool connecting = (edge->from == CLOSED && edge->to == SYN_SENT) ||
			  (edge->from == SYN_SENT && edge->to == CLOSED);
	for (size_t i = 0; i < row_count && connecting; i++)
		if (rows[i].unsent && strcmp(rows[i].name, name) == 0 &&
			rows[i].asked_ns - slack_ns <= edge->t_ns &&
			edge->t_ns <= rows[i].t_ns + slack_ns)
			return true;
	return false;
}

/* All that happened to the 4-tuple of this name, in order. */
static void tuple(const char *name, const struct edges *trace)
{
	struct happened *at =
		calloc(row_count + (trace != NULL ? trace->count : 0) + 1, sizeof(*at));
	if (at == NULL)
		fatal("memory", strerror(errno));
	life.name = name;
	life.at = at;
	life.count = life.out_count = 0;
	life.state = CLOSED;
	life.request = life.mini = false;
	life.cookie = 0;
	life.doubt = NULL;
	for (size_t i = 0; i < row_count; i++)
		if (strcmp(rows[i].name, name) == 0 && !rows[i].unsent)
			at[life.count++] =
				(struct happened){.t_ns = rows[i].t_ns, .shown = &rows[i]};
	for (size_t i = 0; trace != NULL && i < trace->count; i++)
		if (!was_unsent(name, &trace->at[i]))
			at[life.count++] =
				(struct happened){.t_ns = trace->at[i].t_ns, .edge = &trace->at[i]};
	qsort(at, life.count, sizeof(*at), by_time);
	for (size_t i = 0; i < life.count; i++) {
		if (at[i].t_ns > end_ns)
			break;
		if (at[i].edge != NULL)
			take_edge(i);
		else
			take_shown(i);
	}
	tell();
	free(at);
}

static char traced[4096][NAME];
static size_t traced_count;

static void one_endpoint(const void *node, VISIT which, void *unused)
{
	const struct endpoint *endpoint = *(struct endpoint *const *)node;
	const char *space = strchr(endpoint->name, ' '), *remote = strrchr(endpoint->name, ':');
	char name[NAME];
	(void)unused;
	if ((which != postorder && which != leaf) || space == NULL || remote == NULL ||
		strcmp(remote, ":*") == 0 || traced_count == sizeof(traced) / sizeof(*traced))
		return;
	const char *local = space;
	while (local > endpoint->name && *local != ':')
		local--;
	snprintf(name, sizeof(name), "%.*s<>%s", (int)(space - local - 1), local + 1, remote + 1);
	memcpy(traced[traced_count++], name, sizeof(name));
	tuple(name, &endpoint->trace);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 't':
		options.trace = arg;
		return 0;
	case 'r':
		options.rows = arg;
		return 0;
	case 'a':
		options.address = arg;
		return 0;
	case ARGP_KEY_END:
		if (options.trace == NULL || options.rows == NULL || options.address == NULL)
			argp_error(state, "--trace, --rows and --address are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"trace", 't', "FILE", 0, "text of sock:inet_sock_set_state, trace_clock tai", 0},
		{"rows", 'r', "FILE", 0, "what fuzz_peer wrote", 0},
		{"address", 'a', "ADDRESS", 0, "the kernel's address", 0}, {0}};
	const struct argp argp = {table, parse, NULL,
		"Put the tracepoint and sock_diag together to the truth of a run.", NULL, NULL,
		NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	address_add(options.address);
	read_rows();
	read_trace(options.trace);
	printf("# local=%s\n", options.address);
	twalk_r(endpoints, one_endpoint, NULL);
	for (size_t i = 0; i < row_count; i++) { /* requests that never became a socket */
		bool known = false;
		for (size_t j = 0; j < traced_count && !known; j++)
			known = strcmp(traced[j], rows[i].name) == 0;
		if (known || traced_count == sizeof(traced) / sizeof(*traced))
			continue;
		memcpy(traced[traced_count++], rows[i].name, NAME);
		tuple(rows[i].name, NULL);
	}
	printf("%" PRId64 ".%09" PRId64 " %+.6f # teardown\n", end_ns / 1000000000,
		end_ns % 1000000000, (double)(end_ns - zero_ns) / 1e9);
	fprintf(stderr, "doubtful %zu of %zu\n", doubtful, traced_count);
	return 0;
}
