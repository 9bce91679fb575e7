/* Findings about calls on a socket that was not yet, or no more, what they need: accept() without
 * listen(), data without connect() or on the listening socket, a descriptor closed before. Nothing
 * of that meets the wire; the calls are the only witness. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

/* What the calls before one have done, kept as they come by: one entry for each socket, for each
 * descriptor that a process or a program closed, for each process that asked for a socket, and for
 * each kind of failed call that is told already. */
enum kind { OF_SOCKET, CLOSED_BY_PROCESS, CLOSED_BY_PROGRAM, ASKED_FOR_SOCKET, TOLD };

struct before {
	struct {
		uint64_t of; /* inode, pid; the program's name, which is kept once */
		int32_t fd, error;
		uint16_t run;
		uint8_t kind, what;
	} key;
	bool opened, listened, connected, accepted, unspecified; /* OF_SOCKET */
	size_t finding;                                          /* TOLD: its place */
	const struct model_call *last; /* the others: the newest such call */
};

struct history {
	struct model *model;
	struct before *entries;
	size_t count;
	struct index_map map;
};

static bool before_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct history *history = context;
	const struct before *a = &history->entries[index], *b = wanted;

	return a->key.of == b->key.of && a->key.fd == b->key.fd && a->key.error == b->key.error &&
	       a->key.run == b->key.run && a->key.kind == b->key.kind && a->key.what == b->key.what;
}

static uint64_t before_hash(const struct before *wanted)
{
	const uint64_t words[] = {wanted->key.of,
		(uint64_t)(uint32_t)wanted->key.fd << 32 | (uint32_t)wanted->key.error,
		(uint64_t)wanted->key.run << 16 | (uint64_t)wanted->key.kind << 8 |
			wanted->key.what};

	return index_hash(words, sizeof(words), 0);
}

static struct before *before_find(const struct history *history, const struct before *wanted)
{
	uint32_t index =
		index_map_find(&history->map, before_hash(wanted), before_equal, history, wanted);

	return index != INDEX_NONE ? &history->entries[index] : NULL;
}

/* The entry, made where there is none; NULL: out of memory. */
static struct before *before_enter(struct history *history, const struct before *wanted)
{
	struct before *found = before_find(history, wanted);

	if (found != NULL)
		return found;
	found = PUSH(history->model, history->entries, history->count);
	if (found == NULL ||
		!index_map_put(&history->map, before_hash(wanted), (uint32_t)history->count)) {
		history->model->build->failed = true;
		return NULL;
	}
	*found = *wanted;
	history->count++;
	return found;
}

static struct before key_of(const struct model_call *at, enum kind kind, uint64_t of)
{
	return (struct before){
		.key = {.of = of,
			.fd = kind == CLOSED_BY_PROCESS || kind == CLOSED_BY_PROGRAM ? at->call.fd
										     : 0,
			.run = at->run,
			.kind = (uint8_t)kind}};
}

static const struct model_call *last_of(
	const struct history *history, const struct model_call *at, enum kind kind, uint64_t of)
{
	struct before wanted = key_of(at, kind, of);
	const struct before *found = before_find(history, &wanted);

	return found != NULL ? found->last : NULL;
}

static void newest(
	struct history *history, const struct model_call *at, enum kind kind, uint64_t of)
{
	struct before wanted = key_of(at, kind, of);
	struct before *entry = before_enter(history, &wanted);

	if (entry != NULL)
		entry->last = at;
}

static bool accepts(const struct call *call)
{
	return call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4;
}

/* One that failed tells nothing of its socket; a connect() under way may yet succeed, and of one
 * that failed there is a finding of its own. */
