/* What the threads of a process were in meanwhile, in words, and what to do about it: a row a kind.
 * The clauses stand behind "the only thread", "its 4 threads" and "3 of them". */
#include <stdio.h>

#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

#include "finding_words.h"

enum { DNS_PORT = 53 };
enum { CLAUSES = 3 /* of threads that are in different things */, RANKS = 4 };

/* Advice of several kinds. */
static const char file_advice[] =
	N_("A slow disk, a network file system whose server is away, or a named pipe, which waits "
	   "for its other end: ls -l /proc/PID/fd names the file. Let no thread that serves "
	   "connections wait for files.");
static const char terminal_advice[] =
	N_("Ctrl-S holds a terminal's output up, Ctrl-Q lets it go on; a marked text does so, too. "
	   "Let a server write its log to a file.");
static const char keyboard_advice[] =
	N_("Who reads standard input and a socket by turns does not hear the one while it waits "
	   "for the other: wait for both at once (poll(), select()), or in two threads.");
static const char other_read_advice[] =
	N_("It is that socket's other end that keeps it waiting: look there first. Give the read a "
	   "time limit (SO_RCVTIMEO), or wait for all sockets at once (poll(), epoll).");
static const char other_write_advice[] =
	N_("That socket's other end does not read: look there first. Give the write a time limit "
	   "(SO_SNDTIMEO), or wait with poll() until it can be written (POLLOUT).");
static const char different_advice[] =
	N_("See where each thread stands: gdb -p PID -ex 'thread apply all bt', py-spy dump --pid "
	   "PID, jstack PID.");

static const char idle_advice[] = N_(
	"None of them is at work: what was to be done next waits for an event, a lock or a time, "
	"or was forgotten. See where each thread stands (jstack PID, py-spy dump --pid PID, gdb -p "
	"PID -ex 'thread apply all bt'), and what its event loop awaits.");

