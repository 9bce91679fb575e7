/* Wire and kernel in one capture that stock Wireshark shows and filters: each transition, withdrawn
 * claim, finding and mark is a comment on the packet or netlink message that shows it. */
#include "pcapng.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "paint.h"
#include "tcpstate/page.h"
#include "tcpstate/prose.h"
#include "tcpstate/sink.h"

enum { COMMENT_TEXT = 1200, NO_NUMBER = 0 };

/* number NO_NUMBER: on the first packet of the run from t_ns on */
struct comment {
	int64_t t_ns;
	uint64_t number;
	char *text;
	uint32_t order; /* as they were made: equal ones stay so */
	uint16_t run;
	bool diag;
};
struct comments {
	const struct model *model;
	struct comment *item;
	size_t count;
	bool failed;
};

static void add(struct comments *comments, struct comment comment, const char *text)
{
	size_t count = comments->count;
	char safe[2 * COMMENT_TEXT];

	if (comments->failed)
		return;
	if ((count & (count - 1)) == 0) {
		struct comment *bigger =
			realloc(comments->item, (count > 0 ? 2 * count : 1) * sizeof(*bigger));

		comments->failed = bigger == NULL;
		if (bigger == NULL)
			return;
		comments->item = bigger;
	}
	comment.order = (uint32_t)count;
	comment.text = strdup(visible(text, COMMENT_TEXT, safe, sizeof(safe)));
	comments->failed = comment.text == NULL;
	comments->item[count] = comment;
	comments->count += comment.text != NULL;
}

/* "client 127.0.0.1:40001", of a listener "127.0.0.1:80" */
static void whose(const struct model *model, const struct record *record, uint32_t index,
	char *buffer, size_t size)
{
	char end[FLOW_END_TEXT], name[16];

	flow_end_text(&record->key, record->listener ? 0 : record->side & 1, end);
	if (record->listener) {
		snprintf(buffer, size, "%s %s", page_word(WORD_LISTENER), end);
		return;
	}
	bool client = (record->side & 1) == (model->connections[index].client == 1);
	snprintf(buffer, size, "%s %s %s", page_name(model, index, name, sizeof(name)),
		page_word(client ? WORD_CLIENT : WORD_SERVER), end);
}

static void transitions_add(struct comments *comments)
{
	const struct model *model = comments->model;

	for (size_t i = 0; i < model->transition_count; i++) {
		const struct transition *one = &model->transitions[i];
		const struct record *record = &one->record;
		char end[128], why[256], seen[160], text[COMMENT_TEXT];

		whose(model, record, one->index, end, sizeof(end));
		snprintf(text, sizeof(text), "%s: %s → %s (%s; %s)", end, state_name(record->from),
			state_name(record->to), page_why(record, why, sizeof(why)),
			page_seen(record, seen, sizeof(seen)));
		if (record->frame > 0)
			add(comments, (struct comment){.run = one->run, .number = record->frame},
				text);
		if (record->diag_frame > 0)
			add(comments,
				(struct comment){.run = one->run,
					.number = record->diag_frame,
					.diag = true},
				text);
	}
}

static void corrections_add(struct comments *comments)
{
	const struct model *model = comments->model;

	for (size_t i = 0; i < model->correction_count; i++) {
		const struct correction *one = &model->corrections[i];
		char end[128], told[700], text[COMMENT_TEXT];

		whose(model, &one->record, one->index, end, sizeof(end));
		for (uint32_t k = 0; k < one->count; k++) {
			page_withdrawn(one, k, told, sizeof(told));
			for (char *at = told; (at = strchr(at, '\n')) != NULL;)
				*at = ' ';
			snprintf(text, sizeof(text), "%s: %s", end, told);
			if (one->frames[k] > 0)
				add(comments,
					(struct comment){.run = one->run, .number = one->frames[k]},
					text);
			bool diag = one->refuting_diags[k] > 0;
			uint64_t number = diag ? one->refuting_diags[k] : one->refuting_frames[k];
			if (number > 0)
				add(comments,
					(struct comment){
						.run = one->run, .number = number, .diag = diag},
					text);
		}
	}
}

static void findings_add(struct comments *comments)
{
	const struct model *model = comments->model;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *one = &model->findings[i];
		char about[200], sentence[700], text[COMMENT_TEXT];

		prose_finding_about(one, true, about, sizeof(about));
		snprintf(text, sizeof(text), "%s: %s%s%s", page_word(WORD_HEAD_FINDINGS), about,
			*about != '\0' ? ": " : "", prose_finding(one, sentence, sizeof(sentence)));
		for (int k = 0; k < FINDING_CITED && one->evidence.frame[k] > 0; k++)
			add(comments,
				(struct comment){.run = one->run, .number = one->evidence.frame[k]},
				text);
		for (int k = 0; k < FINDING_CITED && one->evidence.diag[k] > 0; k++)
			add(comments,
				(struct comment){.run = one->run,
					.number = one->evidence.diag[k],
					.diag = true},
				text);
	}
}

static void marks_add(struct comments *comments)
{
	const struct model *model = comments->model;

	for (size_t i = 0; i < model->mark_count; i++) {
		char text[COMMENT_TEXT];

		snprintf(text, sizeof(text), "%s: %s", page_word(WORD_PHASE), model->marks[i].text);
		add(comments,
			(struct comment){.run = model->marks[i].run, .t_ns = model->marks[i].t_ns},
			text);
	}
}

