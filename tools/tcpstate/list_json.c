/* `list --json`: an object whose sockets are one a line, each written as soon as it is known. The
 * writer is plain: numbers, words of our own, and names, which alone may hold anything. */
#include "list.h"

#include <inttypes.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"

/* A line is put together here: of its many short pieces stdio would make as many calls. */
static void put(struct list_json *json, const char *text, size_t length)
{
	if (json->used + length > sizeof(json->line)) {
		fwrite_unlocked(json->line, 1, json->used, json->out);
		json->used = 0;
	}
	if (length > sizeof(json->line)) {
		fwrite_unlocked(text, 1, length, json->out);
		return;
	}
	memcpy(json->line + json->used, text, length);
	json->used += length;
}

static void flush(struct list_json *json)
{
	fwrite_unlocked(json->line, 1, json->used, json->out);
	json->used = 0;
}

/* A literal, whose length the compiler knows. */
#define PUT(json, literal) put(json, literal, sizeof(literal) - 1)

static void put_digits(struct list_json *json, uint64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put(json, digits + at, sizeof(digits) - at);
}

static void put_quoted(struct list_json *json, const char *word)
{
	PUT(json, "\"");
	put(json, word, strlen(word));
	PUT(json, "\"");
}

/* A member: its name is a literal. */
#define PUT_NAME(json, name) PUT(json, ",\"" name "\":")
#define PUT_NUMBER(json, name, value) (PUT_NAME(json, name), put_digits(json, value))
#define PUT_WORD(json, name, word) (PUT_NAME(json, name), put_quoted(json, word))
#define PUT_BOOL(json, name, value)                                                                \
	((value) ? PUT(json, ",\"" name "\":true") : PUT(json, ",\"" name "\":false"))

/* A program may give itself any bytes as a name; JSON wants UTF-8. */
static void put_text(struct list_json *json, const char *text)
{
	char *safe = escape_new(text);
	json_t *value = json_string(safe != NULL ? safe : "");
	char *quoted = json_dumps(value, JSON_ENCODE_ANY);

	put(json, quoted != NULL ? quoted : "\"\"", quoted != NULL ? strlen(quoted) : 2);
	free(quoted);
	json_decref(value);
	free(safe);
}

/* The same process holds many sockets: its name is put into words once. */
static void put_program(struct list_json *json, const struct list_process *owner)
{
	if (json->named != owner) {
		size_t begun;

		flush(json);
		begun = json->used;
		put_text(json, owner->program);
		json->name_length = json->used - begun;
		if (json->name_length > sizeof(json->name))
			return;
		memcpy(json->name, json->line + begun, json->name_length);
		json->named = owner;
		return;
	}
	put(json, json->name, json->name_length);
}

static void put_owners(struct list_json *json, const struct list_entry *entry)
{
	const char *unit;

	if (entry->owner_count == 0) {
		PUT(json, ",\"pid\":null,\"program\":null,\"owners\":[]");
		return;
	}
	PUT_NUMBER(json, "pid", list_owner(entry, 0)->pid);
	PUT_NAME(json, "program");
	put_program(json, list_owner(entry, 0));
	unit = list_unit_of(list_owner(entry, 0)->pid);
	if (*unit != '\0') {
		PUT_NAME(json, "unit");
		put_text(json, unit);
	}
	PUT_NAME(json, "owners");
	for (size_t i = 0; i < entry->owner_count; i++) {
		if (i == 0)
			PUT(json, "[");
		else
			PUT(json, ",");
		PUT(json, "{\"pid\":");
		put_digits(json, list_owner(entry, i)->pid);
		PUT_NAME(json, "program");
		put_program(json, list_owner(entry, i));
		PUT(json, "}");
	}
	PUT(json, "]");
}

static void put_special(struct list_json *json, const struct sockrow *row)
{
	PUT_BOOL(json, "request", row->request);
	PUT_BOOL(json, "mini", row->mini);
	PUT_BOOL(json, "orphan", sockrow_orphan(row));
	PUT_BOOL(json, "unaccepted", sockrow_unaccepted(row));
	PUT_NUMBER(json, "shutdown", row->shutdown);
	if (row->mapped)
		PUT_BOOL(json, "mapped", true);
	if (row->has_v6only)
		PUT_BOOL(json, "v6only", row->v6only);
	if (row->interface_name[0] != '\0') {
		PUT_NAME(json, "interface");
		put_text(json, row->interface_name);
	}
	if (row->key.protocol == IPPROTO_UDP && row->has_mem) {
		PUT_NUMBER(json, "rmem", row->rmem);
		PUT_NUMBER(json, "rcvbuf", row->rcvbuf);
		PUT_NUMBER(json, "drops", row->drops);
	}
}

static void put_info(struct list_json *json, const struct sockrow *row)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {{"rtt_us", row->rtt_us}, {"min_rtt_us", row->min_rtt_us},
		{"rto_us", row->rto_us}, {"cwnd", row->snd_cwnd}, {"unacked", row->unacked},
		{"retransmitted", row->retransmits_total}, {"lost", row->lost},
		{"last_data_sent_ms", row->last_data_sent_ms},
		{"last_data_received_ms", row->last_data_recv_ms},
		{"last_ack_received_ms", row->last_ack_recv_ms}, {"bytes_sent", row->bytes_sent},
		{"bytes_received", row->bytes_received}, {"delivery_rate", row->delivery_rate}};

	if (!row->has_info)
		return;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		PUT(json, ",\"");
		put(json, numbers[i].name, strlen(numbers[i].name));
		PUT(json, "\":");
		put_digits(json, numbers[i].value);
	}
}

void list_json_add(struct list_json *json, const struct list_entry *entry)
{
	const struct sockrow *row = &entry->row;
	char end[FLOW_END_TEXT];

	if (json->count++ == 0)
		PUT(json, "{\"schema\":1,\"sockets\":[\n");
	else
		PUT(json, ",\n");
	if (row->key.protocol == IPPROTO_UDP)
		PUT(json, "{\"protocol\":\"udp\"");
	else
		PUT(json, "{\"protocol\":\"tcp\"");
	PUT_WORD(json, "state", prose_socket_state(row));
	PUT_WORD(json, "local", flow_end_text(&row->key, 0, end));
	PUT_WORD(json, "remote", flow_end_text(&row->key, 1, end));
	PUT_NUMBER(json, "recv_q", row->recv_q);
	PUT_NUMBER(json, "send_q", row->send_q);
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_LISTEN) {
		PUT_NUMBER(json, "backlog", row->send_q);
		if (entry->half_open >= 0)
			PUT_NUMBER(json, "syn_recv", (uint64_t)entry->half_open);
		if (entry->sharers > 1)
			PUT_NUMBER(json, "syn_recv_shared_by", entry->sharers);
	}
	PUT_WORD(json, "timer", prose_timer_word(row->timer));
	PUT_NUMBER(json, "timer_ms", row->expires_ms);
	PUT_NUMBER(json, "retrans", row->retrans);
	PUT_NUMBER(json, "uid", row->uid);
	PUT_NUMBER(json, "inode", row->inode);
	PUT_NUMBER(json, "cookie", row->cookie);
	put_special(json, row);
	if (json->options->info)
		put_info(json, row);
	if (json->options->processes)
		put_owners(json, entry);
	PUT(json, "}");
}

void list_json_end(struct list_json *json)
{
	flush(json);
	fputs(json->count == 0 ? "{\"schema\":1,\"sockets\":[]}\n" : "\n]}\n", json->out);
}
