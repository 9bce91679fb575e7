/* The texts of a finding as words: names, joined in the language's way, and what is said of them.
 * The core gives names and a phrase (enum finding_phrase), never words. The phrases that are the
 * same words each time are a table of finding_phrases.c. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"

#include "finding_words.h"

/* The names, a line each, with `between` between them and `last` before the last, each in `format`
 * ("%.*s has ended"). */
static void join(const char *names, const char *between, const char *last, const char *format,
	char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	while (*names != '\0' && used < size) {
		int length = (int)strcspn(names, "\n");
		bool more = names[length] == '\n' && names[length + 1] != '\0';

		used += (size_t)snprintf(buffer + used, size - used, "%s",
			used == 0 ? ""
			: more    ? between
				  : last);
		if (used < size)
			used += (size_t)snprintf(buffer + used, size - used, format, length, names);
		names += length;
		names += *names == '\n';
	}
}

static const char *in_state(
	const struct finding *finding, const char *name, char *buffer, size_t size)
{
	char which[CONNECTION_NAME];

	snprintf(buffer, size, _("%s in %s (%s)"), name[0] != '\0' ? name : _("a socket"),
		state_name(finding->phrase_state),
		prose_name(finding, finding->phrase_number, which));
	return buffer;
}

static const char *time_waits(const struct finding *finding, char *buffer, size_t size)
{
	snprintf(buffer, size,
		ngettext("%u connection in TIME_WAIT", "%u connections in TIME_WAIT",
			finding->phrase_number),
		finding->phrase_number);
	return buffer;
}

/* What kept two sockets from sharing the port. */
static const char *const reuse_words[REUSE_OLD_LACKS + 1] = {
	[REUSE_NEW_LACKS] = N_("SO_REUSEADDR was not set on the new socket"),
	[REUSE_LATE] = N_("the program sets SO_REUSEADDR only after bind()"),
	[REUSE_OLD_LACKS] = N_("SO_REUSEADDR was not set on the old socket")};

/* By two names, each on its line, and those through whom it came. */
static const char *inherited(
	unsigned phrase, const char *names, size_t first, char *buffer, size_t size)
{
	const char *heir = names + first + (names[first] == '\n');
	size_t second = strcspn(heir, "\n");
	char way[FINDING_TEXT];

	if (phrase == PHRASE_OTHER_KEPT) {
		snprintf(buffer, size,
			_("%.*s is another program than %.*s, which opened the listener, and "
			  "perhaps inherited the socket"),
			(int)second, heir, (int)first, names);
	} else if (heir[second] == '\0') {
		snprintf(buffer, size,
			_("%.*s, which had accepted the connection, no longer has it, but %s, "
			  "another program, still does"),
			(int)first, names, heir);
	} else {
		join(heir + second + 1, _(", "), _(" and "), "%.*s", way, sizeof(way));
		snprintf(buffer, size,
			_("%.*s, which had accepted the connection, no longer has it, but %.*s, "
			  "another program, still does: it inherited it by way of %s"),
			(int)first, names, (int)second, heir, way);
	}
	return buffer;
}

static const char *icmp(const struct finding *finding)
{
	return prose_icmp(
		finding->phrase_state, finding->phrase_number >> 8, finding->phrase_number & 255);
}

