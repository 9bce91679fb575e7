/* COMMAND: the process under observation, from fork to the last of its descendants. */
#ifndef TCPSTATE_COMMAND_H
#define TCPSTATE_COMMAND_H

#include "calls.h"
#include "sealed.h"

struct command {
	char **argv; /* NULL-terminated; argv[0] as given */
	char *path;  /* what is executed; malloc'd */
	enum sealed_mode mode;
	struct invoker invoker;
	bool terminal;  /* it gets the terminal: job control works inside */
	char note[768]; /* SEALED_NET: why there is no user namespace; else "" */

	struct calls_options calls;
	struct relay *relay; /* of its output; borrowed, NULL: none */
	pid_t recorder;      /* ourselves */
	bool contained;      /* in a PID namespace whose init is ours */
	char loose[256];     /* why it is not, though sealed; else "" */

	pid_t init;  /* our child, which starts COMMAND and serves it (init.h); 0: none */
	pid_t pid;   /* of COMMAND, 0: not started; also the id of its process group */
	int channel; /* init's socket until COMMAND runs */
	int news_fd; /* init's news, until somebody reads them (news.h) */
	pid_t guard; /* ends what COMMAND started if the recorder is killed */
	int guard_fd;
	bool ended;
	int status; /* exit status, 128 + signal */
};

/* Find argv[0] as the shell does, in the directories of front (joined by ':') and then in PATH. 0,
 * or -1 naming it. */
int command_find(struct command *command, char **argv, const char *front, struct error *error);
/* Fork its init; with SEALED_USER_NET in fresh namespaces (falling back to SEALED_NET for root
 * where user namespaces are refused, and to no PID namespace where /proc cannot be mounted). It
 * then waits for command_go(); its network namespace is /proc/INIT/ns/net. */
int command_start(struct command *command, struct error *error);
/* Let it run, with these "NAME=VALUE" strings (NULL-terminated) added to its environment.
 * directory_fd: of the recording, whose control socket the guard removes. 0, or -1 when it cannot
 * be executed. */
int command_go(struct command *command, char **environment, int directory_fd, struct error *error);
/* Pass a signal on to its process group, and to itself if it has left that. */
void command_signal(const struct command *command, int signal);
/* What init told: COMMAND was stopped from the keyboard; it has ended (status: of waitpid()). */
void command_stopped(const struct command *command);
void command_ended(struct command *command, int status);
/* Reap every child that ended. false: init is gone. */
bool command_reap(struct command *command);
/* Send a signal to all descendants that are left, listing each through call when not NULL. Returns
 * how many there were. */
struct process;
size_t command_survivors(const struct command *command, int signal,
	void (*call)(void *context, const struct process *process), void *context);
/* Kill all that is left, and init with it: to be repeated until init is gone. */
void command_end(const struct command *command);
/* The pid here of the process that has this one in COMMAND's namespace; 0: there is none. */
pid_t command_host_pid(const struct command *command, pid_t pid);
/* Make a process group the terminal's. */
void terminal_give(pid_t group);
/* Take the terminal back, dismiss the guard, kill what never ran. */
void command_close(struct command *command);

#endif
