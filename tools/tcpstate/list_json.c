/* `list --json`: an array of objects, one a line, each written as soon as it is known. */
#include "list.h"

#include <jansson.h>
#include <netinet/in.h>
#include <string.h>

#include "tcpstate/prose.h"

/* A program may give itself any bytes as a name; JSON wants UTF-8. */
static json_t *name_json(const char *name)
{
	json_t *value = json_string(name);
	char plain[sizeof(((struct owner *)0)->program)];
	size_t i;

	if (value != NULL)
		return value;
	for (i = 0; i < sizeof(plain) - 1 && name[i] != '\0'; i++)
		plain[i] = (char)((unsigned char)name[i] < 0x80 ? name[i] : '?');
	plain[i] = '\0';
	return json_string(plain);
}

static void set_integer(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void set_owners(json_t *object, const struct list_entry *entry)
{
	json_t *owners = json_array();

	json_object_set_new(object, "pid",
		entry->owner_count > 0 ? json_integer(entry->owners[0].pid) : json_null());
	json_object_set_new(object, "program",
		entry->owner_count > 0 ? name_json(entry->owners[0].program) : json_null());
	for (size_t i = 0; i < entry->owner_count; i++) {
		json_t *owner = json_object();

		set_integer(owner, "pid", entry->owners[i].pid);
		json_object_set_new(owner, "program", name_json(entry->owners[i].program));
		json_array_append_new(owners, owner);
	}
	json_object_set_new(object, "owners", owners);
}

static void set_special(json_t *object, const struct sockrow *row)
{
	json_object_set_new(object, "request", json_boolean(row->request));
	json_object_set_new(object, "mini", json_boolean(row->mini));
	json_object_set_new(object, "orphan", json_boolean(sockrow_orphan(row)));
	json_object_set_new(object, "unaccepted", json_boolean(sockrow_unaccepted(row)));
	set_integer(object, "shutdown", row->shutdown);
	if (row->mapped)
		json_object_set_new(object, "mapped", json_true());
	if (row->has_v6only)
		json_object_set_new(object, "v6only", json_boolean(row->v6only));
	if (row->interface_name[0] != '\0')
		json_object_set_new(object, "interface", name_json(row->interface_name));
	if (row->key.protocol == IPPROTO_UDP && row->has_mem) {
		set_integer(object, "rmem", row->rmem);
		set_integer(object, "rcvbuf", row->rcvbuf);
		set_integer(object, "drops", row->drops);
	}
}

static json_t *entry_json(const struct list_entry *entry, bool processes)
{
	const struct sockrow *row = &entry->row;
	char end[FLOW_END_TEXT];
	json_t *object = json_object();

	json_object_set_new(
		object, "protocol", json_string(row->key.protocol == IPPROTO_UDP ? "udp" : "tcp"));
	json_object_set_new(object, "state", json_string(prose_socket_state(row)));
	json_object_set_new(object, "local", json_string(flow_end_text(&row->key, 0, end)));
	json_object_set_new(object, "remote", json_string(flow_end_text(&row->key, 1, end)));
	set_integer(object, "recv_q", row->recv_q);
	set_integer(object, "send_q", row->send_q);
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_LISTEN) {
		set_integer(object, "backlog", row->send_q);
		if (entry->half_open >= 0)
			set_integer(object, "syn_recv", (uint64_t)entry->half_open);
		if (entry->sharers > 1)
			set_integer(object, "syn_recv_shared_by", entry->sharers);
	}
	json_object_set_new(object, "timer", json_string(prose_timer_word(row->timer)));
	set_integer(object, "timer_ms", row->expires_ms);
	set_integer(object, "retrans", row->retrans);
	set_integer(object, "uid", row->uid);
	set_integer(object, "inode", row->inode);
	set_integer(object, "cookie", row->cookie);
	set_special(object, row);
	if (processes)
		set_owners(object, entry);
	return object;
}

int list_json_add(struct list_json *json, const struct list_entry *entry)
{
	json_t *object = entry_json(entry, json->processes);
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (text == NULL)
		return -1;
	fprintf(json->out, "%s%s", json->count++ == 0 ? "[\n" : ",\n", text);
	free(text);
	return 0;
}

void list_json_end(struct list_json *json)
{
	fputs(json->count == 0 ? "[]\n" : "\n]\n", json->out);
}
