/* The edges of connections that were folded, as far as the tables of natural moments need them:
 * when an end was in which state. Of so many that this takes more than MOVES_MAX of them, there are
 * no such tables. And the edges of all connections, in order of time. */
#include "model_moves.h"

#include <stdlib.h>

enum { MOVES_MAX = 1 << 20 }; /* 16 bytes each */

void moves_forget(struct model_build *build)
{
	free(build->moves);
	build->moves = NULL;
	build->move_count = 0;
}

static bool are_asked_for(const struct model *model)
{
	return !model->build->moves_over && model->mark_count == 0 &&
	       model->runs[model->run_count - 1].has_diag;
}

static bool is_before(const struct told *a, const struct told *b)
{
	return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->id < b->id;
}

static const struct told *first_of(
	const struct told *told, size_t count, const struct told *after, bool opening)
{
	const struct told *first = NULL;

	for (size_t i = 0; i < count; i++) {
		bool open = told[i].to == STATE_ESTABLISHED;
		bool wanted = opening ? open : !open && told[i].to != STATE_SYN_RECV;

		if (told[i].kind == RECORD_TRANSITION && wanted &&
			(after == NULL || is_before(after, &told[i])) &&
			(first == NULL || is_before(&told[i], first)))
			first = &told[i];
	}
	return first;
}

void moves_take(struct model *model, const struct connection *connection, const struct told *told,
	size_t count)
{
	struct model_build *build = model->build;
	uint8_t state[2] = {STATE_CLOSED, STATE_CLOSED};

	if (!are_asked_for(model))
		return;
	if (build->move_count + count > MOVES_MAX) {
		build->moves_over = true;
		moves_forget(build);
		return;
	}
	const struct told *opens = first_of(told, count, NULL, true);
	const struct told *closes = opens != NULL ? first_of(told, count, opens, false) : NULL;
	for (size_t i = 0; i < count; i++) {
		int role = told[i].role & 1, side = connection->client == 1 ? !role : role;

		if (told[i].kind != RECORD_TRANSITION)
			continue;
		struct move *move = PUSH(model, build->moves, build->move_count);
		if (move == NULL)
			return;
		*move = (struct move){.t_ns = told[i].t_ns,
			.port_be = connection->key.port_be[side],
			.from = state[role],
			.to = told[i].to,
			.what = &told[i] == opens    ? MOVE_OPENS
				: &told[i] == closes ? MOVE_CLOSES
						     : MOVE_OTHER,
			.role = connection->client == -1 ? MOVE_ROLE_UNKNOWN : (uint8_t)role,
			.local = connection->local_sides >> side & 1};
		state[role] = told[i].to;
		build->move_count++;
	}
}

/* ---- with those of the connections that are kept ---- */

static int compare_moves(const void *left, const void *right)
{
	const struct move *a = left, *b = right;

	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

enum { IS_NEW, IS_OPEN, IS_CLOSING };

static struct move move_of(const struct transition *edge, uint8_t *how)
{
	uint8_t to = edge->record.to;
	struct move move = {.t_ns = edge->record.t_ns, .from = edge->record.from, .to = to};

	if (edge->record.listener) {
		move.what = to == STATE_LISTEN ? MOVE_LISTENS : MOVE_OTHER;
	} else if (how[edge->index] == IS_NEW && to == STATE_ESTABLISHED) {
		how[edge->index] = IS_OPEN;
		move.what = MOVE_OPENS;
	} else if (how[edge->index] == IS_OPEN && to != STATE_ESTABLISHED && to != STATE_SYN_RECV) {
		how[edge->index] = IS_CLOSING;
		move.what = MOVE_CLOSES;
	}
	return move;
}

/* Folded connections are those of the one run that there is then. */
struct move *moves_of_run(const struct model *model, uint16_t run, size_t *count)
{
	const struct model_build *build = model->build;
	struct move *all = calloc(model->transition_count + build->move_count + 1, sizeof(*all));
	uint8_t *how = calloc(model->connection_count + 1, 1);
	size_t folded = 0;

	*count = 0;
	if (build->move_count > 0)
		qsort(build->moves, build->move_count, sizeof(*build->moves), compare_moves);
	for (size_t i = 0; all != NULL && how != NULL && i < model->transition_count; i++) {
		const struct transition *edge = &model->transitions[i];

		if (edge->run != run)
			continue;
		while (folded < build->move_count && build->moves[folded].t_ns < edge->record.t_ns)
			all[(*count)++] = build->moves[folded++];
		all[(*count)++] = move_of(edge, how);
	}
	while (all != NULL && folded < build->move_count)
		all[(*count)++] = build->moves[folded++];
	if (how == NULL) {
		free(all);
		all = NULL;
	}
	free(how);
	return all;
}

void moves_count(const struct model *model, uint16_t run, int64_t t_ns, size_t counts[2][STATE_MAX])
{
	const struct model_build *build = model->build;

	for (size_t i = 0; i < build->move_count && build->moves[i].t_ns <= t_ns; i++) {
		const struct move *move = &build->moves[i];
		bool server = move->role == MOVE_ROLE_UNKNOWN
				      ? model_port_listens(model, run, move->port_be)
				      : move->role == 1;

		if (!move->local)
			continue;
		if (move_is_shown(move->from))
			counts[!server][move->from]--;
		if (move_is_shown(move->to))
			counts[!server][move->to]++;
	}
}
