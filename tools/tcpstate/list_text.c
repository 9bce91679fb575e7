/* `list` for people: one line a socket, in words, in aligned columns; a column in which nothing is
 * said is left out. Where the terminal is narrower than that, the ends stand in columns and the
 * rest below them, folded between words. */
#include "list.h"

#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose.h"
#include "terminal.h"

enum column {
	COLUMN_PROTOCOL,
	COLUMN_STATE,
	COLUMN_LOCAL,
	COLUMN_REMOTE,
	COLUMN_QUEUES,
	COLUMN_TIMER,
	COLUMN_NOTES,
	COLUMN_UID,
	COLUMN_INODE,
	COLUMN_COOKIE,
	COLUMN_PROCESS,
	COLUMN_COUNT
};
enum { CELL_TEXT = 256, END_TEXT = NI_MAXHOST + NI_MAXSERV + 2 };

static const char *const titles[COLUMN_COUNT] = {"PROTO", "STATE", "LOCAL", "REMOTE", "QUEUES",
	"TIMER", "NOTES", "UID", "INODE", "COOKIE", "PROCESS"};

struct line {
	char *cell[COLUMN_COUNT];
	const char *colour;
};

int list_text_add(struct list_text *text, const struct list_entry *entry)
{
	if (text->count == text->room) {
		size_t room = text->room == 0 ? 64 : 2 * text->room;
		struct list_entry *entries = reallocarray(text->entries, room, sizeof(*entries));

		if (entries == NULL)
			return -1;
		text->entries = entries;
		text->room = room;
	}
	text->entries[text->count++] = *entry;
	return 0;
}

void list_text_free(struct list_text *text)
{
	free(text->entries);
	*text = (struct list_text){0};
}

/* TCP before UDP, listeners first, then by local port, remote port and addresses: a server stands
 * above its connections. */
static int entry_compare(const void *left, const void *right)
{
	const struct sockrow *a = &((const struct list_entry *)left)->row,
			     *b = &((const struct list_entry *)right)->row;
	int order = (int)a->key.protocol - (int)b->key.protocol;

	if (order == 0)
		order = (b->state == STATE_LISTEN) - (a->state == STATE_LISTEN);
	if (order == 0)
		order = (int)ntohs(a->key.port_be[0]) - (int)ntohs(b->key.port_be[0]);
	if (order == 0)
		order = (int)ntohs(a->key.port_be[1]) - (int)ntohs(b->key.port_be[1]);
	if (order == 0)
		order = memcmp(a->key.addr, b->key.addr, sizeof(a->key.addr));
	return order != 0 ? order : (a->cookie > b->cookie) - (a->cookie < b->cookie);
}

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

static void end_text(const struct list_text *text, const struct flow_key *key, int end,
	char *buffer, size_t size)
{
	static const uint8_t wildcard[16];

	if (text->resolve && memcmp(key->addr[end], wildcard, sizeof(wildcard)) != 0)
		end_names(key, end, buffer, size);
	else
		flow_end_text(key, end, buffer);
}

/* Names of programs come from the programs. */
static void process_text(const struct list_entry *entry, char *buffer, size_t size)
{
	char program[ESCAPE_GROWTH * sizeof(entry->owners[0].program)];
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < entry->owner_count && used < size; i++) {
		escape_text(program, sizeof(program), entry->owners[i].program,
			strlen(entry->owners[i].program));
		used += (size_t)snprintf(buffer + used, size - used, "%s%s[%" PRIu32 "]",
			i == 0 ? "" : ", ", program, entry->owners[i].pid);
	}
}

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

static bool cell_set(struct line *line, enum column column, const char *text)
{
	line->cell[column] = strdup(text);
	return line->cell[column] != NULL;
}

static bool cell_set_number(struct line *line, enum column column, uint64_t number, bool known)
{
	char text[24] = "";

	if (known)
		snprintf(text, sizeof(text), "%" PRIu64, number);
	return cell_set(line, column, text);
}

static bool cell_set_notes(struct line *line, const struct list_entry *entry)
{
	char text[CELL_TEXT];

	prose_socket_notes(&entry->row, text, sizeof(text));
	if (entry->sharers > 1) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used,
			"%sone of %u listeners sharing the half-open ones", used == 0 ? "" : ", ",
			entry->sharers);
	}
	return cell_set(line, COLUMN_NOTES, text);
}

static bool line_fill(
	struct line *line, const struct list_text *text, const struct list_entry *entry)
{
	const struct sockrow *row = &entry->row;
	char cell[CELL_TEXT], end[END_TEXT], process[4 * CELL_TEXT];
	/* the kernel says uid 0 of a socket without a descriptor */
	bool owned = row->inode != 0;

