/* Reads /proc as few times as it can: a look costs some microseconds a thread. */
#include "activity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "process.h"

enum {
	POLLED = 64,           /* descriptors of a poll() that are looked at */
	SELECTED = 1024,       /* of a select() */
	READ_OF_FEW = 4,       /* a poll() of more is not for one socket */
	SET_TEXT = 1 << 18,    /* bytes of an epoll's list that are read */
	CALL_FIELDS = 1 + 4,   /* number and arguments that are used */
	ALL_FIELDS = 1 + 6 + 1 /* up to the stack pointer */
};

/* What a descriptor of a process is. */
struct target {
	enum {
		TARGET_NONE,
		TARGET_SOCKET,
		TARGET_PIPE,
		TARGET_TERMINAL,
		TARGET_FILE,
		TARGET_EPOLL,
		TARGET_ELSE
	} is;
	uint32_t inode; /* of a socket */
};

static struct target target_of(pid_t pid, int fd)
{
	char path[64], name[64];
	struct target target = {.is = TARGET_NONE};

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t length = readlink(path, name, sizeof(name) - 1);
	if (length < 0)
		return target;
	name[length] = '\0';
	if (sscanf(name, "socket:[%" SCNu32 "]", &target.inode) == 1)
		target.is = TARGET_SOCKET;
	else if (strncmp(name, "pipe:", 5) == 0)
		target.is = TARGET_PIPE;
	else if (strcmp(name, "anon_inode:[eventpoll]") == 0)
		target.is = TARGET_EPOLL;
	else if (strncmp(name, "/dev/pts/", 9) == 0 || strncmp(name, "/dev/tty", 8) == 0 ||
		 strncmp(name, "/dev/console", 12) == 0)
		target.is = TARGET_TERMINAL;
	else
		target.is = name[0] == '/' ? TARGET_FILE : TARGET_ELSE;
	return target;
}

/* ---- the call ---- */

/* Another architecture's numbers, as a program of 32 bits has them: its stack tells. */
static bool other_numbers(uint64_t stack)
{
	return sizeof(void *) == 8 && stack <= UINT32_MAX;
}

/* false: it runs, or /proc does not tell, which `kind` says. */
static bool read_call(pid_t pid, pid_t tid, struct activity *activity)
{
	char path[80], text[256];
	uint64_t field[ALL_FIELDS];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	activity->kind = DOING_UNKNOWN;
	if (length <= 0)
		return false;
	text[length] = '\0';
	if (strncmp(text, "running", 7) == 0) {
		activity->kind = DOING_RUN;
		return false;
	}
	activity->number = strtol(text, NULL, 10);
	if (activity->number < 0)
		return false; /* blocked, but in no call: a page that is read in, a stop */
	for (char *at = text, *end; count < ALL_FIELDS; at = end) {
		field[count] = strtoull(at, &end, count == 0 ? 10 : 16);
		if (end == at)
			return false;
		count++;
	}
	if (other_numbers(field[ALL_FIELDS - 1]))
		return false;
	memcpy(activity->arg, field + 1, sizeof(activity->arg));
	return true;
}

/* ---- what a call waits for ---- */

enum way { WAY_READ, WAY_WRITE };

static enum doing_kind kind_of_target(const struct target *target, enum way way)
{
	static const enum doing_kind kinds[][2] = {[TARGET_NONE] = {DOING_OTHER, DOING_OTHER},
		[TARGET_SOCKET] = {DOING_READ_SOCKET, DOING_WRITE_SOCKET},
		[TARGET_PIPE] = {DOING_READ_PIPE, DOING_WRITE_PIPE},
		[TARGET_TERMINAL] = {DOING_READ_TERMINAL, DOING_WRITE_TERMINAL},
		[TARGET_FILE] = {DOING_READ_FILE, DOING_WRITE_FILE},
		[TARGET_EPOLL] = {DOING_EVENTS, DOING_OTHER},
		[TARGET_ELSE] = {DOING_READ_ELSE, DOING_OTHER}};

	return kinds[target->is][way];
}

