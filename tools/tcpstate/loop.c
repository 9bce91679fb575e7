/* Polls everything, in this order of stages: COMMAND runs; what it left is ended; the last packets
 * come in; done. */
#include "loop.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "news.h"
#include "process.h"
#include "relay.h"
#include "tcpstate/lang.h"
#include "tcpstate/source.h"
#include "terminal.h"

enum stage {
	STAGE_RUNNING,
	STAGE_TERMINATED /* survivors were sent TERM */,
	STAGE_KILLED,
	STAGE_QUIET /* waiting for the last packets */,
	STAGE_DONE
};

enum { NEWS_PER_ROUND = 256 };
#define MS INT64_C(1000000)
/* Of COMMAND, asked to end; of what it left: together less than the five seconds after which the
 * recorder has ended whatever happens. */
static const int64_t term_ns = 1000 * MS, stubborn_ns = 1000 * MS, kill_ns = 500 * MS;
/* 250 ms without a packet: the last look-up wish is due 200 ms after one */
static const int64_t quiet_ns = 250 * MS, quiet_limit_ns = 1000 * MS;
static const int64_t replay_ns = 50 * MS;
static const int64_t status_ns = 1000 * MS, shared_status_ns = 5000 * MS;

int loop_signals(struct loop *loop, struct error *error)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of the write */
	signal(SIGTTOU, SIG_IGN); /* messages while COMMAND has the terminal */
	loop->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signal_fd < 0 ? error_set(error, "signalfd: %s", strerror(errno)) : 0;
}

/* ---- COMMAND's end ---- */

static void survivor_list(void *context, const struct process *process)
{
	struct loop *loop = context;
	json_t *fact;
	char *text, time[32], program[32];
	int64_t now = now_ns();
	uint32_t inner = program_inner_pid(process->pid);

	program_name(process->pid, program, NULL);
	if (inner == 0 || program[0] == '\0')
		return; /* it has ended meanwhile */
	if (!loop->survivors_listed)
		fputs(_("tcpstate: COMMAND has ended, these have not and are terminated:\n"),
			stderr);
	loop->survivors_listed = true;
	fputs("  ", stderr);
	terminal_print(stderr, program);
	fprintf(stderr, " (%d)\n", (int)inner);
	snprintf(time, sizeof(time), "%" PRId64 ".%09" PRId64, now / 1000000000, now % 1000000000);
	fact = json_pack("{s:s,s:s,s:i,s:i,s:s%}", "type", "survivor", "t", time, "pid", (int)inner,
		"host_pid", process->pid, "program", program, strlen(program));
	text = fact != NULL ? json_dumps(fact, JSON_COMPACT) : NULL;
	if (text != NULL)
		observer_fact(loop->observer, text, NULL);
	free(text);
	json_decref(fact);
}

static void stage_quiet(struct loop *loop, int64_t now)
{
	loop->stage = STAGE_QUIET;
	loop->deadline_ns = now + quiet_limit_ns;
	loop->quiet_ns = now + quiet_ns;
}

/* To COMMAND; who ends by it is ended by the recorder. */
static void signal_pass(struct loop *loop, int number)
{
	observer_signalled(loop->observer, number);
	command_signal(loop->command, number);
}

static void stage_running(struct loop *loop, int64_t now)
{
	struct command *command = loop->command;

	bool due = loop->stop || (loop->until_ns && now >= loop->until_ns);

	if (command == NULL) {
		if (loop->signals || due)
			loop->stage = STAGE_DONE;
		return;
	}
	if (due && !loop->by_itself && !command->ended) {
		loop->by_itself = true;
		loop->until_ns = 0;
		signal_pass(loop, SIGTERM);
		if (!loop->deadline_ns)
			loop->deadline_ns = now + term_ns;
	}
	if (command->ended) {
		observer_ending(loop->observer);
		if (command_survivors(command, SIGTERM, survivor_list, loop)) {
			/* a stopped one gets its TERM only then */
			command_survivors(command, SIGCONT, NULL, NULL);
			loop->stage = STAGE_TERMINATED;
			loop->deadline_ns = now + term_ns;
		} else {
			stage_quiet(loop, now);
		}
	} else if (loop->deadline_ns && now >= loop->deadline_ns) {
		/* it was asked to end: an interactive shell ignores TERM, but not HUP */
		signal_pass(loop, loop->stubborn ? SIGKILL : SIGHUP);
		loop->stubborn = true;
		loop->deadline_ns = now + stubborn_ns;
	}
}

