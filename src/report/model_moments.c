/* A recording without marks has tables at its natural moments: the first listener, all connected,
 * the first close, the end. Which sockets there were, and in which state, is read off the corrected
 * timeline; queues and timers are from the nearest answer that showed the socket in that state. */
#include "findings.h"
#include "model_moves.h"
#include "tcpstate/steps.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const int64_t STILL_NS = 5000000;     /* nothing moved for so long: a picture */
static const int64_t MOVING_NS = 100000000;  /* waited for no longer */
static const int64_t DUMPED_NS = 1200000000; /* dumps come each second */

enum {
	SEEN_MAX = 16384, /* answers kept */
	/* those that come later are counted, with --all too */
	CONNECTIONS_MAX = 4000
};

/* ---- what the answers showed, while they come in ---- */

static bool seen_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct sample *a = &model->build->seen[index].sample, *b = wanted;

	return a->row.cookie == b->row.cookie && a->run == b->run;
}

static uint64_t seen_hash(uint64_t cookie, uint16_t run)
{
	return index_hash(&cookie, sizeof(cookie), (uint64_t)run + 1);
}

static bool tells_nothing_new(const struct sockrow *a, const struct sockrow *b)
{
	return a->state == b->state && a->recv_q == b->recv_q && a->send_q == b->send_q &&
	       a->inode == b->inode && a->mini == b->mini && a->request == b->request &&
	       a->timer == b->timer;
}

bool model_moments_over(const struct model *model)
{
	return model->build->kept_now + model->summary.connections_folded > CONNECTIONS_MAX;
}

/* Of what may be folded only as long as there is room. */
bool model_seen_asked(const struct model *model, uint32_t serial)
{
	const struct model_build *build = model->build;
	bool late = serial > build->kept_first;

	return build->seen_count < SEEN_MAX &&
	       (!late || (!model_moments_over(model) && build->seen_count < SEEN_MAX / 2));
}

void model_seen(struct model *model, const struct sample *sample)
{
	struct model_build *build = model->build;
	uint64_t hash = seen_hash(sample->row.cookie, sample->run);

	if (sample->row.cookie == 0)
		return;
	uint32_t newest = index_map_find(&build->seen_map, hash, seen_equal, model, sample);
	if (newest != INDEX_NONE &&
		tells_nothing_new(&build->seen[newest].sample.row, &sample->row)) {
		build->seen[newest].last_ns = sample->t_ns;
		return;
	}
	struct seen *slot = PUSH(model, build->seen, build->seen_count);
	if (slot == NULL || !index_map_replace(&build->seen_map, hash, seen_equal, model, sample,
				    (uint32_t)build->seen_count)) {
		build->failed = true;
		return;
	}
	*slot = (struct seen){.sample = *sample,
		.last_ns = sample->t_ns,
		.before = newest != INDEX_NONE ? newest + 1 : 0};
	build->seen_count++;
}

struct table { /* being made */
	struct model *model;
	uint16_t run;
	uint8_t moment;
	int64_t t_ns;
	int64_t since_ns; /* what has just moved began to: answers before that are old; 0 nothing */
	size_t (*unlisted)[STATE_MAX]; /* by side */
};

/* The answer that showed this socket in this state (STATE_MAX: in any) last by then, else first
 * after it. Of TIME_WAIT rather one that tells how long it lasts. NULL: none did. */
static const struct seen *seen_at(const struct table *table, uint64_t cookie, unsigned state)
{
	const struct model_build *build = table->model->build;
	struct sample wanted = {.row.cookie = cookie, .run = table->run};
	const struct seen *found = NULL;
	uint32_t at = cookie == 0 ? INDEX_NONE
				  : index_map_find(&build->seen_map, seen_hash(cookie, table->run),
					    seen_equal, table->model, &wanted);

	for (at = at != INDEX_NONE ? at + 1 : 0; at != 0; at = build->seen[at - 1].before) {
		const struct seen *seen = &build->seen[at - 1];
		const struct sockrow *row = &seen->sample.row;
		bool timeless = state == STATE_TIME_WAIT && row->timer != DIAG_TIMER_MINI;

		if ((state != STATE_MAX && row->state != state) || (timeless && found != NULL))
			continue;
		if (found != NULL && seen->last_ns < table->since_ns &&
			found->sample.t_ns - table->t_ns < DUMPED_NS)
			break;
		found = seen;
		if (seen->sample.t_ns <= table->t_ns && !timeless)
			break;
	}
	return found;
}

