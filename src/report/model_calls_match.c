/* Which connection, listener or conversation a call was about: by its socket's ends where it had
 * any, else by the other calls about the same inode, of which one had (socket(), bind() and
 * setsockopt() come before there is a connection). */
#include "model_build.h"
#include "tcpstate/sorted.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* A flow of the report that calls are looked up for. */
struct subject {
	struct flow_key key; /* canonical; of a listener [0] = its end */
	int64_t first_ns;
	uint32_t index;
	uint16_t run;
};
struct subjects {
	struct subject *item;
	size_t count;
};

/* What a socket (its inode) was found to be about, in time order: one that connects again is about
 * several connections. */
struct tie {
	int64_t first_ns;
	uint32_t inode, index;
	uint16_t run;
	uint8_t side;
};
struct ties {
	struct tie *item;
	size_t count;
};

/* A call returns before its segment is captured, or after: this much is no difference. */
static const int64_t slack_ns = 1000000;

static int compare_keys(const struct flow_key *a, const struct flow_key *b)
{
	int order = memcmp(a->port_be, b->port_be, sizeof(a->port_be));

	if (order == 0)
		order = a->family - b->family;
	if (order == 0)
		order = a->protocol - b->protocol;
	return order != 0 ? order : memcmp(a->addr, b->addr, sizeof(a->addr));
}

static int compare_subjects(const void *left, const void *right)
{
	const struct subject *a = left, *b = right;
	int order = a->run - b->run;

	if (order == 0)
		order = compare_keys(&a->key, &b->key);
	return order != 0 ? order : (a->first_ns > b->first_ns) - (a->first_ns < b->first_ns);
}

/* The last of these ends that had begun by then, else the first that came later; NULL: none. */
static const struct subject *subject_find(
	const struct subjects *all, uint16_t run, const struct flow_key *key, int64_t t_ns)
{
	struct subject wanted = {.key = *key, .run = run, .first_ns = t_ns + slack_ns};
	size_t low =
		sorted_upto(&wanted, all->item, all->count, sizeof(all->item[0]), compare_subjects);

	for (size_t i = low > 0 ? low - 1 : 0; i <= low && i < all->count; i++)
		if (all->item[i].run == run && compare_keys(&all->item[i].key, key) == 0)
			return &all->item[i];
	return NULL;
}

static int compare_ties(const void *left, const void *right)
{
	const struct tie *a = left, *b = right;
	int order = a->run - b->run;

	if (order == 0)
		order = (a->inode > b->inode) - (a->inode < b->inode);
	return order != 0 ? order : (a->first_ns > b->first_ns) - (a->first_ns < b->first_ns);
}

static const struct tie *tie_find(
	const struct ties *all, uint16_t run, uint32_t inode, int64_t t_ns)
{
	struct tie wanted = {.inode = inode, .run = run, .first_ns = t_ns + slack_ns};
	size_t low =
		sorted_upto(&wanted, all->item, all->count, sizeof(all->item[0]), compare_ties);

	for (size_t i = low > 0 ? low - 1 : 0; i <= low && i < all->count; i++)
		if (all->item[i].run == run && all->item[i].inode == inode)
			return &all->item[i];
	return NULL;
}

/* ---- what calls may be about ---- */

static bool subjects_of_connections(const struct model *model, struct subjects *all)
{
	all->count = 0;
	all->item = calloc(model->connection_count + 1, sizeof(*all->item));
	if (all->item == NULL)
		return false;
	for (uint32_t i = 0; i < model->connection_count; i++)
		all->item[all->count++] = (struct subject){.key = model->connections[i].key,
			.first_ns = model->connections[i].first_ns,
			.index = i,
			.run = model->connections[i].run};
	qsort(all->item, all->count, sizeof(*all->item), compare_subjects);
	return true;
}

