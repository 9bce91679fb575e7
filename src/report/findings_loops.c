/* Programs that do not wait: a loop of calls in vain, which burns a processor, and a select() whose
 * first argument leaves out a socket of its own sets, so that nothing ends it. From the calls. */
#include "findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	LOOP_MS = 500,        /* it went on for so long, at least */
	LOOP_A_SECOND = 2000, /* and so often: who naps for a millisecond comes to less */
	IN_VAIN_MS = 500      /* a select() that returned sooner did no harm */
};

static void name_call(struct finding *finding, const struct call *call, const char *name)
{
	size_t used;

	finding_name_caller(finding, 0, call);
	used = strlen(finding->text[0]);
	snprintf(finding->text[0] + used, FINDING_TEXT - used, ": %s()", name);
}

static bool is_loop(const struct model_call *at)
{
	const struct call *call = &at->call;
	int64_t lasted_ms = ms_of(at->again_ns - at->at_ns);

	return call->error == EAGAIN && !at->folded && at->again > 0 && lasted_ms >= LOOP_MS &&
	       (int64_t)at->again * 1000 / lasted_ms >= LOOP_A_SECOND &&
	       (call_reads(call->what) || call_transfers(call->what) ||
		       call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4);
}

static void tell_loop(struct model *model, const struct model_call *at)
{
	struct finding *finding = finding_of_run(model, at->run, FINDING_BUSY_LOOP, at->at_ns);

	if (finding == NULL)
		return;
	finding->arg[0] = 1 + (int64_t)at->again;
	finding->arg[1] = ms_of(at->again_ns - at->at_ns);
	name_call(finding, &at->call, call_as_written(&at->call));
	finding_cite_call(finding, at);
}

/* "nfds 4 leaves out 5": calls_words.c */
static bool leaves_out(const struct call *call, int64_t *nfds, int64_t *out)
{
	return (call->what == CALLED_SELECT || call->what == CALLED_PSELECT6) &&
	       sscanf(call->arguments, "nfds %" SCNd64 " leaves out %" SCNd64, nfds, out) == 2;
}

static void tell_select(struct model *model, const struct model_call *at)
{
	int64_t nfds, out, until_ns = at->call.returned_ns;

	if (!leaves_out(&at->call, &nfds, &out) || at->call.result > 0)
		return;
	if (until_ns == 0)
		until_ns = model->runs[at->run].last_ns;
	int64_t waited_ms = ms_of(until_ns - at->call.entered_ns);
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *told = &model->findings[i];

		if (told->code == FINDING_SELECT_LEAVES_OUT && told->run == at->run &&
			told->arg[0] == nfds && told->arg[1] == out) {
			told->arg[2] += waited_ms;
			return;
		}
	}
	struct finding *finding =
		waited_ms < IN_VAIN_MS
			? NULL
			: finding_of_run(model, at->run, FINDING_SELECT_LEAVES_OUT, at->at_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = nfds;
	finding->arg[1] = out;
	finding->arg[2] = waited_ms;
	name_call(finding, &at->call, "select"); /* the C library calls pselect6() */
	finding_cite_call(finding, at);
}

bool findings_of_loops(struct model *model)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->said != NULL)
			continue;
		if (is_loop(at))
			tell_loop(model, at);
		tell_select(model, at);
	}
	return !model->build->failed;
}
