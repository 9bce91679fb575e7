/* What a program did, in a line: the call as one would write it, what came of it, and what it left
 * behind. */
#include "tcpstate/lang.h"
#include "tcpstate/model.h"
#include "tcpstate/prose.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
	char *text;
	size_t size;
	bool utf8;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	size_t used = strlen(line->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line->text + used, line->size - used, format, arguments);
	va_end(arguments);
}

char *prose_signal(int number, char *buffer, size_t size)
{
	const char *name = call_signal_name(number);

	if (name[0] != '\0')
		snprintf(buffer, size, "%s", name);
	else
		snprintf(buffer, size, _("signal %d"), number);
	return buffer;
}

char *prose_exit(const struct exit *exit, char *buffer, size_t size)
{
	char name[32];

	if (!exit->known)
		snprintf(buffer, size, "%s",
			exit->by_recorder ? _("tcpstate ended the process at the end of the "
					      "recording; its exit status was not seen")
					  : _("the process ended; its exit status was not seen"));
	else if (exit->signal != 0)
		snprintf(buffer, size,
			exit->by_recorder ? _("the process ended (%s by tcpstate at the end of the "
					      "recording)")
					  : _("the process ended (%s)"),
			prose_signal(exit->signal, name, sizeof(name)));
	else
		snprintf(buffer, size, _("the process ended (exit status %" PRId32 ")"),
			exit->status);
	return buffer;
}

char *prose_call_name(const struct call *call, char *buffer, size_t size)
{
	if (call->what == CALLED_CLOSE || call->what == CALLED_SHUTDOWN)
		snprintf(buffer, size, "%s(%" PRId32 ")", call_name(call->what), call->fd);
	else
		snprintf(buffer, size, "%s()", call_name(call->what));
	return buffer;
}

static void add_failure(struct line *line, const struct call *call)
{
	const char *name = call_errno_name(call->error);

	if (name[0] != '\0')
		add(line, " %s %s (%s)", line->utf8 ? "→" : "->", name,
			call_errno_words(call->error));
	else
		add(line, " %s errno %" PRId32, line->utf8 ? "→" : "->", call->error);
}

/* A descriptor changed hands, or is gone. */
static void add_effect(struct line *line, const struct call *call)
{
	switch (call->what) {
	case CALLED_FORK:
		add(line, _("fork(): process %" PRIu32 " holds %" PRId32 " too"), call->pid,
			call->fd);
		break;
	case CALLED_EXEC:
		if (call->effect == CALL_OPENS)
			add(line, _("exec(): this program holds %" PRId32 " now"), call->fd);
		else
			add(line, _("exec() closes %" PRId32 " (close-on-exec)"), call->fd);
		break;
	case CALLED_EXIT:
		add(line, _("ended, which closes %" PRId32), call->fd);
		break;
	default:
		if (call->effect == CALL_PASSES)
			add(line, _("%s(): passes %" PRId32 " on (SCM_RIGHTS)"),
				call_as_written(call), call->fd);
		else if (call->effect == CALL_OPENS)
			add(line, _("%s(): is given %" PRId32 " (SCM_RIGHTS)"),
				call_as_written(call), call->fd);
		else
			add(line, _("%s() closes %" PRId32), call_as_written(call), call->fd);
	}
}

static void add_closed(struct line *line, const struct call *call)
{
	if (call->unread > 0)
		add(line,
			ngettext(": %" PRId64 " byte unread", ": %" PRId64 " bytes unread",
				call->unread),
			call->unread);
	if (!call->last && call->unread > 0)
		add(line, "%s", _(", the socket is still held elsewhere"));
	else if (!call->last)
		add(line, "%s", _(": the socket is still held elsewhere"));
	else if (call->busy)
		add(line, "%s", _(": a call of another thread holds the socket until it returns"));
}

/* "read(5, 4096)", "close(3)", "listen(3, 5)"; "bind 127.0.0.1:80", where the address says more
 * than the descriptor; "accept4()", whose new descriptor follows. */
