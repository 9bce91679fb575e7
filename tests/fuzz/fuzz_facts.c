/* facts.jsonl, or with a first byte that is odd calls.jsonl: whatever is read, its events are
 * within their ranges, and what the manifest gives can be printed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcpstate/escape.h"
#include "tcpstate/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(void *context, const struct event *event)
{
	const struct owner *owner = &event->u.fact.owner;

	(void)context;
	if (event->kind == EVENT_OWNER && memchr(owner->program, 0, sizeof(owner->program)) == NULL)
		abort();
	if ((event->kind == EVENT_MARK || event->kind == EVENT_COUNTER) &&
		event->u.fact.text == NULL)
		abort();
	if (event->t_ns < 0 || event->t_ns > INT64_MAX / 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("facts", MFD_CLOEXEC);
	bool announced;

	if (size == 0 || fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1) ||
		lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return 0;
	}
	if (*data & 1) {
		struct calls *calls = calls_open_fd(fd, "calls.jsonl", NULL);

		while (calls_next(calls, on_event, NULL, NULL) > 0)
			;
		calls_close(calls);
		return 0;
	}
	struct facts *facts = facts_open_fd(fd, "facts.jsonl", NULL);
	while (facts_next(facts, on_event, NULL, NULL) > 0)
		;
	if (escape_needed(facts_manifest(facts), strlen(facts_manifest(facts))))
		abort();
	facts_ended(facts, &announced);
	facts_close(facts);
	return 0;
}
