/* Who was where in each cell of an experiment: when the checks of each phase name two numbers (b=1,
 * n=4), a grid of phases, in each a pair of bands a client. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "picture.h"
#include "tcpstate/prose.h"

enum { CELLS_MOST = 80, CELLS_LEAST = 6, PAIRS_MOST = 24, PITCH = 18, ROW_HEIGHT = 58 };

struct pair {
	const struct sample *client, *server;
};
struct place {
	const struct phase *phase;
	long row, column;
	struct pair pairs[PAIRS_MOST];
	size_t pair_count;
	const struct sample *listener;
};
struct cells {
	const struct model *model;
	struct place item[CELLS_MOST];
	size_t count;
	const char *row_key, *column_key;
	long rows[CELLS_MOST], columns[CELLS_MOST];
	size_t row_count, column_count;
	double left; /* room for the names of the rows */
};

static bool number_of(const char *text, long *number)
{
	char *end;

	*number = strtol(text, &end, 10);
	return *text != '\0' && *end == '\0';
}

/* The two numbers in the cell that this phase's mark is about. */
static bool coordinates(struct cells *cells, const struct phase *phase, long *row, long *column)
{
	const struct mark *mark = model_mark_of(cells->model, phase->run, phase->mark);
	size_t last = mark != NULL ? mark->cell_count : 0;

	if (last < 2)
		return false;
	const char *a = mark->cells[last - 2].key, *b = mark->cells[last - 1].key;
	if (strcmp(b, "phase") == 0 || !number_of(mark->cells[last - 2].value, row) ||
		!number_of(mark->cells[last - 1].value, column))
		return false;
	if (cells->row_key == NULL) {
		cells->row_key = a;
		cells->column_key = b;
	}
	return strcmp(cells->row_key, a) == 0 && strcmp(cells->column_key, b) == 0;
}

static void axis_add(long *values, size_t *count, long value)
{
	size_t at = *count;

	for (size_t i = 0; i < *count; i++)
		if (values[i] == value)
			return;
	if (*count == CELLS_MOST)
		return;
	while (at > 0 && values[at - 1] > value) {
		values[at] = values[at - 1];
		at--;
	}
	values[at] = value;
	(*count)++;
}

static bool peers(const struct sample *a, const struct sample *b)
{
	struct flow_key swapped = flow_key_swap(&b->row.key);

	return flow_key_equal(&a->row.key, &swapped);
}

static void pairs_gather(const struct model *model, struct place *cell)
{
	const struct phase *phase = cell->phase;

	for (size_t i = 0; i < phase->client_count && cell->pair_count < PAIRS_MOST; i++) {
		const struct sample *client = &model->samples[phase->client + i];

		if (client->row.key.protocol == IPPROTO_TCP)
			cell->pairs[cell->pair_count++].client = client;
	}
	for (size_t i = 0; i < phase->server_count; i++) {
		const struct sample *server = &model->samples[phase->server + i];
		bool found = false;

		if (server->row.state == STATE_LISTEN) {
			cell->listener = server;
			continue;
		}
		for (size_t k = 0; k < cell->pair_count && !found; k++)
			if (cell->pairs[k].client != NULL && peers(cell->pairs[k].client, server)) {
				cell->pairs[k].server = server;
				found = true;
			}
		if (!found && cell->pair_count < PAIRS_MOST)
			cell->pairs[cell->pair_count++].server = server;
	}
}

static bool cells_gather(const struct sheet *sheet, struct cells *cells)
{
	const struct phase *phases[256];
	size_t count = sheet_phases(sheet, phases, 256), with_clients = 0, with_servers = 0;

	cells->model = sheet->model;
	for (size_t i = 0; i < count; i++) {
		long row, column;
		bool twice = false;

		if (!coordinates(cells, phases[i], &row, &column))
			continue;
		for (size_t k = 0; k < cells->count; k++)
			twice |= cells->item[k].row == row && cells->item[k].column == column;
		if (twice || cells->count == CELLS_MOST)
			continue;
		struct place *cell = &cells->item[cells->count++];
		*cell = (struct place){.phase = phases[i], .row = row, .column = column};
		pairs_gather(sheet->model, cell);
		with_clients += phases[i]->client_count > 0;
		with_servers += phases[i]->server_count > (cell->listener != NULL);
		axis_add(cells->rows, &cells->row_count, row);
		axis_add(cells->columns, &cells->column_count, column);
	}
	return cells->count >= CELLS_LEAST && with_servers * 2 >= cells->count &&
	       with_clients * 5 >= cells->count * 4 &&
	       cells->row_count * cells->column_count <= CELLS_MOST;
}

bool html_has_cells(const struct sheet *sheet)
{
	struct cells *cells = calloc(1, sizeof(*cells));
	bool has = cells != NULL && cells_gather(sheet, cells);

	free(cells);
	return has;
}

static void put_pair(struct strokes *strokes, unsigned client, unsigned server, bool accepted,
	double x, double y)
{
	put_box(strokes_of(strokes, "gf"), x, y, 15, 25);
	if (client != STATE_UNKNOWN)
		strokes_band(strokes, client, x + 1.5, y + 1.5, 12, 10, false);
	if (server == STATE_UNKNOWN)
		return;
	strokes_band(strokes, server, x + 1.5, y + 13.5, 12, 10, false);
	if (server == STATE_ESTABLISHED && !accepted)
		put_box(strokes_of(strokes, "aq"), x + 2.2, y + 17, 10.6, 3);
}

