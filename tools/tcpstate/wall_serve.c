/* See wall.h. Every path begins with the wall's code; what does not is not found, whatever it is.
 */
#include "wall.h"

#ifdef TCPSTATE_MICROHTTPD

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/library.h"
#include "tcpstate/source.h"
#include "wall_page.h"

/* What is called of it: mhd.run() is MHD_run(). */
/* clang-format off */
#define MICROHTTPD(FUNCTION) \
	FUNCTION(start_daemon) FUNCTION(stop_daemon) FUNCTION(run) FUNCTION(get_timeout) \
	FUNCTION(get_daemon_info) FUNCTION(create_response_from_buffer) \
	FUNCTION(create_response_from_callback) FUNCTION(add_response_header) \
	FUNCTION(queue_response) FUNCTION(destroy_response) FUNCTION(lookup_connection_value) \
	FUNCTION(suspend_connection) FUNCTION(resume_connection)
/* clang-format on */
static struct {
#define FUNCTION(name) __typeof__(MHD_##name) *name;
	MICROHTTPD(FUNCTION)
#undef FUNCTION
} mhd;

enum {
	CONNECTIONS_MAX = 600,
	CONNECTION_BYTES = 16384, /* of libmicrohttpd, each: heads of requests */
	IDLE_S = 30,
	KEEP_ALIVE_MS = 15000 /* so that no proxy thinks a viewer has gone */
};

struct viewer { /* somebody's page, to which events go */
	struct wall *wall;
	struct MHD_Connection *connection;
	char *text; /* an event that is going out */
	size_t size, sent;
	uint64_t seen; /* version of the tiles */
	int64_t told_ns;
	bool greeted, asleep;
};

struct wall {
	const struct wall_options *options;
	struct tiles *tiles;
	struct MHD_Daemon *daemon;
	struct viewer *viewers[WALL_VIEWERS];
	unsigned viewer_count;
};

struct request { /* what a sender posts, as it comes in */
	size_t size;
	bool too_long;
	char text[TILE_MESSAGE_MAX];
};

/* ---- answers ---- */

static enum MHD_Result answer(
	struct MHD_Connection *connection, unsigned status, const char *type, const char *text)
{
	struct MHD_Response *response = mhd.create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	mhd.add_response_header(response, "Content-Type", type);
	mhd.add_response_header(response, "X-Content-Type-Options", "nosniff");
	mhd.add_response_header(response, "Referrer-Policy", "no-referrer");
	mhd.add_response_header(response, "Cache-Control", "no-store");
	mhd.add_response_header(response, "Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	result = mhd.queue_response(connection, status, response);
	mhd.destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8", text);
}

/* ---- events ---- */

/* The next event for this viewer; false: there is none now. */
static bool event_make(struct viewer *viewer)
{
	const struct wall *wall = viewer->wall;
	int64_t now = now_ns();
	char *changes = NULL;
	int size = -1;

	free(viewer->text);
	viewer->text = NULL;
	viewer->size = viewer->sent = 0;
	if (!viewer->greeted) {
		viewer->greeted = true;
		size = asprintf(&viewer->text, "event: words\ndata: %s\n\n", wall->options->words);
	} else if (viewer->seen < tiles_version(wall->tiles)) {
		changes = tiles_json(wall->tiles, viewer->seen, now);
		viewer->seen = tiles_version(wall->tiles);
		size = changes != NULL
			       ? asprintf(&viewer->text, "event: change\ndata: %s\n\n", changes)
			       : -1;
	} else if (now - viewer->told_ns > KEEP_ALIVE_MS * INT64_C(1000000)) {
		size = asprintf(&viewer->text, ":\n\n");
	}
	free(changes);
	if (size < 0) {
		viewer->text = NULL;
		return false;
	}
	viewer->size = (size_t)size;
	viewer->told_ns = now;
	return true;
}

static ssize_t events_read(void *context, uint64_t position, char *room, size_t most)
{
	struct viewer *viewer = context;
	size_t size;

	(void)position;
	if (viewer->sent == viewer->size && !event_make(viewer)) {
		viewer->asleep = true;
		mhd.suspend_connection(viewer->connection);
		return 0;
	}
	size = viewer->size - viewer->sent;
	size = size < most ? size : most;
	memcpy(room, viewer->text + viewer->sent, size);
	viewer->sent += size;
	return (ssize_t)size;
}

static void viewer_gone(void *context)
{
	struct viewer *viewer = context;
	struct wall *wall = viewer->wall;

	for (unsigned i = 0; i < wall->viewer_count; i++)
		if (wall->viewers[i] == viewer)
			wall->viewers[i] = wall->viewers[--wall->viewer_count];
	free(viewer->text);
	free(viewer);
}

static enum MHD_Result events_begin(struct wall *wall, struct MHD_Connection *connection)
{
	struct viewer *viewer;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (wall->viewer_count == WALL_VIEWERS)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many are looking\n");
	viewer = calloc(1, sizeof(*viewer));
	if (viewer == NULL)
		return MHD_NO;
	viewer->wall = wall;
	viewer->connection = connection;
	response = mhd.create_response_from_callback(
		MHD_SIZE_UNKNOWN, 4096, events_read, viewer, viewer_gone);
	if (response == NULL) {
		free(viewer);
		return MHD_NO;
	}
	wall->viewers[wall->viewer_count++] = viewer;
	mhd.add_response_header(response, "Content-Type", "text/event-stream");
	mhd.add_response_header(response, "Cache-Control", "no-store");
	mhd.add_response_header(response, "X-Accel-Buffering", "no");
	result = mhd.queue_response(connection, MHD_HTTP_OK, response);
	mhd.destroy_response(response);
	return result;
}

/* ---- requests ---- */

static enum MHD_Result pushed(
	struct wall *wall, struct MHD_Connection *connection, const struct request *request)
{
	if (request->too_long)
		return say(connection, MHD_HTTP_CONTENT_TOO_LARGE, "too long\n");
	switch (tiles_take(wall->tiles, request->text, request->size, now_ns())) {
	case TILE_TAKEN:
		return say(connection, MHD_HTTP_OK, "ok\n");
	case TILE_MALFORMED:
		return say(connection, MHD_HTTP_BAD_REQUEST, "not a message of a recorder\n");
	case TILE_TOO_OFTEN:
		return say(connection, MHD_HTTP_TOO_MANY_REQUESTS, "too often\n");
	case TILE_FULL:
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the wall is full\n");
	case TILE_REMOVED:
		break;
	}
	return say(connection, MHD_HTTP_GONE, "taken off the wall\n");
}

static enum MHD_Result removed(
	struct wall *wall, struct MHD_Connection *connection, const struct request *request)
{
	const char *key = mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "X-Wall-Key");
	char number[16];

