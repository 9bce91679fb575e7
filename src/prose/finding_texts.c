/* The texts of a finding as words: names, joined in the language's way, and what is said of them.
 * The core gives names and a phrase (enum finding_phrase), never words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"

/* The names, a line each, with `between` between them, each in `format` ("%.*s has ended"). */
static void join(
	const char *names, const char *between, const char *format, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	while (*names != '\0' && used < size) {
		int length = (int)strcspn(names, "\n");

		used += (size_t)snprintf(buffer + used, size - used, "%s", used > 0 ? between : "");
		if (used < size)
			used += (size_t)snprintf(buffer + used, size - used, format, length, names);
		names += length;
		names += *names == '\n';
	}
}

static const char *in_state(
	const struct finding *finding, const char *name, char *buffer, size_t size)
{
	snprintf(buffer, size, _("%s in %s (connection %u)"),
		name[0] != '\0' ? name : _("a socket"), state_name(finding->phrase_state),
		finding->phrase_number);
	return buffer;
}

static const char *time_waits(const struct finding *finding, bool old, char *buffer, size_t size)
{
	const char *format =
		old ? ngettext("%u connection in TIME_WAIT; SO_REUSEADDR was not set on "
			       "the old socket",
			      "%u connections in TIME_WAIT; SO_REUSEADDR was not set on "
			      "the old socket",
			      finding->phrase_number)
		    : ngettext("%u connection in TIME_WAIT; SO_REUSEADDR was not set on "
			       "the new socket",
			      "%u connections in TIME_WAIT; SO_REUSEADDR was not set on "
			      "the new socket",
			      finding->phrase_number);

	snprintf(buffer, size, format, finding->phrase_number);
	return buffer;
}

const char *prose_finding_text(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *names = finding->text[which];
	size_t first = strcspn(names, "\n");

	buffer[0] = '\0';
	switch ((enum finding_phrase)finding->phrase[which]) {
	case PHRASE_NAMES:
		join(names, _(" and "), "%.*s", buffer, size);
		return buffer;
	case PHRASE_LISTENS:
		snprintf(buffer, size, _("%s, which listens on it"), names);
		return buffer;
	case PHRASE_ENDED:
		join(names, _(", "), _("%.*s has ended"), buffer, size);
		return buffer;
	case PHRASE_IN_STATE:
		return in_state(finding, names, buffer, size);
	case PHRASE_FAILED:
		snprintf(buffer, size, _("%.*s failed: %s"), (int)first, names,
			names + first + (names[first] == '\n'));
		return buffer;
	case PHRASE_TIME_WAITS_OLD:
	case PHRASE_TIME_WAITS_NEW:
		return time_waits(
			finding, finding->phrase[which] == PHRASE_TIME_WAITS_OLD, buffer, size);
	case PHRASE_THE_PROGRAM:
		return _("the program");
	case PHRASE_THE_SERVER:
		return _("the server");
	case PHRASE_THE_SOCKET:
		return _("the socket");
	case PHRASE_A_SOCKET:
		return _("a socket");
	case PHRASE_ANOTHER_SOCKET:
		return _("another socket");
	case PHRASE_A_LISTENER:
		return _("a listening socket");
	}
	return buffer;
}
