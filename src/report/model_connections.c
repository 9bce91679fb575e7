/* Connections as a report speaks of them: who opened, what crossed, who owned the ends. */
#include "model_build.h"
#include "tcpstate/segment.h"

#include <stdlib.h>
#include <string.h>

static void span(struct connection *connection, int64_t t_ns)
{
	if (t_ns < connection->first_ns)
		connection->first_ns = t_ns;
	if (t_ns > connection->last_ns)
		connection->last_ns = t_ns;
}

/* The first one counts: a later one with another number belongs to a new connection. */
static void isn_seen(struct connection *connection, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	int side = record->side & 1;

	if (connection->ends[side].has_isn)
		return;
	connection->ends[side].isn = segment->seq;
	connection->ends[side].has_isn = true;
	if (!(segment->flags & TCP_ACK)) {
		connection->has_syn_ts = segment->has_ts;
		connection->syn_ts = segment->ts_val;
		connection->syn_ns = record->t_ns;
		connection->syn_hop_limit = segment->hop_limit;
	}
}

static void syn_seen(struct connection *connection, const struct record *record)
{
	if (connection->client == -1 && !connection->midway)
		connection->client = record->side;
	if (connection->client == record->side)
		connection->syn_pending += connection->syn_pending == 0 || record->retransmission;
	else
		connection->syn_pending = 0; /* the other end opens too */
	connection->syn_resent |= connection->client == record->side && record->retransmission &&
				  connection->syn_acks > 0;
}

/* An answer answers the last SYN; those before it had none. */
static void syn_answered(struct connection *connection)
{
	if (connection->syn_pending > 1)
		connection->syn_unanswered += connection->syn_pending - 1;
	connection->syn_pending = 0;
}

static void syn_ack_seen(struct connection *connection, const struct record *record)
{
	const size_t kept =
		sizeof(connection->syn_ack_at_ns) / sizeof(connection->syn_ack_at_ns[0]);

	if (connection->syn_acks > 0 && !record->retransmission)
		/* a simultaneous open */
		return;
	connection->syn_ack_retransmissions += connection->syn_acks > 0;
	if (connection->syn_acks < kept)
		connection->syn_ack_at_ns[connection->syn_acks] = record->t_ns;
	connection->syn_acks++;
	if (connection->client == -1)
		connection->client = !record->side;
	connection->syn_ack_in_vain |=
		connection->syn_acks > 1 && connection->ends[connection->client].acked;
}

