/* See push.h. HTTP/1.1, one message a request over a connection that is kept; of messages that wait
 * only the newest is sent. */
#include "push.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "language.h"
#include "tcpstate/lang.h"
#include "terminal.h"
#include "wall_tiles.h"

enum {
	OPTION_WALL = 600,
	OPTION_AS,
	ANSWER_S = 5,
	AGAIN_LEAST_MS = 500,
	AGAIN_MOST_MS = 10000,
	END_MS = 2000,
	HEAD_MAX = 512
};

static const struct argp_option option_table[] = {
	{"wall", OPTION_WALL, "URL", 0,
		N_("report progress to the classroom's wall at URL (tcpstate wall shows it): "
		   "sockets by state, checks, findings, what is stuck; nothing else is sent, and "
		   "DIR/wall.json is what was sent last"),
		0},
	{"as", OPTION_AS, "NAME", 0, N_("with --wall: the name on the tile (default: none)"), 0},
	{0},
};

/* ---- the address ---- */

struct address {
	char host[256], port[8], path[64];
};

/* http://HOST[:PORT]/CODE */
static int address_read(const char *url, struct address *address)
{
	const char *host = url + 7, *end, *port;
	size_t length;

	if (strncmp(url, "http://", 7) != 0)
		return -1;
	end = host + strcspn(host, "/?#");
	port = *host == '[' ? strchr(host, ']') : host;
	if (port == NULL || port > end)
		return -1;
	port = memchr(port, ':', (size_t)(end - port));
	length = (size_t)((port != NULL ? port : end) - host);
	if (*host == '[') {
		host++;
		length -= 2;
	}
	if (length == 0 || length >= sizeof(address->host))
		return -1;
	snprintf(address->host, sizeof(address->host), "%.*s", (int)length, host);
	snprintf(address->port, sizeof(address->port), "%.*s",
		port != NULL ? (int)(end - port - 1) : 2, port != NULL ? port + 1 : "80");
	length = *end == '/' ? strcspn(end + 1, "/?#") : 0;
	if (length == 0 || length > 32 || strspn(address->port, "0123456789") == 0)
		return -1;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)end[1 + i]))
			return -1;
	snprintf(address->path, sizeof(address->path), "/%.*s/push", (int)length, end + 1);
	return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct push_options *options = state->input;
	struct address address;

	switch (key) {
	case OPTION_WALL:
		options->url = argument;
		if (address_read(argument, &address) != 0)
			usage_error(state,
				"--wall %s: wanted: http://HOST:PORT/CODE, as tcpstate wall prints "
				"it",
				argument);
		return 0;
	case OPTION_AS:
		options->name = argument;
		return 0;
	case ARGP_KEY_END:
		if (options->name != NULL && options->url == NULL)
			usage_error(state, "--as goes with --wall");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp push_argp = {.options = option_table, .parser = parse_option};

/* ---- the process that sends ---- */

struct sender {
	struct address address;
	int socket; /* to the wall; -1: none */
	bool told;  /* that it does not answer */
};

static void complain(struct sender *sender, const char *why)
{
	if (sender->told)
		return;
	sender->told = true;
	terminal_say(_("tcpstate: the wall at %s does not take it (%s); the recording goes on"),
		sender->address.host, why);
}

static void wall_leave(struct sender *sender)
{
	if (sender->socket >= 0)
		close(sender->socket);
	sender->socket = -1;
}

static bool wall_reach(struct sender *sender)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	struct timeval patience = {ANSWER_S, 0};
	int result = getaddrinfo(sender->address.host, sender->address.port, &hints, &list);

	if (result != 0)
		complain(sender, gai_strerror(result));
	for (struct addrinfo *at = list; at != NULL && sender->socket < 0; at = at->ai_next) {
		sender->socket = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (sender->socket < 0)
			continue;
		setsockopt(sender->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(sender->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		if (connect(sender->socket, at->ai_addr, at->ai_addrlen) == 0)
			break;
		result = errno;
		wall_leave(sender);
		errno = result;
	}
	if (list != NULL && sender->socket < 0)
		complain(sender, strerror(errno));
	if (list != NULL)
		freeaddrinfo(list);
	return sender->socket >= 0;
}

/* The status of the answer, whose head and few bytes come in one piece; 0: it is none. */
static int answer_read(int fd)
{
	char text[4096];
	size_t used = 0;
	ssize_t got;

	while (used < sizeof(text) - 1 &&
		(got = recv(fd, text + used, sizeof(text) - 1 - used, 0)) > 0) {
		char *end, *length;

		used += (size_t)got;
		text[used] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length:");
		if (end == NULL || length == NULL || length > end)
			continue;
		if (used >= (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10))
			return strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
	}
	return 0;
}

/* The status, 0: the wall was not reached. */
static int deliver(struct sender *sender, const char *message, size_t size)
{
	char head[HEAD_MAX];
	struct iovec parts[2] = {{head, 0}, {(void *)(uintptr_t)message, size}};
	struct msghdr whole = {.msg_iov = parts, .msg_iovlen = 2};
	int status;

	if (sender->socket < 0 && !wall_reach(sender))
		return 0;
	parts[0].iov_len = (size_t)snprintf(head, sizeof(head),
		"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		sender->address.path, sender->address.host, size);
	if (sendmsg(sender->socket, &whole, MSG_NOSIGNAL) != (ssize_t)(parts[0].iov_len + size)) {
		wall_leave(sender);
		return 0;
	}
	status = answer_read(sender->socket);
	if (status == 0)
		wall_leave(sender);
	return status;
}

/* false: there is no point in going on. */
static bool verdict(struct sender *sender, int status)
{
	if (status == 404)
		complain(sender, _("no such wall: is the join code right?"));
	else if (status == 410)
		complain(sender, _("taken off"));
	else if (status == 503)
		complain(sender, _("the wall is full"));
	return status != 404 && status != 410;
}

static void __attribute__((noreturn)) sender_run(const struct address *address, int fd)
{
	static char message[TILE_MESSAGE_MAX];
	struct sender sender = {.address = *address, .socket = -1};
	struct pollfd fds = {fd, POLLIN, 0};
	int again_ms = AGAIN_LEAST_MS, status;
	ssize_t size = 0, got;
	bool more = true;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	prctl(PR_SET_NAME, "tcpstate-wall", 0, 0, 0);
	while (more) {
		if (poll(&fds, 1, size > 0 ? again_ms : -1) < 0)
			continue;
		while ((got = recv(fd, message, sizeof(message), MSG_DONTWAIT)) > 0)
			size = got;
		more = got != 0;
		if (size == 0)
			continue;
		status = deliver(&sender, message, (size_t)size);
		if (status == 0 && more) { /* the wall may have closed a connection at rest */
			again_ms = again_ms * 2 < AGAIN_MOST_MS ? again_ms * 2 : AGAIN_MOST_MS;
			continue;
		}
		if (status == 0)
			deliver(&sender, message, (size_t)size);
		again_ms = AGAIN_LEAST_MS;
		size = status == 429 ? size : 0;
		if (status != 0 && !verdict(&sender, status))
			break;
	}
	_exit(0);
}

/* ---- the recorder's side ---- */

static void become(const struct invoker *invoker)
{
	if (invoker->sudo && (setgroups(0, NULL) != 0 ||
				     setresgid(invoker->gid, invoker->gid, invoker->gid) != 0 ||
				     setresuid(invoker->uid, invoker->uid, invoker->uid) != 0))
		_exit(1);
}

int push_start(struct push *push, const struct push_options *options, const struct invoker *invoker,
	struct error *error)
{
	struct address address;
	uint64_t lot;
	int pair[2];

	*push = (struct push){.fd = -1};
	if (options->url == NULL)
		return 0;
	if (address_read(options->url, &address) != 0 ||
		getrandom(&lot, sizeof(lot), 0) != sizeof(lot))
		return error_set(error, "--wall %s: not an address", options->url);
	snprintf(push->id, sizeof(push->id), "%016llx", (unsigned long long)lot);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set(error, "socketpair: %s", strerror(errno));
	fflush(NULL);
	push->pid = fork();
	if (push->pid == 0) {
		close(pair[0]);
		become(invoker);
		sender_run(&address, pair[1]);
	}
	close(pair[1]);
	push->fd = pair[0];
	if (push->pid > 0)
		return 0;
	push->pid = 0;
	close(pair[0]);
	push->fd = -1;
	return error_set(error, "fork: %s", strerror(errno));
}

char *push_message(const struct push *push, const struct push_options *options, const char *json)
{
	json_t *message = json_loads(json, 0, NULL);
	char *text;

	json_object_set_new(message, "id", json_string(push->id));
	json_object_set_new(
		message, "name", json_string(options->name != NULL ? options->name : ""));
	text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	json_decref(message);
	return text;
}

void push_send(const struct push *push, const char *message)
{
	size_t size = strlen(message);

	if (push->fd >= 0 && size <= TILE_MESSAGE_MAX)
		send(push->fd, message, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void push_end(struct push *push)
{
	if (push->fd < 0)
		return;
	close(push->fd);
	push->fd = -1;
	for (int waited = 0; push->pid > 0 && waited < END_MS; waited += 20) {
		struct pollfd nothing = {.fd = -1};

		if (waitpid(push->pid, NULL, WNOHANG) != 0)
			push->pid = 0;
		else
			poll(&nothing, 1, 20);
	}
	if (push->pid > 0)
		kill(push->pid, SIGKILL);
}
