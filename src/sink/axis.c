/* The folded logarithmic time axis, its ruler and its zigzags. */
#include "axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "paint.h"

static int compare_times(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Of a long recording gaps from 5 s, of a short one from a quarter of it. */
static int64_t fold_from(int64_t total_ns)
{
	int64_t part = total_ns > 500000000 ? total_ns / 100 * 8 : total_ns / 4,
		least = total_ns > 500000000 ? 200000000 : 20000000;

	return part < least ? least : part > 5000000000 ? 5000000000 : part;
}

static double weight_of(int64_t gap_ns, int64_t fold_ns)
{
	double weight = gap_ns <= 2000    ? .75
			: gap_ns <= 10000 ? 1
					  : 1 + .55 * log10((double)gap_ns / 1e4);

	/* the longer the silence, the more of it is seen */
	return weight +
	       (gap_ns >= fold_ns ? 2.5 + 1.5 * log10((double)gap_ns / (double)fold_ns) : 0);
}

/* "99.9 s" has room in it */
enum { FOLD_LEAST = 42 };

static double step_weight(const struct axis *axis, size_t i)
{
	return axis->t_ns[i] <= axis->zero_ns
		       ? .4
		       : weight_of(axis->t_ns[i] - axis->t_ns[i - 1], axis->fold_ns);
}

/* How wide a unit of weight is; folded gaps that would be narrower than FOLD_LEAST get that, unless
 * they would take half of the axis. */
static double unit_of(const struct axis *axis, double *least)
{
	double sum = 0, width = axis->right - axis->left, unit;
	size_t folds = 0;

	for (size_t i = 1; i < axis->count; i++) {
		sum += step_weight(axis, i);
		folds += axis_folded(axis, i);
	}
	unit = sum > 0 ? width / sum : 0;
	*least = FOLD_LEAST * (double)folds <= width / 2 ? FOLD_LEAST : 0;
	double narrow = 0, rest = sum;
	for (size_t i = 1; i < axis->count; i++)
		if (axis_folded(axis, i) && step_weight(axis, i) * unit < *least) {
			narrow += *least;
			rest -= step_weight(axis, i);
		}
	return narrow > 0 && rest > 0 ? (width - narrow) / rest : unit;
}

static void axis_place(struct axis *axis)
{
	double least, unit = unit_of(axis, &least), x = 0;

	axis->x[0] = 0;
	for (size_t i = 1; i < axis->count; i++) {
		double step = step_weight(axis, i) * unit;

		axis->x[i] = x += axis_folded(axis, i) && step < least ? least : step;
	}
	/* one that was just wide enough before is not now: all together fill the axis */
	double scale = x > 0 ? (axis->right - axis->left) / x : 0;
	for (size_t i = 0; i < axis->count; i++)
		axis->x[i] = axis->left + axis->x[i] * scale;
}

bool axis_new(
	struct axis *axis, int64_t *times, size_t count, int64_t zero_ns, double left, double right)
{
	size_t kept = 0;

	*axis = (struct axis){.t_ns = times, .zero_ns = zero_ns, .left = left, .right = right};
	axis->x = malloc((count + 1) * sizeof(*axis->x));
	if (axis->x == NULL || times == NULL || count == 0) {
		axis_free(axis);
		return false;
	}
	qsort(times, count, sizeof(*times), compare_times);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || times[i] != times[kept - 1])
			times[kept++] = times[i];
	axis->count = kept;
	axis->fold_ns = fold_from(times[kept - 1] - times[0]);
	axis_place(axis);
	return true;
}

void axis_free(struct axis *axis)
{
	free(axis->t_ns);
	free(axis->x);
	*axis = (struct axis){0};
}

