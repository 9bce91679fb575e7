/* What the process behind a connection was in meanwhile, by looks at /proc: a sleep, a lock, a
 * child, a pipe, another socket. Calls on sockets do not show it, and most recordings have none. */
#include "findings.h"

#include <arpa/inet.h>

/* Of several threads, which all wait in accept() or in a read of a connection, each is in that read
 * as the only thread of a process would be. Where others wait in futex(), as those of a JVM do that
 * serve itself, it is in that read all the same, but one of those may send meanwhile. */
static void seen_in_reads(struct model *model, const struct owner *owner, const struct doing *doing,
	int64_t since_ns, int64_t t_ns)
{
	uint32_t threads = 0, locked = 0;

	for (size_t i = 0; i < doing->count; i++)
		if (doing->in[i].kind == DOING_ACCEPT || doing->in[i].kind == DOING_READ_SOCKET)
			threads += doing->in[i].threads;
		else if (doing->in[i].kind == DOING_LOCK)
			locked += doing->in[i].threads;
	if (doing->threads < 2 || threads + locked != doing->threads)
		return;
	for (size_t i = 0; i < doing->count; i++) {
		struct owner reader = *owner;

		reader.inode = doing->in[i].inode;
		if (doing->in[i].kind == DOING_READ_SOCKET && reader.inode != 0)
			model_waits(model, &reader, since_ns, t_ns,
				locked > 0 ? WAIT_AMONG_LOCKS : WAIT_BY_LOOKS);
	}
}

void model_doing(struct model *model, const struct owner *owner, const struct doing *doing,
	int64_t since_ns, int64_t t_ns)
{
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);
	const struct look_key key = {since_ns, owner->pid, 0, run, LOOK_DOES};
	uint32_t at = model_look(model, &key, build->doings_count, DOINGS_MAX, t_ns);

	if (at == INDEX_NONE ||
		(at == build->doings_count && PUSH(model, build->doings, at) == NULL))
		return;
	build->doings_count += at == build->doings_count;
	build->doings[at] = (struct doing_seen){
		.doing = *doing, .from_ns = since_ns, .to_ns = t_ns, .pid = owner->pid, .run = run};
	seen_in_reads(model, owner, doing, since_ns, t_ns);
}

/* ---- what it was in for most of a time ---- */

struct spell {
	const struct doing *doing;
	int64_t sum_ns;
	uint32_t looks, of;
};

static int64_t overlap_ns(
	const struct doing_seen *seen, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	int64_t since_ns = seen->from_ns > from_ns ? seen->from_ns : from_ns;
	int64_t until_ns = seen->to_ns < to_ns ? seen->to_ns : to_ns;

	return seen->run == run && seen->pid == pid && until_ns > since_ns ? until_ns - since_ns
									   : 0;
}

/* from_ns and to_ns are the run's own; doing NULL: it is not known for half of the time. */
static struct spell spell_of(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	const struct model_build *build = model->build;
	struct spell spell = {NULL, 0, 0, 0};
	int64_t longest_ns = 0;

	for (size_t i = 0; i < build->doings_count; i++) {
		int64_t lasted_ns = overlap_ns(&build->doings[i], run, pid, from_ns, to_ns);

		if (lasted_ns > longest_ns) {
			longest_ns = lasted_ns;
			spell.doing = &build->doings[i].doing;
		}
	}
	for (size_t i = 0; spell.doing != NULL && i < build->doings_count; i++) {
		const struct doing *doing = &build->doings[i].doing;
		int64_t lasted_ns = overlap_ns(&build->doings[i], run, pid, from_ns, to_ns);

		if (lasted_ns == 0 || !doing_same(doing, spell.doing))
			continue;
		spell.sum_ns += lasted_ns;
		spell.looks += doing->looks;
		spell.of += doing->of;
	}
	if (2 * spell.sum_ns < to_ns - from_ns)
		spell.doing = NULL;
	return spell;
}

/* ---- whose sockets ---- */

/* Which side of it that socket is; -1: none. */
static int side_of(const struct connection *connection, uint16_t run, uint32_t inode)
{
	for (int side = 0; side < 2; side++)
		if (connection->run == run && connection->ends[side].has_owner &&
			connection->ends[side].owner.inode == inode)
			return side;
	return -1;
}

/* The UDP socket of this inode, connected where it was so at any time; NULL: none. */
static const struct udp_socket *datagrams_of(
	const struct model *model, uint16_t run, uint32_t inode)
{
	const struct udp_socket *found = NULL;

	for (size_t i = 0; inode != 0 && i < model->udp_socket_count; i++) {
		const struct udp_socket *at = &model->udp_sockets[i];

		if (at->run == run && at->inode == inode && (found == NULL || at->connected))
			found = at;
	}
	return found;
}

static enum doing_about about(const struct model *model, const struct finding *finding,
	uint32_t own, uint32_t inode, uint32_t *serial)
{
	*serial = 0;
	if (inode == 0)
		return ABOUT_NONE;
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].run == finding->run && model->listeners[i].has_owner &&
			model->listeners[i].owner.inode == inode)
			return model->listeners[i].key.port_be[0] ==
					       finding->key.port_be[finding->side & 1]
				       ? ABOUT_LISTENER
				       : ABOUT_OTHER_LISTENER;
	if (inode == own)
		return ABOUT_THIS;
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int side = side_of(at, finding->run, inode);

		if (side == -1)
			continue;
		*serial = at->serial;
		return side == at->client ? ABOUT_UPSTREAM : ABOUT_CLIENT;
	}
	return datagrams_of(model, finding->run, inode) != NULL ? ABOUT_DATAGRAMS : ABOUT_NONE;
}

