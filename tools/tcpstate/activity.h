/* What a thread is in at this moment: /proc/PID/task/TID/syscall has the number of its call and the
 * arguments, /proc/PID/fd what a descriptor is, /proc/PID/fdinfo what an epoll watches. */
#ifndef TCPSTATE_ACTIVITY_H
#define TCPSTATE_ACTIVITY_H

#include <stdint.h>
#include <sys/types.h>

#include "tcpstate/doing.h"

struct activity {
	enum doing_kind kind;
	uint32_t inode; /* of the socket that it is about; 0: of none */
	/* of a socket that this thread alone reads, or waits to read; 0: none */
	uint32_t reads;
	long number; /* of the system call */
	uint64_t arg[4];
};

/* of its first thread: tid == pid */
struct activity activity_of(pid_t pid, pid_t tid);
/* How a thread that waits for events watches this socket of its process. */
enum doing_watch activity_watches(pid_t pid, const struct activity *activity, uint32_t inode);

#endif
