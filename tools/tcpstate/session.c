/* A recording from beginning to end: seal, open the sources, write the manifest, let COMMAND run,
 * and leave a complete recording however it ends. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "digest.h"
#include "greeting.h"
#include "guest.h"
#include "loop.h"
#include "news.h"
#include "privileges.h"
#include "routes.h"
#include "sysctls.h"
#include "tcpstate/escape.h"
#include "tcpstate/lang.h"
#include "terminal.h"

struct session {
	const struct record_options *options;
	struct guest guest; /* COMMAND; without it only its mode and invoker are used */
	struct recording *recording;
	struct observer *observer;
	struct control *control;
	struct loop loop;
	int directory_fd;
	int64_t started_ns;
	struct digester digester; /* of --until FINDING, and of the wall */
	struct push push;
	int wall_fd;      /* of wall.json */
	int64_t begun_ns; /* the first look is over: what it showed has not happened since */
};

/* between two looks at what is recorded so far; how long the last one may take */
static const int64_t DIGEST_LEAST_NS = INT64_C(200000000), WALL_END_NS = INT64_C(3000000000);

/* --sysctl is for namespaces that were made for the purpose: a sealed one, --netns, or the one a
 * sealed COMMAND is in already. */
static int sysctls_apply(const struct session *session, struct error *error)
{
	const struct record_options *options = session->options;
	const char *ours = getenv("TCPSTATE_NETNS");

	if (options->sysctl_count && session->guest.command.mode == SEALED_HERE &&
		(ours == NULL || strtoull(ours, NULL, 10) != netns_inode()))
		return error_set(error, "--sysctl would change this machine's network; run COMMAND "
					"sealed, without --here, or set it yourself (sysctl -w)");
	for (size_t i = 0; i < options->sysctl_count; i++)
		if (sysctl_set(options->sysctls[i], error))
			return -1;
	return 0;
}

/* ---- the manifest ---- */

/* What is not UTF-8 is made visible. */
static json_t *text_json(const char *text)
{
	json_t *string = json_string(text);
	char *safe = string == NULL ? escape_new(text) : NULL;

	if (safe != NULL)
		string = json_string(safe);
	free(safe);
	return string;
}

static json_t *strings(const char *const *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count && list[i] != NULL; i++)
		json_array_append_new(array, text_json(list[i]));
	return array;
}

static json_t *sysctls_set_json(const struct record_options *options)
{
	json_t *object = json_object();

	for (size_t i = 0; i < options->sysctl_count; i++) {
		const char *text = options->sysctls[i], *value = strchr(text, '=');
		char name[256];

		snprintf(name, sizeof(name), "%.*s", (int)(value - text), text);
		json_object_set_new(object, name, text_json(value + 1));
	}
	return object;
}

static void put_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && *text)
		json_object_set_new(object, key, text_json(text));
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
	if (options->lab_summary != NULL && *options->lab_summary)
		put_text(manifest, "lab_summary", options->lab_summary);
	if (options->argv != NULL)
		json_object_set_new(
			manifest, "command", strings((const char *const *)options->argv, SIZE_MAX));
	json_object_set_new(manifest, "namespace", json_integer((json_int_t)netns_inode()));
	json_object_set_new(
		manifest, "sealed", json_string(sealed_mode_word(session->guest.command.mode)));
	put_text(manifest, "sealed_note", session->guest.command.note);
	put_text(manifest, "processes", session->guest.command.contained ? "pid+mount" : NULL);
	put_text(manifest, "processes_note", session->guest.command.loose);
	put_text(manifest, "netns", options->netns);
	json_object_set_new(manifest, "interface",
		text_json(options->interface != NULL ? options->interface : "any"));
	put_text(manifest, "filter", options->filter);
	if (options->ring_bytes != 0)
		json_object_set_new(manifest, "ring",
			json_pack("{s:I,s:i}", "bytes", (json_int_t)options->ring_bytes, "files",
				(int)options->ring_pieces));
	json_object_set_new(
		manifest, "addresses", addresses_json(observer_addresses(session->observer)));
	json_object_set_new(manifest, "sysctls_set", sysctls_set_json(options));
	json_object_set_new(manifest, "sysctls", sysctls_that_matter());
	return manifest;
}

static int manifest_write(const struct session *session, struct error *error)
{
	json_t *manifest = manifest_build(session);
	char *text = manifest != NULL ? json_dumps(manifest, JSON_COMPACT) : NULL;
	int result = text != NULL ? recording_fact(session->recording, text, error)
				  : error_set(error, "out of memory");

	free(text);
	json_decref(manifest);
	return result;
}

/* ---- the session ---- */

/* The control socket is its user's who made it: a recorder that becomes the invoking user does so
 * first; one that keeps its uid may lose the right to write into the directory. */
