/* The listeners' own calls, where they are recorded: a row shows that a socket listens, the call
 * says since when. Only a socket whose listen() succeeded is kept, so that closes by the thousand
 * displace nobody. */
#include <string.h>

#include "engine.h"

static struct heard *heard_of(struct core *core, uint64_t cookie)
{
	for (size_t i = 0; i < HEARD_KEPT && cookie != 0; i++)
		if (core->heard[i].cookie == cookie)
			return &core->heard[i];
	return NULL;
}

/* A socket that listens ceases to when its reading side is shut; it may listen again. */
static bool shuts(const struct call *call)
{
	return call->what == CALLED_SHUTDOWN && call->error == 0 &&
	       strcmp(call->arguments, "SHUT_WR") != 0;
}

void heard_call(struct core *core, const struct call *call)
{
	struct heard *heard = heard_of(core, call->cookie);
	struct span span = {call->entered_ns, call->returned_ns};
	bool listens = call->what == CALLED_LISTEN && call->error == 0 && call->returned_ns != 0;

	if (call->cookie == 0)
		return;
	if (listens && heard == NULL) { /* called again it changes the backlog */
		core->heard[core->heard_next] =
			(struct heard){.cookie = call->cookie, .listen = span};
		core->heard_next = (core->heard_next + 1) % HEARD_KEPT;
	} else if (listens) {
		heard->again = span;
	} else if (heard != NULL && shuts(call) && span.until_ns != 0) {
		heard->close = span;
	} else if (heard != NULL && call->effect == CALL_CLOSES && call->last) {
		heard->close = (struct span){call->entered_ns,
			call->returned_ns != 0 ? call->returned_ns : call->entered_ns};
		heard->exiting = call->what == CALLED_EXIT ? call->pid : 0;
		/* it is told before the kernel closes what it held; accept() of another thread
		 * holds it as well */
		if (heard->exiting != 0 || call->busy)
			heard->close.until_ns = INT64_MAX;
	}
}

void heard_exit(struct core *core, uint32_t pid, int64_t t_ns)
{
	for (size_t i = 0; i < HEARD_KEPT && pid != 0; i++) {
		struct heard *heard = &core->heard[i];

		if (heard->exiting != pid)
			continue;
		heard->exiting = 0;
		if (heard->close.until_ns > t_ns && heard->close.from_ns <= t_ns)
			heard->close.until_ns = t_ns;
	}
}

bool heard_listening(
	struct core *core, uint64_t cookie, int64_t ceased_ns, int64_t seen_ns, struct span *when)
{
	const struct heard *heard = heard_of(core, cookie);
	const struct span *listen;

	if (heard == NULL)
		return false;
	listen = heard->listen.until_ns > ceased_ns ? &heard->listen : &heard->again;
	if (listen->from_ns > seen_ns || listen->until_ns <= ceased_ns)
		return false;
	*when = *listen;
	when->until_ns = when->until_ns < seen_ns ? when->until_ns : seen_ns;
	return true;
}

bool heard_closing(
	struct core *core, uint64_t cookie, int64_t seen_ns, int64_t gone_ns, struct span *when)
{
	const struct heard *heard = heard_of(core, cookie);

	if (heard == NULL || heard->close.from_ns == 0 || heard->close.from_ns > gone_ns ||
		heard->close.until_ns < seen_ns)
		return false;
	*when = heard->close;
	when->from_ns = when->from_ns > seen_ns ? when->from_ns : seen_ns;
	when->until_ns = when->until_ns < gone_ns ? when->until_ns : gone_ns;
	return true;
}