	if (key == NULL || strcmp(key, wall->options->key) != 0)
		return say(connection, MHD_HTTP_FORBIDDEN,
			"only whoever started the wall may change it\n");
	snprintf(number, sizeof(number), "%.*s", (int)request->size, request->text);
	return tiles_remove(wall->tiles, (unsigned)strtoul(number, NULL, 10))
		       ? say(connection, MHD_HTTP_OK, "ok\n")
		       : say(connection, MHD_HTTP_NOT_FOUND, "there is no such tile\n");
}

static enum MHD_Result got(struct wall *wall, struct MHD_Connection *connection, const char *path)
{
	if (strcmp(path, "/") == 0)
		return answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8", wall_page_html);
	if (strcmp(path, "/wall.css") == 0)
		return answer(connection, MHD_HTTP_OK, "text/css; charset=utf-8", wall_page_css);
	if (strcmp(path, "/wall.js") == 0)
		return answer(
			connection, MHD_HTTP_OK, "text/javascript; charset=utf-8", wall_page_js);
	if (strcmp(path, "/events") == 0)
		return events_begin(wall, connection);
	return say(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

/* The path behind /CODE; NULL: it is not of this wall. */
static const char *path_within(const struct wall *wall, const char *url)
{
	size_t length = strlen(wall->options->code);

	if (*url != '/' || strncmp(url + 1, wall->options->code, length) != 0 ||
		(url[length + 1] != '/' && url[length + 1] != '\0'))
		return NULL;
	return url + length + 1;
}

static enum MHD_Result redirect(struct wall *wall, struct MHD_Connection *connection)
{
	struct MHD_Response *response =
		mhd.create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	char target[32];
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	snprintf(target, sizeof(target), "/%s/", wall->options->code);
	mhd.add_response_header(response, "Location", target);
	result = mhd.queue_response(connection, MHD_HTTP_FOUND, response);
	mhd.destroy_response(response);
	return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **state)
{
	struct wall *wall = context;
	struct request *request = *state;
	const char *path = path_within(wall, url);

	(void)version;
	if (request == NULL) {
		*state = calloc(1, sizeof(*request));
		return *state != NULL ? MHD_YES : MHD_NO;
	}
	if (*upload_size > 0) {
		if (*upload_size > sizeof(request->text) - request->size)
			request->too_long = true;
		else
			memcpy(request->text + request->size, upload, *upload_size);
		request->size += request->too_long ? 0 : *upload_size;
		*upload_size = 0;
		return MHD_YES;
	}
	if (path == NULL)
		return say(connection, MHD_HTTP_NOT_FOUND,
			"not found: the wall's address has its join code in it\n");
	if (strcmp(method, "GET") == 0)
		return *path == '\0' ? redirect(wall, connection) : got(wall, connection, path);
	if (strcmp(method, "POST") == 0 && strcmp(path, "/push") == 0)
		return pushed(wall, connection, request);
	if (strcmp(method, "POST") == 0 && strcmp(path, "/remove") == 0)
		return removed(wall, connection, request);
	return say(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	(void)context;
	(void)connection;
	(void)code;
	free(*state);
	*state = NULL;
}

/* ---- the server ---- */

static struct addrinfo *address_find(const struct wall_options *options, struct error *error)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char port[8];
	int result;

	snprintf(port, sizeof(port), "%u", options->port);
	result = getaddrinfo(options->bind, port, &hints, &found);
	if (result != 0)
		error_set(error, "--bind %s: %s; wanted: an address of this machine", options->bind,
			gai_strerror(result));
	return result == 0 ? found : NULL;
}

static int library_fetch(struct error *error)
{
#define FUNCTION(name) "MHD_" #name,
	static const char *const names[] = {MICROHTTPD(FUNCTION)};
#undef FUNCTION

	_Static_assert(sizeof(MICROHTTPD_SONAME) > 1, "tools/packaging/soname.sh found it");
	_Static_assert(sizeof(mhd) == sizeof(names), "a pointer each");
	return library_load(MICROHTTPD_SONAME, "libmicrohttpd",
		"libmicrohttpd12 or libmicrohttpd12t64", names, &mhd,
		sizeof(names) / sizeof(names[0]), error);
}

struct wall *wall_open(const struct wall_options *options, struct tiles *tiles, struct error *error)
{
	struct addrinfo *address = library_fetch(error) == 0 ? address_find(options, error) : NULL;
	struct wall *wall = address != NULL ? calloc(1, sizeof(*wall)) : NULL;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			 (address != NULL && address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0);

	if (wall == NULL)
		return NULL;
	wall->options = options;
	wall->tiles = tiles;
	errno = 0;
	wall->daemon = mhd.start_daemon(flags, options->port, NULL, NULL, on_request, wall,
		MHD_OPTION_SOCK_ADDR, address->ai_addr, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
	freeaddrinfo(address);
	if (wall->daemon != NULL)
		return wall;
	error_set(error, "%s port %u: %s; another port: --port N", options->bind, options->port,
		errno != 0 ? strerror(errno) : "cannot listen there");
	free(wall);
	return NULL;
}

void wall_close(struct wall *wall)
{
	if (wall == NULL)
		return;
	for (unsigned i = 0; i < wall->viewer_count; i++)
		if (wall->viewers[i]->asleep)
			mhd.resume_connection(wall->viewers[i]->connection);
	mhd.stop_daemon(wall->daemon);
	free(wall);
}

uint16_t wall_port(const struct wall *wall)
{
	const union MHD_DaemonInfo *info =
		mhd.get_daemon_info(wall->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info != NULL ? info->port : 0;
}

int wall_fd(const struct wall *wall)
{
	const union MHD_DaemonInfo *info =
		mhd.get_daemon_info(wall->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	return info != NULL ? info->epoll_fd : -1;
}

int wall_timeout_ms(const struct wall *wall, int most)
{
	MHD_UNSIGNED_LONG_LONG wait;

	if (mhd.get_timeout(wall->daemon, &wait) == MHD_YES && wait < (unsigned)most)
		return (int)wait;
	return most;
}

void wall_serve(struct wall *wall, bool tell)
{
	int64_t now = now_ns();

	for (unsigned i = 0; tell && i < wall->viewer_count; i++) {
		struct viewer *viewer = wall->viewers[i];

		if (!viewer->asleep ||
			(viewer->seen == tiles_version(wall->tiles) &&
				now - viewer->told_ns <= KEEP_ALIVE_MS * INT64_C(1000000)))
			continue;
		viewer->asleep = false;
		mhd.resume_connection(viewer->connection);
	}
	mhd.run(wall->daemon);
}

unsigned wall_viewers(const struct wall *wall)
{
	return wall->viewer_count;
}

#else

struct wall *wall_open(const struct wall_options *options, struct tiles *tiles, struct error *error)
{
	(void)options;
	(void)tiles;
	error_set(error, "built without libmicrohttpd: install it (Debian's libmicrohttpd-dev) and "
			 "build again");
	return NULL;
}

void wall_close(struct wall *wall)
{
	(void)wall;
}

uint16_t wall_port(const struct wall *wall)
{
	(void)wall;
	return 0;
}

int wall_fd(const struct wall *wall)
{
	(void)wall;
	return -1;
}

int wall_timeout_ms(const struct wall *wall, int most)
{
	(void)wall;
	return most;
}

void wall_serve(struct wall *wall, bool tell)
{
	(void)wall;
	(void)tell;
}

unsigned wall_viewers(const struct wall *wall)
{
	(void)wall;
	return 0;
}

#endif
