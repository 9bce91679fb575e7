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

static void put_key(FILE *out, const char *name)
{
	fputs_unlocked(",\"", out);
	fputs_unlocked(name, out);
	fputs_unlocked("\":", out);
}

static void put_number(FILE *out, const char *name, uint64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);

	put_key(out, name);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, out);
}

static void put_word(FILE *out, const char *name, const char *word)
{
	put_key(out, name);
	putc_unlocked('"', out);
	fputs_unlocked(word, out);
	putc_unlocked('"', out);
}

static void put_bool(FILE *out, const char *name, bool value)
{
	put_key(out, name);
	fputs_unlocked(value ? "true" : "false", out);
}

/* A program may give itself any bytes as a name; JSON wants UTF-8. */
static void put_text(FILE *out, const char *text)
{
	char *safe = escape_new(text);
	json_t *value = json_string(safe != NULL ? safe : "");
	char *quoted = json_dumps(value, JSON_ENCODE_ANY);

	fputs_unlocked(quoted != NULL ? quoted : "\"\"", out);
	free(quoted);
	json_decref(value);
	free(safe);
}

static void put_owners(FILE *out, const struct list_entry *entry)
{
	const char *unit;

	if (entry->owner_count == 0) {
		fputs_unlocked(",\"pid\":null,\"program\":null,\"owners\":[]", out);
		return;
	}
	put_number(out, "pid", entry->owners[0].pid);
	put_key(out, "program");
	put_text(out, entry->owners[0].program);
	unit = list_unit_of(entry->owners[0].pid);
	if (*unit != '\0') {
		put_key(out, "unit");
		put_text(out, unit);
	}
	put_key(out, "owners");
	for (size_t i = 0; i < entry->owner_count; i++) {
		fprintf(out, "%s{\"pid\":%" PRIu32 ",\"program\":", i == 0 ? "[" : ",",
			entry->owners[i].pid);
		put_text(out, entry->owners[i].program);
		putc_unlocked('}', out);
	}
	putc_unlocked(']', out);
}

static void put_special(FILE *out, const struct sockrow *row)
{
	put_bool(out, "request", row->request);
	put_bool(out, "mini", row->mini);
	put_bool(out, "orphan", sockrow_orphan(row));
	put_bool(out, "unaccepted", sockrow_unaccepted(row));
	put_number(out, "shutdown", row->shutdown);
	if (row->mapped)
		put_bool(out, "mapped", true);
	if (row->has_v6only)
		put_bool(out, "v6only", row->v6only);
	if (row->interface_name[0] != '\0') {
		put_key(out, "interface");
		put_text(out, row->interface_name);
	}
	if (row->key.protocol == IPPROTO_UDP && row->has_mem) {
		put_number(out, "rmem", row->rmem);
		put_number(out, "rcvbuf", row->rcvbuf);
		put_number(out, "drops", row->drops);
	}
}

static void put_info(FILE *out, const struct sockrow *row)
{
	if (!row->has_info)
		return;
	put_number(out, "rtt_us", row->rtt_us);
	put_number(out, "min_rtt_us", row->min_rtt_us);
	put_number(out, "rto_us", row->rto_us);
	put_number(out, "cwnd", row->snd_cwnd);
	put_number(out, "unacked", row->unacked);
	put_number(out, "retransmitted", row->retransmits_total);
	put_number(out, "lost", row->lost);
	put_number(out, "last_data_sent_ms", row->last_data_sent_ms);
	put_number(out, "last_data_received_ms", row->last_data_recv_ms);
	put_number(out, "last_ack_received_ms", row->last_ack_recv_ms);
	put_number(out, "bytes_sent", row->bytes_sent);
	put_number(out, "bytes_received", row->bytes_received);
	put_number(out, "delivery_rate", row->delivery_rate);
}

void list_json_add(struct list_json *json, const struct list_entry *entry)
{
	const struct sockrow *row = &entry->row;
	char end[FLOW_END_TEXT];
	FILE *out = json->out;

	fputs_unlocked(json->count++ == 0 ? "{\"schema\":1,\"sockets\":[\n" : ",\n", out);
	fputs_unlocked(row->key.protocol == IPPROTO_UDP ? "{\"protocol\":\"udp\""
							: "{\"protocol\":\"tcp\"",
		out);
	put_word(out, "state", prose_socket_state(row));
	put_word(out, "local", flow_end_text(&row->key, 0, end));
	put_word(out, "remote", flow_end_text(&row->key, 1, end));
	put_number(out, "recv_q", row->recv_q);
	put_number(out, "send_q", row->send_q);
	if (row->key.protocol == IPPROTO_TCP && row->state == STATE_LISTEN) {
		put_number(out, "backlog", row->send_q);
		if (entry->half_open >= 0)
			put_number(out, "syn_recv", (uint64_t)entry->half_open);
		if (entry->sharers > 1)
			put_number(out, "syn_recv_shared_by", entry->sharers);
	}
	put_word(out, "timer", prose_timer_word(row->timer));
	put_number(out, "timer_ms", row->expires_ms);
	put_number(out, "retrans", row->retrans);
	put_number(out, "uid", row->uid);
	put_number(out, "inode", row->inode);
	put_number(out, "cookie", row->cookie);
	put_special(out, row);
	if (json->options->info)
		put_info(out, row);
	if (json->options->processes)
		put_owners(out, entry);
	putc_unlocked('}', out);
}

void list_json_end(struct list_json *json)
{
	fputs(json->count == 0 ? "{\"schema\":1,\"sockets\":[]}\n" : "\n]}\n", json->out);
}