static void on_descriptor(pid_t pid, struct activity *activity, int fd, enum way way)
{
	struct target target = target_of(pid, fd);

	activity->kind = kind_of_target(&target, way);
	if (fd == STDIN_FILENO && way == WAY_READ && activity->kind != DOING_READ_SOCKET)
		activity->kind = DOING_READ_INPUT;
	activity->inode = target.inode;
	if (way == WAY_READ)
		activity->reads = target.inode;
}

static void on_socket(pid_t pid, struct activity *activity, enum doing_kind kind)
{
	struct target target = target_of(pid, (int)activity->arg[0]);

	activity->kind = target.is == TARGET_SOCKET ? kind : DOING_OTHER;
	activity->inode = target.inode;
}

static size_t read_there(pid_t pid, uint64_t at, void *to, size_t size)
{
	struct iovec here = {to, size}, there = {(void *)(uintptr_t)at, size};
	ssize_t length = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return length > 0 ? (size_t)length : 0;
}

/* The descriptors of a poll(): how many, -1 not known. */
static int polled(pid_t pid, const struct activity *activity, struct pollfd list[POLLED])
{
	uint64_t count = activity->arg[1];

	if (count > POLLED || read_there(pid, activity->arg[0], list, sizeof(*list) * count) !=
				      sizeof(*list) * count)
		return -1;
	return (int)count;
}

/* The socket that this poll() would read from. Without a time limit it must be its only
 * descriptor, for another may be a keyboard. */
static uint32_t reads_of_poll(pid_t pid, const struct pollfd *list, int count, bool limited)
{
	if (count < 1 || count > (limited ? READ_OF_FEW : 1))
		return 0;
	for (int i = 0; i < count; i++)
		if (list[i].fd >= 0 && (list[i].events & POLLIN) != 0 &&
			(limited || (list[i].events & POLLOUT) == 0))
			return target_of(pid, list[i].fd).inode;
	return 0;
}

/* For none it is a sleep, for one alone the call that it stands for. */
static void on_poll(pid_t pid, struct activity *activity, bool limited)
{
	struct pollfd list[POLLED];
	int count = polled(pid, activity, list);

	activity->kind = count == 0 ? DOING_SLEEP : DOING_EVENTS;
	if (count == 1 && list[0].fd >= 0) {
		bool reads = (list[0].events & POLLIN) != 0;

		on_descriptor(pid, activity, list[0].fd, reads ? WAY_READ : WAY_WRITE);
	}
	activity->reads = reads_of_poll(pid, list, count, limited);
}

/* ---- the table of calls ---- */

enum treat { AS_KIND, AS_READ, AS_WRITE, AS_SOCKET, AS_POLL, AS_PPOLL, AS_SELECT, AS_FCNTL };

struct treatment {
	long number;
	enum treat treat;
	enum doing_kind kind;
};

