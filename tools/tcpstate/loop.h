/* The one event loop: sources, signals, the control socket, COMMAND and its survivors, until the
 * recording is over. */
#ifndef TCPSTATE_LOOP_H
#define TCPSTATE_LOOP_H

#include "command.h"
#include "control.h"
#include "observer.h"

struct loop {
	struct observer *observer; /* NULL: a recording is played; the round comes often */
	struct control *control;   /* NULL: nobody may ask */
	struct command *command;   /* NULL: until a signal comes */
	struct news_reader *news;  /* of its init; NULL: none, or it is gone */
	struct relay *relay;       /* of COMMAND's output; NULL: none */
	json_t *environment;       /* what `enter` is told: ["NAME=VALUE"...] */
	uint64_t checks, mismatches, planned; /* so far */
	void (*round)(void *context);         /* after each round; NULL: nothing to do */
	void *context;
	int64_t until_ns; /* when to end, whatever COMMAND does; 0: never */
	bool stop;        /* end now */
	bool by_itself;   /* one of these was why COMMAND was asked to end */
	bool quiet;       /* no status line */
	int wake_fd;      /* polled as well: the round reads it; -1: none */
	bool blind;       /* at its end there is no last look: nobody will see it */
	bool lab;         /* COMMAND is an experiment: nobody types to it */
	bool interrupted; /* ended by a signal */
	int signal;       /* the first of them; 0: none */

	int signal_fd;
	int stage; /* private to loop.c */
	int signals;
	int64_t deadline_ns, status_ns, quiet_ns;
	uint64_t status_packets, packets;
	unsigned entered; /* how often somebody did, with the recording's own shell */
	bool survivors_listed, status_shown, stubborn;
};

/* Serve one request; *fd: a descriptor that goes with the answer, borrowed. A control_handler
 * (loop_requests.c), of a struct loop. */
json_t *loop_request(void *context, const json_t *request, int *fd);
/* Block the signals that the loop handles: before the first fork, so that none is lost. */
int loop_signals(struct loop *loop, struct error *error);
/* Run to the end. 0, or -1 when recording broke off; COMMAND and what it started have ended in any
 * case. */
int loop_run(struct loop *loop, struct error *error);

#endif
