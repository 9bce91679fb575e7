/* The stops of traced processes: threads and processes as they come and go, signals passed on, and
 * calls from entry to return. What a call is about is worked out in calls_about.c. Attached by
 * PTRACE_SEIZE: group stops and job control stay what they are without us (ptrace(2)). */
#include "tracer.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcpstate/source.h"

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#define OUR_ARCHITECTURE 0 /* any: a foreign one is not told apart */
#endif

/* ---- tables ---- */

static struct thread **thread_link(struct tracer *tracer, pid_t tid)
{
	struct thread **link = &tracer->threads[(unsigned)tid % THREAD_BUCKETS];

	while (*link != NULL && (*link)->tid != tid)
		link = &(*link)->next;
	return link;
}

static struct thread *thread_enter(struct tracer *tracer, pid_t tid)
{
	struct thread **link = thread_link(tracer, tid);

	if (*link == NULL && (*link = calloc(1, sizeof(**link))) != NULL)
		(*link)->tid = tid;
	return *link;
}

static struct traced **process_link(struct tracer *tracer, pid_t pid)
{
	struct traced **link = &tracer->processes[(unsigned)pid % THREAD_BUCKETS];

	while (*link != NULL && (*link)->pid != pid)
		link = &(*link)->next;
	return link;
}

bool tracer_knows(const struct tracer *tracer, pid_t tid)
{
	return *thread_link((struct tracer *)(uintptr_t)tracer, tid) != NULL;
}

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static struct traced *process_enter(struct tracer *tracer, pid_t pid, struct files *files)
{
	struct traced **link = process_link(tracer, pid), *process = *link;

	if (process == NULL) {
		process = *link = calloc(1, sizeof(*process));
		if (process == NULL)
			return NULL;
	}
	process->pid = pid;
	process->pidfd = pidfd_of(pid);
	process->files = files;
	return process;
}

static void process_forget(struct tracer *tracer, struct traced *process)
{
	struct traced **link = process_link(tracer, process->pid);

	if (*link == process)
		*link = process->next;
	if (process->pidfd >= 0)
		close(process->pidfd);
	if (process->files != NULL)
		files_drop(process->files);
	free(process->before_exec);
	free(process);
}

static void thread_forget(struct tracer *tracer, struct thread *thread)
{
	struct thread **link = thread_link(tracer, thread->tid);

	if (*link == thread)
		*link = thread->next;
	about_abandon(tracer, thread);
	free(thread->closing);
	free(thread);
}

/* ---- resuming ---- */

/* ESRCH: it was killed meanwhile, which waitpid() tells next. */
static void go_on(const struct thread *thread, int signal)
{
	ptrace(thread->in_call ? PTRACE_SYSCALL : PTRACE_CONT, thread->tid, 0, signal);
}

/* ---- life ---- */

static void program_read(struct traced *process)
{
	static const char *const shells[] = {
		"sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "ash"};
	char comm[CALL_PROGRAM];

	program_name(process->pid, process->program, comm);
	process->shell = false;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		process->shell |= strcmp(comm, shells[i]) == 0;
}

static bool same_files(pid_t a, pid_t b)
{
	enum { FILES = 2 }; /* KCMP_FILES, linux/kcmp.h */

	return syscall(SYS_kcmp, a, b, FILES, 0, 0) == 0;
}

/* The process a new task belongs to, if it is no more than a thread of its parent. */
static bool is_thread_of(pid_t tid, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)pid, (int)tid);
	return access(path, F_OK) == 0;
}

/* A fork, vfork or clone: the child may have stopped before its parent told of it, or will. */
static void child_born(struct tracer *tracer, struct thread *parent, int event)
{
	struct traced *from = parent->process, *process;
	unsigned long tid = 0;
	struct thread *child;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &tid) != 0 || tid == 0)
		return;
	child = thread_enter(tracer, (pid_t)tid);
	if (child == NULL || from == NULL || child->process != NULL)
		return;
	if (event == PTRACE_EVENT_CLONE && is_thread_of(child->tid, from->pid)) {
		child->process = from;
		from->threads++;
	} else {
		struct files *files = from->files;

		if (same_files(child->tid, from->pid))
			files->users++;
		else
			files = files_copy(&tracer->socks, files);
		process = files != NULL ? process_enter(tracer, child->tid, files) : NULL;
		if (process == NULL)
			return;
		process->threads = 1;
		process->foreign = from->foreign;
		process->shell = from->shell;
		memcpy(process->program, from->program, sizeof(process->program));
		child->process = process;
		news_process(tracer->news, process->pid);
		if (files != from->files)
			about_fork(tracer, process);
	}
	if (child->waits) {
		child->waits = false;
		go_on(child, 0);
	}
}