/* ---- the moments of a run ---- */

struct moments {
	int64_t t_ns[MOMENT_MAX];     /* INT64_MIN: it has none */
	int64_t since_ns[MOMENT_MAX]; /* of what has just moved: when it began to; 0: nothing */
	size_t connected;             /* at the most at once */
};

/* The end is before tcpstate terminates what was left. */
static int64_t end_of(const struct model *model, uint16_t run)
{
	int64_t end_ns = model->runs[run].last_ns;

	for (size_t i = 0; i < model->exit_count; i++)
		if (model->exits[i].run == run && model->exits[i].exit.by_recorder &&
			model->exits[i].t_ns <= end_ns)
			end_ns = model->exits[i].t_ns - 1;
	return end_ns;
}

struct sweep {
	const struct move *moves;
	size_t count;
	size_t open, most, opened;
	size_t most_at;        /* the edge that made it so many */
	int64_t most_until_ns; /* INT64_MAX: to the end */
};

/* When nothing more moves after the edge at `first`. */
static int64_t still_after(const struct sweep *sweep, size_t first)
{
	int64_t from_ns = sweep->moves[first].t_ns, last_ns = from_ns;

	for (size_t i = first + 1; i < sweep->count; i++) {
		int64_t t_ns = sweep->moves[i].t_ns;

		if (t_ns - last_ns > STILL_NS || t_ns - from_ns > MOVING_NS)
			break;
		last_ns = t_ns;
	}
	return last_ns + STILL_NS / 2;
}

static void begins(const struct sweep *sweep, size_t at, struct moments *moments, uint8_t moment)
{
	if (moments->t_ns[moment] != INT64_MIN)
		return;
	moments->t_ns[moment] = still_after(sweep, at);
	moments->since_ns[moment] = sweep->moves[at].t_ns;
}

static void sweep_edge(struct sweep *sweep, size_t at, struct moments *moments)
{
	const struct move *move = &sweep->moves[at];

	if (move->what == MOVE_LISTENS)
		begins(sweep, at, moments, MOMENT_LISTENER);
	if (move->what == MOVE_OPENS) {
		sweep->opened++;
		if (++sweep->open > sweep->most) {
			sweep->most = sweep->open;
			sweep->most_at = at;
			sweep->most_until_ns = INT64_MAX;
		}
	}
	if (move->what == MOVE_CLOSES) {
		if (sweep->open-- == sweep->most && sweep->most_until_ns == INT64_MAX)
			sweep->most_until_ns = move->t_ns;
		begins(sweep, at, moments, MOMENT_CLOSE);
	}
}

static bool moments_find(const struct model *model, uint16_t run, struct moments *moments)
{
	int64_t end_ns = end_of(model, run);
	struct sweep sweep = {0};
	struct move *moves = moves_of_run(model, run, &sweep.count);

	if (moves == NULL)
		return false;
	sweep.moves = moves;
	*moments = (struct moments){0};
	for (int i = 0; i < MOMENT_MAX; i++)
		moments->t_ns[i] = INT64_MIN;
	for (size_t i = 0; i < sweep.count && moves[i].t_ns <= end_ns; i++)
		sweep_edge(&sweep, i, moments);
	if (sweep.most > 0) {
		int most = sweep.most == sweep.opened ? MOMENT_ALL : MOMENT_MOST;

		moments->t_ns[most] = sweep.most_until_ns != INT64_MAX
					      ? sweep.most_until_ns - 1
					      : still_after(&sweep, sweep.most_at);
	}
	moments->connected = sweep.most;
	moments->t_ns[MOMENT_END] = end_ns;
	for (int i = 0; i < MOMENT_END; i++)
		if (moments->t_ns[i] > end_ns)
			moments->t_ns[i] = end_ns;
	free(moves);
	return true;
}

