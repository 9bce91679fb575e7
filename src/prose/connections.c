/* A connection, a listener, a path: who they were, what crossed, what became of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/flow.h"
#include "tcpstate/prose_report.h"

enum { MEMBERS_NAMED = 8, SYN_ACKS_TOLD = 8 };

char *prose_connection_title(
	const struct model *model, const struct connection *connection, char *buffer, size_t size)
{
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT];
	int first = connection->client == 1;

	flow_end_text(&connection->key, first, left);
	flow_end_text(&connection->key, !first, right);
	if (model->run_count > 1)
		snprintf(buffer, size, _("Connection %" PRIu32 " of %s: %s %s → %s %s"),
			connection->serial, model->runs[connection->run].name,
			prose_end(connection, first), left, prose_end(connection, !first), right);
	else
		snprintf(buffer, size, _("Connection %" PRIu32 ": %s %s → %s %s"),
			connection->serial, prose_end(connection, first), left,
			prose_end(connection, !first), right);
	return buffer;
}

static void add_syn_acks(struct phrase *phrase, const struct connection *connection)
{
	char times[256];
	struct phrase list = phrase_begin(times, sizeof(times));

	for (size_t i = 0; i < connection->syn_acks && i < SYN_ACKS_TOLD; i++) {
		int64_t ms =
			(connection->syn_ack_at_ns[i] - connection->syn_ack_at_ns[0] + 500000) /
			1000000;

		if (ms == 0)
			phrase_number(&list, "0");
		else
			phrase_number(&list, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	}
	if (connection->syn_acks > SYN_ACKS_TOLD)
		phrase_number(&list, "...");
	phrase_clause(phrase, _("SYN-ACK sent at %s s"), times);
}

static void add_owner(struct phrase *phrase, const struct model *model,
	const struct connection *connection, int side)
{
	char owners[PROSE_LINE];

	if (connection->ends[side].has_owner)
		phrase_clause(phrase, "%s %s", prose_end(connection, side),
			prose_owners(model, &connection->ends[side].owner,
				&connection->ends[side].also, owners, sizeof(owners)));
}

char *prose_connection(
	const struct model *model, const struct connection *connection, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	int first = connection->client == 1;

	phrase_item(&phrase, _("%" PRIu64 " + %" PRIu64 " segments"),
		connection->ends[first].sent.segments, connection->ends[!first].sent.segments);
	phrase_item(&phrase, _("%" PRIu64 " + %" PRIu64 " bytes"),
		connection->ends[first].sent.bytes, connection->ends[!first].sent.bytes);
	if (connection->ends[0].sent.retransmissions + connection->ends[1].sent.retransmissions > 0)
		phrase_item(&phrase, _("%" PRIu64 " + %" PRIu64 " retransmissions"),
			connection->ends[first].sent.retransmissions,
			connection->ends[!first].sent.retransmissions);
	if (connection->unseen != -1)
		phrase_clause(&phrase,
			connection->client != -1 ? _("nothing that the %s sent was captured")
						 : _("nothing that %s sent was captured"),
			prose_end(connection, connection->unseen));
	if (connection->syn_unanswered > 0)
		phrase_clause(&phrase,
			ngettext("%" PRIu64 " SYN unanswered", "%" PRIu64 " SYNs unanswered",
				connection->syn_unanswered),
			connection->syn_unanswered);
	if (connection->errors > 0)
		phrase_clause(&phrase,
			ngettext("%" PRIu64 " ICMP error", "%" PRIu64 " ICMP errors",
				connection->errors),
			connection->errors);
	if (connection->syn_acks > 1)
		add_syn_acks(&phrase, connection);
	add_owner(&phrase, model, connection, first);
	add_owner(&phrase, model, connection, !first);
	return buffer;
}

_Static_assert((int)MEMBERS_NAMED <= (int)FOLDED_NUMBERS, "a shape knows so many numbers");

char *prose_more_like_it(const struct shape *shape, char *buffer, size_t size)
{
	char numbers[256];
	struct phrase list = phrase_begin(numbers, sizeof(numbers));
	size_t more = shape->total - 1;

	for (size_t i = 0; i < MEMBERS_NAMED && shape->number[i] != 0; i++)
		phrase_number(&list, "%" PRIu32, shape->number[i]);
	if (more > MEMBERS_NAMED)
		phrase_number(&list, "...");
	snprintf(buffer, size,
		ngettext("and %zu more like it: connection %s",
			"and %zu more like it: connections %s", more),
		more, numbers);
	return buffer;
}

/* "client CLOSED → SYN_SENT → ESTABLISHED": the states of one end; "…" where an edge
 * does not start where the last one ended. */
