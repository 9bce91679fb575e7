/* facts.jsonl: what neither packets nor sockets say — marks, checks, counter changes, owners,
 * addresses, losses — one JSON object a line.
 *   {"type":"manifest", ...}   first line; "t" and "addresses": ["10.0.0.1", ...] are read here,
 * the rest is the report's
 *   {"type":"mark","t":T,"text":S[,"trial":true]}   trial: tried before an experiment
 *   {"type":"sysctl","t":T,"name":S,"from":S,"to":S}   it changed since the line before
 *   {"type":"check","t":T,"name":S,"cell":{S:S,...},"let":{S:S,...},
 *    "formula":S,"predicted":S,"query":S,"measured":S,"problem":S,"match":B}
 *   {"type":"counter","t":T,"name":S,"value":N,"delta":N}
 *   {"type":"owner","t":T,"inode":N,"pid":N,"host_pid":N,"program":S}
 *   {"type":"let_go","t":T,"not_before":T,"inode":N,"pid":N,"host_pid":N,"program":S}
 *   {"type":"stopped","t":T,"since":T,"pid":N,"host_pid":N,"program":S}
 *   {"type":"waits","t":T,"since":T,"inode":N,"pid":N,"host_pid":N,"program":S}
 *   {"type":"doing","t":T,"since":T,"threads":N,"looks":N,"of":N,"in":[{"kind":S,["inode":N,]
 *    "threads":N},...],"watch":[{"inode":N,"how":S},...],"pid":N,"host_pid":N,"program":S}
 *   {"type":"zombies","t":T,"since":T,"count":N,"pid":N,"host_pid":N,"program":S}
 *   {"type":"address","t":T,"address":S,"gone":B}
 *   {"type":"exit","t":T,["not_before":T,]"pid":N,"host_pid":N,"program":S,
 *    "status":N | "signal":S | neither}
 *   {"type":"end","t":T,"how":"orderly"|"signal"|"error",["signal":N,]["text":S,]"packets":N,
 *    "messages":N}   the last line: how many records wire.pcap and diag.pcap hold
 *   {"type":"output","t":T,"stream":"stdout"|"stderr"|"both",["pid":N,
 *    "program":S,]"text":S}
 *   {"type":"remark","t":T,"text":S[,"failed":B]}   for the reader of the report; why the
 * experiment gave up
 *   {"type":"gap","t":T,"of":"packets"|"rows"|"look-ups","count":N}
 *   {"type":"clock","t":T,"step_ns":N}   the wall clock was set; T does not follow it
 * T is seconds as a decimal string with nine digits: "1795367880.575009123". Objects keep their
 * order. Other types are passed over. */
#include "tcpstate/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_line.h"
#include "tcpstate/model.h"

struct facts {
	struct json_lines lines;
	char *name, *manifest;
	size_t bad_lines, address_next;
	json_t *addresses; /* the manifest's, or NULL */
	struct recording_end end;
	bool end_announced;
	int64_t manifest_ns;
	enum json_line pending; /* a first line that was no manifest, still to be told; or END */
	bool torn;
	size_t clock_sets;
	int64_t clock_step_ns; /* the first time */
};

static bool address_of(const char *text, struct fact *fact)
{
	fact->family = AF_INET;
	if (inet_pton(AF_INET, text, fact->addr) == 1)
		return true;
	fact->family = AF_INET6;
	return inet_pton(AF_INET6, text, fact->addr) == 1;
}

typedef bool read_fact(const json_t *object, struct event *event);

static bool read_mark(const json_t *object, struct event *event)
{
	event->kind = EVENT_MARK;
	event->u.fact.trial = json_is_true(json_object_get(object, "trial"));
	return text_of(object, "text", &event->u.fact.text);
}

static bool read_remark(const json_t *object, struct event *event)
{
	event->kind = EVENT_NOTE;
	event->u.fact.failed = json_is_true(json_object_get(object, "failed"));
	return text_of(object, "text", &event->u.fact.text);
}

static bool read_sysctl(const json_t *object, struct event *event)
{
	event->kind = EVENT_SYSCTL;
	return text_of(object, "name", &event->u.fact.text) &&
	       text_of(object, "from", &event->u.fact.from) &&
	       text_of(object, "to", &event->u.fact.to);
}

