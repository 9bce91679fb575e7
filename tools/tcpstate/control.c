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
#include <unistd.h>

enum { REPLY_TIMEOUT_S = 60 };
static const char socket_name[] = "control";

struct control {
	int fd, directory_fd;
	int clients[CONTROL_CLIENTS];
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

	if (!control) {
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
	if (!control)
		return;
	for (size_t i = 0; i < control->count; i++)
		close(control->clients[i]);
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

	/* With all places taken, newcomers wait in the backlog. */
	fds[count++] =
		(struct pollfd){control->count < CONTROL_CLIENTS ? control->fd : -1, POLLIN, 0};
	for (size_t i = 0; i < control->count; i++)
		fds[count++] = (struct pollfd){control->clients[i], POLLIN, 0};
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
	struct iovec data = {text, text ? strlen(text) : 0};
	struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
	int result = -1;

	if (!text)
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

/* Returns the JSON object, NULL at the end of the conversation or for anything else. *fd as in
 * control_ask(). */
static json_t *message_receive(int socket_fd, int *fd)
{
	static char text[CONTROL_MESSAGE_MAX + 1];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {text, CONTROL_MESSAGE_MAX};
	struct msghdr header = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *part;
	ssize_t length = recvmsg(socket_fd, &header, MSG_CMSG_CLOEXEC);
	int passed = -1;

	if (length <= 0)
		return NULL;
	part = CMSG_FIRSTHDR(&header);
	if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
		part->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&passed, CMSG_DATA(part), sizeof(int));
	if (fd)
		*fd = passed;
	else if (passed >= 0)
		close(passed);
	return json_loadb(text, (size_t)length, 0, NULL);
}

/* One request; false when the conversation is over. */
static bool client_serve(int client, control_handler *handler, void *context)
{
	json_t *request = message_receive(client, NULL), *reply;
	int fd = -1;
	bool sent;

	if (!request)
		return false;
	reply = handler(context, request, &fd);
	json_decref(request);
	if (!reply)
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

void control_serve(struct control *control, const struct pollfd *fds, size_t count,
	control_handler *handler, void *context)
{
	size_t kept = 0, before = control->count;
	int client;

	for (size_t i = 1; i < count && i <= before; i++) {
		if (fds[i].revents && !client_serve(fds[i].fd, handler, context)) {
			close(fds[i].fd);
			continue;
		}
		control->clients[kept++] = fds[i].fd;
	}
	control->count = kept;
	if (!fds[0].revents)
		return;
	/* Replies fit into the socket's buffer, and a client that does not read its own only hurts
	 * itself: no write blocks the loop. */
	client = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client >= 0)
		control->clients[control->count++] = client;
}

/* ---- the client's side ---- */

static int connect_to(const char *path, struct error *error)
{
	char directory[4096];
	const char *slash = strrchr(path, '/');
	struct timeval timeout = {REPLY_TIMEOUT_S, 0};
	struct sockaddr_un address;
	int directory_fd, fd, connected, cause;

	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) : 1,
		slash ? path : ".");
	directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		return error_set(error, "%s: %s", directory,
			errno == ENOENT ? "there is no such recording" : strerror(errno));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	address = address_in(directory_fd);
	connected = fd < 0 ? -1 : reach(fd, &address, connect);
	cause = errno;
	close(directory_fd);
	if (!connected) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		return fd;
	}
	if (fd >= 0)
		close(fd);
	if (cause == ENOENT || cause == ECONNREFUSED)
		return error_set(error, "%s: no recording is running there", directory);
	return error_set(error, "%s: %s%s", path, strerror(cause),
		cause == EACCES ? "; the recording is another user's" : "");
}

json_t *control_ask(const char *path, const json_t *request, int *fd, struct error *error)
{
	int socket_fd = connect_to(path, error);
	json_t *reply = NULL;
	const char *refusal;

	if (fd)
		*fd = -1;
	if (socket_fd < 0)
		return NULL;
	if (message_send(socket_fd, request, -1))
		error_set(error, "%s: %s", path,
			errno == EMSGSIZE ? "the request is too long; ask for fewer checks at once"
					  : strerror(errno));
	else if (!(reply = message_receive(socket_fd, fd)))
		error_set(error, "%s: the recorder did not answer; has it ended?", path);
	close(socket_fd);
	if (reply && !json_is_true(json_object_get(reply, "ok"))) {
		refusal = json_string_value(json_object_get(reply, "error"));
		error_set(
			error, "%s", refusal ? refusal : "the recorder's answer is not understood");
		json_decref(reply);
		reply = NULL;
	}
	return reply;
}

bool control_is_running(const char *directory)
{
	char *path;
	int fd = -1;

	if (asprintf(&path, "%s/%s", directory, socket_name) >= 0) {
		fd = connect_to(path, NULL);
		free(path);
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void control_paths_free(char **paths)
{
	for (char **path = paths; path && *path; path++)
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
	while (paths && *list) {
		size_t length = strcspn(list, ":");

		if (length && !(paths[count++] = strndup(list, length))) {
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

	if (directory) {
		paths = calloc(2, sizeof(*paths));
		if (paths && asprintf(&paths[0], "%s/%s", directory, socket_name) >= 0)
			return paths;
		free(paths);
	} else if (!list || !*list) {
		error_set(error,
			"no recording is known here: TCPSTATE_CONTROL is not set. Run it inside "
			"one (tcpstate record -o DIR -- ...), or name it: --control DIR");
		return NULL;
	} else if ((paths = paths_split(list))) {
		return paths;
	}
	error_set(error, "out of memory");
	return NULL;
}
