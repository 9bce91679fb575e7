/* A socket that listens on a port which nobody chose: listen() without bind(), or bind() to port 0,
 * gives it one of the kernel's. Clients go to the port that was meant, and are refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"

enum { LOOKED_AT = 64 /* listen() calls; each costs a pass over the others */ };

static bool asks_for_none(const struct call *bind)
{
	size_t length = strcspn(bind->arguments, ", ");

	return length > 2 && strncmp(bind->arguments + length - 2, ":0", 2) == 0;
}

/* What the calls on this socket before its listen() tell; PHRASE_NAMES: a port was asked for, or
 * its beginning was not recorded. */
static enum finding_phrase unbound(const struct model *model, const struct model_call *listen)
{
	bool opened = false, refused = false;

	for (size_t i = 0; i < model->call_count && &model->calls[i] < listen; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run != listen->run || at->call.inode != listen->call.inode)
			continue;
		refused |= at->call.what == CALLED_BIND && at->call.error != 0;
		if (at->call.error != 0)
			continue;
		if (at->call.what == CALLED_BIND)
			return asks_for_none(&at->call) ? PHRASE_BOUND_TO_NONE : PHRASE_NAMES;
		opened |= at->call.what == CALLED_SOCKET;
	}
	if (refused)
		return PHRASE_BIND_FAILED;
	return opened ? PHRASE_NEVER_BOUND : PHRASE_NAMES;
}

static bool listens(const struct call *call)
{
	return call->what == CALLED_LISTEN && call->error == 0 && call->inode != 0 &&
	       call->key.protocol == IPPROTO_TCP && call->key.port_be[0] != 0;
}

const struct model_call *listens_unbound(
	const struct model *model, uint16_t run, uint16_t port_be, enum finding_phrase *how)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run != run || !listens(&at->call) || at->call.key.port_be[0] != port_be)
			continue;
		*how = unbound(model, at);
		return *how != PHRASE_NAMES ? at : NULL;
	}
	return NULL;
}

static bool told(const struct model *model, uint16_t run, uint16_t port_be)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_LISTENS_UNBOUND &&
			model->findings[i].run == run &&
			model->findings[i].arg[2] == ntohs(port_be))
			return true;
	return false;
}

/* Who asks for port 0 may mean it, and tells others the port it got; who never asks does not. */
bool findings_of_unbound(struct model *model)
{
	size_t looked = 0;

	for (size_t i = 0; i < model->call_count && looked < LOOKED_AT; i++) {
		const struct model_call *at = &model->calls[i];

		if (!listens(&at->call) || told(model, at->run, at->call.key.port_be[0]))
			continue;
		looked++;
		enum finding_phrase how = unbound(model, at);
		struct finding *finding =
			how == PHRASE_NEVER_BOUND || how == PHRASE_BIND_FAILED
				? finding_of_run(model, at->run, FINDING_LISTENS_UNBOUND, at->at_ns)
				: NULL;
		if (finding == NULL)
			continue;
		finding->arg[2] = ntohs(at->call.key.port_be[0]);
		finding->phrase[1] = (uint8_t)how;
		snprintf(finding->text[0], FINDING_TEXT, "%.32s[%u]", at->call.program,
			at->call.pid);
		finding_cite_call(finding, at);
	}
	return !model->build->failed;
}
