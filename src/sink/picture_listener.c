/* A listener's lane: its accept queue against what it holds, half-open requests below, SYNs without
 * answer above. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/prose.h"
#include "tcpstate/segment.h"

enum { QUEUE_HEIGHT = 48, HALF_HEIGHT = 16, DRAWN_CAPACITY = 12 };
enum { CHANGES_MAX = 2048 };

struct change {
	int64_t t_ns;
	int by;
};
enum { SUCCESSORS_MAX = 64 };
struct lane {
	const struct listener *listener; /* the one being drawn */
	const struct listener *all[SUCCESSORS_MAX];
	size_t count;
	size_t owners; /* how many processes held it in turn */
	uint32_t queue_most;
	struct change half[CHANGES_MAX];
	size_t half_count;
	int half_most;
	double base, unit, scale;
	double drops; /* the line of dropped SYNs */
};

static int compare_changes(const void *left, const void *right)
{
	const struct change *a = left, *b = right;

	return a->t_ns != b->t_ns ? (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns) : a->by - b->by;
}

static void half_open_gather(const struct picture *picture, struct lane *lane)
{
	int now = 0;

	for (size_t i = 0; i < picture->wanted->count; i++) {
		uint32_t at =
			picture->wanted->drawn != NULL ? picture->wanted->drawn[i] : (uint32_t)i;
		const struct drawn *drawn = &picture->sheet->drawn[at];
		struct span spans[SPANS_MAX];

		if (!listener_serves(
			    lane->listener, sheet_connection(picture->sheet, drawn, ROLE_SERVER)))
			continue;
		size_t count =
			sheet_spans(picture->sheet, drawn, ROLE_SERVER, picture->tail_ns, spans);
		for (size_t k = 0; k < count && lane->half_count + 2 <= CHANGES_MAX; k++) {
			if (spans[k].state != STATE_SYN_RECV ||
				spans[k].until_ns <= spans[k].from_ns)
				continue;
			lane->half[lane->half_count++] = (struct change){spans[k].from_ns, 1};
			lane->half[lane->half_count++] = (struct change){spans[k].until_ns, -1};
		}
	}
	qsort(lane->half, lane->half_count, sizeof(*lane->half), compare_changes);
	for (size_t i = 0; i < lane->half_count; i++) {
		now += lane->half[i].by;
		lane->half_most = now > lane->half_most ? now : lane->half_most;
	}
}

/* what is left above the greatest capacity, in connections */
static const double CAPACITY_AIR = .35;

static void lane_scale(struct lane *lane)
{
	double most = lane->queue_most > 1 ? lane->queue_most : 1;

	for (size_t l = 0; l < lane->count; l++)
		for (size_t i = 0; i < lane->all[l]->level_count; i++) {
			uint32_t holds = lane->all[l]->levels[i].backlog + 1;

			if (holds <= DRAWN_CAPACITY && holds > most)
				most = holds;
		}
	lane->scale = most + CAPACITY_AIR;
	lane->unit = QUEUE_HEIGHT / lane->scale;
}

/* Whose listener it was; what: what stands before it, "": nothing does. */
static void put_owners(struct picture *picture, struct lane *lane, const char *what)
{
	char whose[FLOW_END_TEXT + 64] = "", text[FLOW_END_TEXT + 128], fitted[FLOW_END_TEXT + 128];

	lane->owners = prose_owners_in_turn(
		picture->sheet->model, lane->all, lane->count, whose, sizeof(whose));
	snprintf(text, sizeof(text), "%s%s%s", what, *what != '\0' && *whose != '\0' ? " " : "",
		whose);
	if (*text != '\0')
		put_text(picture->labels, 2, picture->y + 27, "s t9",
			px_fit(text, SMALL, picture->left - 8, false, fitted, sizeof(fitted)));
}

