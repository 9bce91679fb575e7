/* What `list` shows: socket rows with what other rows and /proc say about them. Gathered by list.c,
 * rendered by list_text.c and list_json.c. */
#ifndef TCPSTATE_LIST_H
#define TCPSTATE_LIST_H

#include <stdio.h>

#include "tcpstate/source.h"

struct list_entry {
	struct sockrow row;
	int64_t half_open; /* a listener's request sockets; -1 not counted */
	/* listeners that share this half_open count: SO_REUSEPORT, the kernel does not tell whose
	 * request it is */
	unsigned sharers;
	/* the processes that hold the socket, lowest pid first; borrowed */
	const struct owner *owners;
	size_t owner_count;
};

/* The table for people: rows are kept until the end, for the columns to be aligned. WIDTH: of a
 * terminal too narrow for every table, 0 none. */
struct list_text {
	struct list_entry *entries;
	size_t count, room, width;
	bool resolve, processes, colour;
};
/* -1 out of memory */
int list_text_add(struct list_text *text, const struct list_entry *entry);
void list_text_print(struct list_text *text, FILE *out);
void list_text_free(struct list_text *text);

/* The array for programs: each row is written at once. */
struct list_json {
	FILE *out;
	size_t count;
	bool processes;
};
/* -1 out of memory; write errors stay in `out` */
int list_json_add(struct list_json *json, const struct list_entry *entry);
void list_json_end(struct list_json *json);

#endif
