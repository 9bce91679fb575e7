/* What the kernel showed of a connection's ends: held by a program, waiting for accept(), left by
 * its program, with bytes unread. */
#include "findings.h"

static bool key_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct connection *connection = &model->connections[index];

	return connection->run == model->run_count - 1 && flow_key_equal(&connection->key, wanted);
}

static uint64_t key_hash(const struct flow_key *key)
{
	return index_hash(
		key->addr, sizeof(key->addr), (uint64_t)key->port_be[0] << 16 | key->port_be[1]);
}

/* The newest connection between two ends is the one that a row may be about. */
void model_newest(struct model *model, uint32_t index)
{
	struct model_build *build = model->build;
	const struct flow_key *key = &model->connections[index].key;
	uint32_t before = build->out_of_order ? index_map_find(&build->newest, key_hash(key),
							key_equal, model, key)
					      : INDEX_NONE;

	if (before != INDEX_NONE &&
		model->connections[before].serial > model->connections[index].serial)
		return;
	if (!index_map_replace(&build->newest, key_hash(key), key_equal, model, key, index))
		build->failed = true;
}

static void take_shown(struct shown *shown, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	int64_t t_ns = record->event->t_ns;

	if (sockrow_unaccepted(row)) {
		if (shown->waiting_ns == 0) {
			shown->waiting_ns = t_ns;
			shown->waiting_diag = record->diag_frame;
		}
		shown->waiting_last_ns = t_ns;
	} else if (row->inode != 0) {
		if (shown->held_ns == 0) {
			shown->held_ns = t_ns;
			shown->held_diag = record->diag_frame;
		}
		shown->inode = row->inode;
	} else if (sockrow_orphan(row)) {
		if (shown->orphan_ns == 0) {
			shown->orphan_ns = t_ns;
			shown->orphan_asked_ns = record->event->asked_ns;
			shown->orphan_diag = record->diag_frame;
		}
		return;
	} else {
		return;
	}
	shown->open_ns = t_ns;
	shown->open_asked_ns = record->event->asked_ns;
	shown->open_diag = record->diag_frame;
	/* the peer's FIN counts as a byte */
	shown->unread = row->recv_q - (row->state == STATE_CLOSE_WAIT && row->recv_q > 0);
	if (shown->unread == 0)
		shown->unread_since_ns = 0;
	else if (shown->unread_since_ns == 0)
		shown->unread_since_ns = t_ns;
}

/* The newest connection between its ends that is in the model. */
static uint32_t connection_between(
	const struct model *model, const struct flow_key *key, uint32_t serial)
{
	const struct model_build *build = model->build;
	uint32_t slot = serial < build->by_serial_size ? build->by_serial[serial] : 0;

	if (serial != 0 && slot != 0 && slot != SERIAL_FOLDED)
		return slot - 1;
	return index_map_find(&build->newest, key_hash(key), key_equal, model, key);
}

void findings_row(struct model *model, const struct record *record)
{
	struct flow_key key = record->event->u.diag.row.key;
	int side = flow_key_canonical(&key);
	uint32_t index = connection_between(model, &key, record->about);

	if (index != INDEX_NONE)
		findings_row_of(model, index, side, record);
}

void findings_row_of(struct model *model, uint32_t index, int side, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	const struct connection *connection = &model->connections[index];

	if (row->request || record->event->t_ns < connection->first_ns)
		return;
	if (connection->ends[side].cookie != 0 && row->cookie != 0 &&
		connection->ends[side].cookie != row->cookie)
		return; /* of a socket before it, or after */
	struct watch *watch = watch_make(model, index);
	if (watch == NULL)
		return;
	take_shown(&watch->end[side].shown, record);
	watch_queued(watch, side, record);
}
