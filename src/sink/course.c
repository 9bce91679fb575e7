/* Two small figures for the table of kinds: the course of a connection in miniature, and how long
 * those of a course lasted. */
#include <math.h>
#include <string.h>

#include "sheet.h"
#include "tcpstate/segment.h"

enum { COURSE_WIDTH = 230, EVENTS_MAX = 60 };

struct moments {
	int64_t t_ns[EVENTS_MAX];
	size_t count;
	double step;
};

static void moment_add(struct moments *moments, int64_t t_ns)
{
	size_t at = 0;

	while (at < moments->count && moments->t_ns[at] < t_ns)
		at++;
	if (moments->count == EVENTS_MAX || (at < moments->count && moments->t_ns[at] == t_ns))
		return;
	memmove(moments->t_ns + at + 1, moments->t_ns + at,
		(moments->count - at) * sizeof(*moments->t_ns));
	moments->t_ns[at] = t_ns;
	moments->count++;
}

/* By its place in the order of events: durations are in the histogram beside it. */
static double moment_x(const struct moments *moments, int64_t t_ns)
{
	size_t at = 0;

	while (at < moments->count && moments->t_ns[at] <= t_ns)
		at++;
	return 4 + moments->step * (at > 0 ? (double)at - 1 : 0);
}

static void moments_gather(
	const struct sheet *sheet, const struct drawn *drawn, struct moments *moments)
{
	const struct model *model = sheet->model;
	const struct connection *connection = sheet_connection(sheet, drawn, ROLE_CLIENT);

	for (size_t i = 0; i < connection->rung_count; i++)
		moment_add(moments, model->rungs[connection->first_rung + i].t_ns);
	for (size_t i = 0; i < drawn->steps->count; i++)
		if (drawn->steps->item[i].kind == STEP_TRANSITION)
			moment_add(moments,
				model->transitions[drawn->steps->item[i].index].record.t_ns);
	moments->step = fmin(16, (COURSE_WIDTH - 30) / fmax((double)moments->count, 1));
}

static void put_arrows(
	FILE *out, const struct sheet *sheet, const struct drawn *drawn, const struct moments *at)
{
	const struct connection *connection = sheet_connection(sheet, drawn, ROLE_CLIENT);
	int client = sheet_side(connection, ROLE_CLIENT);

	for (size_t i = 0; i < connection->rung_count; i++) {
		const struct rung *rung = &sheet->model->rungs[connection->first_rung + i];
		bool up = rung->side == client,
		     lost = rung->taken == TAKEN_UNANSWERED || rung->taken == TAKEN_IGNORED;
		double x = moment_x(at, rung->t_ns), from = up ? 11 : 26, to = up ? 26 : 11,
		       sign = up ? 4 : -4;
		const char *class = (rung->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ? "ln"
				    : rung->len > 0                                    ? "da"
										       : "ac";

		put(out, "<path class='%s%s' d='M%n %nV%n'/>", class,
			rung->retransmission ? " re" : "", x, from, to - (lost ? sign : 0));
		if (lost)
			put_mark(out, MARK_CROSS, x, to - sign, 2.4);
		else if (at->step > 4)
			put(out, "<path class='%s' d='M%n %nl-2 %nh4z'/>",
				class[1] == 'c' ? "ach" : "ah", x, to, -sign);
	}
}

void figure_course(struct sheet *sheet, FILE *out, uint32_t index)
{
	const struct drawn *drawn = &sheet->drawn[index];
	struct moments moments = {.count = 0};
	struct span spans[SPANS_MAX];

	moments_gather(sheet, drawn, &moments);
	double end = 4 + moments.step * (double)moments.count + 6;
	put(out,
		"<svg class='fig kg' viewBox='0 0 %d 37' width='%d' height='37' "
		"aria-hidden='true'>",
		COURSE_WIDTH, COURSE_WIDTH);
	for (int role = 0; role < 2; role++) {
		size_t count = sheet_spans(sheet, drawn, role, INT64_MAX, spans);

		for (size_t i = 0; i < count; i++) {
			double from = moment_x(&moments, spans[i].from_ns),
			       until = spans[i].until_ns == INT64_MAX
					       ? end + 8
					       : moment_x(&moments, spans[i].until_ns);

			if (until > from)
				put_band(out, spans[i].state, from, role == ROLE_CLIENT ? 2 : 26,
					until - from, 9, spans[i].evidence == EVIDENCE_WIRE);
		}
	}
	put_arrows(out, sheet, drawn, &moments);
	for (size_t i = 0; i < drawn->steps->count; i++)
		if (drawn->steps->item[i].kind == STEP_CORRECTION) {
			const struct correction *correction =
				&sheet->model->corrections[drawn->steps->item[i].index];
			bool client = sheet_role(sheet, &correction->record, correction->index) ==
				      ROLE_CLIENT;

			put(out, "<rect class='gh' x='%n' y='%d' width='%n' height='9'/>",
				moment_x(&moments, correction->record.edge_t_ns), client ? 2 : 26,
				fmax(moments.step * 1.5, 5));
		}
	put(out, "</svg>");
}

/* A bin holds half of what doubles the time. */
static double bin_x(int bin, double low, double high)
{
	double at = log10(pow(2, bin / 2) * (1 + .5 * (bin % 2)));

	return fmin(fmax((at - low) / fmax(high - low, .01), 0), 1) * 190;
}

void figure_lifetimes(FILE *out, const struct shape *shape, int64_t least_ns, int64_t most_ns)
{
	double low = log10((double)least_ns), high = log10((double)most_ns), height = 30;
	uint32_t most = 1;

	for (int i = 0; i < LIFETIME_BINS; i++)
		most = shape->lifetimes[i] > most ? shape->lifetimes[i] : most;
	put(out, "<svg class='fig kg' viewBox='0 0 190 31' width='190' height='31' "
		 "aria-hidden='true'><path class='ha' d='M0 30H190'/><path class='hb' d='");
	for (int i = 0; i < LIFETIME_BINS; i++)
		if (shape->lifetimes[i] > 0) {
			double tall = fmax(1.5, (height - 4) * shape->lifetimes[i] / most),
			       x = bin_x(i, low, high),
			       wide = fmax(bin_x(i + 1, low, high) - x - .8, 1.5);

			put(out, "M%n %nv%nh%nv%nz", x, height, -tall, wide, tall);
		}
	put(out, "'/></svg>");
}
