/* See ends.h. */
#include "ends.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail_on.h"
#include "language.h"
#include "nearest.h"
#include "tcpstate/finding.h"
#include "tcpstate/state.h"
#include "tcpstate/states_arg.h"
#include "tcpstate/lang.h"

int64_t ends_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds > 0) || seconds > 1e9)
		return 0;
	return (int64_t)llround(seconds * 1e9);
}

/* As findings are, so are states answered with the nearest name. */
static void similar(const char *word, char *out, size_t size)
{
	const char *names[STATE_MAX], *name;
	size_t count = 0;

	for (unsigned state = 0; state < STATE_MAX; state++)
		if (state != STATE_UNKNOWN)
			names[count++] = state_name(state);
	name = nearest(word, names, count);
	if (name != NULL)
		snprintf(out, size, "%s", name);
	else
		fail_on_similar(word, out, size);
}

static void parse_word(struct ends *ends, const char *word, const struct argp_state *state)
{
	struct states_arg states;
	struct error error;
	char meant[512];

	if (fail_on_word(word, &ends->findings))
		return;
	if (states_arg_parse(word, &states, &error) == 0) {
		if (states.count >= 0)
			usage_error(state, "--until %s: states without a number", word);
		ends->states |= states.mask;
		return;
	}
	similar(word, meant, sizeof(meant));
	if (*meant != '\0')
		usage_error(state, "--until %s: neither a state nor a finding; did you mean %s?",
			word, meant);
	usage_error(state,
		"--until %s: neither a state nor a finding; states are LISTEN, SYN_SENT, ..., "
		"findings those of docs/findings.md (close_wait_held, ...)",
		word);
}

void ends_until(struct ends *ends, char *text, const struct argp_state *state)
{
	char *copy = strdup(text), *rest = copy, *word;

	if (copy == NULL)
		usage_error(state, "--until: %s", strerror(errno));
	ends->until_text = text;
	while ((word = strsep(&rest, ",")) != NULL)
		parse_word(ends, word, state);
	free(copy);
}

bool ends_record(const struct ends *ends, const struct record *record, int64_t from_ns)
{
	return record->kind == RECORD_TRANSITION && record->t_ns >= from_ns &&
	       (ends->states & 1U << record->to) != 0;
}
