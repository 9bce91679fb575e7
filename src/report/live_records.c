/* What the core tells `top`: a transition moves a socket's row before the kernel is asked again, a
 * confirmation or a correction changes what had been told. */
#include "live.h"

enum { TIME_WAIT_MS = 60000 /* TCP_TIMEWAIT_LEN, include/net/tcp.h */ };
enum { CLOCKS_NS = 5000000 /* between those of capture and netlink */ };

/* The key of the end that a record is about, that end first. */
static struct flow_key end_key(const struct record *record)
{
	return record->side == 1 && !record->listener ? flow_key_swap(&record->key) : record->key;
}

static bool is_mine(const struct record *record)
{
	return record->listener || record->local_sides == 0 ||
	       (record->local_sides & 1u << (record->side & 1)) != 0;
}

static void transition(struct live *live, const struct record *record)
{
	struct flow_key key = end_key(record);
	struct live_socket *socket = live_find(live, &key, record->cookie);

	if (record->to >= STATE_MAX || record->from >= STATE_MAX)
		return;
	live->edge_ns[record->from][record->to] = record->t_ns;
	live->entered_ns[record->to] = record->t_ns;
	if (!is_mine(record) || (socket != NULL && socket->row.state != record->to &&
					socket->seen_ns > record->t_ns + CLOCKS_NS))
		return;
	if (record->to == STATE_CLOSED) {
		live->closed[live->closed_count++ % LIVE_CLOSED] =
			(struct live_closed){key, record->t_ns};
		if (socket != NULL)
			live_take_out(live, socket);
		return;
	}
	if (socket == NULL)
		socket = live_add(live, &key, record->cookie);
	if (socket == NULL)
		return;
	if (socket->row.state != record->to) {
		socket->row.timer = DIAG_TIMER_OFF;
		socket->row.recv_q = record->to == STATE_LISTEN ? socket->row.recv_q : 0;
		socket->row.send_q = record->to == STATE_LISTEN ? socket->row.send_q : 0;
		socket->row.request = record->to == STATE_SYN_RECV;
		socket->row.mini = record->to == STATE_TIME_WAIT;
	}
	socket->row.state = record->to;
	socket->evidence = record->evidence;
	socket->since_ns = record->t_ns;
	if (record->to == STATE_TIME_WAIT && socket->row.timer == DIAG_TIMER_OFF) {
		socket->row.timer = DIAG_TIMER_MINI;
		socket->row.expires_ms = TIME_WAIT_MS;
		socket->seen_ns = record->t_ns;
	}
}

/* A client that was not let in is counted at the listener it came to. */
static void overflow(struct live *live, const struct record *record)
{
	struct flow_key key = end_key(record);

	if (record->reason.code != REASON_ACCEPT_QUEUE_FULL)
		return;
	for (size_t i = 0; i < live->room; i++) {
		struct live_socket *socket = &live->sockets[i];

		if (socket->row.key.family != 0 && socket->row.state == STATE_LISTEN &&
			socket->row.key.port_be[0] == key.port_be[0]) {
			socket->overflows++;
			socket->overflow_ns = record->t_ns;
		}
	}
}

static void correction(struct live *live, const struct record *record)
{
	struct flow_key key = end_key(record);
	struct live_socket *socket = live_find(live, &key, record->cookie);
	struct live_line *line = record->of != 0 ? live_line_of(live, record->of) : NULL;

	if (line != NULL)
		line->withdrawn = true;
	overflow(live, record);
	/* told and taken back: as it was before, unless the kernel has shown it since */
	if (record->of != 0 && socket != NULL && socket->row.state == record->to &&
		socket->seen_ns <= record->edge_t_ns && record->from != STATE_CLOSED &&
		record->from != STATE_LISTEN && record->from < STATE_MAX)
		socket->row.state = record->from;
}

static void confirmation(struct live *live, const struct record *record)
{
	struct flow_key key = end_key(record);
	struct live_socket *socket = live_find(live, &key, record->cookie);
	struct live_line *line = live_line_of(live, record->of);

	if (line != NULL)
		line->record.evidence = record->evidence;
	if (socket != NULL && socket->row.state == record->to)
		socket->evidence = record->evidence;
	live->totals.confirmations++;
}

void live_record(struct live *live, const struct record *record)
{
	live->version += record->kind == RECORD_TRANSITION || record->kind == RECORD_CONFIRMATION ||
			 record->kind == RECORD_CORRECTION;
	switch (record->kind) {
	case RECORD_TRANSITION:
		live_line_keep(live, record);
		transition(live, record);
		break;
	case RECORD_CONFIRMATION:
		confirmation(live, record);
		break;
	case RECORD_CORRECTION:
		correction(live, record);
		live_line_keep(live, record);
		break;
	case RECORD_SEGMENT:
		if (record->event != NULL)
			live_segment_keep(live, record);
		break;
	default:
		break;
	}
}
