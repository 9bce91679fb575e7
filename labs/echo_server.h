/* The parts of echo_server: the dialogue with the client being served, and the orders that standard
 * input gives. echo_server.c sets up and decides what is due. */
#ifndef ECHO_SERVER_H
#define ECHO_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lab.h"

struct client {
	int fd;
	char name[LAB_ADDRESS_TEXT];
	enum stage { TALKING, GOODBYE /* we wait for its FIN */, ENDED /* close() is due */ } stage;
	int64_t due_ms; /* TALKING: no read() before; else: close() then */
	struct lab_lines lines;
	struct client *next;
};

struct server {
	struct lab_options options;
	int listener; /* -1: closed, by --serve-one */
	/* the one being served; those after it are accepted and wait */
	struct client *first;
	long unasked;         /* accept() calls left from --accept */
	long told, told_left; /* the order `accept N`: N, and how many are still to come */
	int64_t accept_due_ms;
	bool told_unfinished; /* that a client left half a line: said once */
	int input;            /* standard input; -1 after its end */
	struct lab_lines lines;
};

/* ---- echo_dialogue.c ---- */
/* The first client's turn has come. */
void dialogue_begin(struct server *server);
/* One read() from the client being served, and what its lines ask for. Returns what read() did. */
ssize_t dialogue_go_on(struct server *server, struct client *client);
/* The conversation is over; close() follows after wait_ms. */
void dialogue_end(struct client *client, const char *why, enum stage stage, long wait_ms);
/* close() of the client being served; the next one's turn has come. */
void dialogue_close(struct server *server);

/* ---- echo_orders.c ---- */
/* Read standard input, do what each line says, and answer it. */
void orders_obey(struct server *server);

#endif