	line->colour = colour_of(row);
	if (!cell_set(line, COLUMN_PROTOCOL, row->key.protocol == IPPROTO_UDP ? "udp" : "tcp") ||
		!cell_set(line, COLUMN_STATE, prose_socket_state(row)))
		return false;
	for (int i = 0; i < 2; i++) {
		end_text(text, &row->key, i, end, sizeof(end));
		if (!cell_set(line, COLUMN_LOCAL + (unsigned)i, end))
			return false;
	}
	process_text(entry, process, sizeof(process));
	return cell_set(line, COLUMN_QUEUES,
		       prose_queues(row, entry->half_open, cell, sizeof(cell))) &&
	       cell_set(line, COLUMN_TIMER, prose_timer(row, cell, sizeof(cell))) &&
	       cell_set_notes(line, entry) && cell_set_number(line, COLUMN_UID, row->uid, owned) &&
	       cell_set_number(line, COLUMN_INODE, row->inode, row->inode != 0) &&
	       cell_set_number(line, COLUMN_COOKIE, row->cookie, true) &&
	       cell_set(line, COLUMN_PROCESS, text->processes ? process : "");
}

static void line_print(const struct line *line, const size_t *width, bool colour, FILE *out)
{
	unsigned last = 0;

	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		if (width[c] > 0)
			last = c;
	for (unsigned c = 0; c <= last; c++) {
		const char *cell = line->cell[c] == NULL    ? titles[c]
				   : *line->cell[c] == '\0' ? "-"
							    : line->cell[c];
		bool coloured = colour && c == COLUMN_STATE && line->colour != NULL;

		if (width[c] == 0)
			continue;
		fprintf(out, "%s%s%s%s%s%s", coloured ? "\033[" : "", coloured ? line->colour : "",
			coloured ? "m" : "", cell, coloured ? "\033[0m" : "",
			c == last ? "\n" : "  ");
		if (c < last && columns_of(cell) < width[c])
			fprintf(out, "%*s", (int)(width[c] - columns_of(cell)), "");
	}
}

/* Width 0: nobody says anything in this column. */
static void widths(const struct line *lines, size_t count, size_t *width)
{
	for (unsigned c = 0; c < COLUMN_COUNT; c++) {
		width[c] = 0;
		for (size_t i = 0; i < count; i++)
			if (columns_of(lines[i].cell[c]) > width[c])
				width[c] = columns_of(lines[i].cell[c]);
		if ((width[c] > 0 || c <= COLUMN_REMOTE) && width[c] < columns_of(titles[c]))
			width[c] = columns_of(titles[c]);
	}
}

/* Do the columns fit into the terminal? If not, those after the ends are left to line_details(). */
static bool widths_fit(size_t *width, size_t terminal)
{
	size_t sum = 0;

	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		sum += width[c] > 0 ? width[c] + 2 : 0;
	if (terminal == 0 || sum - 2 <= terminal)
		return true;
	memset(width + COLUMN_QUEUES, 0, (COLUMN_COUNT - COLUMN_QUEUES) * sizeof(*width));
	return false;
}

static void line_details(const struct line *line, size_t width, FILE *out)
{
	static const struct {
		enum column column;
		const char *label;
	} order[] = {{COLUMN_PROCESS, ""}, {COLUMN_QUEUES, ""}, {COLUMN_TIMER, ""},
		{COLUMN_NOTES, ""}, {COLUMN_UID, "uid "}, {COLUMN_INODE, "inode "},
		{COLUMN_COOKIE, "cookie "}};
	enum { INDENT = 7 };
	char *details = NULL;
	size_t length;
	FILE *memory = open_memstream(&details, &length);

	for (size_t i = 0; memory != NULL && i < sizeof(order) / sizeof(order[0]); i++)
		if (*line->cell[order[i].column] != '\0')
			fprintf(memory, "%s%s%s", ftell(memory) > 0 ? "; " : "", order[i].label,
				line->cell[order[i].column]);
	if (memory != NULL && fclose(memory) == 0 && length > 0) {
		fprintf(out, "%*s", INDENT, "");
		terminal_fold(out, width, INDENT, INDENT, details);
	}
	free(details);
}

void list_text_print(struct list_text *text, FILE *out)
{
	struct line *lines = calloc(text->count + 1, sizeof(*lines));
	size_t width[COLUMN_COUNT], filled = 0;
	bool fits;

	if (text->count > 0)
		qsort(text->entries, text->count, sizeof(*text->entries), entry_compare);
	while (lines != NULL && filled < text->count &&
		line_fill(&lines[filled], text, &text->entries[filled]))
		filled++;
	if (lines == NULL || filled < text->count) {
		fputs("tcpstate list: out of memory\n", stderr);
		exit(1);
	}
	widths(lines, text->count, width);
	fits = widths_fit(width, text->width);
	line_print(&(struct line){0}, width, false, out);
	for (size_t i = 0; i < text->count; i++) {
		line_print(&lines[i], width, text->colour, out);
		if (!fits)
			line_details(&lines[i], text->width, out);
	}
	for (size_t i = 0; i < text->count; i++)
		for (unsigned c = 0; c < COLUMN_COUNT; c++)
			free(lines[i].cell[c]);
	free(lines);
}
