/* An IPv4 address with its bytes swapped (htonl() forgotten, or called twice): 1.0.0.127 is meant
 * as 127.0.0.1. A call that failed tells it, or SYNs that nobody answers. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"

enum { LOOPBACK = 127, V4 = 4, OWN_MOST = 64 };

/* Addresses of sockets and ends of this namespace; beyond so many, none. */
struct own {
	uint8_t addr[OWN_MOST][V4];
	size_t count;
};

/* One of them, or loopback. */
static bool is_own(const struct own *own, const uint8_t addr[V4])
{
	for (size_t i = 0; i < own->count; i++)
		if (memcmp(own->addr[i], addr, V4) == 0)
			return true;
	return addr[0] == LOOPBACK;
}

static void own_add(struct own *own, const struct flow_key *key, int side)
{
	if (key->family == AF_INET && own->count < OWN_MOST && !is_own(own, key->addr[side]))
		memcpy(own->addr[own->count++], key->addr[side], V4);
}

static void own_gather(const struct model *model, struct own *own)
{
	own->count = 0;
	for (size_t i = 0; i < model->listener_count; i++)
		own_add(own, &model->listeners[i].key, 0);
	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			if ((model->connections[i].local_sides & 1 << side) != 0)
				own_add(own, &model->connections[i].key, side);
}

/* This address read from its other end is one of this host's; itself it is not. */
static bool swapped_is_own(const struct own *own, const uint8_t *addr, uint8_t swapped[V4])
{
	for (int i = 0; i < V4; i++)
		swapped[i] = addr[V4 - 1 - i];
	/* 0.0.0.0 and a palindrome are no swap */
	return memcmp(swapped, addr, V4) != 0 && swapped[0] != 0 && is_own(own, swapped) &&
	       !is_own(own, addr);
}

void failure_address(const struct model *model, struct finding *finding, const struct call *call)
{
	char text[INET_ADDRSTRLEN], address[INET_ADDRSTRLEN];
	uint8_t addr[V4], swapped[V4];
	struct own own;
	size_t length = strcspn(call->arguments, ":"), used = strlen(finding->text[0]);

	if ((call->error != ENETUNREACH && call->error != EADDRNOTAVAIL &&
		    call->error != EHOSTUNREACH && call->error != EINVAL) ||
		length >= sizeof(text))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)length, call->arguments);
	if (inet_pton(AF_INET, text, addr) != 1)
		return;
	own_gather(model, &own);
	if (!swapped_is_own(&own, addr, swapped))
		return;
	inet_ntop(AF_INET, swapped, address, sizeof(address));
	finding->phrase[0] = PHRASE_FAILED_SWAPPED;
	snprintf(finding->text[0] + used, FINDING_TEXT - used, "\n%s", address);
}

/* SYNs left for such an address, and none was answered. */
static bool never_opened(const struct connection *at)
{
	return at->client != -1 && at->key.family == AF_INET &&
	       (at->local_sides & 1 << (at->client == 0)) == 0 &&
	       (at->traits & TRAIT_OPENED) == 0 && (at->syn_unanswered > 0 || at->unreachable);
}

bool findings_of_swapped(struct model *model)
{
	struct own own;

	own_gather(model, &own);
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int server = at->client == 0;
		struct finding *finding = NULL;
		uint8_t swapped[V4];

		if (!never_opened(at) || !swapped_is_own(&own, at->key.addr[server], swapped))
			continue;
		for (size_t k = 0; k < model->finding_count && finding == NULL; k++)
			if (model->findings[k].code == FINDING_ADDRESS_SWAPPED &&
				model->findings[k].run == at->run &&
				memcmp(model->findings[k].key.addr[model->findings[k].side],
					at->key.addr[server], V4) == 0)
				finding = &model->findings[k];
		if (finding == NULL) {
			finding = finding_of_end(model, at->run, FINDING_ADDRESS_SWAPPED, &at->key,
				server, at->first_ns);
			if (finding == NULL)
				return !model->build->failed;
			finding->arg[1] = ntohs(at->key.port_be[server]);
			inet_ntop(AF_INET, at->key.addr[server], finding->text[0], FINDING_TEXT);
			inet_ntop(AF_INET, swapped, finding->text[1], FINDING_TEXT);
		}
		finding->arg[0] += connection_weight(at);
	}
	return !model->build->failed;
}
