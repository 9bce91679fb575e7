/* What a step of a timeline is about. */
#ifndef TCPSTATE_STEPS_H
#define TCPSTATE_STEPS_H

#include "tcpstate/model.h"

/* The edge that it is; NULL: it is no edge. The record is the model's. */
static inline const struct record *step_edge(const struct model *model, const struct step *step)
{
	return step->kind == STEP_TRANSITION ? &model->transitions[step->index].record : NULL;
}

#endif
