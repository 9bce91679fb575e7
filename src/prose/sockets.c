/* A socket row in words: its queues, its timer, and what is special about it. */
#include "tcpstate/prose.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/state.h"

char *prose_duration(int64_t ms, char *buffer, size_t size)
{
	int64_t seconds = (ms + 500) / 1000;

	if (ms < 1000)
		snprintf(buffer, size, "%" PRId64 " ms", ms);
	else if (ms < 99950)
		snprintf(buffer, size, "%" PRId64 ".%" PRId64 " s", (ms + 50) / 1000,
			(ms + 50) / 100 % 10);
	else if (seconds < 3600)
		snprintf(buffer, size, "%" PRId64 "m%02" PRId64 "s", seconds / 60, seconds % 60);
	else
		snprintf(buffer, size, "%" PRId64 "h%02" PRId64 "m", seconds / 3600,
			seconds / 60 % 60);
	return buffer;
}

char *prose_span(int64_t ns, char *buffer, size_t size)
{
	return prose_duration((ns + 500000) / 1000000, buffer, size);
}

const char *prose_socket_state(const struct sockrow *row)
{
	return row->key.protocol == IPPROTO_UDP && row->state == STATE_CLOSED
		       ? "UNCONN"
		       : state_name(row->state);
}

static void add_listener(struct phrase *phrase, const struct sockrow *row, int64_t half_open)
{
	phrase_item(phrase,
		row->recv_q > row->send_q
			? _("accept queue %" PRIu32 " of %" PRIu64 " (backlog %" PRIu32
			    " + 1), full")
			: _("accept queue %" PRIu32 " of %" PRIu64 " (backlog %" PRIu32 " + 1)"),
		row->recv_q, (uint64_t)row->send_q + 1, row->send_q);
	if (half_open >= 0)
		phrase_item(phrase, _("%" PRId64 " half-open"), half_open);
}

/* SYN and FIN take one place each in the sequence space, so the kernel counts them like bytes; a
 * FIN is the last thing to be read or acknowledged. */
static const char *last_to_read(uint8_t state)
{
	return state == STATE_CLOSE_WAIT || state == STATE_CLOSING || state == STATE_LAST_ACK
		       ? "FIN"
		       : NULL;
}

static const char *last_to_acknowledge(uint8_t state)
{
	if (state == STATE_SYN_SENT || state == STATE_SYN_RECV)
		return "SYN";
	return state == STATE_FIN_WAIT1 || state == STATE_CLOSING || state == STATE_LAST_ACK ? "FIN"
											     : NULL;
}

static void add_unread(struct phrase *phrase, uint32_t count, const char *flag)
{
	uint32_t bytes = count - (flag != NULL && count > 0);

	if (bytes > 0 && flag != NULL)
		phrase_item(phrase,
			ngettext("%" PRIu32 " byte and %s unread",
				"%" PRIu32 " bytes and %s unread", bytes),
			bytes, flag);
	else if (bytes > 0)
		phrase_item(phrase,
			ngettext("%" PRIu32 " byte unread", "%" PRIu32 " bytes unread", bytes),
			bytes);
	else if (count > 0)
		phrase_item(phrase, _("%s unread"), flag);
}

static void add_unacknowledged(struct phrase *phrase, uint32_t count, const char *flag)
{
	uint32_t bytes = count - (flag != NULL && count > 0);

	if (bytes > 0 && flag != NULL)
		phrase_item(phrase,
			ngettext("%" PRIu32 " byte and %s unacknowledged",
				"%" PRIu32 " bytes and %s unacknowledged", bytes),
			bytes, flag);
	else if (bytes > 0)
		phrase_item(phrase,
			ngettext("%" PRIu32 " byte unacknowledged",
				"%" PRIu32 " bytes unacknowledged", bytes),
			bytes);
	else if (count > 0)
		phrase_item(phrase, _("%s unacknowledged"), flag);
}

/* Of UDP the kernel tells memory, not payload: a datagram of 1 byte takes 768 or more. */
static void add_memory(struct phrase *phrase, const struct sockrow *row)
{
	if (row->has_mem)
		phrase_item(phrase,
			_("receive memory %" PRIu32 " of %" PRIu32 ", %" PRIu32 " dropped"),
			row->recv_q, row->rcvbuf, row->drops);
	else if (row->recv_q > 0)
		phrase_item(phrase, _("receive memory %" PRIu32), row->recv_q);
	if (row->send_q > 0)
		phrase_item(phrase, _("send memory %" PRIu32), row->send_q);
}

char *prose_queues(const struct sockrow *row, int64_t half_open, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (row->mini || row->request)
		return buffer;
	if (row->key.protocol != IPPROTO_TCP) {
		add_memory(&phrase, row);
	} else if (row->state == STATE_LISTEN) {
		add_listener(&phrase, row, half_open);
	} else {
		add_unread(&phrase, row->recv_q, last_to_read(row->state));
		add_unacknowledged(&phrase, row->send_q, last_to_acknowledge(row->state));
	}
	return buffer;
}

static const char *retransmitted(const struct sockrow *row)
{
	switch (row->state) {
	case STATE_SYN_SENT:
		return "SYN";
	case STATE_SYN_RECV:
		return "SYN-ACK";
	case STATE_FIN_WAIT1:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
		return row->send_q <= 1 ? "FIN" : _("data or FIN");
	default:
		return _("data");
	}
}

