/* The table of sockets behind `top`: what the kernel showed, corrected by what was told since. */
#include "live.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"

enum { FIRST_ROOM = 256, OWNERS_MOST = 1 << 18 };
enum { TIME_WAIT_MS = 60000 /* TCP_TIMEWAIT_LEN, include/net/tcp.h */ };
enum {
	CLOCKS_NS = 5000000,    /* between those of capture and netlink */
	READ_LATE_NS = 50000000 /* so long after its answer a row may be dated */
};

struct live *live_new(void)
{
	return calloc(1, sizeof(struct live));
}

void live_free(struct live *live)
{
	if (live == NULL)
		return;
	free(live->sockets);
	free(live->owners);
	free(live);
}

bool live_out_of_memory(const struct live *live)
{
	return live->out_of_memory;
}

uint64_t live_version(const struct live *live)
{
	return live->version;
}

bool live_same_ends(const struct flow_key *a, const struct flow_key *b)
{
	struct flow_key swapped = flow_key_swap(b);

	return flow_key_equal(a, b) || flow_key_equal(a, &swapped);
}

/* ---- places ---- */

/* Listeners that share a port (SO_REUSEPORT) differ by their cookie alone. */
static uint64_t place_cookie(const struct flow_key *key, uint64_t cookie)
{
	return key->port_be[1] == 0 ? cookie : 0;
}

static size_t place_of(const struct flow_key *key, uint64_t cookie, size_t room)
{
	uint64_t words[6] = {0};

	memcpy(words, key->addr, sizeof(key->addr));
	words[4] = (uint64_t)key->port_be[0] << 16 | key->port_be[1];
	words[5] = place_cookie(key, cookie);
	return (size_t)hash_words(words, 6) & (room - 1);
}

static bool is_at(const struct live_socket *socket, const struct flow_key *key, uint64_t cookie)
{
	return memcmp(&socket->row.key, key, sizeof(*key)) == 0 &&
	       (key->port_be[1] != 0 || cookie == 0 || socket->row.cookie == cookie);
}

static struct live_socket *find(
	const struct live *live, const struct flow_key *key, uint64_t cookie)
{
	if (live->room == 0)
		return NULL;
	for (size_t at = place_of(key, cookie, live->room);; at = (at + 1) & (live->room - 1)) {
		struct live_socket *socket = &live->sockets[at];

		if (socket->row.key.family == 0)
			return NULL;
		if (is_at(socket, key, cookie))
			return socket;
	}
}

static struct live_socket *free_place(
	struct live_socket *sockets, size_t room, const struct flow_key *key, uint64_t cookie)
{
	size_t at = place_of(key, cookie, room);

	while (sockets[at].row.key.family != 0)
		at = (at + 1) & (room - 1);
	return &sockets[at];
}

static bool room_make(struct live *live)
{
	size_t room = live->room == 0 ? FIRST_ROOM : 2 * live->room;
	struct live_socket *more;

	if (live->room > 0 && live->count < live->room - live->room / 4)
		return true;
	more = calloc(room, sizeof(*more));
	if (more == NULL) {
		live->out_of_memory = true;
		return false;
	}
	for (size_t i = 0; i < live->room; i++) {
		const struct live_socket *socket = &live->sockets[i];

		if (socket->row.key.family != 0)
			*free_place(more, room, &socket->row.key, socket->row.cookie) = *socket;
	}
	free(live->sockets);
	live->sockets = more;
	live->room = room;
	return true;
}

/* NULL: out of memory */
static struct live_socket *add(struct live *live, const struct flow_key *key, uint64_t cookie)
{
	struct live_socket *socket;

	if (!room_make(live))
		return NULL;
	socket = free_place(live->sockets, live->room, key, cookie);
	*socket = (struct live_socket){.row = {.key = *key, .cookie = cookie}, .half_open = -1};
	live->count++;
	return socket;
}

/* Those behind it that it had pushed away move up. */
static void take_out(struct live *live, struct live_socket *socket)
{
	size_t hole = (size_t)(socket - live->sockets), mask = live->room - 1;

	live->version++;
	live->count--;
	for (size_t at = (hole + 1) & mask; live->sockets[at].row.key.family != 0;
		at = (at + 1) & mask) {
		const struct live_socket *other = &live->sockets[at];
		size_t home = place_of(&other->row.key, other->row.cookie, live->room);

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			live->sockets[hole] = *other;
			hole = at;
		}
	}
	live->sockets[hole].row.key.family = 0;
}

/* ---- owners ---- */

