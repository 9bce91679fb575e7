/* Sockets by script: act < SCRIPT, an action a line, so that a situation of a report can be played
 * again without another language. Names are of sockets; a failing call is printed and the script
 * goes on, as a program that does not look would.
 *   tcp X | tcp6 X | udp X     socket(); A is [::1] or such for the second
 *   mixed X                    a stream with the protocol of datagrams
 *   set X OPTION [N]           reuseaddr reuseport linger cork rcvbuf sndbuf rcvlowat defer nodelay
 *                              usertimeout rcvtimeo (ms)
 *                              v6only interface (its index) md5 keepalive (N probes, one a second)
 *   bind X A:P   bindshort X A:P (with the length of a pointer)   listen X N
 *   accept Y X   acceptshort Y X (without a length for the address)
 *   serve X N                  accept(), and without a word exit(N) where that fails
 *   connect X A:P   connecting X A:P (does not wait)   unconnect X (to family 0)
 *   send X N [TIMES]   more X N (MSG_MORE)   write X N (SIGPIPE may come)   sendto X A:P N TIMES
 *   say X TEXT                 send these bytes, with %HH for one
 *   urge X TEXT                the same, the last of them out of band
 *   poll X MS (until X can be read, or was connected)   spin X N (reads that do not wait)
 *   select MS N X              wait for X to be read, with N (or "next", as it should be)
 *                              as its first argument
 *   epoll MS X...              wait for what comes to any of them, as an event loop does
 *   recv X N   peek X N   take X N (all of them)   drain X (to the end)
 *   shut X   shutboth X   shutread X   close X
 *   fork NAME                  a child; it does the lines that begin with "NAME: ", its parent the
 *                              others
 *   tell WORD   await WORD     between the two
 *   wait (for children)   keep (those that end as zombies)   kill NAME N   exit N   pause MS
 *   limit N | limit used       of descriptors; to those that there are
 *   alarm MS                   a signal then, with a handler that interrupts calls
 *   pass X   take over X       X goes to another process (SCM_RIGHTS), by a pair of sockets that
 *                              all have
 *   exec COMMAND...            become another program, with the sockets open
 *   leave                      end the first thread; another one goes on
 *   thread ACTION...           an action of a socket, in a thread of its own
 *   lock                       wait for ever in futex(), as threads of a JVM do
 *   cycle X A:P N              so many connections to the listener X, each closed by its
 *                              client first
 *   sh COMMAND... */
#include "act_options.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 256, NAMES = 256, WORDS = 8, BYTES = 1 << 20 };

struct named {
	char name[32];
	int fd[2]; /* a socket; a word's pipe */
	pid_t pid;
};
static struct named sockets[NAMES], words[NAMES], children[NAMES];
static char line[LINES][320], self[32];
static char bytes[BYTES];
static int courier[2];
static size_t lines, at_line;

static struct named *find(struct named *list, const char *name)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (list[i].name[0] == '\0')
			snprintf(list[i].name, sizeof(list[i].name), "%s", name);
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	fprintf(stderr, "act: too many names\n");
	exit(2);
}