static bool read_counter(const json_t *object, struct event *event)
{
	event->kind = EVENT_COUNTER;
	return text_of(object, "name", &event->u.fact.text) &&
	       integer_of(object, "value", &event->u.fact.count) &&
	       integer_of(object, "delta", &event->u.fact.delta);
}

static bool read_process(const json_t *object, struct owner *owner)
{
	const char *program;
	int64_t pid, host_pid;
	size_t length;

	if (!integer_of(object, "pid", &pid) || !text_of(object, "program", &program) || pid < 0 ||
		pid > UINT32_MAX)
		return false;
	if (integer_of(object, "host_pid", &host_pid) && host_pid > 0 && host_pid <= UINT32_MAX)
		owner->host_pid = (uint32_t)host_pid;
	owner->pid = (uint32_t)pid;
	length = strnlen(program, sizeof(owner->program));
	if (length == sizeof(owner->program))
		for (length--; length > 0 && ((unsigned char)program[length] & 0xc0) == 0x80;)
			length--;
	memcpy(owner->program, program, length);
	return true;
}

static bool read_owner(const json_t *object, struct event *event)
{
	struct owner *owner = &event->u.fact.owner;
	int64_t inode;

	event->kind = EVENT_OWNER;
	if (!integer_of(object, "inode", &inode) || inode < 1 || inode > UINT32_MAX ||
		!read_process(object, owner))
		return false;
	owner->inode = (uint32_t)inode;
	return true;
}

static bool read_zombies(const json_t *object, struct event *event)
{
	event->kind = EVENT_ZOMBIES;
	return read_process(object, &event->u.fact.owner) &&
	       integer_of(object, "count", &event->u.fact.count) && event->u.fact.count > 0 &&
	       time_member(object, "since", &event->asked_ns) && event->asked_ns <= event->t_ns;
}

static bool read_stopped(const json_t *object, struct event *event)
{
	event->kind = EVENT_STOPPED;
	return read_process(object, &event->u.fact.owner) &&
	       time_member(object, "since", &event->asked_ns) && event->asked_ns <= event->t_ns;
}

static bool read_waits(const json_t *object, struct event *event)
{
	bool complete = read_owner(object, event);

	event->kind = EVENT_WAITS;
	return complete && time_member(object, "since", &event->asked_ns) &&
	       event->asked_ns <= event->t_ns;
}

static bool read_doing(const json_t *object, struct event *event)
{
	event->kind = EVENT_DOING;
	return read_process(object, &event->u.fact.owner) &&
	       json_line_doing(object, &event->u.fact.doing) &&
	       time_member(object, "since", &event->asked_ns) && event->asked_ns <= event->t_ns;
}

static bool read_let_go(const json_t *object, struct event *event)
{
	event->u.fact.gone = true;
	return read_owner(object, event) && time_member(object, "not_before", &event->asked_ns) &&
	       event->asked_ns <= event->t_ns;
}

static bool read_output(const json_t *object, struct event *event)
{
	const char *stream;

	event->kind = EVENT_OUTPUT;
	if (!text_of(object, "stream", &stream) || !text_of(object, "text", &event->u.fact.text))
		return false;
	/* who wrote it is known with calls only */
	if (json_object_get(object, "pid") != NULL && !read_process(object, &event->u.fact.owner))
		return false;
	event->u.fact.count = strcmp(stream, "stdout") == 0   ? 1
			      : strcmp(stream, "stderr") == 0 ? 2
							      : 0;
	return true;
}

static bool read_address(const json_t *object, struct event *event)
{
	const char *text;

	event->kind = EVENT_ADDRESS;
	event->u.fact.gone = json_is_true(json_object_get(object, "gone"));
	return text_of(object, "address", &text) && address_of(text, &event->u.fact);
}

static bool read_gap(const json_t *object, struct event *event)
{
	const char *of;

	event->kind = EVENT_GAP;
	if (!text_of(object, "of", &of) || !integer_of(object, "count", &event->u.fact.count) ||
		event->u.fact.count < 0)
		return false;
	for (unsigned i = 0; i < LOST_ENDS; i++)
		if (strcmp(of, lost_words[i]) == 0) {
			event->u.fact.lost_of = (uint8_t)i;
			return true;
		}
	return false;
}

