/* A recording from beginning to end: seal, open the sources, write the manifest, let COMMAND run,
 * and leave a complete recording however it ends. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "digest.h"
#include "greeting.h"
#include "loop.h"
#include "news.h"
#include "paths.h"
#include "privileges.h"
#include "prompt.h"
#include "relay.h"
#include "routes.h"
#include "sysctls.h"
#include "tcpstate/lang.h"
#include "terminal.h"

struct session {
	const struct record_options *options;
	struct command command; /* without COMMAND only its mode and invoker are used */
	struct recording *recording;
	struct observer *observer;
	struct control *control;
	struct loop loop;
	json_t *environment;
	struct prompt prompt; /* of COMMAND, when it is a shell to type to */
	char *path;           /* of the programs, to go in front of PATH */
	int directory_fd;
	int64_t started_ns;
	struct digester digester; /* of --until FINDING, and of the wall */
	struct push push;
	int wall_fd;      /* of wall.json */
	int64_t begun_ns; /* the first look is over: what it showed has not happened since */
};

/* ---- the namespace ---- */

/* between two looks at what is recorded so far; how long the last one may take */
static const int64_t DIGEST_LEAST_NS = INT64_C(200000000), WALL_END_NS = INT64_C(3000000000);

static int join_other(const char *name, struct error *error)
{
	int fd = netns_open(name, error), result;

	if (fd < 0)
		return -1;
	result = netns_join(fd, name, error);
	close(fd);
	return result;
}

static int join_child(const struct command *command, struct error *error)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)command->init);
	return join_other(pid, error) ? error_context(error, "joining the sealed namespace") : 0;
}

/* What calls tell of output names who wrote it; without them the recorder keeps what passes. */
static int relay_make(struct session *session, struct error *error)
{
	const struct invoker *invoker = &session->command.invoker;

	if (session->options->calls.on)
		return 0;
	session->loop.relay = relay_new(invoker->sudo ? invoker->uid : (uid_t)-1, error);
	session->command.relay = session->loop.relay;
	return session->loop.relay != NULL ? 0 : -1;
}

static int namespace_enter(struct session *session, struct error *error)
{
	const struct record_options *options = session->options;
	struct command *command = &session->command;

	command->invoker = invoker_find();
	command->calls = options->calls;
	command->mode = options->netns                    ? SEALED_JOINED
			: options->here || !options->argv ? SEALED_HERE
							  : SEALED_USER_NET;
	if (options->netns && join_other(options->netns, error))
		return -1;
	if (!options->argv)
		return 0;
	if (relay_make(session, error))
		return -1;
	if (command_start(command, error))
		return command->mode == SEALED_USER_NET || command->mode == SEALED_NET
			       ? error_context(error, "no sealed namespace")
			       : -1;
	if (command->relay != NULL)
		relay_begin(command->relay);
	if (command->mode == SEALED_HERE || command->mode == SEALED_JOINED)
		return 0;
	if (*command->note)
		fprintf(stderr,
			"tcpstate: %s\ntcpstate: sealed in a network namespace only, COMMAND stays "
			"root\n",
			command->note);
	if (*command->loose)
		fprintf(stderr,
			"tcpstate: %s; what COMMAND leaves running is looked for one by one\n",
			command->loose);
	return join_child(command, error);
}

/* --sysctl is for namespaces that were made for the purpose: a sealed one, --netns, or the one a
 * sealed COMMAND is in already. */
static int sysctls_apply(const struct session *session, struct error *error)
{
	const struct record_options *options = session->options;
	const char *ours = getenv("TCPSTATE_NETNS");

	if (options->sysctl_count && session->command.mode == SEALED_HERE &&
		(!ours || strtoull(ours, NULL, 10) != netns_inode()))
		return error_set(error, "--sysctl would change this machine's network; run COMMAND "
					"sealed, without --here, or set it yourself (sysctl -w)");
	for (size_t i = 0; i < options->sysctl_count; i++)
		if (sysctl_set(options->sysctls[i], error))
			return -1;
	return 0;
}

