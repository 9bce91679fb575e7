/* The finding about clients that left while they waited for accept(): one for each server. */
#include "findings.h"

struct finding *finding_of_unaccepted(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *told = &model->findings[i];

		if (told->code == FINDING_CLOSE_WAIT_UNACCEPTED && told->run == connection->run &&
			told->key.port_be[told->side] == connection->key.port_be[side])
			return told;
	}
	return NULL;
}

void finding_unaccepted(struct model *model, uint32_t index, int side, int64_t held_ms)
{
	struct connection *connection = &model->connections[index];
	const struct shown *shown = &findings_watch(model, index)->end[side].shown;
	struct finding *finding = finding_of_unaccepted(model, connection, side);

	finding_set_add(&connection->finding_set, FINDING_CLOSE_WAIT_UNACCEPTED);
	if (finding == NULL)
		finding = finding_of_end(model, connection->run, FINDING_CLOSE_WAIT_UNACCEPTED,
			&connection->key, side, shown->waiting_ns);
	if (finding == NULL)
		return;
	if (held_ms > finding->arg[0])
		finding->arg[0] = held_ms;
	finding->arg[1] += shown->unread;
	finding->arg[2] += connection_weight(connection);
	finding_cite_diag(finding, shown->waiting_diag);
}
