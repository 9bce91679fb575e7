/* What a call has done to descriptors and sockets, told when it returns. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "calls_parts.h"
#include "tcpstate/source.h"

enum { WAIT_LEAST_NS = 1000000 /* a shorter wait is not told */ };
/* The kernel's own, which no program sees: the call is made again, or fails with EINTR. */
enum { RESTART_SYS = 512, RESTART_NOINTR = 513, RESTART_NOHAND = 514, RESTART_BLOCK = 516 };

/* Does a call of another thread hold this socket? It is closed when that one returns. */
static bool is_busy(const struct thread *thread, const struct sock *sock)
{
	uint32_t own = thread->sock == sock;

	for (size_t i = 0; i < thread->closing_count; i++)
		own += thread->closing[i].sock == sock;
	return sock->held > own;
}

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
		call_of_socket(&call, closing->sock, closing->fd);
		call.new_fd = -1;
		call.new_inode = 0;
		call.effect = CALL_CLOSES;
		call.unread = closing->unread;
		call.last = sock_unheld(closing->sock);
		call.busy = is_busy(thread, closing->sock);
		call.part = (uint32_t)i + (thread->rule->kind == RULE_DUP_OVER);
		call_tell(tracer, thread->process, &call);
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
		call_of_socket(call, sock, (int)call->result);
		call->effect = CALL_OPENS;
	} else if (thread->rule->kind == RULE_GETFD) {
		return;
	}
	call_tell(tracer, thread->process, call);
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
	call_tell(tracer, thread->process, call);
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
		call_tell(tracer, thread->process, call);
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
	call_tell(tracer, thread->process, call);
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

	if (thread->sock == NULL && thread_passes(thread)) {
		rights_return(tracer, thread);
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
		call_tell(tracer, thread->process, call);
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
			call_tell(tracer, thread->process, call);
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
		if (call->returned_ns - call->entered_ns >= WAIT_LEAST_NS ||
			thread->process->connecting)
			call_tell(tracer, thread->process, call);
		thread->process->connecting = false;
		break;
	case RULE_OPTION:
		call_tell(tracer, thread->process, call);
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
	if (call->what == CALLED_CONNECT && call->error == EINPROGRESS)
		thread->process->connecting = true;
	if (!thread->on_closed)
		return_tell(tracer, thread);
	else if (call->error == EBADF)
		call_tell(tracer, thread->process, call);
	about_abandon(tracer, thread);
}

void about_never_returned(struct tracer *tracer, struct thread *thread)
{
	thread->call.returned_ns = 0;
	if (thread->sock == NULL && thread_passes(thread)) {
		thread->call.error = EINTR; /* nothing was passed on */
		rights_return(tracer, thread);
	} else if (thread->closing_count > 0) {
		closes_tell(tracer, thread);
	} else if (thread->sock != NULL) {
		call_tell(tracer, thread->process, &thread->call);
	}
	about_abandon(tracer, thread);
}
