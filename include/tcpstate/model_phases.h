/* The phases of a report: between two marks, or between the moments of a recording without marks;
 * the sockets that were there, the counters and sysctls that had moved. */
#ifndef TCPSTATE_MODEL_PHASES_H
#define TCPSTATE_MODEL_PHASES_H

#include "tcpstate/model_calls.h"
#include "tcpstate/state.h"

struct sample { /* a socket in the dump of a mark, or at a moment */
	struct sockrow row;
	int64_t t_ns, asked_ns; /* answered, asked */
	uint64_t diag_frame;
	uint32_t mark;     /* how many marks there had been: 0 before the first */
	uint8_t moment;    /* enum moment */
	int64_t moment_ns; /* of a moment: when */
	bool unshown;      /* no answer showed it so: queues and timer are not known */
	bool old;          /* TIME_WAIT, and it was in an earlier phase already */
	uint16_t run;
	uint32_t connection; /* whose end it is; UINT32_MAX: a listener's, or of none shown */
	bool server_side;
	bool was; /* the owner has let go of it */
	struct owner owner;
	bool has_owner;
	struct others also;
};
struct mark {
	int64_t t_ns;
	char *text;
	uint16_t run;
	bool trial; /* of what a lab tries beforehand, not of its experiment */
	/* which all checks since the mark before have in common; their texts are the checks' */
	struct cell *cells;
	size_t cell_count;
};
struct sysctl_change { /* found at a mark, or at the end */
	int64_t t_ns;
	char *name, *from, *to;
	uint16_t run;
};
struct counter {
	int64_t t_ns;
	char *name;
	int64_t value, delta;
	uint16_t run;
	uint32_t mark;
};
struct counter_sum { /* over a phase */
	const char *name;
	int64_t delta;
	bool volume; /* every connection moves it: it tells nothing by itself */
};
/* The natural ones of a recording without marks: a listener is there, as many connections as ever
 * are open (all of them), the first one has closed, the end (of what was recorded, before tcpstate
 * terminates what is left). */
enum moment {
	MOMENT_NONE,
	MOMENT_LISTENER,
	MOMENT_MOST,
	MOMENT_ALL,
	MOMENT_CLOSE,
	MOMENT_END,
	MOMENT_MAX
};
/* TIME_WAITs that an earlier phase had left are told as a count from so many on. */
enum { OLD_FOLDED = 2 };
struct phase { /* a mark: what its dump showed, and what had moved since the one before */
	uint16_t run;
	uint32_t mark;    /* 0: the start of the recording */
	bool end;         /* after the last mark: counters only, but for a moment */
	uint8_t moment;   /* enum moment; of no mark then */
	size_t connected; /* MOMENT_MOST, MOMENT_ALL: how many */
	const char *text; /* of the mark */
	bool trial;
	int64_t t_ns;
	/* samples: first and how many, the server's before the clients' */
	size_t server, server_count, client, client_count;
	/* TCP sockets by state: [0] server side, [1] client side */
	size_t states[2][STATE_MAX];
	/* of these, by side, those that have no sample: of connections folded into others, or of
	 * more than a table lists */
	size_t unlisted[2];
	size_t old[2]; /* of these the samples that are old, by side */
	/* notable: those that are not volume */
	struct counter_sum *counters;
	size_t counter_count, notable;
};

#endif
