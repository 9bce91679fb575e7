/* A pidfd becomes readable when its process ends; with what status, the kernel says (from 6.15 on,
 * PIDFD_GET_INFO) once the parent has waited for it, which a hang-up tells. Older kernels tell only
 * that it ended. */
#include "endings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WATCHED_MAX = 4096, GONE = 64, AT_ONCE = 64 };
enum { ELSEWHERE = 64 /* descriptors that the rest of the recorder needs */ };

/* linux/pidfd.h of Linux 6.15, which no distribution's headers have yet. */
struct pidfd_info_v0 {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code; /* as waitpid() has it */
};
_Static_assert(sizeof(struct pidfd_info_v0) == 64, "PIDFD_INFO_SIZE_VER0");
#define OUR_PIDFD_GET_INFO _IOWR(0xff, 11, struct pidfd_info_v0)
#define OUR_PIDFD_INFO_EXIT UINT64_C(8)

struct watched {
	struct owner owner;
	int fd; /* -1: free */
	/* It lived at the first (0: not known), had ended at the second (0: it lives). */
	int64_t lived_ns, ended_ns;
	int64_t from_ns; /* it is watched from then on */
};
struct endings {
	int epoll;
	int64_t looked_ns; /* the last time, 0 never */
	size_t places;     /* at most WATCHED_MAX */
	size_t count;      /* of the array, free ones included */
	uint64_t passed;   /* how often one was met that could not be watched */
	struct watched *watched;
	struct gone {
		uint32_t pid;
		int64_t t_ns;
	} gone[GONE]; /* who had ended before they could be watched, the newest */
	size_t gone_next;
};

/* Each takes a descriptor. COMMAND runs already, with the limit that it was given. */
static size_t places_make(void)
{
	const rlim_t wanted = WATCHED_MAX + ELSEWHERE;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur >= wanted     ? WATCHED_MAX
	       : limit.rlim_cur > ELSEWHERE ? (size_t)limit.rlim_cur - ELSEWHERE
					    : 0;
}

struct endings *endings_new(void)
{
	struct endings *endings = calloc(1, sizeof(*endings));

	if (endings == NULL)
		return NULL;
	endings->places = places_make();
	endings->epoll = epoll_create1(EPOLL_CLOEXEC);
	endings->watched = calloc(WATCHED_MAX, sizeof(*endings->watched));
	if (endings->epoll >= 0 && endings->watched != NULL)
		return endings;
	endings_free(endings);
	return NULL;
}

static void let_go(struct watched *watched)
{
	close(watched->fd);
	watched->fd = -1;
}

void endings_free(struct endings *endings)
{
	if (endings == NULL)
		return;
	for (size_t i = 0; i < endings->count; i++)
		if (endings->watched[i].fd >= 0)
			let_go(&endings->watched[i]);
	if (endings->epoll >= 0)
		close(endings->epoll);
	free(endings->watched);
	free(endings);
}

int endings_fd(const struct endings *endings)
{
	return endings->epoll;
}

/* It had ended already: that is told once a scan, however many sockets it held. */
static bool tell_gone(struct endings *endings, uint32_t pid, int64_t t_ns)
{
	for (size_t i = 0; i < GONE; i++)
		if (endings->gone[i].pid == pid && endings->gone[i].t_ns == t_ns)
			return false;
	endings->gone[endings->gone_next++ % GONE] = (struct gone){pid, t_ns};
	return true;
}

bool endings_watch(struct endings *endings, const struct owner *owner, int64_t t_ns)
{
	uint32_t pid = owner->host_pid != 0 ? owner->host_pid : owner->pid;
	struct epoll_event event = {.events = EPOLLIN};
	size_t place = endings->count;
	int fd;

	for (size_t i = 0; i < endings->count; i++) {
		const struct owner *other = &endings->watched[i].owner;

		if (endings->watched[i].fd < 0)
			place = i;
		else if ((other->host_pid != 0 ? other->host_pid : other->pid) == pid)
			return true;
	}
	errno = ENOSPC;
	fd = place < endings->places ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	event.data.u64 = place;
	if (fd < 0 && errno == ESRCH)
		return !tell_gone(endings, pid, t_ns);
	if (fd < 0 || epoll_ctl(endings->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		if (fd >= 0)
			close(fd);
		endings->passed += errno != ENOSYS; /* as it is on every kernel before 5.3 */
		return true;
	}
	endings->watched[place] = (struct watched){.owner = *owner, .fd = fd, .from_ns = now_ns()};
	endings->count += place == endings->count;
	return true;
}

uint64_t endings_passed(const struct endings *endings)
{
	return endings->passed;
}

/* false: it is not to be known yet. */
static bool status_of(const struct watched *watched, struct exit *exit)
{
	struct pidfd_info_v0 info = {.mask = OUR_PIDFD_INFO_EXIT};

	if (ioctl(watched->fd, OUR_PIDFD_GET_INFO, &info) != 0)
		return errno != ESRCH; /* ENOTTY: never on this kernel */
	if ((info.mask & OUR_PIDFD_INFO_EXIT) == 0)
		return false;
	exit->known = true;
	if (WIFSIGNALED(info.exit_code))
		exit->signal = WTERMSIG(info.exit_code);
	else
		exit->status = WEXITSTATUS(info.exit_code);
	return true;
}

static void tell(struct watched *watched, bool last, event_emit *emit, void *context)
{
	bool lived = watched->lived_ns != 0 && watched->lived_ns < watched->ended_ns;
	struct event event = {.t_ns = watched->ended_ns,
		.asked_ns = lived ? watched->lived_ns : watched->ended_ns,
		.kind = EVENT_EXIT};

	event.u.exit = (struct exit){.pid = watched->owner.pid,
		.host_pid = watched->owner.host_pid,
		.program = watched->owner.program};
	if (!status_of(watched, &event.u.exit) && !last)
		return;
	emit(context, &event);
	let_go(watched);
}

bool endings_dispatch(struct endings *endings, bool last, event_emit *emit, void *context)
{
	struct epoll_event events[AT_ONCE];
	int64_t before_ns = endings->looked_ns, looked_ns = now_ns();
	int count = epoll_wait(endings->epoll, events, AT_ONCE, 0);
	bool ended = false;

	if (count < AT_ONCE) /* all that had ended are among them */
		endings->looked_ns = looked_ns;
	for (int i = 0; i < count; i++) {
		struct watched *watched = &endings->watched[events[i].data.u64];
		struct epoll_event rest = {.events = 0, .data = events[i].data};

		if (watched->fd < 0)
			continue;
		ended |= watched->ended_ns == 0;
		if (watched->ended_ns == 0) {
			watched->ended_ns = now_ns();
			watched->lived_ns = watched->from_ns < before_ns ? before_ns : 0;
		}
		tell(watched, false, emit, context);
		/* a zombie stays readable: wait for the hang-up only */
		if (watched->fd >= 0)
			epoll_ctl(endings->epoll, EPOLL_CTL_MOD, watched->fd, &rest);
	}
	for (size_t i = 0; last && i < endings->count; i++)
		if (endings->watched[i].fd >= 0 && endings->watched[i].ended_ns != 0)
			tell(&endings->watched[i], true, emit, context);
	return ended;
}
