/* Both sides of the control socket. Requests are answered one at a time, between two rounds of the
 * event loop. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_S = 5, REPLY_TIMEOUT_S = 20, IDLE_S = 10 };
static const char socket_name[] = "control";

struct client {
	int fd;
	int64_t heard_s; /* CLOCK_MONOTONIC: when it last said something */
};

struct control {
	int fd, directory_fd;
	struct client clients[CONTROL_CLIENTS]; /* the one that came first, first */
	size_t count;
};

static int reach(int fd, struct sockaddr_un *address,
	int act(int fd, const struct sockaddr *address, socklen_t length))
{
	return act(fd, (const struct sockaddr *)address, sizeof(*address));
}

/* The address of a socket in a directory, through a descriptor: a path may be longer than an
 * address can hold (108 bytes). */
static struct sockaddr_un address_in(int directory_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", directory_fd,
		socket_name);
	return address;
}

/* ---- the recorder's side ---- */

struct control *control_new(
	int directory_fd, const char *directory, const struct invoker *owner, struct error *error)
{
	struct control *control = calloc(1, sizeof(*control));
	struct sockaddr_un address;
	mode_t mask;
	int bound;

	if (control == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	control->directory_fd = fcntl(directory_fd, F_DUPFD_CLOEXEC, 0);
	control->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->directory_fd < 0 || control->fd < 0)
		goto out;
	/* one that a killed recorder left */
	unlinkat(control->directory_fd, socket_name, 0);
	address = address_in(control->directory_fd);
	mask = umask(0177);
	bound = reach(control->fd, &address, bind);
	umask(mask);
	if (bound)
		goto out;
	if (owner->sudo && fchownat(control->directory_fd, socket_name, owner->uid, owner->gid,
				   AT_SYMLINK_NOFOLLOW))
		goto out;
	if (!listen(control->fd, CONTROL_CLIENTS))
		return control;
out:
	error_set(error, "%s/%s: %s", directory, socket_name, strerror(errno));
	control_close(control);
	return NULL;
}

void control_close(struct control *control)
{
	if (control == NULL)
		return;
	for (size_t i = 0; i < control->count; i++)
		close(control->clients[i].fd);
	if (control->fd >= 0)
		close(control->fd);
	if (control->directory_fd >= 0) {
		unlinkat(control->directory_fd, socket_name, 0);
		close(control->directory_fd);
	}
	free(control);
}

size_t control_fds(const struct control *control, struct pollfd fds[CONTROL_CLIENTS + 1])
{
	size_t count = 0;

	fds[count++] = (struct pollfd){control->fd, POLLIN, 0};
	for (size_t i = 0; i < control->count; i++)
		fds[count++] = (struct pollfd){control->clients[i].fd, POLLIN, 0};
	return count;
}

json_t *control_refusal(const char *text)
{
	return json_pack("{s:b,s:s}", "ok", 0, "error", text);
}

static int message_send(int socket_fd, const json_t *message, int pass_fd)
{
	char *text = json_dumps(message, JSON_COMPACT | JSON_ENSURE_ASCII);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec data = {text, text != NULL ? strlen(text) : 0};
	struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
	int result = -1;

	if (text == NULL)
		return -1;
	if (pass_fd >= 0) {
		struct cmsghdr *part;

		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		part = CMSG_FIRSTHDR(&header);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(part), &pass_fd, sizeof(int));
	}
	if (data.iov_len > CONTROL_MESSAGE_MAX)
		errno = EMSGSIZE;
	else if (sendmsg(socket_fd, &header, MSG_NOSIGNAL) == (ssize_t)data.iov_len)
		result = 0;
	free(text);
	return result;
}

/* Every descriptor that came along is ours to close: the first is kept when it is wanted. */
static int descriptors_take(struct msghdr *header, bool wanted)
{
	int kept = -1, fd;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
		part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(fd) <= part->cmsg_len - CMSG_LEN(0);
			at += sizeof(fd)) {
			memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
			if (wanted && kept < 0)
				kept = fd;
			else
				close(fd);
		}
	}
	return kept;
}

/* Returns the JSON object, NULL at the end of the conversation or for anything else. *fd as in
 * control_ask(); without it no descriptor is taken in at all. */
