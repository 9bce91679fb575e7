/* UDP on one time axis: a lane a conversation, datagrams as arrows between two lines, the ICMP
 * errors that answered, and a lane for each socket that dropped some. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { LANES = 24, LOSSES_SHOWN = 4, LEFT = 200, RIGHT = 150, LANE = 78, LOSS_LANE = 44 };

static size_t shown_of(const struct model *model)
{
	return model->conversation_count < LANES ? model->conversation_count : LANES;
}

static bool axis_make(struct picture *picture)
{
	const struct model *model = picture->sheet->model;
	size_t most = model->datagram_count + model->mark_count + 2 * model->loss_count + 1,
	       count = 0;
	int64_t *times = malloc(most * sizeof(*times));

	if (times == NULL)
		return false;
	for (size_t i = 0; i < shown_of(model); i++)
		for (size_t k = 0; k < model->conversations[i].line_count; k++)
			times[count++] =
				model->datagrams[model->conversations[i].first_line + k].t_ns;
	for (size_t i = 0; i < model->mark_count; i++)
		times[count++] = model->marks[i].t_ns;
	for (size_t i = 0; i < model->loss_count; i++) {
		times[count++] = model->losses[i].t_ns;
		if (model->losses[i].not_before_ns > 0)
			times[count++] = model->losses[i].not_before_ns;
	}
	if (count == 0) {
		free(times);
		return false;
	}
	return axis_new(&picture->axis, times, count, sheet_axis_zero(picture->sheet),
		picture->left + 4, picture->right - 2);
}

/* ---- a lane ---- */

static const struct udp_socket *socket_of(
	const struct model *model, const struct conversation *one, int side)
{
	return one->socket[side] != UINT32_MAX ? &model->udp_sockets[one->socket[side]] : NULL;
}

static void put_names(
	struct picture *picture, const struct conversation *one, uint32_t index, double y[2])
{
	const struct model *model = picture->sheet->model;
	char text[FLOW_END_TEXT + 300], fitted[FLOW_END_TEXT + 300], owners[256];

	for (int i = 0; i < 2; i++) {
		int side = i == 0 ? one->opener : !one->opener;
		const struct udp_socket *socket = socket_of(model, one, side);

		flow_end_text(&one->key, side, text);
		px_fit_end(text, NAMES, LEFT - 12, true, fitted, sizeof(fitted));
		if (i == 0)
			put(picture->labels,
				"<a href='#u%u'><text x='2' y='%n' class='t12 b'>%e</text></a>",
				index, y[0] + 2, fitted);
		else
			put_text(picture->labels, 2, y[1] + 3, "s", fitted);
		*text = *owners = '\0';
		if (socket != NULL && socket->has_owner)
			prose_owners(model, &socket->owner, &socket->also, owners, sizeof(owners));
		if (socket != NULL)
			snprintf(text, sizeof(text), "%s%s%s", owners, *owners != '\0' ? ", " : "",
				page_word(socket->connected ? WORD_UDP_CONNECTED
							    : WORD_UDP_UNCONNECTED));
		put_text(picture->labels, 2, y[i] + 15, i == 0 ? "t9 s" : "t9 f",
			px_fit(text, SMALL, LEFT - 12, false, fitted, sizeof(fitted)));
	}
}

static void put_datagram(struct picture *picture, const struct conversation *one,
	const struct datagram *line, double y[2])
{
	const struct model *model = picture->sheet->model;
	const struct icmp_error *error =
		line->error != UINT32_MAX ? &model->errors[line->error] : NULL;
	bool down = (line->side == one->opener) != (error != NULL);
	double x = axis_x(&picture->axis, line->t_ns), from = down ? y[0] : y[1],
	       to = down ? y[1] : y[0], sign = down ? 5 : -5;
	FILE *out = picture->under;

	put(out, "<g class='hv'><title>%s %U", page_word(WORD_FRAME), line->frame);
	if (error != NULL) {
		put(out,
			"\nICMP %s</title><path class='x re' d='M%n %nV%n'/><path class='ahb' "
			"d='M%n %nl-3 %nh6z'/></g>",
			prose_icmp(error->family, error->type, error->code), x, from, to - sign, x,
			to, -sign);
		return;
	}
	put(out, "\n%u B", line->bytes);
	if (line->text != NULL)
		put(out, "\n%e", line->text);
	put(out, "</title><path class='da' d='M%n %nV%n'/>", x, from, to - sign);
	if (line->answered)
		put_mark(out, MARK_CROSS, x, to - sign * 1.2, 3);
	else
		put(out, "<path class='ah' d='M%n %nl-2.8 %nh5.6z'/>", x, to, -sign);
	put(out, "</g>");
}

