/* Who holds, or held, a socket: a cookie keeps its last descriptor (inode), an inode its process.
 */
#include "model_build.h"

#include <stdio.h>
#include <stdlib.h>

#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/sorted.h"

static bool cookie_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct cookie_owner *a = &model->build->cookie[index], *b = wanted;

	return a->cookie == b->cookie && a->run == b->run;
}

/* A socket keeps its cookie from request to TIME_WAIT, but not its descriptor: remember that. */
void model_remember_cookie(struct model *model, const struct sockrow *row)
{
	struct model_build *build = model->build;
	struct cookie_owner wanted = {row->cookie, row->inode, (uint16_t)(model->run_count - 1)};

	if (row->inode == 0 || row->cookie == 0)
		return;
	uint64_t hash = index_hash(&wanted.cookie, sizeof(wanted.cookie), 0);
	uint32_t index = index_map_find(&build->cookies, hash, cookie_equal, model, &wanted);
	if (index != INDEX_NONE) {
		build->cookie[index].inode = row->inode;
		return;
	}
	struct cookie_owner *slot = PUSH(model, build->cookie, build->cookie_count);
	if (slot == NULL || !index_map_put(&build->cookies, hash, (uint32_t)build->cookie_count)) {
		build->failed = true;
		return;
	}
	*slot = wanted;
	build->cookie_count++;
}

uint32_t model_cookie_inode(const struct model *model, uint16_t run, uint64_t cookie)
{
	struct cookie_owner wanted = {cookie, 0, run};
	uint32_t index = index_map_find(&model->build->cookies,
		index_hash(&cookie, sizeof(cookie), 0), cookie_equal, model, &wanted);

	return index != INDEX_NONE ? model->build->cookie[index].inode : 0;
}

static bool inode_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct inode_owner *a = &model->build->inode[index], *b = wanted;

	return a->owner.inode == b->owner.inode && a->run == b->run;
}

static struct holder *hold(
	struct model *model, uint16_t run, const struct owner *owner, int64_t t_ns)
{
	struct holder *holder = PUSH(model, model->holders, model->holder_count);

	if (holder == NULL)
		return NULL;
	*holder = (struct holder){.owner = *owner,
		.from_ns = t_ns,
		.to_ns = INT64_MAX,
		.gone_ns = INT64_MAX,
		.run = run};
	model->holder_count++;
	return holder;
}

void model_let_go(struct model *model, const struct owner *owner, int64_t held_ns, int64_t gone_ns)
{
	uint16_t run = (uint16_t)(model->run_count - 1);
	struct holder *holder = owner->inode != 0 ? hold(model, run, owner, held_ns) : NULL;

	if (holder == NULL)
		return;
	holder->let_go = true;
	holder->gone_ns = gone_ns > held_ns ? gone_ns : held_ns;
}

/* The first report of an inode stands here: the sources name the lowest pid first. */
void model_owner(struct model *model, const struct owner *owner, int64_t t_ns)
{
	struct model_build *build = model->build;
	struct inode_owner wanted = {*owner, (uint16_t)(model->run_count - 1)};
	char program[sizeof(owner->program)] = "";

	escape_text(program, sizeof(program), owner->program, strlen(owner->program));
	memcpy(wanted.owner.program, program, sizeof(program));
	if (owner->inode != 0)
		hold(model, wanted.run, &wanted.owner, t_ns);
	uint64_t hash = index_hash(&owner->inode, sizeof(owner->inode), 0);

	if (owner->inode == 0 ||
		index_map_find(&build->inodes, hash, inode_equal, model, &wanted) != INDEX_NONE)
		return;
	struct inode_owner *slot = PUSH(model, build->inode, build->inode_count);
	if (slot == NULL || !index_map_put(&build->inodes, hash, (uint32_t)build->inode_count)) {
		build->failed = true;
		return;
	}
	*slot = wanted;
	build->inode_count++;
}

const struct owner *model_inode_owner(const struct model *model, uint16_t run, uint32_t inode)
{
	struct inode_owner wanted = {{.inode = inode}, run};
	uint32_t index = inode == 0 ? INDEX_NONE
				    : index_map_find(&model->build->inodes,
					      index_hash(&inode, sizeof(inode), 0), inode_equal,
					      model, &wanted);

	return index != INDEX_NONE ? &model->build->inode[index].owner : NULL;
}

