/* The phases of an experiment: how many sockets were in which state, who held them, what moved. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose_report.h"

char *prose_sysctl_change(
	const struct sysctl_change *change, const char *when, char *buffer, size_t size)
{
	snprintf(buffer, size, _("%s: %s → %s, set before %s"), change->name, change->from,
		change->to, when);
	return buffer;
}

const char *prose_phase(const struct phase *phase)
{
	switch (phase->moment) {
	case MOMENT_LISTENER:
		return _("The first listener");
	case MOMENT_MOST:
		return _("As many connected at once as ever");
	case MOMENT_ALL:
		return _("All connected, before the first close");
	case MOMENT_CLOSE:
		return _("After the first close");
	default:
		break;
	}
	if (phase->end)
		return _("At the end");
	return phase->mark > 0 ? phase->text : _("At the start");
}

const char *prose_moment_word(unsigned moment)
{
	static const char *const words[MOMENT_MAX] = {[MOMENT_LISTENER] = "first_listener",
		[MOMENT_MOST] = "most_connected",
		[MOMENT_ALL] = "all_connected",
		[MOMENT_CLOSE] = "first_close",
		[MOMENT_END] = "end"};

	return moment < MOMENT_MAX ? words[moment] : NULL;
}

char *prose_phase_title(const struct model *model, const struct phase *phase, const char *when,
	char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	if (model->run_count > 1)
		phrase_add(&phrase, _("%s, "), model->runs[phase->run].name);
	if (phase->mark > 0 && !phase->end)
		phrase_add(&phrase,
			phase->trial ? _("Phase %" PRIu32 ", a trial beforehand: %s (%s)")
				     : _("Phase %" PRIu32 ": %s (%s)"),
			phase->mark, prose_phase(phase), when);
	else
		phrase_add(&phrase, _("%s (%s)"), prose_phase(phase), when);
	return buffer;
}

char *prose_phases_title(size_t count, char *buffer, size_t size)
{
	snprintf(buffer, size, _("%zu phases (--all shows their tables)"), count);
	return buffer;
}

static void add_counts(struct phrase *phrase, const struct phase *phase, int side)
{
	static const uint8_t order[] = {STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT, STATE_CLOSED};
	size_t sockets =
		(side == 0 ? phase->server_count : phase->client_count) + phase->unlisted[side];

	if (sockets == 0)
		phrase_item(phrase, "%s", _("no socket"));
	for (size_t i = 0; i < sizeof(order); i++)
		if (phase->states[side][order[i]] > 0)
			phrase_item(phrase, "%zu" COLUMNS_GLUE "%s", phase->states[side][order[i]],
				state_name(order[i]));
	if (phrase->used == 0)
		phrase_item(phrase, "%zu" COLUMNS_GLUE "UDP", sockets);
}

char *prose_phase_side(const struct phase *phase, int side, char *buffer, size_t size)
{
	char counts[PROSE_LINE];
	struct phrase phrase = phrase_begin(counts, sizeof(counts));

	add_counts(&phrase, phase, side);
	snprintf(buffer, size, side == 0 ? _("server side: %s") : _("client side: %s"), counts);
	return buffer;
}

char *prose_phase_brief(const struct phase *phase, char *buffer, size_t size)
{
	char server[PROSE_LINE / 2], client[PROSE_LINE / 2];
	struct phrase left = phrase_begin(server, sizeof(server)),
		      right = phrase_begin(client, sizeof(client));

	add_counts(&left, phase, 0);
	add_counts(&right, phase, 1);
	snprintf(buffer, size, _("server: %s; client: %s"), server, client);
	return buffer;
}

char *prose_phase_old(const struct phase *phase, int side, char *buffer, size_t size)
{
	snprintf(buffer, size,
		ngettext("%zu TIME_WAIT was there before", "%zu TIME_WAITs were there before",
			phase->old[side]),
		phase->old[side]);
	return buffer;
}

char *prose_phase_more(size_t count, bool all, char *buffer, size_t size)
{
	if (all)
		snprintf(buffer, size,
			ngettext("%zu more socket, counted only", "%zu more sockets, counted only",
				count),
			count);
	else
		snprintf(buffer, size,
			ngettext("%zu more socket (--all shows it)",
				"%zu more sockets (--all shows them)", count),
			count);
	return buffer;
}

const char *prose_phase_empty(const struct model *model, const struct phase *phase)
{
	bool merely_end = phase->end && phase->moment == MOMENT_NONE;

	if (phase->server_count + phase->client_count + phase->unlisted[0] + phase->unlisted[1] > 0)
		return NULL;
	return merely_end ? ""
	       : model->runs[phase->run].has_diag
		       ? _("no socket")
		       : _("sockets unknown: no kernel side was recorded");
}

const char *prose_listen_queues(void)
{
	return _("of a LISTEN socket Recv-Q is the accept queue, Send-Q the backlog in force, "
		 "which admits one more");
}

char *prose_phase_counters(const struct phase *phase, bool all, char *buffer, size_t size)
{
	char counters[4 * PROSE_LINE];
	struct phrase phrase = phrase_begin(counters, sizeof(counters));

	for (size_t i = 0; i < phase->counter_count; i++)
		if (!phase->counters[i].volume || all)
			phrase_item(&phrase, "%s %+" PRId64, phase->counters[i].name,
				phase->counters[i].delta);
	buffer[0] = '\0';
	if (phrase.used > 0)
		snprintf(buffer, size,
			phase->mark > 1 ? _("counters since the mark before: %s")
					: _("counters since the start: %s"),
			counters);
	return buffer;
}

/* The text with its blanks glued: on a narrow page it moves to the next line as a whole. */
static void add_glued(struct phrase *phrase, const char *text)
{
	phrase_add(phrase, "%s", _("; "));
	for (; *text != '\0'; text++)
		if (*text == ' ')
			phrase_add(phrase, COLUMNS_GLUE);
		else
			phrase_add(phrase, "%c", *text);
}

