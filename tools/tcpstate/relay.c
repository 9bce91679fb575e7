/* A strand is a pipe of ours and where its bytes go. The recorder must not wait for whoever reads
 * there, and O_NONBLOCK would be set for everybody who shares that file: so it asks by poll(),
 * which says of a pipe that PIPE_BUF bytes fit, and writes no more than those at once. */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "terminal.h"

enum { STRANDS = 2, ROOM = 65536, READS_PER_PUMP = 16, PATIENCE_MS = 1000 };

struct strand {
	enum relay_stream stream;
	int from, to; /* from -1: over */
	int child;    /* the end that COMMAND writes into; -1: given up */
	size_t at, used;
	char buffer[ROOM];
};
struct relay {
	size_t count;
	struct pty *pty; /* NULL: none */
	struct strand strand[STRANDS];
};

/* ---- what is relayed ---- */

static bool is_kept(int fd, struct stat *status)
{
	return fstat(fd, status) == 0 && (S_ISFIFO(status->st_mode) || S_ISREG(status->st_mode));
}

/* The same open file, or one in which the order of what both write shows: a pipe, or one that is
 * appended to. */
static bool same_file(const struct stat *out, const struct stat *error)
{
	enum { FILE_OF = 0 }; /* KCMP_FILE, linux/kcmp.h */

	if (out->st_dev != error->st_dev || out->st_ino != error->st_ino)
		return false;
	return S_ISFIFO(out->st_mode) || (fcntl(STDOUT_FILENO, F_GETFL) & O_APPEND) != 0 ||
	       syscall(SYS_kcmp, getpid(), getpid(), FILE_OF, STDOUT_FILENO, STDERR_FILENO) <= 0;
}

static int strand_open(struct relay *relay, enum relay_stream stream, int to, uid_t user)
{
	struct strand *strand = &relay->strand[relay->count];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	/* "echo > /dev/stdout" opens it anew */
	if (user != (uid_t)-1 && fchown(ends[1], user, (gid_t)-1) != 0)
		errno = 0;
	*strand = (struct strand){.stream = stream, .from = ends[0], .to = to, .child = ends[1]};
	relay->count++;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return 0;
}

/* What COMMAND writes to its terminal comes out at our end. */
static int terminal_open(struct relay *relay, uid_t user, struct error *error)
{
	int from;

	relay->pty = pty_new(user, error);
	if (relay->pty == NULL)
		return -1;
	from = fcntl(pty_master(relay->pty), F_DUPFD_CLOEXEC, 0);
	if (from < 0)
		return error_set(error, "--keep-output: %s", strerror(errno));
	relay->strand[relay->count++] = (struct strand){
		.stream = RELAY_BOTH, .from = from, .to = STDOUT_FILENO, .child = -1};
	return 0;
}

struct relay *relay_new(uid_t user, bool terminal, struct error *error)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	struct stat status[2];
	bool out = is_kept(STDOUT_FILENO, &status[0]), err = is_kept(STDERR_FILENO, &status[1]);
	bool both = out && err && same_file(&status[0], &status[1]);
	int result = 0;

	if (relay == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (terminal && pty_possible() && terminal_open(relay, user, error) != 0) {
		relay_free(relay);
		return NULL;
	}
	if (out)
		result = strand_open(relay, both ? RELAY_BOTH : RELAY_OUT, STDOUT_FILENO, user);
	if (err && !both && result == 0)
		result = strand_open(relay, RELAY_ERROR, STDERR_FILENO, user);
	if (result == 0)
		return relay;
	error_set(error, "pipe: %s", strerror(errno));
	relay_free(relay);
	return NULL;
}

static void end_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	for (size_t i = 0; i < relay->count; i++) {
		end_close(&relay->strand[i].from);
		end_close(&relay->strand[i].child);
	}
	pty_free(relay->pty);
	free(relay);
}

bool relay_has_output(const struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->strand[i].stream != RELAY_ERROR)
			return true;
	return false;
}

struct pty *relay_terminal(const struct relay *relay)
{
	return relay != NULL ? relay->pty : NULL;
}

void relay_child(const struct relay *relay)
{
	if (relay == NULL)
		return;
	if (relay->pty != NULL)
		pty_child(relay->pty);
	for (size_t i = 0; i < relay->count; i++) {
		const struct strand *strand = &relay->strand[i];

		if (strand->child < 0)
			continue;
		close(strand->from); /* a reader of its own would keep it from breaking */
		if (strand->stream != RELAY_ERROR)
			dup2(strand->child, STDOUT_FILENO);
		if (strand->stream != RELAY_OUT)
			dup2(strand->child, STDERR_FILENO);
	}
	for (size_t i = 0; i < relay->count; i++)
		if (relay->strand[i].child >= 0)
			close(relay->strand[i].child);
}

void relay_begin(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		end_close(&relay->strand[i].child);
	if (relay->pty != NULL)
		pty_begin(relay->pty);
}

