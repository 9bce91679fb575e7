/* What `list` shows: socket rows with what other rows and /proc say about them. Gathered by list.c,
 * rendered by list_text.c, list_json.c and list_groups.c. */
#ifndef TCPSTATE_LIST_H
#define TCPSTATE_LIST_H

#include <stdio.h>

#include "tcpstate/escape.h"
#include "tcpstate/source.h"

struct list_options {
	bool processes, half_open, json, resolve, bound, extended, info;
	uint32_t states; /* bit mask 1 << enum tcp_state; 0: all */
	const char *netns;
	int sort, group; /* enum list_sort, enum list_group */
	char **words;
	int word_count;
};
enum list_sort {
	SORT_NONE,
	SORT_STATE,
	SORT_LOCAL,
	SORT_REMOTE,
	SORT_RECV_Q,
	SORT_SEND_Q,
	SORT_MAX
};
enum list_group { GROUP_NONE, GROUP_PROCESS, GROUP_PEER, GROUP_STATE, GROUP_PORT, GROUP_MAX };
extern const char *const list_sort_names[SORT_MAX], *const list_group_names[GROUP_MAX];

struct list_entry {
	struct sockrow row;
	int64_t half_open; /* a listener's request sockets; -1 not counted */
	/* listeners that share this half_open count: SO_REUSEPORT, the kernel does not tell whose
	 * request it is */
	unsigned sharers;
	/* the processes that hold the socket, lowest pid first: list_owner(); borrowed */
	const struct list_owners *owners;
	size_t owner_at, owner_count;
	/* ms since the peer closed, as a CLOSE_WAIT's tcp_info tells; -1 not known */
	int64_t peer_closed_ms;
};

/* ---- list_owners.c: who holds which socket, by inode ---- */
struct list_process {
	uint32_t pid;
	char program[32], text[ESCAPE_GROWTH * 32 + 16]; /* text: "echo_server[12]", escaped */
};
struct list_holder {
	uint32_t inode, process; /* process: index */
};
struct list_owners {
	struct list_process *processes; /* with sockets, by pid */
	struct list_holder *holders;    /* by inode, then pid */
	size_t process_count, process_room, count, room;
};
int list_owners_gather(struct list_owners *owners, struct error *error);
void list_owners_find(const struct list_owners *owners, struct list_entry *entry);
void list_owners_free(struct list_owners *owners);
/* The i-th of entry->owner_count. */
const struct list_process *list_owner(const struct list_entry *entry, size_t i);
/* "echo_server[12], its child [13]": escaped; "" when nobody is known. */
char *list_owners_text(const struct list_entry *entry, char *buffer, size_t size);
/* The unit or container that its cgroup names ("ssh.service", "docker-3f2a…"); "" none. */
const char *list_unit_of(uint32_t pid);

/* ---- list_requests.c: half-open requests, counted where they belong ---- */
struct list_requests {
	struct listener *listeners;
	size_t count, room;
	bool out_of_memory;
};
int list_requests_gather(struct list_requests *requests, struct error *error);
void list_requests_find(const struct list_requests *requests, struct list_entry *entry);
void list_requests_free(struct list_requests *requests);

/* ---- list_text.c: the table for people ---- */
/* The first screenful is kept, sorted and measured; what comes after it is written as it comes, in
 * the columns found, so that a million sockets need no more memory than a hundred. With a sort
 * order of the user's all rows are kept. */
struct list_text {
	FILE *out;
	const struct list_options *options;
	struct list_entry *entries;
	size_t count, room, width; /* width: of the terminal, 0 none */
	size_t columns[2];         /* of the ends, once the screenful is written */
	bool colour, flowing;
};
/* -1 out of memory */
int list_text_add(struct list_text *text, const struct list_entry *entry);
/* A CLOSE_WAIT of the screenful was heard of last so long ago. */
void list_text_closed(struct list_text *text, uint64_t cookie, int64_t ms);
bool list_text_wants_closed(const struct list_text *text);
void list_text_end(struct list_text *text);
void list_text_free(struct list_text *text);
/* By protocol, listeners first, ports and addresses; or as the user wishes. */
int list_entry_compare(const struct list_entry *a, const struct list_entry *b, int sort);

/* ---- list_json.c: for programs, each row written as it comes ---- */
struct list_json {
	FILE *out;
	const struct list_options *options;
	size_t count;
	char line[4096]; /* not written yet */
	size_t used;
	const struct list_process *named; /* whose name was written last, and how */
	char name[256];
	size_t name_length;
};
void list_json_add(struct list_json *json, const struct list_entry *entry);
void list_json_end(struct list_json *json);

/* ---- list_groups.c: counts instead of sockets ---- */
struct list_groups {
	int by; /* enum list_group */
	struct list_count *counts;
	size_t count, room;
};
/* -1 out of memory */
int list_groups_add(struct list_groups *groups, const struct list_entry *entry);
void list_groups_print(struct list_groups *groups, FILE *out);
void list_groups_free(struct list_groups *groups);

#endif
