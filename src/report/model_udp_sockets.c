/* The kernel's side of UDP: in which form each socket was shown (connected or not), what was
 * dropped at it, and so who learns of an ICMP error. Source: __udp4_lib_err(), __udp6_lib_err(),
 * icmp_err_convert[], icmpv6_err_convert(). */
#include "model_build.h"
#include "model_looks.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* dumps come every second: what none showed this near is not known */
static const int64_t near_ns = 2000000000;

/* ---- rows ---- */

static bool ends_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct udp_ends *ends = &model->build->udp_ends_list[index], *other = wanted;

	return ends->run == other->run && flow_key_equal(&ends->key, &other->key);
}

static uint64_t ends_hash(const struct udp_ends *ends)
{
	return index_hash(&ends->key, sizeof(ends->key), ends->run + 1u);
}

/* Index + 1 of the newest socket of these ends; 0: none. */
static uint32_t ends_newest(const struct model *model, const struct udp_ends *wanted)
{
	uint32_t index = index_map_find(
		&model->build->udp_ends, ends_hash(wanted), ends_equal, model, wanted);

	return index != INDEX_NONE ? model->build->udp_ends_list[index].newest : 0;
}

static struct udp_ends *ends_of(struct model *model, const struct udp_ends *wanted)
{
	struct model_build *build = model->build;
	uint32_t index =
		index_map_find(&build->udp_ends, ends_hash(wanted), ends_equal, model, wanted);

	if (index != INDEX_NONE)
		return &build->udp_ends_list[index];
	struct udp_ends *ends = PUSH(model, build->udp_ends_list, build->udp_ends_count);
	if (ends == NULL || !index_map_put(&build->udp_ends, ends_hash(wanted),
				    (uint32_t)build->udp_ends_count)) {
		build->failed = true;
		return NULL;
	}
	*ends = *wanted;
	build->udp_ends_count++;
	return ends;
}

static bool connected(const struct sockrow *row)
{
	static const uint8_t nowhere[16];

	return row->key.port_be[1] != 0 || memcmp(row->key.addr[1], nowhere, sizeof(nowhere)) != 0;
}

/* The socket in this form; INDEX_NONE: out of memory, or one too many. */
static uint32_t socket_of(
	struct model *model, const struct sockrow *row, int64_t t_ns, uint64_t diag_frame)
{
	struct udp_ends wanted = {.key = row->key, .run = (uint16_t)(model->run_count - 1)},
			*ends = ends_of(model, &wanted);
	uint32_t at = ends != NULL ? ends->newest : 0;

	while (at != 0 && model->udp_sockets[at - 1].cookie != row->cookie)
		at = model->udp_sockets[at - 1].older;
	if (at != 0)
		return at - 1;
	struct udp_socket *socket =
		ends != NULL && model_may_take(
					model, model->udp_socket_count, UDP_SOCKETS_MAX, t_ns)
			? PUSH(model, model->udp_sockets, model->udp_socket_count)
			: NULL;
	if (socket == NULL)
		return INDEX_NONE;
	*socket = (struct udp_socket){.run = wanted.run,
		.key = row->key,
		.cookie = row->cookie,
		.connected = connected(row),
		.v6only = row->has_v6only && row->v6only,
		.first_ns = t_ns,
		.first_diag = diag_frame,
		.older = ends->newest};
	ends->newest = (uint32_t)++model->udp_socket_count;
	return ends->newest - 1;
}

static bool drops_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct udp_drops *drops = &model->build->udp_drops_list[index], *other = wanted;

	return drops->cookie == other->cookie && drops->run == other->run;
}

static struct udp_drops *drops_of(struct model *model, uint64_t cookie)
{
	struct model_build *build = model->build;
	struct udp_drops wanted = {.cookie = cookie, .run = (uint16_t)(model->run_count - 1)};
	uint64_t hash = index_hash(&cookie, sizeof(cookie), 0);
	uint32_t index = index_map_find(&build->udp_drops, hash, drops_equal, model, &wanted);

	if (index != INDEX_NONE)
		return &build->udp_drops_list[index];
	struct udp_drops *drops = PUSH(model, build->udp_drops_list, build->udp_drops_count);
	if (drops == NULL ||
		!index_map_put(&build->udp_drops, hash, (uint32_t)build->udp_drops_count)) {
		build->failed = true;
		return NULL;
	}
	*drops = wanted;
	build->udp_drops_count++;
	return drops;
}

