/* Which look at a process is told again: of the same kind, process and socket, begun at the same
 * time. A lookup, however many there are. */
#include "model_build.h"

#include <string.h>

static bool same_look(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	return memcmp(&model->build->looks[index].key, wanted, sizeof(struct look_key)) == 0;
}

uint32_t model_look(
	struct model *model, const struct look_key *key, size_t next, size_t most, int64_t t_ns)
{
	struct model_build *build = model->build;
	uint64_t hash = index_hash(key, sizeof(*key), 0);
	uint32_t known = index_map_find(&build->looks_map, hash, same_look, model, key);

	if (known != INDEX_NONE)
		return build->looks[known].at;
	struct look *look = model_has_room(model, next, most, t_ns)
				    ? PUSH(model, build->looks, build->look_count)
				    : NULL;
	if (look == NULL || !index_map_put(&build->looks_map, hash, (uint32_t)build->look_count))
		return INDEX_NONE;
	*look = (struct look){*key, (uint32_t)next};
	build->look_count++;
	return look->at;
}