static void put_labels(struct picture *picture, struct lane *lane, bool half)
{
	char end[FLOW_END_TEXT], fitted[FLOW_END_TEXT + 64];
	const char *word = page_word(WORD_LISTENER);

	sheet_end(picture->sheet, &lane->all[lane->count - 1]->key, 0, end);
	/* beside a long address is no room for the word: it stands below, before the program */
	bool beside =
		px_width(word, NAMES, false) + px_width(end, NAMES, true) <= picture->left - 12;
	put(picture->labels,
		"<text x='2' y='%n' class='t12'><tspan class='s'>%s</tspan>%s<tspan "
		"class='b'>%e</tspan></text>",
		picture->y + 13, beside ? word : "", beside ? " " : "",
		px_fit_end(end, NAMES,
			picture->left - 12 - (beside ? px_width(word, NAMES, false) : 0), true,
			fitted, sizeof(fitted)));
	put_owners(picture, lane, beside ? "" : word);
	put_text(picture->labels, picture->left - 6, lane->base - 5, "s e t9",
		page_word(WORD_ACCEPT_QUEUE));
	if (half)
		put_text(picture->labels, picture->left - 6, lane->base + 15, "s e t9",
			page_word(WORD_HALF_OPEN));
}

/* ---- one lifetime of it ---- */

struct life {
	int64_t from_ns, until_ns;
	const struct record *opened;
};

/* Its levels then, in the part of the time that is drawn: from the one in force at its start. */
static size_t points_within(const struct picture *picture, const struct listener *listener,
	const struct life *life, size_t *first)
{
	const struct picture_wanted *wanted = picture->wanted;
	size_t count = 0;

	*first = 0;
	for (size_t i = 0; i < listener->level_count; i++) {
		const struct queue_level *level = &listener->levels[i];
		bool over = i + 1 < listener->level_count && level[1].t_ns <= wanted->from_ns;

		if (level->t_ns < life->from_ns - 1000000 || level->t_ns > life->until_ns + 1000000)
			continue;
		if (wanted->until_ns != 0 && (over || level->t_ns > wanted->until_ns))
			continue;
		if (count++ == 0)
			*first = i;
	}
	return count;
}

static double point_x(const struct picture *picture, const struct listener *listener, size_t i,
	size_t end, const struct life *life)
{
	int64_t t_ns = i < end ? listener->levels[i].t_ns : life->until_ns;

	if (t_ns < life->from_ns)
		t_ns = life->from_ns;
	return axis_x(&picture->axis, t_ns < life->until_ns ? t_ns : life->until_ns);
}

/* The levels from first on that are told alike, by answers or by counting. */
static size_t alike_until(const struct listener *listener, size_t first, size_t end)
{
	size_t i = first + 1;

	while (i < end && listener->levels[i].counted == listener->levels[first].counted)
		i++;
	return i;
}

static void put_levels(const struct picture *picture, const struct lane *lane,
	const struct life *life, size_t first, size_t until, size_t end, struct strokes *strokes)
{
	const struct listener *listener = lane->listener;
	const struct queue_level *levels = listener->levels;
	static const char *const classes[2][2] = {{"q", "ql"}, {"q qc", "ql qc"}};

	for (int line = 0; line < 2; line++) {
		double from = line && first > 0 && levels[first - 1].t_ns >= life->from_ns
				      ? lane->base - levels[first - 1].queue * lane->unit
				      : lane->base;

		if (!line && until == first + 1 && levels[first].queue == 0)
			continue;
		FILE *out = strokes_of(strokes, classes[levels[first].counted][line]);
		put(out, "M%n %n", point_x(picture, listener, first, end, life), from);
		for (size_t i = first; i < until; i++)
			put(out, "V%nH%n", lane->base - levels[i].queue * lane->unit,
				point_x(picture, listener, i + 1, end, life));
		if (!line)
			put(out, "V%nz", lane->base);
	}
}

