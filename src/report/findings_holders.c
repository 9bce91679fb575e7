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

/* Who accepted it, by its call. */
static bool accepted_by(const struct model *model, const struct connection *connection, int side,
	struct owner *accepter)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side != side || at->call.new_inode != connection->ends[side].owner.inode ||
			(at->call.what != CALLED_ACCEPT && at->call.what != CALLED_ACCEPT4))
			continue;
		*accepter = (struct owner){.pid = at->call.pid};
		snprintf(accepter->program, sizeof(accepter->program), "%s", at->call.program);
		return true;
	}
	return false;
}

/* Who had the listener first. */
static bool opened_by(const struct model *model, const struct connection *connection, int side,
	struct owner *opener)
{
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];
		const struct holder *first;
		size_t count = model_holders(model, connection->run, at->inode, &first);
		size_t best = 0;

		if (at->run != connection->run || at->inode == 0 || count == 0 ||
			!listener_covers(&at->key, &connection->key, side))
			continue;
		for (size_t k = 1; k < count; k++)
			if (first[k].from_ns < first[best].from_ns)
				best = k;
		*opener = first[best].owner;
		return true;
	}
	return false;
}

/* The process that forked this one, of those that held the socket; NULL: not known. */
static const struct holder *forked_by(const struct model *model,
	const struct connection *connection, int side, const struct owner *child)
{
	const struct holder *first, *parent = NULL;
	size_t count =
		model_holders(model, connection->run, connection->ends[side].owner.inode, &first);

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side != side || at->call.what != CALLED_FORK || at->call.pid != child->pid)
			continue;
		for (size_t k = 0; k < count; k++)
			if (first[k].owner.pid != child->pid && first[k].from_ns <= at->at_ns &&
				first[k].to_ns >= at->at_ns &&
				strcmp(first[k].owner.program, at->call.program) == 0 &&
				(parent == NULL || first[k].from_ns > parent->from_ns))
				parent = &first[k];
	}
	return parent;
}

/* Those through whom it came from the one who accepted it, the nearest to that one first. */
static void add_way(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, const struct owner *accepter,
	const struct owner *heir)
{
	enum { MOST = 4 };
	const struct owner *way[MOST];
	size_t count = 0;

	for (const struct owner *at = heir; count < MOST; count++) {
		const struct holder *parent = forked_by(model, connection, side, at);

		if (parent == NULL || parent->owner.pid == accepter->pid)
			break;
		at = way[count] = &parent->owner;
	}
	while (count-- > 0)
		add_name(finding->text[1], way[count]);
}

/* Another program than the one that accepted the connection kept it alone: it was started with a
 * copy (no close-on-exec). Without calls the one that opened the listener stands for that. */
static void finding_heir(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, const struct owner *kept)
{
	struct owner server;
	bool called = accepted_by(model, connection, side, &server);

	if ((!called && !opened_by(model, connection, side, &server)) || server.pid == kept->pid ||
		strcmp(server.program, kept->program) == 0)
		return;
	finding->text[1][0] = '\0';
	add_name(finding->text[1], &server);
	add_name(finding->text[1], kept);
	finding->phrase[1] = called ? PHRASE_STARTED_KEPT : PHRASE_OTHER_KEPT;
	if (called)
		add_way(model, finding, connection, side, &server, kept);
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
		finding_heir(model, finding, connection, side, &only->owner);
	if (told > 0 && perhaps[0] != '\0' && !finding_says(finding, 1)) {
		snprintf(ended, FINDING_TEXT, "%s", perhaps);
		finding->phrase[1] = PHRASE_PERHAPS;
	}
}