/* ---- the manifest ---- */

static json_t *strings(const char *const *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count && list[i]; i++) {
		json_t *text = json_string(list[i]);

		json_array_append_new(array, text ? text : json_string("(not UTF-8)"));
	}
	return array;
}

static json_t *sysctls_set_json(const struct record_options *options)
{
	json_t *object = json_object();

	for (size_t i = 0; i < options->sysctl_count; i++) {
		const char *text = options->sysctls[i], *value = strchr(text, '=');
		char name[256];

		snprintf(name, sizeof(name), "%.*s", (int)(value - text), text);
		json_object_set_new(object, name, json_string(value + 1));
	}
	return object;
}

static void put_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_string(text));
}

static json_t *manifest_build(const struct session *session)
{
	const struct record_options *options = session->options;
	json_t *manifest = json_object();
	struct utsname system;
	char text[512];

	json_object_set_new(manifest, "type", json_string("manifest"));
	json_object_set_new(manifest, "format", json_integer(1));
	json_object_set_new(manifest, "end", json_true()); /* there will be one */
	json_object_set_new(manifest, "version", json_string(TCPSTATE_VERSION));
	snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, session->started_ns / 1000000000,
		session->started_ns % 1000000000);
	json_object_set_new(manifest, "t", json_string(text));
	json_object_set_new(
		manifest, "clock", json_string("CLOCK_REALTIME at t, then CLOCK_MONOTONIC"));
	if (!uname(&system)) {
		snprintf(text, sizeof(text), "%s %s %s", system.sysname, system.release,
			system.machine);
		json_object_set_new(manifest, "kernel", json_string(text));
		put_text(manifest, "host", system.nodename);
	}
	put_text(manifest, "lab", options->lab);
	if (options->argv)
		json_object_set_new(
			manifest, "command", strings((const char *const *)options->argv, SIZE_MAX));
	json_object_set_new(manifest, "namespace", json_integer((json_int_t)netns_inode()));
	json_object_set_new(
		manifest, "sealed", json_string(sealed_mode_word(session->command.mode)));
	put_text(manifest, "sealed_note", session->command.note);
	put_text(manifest, "processes", session->command.contained ? "pid+mount" : NULL);
	put_text(manifest, "processes_note", session->command.loose);
	put_text(manifest, "netns", options->netns);
	json_object_set_new(manifest, "interface",
		json_string(options->interface ? options->interface : "any"));
	put_text(manifest, "filter", options->filter);
	json_object_set_new(
		manifest, "addresses", addresses_json(observer_addresses(session->observer)));
	json_object_set_new(manifest, "sysctls_set", sysctls_set_json(options));
	json_object_set_new(manifest, "sysctls", sysctls_that_matter());
	return manifest;
}

static int manifest_write(const struct session *session, struct error *error)
{
	json_t *manifest = manifest_build(session);
	char *text = manifest ? json_dumps(manifest, JSON_COMPACT) : NULL;
	int result = text ? recording_fact(session->recording, text, error)
			  : error_set(error, "out of memory");

	free(text);
	json_decref(manifest);
	return result;
}

/* ---- the environment of COMMAND ---- */

static int environment_add(json_t *environment, const char *name, const char *value)
{
	char *text;
	int result;

	if (asprintf(&text, "%s=%s", name, value) < 0)
		return -1;
	result = json_array_append_new(environment, json_string(text));
	free(text);
	return result;
}

