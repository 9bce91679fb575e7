/* See watch_holders.h. Two tables, in which a newcomer takes the place of whoever has it: one by
 * the ends of a socket, one by its inode. */
#include "watch_holders.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/hash.h"

enum { PLACES = 1 << 14, NAMED = 8 /* who hold one socket; others are not told */ };

struct end {
	struct flow_key key; /* local end first; of a listener the remote one is zero */
	uint32_t inode;      /* 0: not known */
	int64_t learnt_ns;   /* when that was so */
	uint8_t state;       /* as it was shown last */
	bool owed;           /* shown without its holder */
};
struct holder {
	uint32_t inode; /* 0: free */
	struct flow_key key;
	struct owner owner[NAMED + 1]; /* the first one told first; pid 0: no more */
};
struct holders {
	struct end end[PLACES];
	struct holder holder[PLACES];
};

struct holders *holders_new(void)
{
	return calloc(1, sizeof(struct holders));
}

void holders_free(struct holders *holders)
{
	free(holders);
}

static struct end *end_place(struct holders *holders, const struct flow_key *key)
{
	uint64_t words[5];

	memcpy(words, key->addr, sizeof(key->addr));
	words[4] = (uint64_t)key->port_be[0] << 16 | key->port_be[1];
	return &holders->end[hash_words(words, 5) & (PLACES - 1)];
}

/* Its place, made its own. */
static struct end *end_of(struct holders *holders, const struct flow_key *key)
{
	struct end *end = end_place(holders, key);

	if (!flow_key_equal(&end->key, key))
		*end = (struct end){.key = *key};
	return end;
}

static struct holder *holder_place(struct holders *holders, uint32_t inode)
{
	return &holders->holder[inode * 2654435769u >> 18 & (PLACES - 1)];
}

static struct holder *holder_of(
	struct holders *holders, uint32_t inode, const struct flow_key *key, int64_t t_ns)
{
	struct holder *holder = holder_place(holders, inode);
	struct end *end = end_of(holders, key);

	if (holder->inode != inode)
		*holder = (struct holder){.inode = inode};
	holder->key = *key;
	end->inode = inode;
	end->learnt_ns = t_ns;
	return holder;
}

/* Where it stands among those that hold the socket; NULL: not there. */
static struct owner *owner_find(struct holder *holder, uint32_t pid)
{
	for (struct owner *at = holder->owner; at->pid != 0; at++)
		if (at->pid == pid)
			return at;
	return NULL;
}

/* false: it was known, or there is no room. One that was named otherwise is another program now. */
static bool owner_learn(struct holder *holder, const struct owner *owner, const char *program)
{
	struct owner *known = owner_find(holder, owner->pid), *at = holder->owner;

	while (known == NULL && at->pid != 0)
		at++;
	if (known != NULL)
		at = known;
	else if (owner->pid == 0 || at == &holder->owner[NAMED])
		return false;
	*at = *owner;
	escape_text(at->program, sizeof(at->program), program, strlen(program));
	return known == NULL;
}

static void owner_forget(struct holder *holder, uint32_t pid)
{
	struct owner *at = owner_find(holder, pid);

	for (; at != NULL && at->pid != 0; at++)
		*at = at[1];
}

/* Of an accept() that gave a socket: that one. */
static struct holder *call_holder(struct holders *holders, const struct call *call, int64_t t_ns)
{
	uint32_t inode = call->new_inode != 0 ? call->new_inode : call->inode;

	return inode != 0 && call->key.family != 0 && call->key.port_be[0] != 0
		       ? holder_of(holders, inode, &call->key, t_ns)
		       : NULL;
}

bool holders_learn(struct holders *holders, const struct event *event, struct held_end *found)
{
	const struct sockrow *row = &event->u.diag.row;
	struct owner caller = {0};
	struct holder *holder = NULL;
	struct end *end;

	if (event->kind == EVENT_ROW && row->inode != 0)
		holder = holder_of(holders, row->inode, &row->key, event->t_ns);
	if (event->kind == EVENT_OWNER) {
		holder = holder_place(holders, event->u.fact.owner.inode);
		if (holder->inode != event->u.fact.owner.inode)
			return false;
		if (event->u.fact.gone)
			owner_forget(holder, event->u.fact.owner.pid);
		else
			owner_learn(holder, &event->u.fact.owner, event->u.fact.owner.program);
	}
	if (event->kind == EVENT_CALL && event->u.call.effect == CALL_CLOSES) {
		struct holder *let_go = holder_place(holders, event->u.call.inode);

		/* who held it last is told of the FIN that its close() sent */
		if (let_go->inode == event->u.call.inode && let_go->owner[1].pid != 0)
			owner_forget(let_go, event->u.call.pid);
	} else if (event->kind == EVENT_CALL) {
		holder = call_holder(holders, &event->u.call, event->t_ns);
		caller.pid = event->u.call.pid;
		caller.host_pid = event->u.call.host_pid;
		if (holder != NULL)
			owner_learn(holder, &caller, event->u.call.program);
	}
	if (holder == NULL || holder->owner[0].pid == 0)
		return false;
	end = end_place(holders, &holder->key);
	if (!end->owed || !flow_key_equal(&end->key, &holder->key))
		return false;
	end->owed = false;
	*found = (struct held_end){holder->key, end->state, holder->owner};
	return true;
}

const struct owner *holders_of(struct holders *holders, const struct record *record, bool shown)
{
	bool begins = record->from == STATE_CLOSED || record->from == STATE_LISTEN;
	struct flow_key key =
		record->listener || record->side == 0 ? record->key : flow_key_swap(&record->key);
	struct holder *holder;
	struct end *end;

	if (!record->listener && (record->local_sides >> (record->side & 1) & 1) == 0)
		return NULL; /* another host's */
	end = end_of(holders, &key);
	if (begins && end->learnt_ns < record->t_ns) /* that was who had these ends before */
		end->inode = 0;
	holder = end->inode != 0 ? holder_place(holders, end->inode) : NULL;
	if (holder != NULL && holder->inode == end->inode && holder->owner[0].pid != 0) {
		end->owed = false;
		return holder->owner;
	}
	end->owed = shown && record->to != STATE_CLOSED && record->to != STATE_TIME_WAIT;
	end->state = record->to;
	return NULL;
}