static const struct treatment treatments[] = {{SYS_nanosleep, AS_KIND, DOING_SLEEP},
	{SYS_clock_nanosleep, AS_KIND, DOING_SLEEP}, {SYS_futex, AS_KIND, DOING_LOCK},
#ifdef SYS_futex_waitv
	{SYS_futex_waitv, AS_KIND, DOING_LOCK},
#endif
	{SYS_semop, AS_KIND, DOING_LOCK}, {SYS_semtimedop, AS_KIND, DOING_LOCK},
	{SYS_wait4, AS_KIND, DOING_CHILD}, {SYS_waitid, AS_KIND, DOING_CHILD},
#ifdef SYS_vfork
	{SYS_vfork, AS_KIND, DOING_CHILD},
#endif
#ifdef SYS_pause
	{SYS_pause, AS_KIND, DOING_SIGNAL},
#endif
	{SYS_rt_sigtimedwait, AS_KIND, DOING_SIGNAL}, {SYS_rt_sigsuspend, AS_KIND, DOING_SIGNAL},
#ifdef SYS_epoll_wait
	{SYS_epoll_wait, AS_KIND, DOING_EVENTS},
#endif
	{SYS_epoll_pwait, AS_KIND, DOING_EVENTS},
#ifdef SYS_epoll_pwait2
	{SYS_epoll_pwait2, AS_KIND, DOING_EVENTS},
#endif
#ifdef SYS_io_uring_enter
	{SYS_io_uring_enter, AS_KIND, DOING_EVENTS},
#endif
	{SYS_io_getevents, AS_KIND, DOING_EVENTS},
#ifdef SYS_select
	{SYS_select, AS_SELECT, DOING_EVENTS},
#endif
	{SYS_pselect6, AS_SELECT, DOING_EVENTS},
#ifdef SYS_poll
	{SYS_poll, AS_POLL, DOING_EVENTS},
#endif
	{SYS_ppoll, AS_PPOLL, DOING_EVENTS}, {SYS_accept, AS_SOCKET, DOING_ACCEPT},
	{SYS_accept4, AS_SOCKET, DOING_ACCEPT}, {SYS_connect, AS_SOCKET, DOING_CONNECT},
	{SYS_read, AS_READ, DOING_OTHER}, {SYS_readv, AS_READ, DOING_OTHER},
	{SYS_pread64, AS_READ, DOING_OTHER}, {SYS_recvfrom, AS_READ, DOING_OTHER},
	{SYS_recvmsg, AS_READ, DOING_OTHER}, {SYS_recvmmsg, AS_READ, DOING_OTHER},
	{SYS_write, AS_WRITE, DOING_OTHER}, {SYS_writev, AS_WRITE, DOING_OTHER},
	{SYS_pwrite64, AS_WRITE, DOING_OTHER}, {SYS_sendto, AS_WRITE, DOING_OTHER},
	{SYS_sendmsg, AS_WRITE, DOING_OTHER}, {SYS_sendmmsg, AS_WRITE, DOING_OTHER},
	{SYS_sendfile, AS_WRITE, DOING_OTHER}, {SYS_fsync, AS_WRITE, DOING_OTHER},
	{SYS_fdatasync, AS_WRITE, DOING_OTHER}, {SYS_flock, AS_KIND, DOING_FILE_LOCK},
	{SYS_fcntl, AS_FCNTL, DOING_FILE_LOCK},
#ifdef SYS_open
	{SYS_open, AS_KIND, DOING_OPEN},
#endif
	{SYS_openat, AS_KIND, DOING_OPEN}};

static const struct treatment *treatment_of(long number)
{
	for (size_t i = 0; i < sizeof(treatments) / sizeof(treatments[0]); i++)
		if (treatments[i].number == number)
			return &treatments[i];
	return NULL;
}

/* A tracer (--calls) holds a thread at the beginning and the end of a call on a socket: it does not
 * wait in it. */
static bool held_by_tracer(pid_t tid)
{
	char state = '?';

	process_switches(tid, &state);
	return state == 't';
}

struct activity activity_of(pid_t pid, pid_t tid)
{
	struct activity activity = {.kind = DOING_UNKNOWN};

	if (!read_call(pid, tid, &activity))
		return activity;
	const struct treatment *treatment = treatment_of(activity.number);
	activity.kind = treatment != NULL ? treatment->kind : DOING_OTHER;
	if (treatment != NULL && treatment->treat != AS_KIND && held_by_tracer(tid)) {
		activity.kind = DOING_RUN;
		return activity;
	}
	switch (treatment != NULL ? treatment->treat : AS_KIND) {
	case AS_KIND:
		break;
	case AS_READ:
		on_descriptor(pid, &activity, (int)activity.arg[0], WAY_READ);
		break;
	case AS_WRITE:
		on_descriptor(pid, &activity, (int)activity.arg[0], WAY_WRITE);
		break;
	case AS_SOCKET:
		on_socket(pid, &activity, treatment->kind);
		break;
	case AS_POLL:
		if ((int)activity.arg[2] != 0)
			on_poll(pid, &activity, (int)activity.arg[2] > 0);
		break;
	case AS_PPOLL:
		on_poll(pid, &activity, activity.arg[2] != 0);
		break;
	case AS_SELECT:
		activity.kind = activity.arg[0] == 0 ? DOING_SLEEP : DOING_EVENTS;
		break;
	case AS_FCNTL:
		if (activity.arg[1] != F_SETLKW && activity.arg[1] != F_OFD_SETLKW)
			activity.kind = DOING_OTHER;
		break;
	}
	return activity;
}

