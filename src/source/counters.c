/* The kernel's TCP, UDP and ICMP counters of one network namespace: pairs of lines, names above
 * values, in /proc/net/netstat and snmp; those of IPv6, a name and a value a line, in snmp6. The
 * files are opened once: an open one keeps showing the namespace it was opened in. */
#include "tcpstate/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SOURCE_NETSTAT,
	SOURCE_SNMP,
	SOURCE_SNMP6 /* not there without IPv6 */,
	SOURCE_COUNT,
	TEXT_MAX = 1 << 20
};
static const char *const source_paths[SOURCE_COUNT] = {"/proc/thread-self/net/netstat",
	"/proc/thread-self/net/snmp", "/proc/thread-self/net/snmp6"};

struct counter_value {
	char name[64];
	int64_t base, last;
};

struct counters {
	int fd[SOURCE_COUNT];
	struct counter_value *values;
	/* next: where the counter read next is expected, for the order never changes */
	size_t count, room, next;
	char *text;
	size_t text_size;
};

/* Ip* and IpExt* move with every packet and say nothing about a socket. */
static bool prefix_wanted(const char *prefix)
{
	static const char *const wanted[] = {"Tcp", "TcpExt", "MPTcpExt", "Udp", "UdpLite", "Icmp"};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strcmp(prefix, wanted[i]) == 0)
			return true;
	return false;
}

static struct counter_value *value_find(struct counters *counters, const char *name, bool *is_new)
{
	struct counter_value *larger;

	*is_new = false;
	for (size_t i = 0; i < counters->count; i++) {
		size_t at = (counters->next + i) % counters->count;

		if (strcmp(counters->values[at].name, name) == 0) {
			counters->next = at + 1;
			return &counters->values[at];
		}
	}
	if (counters->count == counters->room) {
		larger = reallocarray(counters->values, counters->room * 2 + 64, sizeof(*larger));
		if (larger == NULL)
			return NULL;
		counters->values = larger;
		counters->room = counters->room * 2 + 64;
	}
	*is_new = true;
	larger = &counters->values[counters->count++];
	memset(larger, 0, sizeof(*larger));
	snprintf(larger->name, sizeof(larger->name), "%s", name);
	return larger;
}

static int take_value(struct counters *counters, const char *name, int64_t value, int64_t t_ns,
	event_emit *emit, void *context)
{
	bool is_new;
	struct counter_value *entry = value_find(counters, name, &is_new);
	struct event event = {.t_ns = t_ns, .asked_ns = t_ns, .kind = EVENT_COUNTER};

	if (entry == NULL)
		return -1;
	if (is_new)
		entry->base = entry->last = value;
	if (emit != NULL && value != entry->last) {
		event.u.fact.text = entry->name;
		event.u.fact.count = value;
		/* Counters of the kernel are unsigned longs and wrap. */
		event.u.fact.delta = (int64_t)((uint64_t)value - (uint64_t)entry->last);
		emit(context, &event);
	}
	entry->last = value;
	return 0;
}

static int64_t number_of(const char *text)
{
	return *text == '-' ? strtoll(text, NULL, 10) : (int64_t)strtoull(text, NULL, 10);
}

/* "TcpExt: SyncookiesSent ListenOverflows" above "TcpExt: 0 3". */
static int take_pair(struct counters *counters, char *names, char *values, int64_t t_ns,
	event_emit *emit, void *context)
{
	char *names_rest, *values_rest, name[64];
	const char *prefix = strtok_r(names, ": ", &names_rest),
		   *value_prefix = strtok_r(values, ": ", &values_rest);

	if (prefix == NULL || value_prefix == NULL || strcmp(prefix, value_prefix) != 0 ||
		!prefix_wanted(prefix))
		return 0;
	for (;;) {
		const char *field = strtok_r(NULL, " ", &names_rest),
			   *value = strtok_r(NULL, " ", &values_rest);

		if (field == NULL || value == NULL)
			return 0;
		if ((size_t)snprintf(name, sizeof(name), "%s%s", prefix, field) >= sizeof(name))
			continue;
		if (take_value(counters, name, number_of(value), t_ns, emit, context) != 0)
			return -1;
	}
}