static void put_queue(struct picture *picture, const struct lane *lane, const struct life *life)
{
	const struct listener *listener = lane->listener;
	size_t first, end = points_within(picture, listener, life, &first);
	struct strokes strokes = {.count = 0};

	if (end == 0)
		return;
	end += first;
	for (size_t i = first, until; i < end; i = until) {
		until = alike_until(listener, i, end);
		put_levels(picture, lane, life, i, until, end, &strokes);
	}
	strokes_end(&strokes, picture->under);
	for (size_t i = first; i < end; i++) {
		double x = point_x(picture, listener, i, end, life),
		       next = point_x(picture, listener, i + 1, end, life);
		char number[16];

		picture->used.queue[listener->levels[i].counted] |= listener->levels[i].queue > 0;
		snprintf(number, sizeof(number), "%u", listener->levels[i].queue);
		if (listener->levels[i].queue > 0 && next - x > px_width(number, NORMAL, true) + 8)
			put_text(picture->over,
				axis_clear(&picture->axis, (x + next) / 2 - 5, 10, next - 2) + 5,
				lane->base - listener->levels[i].queue * lane->unit / 2 + 4, "m b",
				number);
	}
}

static void put_capacity(
	struct picture *picture, const struct lane *lane, double x, double next, uint32_t backlog)
{
	double holds = (double)backlog + 1, y = lane->base - holds * lane->unit;
	bool above = holds > lane->scale + .4;
	char text[128];

	page_text(text, sizeof(text), above ? WORD_ROOM_ABOVE : WORD_ROOM, backlog + 1u, backlog);
	double width = px_width(text, SMALL, false);
	if (!above)
		put(picture->under, "<path class='cap' d='M%n %nH%n'/>", x, y, next);
	if (next - x > width + 8 && (above || picture->density > DENSITY_THIN))
		put_text(picture->over, axis_clear(&picture->axis, x + 4, width, next),
			above ? lane->base - QUEUE_HEIGHT + 9 : y - 4, "t9 s halo", text);
}

static void put_capacities(
	struct picture *picture, const struct lane *lane, const struct life *life)
{
	const struct listener *listener = lane->listener;
	size_t first, end = points_within(picture, listener, life, &first);

	for (size_t i = first, next; i < first + end; i = next) {
		for (next = i + 1; next < first + end &&
				   listener->levels[next].backlog == listener->levels[i].backlog;
			next++)
			;
		put_capacity(picture, lane,
			i == first ? axis_x(&picture->axis, life->from_ns)
				   : point_x(picture, listener, i, first + end, life),
			point_x(picture, listener, next, first + end, life),
			listener->levels[i].backlog);
	}
}

/* Whose this lifetime is, where the queue leaves room: beside the line of what it holds. */
static void put_holder(struct picture *picture, const struct lane *lane, double x, double room)
{
	const struct listener *listener = lane->listener;
	double y = lane->base - QUEUE_HEIGHT + 18;
	char name[64];

	snprintf(name, sizeof(name), "%s[%u]", listener->owner.program, listener->owner.pid);
	if (picture->density == DENSITY_THIN || room <= px_width(name, SMALL, false) + 6 ||
		listener->most_waiting * lane->unit >= QUEUE_HEIGHT / 2.0)
		return;
	if (listener->level_count > 0) {
		double line = lane->base - (listener->levels[0].backlog + 1.0) * lane->unit;

		if (y > line - 16 && y < line + 10)
			y = line - 16;
	}
	put_text(picture->over, x + 4, y, "t9 s halo", name);
}

static void put_life(
	struct picture *picture, const struct lane *lane, const struct life *life, bool half)
{
	double from = axis_x(&picture->axis, life->from_ns),
	       until = axis_x(&picture->axis, life->until_ns);
	char end[FLOW_END_TEXT], t_from[DURATION_TEXT], t_until[DURATION_TEXT], why[256] = "";

