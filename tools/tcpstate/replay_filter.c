/* The filter of a report: that of --filter, that under which it was recorded (packets were left out
 * then, but the kernel's dumps were kept whole), or both. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay.h"
#include "tcpstate/source.h"

/* What the manifest of the recording in PATH has as "filter", malloc'd; NULL: none, or no
 * recording. */
static char *recorded_filter(const char *path)
{
	struct facts *facts;
	struct stat status;
	json_t *manifest = NULL;
	const char *text;
	char *name, *copy = NULL;

	if (asprintf(&name, "%s/facts.jsonl", path) < 0)
		return NULL;
	facts = stat(name, &status) == 0 && S_ISREG(status.st_mode) ? facts_open_file(name, NULL)
								    : NULL;
	if (facts != NULL)
		manifest = json_loads(facts_manifest(facts), 0, NULL);
	text = json_string_value(json_object_get(manifest, "filter"));
	if (text != NULL && *text != '\0')
		copy = strdup(text);
	json_decref(manifest);
	facts_close(facts);
	free(name);
	return copy;
}

int replay_filter(
	const char *path, const char *expression, struct filter **filter, struct error *error)
{
	char *recorded = recorded_filter(path), *both = NULL;
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
		else if ((*filter = filter_new(both, false, error)) == NULL)
			status = error_context(error, "%s was recorded with a filter", path);
		free(both);
	}
	free(recorded);
	return status;
}