/* Cells point into the JSON object, which outlives the event; free the array only. */
static bool read_cells(const json_t *object, const char *key, struct cell **cells, size_t *count)
{
	json_t *members = json_object_get(object, key), *value;
	const char *name;

	*cells = NULL;
	*count = 0;
	if (json_object_size(members) == 0)
		return members == NULL || json_is_object(members);
	*cells = calloc(json_object_size(members), sizeof(**cells));
	if (*cells == NULL)
		return false;
	json_object_foreach (members, name, value) {
		if (!json_is_string(value))
			return false;
		(*cells)[*count] = (struct cell){
			.key = (char *)name, .value = (char *)json_string_value(value)};
		++*count;
	}
	return true;
}

static char *text_or_empty(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return (char *)(text != NULL ? text : "");
}

static bool tell_check(const json_t *object, struct event *event, event_emit *emit, void *context)
{
	struct check check = {.t_ns = event->t_ns};
	bool good = json_is_string(json_object_get(object, "name")) &&
		    read_cells(object, "cell", &check.cells, &check.cell_count) &&
		    read_cells(object, "let", &check.lets, &check.let_count);

	if (good) {
		check.name = text_or_empty(object, "name");
		check.formula = text_or_empty(object, "formula");
		check.predicted = text_or_empty(object, "predicted");
		check.query = text_or_empty(object, "query");
		check.measured = text_or_empty(object, "measured");
		check.problem = text_or_empty(object, "problem");
		check.match = json_is_true(json_object_get(object, "match"));
		event->kind = EVENT_CHECK;
		event->u.fact.check = &check;
		emit(context, event);
	}
	free(check.cells);
	free(check.lets);
	return good;
}

/* What tcpstate terminates when COMMAND has ended: how it ends is not known here. */
static bool read_survivor(const json_t *object, struct event *event)
{
	if (!json_line_exit(object, event))
		return false;
	event->u.exit.by_recorder = true;
	event->u.exit.known = false;
	return true;
}

/* Tell the event of one line; false: the line is bad. */
static bool tell(struct facts *facts, const json_t *object, event_emit *emit, void *context)
{
	static const struct {
		const char *type;
		read_fact *read;
	} readers[] = {{"mark", read_mark}, {"counter", read_counter}, {"owner", read_owner},
		{"let_go", read_let_go}, {"zombies", read_zombies}, {"stopped", read_stopped},
		{"waits", read_waits}, {"doing", read_doing}, {"output", read_output},
		{"address", read_address}, {"gap", read_gap}, {"exit", json_line_exit},
		{"survivor", read_survivor}, {"remark", read_remark}, {"sysctl", read_sysctl}};
	const char *type = json_string_value(json_object_get(object, "type"));
	struct event event = {.kind = EVENT_TICK};

	if (type == NULL)
		return false;
	if (strcmp(type, "end") == 0) {
		json_line_recording_end(object, &facts->end); /* one of another kind ends nothing */
		return true;
	}
	if (strcmp(type, "check") == 0) {
		if (!time_of(object, &event.t_ns))
			return false;
		event.asked_ns = event.t_ns;
		return tell_check(object, &event, emit, context);
	}
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcmp(type, readers[i].type) != 0)
			continue;
		if (!time_of(object, &event.t_ns) || !readers[i].read(object, &event))
			return false;
		if (event.asked_ns == 0)
			event.asked_ns = event.t_ns;
		emit(context, &event);
		return true;
	}
	return true;
}

/* The wall clock is no event: all times are by another one. False: the line is bad. */
static bool note_clock(struct facts *facts, const json_t *object)
{
	int64_t t_ns, step_ns;

	if (!time_of(object, &t_ns) || !integer_of(object, "step_ns", &step_ns))
		return false;
	if (facts->clock_sets++ == 0)
		facts->clock_step_ns = step_ns;
	return true;
}

static bool is_clock(const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));

	return type != NULL && strcmp(type, "clock") == 0;
}

/* The next line, now in facts->lines. */
static enum json_line read_line(struct facts *facts)
{
	enum json_line kind = facts->pending;

	facts->pending = JSON_LINE_END;
	return kind != JSON_LINE_END ? kind : json_line_read(&facts->lines);
}

