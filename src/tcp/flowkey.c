/* The two ends of a flow: comparing, ordering, unmapping, printing. Source: RFC 4291 2.5.5.2
 * (mapped addresses), RFC 5952 (text).
 */
#include "tcpstate/flow.h"

#include <arpa/inet.h>
#include <string.h>

_Static_assert(sizeof(struct flow_key) == 40, "flow_key_equal() compares the bytes: no padding");

static const uint8_t wildcard[16];

static bool end_mapped(const struct flow_key *key, int end)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(key->addr[end], prefix, sizeof(prefix)) == 0;
}

static bool end_wildcard(const struct flow_key *key, int end)
{
	return memcmp(key->addr[end], wildcard, sizeof(wildcard)) == 0;
}

bool flow_key_unmap(struct flow_key *key)
{
	bool mapped[2] = {end_mapped(key, 0), end_mapped(key, 1)};

	if (key->family != AF_INET6 || (!mapped[0] && !mapped[1]))
		return false;
	if ((!mapped[0] && !end_wildcard(key, 0)) || (!mapped[1] && !end_wildcard(key, 1)))
		return false;
	for (int end = 0; end < 2; end++) {
		memmove(key->addr[end], key->addr[end] + 12, 4);
		memset(key->addr[end] + 4, 0, 12);
	}
	key->family = AF_INET;
	key->zone = 0;
	return true;
}

struct flow_key flow_key_swap(const struct flow_key *key)
{
	struct flow_key swapped = *key;

	memcpy(swapped.addr[0], key->addr[1], sizeof(swapped.addr[0]));
	memcpy(swapped.addr[1], key->addr[0], sizeof(swapped.addr[1]));
	swapped.port_be[0] = key->port_be[1];
	swapped.port_be[1] = key->port_be[0];
	return swapped;
}

int flow_key_canonical(struct flow_key *key)
{
	if (flow_key_order(key) == 0)
		return 0;
	/* in place, as narrow as it is written: a wide copy waits for narrow stores before it */
	if (key->family == AF_INET) {
		uint32_t word[2];

		memcpy(&word[0], key->addr[0], sizeof(word[0]));
		memcpy(&word[1], key->addr[1], sizeof(word[1]));
		memcpy(key->addr[0], &word[1], sizeof(word[1]));
		memcpy(key->addr[1], &word[0], sizeof(word[0]));
		uint16_t port_be = key->port_be[0];
		key->port_be[0] = key->port_be[1];
		key->port_be[1] = port_be;
	} else {
		*key = flow_key_swap(key);
	}
	return 1;
}

static bool end_link_local(const struct flow_key *key, int end)
{
	return key->addr[end][0] == 0xfe && (key->addr[end][1] & 0xc0) == 0x80;
}

bool flow_key_link_local(const struct flow_key *key)
{
	return key->family == AF_INET6 && (end_link_local(key, 0) || end_link_local(key, 1));
}

bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Decimal without printf, which core does not use; returns the end. */
static char *number_text(unsigned number, char *at)
{
	unsigned digits = 1;

	for (unsigned rest = number; rest >= 10; rest /= 10)
		digits++;
	for (unsigned i = digits; i-- > 0; number /= 10)
		at[i] = (char)('0' + number % 10);
	return at + digits;
}

char *flow_end_text(const struct flow_key *key, int end, char *buffer)
{
	const uint8_t *address = key->addr[end];
	char *at = buffer;

	if ((key->port_be[end] == 0 && end_wildcard(key, end)) ||
		(key->family != AF_INET && key->family != AF_INET6)) {
		memcpy(buffer, "*:*", 4);
		return buffer;
	}
	if (key->family == AF_INET) {
		for (int i = 0; i < 4; i++) {
			at = number_text(address[i], at);
			*at++ = '.';
		}
		at--;
	} else {
		*at++ = '[';
		inet_ntop(AF_INET6, address, at, INET6_ADDRSTRLEN);
		at += strlen(at);
		if (key->zone != 0 && end_link_local(key, end)) {
			*at++ = '%';
			at = number_text(key->zone, at);
		}
		*at++ = ']';
	}
	*at++ = ':';
	at = number_text(ntohs(key->port_be[end]), at);
	*at = '\0';
	return buffer;
}

bool flow_key_is_group(const struct flow_key *key, int end)
{
	const uint8_t *address = key->addr[end];

	if (key->family == AF_INET6)
		return address[0] == 0xff;
	return (address[0] & 0xf0) == 0xe0 || memcmp(address, "\xff\xff\xff\xff", 4) == 0;
}