static const struct row {
	const char *words, *advice;
} rows[DOING_MAX] = {
	[DOING_OTHER] = {N_("was in another call"), different_advice},
	[DOING_UNKNOWN] = {N_("was in what /proc did not tell"),
		N_("Reading /proc/PID/syscall takes the same user or root, and a kernel that has "
		   "it: record as root, or with --calls.")},
	[DOING_RUN] = {N_("ran (it waited in no call)"),
		N_("A processor is at work there, and nothing is served until it is done: see "
		   "where (perf top -p PID, py-spy top --pid PID, a profiler). Give long work to "
		   "another thread or process; a loop may have no end.")},
	[DOING_SLEEP] = {N_("slept (sleep() or the like)"),
		N_("A sleep holds up all that its thread serves. Wait for what is wanted instead, "
		   "with a time limit (poll()); in an event loop use its own timers (await "
		   "asyncio.sleep(), setTimeout()).")},
	[DOING_LOCK] = {N_("waited in futex() (for a lock, another thread or a time)"),
		N_("See who has what they wait for: gdb -p PID -ex 'thread apply all bt', py-spy "
		   "dump --pid PID, jstack PID. A lock that is never released, or threads that "
		   "wait for each other, never go on; an empty queue of work is no fault.")},
	[DOING_CHILD] = {N_("waited for a child process to end (wait4() or the like)"),
		N_("Until the child ends nothing else is served. Wait without blocking "
		   "(waitpid(WNOHANG) when SIGCHLD comes), or in a thread of its own; "
		   "subprocess.run() and system() wait as well: give them a time limit.")},
	[DOING_SIGNAL] = {N_("waited for a signal"),
		N_("Nothing but a signal wakes it, no client does: call accept() and read() in a "
		   "loop instead; where it has to wait for signals, serve the socket in another "
		   "thread, or take signals as events (signalfd, a pipe to oneself).")},
	[DOING_EVENTS] = {N_("waited for events (epoll, poll() or select())"),
		N_("It was not busy: what it was to do next waits for an event that does not come "
		   "(another service's answer, a callback that was never called), or was "
		   "forgotten. See what it awaits: a debugger, the tasks of its event loop.")},
	[DOING_ACCEPT] = {N_("waited in accept() for another client"),
		N_("It has taken this client and gone on to wait for the next: let it serve the "
		   "first one before, or hand it to a thread or a child.")},
	[DOING_CONNECT] = {N_("waited in connect()"),
		N_("connect() waits until its SYN is answered, for two minutes or longer: see who "
		   "does not answer there, and give it a time limit (SO_SNDTIMEO, or O_NONBLOCK "
		   "and poll()).")},
	[DOING_READ_SOCKET] = {N_("waited in a read of another socket"), other_read_advice},
	[DOING_WRITE_SOCKET] = {N_("waited in a write to another socket"), other_write_advice},
	[DOING_READ_INPUT] = {N_("waited in a read of its standard input"), keyboard_advice},
	[DOING_READ_PIPE] = {N_("waited in a read of a pipe"),
		N_("Who has the pipe's other end has neither written nor closed it (ls -l "
		   "/proc/*/fd shows who): a child that hangs, or a copy of that end which was "
		   "left open after fork(). Read pipes in the same poll() as sockets.")},
	[DOING_WRITE_PIPE] = {N_("waited in a write to a pipe that was full"),
		N_("Nobody reads the pipe's other end: the output of a child that its parent does "
		   "not read, or a log whose reader stopped. Let it be read, or write to a file.")},
	[DOING_READ_TERMINAL] = {N_("waited for the keyboard (a read of the terminal)"),
		keyboard_advice},
	[DOING_WRITE_TERMINAL] = {N_("waited in a write to the terminal"), terminal_advice},
	[DOING_READ_FILE] = {N_("waited in a read of a file"), file_advice},
	[DOING_WRITE_FILE] = {N_("waited until a file was written"), file_advice},
	[DOING_READ_ELSE] = {N_("waited for an event descriptor alone (eventfd, timerfd or the "
				"like)"),
		N_("So a runtime waits for a timer, a child or another thread of its own: see "
		   "where the program stands (gdb -p PID, py-spy dump --pid PID, rbspy dump --pid "
		   "PID).")},
	[DOING_FILE_LOCK] = {N_("waited for the lock of a file (flock() or fcntl())"),
		N_("lslocks names who has it. Let no thread that serves connections wait for it: "
		   "ask with LOCK_NB, or F_SETLK, and a time limit.")},
	[DOING_OPEN] = {N_("waited in open()"), file_advice},
};

static const struct row accept_elsewhere = {N_("waited in accept() of another listening socket"),
	N_("accept() on one socket hears nothing of another: wait for all of them at once (poll(), "
	   "epoll), or in a thread each.")};
static const struct row client_read = {NULL,
	N_("Each client that is waited for in a blocking read() takes a thread of its own: let a "
	   "pool have as many threads as clients stay, give idle clients a time limit "
	   "(SO_RCVTIMEO), or wait for all of them at once (poll(), epoll).")};
static const struct row this_read = {N_("waited in a read of this connection for more than had "
					"come"),
	N_("See how each end marks the end of a message: a newline, a length (its size and byte "
	   "order, a Content-Length), or shutdown(SHUT_WR). What came lacks what the program waits "
	   "for, or its answer stays in a buffer: flush().")};
static const struct row datagram_read = {N_("waited for a datagram (UDP)"),
	N_("UDP tells nobody of a loss: see whether the other end got the datagram and answers it; "
	   "give the read a time limit (SO_RCVTIMEO), and ask again.")};
static const struct row name_read = {N_("waited for the answer of a name server (UDP port 53)"),
	N_("The name server answers late or not at all: look at /etc/resolv.conf. A server that "
	   "wants no more than its client's name does without it (sshd: UseDNS no; MySQL: "
	   "skip-name-resolve), or asks in a thread of its own.")};
static const struct row this_write = {N_("waited in a write to this connection"),
	N_("Its other end does not read what it sends: see there. Two programs that only write "
	   "stop each other when both buffers are full.")};