static bool subjects_of_listeners(const struct model *model, struct subjects *all)
{
	all->count = 0;
	all->item = calloc(model->listener_count + 1, sizeof(*all->item));
	if (all->item == NULL)
		return false;
	for (uint32_t i = 0; i < model->listener_count; i++)
		all->item[all->count++] = (struct subject){.key = model->listeners[i].key,
			.first_ns = model->listeners[i].first_ns,
			.index = i,
			.run = model->listeners[i].run};
	qsort(all->item, all->count, sizeof(*all->item), compare_subjects);
	return true;
}

/* A datagram socket is often bound to no address, and one whose connect() failed has lost it again:
 * its port and the other end tell which it is. */
static struct flow_key key_without_own_address(const struct flow_key *key, int own)
{
	struct flow_key bare = own == 0 ? *key : flow_key_swap(key);

	memset(bare.addr[0], 0, sizeof(bare.addr[0]));
	return bare;
}

/* Two subjects of each, their index twice that of the flow and the side. */
#define SUBJECTS_WITHOUT_ADDRESS(array, array_count)                                               \
	all->count = 0;                                                                            \
	all->item = calloc(2 * model->array_count + 1, sizeof(*all->item));                        \
	if (all->item == NULL)                                                                     \
		return false;                                                                      \
	for (uint32_t i = 0; i < model->array_count; i++)                                          \
		for (int own = 0; own < 2; own++)                                                  \
			all->item[all->count++] = (struct subject){                                \
				.key = key_without_own_address(&model->array[i].key, own),         \
				.first_ns = model->array[i].first_ns,                              \
				.index = 2 * i + (uint32_t)own,                                    \
				.run = model->array[i].run};                                       \
	qsort(all->item, all->count, sizeof(*all->item), compare_subjects);                        \
	return true;

static bool subjects_of_conversations(const struct model *model, struct subjects *all)
{
	SUBJECTS_WITHOUT_ADDRESS(conversations, conversation_count)
}

static bool subjects_of_ports(const struct model *model, struct subjects *all)
{
	SUBJECTS_WITHOUT_ADDRESS(connections, connection_count)
}

/* ---- calls that name their flow ---- */

static uint32_t inode_of(const struct call *call)
{
	return call->new_inode != 0 && (call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4)
		       ? call->new_inode
		       : call->inode;
}

static bool tie_add(struct model *model, struct ties *ties, const struct model_call *made,
	int64_t first_ns, uint32_t index)
{
	struct tie *tie = PUSH(model, ties->item, ties->count);

	if (tie == NULL)
		return false;
	*tie = (struct tie){.first_ns = first_ns,
		.inode = inode_of(&made->call),
		.index = index,
		.run = made->run,
		.side = made->side};
	ties->count++;
	return true;
}

static int64_t last_moment(const struct call *call)
{
	return call->returned_ns != 0 ? call->returned_ns : call->entered_ns;
}

static bool match_by_ends(struct model *model, const struct subjects *all, struct ties *ties)
{
	for (size_t i = 0; i < model->call_count; i++) {
		struct model_call *made = &model->calls[i];
		struct flow_key key = made->call.key;

		if (key.protocol != IPPROTO_TCP || key.port_be[0] == 0 || key.port_be[1] == 0)
			continue;
		made->side = (uint8_t)flow_key_canonical(&key);
		const struct subject *subject =
			subject_find(all, made->run, &key, last_moment(&made->call));
		if (subject == NULL)
			continue;
		made->connection = subject->index;
		if (!tie_add(model, ties, made, subject->first_ns, subject->index))
			return false;
	}
	return true;
}