void connection_segment(struct connection *connection, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	int side = record->side & 1;
	struct connection_end *end = &connection->ends[side];

	span(connection, record->t_ns);
	if (segment->kind == SEGMENT_ICMP)
		return;
	end->sent.segments++;
	end->sent.bytes += segment->len;
	end->sent.retransmissions += record->retransmission;
	if (segment->kind != SEGMENT_TCP)
		return;
	if (end->hop_limit == 0 && !(segment->flags & TCP_RST))
		end->hop_limit = segment->hop_limit;
	end->newest_seq = segment->seq;
	end->newest_frame = record->frame;
	if ((segment->flags & (TCP_SYN | TCP_RST)) == TCP_SYN)
		isn_seen(connection, record);
	if ((segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		syn_seen(connection, record);
	else if ((segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		syn_ack_seen(connection, record);
	/* RFC 9293, 3.10.7.3: its SYN was answered by an ACK that is none of it */
	if ((segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_RST &&
		connection->client == side && connection->syn_pending > 0) {
		connection->syn_acked++;
		connection->syn_acked_frame = record->frame;
		syn_answered(connection);
	}
	bool goes_on = (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK;
	end->acked |=
		goes_on || (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
	if ((segment->flags & (TCP_RST | TCP_ACK)) != 0 &&
		(segment->flags & (TCP_RST | TCP_SYN)) != 0 && connection->client != side)
		syn_answered(connection);
	else if (goes_on && connection->client == side)
		syn_answered(connection); /* of which only this end was captured */
}

void connection_transition(struct connection *connection, const struct record *record)
{
	span(connection, record->t_ns);
	if (record->reason.code == REASON_CONNECTION_REFUSED && record->side == connection->client)
		syn_answered(connection);
	if (record->from == STATE_UNKNOWN && connection->client == -1)
		connection->midway = true;
	else if (connection->client == -1 && record->to == STATE_SYN_SENT)
		connection->client = record->side;
	else if (connection->client == -1 && record->from == STATE_LISTEN)
		connection->client = !record->side;
}

enum { PORT_BYTES = 65536 / 8 };

static bool ports_gather(struct model *model)
{
	uint8_t *ports = calloc(model->run_count > 0 ? model->run_count : 1, PORT_BYTES);

	for (size_t i = 0; ports != NULL && i < model->listener_count; i++)
		ports[(size_t)model->listeners[i].run * PORT_BYTES +
			model->listeners[i].key.port_be[0] / 8] |=
			(uint8_t)(1 << model->listeners[i].key.port_be[0] % 8);
	model->build->listening_ports = ports;
	return ports != NULL;
}

bool model_port_listens(const struct model *model, uint16_t run, uint16_t port_be)
{
	return (model->build->listening_ports[(size_t)run * PORT_BYTES + port_be / 8] &
		       1 << port_be % 8) != 0;
}

static void own(const struct model *model, struct connection *connection, int side)
{
	uint32_t inode = model_cookie_inode(model, connection->run, connection->ends[side].cookie);
	const struct owner *owner = model_inode_owner(model, connection->run, inode);

	if (owner != NULL) {
		connection->ends[side].owner = *owner;
		connection->ends[side].has_owner = true;
	}
}

int connection_unseen(const struct connection *connection)
{
	const struct flow_key *key = &connection->key;
	bool self = key->port_be[0] == key->port_be[1] &&
		    memcmp(key->addr[0], key->addr[1], sizeof(key->addr[0])) == 0;

	for (int side = 0; side < 2 && !self; side++)
		if (connection->ends[side].sent.segments == 0 && connection->ends[!side].acked)
			return side;
	return -1;
}

void connection_end(const struct model *model, struct connection *connection)
{
	connection->syn_unanswered += connection->syn_pending;
	connection->syn_pending = 0;
	connection->unseen = connection_unseen(connection);
	own(model, connection, 0);
	own(model, connection, 1);
}

static void end_connection(struct model *model, struct connection *connection)
{
	connection_end(model, connection);
	if (connection->client == -1) {
		bool listens[2] = {
			model_port_listens(model, connection->run, connection->key.port_be[0]),
			model_port_listens(model, connection->run, connection->key.port_be[1])};

		if (listens[0] != listens[1])
			connection->client = listens[0] ? 1 : 0;
	}
	model->summary.one_way += connection->unseen != -1;
	model->summary.local += connection->local_sides != 0;
	model->summary.complete += !connection->midway;
}

static void end_listener(struct model *model, struct listener *listener)
{
	const struct owner *owner = model_inode_owner(model, listener->run, listener->inode);

	for (size_t i = listener->steps.count; i-- > 0;)
		if (listener->steps.item[i].kind == STEP_TRANSITION) {
			listener->state =
				model->transitions[listener->steps.item[i].index].record.to;
			break;
		}
	if (owner != NULL) {
		listener->owner = *owner;
		listener->has_owner = true;
	}
}

bool model_connections(struct model *model)
{
	if (!ports_gather(model))
		return false;
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;

		if (record->listener)
			continue;
		struct connection *connection = &model->connections[model->transitions[i].index];
		connection->ends[record->side & 1].state = record->to;
		if (record->cookie != 0)
			connection->ends[record->side & 1].cookie = record->cookie;
	}
	for (size_t i = 0; i < model->correction_count; i++)
		if (!model->corrections[i].record.listener)
			model->connections[model->corrections[i].index].corrections++;
	for (size_t i = 0; i < model->listener_count; i++)
		end_listener(model, &model->listeners[i]);
	for (size_t i = 0; i < model->connection_count; i++)
		end_connection(model, &model->connections[i]);
	return true;
}
