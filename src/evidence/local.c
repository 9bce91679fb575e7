/* Which ends are this namespace's: by its addresses, and by what the kernel has shown. */
#include <netinet/in.h>
#include <string.h>

#include "engine.h"

bool core_is_listed(const struct core *core, uint8_t family, const uint8_t addr[16])
{
	static const uint8_t loopback6[16] = {[15] = 1};

	if (family == AF_INET) {
		if (addr[0] == 127)
			return true;
	} else if (memcmp(addr, loopback6, sizeof(loopback6)) == 0) {
		return true;
	}
	for (size_t i = 0; i < core->address_count; i++)
		if (core->addresses[i].family == family &&
			memcmp(core->addresses[i].addr, addr, family == AF_INET ? 4 : 16) == 0)
			return true;
	return false;
}

uint8_t core_shown_sides(const struct core *core, uint32_t index)
{
	const struct flow *flow = flow_at(core, index);
	uint8_t sides = 0;

	for (int i = 0; i < 2; i++) {
		const struct kernel *kernel =
			flow->end[i].kernel != 0 ? arena_at(&core->kernels, flow->end[i].kernel - 1)
						 : NULL;
		if (kernel != NULL && kernel->shown != 0)
			sides |= (uint8_t)(1u << i);
	}
	return sides;
}

uint8_t core_local_ends(const struct core *core, const struct flow_key *key)
{
	uint8_t sides = 0;

	for (int i = 0; i < 2; i++)
		if (core_is_local(core, key->family, key->addr[i]))
			sides |= (uint8_t)(1u << i);
	return sides;
}

uint8_t core_local_sides(const struct core *core, uint32_t index, const struct flow_key *key)
{
	return core_shown_sides(core, index) | core_local_ends(core, key);
}
