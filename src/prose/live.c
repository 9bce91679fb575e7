/* What `top` says: words for the parts of its screen, and what it counts, in a clause each. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_live.h"

const char *prose_live_word(enum live_word word)
{
	static const char *const words[LIVE_WORD_MAX] = {[LIVE_WORD_LISTENERS] = N_("Listeners"),
		[LIVE_WORD_SOCKETS] = N_("Sockets"),
		[LIVE_WORD_TRANSITIONS] = N_("Transitions"),
		[LIVE_WORD_ACCEPT_QUEUE] = N_("accept queue"),
		[LIVE_WORD_HALF_OPEN] = N_("half-open"),
		[LIVE_WORD_AGE] = N_("since"),
		[LIVE_WORD_TIMER] = N_("timer"),
		[LIVE_WORD_OWNER] = N_("owner"),
		[LIVE_WORD_SEGMENTS] = N_("Segments"),
		[LIVE_WORD_HISTORY] = N_("History"),
		[LIVE_WORD_NO_LISTENER] = N_("nobody listens"),
		[LIVE_WORD_NO_SOCKET] = N_("no socket"),
		[LIVE_WORD_NO_LINE] = N_("nothing has happened yet"),
		[LIVE_WORD_NO_INFO] = N_("the kernel has told nothing of its timing yet"),
		[LIVE_WORD_SOCKET_GONE] = N_("this socket is no longer there"),
		[LIVE_WORD_QUEUED] = N_("in queue"),
		[LIVE_WORD_COUNTER] = N_("accept()"),
		[LIVE_WORD_OUTSIDE] = N_("knocking"),
		[LIVE_WORD_FIND] = N_("Find: "),
		[LIVE_WORD_SOCKETS_ONLY] =
			N_("packets may not be captured here (root may): sockets only"),
		[LIVE_WORD_READING] = N_("more are being read"),
		[LIVE_WORD_KEY_HELP] = N_("Help"),
		[LIVE_WORD_KEY_FIND] = N_("Find"),
		[LIVE_WORD_KEY_GROUP] = N_("Group"),
		[LIVE_WORD_KEY_SORT] = N_("Sort"),
		[LIVE_WORD_KEY_PAUSE] = N_("Pause"),
		[LIVE_WORD_KEY_BACK] = N_("Step"),
		[LIVE_WORD_KEY_SOCKET] = N_("Socket"),
		[LIVE_WORD_KEY_DIAGRAM] = N_("Present"),
		[LIVE_WORD_KEY_SPEED] = N_("Speed"),
		[LIVE_WORD_KEY_QUIT] = N_("Quit")};

	return word < LIVE_WORD_MAX ? _(words[word]) : "";
}

const char *prose_live_sort(enum live_sort sort)
{
	static const char *const words[LIVE_SORT_MAX] = {[LIVE_BY_LOCAL] = N_("by local end"),
		[LIVE_BY_REMOTE] = N_("by remote end"),
		[LIVE_BY_STATE] = N_("by state"),
		[LIVE_BY_AGE] = N_("newest state first"),
		[LIVE_BY_RECV_Q] = N_("by Recv-Q"),
		[LIVE_BY_SEND_Q] = N_("by Send-Q"),
		[LIVE_BY_TIMER] = N_("next timer first")};

	return sort < LIVE_SORT_MAX ? _(words[sort]) : "";
}

const char *prose_live_group(enum live_group group)
{
	static const char *const words[LIVE_GROUP_MAX] = {[LIVE_GROUP_NONE] = "",
		[LIVE_GROUP_PROCESS] = N_("grouped by process"),
		[LIVE_GROUP_PEER] = N_("grouped by peer"),
		[LIVE_GROUP_STATE] = N_("grouped by state")};

	return group > LIVE_GROUP_NONE && group < LIVE_GROUP_MAX ? _(words[group]) : "";
}

const char *prose_live_help(size_t line)
{
	static const char *const lines[] = {
		N_("Up Down PgUp PgDn   choose a socket; Home, End: the first, the last"),
		N_("Enter               that socket: history, segments, tcp_info as curves"),
		N_("Space               pause; again: go on"),
		N_("Left Right          pause, and step back and forward in time"),
		N_("p                   present: the state diagram, the queue as people"),
		N_("F3 /                find: ends, states or programs with that text"),
		N_("F5 t                group by process, by peer, by state; not at all"),
		N_("F6 > <              sort by the next column, the one before; I: reverse"),
		N_("+ - r               a recording faster, slower, from its beginning"),
		N_("F1 h ?              this help; Esc: back; F10 q: quit"), "",
		N_("A bar is a queue against its limit: the kernel admits backlog + 1,"),
		N_("into the accept queue and among half-open requests alike. Full, it flashes."),
		"", N_("● packet and kernel agree   ○ the packet alone   ◆ the kernel alone"),
		N_("× withdrawn: it was claimed by packets, and did not happen")};

	return line >= sizeof(lines) / sizeof(lines[0]) ? NULL
	       : lines[line][0] == '\0'                 ? ""
							: _(lines[line]);
}

char *prose_live_order(const struct live_order *order, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (order->group != LIVE_GROUP_NONE)
		phrase_item(&phrase, "%s", prose_live_group(order->group));
	else
		phrase_item(&phrase, "%s", prose_live_sort(order->sort));
	if (order->reverse && order->group == LIVE_GROUP_NONE)
		phrase_item(&phrase, "%s", _("reversed"));
	if (order->find[0] != '\0')
		phrase_item(&phrase, _("with \"%s\""), order->find);
	return buffer;
}

char *prose_live_pace(const struct live_pace *pace, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char text[64];

	if (pace->paused && pace->back_ms > 0)
		phrase_item(&phrase, _("paused, %s back"),
			prose_duration(pace->back_ms, text, sizeof(text)));
	else if (pace->paused)
		phrase_item(&phrase, "%s", _("paused"));
	else if (pace->over)
		phrase_item(&phrase, "%s", _("the recording is over"));
	else if (!pace->replay)
		phrase_item(&phrase, "%s", _("live"));
	else
		phrase_item(&phrase, "%s", _("replay"));
	if (pace->replay && !pace->over && pace->speed >= 1)
		phrase_add(&phrase, " ×%.0f", pace->speed);
	else if (pace->replay && !pace->over)
		phrase_add(&phrase, " ÷%.0f", 1 / pace->speed);
	return buffer;
}

char *prose_live_lost(const struct live_totals *totals, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (totals->dropped > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " packet dropped", "%" PRIu64 " packets dropped",
				totals->dropped),
			totals->dropped);
	if (totals->lost_rows > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " answer of sock_diag lost",
				"%" PRIu64 " answers of sock_diag lost", totals->lost_rows),
			totals->lost_rows);
	if (totals->shed > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " look-up left out", "%" PRIu64 " look-ups left out",
				totals->shed),
			totals->shed);
	return buffer;
}

char *prose_live_holders(const struct live_socket *socket, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	uint32_t left = socket->also_count;

	if (socket->pid == 0)
		return buffer;
	phrase_item(&phrase, "%s[%" PRIu32 "]", socket->program, socket->pid);
	for (int i = 0; i < LIVE_ALSO && left > 0 && socket->also[i].pid != 0; i++, left--)
		phrase_item(
			&phrase, "%s[%" PRIu32 "]", socket->also[i].program, socket->also[i].pid);
	if (left > 0)
		phrase_add(&phrase, _(" and %u more"), left);
	return buffer;
}

char *prose_live_refused(const struct live_socket *listener, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (listener->overflows > 0)
		phrase_item(&phrase,
			ngettext("%" PRIu64 " attempt not let in",
				"%" PRIu64 " attempts not let in", listener->overflows),
			listener->overflows);
	return buffer;
}

char *prose_live_overflows(const struct live_totals *totals, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (totals->overflows > 0)
		phrase_item(&phrase, _("accept queue overflowed %" PRId64 "×"), totals->overflows);
	if (totals->queue_full > 0)
		phrase_item(&phrase, _("SYN queue full %" PRId64 "×"), totals->queue_full);
	if (totals->retransmissions > 0)
		phrase_item(&phrase,
			ngettext("%" PRId64 " retransmission", "%" PRId64 " retransmissions",
				totals->retransmissions),
			totals->retransmissions);
	return buffer;
}

char *prose_live_more(size_t sockets, char *buffer, size_t size)
{
	snprintf(buffer, size, _("%zu more are not shown"), sockets);
	return buffer;
}

char *prose_live_queue(uint64_t length, uint64_t limit, size_t columns, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	size_t numbers;

	phrase_item(&phrase, _("%" PRIu64 " of %" PRIu64), length, limit);
	numbers = strlen(buffer);
	if (length >= limit)
		phrase_item(&phrase, "%s", _("full"));
	if (columns_of(buffer) > columns)
		buffer[numbers] = '\0';
	return buffer;
}

char *prose_live_curve(enum live_curve curve, uint32_t value, char *buffer, size_t size)
{
	switch (curve) {
	case LIVE_CURVE_RTT:
		snprintf(buffer, size, _("rtt %.2f ms"), (double)value / 1000);
		break;
	case LIVE_CURVE_CWND:
		snprintf(buffer, size, _("cwnd %" PRIu32), value);
		break;
	case LIVE_CURVE_UNACKED:
		snprintf(buffer, size, _("unacked %" PRIu32), value);
		break;
	case LIVE_CURVE_AGAIN:
		snprintf(buffer, size, _("retransmitted %" PRIu32), value);
		break;
	case LIVE_CURVE_MAX:
		break;
	}
	return buffer;
}