static bool match_by_ports(struct model *model, const struct subjects *all, struct ties *ties)
{
	static const uint8_t nowhere[16];

	for (size_t i = 0; i < model->call_count; i++) {
		struct model_call *made = &model->calls[i];
		struct flow_key key = made->call.key;

		if (made->connection != INDEX_NONE || key.protocol != IPPROTO_TCP ||
			key.port_be[0] == 0 || key.port_be[1] == 0 ||
			memcmp(key.addr[0], nowhere, sizeof(nowhere)) != 0)
			continue;
		const struct subject *subject =
			subject_find(all, made->run, &key, last_moment(&made->call));
		if (subject == NULL)
			continue;
		made->connection = subject->index / 2;
		made->side = subject->index % 2;
		if (!tie_add(model, ties, made, subject->first_ns, made->connection))
			return false;
	}
	return true;
}

static bool match_datagrams(struct model *model, const struct subjects *all, struct ties *ties)
{
	for (size_t i = 0; i < model->call_count; i++) {
		struct model_call *made = &model->calls[i];
		struct flow_key key = key_without_own_address(&made->call.key, 0);

		if (key.protocol != IPPROTO_UDP || key.port_be[0] == 0 || key.port_be[1] == 0)
			continue;
		const struct subject *subject =
			subject_find(all, made->run, &key, last_moment(&made->call));
		if (subject == NULL)
			continue;
		made->conversation = subject->index / 2;
		made->side = subject->index % 2;
		if (!tie_add(model, ties, made, subject->first_ns, made->conversation))
			return false;
	}
	return true;
}

/* Of the sockets that listened at these ends one after another, the one with this call's inode:
 * the kernel may first have been asked about it when its successor was at work; else `found`, by
 * time. */
static const struct subject *same_socket(const struct model *model, const struct subjects *all,
	const struct subject *found, const struct call *call)
{
	const struct subject *at = found, *end = all->item + all->count;

	if (found == NULL || call->inode == 0 ||
		model->listeners[found->index].inode == call->inode)
		return found;
	while (at > all->item && at[-1].run == found->run &&
		compare_keys(&at[-1].key, &found->key) == 0)
		at--;
	for (; at < end && at->run == found->run && compare_keys(&at->key, &found->key) == 0; at++)
		if (model->listeners[at->index].inode == call->inode)
			return at;
	return found;
}

/* A socket listens once listen() or accept() was called on it. */
static bool match_listeners(struct model *model, const struct subjects *all, struct ties *ties)
{
	for (size_t i = 0; i < model->call_count; i++) {
		struct model_call *made = &model->calls[i];
		struct flow_key key = made->call.key;

		if (made->call.what != CALLED_LISTEN || made->call.error != 0 ||
			key.port_be[0] == 0)
			continue;
		const struct subject *subject = same_socket(model, all,
			subject_find(all, made->run, &key, last_moment(&made->call)), &made->call);
		if (subject == NULL)
			continue;
		made->listener = subject->index;
		if (!tie_add(model, ties, made, subject->first_ns, subject->index))
			return false;
	}
	return true;
}

/* A bind() that failed because a listener had the address is told with that listener: once all are
 * matched, for it makes its own socket nobody's. */
static bool match_failed_binds(struct model *model)
{
	struct subjects all = {0};

	if (!subjects_of_listeners(model, &all))
		return false;
	for (size_t i = 0; i < model->call_count; i++) {
		struct model_call *made = &model->calls[i];

		if (made->call.what != CALLED_BIND || made->call.error != EADDRINUSE ||
			made->listener != INDEX_NONE || made->call.key.port_be[0] == 0)
			continue;
		const struct subject *subject =
			subject_find(&all, made->run, &made->call.key, last_moment(&made->call));
		const struct listener *listener =
			subject != NULL ? &model->listeners[subject->index] : NULL;
		if (listener != NULL && listener->first_ns <= last_moment(&made->call) + slack_ns &&
			(listener->state == STATE_LISTEN ||
				listener->last_ns >= made->call.entered_ns))
			made->listener = subject->index;
	}
	free(all.item);
	return true;
}

/* ---- calls that only name the socket ---- */

