/* The lines of facts.jsonl, built as JSON text (their forms are described in facts.c). Text that is
 * no UTF-8 is made so: a line must always be readable again. */
#include "tcpstate/source.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_line.h"
#include "tcpstate/escape.h"
#include "tcpstate/model.h"

enum { TIME_TEXT = 32 };

/* A JSON string of any bytes: what is no UTF-8 (a mark typed in another encoding) becomes U+FFFD.
 * NULL text is "". */
static json_t *string_of(const char *text)
{
	static const uint8_t replacement[] = {0xef, 0xbf, 0xbd}; /* U+FFFD */
	size_t size = text != NULL ? strlen(text) : 0, used = 0;
	char *clean = malloc(size * 3 + 1);
	json_t *string;

	if (clean == NULL)
		return NULL;
	for (size_t i = 0; i < size;) {
		size_t length = utf8_length(text + i, size - i);

		if (length == 0) {
			memcpy(clean + used, replacement, sizeof(replacement));
			used += sizeof(replacement);
			i++;
			continue;
		}
		memcpy(clean + used, text + i, length);
		used += length;
		i += length;
	}
	string = json_stringn(clean, used);
	free(clean);
	return string;
}

static json_t *time_value(int64_t t_ns)
{
	char text[TIME_TEXT];

	if (t_ns < 0)
		t_ns = 0;
	snprintf(
		text, sizeof(text), "%" PRId64 ".%09" PRId64, t_ns / 1000000000, t_ns % 1000000000);
	return json_string(text);
}

