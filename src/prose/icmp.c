/* ICMP errors in words: what they say (RFC 792, 1122, 1812, 4443), the error number Linux makes of
 * them (icmp_err_convert[], icmpv6_err_convert()), and what becomes of them. */
#include "tcpstate/prose.h"
#include "tcpstate/lang.h"

#include <netinet/in.h>
#include <stdio.h>

#include "tcpstate/model.h"

struct meaning {
	const char *words, *error;
};

static const struct meaning unreachable[] = {{N_("network unreachable"), "ENETUNREACH"},
	{N_("host unreachable"), "EHOSTUNREACH"}, {N_("protocol unreachable"), "ENOPROTOOPT"},
	{N_("port unreachable"), "ECONNREFUSED"}, {N_("fragmentation needed"), "EMSGSIZE"},
	{N_("source route failed"), "EOPNOTSUPP"}, {N_("network unknown"), "ENETUNREACH"},
	{N_("host unknown"), "EHOSTDOWN"}, {N_("source host isolated"), "ENONET"},
	{N_("network administratively prohibited"), "ENETUNREACH"},
	{N_("host administratively prohibited"), "EHOSTUNREACH"},
	{N_("network unreachable for this type of service"), "ENETUNREACH"},
	{N_("host unreachable for this type of service"), "EHOSTUNREACH"},
	{N_("administratively prohibited"), "EHOSTUNREACH"},
	{N_("host precedence violation"), "EHOSTUNREACH"},
	{N_("precedence cutoff"), "EHOSTUNREACH"}};
static const struct meaning unreachable6[] = {{N_("no route to destination"), "ENETUNREACH"},
	{N_("administratively prohibited"), "EACCES"},
	{N_("beyond scope of source address"), "EHOSTUNREACH"},
	{N_("address unreachable"), "EHOSTUNREACH"}, {N_("port unreachable"), "ECONNREFUSED"},
	{N_("source address failed policy"), "EACCES"}, {N_("reject route"), "EACCES"}};

static struct meaning meaning4(unsigned type, unsigned code)
{
	switch (type) {
	case 3:
		return code < sizeof(unreachable) / sizeof(unreachable[0])
			       ? unreachable[code]
			       : (struct meaning){N_("destination unreachable"), ""};
	case 4:
		return (struct meaning){N_("source quench"), ""};
	case 11:
		return (struct meaning){code == 1 ? N_("fragment reassembly time exceeded")
						  : N_("time to live exceeded"),
			"EHOSTUNREACH"};
	case 12:
		return (struct meaning){N_("parameter problem"), "EPROTO"};
	}
	return (struct meaning){N_("error"), ""};
}

static struct meaning meaning6(unsigned type, unsigned code)
{
	switch (type) {
	case 1:
		return code < sizeof(unreachable6) / sizeof(unreachable6[0])
			       ? unreachable6[code]
			       : (struct meaning){N_("destination unreachable"), "EPROTO"};
	case 2:
		return (struct meaning){N_("packet too big"), "EMSGSIZE"};
	case 3:
		return (struct meaning){code == 1 ? N_("fragment reassembly time exceeded")
						  : N_("hop limit exceeded"),
			"EHOSTUNREACH"};
	case 4:
		return (struct meaning){N_("parameter problem"), "EPROTO"};
	}
	return (struct meaning){N_("error"), ""};
}

static struct meaning meaning_of(unsigned family, unsigned type, unsigned code)
{
	return family == AF_INET6 ? meaning6(type, code) : meaning4(type, code);
}

const char *prose_icmp(unsigned family, unsigned type, unsigned code)
{
	return _(meaning_of(family, type, code).words);
}

const char *prose_icmp_errno(unsigned family, unsigned type, unsigned code)
{
	return meaning_of(family, type, code).error;
}

const char *prose_icmp_effect(unsigned effect)
{
	static const char *const words[ICMP_EFFECT_MAX] = {[ICMP_UNKNOWN] = "unknown",
		[ICMP_EDGE] = "edge",
		[ICMP_SOFT] = "soft",
		[ICMP_PATH_MTU] = "path_mtu",
		[ICMP_OUTSIDE] = "outside",
		[ICMP_IGNORED] = "ignored",
		[ICMP_OVER] = "over",
		[ICMP_TOLD] = "told",
		[ICMP_NOT_CONNECTED] = "not_connected",
		[ICMP_PASSING] = "passing"};

	return words[effect < ICMP_EFFECT_MAX ? effect : ICMP_UNKNOWN];
}

static char *unknown_outcome(
	const struct icmp_error *error, const char *number, char *buffer, size_t size)
{
	if (error->key.protocol == IPPROTO_UDP && number[0] != '\0')
		snprintf(buffer, size,
			_("a connected socket is told, by %s, an unconnected one is not"), number);
	else
		snprintf(buffer, size, "%s", _("what became of it was not seen"));
	return buffer;
}

char *prose_icmp_outcome(
	const struct icmp_error *error, const char *whose, char *buffer, size_t size)
{
	const char *number = prose_icmp_errno(error->family, error->type, error->code);

	switch (error->effect) {
	case ICMP_EDGE:
		snprintf(buffer, size, "%s", _("it ends the connection"));
		break;
	case ICMP_SOFT:
		snprintf(buffer, size,
			_("noted only: TCP goes on, and fails with %s should it time out"), number);
		break;
	case ICMP_PATH_MTU:
		snprintf(buffer, size, "%s", _("smaller segments from now on"));
		break;
	case ICMP_OUTSIDE:
		snprintf(buffer, size, "%s",
			_("ignored: it quotes a sequence number that is not outstanding"));
		break;
	case ICMP_IGNORED:
		snprintf(buffer, size, "%s", _("the kernel takes no notice of it"));
		break;
	case ICMP_OVER:
		snprintf(buffer, size, "%s", _("the end it concerns is closed"));
		break;
	case ICMP_TOLD:
		snprintf(buffer, size, _("%s is connected: its next call fails with %s"), whose,
			number);
		break;
	case ICMP_NOT_CONNECTED:
		snprintf(buffer, size, _("%s is not connected and never learns"), whose);
		break;
	case ICMP_PASSING:
		if (error->socket != UINT32_MAX)
			snprintf(buffer, size,
				_("%s is connected, but no call is told of an error that may pass"),
				whose);
		else
			snprintf(
				buffer, size, "%s", _("no call is told of an error that may pass"));
		break;
	default:
		return unknown_outcome(error, number, buffer, size);
	}
	return buffer;
}