static void stage_step(struct loop *loop, int64_t now)
{
	struct observer_totals totals;
	bool left;

	switch ((enum stage)loop->stage) {
	case STAGE_RUNNING:
		stage_running(loop, now);
		break;
	case STAGE_TERMINATED:
	case STAGE_KILLED:
		left = command_survivors(loop->command, 0, NULL, NULL);
		if (loop->stage == STAGE_KILLED)
			command_end(loop->command);
		if (!left || (loop->stage == STAGE_KILLED && now >= loop->deadline_ns)) {
			stage_quiet(loop, now);
		} else if (now >= loop->deadline_ns) {
			loop->stage = STAGE_KILLED;
			loop->deadline_ns = now + kill_ns;
		}
		break;
	case STAGE_QUIET:
		observer_totals(loop->observer, &totals);
		if (totals.packets != loop->packets) {
			loop->packets = totals.packets;
			loop->quiet_ns = now + quiet_ns;
		}
		if (loop->news != NULL)
			command_end(loop->command);
		if ((now >= loop->quiet_ns && loop->news == NULL) || now >= loop->deadline_ns ||
			loop->signals > 1)
			loop->stage = STAGE_DONE;
		break;
	case STAGE_DONE:
		break;
	}
}

/* ---- what init tells ---- */

static void on_news(void *context, const struct news_item *item)
{
	struct loop *loop = context;

	struct pty *pty = relay_terminal(loop->relay);
	bool raw = pty != NULL && !loop->command->ended;

	/* what we print stands on a line of its own */
	if (raw && (item->kind == NEWS_NOTE || item->kind == NEWS_ENDED))
		pty_raw(pty, false);
	if (item->kind == NEWS_STOPPED)
		command_stopped(loop->command);
	else if (item->kind == NEWS_ENDED)
		command_ended(loop->command, item->status);
	else
		observer_news(loop->observer, item);
	if (raw && item->kind == NEWS_NOTE)
		pty_raw(pty, true);
}

/* Its end closes the socket: all that it told is read by then. */
static void news_pump(struct loop *loop, int most)
{
	if (loop->news == NULL || news_read(loop->news, most, on_news, loop) >= 0)
		return;
	news_reader_free(loop->news);
	loop->news = NULL;
	if (!loop->command->ended)
		command_ended(loop->command, SIGKILL); /* somebody killed init */
}

static void on_output(void *context, enum relay_stream stream, const void *data, size_t size)
{
	observer_output(context, (int)stream, data, size);
}

/* What was written before a piece of news is passed on before it is told. */
static void output_pump(struct loop *loop)
{
	if (loop->relay != NULL)
		relay_pump(loop->relay, on_output, loop->observer);
}

/* ---- signals and status ---- */

static void signals_read(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGWINCH && relay_terminal(loop->relay) != NULL)
			pty_resize(relay_terminal(loop->relay));
		if (number == SIGCHLD || number == SIGWINCH)
			continue;
		loop->signals++;
		loop->interrupted = true;
		loop->signal = loop->signal ? loop->signal : number;
		if (loop->command == NULL || loop->stage != STAGE_RUNNING)
			continue;
		signal_pass(loop, loop->signals > 2 ? SIGKILL : number);
		if (!loop->deadline_ns)
			loop->deadline_ns = now_ns() + term_ns;
	}
	if (loop->command != NULL)
		command_reap(loop->command);
}

static void status_text(struct loop *loop, char *text, size_t size)
{
	struct observer_totals totals;

	observer_totals(loop->observer, &totals);
	snprintf(text, size, "%" PRIu64 " packets, %" PRIu64 " connection%s, %" PRIu64 " drops%s%s",
		totals.packets, totals.connections, totals.connections == 1 ? "" : "s",
		totals.dropped, totals.lost_rows ? ", answers lost" : "",
		totals.shed ? ", look-ups shed" : "");
	loop->status_packets = totals.packets;
}

/* How it goes, on the terminal: in one line that is written over; while an experiment writes there
 * too, now and then a line of its own; nothing where somebody may be typing to COMMAND. */
