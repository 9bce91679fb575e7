/* A system call at its entry: what it is about, and what it will close. The descriptor that a
 * close() frees is forgotten here: another thread may get the same number before we hear of the
 * return (calls_return.c). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "calls_parts.h"
#include "tcpstate/source.h"

enum { RANGE_CLOEXEC = 4 };

/* ---- telling ---- */

void call_tell(struct tracer *tracer, const struct traced *process, struct call *call)
{
	call->program = process->program;
	if (call->arguments == NULL)
		call->arguments = "";
	news_call(tracer->news, NEWS_CALL, call);
}

void call_of_socket(struct call *call, const struct sock *sock, int fd)
{
	call->fd = fd;
	call->inode = sock->inode;
	call->key = sock->key;
	call->cookie = sock->cookie;
}

struct call call_of_descriptor(const struct traced *process, enum call_what what,
	enum call_effect effect, const struct sock *sock, int fd)
{
	int64_t now = now_ns();
	struct call call = {.entered_ns = now,
		.returned_ns = now,
		.pid = (uint32_t)process->pid,
		.tid = (uint32_t)process->pid,
		.what = (uint8_t)what,
		.effect = (uint8_t)effect,
		.new_fd = -1,
		.asked = -1,
		.unread = -1};

	call_of_socket(&call, sock, fd);
	return call;
}

bool sock_unheld(const struct sock *sock)
{
	return sock->refs == 0 && sock->in_flight == 0;
}

/* ---- what a call holds while it is under way ---- */

static void hold(struct thread *thread, struct sock *sock)
{
	thread->sock = sock;
	if (sock != NULL)
		sock->held++;
}

void sock_let_go(struct tracer *tracer, struct sock *sock)
{
	sock->held--;
	sock_release(&tracer->socks, sock);
}

bool closing_add(struct closing **list, size_t *count, struct sock *sock, int fd, int64_t unread)
{
	struct closing *more =
		*count % 16 == 0 ? realloc(*list, (*count + 16) * sizeof(*more)) : *list;

	if (more == NULL)
		return false;
	*list = more;
	more[(*count)++] = (struct closing){.sock = sock, .fd = fd, .unread = unread};
	sock->held++;
	return true;
}

void about_abandon(struct tracer *tracer, struct thread *thread)
{
	for (size_t i = 0; i < thread->closing_count; i++)
		sock_let_go(tracer, thread->closing[i].sock);
	thread->closing_count = 0;
	if (thread->sock != NULL)
		sock_let_go(tracer, thread->sock);
	thread->sock = NULL;
	thread->again = false;
}

void before_exec_drop(struct tracer *tracer, struct traced *process)
{
	for (size_t i = 0; i < process->before_exec_count; i++)
		sock_let_go(tracer, process->before_exec[i].sock);
	process->before_exec_count = 0;
}

/* ---- entry ---- */

/* A descriptor that the call frees, if it is a socket of ours. */
static bool entry_frees(struct tracer *tracer, struct thread *thread, int fd)
{
	struct traced *process = thread->process;
	struct sock *sock = files_look(&tracer->socks, process, fd, NULL);

	if (sock != NULL && !closing_add(&thread->closing, &thread->closing_count, sock, fd,
				    sock_unread(sock, process, fd)))
		return false;
	files_clear(&tracer->socks, process->files, fd);
	return sock != NULL;
}

static bool entry_range(struct tracer *tracer, struct thread *thread)
{
	struct files *files = thread->process->files;
	uint64_t first = (uint32_t)thread->arguments[0], last = (uint32_t)thread->arguments[1];

	if (((unsigned)thread->arguments[2] & RANGE_CLOEXEC) != 0)
		return false;
	for (uint64_t fd = first; fd <= last && fd < files->count; fd++)
		if (files->slot[fd].class == SLOT_INET)
			entry_frees(tracer, thread, (int)fd);
		else
			files->slot[fd] = (struct slot){0};
	return thread->closing_count > 0;
}

/* Is a descriptor to be closed by an exec? What lies unread in it must be asked before. */
static void entry_exec(struct tracer *tracer, struct traced *process)
{
	const struct files *files = process->files;

	before_exec_drop(tracer, process);
	for (size_t fd = 0; fd < files->count && process->before_exec_count < 256; fd++) {
		struct sock *sock = files->slot[fd].class == SLOT_INET
					    ? sock_find(&tracer->socks, files->slot[fd].inode)
					    : NULL;

		if (sock != NULL)
			closing_add(&process->before_exec, &process->before_exec_count, sock,
				(int)fd, sock_unread(sock, process, (int)fd));
	}
}

static void entry_told(struct tracer *tracer, struct thread *thread)
{
	struct traced *process = thread->process;
	bool ring = thread->rule->what == CALLED_IO_URING_SETUP;
	long request = (long)thread->arguments[0];
	char text[256];

	if (process->told[ring] || (!ring && request != PTRACE_TRACEME &&
					   request != PTRACE_ATTACH && request != PTRACE_SEIZE))
		return;
	process->told[ring] = true;
	snprintf(text, sizeof(text),
		ring ? "%s (%d) uses io_uring: what it does by that is not seen"
		     : "%s (%d) wants to trace: refused, for tcpstate traces it already (--calls); "
		       "record without --calls to use a debugger or strace inside",
		process->program, (int)process->pid);
	news_note(tracer->news, now_ns(), text);
}

