/* Where there are many connections, the segments of each, and the kernel's rows about it, wait in a
 * short form until something else is told of it, or until they are many: a million that are half
 * open then take little, and one that is folded as soon as it settles never gets a place of its own
 * in the model, or only for that moment. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "tcpstate/hash.h"

enum {
	TRAIT_SIDE = 1,
	TRAIT_RETRANSMISSION = 2,
	TRAIT_TIMESTAMP = 4,
	TRAIT_LOCAL = 3, /* shift of local_sides, two bits */
	TRAIT_ROW = 32,  /* half a row, and its other half behind it */
	ROW_MINI = 1,
	ROW_REQUEST = 2,
	PATTERN_BITS = 6,
	ROWS_TO_A_WORD = 4,
	PENDINGS_A_BLOCK = 14 /* log2 */
};
/* room of each class: a half-open connection has one or two, an ordinary short one ten, and twice
 * four where the kernel was asked about it */
static const uint8_t rooms[PENDING_CLASSES] = {1, 2, 6, 12, 20, PENDING_MAX};
static const uint32_t SLOT_PENDING = UINT32_C(1) << 31;

bool pending_is(uint32_t slot)
{
	return slot != SERIAL_FOLDED && (slot & SLOT_PENDING) != 0;
}

static struct pending *room_at(const struct model_build *build, uint32_t number)
{
	return arena_item(&build->pending, number - 1, PENDINGS_A_BLOCK, sizeof(struct pending));
}

static struct pending *pending_at(const struct model_build *build, uint32_t slot)
{
	return room_at(build, slot & ~SLOT_PENDING);
}

