/* The texts of a finding as words: names, joined in the language's way, and what is said of them.
 * The core gives names and a phrase (enum finding_phrase), never words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"

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

static const char *icmp(const struct finding *finding)
{
	return prose_icmp(
		finding->phrase_state, finding->phrase_number >> 8, finding->phrase_number & 255);
}

/* What a phrase says that is not about names. */
static const char *in_words(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *names = finding->text[which];
	char lasted[32];

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
	case PHRASE_SAID_NO_ADDRESS:
		return _("the address is none of this host's (bind()), or no local port was left "
			 "(connect())");
	case PHRASE_SAID_NO_DESCRIPTOR:
		return _("every descriptor that its limit allows was in use; accept(), socket() "
			 "and open() fail until one is closed");
	case PHRASE_SAID_NO_ROUTE:
		return _("no route leads to that address, so no packet was sent");
	case PHRASE_CONNECTED_ELSEWHERE:
	case PHRASE_NOT_TAKEN:
	case PHRASE_OF_SERVER:
		return names;
	case PHRASE_OF_SERVERS:
		return _("several servers");
	case PHRASE_RELEASED:
		snprintf(buffer, size,
			ngettext("the answer came only with the client's FIN, within %u ms: it had "
				 "waited for more of the request, or for its end",
				"the answer came only with the client's FIN, within %u ms: it had "
				"waited for more of the request, or for its end",
				finding->phrase_number),
			finding->phrase_number);
		return buffer;
	case PHRASE_STOPPED:
		prose_duration(finding->phrase_number, lasted, sizeof(lasted));
		snprintf(buffer, size,
			_("its process was stopped meanwhile (SIGSTOP, job control or a debugger), "
			  "for %s or longer"),
			lasted);
		return buffer;
	case PHRASE_UPSTREAM:
		snprintf(buffer, size,
			_("its process waited meanwhile for %s itself (connection %u)"), names,
			finding->phrase_number);
		return buffer;
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
	case PHRASE_SERVES_OTHER:
		snprintf(buffer, size,
			_("its process had another client meanwhile, %s (connection %u)"), names,
			finding->phrase_number);
		return buffer;
	case PHRASE_READS_OTHER:
		snprintf(buffer, size,
			_("its process waited in a read meanwhile for another client, %s "
			  "(connection %u)"),
			names, finding->phrase_number);
		return buffer;
	case PHRASE_V6ONLY:
		snprintf(buffer, size, _("%s for IPv6 alone (IPV6_V6ONLY)"), names);
		return buffer;
	case PHRASE_ONE_DEVICE:
		snprintf(buffer, size, _("%s of one interface alone (SO_BINDTODEVICE)"), names);
		return buffer;
	case PHRASE_BAD_MD5:
		return _("this kernel dropped them for their TCP MD5 signature, which was missing, "
			 "wrong or not asked for (TCP_MD5SIG, as BGP uses it)");
	case PHRASE_BAD_AO:
		return _("this kernel dropped them for their TCP-AO signature, which was missing, "
			 "wrong or not asked for");
	case PHRASE_REVERSE_PATH:
		return _("this kernel dropped them, for its route back to their source is by "
			 "another interface (reverse path filter, rp_filter)");
	case PHRASE_BAD_CHECKSUM:
		return _("this kernel dropped them for a wrong checksum");
	case PHRASE_A_FILTER:
		return _("something before the listener drops SYNs (a filter, or its limit of new "
			 "connections)");
	case PHRASE_IGNORES_END:
		snprintf(buffer, size,
			_("read() returned 0 %u times: it takes no notice of the end of data"),
			finding->phrase_number);
		return buffer;
	case PHRASE_SYN_TAKEN:
		return _("the SYN sent again was taken");
	case PHRASE_SYN_REFUSED:
		return _("the SYN sent again was refused by an RST");
	case PHRASE_SYN_LOST:
		return _("no SYN sent again opened the connection");
	case PHRASE_SYN_MIXED:
		return _("of the SYNs sent again some were taken, others not");
	default:
		return buffer;
	}
}

