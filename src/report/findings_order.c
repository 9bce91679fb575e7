/* The order in which findings are told: by weight, of a kind the longest first, and a cause before
 * its effect. */
#include <stdlib.h>
#include <string.h>

#include "findings.h"

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	unsigned heavier = finding_weight(a->code), lighter = finding_weight(b->code);

	if (heavier != lighter)
		return heavier > lighter ? -1 : 1;
	if (a->code != b->code)
		return a->code - b->code;
	/* who waits itself for another is told behind that other */
	bool later = a->phrase[1] == PHRASE_UPSTREAM, later_b = b->phrase[1] == PHRASE_UPSTREAM;
	if (later != later_b)
		return later - later_b;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	if (a->run != b->run)
		return a->run - b->run;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->side != b->side)
		return a->side - b->side;
	return memcmp(&a->key, &b->key, sizeof(a->key));
}

/* How long what the finding tells of lasted; 0: it has no duration. */
static int64_t lasted_ms(const struct finding *finding)
{
	static const char *const durations[] = {"held_ms", "waited_ms", "longest_ms", "silent_ms"};

	for (int k = 0; k < FINDING_ARGS; k++)
		for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
			if (strcmp(finding_argument(finding->code, k), durations[i]) == 0)
				return finding->arg[k];
	return 0;
}

/* The verdict's clause about a kind is that of its first finding: of those that lasted, the one
 * that lasted longest, by a quarter at least, comes before the others. */
static void longest_first(struct finding *findings, size_t count)
{
	size_t longest = 0;

	for (size_t i = 1; i < count; i++)
		if (lasted_ms(&findings[i]) > lasted_ms(&findings[longest]))
			longest = i;
	if (longest == 0 || lasted_ms(&findings[longest]) < lasted_ms(&findings[0]) * 5 / 4)
		return;
	struct finding first = findings[longest];
	memmove(findings + 1, findings, longest * sizeof(*findings));
	findings[0] = first;
}

/* The block of a kind; false: there is none. */
static bool block_of(const struct model *model, unsigned code, size_t *first, size_t *end)
{
	for (*first = 0; *first < model->finding_count; (*first)++)
		if (model->findings[*first].code == code)
			break;
	for (*end = *first; *end < model->finding_count && model->findings[*end].code == code;)
		(*end)++;
	return *end > *first;
}

static bool of_same_end(const struct finding *effect, const struct finding *cause)
{
	return effect->index == cause->index && effect->side == cause->side &&
	       cause->about == FINDING_OF_CONNECTION;
}

/* The program of this end left a request unread before, and so never came to the end of the stream
 * behind it. */
static bool unread_before(const struct finding *effect, const struct finding *cause)
{
	int unread = cause->code == FINDING_ANSWERED_LATE ? 3 : 2;

	return of_same_end(effect, cause) && cause->arg[unread] > 0 && cause->t_ns < effect->t_ns;
}

/* What this end was slow to answer came before. */
static bool late_before(const struct finding *effect, const struct finding *cause)
{
	return of_same_end(effect, cause) && cause->t_ns < effect->t_ns;
}

/* The other end closed with bytes unread, which had come late: the answer, when it was tired of
 * waiting. */
static bool came_late(const struct finding *effect, const struct finding *cause)
{
	return effect->index == cause->index && effect->side != cause->side &&
	       cause->t_ns < effect->t_ns && cause->about == FINDING_OF_CONNECTION;
}

/* A client had waited in the queue of that listener before it closed. */
static bool in_its_queue(const struct finding *effect, const struct finding *cause)
{
	return effect->about == FINDING_OF_LISTENER && effect->index == cause->queue_of &&
	       cause->t_ns < effect->t_ns;
}

/* A call upon -1, the result of the socket() that had failed. */
static bool upon_nothing(const struct finding *effect, const struct finding *cause)
{
	return effect->phrase[0] == PHRASE_NO_DESCRIPTOR && effect->run == cause->run &&
	       cause->t_ns <= effect->t_ns;
}

/* The process that held CLOSE_WAIT was kept waiting on another connection, by an end that did not
 * answer or not read: when that was over, so was this. */
static bool busy_elsewhere(const struct finding *effect, const struct finding *cause)
{
	const int64_t near_ms = 500;
	/* a window is told when it opens */
	int64_t lasted = cause->code == FINDING_ZERO_WINDOW_HELD ? 0 : lasted_ms(cause),
		effect_ms = effect->t_ns / WATCH_NS_PER_MS + lasted_ms(effect),
		cause_ms = cause->t_ns / WATCH_NS_PER_MS + lasted,
		began_ms = cause_ms - lasted_ms(cause);

	return cause->about == FINDING_OF_CONNECTION && effect->run == cause->run &&
	       effect->index != cause->index && effect->arg[1] != 0 &&
	       effect->arg[1] == cause->peer_pid && began_ms < effect->t_ns / WATCH_NS_PER_MS &&
	       llabs(effect_ms - cause_ms) <= near_ms;
}

