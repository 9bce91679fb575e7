/* Runs one seed of the fuzzed peer (fuzz.h) in the namespace it is in: the tun device and its
 * addresses exist already. What sock_diag showed goes to --rows; the tracepoint is read by the
 * caller. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

enum { POLL_NS = 500000 };

static struct {
	const char *tun, *kernel, *peer, *rows;
	uint64_t seed;
	unsigned opening_ms, length_ms;
} options = {.tun = "tun0", .seed = 1, .opening_ms = 2500, .length_ms = 4500};
static struct fuzz fuzz;

void fuzz_fail(const char *what)
{
	fprintf(stderr, "fuzz_peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

int64_t fuzz_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* splitmix64 */
uint32_t fuzz_draw(struct fuzz *f, uint32_t below)
{
	uint64_t z = f->lot += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16) % below;
}

bool fuzz_chance(struct fuzz *f, unsigned percent)
{
	return fuzz_draw(f, 100) < percent;
}

unsigned fuzz_pause(struct fuzz *f)
{
	static const uint32_t most[] = {1, 200, 3000, 3000, 20000, 60000, 60000, 300000};
	return fuzz_draw(f, most[fuzz_draw(f, sizeof(most) / sizeof(*most))]);
}

static bool sooner(const struct task *a, const struct task *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void swap_tasks(struct fuzz *f, size_t a, size_t b)
{
	struct task *task = f->tasks[a];
	f->tasks[a] = f->tasks[b];
	f->tasks[b] = task;
}

void fuzz_later(struct fuzz *f, unsigned delay_us, fuzz_run *run, struct conn *conn,
	unsigned number, const struct segment *segment)
{
	struct task *task = calloc(1, sizeof(*task));
	if (!(f->task_count & (f->task_count - 1)))
		f->tasks = reallocarray(
			f->tasks, f->task_count > 0 ? 2 * f->task_count : 1, sizeof(*f->tasks));
	if (task == NULL || f->tasks == NULL)
		fuzz_fail("memory");
	*task = (struct task){.due_ns = fuzz_now_ns() + INT64_C(1000) * delay_us,
		.order = f->task_order++,
		.run = run,
		.conn = conn,
		.life = conn != NULL ? conn->life : 0,
		.number = number};
	if (segment != NULL)
		task->segment = *segment;
	size_t at = f->task_count++;
	f->tasks[at] = task;
	for (; at > 0 && sooner(f->tasks[at], f->tasks[(at - 1) / 2]); at = (at - 1) / 2)
		swap_tasks(f, at, (at - 1) / 2);
}

static struct task *next_task(struct fuzz *f)
{
	struct task *first = f->tasks[0];
	f->tasks[0] = f->tasks[--f->task_count];
	for (size_t at = 0, child; (child = 2 * at + 1) < f->task_count; at = child) {
		if (child + 1 < f->task_count && sooner(f->tasks[child + 1], f->tasks[child]))
			child++;
		if (!sooner(f->tasks[child], f->tasks[at]))
			break;
		swap_tasks(f, at, child);
	}
	return first;
}

/* ---- the path ---- */

static void arrive_here(struct fuzz *f, struct conn *conn, const struct task *task)
{
	if (!wire_send(&f->wire, &task->segment))
		fuzz_fail("the tun device");
	rows_look(f, conn);
}

static void arrive_there(struct fuzz *f, struct conn *conn, const struct task *task)
{
	f->character->take(f, conn, &task->segment);
}

static void travel(struct fuzz *f, struct conn *conn, const struct segment *s, fuzz_run *arrive)
{
	for (int copies = fuzz_chance(f, f->twice) ? 2 : 1; copies > 0; copies--)
		if (!fuzz_chance(f, f->loss))
			fuzz_later(f, f->delay_us + fuzz_draw(f, f->jitter_us + 1), arrive, conn, 0,
				s);
}

void fuzz_send(struct fuzz *f, struct conn *conn, struct segment *segment)
{
	segment->peer_port = conn->peer_port;
	segment->kernel_port = conn->kernel_port;
	travel(f, conn, segment, arrive_here);
}

static void read_wire(struct fuzz *f)
{
	struct segment s;
	while (wire_receive(&f->wire, 0, &s) == 1)
		for (size_t i = 0; i < FUZZ_CONNS; i++)
			if (f->conns[i].kernel_port == s.kernel_port &&
				f->conns[i].peer_port == s.peer_port && f->conns[i].life > 0) {
				f->conns[i].last = s;
				travel(f, &f->conns[i], &s, arrive_there);
			}
}

/* ---- the run ---- */

/* A life of a 4-tuple begins; the last may not have ended. */
static void begin_life(struct fuzz *f, struct conn *conn, const struct task *task)
{
	(void)task;
	if (conn->fd >= 0 && conn->life > 0)
		close(conn->fd);
	conn->fd = -1;
	conn->life++;
	conn->timestamps = fuzz_chance(f, 60);
	conn->iss = fuzz_chance(f, 70) ? conn->nxt + 100000 + fuzz_draw(f, 100000)
				       : fuzz_draw(f, UINT32_MAX);
	conn->ts_recent = 0;
	rows_look(f, conn);
	f->character->begin(f, conn);
	if (conn->active)
		fuzz_later(f, fuzz_draw(f, 500), calls_connect, conn, 0, NULL);
	if (fuzz_chance(f, 30))
		fuzz_later(f, 300000 + fuzz_draw(f, 1500000), begin_life, conn, 0, NULL);
}

static void sysctl_set(const char *name, unsigned value)
{
	char path[128];
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	FILE *file = fopen(path, "w");
	if (file == NULL)
		fuzz_fail(path);
	fprintf(file, "%u", value);
	if (fclose(file) != 0)
		fuzz_fail(path);
}

static void conditions(struct fuzz *f)
{
	bool sane = f->character == &character_sane;
	sysctl_set("tcp_syncookies", fuzz_chance(f, 15) ? 2 : fuzz_draw(f, 2));
	sysctl_set("tcp_abort_on_overflow", fuzz_chance(f, 10));
	sysctl_set("tcp_fin_timeout", 1 + fuzz_draw(f, 3));
	sysctl_set("tcp_orphan_retries", 1 + fuzz_draw(f, 3));
	sysctl_set("tcp_retries2", 2 + fuzz_draw(f, 4));
	sysctl_set("tcp_synack_retries", 1 + fuzz_draw(f, 3));
	sysctl_set("tcp_syn_retries", 1 + fuzz_draw(f, 2));
	sysctl_set("tcp_rfc1337", fuzz_chance(f, 10));
	sysctl_set("tcp_max_tw_buckets", fuzz_chance(f, 15) ? 2 : 1000);
	f->backlog = fuzz_chance(f, 70) ? 64 : fuzz_draw(f, 4);
	f->accept_ms = fuzz_chance(f, 60) ? 0 : 1 + fuzz_draw(f, fuzz_chance(f, 50) ? 20 : 300);
	f->delay_us = fuzz_draw(f, fuzz_chance(f, 60) ? 1000 : 15000);
	f->jitter_us = fuzz_chance(f, 50) ? 0 : fuzz_draw(f, 10000);
	f->loss = sane && fuzz_chance(f, 70) ? fuzz_draw(f, 20) : 0;
	f->twice = sane && fuzz_chance(f, 40) ? fuzz_draw(f, 15) : 0;
}

static void loop(struct fuzz *f, int64_t until_ns)
{
	int64_t poll_ns = 0, now_ns;
	while ((now_ns = fuzz_now_ns()) < until_ns) {
		read_wire(f);
		if (f->task_count > 0 && f->tasks[0]->due_ns <= now_ns) {
			struct task *task = next_task(f);
			if (task->conn == NULL || task->conn->life == task->life)
				task->run(f, task->conn, task);
			free(task);
			continue;
		}
		if (now_ns >= poll_ns) { /* timers of the kernel's */
			rows_look(f, NULL);
			poll_ns = now_ns + POLL_NS;
		}
		int64_t next_ns = poll_ns;
		if (f->task_count > 0 && f->tasks[0]->due_ns < next_ns)
			next_ns = f->tasks[0]->due_ns;
		struct timespec nap = {.tv_nsec = next_ns > now_ns ? next_ns - now_ns : 0};
		if (nap.tv_nsec > 50000)
			nap.tv_nsec = 50000; /* the kernel's segments should not wait for long */
		nanosleep(&nap, NULL);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 't':
		options.tun = arg;
		return 0;
	case 'k':
		options.kernel = arg;
		return 0;
	case 'p':
		options.peer = arg;
		return 0;
	case 'r':
		options.rows = arg;
		return 0;
	case 's':
		options.seed = strtoull(arg, NULL, 10);
		return 0;
	case ARGP_KEY_ARG:
		fuzz.character = strcmp(arg, "sane") == 0  ? &character_sane
				 : strcmp(arg, "mad") == 0 ? &character_mad
							   : NULL;
		return fuzz.character == NULL ? ARGP_ERR_UNKNOWN : 0;
	case ARGP_KEY_END:
		if (options.kernel == NULL || options.peer == NULL || options.rows == NULL ||
			fuzz.character == NULL)
			argp_error(state, "--kernel, --peer, --rows and sane or mad are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"tun", 't', "NAME", 0, "the tun device (tun0)", 0},
		{"kernel", 'k', "ADDRESS", 0, "the kernel's address", 0},
		{"peer", 'p', "ADDRESS", 0, "the peer's address", 0},
		{"rows", 'r', "FILE", 0, "write what sock_diag showed, and when", 0},
		{"seed", 's', "N", 0, "what the lots are drawn from (1)", 0}, {0}};
	const struct argp argp = {table, parse, "sane|mad",
		"Be a TCP peer that is well-behaved, or not at all.", NULL, NULL, NULL};
	struct timespec now;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	fuzz.lot = options.seed * 7919 + (fuzz.character == &character_mad);
	fuzz.log = fopen(options.rows, "w");
	if (fuzz.log == NULL)
		fuzz_fail(options.rows);
	if (!wire_open(&fuzz.wire, options.tun, options.kernel, options.peer))
		fuzz_fail(options.tun);
	conditions(&fuzz);
	rows_open(&fuzz);
	calls_listen(&fuzz);
	for (unsigned i = 0; i < FUZZ_CONNS; i++) {
		struct conn *conn = &fuzz.conns[i];
		*conn = (struct conn){.active = i % 2, .fd = -1};
		conn->kernel_port = conn->active ? (uint16_t)(FUZZ_FIRST + i) : FUZZ_LISTEN;
		conn->peer_port = conn->active ? FUZZ_SERVER : (uint16_t)(FUZZ_FIRST + i);
		conn->nxt = fuzz_draw(&fuzz, UINT32_MAX);
		fuzz_later(&fuzz, fuzz_draw(&fuzz, 1000 * options.opening_ms), begin_life, conn, 0,
			NULL);
	}
	fuzz_later(&fuzz, 0, calls_accept, NULL, 0, NULL);
	loop(&fuzz, fuzz_now_ns() + INT64_C(1000000) * options.length_ms);
	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(fuzz.log, "%jd.%09ld teardown\n", (intmax_t)now.tv_sec, now.tv_nsec);
	calls_end(&fuzz);
	return fclose(fuzz.log) != 0;
}
