/* The report as a text page: what a student hands in, readable at 80 to 100 columns and the same
 * every time. */
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

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

char *text_seconds(int64_t ns, char *buffer)
{
	int64_t ms = (ns + 500000) / 1000000;

	if (ms == 0)
		strcpy(buffer, "0");
	else
		snprintf(buffer, TEXT_TIME, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	return buffer;
}

size_t text_columns(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

void text_pad(FILE *out, const char *text, int columns)
{
	int gap = (columns < 0 ? -columns : columns) - (int)text_columns(text);

	if (columns < 0)
		fprintf(out, "%*s%s", gap > 0 ? gap : 0, "", text);
	else
		fprintf(out, "%s%*s", text, gap > 0 ? gap : 0, "");
}

int text_page_width(const struct page *page)
{
	return page->options->width > 0 ? page->options->width : TEXT_WIDTH;
}

void text_wrap(const struct page *page, size_t at, size_t indent, const char *text)
{
	size_t width = (size_t)text_page_width(page);
	bool begun = false;

	while (*text != '\0') {
		size_t length = strcspn(text, " "), columns = 0;

		for (size_t i = 0; i < length; i++)
			columns += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (begun && at + 1 + columns > width) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (begun) {
			fputc(' ', page->out);
			at++;
		}
		for (size_t i = 0; i < length; i++)
			fputc(text[i] == TEXT_GLUE ? ' ' : text[i], page->out);
		at += columns;
		begun = true;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', page->out);
}

void text_heading(const struct page *page, const char *format, ...)
{
	va_list arguments;

	fprintf(page->out, "\n%s", ink(page, INK_BOLD));
	va_start(arguments, format);
	vfprintf(page->out, format, arguments);
	va_end(arguments);
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
}

const char *arrow(const struct page *page)
{
	return page->options->utf8 ? " → " : " -> ";
}

const char *dots(const struct page *page)
{
	return page->options->utf8 ? "…" : "...";
}

const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

int sink_text(const struct model *model, const struct sink_options *options, FILE *out)
{
	const struct page page = {model, options, out};

	text_verdict(&page);
	text_header(&page);
	text_findings(&page);
	if (!options->summary)
		text_phases(&page);
	text_checks(&page);
	if (!options->summary)
		text_timelines(&page), text_datagrams(&page);
	if (options->edges)
		text_edges(&page);
	text_summary(&page);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