double axis_x(const struct axis *axis, int64_t t_ns)
{
	size_t low = 0, high = axis->count - 1;

	if (t_ns <= axis->t_ns[0])
		return axis->x[0];
	if (t_ns >= axis->t_ns[high])
		return axis->x[high];
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (axis->t_ns[middle] <= t_ns)
			low = middle;
		else
			high = middle;
	}
	return axis->x[low] + (axis->x[high] - axis->x[low]) * (double)(t_ns - axis->t_ns[low]) /
				      (double)(axis->t_ns[high] - axis->t_ns[low]);
}

bool axis_folded(const struct axis *axis, size_t i)
{
	return i > 0 && axis->t_ns[i] > axis->zero_ns &&
	       axis->t_ns[i] - axis->t_ns[i - 1] >= axis->fold_ns;
}

/* ---- the ruler ---- */

static int step_class(const struct axis *axis, size_t i)
{
	int64_t gap = axis->t_ns[i] - axis->t_ns[i - 1];

	return axis_folded(axis, i) ? 4 : gap < 1000000 ? 1 : gap < 20000000 ? 2 : 3;
}

/* The darker the longer; of less than a millisecond it is empty. */
static void put_strip(FILE *out, const struct axis *axis, double y)
{
	struct strokes strips = {.count = 0};

	for (size_t i = 1, next; i < axis->count; i = next) {
		for (next = i + 1;
			next < axis->count && step_class(axis, next) == step_class(axis, i); next++)
			;
		double from = axis->x[i - 1], width = axis->x[next - 1] - from;
		int class = step_class(axis, i);

		if (class == 4)
			put_box(strokes_of(&strips, "z4"), from, y, width, 5);
		else if (class > 1)
			put(strokes_of(&strips, class == 2 ? "z2" : "z3"), "M%n %nh%n", from,
				y + 2.5, width);
	}
	strokes_end(&strips, out);
	put(out, "<path class='ru' d='M%n %nH%nm0 5H%n'/>", axis->left, y, axis->right, axis->left);
}

struct label {
	double from, to;
	char text[24];
};
struct labels {
	struct label item[64];
	size_t count;
};

static bool label_fits(const struct labels *labels, const struct label *wanted)
{
	for (size_t i = 0; i < labels->count; i++)
		if ((wanted->to >= labels->item[i].from && wanted->from <= labels->item[i].to) ||
			strcmp(labels->item[i].text, wanted->text) == 0)
			return false;
	return labels->count < sizeof(labels->item) / sizeof(labels->item[0]);
}

/* How long a folded gap is, in it. */
static void put_fold_lengths(FILE *out, const struct axis *axis, double y)
{
	for (size_t i = 1; i < axis->count; i++) {
		double from = axis->x[i > 0 ? i - 1 : 0], width = axis->x[i] - from;
		char text[DURATION_TEXT];

		if (!axis_folded(axis, i))
			continue;
		duration_text(axis->t_ns[i] - axis->t_ns[i - 1], text);
		put(out, "<rect class='z4' x='%n' y='%n' width='%n' height='13'/>", from + .5, y,
			width > 1 ? width - 1 : width);
		if (width >= px_width(text, 10, false) + 3)
			put_text(out, from + width / 2, y + 10, "t9 m fd", text);
	}
}

static const struct axis *sorted_axis;

/* The gap before a knot; that where the numbers begin comes before all. */
static int64_t gap_before(const struct axis *axis, size_t i)
{
	bool first =
		i == 0 || (axis->t_ns[i] >= axis->zero_ns && axis->t_ns[i - 1] < axis->zero_ns);

	return first ? INT64_MAX : axis->t_ns[i] - axis->t_ns[i - 1];
}

/* By the gap before a knot, the longest first. */
static int compare_gaps(const void *left, const void *right)
{
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	int64_t gap_a = gap_before(sorted_axis, a), gap_b = gap_before(sorted_axis, b);

	return gap_a != gap_b ? (gap_a < gap_b ? 1 : -1) : (a > b) - (a < b);
}

