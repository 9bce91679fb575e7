/* All who hold a socket now, for `top`: the lowest pid first, for that is a server, and not the
 * child that inherited. Beyond some they are only counted. */
#include "live.h"

#include <stdio.h>
#include <string.h>

static size_t named(const struct live_owner *place)
{
	size_t count = 0;

	while (count < LIVE_ALSO && place->also[count].pid != 0)
		count++;
	return count;
}

/* Cut, but not within a character. */
static void name_cut(struct live_holder *holder, const char *program)
{
	size_t length = strnlen(program, sizeof(holder->program) - 1);

	while (length > 0 && ((unsigned char)program[length] & 0xc0) == 0x80)
		length--;
	memset(holder->program, 0, sizeof(holder->program));
	memcpy(holder->program, program, length);
}

static void also_add(struct live_owner *place, uint32_t pid, const char *program)
{
	size_t count = named(place), at = 0;

	while (at < count && place->also[at].pid < pid)
		at++;
	if (at < count && place->also[at].pid == pid) {
		name_cut(&place->also[at], program);
		return;
	}
	place->also_count++;
	if (at == LIVE_ALSO)
		return;
	count += count < LIVE_ALSO;
	memmove(&place->also[at + 1], &place->also[at], (count - at - 1) * sizeof(place->also[0]));
	place->also[at].pid = pid;
	name_cut(&place->also[at], program);
}

void live_holder_add(struct live_owner *place, const struct owner *owner)
{
	if (place->pid != 0 && place->pid < owner->pid) {
		also_add(place, owner->pid, owner->program);
		return;
	}
	if (place->pid != 0 && place->pid != owner->pid)
		also_add(place, place->pid, place->program);
	place->pid = owner->pid;
	memcpy(place->program, owner->program, sizeof(place->program));
}

/* Of those that are only counted nobody knows which: the last of them are forgotten first. */
void live_holder_drop(struct live_owner *place, uint32_t pid)
{
	size_t count = named(place), at = 0;

	if (place->pid == pid) {
		if (count == 0)
			return; /* it was the last one known */
		place->pid = place->also[0].pid;
		snprintf(place->program, sizeof(place->program), "%s", place->also[0].program);
	} else {
		while (at < count && place->also[at].pid != pid)
			at++;
		if (at == count && place->also_count <= count)
			return; /* never told of */
	}
	if (at < count) {
		memmove(&place->also[at], &place->also[at + 1],
			(count - at - 1) * sizeof(place->also[0]));
		place->also[count - 1] = (struct live_holder){0};
	}
	place->also_count -= place->also_count > 0;
}