static void remember(struct history *history, const struct model_call *at)
{
	const struct call *call = &at->call;
	struct before wanted;
	struct before *socket;

	if (call->what == CALLED_CLOSE && call->error == 0) {
		newest(history, at, CLOSED_BY_PROCESS, call->pid);
		newest(history, at, CLOSED_BY_PROGRAM, (uintptr_t)call->program);
	}
	if (call->what == CALLED_SOCKET || accepts(call))
		newest(history, at, ASKED_FOR_SOCKET, call->pid);
	if (accepts(call) && call->new_inode != 0) {
		wanted = key_of(at, OF_SOCKET, call->new_inode);
		if ((socket = before_enter(history, &wanted)) != NULL)
			socket->accepted = true;
	}
	bool opened = call->what == CALLED_SOCKET && call->error == 0,
	     listened = call->what == CALLED_LISTEN && call->error == 0,
	     /* with AF_UNSPEC it ends a connection, or does nothing */
		unspecified = call->what == CALLED_CONNECT && call->error == 0 &&
			      strcmp(call->arguments, "AF_UNSPEC") == 0,
	     connected =
		     !unspecified && (call->what == CALLED_CONNECT || call->what == CALLED_SENDTO);
	if (call->inode == 0 || !(opened || listened || connected || unspecified))
		return;
	wanted = key_of(at, OF_SOCKET, call->inode);
	if ((socket = before_enter(history, &wanted)) == NULL)
		return;
	socket->opened |= opened;
	socket->listened |= listened;
	socket->connected |= connected;
	socket->unspecified |= unspecified;
}

/* The call that closed the descriptor that this one was about: the process's own newest, or, of a
 * child, one of the program that it was before. NULL: none seen. */
static const struct model_call *closer_of(
	const struct history *history, const struct model_call *failed)
{
	const struct model_call *own =
		last_of(history, failed, CLOSED_BY_PROCESS, failed->call.pid);

	return own != NULL ? own
			   : last_of(history, failed, CLOSED_BY_PROGRAM,
				     (uintptr_t)failed->call.program);
}

/* Its error is one that the state of its socket explains. */
static bool is_of_state(const struct call *call)
{
	return call->error == EBADF || (accepts(call) && call->error == EINVAL) ||
	       (call_transfers(call->what) && (call->error == ENOTCONN || call->error == EPIPE)) ||
	       (call_sends(call->what) && call->error == ECONNREFUSED);
}

/* The last call that should have given this process a socket had failed. A program that sets a
 * descriptor to -1 when it has closed it means nothing by a call upon it (nc). */
static bool opened_in_vain(const struct history *history, const struct model_call *failed)
{
	const struct model_call *last =
		last_of(history, failed, ASKED_FOR_SOCKET, failed->call.pid);

	return last != NULL && last->call.error != 0;
}

/* Why such a call failed, as far as those before it tell; PHRASE_NAMES: they do not. */
static enum finding_phrase reason(const struct history *history, const struct model_call *failed)
{
	const struct call *call = &failed->call;
	struct before wanted = key_of(failed, OF_SOCKET, call->inode);
	const struct before *past;

	if (call->error == EBADF && call->fd < 0)
		return opened_in_vain(history, failed) ? PHRASE_NO_DESCRIPTOR : PHRASE_NAMES;
	const struct model_call *closer = closer_of(history, failed);
	if (call->error == EBADF && closer != NULL)
		return closer->call.pid == call->pid && closer->call.tid != call->tid
			       ? PHRASE_CLOSED_BY_THREAD
			       : PHRASE_CLOSED_DESCRIPTOR;
	if (call->error == EBADF || call->inode == 0 || call->key.protocol != IPPROTO_TCP)
		return PHRASE_NAMES;
	past = before_find(history, &wanted);
	if (past == NULL)
		return PHRASE_NAMES;
	if (past->listened && call_transfers(call->what))
		return PHRASE_IS_LISTENER;
	if (accepts(call) && past->accepted)
		return PHRASE_IS_CONNECTION;
	/* of a socket that was there before the recording the past is not known */
	if (!past->opened || past->listened || past->accepted)
		return PHRASE_NAMES;
	if (accepts(call))
		return PHRASE_NEVER_LISTENED;
	if (past->connected)
		return call->error == ECONNREFUSED ? PHRASE_WAS_REFUSED : PHRASE_NAMES;
	return past->unspecified ? PHRASE_NO_FAMILY : PHRASE_NEVER_CONNECTED;
}

