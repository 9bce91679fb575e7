/* tcpstate wait: blocks until the kernel holds as many sockets in the wanted states as a script
 * asks for. Polls with dumps of just those states: no event says that a socket has entered a state.
 */
#include "verbs.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "help.h"
#include "language.h"
#include "tcpstate/source.h"
#include "tcpstate/state.h"
#include "tcpstate/states_arg.h"
#include "tcpstate/lang.h"

enum {
	PAUSE_MIN_US = 1000,
	PAUSE_MAX_US = 20000,
	DUMP_TIMEOUT_MS = 10000,
	DEFAULT_TIMEOUT_S = 30,
	OPTION_TIMEOUT = 't'
};

struct options {
	double timeout_s;
	char **words;
	int word_count;
};

struct wait {
	struct options options;
	char *expression; /* FILTER, NULL none */
	struct filter *filter;
	struct diag *diag;
	struct states_arg *conditions;
	size_t condition_count;
	uint32_t mask;  /* all the conditions' states */
	int64_t recv_q; /* wanted: bytes unread in the sockets of all these states; -1: any */
	uint64_t unread;
	bool udp;
	/* sockets that match, by state */
	uint64_t tcp_held[STATE_MAX], udp_held[STATE_MAX];
};

static const struct argp_option option_table[] = {
	{"timeout", OPTION_TIMEOUT, "S", 0, N_("give up after S seconds (30; 0: look once)"), 0},
	{0},
};

static void parse_timeout(const char *text, struct options *options, struct argp_state *state)
{
	char *end;

	errno = 0;
	options->timeout_s = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !isfinite(options->timeout_s) ||
		options->timeout_s < 0 || options->timeout_s > 1e9)
		usage_error(state, "--timeout %s: not a number of seconds", text);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case OPTION_TIMEOUT:
		parse_timeout(argument, options, state);
		return 0;
	case ARGP_KEY_ARGS:
		options->words = state->argv + state->next;
		options->word_count = state->argc - state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "[FILTER] STATE[,STATE...][=N] ... [recv_q=N]",
	.doc = N_("Block until the kernel holds N sockets, no more and no less, in these states "
		  "together; without =N, at least one. recv_q=N: N bytes are unread in the sockets "
		  "of all these states. Several conditions must hold at the same time. Exit status "
		  "1 when the time is over.\n\n"
		  "FILTER is a pcap-filter expression about a socket, its local end being the "
		  "source. UDP sockets count only when FILTER says udp (UNCONN: not connected).\n"
		  "Example: tcpstate wait --timeout 5 src port 12345 LISTEN=1 "
		  "ESTABLISHED,SYN_RECV=4"),
};

/* Does a word that is no list of states look as if it were meant as one, and not as part of FILTER?
 */
static bool meant_as_condition(const char *word)
{
	size_t names = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-,0123456789");

	return strspn(word, "0123456789-") < names && (word[names] == '\0' || word[names] == '=');
}

/* "recv_q=N": 1; -1: no number; 0: another word. */
static int parse_recv_q(struct wait *wait, const char *word, struct error *error)
{
	static const char name[] = "recv_q=";
	const char *digits = word + sizeof(name) - 1;

	if (strncmp(word, name, sizeof(name) - 1) != 0)
		return 0;
	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0' || strlen(digits) > 10)
		return error_set(error, "%s: not a number of bytes", word);
	wait->recv_q = strtoll(digits, NULL, 10);
	return 1;
}

/* FILTER comes first, the conditions are the words at the end that are lists of states. */
static int parse_words(struct wait *wait, struct error *error)
{
	int first = wait->options.word_count;

	if (first == 0)
		return error_set(error, "a STATE to wait for is missing");
	wait->conditions = calloc((size_t)first, sizeof(*wait->conditions));
	if (wait->conditions == NULL)
		return error_set(error, "out of memory");
	while (first > 0) {
		struct states_arg condition;
		const char *word = wait->options.words[first - 1];

		int is_recv_q = parse_recv_q(wait, word, error);

		if (is_recv_q < 0)
			return -1;
		if (is_recv_q > 0) {
			first--;
			continue;
		}
		if (states_arg_parse(word, &condition, error) < 0) {
			if (first == wait->options.word_count || meant_as_condition(word))
				return -1;
			break;
		}
		wait->conditions[wait->condition_count++] = condition;
		wait->mask |= condition.mask;
		first--;
	}
	if (wait->condition_count == 0)
		return error_set(error, "recv_q of which STATE? as in: ESTABLISHED recv_q=5");
	wait->expression = verb_words(first, wait->options.words);
	for (int i = 0; i < first; i++)
		wait->udp = wait->udp || strstr(wait->options.words[i], "udp") != NULL;
	wait->filter = filter_new(wait->expression, true, error);
	return wait->filter != NULL ? 0 : -1;
}

static void take_row(void *context, const struct event *event)
{
	struct wait *wait = context;
	const struct sockrow *row = &event->u.diag.row;

	if (event->kind != EVENT_ROW || row->state >= STATE_MAX || !filter_row(wait->filter, row))
		return;
	if (row->key.protocol == IPPROTO_UDP)
		wait->udp_held[row->state]++;
	else
		wait->tcp_held[row->state]++;
	if (wait->mask & 1u << row->state)
		wait->unread += row->recv_q;
}