/* Who holds it, or why nobody does. */
char *prose_sample_owner(
	const struct model *model, const struct sample *sample, char *buffer, size_t size)
{
	char owners[PROSE_LINE];
	struct phrase phrase = phrase_begin(buffer, size);
	const struct sockrow *row = &sample->row;
	char notes[256];

	if (sample->has_owner && sample->was)
		phrase_item(&phrase, _("was %s[%" PRIu32 "]"), sample->owner.program,
			sample->owner.pid);
	else if (sample->has_owner)
		phrase_item(&phrase, "%s",
			prose_owners(model, &sample->owner, &sample->also, owners, sizeof(owners)));
	else
		phrase_item(&phrase, "%s",
			!sample->unshown && (sockrow_unaccepted(row) || row->request || row->mini ||
						    row->state == STATE_CLOSED)
				? prose_socket_notes(row, notes, sizeof(notes))
				: "-");
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_LISTEN &&
		row->recv_q > row->send_q)
		phrase_item(&phrase, "%s", _("full"));
	if (row->key.protocol == IPPROTO_UDP &&
		prose_queues(row, -1, notes, sizeof(notes))[0] != '\0')
		add_glued(&phrase, notes);
	return buffer;
}

/* "retransmit 956 ms", "retransmit 2.5 s ×2", "ends in 59.0 s" */
char *prose_sample_timer(const struct sockrow *row, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char left[32];

	prose_duration(row->expires_ms, left, sizeof(left));
	switch (row->timer) {
	case DIAG_TIMER_RETRANSMIT:
		phrase_add(&phrase, _("retransmit %s"), left);
		break;
	case DIAG_TIMER_KEEPALIVE:
		phrase_add(&phrase, _("keepalive %s"), left);
		break;
	case DIAG_TIMER_PROBE0:
		phrase_add(&phrase, _("probe %s"), left);
		break;
	case DIAG_TIMER_MINI:
		phrase_add(&phrase, _("ends in %s"), left);
		break;
	default:
		return buffer;
	}
	if (row->retrans > 0)
		phrase_add(&phrase, " ×%u", row->retrans);
	return buffer;
}