static void label_knots(
	FILE *out, const struct axis *axis, double y, int64_t zero_ns, struct labels *labels)
{
	size_t *order = malloc(axis->count * sizeof(*order));
	struct strokes ticks = {.count = 0};
	bool is_long = axis->t_ns[axis->count - 1] - axis->t_ns[0] > 20000000;

	for (size_t i = 0; order != NULL && i < axis->count; i++)
		order[i] = i;
	if (order == NULL)
		return;
	sorted_axis = axis;
	qsort(order, axis->count, sizeof(*order), compare_gaps);
	for (size_t k = 0; k < axis->count; k++) {
		size_t i = order[k];
		double value = (double)(axis->t_ns[i] - zero_ns) / 1e9;
		struct label label;

		if (axis->t_ns[i] < axis->zero_ns)
			continue;
		if (k > 0 && is_long && gap_before(axis, i) < 1000000)
			break;
		snprintf(
			label.text, sizeof(label.text), fabs(value) < 100 ? "%.3f" : "%.2f", value);
		label.from = axis->x[i] - 2;
		label.to = axis->x[i] + px_width(label.text, 10, false) + 4;
		if (label.to > axis->right + 30 || !label_fits(labels, &label))
			continue;
		labels->item[labels->count++] = label;
		put_text(out, axis->x[i], y - 4, "t9 num", label.text);
		put(strokes_of(&ticks, "ru"), "M%n %nv-4", axis->x[i], y);
	}
	strokes_end(&ticks, out);
	free(order);
}

void put_ruler(FILE *out, const struct axis *axis, double y, int64_t zero_ns)
{
	struct labels labels = {.count = 0};

	put_strip(out, axis, y);
	put_fold_lengths(out, axis, y);
	label_knots(out, axis, y, zero_ns, &labels);
}

static void put_teeth(FILE *out, int teeth, bool down)
{
	fputc('l', out);
	for (int k = 0; k < teeth; k++)
		fprintf(out, "%s%s", k > 0 ? " " : "", down ? "4 8-4 8" : "4-8-4-8");
}

enum { CUTS = 4 }; /* widths of what is cut out: the least, then twice as wide each */

/* A strip torn out of the drawing; the next one of its width is the same. */
static void put_cut(FILE *out, const char *id, int which, double x, double y, int teeth)
{
	put(out, "<path id='%s-z%d' class='fo' d='M%n %n", id, which, x, y);
	put_teeth(out, teeth, true);
	put(out, "h%d", 8 << which);
	put_teeth(out, teeth, false);
	put(out, "z'/>");
}

struct cut {
	double x; /* its left edge, which is 4 px deep, as is the right one */
	int which;
};

static struct cut cut_of(const struct axis *axis, size_t i)
{
	struct cut cut = {0};
	double width = (axis->x[i] - axis->x[i - 1]) * .4;

	while (cut.which + 1 < CUTS && 8 << (cut.which + 1) <= width)
		cut.which++;
	cut.x = (axis->x[i] + axis->x[i - 1] - (8 << cut.which)) / 2 - 2;
	return cut;
}

void put_folds(FILE *out, const char *id, const struct axis *axis, double y, double below)
{
	int teeth = (int)((below - y) / 16);
	double drawn[CUTS] = {0};

	for (size_t i = 1; i < axis->count; i++) {
		if (!axis_folded(axis, i))
			continue;
		struct cut cut = cut_of(axis, i);
		if (drawn[cut.which] == 0) {
			put_cut(out, id, cut.which, cut.x, y, teeth);
			drawn[cut.which] = cut.x;
		} else {
			put(out, "<use href='#%s-z%d' x='%n'/>", id, cut.which,
				cut.x - drawn[cut.which]);
		}
	}
}

double axis_clear(const struct axis *axis, double x, double width, double until)
{
	double clear = x;

	for (size_t i = 1; i < axis->count; i++) {
		if (!axis_folded(axis, i))
			continue;
		struct cut cut = cut_of(axis, i);
		double right = cut.x + (8 << cut.which) + 4;

		if (clear < right + 2 && clear + width > cut.x - 1)
			clear = right + 3;
	}
	return clear + width <= until ? clear : x;
}
