/* Calls that a signal interrupted (EINTR), and which their programs took for a failure: they made
 * no other call on a socket and ended of their own accord. Nothing of that meets the wire. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "findings.h"

enum {
	LOOKED_AT = 64, /* calls; each costs a pass over the others */
	SOON_MS = 3000, /* an interpreter that is traced needs a second to end */
	OF_SIGNAL = 128 /* an exit status from here on names a signal, by custom */
};

static bool may_wait(const struct call *call)
{
	return call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4 ||
	       call->what == CALLED_CONNECT ||
	       (call->what >= CALLED_READ && call->what <= CALLED_EPOLL_PWAIT2);
}

int64_t finding_ended_upon(const struct model *model, const struct model_call *failed)
{
	const int64_t soon_ns = SOON_MS * (int64_t)WATCH_NS_PER_MS;
	const struct model_exit *end = NULL;

	for (size_t i = 0; i < model->exit_count && end == NULL; i++)
		if (model->exits[i].run == failed->run &&
			model->exits[i].exit.pid == failed->call.pid &&
			model->exits[i].t_ns >= failed->at_ns)
			end = &model->exits[i];
	/* a handler may end its process as it was asked to: with 0, or 128 and the signal */
	if (end == NULL || end->exit.by_recorder || !end->exit.known || end->exit.signal != 0 ||
		end->exit.status == 0 || end->exit.status >= OF_SIGNAL ||
		end->t_ns - failed->at_ns > soon_ns)
		return INT64_MAX;
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == failed->run && at->call.pid == failed->call.pid &&
			at->at_ns > failed->at_ns && at->call.what != CALLED_EXIT &&
			call_class(at->call.what) != CALL_LIFE && at->call.effect != CALL_CLOSES)
			return INT64_MAX;
	}
	return end->t_ns - failed->at_ns;
}

bool findings_of_interrupts(struct model *model)
{
	size_t looked = 0;

	for (size_t i = 0; i < model->call_count && looked < LOOKED_AT; i++) {
		const struct model_call *at = &model->calls[i];
		const struct call *call = &at->call;

		if (call->error != EINTR || !may_wait(call))
			continue;
		looked++;
		int64_t after_ns = finding_ended_upon(model, at);
		struct finding *finding = after_ns == INT64_MAX
						  ? NULL
						  : finding_of_run(model, at->run,
							    FINDING_CALL_INTERRUPTED, at->at_ns);
		if (finding == NULL)
			continue;
		finding->arg[0] = 1;
		finding->arg[1] = ntohs(call->key.port_be[0]);
		finding->arg[2] = call->error;
		finding->arg[3] = ms_of(after_ns);
		finding->phrase[0] = PHRASE_FAILED;
		snprintf(finding->text[0], FINDING_TEXT, "%.32s[%u]: %s()\n%s (%s)", call->program,
			call->pid, call_name(call->what), call_errno_name(call->error),
			call_errno_words(call->error));
		finding_cite_call(finding, at);
	}
	return !model->build->failed;
}
