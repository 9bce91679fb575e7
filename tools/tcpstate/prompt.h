/* The prompt of a shell that a person types to inside a recording: "one(by-hand)#" where COMMAND
 * is the shell, "two(by-hand)#" in the first one that entered. The files in tools/shell/ set it,
 * after those of the user. */
#ifndef TCPSTATE_PROMPT_H
#define TCPSTATE_PROMPT_H

#include <stdbool.h>

enum { PROMPT_WORDS = 8 };
struct prompt {
	char *argv[PROMPT_WORDS];        /* NULL-terminated; the words are borrowed */
	char *environment[PROMPT_WORDS]; /* "NAME=VALUE", NULL-terminated, malloc'd */
	char *file;                      /* of the shell, malloc'd */
};

/* Have a shell on a terminal prompt with the name of the recording in DIRECTORY, as its Nth shell.
 * false: argv is no shell that we know, says itself what it reads, or nobody types to it; it is
 * then to be run as it is. prompt_free() in any case. */
bool prompt_shell(struct prompt *prompt, char **argv, const char *directory, unsigned number);
void prompt_free(struct prompt *prompt);

#endif
