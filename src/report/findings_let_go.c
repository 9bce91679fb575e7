/* A descriptor that its program has closed while the socket lives on: a call of another thread, a
 * read most likely, holds it, and no FIN goes out before that returns. Without calls /proc and the
 * kernel's rows tell it: nobody has a descriptor, and the socket is no orphan. With a FIN in its
 * send queue it is another matter: close() itself waits there (SO_LINGER with a time). */
#include "findings.h"
#include "tcpstate/steps.h"

static void tell_end(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct holder *only = NULL;
	size_t count = watch != NULL && connection->ends[side].has_owner
			       ? model_holders(model, connection->run,
					 connection->ends[side].owner.inode, &only)
			       : 0;

	/* of several one may have passed it on, to whom /proc does not show */
	if (count != 1 || !holder_let_go(only))
		return;
	const struct watched_end *end = &watch->end[side];
	int64_t open_ns = end->shown.open_ns;
	const struct record *closed = step_first_to(
		model, connection, side, 1u << STATE_FIN_WAIT1 | 1u << STATE_LAST_ACK);
	if (closed != NULL && closed->t_ns < open_ns)
		open_ns = closed->t_ns;
	if (end->shown.inode == 0 || ms_of(open_ns - only->gone_ns) < FINDING_HELD_MS ||
		(end->fin_ns != 0 && end->fin_ns < end->shown.open_ns))
		return;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_CLOSED_IN_CALL, only->gone_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(open_ns - only->gone_ns);
	finding_name(finding, 0, &only->owner);
	finding_cite_diag(finding, end->shown.open_diag);
}

bool findings_of_let_go(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			if (!model->runs[model->connections[i].run].has_calls &&
				(model->connections[i].local_sides >> side & 1) != 0)
				tell_end(model, i, side);
	return !model->build->failed;
}
