/* Words, times and lines on the page of a text. */
#include "text.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

/* What ASCII has instead; equally wide where columns depend on it. */
static const struct {
	const char *utf8, *ascii;
} plain[] = {{"→", "->"}, {"←", "<-"}, {"…", "..."}, {"×", "x"}, {"≠", "!="}, {"•", "*"},
	{"✗", "x"}, {"─", "-"}, {"│", "|"}, {"▶", ">"}, {"◀", "<"}, {"●", "#"}, {"○", "o"},
	{"◆", "+"}, {"◌", "?"}, {"“", "\""}, {"”", "\""}, {"↻", "~"}};

const char *ink(const struct page *page, enum ink which)
{
	static const char *const codes[] = {[INK_PLAIN] = "\033[0m",
		[INK_BOLD] = "\033[1m",
		[INK_DIM] = "\033[2m",
		[INK_GOOD] = "\033[32m",
		[INK_BAD] = "\033[31m"};

	return page->options->colour ? codes[which] : "";
}

/* UTC and the microseconds within the second, before 1970 too. */
static void split(int64_t t_ns, struct tm *tm, int64_t *us)
{
	int64_t rest = t_ns % 1000000000;
	time_t seconds = (time_t)(t_ns / 1000000000 - (rest < 0));

	gmtime_r(&seconds, tm);
	*us = (rest < 0 ? rest + 1000000000 : rest) / 1000;
}

char *text_time(const struct page *page, int64_t t_ns, char *buffer)
{
	if (page->options->relative_times) {
		bool before = t_ns < page->model->first_ns;
		uint64_t us = (before ? (uint64_t)page->model->first_ns - (uint64_t)t_ns
				      : (uint64_t)t_ns - (uint64_t)page->model->first_ns) /
			      1000;

		snprintf(buffer, TEXT_TIME, "%s%" PRIu64 ".%06" PRIu64, before ? "-" : "",
			us / 1000000, us % 1000000);
		return buffer;
	}
	int64_t us;
	struct tm tm;

	split(t_ns, &tm, &us);
	snprintf(buffer, TEXT_TIME, "%02d:%02d:%02d.%06" PRId64, tm.tm_hour, tm.tm_min, tm.tm_sec,
		us);
	return buffer;
}

char *text_date(const struct page *page, int64_t t_ns, char *buffer)
{
	char clock[TEXT_TIME];
	struct tm tm;
	int64_t us;

	if (page->options->relative_times) {
		text_time(page, t_ns, clock);
		snprintf(buffer, TEXT_TIME, "%.20s s", clock);
		return buffer;
	}
	split(t_ns, &tm, &us);
	size_t used = strftime(buffer, TEXT_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer + used, TEXT_TIME - used, ".%06" PRId64 "Z", us);
	return buffer;
}

const char *text_clock(const struct page *page)
{
	return prose_label(page->options->relative_times ? LABEL_SECONDS : LABEL_UTC);
}

int text_page_width(const struct page *page)
{
	return page->options->width > 0 ? page->options->width : TEXT_WIDTH;
}

static void put_bytes(const struct page *page, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		size_t length = 0, ascii = 0;

		while (i + ascii < bytes && (text[i + ascii] & 0x80) == 0)
			ascii++;
		if (ascii > 0) {
			fwrite(text + i, 1, ascii, page->out);
			i += ascii - 1;
			continue;
		}
		if (strncmp(text + i, COLUMNS_GLUE, sizeof(COLUMNS_GLUE) - 1) == 0) {
			fputc(' ', page->out);
			i += sizeof(COLUMNS_GLUE) - 2;
			continue;
		}
		for (size_t k = 0; !page->options->utf8 && k < sizeof(plain) / sizeof(plain[0]);
			k++)
			if (strncmp(text + i, plain[k].utf8, strlen(plain[k].utf8)) == 0) {
				fputs(plain[k].ascii, page->out);
				length = strlen(plain[k].utf8);
			}
		if (length > 0)
			i += length - 1;
		else
			fputc(text[i], page->out);
	}
}

void text_put(const struct page *page, const char *text)
{
	put_bytes(page, text, strlen(text));
}

/* As wide as it will be printed. */
static size_t printed_columns(const struct page *page, const char *text)
{
	size_t columns = columns_of(text);

	for (size_t k = 0; !page->options->utf8 && k < sizeof(plain) / sizeof(plain[0]); k++)
		for (const char *at = text; (at = strstr(at, plain[k].utf8)) != NULL;
			at += strlen(plain[k].utf8))
			columns += strlen(plain[k].ascii) - 1;
	return columns;
}

void text_gap(const struct page *page, size_t columns)
{
	fprintf(page->out, "%*s", (int)columns, "");
}

void text_pad(const struct page *page, const char *text, int columns)
{
	int gap = (columns < 0 ? -columns : columns) - (int)printed_columns(page, text);

	if (columns < 0 && gap > 0)
		text_gap(page, (size_t)gap);
	text_put(page, text);
	if (columns >= 0 && gap > 0)
		text_gap(page, (size_t)gap);
}

int text_wider(int width, const char *text)
{
	int columns = (int)columns_of(text);

	return columns > width ? columns : width;
}

void text_wrap(const struct page *page, size_t at, size_t indent, const char *text)
{
	size_t width = (size_t)text_page_width(page);
	bool begun = false;

	while (*text != '\0') {
		const char *next;
		size_t room = at < width ? width - at : 0, bytes = columns_line(text, room, &next);

		/* its first word would not fit here, but further to the left */
		if (!begun && at > indent && columns_of_bytes(text, bytes) > room) {
			fputc('\n', page->out);
			text_gap(page, indent);
			at = indent;
			begun = true;
			continue;
		}
		put_bytes(page, text, bytes);
		text = next;
		begun = true;
		if (*text != '\0') {
			fputc('\n', page->out);
			text_gap(page, indent);
			at = indent;
		}
	}
	fputc('\n', page->out);
}

void text_line(const struct page *page, size_t indent, enum ink which, const char *text)
{
	text_gap(page, indent);
	if (which != INK_PLAIN)
		fputs(ink(page, which), page->out);
	text_wrap(page, indent, indent + 2, text);
	if (which != INK_PLAIN)
		fputs(ink(page, INK_PLAIN), page->out);
}

void text_heading(const struct page *page, const char *text)
{
	fprintf(page->out, "\n%s", ink(page, INK_BOLD));
	text_wrap(page, 0, 2, text);
	fputs(ink(page, INK_PLAIN), page->out);
}

void text_more(const struct page *page, enum more what, uint64_t count, uint64_t other)
{
	char text[PROSE_LINE];
	bool indented = what == MORE_STEPS || what == MORE_BETWEEN || what == MORE_KINDS;

	text_line(page, indented ? 2 : 0, INK_PLAIN,
		prose_more(what, count, other, text, sizeof(text)));
}
