/* Descriptors that a Unix socket carries from process to process (SCM_RIGHTS): a socket on its way
 * is held by nobody's table, yet it is not closed. */
#include <sys/socket.h>

#include "calls_parts.h"
#include "tcpstate/source.h"

enum { RIGHTS_MAX = 253 /* SCM_MAX_FD */, MESSAGES_MAX = 1024 /* UIO_MAXIOV */ };

bool thread_passes(const struct thread *thread)
{
	return thread->rule->kind == RULE_MESSAGE || thread->rule->kind == RULE_MESSAGES;
}

/* How many messages the call is about: at its entry those that it was given, at its return those
 * that it sent or received. */
static uint64_t messages_of(const struct thread *thread, bool returned)
{
	uint64_t count = 1;

	if (thread->rule->kind == RULE_MESSAGES)
		count = returned ? (uint64_t)thread->call.result : (uint32_t)thread->arguments[2];
	return count < MESSAGES_MAX ? count : MESSAGES_MAX;
}

/* The msghdr of a message; that of an mmsghdr stands at its beginning. */
static uint64_t message_at(const struct thread *thread, uint64_t index)
{
	return thread->arguments[1] + index * sizeof(struct mmsghdr);
}

/* All that are sent, before the other side can have them. */
bool rights_entry(struct tracer *tracer, struct thread *thread)
{
	bool sends = thread->rule->what == CALLED_SENDMSG || thread->rule->what == CALLED_SENDMMSG;
	uint64_t messages = messages_of(thread, false);
	int fds[RIGHTS_MAX];

	for (uint64_t at = 0; sends && at < messages; at++) {
		size_t count = words_rights(thread->tid, message_at(thread, at), fds, RIGHTS_MAX);

		for (size_t i = 0; i < count; i++) {
			struct sock *sock =
				files_look(&tracer->socks, thread->process, fds[i], NULL);

			if (sock == NULL || !closing_add(&thread->closing, &thread->closing_count,
						    sock, fds[i], -1))
				continue;
			thread->closing[thread->closing_count - 1].message = (uint32_t)at;
			sock->in_flight++;
		}
	}
	return !sends || thread->closing_count > 0;
}

static void passed_on(struct tracer *tracer, const struct thread *thread)
{
	uint64_t sent = thread->call.error == 0 ? messages_of(thread, true) : 0;

	for (size_t i = 0; i < thread->closing_count; i++) {
		struct sock *sock = thread->closing[i].sock;
		struct call call =
			call_of_descriptor(thread->process, (enum call_what)thread->rule->what,
				CALL_PASSES, sock, thread->closing[i].fd);

		call.part = (uint32_t)i;
		if (thread->closing[i].message < sent)
			call_tell(tracer, thread->process, &call);
		else if (sock->in_flight > 0)
			sock->in_flight--;
	}
}

static void is_given(struct tracer *tracer, const struct thread *thread, int fd, uint32_t part)
{
	struct sock *sock;
	struct call call;

	files_clear(&tracer->socks, thread->process->files, fd);
	sock = files_look(&tracer->socks, thread->process, fd, NULL);
	if (sock == NULL)
		return;
	if (sock->in_flight > 0)
		sock->in_flight--;
	call = call_of_descriptor(
		thread->process, (enum call_what)thread->rule->what, CALL_OPENS, sock, fd);
	call.part = part;
	call_tell(tracer, thread->process, &call);
}

void rights_return(struct tracer *tracer, struct thread *thread)
{
	bool sends = thread->rule->what == CALLED_SENDMSG || thread->rule->what == CALLED_SENDMMSG;
	uint64_t messages = thread->call.error == 0 ? messages_of(thread, true) : 0;
	int fds[RIGHTS_MAX];
	uint32_t part = 0;

	passed_on(tracer, thread);
	for (uint64_t at = 0; !sends && at < messages; at++) {
		size_t count = words_rights(thread->tid, message_at(thread, at), fds, RIGHTS_MAX);

		for (size_t i = 0; i < count; i++)
			is_given(tracer, thread, fds[i], part++);
	}
}
