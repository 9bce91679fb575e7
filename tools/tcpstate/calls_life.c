/* What a fork, an exec and the end of a process make of the sockets it holds. */
#include <stdlib.h>

#include "calls_parts.h"
#include "tcpstate/source.h"

static struct sock *sock_at(const struct tracer *tracer, const struct files *files, size_t fd)
{
	return files->slot[fd].class == SLOT_INET ? sock_find(&tracer->socks, files->slot[fd].inode)
						  : NULL;
}

/* The process, or the program that it is now, has this one, too. */
static void kept_tell(struct tracer *tracer, struct traced *process, enum call_what what,
	const struct sock *sock, int fd, uint32_t part)
{
	struct call call = call_of_descriptor(process, what, CALL_OPENS, sock, fd);

	call.result = what == CALLED_FORK ? process->pid : 0;
	call.part = part;
	call_tell(tracer, process, &call);
}

void about_fork(struct tracer *tracer, struct traced *process)
{
	uint32_t part = 0;

	for (size_t fd = 0; fd < process->files->count; fd++) {
		const struct sock *sock = sock_at(tracer, process->files, fd);

		if (sock != NULL)
			kept_tell(tracer, process, CALLED_FORK, sock, (int)fd, part++);
	}
}

static void gone_tell(struct tracer *tracer, struct traced *process, enum call_what what,
	struct sock *sock, int fd, int64_t unread, uint32_t part)
{
	struct call call = call_of_descriptor(process, what, CALL_CLOSES, sock, fd);

	sock->held++;
	files_clear(&tracer->socks, process->files, fd);
	call.unread = unread;
	call.last = sock_unheld(sock);
	call.part = part;
	call_tell(tracer, process, &call);
	sock_let_go(tracer, sock);
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
		else
			kept_tell(tracer, process, CALLED_EXEC, sock, (int)fd, part++);
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
