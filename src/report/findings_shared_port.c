/* Two UDP sockets on one address and port by SO_REUSEADDR: each bind() succeeds, and the kernel
 * gives every datagram to the one that was bound last. With SO_REUSEPORT they share them, as they
 * asked to, and a group's datagrams go to each. From the calls. */
#include "findings.h"
#include "model_looks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { SOCKETS_MAX = 64 /* at once */ };

struct bound {                         /* a UDP socket that is open */
	const struct model_call *bind; /* NULL: not yet */
	uint32_t inode;
	uint16_t run;
	bool reuses, shares;
};

struct bounds {
	struct bound item[SOCKETS_MAX];
	size_t count;
};

static struct bound *bound_of(
	struct model *model, struct bounds *all, const struct model_call *at, bool make)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].inode == at->call.inode && all->item[i].run == at->run)
			return &all->item[i];
	if (!make || !model_may_take(model, all->count, SOCKETS_MAX, at->at_ns))
		return NULL;
	all->item[all->count] = (struct bound){.inode = at->call.inode, .run = at->run};
	return &all->item[all->count++];
}

static bool same_end(const struct flow_key *one, const struct flow_key *other)
{
	return one->family == other->family && one->port_be[0] == other->port_be[0] &&
	       memcmp(one->addr[0], other->addr[0], sizeof(one->addr[0])) == 0;
}

/* Datagrams that came to that port behind the second bind(), as far as they are no group's; their
 * first line in *first. */
static uint64_t came(
	const struct model *model, const struct model_call *bind, const struct conversation **first)
{
	uint64_t count = 0;

	for (size_t i = 0; i < model->conversation_count; i++) {
		const struct conversation *at = &model->conversations[i];

		for (int side = 0; side < 2; side++)
			if (at->run == bind->run && !at->group &&
				(at->local_sides >> side & 1) != 0 &&
				at->key.protocol == IPPROTO_UDP &&
				at->key.port_be[side] == bind->call.key.port_be[0] &&
				at->last_ns >= bind->at_ns && at->datagrams[!side] > 0) {
				*first = *first == NULL ? at : *first;
				count += at->datagrams[!side];
			}
	}
	return count;
}

static void tell_pair(
	struct model *model, const struct model_call *older, const struct model_call *newer)
{
	const struct conversation *first = NULL;
	uint64_t count = came(model, newer, &first);
	struct finding *finding =
		count > 0 ? finding_of_run(model, newer->run, FINDING_UDP_PORT_TAKEN, newer->at_ns)
			  : NULL;

	if (finding == NULL)
		return;
	finding->arg[0] = ntohs(newer->call.key.port_be[0]);
	finding->arg[1] = (int64_t)count;
	finding_name_caller(finding, 0, &newer->call);
	finding_name_caller(finding, 1, &older->call);
	finding_cite_call(finding, newer);
	finding_cite_call(finding, older);
}

static void take_bind(struct model *model, struct bounds *all, const struct model_call *at)
{
	struct bound *own = bound_of(model, all, at, true);

	if (own == NULL || flow_key_is_group(&at->call.key, 0))
		return;
	for (size_t i = 0; i < all->count; i++) {
		const struct bound *other = &all->item[i];

		if (other != own && other->bind != NULL && other->run == at->run && other->reuses &&
			own->reuses && !other->shares && !own->shares &&
			same_end(&other->bind->call.key, &at->call.key))
			tell_pair(model, other->bind, at);
	}
	own->bind = at;
}

static void take_option(struct model *model, struct bounds *all, const struct model_call *at)
{
	struct bound *own = bound_of(model, all, at, true);
	bool on = strstr(at->call.arguments, "= 0") == NULL;

	if (own != NULL && strncmp(at->call.arguments, "SO_REUSEADDR", 12) == 0)
		own->reuses = on;
	if (own != NULL && strncmp(at->call.arguments, "SO_REUSEPORT", 12) == 0)
		own->shares = on;
}

bool findings_of_shared_ports(struct model *model)
{
	struct bounds all = {.count = 0};

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->said != NULL || at->call.key.protocol != IPPROTO_UDP ||
			at->call.inode == 0 || at->call.error != 0)
			continue;
		if (at->call.what == CALLED_SETSOCKOPT)
			take_option(model, &all, at);
		else if (at->call.what == CALLED_BIND && at->call.key.port_be[0] != 0)
			take_bind(model, &all, at);
		else if (at->call.effect == CALL_CLOSES && at->call.last) {
			struct bound *gone = bound_of(model, &all, at, false);

			if (gone != NULL)
				*gone = all.item[--all.count];
		}
	}
	return !model->build->failed;
}