/* By capture and number; marks before all, by time. */
static int compare_comments(const void *left, const void *right)
{
	const struct comment *a = left, *b = right;

	if (a->run != b->run)
		return a->run - b->run;
	if (a->diag != b->diag)
		return a->diag - b->diag;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* ---- the captures, merged by time ---- */

struct stream {
	const struct packet_source *source;
	struct raw_packet packet; /* the next one */
	bool ended;
	size_t mark, comment; /* the next of each that may be due */
};

static void stream_next(const struct model *model, struct stream *stream)
{
	stream->ended = stream->source->next(stream->source->context, &stream->packet) != 1;
	if (!stream->ended)
		stream->packet.t_ns += model->runs[stream->source->run].clock.shift_ns;
}

static void stream_begin(const struct comments *comments, struct stream *stream)
{
	const struct packet_source *source = stream->source;
	size_t at = 0;

	while (at < comments->count && (comments->item[at].run < source->run ||
					       (comments->item[at].run == source->run &&
						       comments->item[at].diag < source->diag)))
		at++;
	stream->mark = stream->comment = at;
	while (stream->comment < comments->count &&
		comments->item[stream->comment].run == source->run &&
		comments->item[stream->comment].diag == source->diag &&
		comments->item[stream->comment].number == NO_NUMBER)
		stream->comment++;
	stream_next(comments->model, stream);
}

static bool is_of(const struct stream *stream, const struct comment *comment)
{
	return comment->run == stream->source->run && comment->diag == stream->source->diag;
}

/* The comments of the stream's packet, one after another. */
static const char *comments_due(
	const struct comments *comments, struct stream *stream, FILE *out, char **buffer)
{
	const struct comment *item = comments->item;

	rewind(out);
	for (; stream->mark < comments->count && is_of(stream, &item[stream->mark]) &&
		item[stream->mark].number == NO_NUMBER &&
		item[stream->mark].t_ns <= stream->packet.t_ns;
		stream->mark++)
		fwrite(item[stream->mark].text, 1, strlen(item[stream->mark].text) + 1, out);
	for (; stream->comment < comments->count && is_of(stream, &item[stream->comment]) &&
		item[stream->comment].number <= stream->packet.number;
		stream->comment++)
		if (item[stream->comment].number == stream->packet.number)
			fwrite(item[stream->comment].text, 1,
				strlen(item[stream->comment].text) + 1, out);
	fputc('\0', out);
	return fflush(out) == 0 ? *buffer : NULL;
}

static void interface_write(
	const struct model *model, const struct packet_source *source, FILE *out)
{
	const struct run *run = &model->runs[source->run];
	json_t *manifest = manifest_parse(run->manifest);
	char *interface = manifest_text(manifest, "interface"), name[300], description[600],
	     safe[400];

	snprintf(name, sizeof(name), "%s%s%s", source->diag ? "netlink" : interface != NULL
										  ? interface
										  : "wire",
		model->run_count > 1 ? "@" : "",
		model->run_count > 1 ? visible(run->name, 100, safe, sizeof(safe)) : "");
	snprintf(description, sizeof(description), "%s: %s",
		visible(run->name, 100, safe, sizeof(safe)),
		source->diag ? "diag.pcap" : "wire.pcap");
	pcapng_interface(out, source->linktype, name, description);
	free(interface);
	json_decref(manifest);
}

static int merge(const struct comments *comments, struct stream *streams, size_t count, FILE *out)
{
	char *buffer = NULL;
	size_t size;
	FILE *text = open_memstream(&buffer, &size);

	if (text == NULL)
		return -1;
	for (;;) {
		struct stream *first = NULL;

		for (size_t i = 0; i < count; i++)
			if (!streams[i].ended &&
				(first == NULL || streams[i].packet.t_ns < first->packet.t_ns))
				first = &streams[i];
		if (first == NULL || ferror(out))
			break;
		pcapng_packet(out, (uint32_t)(first - streams), &first->packet,
			comments_due(comments, first, text, &buffer));
		stream_next(comments->model, first);
	}
	fclose(text);
	free(buffer);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}

int sink_pcapng(
	const struct model *model, const struct packet_source *sources, size_t count, FILE *out)
{
	struct comments comments = {.model = model};
	struct stream *streams = calloc(count + 1, sizeof(*streams));
	int status = -1;

	transitions_add(&comments);
	corrections_add(&comments);
	findings_add(&comments);
	marks_add(&comments);
	if (streams != NULL && !comments.failed) {
		if (comments.count > 0)
			qsort(comments.item, comments.count, sizeof(*comments.item),
				compare_comments);
		pcapng_section(out, "tcpstate " TCPSTATE_VERSION);
		for (size_t i = 0; i < count; i++)
			interface_write(model, &sources[i], out);
		for (size_t i = 0; i < count; i++) {
			streams[i].source = &sources[i];
			stream_begin(&comments, &streams[i]);
		}
		status = merge(&comments, streams, count, out);
	}
	for (size_t i = 0; i < comments.count; i++)
		free(comments.item[i].text);
	free(comments.item);
	free(streams);
	return status;
}
