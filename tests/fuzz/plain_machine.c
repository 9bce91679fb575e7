/* See plain_machine.h. In the order of RFC 9293 3.10: calls, segments that arrive, time-outs. */
#include "plain_machine.h"

#include <string.h>

#include "tcpstate/segment.h"

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void go(struct plain_end *end, uint8_t state)
{
	end->state = state;
	if (end->path_count < PLAIN_PATH)
		end->path[end->path_count++] = state;
}

static void put(struct plain_end *end, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	if (end->out_count < PLAIN_OUT)
		end->out[end->out_count++] = (struct plain_segment){flags, seq, ack, len};
}

static uint32_t space_of(const struct plain_segment *segment)
{
	return segment->len + ((segment->flags & TCP_SYN) != 0) + ((segment->flags & TCP_FIN) != 0);
}

static void put_ack(struct plain_end *end)
{
	put(end, TCP_ACK, end->nxt, end->rcv, 0);
}

void plain_start(struct plain_end *end, uint32_t iss, bool listens)
{
	*end = (struct plain_end){
		.iss = iss, .una = iss, .nxt = iss, .state = listens ? STATE_LISTEN : STATE_CLOSED};
}

/* ---- 3.10.1 to 3.10.5: calls ---- */

void plain_connect(struct plain_end *end)
{
	if (end->state != STATE_CLOSED || end->path_count > 0)
		return;
	go(end, STATE_SYN_SENT);
	put(end, TCP_SYN, end->iss, 0, 0);
	end->nxt = end->iss + 1;
}

/* One segment at a time, as Nagle's algorithm has it: what is outstanding is known by its length.
 */
void plain_send(struct plain_end *end, uint32_t len)
{
	if ((end->state != STATE_ESTABLISHED && end->state != STATE_CLOSE_WAIT) ||
		end->una != end->nxt || len == 0)
		return;
	put(end, TCP_ACK | TCP_PSH, end->nxt, end->rcv, len);
	end->sent_len = len;
	end->nxt += len;
}

/* The FIN goes at once, behind the last data if there are any: it waits neither for room nor for
 * what is outstanding. */
static void send_fin(struct plain_end *end, uint32_t len)
{
	if (end->una == end->nxt)
		end->sent_len = len;
	else
		len = 0;
	put(end, TCP_FIN | TCP_ACK, end->nxt, end->rcv, len);
	end->nxt += len + 1;
	end->fin = true;
	end->with_fin = len > 0;
	go(end, end->state == STATE_CLOSE_WAIT ? STATE_LAST_ACK : STATE_FIN_WAIT1);
}

void plain_shutdown(struct plain_end *end, uint32_t len)
{
	if (end->state == STATE_ESTABLISHED || end->state == STATE_CLOSE_WAIT)
		send_fin(end, len);
	else if (end->state == STATE_SYN_RECV && !end->request)
		send_fin(end, 0);
}

void plain_close(struct plain_end *end, uint32_t len)
{
	if (end->request || end->state == STATE_SYN_SENT)
		return; /* no socket to close; or nothing that anybody could see */
	plain_shutdown(end, len);
	if (end->fin)
		end->closed = true;
}

/* tcp_disconnect(), tcp_need_reset() */
void plain_abort(struct plain_end *end)
{
	if (end->request ||
		(end->state != STATE_ESTABLISHED && end->state != STATE_CLOSE_WAIT &&
			end->state != STATE_FIN_WAIT1 && end->state != STATE_FIN_WAIT2 &&
			end->state != STATE_SYN_RECV) ||
		end->closed)
		return;
	put(end, TCP_RST | TCP_ACK, end->nxt, end->rcv, 0);
	go(end, STATE_CLOSED);
}

/* ---- 3.8.1: retransmission ---- */

void plain_again(struct plain_end *end)
{
	if (end->una == end->nxt || end->state == STATE_CLOSED || end->state == STATE_LISTEN ||
		end->state == STATE_TIME_WAIT)
		return;
	if (end->una == end->iss) {
		if (end->state == STATE_SYN_SENT)
			put(end, TCP_SYN, end->iss, 0, 0);
		else
			put(end, TCP_SYN | TCP_ACK, end->iss, end->rcv, 0);
	} else if (end->sent_len > 0) {
		put(end, TCP_ACK | (end->with_fin ? TCP_FIN : TCP_PSH), end->una, end->rcv,
			end->sent_len);
	} else {
		put(end, TCP_FIN | TCP_ACK, end->nxt - 1, end->rcv, 0);
	}
}

