/* Who kept a socket in the state that a finding is about: of all that held its descriptor those who
 * did so to the end, or most of the time; and whether it is a parent's copy, left after fork(). */
#include <stdio.h>
#include <string.h>

#include "findings.h"

/* The end of a process and that of its sockets are not seen at once. */
enum { KEPT_SLACK_MS = 20 };

/* Of the intervals of one process, which begin at `at`, the one that covers most of this time: it
 * may have let go in between, or been another program (exec). NULL: none of them. next: behind
 * them. */
static const struct holder *holder_during(const struct holder *first, size_t count, size_t at,
	size_t *next, int64_t from_ns, int64_t to_ns)
{
	const struct holder *best = NULL;
	int64_t most_ns = -1;

	for (*next = at; *next < count && first[*next].owner.pid == first[at].owner.pid; ++*next) {
		const struct holder *holder = &first[*next];
		int64_t since_ns = holder->from_ns > from_ns ? holder->from_ns : from_ns;
		int64_t until_ns = holder->to_ns < to_ns ? holder->to_ns : to_ns;

		if (until_ns - since_ns > most_ns) {
			most_ns = until_ns - since_ns;
			best = holder;
		}
	}
	return best;
}

static bool is_end_of(const struct model_exit *end, const struct holder *holder)
{
	return end->run == holder->run &&
	       (end->exit.pid == holder->owner.pid || end->exit.host_pid == holder->owner.pid);
}

/* It was ended by tcpstate when the recording was over. */
static bool ended_by_recorder(const struct model *model, const struct holder *holder)
{
	for (size_t i = 0; holder->ended && i < model->exit_count; i++)
		if (model->exits[i].exit.by_recorder && is_end_of(&model->exits[i], holder))
			return true;
	return false;
}

/* Did it keep the socket in this state? It held it to the end, or most of the time. Who closed its
 * copy soon, or was given one in passing (a child for another client), did not. held_ns: until when
 * it held it, surely or perhaps. */
static bool kept_it(const struct holder *holder, int64_t held_ns, int64_t from_ns, int64_t to_ns)
{
	int64_t since_ns = holder->from_ns > from_ns ? holder->from_ns : from_ns;
	int64_t until_ns = held_ns < to_ns ? held_ns : to_ns;

	return held_ns >= to_ns - KEPT_SLACK_MS * (int64_t)WATCH_NS_PER_MS ||
	       until_ns - since_ns > (to_ns - from_ns) / 2;
}

static void add_name(char *names, const struct owner *owner)
{
	size_t used = strlen(names);

	snprintf(names + used, FINDING_TEXT - used, "%s%s[%u]", used > 0 ? "\n" : "",
		owner->program, owner->pid);
}

bool holder_accepts(const struct model *model, const struct connection *connection, int side,
	const struct holder *holder)
{
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run == connection->run && at->has_owner &&
			at->owner.pid == holder->owner.pid &&
			at->key.port_be[0] == connection->key.port_be[side])
			return true;
	}
	return false;
}

/* A child of the one who kept it: it runs the same program and had its copy later (one scan may
 * meet both: then by their numbers). Who held sockets before the connection came was there already:
 * this one was passed to it (SCM_RIGHTS). */
static bool is_child(const struct model *model, const struct connection *connection,
	const struct holder *child, const struct holder *parent)
{
	if (child->owner.pid == parent->owner.pid || child->from_ns < parent->from_ns ||
		(child->from_ns == parent->from_ns && child->owner.pid < parent->owner.pid) ||
		strcmp(child->owner.program, parent->owner.program) != 0)
		return false;
	for (size_t i = 0; i < model->holder_count; i++)
		if (model->holders[i].run == child->run &&
			model->holders[i].owner.pid == child->owner.pid &&
			model->holders[i].from_ns < connection->first_ns)
			return false;
	return true;
}

/* A holder that ended while the state lasted: a scan may have met it between its close() and its
 * end, where no call tells of the close(). */
static bool has_ended(const struct model *model, const struct holder *holder, int64_t to_ns)
{
	bool told = holder->ended || holder->gone_ns <= holder->to_ns; /* by its end, or a call */

	for (size_t i = 0; i < model->exit_count && !told; i++)
		if (is_end_of(&model->exits[i], holder) && model->exits[i].t_ns >= holder->to_ns &&
			model->exits[i].t_ns < to_ns)
			return true;
	return holder->ended;
}