static int environment_build(struct session *session, struct error *error)
{
	const char *outer = getenv("TCPSTATE_CONTROL");
	char directory[PATH_MAX], control[2 * PATH_MAX], inode[32];

	if (!realpath(session->options->directory, directory))
		return error_set(error, "%s: %s", session->options->directory, strerror(errno));
	if (strchr(directory, ':'))
		return error_set(error,
			"%s: a recording's path may not hold a ':', which separates those of "
			"several recorders",
			directory);
	if (outer && *outer && strlen(outer) < PATH_MAX - 32)
		snprintf(control, sizeof(control), "%s/control:%s", directory, outer);
	else
		snprintf(control, sizeof(control), "%s/control", directory);
	snprintf(inode, sizeof(inode), "%" PRIu64, netns_inode());
	session->environment = json_array();
	if (environment_add(session->environment, "TCPSTATE_CONTROL", control) ||
		environment_add(session->environment, "TCPSTATE_NETNS", inode))
		return error_set(error, "out of memory");
	return 0;
}

static int command_release(struct session *session, struct error *error)
{
	size_t count = json_array_size(session->environment);
	char **list = calloc(count + 2 + PROMPT_WORDS, sizeof(*list)), *path = NULL;
	const char *old = getenv("PATH");
	int result;

	if (!list || asprintf(&path, "PATH=%s:%s", session->path,
			     old ? old : "/usr/local/bin:/usr/bin:/bin") < 0) {
		free(list);
		return error_set(error, "out of memory");
	}
	for (size_t i = 0; i < count; i++)
		list[i] = (char *)(uintptr_t)json_string_value(
			json_array_get(session->environment, i));
	list[count++] = path;
	for (char **word = session->prompt.environment; *word != NULL; word++)
		list[count++] = *word;
	result = command_go(&session->command, list, session->directory_fd, error);
	free(path);
	free(list);
	return result;
}

/* ---- the session ---- */

/* The control socket is its user's who made it: a recorder that becomes the invoking user does so
 * first; one that keeps its uid may lose the right to write into the directory. */
static int privileges_and_control(struct session *session, struct error *error)
{
	const struct invoker *invoker = &session->command.invoker;
	enum sealed_mode mode = session->command.mode;
	bool with_command = session->options->argv;

	bool becomes = privileges_become(invoker, mode, with_command);

	if (becomes && privileges_drop(invoker, mode, with_command, error))
		return -1;
	session->control =
		control_new(session->directory_fd, session->options->directory, invoker, error);
	if (!session->control)
		return -1;
	return becomes ? 0 : privileges_drop(invoker, mode, with_command, error);
}

/* The core's emit. */
static void on_record(void *context, const struct record *record)
{
	struct session *session = context;

	if (session->begun_ns != 0 && !session->loop.stop &&
		ends_record(&session->options->ends, record, session->begun_ns))
		session->loop.stop = true;
}

/* Before anything else: the process that sends stays where we are now. */
static int wall_begin(struct session *session, struct error *error)
{
	struct invoker invoker = invoker_find();

	return push_start(&session->push, &session->options->wall, &invoker, error);
}

