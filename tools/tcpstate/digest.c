/* See digest.h. */
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"
#include "tcpstate/finding.h"
#include "tcpstate/libpcap.h"
#include "tcpstate/prose.h"
#include "tcpstate/source.h"
#include "tcpstate/state.h"

enum { FINDINGS_TOLD = 6, TEXT_MAX = 320, ROUNDS_PER_COST = 20 };

/* ---- what it says ---- */

/* States that wait for somebody: ESTABLISHED and LISTEN are where sockets live, and TIME_WAIT ends
 * by itself. */
static bool is_waiting(unsigned state)
{
	return state < STATE_MAX && state != STATE_ESTABLISHED && state != STATE_LISTEN &&
	       state != STATE_TIME_WAIT && state != STATE_CLOSED && state != STATE_UNKNOWN;
}

static int64_t entered_ns(
	const struct model *model, const struct connection *connection, unsigned side)
{
	int64_t t_ns = connection->first_ns;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_TRANSITION &&
			model->transitions[step->index].record.side == side)
			t_ns = model->transitions[step->index].record.t_ns;
	}
	return t_ns;
}

struct stuck {
	unsigned state;
	uint16_t port; /* its own */
	int64_t since_ns;
};

static json_t *states_json(const struct model *model, struct stuck *stuck)
{
	size_t counts[STATE_MAX] = {0};
	json_t *object = json_object();

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		for (unsigned side = 0; side < 2; side++) {
			unsigned state = connection->ends[side].state;
			int64_t since;

			if ((connection->local_sides & 1U << side) == 0 || state >= STATE_MAX ||
				state == STATE_CLOSED || state == STATE_UNKNOWN)
				continue;
			counts[state]++;
			if (!is_waiting(state))
				continue;
			since = entered_ns(model, connection, side);
			if (stuck->since_ns == 0 || since < stuck->since_ns)
				*stuck = (struct stuck){.state = state,
					.port = ntohs(connection->key.port_be[side]),
					.since_ns = since};
		}
	}
	for (size_t i = 0; i < model->listener_count; i++)
		counts[STATE_LISTEN] += model->listeners[i].state == STATE_LISTEN;
	for (unsigned state = 0; state < STATE_MAX; state++)
		if (counts[state] > 0)
			json_object_set_new(
				object, state_name(state), json_integer((json_int_t)counts[state]));
	return object;
}

static json_t *findings_json(const struct model *model, struct finding_set *set)
{
	json_t *list = json_array();
	char text[TEXT_MAX];

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];
		bool told = finding_set_has(set, finding->code);

		finding_set_add(set, finding->code);
		if (told || json_array_size(list) == FINDINGS_TOLD)
			continue;
		prose_finding_headline(finding, text, sizeof(text));
		json_array_append_new(
			list, json_pack("{s:s,s:s%}", "finding", finding_word(finding->code),
				      "text", text, strlen(text)));
	}
	return list;
}

static json_t *stuck_json(const struct stuck *stuck, int64_t now)
{
	if (stuck->since_ns == 0)
		return json_null();
	return json_pack("{s:s,s:i,s:I}", "state", state_name(stuck->state), "port",
		(int)stuck->port, "ms", (json_int_t)((now - stuck->since_ns) / 1000000));
}

static json_t *model_json(const struct model *model, bool running, struct digest *digest)
{
	struct stuck stuck = {.since_ns = 0};
	int64_t now = model->runs[0].last_ns;
	json_t *states = states_json(model, &stuck);

	digest->findings = (struct finding_set){{0}};
	/* of one that runs nothing need have happened since: what is stuck is so until now */
	return json_pack("{s:b,s:I,s:I,s:o,s:I,s:I,s:o,s:o}", "running", (int)running, "packets",
		(json_int_t)model->runs[0].packets, "connections",
		(json_int_t)model->connection_total, "states", states, "checks",
		(json_int_t)model->check_count, "passed",
		(json_int_t)(model->check_count - model->checks_failed), "findings",
		findings_json(model, &digest->findings), "stuck",
		stuck_json(&stuck, running ? now_ns() : now));
}

int digest_make(const struct replay_input *input, struct digest *digest, struct error *error)
{
	struct model *model = model_new();
	json_t *json = NULL;
	char *text = NULL;
	int status = model != NULL ? replay_run(model, input, NULL, error)
				   : error_set(error, "out of memory");

	if (status == 0 && model_finish(model) != 0)
		status = error_set(error, "out of memory");
	if (status == 0) {
		json = model_json(model, input->running, digest);
		text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
		if (text == NULL || strlen(text) >= sizeof(digest->json))
			status = error_set(error, "%s: too much to say", input->name);
		else
			strcpy(digest->json, text);
	}
	free(text);
	json_decref(json);
	model_free(model);
	return status;
}

/* ---- the process beside the recorder ---- */

void digester_init(struct digester *digester, const char *name, int directory_fd, int64_t least_ns)
{
	*digester = (struct digester){
		.input = {.name = name, .directory_fd = directory_fd, .running = true},
		.fd = -1,
		.least_ns = least_ns};
}

struct making {
	const struct replay_input *input;
	int fd;
};

/* sandbox_work */
static int make_and_write(void *context, struct error *error)
{
	static struct digest digest;
	const struct making *making = context;

	if (digest_make(making->input, &digest, error) != 0)
		return -1;
	return write(making->fd, &digest, sizeof(digest)) == (ssize_t)sizeof(digest) ? 0 : -1;
}

static void __attribute__((noreturn)) work(const struct digester *digester, int fd)
{
	struct making making = {.input = &digester->input, .fd = fd};
	struct error error;
	int null;

	signal(SIGPIPE, SIG_DFL);
	setpriority(PRIO_PROCESS, 0, 10);
	/* what goes wrong now may be right in the next round: nobody is told */
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(null, STDERR_FILENO);
	libpcap_load(NULL); /* before a sandbox */
	_exit((digester->stranger ? sandbox_run(make_and_write, &making, &digester->input.name, 1,
					    &error)
				  : make_and_write(&making, &error)) != 0);
}

static void round_begin(struct digester *digester, int64_t now_ns)
{
	int ends[2];
	pid_t pid;

	digester->started_ns = now_ns;
	digester->next_ns = now_ns + digester->least_ns;
	digester->used = 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	fcntl(ends[1], F_SETFL, 0);
	pid = fork();
	if (pid == 0)
		work(digester, ends[1]);
	close(ends[1]);
	if (pid > 0)
		digester->fd = ends[0];
	else
		close(ends[0]);
}

bool digester_pump(struct digester *digester, int64_t now_ns)
{
	ssize_t got = 0;
	int64_t cost_ns;

	if (digester->fd < 0) {
		if (now_ns >= digester->next_ns)
			round_begin(digester, now_ns);
		return false;
	}
	while (digester->used < sizeof(digester->coming) &&
		(got = read(digester->fd, (char *)&digester->coming + digester->used,
			 sizeof(digester->coming) - digester->used)) > 0)
		digester->used += (size_t)got;
	if (digester->used < sizeof(digester->coming) && (got != 0 && errno == EAGAIN))
		return false;
	close(digester->fd);
	digester->fd = -1;
	cost_ns = ROUNDS_PER_COST * (now_ns - digester->started_ns);
	if (digester->started_ns + cost_ns > digester->next_ns)
		digester->next_ns = digester->started_ns + cost_ns;
	if (digester->used < sizeof(digester->coming))
		return false;
	digester->last = digester->coming;
	return true;
}

void digester_end(struct digester *digester)
{
	if (digester->fd >= 0)
		close(digester->fd);
	digester->fd = -1;
}
