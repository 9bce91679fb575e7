/* What a step of a timeline is about. */
#ifndef TCPSTATE_STEPS_H
#define TCPSTATE_STEPS_H

#include "tcpstate/model.h"

/* The edge that it is; NULL: it is no edge. The record is the model's. */
static inline const struct record *step_edge(const struct model *model, const struct step *step)
{
	return step->kind == STEP_TRANSITION ? &model->transitions[step->index].record : NULL;
}

/* The first edge of that end to one of these states (bits, 1 << enum tcp_state); NULL: there is
 * none. */
static inline const struct record *step_first_to(
	const struct model *model, const struct connection *connection, int side, unsigned states)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *edge = step_edge(model, &connection->steps.item[i]);

		if (edge != NULL && (edge->side & 1) == side && (states >> edge->to & 1) != 0)
			return edge;
	}
	return NULL;
}

/* The last edge by which that end left the state; NULL: it never did. */
static inline const struct record *step_last_from(
	const struct model *model, const struct connection *connection, int side, unsigned state)
{
	for (size_t i = connection->steps.count; i-- > 0;) {
		const struct record *edge = step_edge(model, &connection->steps.item[i]);

		if (edge != NULL && (edge->side & 1) == side && edge->from == state)
			return edge;
	}
	return NULL;
}

#endif