/* ---- intervals ---- */

static int compare_holders(const void *left, const void *right)
{
	const struct holder *a = left, *b = right;

	if (a->run != b->run)
		return a->run - b->run;
	if (a->owner.inode != b->owner.inode)
		return a->owner.inode < b->owner.inode ? -1 : 1;
	if (a->owner.pid != b->owner.pid)
		return a->owner.pid < b->owner.pid ? -1 : 1;
	if (a->from_ns != b->from_ns)
		return a->from_ns < b->from_ns ? -1 : 1;
	return a->let_go - b->let_go;
}

size_t model_holders(
	const struct model *model, uint16_t run, uint32_t inode, const struct holder **first)
{
	struct holder wanted = {.owner = {.inode = inode}, .from_ns = INT64_MIN, .run = run};
	size_t low = sorted_before(&wanted, model->holders, model->holder_count,
		sizeof(*model->holders), compare_holders);
	size_t count = 0;

	*first = NULL;
	if (model->holder_count == 0)
		return 0;
	*first = &model->holders[low];
	while (inode != 0 && low + count < model->holder_count &&
		model->holders[low + count].run == run &&
		model->holders[low + count].owner.inode == inode)
		count++;
	return count;
}

bool holder_let_go(const struct holder *holder)
{
	return holder->gone_ns > holder->to_ns && !holder->ended;
}

static struct holder *holding(
	struct model *model, uint16_t run, uint32_t inode, uint32_t pid, int64_t t_ns)
{
	const struct holder *first;
	size_t count = model_holders(model, run, inode, &first);

	for (size_t i = count; i-- > 0;)
		if (first[i].owner.pid == pid && first[i].from_ns <= t_ns)
			return &model->holders[(size_t)(first - model->holders) + i];
	return NULL;
}

/* With calls every opening and closing is known, also between two scans. */
static void hold_by_calls(struct model *model)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		uint32_t inode = at->call.new_inode != 0 ? at->call.new_inode : at->call.inode;
		struct owner owner = {.inode = inode, .pid = at->call.pid};

		if (at->call.effect != CALL_OPENS || inode == 0 || at->call.error != 0)
			continue;
		snprintf(owner.program, sizeof(owner.program), "%s", at->call.program);
		hold(model, at->run, &owner, at->at_ns);
	}
}

/* Of the same process the first stands until it lets go, then it may have the socket again; or
 * until it is another program (exec). */
static void holds_unite(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->holder_count; i++) {
		struct holder *last = kept > 0 ? &model->holders[kept - 1] : NULL;
		const struct holder *at = &model->holders[i];
		bool his = last != NULL && last->run == at->run &&
			   last->owner.inode == at->owner.inode && last->owner.pid == at->owner.pid;

		bool open = his && last->to_ns == INT64_MAX;
		bool renamed = open && strcmp(last->owner.program, at->owner.program) != 0;

		if (open && (at->let_go || renamed)) {
			last->to_ns = at->from_ns;
			last->gone_ns = at->let_go ? at->gone_ns : at->from_ns;
		}
		if (!at->let_go && (!open || renamed))
			model->holders[kept++] = *at;
	}
	model->holder_count = kept;
}

static void holds_end(struct model *model)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		struct holder *holder =
			at->call.effect == CALL_CLOSES
				? holding(model, at->run, at->call.inode, at->call.pid, at->at_ns)
				: NULL;

		if (holder != NULL) {
			holder->to_ns = holder->gone_ns = at->at_ns;
			holder->ended = at->call.what == CALLED_EXIT;
		}
	}
	for (size_t i = 0; i < model->holder_count && model->exit_count > 0; i++) {
		struct holder *holder = &model->holders[i];

		for (size_t k = 0; holder->to_ns == INT64_MAX && k < model->exit_count; k++)
			if (model->exits[k].run == holder->run &&
				model->exits[k].t_ns >= holder->from_ns &&
				(model->exits[k].exit.pid == holder->owner.pid ||
					model->exits[k].exit.host_pid == holder->owner.pid)) {
				holder->to_ns = holder->gone_ns = model->exits[k].t_ns;
				holder->ended = true;
			}
	}
}

