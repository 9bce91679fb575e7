/* What to do about a call that failed: its errno decides, for the same call fails for reasons that
 * have nothing in common. What each errno means is in bind(2), listen(2), connect(2). */
#include <errno.h>

#include "tcpstate/lang.h"

#include "finding_words.h"

static const char *of_port_in_use(const struct finding *finding)
{
	if (finding->by_client)
		return _("A client needs no bind(): connect() chooses a free port for it. Where it "
			 "must have this one, set SO_REUSEADDR before bind() on each of its "
			 "sockets.");
	switch ((enum finding_reuse)finding->reuse) {
	case REUSE_NO_HELP:
		return _("End the holder, or choose another port: SO_REUSEADDR does not help "
			 "here.");
	case REUSE_NEW_LACKS:
		return _("Set SO_REUSEADDR before bind() in the server, each time that it starts: "
			 "then only a socket that listens holds the port, no connection that is "
			 "left (TIME_WAIT, FIN_WAIT2).");
	case REUSE_LATE:
		return _("Call setsockopt(SO_REUSEADDR) before bind(): bind() itself asks for it, "
			 "behind it comes too late.");
	case REUSE_OLD_LACKS:
		return _("Set SO_REUSEADDR before bind() in what held the port, too: both sockets "
			 "must have it. This time wait for the end of the old one (TIME_WAIT lasts "
			 "60 s), or choose another port.");
	case REUSE_NOT_KNOWN:
		break;
	}
	return NULL;
}

static const char *of_bind(int error, bool unbound)
{
	switch (error) {
	case EACCES:
		return _(
			"Choose a port of 1024 or above: those below "
			"(net.ipv4.ip_unprivileged_port_start) need root or CAP_NET_BIND_SERVICE.");
	case EADDRNOTAVAIL:
		return _("Compare the address with `ip address`: bind() takes one of this host's, "
			 "or 0.0.0.0 for all of them.");
	case EINVAL:
		if (unbound)
			return _("Look at the length of the address: sizeof of the structure, not "
				 "of a pointer to it (16 bytes for AF_INET, 28 for AF_INET6).");
		return _("The socket has its address already: call bind() once for each socket, "
			 "before listen() and connect().");
	case EOPNOTSUPP:
		return _("Only a stream socket can listen: look at the type in socket() "
			 "(SOCK_STREAM). A UDP server needs no listen(): bind(), then recvfrom().");
	case EAFNOSUPPORT:
		return _("The family in the address (sin_family) is not that of the socket: "
			 "AF_INET or AF_INET6 in both.");
	case EBADF:
	case ENOTSOCK:
		return _("The descriptor is no open socket: look for a close() before, and whether "
			 "the result of socket() was checked.");
	default:
		return NULL;
	}
}

static const char *of_connect(int error)
{
	switch (error) {
	case EADDRNOTAVAIL:
		return _("No local port was left for that server, or the address that the socket "
			 "is bound to does not reach it: bind() to port 0, or not at all.");
	case EADDRINUSE:
		return _("Another connection has the same two addresses and ports: bind() the "
			 "client to another port, or not at all.");
	case EINVAL:
		return _("Look at the address and its length: a link-local IPv6 address (fe80::) "
			 "needs its interface, too (fe80::1%eth0, sin6_scope_id); recvfrom() fills "
			 "in an address only where its length was set before the call. A blackhole "
			 "route makes the same error (ip route get).");
	case EISCONN:
		return _("A socket connects once: close() it, and make another with socket() for "
			 "the next connection.");
	case EMSGSIZE:
		return _("Send less at once: a datagram holds 65,507 bytes over IPv4 at most, and "
			 "with IP_MTU_DISCOVER what fits the path. More needs TCP, or parts.");
	case EPERM:
		return _("A rule of this host drops what is sent there: look for it (nft list "
			 "ruleset, hook output).");
	case EDESTADDRREQ:
		return _("Say to whom: sendto() with an address, or connect() before send().");
	case EACCES:
		return _("A broadcast address needs SO_BROADCAST (setsockopt()) on the datagram "
			 "socket before; else a route or a rule of this host prohibits that "
			 "address (ip route, nft list ruleset).");
	case ENETUNREACH:
	case EHOSTUNREACH:
		return _("No route leads there: look at `ip route`, and whether the interface is "
			 "up.");
	case EAFNOSUPPORT:
		return _("The family in the address (sin_family) is not that of the socket: "
			 "AF_INET or AF_INET6 in both.");
	default:
		return NULL;
	}
}

