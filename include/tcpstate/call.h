/* What programs asked the kernel for: the third witness, beside the wire and sock_diag. Seen by
 * ptrace at entry and return of each call (tools/tcpstate/tracer.c); recorded in calls.jsonl. */
#ifndef TCPSTATE_CALL_H
#define TCPSTATE_CALL_H

#include "tcpstate/flow.h"

/* How a call is placed in time and told. ACT: it makes the kernel do something, so it goes before
 * what that caused: its entry counts. TAKE: it gives the program something: its return counts.
 * WAIT: it only waits. LIFE: of the process or the descriptor, not of the socket. */
enum call_class { CALL_ACT, CALL_TAKE, CALL_WAIT, CALL_LIFE };

/* X(CODE, "name", class): the name is that of the system call, as strace prints it; "fork" is every
 * way to a new process, "exec" every way to another program, "exit" a process's end, whatever ended
 * it. */
/* clang-format off */
#define CALL_TABLE(X) \
	X(SOCKET, "socket", ACT) \
	X(BIND, "bind", ACT) \
	X(LISTEN, "listen", ACT) \
	X(CONNECT, "connect", ACT) \
	X(ACCEPT, "accept", TAKE) \
	X(ACCEPT4, "accept4", TAKE) \
	X(SHUTDOWN, "shutdown", ACT) \
	X(SETSOCKOPT, "setsockopt", ACT) \
	X(READ, "read", TAKE) \
	X(READV, "readv", TAKE) \
	X(PREAD64, "pread64", TAKE) \
	X(PREADV, "preadv", TAKE) \
	X(PREADV2, "preadv2", TAKE) \
	X(RECVFROM, "recvfrom", TAKE) \
	X(RECVMSG, "recvmsg", TAKE) \
	X(RECVMMSG, "recvmmsg", TAKE) \
	X(WRITE, "write", ACT) \
	X(WRITEV, "writev", ACT) \
	X(PWRITE64, "pwrite64", ACT) \
	X(PWRITEV, "pwritev", ACT) \
	X(PWRITEV2, "pwritev2", ACT) \
	X(SENDTO, "sendto", ACT) \
	X(SENDMSG, "sendmsg", ACT) \
	X(SENDMMSG, "sendmmsg", ACT) \
	X(SENDFILE, "sendfile", ACT) \
	X(SPLICE, "splice", ACT) \
	X(POLL, "poll", WAIT) \
	X(PPOLL, "ppoll", WAIT) \
	X(SELECT, "select", WAIT) \
	X(PSELECT6, "pselect6", WAIT) \
	X(EPOLL_WAIT, "epoll_wait", WAIT) \
	X(EPOLL_PWAIT, "epoll_pwait", WAIT) \
	X(EPOLL_PWAIT2, "epoll_pwait2", WAIT) \
	X(CLOSE, "close", ACT) \
	X(CLOSE_RANGE, "close_range", ACT) \
	X(DUP, "dup", LIFE) \
	X(DUP2, "dup2", LIFE) \
	X(DUP3, "dup3", LIFE) \
	X(FCNTL, "fcntl", LIFE) \
	X(PIDFD_GETFD, "pidfd_getfd", LIFE) \
	X(FORK, "fork", LIFE) \
	X(EXEC, "exec", LIFE) \
	X(EXIT, "exit", ACT) \
	X(PTRACE, "ptrace", LIFE) \
	X(IO_URING_SETUP, "io_uring_setup", LIFE)
/* clang-format on */

enum call_what {
#define CALL_ENUM(code, name, class) CALLED_##code,
	CALL_TABLE(CALL_ENUM)
#undef CALL_ENUM
		CALLED_MAX
};
/* By the order of the table. */
static inline bool call_reads(unsigned what)
{
	return what >= CALLED_READ && what <= CALLED_RECVMMSG;
}
static inline bool call_sends(unsigned what) /* from memory: data or datagrams */
{
	return what >= CALLED_WRITE && what <= CALLED_SENDMMSG;
}
static inline bool call_transfers(unsigned what)
{
	return what >= CALLED_READ && what <= CALLED_SPLICE;
}
static inline bool call_polls(unsigned what) /* one or few descriptors, and not by epoll */
{
	return what >= CALLED_POLL && what <= CALLED_PSELECT6;
}
const char *call_name(unsigned what);      /* "accept4"; "unknown" out of range */
unsigned call_number(const char *name);    /* CALLED_MAX: none of that name */
enum call_class call_class(unsigned what); /* CALL_LIFE out of range */
const char *call_errno_name(int number);   /* "EADDRINUSE"; "" for one not known */
const char *call_errno_words(int number);  /* "Address already in use"; "" likewise */
int call_errno_number(const char *name);   /* 0: not known */
const char *call_signal_name(int number);  /* "SIGKILL"; "" for one without a name */
int call_signal_number(const char *name);  /* 0: none of that name */