/* What it had to do meanwhile, or just before, with another connection: its end, its number. */
static const char *const of_connection[PHRASE_MAX] = {
	[PHRASE_UPSTREAM] = N_("its process waited meanwhile for %s itself (%s)"),
	[PHRASE_UPSTREAM_ITSELF] = N_("its process waited meanwhile for an answer from itself, on "
				      "%s (%s)"),
	[PHRASE_UPSTREAM_RESET] = N_("just before, %s had reset %s, which this process had opened"),
	[PHRASE_UPSTREAM_CLOSED] =
		N_("just before, %s had closed %s, which this process had opened"),
	[PHRASE_UPSTREAM_REFUSED] = N_("just before, %s had refused %s, which this process opened"),
	[PHRASE_UPSTREAM_REFUSED_PERHAPS] =
		N_("just before, %s had refused %s, which this host opened, perhaps this process"),
	[PHRASE_UPSTREAM_ERROR] = N_("just before, %s had answered with an error itself on %s, "
				     "which this process had opened"),
	[PHRASE_UPSTREAM_RESET_PERHAPS] = N_("just before, %s had reset %s, which this host had "
					     "opened, perhaps this process"),
	[PHRASE_UPSTREAM_CLOSED_PERHAPS] = N_("just before, %s had closed %s, which this host had "
					      "opened, perhaps this process"),
	[PHRASE_UPSTREAM_ERROR_PERHAPS] =
		N_("just before, %s had answered with an error itself on %s, which this host had "
		   "opened, perhaps this process"),
	[PHRASE_UPSTREAM_REFUSES] = N_("meanwhile %s refused %s, which this process opened"),
	[PHRASE_UPSTREAM_REFUSES_PERHAPS] =
		N_("meanwhile %s refused %s, which this host opened at once, perhaps this process"),
	[PHRASE_UPSTREAM_NO_SYN_ACK] = N_("%s had not answered this process's own SYN either (%s)"),
	[PHRASE_UPSTREAM_NO_ANSWER] =
		N_("%s had not answered this process's own request either (%s)"),
	[PHRASE_UPSTREAM_AT_ONCE] = N_("at once it closed its own to %s, too (%s)"),
	[PHRASE_SERVES_OTHER] = N_("its process had another client meanwhile, %s (%s)"),
	[PHRASE_READS_OTHER] = N_("its process waited in a read meanwhile for another client, %s "
				  "(%s)"),
};

/* And what kept their server from accept(), where that is known. */
static const char *who_stood(
	const struct finding *finding, const char *names, char *buffer, size_t size)
{
	char in[FINDING_SAID];

	prose_names(finding, names, buffer, size);
	size_t used = strlen(buffer);
	if (finding->doing.count > 0)
		snprintf(buffer + used, size - used, "; %s",
			finding_doing_words(finding, in, sizeof(in)));
	return buffer;
}

static const char *held_sockets(const struct finding *finding, char *buffer, size_t size)
{
	unsigned number = finding->phrase_number;
	const char *format =
		finding->phrase_state > 0
			? ngettext("its process held %u socket then, %u of them in CLOSE_WAIT",
				  "its process held %u sockets then, %u of them in CLOSE_WAIT",
				  number)
			: ngettext("its process held %u socket then",
				  "its process held %u sockets then", number);

	snprintf(buffer, size, format, number, finding->phrase_state);
	return buffer;
}

/* By its name, what an alert of TLS says. */
static const char *const alerts[PHRASE_MAX] = {
	[PHRASE_ALERT_VERSION] = N_("%s: the two have no version of TLS in common"),
	[PHRASE_ALERT_CIPHERS] = N_("%s: nothing that both can use (ciphers, groups, signatures), "
				    "or a certificate of the client is missing"),
	[PHRASE_ALERT_CERTIFICATE] = N_("%s: the other end's certificate is not accepted"),
	[PHRASE_ALERT_NO_CERTIFICATE] = N_("%s: the client must show a certificate"),
	[PHRASE_ALERT_NAME] = N_("%s: the server has no such host name (SNI)"),
	[PHRASE_ALERT_APPLICATION] = N_("%s: nothing in common in ALPN"),
};

/* It had clients enough. */
static const char *const at_limit[PHRASE_MAX] = {
	[PHRASE_LIMIT_POLLS] = N_("meanwhile its process waited for events (poll(), epoll), held "
				  "the %u other clients that it had accepted, and accepted nobody "
				  "else"),
	[PHRASE_LIMIT_READS] = N_("meanwhile its process held the %u other clients that it had "
				  "accepted, waited in reads for them, and accepted nobody else"),
	[PHRASE_LIMIT_PERHAPS] = N_("meanwhile its process held the %u other clients that it had "
				    "accepted, and accepted nobody else"),
};

/* A length in front that fits in one byte order. */
static const char *length_in_front(const struct finding *finding, char *buffer, size_t size)
{
	bool little = finding->phrase[1] == PHRASE_LENGTH_LITTLE;

	snprintf(buffer, size,
		little ? _("its first %u bytes are its length in little-endian order: a program "
			   "that reads them in network order waits for %u bytes")
		       : _("its first %u bytes are its length in network order: a program that "
			   "reads them in little-endian order waits for %u bytes"),
		finding->phrase_state, finding->phrase_number);
	return buffer;
}

