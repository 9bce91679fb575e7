/* Who held a socket: its owner, then the others. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/prose_report.h"

enum { NAMED_MOST = 4 };

char *prose_owners(const struct model *model, const struct owner *owner,
	const struct others *others, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	uint32_t sure = others->count - others->perhaps;
	uint32_t left = others->count > NAMED_MOST ? others->count - NAMED_MOST + 1 : 0;

	phrase_item(&phrase, "%s[%" PRIu32 "]", owner->program, owner->pid);
	for (uint32_t i = 0; i < others->count - left; i++) {
		const struct owner *other = &model->others_held[others->first + i];

		phrase_item(&phrase,
			i == sure ? _("perhaps also %s[%" PRIu32 "]") : "%s[%" PRIu32 "]",
			other->program, other->pid);
	}
	if (left > 0)
		phrase_add(&phrase, _(" and %u more"), left);
	return buffer;
}

/* Each process once; *alike: all run one program. */
static size_t owners_of(const struct listener *const *all, size_t count,
	const struct owner *each[NAMED_MOST], bool *alike)
{
	size_t found = 0;

	*alike = true;
	for (size_t i = 0; i < count; i++) {
		bool again = !all[i]->has_owner;

		for (size_t k = 0; k < i; k++)
			again |= all[k]->has_owner && all[k]->owner.pid == all[i]->owner.pid;
		if (!again && found < NAMED_MOST)
			each[found] = &all[i]->owner;
		found += !again;
		*alike &= all[i]->has_owner && strcmp(all[i]->owner.program, each[0]->program) == 0;
	}
	return found;
}

size_t prose_owners_in_turn(const struct model *model, const struct listener *const *all,
	size_t count, char *buffer, size_t size)
{
	const struct listener *last = all[count - 1];
	const struct owner *each[NAMED_MOST];
	struct phrase phrase = phrase_begin(buffer, size);
	bool alike;
	size_t found = owners_of(all, count, each, &alike);

	if (found > 1 && alike)
		snprintf(buffer, size, "%s ×%zu", last->owner.program, found);
	else if (found > 1)
		for (size_t i = 0; i < found && i < NAMED_MOST; i++)
			phrase_item(&phrase, "%s[%" PRIu32 "]", each[i]->program, each[i]->pid);
	else if (last->has_owner)
		prose_owners(model, &last->owner, &last->also, buffer, size);
	return found;
}

char *prose_let_go(const struct connection *connection, int side, const struct owner *owner,
	const char *held, const char *gone, char *buffer, size_t size)
{
	snprintf(buffer, size,
		connection->client != -1
			? _("%s[%" PRIu32 "] closed its copy of the %s's socket between %s and %s")
			: _("%s[%" PRIu32 "] closed its copy of %s's socket between %s and %s"),
		owner->program, owner->pid, prose_end(connection, side), held, gone);
	return buffer;
}
