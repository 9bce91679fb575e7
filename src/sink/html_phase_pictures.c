/* The picture phase by phase: what many lanes on one axis have no room for. Phases that took the
 * same course have one picture, as connections of a kind have one ladder. */
#include "html.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/steps.h"

enum {
	PHASES_PICTURED = 64,
	/* then the next ones are lower, without words; then the rest are left to the table */
	ROOMY_BYTES = 20000,
	PICTURED_BYTES = 82000
};

struct pictured {
	const struct phase *phase;
	int64_t from_ns;
	size_t same_as; /* the first that took this course: itself, or one before */
	uint64_t course;
	bool moved;
};

/* Connections that did something in this part of the time: more than to leave TIME_WAIT, unless
 * nobody did. */
static size_t drawn_doing(
	const struct sheet *sheet, int64_t from_ns, int64_t until_ns, bool leaving, uint32_t *out)
{
	size_t count = 0;

	for (uint32_t i = 0; i < sheet->drawn_count; i++) {
		const struct connection *connection =
			sheet_connection(sheet, &sheet->drawn[i], ROLE_CLIENT);
		bool moved = false;

		for (size_t k = 0; k < sheet->drawn[i].steps->count && !moved; k++) {
			const struct step *step = &sheet->drawn[i].steps->item[k];
			const struct record *record = step_edge(sheet->model, step);

			moved = record != NULL && record->t_ns >= from_ns &&
				record->t_ns <= until_ns &&
				(leaving || record->from != STATE_TIME_WAIT);
		}
		moved |= connection->first_ns >= from_ns && connection->first_ns <= until_ns;
		if (moved)
			out[count++] = i;
	}
	return count;
}

static size_t drawn_within(
	const struct sheet *sheet, int64_t from_ns, int64_t until_ns, uint32_t *out)
{
	size_t count = drawn_doing(sheet, from_ns, until_ns, false, out);

	return count > 0 ? count : drawn_doing(sheet, from_ns, until_ns, true, out);
}

/* ---- which phases took the same course ---- */

static uint64_t mix(uint64_t hash, unsigned value)
{
	const uint64_t words[] = {hash, value};

	return hash_words(words, 2);
}

/* The edges that a connection took within, and claims that were withdrawn, in order at each end:
 * which end's came first by a moment makes no other course. */
static uint64_t course_of(
	const struct sheet *sheet, const struct drawn *drawn, const struct pictured *within)
{
	uint64_t ends[2] = {0, 0};
	int client = sheet_connection(sheet, drawn, ROLE_CLIENT)->client == 1;

	for (size_t i = 0; i < drawn->steps->count; i++) {
		const struct step *step = &drawn->steps->item[i];
		const struct record *record =
			step->kind == STEP_TRANSITION
				? &sheet->model->transitions[step->index].record
			: step->kind == STEP_CORRECTION
				? &sheet->model->corrections[step->index].record
				: NULL;

		if (record == NULL || record->t_ns < within->from_ns ||
			record->t_ns > within->phase->t_ns)
			continue;
		uint64_t *end = &ends[(record->side & 1) != client];
		*end = mix(*end, step->kind);
		*end = mix(*end, (unsigned)record->from << 4 | record->to);
	}
	return hash_words(ends, 2);
}

/* Of those that moved within, the first of each course stays in drawn[]; returns how many do.
 * *sum: of their courses, however many took each, in whatever order. */
static size_t one_of_each(const struct sheet *sheet, const struct pictured *within, uint32_t *drawn,
	size_t count, uint64_t *sum)
{
	uint64_t course[LANES_MAX];
	size_t kept = 0;

	*sum = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t one = course_of(sheet, &sheet->drawn[drawn[i]], within);
		size_t at = 0;

		while (at < kept && course[at] != one)
			at++;
		if (at < kept || kept == LANES_MAX)
			continue;
		drawn[kept] = drawn[i];
		course[kept++] = one;
		*sum += one;
	}
	return kept;
}

/* returns how many there are; each with the first one that took its course */
static size_t phases_gather(
	const struct sheet *sheet, struct pictured pictured[PHASES_PICTURED], uint32_t *drawn)
{
	const struct phase *phases[PHASES_PICTURED];
	size_t count = sheet_phases(sheet, phases, PHASES_PICTURED);
	int64_t from_ns = sheet->zero_ns;

	for (size_t i = 0; i < count; i++) {
		struct pictured *at = &pictured[i];

		*at = (struct pictured){phases[i], from_ns, i, 0, false};
		from_ns = phases[i]->t_ns;
		size_t moved = drawn_within(sheet, at->from_ns, at->phase->t_ns, drawn);
		at->moved = moved > 0;
		one_of_each(sheet, at, drawn, moved, &at->course);
		for (size_t k = 0; k < i && at->same_as == i; k++)
			if (pictured[k].moved && at->moved && pictured[k].course == at->course)
				at->same_as = k;
	}
	return count;
}

