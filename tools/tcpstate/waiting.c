/* /proc/PID/syscall says in which call a process is, and with which arguments; that it has not left
 * it since an earlier look is told by its counts of context switches. Processes of one thread only:
 * of several, another may send meanwhile. */
#include "waiting.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WAITING_MAX = 64 /* processes: each costs some 20 microseconds a look */, POLLED = 4 };
static const int64_t soon_ns = 250000000, later_ns = 1000000000;

struct wait {
	pid_t pid;
	uint32_t inode; /* of the socket that it reads; 0: it does not */
	int64_t switches;
	int64_t since_ns, last_ns; /* first and last seen in that call */
	int64_t told_ns;           /* for so long; 0: not yet */
};

struct waiting {
	struct wait list[WAITING_MAX];
	size_t count;
	int64_t due_ns;
};

struct waiting *waiting_new(void)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (waiting != NULL)
		waiting->due_ns = INT64_MAX;
	return waiting;
}

void waiting_free(struct waiting *waiting)
{
	free(waiting);
}

int64_t waiting_due(const struct waiting *waiting)
{
	return waiting->due_ns;
}

/* The first descriptor that this poll() would have read from; -1: none. Without a time limit it
 * must be the only one, for another may be a keyboard. */
static int polled(pid_t pid, uint64_t at, uint64_t count, bool limited)
{
	struct pollfd list[POLLED];
	struct iovec here = {list, sizeof(list[0]) * count},
		     there = {(void *)(uintptr_t)at, sizeof(list[0]) * count};

	if (count == 0 || count > (limited ? POLLED : 1) ||
		process_vm_readv(pid, &here, 1, &there, 1, 0) != (ssize_t)here.iov_len)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (list[i].fd >= 0 && (list[i].events & POLLIN) != 0 &&
			(limited || (list[i].events & POLLOUT) == 0))
			return list[i].fd;
	return -1;
}

/* The descriptor that the process is reading from; -1: it is not. */
static int read_from(pid_t pid)
{
	char path[64];
	uint64_t arg[4];
	long number;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	int got = fscanf(file, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &number, &arg[0],
		&arg[1], &arg[2], &arg[3]);
	fclose(file);
	if (got != 5)
		return -1; /* it runs, or has ended */
	switch (number) {
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
		return (int)arg[0];
#ifdef SYS_poll
	case SYS_poll:
		return (int)arg[2] != 0 ? polled(pid, arg[0], arg[1], (int)arg[2] > 0) : -1;
#endif
	case SYS_ppoll:
		return polled(pid, arg[0], arg[1], arg[2] != 0);
	default:
		return -1;
	}
}

/* Inode of the socket that the process reads from; 0: none. */
static uint32_t socket_read(pid_t pid)
{
	char path[64], target[64];
	uint32_t inode;
	int fd = read_from(pid);
	ssize_t length;

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return 0;
	target[length] = '\0';
	return sscanf(target, "socket:[%" SCNu32 "]", &inode) == 1 ? inode : 0;
}

static void tell(struct wait *wait, const struct owners *owners, event_emit *emit, void *context)
{
	const struct owner *owner = owners_holding(owners, (uint32_t)wait->pid);
	struct event event = {
		.t_ns = wait->last_ns, .asked_ns = wait->since_ns, .kind = EVENT_WAITS};

	if (owner == NULL)
		return;
	event.u.fact.owner = *owner;
	event.u.fact.owner.inode = wait->inode;
	wait->told_ns = wait->last_ns - wait->since_ns;
	emit(context, &event);
}

/* It goes on, has ended, or has begun: which a second look may prove. false: it needs none soon.
 * On a busy machine a look takes long: it was in the call behind the first look, and up to before
 * the last. */
static bool look(struct wait *wait, const struct owners *owners, event_emit *emit, void *context)
{
	int64_t before_ns = now_ns();
	uint32_t inode = socket_read(wait->pid);
	char state = '?';
	int64_t switches = inode != 0 ? process_switches(wait->pid, &state) : -1;

	if (state != 'S') /* stopped (SIGSTOP), it is in its call all the same */
		inode = 0;
	if (wait->inode != 0 && inode == wait->inode && switches == wait->switches) {
		wait->last_ns = before_ns;
		int64_t lasted_ns = before_ns - wait->since_ns;
		if (lasted_ns >= soon_ns / 2 && lasted_ns - wait->told_ns >= wait->told_ns / 4)
			tell(wait, owners, emit, context);
		return lasted_ns < 2 * later_ns;
	}
	if (wait->inode != 0 && wait->last_ns - wait->since_ns > wait->told_ns)
		tell(wait, owners, emit, context);
	int64_t after_ns = now_ns();
	*wait = (struct wait){.pid = wait->pid,
		.inode = switches >= 0 ? inode : 0,
		.switches = switches,
		.since_ns = after_ns,
		.last_ns = after_ns};
	return true;
}

void waiting_look(
	struct waiting *waiting, const struct owners *owners, event_emit *emit, void *context)
{
	int64_t next_ns = later_ns, began_ns = now_ns();

	for (size_t i = 0; i < waiting->count; i++)
		if (look(&waiting->list[i], owners, emit, context))
			next_ns = soon_ns;
	int64_t ended_ns = now_ns();
	/* a twentieth of the time at most, as of the scan */
	if (next_ns < 20 * (ended_ns - began_ns))
		next_ns = 20 * (ended_ns - began_ns);
	waiting->due_ns = waiting->count > 0 ? ended_ns + next_ns : INT64_MAX;
}

void waiting_begin(struct waiting *waiting, const struct process *list, size_t count,
	const struct owners *owners, event_emit *emit, void *context)
{
	struct wait fresh[WAITING_MAX];
	size_t used = 0, at = 0;

	for (size_t i = 0; i < count && used < WAITING_MAX; i++) {
		if (list[i].threads != 1 || list[i].state == 'Z' ||
			owners_holding(owners, (uint32_t)list[i].pid) == NULL)
			continue;
		while (at < waiting->count && waiting->list[at].pid < list[i].pid)
			at++;
		fresh[used] = at < waiting->count && waiting->list[at].pid == list[i].pid
				      ? waiting->list[at]
				      : (struct wait){.pid = list[i].pid};
		if (fresh[used].last_ns == 0)
			look(&fresh[used], owners, emit, context);
		used++;
	}
	for (size_t i = 0; i < used; i++)
		waiting->list[i] = fresh[i];
	waiting->count = used;
	waiting->due_ns = used > 0 ? now_ns() + soon_ns : INT64_MAX;
}