/* ---- passing on ---- */

static void strand_break(struct strand *strand, int cause)
{
	if (cause != EPIPE)
		terminal_say("tcpstate: standard %s: %s; no more of it is passed on",
			strand->stream == RELAY_ERROR ? "error" : "output", strerror(cause));
	end_close(&strand->from);
	strand->at = strand->used = 0;
}

/* As much as is taken without waiting. */
static void strand_write(struct strand *strand)
{
	while (strand->at < strand->used) {
		struct pollfd ready = {strand->to, POLLOUT, 0};
		size_t size = strand->used - strand->at;
		ssize_t done;

		if (poll(&ready, 1, 0) <= 0 || (ready.revents & (POLLOUT | POLLERR)) == 0)
			return;
		done = write(
			strand->to, strand->buffer + strand->at, size < PIPE_BUF ? size : PIPE_BUF);
		if (done > 0) {
			strand->at += (size_t)done;
		} else if (done < 0 && errno != EINTR && errno != EAGAIN) {
			strand_break(strand, errno);
			return;
		}
	}
	strand->at = strand->used = 0;
}

/* true: it was read, and more may be there. */
static bool strand_read(struct strand *strand, relay_take *take, void *context)
{
	ssize_t size;

	if (strand->from < 0 || strand->used > 0)
		return false;
	size = read(strand->from, strand->buffer, sizeof(strand->buffer));
	if (size == 0 || (size < 0 && errno == EIO)) /* EIO: nobody has that terminal open */
		end_close(&strand->from);
	if (size <= 0)
		return false;
	strand->used = (size_t)size;
	take(context, strand->stream, strand->buffer, strand->used);
	return true;
}

size_t relay_fds(const struct relay *relay, struct pollfd fds[RELAY_FDS])
{
	size_t count = relay->pty != NULL ? pty_fds(relay->pty, fds) : 0;

	for (size_t i = 0; i < relay->count; i++) {
		const struct strand *strand = &relay->strand[i];
		short wanted = strand->used > 0 ? POLLOUT : 0;

		if (strand->from < 0 && strand->used == 0)
			continue;
		/* without a wish too: that its reader is gone is told */
		fds[count++] = (struct pollfd){strand->to, wanted, 0};
		if (strand->used == 0)
			fds[count++] = (struct pollfd){strand->from, POLLIN, 0};
	}
	return count;
}

void relay_pump(struct relay *relay, relay_take *take, void *context)
{
	if (relay->pty != NULL)
		pty_pump(relay->pty);
	for (size_t i = 0; i < relay->count; i++) {
		struct strand *strand = &relay->strand[i];
		struct pollfd reader = {strand->to, 0, 0};

		if (strand->from >= 0 && poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR) != 0)
			strand_break(strand, EPIPE);
		for (int reads = 0; reads < READS_PER_PUMP; reads++) {
			strand_write(strand);
			if (!strand_read(strand, take, context))
				break;
		}
		strand_write(strand);
	}
}

/* ---- the end ---- */

/* Waits as long as the reader likes, and holds nothing but the two ends. */
static void __attribute__((noreturn)) outlive(struct strand *strand)
{
	int from = fcntl(strand->from, F_DUPFD, 16), to = fcntl(strand->to, F_DUPFD, 16);
	ssize_t size = 0;

	dup2(to, STDOUT_FILENO);
	dup2(from >= 0 ? from : to, STDIN_FILENO);
	dup2(to, STDERR_FILENO);
	for (long fd = STDERR_FILENO + 1, end = sysconf(_SC_OPEN_MAX); fd < end && fd < 65536; fd++)
		close((int)fd);
	do {
		while (strand->at < strand->used) {
			ssize_t done = write(STDOUT_FILENO, strand->buffer + strand->at,
				strand->used - strand->at);

			if (done < 0 && errno != EINTR)
				_exit(0);
			strand->at += done > 0 ? (size_t)done : 0;
		}
		if (from >= 0)
			size = read(STDIN_FILENO, strand->buffer, sizeof(strand->buffer));
		strand->at = 0;
		strand->used = size > 0 ? (size_t)size : 0;
	} while (strand->used > 0);
	_exit(0);
}

static void strand_end(struct strand *strand, relay_take *take, void *context)
{
	for (;;) {
		struct pollfd reader = {strand->to, POLLOUT, 0};

		strand_write(strand);
		if (strand->used == 0) {
			if (!strand_read(strand, take, context))
				return;
			continue;
		}
		if (poll(&reader, 1, PATIENCE_MS) == 0)
			break;
	}
	if (fork() == 0)
		outlive(strand);
	strand->at = strand->used = 0;
}

void relay_end(struct relay *relay, relay_take *take, void *context)
{
	for (size_t i = 0; i < relay->count; i++)
		strand_end(&relay->strand[i], take, context);
	if (relay->pty != NULL)
		pty_raw(relay->pty, false);
}