static void read_manifest(struct facts *facts)
{
	enum json_line kind = read_line(facts);
	json_t *object = kind == JSON_LINE_TEXT || kind == JSON_LINE_TORN
				 ? json_line_parse(facts->lines.text, facts->lines.length)
				 : NULL;
	const char *type = json_string_value(json_object_get(object, "type"));

	if (type != NULL && strcmp(type, "manifest") == 0) {
		json_t *safe = json_line_safe(object);

		facts->manifest = safe != NULL ? json_dumps(safe, JSON_COMPACT) : NULL;
		json_decref(safe);
		facts->end_announced = json_is_true(json_object_get(object, "end"));
		facts->addresses = json_incref(json_object_get(object, "addresses"));
		if (!time_of(object, &facts->manifest_ns))
			facts->manifest_ns = 0;
	} else if (kind == JSON_LINE_TORN && object == NULL) {
		facts->torn = true;
	} else {
		facts->pending = kind;
	}
	json_decref(object);
}

/* Takes the stream over; NULL: it could not be opened, errno says why. */
static struct facts *facts_of(FILE *stream, const char *name, struct error *error)
{
	struct facts *facts;

	if (stream == NULL) {
		error_set(error, "%s: %s", name, strerror(errno));
		return NULL;
	}
	facts = calloc(1, sizeof(*facts));
	if (facts == NULL || (facts->name = strdup(name)) == NULL) {
		free(facts);
		fclose(stream);
		error_set(error, "out of memory");
		return NULL;
	}
	facts->lines.stream = stream;
	read_manifest(facts);
	if (ferror(facts->lines.stream)) {
		error_set(error, "%s: cannot be read", name);
		facts_close(facts);
		return NULL;
	}
	return facts;
}

struct facts *facts_open_file(const char *path, struct error *error)
{
	return facts_of(fopen(path, "re"), path, error);
}

struct facts *facts_open_fd(int fd, const char *name, struct error *error)
{
	FILE *stream = fdopen(fd, "r");
	int cause = errno;

	if (stream == NULL)
		close(fd);
	errno = cause;
	return facts_of(stream, name, error);
}

void facts_close(struct facts *facts)
{
	if (facts == NULL)
		return;
	if (facts->lines.stream != NULL)
		fclose(facts->lines.stream);
	json_decref(facts->addresses);
	free(facts->manifest);
	free(facts->lines.text);
	free(facts->name);
	free(facts);
}

size_t facts_clock_sets(const struct facts *facts, int64_t *step_ns)
{
	*step_ns = facts->clock_step_ns;
	return facts->clock_sets;
}

const char *facts_manifest(const struct facts *facts)
{
	return facts->manifest != NULL ? facts->manifest : "";
}

int facts_next(struct facts *facts, event_emit *emit, void *context, struct error *error)
{
	struct event event = {
		.t_ns = facts->manifest_ns, .asked_ns = facts->manifest_ns, .kind = EVENT_ADDRESS};
	enum json_line kind;
	json_t *object = NULL;

	while (facts->address_next < json_array_size(facts->addresses)) {
		const char *text =
			json_string_value(json_array_get(facts->addresses, facts->address_next++));

		if (text != NULL && address_of(text, &event.u.fact)) {
			emit(context, &event);
			return 1;
		}
	}
	kind = read_line(facts);
	if (kind == JSON_LINE_END && facts->lines.out_of_memory)
		return error_set(error, "out of memory");
	if (kind == JSON_LINE_END)
		return ferror(facts->lines.stream)
			       ? error_set(error, "%s: cannot be read", facts->name)
			       : 0;
	if (kind != JSON_LINE_REFUSE)
		object = json_line_parse(facts->lines.text, facts->lines.length);
	if (object == NULL && kind == JSON_LINE_TORN)
		facts->torn = true; /* the writer was cut off here */
	else if (object == NULL || !(is_clock(object) ? note_clock(facts, object)
						      : tell(facts, object, emit, context)))
		facts->bad_lines++;
	json_decref(object);
	return 1;
}

const struct recording_end *facts_ended(const struct facts *facts, bool *announced)
{
	*announced = facts->end_announced;
	return &facts->end;
}

size_t facts_bad_lines(const struct facts *facts)
{
	return facts->bad_lines;
}

bool facts_torn(const struct facts *facts)
{
	return facts->torn;
}