	if (picture->wanted->until_ns != 0 && (life->until_ns < picture->wanted->from_ns ||
						      life->from_ns > picture->wanted->until_ns))
		return;
	if (life->opened != NULL)
		prose_reason(&life->opened->reason, why, sizeof(why));
	put(picture->under, "<rect class='pn' x='%n' y='%n' width='%n' height='%n'/>", from,
		lane->base - QUEUE_HEIGHT, until - from,
		(double)QUEUE_HEIGHT + (half ? HALF_HEIGHT + 4 : 0));
	put_queue(picture, lane, life);
	put_capacities(picture, lane, life);
	if (lane->owners > 1)
		put_holder(picture, lane, from, until - from);
	put(picture->under,
		"<g class='hv'><title>%e LISTEN, %s – %s s. %e</title><rect class='LI sp' x='%n' "
		"y='%n' width='%n' height='3'/></g>",
		flow_end_text(&lane->listener->key, 0, end),
		sheet_seconds(picture->sheet, life->from_ns, t_from),
		sheet_seconds(picture->sheet, life->until_ns, t_until), why, from, lane->base,
		until > from ? until - from : .8);
	put_mark(picture->under,
		life->opened != NULL ? sheet_mark(life->opened->evidence) : MARK_KERNEL, from,
		lane->base + 1.5, picture->room->mark);
	picture->used.state[STATE_LISTEN] = true;
	picture->used.evidence[EVIDENCE_KERNEL] = true;
}

/* Its lifetimes by its transitions; without any, from first to last sight. */
static void put_lives(struct picture *picture, const struct lane *lane, bool half)
{
	const struct listener *listener = lane->listener;
	const struct model *model = picture->sheet->model;
	struct life life = {listener->first_ns, picture->tail_ns, NULL};
	bool open = false, any = false;

	for (size_t i = 0; i < listener->steps.count; i++) {
		const struct step *step = &listener->steps.item[i];
		if (step->kind != STEP_TRANSITION)
			continue;
		const struct record *record = &model->transitions[step->index].record;
		if (record->to == STATE_LISTEN) {
			life = (struct life){record->t_ns, picture->tail_ns, record};
			open = true;
		} else if (open) {
			life.until_ns = record->t_ns;
			put_life(picture, lane, &life, half);
			open = false;
		}
		any = true;
	}
	if (open || !any)
		put_life(picture, lane, &life, half);
}

static void put_half_open(struct picture *picture, const struct lane *lane)
{
	struct strokes spans = {.count = 0};
	int now = 0;

	for (size_t i = 0; i + 1 < lane->half_count; i++) {
		double from = axis_x(&picture->axis, lane->half[i].t_ns),
		       until = axis_x(&picture->axis, lane->half[i + 1].t_ns);

		now += lane->half[i].by;
		if (now > 0 && lane->half[i + 1].t_ns > lane->half[i].t_ns)
			put_box(strokes_of(&spans, "SR sp"), from, lane->base + 4,
				until - from > .6 ? until - from : .6,
				(double)now * (HALF_HEIGHT - 2) / lane->half_most);
	}
	strokes_end(&spans, picture->under);
}

/* Is it a SYN to this lane, in the stretch of time that is drawn? */
static bool drop_is_here(
	const struct picture *picture, const struct lane *lane, const struct unanswered *syn)
{
	const struct connection *of = &picture->sheet->model->connections[syn->connection];

	return (of->traits & TRAIT_DROPPED) != 0 && listener_serves(lane->listener, of) &&
	       picture_in_window(picture, syn->t_ns);
}

static bool drops_shown(const struct picture *picture, const struct lane *lane)
{
	const struct model *model = picture->sheet->model;

	for (size_t i = 0; i < model->unanswered_count; i++)
		if (drop_is_here(picture, lane, &model->unanswered[i]))
			return true;
	return false;
}

/* The row of dropped SYNs stands above the queue, and above the words over its capacity. */
static double drops_lift(const struct picture *picture, const struct lane *lane)
{
	double over = 13 - CAPACITY_AIR * lane->unit;

	return picture->density > DENSITY_THIN && over > 0 && drops_shown(picture, lane) ? over : 0;
}

