/* The processes of /proc, as far as the recorder needs them: who descends from whom, who is a
 * zombie, who lives in a namespace. */
#ifndef TCPSTATE_PROCESS_H
#define TCPSTATE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent, group, session;
	char state; /* 'R', 'S', 'Z', ...: of its first thread, which may end before the others */
	int threads;
	char name[32];
	bool kernel;   /* a thread of the kernel's: in no namespace, without descriptors */
	bool descends; /* from the root given to processes_read() */
};

/* All processes that /proc shows, malloc'd into *list; descends is set for the descendants of root
 * (not root itself; 0: of none). Returns their number, 0 on failure. */
size_t processes_read(pid_t root, struct process **list);
/* It has ended altogether: not its first thread alone. */
bool process_is_dead(const struct process *process);
/* Inode of the network namespace a process is in; 0 when it may not be read. */
uint64_t process_netns(pid_t pid);
/* How often its first thread has left a processor; -1: it has ended. *state: 'R', 'S', 'T', ...;
 * NULL: not asked for. */
int64_t process_switches(pid_t pid, char *state);
/* Number of open descriptors of a process; -1 with errno. */
int64_t process_descriptors(pid_t pid);

#endif