static void nap(int ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

static void caught(int signal)
{
	(void)signal;
}

/* Without SA_RESTART: the call that waits then returns EINTR. */
static void alarm_after(int ms)
{
	const struct sigaction handler = {.sa_handler = caught};
	const struct itimerval after = {.it_value = {ms / 1000, ms % 1000 * 1000L}};

	act_check(sigaction(SIGALRM, &handler, NULL), "alarm");
	act_check(setitimer(ITIMER_REAL, &after, NULL), "alarm");
}

static void say(struct named *on, const char *text, int flags)
{
	char said[sizeof(line[0])];
	size_t size = 0;

	for (unsigned byte; *text != '\0'; text += *text == '%' ? 3 : 1)
		said[size++] =
			*text == '%' && sscanf(text, "%%%2x", &byte) == 1 ? (char)byte : *text;
	act_check(send(on->fd[0], said, size, MSG_NOSIGNAL | flags), "say");
}

static void exchange(const char *verb, struct named *on, char **word, int count)
{
	struct end end;
	ssize_t result = 1;

	if (strcmp(verb, "say") == 0) {
		say(on, word[2], 0);
	} else if (strcmp(verb, "urge") == 0) {
		say(on, word[2], MSG_OOB);
	} else if (strcmp(verb, "send") == 0) {
		for (int i = 0; i < (count > 3 ? atoi(word[3]) : 1); i++)
			act_check(
				send(on->fd[0], bytes, (size_t)atoi(word[2]), MSG_NOSIGNAL), verb);
	} else if (strcmp(verb, "more") == 0) {
		act_check(send(on->fd[0], bytes, (size_t)atoi(word[2]), MSG_NOSIGNAL | MSG_MORE),
			verb);
	} else if (strcmp(verb, "write") == 0) { /* raises SIGPIPE as a program's would */
		act_check(write(on->fd[0], bytes, (size_t)atoi(word[2])), verb);
	} else if (strcmp(verb, "sendto") == 0) {
		end = act_address(word[2]);
		for (int i = 0; i < atoi(word[4]); i++)
			act_check(sendto(on->fd[0], bytes, (size_t)atoi(word[3]), 0, &end.at.any,
					  end.size),
				verb);
	} else if (strcmp(verb, "take") == 0) { /* all N of them */
		for (int left = atoi(word[2]); left > 0 && result > 0; left -= (int)result)
			act_check(result = recv(on->fd[0], bytes, (size_t)left, 0), verb);
	} else if (strcmp(verb, "recv") == 0 || strcmp(verb, "peek") == 0) {
		act_check(recv(on->fd[0], bytes, (size_t)atoi(word[2]),
				  verb[0] == 'p' ? MSG_PEEK : 0),
			verb);
	} else if (strcmp(verb, "poll") == 0) { /* of a fresh connection: whether it is one */
		struct pollfd wait = {.fd = on->fd[0],
			.events = fcntl(on->fd[0], F_GETFL) & O_NONBLOCK ? POLLOUT : POLLIN};
		act_check(poll(&wait, 1, atoi(word[2])), verb);
	} else if (strcmp(verb, "spin") == 0) { /* nothing is said of what is not there */
		for (int left = atoi(word[2]); left > 0; left--)
			(void)!recv(on->fd[0], bytes, 1, MSG_DONTWAIT);
	} else {
		while (result > 0)
			result = recv(on->fd[0], bytes, sizeof(bytes), 0);
		act_check(result, verb);
	}
}

static void connecting(struct named *on, const char *verb, const char *to)
{
	struct end end = act_address(to);
	bool waits = strcmp(verb, "connect") == 0;

	if (!waits)
		fcntl(on->fd[0], F_SETFL, O_NONBLOCK);
	if (connect(on->fd[0], &end.at.any, end.size) < 0 && (waits || errno != EINPROGRESS))
		act_check(-1, verb);
}

static void cycle(struct named *listener, const char *to, int times)
{
	struct end end = act_address(to);

	for (int i = 0; i < times; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;

		act_check(connect(client, &end.at.any, end.size), "connect");
		server = accept(listener->fd[0], NULL, NULL);
		act_check(server, "accept");
		close(client);
		act_check(recv(server, bytes, 1, 0), "recv");
		close(server);
	}
}

/* SCM_RIGHTS, with a byte to carry it. */
static void pass(int fd, bool take, struct named *on)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	struct iovec byte = {bytes, 1};
	struct msghdr message = {.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	if (take) {
		act_check(recvmsg(fd, &message, 0), "take over");
		memcpy(&on->fd[0], CMSG_DATA(&control.head), sizeof(int));
	} else {
		memcpy(CMSG_DATA(&control.head), &on->fd[0], sizeof(int));
		act_check(sendmsg(fd, &message, 0), "pass");
	}
}

static void of_socket(const char *verb, char **word, int count)
{
	struct named *on = find(sockets, word[1]);
	struct end end;

	if (strcmp(verb, "mixed") == 0) {
		on->fd[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_UDP);
		act_check(on->fd[0], verb);
	} else if (strncmp(verb, "tcp", 3) == 0 || strcmp(verb, "udp") == 0) {
		on->fd[0] = socket(verb[3] == '6' ? AF_INET6 : AF_INET,
			verb[0] == 't' ? SOCK_STREAM : SOCK_DGRAM, 0);
		act_check(on->fd[0], verb);
	} else if (strcmp(verb, "set") == 0) {
		act_set(on->fd[0], word[2], count > 3 ? atoi(word[3]) : 1);
	} else if (strncmp(verb, "bind", 4) == 0) {
		end = act_address(word[2]);
		act_check(bind(on->fd[0], &end.at.any,
				  verb[4] == '\0' ? end.size : (socklen_t)sizeof(void *)),
			verb);
	} else if (strcmp(verb, "listen") == 0) {
		act_check(listen(on->fd[0], atoi(word[2])), verb);
	} else if (strncmp(verb, "connect", 7) == 0) {
		connecting(on, verb, word[2]);
	} else if (strncmp(verb, "accept", 6) == 0) {
		socklen_t size = (socklen_t)-1;

		end = (struct end){.size = 0};
		on->fd[0] = accept(find(sockets, word[2])->fd[0],
			verb[6] != '\0' ? &end.at.any : NULL, verb[6] != '\0' ? &size : NULL);
		act_check(on->fd[0], verb);
	} else if (strcmp(verb, "serve") == 0) {
		if (accept(on->fd[0], NULL, NULL) < 0)
			_exit(atoi(word[2]));
	} else if (strcmp(verb, "cycle") == 0) {
		cycle(on, word[2], atoi(word[3]));
	} else if (strncmp(verb, "shut", 4) == 0) {
		act_check(shutdown(on->fd[0], verb[4] == '\0'  ? SHUT_WR
					      : verb[4] == 'r' ? SHUT_RD
							       : SHUT_RDWR),
			verb);
	} else if (strcmp(verb, "unconnect") == 0) {
		act_check(connect(on->fd[0], &(struct sockaddr){.sa_family = AF_UNSPEC},
				  sizeof(struct sockaddr_in)),
			verb);
	} else if (strcmp(verb, "close") == 0) {
		act_check(close(on->fd[0]), verb);
	} else {
		exchange(verb, on, word, count);
	}
}

static void event_loop(char **word, int count)
{
	int loop = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN};

	for (int i = 2; i < count; i++)
		act_check(epoll_ctl(loop, EPOLL_CTL_ADD, find(sockets, word[i])->fd[0], &event),
			"epoll");
	act_check(epoll_wait(loop, &event, 1, atoi(word[1])), "epoll");
	close(loop);
}