static struct live_owner *owner_place(struct live_owner *owners, size_t room, uint32_t inode)
{
	size_t at = (inode * 0x9e3779b1u) & (room - 1);

	while (owners[at].inode != 0 && owners[at].inode != inode)
		at = (at + 1) & (room - 1);
	return &owners[at];
}

static void owner_keep(struct live *live, const struct owner *owner)
{
	size_t room = live->owner_room == 0 ? FIRST_ROOM : 2 * live->owner_room;
	struct live_owner *place;

	if (live->owner_count >= OWNERS_MOST) {
		memset(live->owners, 0, live->owner_room * sizeof(*live->owners));
		live->owner_count = 0;
	}
	if (live->owner_count >= live->owner_room - live->owner_room / 4) {
		struct live_owner *more = calloc(room, sizeof(*more));

		if (more == NULL) {
			live->out_of_memory = true;
			return;
		}
		for (size_t i = 0; i < live->owner_room; i++)
			if (live->owners[i].inode != 0)
				*owner_place(more, room, live->owners[i].inode) = live->owners[i];
		free(live->owners);
		live->owners = more;
		live->owner_room = room;
	}
	place = owner_place(live->owners, live->owner_room, owner->inode);
	live->owner_count += place->inode == 0;
	place->inode = owner->inode;
	live_holder_add(place, owner);
}

static void owner_drop(struct live *live, const struct owner *owner)
{
	struct live_owner *place =
		live->owner_room > 0 ? owner_place(live->owners, live->owner_room, owner->inode)
				     : NULL;

	if (place != NULL && place->inode != 0)
		live_holder_drop(place, owner->pid);
}

static void owner_find(const struct live *live, struct live_socket *socket)
{
	const struct live_owner *owner;

	if (socket->row.inode == 0 || live->owner_room == 0)
		return;
	owner = owner_place(live->owners, live->owner_room, socket->row.inode);
	if (owner->inode == 0)
		return;
	socket->pid = owner->pid;
	memcpy(socket->program, owner->program, sizeof(socket->program));
	socket->also_count = owner->also_count;
	memcpy(socket->also, owner->also, sizeof(socket->also));
}

/* ---- rows ---- */

static void point_keep(struct live *live, const struct sockrow *row, int64_t t_ns)
{
	if (!row->has_info || row->state == STATE_LISTEN || row->cookie == 0)
		return;
	live->points[live->point_count++ % LIVE_POINTS] = (struct live_point){.t_ns = t_ns,
		.cookie = row->cookie,
		.rtt_us = row->rtt_us,
		.cwnd = row->snd_cwnd,
		.unacked = row->unacked,
		.retransmits = row->retransmits_total};
}

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

/* A row that the kernel gave just before its end was told comes after it. */
static bool closed_by_then(const struct live *live, const struct flow_key *key, int64_t t_ns)
{
	for (uint64_t n = live->closed_count; n > 0 && live->closed_count - n < LIVE_CLOSED; n--) {
		const struct live_closed *closed = &live->closed[(n - 1) % LIVE_CLOSED];

		if (t_ns - closed->t_ns < READ_LATE_NS &&
			memcmp(&closed->key, key, sizeof(*key)) == 0)
			return true;
	}
	return false;
}

void live_row(struct live *live, const struct sockrow *row, int64_t t_ns)
{
	struct live_socket *socket;

	if (row->key.protocol != IPPROTO_TCP || row->key.family == 0 || row->state >= STATE_MAX ||
		row->state == STATE_CLOSED)
		return;
	socket = find(live, &row->key, row->cookie);
	if (socket != NULL && socket->seen_ns > t_ns)
		return; /* an answer that is older than what is known */
	if (socket == NULL && closed_by_then(live, &row->key, t_ns))
		return;
	if (socket == NULL)
		socket = add(live, &row->key, row->cookie);
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
		owner_find(live, socket);
	point_keep(live, row, t_ns);
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
			take_out(live, socket); /* another may have moved here */
		else
			i++;
	}
}

