/* What is asked of a running recorder over its control socket (control.h): marks, plans, checks, a
 * look at the sockets, how it goes, the way into its namespace. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "tcpstate/source.h"

static json_t *done(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static json_t *serve_mark(struct loop *loop, const json_t *request, struct error *error)
{
	const char *text = json_string_value(json_object_get(request, "text"));

	if (text == NULL)
		return control_refusal("mark without text");
	if (json_is_true(json_object_get(request, "failed"))) {
		char *fact = facts_failure(now_ns(), text);
		int failed = fact == NULL || observer_fact(loop->observer, fact, error) != 0 ||
			     observer_flush(loop->observer, error) != 0;

		free(fact);
		return failed ? NULL : done();
	}
	return observer_mark(
		       loop->observer, text, json_is_true(json_object_get(request, "trial")), error)
		       ? NULL
		       : done();
}

/* A plan is a promise of checks: a lab that keeps less than it promised has failed, however green
 * the rest is. */
static json_t *serve_plan(struct loop *loop, const json_t *request, struct error *error)
{
	json_int_t checks = json_integer_value(json_object_get(request, "checks"));
	char text[128];
	int64_t now = now_ns();

	if (checks <= 0)
		return control_refusal("a plan is a positive number of checks");
	loop->planned += (uint64_t)checks;
	snprintf(text, sizeof(text),
		"{\"type\":\"plan\",\"t\":\"%" PRId64 ".%09" PRId64 "\",\"checks\":%" PRId64 "}",
		now / 1000000000, now % 1000000000, (int64_t)checks);
	return observer_fact(loop->observer, text, error) || observer_flush(loop->observer, error)
		       ? NULL
		       : done();
}

static json_t *check_json(const struct check *check)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "name", check->name, "formula",
		check->formula, "predicted", check->predicted, "query", check->query, "measured",
		check->measured, "problem", check->problem, "match", check->match);
}

static json_t *serve_expect(struct loop *loop, const json_t *request, struct error *error)
{
	struct observer_look look;
	struct query_context context = {.observer = loop->observer,
		.look = &look,
		.since_mark = json_is_true(json_object_get(request, "since_mark")),
		.command = loop->command};
	json_t *asked = json_object_get(request, "checks"), *answers;

	if (!json_array_size(asked))
		return control_refusal("no check was asked for");
	if (observer_look(loop->observer, &look, error))
		return NULL;
	answers = json_array();
	for (size_t i = 0; i < json_array_size(asked); i++) {
		struct check *check = judge_check(&context, json_array_get(asked, i), request);
		bool failed = check == NULL || observer_check(loop->observer, check, error);

		if (!failed) {
			loop->checks++;
			loop->mismatches += !check->match;
			json_array_append_new(answers, check_json(check));
		}
		check_free(check);
		if (failed) {
			json_decref(answers);
			return NULL;
		}
	}
	if (observer_flush(loop->observer, error)) {
		json_decref(answers);
		return NULL;
	}
	return json_pack("{s:b,s:o}", "ok", 1, "checks", answers);
}

static json_t *serve_look(struct loop *loop, struct error *error)
{
	return observer_glance(loop->observer, error) ? NULL : done();
}

static json_t *serve_state(struct loop *loop)
{
	struct observer_totals totals;

	observer_totals(loop->observer, &totals);
	return json_pack("{s:b,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "ok", 1, "pid", getpid(), "netns",
		(json_int_t)netns_inode(), "packets", (json_int_t)totals.packets, "rows",
		(json_int_t)totals.rows, "connections", (json_int_t)totals.connections, "dropped",
		(json_int_t)totals.dropped, "checks", (json_int_t)loop->checks, "mismatches",
		(json_int_t)loop->mismatches);
}

static json_t *serve_enter(struct loop *loop, int *fd, struct error *error)
{
	static int netns_fd = -1;

	if (netns_fd < 0)
		netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (netns_fd < 0) {
		error_set(error, "/proc/self/ns/net: %s", strerror(errno));
		return NULL;
	}
	*fd = netns_fd;
	loop->entered++;
	return json_pack("{s:b,s:O,s:i,s:i}", "ok", 1, "environment", loop->environment, "number",
		(int)loop->entered + (loop->command != NULL), "init",
		loop->command != NULL && loop->command->contained ? (int)loop->command->init : 0);
}

json_t *loop_request(void *context, const json_t *request, int *fd)
{
	struct loop *loop = context;
	const char *what = json_string_value(json_object_get(request, "do"));
	struct error error = {.text = "out of memory"};
	json_t *reply;

	if (what == NULL)
		return control_refusal("a request says what to do");
	if (!strcmp(what, "mark"))
		reply = serve_mark(loop, request, &error);
	else if (!strcmp(what, "expect"))
		reply = serve_expect(loop, request, &error);
	else if (!strcmp(what, "plan"))
		reply = serve_plan(loop, request, &error);
	else if (!strcmp(what, "look"))
		reply = serve_look(loop, &error);
	else if (!strcmp(what, "state"))
		reply = serve_state(loop);
	else if (!strcmp(what, "enter"))
		reply = serve_enter(loop, fd, &error);
	else
		return control_refusal(
			"this recorder does not know that request; are the versions the same?");
	return reply != NULL ? reply : control_refusal(error.text);
}
