/* COMMAND as the guest of whoever observes it: its namespace is made and joined, and its PATH,
 * prompt and environment are prepared. record, lab and watch have it alike. */
#ifndef TCPSTATE_GUEST_H
#define TCPSTATE_GUEST_H

#include <jansson.h>

#include "command.h"
#include "prompt.h"
#include "relay.h"

struct guest_options {         /* all borrowed */
	const char *netns;     /* NULL: none */
	bool here;             /* COMMAND stays in this namespace */
	char **argv;           /* COMMAND, NULL-terminated; NULL: none */
	const char *directory; /* of the recording, for prompt and environment; NULL: none */
	struct calls_options calls;
	bool relay;    /* keep what it writes, by a relay */
	bool terminal; /* also what it writes to a terminal */
};

struct guest {
	struct command command; /* without COMMAND only its mode and invoker are used */
	struct relay *relay;    /* NULL: none */
	struct prompt prompt;   /* of COMMAND, when it is a shell to type to */
	json_t *environment;    /* ["NAME=VALUE"...]: what is added to COMMAND's */
	char *path;             /* of the programs, to go in front of PATH */
};
/* Nothing yet: guest_close() may always be called. */
#define GUEST_NONE ((struct guest){.command = {.channel = -1, .news_fd = -1, .guard_fd = -1}})

/* Find COMMAND and the programs that it finds in its PATH. 0, or -1 naming it. */
int guest_find(struct guest *guest, const struct guest_options *options, struct error *error);
/* Join --netns, or start COMMAND's init and join its namespace; COMMAND waits for guest_go(). */
int guest_enter(struct guest *guest, const struct guest_options *options, struct error *error);
/* Is its namespace one that was made for it? */
bool guest_sealed(const struct guest *guest);
/* Once the recording's directory is there: guest->environment. */
int guest_environment(
	struct guest *guest, const struct guest_options *options, struct error *error);
/* Let it run. directory_fd: of the recording, -1: none. */
int guest_go(struct guest *guest, int directory_fd, struct error *error);
/* Whatever of it is left ends, too. */
void guest_close(struct guest *guest);

#endif
