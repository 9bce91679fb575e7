/* What a capture held besides TCP and UDP, and in what its connections came. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/packets.h"
#include "tcpstate/prose_report.h"

struct named {
	uint16_t number;
	const char *name;
};

/* IEEE's registry of Ethernet types; the IANA's of IP protocols */
static const struct named ethertypes[] = {{0x0806, "ARP"}, {0x8035, "RARP"}, {0x88cc, "LLDP"},
	{0x888e, "EAPOL"}, {0x88e5, "MACsec"}, {0x8863, "PPPoE discovery"}, {0x9000, "loopback"},
	{0x8809, "LACP"}, {0x88f7, "PTP"}, {0x8906, "FCoE"}, {0x8892, "PROFINET"},
	{0x22f3, "TRILL"}, {0x894f, "NSH"}, {0x8902, "CFM"}, {0x88a4, "EtherCAT"},
	{0x6003, "DECnet"}, {0x8137, "IPX"}, {0x809b, "AppleTalk"}};
static const struct named protocols[] = {{1, "ICMP"}, {2, "IGMP"}, {33, "DCCP"}, {46, "RSVP"},
	{50, "ESP"}, {51, "AH"}, {58, "ICMPv6"}, {59, "no next header"}, {88, "EIGRP"},
	{89, "OSPF"}, {97, "EtherIP"}, {103, "PIM"}, {112, "VRRP"}, {115, "L2TP"}, {132, "SCTP"},
	{136, "UDP-Lite"}};

static const char *name_of(const struct named *names, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return "";
}

static void undecoded_item(struct phrase *phrase, uint64_t count, unsigned kind, unsigned number)
{
	const char *name = "";

	switch (kind) {
	case UNDECODED_ETHERTYPE:
		name = name_of(ethertypes, sizeof(ethertypes) / sizeof(ethertypes[0]), number);
		phrase_item(phrase, _("%" PRIu64 " with ethertype 0x%04x%s%s%s"), count, number,
			*name != '\0' ? " (" : "", name, *name != '\0' ? ")" : "");
		break;
	case UNDECODED_PROTOCOL:
		name = name_of(protocols, sizeof(protocols) / sizeof(protocols[0]), number);
		phrase_item(phrase, _("%" PRIu64 " of IP protocol %u%s%s%s"), count, number,
			*name != '\0' ? " (" : "", name, *name != '\0' ? ")" : "");
		break;
	case UNDECODED_LLC:
		phrase_item(
			phrase, _("%" PRIu64 " of IEEE 802.2 (spanning tree and its kin)"), count);
		break;
	case UNDECODED_FRAGMENT:
		phrase_item(phrase, _("%" PRIu64 " later IP fragments"), count);
		break;
	case UNDECODED_WIRELESS:
		if (number == WIRELESS_ENCRYPTED)
			phrase_item(phrase, _("%" PRIu64 " encrypted 802.11 frames"), count);
		else if (number == WIRELESS_AGGREGATE)
			phrase_item(phrase,
				_("%" PRIu64 " 802.11 frames of several packets (A-MSDU)"), count);
		else
			phrase_item(phrase, _("%" PRIu64 " 802.11 frames without data"), count);
		break;
	case UNDECODED_DAMAGED:
		phrase_item(phrase, _("%" PRIu64 " cut off or damaged"), count);
		break;
	default:
		phrase_item(phrase, _("%" PRIu64 " others"), count);
		break;
	}
}

char *prose_undecoded(const struct packets_tally *tally, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	uint64_t rest = tally->undecoded_rest;

	for (size_t i = 0; i < tally->undecoded_count; i++)
		undecoded_item(&phrase, tally->undecoded[i].count, tally->undecoded[i].kind,
			tally->undecoded[i].number);
	if (rest > 0)
		undecoded_item(&phrase, rest, UNDECODED_OTHER, 0);
	return buffer;
}

char *prose_tunnels(const struct packets_tally *tally, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	for (size_t i = 0; i < tally->tunnel_count; i++) {
		const char *name = tunnel_name(tally->tunnel[i].tunnel);

		if (tally->tunnel[i].id != 0)
			phrase_item(&phrase, _("%" PRIu64 " in %s %" PRIu32),
				tally->tunnel[i].count, name, tally->tunnel[i].id);
		else
			phrase_item(&phrase, _("%" PRIu64 " in %s"), tally->tunnel[i].count, name);
	}
	if (tally->tunnel_rest > 0)
		phrase_item(&phrase, _("%" PRIu64 " in others"), tally->tunnel_rest);
	return buffer;
}