/* Of a socket that keeps losing, the last entry grows. */
static void loss_add(struct model *model, uint32_t index, const struct udp_drops *before,
	const struct sockrow *row, int64_t t_ns, uint64_t diag_frame)
{
	struct udp_socket *socket = &model->udp_sockets[index];
	uint32_t count = row->drops - before->drops;

	socket->dropped += count;
	if (socket->losses >= LOSSES_KEPT) {
		struct loss *last = &model->losses[socket->last_loss - 1];

		last->t_ns = t_ns;
		last->diag_frame = diag_frame;
		last->count += count;
		last->total = row->drops;
		return;
	}
	struct loss *loss = PUSH(model, model->losses, model->loss_count);
	if (loss == NULL)
		return;
	*loss = (struct loss){.not_before_ns = before->t_ns,
		.t_ns = t_ns,
		.before_diag = before->diag_frame,
		.diag_frame = diag_frame,
		.socket = index,
		.count = count,
		.total = row->drops};
	socket->losses++;
	socket->last_loss = (uint32_t)++model->loss_count;
}

void model_udp_row(struct model *model, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	int64_t t_ns = record->event->t_ns;
	uint64_t diag_frame = record->event->number;
	uint32_t index = row->cookie != 0 ? socket_of(model, row, t_ns, diag_frame) : INDEX_NONE;
	struct udp_drops *drops =
		index != INDEX_NONE && row->has_mem ? drops_of(model, row->cookie) : NULL;

	if (index == INDEX_NONE)
		return;
	struct udp_socket *socket = &model->udp_sockets[index];
	socket->last_ns = t_ns;
	socket->last_diag = diag_frame;
	socket->recverr = row->recverr;
	if (row->inode != 0)
		socket->inode = row->inode;
	if (drops == NULL)
		return;
	socket->rcvbuf = row->rcvbuf;
	if (row->drops > drops->drops)
		loss_add(model, index, drops, row, t_ns, diag_frame);
	drops->drops = row->drops;
	drops->t_ns = t_ns;
	drops->diag_frame = diag_frame;
}

/* ---- whose socket ---- */

/* The local ends under which the kernel may list the socket of this end, the most specific first,
 * as its look-up goes. */
enum { FORMS = 4 };
static size_t forms_of(const struct flow_key *key, int side, struct flow_key out[FORMS])
{
	struct flow_key local = side ? flow_key_swap(key) : *key;
	size_t count = 0;

	out[count++] = local;
	memset(local.addr[1], 0, sizeof(local.addr[1]));
	local.port_be[1] = 0;
	out[count++] = local;
	memset(local.addr[0], 0, sizeof(local.addr[0]));
	local.zone = 0;
	out[count++] = local;
	if (local.family == AF_INET) {
		local.family = AF_INET6;
		out[count++] = local;
	}
	return count;
}

static int64_t distance(const struct udp_socket *socket, int64_t t_ns)
{
	return t_ns < socket->first_ns  ? socket->first_ns - t_ns
	       : t_ns > socket->last_ns ? t_ns - socket->last_ns
					: 0;
}

uint32_t model_udp_socket(
	const struct model *model, uint16_t run, const struct flow_key *key, int side, int64_t t_ns)
{
	struct flow_key forms[FORMS];
	size_t count = forms_of(key, side, forms);
	uint32_t best = INDEX_NONE;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		struct udp_ends wanted = {.key = forms[i], .run = run};

		for (uint32_t at = ends_newest(model, &wanted); at != 0;
			at = model->udp_sockets[at - 1].older) {
			const struct udp_socket *socket = &model->udp_sockets[at - 1];
			int64_t away = distance(socket, t_ns);

			if (away >= least || away > near_ns ||
				(key->family == AF_INET && socket->key.family == AF_INET6 &&
					socket->v6only))
				continue;
			best = at - 1;
			least = away;
		}
	}
	return best;
}

/* ---- who learns of an error ---- */

/* Errors that a connected socket is told of without having asked for more (IP_RECVERR): those that
 * will not pass. */
static bool is_hard(const struct icmp_error *error)
{
	if (error->family == AF_INET6)
		return (error->type == 1 && (error->code == 1 || error->code >= 4)) ||
		       error->type == 2 || error->type == 4;
	if (error->type == 3)
		return (error->code >= 2 && error->code <= 4) ||
		       (error->code >= 6 && error->code <= 10) ||
		       (error->code >= 13 && error->code <= 15);
	return error->type == 12;
}

static bool is_unheard(const struct icmp_error *error)
{
	return error->family == AF_INET &&
	       (error->type == 4 || (error->type == 3 && error->code > 15));
}

static uint8_t effect_of(const struct icmp_error *error, const struct udp_socket *socket)
{
	if (is_unheard(error))
		return ICMP_IGNORED;
	if (socket == NULL)
		return is_hard(error) ? ICMP_UNKNOWN : ICMP_PASSING;
	if (socket->recverr)
		return ICMP_TOLD;
	if (!socket->connected)
		return ICMP_NOT_CONNECTED;
	return is_hard(error) ? ICMP_TOLD : ICMP_PASSING;
}