static void absent(struct live *live, const struct event *event)
{
	struct live_socket *socket = find(live, &event->u.diag.row.key, event->u.diag.row.cookie);

	if (socket != NULL && !event->u.diag.other && known_ns(socket) < event->asked_ns)
		take_out(live, socket);
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
		totals->overruns += count;
	else
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
			owner_drop(live, &event->u.fact.owner);
		else
			owner_keep(live, &event->u.fact.owner);
		for (size_t i = 0; i < live->room && live->room <= LIVE_POINTS; i++)
			if (live->sockets[i].row.inode == event->u.fact.owner.inode &&
				live->sockets[i].row.key.family != 0)
				owner_find(live, &live->sockets[i]);
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

/* ---- records ---- */

static void line_keep(struct live *live, const struct record *record)
{
	uint64_t number = live->totals.transitions + live->totals.corrections + 1;
	struct live_line *line = &live->lines[number % LIVE_LINES];

	*line = (struct live_line){.number = number, .record = *record};
	line->record.event = NULL;
	if (record->kind == RECORD_TRANSITION)
		live->totals.transitions++;
	else
		live->totals.corrections++;
}

/* The line of a transition that is confirmed or withdrawn now; NULL: it is no longer kept. */
static struct live_line *line_of(struct live *live, uint64_t id)
{
	uint64_t newest = live->totals.transitions + live->totals.corrections;

	for (uint64_t n = newest; n > 0 && newest - n < LIVE_LINES; n--) {
		struct live_line *line = &live->lines[n % LIVE_LINES];

		if (line->record.id == id && line->record.kind == RECORD_TRANSITION)
			return line;
	}
	return NULL;
}

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
	struct live_socket *socket = find(live, &key, record->cookie);

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
			take_out(live, socket);
		return;
	}
	if (socket == NULL)
		socket = add(live, &key, record->cookie);
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
	struct live_socket *socket = find(live, &key, record->cookie);
	struct live_line *line = record->of != 0 ? line_of(live, record->of) : NULL;

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
	struct live_socket *socket = find(live, &key, record->cookie);
	struct live_line *line = line_of(live, record->of);

	if (line != NULL)
		line->record.evidence = record->evidence;
	if (socket != NULL && socket->row.state == record->to)
		socket->evidence = record->evidence;
	live->totals.confirmations++;
}

static void segment_keep(struct live *live, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	if (segment->kind != SEGMENT_TCP || segment->copy)
		return;
	live->segments[live->segment_count++ % LIVE_SEGMENTS] =
		(struct live_segment){.t_ns = record->event->t_ns,
			.key = segment->key,
			.seq = segment->seq,
			.ack = segment->ack,
			.len = segment->len,
			.flags = segment->flags,
			.again = record->retransmission};
}

void live_record(struct live *live, const struct record *record)
{
	live->version += record->kind == RECORD_TRANSITION || record->kind == RECORD_CONFIRMATION ||
			 record->kind == RECORD_CORRECTION;
	switch (record->kind) {
	case RECORD_TRANSITION:
		line_keep(live, record);
		transition(live, record);
		break;
	case RECORD_CONFIRMATION:
		confirmation(live, record);
		break;
	case RECORD_CORRECTION:
		correction(live, record);
		line_keep(live, record);
		break;
	case RECORD_SEGMENT:
		if (record->event != NULL)
			segment_keep(live, record);
		break;
	default:
		break;
	}
}

/* ---- what the rings hold ---- */

const struct live_line *live_line(const struct live *live, uint64_t number)
{
	const struct live_line *line = &live->lines[number % LIVE_LINES];

	return number > 0 && line->number == number ? line : NULL;
}

size_t live_segments(const struct live *live, const struct flow_key *key, int64_t until_ns,
	struct live_segment *out, size_t max)
{
	uint64_t first =
		live->segment_count > LIVE_SEGMENTS ? live->segment_count - LIVE_SEGMENTS : 0;
	size_t found = 0;

	for (uint64_t n = live->segment_count; n > first && found < max; n--) {
		const struct live_segment *segment = &live->segments[(n - 1) % LIVE_SEGMENTS];

		if (segment->t_ns <= until_ns && live_same_ends(&segment->key, key))
			out[found++] = *segment;
	}
	for (size_t i = 0; i < found / 2; i++) {
		struct live_segment other = out[i];

		out[i] = out[found - 1 - i];
		out[found - 1 - i] = other;
	}
	return found;
}

size_t live_points(const struct live *live, uint64_t cookie, int64_t until_ns,
	struct live_point *out, size_t max)
{
	uint64_t first = live->point_count > LIVE_POINTS ? live->point_count - LIVE_POINTS : 0;
	size_t found = 0;

	for (uint64_t n = live->point_count; n > first && found < max; n--) {
		const struct live_point *point = &live->points[(n - 1) % LIVE_POINTS];

		if (point->cookie == cookie && point->t_ns <= until_ns)
			out[found++] = *point;
	}
	for (size_t i = 0; i < found / 2; i++) {
		struct live_point other = out[i];

		out[i] = out[found - 1 - i];
		out[found - 1 - i] = other;
	}
	return found;
}
