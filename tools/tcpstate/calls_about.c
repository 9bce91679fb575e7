/* What a call does to descriptors and sockets, told when it returns. The descriptor that a close()
 * frees is forgotten at its entry: another thread may get the same number before we hear of the
 * return. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcpstate/source.h"
#include "tracer.h"

enum { RIGHTS_MAX = 253 /* SCM_MAX_FD */, RANGE_CLOEXEC = 4, WAIT_LEAST_NS = 1000000 };
/* The kernel's own, which no program sees: the call is made again, or fails with EINTR. */
enum { RESTART_SYS = 512, RESTART_NOINTR = 513, RESTART_NOHAND = 514, RESTART_BLOCK = 516 };

/* ---- telling ---- */

static void tell(struct tracer *tracer, const struct traced *process, struct call *call)
{
	call->program = process->program;
	if (call->arguments == NULL)
		call->arguments = "";
	news_call(tracer->news, NEWS_CALL, call);
}

static void of_socket(struct call *call, const struct sock *sock, int fd)
{
	call->fd = fd;
	call->inode = sock->inode;
	call->key = sock->key;
	call->cookie = sock->cookie;
}

/* A line about one descriptor that came or went otherwise than by the call's own subject. */
static struct call descriptor_call(const struct traced *process, enum call_what what,
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

	of_socket(&call, sock, fd);
	return call;
}

static bool nobody_holds(const struct sock *sock)
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

static void let_go(struct tracer *tracer, struct sock *sock)
{
	sock->held--;
	sock_release(&tracer->socks, sock);
}

static bool closing_add(
	struct closing **list, size_t *count, struct sock *sock, int fd, int64_t unread)
{
	struct closing *more =
		*count % 16 == 0 ? realloc(*list, (*count + 16) * sizeof(*more)) : *list;

	if (more == NULL)
		return false;
	*list = more;
	more[(*count)++] = (struct closing){sock, fd, unread};
	sock->held++;
	return true;
}

void about_abandon(struct tracer *tracer, struct thread *thread)
{
	for (size_t i = 0; i < thread->closing_count; i++)
		let_go(tracer, thread->closing[i].sock);
	thread->closing_count = 0;
	if (thread->sock != NULL)
		let_go(tracer, thread->sock);
	thread->sock = NULL;
	thread->again = false;
}

static void before_exec_drop(struct tracer *tracer, struct traced *process)
{
	for (size_t i = 0; i < process->before_exec_count; i++)
		let_go(tracer, process->before_exec[i].sock);
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
		     : "%s (%d) wants to trace: refused, for tcpstate traces it already "
		       "(--calls); record without --calls to use a debugger or strace inside",
		process->program, (int)process->pid);
	news_note(tracer->news, now_ns(), text);
}

