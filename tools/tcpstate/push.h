/* What a recorder tells a classroom's wall (`record --wall`), by a process of its own that stays in
 * the network from which it was started: the recorder may be in a sealed one, and waits for
 * nobody. */
#ifndef TCPSTATE_PUSH_H
#define TCPSTATE_PUSH_H

#include <argp.h>
#include <sys/types.h>

#include "sealed.h"
#include "tcpstate/error.h"

struct push_options {
	const char *url;  /* http://HOST:PORT/CODE; NULL: there is no wall */
	const char *name; /* --as; NULL: none is given */
};
/* The options; argp's input is a struct push_options. */
extern const struct argp push_argp;

struct push {
	pid_t pid; /* 0: there is none */
	int fd;
	char id[17];
};

/* Start the process, as the invoking user. 0, or -1 with *error. */
int push_start(struct push *push, const struct push_options *options, const struct invoker *invoker,
	struct error *error);
/* A digest's JSON, completed by who sends it: malloc'd, NULL out of memory. It is what is sent. */
char *push_message(const struct push *push, const struct push_options *options, const char *json);
/* Never waits: one that finds no room is left out, for a newer one will follow. */
void push_send(const struct push *push, const char *message);
/* Have the last one delivered, for two seconds at most. */
void push_end(struct push *push);

#endif