static struct owner owner_of_call(const struct call *call)
{
	struct owner owner = {.inode = call->inode, .pid = call->pid, .host_pid = call->host_pid};

	snprintf(owner.program, sizeof(owner.program), "%s", call->program);
	return owner;
}

/* Who made the calls on a socket had it, also where no scan came in time. */
static void own_by_calls(struct model *model)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		struct listener *listener =
			at->listener != INDEX_NONE ? &model->listeners[at->listener] : NULL;
		struct connection *connection =
			at->connection != INDEX_NONE ? &model->connections[at->connection] : NULL;

		if (at->call.pid == 0 || at->said != NULL || at->call.what == CALLED_ACCEPT ||
			at->call.what == CALLED_ACCEPT4)
			continue;
		if (listener != NULL && !listener->has_owner) {
			listener->owner = owner_of_call(&at->call);
			listener->has_owner = true;
		}
		if (connection != NULL && !connection->ends[at->side & 1].has_owner) {
			connection->ends[at->side & 1].owner = owner_of_call(&at->call);
			connection->ends[at->side & 1].has_owner = true;
		}
	}
}

/* How long they held it in this time; below 0: before or after. */
static int64_t overlap(const struct holder *holder, int64_t from_ns, int64_t to_ns)
{
	int64_t since_ns = holder->from_ns > from_ns ? holder->from_ns : from_ns;
	int64_t until_ns = holder->to_ns < to_ns ? holder->to_ns : to_ns;

	return until_ns - since_ns;
}

static int64_t nearly(int64_t ns)
{
	return ns > 0 ? ns - ns / 10 : ns;
}

/* Of several the one who held it longest in this time. Nearly as long is as long: that a child
 * ended some ms after its parent says nothing of whose socket it is, so who had it first is named.
 * A scan comes after the fact: of those who held it only later or before, who was nearest. */
const struct owner *model_owner_during(
	const struct model *model, uint16_t run, uint32_t inode, int64_t from_ns, int64_t to_ns)
{
	const struct holder *first, *best = NULL;
	size_t count = model_holders(model, run, inode, &first);
	int64_t longest_ns = INT64_MIN;

	for (size_t i = 0; i < count; i++) {
		int64_t held_ns = overlap(&first[i], from_ns, to_ns);

		longest_ns = held_ns > longest_ns ? held_ns : longest_ns;
	}
	for (size_t i = 0; i < count; i++)
		if (overlap(&first[i], from_ns, to_ns) >= nearly(longest_ns) &&
			(best == NULL || first[i].from_ns < best->from_ns))
			best = &first[i];
	return best != NULL ? &best->owner : model_inode_owner(model, run, inode);
}

/* A socket's owner is who held it while it was open, not who was seen first: of a server that forks
 * the child, when its parent has let go of it. */
static void own_by_holders(struct model *model)
{
	const struct owner *owner;

	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			struct connection *at = &model->connections[i];

			if (!at->ends[side].has_owner)
				continue;
			owner = model_owner_during(model, at->run, at->ends[side].owner.inode,
				at->first_ns, at->last_ns);
			if (owner != NULL)
				at->ends[side].owner = *owner;
		}
	for (size_t i = 0; i < model->listener_count; i++) {
		struct listener *at = &model->listeners[i];

		owner = at->has_owner ? model_owner_during(model, at->run, at->owner.inode,
						at->first_ns, at->last_ns)
				      : NULL;
		if (owner != NULL)
			at->owner = *owner;
	}
	for (size_t i = 0; i < model->udp_socket_count; i++) {
		struct udp_socket *at = &model->udp_sockets[i];

		owner = at->has_owner ? model_owner_during(model, at->run, at->owner.inode,
						at->first_ns, at->last_ns)
				      : NULL;
		if (owner != NULL)
			at->owner = *owner;
	}
}

bool model_holds(struct model *model)
{
	hold_by_calls(model);
	own_by_calls(model);
	if (model->holder_count > 0)
		qsort(model->holders, model->holder_count, sizeof(*model->holders),
			compare_holders);
	holds_unite(model);
	holds_end(model);
	own_by_holders(model);
	return !model->build->failed;
}