/* An end that has read all, the end of data too, and is still in CLOSE_WAIT. */
static const char run_to_end_advice[] =
	N_("A loop around read() that does not stop at 0, the end of data, runs like that for "
	   "ever: leave it then, and close(). Else see what it is at (perf top -p PID, py-spy top "
	   "--pid PID).");
static const char close_first_advice[] =
	N_("All had been read, the end of data too: call close() then, before anything else.");

static const char unwatched_advice[] =
	N_("Register it with the event loop for what comes (EPOLLIN, POLLIN): it was never "
	   "registered, was taken out (a pause for back-pressure, a one-shot event not armed "
	   "again, a limit of clients reached), or belongs to a loop that does not run.");
static const char spent_advice[] =
	N_("EPOLLONESHOT tells of one event, then of none: arm it again by "
	   "epoll_ctl(EPOLL_CTL_MOD) when that has been dealt with.");
static const char edge_advice[] =
	N_("Edge-triggered epoll tells of bytes, or clients, once: read until EAGAIN (accept() "
	   "until EAGAIN) each time, or use level-triggered epoll.");

/* Of a thread that waits for events: how this connection, or its listener, is among them. */
static const struct row watch_rows[WATCH_MAX][2] = {
	[WATCH_NOT] = {{N_("waited for events (epoll, poll() or select()), but not for this "
			   "connection's"),
			       unwatched_advice},
		{N_("waited for events (epoll, poll() or select()), but not for its listening "
		    "socket's"),
			unwatched_advice}},
	[WATCH_OTHER] = {{N_("waited for events (epoll, poll() or select()), of this connection "
			     "for others than bytes that come"),
				 unwatched_advice},
		{N_("waited for events (epoll, poll() or select()), of its listening socket for "
		    "others than clients"),
			unwatched_advice}},
	[WATCH_SPENT] = {{N_("waited for events (epoll), but this connection's one-shot event was "
			     "not armed again"),
				 spent_advice},
		{N_("waited for events (epoll), but its listening socket's one-shot event was not "
		    "armed again"),
			spent_advice}},
	[WATCH_EDGE] = {{N_("waited for events by edge-triggered epoll, which had told of these "
			    "bytes before"),
				edge_advice},
		{N_("waited for events by edge-triggered epoll, which had told of these clients "
		    "before"),
			edge_advice}},
};

static const struct row *row_of(const struct finding_doing *doing, size_t at)
{
	unsigned kind = doing->in[at].kind, about = doing->in[at].about;

	if (kind == DOING_ACCEPT && about == ABOUT_OTHER_LISTENER)
		return &accept_elsewhere;
	if (kind == DOING_READ_SOCKET && about == ABOUT_CLIENT)
		return &client_read;
	if (kind == DOING_READ_SOCKET && about == ABOUT_THIS)
		return &this_read;
	if (kind == DOING_READ_SOCKET && about == ABOUT_DATAGRAMS)
		return doing->port == DNS_PORT ? &name_read : &datagram_read;
	if (kind == DOING_WRITE_SOCKET && about == ABOUT_THIS)
		return &this_write;
	if (kind == DOING_EVENTS && doing->watch < WATCH_MAX &&
		watch_rows[doing->watch][doing->listener].words != NULL)
		return &watch_rows[doing->watch][doing->listener];
	return &rows[kind < DOING_MAX ? kind : DOING_OTHER];
}

/* Of other connections, one alone, of clients or the process's own; [0] reads, [1] writes. */
static const char *const elsewhere[2][2][2] = {
	{{N_("waited in reads of other clients"), N_("waited in a read of another client (%s)")},
		{N_("waited in reads of answers of other servers"),
			N_("waited in a read of another server's answer (%s)")}},
	{{N_("waited in writes to other clients"), N_("waited in a write to another client (%s)")},
		{N_("waited in writes to other servers"),
			N_("waited in a write to another server (%s)")}}};

