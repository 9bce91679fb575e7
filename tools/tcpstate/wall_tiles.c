/* See wall_tiles.h. */
#include "wall_tiles.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/finding.h"
#include "tcpstate/state.h"

enum { ID_LEAST = 8, ID_MOST = 64, NAME_MOST = 40, TEXT_MOST = 240, FINDINGS_MOST = 6 };
static const int64_t second_ns = INT64_C(1000000000), ms_ns = 1000000;

struct tile {
	char id[ID_MOST + 1];
	unsigned number; /* from 1, as they came */
	uint64_t version;
	int64_t heard_ns;
	/* messages that it may still send now; one more each second / TILE_RATE */
	int64_t refilled_ns;
	unsigned credit;
	bool removed;
	json_t *said; /* in our words */
};

struct tiles {
	struct tile tile[TILES_MAX];
	size_t count;
	uint64_t version;
	int64_t opened_ns;
};

struct tiles *tiles_new(void)
{
	return calloc(1, sizeof(struct tiles));
}

void tiles_free(struct tiles *tiles)
{
	if (tiles == NULL)
		return;
	for (size_t i = 0; i < tiles->count; i++)
		json_decref(tiles->tile[i].said);
	free(tiles);
}

/* ---- what a message may say ---- */

static bool id_is_good(const char *id)
{
	size_t length = id != NULL ? strlen(id) : 0;

	return length >= ID_LEAST && length <= ID_MOST &&
	       strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
		       length;
}

/* Text as a person may see it: escaped, and cut. */
static json_t *text_take(const json_t *from, size_t most)
{
	const char *text = json_string_value(from);
	char out[TEXT_MOST + 1];

	escape_text(out, most + 1, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
	return json_string(out);
}

static json_t *number_take(const json_t *from)
{
	json_int_t number = json_integer_value(from);

	return json_integer(number < 0 ? 0 : number);
}

static json_t *states_take(const json_t *from)
{
	json_t *states = json_object();

	for (unsigned state = 0; state < STATE_MAX; state++) {
		const json_t *count = json_object_get(from, state_name(state));

		if (json_integer_value(count) > 0)
			json_object_set_new(states, state_name(state), number_take(count));
	}
	return states;
}

static bool is_finding(const char *word)
{
	for (unsigned code = 0; word != NULL && code < FINDING_MAX; code++)
		if (strcmp(finding_word(code), word) == 0)
			return true;
	return false;
}

static json_t *findings_take(const json_t *from)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < json_array_size(from) && i < FINDINGS_MOST; i++) {
		const json_t *finding = json_array_get(from, i);
		const char *word = json_string_value(json_object_get(finding, "finding"));

		if (is_finding(word))
			json_array_append_new(findings,
				json_pack("{s:s,s:o}", "finding", word, "text",
					text_take(json_object_get(finding, "text"), TEXT_MOST)));
	}
	return findings;
}

static json_t *stuck_take(const json_t *from)
{
	const char *state = json_string_value(json_object_get(from, "state"));
	json_int_t port = json_integer_value(json_object_get(from, "port"));

	for (unsigned known = 0; state != NULL && known < STATE_MAX; known++)
		if (strcmp(state, state_name(known)) == 0)
			return json_pack("{s:s,s:I,s:o}", "state", state, "port",
				port > 0 && port < 65536 ? port : 0, "ms",
				number_take(json_object_get(from, "ms")));
	return json_null();
}

static json_t *said_take(const json_t *message)
{
	return json_pack("{s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "name",
		text_take(json_object_get(message, "name"), NAME_MOST), "running",
		json_is_true(json_object_get(message, "running")), "connections",
		number_take(json_object_get(message, "connections")), "states",
		states_take(json_object_get(message, "states")), "checks",
		number_take(json_object_get(message, "checks")), "passed",
		number_take(json_object_get(message, "passed")), "findings",
		findings_take(json_object_get(message, "findings")), "stuck",
		stuck_take(json_object_get(message, "stuck")));
}

/* ---- who says it ---- */

static struct tile *tile_find(struct tiles *tiles, const char *id, int64_t now_ns)
{
	struct tile *tile;

	for (size_t i = 0; i < tiles->count; i++)
		if (strcmp(tiles->tile[i].id, id) == 0)
			return &tiles->tile[i];
	if (tiles->count == TILES_MAX)
		return NULL;
	if (tiles->count == 0)
		tiles->opened_ns = now_ns;
	tile = &tiles->tile[tiles->count++];
	strcpy(tile->id, id);
	tile->number = (unsigned)tiles->count;
	tile->credit = TILE_RATE;
	tile->refilled_ns = now_ns;
	return tile;
}

static bool credit_take(struct tile *tile, int64_t now_ns)
{
	int64_t more = (now_ns - tile->refilled_ns) / (second_ns / TILE_RATE);

	if (more > 0) {
		tile->credit =
			tile->credit + more > TILE_RATE ? TILE_RATE : tile->credit + (unsigned)more;
		tile->refilled_ns += more * (second_ns / TILE_RATE);
	}
	if (tile->credit == 0)
		return false;
	tile->credit--;
	return true;
}

enum tile_verdict tiles_take(struct tiles *tiles, const char *text, size_t size, int64_t now_ns)
{
	json_t *message = size <= TILE_MESSAGE_MAX ? json_loadb(text, size, 0, NULL) : NULL, *said;
	const char *id = json_string_value(json_object_get(message, "id"));
	struct tile *tile = id_is_good(id) ? tile_find(tiles, id, now_ns) : NULL;
	enum tile_verdict verdict = !id_is_good(id)              ? TILE_MALFORMED
				    : tile == NULL               ? TILE_FULL
				    : tile->removed              ? TILE_REMOVED
				    : !credit_take(tile, now_ns) ? TILE_TOO_OFTEN
								 : TILE_TAKEN;

	said = verdict == TILE_TAKEN ? said_take(message) : NULL;
	json_decref(message);
	if (said == NULL)
		return verdict == TILE_TAKEN ? TILE_MALFORMED : verdict;
	json_decref(tile->said);
	tile->said = said;
	tile->heard_ns = now_ns;
	tile->version = ++tiles->version;
	return TILE_TAKEN;
}

bool tiles_remove(struct tiles *tiles, unsigned number)
{
	struct tile *tile = number > 0 && number <= tiles->count ? &tiles->tile[number - 1] : NULL;

	if (tile == NULL || tile->removed)
		return false;
	tile->removed = true;
	tile->version = ++tiles->version;
	return true;
}

/* ---- what is shown ---- */

uint64_t tiles_version(const struct tiles *tiles)
{
	return tiles->version;
}

char *tiles_json(const struct tiles *tiles, uint64_t since, int64_t now_ns)
{
	json_t *shown = json_array(), *gone = json_array(), *all;
	char *text;

	for (size_t i = 0; i < tiles->count; i++) {
		const struct tile *tile = &tiles->tile[i];

		if (tile->version <= since)
			continue;
		if (tile->removed) {
			json_array_append_new(gone, json_integer(tile->number));
		} else if (tile->said != NULL) {
			json_t *copy = json_copy(tile->said);

			json_object_set_new(copy, "number", json_integer(tile->number));
			json_object_set_new(copy, "heard",
				json_integer((tile->heard_ns - tiles->opened_ns) / ms_ns));
			json_array_append_new(shown, copy);
		}
	}
	all = json_pack("{s:I,s:o,s:o}", "now",
		(json_int_t)(tiles->count > 0 ? (now_ns - tiles->opened_ns) / ms_ns : 0), "tiles",
		shown, "gone", gone);
	text = all != NULL ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	return text;
}
