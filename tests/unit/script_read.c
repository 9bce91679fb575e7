/* Reads the scenarios of script.h. */
#include "script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double SECOND = 1e9;

static struct flow_key key_of(char local)
{
	struct flow_key key = {.family = AF_INET, .protocol = IPPROTO_TCP};
	int client = local == 'C' ? 0 : 1;

	memcpy(key.addr[client], (const uint8_t[]){10, 0, 0, 1}, 4);
	memcpy(key.addr[!client], (const uint8_t[]){10, 0, 0, 2}, 4);
	key.port_be[client] = htons(40000);
	key.port_be[!client] = htons(80);
	return key;
}

static struct flow_key listener_key(void)
{
	struct flow_key key = key_of('S');

	memset(key.addr[1], 0, sizeof(key.addr[1]));
	key.port_be[1] = 0;
	return key;
}

static void read_segment(struct event *event, char *words[], size_t count)
{
	static const struct {
		char letter;
		uint8_t flag;
	} letters[] = {
		{'S', TCP_SYN}, {'A', TCP_ACK}, {'F', TCP_FIN}, {'R', TCP_RST}, {'P', TCP_PSH}};
	struct segment *segment = &event->u.segment;

	event->kind = EVENT_SEGMENT;
	segment->kind = SEGMENT_TCP;
	segment->key = key_of(words[1][0]);
	if (words[1][2] == words[1][0]) {
		memcpy(segment->key.addr[1], segment->key.addr[0], 16);
		segment->key.port_be[1] = segment->key.port_be[0];
	}
	for (const char *flag = words[2]; *flag; flag++)
		for (size_t i = 0; i < 5; i++)
			if (letters[i].letter == *flag)
				segment->flags |= letters[i].flag;
	segment->seq = (uint32_t)strtoul(words[3], NULL, 10);
	segment->ack = (uint32_t)strtoul(words[4], NULL, 10);
	segment->window = 60000;
	segment->wscale = segment->flags & TCP_SYN ? 7 : -1;
	segment->hop_limit = 64;
	for (size_t i = 5; i < count; i++) {
		if (strcmp(words[i], "win") == 0)
			segment->window = (uint16_t)atoi(words[++i]);
		else if (strcmp(words[i], "len") == 0)
			segment->len = (uint32_t)strtoul(words[++i], NULL, 10);
		else if (strcmp(words[i], "ts") == 0) {
			segment->has_ts = true;
			segment->ts_val = (uint32_t)strtoul(words[++i], NULL, 10);
			segment->ts_ecr = (uint32_t)strtoul(words[++i], NULL, 10);
		} else if (strcmp(words[i], "hop") == 0)
			segment->hop_limit = (uint8_t)atoi(words[++i]);
		else if (strcmp(words[i], "unscaled") == 0)
			segment->wscale = -1;
		else if (strcmp(words[i], "tfo") == 0)
			segment->fast_open = true;
		else if (strcmp(words[i], "id") == 0)
			segment->ip_id = (uint16_t)atoi(words[++i]);
		else
			fail_msg("segment option %s?", words[i]);
	}
}

/* "listen QUEUE/BACKLOG" and what may follow. */
static void read_listen(struct sockrow *row, char **words, size_t count)
{
	row->key = listener_key();
	row->state = STATE_LISTEN;
	row->cookie = 9;
	row->inode = 99;
	if (sscanf(words[2], "%u/%u", &row->recv_q, &row->send_q) != 2)
		fail_msg("listen QUEUE/BACKLOG");
	for (size_t at = 3; at < count; at++) {
		if (strcmp(words[at], "v6only") == 0) {
			row->key.family = AF_INET6;
			memset(row->key.addr, 0, sizeof(row->key.addr));
			row->has_v6only = row->v6only = true;
		} else if (strcmp(words[at], "device") == 0) {
			row->interface = 7;
		} else if (strcmp(words[at], "elsewhere") == 0) {
			memcpy(row->key.addr[0], key_of('C').addr[0], sizeof(row->key.addr[0]));
		} else if (strcmp(words[at], "cookie") == 0) {
			row->cookie = strtoull(words[++at], NULL, 10);
		} else {
			fail_msg("listener option %s?", words[at]);
		}
	}
}

