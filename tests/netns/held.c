/* See held.h. Format: Documentation/networking/proc_net_tcp.rst: addresses are hexadecimal words in
 * host byte order. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "held.h"

static const char *const names[] = {"UNKNOWN", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1",
	"FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
	"SYN_RECV"};

void held_end(char out[HELD_END], bool v6, const void *addr, unsigned port)
{
	char text[INET6_ADDRSTRLEN] = "";
	const struct in6_addr *addr6 = addr;
	if (v6 && IN6_IS_ADDR_V4MAPPED(addr6)) {
		v6 = false;
		addr = &addr6->s6_addr[12];
	}
	inet_ntop(v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	snprintf(out, HELD_END, v6 ? "[%s]:%u" : "%s:%u", text, port);
}

/* "0100007F:3039" -> text; returns the port. */
static unsigned end_of(char out[HELD_END], const char *hex)
{
	uint32_t words[4] = {0};
	size_t digits = strcspn(hex, ":"), count = digits / 8;
	for (size_t i = 0; i < count && i < 4; i++) {
		char word[9] = "";
		memcpy(word, hex + 8 * i, 8);
		words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	unsigned port = (unsigned)strtoul(hex + digits + 1, NULL, 16);
	held_end(out, count == 4, words, port);
	return port;
}

bool held_each_of(bool v6, void (*call)(void *context, const struct held_row *row), void *context)
{
	static char buffer[65536];
	char line[512], local[64], remote[64];
	unsigned state;
	FILE *in = fopen(v6 ? "/proc/net/tcp6" : "/proc/net/tcp", "r");
	if (in == NULL)
		return false;
	/* the kernel goes through its whole table for each read() */
	setvbuf(in, buffer, _IOFBF, sizeof(buffer));
	while (fgets(line, sizeof(line), in) != NULL) {
		struct held_row row;
		if (sscanf(line, " %*u: %63s %63s %x", local, remote, &state) != 3)
			continue;
		row.state = names[state < sizeof(names) / sizeof(*names) ? state : 0];
		row.local_port = end_of(row.local, local);
		row.remote_port = end_of(row.remote, remote);
		if (!row.remote_port)
			snprintf(row.remote, sizeof(row.remote), "*:*");
		call(context, &row);
	}
	fclose(in);
	return true;
}

bool held_each(void (*call)(void *context, const struct held_row *row), void *context)
{
	bool v6 = held_each_of(true, call, context);
	return held_each_of(false, call, context) || v6;
}

struct reading {
	unsigned low, high;
	FILE *out;
};

static void line_add(void *context, const struct held_row *row)
{
	struct reading *reading = context;
	bool mine = (row->local_port >= reading->low && row->local_port <= reading->high) ||
		    (row->remote_port >= reading->low && row->remote_port <= reading->high);
	if (mine && strcmp(row->state, "CLOSED"))
		fprintf(reading->out, "%s %s %s\n", row->state, row->local, row->remote);
}

static char *reading_take(unsigned low, unsigned high)
{
	char *text = NULL;
	size_t size = 0;
	struct reading reading = {low, high, open_memstream(&text, &size)};
	if (reading.out == NULL || !held_each(line_add, &reading) || fclose(reading.out)) {
		perror("/proc/net/tcp");
		exit(2);
	}
	return text;
}

void held_print(FILE *out, unsigned low, unsigned high, bool only)
{
	struct timespec now, pause = {.tv_nsec = 5000000};
	char *before = reading_take(low, high), *text, *rest, *line;
	for (int tries = 0;; tries++) {
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_REALTIME, &now);
		text = reading_take(low, high);
		if (!strcmp(before, text) || tries == 200)
			break;
		free(before);
		before = text;
	}
	for (rest = text; (line = strsep(&rest, "\n")) != NULL && *line;)
		fprintf(out, "%jd.%09ld %s\n", (intmax_t)now.tv_sec, now.tv_nsec, line);
	if (only)
		fprintf(out, "%jd.%09ld only\n", (intmax_t)now.tv_sec, now.tv_nsec);
	fflush(out);
	if (before != text)
		free(before);
	free(text);
}

/* The lines of a text, which they take apart, in order of their ends. */
struct lines {
	char **at;
	size_t count;
};

static int ends_order(const void *a, const void *b)
{
	return strcmp(strchr(*(char *const *)a, ' '), strchr(*(char *const *)b, ' '));
}

static struct lines lines_of(char *text)
{
	struct lines lines = {NULL, 0};
	size_t room = 1;

	for (const char *c = text; *c != '\0'; c++)
		room += *c == '\n';
	lines.at = calloc(room, sizeof(*lines.at));
	if (lines.at == NULL) {
		perror("calloc");
		exit(2);
	}
	for (char *line; (line = strsep(&text, "\n")) != NULL && *line != '\0';)
		lines.at[lines.count++] = line;
	qsort(lines.at, lines.count, sizeof(*lines.at), ends_order);
	return lines;
}

void held_print_lasting(FILE *out)
{
	char *texts[2];
	struct lines before, after;
	struct timespec now;
	size_t i = 0, j = 0;

	texts[0] = reading_take(1, 65535);
	clock_gettime(CLOCK_REALTIME, &now);
	texts[1] = reading_take(1, 65535);
	before = lines_of(texts[0]);
	after = lines_of(texts[1]);
	while (i < before.count || j < after.count) {
		int order = i == before.count  ? 1
			    : j == after.count ? -1
					       : ends_order(&before.at[i], &after.at[j]);
		const char *line = order > 0 ? after.at[j] : before.at[i];
		bool same = order == 0 && strcmp(line, after.at[j]) == 0;
		fprintf(out, "%jd.%09ld %s%s\n", (intmax_t)now.tv_sec, now.tv_nsec,
			same ? "" : "UNSURE", same ? line : strchr(line, ' '));
		i += order <= 0;
		j += order >= 0;
	}
	fprintf(out, "%jd.%09ld only\n", (intmax_t)now.tv_sec, now.tv_nsec);
	fflush(out);
	free(before.at);
	free(after.at);
	free(texts[0]);
	free(texts[1]);
}