/* ---- the sockets at a moment ---- */

/* A timer runs on; that of TIME_WAIT is never set anew, of others nobody knows that. */
static void timer_at(struct sockrow *row, int64_t later_ns)
{
	int64_t left_ms = (int64_t)row->expires_ms - later_ns / 1000000;

	if (row->timer == DIAG_TIMER_MINI && left_ms > 0) {
		row->expires_ms = (uint32_t)left_ms;
	} else if (llabs(later_ns) > 10 * STILL_NS) {
		row->timer = DIAG_TIMER_OFF;
		row->expires_ms = 0;
	}
}

/* shown: NULL, the kernel did not show it so */
static struct sample *sample_add(
	const struct table *table, const struct seen *shown, const struct flow_key *key)
{
	struct sample *sample =
		PUSH(table->model, table->model->samples, table->model->sample_count);

	if (sample == NULL)
		return NULL;
	*sample = shown != NULL
			  ? shown->sample
			  : (struct sample){.row.key = *key, .t_ns = table->t_ns, .unshown = true};
	if (shown != NULL) {
		timer_at(&sample->row, table->t_ns - sample->t_ns);
	}
	sample->run = table->run;
	sample->mark = 0;
	sample->moment = table->moment;
	sample->moment_ns = table->t_ns;
	table->model->sample_count++;
	return sample;
}

/* The call that had taken it by then; NULL: none was recorded. */
static const struct call *accepted_by(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.error == 0 && at->at_ns <= t_ns &&
			(at->call.what == CALLED_ACCEPT || at->call.what == CALLED_ACCEPT4))
			return &at->call;
	}
	return NULL;
}

/* The row was given before accept() returned, the moment is after. */
static void took_meanwhile(const struct table *table, const struct connection *connection, int side,
	struct sample *sample)
{
	const struct call *call = accepted_by(table->model, connection, side, table->t_ns);

	if (call == NULL || !sockrow_unaccepted(&sample->row))
		return;
	sample->row.inode = call->new_inode;
	if (!sample->has_owner && connection->ends[side].has_owner) {
		sample->owner = connection->ends[side].owner;
		sample->has_owner = true;
	}
}

static bool on_server_side(const struct table *table, const struct connection *connection, int side)
{
	return connection->client != -1 ? connection->client != side
					: model_port_listens(table->model, table->run,
						  connection->key.port_be[side]);
}

static void add_end(
	const struct table *table, const struct connection *connection, int side, bool listed)
{
	const struct model *model = table->model;
	uint8_t state = model_state_at(model, connection, side, table->t_ns);
	struct flow_key key = side != 0 ? flow_key_swap(&connection->key) : connection->key;
	bool server = on_server_side(table, connection, side);

	if (!move_is_shown(state))
		return;
	if (!listed) {
		table->unlisted[!server][state]++;
		return;
	}
	const struct seen *shown = seen_at(table, connection->ends[side].cookie, state);
	struct sample *sample = sample_add(table, shown, &key);
	if (sample == NULL)
		return;
	sample->row.state = state;
	sample->row.cookie = connection->ends[side].cookie;
	sample->server_side = server;
	if (sample->unshown && connection->ends[side].has_owner) {
		sample->owner = connection->ends[side].owner;
		sample->has_owner = true;
		sample->was = state == STATE_TIME_WAIT;
	}
	if (!sample->unshown)
		took_meanwhile(table, connection, side, sample);
}

static void add_connections(const struct table *table)
{
	const struct model *model = table->model;

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		if (connection->run != table->run || connection->first_ns > table->t_ns)
			continue;
		for (int side = 0; side < 2; side++)
			if (connection->local_sides >> side & 1)
				add_end(table, connection, side, i < CONNECTIONS_MAX);
	}
	moves_count(model, table->run, table->t_ns, table->unlisted);
}