static void read_answer(struct event *event, char *words[], size_t count)
{
	struct sockrow *row = &event->u.diag.row;
	size_t i = 3;

	event->kind = EVENT_ROW;
	event->exact = true;
	event->asked_ns = event->t_ns - 5000;
	if (strcmp(words[1], "listen") == 0) {
		read_listen(row, words, count);
		event->exact = false;
		return;
	}
	if (strcmp(words[1], "freed") == 0) {
		event->kind = EVENT_DESTROYED;
		event->exact = false;
		row->cookie = words[2][0] == 'C'   ? 100
			      : words[2][0] == 'S' ? 200
			      : words[2][0] == 'L' ? 9
						   : strtoull(words[2], NULL, 10);
		if (count > 3)
			row->key = key_of(words[3][0]);
		return;
	}
	if (strcmp(words[1], "unlistened") == 0) {
		event->kind = EVENT_ABSENT;
		row->key = listener_key();
		row->interface = count > 2 && strcmp(words[2], "device") == 0 ? 7 : 0;
		return;
	}
	row->key = key_of(words[2][0]);
	row->cookie = words[2][0] == 'C' ? 100 : 200;
	if (strcmp(words[1], "row") == 0) {
		row->state = (uint8_t)state_from_name(words[3], strlen(words[3]));
		assert_int_not_equal(row->state, STATE_MAX);
		row->inode =
			row->state == STATE_TIME_WAIT || row->state == STATE_SYN_RECV ? 0 : 1000;
		row->request = row->state == STATE_SYN_RECV;
		i = 4;
	} else {
		event->kind = EVENT_ABSENT;
		row->cookie = 0;
	}
	for (; i < count; i++) {
		if (strcmp(words[i], "asked") == 0)
			event->asked_ns = START_NS + (int64_t)(strtod(words[++i], NULL) * SECOND);
		else if (strcmp(words[i], "unread") == 0)
			row->recv_q = (uint32_t)strtoul(words[++i], NULL, 10);
		else if (strcmp(words[i], "cookie") == 0)
			row->cookie = strtoull(words[++i], NULL, 10);
		else if (strcmp(words[i], "timer") == 0) {
			row->timer = (uint8_t)atoi(words[++i]);
			row->expires_ms = (uint32_t)atoi(words[++i]);
		} else if (strcmp(words[i], "retrans") == 0)
			row->retrans = (uint8_t)atoi(words[++i]);
		else if (strcmp(words[i], "mini") == 0) {
			row->mini = true;
			row->inode = 0;
		} else if (strcmp(words[i], "unaccepted") == 0)
			row->inode = 0;
		else if (strcmp(words[i], "device") == 0)
			row->interface = 7;
		else if (strcmp(words[i], "dump") == 0)
			event->exact = false;
		else if (strcmp(words[i], "full") == 0)
			row->request = false;
		else if (strcmp(words[i], "listener") == 0) {
			event->u.diag.other = true;
			event->u.diag.found.key = listener_key();
			event->u.diag.found.state = STATE_LISTEN;
			event->u.diag.found.cookie = 9;
			event->u.diag.found.send_q = 1;
		} else if (strcmp(words[i], "queue") == 0)
			event->u.diag.found.recv_q = (uint32_t)strtoul(words[++i], NULL, 10);
		else
			fail_msg("answer option %s?", words[i]);
	}
}

static void read_call(struct event *event, char *words[], size_t count)
{
	struct call *call = &event->u.call;

	event->kind = EVENT_CALL;
	*call = (struct call){.entered_ns = event->t_ns - 50000,
		.returned_ns = event->t_ns,
		.what = (uint8_t)call_number(words[2]),
		.cookie = strtoull(words[3], NULL, 10),
		.pid = 7,
		.program = "server",
		.arguments = "",
		.last = true};
	if (call->what == CALLED_CLOSE || call->what == CALLED_EXIT)
		call->effect = CALL_CLOSES;
	for (size_t i = 4; i < count; i++) {
		if (strcmp(words[i], "shared") == 0)
			call->last = false;
		else if (strcmp(words[i], "busy") == 0)
			call->busy = true;
		else if (strcmp(words[i], "SHUT_RD") == 0)
			call->arguments = "SHUT_RD";
		else if (strcmp(words[i], "since") == 0)
			call->entered_ns = START_NS + (int64_t)(strtod(words[++i], NULL) * SECOND);
		else if (strcmp(words[i], "refused") == 0)
			call->error = ECONNREFUSED;
		else
			fail_msg("call option %s?", words[i]);
	}
}

static void read_line(struct event *event, const char *line, uint64_t number)
{
	char copy[160], *words[24], *rest = copy;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strsep(&rest, " "); word != NULL && count < 24; word = strsep(&rest, " "))
		if (*word)
			words[count++] = word;
	*event = (struct event){.t_ns = START_NS + (int64_t)(strtod(words[0], NULL) * SECOND + 0.5),
		.number = number};
	if (words[1][1] == '>') {
		read_segment(event, words, count);
	} else if (strcmp(words[1], "row") == 0 || strcmp(words[1], "absent") == 0 ||
		   strcmp(words[1], "listen") == 0 || strcmp(words[1], "unlistened") == 0 ||
		   strcmp(words[1], "freed") == 0) {
		read_answer(event, words, count);
	} else if (strcmp(words[1], "icmp") == 0) {
		event->kind = EVENT_SEGMENT;
		event->u.segment = (struct segment){.kind = SEGMENT_ICMP,
			.key = key_of(words[2][0]),
			.icmp_family = AF_INET,
			.icmp_type = (uint8_t)atoi(words[3]),
			.icmp_code = (uint8_t)atoi(words[4]),
			.seq = (uint32_t)strtoul(words[5], NULL, 10)};
	} else if (strcmp(words[1], "address") == 0) {
		event->kind = EVENT_ADDRESS;
		event->u.fact.family = AF_INET;
		memcpy(event->u.fact.addr, key_of(words[2][0]).addr[0], 16);
	} else if (strcmp(words[1], "dump-end") == 0) {
		event->kind = EVENT_DUMP_END;
		event->asked_ns = event->t_ns - 1000;
		event->one_request = count > 2 && strcmp(words[2], "one-request") == 0;
	} else if (strcmp(words[1], "call") == 0) {
		read_call(event, words, count);
	} else if (strcmp(words[1], "exited") == 0) {
		event->kind = EVENT_EXIT;
		event->u.exit = (struct exit){.pid = 7, .program = "server", .known = true};
	} else if (strcmp(words[1], "tick") == 0) {
		event->kind = EVENT_TICK;
	} else if (strcmp(words[1], "gap") == 0) {
		event->kind = EVENT_GAP;
		event->u.fact.count = 1;
	} else {
		fail_msg("line \"%s\"?", line);
	}
}

void script_read(struct script *script, const char *const *lines)
{
	memset(script, 0, sizeof(*script));
	for (; *lines != NULL; lines++) {
		assert_true(script->count < SCRIPT_EVENTS_MAX);
		read_line(&script->event[script->count], *lines, script->count + 1);
		script->count++;
	}
}