static int privileges_and_control(struct session *session, struct error *error)
{
	const struct invoker *invoker = &session->guest.command.invoker;
	enum sealed_mode mode = session->guest.command.mode;
	bool with_command = session->options->argv != NULL;

	bool becomes = privileges_become(invoker, mode, with_command);

	if (becomes && privileges_drop(invoker, mode, with_command, error))
		return -1;
	session->control =
		control_new(session->directory_fd, session->options->directory, invoker, error);
	if (session->control == NULL)
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

/* What calls tell of output names who wrote it; without them, or where all of it is to be kept, the
 * recorder keeps what passes. */
static struct guest_options guest_options_of(const struct record_options *options)
{
	struct guest_options guest = {.netns = options->netns,
		.here = options->here,
		.argv = options->argv,
		.directory = options->directory,
		.calls = options->calls,
		.relay = !options->calls.on || options->keep_output,
		.terminal = options->keep_output};

	guest.calls.output = guest.calls.output && !guest.relay;
	return guest;
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
	struct guest_options guest = guest_options_of(options);

	if (wall_begin(session, error) != 0 || guest_enter(&session->guest, &guest, error) != 0 ||
		sysctls_apply(session, error) ||
		(session->options->default_route && route_to_nowhere(error)))
		return -1;
	privileges_of_files(&session->guest.command.invoker, true);
	session->recording = recording_create(options->directory, error);
	bool ring = session->recording == NULL || options->ring_bytes == 0 ||
		    recording_ring(session->recording, options->ring_bytes, options->ring_pieces,
			    error) == 0;
	privileges_of_files(&session->guest.command.invoker, false);
	if (session->recording == NULL || !ring)
		return -1;
	session->directory_fd =
		fcntl(recording_directory_fd(session->recording), F_DUPFD_CLOEXEC, 0);
	if (options->calls.on && recording_add_calls(session->recording, error))
		return -1;
	if (session->guest.command.invoker.sudo &&
		recording_chown(session->recording, session->guest.command.invoker.uid,
			session->guest.command.invoker.gid, error))
		return -1;
	observing.recording = session->recording;
	observing.calls = options->calls.on;
	observing.own = guest_sealed(&session->guest);
	if (options->ends.states != 0)
		observing.also = (struct emit){on_record, session};
	session->started_ns = now_ns();
	session->observer = observer_new(&observing, error);
	if (session->observer == NULL || manifest_write(session, error) ||
		observer_start(session->observer, session->started_ns, error))
		return -1;
	session->begun_ns = now_ns();
	if (session->push.fd >= 0) {
		privileges_of_files(&session->guest.command.invoker, true);
		session->wall_fd = openat(session->directory_fd, "wall.json",
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
		privileges_of_files(&session->guest.command.invoker, false);
	}
	return guest_environment(&session->guest, &guest, error) != 0
		       ? -1
		       : privileges_and_control(session, error);
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
	privileges_of_files(&session->guest.command.invoker, true);
	if (session->wall_fd >= 0)
		unlinkat(session->directory_fd, "wall.json", 0);
	recording_discard(session->recording);
	privileges_of_files(&session->guest.command.invoker, false);
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
	if (totals.lost_rows)
		fprintf(stderr, _(", %" PRIu64 " answers of sock_diag lost"), totals.lost_rows);
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

	if ((finding_set_empty(&ends->findings) && session->push.fd < 0) ||
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

	if (digest_look(session) && finding_sets_meet(&session->digester.last.findings,
					    &session->options->ends.findings))
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
	bool command = session->options->argv != NULL;

	loop->observer = session->observer;
	loop->control = session->control;
	loop->command = command ? &session->guest.command : NULL;
	if (command) {
		loop->news = news_reader_new(session->guest.command.news_fd);
		session->guest.command.news_fd = -1;
		if (loop->news == NULL)
			return error_set(error, "out of memory");
	}
	loop->environment = session->guest.environment;
	loop->relay = session->guest.relay;
	loop->lab = session->options->lab != NULL;
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
		.how = status                                           ? END_ERROR
		       : loop->signal && session->options->argv != NULL ? END_SIGNAL
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
	guest_close(&session->guest);
	control_close(session->control);
	observer_free(session->observer);
	news_reader_free(session->loop.news);
	push_end(&session->push);
	if (session->wall_fd >= 0)
		close(session->wall_fd);
	digester_end(&session->digester);
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
		.loop = {.signal_fd = -1, .wake_fd = -1},
		.guest = GUEST_NONE};
	struct guest_options guest = guest_options_of(options);
	struct observer_totals totals = {0};
	struct error closing;
	int status = -1;

	*result = (struct record_result){.status = 0};
	if (guest_find(&session.guest, &guest, error) != 0 || loop_signals(&session.loop, error))
		goto out;
	status = session_open(&session, error);
	if (!status)
		greeting_print(options, session.guest.command.mode);
	if (!status && options->lab != NULL)
		terminal_say(_("tcpstate: recording %s in %s"), options->lab, options->directory);
	if (status ||
		(options->argv != NULL && guest_go(&session.guest, session.directory_fd, error))) {
		status = -1;
		if (session.recording != NULL)
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
		.status = session.loop.by_itself ? 0 : session.guest.command.status,
		.checks = session.loop.checks,
		.mismatches = session.loop.mismatches,
		.planned = session.loop.planned,
		.interrupted = session.loop.interrupted};
	session_close(&session);
	if (recording_close(session.recording, status ? &closing : error))
		status = -1;
	return status;
}
