/* The forms of a report: which sink, and what it needs beside the model. */
#include "formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/raw.h"
#include "tcpstate/segment.h"
#include "tcpstate/source.h"
#include "terminal.h"

const struct format formats[] = {{.name = "text",
					 .what = "to be read on a terminal",
					 .render = sink_text,
					 .compare = sink_compare_text,
					 .terminal = true},
	{.name = "html",
		.what = "one page for a browser or a printer",
		.render = sink_html,
		.compare = sink_compare_html,
		.figures = true,
		.texts = true},
	{.name = "md",
		.what = "Markdown with diagrams",
		.render = sink_md,
		.figures = true,
		.texts = true},
	{.name = "svg",
		.what = "one figure: --figure",
		.render = sink_svg,
		.figures = true,
		.texts = true},
	{.name = "pdf",
		.what = "the page, printed by Chromium",
		.render = sink_html,
		.figures = true,
		.texts = true,
		.pdf = true},
	{.name = "pcapng", .what = "packets and netlink messages with comments, for Wireshark"},
	{.name = "jsonl",
		.what = "one JSON object a line",
		.render = sink_jsonl,
		.compare = sink_compare_jsonl,
		.scripts = true,
		.texts = true}};
const size_t format_count = sizeof(formats) / sizeof(formats[0]);

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < format_count; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

char *format_names(char *buffer, size_t size)
{
	*buffer = '\0';
	for (size_t i = 0; i < format_count; i++) {
		size_t used = strlen(buffer);

		snprintf(buffer + used, size - used, "%s%s",
			i == 0                 ? ""
			: i + 1 < format_count ? ", "
					       : " and ",
			formats[i].name);
	}
	return buffer;
}

/* ---- the captures themselves ---- */

struct capture {
	struct raw *raw;
	struct filter *filter; /* of packets; NULL: all */
};

static int capture_next(void *context, struct raw_packet *packet)
{
	struct capture *capture = context;
	struct error unheard = {0};
	struct segment segment;
	int result;

	while ((result = raw_next(capture->raw, packet, &unheard)) == 1) {
		int linktype = raw_linktype(capture->raw);

		if (capture->filter == NULL)
			return 1;
		bool decoded = segment_decode(
			linktype, packet->data, packet->captured, packet->length, &segment, NULL);
		if (filter_packet(capture->filter, linktype, packet->data, packet->captured,
			    packet->length, decoded ? &segment : NULL))
			return 1;
	}
	return result;
}

static bool capture_open(struct capture *capture, struct packet_source *source,
	const struct replay_input *input, uint16_t run, bool diag, const char *filter)
{
	struct error unheard = {0};

	capture->raw = replay_raw(input, diag ? "diag.pcap" : "wire.pcap");
	if (capture->raw == NULL)
		return false;
	if (!diag && replay_filter(input, filter, &capture->filter, &unheard) == 0)
		filter_prepare(capture->filter, raw_linktype(capture->raw), &unheard);
	*source = (struct packet_source){.next = capture_next,
		.context = capture,
		.linktype = raw_linktype(capture->raw),
		.run = run,
		.diag = diag};
	return true;
}

static int render_pcapng(const struct model *model, const struct inputs *inputs, const char *filter,
	FILE *out, struct error *error)
{
	struct capture *captures = calloc(2 * inputs->count + 1, sizeof(*captures));
	struct packet_source *sources = calloc(2 * inputs->count + 1, sizeof(*sources));
	size_t count = 0;
	int status = -1;

	if (captures == NULL || sources == NULL) {
		free(captures);
		free(sources);
		return error_set(error, "out of memory");
	}
	for (uint16_t i = 0; i < inputs->count; i++)
		for (int diag = 0; diag < 2; diag++)
			count += capture_open(&captures[count], &sources[count],
				&inputs->list[i].replay, i, diag == 1, filter);
	if (count == 0)
		error_set(error,
			"no capture here that can be copied: --format pcapng wants a recording or "
			"a capture file, not standard input");
	else
		status = sink_pcapng(model, sources, count, out);
	for (size_t i = 0; i < count; i++) {
		raw_close(captures[i].raw);
		filter_free(captures[i].filter);
	}
	free(captures);
	free(sources);
	return status;
}

int format_render(const struct format *format, const struct model *model,
	const struct sink_options *options, const struct inputs *inputs, const char *filter,
	FILE *out, struct error *error)
{
	FILE *guarded = format->terminal ? terminal_guard(out) : NULL;
	int status;

	if (format->terminal && guarded == NULL)
		return -1;
	status = format->render == NULL
			 ? render_pcapng(model, inputs, filter, out, error)
			 : format->render(model, options, guarded != NULL ? guarded : out);
	if (status != 0 && errno == ENODATA)
		return error_set(error, "nothing was recorded that this figure shows");
	if (guarded != NULL && fclose(guarded) != 0)
		status = -1;
	return fflush(out) != 0 || ferror(out) ? -1 : status;
}