static void spread(struct model *model, struct ties *ties, size_t member)
{
	if (ties->count > 0)
		qsort(ties->item, ties->count, sizeof(*ties->item), compare_ties);
	for (size_t i = 0; i < model->call_count; i++) {
		struct model_call *made = &model->calls[i];
		uint32_t *index = (uint32_t *)(void *)((char *)made + member);
		bool of_listener = member == offsetof(struct model_call, listener);
		uint32_t inode = of_listener ? made->call.inode : inode_of(&made->call);

		if (*index != INDEX_NONE || inode == 0)
			continue;
		const struct tie *tie = tie_find(ties, made->run, inode, last_moment(&made->call));
		if (tie == NULL)
			continue;
		*index = tie->index;
		if (!of_listener)
			made->side = tie->side;
	}
}

typedef bool subjects_make(const struct model *model, struct subjects *all);
typedef bool calls_match(struct model *model, const struct subjects *all, struct ties *ties);

static bool match(struct model *model, subjects_make *make, calls_match *find, size_t member)
{
	struct subjects all = {0};
	struct ties ties = {0};
	bool good = make(model, &all) && find(model, &all, &ties);

	if (good)
		spread(model, &ties, member);
	free(all.item);
	free(ties.item);
	return good;
}

/* ---- order ---- */

static int compare_calls(const void *left, const void *right)
{
	const struct model_call *a = left, *b = right;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->run != b->run)
		return a->run - b->run;
	return (a->number > b->number) - (a->number < b->number);
}

/* Each subject's span of call_order begins where `first` says, and is filled in time order. */
static void place(struct model *model, size_t *first, size_t *count, uint32_t call)
{
	model->call_order[*first + (*count)++] = call;
}

static bool group(struct model *model)
{
	size_t at = 0;

	model->call_order = calloc(3 * model->call_count + 1, sizeof(*model->call_order));
	if (model->call_order == NULL)
		return false;
#define COUNT(member, array)                                                                       \
	for (size_t i = 0; i < model->call_count; i++)                                             \
		if (model->calls[i].member != INDEX_NONE)                                          \
			model->array[model->calls[i].member].call_count++;
	COUNT(connection, connections)
	COUNT(listener, listeners)
	COUNT(conversation, conversations)
#undef COUNT
#define BEGIN(array, array_count)                                                                  \
	for (size_t i = 0; i < model->array_count; i++) {                                          \
		model->array[i].first_call = at;                                                   \
		at += model->array[i].call_count;                                                  \
		model->array[i].call_count = 0;                                                    \
	}
	BEGIN(connections, connection_count)
	BEGIN(listeners, listener_count)
	BEGIN(conversations, conversation_count)
#undef BEGIN
	model->call_order_count = at;
#define PLACE(member, array)                                                                       \
	if (model->calls[i].member != INDEX_NONE)                                                  \
		place(model, &model->array[model->calls[i].member].first_call,                     \
			&model->array[model->calls[i].member].call_count, i);
	for (uint32_t i = 0; i < model->call_count; i++) {
		PLACE(connection, connections)
		PLACE(listener, listeners)
		PLACE(conversation, conversations)
	}
#undef PLACE
	return true;
}

bool model_calls(struct model *model)
{
	if (model->call_count == 0)
		return true;
	qsort(model->calls, model->call_count, sizeof(*model->calls), compare_calls);
	if (!(match(model, subjects_of_connections, match_by_ends,
		      offsetof(struct model_call, connection)) &&
		    match(model, subjects_of_ports, match_by_ports,
			    offsetof(struct model_call, connection)) &&
		    match(model, subjects_of_listeners, match_listeners,
			    offsetof(struct model_call, listener)) &&
		    match_failed_binds(model) &&
		    match(model, subjects_of_conversations, match_datagrams,
			    offsetof(struct model_call, conversation)) &&
		    model_said_match(model) && group(model)))
		return false;
	model_calls_fold(model);
	model_errors_by_calls(model);
	return true;
}
