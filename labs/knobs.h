/* The knobs of the lab programs: a table with a row for each option, the only place where one is
 * declared. getopt_long's array and the range checks (options.c) and --help are made from it. */
#ifndef LAB_KNOBS_H
#define LAB_KNOBS_H

#include <stddef.h>

#include "options.h"

enum lab_knob_kind {
	KNOB_FLAG,
	KNOB_NUMBER,
	KNOB_PAUSE,   /* ms, or "forever" */
	KNOB_ACCEPTS, /* "all", "none", N */
	KNOB_TEXT,
	KNOB_TEXTS,
	KNOB_INET,
	KNOB_INET6,
	KNOB_FAULTS,
	KNOB_HELP,
};

struct lab_knob {
	const char *name, *argument; /* argument: what --help calls it; NULL: it takes none */
	int letter;                  /* its short form, or 0 */
	enum lab_knob_kind kind;
	size_t at; /* offset in struct lab_options */
	long min, max;
	unsigned programs; /* enum lab_program, a bit each */
	const char *help;
};

enum { LAB_KNOBS_MAX = 64 };
/* ends with a knob without name */
extern const struct lab_knob lab_knobs[];

/* The programs by what they have in common. */
enum {
	LAB_SERVERS = LAB_ECHO_SERVER | LAB_FORK_SERVER | LAB_CHAT_SERVER,
	LAB_CLIENTS = LAB_ECHO_CLIENT | LAB_CHAT_CLIENT | LAB_SYN_SENDER,
};

/* --help of one program: what it is, and its knobs; exits 0. */
void lab_knobs_help(enum lab_program program, const char *summary) __attribute__((noreturn));

#endif
