/* The process between the recorder and COMMAND: PID 1 of a PID namespace where there is one. It
 * reaps, passes signals on, traces where calls are recorded, and ends everything when it ends. */
#ifndef TCPSTATE_INIT_H
#define TCPSTATE_INIT_H

#include "command.h"

/* In the child of the recorder, after sealed_isolate(): become PID 1 of a new PID namespace, in a
 * mount namespace with a /proc of its own; the process that calls it exits, and a new child of the
 * recorder returns. 0, or an errno with *step: which step failed. */
int init_contain(const char **step);
/* Tell the recorder that it is there, wait for its word, start COMMAND, and serve until nothing of
 * it is left. channel: as in command.h. */
void __attribute__((noreturn)) init_run(const struct command *command, int channel, int news_fd);

/* The recorder's side: have init kill everything and end (any process of ours may ask). */
void init_end(pid_t init);

#endif
