/* What the sources say to the core: one thing that happened, with its time and the record that
 * shows it. */
#ifndef TCPSTATE_EVENT_H
#define TCPSTATE_EVENT_H

#include <string.h>

#include "tcpstate/call.h"
#include "tcpstate/doing.h"
#include "tcpstate/segment.h"
#include "tcpstate/sockrow.h"

enum event_kind {
	EVENT_SEGMENT,
	EVENT_ROW,
	EVENT_ABSENT,
	EVENT_DUMP_END,
	EVENT_DESTROYED,
	EVENT_GAP, /* packets, rows or look-ups were lost here: fact.count */
	EVENT_MARK,
	EVENT_CHECK,
	EVENT_COUNTER,
	EVENT_OWNER,
	EVENT_ADDRESS,
	EVENT_CALL,   /* at its return: u.call */
	EVENT_EXIT,   /* u.exit */
	EVENT_NOTE,   /* for the reader of the report: fact.text */
	EVENT_SYSCTL, /* it has another value than when it was read before: fact.text, from, to */
	/* Children of fact.owner have ended and nobody has waited for them: fact.count of them, the
	 * oldest since asked_ns or longer. */
	EVENT_ZOMBIES,
	/* fact.owner is stopped (SIGSTOP, job control, a debugger), since asked_ns or longer, and
	 * was at t_ns. */
	EVENT_STOPPED,
	/* fact.owner was in a read of its socket, fact.owner.inode, all the time from asked_ns to
	 * t_ns. */
	EVENT_WAITS,
	/* at the looks from asked_ns to t_ns the threads of fact.owner were in fact.doing */
	EVENT_DOING,
	EVENT_OUTPUT, /* a program wrote fact.text to standard output (fact.count 1), error (2) or
			 both */
	EVENT_TICK    /* only a time */
};

enum lost_of {
	LOST_PACKETS,
	LOST_ROWS,
	LOST_LOOKUPS,   /* left out under load */
	LOST_PROCESSES, /* passed over: a table of the recorder was full; how often */
	LOST_ENDS       /* connections that made room: told by watch alone, never an event */
};
struct owner {
	uint32_t inode, pid; /* pid: as the process sees itself */
	char program[32];    /* of an interpreter its script; NUL-terminated */
	uint32_t host_pid;   /* as the recorder sees it; 0: not told */
};

struct fact {                  /* texts are borrowed until core_feed() returns */
	const char *text;      /* MARK, NOTE: its text. COUNTER, SYSCTL: its name
				  ("TcpExtListenOverflows") */
	const char *from, *to; /* SYSCTL: its values */
	bool trial;            /* MARK: of what is tried before an experiment */
	int64_t count;         /* COUNTER: value now; GAP: how many were lost */
	int64_t delta;         /* COUNTER: change since the last reading */
	struct owner owner;    /* OWNER */
	/* ADDRESS: one of this namespace's own, or no longer. OWNER: holds it, or no longer */
	bool gone;
	uint8_t family;
	uint8_t addr[16];
	bool failed;        /* NOTE: why the experiment gave up */
	void *check;        /* CHECK: a struct check (model_checks.h), passed through untouched */
	uint8_t lost_of;    /* GAP: enum lost_of */
	struct doing doing; /* DOING */
};

struct event {        /* borrowed until core_feed() returns */
	int64_t t_ns; /* captured, or answered; ns since the epoch */
	/* ROW, ABSENT: true somewhere in [asked_ns, t_ns]; of a row nobody asked for: t_ns.
	 * EXIT: it ended between the two */
	int64_t asked_ns;
	uint64_t number; /* record number in its file, from 1; 0 none */
	uint64_t hash;   /* of its flow, by core_expect(); 0: not worked out yet */
	enum event_kind kind;
	bool exact; /* ROW, ABSENT: answer to an exact look-up */
	/* DUMP_END: of one request of another program, whose dump may be several, one after the
	 * other */
	bool one_request;
	union {
		struct segment segment;
		/* ABSENT: row.key/cookie as asked; found: who answered, if other */
		struct {
			struct sockrow row, found;
			bool other;
		} diag;
		struct fact fact;
		struct call call;
		struct exit exit;
	} u;
};

typedef void event_emit(void *context, const struct event *event);

/* *to = *from, but only what its kind uses: a segment is a fifth of the whole. */
static inline void event_assign(struct event *to, const struct event *from)
{
	memcpy(to, from,
		from->kind == EVENT_SEGMENT ? offsetof(struct event, u) + sizeof(from->u.segment)
					    : sizeof(*from));
}

#endif