static void status_show(struct loop *loop, int64_t now)
{
	bool shared = loop->command != NULL;
	uint64_t before = loop->status_packets;
	char text[128];

	if (loop->quiet || now < loop->status_ns || loop->stage != STAGE_RUNNING ||
		!isatty(STDERR_FILENO) || (shared && !loop->lab))
		return;
	if (!loop->status_ns && shared) {
		loop->status_ns = now + shared_status_ns;
		return;
	}
	loop->status_ns = now + (shared ? shared_status_ns : status_ns);
	status_text(loop, text, sizeof(text));
	if (shared && loop->status_packets == before)
		return;
	fprintf(stderr, shared ? "tcpstate: %s\n" : "\r\033[K%s", text);
	fflush(stderr);
	loop->status_shown = !shared;
}

/* ---- the loop ---- */

static int timeout_ms(const struct loop *loop, int64_t now, int64_t next)
{
	int64_t most = now + (loop->stage == STAGE_RUNNING ? 1000 : 20) * MS;

	if (loop->deadline_ns && loop->deadline_ns < most)
		most = loop->deadline_ns;
	if (loop->until_ns && loop->until_ns < most)
		most = loop->until_ns;
	if (next > most)
		next = most;
	return next <= now ? 0 : (int)((next - now + MS - 1) / MS);
}

static int round_run(struct loop *loop, int64_t *next, struct error *error)
{
	struct pollfd fds[OBSERVER_FDS + 3 + RELAY_FDS + CONTROL_CLIENTS + 1];
	int sources[OBSERVER_FDS];
	size_t count = loop->observer != NULL ? observer_fds(loop->observer, sources) : 0,
	       clients = 0;
	int64_t now = now_ns();

	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){sources[i], POLLIN, 0};
	fds[count++] = (struct pollfd){loop->signal_fd, POLLIN, 0};
	if (loop->news != NULL)
		fds[count++] = (struct pollfd){news_reader_fd(loop->news), POLLIN, 0};
	if (loop->wake_fd >= 0)
		fds[count++] = (struct pollfd){loop->wake_fd, POLLIN, 0};
	if (loop->relay != NULL)
		count += relay_fds(loop->relay, fds + count);
	if (loop->control != NULL)
		clients = control_fds(loop->control, fds + count);
	if (poll(fds, (nfds_t)(count + clients), timeout_ms(loop, now, *next)) < 0 &&
		errno != EINTR)
		return error_set(error, "poll: %s", strerror(errno));
	signals_read(loop);
	output_pump(loop);
	news_pump(loop, NEWS_PER_ROUND);
	output_pump(loop);
	if (loop->observer == NULL)
		*next = now + replay_ns;
	else if (observer_pump(loop->observer, next, error) != 0)
		return -1;
	if (loop->control != NULL)
		control_serve(loop->control, fds + count, clients, loop_request, loop);
	if (loop->round != NULL)
		loop->round(loop->context);
	now = now_ns();
	stage_step(loop, now);
	status_show(loop, now);
	return 0;
}

/* Recording broke off: nothing that COMMAND started may go on unobserved. */
static void command_abort(struct loop *loop)
{
	if (loop->command == NULL)
		return;
	for (int round = 0; round < 100 && command_reap(loop->command); round++) {
		struct pollfd nothing = {.fd = -1};

		if (round < 20)
			command_survivors(loop->command, SIGTERM, NULL, NULL);
		else
			command_end(loop->command);
		output_pump(loop);
		news_pump(loop, NEWS_PER_ROUND);
		poll(&nothing, 1, 20);
	}
}

int loop_run(struct loop *loop, struct error *error)
{
	int64_t next = 0;
	int result = 0;

	loop->stage = STAGE_RUNNING;
	if (relay_terminal(loop->relay) != NULL)
		pty_raw(relay_terminal(loop->relay), true);
	while (loop->stage != STAGE_DONE && result == 0)
		result = round_run(loop, &next, error);
	if (result != 0)
		command_abort(loop);
	if (loop->relay != NULL)
		relay_end(loop->relay, on_output, loop->observer);
	if (result != 0)
		return -1;
	if (loop->status_shown)
		fputs("\r\033[K", stderr);
	return loop->observer != NULL && !loop->blind ? observer_finish(loop->observer, error) : 0;
}
