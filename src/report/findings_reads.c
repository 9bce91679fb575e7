/* Who was seen in a read of a connection: by /proc, where calls were not recorded. A process of one
 * thread that reads waits for what the other end sends, and sends nothing meanwhile. */
#include "findings.h"

void model_waits(struct model *model, const struct owner *owner, int64_t since_ns, int64_t t_ns,
	enum wait_how how)
{
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);
	const struct look_key key = {since_ns, owner->pid, owner->inode, run, LOOK_READS};
	uint32_t at = model_look(model, &key, build->waits_count, WAITS_MAX, t_ns);

	if (at == INDEX_NONE || (at == build->waits_count && PUSH(model, build->waits, at) == NULL))
		return;
	build->waits_count += at == build->waits_count;
	int64_t to_ns = build->waits[at].to_ns > t_ns ? build->waits[at].to_ns : t_ns;
	build->waits[at] = (struct wait_seen){.owner = *owner,
		.from_ns = since_ns,
		.to_ns = to_ns,
		.run = run,
		.how = (uint8_t)how};
}

/* Another process had a copy of the descriptor for most of that time, and may have sent. */
static bool shared(const struct model *model, const struct connection *connection,
	const struct owner *reader, int64_t from_ns, int64_t to_ns)
{
	const struct holder *first;
	size_t count = model_holders(model, connection->run, reader->inode, &first);

	for (size_t i = 0; i < count; i++) {
		int64_t since_ns = first[i].from_ns > from_ns ? first[i].from_ns : from_ns;
		int64_t until_ns = first[i].to_ns < to_ns ? first[i].to_ns : to_ns;

		if (first[i].owner.pid != reader->pid &&
			2 * (until_ns - since_ns) > to_ns - from_ns)
			return true;
	}
	return false;
}

static bool of_end(const struct wait_seen *seen, const struct connection *connection, int side)
{
	return seen->run == connection->run && connection->ends[side].has_owner &&
	       seen->owner.inode == connection->ends[side].owner.inode;
}

int64_t finding_seen_reading(const struct model *model, const struct connection *connection,
	int side, int64_t from_ns, int64_t to_ns, const struct owner **who)
{
	const struct model_build *build = model->build;
	int64_t sum_ns = 0;

	*who = NULL;
	for (size_t i = 0; i < build->waits_count; i++) {
		const struct wait_seen *seen = &build->waits[i];
		int64_t since_ns = seen->from_ns > from_ns ? seen->from_ns : from_ns;
		int64_t until_ns = seen->to_ns < to_ns ? seen->to_ns : to_ns;

		if (until_ns <= since_ns || !of_end(seen, connection, side))
			continue;
		if (*who == NULL && shared(model, connection, &seen->owner, from_ns, to_ns))
			return 0;
		*who = &seen->owner;
		sum_ns += until_ns - since_ns;
	}
	return sum_ns;
}

bool finding_seen_waiting(const struct model *model, const struct connection *connection, int side,
	int64_t from_ns, int64_t to_ns)
{
	const struct owner *who;

	return !model->runs[connection->run].has_calls &&
	       2 * finding_seen_reading(model, connection, side, from_ns, to_ns, &who) >=
		       to_ns - from_ns;
}

/* When both ends were seen in a read at once. */
struct both {
	const struct owner *who[2];
	int64_t sum_ns;               /* all together */
	int64_t longest_ns, began_ns; /* without a break; when the longest began */
};

static void meet(struct both *both, const struct wait_seen *one, const struct wait_seen *other,
	int64_t from_ns, int64_t to_ns)
{
	int64_t since_ns = one->from_ns > other->from_ns ? one->from_ns : other->from_ns;
	int64_t until_ns = one->to_ns < other->to_ns ? one->to_ns : other->to_ns;
	int64_t lasted_ns = until_ns - since_ns;

	if (one->how == WAIT_AMONG_LOCKS || other->how == WAIT_AMONG_LOCKS)
		return;
	/* what lay between two looks at both nobody knows */
	bool unbroken = one->how == WAIT_WHOLE || other->how == WAIT_WHOLE;

	if (both->who[0] == NULL || (unbroken && lasted_ns > both->longest_ns)) {
		both->longest_ns = unbroken ? lasted_ns : 0;
		both->began_ns = since_ns;
		both->who[0] = &one->owner;
		both->who[1] = &other->owner;
	}
	since_ns = since_ns > from_ns ? since_ns : from_ns;
	until_ns = until_ns < to_ns ? until_ns : to_ns;
	both->sum_ns += until_ns > since_ns ? until_ns - since_ns : 0;
}

