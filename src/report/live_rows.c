/* The rows of `top`: what the kernel showed of each socket, newest answer first, and what else the
 * sources tell of now: who holds it, counters, losses. */
#include "live.h"

#include <netinet/in.h>
#include <string.h>

/* A dump of everything asks for less than a look-up: what it leaves out is kept. */
static void info_keep(struct sockrow *row, const struct sockrow *before)
{
	if (row->has_info || !before->has_info || row->cookie != before->cookie || row->mini)
		return;
	row->has_info = true;
	row->rtt_us = before->rtt_us;
	row->rto_us = before->rto_us;
	row->unacked = before->unacked;
	row->retransmits_total = before->retransmits_total;
	row->lost = before->lost;
	row->rcv_wnd = before->rcv_wnd;
	row->last_data_recv_ms = before->last_data_recv_ms;
	row->min_rtt_us = before->min_rtt_us;
	row->snd_cwnd = before->snd_cwnd;
	row->last_data_sent_ms = before->last_data_sent_ms;
	row->last_ack_recv_ms = before->last_ack_recv_ms;
	row->bytes_sent = before->bytes_sent;
	row->bytes_received = before->bytes_received;
	row->delivery_rate = before->delivery_rate;
}

/* Of very many sockets most are shown again as they were; timers run, and tcp_info counts on. */
static bool looks_new(const struct sockrow *row, const struct sockrow *before)
{
	return row->state != before->state || row->timer != DIAG_TIMER_OFF ||
	       (row->has_info && row->state != STATE_LISTEN) || before->timer != DIAG_TIMER_OFF ||
	       row->recv_q != before->recv_q || row->send_q != before->send_q ||
	       row->inode != before->inode || row->cookie != before->cookie ||
	       row->shutdown != before->shutdown;
}

void live_row(struct live *live, const struct sockrow *row, int64_t t_ns)
{
	struct live_socket *socket;

	if (row->key.protocol != IPPROTO_TCP || row->key.family == 0 || row->state >= STATE_MAX ||
		row->state == STATE_CLOSED)
		return;
	socket = live_find(live, &row->key, row->cookie);
	if (socket != NULL && socket->seen_ns > t_ns)
		return; /* an answer that is older than what is known */
	if (socket == NULL && live_closed_by_then(live, &row->key, t_ns))
		return;
	if (socket == NULL)
		socket = live_add(live, &row->key, row->cookie);
	if (socket == NULL)
		return;
	if (socket->row.state != row->state) {
		/* what it was when it was first shown it may have been for long */
		socket->since_ns = socket->row.state != STATE_UNKNOWN ? t_ns : 0;
		socket->evidence = EVIDENCE_KERNEL;
	}
	struct sockrow before = socket->row;

	live->version += looks_new(row, &before);
	socket->row = *row;
	info_keep(&socket->row, &before);
	socket->seen_ns = t_ns;
	if (socket->pid == 0 || before.inode != row->inode)
		live_owner_find(live, socket);
	live_point_keep(live, row, t_ns);
}

/* When something was last shown or told of it. */
static int64_t known_ns(const struct live_socket *socket)
{
	return socket->seen_ns > socket->since_ns ? socket->seen_ns : socket->since_ns;
}

void live_swept(struct live *live, int64_t began_ns)
{
	for (size_t i = 0; i < live->room;) {
		struct live_socket *socket = &live->sockets[i];

		if (socket->row.key.family != 0 && known_ns(socket) < began_ns)
			live_take_out(live, socket); /* another may have moved here */
		else
			i++;
	}
}

static void absent(struct live *live, const struct event *event)
{
	struct live_socket *socket =
		live_find(live, &event->u.diag.row.key, event->u.diag.row.cookie);

	if (socket != NULL && !event->u.diag.other && known_ns(socket) < event->asked_ns)
		live_take_out(live, socket);
}

static void counter(struct live *live, const struct fact *fact, int64_t t_ns)
{
	struct live_totals *totals = &live->totals;
	static const char *const names[] = {"TcpExtListenOverflows", "TcpExtListenDrops",
		"TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies", "TcpRetransSegs"};
	int64_t *const sums[] = {&totals->overflows, &totals->listen_drops, &totals->queue_full,
		&totals->queue_full, &totals->retransmissions};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(fact->text, names[i]) == 0) {
			live->version++;
			(void)__builtin_add_overflow(*sums[i], fact->delta, sums[i]);
			if (sums[i] != &totals->retransmissions)
				totals->overflow_ns = t_ns;
		}
}

static void lost(struct live *live, const struct fact *fact)
{
	struct live_totals *totals = &live->totals;
	uint64_t count = fact->count > 0 ? (uint64_t)fact->count : 0;

	live->version++;
	if (fact->lost_of == LOST_PACKETS)
		totals->dropped += count;
	else if (fact->lost_of == LOST_ROWS)
		totals->lost_rows += count;
	else if (fact->lost_of == LOST_LOOKUPS)
		totals->shed += count;
}

void live_event(struct live *live, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ROW:
		live_row(live, &event->u.diag.row, event->t_ns);
		break;
	case EVENT_ABSENT:
		absent(live, event);
		break;
	case EVENT_OWNER:
		live->version++;
		if (event->u.fact.gone)
			live_owner_drop(live, &event->u.fact.owner);
		else
			live_owner_keep(live, &event->u.fact.owner);
		for (size_t i = 0; i < live->room && live->room <= LIVE_POINTS; i++)
			if (live->sockets[i].row.inode == event->u.fact.owner.inode &&
				live->sockets[i].row.key.family != 0)
				live_owner_find(live, &live->sockets[i]);
		break;
	case EVENT_COUNTER:
		counter(live, &event->u.fact, event->t_ns);
		break;
	case EVENT_GAP:
		lost(live, &event->u.fact);
		break;
	default:
		break;
	}
}
