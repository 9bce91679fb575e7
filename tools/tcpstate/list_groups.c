/* `list --group-by`: how many sockets of each state a process, a peer or a port has; most first. */
#include "list.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/hash.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"
#include "tcpstate/columns.h"
#include "tcpstate/lang.h"

struct list_count {
	char name[160];
	uint64_t states[STATE_MAX], udp, total;
};

/* What the socket is counted under. */
static void group_name(int by, const struct list_entry *entry, char *name, size_t size)
{
	const struct sockrow *row = &entry->row;
	char text[FLOW_END_TEXT];

	switch (by) {
	case GROUP_PROCESS:
		if (entry->owner_count == 0) {
			snprintf(name, size, "-");
			return;
		}
		snprintf(name, size, "%s", list_owner(entry, 0)->text);
		return;
	case GROUP_PEER:
		flow_end_text(&row->key, 1, text);
		if (row->key.port_be[1] != 0)
			*strrchr(text, ':') = '\0';
		snprintf(name, size, "%s", text);
		return;
	case GROUP_PORT: /* a connection that was opened here is known by its peer's port */
		snprintf(name, size, ":%u", ntohs(row->key.port_be[0]));
		return;
	default:
		snprintf(name, size, "%s", prose_socket_state(row));
	}
}

int list_groups_add(struct list_groups *groups, const struct list_entry *entry)
{
	struct list_count *count;
	char name[sizeof(count->name)];
	size_t at = 0;

	group_name(groups->by, entry, name, sizeof(name));
	if (groups->count * 2 >= groups->room) { /* open addressing */
		struct list_groups larger = {.room = groups->room == 0 ? 64 : 2 * groups->room};

		larger.counts = calloc(larger.room, sizeof(*larger.counts));
		if (larger.counts == NULL)
			return -1;
		for (size_t i = 0; i < groups->room; i++) {
			if (groups->counts[i].total == 0)
				continue;
			at = hash_bytes(groups->counts[i].name, strlen(groups->counts[i].name), 0);
			while (larger.counts[at & (larger.room - 1)].total != 0)
				at++;
			larger.counts[at & (larger.room - 1)] = groups->counts[i];
		}
		free(groups->counts);
		groups->counts = larger.counts;
		groups->room = larger.room;
	}
	at = hash_bytes(name, strlen(name), 0);
	for (count = &groups->counts[at & (groups->room - 1)];
		count->total != 0 && strcmp(count->name, name) != 0;
		count = &groups->counts[at & (groups->room - 1)])
		at++;
	if (count->total++ == 0) {
		memcpy(count->name, name, sizeof(name));
		groups->count++;
	}
	if (entry->row.key.protocol == IPPROTO_UDP)
		count->udp++;
	else
		count->states[entry->row.state]++;
	return 0;
}

static int count_compare(const void *left, const void *right)
{
	const struct list_count *a = left, *b = right;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->name, b->name);
}

void list_groups_print(struct list_groups *groups, FILE *out)
{
	static const char *const titles[GROUP_MAX] = {
		"", N_("PROCESS"), N_("PEER"), N_("STATE"), N_("PORT")};
	const char *title = *titles[groups->by] != '\0' ? _(titles[groups->by]) : "";
	size_t column = columns_of(title);

	if (groups->room > 0)
		qsort(groups->counts, groups->room, sizeof(*groups->counts), count_compare);
	for (size_t i = 0; i < groups->count; i++)
		if (strlen(groups->counts[i].name) > column)
			column = strlen(groups->counts[i].name);
	fprintf(out, "%s %s\n", _("SOCKETS"), title);
	for (size_t i = 0; i < groups->count; i++) {
		const struct list_count *count = &groups->counts[i];
		const char *between = "  ";

		fprintf(out, "%7" PRIu64 " %-*s", count->total,
			groups->by == GROUP_STATE ? 0 : (int)column, count->name);
		for (unsigned s = 0; groups->by != GROUP_STATE && s < STATE_MAX; s++) {
			if (count->states[s] == 0)
				continue;
			fprintf(out, "%s%" PRIu64 " %s", between, count->states[s], state_name(s));
			between = ", ";
		}
		if (groups->by != GROUP_STATE && count->udp > 0)
			fprintf(out, "%s%" PRIu64 " UDP", between, count->udp);
		putc('\n', out);
	}
}

void list_groups_free(struct list_groups *groups)
{
	free(groups->counts);
	groups->counts = NULL;
}