/* Both cite one packet: the RST that a process was told of by SIGPIPE. */
static bool same_packet(const struct finding *effect, const struct finding *cause)
{
	for (size_t i = 0; i < FINDING_CITED; i++)
		for (size_t k = 0; k < FINDING_CITED && effect->evidence.frame[i] != 0; k++)
			if (effect->run == cause->run &&
				effect->evidence.frame[i] == cause->evidence.frame[k])
				return true;
	return false;
}

/* SIGPIPE without a peer that had closed: the program wrote to a socket without a connection, as a
 * call of its own upon such a one had told it before, or what it said. */
static bool of_no_connection(const struct finding *effect, const struct finding *cause)
{
	const int64_t near_ns = 1000 * (int64_t)WATCH_NS_PER_MS;
	size_t length = strlen(effect->text[0]);
	bool calls =
		cause->code == FINDING_BIND_FAILED &&
		(cause->phrase[0] == PHRASE_IS_LISTENER || cause->phrase[0] == PHRASE_WAS_REFUSED ||
			cause->phrase[0] == PHRASE_NEVER_CONNECTED) &&
		strncmp(cause->text[0], effect->text[0], length) == 0 &&
		cause->text[0][length] == ':';
	bool said = cause->code == FINDING_PROGRAM_SAID &&
		    cause->phrase[1] == PHRASE_SAID_NOT_CONNECTED &&
		    effect->t_ns - cause->t_ns < near_ns;

	return strcmp(effect->text[1], "SIGPIPE") == 0 && effect->run == cause->run &&
	       cause->t_ns <= effect->t_ns && (calls || said);
}

/* Findings that may be effects of another though they weigh more. */
static const struct effect {
	uint16_t code, cause;
	bool (*because)(const struct finding *effect, const struct finding *cause);
} effects[] = {
	{FINDING_CLOSE_WAIT_HELD, FINDING_NEVER_ANSWERED, late_before},
	{FINDING_CLOSE_WAIT_HELD, FINDING_ANSWERED_LATE, unread_before},
	{FINDING_CLOSE_WAIT_HELD, FINDING_ANSWER_UNREAD, unread_before},
	{FINDING_CLOSE_WAIT_HELD, FINDING_NEVER_ANSWERED, busy_elsewhere},
	{FINDING_CLOSE_WAIT_HELD, FINDING_ZERO_WINDOW_HELD, busy_elsewhere},
	{FINDING_CLIENT_LEFT, FINDING_NEVER_ANSWERED, late_before},
	{FINDING_CLIENT_LEFT, FINDING_ANSWERED_LATE, late_before},
	{FINDING_UNREAD_AT_CLOSE, FINDING_ANSWERED_LATE, came_late},
	{FINDING_ENDED_BY_SIGPIPE, FINDING_END_ANSWERED, same_packet},
	{FINDING_LISTENER_CLOSED_ON, FINDING_NEVER_ACCEPTED, in_its_queue},
	{FINDING_BIND_FAILED, FINDING_SOCKET_FAILED, upon_nothing},
	{FINDING_PROCESS_DIED, FINDING_BIND_FAILED, of_no_connection},
	{FINDING_PROCESS_DIED, FINDING_PROGRAM_SAID, of_no_connection},
};

static bool has_cause(const struct effect *effect, const struct finding *finding,
	const struct finding *causes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (effect->because(finding, &causes[i]))
			return true;
	return false;
}

enum { PAIRS_MAX = 1000000 };

static void reverse(struct finding *findings, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct finding first = findings[i];

		findings[i] = findings[count - 1 - i];
		findings[count - 1 - i] = first;
	}
}

/* The cause comes first: where each finding of a kind is the effect of one of another kind, that
 * kind is told before. Each is looked for among the others: of thousands the first kind stays the
 * first. */
static void cause_first(struct model *model, const struct effect *effect)
{
	size_t first, first_end, cause, cause_end;

	if (!block_of(model, effect->code, &first, &first_end) ||
		!block_of(model, effect->cause, &cause, &cause_end) || cause < first_end ||
		(uint64_t)(first_end - first) * (cause_end - cause) > PAIRS_MAX)
		return;
	for (size_t i = first; i < first_end; i++)
		if (!has_cause(effect, &model->findings[i], &model->findings[cause],
			    cause_end - cause))
			return;
	/* the two blocks, and what is between them, turned round, and each of the two back */
	reverse(model->findings + first, cause_end - first);
	reverse(model->findings + first, cause_end - cause);
	reverse(model->findings + first + (cause_end - cause), cause - first);
}

void findings_order(struct model *model)
{
	if (model->finding_count == 0)
		return;
	qsort(model->findings, model->finding_count, sizeof(*model->findings), compare_findings);
	for (size_t i = 0, end = 0; i < model->finding_count; i = end) {
		while (end < model->finding_count &&
			model->findings[end].code == model->findings[i].code)
			end++;
		longest_first(model->findings + i, end - i);
	}
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		cause_first(model, &effects[i]);
}
