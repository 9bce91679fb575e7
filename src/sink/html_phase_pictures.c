/* The picture phase by phase: what many lanes on one axis have no room for. Phases that took the
 * same course have one picture, as connections of a kind have one ladder. */
#include "html.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"
#include "tcpstate/prose_report.h"

enum {
	PHASES_PICTURED = 64,
	PICTURED_BYTES = 50000 /* then the rest of the phases are left to the table */
};

struct pictured {
	const struct phase *phase;
	int64_t from_ns;
	size_t same_as; /* the first that took this course: itself, or one before */
	uint64_t course;
	bool moved;
};

/* Connections that were there in this part of the time, and did something or were still held. */
static size_t drawn_within(
	const struct sheet *sheet, int64_t from_ns, int64_t until_ns, uint32_t *out)
{
	size_t count = 0;

	for (uint32_t i = 0; i < sheet->drawn_count; i++) {
		const struct connection *connection =
			sheet_connection(sheet, &sheet->drawn[i], ROLE_CLIENT);
		bool moved = false;

		for (size_t k = 0; k < sheet->drawn[i].steps->count && !moved; k++) {
			const struct step *step = &sheet->drawn[i].steps->item[k];
			int64_t t_ns = step->kind == STEP_TRANSITION
					       ? sheet->model->transitions[step->index].record.t_ns
					       : 0;

			moved = t_ns >= from_ns && t_ns <= until_ns;
		}
		moved |= connection->first_ns >= from_ns && connection->first_ns <= until_ns;
		if (moved)
			out[count++] = i;
	}
	return count;
}

/* ---- which phases took the same course ---- */

static uint64_t mix(uint64_t hash, unsigned value)
{
	const uint64_t words[] = {hash, value};

	return hash_words(words, 2);
}

/* The edges that a connection took within, and claims that were withdrawn, in order. */
static uint64_t course_of(
	const struct sheet *sheet, const struct drawn *drawn, const struct pictured *within)
{
	uint64_t hash = 0;

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
		hash = mix(hash, step->kind);
		hash = mix(
			hash, (record->side & 1u) << 8 | (unsigned)record->from << 4 | record->to);
	}
	return hash;
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
		for (size_t k = 0; k < moved; k++) /* in whatever order they came */
			at->course += course_of(sheet, &sheet->drawn[drawn[k]], at);
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
	char name[300], safe[300], stretch[400];

	visible(prose_phase_name(pictured->phase, name, sizeof(name)), 120, safe, sizeof(safe));
	page_stretch(
		sheet->model, pictured->from_ns, pictured->phase->t_ns, stretch, sizeof(stretch));
	if (*stretch != '\0')
		page_text(caption, size, WORD_PHASE_PICTURE, number, stretch, safe);
	else
		page_text(caption, size, WORD_PHASE_PICTURE_QUIET, number, safe);
}

/* "12–15, 20": those after the first one that took its course */
static bool same_list(
	const struct pictured *pictured, size_t count, size_t first, char *list, size_t size)
{
	size_t used = 0;

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
	}
	return used > 0;
}

static size_t put_phase(struct sheet *sheet, const struct pictured *pictured, size_t count,
	size_t i, uint32_t *drawn)
{
	char caption[1100], list[200], told[300], id[32];
	struct picture_wanted wanted = {.drawn = drawn,
		.from_ns = pictured[i].from_ns,
		.until_ns = pictured[i].phase->t_ns,
		.bare = true};

	wanted.count = drawn_within(sheet, wanted.from_ns, wanted.until_ns, drawn);
	if (wanted.count > LANES_MAX)
		wanted.count = LANES_MAX;
	phase_caption(sheet, &pictured[i], i + 1, caption, 800);
	if (same_list(pictured, count, i, list, sizeof(list))) {
		page_text(told, sizeof(told), WORD_PHASES_ALIKE, list);
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
		bytes += put_phase(sheet, pictured, count, i, drawn);
		if (bytes > PICTURED_BYTES && i + 1 < count) {
			put(sheet->out, "<p class='lede'>%s</p>",
				page_text(text, sizeof(text), WORD_PHASES_LEFT, i + 1));
			break;
		}
	}
	free(drawn);
	free(pictured);
}
