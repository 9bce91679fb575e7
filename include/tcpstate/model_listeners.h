/* The listening sockets of a report: how long each listened, with which backlog, how long its queue
 * was. */
#ifndef TCPSTATE_MODEL_LISTENERS_H
#define TCPSTATE_MODEL_LISTENERS_H

#include "tcpstate/ladder.h"
#include "tcpstate/model_calls.h"
#include "tcpstate/model_steps.h"

enum { BACKLOGS_KEPT = 8 };
/* A connection in an accept queue: from_ns and to_ns are the earliest evidence of either;
 * INT64_MAX: it stayed. */
struct queue_stay {
	int64_t from_ns, to_ns;
	uint32_t connection;
};
struct listener;
struct connection;
struct model;
/* Of the listener that this client's SYN or ACK met at a moment: the connection that accept() took
 * last before it, and when it took the next. false: nobody, or several listened there. */
struct accept_times {
	uint32_t last;            /* connection */
	int64_t last_ns, next_ns; /* INT64_MAX: it took none any more */
};
bool listener_accepts(const struct model *model, const struct connection *client, int64_t t_ns,
	struct accept_times *times);
/* Those who stood in its queue at that moment: how many; marked in `in`, if it is not NULL, by
 * connection; of those newly marked *newly more. */
size_t listener_standing(const struct listener *listener, int64_t t_ns, bool *in, size_t *newly);

/* A listening socket: one that listens again is the same, another on the same port is not
 * (successors, SO_REUSEPORT). */
struct listener {
	uint16_t run;
	struct flow_key key; /* [0] = bound end */
	uint64_t cookie;     /* 0: a kernel that gives none, or never shown */
	uint8_t state;       /* LISTEN, or CLOSED at the end */
	/* no answer showed it: its own calls tell of it, without transitions; it listened from
	 * first_ns to last_ns, its queue is not known, the backlog is as asked for */
	bool by_calls;
	/* the longest accept queue seen; the backlog last in force */
	uint32_t max_queue, backlog;
	int64_t first_ns, last_ns; /* seen */
	bool v6only, dual_stack;   /* [::] with and without IPV6_V6ONLY; neither: not shown */
	uint16_t device;           /* SO_BINDTODEVICE: the interface's index */
	bool overflowed;           /* the queue was seen longer than the backlog */
	uint64_t overflow_diag;    /* first seen so */
	/* the longest of these queues, and the backlog it exceeded: not always the last one */
	uint32_t overflow_queue, overflow_backlog;
	/* the backlog in force over time: when each was first seen; the newest beyond them is lost
	 */
	struct {
		int64_t t_ns;
		uint32_t backlog;
	} backlogs[BACKLOGS_KEPT];
	uint8_t backlog_count;
	struct owner owner;
	bool has_owner;
	struct others also;
	struct steps steps;
	uint32_t inode;
	size_t first_call, call_count; /* into model->call_order */
	uint32_t first_transition;     /* as in a connection */
	struct queue_point *queue;
	size_t queue_count;
	struct queue_level *levels; /* in time order */
	size_t level_count;
	uint32_t most_waiting; /* of the levels */
	/* who surely stood in the queue, by when they left it; where no other socket listened
	   there */
	struct queue_stay *stays;
	size_t stay_count;
	/* while records come in: when it was shown last, all answers; over: beyond ANSWERS_MAX */
	int64_t queue_shown_ns;
	struct queue_answer *answers;
	size_t answer_count;
	bool answers_over;
};

#endif
