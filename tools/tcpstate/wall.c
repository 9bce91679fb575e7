/* tcpstate wall: the command line, the folders of recordings, and the loop. */
#include "wall.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <jansson.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "digest.h"
#include "inputs.h"
#include "help.h"
#include "language.h"
#include "tcpstate/lang.h"
#include "tcpstate/source.h"
#include "verbs.h"
#include "shared_options.h"

enum { PORT = 8089, TELL_MS = 200, FOLDERS_AT_ONCE = 2 };
static const int64_t folder_ns = INT64_C(1000000000);

struct folder { /* a recording on disk */
	struct digester digester;
	int64_t sizes; /* of its files, when last read */
	bool fresh;    /* never read */
};

struct arguments {
	struct wall_options wall;
	char **paths;
	int path_count;
};

static const struct argp_option option_table[] = {
	{"port", 'p', "N", 0, N_("listen on this port (default: 8089; 0: any that is free)"), 0},
	{"bind", 'b', "ADDRESS", 0,
		N_("listen on this address; 0.0.0.0: reachable from everywhere (default: "
		   "127.0.0.1, this machine only)"),
		0},
	{"code", 'c', "CODE", 0, N_("the join code: letters and digits (default: drawn by lot)"),
		0},
	{0},
};

static void parse_code(struct arguments *arguments, const char *text, struct argp_state *state)
{
	size_t length = strlen(text);

	if (length < 4 || length >= sizeof(arguments->wall.code) ||
		strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") !=
			length)
		usage_error(state, "--code %s: wanted: 4 to 15 letters and digits", text);
	else
		strcpy(arguments->wall.code, text);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	char *end;
	unsigned long port;

	switch (key) {
	case 'p':
		port = strtoul(argument, &end, 10);
		if (*argument < '0' || *argument > '9' || *end != '\0' || port > 65535)
			usage_error(state, "--port %s: wanted: 0 to 65535", argument);
		arguments->wall.port = (uint16_t)port;
		return 0;
	case 'b':
		arguments->wall.bind = argument;
		return 0;
	case 'c':
		parse_code(arguments, argument, state);
		return 0;
	case ARGP_KEY_ARGS:
		arguments->paths = state->argv + state->next;
		arguments->path_count = state->argc - state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = LANGUAGE_CHILD,
	.args_doc = "[DIR...]",
	.doc = N_(
		"A page for a classroom, with a tile per student: sockets by state, checks passed, "
		"findings, and who has been stuck longest. A tile is a recording on this machine "
		"(DIR, or the recordings in its folders), or a running recorder that joined by "
		"`tcpstate record --wall ADDRESS', which the page shows. Until Ctrl-C.\n\n"
		"Whoever knows the address, with the join code in it, may look and join; only the "
		"address with the key, which is printed here alone, lets one take tiles off."),
};

/* ---- what is drawn by lot ---- */

/* without those that are taken for one another */
static void draw(char *text, size_t length)
{
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	uint8_t lot[64];

	if (getrandom(lot, length, 0) != (ssize_t)length)
		abort();
	for (size_t i = 0; i < length; i++)
		text[i] = letters[lot[i] % (sizeof(letters) - 1)];
	text[length] = '\0';
}

/* ---- its address, as others reach it ---- */

static bool is_any(const char *bind)
{
	return strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
}

static void address_of_machine(char *host, size_t size)
{
	struct ifaddrs *list = NULL;

	snprintf(host, size, "127.0.0.1");
	if (getifaddrs(&list) != 0)
		return;
	for (struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
		if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET ||
			(at->ifa_flags & IFF_LOOPBACK) != 0 || (at->ifa_flags & IFF_UP) == 0)
			continue;
		getnameinfo(at->ifa_addr, sizeof(struct sockaddr_in), host, (socklen_t)size, NULL,
			0, NI_NUMERICHOST);
		break;
	}
	freeifaddrs(list);
}

static void address_text(const struct wall_options *options, uint16_t port, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN + 2];

	if (is_any(options->bind))
		address_of_machine(host, sizeof(host));
	else
		snprintf(host, sizeof(host), strchr(options->bind, ':') != NULL ? "[%s]" : "%s",
			options->bind);
	snprintf(text, size, "http://%s:%u/%s", host, port, options->code);
}

/* The page's sentences, with {places}; one line. */
static char *words_json(const char *address)
{
	char command[256];
	json_t *words;
	char *text;

	snprintf(command, sizeof(command), "tcpstate record --wall %s --as NAME -o DIR -- bash",
		address);
	words = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "lang", lang_name(),
		"title", _("tcpstate wall"), "command", command, "join", _("To join: {command}"),
		"sum", _("{count} recordings, all checks passed in {passed}"), "stuck",
		_("{state} for {time}, port {port}"), "longest", _("Stuck for longest: {name}:"),
		"silent", _("silent for {time}"), "ended", _("ended"), "checks",
		_("{passed} of {checks} checks passed"), "unnamed", _("recording {number}"),
		"remove", _("take this tile off the wall"));
	text = words != NULL ? json_dumps(words, JSON_COMPACT) : NULL;
	json_decref(words);
	return text;
}

/* ---- folders ---- */

