/* ICMP errors on their way into the model, and those about TCP: folded while the same one comes
 * again. */
#include "model_build.h"

#include <string.h>

struct icmp_error *model_error_new(struct model *model, const struct record *record)
{
	const struct segment *icmp = &record->event->u.segment;
	struct model_build *build = model->build;
	uint32_t free_place = build->errors_free;
	struct icmp_error *error = free_place != 0 ? &model->errors[free_place - 1]
						   : PUSH(model, model->errors, model->error_count);

	if (error == NULL)
		return NULL;
	if (free_place != 0)
		build->errors_free = error->index;
	else
		model->error_count++;
	*error = (struct icmp_error){.t_ns = record->t_ns,
		.frame = record->frame,
		.key = record->key,
		.side = record->side & 1,
		.run = (uint16_t)(model->run_count - 1),
		.family = icmp->icmp_family,
		.type = icmp->icmp_type,
		.code = icmp->icmp_code,
		.state = record->from,
		.effect = record->icmp_effect,
		.count = 1,
		.last_frame = record->frame,
		.last_ns = record->t_ns,
		.mtu = icmp->icmp_mtu,
		.socket = INDEX_NONE};
	memcpy(error->from, icmp->icmp_from, sizeof(error->from));
	return error;
}

/* The same again: a segment that is sent on and on is answered on and on. */
static bool error_folds(
	struct model *model, const struct connection *connection, const struct record *record)
{
	const struct segment *icmp = &record->event->u.segment;
	struct icmp_error *last =
		connection->last_error != 0 ? &model->errors[connection->last_error - 1] : NULL;

	if (last == NULL || last->effect == ICMP_EDGE || last->effect == ICMP_UNKNOWN ||
		last->effect != record->icmp_effect || last->side != (record->side & 1) ||
		last->type != icmp->icmp_type || last->code != icmp->icmp_code ||
		last->family != icmp->icmp_family || last->mtu != icmp->icmp_mtu ||
		memcmp(last->from, icmp->icmp_from, sizeof(last->from)) != 0)
		return false;
	last->count++;
	last->last_frame = record->frame;
	last->last_ns = record->t_ns;
	return true;
}

void model_tcp_error(struct model *model, uint32_t connection, const struct record *record)
{
	const struct segment *icmp = &record->event->u.segment;
	struct connection *of = &model->connections[connection];
	if (icmp->copy)
		return;
	of->errors++;
	if (error_folds(model, of, record))
		return;
	struct icmp_error *error = of->errors_kept < ERRORS_KEPT || record->icmp_effect == ICMP_EDGE
					   ? model_error_new(model, record)
					   : NULL;
	int side = record->side & 1;

	if (error == NULL)
		return;
	of->errors_kept++;
	of->last_error = (uint32_t)(error - model->errors) + 1;
	error->of_connection = true;
	error->index = connection;
	error->answers = of->ends[side].newest_seq == icmp->seq ? of->ends[side].newest_frame : 0;
}