/* What was said, above the line, as far as the next saying. */
static void put_sayings(struct picture *picture, const struct conversation *one, double y)
{
	const struct datagram *lines = picture->sheet->model->datagrams + one->first_line;
	char safe[256], quoted[300], fitted[300];

	for (size_t i = 0; i < one->line_count; i++) {
		double x = axis_x(&picture->axis, lines[i].t_ns), next = picture->right;

		if (lines[i].text == NULL || lines[i].side != one->opener)
			continue;
		for (size_t k = i + 1; k < one->line_count; k++)
			if (lines[k].text != NULL && lines[k].side == one->opener) {
				next = axis_x(&picture->axis, lines[k].t_ns);
				break;
			}
		snprintf(quoted, sizeof(quoted), "“%s”",
			visible(lines[i].text, RUNG_TEXT, safe, sizeof(safe)));
		double room = next - x - 8 < 150 ? next - x - 8 : 150;
		/* whole, or at least its first letters */
		if (room > 40 || px_width(quoted, SMALL, false) <= room)
			put_text(picture->over, x - 1, y - 6, "t9 halo",
				px_fit(quoted, SMALL, room, false, fitted, sizeof(fitted)));
	}
}

/* What became of the last error. */
static void put_outcome(struct picture *picture, const struct conversation *one, double y[2])
{
	const struct model *model = picture->sheet->model;
	const struct icmp_error *last = NULL;
	char text[200], line[128];

	for (size_t i = 0; i < one->line_count; i++) {
		uint32_t error = model->datagrams[one->first_line + i].error;

		last = error != UINT32_MAX ? &model->errors[error] : last;
	}
	if (last != NULL) {
		const char *rest = prose_icmp_outcome(last, "", text, sizeof(text));

		if (last->effect == ICMP_NOT_CONNECTED)
			rest = page_word(WORD_NEVER_TOLD);
		for (int i = 0; i < 3 && px_line(&rest, SMALL, RIGHT - 10, line, sizeof(line)); i++)
			put_text(picture->over, picture->right + 8, y[0] + 3 + 12 * i,
				last->effect == ICMP_NOT_CONNECTED ? "t9 bad" : "t9", line);
	}
	page_text(text, sizeof(text), WORD_TO_FROM, (unsigned long)one->datagrams[one->opener],
		(unsigned long)one->datagrams[!one->opener]);
	put_text(picture->over, picture->right + 8, y[1] + 3, "t9 s", text);
}

static void put_conversation_lane(struct picture *picture, uint32_t index)
{
	const struct model *model = picture->sheet->model;
	const struct conversation *one = &model->conversations[index];
	double y[2] = {picture->y + 22, picture->y + 54};

	put(picture->under, "<path class='ha' d='M0 %nH%n'/><g data-c='u%u'>", picture->y,
		picture->width, index);
	put_names(picture, one, index, y);
	for (int i = 0; i < 2; i++)
		put(picture->under, "<path class='ul' d='M%n %nH%n'/>",
			axis_x(&picture->axis, one->first_ns), y[i],
			axis_x(&picture->axis, one->last_ns));
	for (size_t i = 0; i < one->line_count; i++)
		put_datagram(picture, one, &model->datagrams[one->first_line + i], y);
	put(picture->under, "</g>");
	put_sayings(picture, one, y[0]);
	put_outcome(picture, one, y);
	picture->y += LANE;
}

/* A socket that dropped datagrams: between which two answers of the kernel. */
static void put_loss_lane(struct picture *picture, uint32_t index)
{
	const struct model *model = picture->sheet->model;
	const struct udp_socket *socket = &model->udp_sockets[index];
	char text[FLOW_END_TEXT + 96], fitted[FLOW_END_TEXT + 96];
	double y = picture->y;

	put(picture->under, "<path class='ha' d='M0 %nH%n'/>", y, picture->width);
	put_text(picture->labels, 2, y + 20, "t12 b",
		px_fit_end(flow_end_text(&socket->key, 0, text), NAMES, LEFT - 12, true, fitted,
			sizeof(fitted)));
	page_text(text, sizeof(text), WORD_DROPPED_IN_ALL, (unsigned long)socket->dropped);
	put_text(picture->labels, 2, y + 33, "t9 s",
		px_fit(text, SMALL, LEFT - 12, false, fitted, sizeof(fitted)));
	for (size_t i = 0; i < model->loss_count; i++) {
		const struct loss *loss = &model->losses[i];
		int64_t since = loss->not_before_ns > 0 ? loss->not_before_ns : loss->t_ns;
		double from = axis_x(&picture->axis, since),
		       until = axis_x(&picture->axis, loss->t_ns);

		if (loss->socket != index)
			continue;
		until = until - from > 3 ? until : from + 3;
		put(picture->under,
			"<g class='hv'><title>%s</title><rect class='df' x='%n' y='%n' width='%n' "
			"height='18'/><path class='x' d='M%n %nv18M%n %nv18'/></g>",
			page_text(text, sizeof(text), WORD_DROPPED_BETWEEN, loss->count,
				(unsigned long)loss->before_diag, (unsigned long)loss->diag_frame),
			from, y + 10, until - from, from, y + 10, until, y + 10);
		put_text(picture->over, (from + until) / 2, y + 23, "m bad halo",
			page_text(text, sizeof(text), WORD_DROPPED, loss->count));
	}
	picture->y += LOSS_LANE;
}

