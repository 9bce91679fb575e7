/* What programs did, in a report: their calls, what they wrote, who held which socket from when
 * until when, and how processes ended. */
#ifndef TCPSTATE_MODEL_CALLS_H
#define TCPSTATE_MODEL_CALLS_H

#include "tcpstate/event.h"

/* Who held a socket besides its owner, at the time that is spoken of: forked with it, or passed. */
struct others {
	size_t first;            /* into model->others_held */
	uint32_t count, perhaps; /* the last `perhaps` of them may have let go of it before */
};
/* A call that a program made, with what it was about. The order of model->calls is that of at_ns.
 * Those about a connection are at call_order[connection.first_call] and the call_count - 1 places
 * behind it, in time order; likewise of a listener and a conversation. An accept() that gave a
 * connection is among its calls and among the listener's. */
struct model_call {       /* what a program did: a call, or a line that it wrote */
	struct call call; /* its texts are the model's */
	/* the line; call has no more than who and when then, what is CALLED_MAX. NULL: a call */
	const char *said;
	uint8_t stream;  /* 1 standard output, 2 error, 0 either */
	bool named;      /* several processes called on this lane: it is told with its pid */
	int64_t at_ns;   /* call_time() */
	uint64_t number; /* of its line in calls.jsonl, from 1: where anyone can check it */
	/* the end of the connection or conversation that called; 0 of a listener */
	uint8_t side;
	uint16_t run;
	/* indices; UINT32_MAX: none */
	uint32_t connection, listener, conversation;
	/* Calls in vain that are like this one and followed it; the last of them. They are folded:
	 * a reader may pass them over. Of lines: how many stand between this one and the last. */
	uint32_t again;
	int64_t again_ns;
	bool folded;
};
/* A process that held a socket, from when until when: owners are intervals, and a socket may have
 * several at once (fork, passing). */
struct holder {
	struct owner owner;
	/* first seen or opened; held surely until, INT64_MAX: never let go, as far as known */
	int64_t from_ns, to_ns;
	int64_t gone_ns; /* surely let go by then: to_ns, where no scan but a call tells it */
	bool ended;      /* let go by its end */
	bool let_go;     /* while the model is made: from_ns is when an interval ends */
	uint16_t run;
};
struct model_exit {                  /* a process's end */
	struct exit exit;            /* its text is the model's */
	int64_t not_before_ns, t_ns; /* it lived at the first, had ended at the second */
	bool announced;              /* not_before_ns is when tcpstate began to terminate it */
	uint16_t run;
};
enum { CALLS_MAX = 524288 /* kept; more are counted */ };

#endif
