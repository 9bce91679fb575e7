/* Frames of `top`: which sockets are shown, in which order, in which groups. Of very many sockets a
 * heap keeps those that come first; the others are counted. */
#include "live.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t time_wait_most_ns = INT64_C(61000000000);

/* ---- order ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_end(const struct sockrow *a, const struct sockrow *b, int end)
{
	int order = compare_numbers(ntohs(a->key.port_be[end]), ntohs(b->key.port_be[end]));

	return order != 0 ? order : memcmp(a->key.addr[end], b->key.addr[end], 16);
}

/* When its timer fires; those without come last. */
static uint64_t due_ns(const struct live_socket *socket)
{
	return socket->row.timer == DIAG_TIMER_OFF
		       ? UINT64_MAX
		       : (uint64_t)socket->seen_ns + socket->row.expires_ms * UINT64_C(1000000);
}

static int compare(
	const struct live_socket *a, const struct live_socket *b, const struct live_order *by)
{
	int order = 0;

	switch (by->sort) {
	case LIVE_BY_REMOTE:
		order = compare_end(&a->row, &b->row, 1);
		break;
	case LIVE_BY_STATE:
		order = strcmp(state_name(a->row.state), state_name(b->row.state));
		break;
	case LIVE_BY_AGE:
		order = compare_numbers((uint64_t)b->since_ns, (uint64_t)a->since_ns);
		break;
	case LIVE_BY_RECV_Q:
		order = compare_numbers(b->row.recv_q, a->row.recv_q);
		break;
	case LIVE_BY_SEND_Q:
		order = compare_numbers(b->row.send_q, a->row.send_q);
		break;
	case LIVE_BY_TIMER:
		order = compare_numbers(due_ns(a), due_ns(b));
		break;
	case LIVE_BY_LOCAL:
	case LIVE_SORT_MAX:
		break;
	}
	if (order == 0)
		order = compare_end(&a->row, &b->row, 0);
	if (order == 0)
		order = compare_end(&a->row, &b->row, 1);
	if (order == 0)
		order = compare_numbers(a->row.cookie, b->row.cookie);
	return by->reverse ? -order : order;
}

static int by_order(const void *left, const void *right, void *order)
{
	return compare(left, right, order);
}

/* ---- looking for a text ---- */

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (i < length &&
			tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
			i++;
		if (i == length)
			return true;
	}
	return length == 0;
}

static bool is_found(const struct live_socket *socket, const char *part)
{
	char end[FLOW_END_TEXT];

	for (int i = 0; i < LIVE_ALSO; i++)
		if (contains(socket->also[i].program, part))
			return true;
	return *part == '\0' || contains(state_name(socket->row.state), part) ||
	       contains(socket->program, part) ||
	       contains(flow_end_text(&socket->row.key, 0, end), part) ||
	       contains(flow_end_text(&socket->row.key, 1, end), part);
}

/* ---- groups ---- */

static void group_name(
	const struct live_socket *socket, enum live_group by, char *name, size_t size)
{
	const struct sockrow *row = &socket->row;
	char end[FLOW_END_TEXT];

	if (by == LIVE_GROUP_STATE)
		snprintf(name, size, "%s", state_name(row->state));
	else if (by == LIVE_GROUP_PEER)
		snprintf(name, size, "%s", flow_end_text(&row->key, 1, end));
	else if (socket->pid != 0)
		snprintf(name, size, "%s[%u]", socket->program, (unsigned)socket->pid);
	else
		snprintf(name, size, "-");
	/* of a peer without its port, which is another each time */
	char *colon = by == LIVE_GROUP_PEER ? strrchr(name, ':') : NULL;

	if (colon != NULL)
		*colon = '\0';
}

/* Of more groups than there is room for the last one has the rest. */
static void group_add(
	struct live_frame *frame, const struct live_socket *socket, enum live_group by)
{
	char name[FLOW_END_TEXT];
	size_t at = 0;

	group_name(socket, by, name, sizeof(name));
	while (at < frame->group_count && strcmp(frame->groups[at].name, name) != 0)
		at++;
	if (at == LIVE_GROUPS) {
		at = LIVE_GROUPS - 1;
		snprintf(frame->groups[at].name, sizeof(frame->groups[at].name), "...");
	} else if (at == frame->group_count) {
		frame->groups[frame->group_count] = (struct live_group_row){.total = 0};
		memcpy(frame->groups[frame->group_count++].name, name, sizeof(name));
	}
	frame->groups[at].counts[socket->row.state]++;
	frame->groups[at].total++;
}