/* ---- 3.10.7: a segment arrives ---- */

/* 3.10.7.1; Linux: tcp_v4_send_reset() */
static void refuse(struct plain_end *end, const struct plain_segment *segment)
{
	if (segment->flags & TCP_RST)
		return;
	if (segment->flags & TCP_ACK)
		put(end, TCP_RST, segment->ack, 0, 0);
	else
		put(end, TCP_RST | TCP_ACK, 0, segment->seq + space_of(segment), 0);
}

/* 3.10.7.2 */
static void in_listen(struct plain_end *end, const struct plain_segment *segment)
{
	if (segment->flags & TCP_RST)
		return;
	if (segment->flags & TCP_ACK) {
		refuse(end, segment);
	} else if (segment->flags & TCP_SYN) {
		end->rcv = segment->seq + 1;
		end->nxt = end->iss + 1;
		end->request = true;
		go(end, STATE_SYN_RECV);
		put(end, TCP_SYN | TCP_ACK, end->iss, end->rcv, 0);
	}
}

/* 3.10.7.3; Linux: tcp_rcv_synsent_state_process() */
static void in_syn_sent(struct plain_end *end, const struct plain_segment *segment)
{
	if (segment->flags & TCP_ACK) {
		if (segment->ack != end->nxt) {
			refuse(end, segment);
			return;
		}
		if (segment->flags & TCP_RST) {
			go(end, STATE_CLOSED);
			return;
		}
	}
	if ((segment->flags & TCP_RST) || !(segment->flags & TCP_SYN))
		return;
	end->rcv = segment->seq + 1;
	if (segment->flags & TCP_ACK) {
		end->una = segment->ack;
		go(end, STATE_ESTABLISHED);
		put_ack(end);
	} else {
		go(end, STATE_SYN_RECV);
		put(end, TCP_SYN | TCP_ACK, end->iss, end->rcv, 0);
	}
}

/* Linux: tcp_check_req(); true: the child takes the segment from here on */
static bool in_request(struct plain_end *end, const struct plain_segment *segment)
{
	if ((segment->flags & TCP_SYN) && segment->seq == end->rcv - 1) {
		put(end, TCP_SYN | TCP_ACK, end->iss, end->rcv, 0);
		return false;
	}
	if ((segment->flags & TCP_ACK) && segment->ack != end->iss + 1) {
		refuse(end, segment); /* the listener does */
		return false;
	}
	if (before(segment->seq + space_of(segment), end->rcv) ||
		!before(segment->seq, end->rcv + PLAIN_WINDOW)) {
		if (!(segment->flags & TCP_RST))
			put(end, TCP_ACK, end->iss + 1, end->rcv, 0);
		return false;
	}
	if (segment->flags & TCP_RST) {
		if (segment->seq == end->rcv)
			go(end, STATE_CLOSED);
		else
			put(end, TCP_ACK, end->iss + 1, end->rcv, 0);
		return false;
	}
	return segment->flags & TCP_ACK;
}

/* 3.10.7.4, first to fourth; Linux: tcp_validate_incoming(). True: goes on. */
static bool is_valid(struct plain_end *end, const struct plain_segment *segment)
{
	uint32_t last = segment->seq + space_of(segment);

	if (before(last, end->rcv) || !before(segment->seq, end->rcv + PLAIN_WINDOW)) {
		bool late_fin = (end->state == STATE_CLOSE_WAIT || end->state == STATE_LAST_ACK ||
					end->state == STATE_CLOSING) &&
				segment->seq == end->rcv - 1;
		if (!(segment->flags & TCP_RST))
			put_ack(end);
		else if (late_fin) /* tcp_reset_check() */
			go(end, STATE_CLOSED);
		return false;
	}
	if (segment->flags & TCP_RST) {
		if (segment->seq == end->rcv)
			go(end, STATE_CLOSED);
		else
			put_ack(end);
		return false;
	}
	if (segment->flags & TCP_SYN) {
		/* 3.5, figure 8: the SYN-ACK of a simultaneous open; else RFC 5961 4 */
		if (end->state == STATE_SYN_RECV && (segment->flags & TCP_ACK) &&
			segment->seq + 1 == end->rcv && segment->ack == end->nxt)
			return true;
		put_ack(end);
		return false;
	}
	return segment->flags & TCP_ACK;
}