static int session_open(struct session *session, struct error *error)
{
	const struct record_options *options = session->options;
	struct observer_options observing = {
		.interface = options->interface, .filter = options->filter};
	bool sealed;

	if (wall_begin(session, error) != 0 || namespace_enter(session, error) ||
		sysctls_apply(session, error) ||
		(session->options->default_route && route_to_nowhere(error)))
		return -1;
	privileges_of_files(&session->command.invoker, true);
	session->recording = recording_create(options->directory, error);
	privileges_of_files(&session->command.invoker, false);
	if (!session->recording)
		return -1;
	session->directory_fd =
		fcntl(recording_directory_fd(session->recording), F_DUPFD_CLOEXEC, 0);
	if (options->calls.on && recording_add_calls(session->recording, error))
		return -1;
	if (session->command.invoker.sudo &&
		recording_chown(session->recording, session->command.invoker.uid,
			session->command.invoker.gid, error))
		return -1;
	sealed = session->command.mode == SEALED_USER_NET || session->command.mode == SEALED_NET;
	observing.recording = session->recording;
	observing.calls = options->calls.on;
	observing.own = sealed;
	if (options->ends.states != 0)
		observing.also = (struct emit){on_record, session};
	session->started_ns = now_ns();
	session->observer = observer_new(&observing, error);
	if (!session->observer || manifest_write(session, error) ||
		observer_start(session->observer, session->started_ns, error))
		return -1;
	session->begun_ns = now_ns();
	if (session->push.fd >= 0) {
		privileges_of_files(&session->command.invoker, true);
		session->wall_fd = openat(session->directory_fd, "wall.json",
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
		privileges_of_files(&session->command.invoker, false);
	}
	return environment_build(session, error) ? -1 : privileges_and_control(session, error);
}

void record_discard(const char *directory)
{
	static const char *const files[] = {
		"wire.pcap", "diag.pcap", "facts.jsonl", "calls.jsonl", "wall.json"};
	int fd = input_directory(-1, directory, NULL);

	for (size_t i = 0; fd >= 0 && i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(fd, files[i], 0);
	if (fd >= 0)
		close(fd);
	rmdir(directory);
}

/* A recording that never began leaves nothing behind; a directory that was there before stays. */
static void session_discard(struct session *session)
{
	control_close(session->control);
	session->control = NULL;
	privileges_of_files(&session->command.invoker, true);
	if (session->wall_fd >= 0)
		unlinkat(session->directory_fd, "wall.json", 0);
	recording_discard(session->recording);
	privileges_of_files(&session->command.invoker, false);
	session->recording = NULL;
}

static void summary_print(const struct session *session)
{
	struct observer_totals totals;

	observer_totals(session->observer, &totals);
	fputs("tcpstate: ", stderr);
	terminal_print(stderr, session->options->directory);
	fprintf(stderr,
		ngettext(": %" PRIu64 " packets, %" PRIu64 " kernel rows, %" PRIu64
			 " connection, %" PRIu64 " drops",
			": %" PRIu64 " packets, %" PRIu64 " kernel rows, %" PRIu64
			" connections, %" PRIu64 " drops",
			totals.connections),
		totals.packets, totals.rows, totals.connections, totals.dropped);
	if (totals.overruns)
		fprintf(stderr, _(", %" PRIu64 " overruns of sock_diag"), totals.overruns);
	if (totals.shed)
		fprintf(stderr, _(", %" PRIu64 " look-ups shed"), totals.shed);
	if (session->loop.checks)
		fprintf(stderr, _(", %" PRIu64 " checks (%" PRIu64 " mismatched)"),
			session->loop.checks, session->loop.mismatches);
	fputc('\n', stderr);
}

/* What is sent to the wall; wall.json is for the student to see. */
static void wall_tell(struct session *session)
{
	char *message =
		push_message(&session->push, &session->options->wall, session->digester.last.json);
	size_t size = message != NULL ? strlen(message) : 0;

	if (message == NULL)
		return;
	push_send(&session->push, message);
	if (session->wall_fd >= 0 && pwrite(session->wall_fd, message, size, 0) == (ssize_t)size &&
		ftruncate(session->wall_fd, (off_t)size) != 0)
		session->wall_fd = -1;
	free(message);
}

/* Looks at the recording so far, while somebody wants to know. */
static bool digest_look(struct session *session)
{
	const struct ends *ends = &session->options->ends;

	if ((ends->findings == 0 && session->push.fd < 0) ||
		!digester_pump(&session->digester, now_ns()))
		return false;
	if (session->push.fd >= 0)
		wall_tell(session);
	return true;
}

/* The loop's. */
static void after_round(void *context)
{
	struct session *session = context;

	if (digest_look(session) &&
		(session->digester.last.findings & session->options->ends.findings) != 0)
		session->loop.stop = true;
}

/* The wall has the end of it, too: what a report will say. */
static void wall_end(struct session *session)
{
	struct pollfd nothing = {.fd = -1};
	int64_t until_ns = now_ns() + WALL_END_NS;

	if (session->push.fd < 0)
		return;
	digester_end(&session->digester);
	session->digester.input.running = false;
	session->digester.next_ns = 0;
	while (!digest_look(session) && now_ns() < until_ns)
		poll(&nothing, 1, 10);
	push_end(&session->push);
}

static int session_run(struct session *session, struct error *error)
{
	struct loop *loop = &session->loop;
	bool command = session->options->argv;

	loop->observer = session->observer;
	loop->control = session->control;
	loop->command = command ? &session->command : NULL;
	if (command) {
		loop->news = news_reader_new(session->command.news_fd);
		session->command.news_fd = -1;
		if (!loop->news)
			return error_set(error, "out of memory");
	}
	loop->environment = session->environment;
	loop->path = session->path;
	loop->lab = session->options->lab;
	loop->round = after_round;
	loop->context = session;
	digester_init(&session->digester, session->options->directory, session->directory_fd,
		DIGEST_LEAST_NS);
	if (session->options->ends.for_ns != 0)
		loop->until_ns = session->begun_ns + session->options->ends.for_ns;
	return loop_run(loop, error);
}

/* The last fact. Without COMMAND a signal is how a recording is ended. */
static int session_end(const struct session *session, int status, struct error *error)
{
	const struct loop *loop = &session->loop;
	struct recording_end end = {.t_ns = now_ns(),
		.how = status                                   ? END_ERROR
		       : loop->signal && session->options->argv ? END_SIGNAL
								: END_ORDERLY,
		.signal = loop->signal};
	struct error ending;

	if (status)
		snprintf(end.text, sizeof(end.text), "%s", error->text);
	if (recording_end(session->recording, &end, &ending) && !status)
		status = error_set(error, "%s", ending.text);
	return status;
}

static void session_close(struct session *session)
{
	if (session->options->argv)
		command_close(&session->command);
	control_close(session->control);
	observer_free(session->observer);
	news_reader_free(session->loop.news);
	relay_free(session->loop.relay);
	json_decref(session->environment);
	prompt_free(&session->prompt);
	push_end(&session->push);
	if (session->wall_fd >= 0)
		close(session->wall_fd);
	digester_end(&session->digester);
	free(session->path);
	if (session->directory_fd >= 0)
		close(session->directory_fd);
	if (session->loop.signal_fd >= 0)
		close(session->loop.signal_fd);
}

int record_run(
	const struct record_options *options, struct record_result *result, struct error *error)
{
	struct session session = {.options = options,
		.directory_fd = -1,
		.digester = {.fd = -1},
		.push = {.fd = -1},
		.wall_fd = -1,
		.loop = {.signal_fd = -1},
		.command = {.channel = -1, .guard_fd = -1}};
	struct observer_totals totals = {0};
	struct error closing;
	int status = -1;

	*result = (struct record_result){.status = 0};
	session.path = paths_programs();
	if (!session.path) {
		error_set(error, "out of memory");
		goto out;
	}
	if ((options->argv && command_find(&session.command, options->argv, session.path, error)) ||
		loop_signals(&session.loop, error))
		goto out;
	if (options->argv != NULL &&
		prompt_shell(&session.prompt, options->argv, options->directory, 1))
		session.command.argv = session.prompt.argv;
	status = session_open(&session, error);
	if (!status)
		greeting_print(options, session.command.mode);
	if (!status && options->lab)
		fprintf(stderr, _("tcpstate: recording %s in %s\n"), options->lab,
			options->directory);
	if (status || (options->argv && command_release(&session, error))) {
		status = -1;
		if (session.recording)
			session_discard(&session);
		goto out;
	}
	status = session_run(&session, error);
	status = session_end(&session, status, error);
	wall_end(&session);
	summary_print(&session);
	observer_totals(session.observer, &totals);
out:
	*result = (struct record_result){.packets = totals.packets,
		.status = session.loop.by_itself ? 0 : session.command.status,
		.checks = session.loop.checks,
		.mismatches = session.loop.mismatches,
		.planned = session.loop.planned,
		.interrupted = session.loop.interrupted};
	session_close(&session);
	if (recording_close(session.recording, status ? &closing : error))
		status = -1;
	return status;
}