static bool listens_at(const struct model *model, const struct listener *listener, int64_t t_ns)
{
	bool listens = listener->first_ns <= t_ns &&
		       (!listener->by_calls || listener->state == STATE_LISTEN ||
			       t_ns < listener->last_ns);

	for (size_t i = 0; i < listener->steps.count; i++) {
		const struct step *step = &listener->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record != NULL && record->t_ns <= t_ns)
			listens = record->to == STATE_LISTEN;
	}
	return listens;
}

static void add_listeners(const struct table *table)
{
	struct model *model = table->model;

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];

		if (listener->run != table->run || !listens_at(model, listener, table->t_ns))
			continue;
		const struct seen *shown = seen_at(table, listener->cookie, STATE_LISTEN);
		struct sample *sample = sample_add(table, shown, &listener->key);
		if (sample == NULL)
			return;
		/* its queue has moved since */
		sample->unshown |= shown != NULL && shown->last_ns < table->since_ns;
		sample->row.state = STATE_LISTEN;
		sample->server_side = true;
		if (sample->unshown) {
			sample->has_owner = listener->has_owner;
			sample->owner = listener->owner;
		}
	}
}

/* All who were known to hold it had let go of it: it is closed, whatever the last dump showed. */
static bool let_go(const struct table *table, uint32_t inode)
{
	const struct holder *first;
	size_t count = model_holders(table->model, table->run, inode, &first), gone = 0;

	for (size_t i = 0; i < count; i++)
		gone += first[i].to_ns <= table->t_ns;
	return count > 0 && gone == count;
}

static void add_datagram_sockets(const struct table *table)
{
	struct model *model = table->model;

	for (size_t i = 0; i < model->udp_socket_count; i++) {
		const struct udp_socket *socket = &model->udp_sockets[i];
		int64_t until_ns = table->moment == MOMENT_END ? DUMPED_NS : 0;

		if (socket->run != table->run || socket->first_ns > table->t_ns ||
			socket->last_ns + until_ns < table->t_ns || let_go(table, socket->inode))
			continue;
		struct sample *sample =
			sample_add(table, seen_at(table, socket->cookie, STATE_MAX), &socket->key);
		if (sample != NULL) {
			sample->row.key = socket->key;
			sample->row.cookie = socket->cookie;
			sample->server_side = !socket->connected;
		}
	}
}

static bool has_marks(const struct model *model, uint16_t run)
{
	for (size_t i = 0; i < model->mark_count; i++)
		if (model->marks[i].run == run)
			return true;
	return false;
}

static bool moments_of_run(struct model *model, uint16_t run)
{
	size_t before = model->sample_count;
	struct moments moments;

	if (!moments_find(model, run, &moments))
		return false;
	for (uint8_t i = MOMENT_NONE + 1; i < MOMENT_MAX; i++) {
		struct table table = {model, run, i, moments.t_ns[i], moments.since_ns[i],
			model->runs[run].unlisted[i]};

		if (moments.t_ns[i] == INT64_MIN)
			continue;
		add_listeners(&table);
		add_connections(&table);
		add_datagram_sockets(&table);
	}
	if (model->sample_count == before) /* no socket ever */
		return true;
	memcpy(model->runs[run].moment_ns, moments.t_ns, sizeof(moments.t_ns));
	model->runs[run].has_moments = true;
	model->runs[run].most_connected = moments.connected;
	return true;
}

/* Of connections that were folded each edge must be known. */
static bool has_moments(const struct model *model, uint16_t run)
{
	return model->runs[run].has_diag && !has_marks(model, run) &&
	       (model->summary.connections_folded == 0 || !model->build->moves_over);
}

bool model_moments(struct model *model)
{
	for (uint16_t run = 0; run < model->run_count; run++)
		if (has_moments(model, run) && !moments_of_run(model, run))
			return false;
	return !model->build->failed;
}