static const char *of_phrase(unsigned phrase)
{
	if (phrase == PHRASE_NEVER_LISTENED)
		return _("Call listen() after bind() and before accept(): only then does the "
			 "kernel answer SYNs to that port.");
	if (phrase == PHRASE_IS_LISTENER)
		return _("Read from and write to the descriptor that accept() returns, not to the "
			 "one that it is called on.");
	if (phrase == PHRASE_IS_CONNECTION)
		return _("Call accept() on the listening socket, and keep what it returns in a "
			 "variable of its own.");
	if (phrase == PHRASE_NO_FAMILY)
		return _("Set the family of the address: sin_family = AF_INET (sin6_family = "
			 "AF_INET6), also after memset().");
	if (phrase == PHRASE_NEVER_CONNECTED)
		return _("Call connect() first and look at what it returns: before, a stream "
			 "socket has nobody to speak to.");
	if (phrase == PHRASE_NO_DESCRIPTOR)
		return _("Look at what socket() and accept() return before using it: -1 is no "
			 "descriptor; perror() says why they failed.");
	if (phrase == PHRASE_NO_LIMIT)
		return _("SO_RCVTIMEO and SO_SNDTIMEO take a struct timeval: seconds, and "
			 "microseconds below 1,000,000 (an int of milliseconds is what Windows "
			 "takes). Look at what setsockopt() returns: without it a read waits for "
			 "ever.");
	if (phrase == PHRASE_WAS_REFUSED)
		return _("After connect() on a socket that does not wait, poll() reports room to "
			 "send (POLLOUT) when it has failed, too: ask getsockopt(SO_ERROR) before "
			 "the first send().");
	if (phrase == PHRASE_CLOSED_BY_THREAD)
		return _(
			"Two threads use one descriptor: pass each its own copy of the number, not "
			"the address of a variable that the next accept() overwrites, and let one "
			"of them close it.");
	if (phrase == PHRASE_CLOSED_DESCRIPTOR)
		return _("Look which descriptor that close() was meant for (the connection, not "
			 "the listening socket), and whether a child that has closed the listening "
			 "socket calls exit() before it comes back to accept().");
	return NULL;
}

const char *finding_failure_advice(const struct finding *finding)
{
	if (finding->phrase[0] == PHRASE_FAILED_SWAPPED)
		return _("Store the address in network byte order: inet_pton() and getaddrinfo() "
			 "do; INADDR_LOOPBACK and other numbers need htonl().");
	if (finding->phrase[0] == PHRASE_FAMILY_4_ON_6 ||
		finding->phrase[0] == PHRASE_FAMILY_6_ON_4)
		return _("Use one family in both, AF_INET or AF_INET6: the family and the socket "
			 "that getaddrinfo() gives, or ::ffff:a.b.c.d for IPv4 on a socket of "
			 "IPv6.");
	if (finding->phrase[0] == PHRASE_ONLY_SIX)
		return _("Do not set IPV6_V6ONLY on a socket that is to reach ::ffff:a.b.c.d, or "
			 "use a socket of AF_INET for IPv4.");
	if (finding->phrase[0] == PHRASE_FROM_LOOPBACK)
		return _("Do not bind() a client, or bind() it to 0.0.0.0: the kernel then takes "
			 "the address by which it leaves.");
	if (finding->code == FINDING_CONNECTION_REFUSED_SEEN && finding->arg[1] == 0)
		return _("Look where the client has its port from: a variable that was not set, "
			 "atoi() of what is no number, a missing htons().");
	if (finding->code == FINDING_BIND_FAILED && of_phrase(finding->phrase[0]) != NULL)
		return of_phrase(finding->phrase[0]);
	if (finding->code == FINDING_BIND_FAILED && finding->arg[2] == EADDRINUSE)
		return of_port_in_use(finding);
	if (finding->code == FINDING_BIND_FAILED)
		return of_bind((int)finding->arg[2], finding->phrase_state != 0);
	if (finding->code == FINDING_ACCEPT_FAILED &&
		(finding->arg[2] == EINVAL || finding->arg[2] == EFAULT))
		return _("Set the length before each call (socklen_t length = sizeof(address)) and "
			 "pass the address of both, or NULL for both: accept(fd, NULL, NULL).");
	if (finding->code == FINDING_SOCKET_FAILED && finding->arg[2] != EMFILE &&
		finding->arg[2] != ENFILE)
		return _("Family, type and protocol in socket() must go together: AF_INET or "
			 "AF_INET6, SOCK_STREAM or SOCK_DGRAM, and 0. Look at what it returns: -1 "
			 "is no descriptor.");
	if (finding->code == FINDING_CONNECT_FAILED && finding->phrase_state != 0)
		return _("255.255.255.255 is what inet_addr() returns for text that is no address "
			 "in numbers, such as \"localhost\": use getaddrinfo(), or inet_pton(), "
			 "which tells of a failure.");
	if (finding->code == FINDING_CONNECT_FAILED)
		return of_connect((int)finding->arg[2]);
	return NULL;
}