static int64_t folder_sizes(const struct folder *folder)
{
	int64_t sum = 0;

	for (size_t i = 0; i < REPLAY_FILES; i++) {
		struct stat status;

		if (fstatat(folder->digester.input.directory_fd, replay_names[i], &status,
			    AT_SYMLINK_NOFOLLOW) == 0)
			sum += status.st_size;
	}
	return sum;
}

static void folder_tell(struct tiles *tiles, const struct folder *folder, size_t number)
{
	json_t *message = json_loads(folder->digester.last.json, 0, NULL);
	const char *slash = strrchr(folder->digester.input.name, '/');
	const char *name =
		slash != NULL && slash[1] != '\0' ? slash + 1 : folder->digester.input.name;
	char id[32], *text;

	snprintf(id, sizeof(id), "folder%08zu", number);
	json_object_set_new(message, "id", json_string(id));
	json_object_set_new(message, "name", json_string(name));
	text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	if (text != NULL)
		tiles_take(tiles, text, strlen(text), now_ns());
	free(text);
	json_decref(message);
}

static void folders_look(struct folder *folders, size_t count, struct tiles *tiles)
{
	int64_t now = now_ns();
	size_t busy = 0;

	for (size_t i = 0; i < count; i++)
		busy += folders[i].digester.fd >= 0;
	for (size_t i = 0; i < count; i++) {
		struct folder *folder = &folders[i];
		int64_t sizes;

		if (folder->digester.fd < 0) {
			if (busy >= FOLDERS_AT_ONCE || now < folder->digester.next_ns)
				continue;
			sizes = folder_sizes(folder);
			folder->digester.next_ns = now;
			if (sizes == folder->sizes && !folder->fresh) {
				folder->digester.next_ns = now + folder_ns;
				continue;
			}
			folder->sizes = sizes;
			folder->fresh = false;
			busy++;
		}
		if (digester_pump(&folder->digester, now))
			folder_tell(tiles, folder, i);
	}
}

/* Takes what inputs_gather() opened. */
static struct folder *folders_new(const struct inputs *inputs)
{
	struct folder *folders = calloc(inputs->count + 1, sizeof(*folders));

	for (size_t i = 0; folders != NULL && i < inputs->count; i++) {
		const struct input *input = &inputs->list[i];

		digester_init(
			&folders[i].digester, input->name, input->replay.directory_fd, folder_ns);
		folders[i].digester.input.running = input->replay.running;
		folders[i].digester.stranger = true;
		folders[i].fresh = true;
	}
	return folders;
}

/* ---- the loop ---- */

static void run(
	struct wall *wall, struct tiles *tiles, struct folder *folders, size_t count, int signal_fd)
{
	int64_t next_tell_ns = 0;

	for (;;) {
		struct pollfd fds[] = {{wall_fd(wall), POLLIN, 0}, {signal_fd, POLLIN, 0}};
		int most = wall_viewers(wall) > 0 || count > 0 ? TELL_MS : 1000;
		int64_t now;
		bool tell;

		poll(fds, 2, wall_timeout_ms(wall, most));
		if (fds[1].revents != 0)
			return;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		now = now_ns();
		tell = now >= next_tell_ns;
		if (tell)
			next_tell_ns = now + TELL_MS * INT64_C(1000000);
		if (tell && count > 0)
			folders_look(folders, count, tiles);
		wall_serve(wall, tell);
	}
}

static int signals_block(struct error *error)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : error_set(error, "signalfd: %s", strerror(errno));
}

static int wall_run(struct arguments *arguments, struct error *error)
{
	struct tiles *tiles = tiles_new();
	struct inputs inputs = {.count = 0};
	struct folder *folders = NULL;
	struct wall *wall = NULL;
	char address[128], *words = NULL;
	int status = -1, signal_fd = signals_block(error);

	if (tiles == NULL)
		error_set(error, "out of memory");
	else if (signal_fd >= 0 && (arguments->path_count == 0 ||
					   inputs_gather(arguments->paths, arguments->path_count,
						   &inputs, error) == 0))
		wall = wall_open(&arguments->wall, tiles, error);
	if (wall != NULL) {
		address_text(&arguments->wall, wall_port(wall), address, sizeof(address));
		words = words_json(address);
		folders = folders_new(&inputs);
	}
	if (wall != NULL && (words == NULL || folders == NULL)) {
		error_set(error, "out of memory");
	} else if (wall != NULL) {
		arguments->wall.words = words;
		printf(_("The wall:           %s/\n"), address);
		printf(_("To take tiles off:  %s/?key=%s\n"), address, arguments->wall.key);
		printf(_("To join:            tcpstate record --wall %s --as NAME -o DIR -- "
			 "bash\n"),
			address);
		fflush(stdout);
		run(wall, tiles, folders, inputs.count, signal_fd);
		status = 0;
	}
	for (size_t i = 0; folders != NULL && i < inputs.count; i++)
		digester_end(&folders[i].digester);
	wall_close(wall);
	inputs_free(&inputs);
	tiles_free(tiles);
	free(folders);
	free(words);
	return status;
}

int verb_wall(int argc, char **argv)
{
	struct arguments arguments = {.wall = {.bind = "127.0.0.1", .port = PORT}};
	struct error error;

	draw(arguments.wall.code, WALL_CODE);
	draw(arguments.wall.key, WALL_KEY);
	verb_parse(&parser, argc, argv, &arguments);
	return wall_run(&arguments, &error) == 0 ? STATUS_OK : verb_failed(argv[0], &error);
}
