/* Inside the tracer: threads, and what the stops (tracer.c) ask of the calls (calls_about.c). */
#ifndef TCPSTATE_TRACER_H
#define TCPSTATE_TRACER_H

#include "calls.h"

enum { THREAD_BUCKETS = 4096, RANGE_MAX = 65536 };

struct thread {
	pid_t tid;
	struct traced *process; /* NULL: its parent has not told of it yet */
	bool in_call;           /* between entry and return of a call of interest */
	bool again;             /* interrupted: the kernel calls it again, or says EINTR */
	bool waits;             /* stopped until its parent tells of it */
	bool ending;
	bool on_closed; /* the call's descriptor is no open one: told if it fails for that */
	/* the call */
	const struct rule *rule;
	uint64_t arguments[6];
	struct call call;
	char words[CALL_ARGUMENTS];
	struct sock *sock; /* that it is about; held by a reference of our own while in_call */
	/* what it closes: close, close_range, dup2 */
	struct closing *closing;
	size_t closing_count;
	struct thread *next;
};
struct tracer {
	const struct calls_options *options;
	struct news *news;
	struct socks socks;
	struct thread *threads[THREAD_BUCKETS];
	struct traced *processes[THREAD_BUCKETS];
	uint8_t data[CALL_DATA_MAX];
	bool low_told; /* descriptors 0 to 2 became sockets */
	bool ending;   /* the recorder ends what is left */
};

/* A call begins. True: its return is of interest as well. */
bool about_entry(struct tracer *tracer, struct thread *thread, const struct rule *rule,
	const uint64_t arguments[6]);
/* It returns; below 0 is an errno, or one of the kernel's own that asks for a restart. */
void about_return(struct tracer *tracer, struct thread *thread, int64_t result);
/* A signal interrupted it, and it was not made again: EINTR. */
void about_interrupted(struct tracer *tracer, struct thread *thread);
/* Its thread ends within the call. */
void about_never_returned(struct tracer *tracer, struct thread *thread);
/* Let go of what the thread's call holds. */
void about_abandon(struct tracer *tracer, struct thread *thread);
/* What a new process, an exec and a process's end make of its descriptors. alive: they can still be
 * looked at. */
void about_fork(struct tracer *tracer, struct traced *process);
void about_exec(struct tracer *tracer, struct traced *process);
void about_exit(struct tracer *tracer, struct traced *process, bool alive);

#endif