static bool of_closed(enum finding_phrase why)
{
	return why == PHRASE_CLOSED_DESCRIPTOR || why == PHRASE_CLOSED_BY_THREAD;
}

/* The port that it was about: of a closed descriptor the one that its socket had had. */
static uint16_t port_of(
	const struct model_call *failed, enum finding_phrase why, const struct model_call *closer)
{
	return ntohs(of_closed(why) && closer != NULL ? closer->call.key.port_be[0]
						      : failed->call.key.port_be[0]);
}

/* What is told of calls like this one: of the same program, whichever process of it, with the same
 * error for the same reason and port. NULL: out of memory. */
static struct before *told_of(struct history *history, const struct model_call *failed,
	enum finding_phrase why, uint16_t port)
{
	struct before wanted = key_of(failed, TOLD, (uintptr_t)failed->call.program);

	wanted.key.error = failed->call.error;
	wanted.key.what = (uint8_t)failed->call.what;
	wanted.key.fd = (int32_t)why << 16 | port;
	wanted.finding = SIZE_MAX;
	return before_enter(history, &wanted);
}

/* A bind() or listen() that has a finding already: what its socket lacked is told there. */
static bool explained(struct model *model, const struct model_call *failed, enum finding_phrase why,
	uint16_t port)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *told = &model->findings[i];

		if (told->code != FINDING_BIND_FAILED || told->run != failed->run ||
			told->phrase[0] != PHRASE_FAILED ||
			told->evidence.call[0] != (uint32_t)failed->number)
			continue;
		told->phrase[0] = (uint8_t)why;
		told->phrase_number = port;
		told->phrase_state = (uint8_t)(failed->call.fd & 255);
		return true;
	}
	return false;
}

static void tell(struct history *history, const struct model_call *failed, enum finding_phrase why)
{
	const struct call *call = &failed->call;
	const char *name = call_as_written(call);
	const struct model_call *closer = closer_of(history, failed);
	uint16_t port = port_of(failed, why, closer);
	struct before *entry = told_of(history, failed, why, port);

	if (explained(history->model, failed, why, port))
		return;
	if (entry != NULL && entry->finding != SIZE_MAX) {
		struct finding *told = &history->model->findings[entry->finding];

		told->arg[0] += 1 + (int64_t)call->again;
		told->arg[3] = told->arg[0] - 1;
		return;
	}
	struct finding *finding =
		finding_of_run(history->model, failed->run, FINDING_BIND_FAILED, failed->at_ns);
	if (finding == NULL || entry == NULL)
		return;
	entry->finding = (size_t)(finding - history->model->findings);
	finding->arg[0] = 1;
	finding->arg[1] = port;
	finding->arg[2] = call->error;
	finding->phrase[0] = (uint8_t)why;
	finding->phrase_number = port;
	finding->phrase_state = (uint8_t)(call->fd & 255);
	snprintf(finding->text[0], FINDING_TEXT, "%.32s[%" PRIu32 "]: %s()\n%s (%s)", call->program,
		call->pid, name, call_errno_name(call->error), call_errno_words(call->error));
	finding_cite_call(finding, failed);
	if (of_closed(why))
		finding_cite_call(finding, closer);
}

bool findings_of_calls(struct model *model)
{
	struct history history = {.model = model};

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];
		enum finding_phrase why =
			is_of_state(&at->call) ? reason(&history, at) : PHRASE_NAMES;

		if (why != PHRASE_NAMES)
			tell(&history, at, why);
		remember(&history, at);
	}
	free(history.entries);
	index_map_free(&history.map);
	return !model->build->failed;
}