static int by_size(const void *left, const void *right)
{
	const struct live_group_row *a = left, *b = right;
	int order = compare_numbers(b->total, a->total);

	return order != 0 ? order : strcmp(a->name, b->name);
}

/* ---- selecting ---- */

static void sift_down(struct live_socket *heap, size_t count, const struct live_order *order)
{
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		struct live_socket other;

		if (child >= count)
			return;
		if (child + 1 < count && compare(&heap[child + 1], &heap[child], order) > 0)
			child++;
		if (compare(&heap[at], &heap[child], order) >= 0)
			return;
		other = heap[at];
		heap[at] = heap[child];
		heap[child] = other;
		at = child;
	}
}

static void sift_up(struct live_socket *heap, size_t at, const struct live_order *order)
{
	while (at > 0 && compare(&heap[at], &heap[(at - 1) / 2], order) > 0) {
		struct live_socket other = heap[at];

		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = other;
		at = (at - 1) / 2;
	}
}

/* The last of those that come first is on top of the heap. */
static void select_one(
	struct live_frame *frame, const struct live_socket *socket, const struct live_order *order)
{
	if (frame->shown_count < LIVE_SHOWN) {
		frame->shown[frame->shown_count++] = *socket;
		sift_up(frame->shown, frame->shown_count - 1, order);
	} else if (compare(socket, &frame->shown[0], order) < 0) {
		frame->shown[0] = *socket;
		sift_down(frame->shown, frame->shown_count, order);
	}
}

static void finish(struct live_frame *frame, const struct live_order *order)
{
	if (frame->shown_count > 0)
		qsort_r(frame->shown, frame->shown_count, sizeof(*frame->shown), by_order,
			(void *)(uintptr_t)order);
	if (frame->group_count > 0)
		qsort(frame->groups, frame->group_count, sizeof(*frame->groups), by_size);
}

/* ---- listeners ---- */

/* How well a listener fits a request: its own address before the wildcard. */
static int listener_fits(const struct sockrow *listener, const struct sockrow *request)
{
	static const uint8_t wildcard[16];
	bool any = memcmp(listener->key.addr[0], wildcard, sizeof(wildcard)) == 0;

	if (listener->key.port_be[0] != request->key.port_be[0])
		return 0;
	if (listener->key.family != request->key.family)
		return listener->key.family == AF_INET6 && any && !listener->v6only;
	if (memcmp(listener->key.addr[0], request->key.addr[0], sizeof(wildcard)) == 0)
		return 3;
	return any ? 2 : 0;
}

static void request_count(struct live_frame *frame, const struct sockrow *request)
{
	struct live_socket *best = NULL;
	int fit = 0;

	for (size_t i = 0; i < frame->listener_count; i++) {
		int this = listener_fits(&frame->listeners[i].row, request);

		if (this > fit) {
			fit = this;
			best = &frame->listeners[i];
		}
	}
	if (best != NULL)
		best->half_open++;
}

/* ---- taking ---- */

static int room_for(struct live_frame *frame, const struct live_order *order)
{
	if (frame->listeners == NULL)
		frame->listeners = calloc(LIVE_LISTENERS, sizeof(*frame->listeners));
	if (frame->shown == NULL)
		frame->shown = calloc(LIVE_SHOWN, sizeof(*frame->shown));
	if (frame->groups == NULL && order->group != LIVE_GROUP_NONE)
		frame->groups = calloc(LIVE_GROUPS, sizeof(*frame->groups));
	return frame->listeners == NULL || frame->shown == NULL ||
			       (frame->groups == NULL && order->group != LIVE_GROUP_NONE)
		       ? -1
		       : 0;
}

/* Nobody says when a TIME_WAIT of which only packets tell has ended. */
static bool is_over(const struct live_socket *socket, int64_t t_ns)
{
	return socket->row.state == STATE_TIME_WAIT && t_ns - socket->seen_ns > time_wait_most_ns;
}

static bool is_there(const struct live_socket *socket, int64_t t_ns)
{
	return socket->row.key.family != 0 && socket->row.state < STATE_MAX &&
	       !is_over(socket, t_ns);
}

