/* `list` for people: protocol, state, both ends, Recv-Q and Send-Q as netstat has them, then in
 * words what is special. Where the words do not fit behind, they stand below, folded between words,
 * so that no line is wider than the terminal. */
#include "list.h"

#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/columns.h"
#include "tcpstate/escape.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "terminal.h"

enum {
	SCREENFUL = 512, /* rows that are kept, sorted and measured */
	WORDS = 1024,
	END_TEXT = NI_MAXHOST + NI_MAXSERV + 2,
	STATE_WIDTH = 11,
	BELOW = 6 /* where words stand that do not fit behind */
};

void list_text_free(struct list_text *text)
{
	free(text->entries);
	text->entries = NULL;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_end(const struct sockrow *a, const struct sockrow *b, int end)
{
	int order = memcmp(a->key.addr[end], b->key.addr[end], sizeof(a->key.addr[end]));

	return order != 0 ? order
			  : (int)ntohs(a->key.port_be[end]) - (int)ntohs(b->key.port_be[end]);
}

/* A server stands above its connections. */
static int compare_usual(const struct sockrow *a, const struct sockrow *b)
{
	int order = (int)a->key.protocol - (int)b->key.protocol;

	if (order == 0)
		order = (b->state == STATE_LISTEN) - (a->state == STATE_LISTEN);
	if (order == 0)
		order = (int)ntohs(a->key.port_be[0]) - (int)ntohs(b->key.port_be[0]);
	if (order == 0)
		order = (int)ntohs(a->key.port_be[1]) - (int)ntohs(b->key.port_be[1]);
	if (order == 0)
		order = memcmp(a->key.addr, b->key.addr, sizeof(a->key.addr));
	return order != 0 ? order : compare_numbers(a->cookie, b->cookie);
}

int list_entry_compare(const struct list_entry *left, const struct list_entry *right, int sort)
{
	const struct sockrow *a = &left->row, *b = &right->row;
	int order = 0;

	switch (sort) {
	case SORT_STATE:
		order = strcmp(prose_socket_state(a), prose_socket_state(b));
		break;
	case SORT_LOCAL:
	case SORT_REMOTE:
		order = compare_end(a, b, sort == SORT_REMOTE);
		break;
	case SORT_RECV_Q:
		order = compare_numbers(b->recv_q, a->recv_q);
		break;
	case SORT_SEND_Q:
		order = compare_numbers(b->send_q, a->send_q);
		break;
	default:
		break;
	}
	return order != 0 ? order : compare_usual(a, b);
}

static int by_options(const void *left, const void *right, void *options)
{
	return list_entry_compare(left, right, ((const struct list_options *)options)->sort);
}

/* ---- the ends ---- */

static void end_names(const struct flow_key *key, int end, char *buffer, size_t size)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = key->port_be[end]};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
		.sin6_port = key->port_be[end],
		.sin6_scope_id = key->zone};
	bool four = key->family == AF_INET;
	char host[NI_MAXHOST], safe[NI_MAXHOST], service[NI_MAXSERV];

	memcpy(&in.sin_addr, key->addr[end], sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, key->addr[end], sizeof(in6.sin6_addr));
	if (getnameinfo(four ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
		    four ? sizeof(in) : sizeof(in6), host, sizeof(host), service, sizeof(service),
		    key->protocol == IPPROTO_UDP ? NI_DGRAM : 0) != 0) {
		flow_end_text(key, end, buffer);
		return;
	}
	/* a name server answers whatever it likes */
	escape_text(safe, sizeof(safe), host, strlen(host));
	snprintf(buffer, size, strchr(safe, ':') != NULL ? "[%s]:%s" : "%s:%s", safe, service);
}

static size_t end_text(
	const struct list_text *text, const struct flow_key *key, int end, char buffer[END_TEXT])
{
	static const uint8_t wildcard[16];

	if (text->options->resolve && memcmp(key->addr[end], wildcard, sizeof(wildcard)) != 0)
		end_names(key, end, buffer, END_TEXT);
	else
		flow_end_text(key, end, buffer);
	return strlen(buffer);
}