/* The server kept its copy after fork(), the child whose client it was did not: the first child. */
static void finding_parent(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, const struct holder *parent, int64_t to_ns)
{
	const struct holder *first, *child = NULL;
	size_t count =
		model_holders(model, connection->run, connection->ends[side].owner.inode, &first);

	for (size_t i = 0; i < count && holder_accepts(model, connection, side, parent); i++)
		if (first[i].to_ns < to_ns && is_child(model, connection, &first[i], parent) &&
			(child == NULL || first[i].from_ns < child->from_ns))
			child = &first[i];
	if (child == NULL)
		return;
	snprintf(finding->text[1], FINDING_TEXT, "%s[%u]\n%s[%u]", parent->owner.program,
		parent->owner.pid, child->owner.program, child->owner.pid);
	finding->phrase[1] =
		has_ended(model, child, to_ns) ? PHRASE_PARENT_KEPT_ENDED : PHRASE_PARENT_KEPT;
}

/* A program that was started with a copy (no close-on-exec) kept it, when who had accepted the
 * connection had closed its own. */
static void finding_starter(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, const struct holder *kept, int64_t to_ns)
{
	const struct holder *first;
	size_t count =
		model_holders(model, connection->run, connection->ends[side].owner.inode, &first);

	for (size_t i = 0; i < count && !holder_accepts(model, connection, side, kept); i++) {
		if (first[i].owner.pid == kept->owner.pid || first[i].ended ||
			first[i].to_ns >= to_ns || first[i].from_ns > kept->from_ns ||
			strcmp(first[i].owner.program, kept->owner.program) == 0 ||
			!holder_accepts(model, connection, side, &first[i]))
			continue;
		snprintf(finding->text[1], FINDING_TEXT, "%s[%u]\n%s[%u]", first[i].owner.program,
			first[i].owner.pid, kept->owner.program, kept->owner.pid);
		finding->phrase[1] = PHRASE_STARTED_KEPT;
		return;
	}
}

/* Everybody who kept the descriptor while the state lasted; who of them had ended before its end is
 * said. */
void finding_holders(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t from_ns, int64_t to_ns)
{
	const struct holder *first, *only = NULL;
	size_t count =
		model_holders(model, connection->run, connection->ends[side].owner.inode, &first);
	char *names = finding->text[0], *ended = finding->text[1], perhaps[FINDING_TEXT] = "";
	int64_t last_ns = 0; /* who let go last has ended the state by that */
	size_t told = 0;

	for (size_t i = 0; i < count; i++)
		last_ns = first[i].to_ns > last_ns ? first[i].to_ns : last_ns;
	for (size_t i = 0, next = 0; i < count; i = next) {
		const struct holder *holder = holder_during(first, count, i, &next, from_ns, to_ns);

		if (holder != NULL && !kept_it(holder, holder->to_ns, from_ns, to_ns) &&
			kept_it(holder, holder->gone_ns, from_ns, to_ns))
			add_name(perhaps, &holder->owner);
		if (holder == NULL || !kept_it(holder, holder->to_ns, from_ns, to_ns))
			continue;
		if (told++ == 0)
			names[0] = '\0';
		only = holder;
		add_name(names, &holder->owner);
		if (first[next - 1].ended && first[next - 1].to_ns < last_ns &&
			first[next - 1].to_ns < to_ns - WATCH_NS_PER_MS &&
			!ended_by_recorder(model, &first[next - 1]))
			add_name(ended, &holder->owner);
	}
	if (ended[0] != '\0')
		finding->phrase[1] = PHRASE_ENDED;
	finding->arg[3] = (int64_t)told;
	if (told == 1 && ended[0] == '\0')
		finding_parent(model, finding, connection, side, only, to_ns);
	if (told == 1 && !finding_says(finding, 1))
		finding_starter(model, finding, connection, side, only, to_ns);
	if (told > 0 && perhaps[0] != '\0' && !finding_says(finding, 1)) {
		snprintf(ended, FINDING_TEXT, "%s", perhaps);
		finding->phrase[1] = PHRASE_PERHAPS;
	}
}
