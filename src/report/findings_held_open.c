/* Findings about a connection that one process is done with while another, which had it before,
 * still holds a copy of the descriptor: close(), or the end of the process, sends no FIN then, and
 * a peer that reads to the end waits. The fork server whose parent forgets close(). */
#include <string.h>

#include "findings.h"

/* The process that let go of it last, and one that held it before and went on holding it. */
struct copies {
	const struct holder *gone, *kept;
};

static bool inherited(const struct holder *from, const struct holder *by)
{
	return by->owner.pid != from->owner.pid &&
	       (by->from_ns > from->from_ns ||
		       (by->from_ns == from->from_ns && by->owner.pid > from->owner.pid));
}

/* A program that the other one started has it by accident: close-on-exec was missing. */
static bool started(const struct holder *by, const struct holder *from)
{
	return inherited(from, by) && strcmp(from->owner.program, by->owner.program) != 0;
}

static struct copies copies_of(const struct holder *first, size_t count)
{
	struct copies copies = {NULL, NULL};

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			if (first[i].to_ns != INT64_MAX &&
				(inherited(&first[k], &first[i]) ||
					started(&first[k], &first[i])) &&
				first[k].to_ns > first[i].to_ns &&
				(copies.gone == NULL || first[i].to_ns > copies.gone->to_ns))
				copies = (struct copies){&first[i], &first[k]};
	return copies;
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
	return b_ns != 0 && b_ns < a_ns ? b_ns : a_ns;
}

static void tell_held_open(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct holder *first;

	/* a scan of the owners sees late who let go, and what was sent meanwhile was another's */
	if (watch == NULL || !model->runs[connection->run].has_calls ||
		!connection->ends[side].has_owner || connection->ends[side].owner.inode == 0 ||
		!(connection->local_sides & 1 << side))
		return;
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];
	size_t count =
		model_holders(model, connection->run, connection->ends[side].owner.inode, &first);
	struct copies copies = copies_of(first, count);
	if (copies.gone == NULL)
		return;
	int64_t gone_ns = copies.gone->to_ns;
	int64_t until_ns = earlier(model->runs[connection->run].last_ns, own->fin_ns);
	until_ns = earlier(earlier(until_ns, other->fin_ns), other->rst.t_ns);
	until_ns = earlier(earlier(until_ns, own->rst.t_ns),
		copies.kept->to_ns == INT64_MAX ? 0 : copies.kept->to_ns);
	/* it had spoken while the one that is gone held it, and nobody has since */
	if (own->request_last_ns == 0 || own->request_last_ns < copies.gone->from_ns ||
		own->request_last_ns > gone_ns || other->request_last_ns > own->request_last_ns ||
		ms_of(until_ns - gone_ns) < FINDING_HELD_MS)
		return;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_HELD_OPEN, copies.gone->to_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(until_ns - gone_ns);
	finding->arg[1] = copies.kept->owner.pid;
	finding_name(finding, 0, &copies.kept->owner);
	finding_name(finding, 1, &copies.gone->owner);
	finding_cite_frame(finding, own->last.frame);
	finding_cite_diag(finding, own->shown.open_diag);
}

bool findings_of_copies(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			tell_held_open(model, i, side);
	return !model->build->failed;
}
