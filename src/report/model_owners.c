/* Who holds, or held, a socket: a cookie keeps its last descriptor (inode), an inode its process.
 */
#include "model_build.h"

#include <string.h>

#include "tcpstate/escape.h"

static bool cookie_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct cookie_owner *a = &model->build->cookie[index], *b = wanted;

	return a->cookie == b->cookie && a->run == b->run;
}

/* A socket keeps its cookie from request to TIME_WAIT, but not its descriptor: remember that. */
void model_remember_cookie(struct model *model, const struct sockrow *row)
{
	struct model_build *build = model->build;
	struct cookie_owner wanted = {row->cookie, row->inode, (uint16_t)(model->run_count - 1)};

	if (row->inode == 0 || row->cookie == 0)
		return;
	uint64_t hash = index_hash(&wanted.cookie, sizeof(wanted.cookie), 0);
	uint32_t index = index_map_find(&build->cookies, hash, cookie_equal, model, &wanted);
	if (index != INDEX_NONE) {
		build->cookie[index].inode = row->inode;
		return;
	}
	struct cookie_owner *slot = PUSH(model, build->cookie, build->cookie_count);
	if (slot == NULL || !index_map_put(&build->cookies, hash, (uint32_t)build->cookie_count)) {
		build->failed = true;
		return;
	}
	*slot = wanted;
	build->cookie_count++;
}

uint32_t model_cookie_inode(const struct model *model, uint16_t run, uint64_t cookie)
{
	struct cookie_owner wanted = {cookie, 0, run};
	uint32_t index = index_map_find(&model->build->cookies,
		index_hash(&cookie, sizeof(cookie), 0), cookie_equal, model, &wanted);

	return index != INDEX_NONE ? model->build->cookie[index].inode : 0;
}

static bool inode_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct inode_owner *a = &model->build->inode[index], *b = wanted;

	return a->owner.inode == b->owner.inode && a->run == b->run;
}

/* The first report of an inode stands: the sources name the lowest pid first. */
void model_owner(struct model *model, const struct owner *owner)
{
	struct model_build *build = model->build;
	struct inode_owner wanted = {*owner, (uint16_t)(model->run_count - 1)};
	char program[sizeof(owner->program)] = "";

	escape_text(program, sizeof(program), owner->program, strlen(owner->program));
	memcpy(wanted.owner.program, program, sizeof(program));
	uint64_t hash = index_hash(&owner->inode, sizeof(owner->inode), 0);

	if (owner->inode == 0 ||
		index_map_find(&build->inodes, hash, inode_equal, model, &wanted) != INDEX_NONE)
		return;
	struct inode_owner *slot = PUSH(model, build->inode, build->inode_count);
	if (slot == NULL || !index_map_put(&build->inodes, hash, (uint32_t)build->inode_count)) {
		build->failed = true;
		return;
	}
	*slot = wanted;
	build->inode_count++;
}

const struct owner *model_inode_owner(const struct model *model, uint16_t run, uint32_t inode)
{
	struct inode_owner wanted = {{.inode = inode}, run};
	uint32_t index = inode == 0 ? INDEX_NONE
				    : index_map_find(&model->build->inodes,
					      index_hash(&inode, sizeof(inode), 0), inode_equal,
					      model, &wanted);

	return index != INDEX_NONE ? &model->build->inode[index].owner : NULL;
}