static json_t *fact_new(const char *type, int64_t t_ns)
{
	json_t *object = json_object();

	if (json_object_set_new(object, "type", json_string(type)) != 0 ||
		json_object_set_new(object, "t", time_value(t_ns)) != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* Takes the value over. A failure leaves the object without it: fact_text() then sees too few
 * members. */
static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* Who it is; returns how many members that takes. */
static size_t put_process(json_t *object, const struct owner *owner)
{
	put(object, "pid", json_integer(owner->pid));
	if (owner->host_pid != 0)
		put(object, "host_pid", json_integer(owner->host_pid));
	put(object, "program", string_of(owner->program));
	return owner->host_pid != 0 ? 3 : 2;
}

/* The line, or NULL when one of the members could not be made. Frees the object. */
static char *fact_text(json_t *object, size_t members)
{
	char *text = json_object_size(object) == members ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

char *facts_mark(int64_t t_ns, const char *text, bool trial)
{
	json_t *object = fact_new("mark", t_ns);

	put(object, "text", string_of(text));
	if (trial)
		put(object, "trial", json_true());
	return fact_text(object, 3 + trial);
}

char *facts_sysctl(int64_t t_ns, const char *name, const char *from, const char *to)
{
	json_t *object = fact_new("sysctl", t_ns);

	put(object, "name", string_of(name));
	put(object, "from", string_of(from));
	put(object, "to", string_of(to));
	return fact_text(object, 5);
}

char *facts_note(int64_t t_ns, const char *text)
{
	json_t *object = fact_new("remark", t_ns);

	put(object, "text", string_of(text));
	return fact_text(object, 3);
}

char *facts_failure(int64_t t_ns, const char *text)
{
	json_t *object = fact_new("remark", t_ns);

	put(object, "text", string_of(text));
	put(object, "failed", json_true());
	return fact_text(object, 4);
}

/* Bytes that are no text are no loss here: it is there to be read. */
char *facts_output(int64_t t_ns, int stream, const struct call *call, const void *data, size_t size)
{
	json_t *object = fact_new("output", t_ns);
	char *text = malloc(size + 1);

	if (text != NULL) {
		for (size_t i = 0; i < size; i++)
			text[i] = ((const char *)data)[i] != '\0' ? ((const char *)data)[i] : '?';
		text[size] = '\0';
	}
	put(object, "stream",
		json_string(stream == 2   ? "stderr"
			    : stream == 1 ? "stdout"
					  : "both"));
	if (call != NULL) {
		put(object, "pid", json_integer(call->pid));
		put(object, "program", string_of(call->program));
	}
	put(object, "text", text != NULL ? string_of(text) : NULL);
	free(text);
	return fact_text(object, call != NULL ? 6 : 4);
}

char *facts_counter(int64_t t_ns, const char *name, int64_t value, int64_t delta)
{
	json_t *object = fact_new("counter", t_ns);

	put(object, "name", string_of(name));
	put(object, "value", json_integer(value));
	put(object, "delta", json_integer(delta));
	return fact_text(object, 5);
}

char *facts_let_go(int64_t t_ns, int64_t not_before_ns, const struct owner *owner)
{
	json_t *object = fact_new("let_go", t_ns);

	put(object, "not_before", time_value(not_before_ns));
	put(object, "inode", json_integer(owner->inode));
	return fact_text(object, 4 + put_process(object, owner));
}

char *facts_zombies(int64_t t_ns, int64_t since_ns, int64_t count, const struct owner *parent)
{
	json_t *object = fact_new("zombies", t_ns);

	put(object, "since", time_value(since_ns));
	put(object, "count", json_integer(count));
	return fact_text(object, 4 + put_process(object, parent));
}

char *facts_stopped(int64_t t_ns, int64_t since_ns, const struct owner *owner)
{
	json_t *object = fact_new("stopped", t_ns);

	put(object, "since", time_value(since_ns));
	return fact_text(object, 3 + put_process(object, owner));
}

char *facts_waits(int64_t t_ns, int64_t since_ns, const struct owner *owner)
{
	json_t *object = fact_new("waits", t_ns);

	put(object, "since", time_value(since_ns));
	put(object, "inode", json_integer(owner->inode));
	return fact_text(object, 4 + put_process(object, owner));
}

static json_t *doing_in(const struct doing_in *in)
{
	json_t *object = json_object();

	put(object, "kind", json_string(doing_word(in->kind)));
	if (in->inode != 0)
		put(object, "inode", json_integer(in->inode));
	put(object, "threads", json_integer(in->threads));
	return object;
}

char *facts_doing(
	int64_t t_ns, int64_t since_ns, const struct owner *owner, const struct doing *doing)
{
	json_t *object = fact_new("doing", t_ns), *in = json_array(), *watch = json_array();
	bool whole = true;

	put(object, "since", time_value(since_ns));
	put(object, "threads", json_integer(doing->threads));
	put(object, "looks", json_integer(doing->looks));
	put(object, "of", json_integer(doing->of));
	for (size_t i = 0; i < doing->count; i++)
		whole &= json_array_append_new(in, doing_in(&doing->in[i])) == 0;
	for (size_t i = 0; i < doing->watched_count; i++)
		whole &= json_array_append_new(
				 watch, json_pack("{s:I, s:s}", "inode",
						(json_int_t)doing->watched[i].inode, "how",
						doing_watch_word(doing->watched[i].how))) == 0;
	put(object, "in", in);
	put(object, "watch", watch);
	return fact_text(object, whole ? 8 + put_process(object, owner) : 0);
}

char *facts_owner(int64_t t_ns, const struct owner *owner)
{
	json_t *object = fact_new("owner", t_ns);

	put(object, "inode", json_integer(owner->inode));
	return fact_text(object, 3 + put_process(object, owner));
}

char *facts_address(int64_t t_ns, uint8_t family, const uint8_t addr[16], bool gone)
{
	char text[INET6_ADDRSTRLEN] = "";
	json_t *object = fact_new("address", t_ns);

	inet_ntop(family, addr, text, sizeof(text));
	put(object, "address", string_of(text));
	put(object, "gone", json_boolean(gone));
	return fact_text(object, 4);
}

const char *const lost_words[LOST_ENDS] = {[LOST_PACKETS] = "packets",
	[LOST_ROWS] = "rows",
	[LOST_LOOKUPS] = "look-ups",
	[LOST_PROCESSES] = "processes"};

char *facts_gap(int64_t t_ns, enum lost_of lost_of, int64_t count)
{
	json_t *object = fact_new("gap", t_ns);

	put(object, "of", json_string(lost_words[lost_of]));
	put(object, "count", json_integer(count));
	return fact_text(object, 4);
}

char *facts_clock(int64_t t_ns, int64_t step_ns)
{
	json_t *object = fact_new("clock", t_ns);

	put(object, "step_ns", json_integer(step_ns));
	return fact_text(object, 3);
}

static json_t *cells_of(const struct cell *cells, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; i < count; i++) {
		json_t *key = string_of(cells[i].key);

		if (key == NULL || json_object_set_new(object, json_string_value(key),
					   string_of(cells[i].value)) != 0) {
			json_decref(key);
			json_decref(object);
			return NULL;
		}
		json_decref(key);
	}
	return object;
}

static const char *const end_words[] = {
	[END_ORDERLY] = "orderly", [END_SIGNAL] = "signal", [END_ERROR] = "error"};

char *facts_end(const struct recording_end *end)
{
	json_t *object = fact_new("end", end->t_ns);
	size_t members = 5;

	put(object, "how", json_string(end_words[end->how]));
	if (end->how == END_SIGNAL && ++members)
		put(object, "signal", json_integer(end->signal));
	if (end->how == END_ERROR && ++members)
		put(object, "text", string_of(end->text));
	put(object, "packets", json_integer((json_int_t)end->packets));
	put(object, "messages", json_integer((json_int_t)end->messages));
	if (end->calls >= 0 && ++members)
		put(object, "calls", json_integer((json_int_t)end->calls));
	return fact_text(object, members);
}

char *facts_check(int64_t t_ns, const struct check *check)
{
	json_t *object = fact_new("check", t_ns);

	put(object, "name", string_of(check->name));
	put(object, "cell", cells_of(check->cells, check->cell_count));
	put(object, "let", cells_of(check->lets, check->let_count));
	put(object, "formula", string_of(check->formula));
	put(object, "predicted", string_of(check->predicted));
	put(object, "query", string_of(check->query));
	put(object, "measured", string_of(check->measured));
	put(object, "problem", string_of(check->problem));
	put(object, "match", json_boolean(check->match));
	return fact_text(object, 11);
}