/* What the program of that end did meanwhile. */
static const char *meanwhile(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *names = finding->text[which];
	unsigned number = finding->phrase_number;
	char lasted[32], all[FINDING_TEXT], other[CONNECTION_NAME];

	prose_name(finding, number, other);
	switch ((enum finding_phrase)finding->phrase[which]) {
	case PHRASE_RELEASED:
		snprintf(buffer, size,
			ngettext("the answer came only with the client's FIN, within %u ms: it had "
				 "waited for more of the request, or for its end",
				"the answer came only with the client's FIN, within %u ms: it had "
				"waited for more of the request, or for its end",
				number),
			number);
		return buffer;
	case PHRASE_STOPPED:
		prose_duration(number, lasted, sizeof(lasted));
		snprintf(buffer, size,
			_("its process was stopped meanwhile (SIGSTOP, job control or a debugger), "
			  "for %s or longer"),
			lasted);
		return buffer;
	case PHRASE_READS_OTHERS:
		if (finding->phrase_state < 2)
			snprintf(buffer, size, _(of_connection[PHRASE_READS_OTHER]), names, other);
		else
			snprintf(buffer, size,
				_("its process waited in reads meanwhile for %u other clients, one "
				  "of them %s (%s)"),
				finding->phrase_state, names, other);
		return buffer;
	case PHRASE_EACH_READS:
		snprintf(buffer, size,
			_("the %u processes that had taken clients each waited in a read meanwhile "
			  "for one, %s (%s) among them"),
			finding->phrase_state, names, other);
		return buffer;
	case PHRASE_OWN_LIMIT:
		prose_duration(number, lasted, sizeof(lasted));
		snprintf(buffer, size, _("its %s had waited %s in vain: a time limit of its own"),
			names, lasted);
		return buffer;
	case PHRASE_NONE_LEFT:
		snprintf(buffer, size, _("meanwhile %s() failed with %s: no descriptor was left"),
			names, call_errno_name((int)number));
		return buffer;
	case PHRASE_DOING:
		return finding_doing_words(finding, buffer, size);
	case PHRASE_HELD_SOCKETS:
		return held_sockets(finding, buffer, size);
	case PHRASE_READS_WHOLE:
		snprintf(buffer, size, _("the other end's reads want %u bytes in all"), number);
		return buffer;
	case PHRASE_LENGTH_BIG:
	case PHRASE_LENGTH_LITTLE:
		return length_in_front(finding, buffer, size);
	case PHRASE_SHUT_SHARED:
		join(names, _(", "), _(" and "), "%.*s", all, sizeof(all));
		snprintf(buffer, size,
			_("by shutdown(), which ends it for every process that has a copy (%s)"),
			all);
		return buffer;
	case PHRASE_IGNORES_END:
		snprintf(buffer, size,
			_("read() returned 0 %u times: it takes no notice of the end of data"),
			number);
		return buffer;
	default:
		if (of_connection[finding->phrase[which]] != NULL)
			snprintf(buffer, size, _(of_connection[finding->phrase[which]]), names,
				other);
		else if (alerts[finding->phrase[which]] != NULL)
			snprintf(buffer, size, _(alerts[finding->phrase[which]]), names);
		else if (at_limit[finding->phrase[which]] != NULL)
			snprintf(buffer, size, _(at_limit[finding->phrase[which]]), number);
		return buffer;
	}
}

/* What sent an error, or which socket it is. */
static const char *which_one(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *names = finding->text[which];

	switch ((enum finding_phrase)finding->phrase[which]) {
	case PHRASE_ICMP:
	case PHRASE_ICMP_REJECTED:
		return icmp(finding);
	case PHRASE_ICMP_NO_NEIGHBOUR:
		snprintf(buffer, size,
			_("%s, from this host itself, for no machine answers for that address on "
			  "the link"),
			icmp(finding));
		return buffer;
	case PHRASE_CONNECTED_ELSEWHERE:
	case PHRASE_BOUND_ELSEWHERE:
	case PHRASE_NOT_TAKEN:
	case PHRASE_OF_SERVER:
		return names;
	case PHRASE_TCP_SOCKET:
		snprintf(buffer, size,
			names[0] != '\0' ? _("a listening TCP socket of %s")
					 : _("a listening TCP socket"),
			names);
		return buffer;
	case PHRASE_UDP_SOCKET:
		snprintf(buffer, size,
			names[0] != '\0' ? _("a UDP socket of %s") : _("a UDP socket"), names);
		return buffer;
	case PHRASE_V6ONLY:
		snprintf(buffer, size, _("%s for IPv6 alone (IPV6_V6ONLY)"), names);
		return buffer;
	case PHRASE_ONE_DEVICE:
		snprintf(buffer, size, _("%s of one interface alone (SO_BINDTODEVICE)"), names);
		return buffer;
	default:
		return meanwhile(finding, which, buffer, size);
	}
}