/* Beside its cross what it was, or only whose, as far as the next cross leaves room. */
static void label_dropped(
	struct picture *picture, const struct lane *lane, size_t index, const char *name)
{
	const struct model *model = picture->sheet->model;
	const struct unanswered *syn = &model->unanswered[index];
	double x = axis_x(&picture->axis, syn->t_ns) + 6, room = picture->right - x;
	char text[96];

	for (size_t i = index + 1; i < model->unanswered_count; i++)
		if (drop_is_here(picture, lane, &model->unanswered[i])) {
			double next = axis_x(&picture->axis, model->unanswered[i].t_ns) - 5;

			room = next - x < room ? next - x : room;
			break;
		}
	page_text(text, sizeof(text), WORD_SYN_DROPPED, name);
	if (px_width(text, SMALL, false) > room)
		snprintf(text, sizeof(text), "%s", name);
	if (px_width(text, SMALL, false) <= room)
		put_text(picture->over, x, lane->drops, "t9 bad halo", text);
}

static void put_dropped(struct picture *picture, const struct lane *lane)
{
	const struct model *model = picture->sheet->model;
	uint64_t count = 0;
	char text[96];

	for (size_t i = 0; i < model->unanswered_count; i++) {
		const struct unanswered *syn = &model->unanswered[i];
		const struct drawn *drawn =
			&picture->sheet->drawn[picture->sheet->of_connection[syn->connection]];
		double x = axis_x(&picture->axis, syn->t_ns);

		if (!drop_is_here(picture, lane, syn))
			continue;
		count++;
		page_text(text, sizeof(text), WORD_SYN_NO_ANSWER, drawn->name, syn->frame);
		put(picture->over, "<g class='hv' data-c='%s'><title>%s</title>", drawn->id, text);
		put_mark(picture->over, MARK_CROSS, x, lane->drops - 4, 3.4);
		put(picture->over, "</g>");
		if (picture->density >= DENSITY_SNUG)
			label_dropped(picture, lane, i, drawn->name);
	}
	picture->used.ignored |= count > 0;
	if (count > 0 && picture->density < DENSITY_SNUG)
		put_text(picture->over, picture->right + 6, lane->drops, "t9 bad",
			page_count(text, sizeof(text), COUNT_SYNS_DROPPED, count));
}

void picture_listener(struct picture *picture, uint32_t index)
{
	const struct model *model = picture->sheet->model;
	const struct listener *first = &model->listeners[index];
	struct lane *lane = calloc(1, sizeof(*lane));
	char text[64];

	if (lane == NULL)
		return;
	for (uint32_t i = index; i < model->listener_count && lane->count < SUCCESSORS_MAX; i++)
		if (model->listeners[i].run == first->run &&
			flow_key_equal(&model->listeners[i].key, &first->key))
			lane->all[lane->count++] = &model->listeners[i];
	lane->listener = first;
	lane->queue_most = listener_longest(picture, index);
	half_open_gather(picture, lane);
	lane_scale(lane);
	picture->y += 8;
	lane->drops = picture->y + 14;
	lane->base = picture->y + 16 + QUEUE_HEIGHT + drops_lift(picture, lane);
	put_labels(picture, lane, lane->half_most > 0);
	for (size_t i = 0; i < lane->count; i++) {
		lane->listener = lane->all[i];
		put_lives(picture, lane, lane->half_most > 0);
	}
	lane->listener = first;
	put_half_open(picture, lane);
	put_dropped(picture, lane);
	put_text(picture->over, picture->right + 6, lane->base - 5, "t9 s",
		page_text(text, sizeof(text),
			lane->queue_most > 0 ? WORD_MOST_WAITING : WORD_NOBODY_WAITED,
			lane->queue_most));
	if (lane->half_most > 1)
		put_text(picture->over, picture->right + 6, lane->base + 13, "t9 s",
			page_text(text, sizeof(text), WORD_MOST_HALF_OPEN, lane->half_most));
	picture->y = lane->base + (lane->half_most > 0 ? HALF_HEIGHT : 0) + 6;
	free(lane);
}
