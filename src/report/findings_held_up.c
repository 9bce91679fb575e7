/* What holds a server up, where neither its connections nor its calls on sockets tell: by looks at
 * its threads, of the process that should have served the connection. */
#include "findings.h"

#include <string.h>

#include "tcpstate/steps.h"

/* It was not taken from accept() while it waited, or late. */
static bool queued(const struct finding *finding)
{
	return finding->code == FINDING_NEVER_ACCEPTED || finding->code == FINDING_ACCEPTED_LATE ||
	       (finding->code == FINDING_GREETED_LATE && finding->arg[2] == 0) ||
	       (finding->code == FINDING_ANSWERED_LATE && finding->arg[2] > 0);
}

/* What is said so far is less than what a look at the threads shows. */
static bool says_little(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_SERVES_OTHER ||
	       finding->phrase[1] == PHRASE_LIMIT_PERHAPS || !finding_says(finding, 1);
}

/* The inode of the socket that it should have served: of the listener before accept(). */
static uint32_t own_socket(const struct model *model, const struct finding *finding)
{
	const struct connection *connection = &model->connections[finding->index];
	int side = finding->side & 1;

	if (connection->ends[side].has_owner && !queued(finding))
		return connection->ends[side].owner.inode;
	return finding->queue_of != INDEX_NONE ? model->listeners[finding->queue_of].inode : 0;
}

static bool listens(const struct model *model, const struct finding *finding, uint32_t pid)
{
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run == finding->run && at->has_owner && at->owner.pid == pid &&
			at->key.port_be[0] == finding->key.port_be[finding->side & 1])
			return true;
	}
	return false;
}

/* Of several that hold the socket: who has had clients, before accept(); behind it who does not
 * accept, for its parent handed the client over. */
static bool serves(const struct model *model, const struct finding *finding, uint32_t pid)
{
	if (!queued(finding))
		return !listens(model, finding, pid);
	return finding->queue_of != INDEX_NONE &&
	       listener_served_by(model, &model->listeners[finding->queue_of], pid);
}

static bool same(const struct finding_doing *one, const struct finding_doing *other)
{
	if (one->threads != other->threads || one->count != other->count ||
		one->watch != other->watch)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (one->in[i].kind != other->in[i].kind || one->in[i].about != other->in[i].about)
			return false;
	return true;
}

/* One more of those who could have served it; false: it was in something else than the others, or
 * nobody knows in what. */
static bool join(const struct model *model, struct finding *finding, const struct owner *owner,
	int64_t from_ns, int64_t to_ns)
{
	struct finding_doing before = finding->doing;

	if (!finding_tell_doing(
		    model, finding, owner->pid, own_socket(model, finding), from_ns, to_ns))
		return false;
	finding->doing.processes = before.processes + 1;
	if (before.processes == 0) {
		finding_name(finding, 1, owner);
		finding->phrase[1] = PHRASE_DOING;
		return true;
	}
	if (!same(&finding->doing, &before))
		return false;
	finding->doing.looks += before.looks;
	finding->doing.of += before.of;
	finding->doing.serial = 0;
	return true;
}

static bool tell(const struct model *model, struct finding *finding, const struct owner *first,
	const struct others *also, int64_t from_ns, int64_t to_ns)
{
	uint32_t serving = 0;

	for (uint32_t i = 0; i <= also->count; i++)
		serving += serves(model, finding,
			i == 0 ? first->pid : model->others_held[also->first + i - 1].pid);
	for (uint32_t i = 0; i <= also->count; i++) {
		const struct owner *owner =
			i == 0 ? first : &model->others_held[also->first + i - 1];

		if ((serving == 0 || serves(model, finding, owner->pid)) &&
			!join(model, finding, owner, from_ns, to_ns))
			return false;
	}
	/* its name is told already */
	if (also->count == 0)
		finding->text[1][0] = '\0';
	return true;
}

void finding_held_up(const struct model *model, struct finding *finding, const struct owner *first,
	const struct others *also, bool known, int64_t from_ns, int64_t to_ns)
{
	static const struct others nobody = {.count = 0};
	struct finding before = *finding;

	if (!says_little(finding))
		return;
	if (known && queued(finding))
		also = &nobody;
	finding->text[1][0] = '\0';
	if (!tell(model, finding, first, also, from_ns, to_ns) ||
		!finding_doing_tells(&finding->doing, finding_says(&before, 1)))
		*finding = before;
	else if (before.phrase[1] == PHRASE_SERVES_OTHER)
		finding->doing.client = before.phrase_number;
}

/* ---- an end that did not read or close what its process held ---- */

/* What a thread is in that has forgotten a socket does not matter, but for two: one that runs all
 * the while may read the end of data again and again; and what the program did before it closed
 * after all is why it closed late. */
static bool keeps_from_close(const struct model *model, const struct finding *finding)
{
	const struct connection *connection = &model->connections[finding->index];
	const struct record *out =
		step_last_from(model, connection, finding->side & 1, STATE_CLOSE_WAIT);
	bool killed = out == NULL || out->reason.code == REASON_ENDED_BY_RECORDER ||
		      (out->reason.code == REASON_PROCESS_ENDED && out->reason.arg[1] != 0);

	for (size_t i = 0; i < finding->doing.count; i++) {
		unsigned kind = finding->doing.in[i].kind;

		if (kind != DOING_RUN && (killed || (kind != DOING_SLEEP && kind != DOING_CHILD)))
			return false;
	}
	return true;
}

static void tell_left_alone(
	const struct model *model, struct finding *finding, int64_t from_ns, int64_t lasted_ms)
{
	const struct connection *connection = &model->connections[finding->index];
	int side = finding->side & 1;
	struct finding before = *finding;

	if ((finding_says(finding, 1) && finding->phrase[1] != PHRASE_TO_THE_END) ||
		!connection->ends[side].has_owner || connection->ends[side].also.count > 0 ||
		!finding_tell_doing(model, finding, connection->ends[side].owner.pid,
			connection->ends[side].owner.inode, from_ns,
			from_ns + lasted_ms * WATCH_NS_PER_MS))
		return;
	/* one that waits for others is not held up: it forgot this one */
	if (!finding_doing_elsewhere(&finding->doing) ||
		(finding->read_to_end && !keeps_from_close(model, finding)))
		*finding = before;
}

static int64_t window_closed_ns(const struct model *model, const struct finding *finding)
{
	const struct watch *watch = findings_watch(model, finding->index);

	return watch == NULL ? finding->t_ns
			     : watch->end[finding->side & 1].stall.zero_longest_from_ns;
}

void finding_left_alone(const struct model *model, struct finding *finding)
{
	if (finding->code == FINDING_CLOSE_WAIT_HELD &&
		(finding->arg[2] > 0 || finding->read_to_end))
		tell_left_alone(model, finding, finding->t_ns, finding->arg[0]);
	else if (finding->code == FINDING_ANSWER_UNREAD)
		tell_left_alone(model, finding, finding->t_ns, finding->arg[1]);
	else if (finding->code == FINDING_ZERO_WINDOW_HELD)
		tell_left_alone(model, finding, window_closed_ns(model, finding), finding->arg[0]);
}