/* ---- what is watched ---- */

static bool is_socket(pid_t pid, int fd, uint32_t inode)
{
	return fd >= 0 && target_of(pid, fd).inode == inode;
}

static enum doing_watch polls(pid_t pid, const struct activity *activity, uint32_t inode)
{
	struct pollfd list[POLLED];
	int count = polled(pid, activity, list);

	for (int i = 0; i < count; i++)
		if (is_socket(pid, list[i].fd, inode))
			return (list[i].events & (POLLIN | POLLRDNORM)) != 0 ? WATCH_READ
									     : WATCH_OTHER;
	return count < 0 ? WATCH_UNKNOWN : WATCH_NOT;
}

static bool in_set(const uint64_t *set, int fd)
{
	return (set[fd / 64] >> fd % 64 & 1) != 0;
}

static enum doing_watch selects(pid_t pid, const struct activity *activity, uint32_t inode)
{
	uint64_t sets[2][SELECTED / 64] = {{0}, {0}}, count = activity->arg[0];
	size_t size = (size_t)(count + 63) / 64 * sizeof(sets[0][0]);

	if (count > SELECTED)
		return WATCH_UNKNOWN;
	for (int way = 0; way < 2; way++)
		if (activity->arg[1 + way] != 0 &&
			read_there(pid, activity->arg[1 + way], sets[way], size) != size)
			return WATCH_UNKNOWN;
	for (int fd = 0; fd < (int)count; fd++)
		if ((in_set(sets[0], fd) || in_set(sets[1], fd)) && is_socket(pid, fd, inode))
			return in_set(sets[0], fd) ? WATCH_READ : WATCH_OTHER;
	return WATCH_NOT;
}

/* The text of an epoll's list; NULL: it could not be read to its end. */
static char *set_text(pid_t pid, int fd)
{
	char path[64], *text = malloc(SET_TEXT);
	size_t used = 0;
	ssize_t length = -1;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	int file = text != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	while (file >= 0 && used + 1 < SET_TEXT &&
		(length = read(file, text + used, SET_TEXT - 1 - used)) > 0)
		used += (size_t)length;
	if (file >= 0)
		close(file);
	if (length != 0) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

static enum doing_watch watched_by(uint32_t events)
{
	if ((events & (EPOLLIN | EPOLLRDNORM)) != 0)
		return (events & EPOLLET) != 0 ? WATCH_EDGE : WATCH_READ;
	return (events & EPOLLONESHOT) != 0 ? WATCH_SPENT : WATCH_OTHER;
}

/* Its members by inode; one that is an epoll itself may have others. */
static enum doing_watch epolls(pid_t pid, int epoll, uint32_t inode)
{
	char *text = set_text(pid, epoll);
	enum doing_watch found = text != NULL ? WATCH_NOT : WATCH_UNKNOWN;

	for (const char *line = text; line != NULL && (line = strstr(line, "tfd:")) != NULL;
		line++) {
		int fd;
		uint32_t events, member;

		if (sscanf(line, "tfd: %d events: %" SCNx32 " data: %*x pos:%*d ino:%" SCNx32, &fd,
			    &events, &member) != 3) {
			found = WATCH_UNKNOWN;
			break;
		}
		if (member == inode) {
			found = watched_by(events);
			break;
		}
		if (target_of(pid, fd).is == TARGET_EPOLL)
			found = WATCH_UNKNOWN;
	}
	free(text);
	return found;
}

enum doing_watch activity_watches(pid_t pid, const struct activity *activity, uint32_t inode)
{
	const struct treatment *treatment = treatment_of(activity->number);

	switch (activity->number) {
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
	case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
	case SYS_epoll_pwait2:
#endif
		return epolls(pid, (int)activity->arg[0], inode);
	default:
		break;
	}
	if (treatment != NULL && (treatment->treat == AS_POLL || treatment->treat == AS_PPOLL))
		return polls(pid, activity, inode);
	if (treatment != NULL && treatment->treat == AS_SELECT)
		return selects(pid, activity, inode);
	return WATCH_UNKNOWN;
}
