/* The reverse-echo server for several clients at once: a child process for each. Parent and child
 * both hold the accepted socket, until the parent closes its copy; the connection ends with the
 * last copy. Standard output carries "ready ADDR PORT BACKLOG", "ok fork PID ADDR" for each client,
 * "ok child PID gone" for each child waited for, and an answer to each line of standard input: see
 * obey(). */
#include "faults.h"
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	struct lab_options options;
	int listener;
	long children;         /* not yet waited for */
	int64_t accept_due_ms; /* no accept() before: the one before has failed */
	/* by --fault keep-descriptor: the parent's copies, up to RLIMIT_NOFILE of them */
	int *kept;
	size_t kept_count;
	int input; /* standard input; -1 after its end */
	struct lab_lines lines;
};

/* ---- children that have ended ---- */
/* SIGCHLD is blocked except in ppoll(), so these run only there, and what they leave here is read
 * when ppoll() has returned. */
enum { GONE_MAX = 1024 };
static volatile pid_t gone[GONE_MAX];
static volatile sig_atomic_t gone_count;

/* One SIGCHLD may stand for many children: signals of one kind do not queue. So wait until there is
 * nobody to wait for. */
static void wait_for_all(int signal_number)
{
	int before = errno;
	pid_t pid;

	(void)signal_number;
	while (gone_count < GONE_MAX && (pid = waitpid(-1, NULL, WNOHANG)) > 0)
		gone[gone_count++] = pid;
	errno = before;
}

/* The mistake: one signal, one child. The others stay zombies. */
static void fault_wait_once(int signal_number)
{
	int before = errno;
	pid_t pid;

	(void)signal_number;
	if (gone_count < GONE_MAX && (pid = waitpid(-1, NULL, WNOHANG)) > 0)
		gone[gone_count++] = pid;
	errno = before;
}

static void handle_sigchld(const struct lab_options *options)
{
	struct sigaction action = {.sa_handler = wait_for_all};
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, NULL);
	if (options->ignore_sigchld)
		action.sa_handler = SIG_IGN; /* POSIX: then nobody becomes a zombie */
	if (options->faults & FAULT_WAIT_ONCE)
		action.sa_handler = fault_wait_once;
	if (options->faults & FAULT_NO_SIGCHLD)
		/* nothing is done, and every child stays a zombie */
		action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
}

static void tell_gone(struct server *server)
{
	bool more = gone_count == GONE_MAX;

	for (int i = 0; i < gone_count; i++)
		printf("ok child %d gone\n", (int)gone[i]);
	server->children -= gone_count;
	gone_count = 0;
	if (more)
		wait_for_all(0);
}

/* ---- the child ---- */
static void say_goodbye(int fd, const struct lab_options *options)
{
	char rest[1024];

	if (options->close_first || options->half_close)
		/* our FIN now, whoever else holds this socket. close() would send it only from the
		 * last copy */
		shutdown(fd, SHUT_WR);
	else
		lab_write_all(fd, "bye\n", 4);
	while (read(fd, rest, sizeof(rest)) > 0)
		; /* until the client's FIN */
}

/* The conversation with one client; reads and writes block. */
static void converse(int fd, const char *name, const struct lab_options *options)
{
	static const char too_long[] = "error: line too long, ignored; at most 4096 bytes\n";
	struct lab_lines lines = {0};
	const char *text;
	size_t length;
	ssize_t got;

	_Static_assert(LAB_LINE_MAX == 4096, "too_long names it");
	while ((got = lab_lines_read(&lines, fd)) > 0 || (got < 0 && errno == EINTR)) {
		enum lab_line kind;

		while ((kind = lab_lines_next(&lines, &text, &length)) != LAB_LINE_NONE) {
			char line[LAB_LINE_MAX + 1];
			int sent;

			if (options->faults & FAULT_UNBOUNDED_LINE && kind == LAB_LINE_TEXT)
				length = fault_unbounded_line(length);
			if (kind == LAB_LINE_ESCAPE ||
				(kind == LAB_LINE_TEXT && lab_line_is(text, length, "bye"))) {
				say_goodbye(fd, options);
				return;
			}
			if (options->pause_before_write_ms)
				poll(NULL, 0, (int)options->pause_before_write_ms);
			if (kind == LAB_LINE_TEXT) {
				lab_reverse_with(options->faults, text, length, line);
				line[length] = '\n';
				sent = lab_write_all(fd, line, length + 1);
			} else {
				sent = lab_write_all(fd, too_long, sizeof(too_long) - 1);
			}
			if (sent < 0) {
				lab_warn("%s: write: %s", name, lab_error(errno));
				return;
			}
		}
	}
	if (got < 0)
		lab_warn("%s: read: %s", name, lab_error(errno));
	else if (options->faults & FAULT_IGNORE_EOF)
		fault_ignore_eof(fd);
	else if (options->half_close)
		/* from CLOSE_WAIT: LAST_ACK, and CLOSED though the parent may hold its copy */
		shutdown(fd, SHUT_WR);
}