static double put_legend(FILE *out, double y, double width)
{
	double x = 2;

	put(out, "<path class='ru' d='M0 %nH%n'/>", y, width);
	y += 17;
	put(out, "<path class='da' d='M%n %nv-9'/><path class='ah' d='M%n %nl-2.8-5h5.6z'/>", x + 5,
		y - 2, x + 5, y + 2);
	put_text(out, x + 14, y, "t9", page_word(WORD_A_DATAGRAM));
	x += 30 + px_width(page_word(WORD_A_DATAGRAM), SMALL, false);
	put(out, "<path class='da' d='M%n %nv-9'/>", x + 5, y - 2);
	put_mark(out, MARK_CROSS, x + 5, y - 1, 3);
	put_text(out, x + 14, y, "t9", page_word(WORD_MET_NO_SOCKET));
	x += 30 + px_width(page_word(WORD_MET_NO_SOCKET), SMALL, false);
	put(out, "<path class='x re' d='M%n %nv9'/><path class='ahb' d='M%n %nl-3 5h6z'/>", x + 5,
		y - 7, x + 5, y - 11);
	put_text(out, x + 14, y, "t9", page_word(WORD_THE_ICMP_ERROR));
	x += 30 + px_width(page_word(WORD_THE_ICMP_ERROR), SMALL, false);
	put_text(out, x, y, "t9 s", page_word(WORD_NO_BANDS));
	return y + 8;
}

static void datagrams_assemble(struct picture *picture, FILE *out, const char *id, double ruler,
	const char *marks, char *layers[3], struct figure_size *size)
{
	*size = (struct figure_size){
		.width = (int)picture->width, .height = (int)picture->y + 4 + 25};
	figure_begin(out, id, "wide", size->width, size->height, page_word(WORD_HEAD_DATAGRAMS),
		page_word(WORD_DATAGRAMS_DESC));
	picture_mark_rules(picture, out, ruler, picture->y + 4);
	put(out, "%s", layers[0]);
	put_folds(out, id, &picture->axis, ruler + RULER_HEIGHT, picture->y + 4);
	put(out, "%s", layers[1]);
	put_ruler(out, &picture->axis, ruler, picture->sheet->zero_ns);
	put(out, "%s", marks);
	put_legend(out, picture->y + 4, picture->width);
	put(out, "<g class='lb'><rect x='0' y='%n' width='%d' height='%n'/>%s</g></svg>",
		ruler - 14, LEFT, picture->y - ruler + 14, layers[2]);
}

/* Returns where the ruler is. */
static double lanes_draw(struct picture *picture, FILE *marks_out)
{
	const struct model *model = picture->sheet->model;
	double ruler = picture_mark_rows(picture, marks_out) + 14;
	size_t lossy = 0;

	picture->y = ruler + RULER_HEIGHT + 2;
	for (uint32_t i = 0; i < shown_of(model); i++)
		put_conversation_lane(picture, i);
	for (uint32_t i = 0; i < model->udp_socket_count && lossy < LOSSES_SHOWN; i++)
		if (model->udp_sockets[i].losses > 0) {
			put_loss_lane(picture, i);
			lossy++;
		}
	put_text(picture->labels, LEFT - 8, ruler - 4, "t9 s e", page_word(WORD_SECONDS));
	return ruler;
}

/* false: out of memory */
static bool datagrams_draw(
	struct picture *picture, FILE *out, const char *id, struct figure_size *size)
{
	char *layers[3] = {NULL, NULL, NULL}, *marks = NULL;
	size_t bytes;
	FILE *marks_out = open_memstream(&marks, &bytes);
	double ruler = 0;

	picture->under = open_memstream(&layers[0], &bytes);
	picture->over = open_memstream(&layers[1], &bytes);
	picture->labels = open_memstream(&layers[2], &bytes);
	bool ok = marks_out != NULL && picture->under != NULL && picture->over != NULL &&
		  picture->labels != NULL;
	if (ok)
		ruler = lanes_draw(picture, marks_out);
	put_end(marks_out);
	put_end(picture->under);
	put_end(picture->over);
	put_end(picture->labels);
	if (ok)
		datagrams_assemble(picture, out, id, ruler, marks, layers, size);
	free(marks);
	for (int i = 0; i < 3; i++)
		free(layers[i]);
	return ok;
}

bool figure_datagrams(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size)
{
	static const struct picture_wanted all;
	struct picture picture = {.sheet = sheet,
		.wanted = &all,
		.width = sheet->options->large ? PICTURE_LARGE : PICTURE_WIDE,
		.left = LEFT};

	picture.right = picture.width - RIGHT;
	if (sheet->model->conversation_count == 0 || !axis_make(&picture))
		return false;
	bool ok = datagrams_draw(&picture, out, id, size);
	axis_free(&picture.axis);
	return ok;
}