static const char *clause(const struct finding *finding, size_t at, char *buffer, size_t size)
{
	const struct finding_doing *doing = &finding->doing;
	char other[CONNECTION_NAME];
	unsigned kind = doing->in[at].kind, about = doing->in[at].about;
	bool writes = kind == DOING_WRITE_SOCKET;

	if ((about != ABOUT_CLIENT && about != ABOUT_UPSTREAM) ||
		(!writes && kind != DOING_READ_SOCKET))
		return _(row_of(doing, at)->words);
	snprintf(buffer, size, _(elsewhere[writes][about == ABOUT_UPSTREAM][doing->serial != 0]),
		prose_name(finding, doing->serial, other));
	return buffer;
}

/* Beside threads at something special those tell nothing that wait for work, in this order. */
static unsigned rank_of(const struct finding_doing *doing, size_t at)
{
	switch (doing->in[at].kind) {
	case DOING_EVENTS:
		return 1;
	case DOING_LOCK:
		return 2;
	case DOING_ACCEPT:
		return 3;
	default:
		return 0;
	}
}

/* "1 computed, 3 slept" */
static void clauses(const struct finding *finding, char *buffer, size_t size)
{
	const struct finding_doing *doing = &finding->doing;
	size_t used = 0, count = 0;
	char one[160];

	buffer[0] = '\0';
	for (unsigned rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < doing->count && count < CLAUSES && used < size; i++) {
			if (rank_of(doing, i) != rank)
				continue;
			used += (size_t)snprintf(
				buffer + used, size - used, "%s", count++ > 0 ? _(", ") : "");
			if (used < size)
				used += (size_t)snprintf(buffer + used, size - used, _("%u %s"),
					doing->in[i].threads, clause(finding, i, one, sizeof(one)));
		}
}

const char *finding_doing_words(const struct finding *finding, char *buffer, size_t size)
{
	const struct finding_doing *doing = &finding->doing;
	const char *whose = finding->phrase[1] == PHRASE_DOING && finding->text[1][0] != '\0'
				    ? finding->text[1]
				    : _("its process");
	char all[400], other[CONNECTION_NAME];

	if (doing->count != 1 || doing->threads != 1) {
		clauses(finding, all, sizeof(all));
		snprintf(buffer, size,
			_("at %u of %u looks meanwhile, of the %u threads of %s, %s"), doing->looks,
			doing->of, doing->threads, whose, all);
		return buffer;
	}
	const char *is_in = clause(finding, 0, all, sizeof(all));
	if (doing->processes > 1)
		snprintf(buffer, size,
			_("at %u of %u looks meanwhile each of the %u processes that could have "
			  "served it %s"),
			doing->looks, doing->of, doing->processes, is_in);
	else if (doing->client != 0)
		snprintf(buffer, size,
			_("at %u of %u looks meanwhile the only thread of %s, which had another "
			  "client (%s), %s"),
			doing->looks, doing->of, whose, prose_name(finding, doing->client, other),
			is_in);
	else
		snprintf(buffer, size, _("at %u of %u looks meanwhile the only thread of %s %s"),
			doing->looks, doing->of, whose, is_in);
	return buffer;
}

static bool waits_in_futex(const struct finding_doing *doing)
{
	for (size_t i = 0; i < doing->count; i++)
		if (doing->in[i].kind == DOING_LOCK)
			return true;
	return false;
}

/* That of the first rank that there is. */
const char *finding_doing_advice(const struct finding *finding)
{
	const struct finding_doing *doing = &finding->doing;
	const struct row *row = NULL;

	if (finding->read_to_end)
		return doing->in[0].kind == DOING_RUN ? _(run_to_end_advice)
						      : _(close_first_advice);
	for (unsigned rank = 0; rank < RANKS && row == NULL; rank++)
		for (size_t i = 0; i < doing->count; i++) {
			if (rank_of(doing, i) != rank)
				continue;
			if (row != NULL && row->advice != row_of(doing, i)->advice)
				return _(different_advice);
			row = row_of(doing, i);
		}
	if (row == &rows[DOING_EVENTS] && waits_in_futex(doing))
		return _(idle_advice);
	return row != NULL ? _(row->advice) : NULL;
}