static void selecting(char **word)
{
	struct timeval limit = {atoi(word[1]) / 1000, atoi(word[1]) % 1000 * 1000L};
	int fd = find(sockets, word[3])->fd[0];
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	act_check(select(strcmp(word[2], "next") == 0 ? fd + 1 : atoi(word[2]), &set, NULL, NULL,
			  &limit),
		"select");
}

/* "used": the lowest that is free is not allowed any more */
static void limit_to(const char *number)
{
	int next = strcmp(number, "used") == 0 ? dup(0) : atoi(number);
	const struct rlimit limit = {(rlim_t)next, (rlim_t)next};

	if (strcmp(number, "used") == 0)
		close(next);
	act_check(setrlimit(RLIMIT_NOFILE, &limit), "limit");
}

static void act(char **word, int count)
{
	const char *verb = word[0];
	struct named *named;

	if (strcmp(verb, "pass") == 0) {
		pass(courier[0], false, find(sockets, word[1]));
	} else if (strcmp(verb, "take") == 0 && strcmp(word[1], "over") == 0) {
		pass(courier[1], true, find(sockets, word[2]));
	} else if (strcmp(verb, "exec") == 0) {
		word[count] = NULL;
		execvp(word[1], word + 1);
		act_check(-1, verb);
	} else if (strcmp(verb, "select") == 0) {
		selecting(word);
	} else if (strcmp(verb, "epoll") == 0) {
		event_loop(word, count);
	} else if (strcmp(verb, "limit") == 0) {
		limit_to(word[1]);
	} else if (strcmp(verb, "alarm") == 0) {
		alarm_after(atoi(word[1]));
	} else if (strcmp(verb, "lock") == 0) {
		static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;

		pthread_mutex_lock(&taken);
		pthread_mutex_lock(&taken);
	} else if (strcmp(verb, "pause") == 0) {
		nap(atoi(word[1]));
	} else if (strcmp(verb, "tell") == 0) {
		act_check(write(find(words, word[1])->fd[1], "", 1), verb);
	} else if (strcmp(verb, "await") == 0) {
		act_check(read(find(words, word[1])->fd[0], bytes, 1), verb);
	} else if (strcmp(verb, "keep") == 0) {
		signal(SIGCHLD, SIG_DFL);
	} else if (strcmp(verb, "wait") == 0) {
		while (waitpid(-1, NULL, 0) > 0)
			;
	} else if (strcmp(verb, "exit") == 0) {
		exit(atoi(word[1]));
	} else if (strcmp(verb, "kill") == 0) {
		act_check(kill(find(children, word[1])->pid, atoi(word[2])), verb);
	} else if (strcmp(verb, "fork") == 0) {
		named = find(children, word[1]);
		named->pid = fork();
		act_check(named->pid, verb);
		if (named->pid == 0)
			snprintf(self, sizeof(self), "%s", word[1]);
	} else {
		of_socket(verb, word, count);
	}
}

