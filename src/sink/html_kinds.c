/* Kinds of connections, where there are too many to look at each: the courses they took, how long
 * they lasted, and those that lasted much longer than others of their course. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

#define HALF_LETTER 2.8 /* of the labels' size, in px */
enum { KINDS_SHOWN = 14, OUTLIERS_SHOWN = 8, OUTLIER_OF = 20, OUTLIER_TIMES = 5 };

static int compare_kinds(const void *left, const void *right)
{
	const struct shape *a = *(const struct shape *const *)left,
			   *b = *(const struct shape *const *)right;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return (a > b) - (a < b);
}

static void put_axis(FILE *out, int64_t least_ns, int64_t most_ns)
{
	double low = log10((double)least_ns), high = log10((double)most_ns);
	char text[DURATION_TEXT];

	put(out, "<svg class='fig kg' viewBox='0 0 190 13' width='190' height='13' "
		 "aria-hidden='true'>");
	/* a label stands astride of its place, where there is room for half of it on either side */
	for (int power = (int)ceil(low); power <= (int)floor(high); power++) {
		double x = (power - low) / (high - low > .01 ? high - low : .01) * 190;
		char *point;

		duration_text((int64_t)pow(10, power), text);
		point = strstr(text, ".0");
		if (point != NULL)
			memmove(point, strchr(point, ' '), strlen(strchr(point, ' ')) + 1);
		double half = (double)page_width(text) * HALF_LETTER;
		put_text(out, x, 10,
			x < half         ? "t9 s"
			: x < 190 - half ? "t9 s m"
					 : "t9 s e",
			text);
	}
	put(out, "</svg>");
}

static void put_share(FILE *out, size_t count, size_t all, size_t most)
{
	char share[32] = "";

	put(out, "<span class='bar' style='width:%npx'></span>",
		fmax(120.0 * (double)count / (double)most, 1));
	put_count(out, count);
	if (count * 1000 >= all)
		snprintf(share, sizeof(share), "%.1f %%", 100.0 * (double)count / (double)all);
	put(out, " <small>%s</small>", share);
}

static void put_kind(struct sheet *sheet, const struct shape *shape, size_t most, int64_t least_ns,
	int64_t most_ns)
{
	uint32_t drawn = sheet->of_connection[shape->example];
	char text[DURATION_TEXT];
	FILE *out = sheet->out;

	put(out, "<tr><td>");
	figure_course(sheet, out, drawn);
	put(out, "<td>");
	put_share(out, shape->total, sheet->model->connection_total, most);
	put(out, "<td>");
	figure_lifetimes(out, shape, least_ns, most_ns);
	put(out, "<td class='n'>%s<td>", duration_text(shape->median_ns, text));
	if (sheet->drawn[drawn].stands_in == drawn)
		put_name(out, sheet, drawn);
}

/* ---- those that lasted longest ---- */

struct outlier {
	uint32_t connection;
	double times; /* the median of its course */
};

static void outlier_add(struct outlier *best, size_t *count, struct outlier one)
{
	size_t at = *count < OUTLIERS_SHOWN ? (*count)++ : OUTLIERS_SHOWN;

	while (at > 0 && best[at - 1].times < one.times) {
		if (at < OUTLIERS_SHOWN)
			best[at] = best[at - 1];
		at--;
	}
	if (at < OUTLIERS_SHOWN)
		best[at] = one;
}

static int64_t lasted(const struct connection *connection)
{
	return connection->last_ns - connection->first_ns;
}

static void put_outliers(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	struct outlier best[OUTLIERS_SHOWN];
	size_t count = 0;
	FILE *out = sheet->out;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct shape *shape = &model->shapes[model->connections[i].shape];
		double median = shape->median_ns > 1000 ? (double)shape->median_ns : 1000,
		       times = (double)lasted(&model->connections[i]) / median;

		if (shape->total >= OUTLIER_OF && times > OUTLIER_TIMES)
			outlier_add(best, &count, (struct outlier){i, times});
	}
	if (count == 0)
		return;
	put(out,
		"<p>%s</p><div class='tw'><table><caption>%e</caption><thead><tr><th "
		"scope='col'>%s<th scope='col'>%s<th scope='col' class='n'>%s<th scope='col' "
		"class='n'>%s<th scope='col' class='n'>%s</thead><tbody>",
		page_word(WORD_OUTLIERS), page_word(WORD_OUTLIERS), page_word(WORD_COL_CONNECTION),
		page_word(WORD_COL_ENDS), page_word(WORD_COL_LASTED_ONE),
		page_word(WORD_COL_COURSE_MEDIAN), page_word(WORD_COL_RETRANSMISSIONS));
	for (size_t i = 0; i < count; i++) {
		const struct connection *one = &model->connections[best[i].connection];
		char a[FLOW_END_TEXT], b[FLOW_END_TEXT], own[DURATION_TEXT], median[DURATION_TEXT],
			name[NAME_TEXT];

		put(out,
			"<tr><td>%s<td><code>%e → %e</code><td class='n'>%s<td class='n'>%s<td "
			"class='n'>%U",
			page_name(model, best[i].connection, name, sizeof(name)),
			flow_end_text(&one->key, sheet_side(one, ROLE_CLIENT), a),
			flow_end_text(&one->key, sheet_side(one, ROLE_SERVER), b),
			duration_text(lasted(one), own),
			duration_text(model->shapes[one->shape].median_ns, median),
			one->ends[0].sent.retransmissions + one->ends[1].sent.retransmissions);
	}
	put(out, "</tbody></table></div>");
}

void html_kinds(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	const struct shape **order = malloc((model->shape_count + 1) * sizeof(*order));
	int64_t least_ns = INT64_MAX, most_ns = 1000;
	size_t rest = 0;
	char text[300];
	FILE *out = sheet->out;

	if (order == NULL)
		return;
	for (size_t i = 0; i < model->shape_count; i++) {
		order[i] = &model->shapes[i];
		least_ns = order[i]->least_ns < least_ns ? order[i]->least_ns : least_ns;
		most_ns = order[i]->most_ns > most_ns ? order[i]->most_ns : most_ns;
	}
	least_ns = least_ns > 1000 ? least_ns : 1000;
	qsort(order, model->shape_count, sizeof(*order), compare_kinds);
	put(out,
		"<p class='lede'>%s</p><div class='tw'><table "
		"class='kinds'><caption>%e</caption><thead><tr><th scope='col'>%s",
		page_text(text, sizeof(text), WORD_KINDS_LEDE, model->connection_total,
			model->shape_count),
		page_word(WORD_HEAD_KINDS), page_word(WORD_COL_COURSE));
	put(out, "<th scope='col'>%s<th scope='col'>%s<br>", page_word(WORD_COL_CONNECTIONS),
		page_word(WORD_COL_LASTED));
	put_axis(out, least_ns, most_ns);
	put(out, "<th scope='col' class='n'>%s<th scope='col'>%s</thead><tbody>",
		page_word(WORD_COL_MEDIAN), page_word(WORD_COL_DRAWN));
	for (size_t i = 0; i < model->shape_count; i++) {
		if (i < KINDS_SHOWN)
			put_kind(sheet, order[i], order[0]->total, least_ns, most_ns);
		else
			rest += order[i]->total;
	}
	put(out, "</tbody></table></div>");
	rest += (size_t)model->others.count;
	if (rest > 0)
		put(out, "<p class='lede'>%s</p>",
			page_text(text, sizeof(text), WORD_MORE_COURSES,
				model->shape_count - KINDS_SHOWN, rest));
	put_outliers(sheet);
	free(order);
}