/* A poll() for room to send stands for connect(), too: a socket that is not connected yet waits for
 * the answer to its SYN. */
static bool connects(
	const struct model *model, uint16_t run, uint32_t inode, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; inode != 0 && i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int side = side_of(at, run, inode);

		if (side != -1)
			return model_state_at(model, at, side, from_ns + (to_ns - from_ns) / 2) ==
			       STATE_SYN_SENT;
	}
	return false;
}

static void add(struct finding_doing *doing, unsigned kind, enum doing_about of, uint32_t serial,
	uint16_t threads)
{
	size_t at = 0;

	/* a poll() for a listener alone waits for accept() */
	if (kind == DOING_READ_SOCKET && (of == ABOUT_LISTENER || of == ABOUT_OTHER_LISTENER))
		kind = DOING_ACCEPT;
	while (at < doing->count && (doing->in[at].kind != kind || doing->in[at].about != of))
		at++;
	if (at == doing->count) {
		doing->in[at].kind = (uint8_t)kind;
		doing->in[at].about = (uint8_t)of;
		doing->count++;
		if (serial != 0)
			doing->serial = serial;
	} else if (serial != 0) {
		doing->serial = 0;
	}
	doing->in[at].threads = (uint16_t)(doing->in[at].threads + threads);
}

static struct finding_doing told(const struct model *model, const struct finding *finding,
	const struct spell *spell, uint32_t own, int64_t from_ns, int64_t to_ns)
{
	struct finding_doing doing = {
		.looks = spell->looks, .of = spell->of, .threads = spell->doing->threads};

	for (size_t i = 0; i < spell->doing->count; i++) {
		const struct doing_in *in = &spell->doing->in[i];
		uint32_t serial;
		enum doing_about of = about(model, finding, own, in->inode, &serial);
		unsigned kind = in->kind == DOING_WRITE_SOCKET && connects(model, finding->run,
									  in->inode, from_ns, to_ns)
					? DOING_CONNECT
					: in->kind;

		if (of == ABOUT_DATAGRAMS)
			doing.port =
				ntohs(datagrams_of(model, finding->run, in->inode)->key.port_be[1]);
		add(&doing, kind, of, serial, in->threads);
	}
	for (size_t i = 0; i < spell->doing->watched_count; i++)
		if (own != 0 && spell->doing->watched[i].inode == own)
			doing.watch = spell->doing->watched[i].how;
	return doing;
}

bool finding_doing_elsewhere(const struct finding_doing *doing)
{
	for (size_t i = 0; i < doing->count; i++) {
		unsigned kind = doing->in[i].kind;

		if (kind == DOING_EVENTS ? doing->watch == WATCH_UNKNOWN
					 : kind == DOING_ACCEPT || kind == DOING_LOCK ||
						   kind == DOING_OTHER || kind == DOING_UNKNOWN)
			return false;
	}
	return doing->count > 0;
}

bool finding_doing_tells(const struct finding_doing *doing, bool says)
{
	for (size_t i = 0; i < doing->count; i++) {
		unsigned kind = doing->in[i].kind, of = doing->in[i].about;
		bool vague = kind == DOING_OTHER || kind == DOING_UNKNOWN ||
			     (kind == DOING_EVENTS && doing->watch == WATCH_UNKNOWN);

		/* it waits in its accept(), and the connection for it: one of the two is over */
		if (kind == DOING_ACCEPT && of == ABOUT_LISTENER && doing->listener)
			return false;
		if (!vague || !says)
			return true;
	}
	return false;
}

bool finding_tell_doing(const struct model *model, struct finding *finding, uint32_t pid,
	uint32_t own, int64_t from_ns, int64_t to_ns)
{
	struct spell spell = spell_of(model, finding->run, pid, from_ns, to_ns);

	if (spell.doing == NULL || spell.doing->count == 0)
		return false;
	struct finding_doing doing = told(model, finding, &spell, own, from_ns, to_ns);
	bool listener = own != 0 && finding->queue_of != INDEX_NONE &&
			model->listeners[finding->queue_of].has_owner &&
			model->listeners[finding->queue_of].owner.inode == own;
	doing.listener = listener;
	finding->doing = doing;
	finding->phrase[1] = PHRASE_DOING;
	return true;
}

bool finding_awaits_datagram(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	const struct doing *doing = spell_of(model, run, pid, from_ns, to_ns).doing;
	const struct udp_socket *asks =
		doing != NULL && doing->count == 1 && doing->in[0].kind == DOING_READ_SOCKET
			? datagrams_of(model, run, doing->in[0].inode)
			: NULL;

	return asks != NULL && asks->connected;
}

bool finding_only_waited(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	const struct doing *doing = spell_of(model, run, pid, from_ns, to_ns).doing;

	for (size_t i = 0; doing != NULL && i < doing->count; i++)
		if (doing->in[i].kind != DOING_EVENTS && doing->in[i].kind != DOING_LOCK &&
			doing->in[i].kind != DOING_ACCEPT && doing->in[i].kind != DOING_READ_SOCKET)
			return false;
	return doing != NULL && doing->count > 0;
}

bool finding_listener_doing(const struct model *model, struct finding *finding, uint32_t listener,
	int64_t from_ns, int64_t to_ns)
{
	const struct listener *at = listener != INDEX_NONE ? &model->listeners[listener] : NULL;
	struct finding before = *finding;

	if (at == NULL || !at->has_owner || at->also.count > 0 ||
		ms_of(to_ns - from_ns) < FINDING_HELD_MS)
		return false;
	finding->queue_of = listener;
	if (finding_tell_doing(model, finding, at->owner.pid, at->owner.inode, from_ns, to_ns) &&
		finding_doing_tells(&finding->doing, false))
		return true;
	*finding = before;
	return false;
}