/* Everything but the calling thread is gone; that one has the process's id now. */
static struct thread *exec_done(struct tracer *tracer, struct thread *thread)
{
	struct traced *process = thread->process;
	unsigned long before = 0;

	ptrace(PTRACE_GETEVENTMSG, thread->tid, 0, &before);
	if (before != 0 && (pid_t)before != thread->tid) {
		struct thread *caller = *thread_link(tracer, (pid_t)before);

		if (caller != NULL)
			thread_forget(tracer, caller);
	}
	about_abandon(tracer, thread);
	thread->in_call = thread->ending = false;
	if (process == NULL)
		return thread;
	process->threads = 1;
	process->ended = false;
	program_read(process);
	about_exec(tracer, process);
	return thread;
}

static void foreign_tell(struct tracer *tracer, struct traced *process, uint32_t architecture)
{
	bool foreign = OUR_ARCHITECTURE != 0 && architecture != OUR_ARCHITECTURE;
	char text[160];

	if (foreign && !process->foreign) {
		snprintf(text, sizeof(text),
			"%s (%d) is a program of another architecture: its calls are not seen",
			process->program, (int)process->pid);
		news_note(tracer->news, now_ns(), text);
	}
	process->foreign = foreign;
}

/* A program of ours has made a socket by a call of another architecture. */
static void foreign_call_tell(struct tracer *tracer, struct traced *process)
{
	enum { TOLD = 2 };
	char text[192];

	if (process->foreign || process->told[TOLD])
		return;
	process->told[TOLD] = true;
	snprintf(text, sizeof(text),
		"%s (%d) makes calls of another architecture (int 0x80, x32): these are not seen",
		process->program, (int)process->pid);
	news_note(tracer->news, now_ns(), text);
}

/* It ends of its own accord, and no handler of a signal runs in it: one that does has its signal
 * blocked. So a call that a signal interrupted had returned. */
static bool came_back(pid_t tid)
{
	char path[64], line[128];
	unsigned long status = 0;
	uint64_t blocked = UINT64_MAX, caught = 0;

	if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &status) != 0 || (status & 0x7f) != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		sscanf(line, "SigBlk: %" SCNx64, &blocked);
		sscanf(line, "SigCgt: %" SCNx64, &caught);
	}
	if (file != NULL)
		fclose(file);
	return file != NULL && (blocked & caught) == 0;
}

/* The thread is about to end; its descriptors are still there. */
static void thread_ending(struct tracer *tracer, struct thread *thread)
{
	struct traced *process = thread->process;

	if (thread->again && came_back(thread->tid))
		about_interrupted(tracer, thread);
	else if (thread->in_call || thread->again)
		about_never_returned(tracer, thread);
	thread->in_call = thread->again = false;
	if (process == NULL || thread->ending)
		return;
	thread->ending = true;
	if (process->threads > 0 && --process->threads == 0)
		about_exit(tracer, process, true);
}

static void process_ended(struct tracer *tracer, struct thread *thread, int status)
{
	struct traced *process = thread->process;
	struct exit exit = {.known = true,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0};

	about_exit(tracer, process, false);
	exit.pid = (uint32_t)process->pid;
	exit.program = process->program;
	exit.by_recorder = tracer->ending && exit.signal != 0;
	news_exit(tracer->news, now_ns(), &exit);
	process_forget(tracer, process);
}

static enum traced_what thread_ended(struct tracer *tracer, struct thread *thread, int status)
{
	bool process = thread->process != NULL && thread->process->pid == thread->tid;

	thread_ending(tracer, thread);
	if (process)
		process_ended(tracer, thread, status);
	thread_forget(tracer, thread);
	return TRACED_END;
}

/* ---- calls ---- */

/* A filter of the program's own asks for a tracer. It has none, for we are not it: the call fails
 * with ENOSYS, as it would without us (seccomp(2), SECCOMP_RET_TRACE). */
static void call_refuse(pid_t tid)
{
#if defined(__x86_64__)
	ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L);
	ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), (long)-ENOSYS);
#elif defined(__aarch64__)
	enum { ARM_SYSTEM_CALL = 0x404, GENERAL = 1 }; /* NT_ARM_SYSTEM_CALL, NT_PRSTATUS */
	int none = -1;
	struct user_regs_struct regs;
	struct iovec number = {&none, sizeof(none)}, all = {&regs, sizeof(regs)};

	ptrace(PTRACE_SETREGSET, tid, ARM_SYSTEM_CALL, &number);
	if (ptrace(PTRACE_GETREGSET, tid, GENERAL, &all) == 0) {
		regs.regs[0] = (unsigned long long)-ENOSYS;
		ptrace(PTRACE_SETREGSET, tid, GENERAL, &all);
	}
