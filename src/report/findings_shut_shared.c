/* A connection that several processes hold, and that one of them ended for all by shutdown(): its
 * FIN went out while another still had the descriptor, and close() of one copy sends none. Which of
 * them it was calls alone tell. Where the one that goes on is a child, or, with calls, the one that
 * read the request, it was cut off. */
#include "findings.h"

#include <stdio.h>
#include <string.h>

enum { KEPT_MS = 50 }; /* so long behind the FIN: an exit closes one descriptor after another */

/* The shutdown() that sent this end's FIN, as calls tell it. */
static const struct call *shut_by(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	const struct call *last = NULL;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.what == CALLED_SHUTDOWN && at->call.error == 0 &&
			at->at_ns <= t_ns && strcmp(at->call.arguments, "SHUT_RD") != 0)
			last = &at->call;
	}
	return last;
}

/* Had this process read of it? Only calls tell. */
static bool had_read(
	const struct model *model, const struct connection *connection, int side, uint32_t pid)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && call_took(&at->call) && at->call.pid == pid)
			return true;
	}
	return false;
}

void finding_shut_shared(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t t_ns)
{
	const int64_t after_ns = t_ns + KEPT_MS * (int64_t)WATCH_NS_PER_MS;
	bool calls = model->runs[connection->run].has_calls, cut_off = false;
	const struct call *shut = calls ? shut_by(model, connection, side, t_ns) : NULL;
	const struct holder *first;
	char names[FINDING_TEXT] = "";
	size_t count = connection->ends[side].has_owner
			       ? model_holders(model, connection->run,
					 connection->ends[side].owner.inode, &first)
			       : 0,
	       had = 0, kept = 0, used = 0;

	for (size_t i = 0; i < count && used < sizeof(names); i++) {
		const struct owner *owner = &first[i].owner;

		if (first[i].from_ns > t_ns || first[i].gone_ns < t_ns)
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.32s[%u]",
			had++ > 0 ? "\n" : "", owner->program, owner->pid);
		if (first[i].to_ns < after_ns || (shut != NULL && owner->pid == shut->pid))
			continue;
		kept++;
		cut_off |= calls ? had_read(model, connection, side, owner->pid)
				 : !holder_accepts(model, connection, side, &first[i]);
	}
	if (had < 2 || kept == 0)
		return;
	if (!calls)
		finding->text[0][0] = '\0';
	if (!cut_off || (calls && (shut == NULL || had_read(model, connection, side, shut->pid))))
		return;
	snprintf(finding->text[1], sizeof(finding->text[1]), "%s", names);
	finding->phrase[1] = PHRASE_SHUT_SHARED;
}