static void add_states(struct phrase *phrase, const struct model *model,
	const struct connection *connection, int side)
{
	int last = -1;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = &model->transitions[step->index].record;

		if (step->kind != STEP_TRANSITION || (record->side & 1) != side)
			continue;
		if (last == -1)
			phrase_clause(phrase, "%s %s", prose_end(connection, side),
				state_name(record->from));
		else if (last != record->from)
			phrase_add(phrase, " … %s", state_name(record->from));
		phrase_add(phrase, " → %s", state_name(record->to));
		last = record->to;
	}
}

char *prose_shape(const struct model *model, const struct shape *shape, char *buffer, size_t size)
{
	const struct connection *connection = &model->connections[shape->members[0]];
	char states[PROSE_LINE];
	struct phrase course = phrase_begin(states, sizeof(states));
	struct phrase phrase = phrase_begin(buffer, size);
	int first = connection->client == 1;

	add_states(&course, model, connection, first);
	add_states(&course, model, connection, !first);
	if (connection->corrections > 0)
		phrase_clause(&course,
			ngettext("%" PRIu32 " correction", "%" PRIu32 " corrections",
				connection->corrections),
			connection->corrections);
	phrase_clause(&course, _("e.g. connection %" PRIu32), connection->serial);
	phrase_add(&phrase, _("%zu: %s"), shape->total, states);
	return buffer;
}

char *prose_shapes_title(const struct model *model, char *buffer, size_t size)
{
	snprintf(buffer, size,
		ngettext("%zu connections of %zu kind; one of each (--all shows every connection)",
			"%zu connections of %zu kinds; one of each (--all shows every connection)",
			model->shape_count),
		model->connection_total, model->shape_count);
	return buffer;
}

char *prose_others(const struct folded *others, char *buffer, size_t size)
{
	snprintf(buffer, size,
		_("And %" PRIu64 " connections of further kinds, too many to tell apart: %" PRIu64
		  " segments, %" PRIu64 " bytes"),
		others->count, others->sent[0].segments + others->sent[1].segments,
		others->sent[0].bytes + others->sent[1].bytes);
	return buffer;
}

char *prose_other_shapes_title(size_t count, char *buffer, size_t size)
{
	snprintf(buffer, size,
		ngettext("The other %zu kind of connection",
			"The other %zu kinds of connection, the most frequent first", count),
		count);
	return buffer;
}

/* ---- listeners ---- */

char *prose_listener_title(
	const struct model *model, const struct listener *listener, char *buffer, size_t size)
{
	char end[FLOW_END_TEXT];

	flow_end_text(&listener->key, 0, end);
	if (model->run_count > 1)
		snprintf(
			buffer, size, _("Listener %s of %s"), end, model->runs[listener->run].name);
	else
		snprintf(buffer, size, _("Listener %s"), end);
	return buffer;
}

/* "1, then 7" */
static char *backlogs(const struct listener *listener, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (int i = 0; i < listener->backlog_count && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%" PRIu32,
			i > 0 ? _(", then ") : "", listener->backlogs[i].backlog);
	if (used < size && listener->backlogs[listener->backlog_count - 1].backlog !=
				   listener->backlog) /* more than are kept */
		snprintf(buffer + used, size - used, " ... %" PRIu32, listener->backlog);
	return buffer;
}