/* A call that failed, its error, and what its socket lacked. */
static const char *failed(
	const struct finding *finding, const char *names, size_t first, char *buffer, size_t size)
{
	const char *error = names + first + (names[first] == '\n');
	int length = (int)first;

	if (finding->phrase[0] == PHRASE_IS_LISTENER)
		snprintf(buffer, size, _("%.*s failed: %s: that is the listening socket"), length,
			names, error);
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

const char *prose_finding_text(const struct finding *finding, int which, char *buffer, size_t size)
{
	const char *names = finding->text[which];
	size_t first = strcspn(names, "\n");
	char named[2 * FINDING_TEXT];

	buffer[0] = '\0';
	switch ((enum finding_phrase)finding->phrase[which]) {
	case PHRASE_NAMES:
		join(names, _(", "), _(" and "), "%.*s", buffer, size);
		return buffer;
	case PHRASE_LISTENS:
		snprintf(buffer, size, _("%s, which listens on it"), names);
		return buffer;
	case PHRASE_ENDED:
		join(names, _(", "), _(", "), _("%.*s has ended"), buffer, size);
		return buffer;
	case PHRASE_PARENT_KEPT:
		snprintf(buffer, size,
			_("the parent %.*s kept its copy after fork(), the child %s closed its "
			  "own"),
			(int)first, names, names + first + (names[first] == '\n'));
		return buffer;
	case PHRASE_HOLDS_ANOTHER:
		join(names, _(", "), _(" and "), "%.*s", named, sizeof(named));
		snprintf(buffer, size, _("meanwhile %s held connection %u in CLOSE_WAIT"), named,
			finding->phrase_number);
		return buffer;
	case PHRASE_PARENT_KEPT_ENDED:
		snprintf(buffer, size,
			_("the parent %.*s kept its copy after fork(), the child %s has ended"),
			(int)first, names, names + first + (names[first] == '\n'));
		return buffer;
	case PHRASE_IN_STATE:
		return in_state(finding, names, buffer, size);
	case PHRASE_NEVER_LISTENED:
	case PHRASE_IS_LISTENER:
	case PHRASE_NEVER_CONNECTED:
	case PHRASE_NO_DESCRIPTOR:
	case PHRASE_CLOSED_DESCRIPTOR:
		return failed(finding, names, first, buffer, size);
	case PHRASE_FAILED:
		snprintf(buffer, size, _("%.*s failed: %s"), (int)first, names,
			names + first + (names[first] == '\n'));
		return buffer;
	case PHRASE_TIME_WAITS_OLD:
	case PHRASE_TIME_WAITS_NEW:
		return time_waits(
			finding, finding->phrase[which] == PHRASE_TIME_WAITS_OLD, buffer, size);
	case PHRASE_TO_THE_END:
		return _("it lasted until the recording ended");
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
	default:
		return in_words(finding, which, buffer, size);
	}
}

/* Where the cause is known why a handshake takes long. */
static const char *of_handshakes(unsigned phrase)
{
	switch ((enum finding_phrase)phrase) {
	case PHRASE_NOT_TAKEN:
		return _("Meanwhile the server holds SYN_RECV, until net.ipv4.tcp_synack_retries "
			 "is used up, and the client believes that it is ESTABLISHED. See why each "
			 "ACK was not taken, in the corrections: a full accept queue, "
			 "TCP_DEFER_ACCEPT, a filter.");
	case PHRASE_FULL_QUEUE:
		return _("A SYN that is dropped is sent again after 1 s, then 2, 4 and so on. "
			 "Call accept() sooner, or give listen() a larger backlog "
			 "(net.core.somaxconn caps it).");
	default:
		return NULL;
	}
}

const char *prose_finding_phrase_advice(const struct finding *finding)
{
	if (finding->phrase[0] == PHRASE_TCP_SOCKET || finding->phrase[0] == PHRASE_UDP_SOCKET)
		return _("Ports of TCP and of UDP are apart: let both ends use the same protocol "
			 "(SOCK_STREAM or SOCK_DGRAM in socket()).");
	switch ((enum finding_phrase)finding->phrase[1]) {
	case PHRASE_PARENT_KEPT:
	case PHRASE_PARENT_KEPT_ENDED:
		return _("Let the parent close() the connection right after fork(): the child has "
			 "a copy of its own, and the FIN goes out when the last copy is closed. No "
			 "timer ends CLOSE_WAIT.");
	case PHRASE_IGNORES_END:
		return _("read() returns 0 when the peer has closed and all its data is read: "
			 "leave the loop then, and close(). No timer ends CLOSE_WAIT.");
	case PHRASE_HOLDS_ANOTHER:
	case PHRASE_SERVES_OTHER:
	case PHRASE_READS_OTHER:
		return _("Look at that connection first: a server that serves one client at a time "
			 "calls accept() again when it has closed it. Else accept in a loop of its "
			 "own, or hand clients to threads.");
	case PHRASE_V6ONLY:
		return _("Clear IPV6_V6ONLY on the server's socket before bind() "
			 "(net.ipv6.bindv6only sets its default), or let the server listen on "
			 "0.0.0.0, too.");
	case PHRASE_ONE_DEVICE:
		return _("Let the client come in by that interface, or the server do without "
			 "SO_BINDTODEVICE.");
	case PHRASE_BAD_MD5:
	case PHRASE_BAD_AO:
		return _(
			"Set the same key for the other's address on both ends (BGP: the "
			"neighbour's password); only the counter of the end that receives tells of "
			"it.");
	case PHRASE_REVERSE_PATH:
		return _("Add a route back to their source by the interface that they come in by, "
			 "or set net.ipv4.conf.INTERFACE.rp_filter to 2 (loose) or 0; of that and "
			 "net.ipv4.conf.all.rp_filter the greater counts.");
	case PHRASE_BAD_CHECKSUM:
		return _("Look at who changes or offloads the packets on the way (ethtool -K ... "
			 "tx off, a virtual interface, a translator).");
	case PHRASE_ICMP_REJECTED:
		return _("A firewall rejects it: look at the rules of the host that sent the error "
			 "(nft list ruleset).");
	case PHRASE_ICMP_NO_NEIGHBOUR:
		return _("ARP (IPv6: neighbour discovery) got no answer (ip neigh: FAILED): the "
			 "address or the netmask is wrong, that machine is down, or it is on "
			 "another "
			 "link.");
	case PHRASE_ICMP:
		return _("Its sender is a router that knows no way there, or got no answer to ARP "
			 "on the last link (ip route get, ip neigh on it); a firewall may say the "
			 "same by a rule.");
	case PHRASE_SAID_NO_ADDRESS:
		return _("Compare the address with `ip address`: bind() takes one of this host's, "
			 "or "
			 "0.0.0.0. record --calls names the call and its address.");
	case PHRASE_SAID_NO_DESCRIPTOR:
		return _("Close the descriptors of clients that have left; else raise the limit "
			 "(ulimit -n). Meanwhile clients stay in the accept queue.");
	case PHRASE_SAID_NO_ROUTE:
		return _(
			"Look at `ip route`, and whether the interface is up: a sealed network has "
			"none but its own.");
	case PHRASE_CONNECTED_ELSEWHERE:
		return _("The answer came from another address than was asked: let the server bind "
			 "the address that its clients ask, or answer from the one that a request "
			 "came to (IP_PKTINFO); a client that may be answered from elsewhere must "
			 "not connect() its socket.");
	case PHRASE_STOPPED:
		return _("A stopped process does nothing, while the kernel goes on taking "
			 "connections and data for it. See who stopped it, and let it go on: kill "
			 "-CONT, fg in its shell, or the debugger.");
	case PHRASE_UPSTREAM:
		return _("Look at that connection first: this one is answered when that one is, or "
			 "when the program gives it up (a time limit there).");
	case PHRASE_RELEASED:
		return _("See how each end marks the end of a message: a newline, a length (its "
			 "size and byte order, a Content-Length), or shutdown(SHUT_WR). What the "
			 "client sent lacks what the server waits for.");
	case PHRASE_OF_SERVER:
	case PHRASE_OF_SERVERS:
		return _("Each costs a descriptor until socket() fails with EMFILE. Close a "
			 "connection when read() returns 0, also while it lies idle in a pool, and "
			 "on every path out of the request.");
	case PHRASE_PORT_USED_AGAIN:
		return _("The client's end was closed, and the client used its port once more. The "
			 "server had closed first, so the TIME_WAIT is the server's. Let the "
			 "client choose another local port (no bind(), or port 0), or close "
			 "first.");
	case PHRASE_CLOSED_MIDWAY:
		return _("See why it closed before the request was complete or answered: its log, "
			 "its time limit for requests, whether it was ended.");
	default:
		return of_handshakes(finding->phrase[1]);
	}
}

const char *prose_finding_weaker(const struct finding *finding, bool headline)
{
	if (finding->code == FINDING_DESCRIPTOR_LEAK && !headline &&
		(finding->phrase[1] == PHRASE_OF_SERVER || finding->phrase[1] == PHRASE_OF_SERVERS))
		return _("{who} held {sockets} sockets in CLOSE_WAIT, connections to {upstream} "
			 "that closed them, the oldest for {longest_ms}; their number only grew.");
	/* an error that ended nothing, of which connect() may still tell */
	if (finding->code != FINDING_CONNECTIONS_UNREACHABLE || finding->arg[3] == 0)
		return NULL;
	if (headline)
		return _("{count} {count|connection|connections} never opened; an ICMP error[, "
			 "{what}][, from {from}] was only noted");
	return _("{count} {count|connection|connections} never opened: an ICMP error answered the "
		 "SYN[, {what}][, from {from}], but the kernel only noted it and sent the SYN "
		 "again. connect() fails with what the error says when the last SYN has timed "
		 "out.");
}