char *prose_timer(const struct sockrow *row, char *buffer, size_t size)
{
	char left[32];

	buffer[0] = '\0';
	prose_duration(row->expires_ms, left, sizeof(left));
	switch (row->timer) {
	case DIAG_TIMER_RETRANSMIT:
		if (row->retrans > 0)
			snprintf(buffer, size, _("%s retransmit %u, next in %s"),
				retransmitted(row), row->retrans, left);
		else
			snprintf(buffer, size, _("%s retransmit in %s"), retransmitted(row), left);
		break;
	case DIAG_TIMER_KEEPALIVE:
		/* an orphaned FIN_WAIT2 with more than 60 s to go waits as a full socket first */
		if (row->state == STATE_FIN_WAIT2 && row->inode == 0)
			snprintf(buffer, size, _("FIN_WAIT2 becomes a mini-socket in %s"), left);
		else if (row->retrans > 0)
			snprintf(buffer, size, _("keepalive probe %u unanswered, next in %s"),
				row->retrans, left);
		else
			snprintf(buffer, size, _("keepalive %s"), left);
		break;
	case DIAG_TIMER_MINI:
		snprintf(buffer, size, _("%s ends in %s"), state_name(row->state), left);
		break;
	case DIAG_TIMER_PROBE0:
		if (row->retrans > 0)
			snprintf(buffer, size, _("zero-window probe %u unanswered, next in %s"),
				row->retrans, left);
		else
			snprintf(buffer, size, _("zero-window probe in %s"), left);
		break;
	default:
		break;
	}
	return buffer;
}

const char *prose_timer_word(uint8_t timer)
{
	static const char *const words[] = {[DIAG_TIMER_OFF] = "off",
		[DIAG_TIMER_RETRANSMIT] = "retransmit",
		[DIAG_TIMER_KEEPALIVE] = "keepalive",
		[DIAG_TIMER_MINI] = "timewait",
		[DIAG_TIMER_PROBE0] = "persist"};

	return timer < sizeof(words) / sizeof(words[0]) ? words[timer] : "unknown";
}

char *prose_socket_notes(const struct sockrow *row, char *buffer, size_t size)
{
	static const uint8_t wildcard[16];

	struct phrase phrase = phrase_begin(buffer, size);

	if (row->request)
		phrase_item(&phrase, "%s", _("half-open request"));
	if (row->mini)
		phrase_item(&phrase, "%s", _("mini-socket, no process holds it"));
	else if (sockrow_orphan(row))
		phrase_item(&phrase, "%s", _("orphan, no process holds it"));
	if (sockrow_unaccepted(row))
		phrase_item(&phrase, "%s", _("waits for accept()"));
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_CLOSED)
		phrase_item(&phrase, "%s", _("bound only"));
	if (!row->mini && !row->request && row->shutdown & 1 && row->state == STATE_ESTABLISHED)
		phrase_item(&phrase, "%s", _("receiving shut down"));
	if (row->mapped)
		phrase_item(&phrase, "%s", _("IPv6 socket"));
	if (row->has_v6only && row->key.family == AF_INET6 &&
		memcmp(row->key.addr[0], wildcard, sizeof(wildcard)) == 0)
		phrase_item(&phrase, "%s", row->v6only ? _("IPv6 only") : _("IPv4 too"));
	if (row->interface_name[0] != '\0')
		phrase_item(&phrase, _("bound to %s"), row->interface_name);
	return buffer;
}

/* What the program has to do, or the peer. A CLOSE_WAIT that has no owner any more is waited for by
 * nobody: sockrow_orphan(), which the notes tell. */
char *prose_socket_waits(
	const struct sockrow *row, int64_t closed_ms, const char *owners, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char ago[32];

	if (row->key.protocol != IPPROTO_TCP || row->mini || row->request)
		return buffer;
	if (row->state == STATE_CLOSE_WAIT && !sockrow_unaccepted(row)) {
		if (closed_ms >= 0)
			phrase_add(&phrase, _("peer closed %s ago"),
				prose_duration(closed_ms, ago, sizeof(ago)));
		else
			phrase_add(&phrase, "%s", _("peer closed"));
		if (*owners != '\0')
			phrase_clause(&phrase, _("waits for close() by %s"), owners);
		else
			phrase_clause(&phrase, "%s", _("waits for close()"));
	} else if (row->state == STATE_FIN_WAIT2 && row->timer == DIAG_TIMER_OFF) {
		phrase_add(&phrase, "%s", _("waits for the peer's FIN"));
	}
	return buffer;
}

static void add_rate(struct phrase *phrase, uint64_t rate)
{
	static const char *const units[] = {"B/s", "kB/s", "MB/s", "GB/s"};
	double value = (double)rate;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	if (rate > 0)
		phrase_item(phrase, _("%.*f %s delivered"), value < 10 && unit > 0 ? 1 : 0, value,
			units[unit]);
}

char *prose_socket_info(const struct sockrow *row, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char ago[32];

	if (!row->has_info || row->state == STATE_LISTEN)
		return buffer;
	if (row->rtt_us > 0)
		phrase_item(&phrase, "rtt %.3g ms", (double)row->rtt_us / 1000);
	phrase_item(&phrase, "cwnd %" PRIu32, row->snd_cwnd);
	if (row->retransmits_total > 0)
		phrase_item(&phrase, _("%" PRIu32 " retransmitted"), row->retransmits_total);
	if (row->bytes_sent > 0)
		phrase_item(&phrase, _("sent last %s ago"),
			prose_duration(row->last_data_sent_ms, ago, sizeof(ago)));
	if (row->bytes_received > 0)
		phrase_item(&phrase, _("received last %s ago"),
			prose_duration(row->last_data_recv_ms, ago, sizeof(ago)));
	add_rate(&phrase, row->delivery_rate);
	return buffer;
}