/* A call that failed, its error, and what its socket lacked. */
static const char *failed(
	const struct finding *finding, const char *names, size_t first, char *buffer, size_t size)
{
	const char *error = names + first + (names[first] == '\n');
	int length = (int)first;

	if (finding->phrase[0] == PHRASE_FAILED_SWAPPED)
		snprintf(buffer, size,
			_("%.*s failed: %.*s: that address is %s with its bytes swapped"), length,
			names, (int)strcspn(error, "\n"), error,
			error + strcspn(error, "\n") + (strchr(error, '\n') != NULL));
	else if (finding->phrase[0] == PHRASE_IS_LISTENER)
		snprintf(buffer, size, _("%.*s failed: %s: that is the listening socket"), length,
			names, error);
	else if (finding->phrase[0] == PHRASE_IS_CONNECTION)
		snprintf(buffer, size,
			_("%.*s failed: %s: that is a connection, which accept() had returned"),
			length, names, error);
	else if (finding->phrase[0] == PHRASE_FAMILY_4_ON_6)
		snprintf(buffer, size,
			_("%.*s failed: %s: the address is of IPv4, the socket of IPv6"), length,
			names, error);
	else if (finding->phrase[0] == PHRASE_FAMILY_6_ON_4)
		snprintf(buffer, size,
			_("%.*s failed: %s: the address is of IPv6, the socket of IPv4"), length,
			names, error);
	else if (finding->phrase[0] == PHRASE_ONLY_SIX)
		snprintf(buffer, size,
			_("%.*s failed: %s: the socket is of IPv6 and takes no IPv4 (IPV6_V6ONLY)"),
			length, names, error);
	else if (finding->phrase[0] == PHRASE_FROM_LOOPBACK)
		snprintf(buffer, size,
			_("%.*s failed: %s: the socket is bound to a loopback address, from which "
			  "nothing leaves this host"),
			length, names, error);
	else if (finding->phrase[0] == PHRASE_NO_LIMIT)
		snprintf(buffer, size, _("%.*s failed: %s: the socket has no time limit"), length,
			names, error);
	else if (finding->phrase[0] == PHRASE_CLOSED_BY_THREAD)
		snprintf(buffer, size,
			_("%.*s failed: %s: another thread had closed descriptor %u"), length,
			names, error, finding->phrase_state);
	else if (finding->phrase[0] == PHRASE_WAS_REFUSED)
		snprintf(buffer, size,
			_("%.*s failed: %s: the connection had been refused, and the program took "
			  "it for open"),
			length, names, error);
	else if (finding->phrase[0] == PHRASE_NO_FAMILY)
		snprintf(buffer, size,
			_("%.*s failed: %s: connect() had returned 0, but its address was of "
			  "family 0 (AF_UNSPEC), which connects nothing"),
			length, names, error);
	else if (finding->phrase[0] == PHRASE_NEVER_CONNECTED)
		snprintf(buffer, size,
			_("%.*s failed: %s: connect() was never called on that socket"), length,
			names, error);
	else if (finding->phrase[0] == PHRASE_NO_DESCRIPTOR)
		snprintf(buffer, size,
			_("%.*s failed: %s: it was called upon -1, the result of a call that had "
			  "failed"),
			length, names, error);
	else if (finding->phrase[0] == PHRASE_CLOSED_DESCRIPTOR && finding->phrase_number == 0)
		snprintf(buffer, size,
			_("%.*s failed: %s: the program itself had closed descriptor %u"), length,
			names, error, finding->phrase_state);
	else if (finding->phrase[0] == PHRASE_CLOSED_DESCRIPTOR)
		snprintf(buffer, size,
			_("%.*s failed: %s: the program itself had closed descriptor %u, a socket "
			  "of port %u"),
			length, names, error, finding->phrase_state, finding->phrase_number);
	else if (finding->phrase_number == 0)
		snprintf(buffer, size,
			_("%.*s failed: %s: listen() was never called on that socket"), length,
			names, error);
	else
		snprintf(buffer, size,
			_("%.*s failed: %s: listen() was never called on that socket, bound to "
			  "port %u"),
			length, names, error, finding->phrase_number);
	return buffer;
}

