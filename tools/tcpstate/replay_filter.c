/* The filter of a report: that of --filter, that under which it was recorded (packets were left out
 * then, but the kernel's dumps were kept whole), or both. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "tcpstate/source.h"

/* What the manifest of the recording has as "filter", malloc'd; NULL: none, or no recording. */
static char *recorded_filter(const struct replay_input *input)
{
	struct facts *facts;
	json_t *manifest = NULL;
	const char *text;
	char *copy = NULL;
	off_t size;
	int fd = replay_is_recording(input) ? replay_open(input, REPLAY_FACTS, &size, NULL) : -1;

	facts = fd >= 0 ? facts_open_fd(fd, "facts.jsonl", NULL) : NULL;
	if (facts != NULL)
		manifest = json_loads(facts_manifest(facts), 0, NULL);
	text = json_string_value(json_object_get(manifest, "filter"));
	if (text != NULL && *text != '\0')
		copy = strdup(text);
	json_decref(manifest);
	facts_close(facts);
	return copy;
}

int replay_filter(const struct replay_input *input, const char *expression, struct filter **filter,
	struct error *error)
{
	char *recorded = recorded_filter(input), *both = NULL;
	int status = 0;

	*filter = NULL;
	if (expression != NULL && (*filter = filter_new(expression, false, error)) == NULL) {
		free(recorded);
		return -1; /* said of what was typed, not of the two together */
	}
	if (recorded != NULL) {
		filter_free(*filter);
		*filter = NULL;
		if (asprintf(&both, "(%s)%s%s%s", recorded, expression != NULL ? " and (" : "",
			    expression != NULL ? expression : "",
			    expression != NULL ? ")" : "") < 0)
			status = error_set(error, "out of memory");
		else if ((*filter = filter_new_recorded(both, error)) == NULL)
			status = error_context(error, "%s was recorded with a filter", input->name);
		free(both);
	}
	free(recorded);
	return status;
}
