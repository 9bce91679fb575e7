/* What the bytes are that each end of a connection sends: its first, its newest message, and how
 * that tells its own length. Kept while the segments come in. */
#include "findings.h"

enum { ALERT_FATAL = 2, STATUS_FINAL = 200 /* what is below comes before the answer */ };

static void take_first(const struct connection *connection, struct watched_end *own, int side,
	const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	if (own->spoken > 0 || !connection->ends[side].has_isn ||
		segment->seq != connection->ends[side].isn + 1)
		return;
	own->words.first = segment->speech;
	own->words.first_frame = record->frame;
	own->words.first_ns = record->t_ns;
	own->words.first_len = segment->len;
}

static void take_alert(struct watched_end *own, const struct record *record)
{
	const struct speech *speech = &record->event->u.segment.speech;

	if (speech->what != SPEECH_TLS_ALERT || speech->number >> 8 != ALERT_FATAL ||
		own->words.alert_frame != 0)
		return;
	own->words.alert = speech->number & 0xff;
	own->words.alert_frame = record->frame;
	own->words.alert_ns = record->t_ns;
}

static struct message message_now(const struct watched_end *own)
{
	return (struct message){.first = own->request,
		.bytes = own->request_bytes,
		.last_ns = own->request_last_ns,
		.whole = own->request_whole,
		.alone = own->words.alone,
		.urgent = own->words.urgent,
		.tail = own->words.tail,
		.sent_end = own->sent_end - (own->fin_ns != 0),
		.is = own->words.newest,
		.asked = own->words.asked,
		.asked_bytes = own->words.asked_bytes};
}

struct message message_left(const struct watched_end *own)
{
	return own->words.left_ns != 0 ? own->words.left : message_now(own);
}

bool message_complete(const struct message *message)
{
	const struct speech *is = &message->is;

	if (is->what == SPEECH_HTTP_REQUEST && (is->flags & SPEECH_CHUNKED))
		return (message->tail & SPEECH_LAST_CHUNK) != 0;
	return (is->what == SPEECH_HTTP_REQUEST || is->what == SPEECH_TLS_HELLO) && is->whole > 0 &&
	       message->bytes >= is->whole;
}

static void keep_left(struct watch *watch, int64_t t_ns)
{
	if (watch->end[0].words.left_ns != 0)
		return;
	for (int side = 0; side < 2; side++) {
		watch->end[side].words.left = message_now(&watch->end[side]);
		watch->end[side].words.left_ns = t_ns;
	}
}

bool message_asks_leave(const struct message *message)
{
	return message->first.t_ns != 0 && (message->is.flags & SPEECH_EXPECTS) &&
	       message->is.whole > message->is.head && message->bytes == message->is.head;
}

void message_held_back(struct spoken_words *words, const struct message *message, int64_t t_ns)
{
	int64_t held_ns = t_ns - message->last_ns;

	if (!message_asks_leave(message) || held_ns <= words->held_back_ns)
		return;
	words->held_back_ns = held_ns;
	words->held_back_from_ns = message->last_ns;
	words->held_back_frame = message->first.frame;
}

static void take_excess(struct watched_end *own, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	if (!(segment->speech.flags & SPEECH_EXCESS) ||
		own->words.asked.what != SPEECH_HTTP_REQUEST ||
		(own->words.asked.flags & SPEECH_NO_BODY) || own->words.excess_frame != 0)
		return;
	own->words.excess_frame = record->frame;
	own->words.excess_ns = record->t_ns;
	own->words.excess_whole = segment->speech.whole;
	own->words.excess_came = segment->len;
}

bool watch_speech_goes_on(
	const struct watched_end *own, const struct watched_end *other, uint32_t seq)
{
	const struct speech *answer = &other->words.newest;

	return own->words.body_known && own->request.t_ns == 0 &&
	       (int32_t)(own->words.body_end - seq) > 0 && answer->what == SPEECH_HTTP_ANSWER &&
	       answer->number >= STATUS_FINAL;
}

static void take_message(
	struct watched_end *own, const struct watched_end *other, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	own->words.newest = segment->speech;
	own->words.urgent = false;
	own->words.asked = other->words.newest;
	own->words.asked_bytes = other->request_bytes;
	own->words.body_known =
		segment->speech.what == SPEECH_HTTP_REQUEST && segment->speech.whole > 0;
	own->words.body_end = segment->seq + segment->speech.whole;
	take_excess(own, record);
}

enum { LAST_CHUNK = sizeof("0\r\n\r\n") - 1 };

void watch_speech(const struct connection *connection, struct watch *watch, int side,
	const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side], *other = &watch->end[!side];

	if (own->fin_ns != 0 || other->fin_ns != 0 || own->rst.t_ns != 0 || other->rst.t_ns != 0)
		keep_left(watch, record->t_ns);
	if (segment->len == 0 || record->retransmission || (segment->flags & TCP_RST))
		return;
	take_first(connection, own, side, record);
	take_alert(own, record);
	own->words.late_other |= other->fin_ns != 0 && segment->speech.what != SPEECH_TLS_ALERT &&
				 segment->speech.what != SPEECH_TLS_GOODBYE;
	struct message message = message_now(own);
	message_held_back(&own->words, &message, record->t_ns);
	if (watch_speech_goes_on(own, other, segment->seq))
		return;
	own->words.alone = own->request.t_ns == 0;
	if (own->words.alone)
		take_message(own, other, record);
	own->words.urgent |= (segment->flags & TCP_URG) != 0;
	/* a piece of the last chunk may come alone */
	own->words.tail = segment->speech.flags | (segment->len < LAST_CHUNK ? SPEECH_CUT : 0);
}