static void take_listeners(const struct live *live, struct live_frame *frame)
{
	static const struct live_order local = {.sort = LIVE_BY_LOCAL};

	for (size_t i = 0; i < live->room; i++) {
		const struct live_socket *socket = &live->sockets[i];

		if (socket->row.key.family == 0 || socket->row.state != STATE_LISTEN ||
			frame->listener_count == LIVE_LISTENERS)
			continue;
		frame->listeners[frame->listener_count] = *socket;
		frame->listeners[frame->listener_count++].half_open = 0;
	}
	qsort_r(frame->listeners, frame->listener_count, sizeof(*frame->listeners), by_order,
		(void *)(uintptr_t)&local);
}

bool live_same_order(const struct live_order *a, const struct live_order *b)
{
	return a->sort == b->sort && a->group == b->group && a->reverse == b->reverse &&
	       strcmp(a->find, b->find) == 0;
}

int live_frame_take(const struct live *live, int64_t t_ns, const struct live_order *order,
	struct live_frame *frame)
{
	if (room_for(frame, order) != 0)
		return -1;
	frame->t_ns = t_ns;
	if (frame->sockets > LIVE_SHOWN && frame->version == live->version &&
		live_same_order(&frame->order, order))
		return 0;
	frame->version = live->version;
	frame->order = *order;
	frame->totals = live->totals;
	frame->last_line = live->totals.transitions + live->totals.corrections;
	memcpy(frame->edge_ns, live->edge_ns, sizeof(frame->edge_ns));
	memcpy(frame->entered_ns, live->entered_ns, sizeof(frame->entered_ns));
	memset(frame->counts, 0, sizeof(frame->counts));
	frame->sockets = frame->matching = 0;
	frame->listener_count = frame->shown_count = frame->group_count = 0;
	take_listeners(live, frame);
	for (size_t i = 0; i < live->room; i++) {
		const struct live_socket *socket = &live->sockets[i];

		if (!is_there(socket, t_ns))
			continue;
		frame->sockets++;
		frame->counts[socket->row.state]++;
		if (socket->row.state == STATE_SYN_RECV)
			request_count(frame, &socket->row);
		if (socket->row.state == STATE_LISTEN || !is_found(socket, order->find))
			continue;
		frame->matching++;
		select_one(frame, socket, order);
		if (order->group != LIVE_GROUP_NONE)
			group_add(frame, socket, order->group);
	}
	finish(frame, order);
	return 0;
}

void live_frame_arrange(struct live_frame *frame, const struct live_order *order)
{
	size_t kept = 0;

	if (room_for(frame, order) != 0)
		return;
	frame->group_count = 0;
	for (size_t i = 0; i < frame->shown_count; i++) {
		if (!is_found(&frame->shown[i], order->find))
			continue;
		if (order->group != LIVE_GROUP_NONE)
			group_add(frame, &frame->shown[i], order->group);
		frame->shown[kept++] = frame->shown[i];
	}
	frame->matching -= frame->shown_count - kept;
	frame->shown_count = kept;
	finish(frame, order);
}

/* ---- keeping ---- */

static void *copy_of(const void *from, size_t count, size_t size, bool *failed)
{
	void *to = count > 0 ? malloc(count * size) : NULL;

	*failed |= count > 0 && to == NULL;
	if (to != NULL)
		memcpy(to, from, count * size);
	return to;
}

int live_frame_copy(struct live_frame *to, const struct live_frame *from)
{
	bool failed = false;

	*to = *from;
	to->listeners =
		copy_of(from->listeners, from->listener_count, sizeof(*to->listeners), &failed);
	to->shown = copy_of(from->shown, from->shown_count, sizeof(*to->shown), &failed);
	to->groups = NULL;
	to->group_count = 0;
	if (!failed)
		return 0;
	live_frame_free(to);
	return -1;
}

size_t live_frame_bytes(const struct live_frame *frame)
{
	return sizeof(*frame) + frame->listener_count * sizeof(*frame->listeners) +
	       frame->shown_count * sizeof(*frame->shown);
}

void live_frame_free(struct live_frame *frame)
{
	free(frame->listeners);
	free(frame->shown);
	free(frame->groups);
	*frame = (struct live_frame){.t_ns = 0};
}