static void put_cell(FILE *out, const struct place *cell, double x, double y)
{
	struct strokes strokes = {.count = 0};
	char text[64];

	put(out, "<g class='hv'><title>%e", cell->phase->text);
	for (size_t i = 0; i < cell->pair_count; i++) {
		const struct sample *client = cell->pairs[i].client,
				    *server = cell->pairs[i].server;
		unsigned port = 0;

		if (client != NULL)
			port = ntohs(client->row.key.port_be[0]);
		else if (server != NULL)
			port = ntohs(server->row.key.port_be[1]);
		put(out, "\n:%u %s | %s%s", port,
			client != NULL ? state_name(client->row.state) : "–",
			server != NULL ? state_name(server->row.state) : page_word(WORD_NO_SOCKET),
			server != NULL && sockrow_unaccepted(&server->row) &&
					server->row.state == STATE_ESTABLISHED
				? page_word(WORD_CELL_QUEUED)
				: "");
	}
	put(out, "</title>");
	for (size_t i = 0; i < cell->pair_count; i++)
		put_pair(&strokes,
			cell->pairs[i].client != NULL ? cell->pairs[i].client->row.state
						      : STATE_UNKNOWN,
			cell->pairs[i].server != NULL ? cell->pairs[i].server->row.state
						      : STATE_UNKNOWN,
			cell->pairs[i].server != NULL && cell->pairs[i].server->row.inode != 0,
			x + 4 + PITCH * (double)i, y + 10);
	strokes_end(&strokes, out);
	if (cell->listener != NULL)
		put_text(out, x + 4, y + 48, "t9 s",
			page_text(text, sizeof(text), WORD_QUEUE_OF, cell->listener->row.recv_q,
				cell->listener->row.send_q + 1));
	put(out, "</g>");
}

static double column_width(const struct cells *cells, long column)
{
	size_t most = 1;

	for (size_t i = 0; i < cells->count; i++)
		if (cells->item[i].column == column && cells->item[i].pair_count > most)
			most = cells->item[i].pair_count;
	double wide = (double)most * PITCH + 30;

	return wide > 96 ? wide : 96;
}

static double put_legend(FILE *out, double y)
{
	static const struct {
		uint8_t client, server;
		bool accepted;
		enum page_word word;
	} pairs[] = {{STATE_ESTABLISHED, STATE_ESTABLISHED, true, WORD_CELL_ACCEPTED},
		{STATE_ESTABLISHED, STATE_ESTABLISHED, false, WORD_CELL_QUEUED},
		{STATE_ESTABLISHED, STATE_SYN_RECV, false, WORD_CELL_HALF_OPEN},
		{STATE_SYN_SENT, STATE_UNKNOWN, false, WORD_CELL_LEFT_OUT}};
	struct strokes strokes = {.count = 0};
	double x = 2;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		put_pair(&strokes, pairs[i].client, pairs[i].server, pairs[i].accepted, x, y);
		put_text(out, x + 20, y + 16, "", page_word(pairs[i].word));
		x += 38 + px_width(page_word(pairs[i].word), NORMAL, false);
	}
	strokes_end(&strokes, out);
	put_text(out, x, y + 10, "t9 s", page_word(WORD_UPPER_BAND));
	put_text(out, x, y + 23, "t9 s", page_word(WORD_LOWER_BAND));
	return x + 110;
}

static double put_rows(FILE *out, const struct cells *cells, double width)
{
	double y = 40;
	char text[96];

	for (size_t r = 0; r < cells->row_count; r++) {
		double x = cells->left;

		put(out, "<path class='ha' d='M0 %nH%n'/>", y, width);
		snprintf(text, sizeof(text), "%.40s = %ld", cells->row_key, cells->rows[r]);
		put_text(out, cells->left - 12, y + 28, "b t12 e", text);
		for (size_t c = 0; c < cells->column_count; c++) {
			for (size_t i = 0; i < cells->count; i++)
				if (cells->item[i].row == cells->rows[r] &&
					cells->item[i].column == cells->columns[c])
					put_cell(out, &cells->item[i], x, y);
			x += column_width(cells, cells->columns[c]);
		}
		y += ROW_HEIGHT;
	}
	put(out, "<path class='ru' d='M0 %nH%n'/>", y, width);
	return y + 8;
}

bool figure_cells(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size)
{
	struct cells *cells = calloc(1, sizeof(*cells));
	char *body = NULL, text[96];
	size_t bytes;
	FILE *drawn =
		cells != NULL && cells_gather(sheet, cells) ? open_memstream(&body, &bytes) : NULL;
	double width, x;

	if (drawn == NULL) {
		free(cells);
		return false;
	}
	snprintf(text, sizeof(text), "%.40s ↓ %.40s →", cells->row_key, cells->column_key);
	cells->left = px_width(text, NORMAL, false) + 24;
	cells->left = cells->left > 96 ? cells->left : 96;
	x = cells->left;
	width = cells->left + 20;
	for (size_t c = 0; c < cells->column_count; c++)
		width += column_width(cells, cells->columns[c]);
	put_text(drawn, cells->left - 12, 30, "e s", text);
	for (size_t c = 0; c < cells->column_count; c++) {
		snprintf(text, sizeof(text), "%.40s = %ld", cells->column_key, cells->columns[c]);
		put_text(drawn, x + 4, 30, "b t12", text);
		x += column_width(cells, cells->columns[c]);
	}
	double y = put_rows(drawn, cells, width), legend = put_legend(drawn, y);
	fclose(drawn);
	*size = (struct figure_size){
		.width = (int)(legend > width ? legend : width), .height = (int)y + 32};
	figure_begin(out, id, "grid", size->width, size->height, page_word(WORD_HEAD_WHO),
		page_word(WORD_CELLS_DESC));
	put(out, "%s</svg>", body);
	free(body);
	free(cells);
	return true;
}