static _Noreturn void be_child(const struct server *server, int fd, const char *name)
{
	const struct lab_options *options = &server->options;
	sigset_t none;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!(options->faults & FAULT_CHILD_KEEPS_LISTENER))
		close(server->listener);
	for (size_t i = 0; i < server->kept_count; i++)
		close(server->kept[i]); /* other clients' sockets */
	close(STDIN_FILENO);
	if (options->pause_before_read_ms)
		poll(NULL, 0, (int)options->pause_before_read_ms);
	converse(fd, name, options);
	if (options->pause_before_close_ms)
		poll(NULL, 0, (int)options->pause_before_close_ms);
	close(fd); /* FIN, unless the parent still holds its copy: then nothing is sent */
	_exit(EXIT_SUCCESS);
}

/* ---- the parent ---- */
/* The mistake: the parent has no use for the accepted socket, and keeps it. */
static void fault_keep_descriptor(struct server *server, int fd)
{
	int *more = realloc(server->kept, (server->kept_count + 1) * sizeof(*more));

	if (more == NULL)
		lab_fatal("realloc");
	server->kept = more;
	server->kept[server->kept_count++] = fd;
}

/* Whoever connects decides how many processes there are: no more than that. The next ones wait in
 * the accept queue until a child has been waited for; those of SIG_IGN the kernel waits for itself.
 */
enum { CHILDREN_MAX = 512 };
static bool is_full(struct server *server)
{
	if (server->children < CHILDREN_MAX)
		return false;
	if (server->options.ignore_sigchld && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) {
		server->children = 0;
		return false;
	}
	printf("error fork: %d children are not waited for yet; the connection stays queued\n",
		CHILDREN_MAX);
	server->accept_due_ms = lab_after_ms(1000);
	return true;
}

static void accept_client(struct server *server)
{
	/* in: the room; out: the address's length. Both pointers, or neither */
	struct lab_address peer = {.length = sizeof(peer.sa)};
	char name[LAB_ADDRESS_TEXT];
	pid_t pid;
	int fd;

	if (is_full(server))
		return;
	fd = accept(server->listener, (struct sockaddr *)&peer.sa, &peer.length);
	if (fd < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return; /* it left between poll() and accept() */
		printf("error accept: %s; the connection stays queued\n", lab_error(errno));
		if (server->options.faults & FAULT_RETRY_AT_ONCE)
			printf("error accept: %ld times in a row\n",
				fault_retry_at_once(server->listener));
		/* it is there still: asking at once would spin */
		server->accept_due_ms = lab_after_ms(1000);
		return;
	}
	lab_address_text_with(server->options.faults, &peer, name);
	pid = fork();
	if (pid == 0)
		be_child(server, fd, name);
	if (pid < 0)
		printf("error fork: %s; %s is closed\n", lab_error(errno), name);
	else
		printf("ok fork %d %s\n", (int)pid, name);
	server->children += pid > 0;
	if (server->options.faults & FAULT_KEEP_DESCRIPTOR)
		fault_keep_descriptor(server, fd);
	else
		close(fd); /* our copy; the child's keeps the connection */
}

/* One line of standard input, about the sockets that --fault keep-descriptor has kept: `kept` (how
 * many), `send N TEXT` to the Nth, `close N`; `quit`. */
