/* What an older connection left at the server on the ports of a newer one, and by whose ACK it
 * answered the newer one's SYN (RFC 9293, 3.10.7.3; RFC 1337). */
#include "model_build.h"

#include <string.h>

#include "tcpstate/segment.h"
#include "tcpstate/steps.h"

enum { OLDER_SOUGHT = 1000 }; /* connections, each of which looks through those before it */

static uint32_t older_of(const struct model *model, uint32_t index)
{
	const struct connection *newer = &model->connections[index];

	for (uint32_t i = index; i-- > 0;) {
		const struct connection *older = &model->connections[i];

		if (older->run == newer->run && flow_key_equal(&older->key, &newer->key))
			return i;
	}
	return UINT32_MAX;
}

/* The older one's ACK between the newer one's SYN and its RST; NULL: not kept, or not captured. */
static const struct rung *answer_of(
	const struct model *model, const struct connection *older, const struct connection *newer)
{
	const struct rung *rungs = model->rungs + older->first_rung,
			  *own = model->rungs + newer->first_rung;

	for (size_t i = older->rung_count; i-- > 0 && newer->rung_count > 0;)
		if (rungs[i].side != newer->client && rungs[i].flags == TCP_ACK &&
			rungs[i].len == 0 && rungs[i].frame > own->frame &&
			rungs[i].frame < newer->syn_acked_frame)
			return &rungs[i];
	return NULL;
}

bool model_left_over(const struct model *model, uint32_t index, struct left_over *left)
{
	const struct connection *newer = &model->connections[index];
	int server = newer->client == 0;

	*left = (struct left_over){.connection = UINT32_MAX, .state = STATE_CLOSED};
	if (newer->syn_acked == 0 || newer->client == -1)
		return false;
	left->connection = older_of(model, index);
	if (left->connection == UINT32_MAX)
		return false;
	const struct connection *older = &model->connections[left->connection];
	const struct rung *ack = answer_of(model, older, newer);
	left->ack = ack != NULL ? ack->frame : 0;
	left->state = model_state_at(model, older, server, newer->syn_ns);
	for (size_t i = 0; i < older->steps.count; i++) {
		const struct record *edge = step_edge(model, &older->steps.item[i]);

		left->ended |= edge != NULL && (edge->side & 1) == server &&
			       edge->frame == newer->syn_acked_frame && edge->frame > 0 &&
			       edge->from == left->state && edge->to == STATE_CLOSED;
	}
	return true;
}

/* The ACK stands on the newer one's ladder, too: before the RST that answered it. */
static void answer_insert(struct model *model, struct connection *newer, const struct rung *ack)
{
	struct rung *rungs = model->rungs + newer->first_rung;

	for (size_t i = 0; i < newer->rung_count; i++) {
		if (rungs[i].frame != newer->syn_acked_frame)
			continue;
		memmove(&rungs[i + 1], &rungs[i], (newer->rung_count - i) * sizeof(*rungs));
		rungs[i] = *ack;
		memcpy(rungs[i].before, rungs[i + 1].before, sizeof(rungs[i].before));
		memcpy(rungs[i].bytes_before, rungs[i + 1].bytes_before,
			sizeof(rungs[i].bytes_before));
		newer->rung_count++;
		model->rung_count++;
		return;
	}
}

void model_older_answer(struct model *model, uint32_t index)
{
	struct connection *newer = &model->connections[index];
	const struct rung *ack;
	uint32_t older;

	if (newer->syn_acked == 0 || newer->client == -1 || newer->rung_count == 0 ||
		model->build->older_sought++ >= OLDER_SOUGHT)
		return;
	older = older_of(model, index);
	ack = older != UINT32_MAX ? answer_of(model, &model->connections[older], newer) : NULL;
	if (ack != NULL)
		answer_insert(model, newer, ack);
}