/* "Udp6InDatagrams                 	3"; Ip6* is left out as Ip* is. */
static int take_line(
	struct counters *counters, char *line, int64_t t_ns, event_emit *emit, void *context)
{
	char *rest;
	const char *name = strtok_r(line, " \t", &rest), *value = strtok_r(NULL, " \t", &rest);

	if (name == NULL || value == NULL ||
		(strncmp(name, "Udp", 3) != 0 && strncmp(name, "Icmp", 4) != 0) ||
		strlen(name) >= sizeof(counters->values->name))
		return 0;
	return take_value(counters, name, number_of(value), t_ns, emit, context);
}

static int read_text(struct counters *counters, int source, struct error *error)
{
	size_t used = 0;

	for (;;) {
		ssize_t n;

		if (counters->text_size - used < 4096) {
			char *larger =
				counters->text_size < TEXT_MAX
					? realloc(counters->text, counters->text_size * 2 + 8192)
					: NULL;

			if (larger == NULL)
				return error_set(error, "%s: out of memory", source_paths[source]);
			counters->text = larger;
			counters->text_size = counters->text_size * 2 + 8192;
		}
		n = pread(counters->fd[source], counters->text + used,
			counters->text_size - used - 1, (off_t)used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(error, "%s: %s", source_paths[source], strerror(errno));
		if (n == 0)
			break;
		used += (size_t)n;
	}
	counters->text[used] = '\0';
	return 0;
}

int counters_read(struct counters *counters, event_emit *emit, void *context, struct error *error)
{
	counters->next = 0;
	for (int source = 0; source < SOURCE_COUNT; source++) {
		char *names, *values, *rest;
		int64_t t_ns;
		bool pairs = source != SOURCE_SNMP6;

		if (counters->fd[source] < 0)
			continue;
		if (read_text(counters, source, error) != 0)
			return -1;
		t_ns = now_ns();
		names = strtok_r(counters->text, "\n", &rest);
		while (names != NULL &&
			(values = pairs ? strtok_r(NULL, "\n", &rest) : names) != NULL) {
			if (pairs ? take_pair(counters, names, values, t_ns, emit, context)
				  : take_line(counters, names, t_ns, emit, context))
				return error_set(error, "%s: out of memory", source_paths[source]);
			names = strtok_r(NULL, "\n", &rest);
		}
	}
	return 0;
}

struct counters *counters_new(struct error *error)
{
	struct counters *counters = calloc(1, sizeof(*counters));

	if (counters == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	for (int source = 0; source < SOURCE_COUNT; source++)
		counters->fd[source] = -1;
	for (int source = 0; source < SOURCE_COUNT; source++) {
		counters->fd[source] = open(source_paths[source], O_RDONLY | O_CLOEXEC);
		if (counters->fd[source] < 0 && source != SOURCE_SNMP6) {
			error_set(error, "%s: %s; is /proc mounted?", source_paths[source],
				strerror(errno));
			goto out;
		}
	}
	if (counters_read(counters, NULL, NULL, error) == 0)
		return counters;
out:
	counters_free(counters);
	return NULL;
}

void counters_free(struct counters *counters)
{
	if (counters == NULL)
		return;
	for (int source = 0; source < SOURCE_COUNT; source++)
		if (counters->fd[source] >= 0)
			close(counters->fd[source]);
	free(counters->values);
	free(counters->text);
	free(counters);
}

bool counters_value(const struct counters *counters, const char *name, int64_t *since_base)
{
	static const char *const prefixes[] = {"", "TcpExt", "Tcp", "Udp"};
	char full[64];

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if ((size_t)snprintf(full, sizeof(full), "%s%s", prefixes[i], name) >= sizeof(full))
			continue;
		for (size_t k = 0; k < counters->count; k++) {
			const struct counter_value *value = &counters->values[k];

			if (strcmp(value->name, full) == 0) {
				*since_base =
					(int64_t)((uint64_t)value->last - (uint64_t)value->base);
				return true;
			}
		}
	}
	return false;
}