/* The sum is of from_ns to to_ns. */
static struct both both_of(const struct model *model, const struct connection *connection,
	int64_t from_ns, int64_t to_ns)
{
	const struct model_build *build = model->build;
	struct both both = {{NULL, NULL}, 0, 0, 0};

	for (size_t i = 0; i < build->waits_count; i++)
		for (size_t k = 0;
			of_end(&build->waits[i], connection, 0) && k < build->waits_count; k++)
			if (of_end(&build->waits[k], connection, 1))
				meet(&both, &build->waits[i], &build->waits[k], from_ns, to_ns);
	return both;
}

/* Who had sent data last by then (-1: nobody), how many bytes since the other end had, and the
 * first segment of them. */
struct spoken {
	int last;
	int64_t bytes, t_ns;
	uint64_t frame;
};

static struct spoken spoken_by(
	const struct model *model, const struct connection *connection, int64_t t_ns)
{
	struct spoken spoken = {.last = -1, .t_ns = connection->first_ns};

	for (size_t i = 0; i < connection->rung_count; i++) {
		const struct rung *rung = &model->rungs[connection->first_rung + i];

		if (rung->len == 0 || rung->retransmission || rung->t_ns > t_ns)
			continue;
		if (spoken.last != rung->side)
			spoken = (struct spoken){.last = rung->side, .frame = rung->frame};
		spoken.bytes += rung->len;
		spoken.t_ns = rung->t_ns;
	}
	return spoken;
}

int64_t finding_silence_ends(const struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int64_t to_ns = model->runs[connection->run].last_ns;

	for (int side = 0; side < 2; side++) {
		const struct watched_end *end = watch != NULL ? &watch->end[side] : NULL;

		if (end != NULL && end->fin_ns != 0 && end->fin_ns < to_ns)
			to_ns = end->fin_ns;
		if (end != NULL && end->rst.t_ns != 0 && end->rst.t_ns < to_ns)
			to_ns = end->rst.t_ns;
	}
	return to_ns;
}

/* Without a break for a second: nothing can have come meanwhile, for it would have ended a read. A
 * poll() with a time limit is left and called again: then in the silence at the end. */
void finding_both_seen_reading(struct model *model, uint32_t index, int server)
{
	const struct connection *connection = &model->connections[index];

	if (model->build->waits_count == 0 || !connection->ends[0].has_owner ||
		!connection->ends[1].has_owner)
		return;
	int64_t to_ns = finding_silence_ends(model, index);
	struct spoken spoken = spoken_by(model, connection, INT64_MAX);
	struct both both = both_of(model, connection, spoken.t_ns, to_ns);
	int64_t lasted_ns = both.longest_ns;
	if (ms_of(lasted_ns) >= FINDING_HELD_MS)
		spoken = spoken_by(model, connection, both.began_ns);
	else if (2 * both.sum_ns >= to_ns - spoken.t_ns)
		lasted_ns = both.sum_ns;
	if (ms_of(lasted_ns) < FINDING_HELD_MS ||
		shared(model, connection, both.who[0], both.began_ns, both.began_ns + lasted_ns) ||
		shared(model, connection, both.who[1], both.began_ns, both.began_ns + lasted_ns))
		return;
	struct finding *finding =
		finding_of_connection(model, index, server, FINDING_BOTH_WAIT, spoken.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(lasted_ns);
	finding->arg[1] = spoken.last == !server ? spoken.bytes : 0;
	finding->arg[2] = spoken.last == server ? spoken.bytes : 0;
	finding->arg[3] = spoken.last == -1;
	finding_name(finding, 0, both.who[server]);
	finding_name(finding, 1, both.who[!server]);
	finding_cite_frame(finding, spoken.frame);
}