/* A sentence about the two that the lines name. */
static const char *of_two(
	unsigned phrase, const char *names, size_t first, char *buffer, size_t size)
{
	const char *other = names + first + (names[first] == '\n');
	int length = (int)first;

	if (phrase == PHRASE_PARENT_KEPT)
		snprintf(buffer, size,
			_("the parent %.*s kept its copy after fork(), the child %s closed its "
			  "own"),
			length, names, other);
	else if (phrase == PHRASE_PARENT_KEPT_ENDED)
		snprintf(buffer, size,
			_("the parent %.*s kept its copy after fork(), the child %s has ended"),
			length, names, other);
	else if (phrase == PHRASE_FAILED_ALIKE)
		snprintf(buffer, size, _("%.*s and others like it failed: %s"), length, names,
			other);
	else
		snprintf(buffer, size, _("%.*s failed: %s"), length, names, other);
	return buffer;
}

static const char *text_of(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *names = finding->text[which],
		   *words = finding_phrase_words(finding->phrase[which]);
	size_t first = strcspn(names, "\n");
	char named[2 * FINDING_TEXT], other[CONNECTION_NAME];

	if (words != NULL)
		return words;
	buffer[0] = '\0';
	switch ((enum finding_phrase)finding->phrase[which]) {
	case PHRASE_NAMES:
		join(names, _(", "), _(" and "), "%.*s", buffer, size);
		return buffer;
	case PHRASE_CONNECTIONS:
		return who_stood(finding, names, buffer, size);
	case PHRASE_LISTENS:
		snprintf(buffer, size, _("%s, which listens on it"), names);
		return buffer;
	case PHRASE_BOTH_FAMILIES:
		snprintf(buffer, size, _("%s, which listens on it; [::] takes IPv4, too"), names);
		return buffer;
	case PHRASE_CLOSED_IN_READ:
		snprintf(buffer, size, _("%s (another thread of which called close() meanwhile)"),
			names);
		return buffer;
	case PHRASE_ENDED:
		join(names, _(", "), _(", "), _("%.*s has ended"), buffer, size);
		return buffer;
	case PHRASE_PERHAPS:
		join(names, _(", "), _(" and "), "%.*s", named, sizeof(named));
		snprintf(
			buffer, size, _("perhaps also by %s, which let go of it meanwhile"), named);
		return buffer;
	case PHRASE_HOLDS_ANOTHER:
		join(names, _(", "), _(" and "), "%.*s", named, sizeof(named));
		snprintf(buffer, size, _("meanwhile %s held %s in CLOSE_WAIT"), named,
			prose_name(finding, finding->phrase_number, other));
		return buffer;
	case PHRASE_STARTED_KEPT:
	case PHRASE_OTHER_KEPT:
		return inherited(finding->phrase[which], names, first, buffer, size);
	case PHRASE_IN_STATE:
		return in_state(finding, names, buffer, size);
	case PHRASE_NEVER_LISTENED:
	case PHRASE_IS_LISTENER:
	case PHRASE_IS_CONNECTION:
	case PHRASE_NEVER_CONNECTED:
	case PHRASE_NO_FAMILY:
	case PHRASE_FAMILY_4_ON_6:
	case PHRASE_ONLY_SIX:
	case PHRASE_NO_LIMIT:
	case PHRASE_CLOSED_BY_THREAD:
	case PHRASE_WAS_REFUSED:
	case PHRASE_FROM_LOOPBACK:
	case PHRASE_FAMILY_6_ON_4:
	case PHRASE_NO_DESCRIPTOR:
	case PHRASE_CLOSED_DESCRIPTOR:
	case PHRASE_FAILED_SWAPPED:
		return failed(finding, names, first, buffer, size);
	case PHRASE_PARENT_KEPT:
	case PHRASE_PARENT_KEPT_ENDED:
	case PHRASE_FAILED_ALIKE:
	case PHRASE_FAILED:
		return of_two(finding->phrase[which], names, first, buffer, size);
	case PHRASE_TIME_WAITS:
		return time_waits(finding, buffer, size);
	default:
		return which_one(finding, which, buffer, size);
	}
}

const char *prose_finding_text(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *words = text_of(finding, which, buffer, size),
		   *reuse = which == 1 ? reuse_words[finding->reuse] : NULL;

	if (reuse == NULL)
		return words;
	if (words != buffer)
		snprintf(buffer, size, "%s", words);
	snprintf(buffer + strlen(buffer), size - strlen(buffer), "%s%s", _("; "), _(reuse));
	return buffer;
}