/* ---- the pictures ---- */

/* By what happened in it, then by the mark that ends it. */
static void phase_caption(const struct sheet *sheet, const struct pictured *pictured, size_t number,
	char *caption, size_t size)
{
	char name[MARK_NAMED], safe[300], stretch[400];

	visible(page_phase(sheet->model, pictured->phase, name, sizeof(name)), 120, safe,
		sizeof(safe));
	page_stretch(
		sheet->model, pictured->from_ns, pictured->phase->t_ns, stretch, sizeof(stretch));
	if (*stretch != '\0')
		page_text(caption, size, WORD_PHASE_PICTURE, number, stretch, safe);
	else
		page_text(caption, size, WORD_PHASE_PICTURE_QUIET, number, safe);
}

/* "12–15, 20": those after the first one that took its course; returns how many */
static size_t same_list(
	const struct pictured *pictured, size_t count, size_t first, char *list, size_t size)
{
	size_t used = 0, same = 0;

	*list = '\0';
	for (size_t i = first + 1, last; i < count && used + 48 < size; i = last + 1) {
		for (last = i; last + 1 < count && pictured[i].same_as == first &&
			       pictured[last + 1].same_as == first;
			last++)
			;
		if (pictured[i].same_as != first)
			continue;
		used += (size_t)snprintf(list + used, size - used, last > i ? "%s%zu–%zu" : "%s%zu",
			used > 0 ? ", " : "", i + 1, last + 1);
		same += last + 1 - i;
	}
	return same;
}

static size_t put_phase(struct sheet *sheet, const struct pictured *pictured, size_t count,
	size_t i, bool roomy, uint32_t *drawn)
{
	char caption[1100], list[200], told[300], id[32];
	struct picture_wanted wanted = {.drawn = drawn,
		.from_ns = pictured[i].from_ns,
		.until_ns = pictured[i].phase->t_ns,
		.low = roomy ? 1 : 2,
		.bare = true};
	uint64_t courses;
	size_t alike, moved = drawn_within(sheet, wanted.from_ns, wanted.until_ns, drawn);

	wanted.count = one_of_each(sheet, &pictured[i], drawn, moved, &courses);
	phase_caption(sheet, &pictured[i], i + 1, caption, 800);
	if (wanted.count < moved) {
		page_text(told, sizeof(told), WORD_PHASE_ONE_EACH, wanted.count, moved);
		strncat(caption, told, sizeof(caption) - strlen(caption) - 1);
	}
	alike = same_list(pictured, count, i, list, sizeof(list));
	if (alike > 0) {
		page_text(
			told, sizeof(told), alike > 1 ? WORD_PHASES_ALIKE : WORD_PHASE_ALIKE, list);
		strncat(caption, told, sizeof(caption) - strlen(caption) - 1);
	}
	snprintf(id, sizeof(id), "fig-phase%zu", i + 1);
	return put_picture(sheet, id, &wanted, caption);
}

void html_phase_pictures(struct sheet *sheet)
{
	struct pictured *pictured = calloc(PHASES_PICTURED, sizeof(*pictured));
	uint32_t *drawn = malloc((sheet->drawn_count + 1) * sizeof(*drawn));
	size_t count = 0, bytes = 0;
	char text[200];

	if (pictured != NULL && drawn != NULL)
		count = phases_gather(sheet, pictured, drawn);
	if (count > 0)
		put(sheet->out, "<p class='lede'>%s</p>", page_word(WORD_PHASE_PICTURES));
	for (size_t i = 0; i < count; i++) {
		if (!pictured[i].moved || pictured[i].same_as != i)
			continue;
		bytes += put_phase(sheet, pictured, count, i, bytes < ROOMY_BYTES, drawn);
		if (bytes > PICTURED_BYTES && i + 1 < count) {
			put(sheet->out, "<p class='lede'>%s</p>",
				page_text(text, sizeof(text), WORD_PHASES_LEFT, i + 1));
			break;
		}
	}
	free(drawn);
	free(pictured);
}
