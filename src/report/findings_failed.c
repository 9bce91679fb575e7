/* Which calls that failed are worth a finding: by their error, and by what the program did before
 * and afterwards. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "findings.h"

#define LOOPBACK_NET "127."

enum { LOOKED_BACK = 64 /* calls; each costs a pass over the others */ };

/* The socket was connected before: its connect() had succeeded. Of one that does not wait, calling
 * it again is the way to ask. */
static bool connected_before(const struct model *model, const struct model_call *failed)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == failed->run && at->call.inode == failed->call.inode &&
			at->call.what == CALLED_CONNECT && at->call.error == 0 &&
			at->at_ns < failed->at_ns)
			return true;
	}
	return false;
}

/* The program opened another socket afterwards, or used one. */
static bool goes_on(const struct model *model, const struct model_call *failed)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == failed->run && at->call.pid == failed->call.pid &&
			at->at_ns > failed->at_ns && at->call.inode != failed->call.inode &&
			at->call.what <= CALLED_SPLICE && at->call.error == 0)
			return true;
	}
	return false;
}

/* *looked: how many such questions were asked of all calls. */
static bool connect_tells(const struct model *model, const struct model_call *at, size_t *looked)
{
	const struct call *call = &at->call;

	if (call->error == EISCONN)
		return (*looked)++ < LOOKED_BACK && connected_before(model, at);
	if (call->error != EADDRNOTAVAIL && call->error != EADDRINUSE &&
		call->error != ENETUNREACH && call->error != EACCES && call->error != EPERM &&
		call->error != EAFNOSUPPORT && call->error != EINVAL)
		return false;
	/* to connect a datagram socket is to ask for a way (RFC 6724, getaddrinfo()) */
	return call->key.protocol != IPPROTO_UDP ||
	       ((*looked)++ < LOOKED_BACK && !goes_on(model, at));
}

/* accept() of a socket that listens: the room for the client's address, or its length, was not
 * there. A shutdown() ends it in the same way, which many a program does to end its loop. */
static bool accept_tells(const struct model *model, const struct model_call *at, size_t *looked)
{
	int32_t error = at->call.error;
	bool listened = false;

	if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM)
		return true;
	if ((error != EINVAL && error != EFAULT) || (*looked)++ >= LOOKED_BACK)
		return false;
	for (const struct model_call *before = model->calls; before < at; before++) {
		if (before->run != at->run || before->said != NULL ||
			before->call.inode != at->call.inode || before->call.error != 0)
			continue;
		if (before->call.what == CALLED_SHUTDOWN)
			return false;
		listened |= before->call.what == CALLED_LISTEN;
	}
	return listened;
}

/* Programs try whether a protocol is there (MPTCP, IPv6), and take another. */
static bool socket_tells(const struct model *model, const struct model_call *at, size_t *looked)
{
	int32_t error = at->call.error;

	if (error == EMFILE || error == ENFILE)
		return true;
	return (error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT || error == EPROTOTYPE ||
		       error == EAFNOSUPPORT) &&
	       (*looked)++ < LOOKED_BACK && !goes_on(model, at);
}

/* Without a way to one address many a program tries the next (IPv4 after IPv6). */
static bool datagram_tells(const struct model *model, const struct model_call *at, size_t *looked)
{
	const struct call *call = &at->call;

	if (call->error == ENETUNREACH || call->error == EHOSTUNREACH)
		return (*looked)++ < LOOKED_BACK && !goes_on(model, at);
	return call->error == EMSGSIZE || call->error == EACCES || call->error == EINVAL ||
	       call->error == EAFNOSUPPORT || call->error == EPERM || call->error == EDESTADDRREQ;
}