void model_error_settle(struct model *model, struct icmp_error *error, uint8_t local_sides)
{
	uint32_t index;

	if (error->key.protocol != IPPROTO_UDP)
		return;
	index = local_sides >> error->side & 1
			? model_udp_socket(model, error->run, &error->key, error->side, error->t_ns)
			: INDEX_NONE;
	const struct udp_socket *socket = index != INDEX_NONE ? &model->udp_sockets[index] : NULL;
	if (socket == NULL)
		error->diag_frame = 0;
	else if (error->socket != index || error->diag_frame == 0)
		error->diag_frame =
			socket->first_ns >= error->t_ns ? socket->first_diag : socket->last_diag;
	error->socket = index;
	error->effect = effect_of(error, socket);
}

/* connect() had given the socket that sent it that other end. */
static bool connected_by_call(const struct model *model, const struct icmp_error *error)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		struct flow_key key = error->side ? flow_key_swap(&at->call.key) : at->call.key;

		if (at->run == error->run && at->said == NULL && at->call.error == 0 &&
			at->call.what == CALLED_CONNECT && at->call.entered_ns <= error->t_ns &&
			flow_key_equal(&key, &error->key))
			return true;
	}
	return false;
}

void model_errors_by_calls(struct model *model)
{
	for (size_t i = 0; i < model->error_count; i++) {
		struct icmp_error *error = &model->errors[i];

		if (error->key.protocol == IPPROTO_UDP && error->effect == ICMP_UNKNOWN &&
			is_hard(error) && connected_by_call(model, error))
			error->effect = ICMP_TOLD;
	}
}

/* Which of several sockets on one address took them: 0, no call that gave or took data tells. */
static uint32_t inode_by_calls(const struct model *model, const struct conversation *conversation,
	int side, const uint32_t *inode, size_t count)
{
	uint32_t found = 0;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run != conversation->run || at->said != NULL || at->call.result <= 0 ||
			!call_transfers(at->call.what) ||
			at->call.key.port_be[0] != conversation->key.port_be[side])
			continue;
		for (size_t k = 0; k < count; k++)
			if (inode[k] == at->call.inode) {
				if (found != 0 && found != inode[k])
					return 0;
				found = inode[k];
			}
	}
	return found;
}

/* On one address and port there may be several (SO_REUSEADDR, SO_REUSEPORT): INDEX_NONE, it is not
 * known which of them it is. */
static uint32_t socket_among(const struct model *model, const struct conversation *conversation,
	int side, uint32_t index, int64_t t_ns)
{
	const struct udp_socket *socket = &model->udp_sockets[index];
	struct udp_ends wanted = {.key = socket->key, .run = conversation->run};
	uint32_t rival[8], inode[8];
	size_t count = 0;

	for (uint32_t at = ends_newest(model, &wanted); at != 0 && count < 8;
		at = model->udp_sockets[at - 1].older) {
		const struct udp_socket *other = &model->udp_sockets[at - 1];

		if (other->inode == 0 || distance(other, t_ns) > distance(socket, t_ns))
			continue;
		rival[count] = at - 1;
		inode[count++] = other->inode;
	}
	if (count < 2)
		return index;
	uint32_t found = inode_by_calls(model, conversation, side, inode, count);
	for (size_t i = 0; i < count; i++)
		if (inode[i] == found)
			return rival[i];
	return INDEX_NONE;
}

void model_conversation_sockets(struct model *model, struct conversation *conversation)
{
	for (int side = 0; side < 2; side++) {
		int64_t t_ns = conversation->heard_ns[side] != 0 ? conversation->heard_ns[side]
								 : conversation->last_ns;
		uint32_t index = conversation->local_sides >> side & 1 &&
						 conversation->key.protocol == IPPROTO_UDP
					 ? model_udp_socket(model, conversation->run,
						   &conversation->key, side, t_ns)
					 : INDEX_NONE;

		if (index != INDEX_NONE)
			index = socket_among(model, conversation, side, index, t_ns);
		conversation->socket[side] = index;
		if (index != INDEX_NONE && model->udp_sockets[index].connected)
			conversation->anomalous |= model->udp_sockets[index].dropped > 0;
	}
}

static int compare_losses(const void *left, const void *right)
{
	const struct loss *a = left, *b = right;

	if (a->socket != b->socket)
		return a->socket < b->socket ? -1 : 1;
	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

void model_udp_owners(struct model *model)
{
	for (size_t i = 0; i < model->udp_socket_count; i++) {
		struct udp_socket *socket = &model->udp_sockets[i];
		const struct owner *owner = model_inode_owner(model, socket->run, socket->inode);

		socket->has_owner = owner != NULL;
		if (owner != NULL)
			socket->owner = *owner;
	}
	if (model->loss_count > 0)
		qsort(model->losses, model->loss_count, sizeof(*model->losses), compare_losses);
}