static void add_arguments(struct line *line, const struct call *call)
{
	bool accepts = call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4;

	if ((call->what == CALLED_BIND || call->what == CALLED_CONNECT) &&
		call->arguments[0] != '\0') {
		add(line, "%s %s", call_as_written(call), call->arguments);
		return;
	}
	add(line, "%s(", call_as_written(call));
	if (call->fd >= 0 && call->what != CALLED_SOCKET && !accepts)
		add(line, "%" PRId32, call->fd);
	if (call->asked >= 0 && call_class(call->what) != CALL_WAIT)
		add(line, "%s%" PRId64, call->fd >= 0 ? ", " : "", call->asked);
	add(line, ")");
	if (call->arguments[0] != '\0')
		add(line, " %s", call->arguments);
}

static void add_result(struct line *line, const struct call *call)
{
	if (call->returned_ns == 0)
		add(line, "%s", _(": did not return"));
	else if (call->error != 0)
		add_failure(line, call);
	else if (call_reads(call->what) && call->result == 0 && call->asked > 0 &&
		 call->key.protocol == IPPROTO_TCP)
		add(line, "%s", _(" = 0: end of data"));
	else if (call->effect == CALL_CLOSES)
		add_closed(line, call);
	else if (call->result != 0 || call_reads(call->what) || call->new_fd >= 0 ||
		 call_class(call->what) == CALL_WAIT)
		add(line, " = %" PRId64, call->result);
}

char *prose_call_alone(const struct call *call, bool utf8, char *buffer, size_t size)
{
	struct line line = {buffer, size, utf8};
	bool of_descriptor = call->part > 0 || call->what == CALLED_FORK ||
			     call->what == CALLED_EXEC || call->what == CALLED_EXIT ||
			     call->effect == CALL_PASSES ||
			     ((call->what == CALLED_RECVMSG || call->what == CALLED_RECVMMSG) &&
				     call->effect == CALL_OPENS);

	buffer[0] = '\0';
	if (of_descriptor && call->effect != CALL_NO_EFFECT) {
		add_effect(&line, call);
		if (call->effect == CALL_CLOSES)
			add_closed(&line, call);
	} else {
		add_arguments(&line, call);
		add_result(&line, call);
	}
	return buffer;
}

char *prose_call(const struct call *call, bool utf8, char *buffer, size_t size)
{
	size_t used;

	snprintf(buffer, size, "%s  ", call->program[0] != '\0' ? call->program : "?");
	used = strlen(buffer);
	prose_call_alone(call, utf8, buffer + used, size - used);
	return buffer;
}

char *prose_again(uint32_t again, const char *until, char *buffer, size_t size)
{
	char digits[16], number[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu32, again), used = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			number[used++] = ',';
		number[used++] = digits[i];
	}
	number[used] = '\0';
	if (again == 0)
		buffer[0] = '\0';
	else if (until != NULL)
		snprintf(buffer, size, _(", %s times more until %s"), number, until);
	else
		snprintf(buffer, size, _(", %s times more"), number);
	return buffer;
}

/* A line that it wrote, and how many follow it before the last of them. */
static void add_said(struct line *line, const struct model_call *did)
{
	if (did->stream == 2)
		add(line, _("prints \"%s\" on standard error"), did->said);
	else
		add(line, _("prints \"%s\""), did->said);
	if (did->again > 0)
		add(line,
			ngettext(", then %" PRIu32 " more line", ", then %" PRIu32 " more lines",
				did->again),
			did->again);
}

char *prose_did(
	const struct model_call *did, bool alone, const char *until, char *buffer, size_t size)
{
	struct line line = {buffer, size, true};
	const struct call *call = &did->call;
	const char *program = call->program[0] != '\0' ? call->program : "?";
	size_t used;

	buffer[0] = '\0';
	if (did->named)
		add(&line, "%s[%" PRIu32 "]  ", program, call->pid);
	else if (!alone)
		add(&line, "%s  ", program);
	if (did->said != NULL) {
		add_said(&line, did);
		return buffer;
	}
	used = strlen(buffer);
	prose_call_alone(call, true, buffer + used, size - used);
	used = strlen(buffer);
	prose_again(did->again, until, buffer + used, size - used);
	return buffer;
}