static int look(struct wait *wait, uint32_t mask, struct error *error)
{
	memset(wait->tcp_held, 0, sizeof(wait->tcp_held));
	memset(wait->udp_held, 0, sizeof(wait->udp_held));
	wait->unread = 0;
	return diag_dump_now(wait->diag, true, wait->udp, states_dump_mask(mask), DUMP_TIMEOUT_MS,
		take_row, wait, error);
}

static uint64_t held(const struct wait *wait, uint32_t mask)
{
	uint64_t count = 0;

	for (unsigned state = 0; state < STATE_MAX; state++)
		if (mask & 1u << state)
			count += wait->tcp_held[state] + wait->udp_held[state];
	return count;
}

static bool conditions_hold(const struct wait *wait, bool *exact)
{
	*exact = false;
	for (size_t i = 0; i < wait->condition_count; i++) {
		const struct states_arg *condition = &wait->conditions[i];
		uint64_t count = held(wait, condition->mask);

		if (condition->count < 0 ? count == 0 : count != (uint64_t)condition->count)
			return false;
		*exact = *exact || condition->count >= 0;
	}
	if (wait->recv_q >= 0 && wait->unread != (uint64_t)wait->recv_q)
		return false;
	return true;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 1: the conditions hold, 0: the time is over, -1: error. A dump is not atomic and may miss a
 * socket on the move: an exact number must be seen twice. */
static int wait_for_conditions(struct wait *wait, struct error *error)
{
	double end = seconds_now() + wait->options.timeout_s;
	long pause_us = PAUSE_MIN_US;

	for (;;) {
		bool exact;

		if (look(wait, wait->mask, error) < 0)
			return -1;
		if (conditions_hold(wait, &exact)) {
			if (!exact)
				return 1;
			if (look(wait, wait->mask, error) < 0)
				return -1;
			if (conditions_hold(wait, &exact))
				return 1;
		}
		if (seconds_now() >= end)
			return 0;
		nanosleep(&(struct timespec){.tv_nsec = pause_us * 1000}, NULL);
		pause_us = pause_us * 3 / 2 < PAUSE_MAX_US ? pause_us * 3 / 2 : PAUSE_MAX_US;
	}
}

/* "wanted LISTEN=1 ESTABLISHED (src port 12345), there is LISTEN 1, SYN_SENT 2": all states are
 * told, the socket may be in another one. */
static int report_timeout(struct wait *wait, struct error *error)
{
	char wanted[300] = "", there[300] = "", states[200];
	size_t used = 0;

	for (size_t i = wait->condition_count; i-- > 0 && used < sizeof(wanted);) {
		const struct states_arg *condition = &wait->conditions[i];

		used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, " %s",
			states_text(condition->mask, states, sizeof(states)));
		if (condition->count >= 0 && used < sizeof(wanted))
			used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "=%" PRId64,
				condition->count);
	}
	if (wait->recv_q >= 0 && used < sizeof(wanted))
		snprintf(wanted + used, sizeof(wanted) - used, " recv_q=%" PRId64, wait->recv_q);
	if (look(wait, DIAG_STATES_ALL, error) < 0)
		return -1;
	used = 0;
	for (unsigned state = 0; state < STATE_MAX; state++)
		for (int udp = 0; udp < 2; udp++) {
			uint64_t count = udp ? wait->udp_held[state] : wait->tcp_held[state];
			const char *name =
				udp && state == STATE_CLOSED ? "UNCONN" : state_name(state);

			if (count > 0 && used < sizeof(there))
				used += (size_t)snprintf(there + used, sizeof(there) - used,
					"%s%s%s %" PRIu64, used == 0 ? "" : ", ", udp ? "udp " : "",
					name, count);
		}
	if (wait->recv_q >= 0 && used < sizeof(there))
		snprintf(there + used, sizeof(there) - used, "%srecv_q %" PRIu64,
			used == 0 ? "" : ", ", wait->unread);
	return error_set(error, "timeout after %g s: wanted%s%s%s, there is %s",
		wait->options.timeout_s, wanted, wait->expression != NULL ? " of " : "",
		wait->expression != NULL ? wait->expression : "",
		used == 0 ? "no such socket in any state" : there);
}

/* What a script has waited for is in the recording, too: the recorder looks before we return. */
static void recorders_look(void)
{
	json_t *request =
		getenv("TCPSTATE_CONTROL") != NULL ? json_pack("{s:s}", "do", "look") : NULL;
	struct error error;
	char **paths = request != NULL ? control_paths(NULL, &error) : NULL;

	for (char **path = paths; path != NULL && *path != NULL; path++)
		/* one that has ended, or is older, does not matter here */
		json_decref(control_ask(*path, request, NULL, &error));
	if (paths != NULL)
		control_paths_free(paths);
	json_decref(request);
}

int verb_wait(int argc, char **argv)
{
	struct wait wait = {.options.timeout_s = DEFAULT_TIMEOUT_S, .recv_q = -1};
	struct error error;
	int status = STATUS_OK;

	verb_parse(&parser, argc, argv, &wait.options);
	if (parse_words(&wait, &error) < 0) {
		status = verb_misused(argv[0], &error);
	} else {
		int held_in_time;

		wait.diag = diag_open_live(NULL, &error);
		held_in_time = wait.diag != NULL ? wait_for_conditions(&wait, &error) : -1;
		if (held_in_time == 0)
			report_timeout(&wait, &error);
		if (held_in_time <= 0)
			status = verb_failed(argv[0], &error);
		else
			recorders_look();
	}
	diag_close(wait.diag);
	filter_free(wait.filter);
	free(wait.expression);
	free(wait.conditions);
	return status;
}