#else
	(void)tid; /* it is made */
#endif
}

/* x32 is no architecture of its own: a bit of the number tells it (asm/unistd.h). */
static bool is_x32(uint64_t number)
{
#if defined(__x86_64__)
	return (number & 0x40000000) != 0;
#else
	(void)number;
	return false;
#endif
}

/* The seccomp filter stopped it, before the call. */
static void call_entered(struct tracer *tracer, struct thread *thread)
{
	struct __ptrace_syscall_info info;
	const struct rule *rule;

	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) <= 0 ||
		info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	if (info.seccomp.ret_data != CALLS_FILTER_DATA) {
		call_refuse(thread->tid);
		return;
	}
	if (thread->process == NULL)
		return;
	if ((OUR_ARCHITECTURE != 0 && info.arch != OUR_ARCHITECTURE) || is_x32(info.seccomp.nr)) {
		foreign_call_tell(tracer, thread->process);
		return;
	}
	rule = rule_find(info.seccomp.nr);
	if (rule == NULL)
		return;
	thread->in_call = about_entry(tracer, thread, rule, (const uint64_t *)info.seccomp.args);
}

static void call_returned(struct tracer *tracer, struct thread *thread)
{
	struct __ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	if (!thread->in_call)
		return;
	thread->in_call = false;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) > 0 &&
		info.op == PTRACE_SYSCALL_INFO_EXIT)
		about_return(tracer, thread, info.exit.rval);
}

/* ---- stops ---- */

static enum traced_what event_stop(struct tracer *tracer, struct thread *thread, int signal)
{
	if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
		/* stopped it stays, and hears of SIGCONT */
		ptrace(PTRACE_LISTEN, thread->tid, 0, 0);
		return TRACED_GROUP_STOP;
	}
	if (thread->process == NULL) {
		thread->waits = true; /* until its parent has told whose it is */
		return TRACED_STOP;
	}
	(void)tracer;
	go_on(thread, 0);
	return TRACED_STOP;
}

static uint32_t architecture_of(pid_t tid)
{
	struct __ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) > 0 ? info.arch
									     : OUR_ARCHITECTURE;
}

enum traced_what tracer_event(struct tracer *tracer, pid_t tid, int status)
{
	int signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0, event = status >> 16;
	struct thread *thread = thread_enter(tracer, tid);

	if (thread == NULL)
		return TRACED_STOP;
	if (!WIFSTOPPED(status))
		return thread_ended(tracer, thread, status);
	if (event == PTRACE_EVENT_STOP)
		return event_stop(tracer, thread, signal);
	if (event == 0 && signal != (SIGTRAP | 0x80)) {
		go_on(thread, signal); /* a signal on its way */
		return TRACED_STOP;
	}
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		call_entered(tracer, thread);
		break;
	case 0:
		call_returned(tracer, thread);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		child_born(tracer, thread, event);
		break;
	case PTRACE_EVENT_EXEC:
		thread = exec_done(tracer, thread);
		if (thread->process != NULL)
			foreign_tell(tracer, thread->process, architecture_of(tid));
		break;
	case PTRACE_EVENT_EXIT:
		thread_ending(tracer, thread);
		break;
	default:
		break;
	}
	go_on(thread, 0);
	return TRACED_STOP;
}

/* ---- beginning ---- */

struct tracer *tracer_new(const struct calls_options *options, struct news *news)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (tracer != NULL) {
		tracer->options = options;
		tracer->news = news;
	}
	return tracer;
}

int tracer_seize(struct tracer *tracer, pid_t pid)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
			     PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP;
	struct thread *thread = thread_enter(tracer, pid);
	struct files *files = files_new();
	int own;

	if (thread == NULL || files == NULL ||
		(thread->process = process_enter(tracer, pid, files)) == NULL)
		return ENOMEM;
	thread->process->threads = 1;
	own = traced_getfd(thread->process, STDIN_FILENO);
	if (own < 0 && errno != EBADF)
		return errno;
	if (own >= 0)
		close(own);
	if (ptrace(PTRACE_SEIZE, pid, 0, options) != 0)
		return errno;
	files_scan(&tracer->socks, thread->process);
	return 0;
}

void tracer_ending(struct tracer *tracer)
{
	tracer->ending = true;
}
