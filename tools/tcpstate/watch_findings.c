/* See watch_findings.h. */
#include "watch_findings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/finding.h"

static const int64_t round_least_ns = INT64_C(500000000);

int watch_findings_open(struct watch_findings *findings, struct error *error)
{
	const char *folder = getenv("TMPDIR");

	findings->directory_fd = findings->digester.fd = -1;
	snprintf(findings->directory, sizeof(findings->directory), "%s/tcpstate-watch-XXXXXX",
		folder != NULL && *folder != '\0' ? folder : "/tmp");
	if (mkdtemp(findings->directory) == NULL) {
		error_set(error,
			"%s: %s; findings need a folder: set TMPDIR to one that can be written",
			findings->directory, strerror(errno));
		findings->directory[0] = '\0';
		return -1;
	}
	findings->recording = recording_create(findings->directory, error);
	if (findings->recording == NULL)
		return -1;
	findings->directory_fd =
		fcntl(recording_directory_fd(findings->recording), F_DUPFD_CLOEXEC, 0);
	return findings->directory_fd < 0
		       ? error_set(error, "%s: %s", findings->directory, strerror(errno))
		       : 0;
}

int watch_findings_begin(struct watch_findings *findings, const struct observer *observer,
	const char *filter, const struct invoker *invoker, struct error *error)
{
	int64_t now = now_ns();
	char time[32], *text;
	json_t *manifest;
	int result;

	snprintf(time, sizeof(time), "%" PRId64 ".%09" PRId64, now / 1000000000, now % 1000000000);
	manifest = json_pack("{s:s,s:i,s:s,s:s,s:s*,s:o}", "type", "manifest", "format", 1,
		"version", TCPSTATE_VERSION, "t", time, "filter", filter, "addresses",
		addresses_json(observer_addresses(observer)));
	text = manifest != NULL ? json_dumps(manifest, JSON_COMPACT) : NULL;
	result = text != NULL ? recording_fact(findings->recording, text, error)
			      : error_set(error, "out of memory");
	free(text);
	json_decref(manifest);
	if (result == 0 && invoker->sudo) {
		result = recording_chown(findings->recording, invoker->uid, invoker->gid, error);
		if (result == 0 && fchown(findings->directory_fd, invoker->uid, invoker->gid) != 0)
			result = error_set(error, "%s: %s", findings->directory, strerror(errno));
	}
	digester_init(
		&findings->digester, findings->directory, findings->directory_fd, round_least_ns);
	return result;
}

struct finding_set watch_findings_new(struct watch_findings *findings, int64_t now_ns)
{
	struct finding_set fresh = {{0}};

	if (!digester_pump(&findings->digester, now_ns))
		return fresh;
	fresh = finding_set_less(findings->digester.last.findings, &findings->told);
	finding_set_join(&findings->told, &fresh);
	return fresh;
}

struct finding_set watch_findings_last(struct watch_findings *findings)
{
	struct replay_input input = findings->digester.input;
	struct error error;
	struct finding_set fresh = {{0}};

	input.running = false;
	digester_end(&findings->digester);
	if (digest_make(&input, &findings->digester.last, &error) != 0)
		return fresh;
	fresh = finding_set_less(findings->digester.last.findings, &findings->told);
	finding_set_join(&findings->told, &fresh);
	return fresh;
}

char *watch_findings_text(const struct watch_findings *findings, unsigned code)
{
	json_t *digest = json_loads(findings->digester.last.json, 0, NULL), *one;
	char *text = NULL;
	size_t i;

	json_array_foreach (json_object_get(digest, "findings"), i, one) {
		const char *word = json_string_value(json_object_get(one, "finding"));
		const char *headline = json_string_value(json_object_get(one, "text"));

		if (text == NULL && word != NULL && headline != NULL &&
			strcmp(word, finding_word(code)) == 0)
			text = strdup(headline);
	}
	json_decref(digest);
	return text != NULL ? text : strdup("");
}

void watch_findings_close(struct watch_findings *findings)
{
	if (findings->directory[0] == '\0')
		return;
	digester_end(&findings->digester);
	recording_discard(findings->recording);
	if (findings->directory_fd >= 0)
		close(findings->directory_fd);
	rmdir(findings->directory);
}
