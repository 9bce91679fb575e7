/* Queries about sockets, answered from the rows of the look's dump. */
#include "query_parts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/prose.h"
#include "tcpstate/states_arg.h"

enum kind { KIND_ANY, KIND_UNACCEPTED, KIND_ORPHAN, KIND_MINI };

struct selection {
	uint32_t mask;
	enum kind kind;
	struct filter *filter;
};

static bool row_is(const struct sockrow *row, enum kind kind)
{
	switch (kind) {
	case KIND_UNACCEPTED:
		return sockrow_unaccepted(row);
	case KIND_ORPHAN:
		return sockrow_orphan(row);
	case KIND_MINI:
		return row->mini;
	case KIND_ANY:
		break;
	}
	return true;
}

static int selection_parse(
	const char *rest, bool kinds, struct selection *selection, struct error *error)
{
	static const char *const words[] = {
		[KIND_UNACCEPTED] = "unaccepted", [KIND_ORPHAN] = "orphan", [KIND_MINI] = "mini"};
	struct states_arg states;
	const char *after;
	char word[256];

	*selection = (struct selection){.kind = KIND_ANY};
	rest = query_word(rest, word, sizeof(word));
	if (!*word)
		return error_set(
			error, "which STATES? as in: count ESTABLISHED,CLOSE_WAIT tcp port 80");
	if (states_arg_parse(word, &states, error))
		return -1;
	if (states.count >= 0)
		return error_set(
			error, "%s: the number is what is measured; predict it instead", word);
	selection->mask = states.mask;
	after = query_word(rest, word, sizeof(word));
	for (size_t i = KIND_UNACCEPTED; kinds && i <= KIND_MINI; i++)
		if (!strcmp(word, words[i])) {
			selection->kind = (enum kind)i;
			rest = after;
		}
	selection->filter = filter_new(rest, true, error);
	return selection->filter != NULL ? 0 : -1;
}

/* UDP sockets have no state machine: they count only where the filter asks for them, so that CLOSED
 * does not mean them. */
static size_t rows_select(const struct observer_look *look, const struct selection *selection,
	const char *filter, const struct sockrow **first)
{
	bool udp = filter != NULL && strstr(filter, "udp") != NULL;
	size_t count = 0;

	for (size_t i = 0; i < look->row_count; i++) {
		const struct sockrow *row = &look->rows[i];

		if ((row->key.protocol != IPPROTO_TCP && !udp) ||
			!(selection->mask >> row->state & 1) || !row_is(row, selection->kind) ||
			!filter_row(selection->filter, row))
			continue;
		if (!count++)
			*first = row;
	}
	return count;
}

int query_count(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	struct selection selection;
	const struct sockrow *first;

	if (selection_parse(rest, true, &selection, error))
		return -1;
	*value = (int64_t)rows_select(context->look, &selection, rest, &first);
	filter_free(selection.filter);
	return 0;
}

/* Exactly one socket is meant: a sum or a first one would hide a mistake. */
static const struct sockrow *row_find(
	const struct query_context *context, const char *rest, struct error *error)
{
	struct selection selection;
	const struct sockrow *row = NULL;
	size_t count;

	if (selection_parse(rest, false, &selection, error))
		return NULL;
	count = rows_select(context->look, &selection, rest, &row);
	filter_free(selection.filter);
	if (count == 1)
		return row;
	error_set(error, "%zu sockets match \"%s\", exactly one was expected", count, rest);
	return NULL;
}

int query_recv_q(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row != NULL)
		*value = row->recv_q;
	return row != NULL ? 0 : -1;
}

int query_send_q(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row != NULL)
		*value = row->send_q;
	return row != NULL ? 0 : -1;
}

char *query_timer(const struct query_context *context, const char *rest, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	return row != NULL ? strdup(prose_timer_word(row->timer)) : NULL;
}

int query_timer_ms(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row != NULL && row->timer == DIAG_TIMER_OFF)
		return error_set(error, "that socket has no timer");
	if (row != NULL)
		*value = row->expires_ms;
	return row != NULL ? 0 : -1;
}

int query_retrans(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row != NULL)
		*value = row->retrans;
	return row != NULL ? 0 : -1;
}

int query_drops(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	const struct sockrow *row = row_find(context, rest, error);

	if (row != NULL && !row->has_mem)
		return error_set(error, "the kernel does not tell the memory of that socket");
	if (row != NULL)
		*value = row->drops;
	return row != NULL ? 0 : -1;
}

char *query_states(const struct query_context *context, const char *rest, struct error *error)
{
	struct filter *filter = filter_new(rest, true, error);
	struct words words = {.count = 0};

	if (filter == NULL)
		return NULL;
	for (size_t i = 0; i < context->look->row_count; i++)
		if (context->look->rows[i].key.protocol == IPPROTO_TCP &&
			filter_row(filter, &context->look->rows[i]))
			words_add(&words, state_name(context->look->rows[i].state));
	filter_free(filter);
	return words_joined(&words);
}
