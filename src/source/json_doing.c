/* What the threads of a process were in, read from a line of facts.jsonl that a stranger may have
 * written: more than we would write is passed over. */
#include <string.h>

#include "json_line.h"

enum { MOST = INT32_MAX /* threads of a process, looks */ };

static bool number_of(const json_t *object, const char *key, uint32_t most, uint32_t *number)
{
	int64_t value;

	if (!integer_of(object, key, &value) || value < 0 || value > most)
		return false;
	*number = (uint32_t)value;
	return true;
}

static bool read_in(const json_t *object, struct doing_in *in)
{
	const char *word;
	uint32_t threads;

	if (!text_of(object, "kind", &word) || !number_of(object, "threads", UINT16_MAX, &threads))
		return false;
	unsigned kind = doing_kind_of(word);
	in->kind = (uint8_t)(kind < DOING_MAX ? kind : DOING_OTHER);
	in->threads = (uint16_t)threads;
	return json_object_get(object, "inode") == NULL ||
	       number_of(object, "inode", UINT32_MAX, &in->inode);
}

static bool read_watched(const json_t *object, struct doing_watched *watched)
{
	const char *word;

	if (!text_of(object, "how", &word) ||
		!number_of(object, "inode", UINT32_MAX, &watched->inode))
		return false;
	unsigned how = doing_watch_of(word);
	watched->how = (uint8_t)(how < WATCH_MAX ? how : WATCH_UNKNOWN);
	return true;
}

bool json_line_doing(const json_t *object, struct doing *doing)
{
	const json_t *in = json_object_get(object, "in"), *watch = json_object_get(object, "watch"),
		     *item;
	size_t index;

	memset(doing, 0, sizeof(*doing));
	if (!number_of(object, "threads", MOST, &doing->threads) ||
		!number_of(object, "looks", MOST, &doing->looks) ||
		!number_of(object, "of", MOST, &doing->of) || doing->looks > doing->of ||
		!json_is_array(in) || (watch != NULL && !json_is_array(watch)))
		return false;
	json_array_foreach (in, index, item)
		if (doing->count < DOING_KINDS && !read_in(item, &doing->in[doing->count++]))
			return false;
	json_array_foreach (watch, index, item)
		if (doing->watched_count < DOING_WATCHED &&
			!read_watched(item, &doing->watched[doing->watched_count++]))
			return false;
	return true;
}