void failure_held(
	const struct model *model, struct finding *finding, const struct model_call *failed)
{
	int64_t held = 0, leaked = 0;

	if (failed->call.error != EMFILE && failed->call.error != ENFILE)
		return;
	for (size_t i = 0; i < model->call_count && model->calls[i].at_ns <= failed->at_ns; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == failed->run && at->said == NULL && at->call.pid == failed->call.pid)
			held += (at->call.effect == CALL_OPENS) - (at->call.effect == CALL_CLOSES);
	}
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		for (int side = 0; side < 2; side++)
			leaked +=
				at->run == failed->run && at->ends[side].has_owner &&
				at->ends[side].owner.pid == failed->call.pid &&
				model_state_at(model, at, side, failed->at_ns) == STATE_CLOSE_WAIT;
	}
	if (held <= 0)
		return;
	leaked = leaked < held ? leaked : held;
	finding->phrase[1] = PHRASE_HELD_SOCKETS;
	finding->phrase_number = (uint32_t)held;
	finding->phrase_state = (uint8_t)(leaked < UINT8_MAX ? leaked : UINT8_MAX);
}

/* What the calls before tell of the socket of one that failed. */
struct past {
	const struct model_call *opened; /* NULL: not seen */
	bool bound, to_loopback, only_six;
};

static struct past past_of(const struct model *model, const struct model_call *failed)
{
	struct past past = {.opened = NULL};

	for (const struct model_call *at = model->calls; at < failed; at++) {
		const char *arguments = at->call.arguments;

		if (at->run != failed->run || at->said != NULL || at->call.error != 0 ||
			at->call.inode != failed->call.inode || failed->call.inode == 0)
			continue;
		if (at->call.what == CALLED_SOCKET)
			past.opened = at;
		past.bound |= at->call.what == CALLED_BIND;
		past.to_loopback |= at->call.what == CALLED_BIND &&
				    strncmp(arguments, LOOPBACK_NET, strlen(LOOPBACK_NET)) == 0;
		past.only_six |= at->call.what == CALLED_SETSOCKOPT &&
				 strcmp(arguments, "IPV6_V6ONLY = 1") == 0;
	}
	return past;
}

/* Why socket and address do not go together. A socket of IPv6 shows ::ffff:a.b.c.d as IPv4, and
 * takes it unless IPV6_V6ONLY is set; one bound to loopback does not leave the host; the two may be
 * of different families, so socket() says, where nothing was bound before. */
enum finding_phrase failure_mismatch(const struct model *model, const struct model_call *failed)
{
	const struct call *call = &failed->call;
	struct past past = past_of(model, failed);

	if (past.opened == NULL || strchr(call->arguments, ':') == NULL ||
		(call->what != CALLED_BIND && call->what != CALLED_CONNECT &&
			call->what != CALLED_SENDTO))
		return PHRASE_NAMES;
	bool six = strncmp(past.opened->call.arguments, "AF_INET6", 8) == 0,
	     asks_six = call->arguments[0] == '[';
	if (call->error == ENETUNREACH)
		return six && !asks_six && past.only_six ? PHRASE_ONLY_SIX : PHRASE_NAMES;
	if (call->error == EINVAL && past.to_loopback && !asks_six &&
		strncmp(call->arguments, LOOPBACK_NET, strlen(LOOPBACK_NET)) != 0)
		return PHRASE_FROM_LOOPBACK;
	if (six == asks_six || past.bound || call->what == CALLED_SENDTO)
		return PHRASE_NAMES;
	return six ? PHRASE_FAMILY_4_ON_6 : PHRASE_FAMILY_6_ON_4;
}

/* A read that was to have a time limit, and has none. */
static bool is_time_limit(const struct call *call)
{
	return strncmp(call->arguments, "SO_RCVTIMEO", 11) == 0 ||
	       strncmp(call->arguments, "SO_SNDTIMEO", 11) == 0;
}

bool failure_tells(const struct model *model, const struct model_call *at, size_t *looked)
{
	const struct call *call = &at->call;

	if (call->what == CALLED_BIND || call->what == CALLED_LISTEN)
		return call->error != 0;
	if (call->what == CALLED_SETSOCKOPT)
		return call->error != 0 && is_time_limit(call);
	if (call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4)
		return accept_tells(model, at, looked);
	if (call->what == CALLED_SOCKET)
		return socket_tells(model, at, looked);
	if (call_sends(call->what) && call->key.protocol == IPPROTO_UDP)
		return datagram_tells(model, at, looked);
	return call->what == CALLED_CONNECT && connect_tells(model, at, looked);
}