static bool is_syn(const struct segment *segment)
{
	return (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Calls look for connections, and other recordings for segments, in order of time. Tables at marks
 * and moments have rows of their own. */
static bool may_wait(const struct model *model, uint32_t serial)
{
	const struct run *run = &model->runs[model->run_count - 1];
	const struct model_build *build = model->build;

	return !build->several && !run->has_calls &&
	       (!run->has_diag || (model->mark_count == 0 && model_moments_over(model))) &&
	       build->kept_first != SIZE_MAX && serial > build->kept_first;
}

static bool waits(const struct model *model, const struct brief *brief)
{
	const struct segment *segment = brief->segment;

	return (brief->late || may_wait(model, brief->serial)) && segment->kind == SEGMENT_TCP &&
	       brief->frame <= UINT32_MAX && !(is_syn(segment) && segment->ack != 0);
}

bool model_brief_later(void *context, uint32_t serial)
{
	const struct model *model = context;

	return !model->build->failed && model->run_count > 0 && may_wait(model, serial);
}

/* Room of that class in one piece: index + 1; 0: out of memory. */
static uint32_t room_take(struct model_build *build, unsigned class)
{
	uint32_t number = build->pending_free[class];

	if (number != 0) {
		build->pending_free[class] = room_at(build, number)->ack_or_clock;
		return number;
	}
	if (build->pending.top >= SLOT_PENDING - PENDING_MAX)
		return 0;
	return arena_take(NULL, &build->pending, rooms[class]) + 1;
}

static void room_release(struct model_build *build, uint32_t number)
{
	struct pending *first = room_at(build, number);

	first->ack_or_clock = build->pending_free[first->class];
	build->pending_free[first->class] = number;
}

/* Its first room, or a larger one; false: there is none. */
static bool pending_widen(struct model_build *build, uint32_t *slot, uint8_t more)
{
	struct pending old = {0}, *first = &old;

	if (*slot != 0)
		first = pending_at(build, *slot);
	uint8_t count = first->count, class = first->class;
	while (count + more > rooms[class])
		class ++;
	uint32_t number = room_take(build, class);
	if (number == 0)
		return false;
	struct pending *wider = room_at(build, number);
	if (*slot != 0) {
		memcpy(wider, first, count * sizeof(*first));
		room_release(build, *slot & ~SLOT_PENDING);
	}
	wider->count = count;
	wider->class = class;
	*slot = number | SLOT_PENDING;
	return true;
}

/* Where the next `more` of that slot go; NULL: no room. */
static inline struct pending *pending_place(struct model_build *build, uint32_t *slot, uint8_t more)
{
	const struct pending *has = *slot != 0 ? pending_at(build, *slot) : NULL;

	if ((has == NULL || has->count + more > rooms[has->class]) &&
		!pending_widen(build, slot, more))
		return NULL;
	struct pending *first = pending_at(build, *slot);
	first->count = (uint8_t)(first->count + more);
	return &first[first->count - more];
}

void pending_begin(struct model_build *build)
{
	build->pending = (struct arena){.item = sizeof(struct pending), .shift = PENDINGS_A_BLOCK};
}

bool pending_brief(struct model *model, const struct brief *brief)
{
	struct model_build *build = model->build;
	const struct segment *segment = brief->segment;
	uint32_t *slot;

	if (build->failed || model->run_count == 0 || !waits(model, brief))
		return false;
	slot = brief->serial < build->by_serial_size ? &build->by_serial[brief->serial]
						     : model_slot(model, brief->serial);
	if (slot == NULL)
		return false;
	if (*slot != 0 && (!pending_is(*slot) || pending_at(build, *slot)->count == PENDING_MAX))
		return false;
	struct pending *pending = pending_place(build, slot, 1);
	if (pending == NULL)
		return false;
	pending->t_ns = brief->t_ns;
	pending->frame = (uint32_t)brief->frame;
	pending->seq = segment->seq;
	pending->ack_or_clock = is_syn(segment) ? segment->ts_val : segment->ack;
	pending->len = segment->len;
	pending->window = segment->window;
	pending->flags = segment->flags;
	pending->hop_limit = segment->hop_limit;
	pending->traits = (uint8_t)((brief->side & 1 ? TRAIT_SIDE : 0) |
				    (brief->retransmission ? TRAIT_RETRANSMISSION : 0) |
				    (segment->has_ts ? TRAIT_TIMESTAMP : 0) |
				    brief->local_sides << TRAIT_LOCAL);
	return true;
}

/* ---- rows ---- */

/* What findings and model_shown.c read of a row, in two halves. */
static void row_put(struct pending half[2], int side, const struct record *record)
{
	const struct event *event = record->event;
	const struct sockrow *row = &event->u.diag.row;

	half[0].t_ns = event->t_ns;
	half[0].frame = (uint32_t)event->number;
	half[0].seq = event->asked_ns != 0 ? (uint32_t)(event->t_ns - event->asked_ns) + 1 : 0;
	half[0].ack_or_clock = row->inode;
	half[0].len = row->recv_q;
	half[0].window = row->state;
	half[0].flags = (uint8_t)((row->mini ? ROW_MINI : 0) | (row->request ? ROW_REQUEST : 0));
	half[0].hop_limit = row->timer;
	half[0].traits = (uint8_t)(TRAIT_ROW | (side != 0 ? TRAIT_SIDE : 0));
	half[1].t_ns = (int64_t)row->cookie;
	half[1].frame = row->send_q;
	half[1].seq = row->expires_ms;
	half[1].traits = half[0].traits;
}

/* Its event has an unset rest: row and times are all that those read. */
static void row_restore(struct record *record, struct event *event, const struct pending half[2])
{
	event->kind = EVENT_ROW;
	event->t_ns = half[0].t_ns;
	event->number = half[0].frame;
	event->asked_ns = half[0].seq != 0 ? half[0].t_ns - (int64_t)(half[0].seq - 1) : 0;
	event->u.diag.row = (struct sockrow){.key.protocol = IPPROTO_TCP,
		.state = (uint8_t)half[0].window,
		.timer = half[0].hop_limit,
		.mini = (half[0].flags & ROW_MINI) != 0,
		.request = (half[0].flags & ROW_REQUEST) != 0,
		.expires_ms = half[1].seq,
		.recv_q = half[0].len,
		.send_q = half[1].frame,
		.inode = half[0].ack_or_clock,
		.cookie = (uint64_t)half[1].t_ns};
	*record = (struct record){.kind = RECORD_SAMPLE,
		.t_ns = event->t_ns,
		.diag_frame = event->number,
		.event = event};
}

/* Another socket on the same ends? Its rows are not to be lost with those of this one. */
static bool is_another(const struct pending *first, int side, uint64_t cookie)
{
	for (unsigned i = 0; i < first->count; i++) {
		if (!(first[i].traits & TRAIT_ROW))
			continue;
		if ((first[i].traits & TRAIT_SIDE) == side && (uint64_t)first[i + 1].t_ns != cookie)
			return true;
		i++;
	}
	return false;
}

bool pending_row(struct model *model, const struct record *record)
{
	struct model_build *build = model->build;
	const struct event *event = record->event;
	const struct sockrow *row = &event->u.diag.row;
	uint32_t *slot = record->about != 0 && record->about < build->by_serial_size
				 ? &build->by_serial[record->about]
				 : NULL;
	struct flow_key key = row->key;
	int side = flow_key_canonical(&key);

	if (slot == NULL || *slot == 0 || !pending_is(*slot))
		return false;
	struct record of = {.key = key, .serial = record->about};
	struct pending *half = NULL;
	if (!record->reused && event->kind == EVENT_ROW && event->number <= UINT32_MAX &&
		model->mark_count == 0 &&
		(event->asked_ns == 0 || (event->t_ns >= event->asked_ns &&
						 event->t_ns - event->asked_ns < UINT32_MAX)) &&
		pending_at(build, *slot)->count + 2 <= PENDING_MAX &&
		!is_another(pending_at(build, *slot), side, row->cookie))
		half = pending_place(build, slot, 2);
	if (half == NULL) {
		pending_replay(model, slot, &of);
		return false;
	}
	row_put(half, side, record);
	return true;
}

void pending_rows_keep(struct model *model)
{
	struct model_build *build = model->build;
	struct record record;
	struct event event;

	for (size_t i = 0; i < build->replayed_count; i += 2) {
		row_restore(&record, &event, &build->replayed[i]);
		model_remember_cookie(model, &event.u.diag.row);
		model_shown(model, &record);
	}
	build->replayed_count = 0;
}

void pending_rows_drop(struct model_build *build, uint32_t serial)
{
	if (build->replayed_serial == serial)
		build->replayed_count = 0;
}

static void row_replay(struct model *model, uint32_t index, const struct pending half[2])
{
	struct model_build *build = model->build;
	struct record record;
	struct event event;

	row_restore(&record, &event, half);
	if (build->farewell != NULL) /* which tells its owner */
		model_remember_cookie(model, &event.u.diag.row);
	findings_row_of(model, index, half->traits & TRAIT_SIDE, &record);
	memcpy(&build->replayed[build->replayed_count], half, 2 * sizeof(*half));
	build->replayed_count += 2;
}

/* ---- in sum ---- */

static int server_of(const struct pending *first)
{
	int side = first->traits & TRAIT_SIDE;

	if (!(first->flags & TCP_SYN))
		return 1; /* seen midway */
	return first->flags & TCP_ACK ? side : !side;
}

/* Sender, flags, and whether it has data. */
static uint64_t pattern_of(const struct pending *pending)
{
	uint8_t flags = pending->flags;

	return (uint64_t)((pending->traits & TRAIT_SIDE) | (flags & TCP_FIN) << 1 |
			  (flags & TCP_SYN) << 1 | (flags & TCP_RST) << 1 | (flags & TCP_ACK)) |
	       (uint64_t)(pending->len > 0) << 5;
}

/* Behind how many segments, of whom, and what the kernel showed. */
static uint64_t row_pattern_of(const struct pending *row, unsigned segments)
{
	return (uint64_t)segments | (uint64_t)(row->traits & TRAIT_SIDE) << 5 |
	       (uint64_t)(row->window & 15) << 6 | (uint64_t)(row->flags & 3) << 10 |
	       (uint64_t)(row->ack_or_clock != 0) << 12;
}

void pending_sum(const struct model_build *build, uint32_t slot, struct pending_sum *sum)
{
	const struct pending *first = pending_at(build, slot);
	/* as many to a word as fit */
	enum {
		TO_A_WORD = 64 / PATTERN_BITS,
		WORDS = PENDING_MAX / TO_A_WORD + 1,
		ROW_WORDS = PENDING_MAX / 2 / ROWS_TO_A_WORD + 1
	};
	uint64_t word[WORDS + ROW_WORDS + 1] = {0};
	unsigned segments = 0, rows = 0;

	*sum = (struct pending_sum){.first_ns = first->t_ns,
		.last_ns = first->t_ns,
		.data_ns = INT64_MIN,
		.syn_ack_ns = INT64_MIN,
		.server = server_of(first)};
	for (unsigned i = 0; i < first->count; i++) {
		const struct pending *pending = &first[i];
		int side = pending->traits & TRAIT_SIDE;
		bool steers = (pending->flags & (TCP_SYN | TCP_RST)) != 0;

		if (pending->traits & TRAIT_ROW) {
			if (rows == 0 || pending->t_ns > sum->newest_ns)
				sum->newest_ns = pending->t_ns;
			sum->odd |= pending->len != 0 || pending[1].frame != 0;
			word[WORDS + rows / ROWS_TO_A_WORD] |= row_pattern_of(pending, segments)
							       << 16 * (rows % ROWS_TO_A_WORD);
			rows++;
			i++;
			continue;
		}
		sum->local_sides |= pending->traits >> TRAIT_LOCAL;
		if (pending->t_ns < sum->first_ns)
			sum->first_ns = pending->t_ns;
		if (pending->t_ns > sum->last_ns)
			sum->last_ns = pending->t_ns;
		if (pending->len > 0)
			sum->data_ns = pending->t_ns;
		if ((pending->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
			sum->syn_ack_ns == INT64_MIN)
			sum->syn_ack_ns = pending->t_ns;
		sum->segments[side]++;
		sum->bytes[side] += pending->len;
		sum->odd |= (pending->traits & TRAIT_RETRANSMISSION) != 0 ||
			    (!steers && pending->window == 0);
		word[segments / TO_A_WORD] |= pattern_of(pending)
					      << PATTERN_BITS * (segments % TO_A_WORD);
		segments++;
	}
	unsigned used = (segments - 1U) / TO_A_WORD + 1;

	if (rows == 0 || sum->last_ns > sum->newest_ns)
		sum->newest_ns = sum->last_ns;
	for (unsigned i = 0; i * ROWS_TO_A_WORD < rows; i++)
		word[used++] = word[WORDS + i];
	word[used] = segments | (uint64_t)rows << 32;
	sum->pattern = hash_words(word, used + 1);
}

void pending_drop(struct model_build *build, uint32_t slot)
{
	room_release(build, slot & ~SLOT_PENDING);
}

/* ---- into the model ---- */

/* Over the one before it: only what differs between two is written. */
static void restore(struct record *record, struct segment *segment, const struct pending *pending)
{
	record->t_ns = pending->t_ns;
	record->frame = pending->frame;
	record->side = pending->traits & TRAIT_SIDE;
	record->retransmission = (pending->traits & TRAIT_RETRANSMISSION) != 0;
	record->local_sides = pending->traits >> TRAIT_LOCAL;
	segment->flags = pending->flags;
	segment->seq = pending->seq;
	segment->ack = is_syn(segment) ? 0 : pending->ack_or_clock;
	segment->ts_val = is_syn(segment) ? pending->ack_or_clock : 0; /* who else needs it? */
	segment->len = pending->len;
	segment->window = pending->window;
	segment->has_ts = (pending->traits & TRAIT_TIMESTAMP) != 0;
	segment->hop_limit = pending->hop_limit;
}

void pending_replay(struct model *model, uint32_t *slot, const struct record *of)
{
	struct model_build *build = model->build;
	uint32_t number = *slot & ~SLOT_PENDING;
	const struct pending *first = room_at(build, number);
	unsigned count = first->count;
	struct event event;
	struct record record = {
		.kind = RECORD_SEGMENT, .key = of->key, .serial = of->serial, .event = &event};

	event.kind = EVENT_SEGMENT; /* an event is large: as far as its kind uses it */
	event.u.segment = (struct segment){.kind = SEGMENT_TCP};

	*slot = 0;
	build->out_of_order = true;
	pending_rows_keep(model);
	build->replayed_serial = of->serial;
	for (unsigned i = 0; i < count; i++) {
		const struct pending *pending = &first[i];

		if (pending->traits & TRAIT_ROW) {
			if (*slot != 0)
				row_replay(model, *slot - 1, pending);
			i++;
			continue;
		}
		restore(&record, &event.u.segment, pending);
		model_segment(model, &record);
	}
	room_release(build, number);
}
