/* Findings about calls on a socket that was not yet, or no more, what they need: accept() without
 * listen(), data without connect() or on the listening socket, a descriptor closed before. Nothing
 * of that meets the wire; the calls are the only witness. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"

enum {
	LOOKED_AT = 256, /* failed calls; each costs a pass over the others */
	REMEMBERED = 32  /* kinds of failed calls, that a program may make again and again */
};

/* What was done with a socket before a call. */
struct past {
	bool opened, listened, connected, accepted;
};

static struct past past_of(const struct model *model, const struct model_call *failed)
{
	struct past past = {false, false, false, false};
	uint32_t inode = failed->call.inode;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct call *call = &model->calls[i].call;

		if (model->calls[i].run != failed->run ||
			call->entered_ns > failed->call.entered_ns)
			continue;
		if (call->new_inode == inode)
			past.accepted = past.accepted || call->what == CALLED_ACCEPT ||
					call->what == CALLED_ACCEPT4;
		if (call->inode != inode)
			continue;
		past.opened = past.opened || (call->what == CALLED_SOCKET && call->error == 0);
		past.listened = past.listened || (call->what == CALLED_LISTEN && call->error == 0);
		/* one that failed is told by itself; one under way may yet succeed */
		past.connected = past.connected || call->what == CALLED_CONNECT ||
				 call->what == CALLED_SENDTO;
	}
	return past;
}

static bool accepts(const struct call *call)
{
	return call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4;
}

static bool transfers(const struct call *call)
{
	return call->what >= CALLED_READ && call->what <= CALLED_SPLICE;
}

/* The call that closed the descriptor that this one was about: the process's own newest, or, of a
 * child, one of the program that it was before. NULL: none seen. */
static const struct model_call *closer_of(
	const struct model *model, const struct model_call *failed)
{
	const struct model_call *found = NULL;
	bool own = false;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		bool his = at->call.pid == failed->call.pid;

		if (at->run != failed->run || at->call.entered_ns > failed->call.entered_ns ||
			at->call.fd != failed->call.fd || at->call.error != 0 ||
			at->call.what != CALLED_CLOSE || (own && !his) ||
			strcmp(at->call.program, failed->call.program) != 0)
			continue;
		own |= his;
		if (found == NULL || his || at->at_ns >= found->at_ns)
			found = at;
	}
	return found;
}

/* Its error is one that the state of its socket explains. */
static bool is_of_state(const struct call *call)
{
	return call->error == EBADF || (accepts(call) && call->error == EINVAL) ||
	       (transfers(call) && (call->error == ENOTCONN || call->error == EPIPE));
}

/* The last call that should have given this process a socket had failed. A program that sets a
 * descriptor to -1 when it has closed it means nothing by a call upon it (nc). */
static bool opened_in_vain(const struct model *model, const struct model_call *failed)
{
	const struct model_call *last = NULL;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == failed->run && at->call.pid == failed->call.pid &&
			at->at_ns <= failed->at_ns &&
			(at->call.what == CALLED_SOCKET || accepts(&at->call)) &&
			(last == NULL || at->at_ns >= last->at_ns))
			last = at;
	}
	return last != NULL && last->call.error != 0;
}

/* Why such a call failed, as far as those before it tell; PHRASE_NAMES: they do not. */
static enum finding_phrase reason(const struct model *model, const struct model_call *failed)
{
	const struct call *call = &failed->call;
	struct past past;

	if (call->error == EBADF && call->fd < 0)
		return opened_in_vain(model, failed) ? PHRASE_NO_DESCRIPTOR : PHRASE_NAMES;
	if (call->error == EBADF && closer_of(model, failed) != NULL)
		return PHRASE_CLOSED_DESCRIPTOR;
	if (call->error == EBADF || call->inode == 0 || call->key.protocol != IPPROTO_TCP)
		return PHRASE_NAMES;
	past = past_of(model, failed);
	if (past.listened && transfers(call))
		return PHRASE_IS_LISTENER;
	/* of a socket that was there before the recording the past is not known */
	if (!past.opened || past.listened || past.accepted)
		return PHRASE_NAMES;
	if (accepts(call))
		return PHRASE_NEVER_LISTENED;
	return past.connected ? PHRASE_NAMES : PHRASE_NEVER_CONNECTED;
}

static void tell(struct model *model, const struct model_call *failed, enum finding_phrase why)
{
	const struct call *call = &failed->call;
	const char *name = call->what == CALLED_RECVFROM && call->arguments[0] == '\0' ? "recv"
			   : call->what == CALLED_SENDTO && call->arguments[0] == '\0'
				   ? "send"
				   : call_name(call->what);
	char text[FINDING_TEXT];
	struct finding *finding = NULL;
	uint16_t port_be = call->key.port_be[0];

	snprintf(text, sizeof(text), "%.32s[%" PRIu32 "]: %s()\n%s (%s)", call->program, call->pid,
		name, call_errno_name(call->error), call_errno_words(call->error));
	for (size_t i = 0; i < model->finding_count && finding == NULL; i++)
		if (model->findings[i].code == FINDING_BIND_FAILED &&
			model->findings[i].run == failed->run &&
			strcmp(model->findings[i].text[0], text) == 0)
			finding = &model->findings[i];
	if (finding != NULL) {
		finding->arg[3] = finding->arg[0]++;
		return;
	}
	finding = finding_of_run(model, failed->run, FINDING_BIND_FAILED, failed->at_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = 1;
	if (why == PHRASE_CLOSED_DESCRIPTOR)
		port_be = closer_of(model, failed)->call.key.port_be[0];
	finding->arg[1] = ntohs(port_be);
	finding->arg[2] = call->error;
	finding->phrase[0] = (uint8_t)why;
	finding->phrase_number = ntohs(port_be);
	finding->phrase_state = (uint8_t)(call->fd & 255);
	snprintf(finding->text[0], FINDING_TEXT, "%s", text);
	finding_cite_call(finding, failed);
	if (why == PHRASE_CLOSED_DESCRIPTOR)
		finding_cite_call(finding, closer_of(model, failed));
}

/* What was found of a call stands for those like it, until a call of any program changes what a
 * descriptor is: one that fails at once is often made in a loop. */
struct remembered {
	const struct model_call *call; /* NULL: none */
	size_t changes;                /* how many there had been */
	enum finding_phrase why;
};

static bool is_alike(const struct model_call *a, const struct model_call *b)
{
	return a->run == b->run && a->call.pid == b->call.pid && a->call.what == b->call.what &&
	       a->call.fd == b->call.fd && a->call.inode == b->call.inode &&
	       a->call.error == b->call.error;
}

static bool changes(const struct call *call)
{
	return call->error == 0 &&
	       (call->effect != CALL_NO_EFFECT || call->what == CALLED_SOCKET ||
		       call->what == CALLED_LISTEN || call->what == CALLED_CONNECT);
}

bool findings_of_calls(struct model *model)
{
	struct remembered remembered[REMEMBERED] = {{NULL, 0, PHRASE_NAMES}};
	size_t looked_at = 0, changed = 0;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		struct remembered *place =
			&remembered[((unsigned)at->call.pid * 31u + (unsigned)at->call.fd) %
				    REMEMBERED];

		changed += changes(&at->call);
		if (!is_of_state(&at->call))
			continue;
		if (place->call == NULL || place->changes != changed ||
			!is_alike(place->call, at)) {
			if (looked_at++ >= LOOKED_AT)
				continue;
			*place = (struct remembered){at, changed, reason(model, at)};
		}
		if (place->why != PHRASE_NAMES)
			tell(model, at, place->why);
	}
	return !model->build->failed;
}
