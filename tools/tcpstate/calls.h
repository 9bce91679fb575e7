/* The tracer's parts: which system calls it stops at, whose descriptors are sockets, what a call
 * says, and the stops themselves. All of it runs in init.c's process, never in the recorder. */
#ifndef TCPSTATE_CALLS_H
#define TCPSTATE_CALLS_H

#include <sys/types.h>

#include "news.h"
#include "tcpstate/call.h"

struct calls_options {
	bool on;
	bool sockets;      /* leave out read(), write() and their kin: descriptors may be files */
	uint32_t data;     /* bytes of each read and write that are kept */
	bool output;       /* keep what goes to descriptors 1 and 2 */
	bool no_new_privs; /* no CAP_SYS_ADMIN to install the filter with */
	bool low[3];       /* descriptors 0 to 2 are sockets already */
};

/* ---- rules: what is stopped at (calls_filter.c) ---- */

enum rule_kind {
	RULE_SOCKET,  /* a new one: arguments domain, type, protocol */
	RULE_ADDRESS, /* bind, connect */
	RULE_NUMBER,  /* listen, shutdown */
	RULE_OPTION,
	RULE_ACCEPT,
	RULE_BYTES, /* descriptor, buffer, length */
	RULE_TO,    /* the same with flags, address */
	RULE_VECTOR,
	RULE_MESSAGE,
	RULE_MESSAGES,
	RULE_FILE,   /* sendfile */
	RULE_SPLICE, /* two descriptors */
	RULE_CLOSE,
	RULE_RANGE,
	RULE_DUP,
	RULE_DUP_OVER,
	RULE_FCNTL,
	RULE_GETFD,
	RULE_POLL,
	RULE_SELECT,
	RULE_EPOLL,
	RULE_EXEC,
	RULE_RESTART, /* restart_syscall */
	RULE_TOLD     /* told once a process; not about a socket */
};
struct rule {
	long number;
	uint8_t what;  /* enum call_what */
	uint8_t kind;  /* enum rule_kind */
	bool any_file; /* its descriptor may well be a file: left out by --calls=sockets */
};
/* NULL: not one of those. */
const struct rule *rule_find(uint64_t number);
/* Install the filter on the calling process for good; 0, or an errno. */
int calls_filter_load(const struct calls_options *options);
/* The data our filter gives with its stops: those of a program's own filter have another. */
enum { CALLS_FILTER_DATA = 0x7c5 };

/* ---- descriptors and sockets (calls_files.c) ---- */

enum slot_class {
	SLOT_UNKNOWN, /* not looked at since it was opened */
	SLOT_OTHER,
	SLOT_UNIX,  /* may carry descriptors */
	SLOT_INET,  /* TCP or UDP */
	SLOT_CLOSED /* found so, never kept: the number may be given out again */
};
struct slot {
	uint32_t inode;
	uint8_t class;
};
struct files { /* a table of descriptors; those who share it count */
	struct slot *slot;
	size_t count;
	unsigned users;
};
struct sock {
	uint32_t inode;
	uint32_t refs;      /* descriptors of traced processes */
	uint32_t in_flight; /* sent by SCM_RIGHTS, not yet received */
	uint32_t held;      /* by calls under way: it is not freed */
	struct flow_key key;
	uint64_t cookie;
	bool stream;
	struct sock *next;
};
struct closing { /* a socket that a call closes: looked at before it did */
	struct sock *sock;
	int fd;
	int64_t unread;
	uint32_t message; /* of sendmmsg(): by which it is passed on */
};
struct traced { /* a process */
	pid_t pid;
	int pidfd;
	unsigned threads;
	char program[CALL_PROGRAM];
	struct files *files;
	bool foreign; /* of another architecture: its calls are not seen */
	bool told[3]; /* ptrace, io_uring, a call of another architecture */
	bool shell;
	bool ended; /* what its end closed is told */
	/* a connect() of it is under way, and nothing has waited since: the next that waits is
	 * told, however soon it returns */
	bool connecting;
	/* its sockets, looked at when it asked for another program */
	struct closing *before_exec;
	size_t before_exec_count;
	struct traced *next;
};
enum { SOCK_BUCKETS = 4096 };
struct socks {
	struct sock *bucket[SOCK_BUCKETS];
};