static json_t *message_receive(int socket_fd, int *fd)
{
	static char text[CONTROL_MESSAGE_MAX + 1];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {text, sizeof(text)};
	struct msghdr header = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = fd != NULL ? control.bytes : NULL,
		.msg_controllen = fd != NULL ? sizeof(control.bytes) : 0};
	ssize_t length = recvmsg(socket_fd, &header, MSG_CMSG_CLOEXEC);
	int passed = length > 0 ? descriptors_take(&header, fd != NULL) : -1;

	if (length <= 0 || length > CONTROL_MESSAGE_MAX || header.msg_flags & MSG_TRUNC) {
		if (passed >= 0)
			close(passed);
		return NULL;
	}
	if (fd != NULL)
		*fd = passed;
	return json_loadb(text, (size_t)length, 0, NULL);
}

/* One request; false when the conversation is over. */
static bool client_serve(int client, control_handler *handler, void *context)
{
	json_t *request = message_receive(client, NULL), *reply;
	int fd = -1;
	bool sent;

	if (request == NULL)
		return false;
	reply = handler(context, request, &fd);
	json_decref(request);
	if (reply == NULL)
		reply = control_refusal("out of memory");
	sent = !message_send(client, reply, fd);
	if (!sent && errno == EMSGSIZE) {
		json_decref(reply);
		reply = control_refusal("the answer is too long; ask for fewer checks at once");
		sent = !message_send(client, reply, -1);
	}
	json_decref(reply);
	return sent;
}

static int64_t monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void client_drop(struct control *control, size_t index)
{
	close(control->clients[index].fd);
	control->count--;
	memmove(&control->clients[index], &control->clients[index + 1],
		(control->count - index) * sizeof(control->clients[0]));
}

/* Clients ask at once and leave: one that keeps its place without a word loses it after a while,
 * and when all places are taken, the one silent for longest does. */
static void client_admit(struct control *control, int64_t now_s)
{
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t silent = 0;

	if (fd < 0)
		return;
	if (control->count == CONTROL_CLIENTS) {
		for (size_t i = 1; i < control->count; i++)
			if (control->clients[i].heard_s < control->clients[silent].heard_s)
				silent = i;
		client_drop(control, silent);
	}
	control->clients[control->count++] = (struct client){fd, now_s};
}

void control_serve(struct control *control, const struct pollfd *fds, size_t count,
	control_handler *handler, void *context)
{
	int64_t now_s = monotonic_s();

	for (size_t i = count; i-- > 1;) {
		struct client *client = &control->clients[i - 1];

		/* Replies fit into the socket's buffer, and a client that does not read its own
		 * only hurts itself: no write blocks the loop. */
		if (fds[i].revents) {
			client->heard_s = now_s;
			if (!client_serve(client->fd, handler, context))
				client_drop(control, i - 1);
		} else if (now_s - client->heard_s > IDLE_S) {
			client_drop(control, i - 1);
		}
	}
	if (fds[0].revents)
		client_admit(control, now_s);
}

/* ---- the client's side ---- */

/* The directory that a socket's path names; -1: *error. */
static int directory_open(const char *path, struct error *error)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash != NULL ? strndup(path, slash == path ? 1 : (size_t)(slash - path))
					: strdup(".");
	int fd = directory != NULL ? open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		error_set(error, "%s: %s", directory != NULL ? directory : path,
			errno == ENOENT ? "there is no such recording" : strerror(errno));
	free(directory);
	return fd;
}

/* Connect to the socket in a directory, itself and no link to another; -1: errno. The queue of a
 * stopped recorder may be full: then it is not waited for longer than that. */
