/* What a JSON report says of calls and of processes' ends. */
#include "jsonl.h"

#include <netinet/in.h>

#include "tcpstate/prose.h"

static void descriptors(const struct call *call, struct jsonwriter *json)
{
	static const char *const effects[] = {
		[CALL_OPENS] = "opens", [CALL_CLOSES] = "closes", [CALL_PASSES] = "passes"};

	if (call->fd >= 0)
		json_number(json, "fd", call->fd);
	if (call->inode != 0)
		json_unsigned(json, "inode", call->inode);
	if (call->new_fd >= 0)
		json_number(json, "new_fd", call->new_fd);
	if (call->new_inode != 0)
		json_unsigned(json, "new_inode", call->new_inode);
	if (call->effect != CALL_NO_EFFECT && call->effect <= CALL_PASSES)
		json_text(json, "effect", effects[call->effect]);
	if (call->effect == CALL_CLOSES)
		json_truth(json, "last", call->last);
	if (call->busy)
		json_truth(json, "busy", true);
}

static void result(const struct call *call, struct jsonwriter *json)
{
	if (call->arguments[0] != '\0')
		json_text(json, "arguments", call->arguments);
	if (call->asked >= 0)
		json_number(json, "asked", call->asked);
	if (call->unread >= 0)
		json_number(json, "unread", call->unread);
	if (call->returned_ns != 0)
		json_number(json, "result", call->result);
	if (call->error != 0)
		json_text(json, "errno", call_errno_name(call->error));
}

static void ends(const struct call *call, struct jsonwriter *json)
{
	if (call->key.family == 0)
		return;
	jsonl_end(json, "local", &call->key, 0);
	jsonl_end(json, "remote", &call->key, 1);
}

static void caller(const struct call *call, struct jsonwriter *json)
{
	json_unsigned(json, "pid", call->pid);
	json_unsigned(json, "host_pid", call->host_pid);
	json_unsigned(json, "tid", call->tid);
	json_text(json, "program", call->program);
	json_text(json, "call", call_name(call->what));
}

static void times(const struct call *call, struct jsonwriter *json)
{
	json_time(json, "entered", call->entered_ns);
	if (call->returned_ns != 0)
		json_time(json, "returned", call->returned_ns);
}

void jsonl_call_members(const struct call *call, struct jsonwriter *json)
{
	times(call, json);
	caller(call, json);
	descriptors(call, json);
	ends(call, json);
	result(call, json);
}

/* Whose timeline it stands on. */
static void subjects(
	const struct model *model, const struct model_call *made, struct jsonwriter *json)
{
	if (made->connection != UINT32_MAX)
		json_unsigned(json, "connection", model->connections[made->connection].serial);
	if (made->conversation != UINT32_MAX)
		json_unsigned(
			json, "conversation", model->conversations[made->conversation].number);
	if (made->listener != UINT32_MAX)
		jsonl_end(json, "listener", &model->listeners[made->listener].key, 0);
}

/* A line that a program wrote. */
static void said(const struct model *model, const struct model_call *did, struct jsonwriter *json)
{
	static const char *const streams[] = {"both", "stdout", "stderr"};

	json_unsigned(json, "pid", did->call.pid);
	json_text(json, "program", did->call.program);
	json_text(json, "stream", streams[did->stream < 3 ? did->stream : 0]);
	subjects(model, did, json);
	json_text(json, "text", did->said);
}

void jsonl_call(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct model_call *made = &model->calls[index];
	const struct call *call = &made->call;
	char text[512];

	jsonl_run(json, model, made->run);
	json_time(json, "t", made->at_ns);
	if (made->said != NULL) {
		said(model, made, json);
		return;
	}
	times(call, json);
	json_unsigned(json, "number", made->number);
	caller(call, json);
	descriptors(call, json);
	ends(call, json);
	result(call, json);
	subjects(model, made, json);
	if (made->again > 0) {
		json_unsigned(json, "again", made->again);
		json_time(json, "again_until", made->again_ns);
	}
	json_text(json, "text", prose_call(call, true, text, sizeof(text)));
}

void jsonl_exit(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct model_exit *ended = &model->exits[index];
	char text[128];

	jsonl_run(json, model, ended->run);
	json_time(json, "t", ended->t_ns);
	json_unsigned(json, "pid", ended->exit.pid);
	json_unsigned(json, "host_pid", ended->exit.host_pid);
	json_text(json, "program", ended->exit.program);
	if (ended->exit.known && ended->exit.signal != 0)
		json_text(json, "signal", prose_signal(ended->exit.signal, text, sizeof(text)));
	else if (ended->exit.known)
		json_number(json, "status", ended->exit.status);
	json_truth(json, "by_recorder", ended->exit.by_recorder);
	json_text(json, "text", prose_exit(&ended->exit, text, sizeof(text)));
}
