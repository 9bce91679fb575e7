/* What the files that work out calls share: a call's line and what it holds while under way. */
#ifndef TCPSTATE_CALLS_PARTS_H
#define TCPSTATE_CALLS_PARTS_H

#include "tracer.h"

/* To the recorder. */
void call_tell(struct tracer *tracer, const struct traced *process, struct call *call);
/* It is about this socket, descriptor fd. */
void call_of_socket(struct call *call, const struct sock *sock, int fd);
/* A line about one descriptor that came or went otherwise than by the call's own subject. */
struct call call_of_descriptor(const struct traced *process, enum call_what what,
	enum call_effect effect, const struct sock *sock, int fd);

/* No descriptor of a traced process, and none on its way. */
bool sock_unheld(const struct sock *sock);
void sock_let_go(struct tracer *tracer, struct sock *sock);
/* Held until it is let go. false: out of memory. */
bool closing_add(struct closing **list, size_t *count, struct sock *sock, int fd, int64_t unread);
void before_exec_drop(struct tracer *tracer, struct traced *process);

/* ---- descriptors passed by Unix sockets (calls_rights.c) ---- */

/* Is the thread's call one that may pass descriptors? */
bool thread_passes(const struct thread *thread);
/* sendmsg(), recvmsg() and their kin upon a Unix socket begin; true: the return is of interest. */
bool rights_entry(struct tracer *tracer, struct thread *thread);
void rights_return(struct tracer *tracer, struct thread *thread);

#endif