/* "NAME: " before it: of that child; else of the first process. */
static bool is_mine(char **text)
{
	size_t length = strcspn(*text, " ");
	bool named = length > 0 && (*text)[length - 1] == ':';
	bool mine = named ? strlen(self) == length - 1 && strncmp(*text, self, length - 1) == 0
			  : self[0] == '\0';

	*text += named ? length + strspn(*text + length, " ") : 0;
	return mine;
}

static int split(char *text, char **word)
{
	char *rest = NULL;
	int count = 0;

	for (char *at = strtok_r(text, " ", &rest); at != NULL && count < WORDS;
		at = strtok_r(NULL, " ", &rest))
		word[count++] = at;
	return count;
}

/* An action, whose line nobody else reads. */
static void *apart(void *text)
{
	char *word[WORDS + 1];
	int count = split(text, word);

	if (count > 0)
		act(word, count);
	return NULL;
}

static void *play(void *unused)
{
	pthread_t thread;

	for (; at_line < lines; at_line++) {
		char *text = line[at_line] + strspn(line[at_line], " \t"), *word[WORDS + 1];

		if (!is_mine(&text))
			continue;
		if (strncmp(text, "sh ", 3) == 0) {
			act_check(system(text + 3), "sh");
			continue;
		}
		if (strncmp(text, "thread ", 7) == 0) {
			act_check(-pthread_create(&thread, NULL, apart, text + 7), "thread");
			nap(20); /* until it is in its call */
			continue;
		}
		int count = split(text, word);
		if (count > 0 && strcmp(word[0], "leave") == 0) {
			at_line++;
			act_check(-pthread_create(&thread, NULL, play, NULL), "leave");
			pthread_exit(NULL);
		}
		if (count > 0)
			act(word, count);
	}
	exit(0);
	return unused;
}

int main(void)
{
	signal(SIGCHLD, SIG_IGN); /* no zombies, unless the script says "keep" */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, courier) < 0)
		return 2;
	while (lines < LINES && fgets(line[lines], sizeof(line[0]), stdin) != NULL) {
		char *await = strstr(line[lines], "await ");

		if (strchr(line[lines], '\n') == NULL)
			return fprintf(stderr, "act: a line is too long: %s\n", line[lines]), 2;
		line[lines][strcspn(line[lines], "#\n")] = '\0';
		if (await != NULL && pipe(find(words, await + 6)->fd) < 0)
			return 2;
		lines++;
	}
	play(NULL);
}
