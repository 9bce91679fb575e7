/* The manifest line of a recording, as text: members that a later version adds or an older one
 * lacks do no harm. */
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

json_t *manifest_parse(const char *text)
{
	json_t *manifest = json_loads(text, 0, NULL);

	if (json_is_object(manifest))
		return manifest;
	json_decref(manifest);
	return NULL;
}

static char *list_text(const json_t *list)
{
	size_t index, length = 1;
	const json_t *item;

	json_array_foreach (list, index, item)
		length += json_string_length(item) + 1;
	char *text = malloc(length), *end = text;

	if (text == NULL)
		return NULL;
	*text = '\0';
	json_array_foreach (list, index, item)
		if (json_is_string(item))
			end = stpcpy(stpcpy(end, end != text ? " " : ""), json_string_value(item));
	return text;
}

char *manifest_text(const json_t *manifest, const char *member)
{
	const json_t *value = json_object_get(manifest, member);
	char *text = NULL;

	if (json_is_string(value))
		text = strdup(json_string_value(value));
	else if (json_is_array(value))
		text = list_text(value);
	else if (json_is_number(value) || json_is_boolean(value))
		text = json_dumps(value, JSON_ENCODE_ANY);
	if (text != NULL && *text == '\0') {
		free(text);
		text = NULL;
	}
	return text;
}