/* fifth; Linux: tcp_ack(), tcp_rcv_state_process(). True: goes on. */
static bool take_ack(struct plain_end *end, const struct plain_segment *segment)
{
	uint32_t last = segment->seq + space_of(segment);
	bool news =
		last != segment->seq && before(end->rcv, last - ((segment->flags & TCP_FIN) != 0));

	if (before(end->nxt, segment->ack)) {
		put_ack(end);
		return false;
	}
	if (end->state == STATE_SYN_RECV && !before(end->iss, segment->ack))
		return false;
	if (before(end->una, segment->ack)) {
		end->una = segment->ack;
		if (end->fin && end->una == end->nxt - 1)
			end->sent_len = 0;
	}
	bool acked = end->fin && end->una == end->nxt;
	switch (end->state) {
	case STATE_SYN_RECV:
		end->request = false;
		go(end, STATE_ESTABLISHED);
		break;
	case STATE_FIN_WAIT1:
		if (!acked)
			break;
		go(end, STATE_FIN_WAIT2);
		if (end->closed && news) { /* data for nobody, TCPAbortOnData */
			refuse(end, segment);
			go(end, STATE_CLOSED);
			return false;
		}
		break;
	case STATE_CLOSING:
		if (acked)
			go(end, STATE_TIME_WAIT);
		return !acked;
	case STATE_LAST_ACK:
		if (acked)
			go(end, STATE_CLOSED);
		return !acked;
	default:
		break;
	}
	return true;
}

/* seventh and eighth; Linux: tcp_data_queue(), tcp_fin() */
static void take_text(struct plain_end *end, const struct plain_segment *segment)
{
	uint32_t text_end = segment->seq + segment->len;

	if (before(end->rcv, text_end))
		end->rcv = text_end;
	if (!(segment->flags & TCP_FIN))
		return;
	end->rcv++;
	if (end->state == STATE_ESTABLISHED)
		go(end, STATE_CLOSE_WAIT);
	else if (end->state == STATE_FIN_WAIT1)
		go(end, STATE_CLOSING);
	else if (end->state == STATE_FIN_WAIT2)
		go(end, STATE_TIME_WAIT);
}

static bool takes_text(const struct plain_end *end)
{
	return end->state == STATE_ESTABLISHED || end->state == STATE_FIN_WAIT1 ||
	       end->state == STATE_FIN_WAIT2;
}

static void take_data(struct plain_end *end, const struct plain_segment *segment)
{
	uint32_t last = segment->seq + space_of(segment);

	if (last == segment->seq || (segment->flags & TCP_SYN))
		return;
	if (!takes_text(end) || !before(end->rcv, last)) {
		put_ack(end); /* nothing new */
		return;
	}
	if (end->closed && before(end->rcv, segment->seq + segment->len)) {
		refuse(end, segment); /* nobody will read it */
		go(end, STATE_CLOSED);
		return;
	}
	if (before(end->rcv, segment->seq)) {
		if (end->later_count < PLAIN_LATER)
			end->later[end->later_count++] = *segment;
		put_ack(end);
		return;
	}
	take_text(end, segment);
	for (size_t i = 0; i < end->later_count;) {
		struct plain_segment later = end->later[i];
		if (before(end->rcv, later.seq)) {
			i++;
			continue;
		}
		end->later[i] = end->later[--end->later_count];
		if (takes_text(end) && before(end->rcv, later.seq + space_of(&later)))
			take_text(end, &later);
		i = 0;
	}
	put_ack(end);
}

/* Linux: tcp_timewait_state_process() */
static void in_time_wait(struct plain_end *end, const struct plain_segment *segment)
{
	if (segment->flags & TCP_RST) {
		if (segment->seq == end->rcv)
			go(end, STATE_CLOSED);
	} else if (space_of(segment) > 0 || segment->seq != end->rcv) {
		put_ack(end);
	}
}

void plain_receive(struct plain_end *end, const struct plain_segment *segment)
{
	switch (end->state) {
	case STATE_CLOSED:
		refuse(end, segment);
		return;
	case STATE_LISTEN:
		in_listen(end, segment);
		return;
	case STATE_SYN_SENT:
		in_syn_sent(end, segment);
		return;
	case STATE_TIME_WAIT:
		in_time_wait(end, segment);
		return;
	default:
		break;
	}
	if (end->request && !in_request(end, segment))
		return;
	if (!end->request && !is_valid(end, segment))
		return;
	if (take_ack(end, segment))
		take_data(end, segment);
}