/* ---- the words ---- */

/* What needs attention stands out: a full accept queue and a forgotten close() in red. */
static const char *colour_of(const struct sockrow *row)
{
	switch (row->state) {
	case STATE_LISTEN:
		return row->recv_q > row->send_q ? "31" : "34";
	case STATE_ESTABLISHED:
		return "32";
	case STATE_CLOSE_WAIT:
		return "31";
	case STATE_TIME_WAIT:
	case STATE_CLOSED:
		return "2";
	default:
		return "33";
	}
}

struct words {
	size_t used;
	char text[WORDS];
};

/* Put together with "; " between; nothing is added for "". */
static void add(struct words *words, const char *more)
{
	size_t length = strlen(more);

	if (length == 0 || words->used + 2 + length >= WORDS)
		return;
	if (words->used > 0) {
		memcpy(words->text + words->used, "; ", 2);
		words->used += 2;
	}
	memcpy(words->text + words->used, more, length + 1);
	words->used += length;
}

static void add_identity(struct words *words, const struct sockrow *row)
{
	char text[96];

	/* the kernel says uid 0 of a socket without a descriptor */
	if (row->inode != 0)
		snprintf(text, sizeof(text), "uid %" PRIu32 ", inode %" PRIu32 ", cookie %" PRIu64,
			row->uid, row->inode, row->cookie);
	else
		snprintf(text, sizeof(text), "cookie %" PRIu64, row->cookie);
	add(words, text);
}

static void add_owners(struct words *words, const struct list_entry *entry)
{
	char owners[WORDS / 2], text[WORDS / 2 + 160];
	const char *unit = entry->owner_count > 0 ? list_unit_of(list_owner(entry, 0)->pid) : "";

	list_owners_text(entry, owners, sizeof(owners));
	if (*unit == '\0') {
		add(words, owners);
		return;
	}
	snprintf(text, sizeof(text), "%s (%s)", owners, unit);
	add(words, text);
}

static void words_fill(
	const struct list_text *text, const struct list_entry *entry, struct words *words)
{
	const struct sockrow *row = &entry->row;
	char part[WORDS / 2], owners[WORDS / 4];

	words->used = 0;
	words->text[0] = '\0';
	add(words, prose_queues(row, entry->half_open, part, sizeof(part)));
	add(words, prose_timer(row, part, sizeof(part)));
	add(words, prose_socket_notes(row, part, sizeof(part)));
	if (entry->sharers > 1) {
		snprintf(part, sizeof(part), _("one of %u listeners that share the half-open ones"),
			entry->sharers);
		add(words, part);
	}
	list_owners_text(entry, owners, sizeof(owners));
	prose_socket_waits(row, entry->peer_closed_ms, owners, part, sizeof(part));
	add(words, part);
	/* a sentence that names who is waited for has said who it is */
	if (entry->owner_count > 0 && (*part == '\0' || strstr(part, owners) == NULL))
		add_owners(words, entry);
	if (text->options->info)
		add(words, prose_socket_info(row, part, sizeof(part)));
	if (text->options->extended)
		add_identity(words, row);
}

/* ---- the table ---- */

static void pad(FILE *out, size_t count)
{
	while (count-- > 0)
		putc_unlocked(' ', out);
}

static void cell(FILE *out, const char *cell_text, size_t length, size_t width)
{
	fwrite_unlocked(cell_text, 1, length, out);
	pad(out, (length < width ? width - length : 0) + 1);
}

static void number(FILE *out, uint32_t value)
{
	char digits[12];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	pad(out, sizeof(digits) - at < 6 ? 6 - (sizeof(digits) - at) : 0);
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, out);
}

/* A title and blanks up to the width of its column. */
static void title_print(FILE *out, const char *title, size_t width)
{
	size_t columns = columns_of(title);

	fputs(title, out);
	pad(out, (columns < width ? width - columns : 0) + 1);
}