static int connect_in(int directory_fd, int timeout_s)
{
	struct timeval patience = {timeout_s, 0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int place = openat(directory_fd, socket_name, O_PATH | O_NOFOLLOW | O_CLOEXEC), cause;
	int fd = place < 0 ? -1
			   : socket(AF_UNIX,
				     SOCK_SEQPACKET | SOCK_CLOEXEC |
					     (timeout_s > 0 ? 0 : SOCK_NONBLOCK),
				     0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (fd >= 0 && timeout_s > 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (fd >= 0 && reach(fd, &address, connect)) {
		cause = errno;
		close(fd);
		errno = cause;
		fd = -1;
	}
	cause = errno;
	if (place >= 0)
		close(place);
	errno = cause;
	return fd;
}

static int connect_to(const char *path, struct control_peer *peer, struct error *error)
{
	struct timeval patience = {REPLY_TIMEOUT_S, 0};
	int directory_fd = directory_open(path, error), fd, cause;
	struct stat status = {0};
	struct ucred credentials = {.uid = (uid_t)-1};
	socklen_t length = sizeof(credentials);

	if (directory_fd < 0)
		return -1;
	fd = connect_in(directory_fd, CONNECT_TIMEOUT_S);
	cause = errno;
	if (fd >= 0 && peer != NULL &&
		(fstat(directory_fd, &status) ||
			getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length))) {
		cause = errno;
		close(fd);
		fd = -1;
	}
	close(directory_fd);
	if (peer != NULL)
		*peer = (struct control_peer){credentials.uid, status.st_uid, status.st_gid};
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		return fd;
	}
	if (cause == ENOENT || cause == ECONNREFUSED || cause == ELOOP)
		return error_set(error, "%s: no recording is running there", path);
	if (cause == EAGAIN)
		return error_set(error,
			"%s: the recorder takes no requests; is it stopped (fg, or kill -CONT)?",
			path);
	return error_set(error, "%s: %s%s", path, strerror(cause),
		cause == EACCES ? "; the recording is another user's" : "");
}

static void no_answer(const char *path, int cause, struct error *error)
{
	if (cause == EAGAIN)
		error_set(error,
			"%s: the recorder did not answer within %d s; is it stopped (fg, or kill "
			"-CONT)?",
			path, REPLY_TIMEOUT_S);
	else
		error_set(error, "%s: the recorder did not answer; has it ended?", path);
}

json_t *control_ask_peer(const char *path, const json_t *request, int *fd,
	struct control_peer *peer, struct error *error)
{
	int socket_fd = connect_to(path, peer, error);
	json_t *reply = NULL;
	const char *refusal;

	if (fd != NULL)
		*fd = -1;
	if (socket_fd < 0)
		return NULL;
	if (message_send(socket_fd, request, -1))
		error_set(error, "%s: %s", path,
			errno == EMSGSIZE ? "the request is too long; ask for fewer checks at once"
					  : strerror(errno));
	else if (errno = 0, (reply = message_receive(socket_fd, fd)) == NULL)
		no_answer(path, errno, error);
	close(socket_fd);
	if (reply != NULL && !json_is_true(json_object_get(reply, "ok"))) {
		refusal = json_string_value(json_object_get(reply, "error"));
		error_set(error, "%s",
			refusal != NULL ? refusal : "the recorder's answer is not understood");
		json_decref(reply);
		reply = NULL;
		if (fd != NULL && *fd >= 0)
			close(*fd);
	}
	return reply;
}

json_t *control_ask(const char *path, const json_t *request, int *fd, struct error *error)
{
	return control_ask_peer(path, request, fd, NULL, error);
}

bool control_is_running(int directory_fd)
{
	int fd = connect_in(directory_fd, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EAGAIN; /* its queue is full: somebody owns it */
}

void control_paths_free(char **paths)
{
	for (char **path = paths; path != NULL && *path != NULL; path++)
		free(*path);
	free(paths);
}

static char **paths_split(const char *list)
{
	size_t count = 1;
	char **paths;

	for (const char *at = list; *at; at++)
		count += *at == ':';
	paths = calloc(count + 1, sizeof(*paths));
	count = 0;
	while (paths != NULL && *list) {
		size_t length = strcspn(list, ":");

		if (length && (paths[count++] = strndup(list, length)) == NULL) {
			control_paths_free(paths);
			return NULL;
		}
		list += length + (list[length] == ':');
	}
	return paths;
}

char **control_paths(const char *directory, struct error *error)
{
	const char *list = getenv("TCPSTATE_CONTROL");
	char **paths;

	if (directory != NULL) {
		paths = calloc(2, sizeof(*paths));
		if (paths != NULL && asprintf(&paths[0], "%s/%s", directory, socket_name) >= 0)
			return paths;
		free(paths);
	} else if (list == NULL || !*list) {
		error_set(error,
			"no recording is known here: TCPSTATE_CONTROL is not set. Run it inside "
			"one (tcpstate record -o DIR -- ...), or name it: --control DIR");
		return NULL;
	} else if ((paths = paths_split(list)) != NULL && *paths == NULL) {
		control_paths_free(paths);
		error_set(error, "TCPSTATE_CONTROL names no recording: \"%s\"", list);
		return NULL;
	} else if (paths != NULL) {
		return paths;
	}
	error_set(error, "out of memory");
	return NULL;
}