struct wanted {
	struct tracer *tracer;
	struct thread *thread;
};

static bool is_socket(void *context, int fd)
{
	const struct wanted *wanted = context;

	return files_look(&wanted->tracer->socks, wanted->thread->process, fd, NULL) != NULL;
}

static bool entry_waits(struct tracer *tracer, struct thread *thread)
{
	struct wanted wanted = {tracer, thread};
	int fd = words_first_waited(
		thread->tid, thread->rule, thread->arguments, is_socket, &wanted);
	struct sock *sock = fd >= 0 ? files_look(&tracer->socks, thread->process, fd, NULL) : NULL;

	if (sock == NULL)
		return false;
	hold(thread, sock);
	call_of_socket(&thread->call, sock, fd);
	return true;
}

/* A call that only an open socket or file can take, upon a descriptor that is none. The program may
 * mean any: calls that try descriptors one by one (fcntl, dup, close) are left out. */
static bool on_closed(const struct thread *thread, enum slot_class class)
{
	const struct rule *rule = thread->rule;

	return class == SLOT_CLOSED && rule->kind >= RULE_ADDRESS && rule->kind <= RULE_MESSAGES &&
	       rule->kind != RULE_OPTION;
}

/* Calls upon a descriptor: it must be a socket of ours. */
static bool entry_socket(struct tracer *tracer, struct thread *thread)
{
	const struct rule *rule = thread->rule;
	int fd = (int)thread->arguments[0];
	enum slot_class class = SLOT_OTHER;
	struct sock *sock = files_look(&tracer->socks, thread->process, fd, &class);

	if (sock == NULL && rule->kind == RULE_SPLICE) {
		fd = (int)thread->arguments[2];
		sock = files_look(&tracer->socks, thread->process, fd, NULL);
	}
	if (sock == NULL && class == SLOT_UNIX && thread_passes(thread))
		return rights_entry(tracer, thread);
	thread->on_closed = sock == NULL && on_closed(thread, class);
	if (thread->on_closed) {
		thread->call.fd = fd;
		return true;
	}
	if (sock == NULL)
		return tracer->options->output && !thread->process->shell && (fd == 1 || fd == 2) &&
		       (rule->what == CALLED_WRITE || rule->what == CALLED_WRITEV);
	hold(thread, sock);
	call_of_socket(&thread->call, sock, fd);
	return true;
}

static bool entry_dup_over(struct tracer *tracer, struct thread *thread)
{
	int from = (int)thread->arguments[0], to = (int)thread->arguments[1];
	bool of_socket_too = entry_socket(tracer, thread);

	if (from != to)
		entry_frees(tracer, thread, to);
	return of_socket_too || thread->closing_count > 0;
}

static bool entry_begin(struct tracer *tracer, struct thread *thread)
{
	switch ((enum rule_kind)thread->rule->kind) {
	case RULE_SOCKET:
		return (int)thread->arguments[0] == AF_INET ||
		       (int)thread->arguments[0] == AF_INET6;
	case RULE_CLOSE:
		return entry_frees(tracer, thread, (int)thread->arguments[0]);
	case RULE_RANGE:
		return entry_range(tracer, thread);
	case RULE_DUP_OVER:
		return entry_dup_over(tracer, thread);
	case RULE_POLL:
	case RULE_SELECT:
		return entry_waits(tracer, thread);
	case RULE_EXEC:
		entry_exec(tracer, thread->process);
		return false;
	case RULE_TOLD:
		entry_told(tracer, thread);
		return false;
	case RULE_RESTART:
		return false;
	case RULE_EPOLL:
	case RULE_GETFD:
		return true;
	default:
		return entry_socket(tracer, thread);
	}
}

void about_interrupted(struct tracer *tracer, struct thread *thread)
{
	thread->call.result = -1;
	thread->call.error = EINTR;
	if (thread->sock == NULL && !thread->on_closed && thread_passes(thread))
		rights_return(tracer, thread);
	else if (thread->sock != NULL)
		call_tell(tracer, thread->process, &thread->call);
	about_abandon(tracer, thread);
}

bool about_entry(struct tracer *tracer, struct thread *thread, const struct rule *rule,
	const uint64_t arguments[6])
{
	if (thread->again &&
		(rule->kind == RULE_RESTART ||
			(rule == thread->rule && arguments[0] == thread->arguments[0] &&
				arguments[1] == thread->arguments[1]))) {
		thread->again = false;
		thread->call.returned_ns = 0;
		return true;
	}
	if (thread->again)
		about_interrupted(tracer, thread);
	about_abandon(tracer, thread);
	thread->rule = rule;
	memcpy(thread->arguments, arguments, sizeof(thread->arguments));
	thread->words[0] = '\0';
	thread->on_closed = false;
	thread->call = (struct call){.entered_ns = now_ns(),
		.pid = (uint32_t)thread->process->pid,
		.tid = (uint32_t)thread->tid,
		.what = rule->what,
		.fd = -1,
		.new_fd = -1,
		.asked = -1,
		.unread = -1,
		.arguments = thread->words};
	if (!entry_begin(tracer, thread))
		return false;
	if (words_of_entry(thread->tid, rule, arguments, &thread->call, thread->words))
		return true;
	about_abandon(tracer, thread);
	return false;
}