static void obey(struct server *server, char *line)
{
	char *verb = strtok(line, " "), *which = strtok(NULL, " "), *text = strtok(NULL, "");
	ssize_t done = 0;
	long number;
	int *fd;

	if (verb == NULL)
		return;
	if (!strcmp(verb, "quit")) {
		printf("ok quit\n");
		exit(EXIT_SUCCESS);
	}
	if (!strcmp(verb, "kept")) {
		printf("ok kept %zu\n", server->kept_count);
		return;
	}
	if (strcmp(verb, "send") && strcmp(verb, "close")) {
		lab_refuse("%s: not one of kept, send N TEXT, close N, quit", verb);
		return;
	}
	if (which == NULL || !lab_number(which, 1, (long)server->kept_count, &number) ||
		server->kept[number - 1] < 0) {
		lab_refuse(
			"%s %s: the parent holds no such socket", verb, which != NULL ? which : "");
		return;
	}
	fd = &server->kept[number - 1];
	if (!strcmp(verb, "close")) {
		close(*fd); /* the last copy, if the child has ended: now the FIN goes */
		*fd = -1;
	} else if (text != NULL) {
		size_t length = strlen(text);

		text[length] = '\n'; /* in place of the NUL */
		done = write(*fd, text, length + 1);
	}
	if (done < 0)
		printf("error %s %ld: %s\n", verb, number, lab_error(errno));
	else
		printf("ok %s %ld\n", verb, number);
}

static void obey_input(struct server *server)
{
	char line[LAB_LINE_MAX + 1];

	lab_input_read(&server->lines, &server->input);
	while (lab_input_next(&server->lines, line))
		obey(server, line);
}

/* Whoever has read plain/fork_server.c types `fork_server 12345 5`, and the shell of a recording
 * finds this program first. It takes no such arguments: the plain one beside it is meant. */
static void hand_on_to_plain(char **argv)
{
	static const char plain[] = "plain/fork_server";
	char path[PATH_MAX + sizeof(plain)], *name;
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);

	if (length <= 0 || length >= PATH_MAX)
		return;
	path[length] = '\0';
	name = strrchr(path, '/');
	strcpy(name != NULL ? name + 1 : path, plain);
	execv(path, argv);
	lab_warn("%s, the program meant by a plain port: %s", path, lab_error(errno));
}

int main(int argc, char **argv)
{
	struct server server = {.listener = -1};
	struct lab_options *options = &server.options;
	sigset_t none;

	if (argc > 1 && strspn(argv[1], "0123456789") > 0)
		hand_on_to_plain(argv);
	lab_options_read(options, LAB_FORK_SERVER,
		"Send every line back reversed, to any number of clients: a child process for "
		"each.\n"
		"It obeys lines of standard input while it runs: kept, send N TEXT, close N (of "
		"the sockets that --fault keep-descriptor has kept), quit.\n"
		"fork_server PORT [BACKLOG] is the plain program, labs/plain/fork_server.c.",
		argc, argv);
	if (options->nofile) {
		struct rlimit limit = {
			.rlim_cur = (rlim_t)options->nofile, .rlim_max = (rlim_t)options->nofile};

		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			lab_fatal("setrlimit RLIMIT_NOFILE %ld", options->nofile);
	}
	handle_sigchld(options);

	server.listener = lab_socket(options, SOCK_STREAM);
	lab_port_set(&options->local,
		options->no_htons ? lab_no_htons(options->bind_port) : htons(options->bind_port));
	lab_bind(server.listener, &options->local);
	if (options->pause_before_listen_ms)
		poll(NULL, 0, (int)options->pause_before_listen_ms);
	lab_listen(server.listener, options->backlog);
	lab_say_ready(server.listener, options);

	sigemptyset(&none);
	for (;;) {
		bool accepting = lab_now_ms() >= server.accept_due_ms;
		int wait_ms = accepting ? -1 : lab_poll_timeout(server.accept_due_ms);
		struct timespec now = {0}, timeout = {.tv_sec = wait_ms / 1000,
						   .tv_nsec = wait_ms % 1000 * 1000000L};
		struct pollfd fds[] = {
			{.fd = server.input, .events = POLLIN},
			{.fd = accepting ? server.listener : -1, .events = POLLIN},
		};

		if (ppoll(fds, 2, accepting ? NULL : &timeout, &none) < 0 && errno != EINTR)
			lab_fatal("ppoll");
		/* with something to read ppoll() has let no signal in: let it in before we answer
		 */
		ppoll(NULL, 0, &now, &none);
		while (gone_count)
			tell_gone(&server);
		if (fds[0].revents)
			obey_input(&server);
		if (fds[1].revents)
			accept_client(&server);
	}
}
