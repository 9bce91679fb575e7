/* What the threads of a process are in, as a look at /proc shows: calls upon sockets and others,
 * or none, for one that computes. A look is a sample: nobody knows what lay between two of them. */
#ifndef TCPSTATE_DOING_H
#define TCPSTATE_DOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(CODE, "word"): the word is that of facts.jsonl. ACCEPT, CONNECT, READ_SOCKET and WRITE_SOCKET
 * come with the socket's inode; a poll() for one descriptor alone counts as the call that it waits
 * for. READ_INPUT: of standard input, whatever it is but a socket. OTHER: another call; UNKNOWN:
 * /proc did not tell. */
/* clang-format off */
#define DOING_TABLE(X) \
	X(OTHER, "other") \
	X(UNKNOWN, "unknown") \
	X(RUN, "run") \
	X(SLEEP, "sleep") \
	X(LOCK, "lock") \
	X(CHILD, "child") \
	X(SIGNAL, "signal") \
	X(EVENTS, "events") \
	X(ACCEPT, "accept") \
	X(CONNECT, "connect") \
	X(READ_SOCKET, "read_socket") \
	X(WRITE_SOCKET, "write_socket") \
	X(READ_INPUT, "read_input") \
	X(READ_PIPE, "read_pipe") \
	X(WRITE_PIPE, "write_pipe") \
	X(READ_TERMINAL, "read_terminal") \
	X(WRITE_TERMINAL, "write_terminal") \
	X(READ_FILE, "read_file") \
	X(WRITE_FILE, "write_file") \
	X(READ_ELSE, "read_else") \
	X(FILE_LOCK, "file_lock") \
	X(OPEN, "open")
/* clang-format on */

enum doing_kind {
#define DOING_ENUM(code, word) DOING_##code,
	DOING_TABLE(DOING_ENUM)
#undef DOING_ENUM
		DOING_MAX
};

/* How a process that waits for events watches a socket on which something lies. */
enum doing_watch {
	WATCH_UNKNOWN,
	WATCH_NOT,   /* it is in none of the sets that are waited for */
	WATCH_OTHER, /* not for what comes, but for room to send, or errors alone */
	WATCH_SPENT, /* its one-shot event has come, and was not armed again */
	WATCH_EDGE,  /* for what comes anew: of what lies there it was told before */
	WATCH_READ,
	WATCH_MAX
};

enum { DOING_KINDS = 10, DOING_WATCHED = 4, DOING_THREADS = 32 /* looked at */ };

struct doing_in {
	uint32_t inode; /* 0: no socket */
	uint16_t threads;
	uint8_t kind; /* enum doing_kind */
};

struct doing_watched {
	uint32_t inode;
	uint8_t how; /* enum doing_watch: NOT, OTHER, SPENT or EDGE */
};

struct doing {
	uint32_t threads;   /* of the process; those beyond DOING_THREADS are in no kind */
	uint32_t looks, of; /* at `looks` of `of` looks it was so */
	size_t count, watched_count;
	struct doing_in in[DOING_KINDS]; /* most threads first */
	/* Sockets with something unread, or clients waiting, while all threads only wait. */
	struct doing_watched watched[DOING_WATCHED];
};

/* ---- as a finding tells it ---- */

/* What a call of a finding's process was about. */
enum doing_about {
	ABOUT_NONE,      /* a socket that the recording does not know, or no socket */
	ABOUT_THIS,      /* the finding's connection */
	ABOUT_CLIENT,    /* another connection that the process serves; one alone: its serial */
	ABOUT_UPSTREAM,  /* one that it has opened itself */
	ABOUT_DATAGRAMS, /* a UDP socket; whom it asks: its port */
	ABOUT_LISTENER,  /* that of the finding's port */
	ABOUT_OTHER_LISTENER
};

/* What the threads of a process were in, at `looks` of `of` looks; count 0: it is not known. */
struct finding_doing {
	uint32_t looks, of, threads;
	uint32_t serial;    /* of the other connection; 0: of several */
	uint32_t client;    /* the connection that the process served meanwhile; 0: not known */
	uint16_t port;      /* of ABOUT_DATAGRAMS; 0: of several, or not known */
	uint32_t processes; /* that could have served it, all in the same */
	size_t count;
	struct {
		uint16_t threads;
		uint8_t kind, about; /* enum doing_kind, doing_about */
	} in[DOING_KINDS];
	/* how its connection was watched, or, where that waits for accept(), its listener */
	uint8_t watch; /* enum doing_watch */
	bool listener;
};

const char *doing_word(unsigned kind);
unsigned doing_kind_of(const char *word); /* DOING_MAX: none of them */
const char *doing_watch_word(unsigned how);
unsigned doing_watch_of(const char *word); /* WATCH_MAX: none of them */
/* One more thread is in that. Where all places are taken it joins others of its kind, without an
 * inode, or counts as OTHER. */
void doing_add(struct doing *doing, enum doing_kind kind, uint32_t inode);
/* In one order, so that doing_same() can compare. */
void doing_sort(struct doing *doing);
/* The same picture, whatever the counts of looks. */
bool doing_same(const struct doing *one, const struct doing *other);

#endif
