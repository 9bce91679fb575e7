/* A socket row in words: its queues, its timer, and what is special about it. */
#include "tcpstate/prose.h"
#include "tcpstate/lang.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

const char *prose_socket_state(const struct sockrow *row)
{
	return row->key.protocol == IPPROTO_UDP && row->state == STATE_CLOSED
		       ? "UNCONN"
		       : state_name(row->state);
}

/* Appends "text", after ", " when something is there already. */
__attribute__((format(printf, 3, 4))) static void append(
	char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;

	if (used > 0 && used + 2 < size) {
		strcpy(buffer + used, ", ");
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}

static void append_listener(const struct sockrow *row, int64_t half_open, char *buffer, size_t size)
{
	append(buffer, size, "accept queue %" PRIu32 " of %" PRIu64 " (backlog %" PRIu32 " + 1)%s",
		row->recv_q, (uint64_t)row->send_q + 1, row->send_q,
		row->recv_q > row->send_q ? ", full" : "");
	if (half_open >= 0)
		append(buffer, size, "%" PRId64 " half-open", half_open);
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

static void append_bytes(
	uint32_t count, const char *flag, const char *lacking, char *buffer, size_t size)
{
	uint32_t bytes = count - (flag != NULL && count > 0);

	if (bytes > 0)
		append(buffer, size, "%" PRIu32 " %s%s%s %s", bytes, bytes == 1 ? "byte" : "bytes",
			flag != NULL ? " and " : "", flag != NULL ? flag : "", lacking);
	else if (count > 0)
		append(buffer, size, "%s %s", flag, lacking);
}

static void append_stream(const struct sockrow *row, char *buffer, size_t size)
{
	append_bytes(row->recv_q, last_to_read(row->state), "unread", buffer, size);
	append_bytes(row->send_q, last_to_acknowledge(row->state), "unacknowledged", buffer, size);
}

/* Of UDP the kernel tells memory, not payload: a datagram of 1 byte takes 768 or more. */
static void append_memory(const struct sockrow *row, char *buffer, size_t size)
{
	if (row->has_mem)
		append(buffer, size,
			"receive memory %" PRIu32 " of %" PRIu32 ", %" PRIu32 " dropped",
			row->recv_q, row->rcvbuf, row->drops);
	else if (row->recv_q > 0)
		append(buffer, size, "receive memory %" PRIu32, row->recv_q);
	if (row->send_q > 0)
		append(buffer, size, "send memory %" PRIu32, row->send_q);
}

char *prose_queues(const struct sockrow *row, int64_t half_open, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (row->mini || row->request)
		return buffer;
	if (row->key.protocol != IPPROTO_TCP)
		append_memory(row, buffer, size);
	else if (row->state == STATE_LISTEN)
		append_listener(row, half_open, buffer, size);
	else
		append_stream(row, buffer, size);
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
		return row->send_q <= 1 ? "FIN" : "data or FIN";
	default:
		return "data";
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
			snprintf(buffer, size, "%s retransmit %u, next in %s", retransmitted(row),
				row->retrans, left);
		else
			snprintf(buffer, size, "%s retransmit in %s", retransmitted(row), left);
		break;
	case DIAG_TIMER_KEEPALIVE:
		/* an orphaned FIN_WAIT2 with more than 60 s to go waits as a full socket first */
		if (row->state == STATE_FIN_WAIT2 && row->inode == 0)
			snprintf(buffer, size, "FIN_WAIT2 becomes a mini-socket in %s", left);
		else if (row->retrans > 0)
			snprintf(buffer, size, "keepalive probe %u unanswered, next in %s",
				row->retrans, left);
		else
			snprintf(buffer, size, "keepalive %s", left);
		break;
	case DIAG_TIMER_MINI:
		snprintf(buffer, size, "%s ends in %s", state_name(row->state), left);
		break;
	case DIAG_TIMER_PROBE0:
		if (row->retrans > 0)
			snprintf(buffer, size, "zero-window probe %u unanswered, next in %s",
				row->retrans, left);
		else
			snprintf(buffer, size, "zero-window probe in %s", left);
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

	buffer[0] = '\0';
	if (row->request)
		append(buffer, size, "half-open request");
	if (row->mini)
		append(buffer, size, "mini-socket, no process holds it");
	else if (sockrow_orphan(row))
		append(buffer, size, "orphan, no process holds it");
	if (sockrow_unaccepted(row))
		append(buffer, size, "waits for accept()");
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_CLOSED)
		append(buffer, size, "bound only");
	if (!row->mini && !row->request && row->shutdown & 1 && row->state == STATE_ESTABLISHED)
		append(buffer, size, "receiving shut down");
	if (row->mapped)
		append(buffer, size, "IPv6 socket");
	if (row->has_v6only && row->key.family == AF_INET6 &&
		memcmp(row->key.addr[0], wildcard, sizeof(wildcard)) == 0)
		append(buffer, size, row->v6only ? "IPv6 only" : "IPv4 too");
	if (row->interface_name[0] != '\0')
		append(buffer, size, "bound to %s", row->interface_name);
	return buffer;
}