struct files *files_new(void);
struct files *files_copy(struct socks *socks, const struct files *files);
void files_drop(struct files *files); /* one user less; its sockets must have been let go */
struct sock *sock_find(const struct socks *socks, uint32_t inode);
/* What a descriptor is, looked up where that is not known. Returns the socket, NULL: none of
 * ours; *class may be NULL. */
struct sock *files_look(
	struct socks *socks, struct traced *process, int fd, enum slot_class *class);
/* The descriptor is free again; the socket it was stays until sock_release(). */
void files_clear(struct socks *socks, struct files *files, int fd);
/* It is a copy of another one, of this process. */
void files_set(struct socks *socks, struct files *files, int fd, struct sock *sock);
/* Free it if nobody holds it. */
void sock_release(struct socks *socks, struct sock *sock);
/* A duplicate of a descriptor of the process in our own; to be closed at once. -1: cannot. */
int traced_getfd(const struct traced *process, int fd);
/* Ask the socket behind a descriptor for its ends anew. */
void sock_ends(struct sock *sock, const struct traced *process, int fd);
/* Bytes received and not read; -1: no stream, or not to be known. */
int64_t sock_unread(const struct sock *sock, const struct traced *process, int fd);
/* Does this process have that descriptor? */
bool traced_has(const struct traced *process, int fd);
/* Enter all sockets it has already. */
void files_scan(struct socks *socks, struct traced *process);

/* ---- arguments (calls_words.c): all read from the stopped process; what cannot be read is left
 * out ---- */

bool memory_read(pid_t tid, uint64_t address, void *buffer, size_t size);
/* Fill call->asked, call->key[1] for an address, and words (CALL_ARGUMENTS bytes) from the
 * arguments at entry. false: this call is of no interest (an option that does not matter). */
bool words_of_entry(pid_t tid, const struct rule *rule, const uint64_t arguments[6],
	struct call *call, char *words);
/* What only the return tells: addresses received from, bytes of many messages. */
void words_of_return(pid_t tid, const struct rule *rule, const uint64_t arguments[6],
	struct call *call, char *words);
/* The flags of a read or a write behind what stands in words: ", MSG_PEEK|MSG_DONTWAIT". */
void words_of_flags(const struct rule *rule, const uint64_t arguments[6], char *words);
/* The first bytes that were read or written. Returns how many. */
uint32_t words_data(pid_t tid, const struct rule *rule, const uint64_t arguments[6], int64_t result,
	uint8_t *data, uint32_t most);
/* The descriptors in a message's SCM_RIGHTS, at most `most`; returns how many. */
size_t words_rights(pid_t tid, uint64_t message, int *fds, size_t most);
/* The first descriptor in the sets of poll() or select() that `wanted` takes; -1 none. */
int words_first_waited(pid_t tid, const struct rule *rule, const uint64_t arguments[6],
	bool (*wanted)(void *context, int fd), void *context);

/* ---- the stops (tracer.c) ---- */

struct tracer;
struct tracer *tracer_new(const struct calls_options *options, struct news *news);
/* Attach to a process that is about to load the filter and to execute. 0, or an errno. */
int tracer_seize(struct tracer *tracer, pid_t pid);
enum traced_what {
	TRACED_STOP,       /* dealt with */
	TRACED_GROUP_STOP, /* the process was stopped, from the keyboard say */
	TRACED_END         /* it has ended: status is its own */
};
/* What waitpid() returned. */
enum traced_what tracer_event(struct tracer *tracer, pid_t tid, int status);
/* What is left is killed by us from now on. */
void tracer_ending(struct tracer *tracer);
bool tracer_knows(const struct tracer *tracer, pid_t tid);

#endif