static void add_queue(struct phrase *phrase, const struct listener *listener)
{
	char all[BACKLOGS_KEPT * 24];
	bool one = listener->backlog_count < 2;
	bool full = one && listener->overflowed && listener->overflow_backlog == listener->backlog;

	if (one)
		phrase_clause(phrase,
			full ? _("queue never above %" PRIu32 " (backlog %" PRIu32
				 " + 1): it was full")
			     : _("queue never above %" PRIu32 ", backlog %" PRIu32),
			listener->max_queue, listener->backlog);
	else
		phrase_clause(phrase, _("queue never above %" PRIu32 ", backlog %s"),
			listener->max_queue, backlogs(listener, all, sizeof(all)));
	if (listener->overflowed && !full)
		phrase_clause(phrase, _("it was full when the backlog was %" PRIu32),
			listener->overflow_backlog);
}

char *prose_listener(
	const struct model *model, const struct listener *listener, char *buffer, size_t size)
{
	char owners[PROSE_LINE];
	struct phrase phrase = phrase_begin(buffer, size);

	if (listener->state != STATE_LISTEN)
		phrase_clause(&phrase, _("%s at the end"), state_name(listener->state));
	if (listener->by_calls) {
		phrase_clause(&phrase, "%s",
			_("known from its calls alone: no look at the kernel met it"));
		phrase_clause(
			&phrase, _("a backlog of %" PRIu32 " was asked for"), listener->backlog);
	} else {
		add_queue(&phrase, listener);
	}
	if (listener->has_owner)
		phrase_clause(&phrase, "%s",
			prose_owners(
				model, &listener->owner, &listener->also, owners, sizeof(owners)));
	return buffer;
}

/* ---- paths ---- */

char *prose_path_title(const struct model *model, const struct path *path, size_t number,
	char *buffer, size_t size)
{
	const struct connection *client = &model->connections[path->witness[0]],
				*server = &model->connections[path->witness[1]];
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT];

	flow_end_text(&client->key, client->client, left);
	flow_end_text(&server->key, !server->client, right);
	if (client->ends[!client->client].has_isn)
		snprintf(buffer, size,
			_("Path %zu: client %s (ISN %" PRIu32 ") → server %s (ISN %" PRIu32 ")"),
			number, left, client->ends[client->client].isn, right,
			client->ends[!client->client].isn);
	else
		snprintf(buffer, size,
			_("Path %zu: client %s (ISN %" PRIu32 ") → server %s (unanswered)"), number,
			left, client->ends[client->client].isn, right);
	return buffer;
}

char *prose_path_translated(
	bool source, const char *before, const char *after, char *buffer, size_t size)
{
	snprintf(buffer, size,
		source ? _("translated: source %s → %s") : _("translated: destination %s → %s"),
		before, after);
	return buffer;
}

static const char *place(const struct connection *hop)
{
	bool client = hop->local_sides >> hop->client & 1,
	     server = hop->local_sides >> !hop->client & 1;

	return client && server ? _("both ends live here")
	       : client         ? _("the client's address is its own")
	       : server         ? _("the server's address is its own")
				: _("passes through");
}

char *prose_path_hop(const struct model *model, const struct connection *hop, const char *when,
	char *buffer, size_t size)
{
	char client[FLOW_END_TEXT], server[FLOW_END_TEXT];

	flow_end_text(&hop->key, hop->client, client);
	flow_end_text(&hop->key, !hop->client, server);
	snprintf(buffer, size, _("%s → %s  SYN %s  connection %" PRIu32 " of %s, %s"), client,
		server, when, hop->serial, model->runs[hop->run].name, place(hop));
	return buffer;
}

char *prose_path_witness(
	const struct run *client, const struct run *server, char *buffer, size_t size)
{
	snprintf(buffer, size,
		_("the client's states and frames are those of %s, the server's those of %s"),
		client->name, server->name);
	return buffer;
}