static void header_print(const struct list_text *text)
{
	title_print(text->out, _("PROTO"), 5);
	title_print(text->out, _("STATE"), STATE_WIDTH);
	title_print(text->out, _("LOCAL"), text->columns[0]);
	title_print(text->out, _("REMOTE"), text->columns[1]);
	fputs("Recv-Q Send-Q\n", text->out);
}

static void row_print(const struct list_text *text, const struct list_entry *entry)
{
	const struct sockrow *row = &entry->row;
	const char *state = prose_socket_state(row);
	size_t used = 6 + STATE_WIDTH + 1 + 13, length;
	char end[END_TEXT];
	struct words words;

	fputs_unlocked(row->key.protocol == IPPROTO_UDP ? "udp   " : "tcp   ", text->out);
	if (text->colour)
		fprintf(text->out, "\033[%sm", colour_of(row));
	fputs_unlocked(state, text->out);
	if (text->colour)
		fputs_unlocked("\033[0m", text->out);
	length = strlen(state);
	pad(text->out, (length < STATE_WIDTH ? STATE_WIDTH - length : 0) + 1);
	for (int i = 0; i < 2; i++) {
		length = end_text(text, &row->key, i, end);
		cell(text->out, end, length, text->columns[i]);
		used += (length > text->columns[i] ? length : text->columns[i]) + 1;
	}
	number(text->out, row->recv_q);
	putc_unlocked(' ', text->out);
	number(text->out, row->send_q);
	words_fill(text, entry, &words);
	if (words.used > 0 &&
		(text->width == 0 || used + 2 + columns_of(words.text) <= text->width)) {
		fputs_unlocked("  ", text->out);
		fputs_unlocked(words.text, text->out);
		putc_unlocked('\n', text->out);
	} else if (words.used > 0) {
		putc_unlocked('\n', text->out);
		pad(text->out, BELOW);
		terminal_fold(text->out, text->width, BELOW, BELOW, words.text);
	} else {
		putc_unlocked('\n', text->out);
	}
}

/* What was kept is sorted, measured and written; the columns are fixed from here on. */
static void screenful_print(struct list_text *text)
{
	char end[END_TEXT];

	text->columns[0] = text->columns[1] = strlen("127.0.0.1:12345");
	for (size_t i = 0; i < text->count; i++)
		for (int side = 0; side < 2; side++) {
			size_t length = end_text(text, &text->entries[i].row.key, side, end);

			if (length > text->columns[side])
				text->columns[side] = length;
		}
	if (text->count > 0)
		qsort_r(text->entries, text->count, sizeof(*text->entries), by_options,
			(void *)(uintptr_t)text->options);
	header_print(text);
	for (size_t i = 0; i < text->count; i++)
		row_print(text, &text->entries[i]);
	text->flowing = true;
}

int list_text_add(struct list_text *text, const struct list_entry *entry)
{
	if (text->flowing) {
		row_print(text, entry);
		return 0;
	}
	if (text->count == text->room) {
		size_t room = text->room == 0 ? 64 : 2 * text->room;
		struct list_entry *entries = reallocarray(text->entries, room, sizeof(*entries));

		if (entries == NULL)
			return -1;
		text->entries = entries;
		text->room = room;
	}
	text->entries[text->count++] = *entry;
	if (text->count == SCREENFUL && text->options->sort == SORT_NONE)
		screenful_print(text);
	return 0;
}

bool list_text_wants_closed(const struct list_text *text)
{
	for (size_t i = 0; i < text->count && !text->flowing; i++)
		if (text->entries[i].row.state == STATE_CLOSE_WAIT)
			return true;
	return false;
}

void list_text_closed(struct list_text *text, uint64_t cookie, int64_t ms)
{
	for (size_t i = 0; i < text->count; i++)
		if (text->entries[i].row.cookie == cookie)
			text->entries[i].peer_closed_ms = ms;
}

void list_text_end(struct list_text *text)
{
	if (!text->flowing)
		screenful_print(text);
}