/* What became of the descriptor `fd` in the process `pid`. */
enum call_effect {
	CALL_NO_EFFECT,
	CALL_OPENS,  /* the process has it now: socket, accept, dup, fork (pid is the child's),
			passed by SCM_RIGHTS */
	CALL_CLOSES, /* the process has it no more: close, dup2 over it, exec, exit, ... */
	CALL_PASSES  /* sent to another process by SCM_RIGHTS; it stays open here */
};

enum { CALL_PROGRAM = 32, CALL_ARGUMENTS = 96, CALL_DATA_MAX = 4096 };

struct call { /* one call about one socket; a call about several makes several, see `part` */
	/* entry, return; ns. returned_ns 0: it never returned (its process ended, or the recording
	 * did) */
	int64_t entered_ns, returned_ns;
	/* as the program itself sees them, and as the host does (equal without a PID namespace) */
	uint32_t pid, host_pid, tid;
	/* comm, of an interpreter its script; borrowed, as an event's texts are; never NULL */
	const char *program;
	uint8_t what;   /* enum call_what */
	uint8_t effect; /* enum call_effect */
	/* the 2nd, 3rd, ... socket that one call concerned (close_range, fork, exec, exit); 0: the
	 * first */
	uint32_t part;
	/* Which socket: descriptor (-1 none: socket() failed) and inode (0 unknown). Of accept and
	 * dup: the one called upon; new_fd and new_inode are what came of it (-1, 0: nothing), and
	 * an effect OPENS is that of new_fd. */
	int32_t fd, new_fd;
	uint32_t inode, new_inode;
	/* The ends as getsockname() and getpeername() give them ([0] local, [1] remote, zero while
	 * it has none), after the call; of an accept that succeeded: of the new socket. family 0:
	 * not known. cookie: of the same socket as sock_diag names it, 0 unknown. */
	struct flow_key key;
	uint64_t cookie;
	int64_t result; /* -1 where error is set */
	int32_t error;  /* errno, 0 none; of exit: 0 */
	int64_t asked;  /* bytes; backlog of listen(); timeout in ms of a wait; -1 none */
	int64_t unread; /* closes: bytes left unread in it; -1 not known, or no stream */
	bool last;      /* closes: no process that is traced holds the socket any more */
	bool busy;      /* closes: a call of another thread does, until it returns */
	/* calls in vain like this one that its thread made just before, and that have no line of
	 * their own: a loop makes a hundred thousand a second */
	uint32_t again;
	/* in words, apart from the descriptor: "127.0.0.1:22535", "SO_REUSEADDR = 1", "SHUT_WR";
	 * of reads and writes an address, if any, and the flags: "MSG_PEEK|MSG_DONTWAIT" */
	const char *arguments; /* borrowed; never NULL */
	/* the first bytes, where they were asked for (--data); borrowed, as an event's texts are */
	const uint8_t *data;
	uint32_t data_size;
};

/* It waits for what comes to this socket alone: a read, or a poll() for this one. One of several,
 * or without a time limit, may be about a keyboard as well, and one whose first argument leaves the
 * socket out waits for nothing. */
bool call_awaits(const struct call *call);
/* Its name as a program has it: recv() is recvfrom() without an address, send() sendto(). */
const char *call_as_written(const struct call *call);
/* It took bytes or a datagram: a read that was not a look (MSG_PEEK). */
bool call_took(const struct call *call);
/* When it stands on a time line: see enum call_class. */
int64_t call_time(const struct call *call);

struct exit { /* a process has ended */
	uint32_t pid, host_pid;
	const char *program; /* borrowed; never NULL */
	bool known;          /* how is known (not before Linux 6.15 without --calls) */
	bool by_recorder;    /* killed by tcpstate, at the end of the recording */
	int32_t status;      /* exit status, where signal is 0 */
	int32_t signal;      /* that ended it, 0 none */
};

#endif
