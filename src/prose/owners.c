/* Who held a socket: its owner, then the others. */
#include <inttypes.h>
#include <stdio.h>

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

char *prose_owners_in_turn(
	const struct owner *const *owners, size_t count, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	for (size_t i = 0; i < count; i++)
		phrase_item(&phrase, "%s[%" PRIu32 "]", owners[i]->program, owners[i]->pid);
	return buffer;
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