/* Descriptors on their way through a Unix socket. */
static bool entry_rights(struct tracer *tracer, struct thread *thread)
{
	int fds[RIGHTS_MAX];
	size_t count;

	if (thread->rule->what == CALLED_RECVMSG)
		return true;
	count = words_rights(thread->tid, thread->arguments[1], fds, RIGHTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct sock *sock = files_look(&tracer->socks, thread->process, fds[i], NULL);

		if (sock != NULL &&
			closing_add(&thread->closing, &thread->closing_count, sock, fds[i], -1))
			sock->in_flight++; /* before the other side can have it */
	}
	return thread->closing_count > 0;
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
	of_socket(&thread->call, sock, fd);
	return true;
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
	if (sock == NULL && class == SLOT_UNIX && rule->kind == RULE_MESSAGE)
		return entry_rights(tracer, thread);
	if (sock == NULL)
		return tracer->options->output && !thread->process->shell && (fd == 1 || fd == 2) &&
		       (rule->what == CALLED_WRITE || rule->what == CALLED_WRITEV);
	hold(thread, sock);
	of_socket(&thread->call, sock, fd);
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

static void interrupted_tell(struct tracer *tracer, struct thread *thread)
{
	thread->call.result = -1;
	thread->call.error = EINTR;
	if (thread->sock != NULL)
		tell(tracer, thread->process, &thread->call);
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
		interrupted_tell(tracer, thread);
	about_abandon(tracer, thread);
	thread->rule = rule;
	memcpy(thread->arguments, arguments, sizeof(thread->arguments));
	thread->words[0] = '\0';
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

/* ---- return ---- */

static void closes_tell(struct tracer *tracer, struct thread *thread)
{
	for (size_t i = 0; i < thread->closing_count; i++) {
		struct closing *closing = &thread->closing[i];
		struct call call = thread->call;
		const struct files *files = thread->process->files;

		/* another thread used the number between our stop and the close */
		if ((size_t)closing->fd < files->count &&
			files->slot[closing->fd].inode == closing->sock->inode &&
			!traced_has(thread->process, closing->fd))
			files_clear(&tracer->socks, thread->process->files, closing->fd);
		of_socket(&call, closing->sock, closing->fd);
		call.new_fd = -1;
		call.new_inode = 0;
		call.effect = CALL_CLOSES;
		call.unread = closing->unread;
		call.last = nobody_holds(closing->sock);
		call.part = (uint32_t)i + (thread->rule->kind == RULE_DUP_OVER);
		tell(tracer, thread->process, &call);
	}
}

/* A dup2() that failed has closed nothing; a close() that failed has (close(2), EINTR). */
static void closes_undo(struct tracer *tracer, struct thread *thread)
{
	for (size_t i = 0; i < thread->closing_count; i++)
		files_set(&tracer->socks, thread->process->files, thread->closing[i].fd,
			thread->closing[i].sock);
}

static void return_new(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;
	struct sock *sock;

	if (call->error == 0) {
		files_clear(&tracer->socks, thread->process->files, (int)call->result);
		sock = files_look(&tracer->socks, thread->process, (int)call->result, NULL);
		if (sock == NULL)
			return;
		of_socket(call, sock, (int)call->result);
		call->effect = CALL_OPENS;
	} else if (thread->rule->kind == RULE_GETFD) {
		return;
	}
	tell(tracer, thread->process, call);
}

static void return_accept(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;
	struct sock *sock;

	if (call->error == 0) {
		files_clear(&tracer->socks, thread->process->files, (int)call->result);
		sock = files_look(&tracer->socks, thread->process, (int)call->result, NULL);
		call->new_fd = (int)call->result;
		call->effect = CALL_OPENS;
		if (sock != NULL) {
			call->new_inode = sock->inode;
			call->key = sock->key;
			call->cookie = sock->cookie;
		}
	}
	tell(tracer, thread->process, call);
}

/* The filter lets calls upon the standard descriptors pass: nearly always they are none of ours. */
static void low_tell(struct tracer *tracer, const struct traced *process, int fd)
{
	char text[160];

	if (fd > 2 || tracer->low_told || tracer->options->low[fd])
		return;
	tracer->low_told = true;
	snprintf(text, sizeof(text),
		"%s (%d) has made descriptor %d a socket: what it reads and writes by descriptors "
		"0 to 2 is not seen",
		process->program, (int)process->pid, fd);
	news_note(tracer->news, now_ns(), text);
}

static void return_dup(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;

	if (call->error != 0 && thread->rule->kind == RULE_DUP_OVER)
		closes_undo(tracer, thread);
	if (thread->sock != NULL) {
		if (call->error == 0) {
			files_set(&tracer->socks, thread->process->files, (int)call->result,
				thread->sock);
			call->new_fd = (int)call->result;
			call->new_inode = thread->sock->inode;
			call->effect = CALL_OPENS;
			low_tell(tracer, thread->process, (int)call->result);
		}
		tell(tracer, thread->process, call);
	}
	if (call->error == 0)
		closes_tell(tracer, thread);
}

/* bind, connect, listen may have given it an address; so may the first datagram sent. */
static void return_ends(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;
	struct flow_key asked = call->key;
	struct sock *sock = thread->sock;

	sock_ends(sock, thread->process, call->fd);
	call->key = sock->key;
	if (call->what == CALLED_BIND && call->error != 0) {
		/* who holds that address? */
		memcpy(call->key.addr[0], asked.addr[1], sizeof(asked.addr[1]));
		call->key.port_be[0] = asked.port_be[1];
	} else if (call->what != CALLED_BIND && call->key.port_be[1] == 0) {
		memcpy(call->key.addr[1], asked.addr[1], sizeof(asked.addr[1]));
		call->key.port_be[1] = asked.port_be[1];
	}
	tell(tracer, thread->process, call);
}

static void return_rights(struct tracer *tracer, struct thread *thread)
{
	bool sent = thread->rule->what == CALLED_SENDMSG;
	int fds[RIGHTS_MAX];
	size_t count;

	for (size_t i = 0; i < thread->closing_count; i++) {
		struct sock *sock = thread->closing[i].sock;
		struct call call = descriptor_call(
			thread->process, CALLED_SENDMSG, CALL_PASSES, sock, thread->closing[i].fd);

		call.part = (uint32_t)i;
		if (thread->call.error == 0)
			tell(tracer, thread->process, &call);
		else if (sock->in_flight > 0)
			sock->in_flight--;
	}
	if (sent || thread->call.error != 0)
		return;
	count = words_rights(thread->tid, thread->arguments[1], fds, RIGHTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct sock *sock;
		struct call call;

		files_clear(&tracer->socks, thread->process->files, fds[i]);
		sock = files_look(&tracer->socks, thread->process, fds[i], NULL);
		if (sock == NULL)
			continue;
		if (sock->in_flight > 0)
			sock->in_flight--;
		call = descriptor_call(thread->process, CALLED_RECVMSG, CALL_OPENS, sock, fds[i]);
		call.part = (uint32_t)i;
		tell(tracer, thread->process, &call);
	}
}

/* To a terminal, or to where standard output goes; of a socket the call itself. */
static void return_output(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;

	call->data_size = words_data(thread->tid, thread->rule, thread->arguments, call->result,
		tracer->data, sizeof(tracer->data));
	call->data = tracer->data;
	call->fd = (int)thread->arguments[0];
	call->program = thread->process->program;
	if (call->error == 0 && call->data_size > 0)
		news_call(tracer->news, NEWS_OUTPUT, call);
}

static void return_transfer(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;
	bool of_bytes = thread->rule->kind <= RULE_MESSAGE && thread->rule->kind >= RULE_BYTES;

	if (thread->sock == NULL && thread->rule->kind == RULE_MESSAGE) {
		return_rights(tracer, thread);
		return;
	}
	if (thread->sock == NULL) {
		return_output(tracer, thread);
		return;
	}
	words_of_return(thread->tid, thread->rule, thread->arguments, call, thread->words);
	if (of_bytes && tracer->options->data > 0 && call->error == 0) {
		call->data_size = words_data(thread->tid, thread->rule, thread->arguments,
			call->result, tracer->data, tracer->options->data);
		call->data = tracer->data;
	}
	if (thread->sock->key.port_be[0] == 0 || thread->sock->key.port_be[1] == 0)
		return_ends(tracer, thread);
	else
		tell(tracer, thread->process, call);
}

static void return_tell(struct tracer *tracer, struct thread *thread)
{
	struct call *call = &thread->call;

	switch ((enum rule_kind)thread->rule->kind) {
	case RULE_SOCKET:
	case RULE_GETFD:
		return_new(tracer, thread);
		break;
	case RULE_ACCEPT:
		return_accept(tracer, thread);
		break;
	case RULE_ADDRESS:
		return_ends(tracer, thread);
		break;
	case RULE_NUMBER:
		if (call->what == CALLED_LISTEN)
			return_ends(tracer, thread);
		else
			tell(tracer, thread->process, call);
		break;
	case RULE_CLOSE:
	case RULE_RANGE:
		closes_tell(tracer, thread);
		break;
	case RULE_DUP:
	case RULE_DUP_OVER:
	case RULE_FCNTL:
		return_dup(tracer, thread);
		break;
	case RULE_POLL:
	case RULE_SELECT:
	case RULE_EPOLL:
		if (call->returned_ns - call->entered_ns >= WAIT_LEAST_NS)
			tell(tracer, thread->process, call);
		break;
	case RULE_OPTION:
		tell(tracer, thread->process, call);
		break;
	default:
		return_transfer(tracer, thread);
		break;
	}
}

void about_return(struct tracer *tracer, struct thread *thread, int64_t result)
{
	struct call *call = &thread->call;

	call->returned_ns = now_ns();
	if (result == -RESTART_SYS || result == -RESTART_NOINTR || result == -RESTART_NOHAND ||
		result == -RESTART_BLOCK) {
		thread->again = true;
		return;
	}
	call->error = result < 0 && result >= -4095 ? (int32_t)-result : 0;
	call->result = call->error != 0 ? -1 : result;
	return_tell(tracer, thread);
	about_abandon(tracer, thread);
}

void about_never_returned(struct tracer *tracer, struct thread *thread)
{
	thread->call.returned_ns = 0;
	if (thread->closing_count > 0 && thread->rule->kind != RULE_MESSAGE)
		closes_tell(tracer, thread);
	else if (thread->sock != NULL)
		tell(tracer, thread->process, &thread->call);
	about_abandon(tracer, thread);
}

/* ---- processes ---- */

static struct sock *sock_at(const struct tracer *tracer, const struct files *files, size_t fd)
{
	return files->slot[fd].class == SLOT_INET ? sock_find(&tracer->socks, files->slot[fd].inode)
						  : NULL;
}

void about_fork(struct tracer *tracer, struct traced *process)
{
	uint32_t part = 0;

	for (size_t fd = 0; fd < process->files->count; fd++) {
		const struct sock *sock = sock_at(tracer, process->files, fd);

		if (sock != NULL) {
			struct call call =
				descriptor_call(process, CALLED_FORK, CALL_OPENS, sock, (int)fd);

			call.result = process->pid;
			call.part = part++;
			tell(tracer, process, &call);
		}
	}
}

static void gone_tell(struct tracer *tracer, struct traced *process, enum call_what what,
	struct sock *sock, int fd, int64_t unread, uint32_t part)
{
	struct call call = descriptor_call(process, what, CALL_CLOSES, sock, fd);

	sock->held++;
	files_clear(&tracer->socks, process->files, fd);
	call.unread = unread;
	call.last = nobody_holds(sock);
	call.part = part;
	tell(tracer, process, &call);
	let_go(tracer, sock);
}

static int64_t unread_before_exec(const struct traced *process, int fd)
{
	for (size_t i = 0; i < process->before_exec_count; i++)
		if (process->before_exec[i].fd == fd)
			return process->before_exec[i].unread;
	return -1;
}

void about_exec(struct tracer *tracer, struct traced *process)
{
	uint32_t part = 0;

	if (process->files->users > 1) { /* exec gives it a table of its own */
		struct files *own = files_copy(&tracer->socks, process->files);

		if (own != NULL) {
			files_drop(process->files);
			process->files = own;
		}
	}
	for (size_t fd = 0; fd < process->files->count; fd++) {
		struct sock *sock = sock_at(tracer, process->files, fd);

		if (sock == NULL)
			process->files->slot[fd] = (struct slot){0};
		else if (!traced_has(process, (int)fd))
			gone_tell(tracer, process, CALLED_EXEC, sock, (int)fd,
				unread_before_exec(process, (int)fd), part++);
	}
	before_exec_drop(tracer, process);
}

void about_exit(struct tracer *tracer, struct traced *process, bool alive)
{
	uint32_t part = 0;

	if (process->ended)
		return;
	process->ended = true;
	before_exec_drop(tracer, process);
	if (process->files->users > 1)
		return;
	for (size_t fd = 0; fd < process->files->count; fd++) {
		struct sock *sock = sock_at(tracer, process->files, fd);

		if (sock != NULL)
			gone_tell(tracer, process, CALLED_EXIT, sock, (int)fd,
				alive && sock->refs == 1 ? sock_unread(sock, process, (int)fd) : -1,
				part++);
	}
}
