/* The legend of the picture: only what occurs in it, in groups that are not broken over lines. */
#include <stdlib.h>
#include <string.h>

#include "picture.h"

enum { ITEMS_MAX = 12 };
struct item {
	char *drawing; /* at (0, baseline) */
	double width;
	const char *text;
	bool soft;
};
struct legend {
	FILE *out;
	double width, x, y;
	struct item item[ITEMS_MAX];
	size_t count;
};

static void add(struct legend *legend, double width, const char *text, bool soft, char *drawing)
{
	if (legend->count < ITEMS_MAX)
		legend->item[legend->count++] = (struct item){drawing, width, text, soft};
	else
		free(drawing);
}

static void heading(struct legend *legend, const char *text)
{
	add(legend, 0, text, true, NULL);
}

/* The group begins a line when it does not fit into this one. */
static void group_end(struct legend *legend)
{
	double width = 0;

	for (size_t i = 0; i < legend->count; i++)
		width += legend->item[i].width + (legend->item[i].width > 0 ? 4 : 0) +
			 px_width(legend->item[i].text, SMALL, false) + 10;
	if (legend->x > 2 && legend->x + width > legend->width) {
		legend->x = 2;
		legend->y += 19;
	}
	for (size_t i = 0; i < legend->count; i++) {
		struct item *item = &legend->item[i];
		double text = px_width(item->text, SMALL, false);

		/* of a group wider than a line, too */
		if (legend->x > 2 && legend->x + item->width + text > legend->width) {
			legend->x = 2;
			legend->y += 19;
		}
		if (item->drawing != NULL) {
			put(legend->out, "<g transform='translate(%n %n)'>%s</g>", legend->x,
				legend->y, item->drawing);
			legend->x += item->width + 4;
		}
		put_text(legend->out, legend->x, legend->y, item->soft ? "t9 s" : "t9", item->text);
		legend->x += text + (item->width > 0 ? 10 : 7);
		free(item->drawing);
	}
	legend->x += legend->count > 0 ? 12 : 0;
	legend->count = 0;
}

static char *drawing_of(void (*draw)(FILE *out, int which), int which)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	draw(out, which);
	fclose(out);
	return text;
}

static void draw_state(FILE *out, int state)
{
	put_band(out, (unsigned)state, 0, -10, 18, 12, false);
}

static void draw_height(FILE *out, int state)
{
	put(out, "<rect class='pn' x='0' y='-10' width='18' height='12'/>");
	draw_state(out, state);
}

static void draw_waiting(FILE *out, int state)
{
	draw_state(out, state);
	put(out, "<rect class='aq' x='.8' y='-5.7' width='16.4' height='3.4'/>");
}

static void draw_goes_on(FILE *out, int state)
{
	struct strokes strokes = {.count = 0};

	strokes_band(&strokes, (unsigned)state, 0, -10, 13, 12, false);
	strokes_goes_on(&strokes, (unsigned)state, 13, -10, 12);
	strokes_end(&strokes, out);
}

static void draw_mark(FILE *out, int shape)
{
	put_mark(out, (enum mark_shape)shape, 3, -3.5, 3.2);
}

static void draw_box(FILE *out, int ghost)
{
	put(out, "<rect class='%s' x='0' y='-10' width='18' height='12'/>", ghost ? "gh" : "df");
}

static void draw_segment(FILE *out, int which)
{
	static const char *const classes[] = {"ln", "da", "ac", "ln re"};

	put(out, "<path class='%s' d='M3 1v-11'/><path class='%s' d='M3 2l-2.8-5h5.6z'/>",
		classes[which], which == 2 ? "ach" : "ah");
}

static void draw_call(FILE *out, int which)
{
	(void)which;
	put(out, "<path class='cl' d='M3 0l-2.4-5h4.8z'/>");
}

static void draw_step(FILE *out, int which)
{
	if (which == 2 || which == 3)
		put(out, "<path class='z%d' d='M0-4h16'/>", which);
	put(out, "<rect class='%s' x='0' y='-6.5' width='16' height='5'/>",
		which < 4 ? "zb" : "z4");
}

static void add_states(struct legend *legend, const struct picture *picture)
{
	static const struct {
		enum page_word word;
		uint8_t state[4];
	} families[] = {{WORD_OPENING, {STATE_SYN_SENT, STATE_SYN_RECV}},
		{WORD_OPEN, {STATE_ESTABLISHED}},
		{WORD_CLOSED_FIRST,
			{STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSING, STATE_TIME_WAIT}},
		{WORD_CLOSED_SECOND, {STATE_CLOSE_WAIT, STATE_LAST_ACK}},
		{WORD_WAITING, {STATE_LISTEN}}};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (int k = 0; k < 4; k++) {
			unsigned state = families[i].state[k];

			if (state == STATE_UNKNOWN || !picture->used.state[state])
				continue;
			if (legend->count == 0)
				heading(legend, page_word(families[i].word));
			add(legend, 18, state_name(state), false,
				drawing_of(draw_state, (int)state));
		}
		group_end(legend);
	}
}

static void add_heights(struct legend *legend, const struct picture *picture)
{
	const bool *used = picture->used.state;
	bool ends = false;

	for (unsigned state = 0; state < STATE_MAX; state++)
		ends |= used[state] && state != STATE_LISTEN;
	if (!ends)
		return;
	heading(legend, page_word(WORD_HEIGHT));
	add(legend, 18, page_word(WORD_MAY_BOTH), false,
		drawing_of(draw_height, STATE_ESTABLISHED));
	if (used[STATE_FIN_WAIT1] || used[STATE_FIN_WAIT2])
		add(legend, 18, page_word(WORD_MAY_RECEIVE), false,
			drawing_of(draw_height, STATE_FIN_WAIT2));
	if (used[STATE_CLOSE_WAIT])
		add(legend, 18, page_word(WORD_MAY_SEND), false,
			drawing_of(draw_height, STATE_CLOSE_WAIT));
	add(legend, 18, page_word(WORD_MAY_NEITHER), false,
		drawing_of(draw_height, STATE_TIME_WAIT));
	if (picture->used.waits)
		add(legend, 18, page_word(WORD_OPEN_WAITS), false,
			drawing_of(draw_waiting, STATE_ESTABLISHED));
	if (picture->used.goes_on)
		add(legend, 18, page_word(WORD_GOES_ON), false,
			drawing_of(draw_goes_on, STATE_TIME_WAIT));
	group_end(legend);
}

static void draw_queue(FILE *out, int counted)
{
	put(out, "<rect class='q%s' x='0' y='-10' width='18' height='12'/>", counted ? " qc" : "");
	put(out, "<path class='ql%s' d='M0 -10H18'/>", counted ? " qc" : "");
}

static void add_queue(struct legend *legend, const struct picture *picture)
{
	if (!picture->used.queue[1])
		return;
	heading(legend, page_word(WORD_ACCEPT_QUEUE));
	if (picture->used.queue[0])
		add(legend, 18, page_word(WORD_QUEUE_SHOWN), false, drawing_of(draw_queue, 0));
	add(legend, 18, page_word(WORD_QUEUE_COUNTED), false, drawing_of(draw_queue, 1));
	group_end(legend);
}

static void add_witnesses(struct legend *legend, const struct picture *picture)
{
	static const struct {
		uint8_t evidence;
		enum page_word word;
	} witnesses[] = {{EVIDENCE_BOTH, WORD_BY_BOTH}, {EVIDENCE_WIRE, WORD_BY_WIRE_PALE},
		{EVIDENCE_KERNEL, WORD_BY_KERNEL_ALONE}, {EVIDENCE_BOTH + 1, WORD_BY_NOBODY}};

	heading(legend, page_word(WORD_SEEN_BY));
	for (size_t i = 0; i < sizeof(witnesses) / sizeof(witnesses[0]); i++)
		if (picture->used.evidence[witnesses[i].evidence])
			add(legend, 7, page_word(witnesses[i].word), false,
				drawing_of(draw_mark, (int)sheet_mark(witnesses[i].evidence)));
	group_end(legend);
}

static void draw_rule(FILE *out, int which)
{
	(void)which;
	put(out, "<path class='mk' d='M3 -11V2'/>");
}

/* A mark names the moment at which what came before was done. */
static void add_marks(struct legend *legend, const struct picture *picture)
{
	const struct model *model = picture->sheet->model;
	bool any = false;

	for (size_t i = 0; i < model->mark_count; i++)
		any |= picture_in_window(picture, model->marks[i].t_ns);
	if (any)
		add(legend, 7, page_word(WORD_MARK_ENDS_PHASE), false, drawing_of(draw_rule, 0));
	group_end(legend);
}

static void add_segments(struct legend *legend, const struct picture *picture)
{
	static const enum page_word words[] = {WORD_SYN_FIN_RST, WORD_DATA, WORD_ACKS, WORD_AGAIN};

	if (picture->density == DENSITY_THIN || picture->wanted->queues_only)
		return;
	heading(legend, page_word(WORD_SEGMENTS));
	for (int i = 0; i < (picture->used.again ? 4 : 3); i++)
		add(legend, 6, page_word(words[i]), false, drawing_of(draw_segment, i));
	group_end(legend);
}

double picture_legend(FILE *out, const struct picture *picture, double y)
{
	static const enum page_word steps[] = {
		WORD_UNDER_1_MS, WORD_UNDER_20_MS, WORD_LONGER, WORD_FOLDED};
	struct legend legend = {.out = out, .width = picture->width, .x = 2, .y = y + 17};

	put(out, "<path class='ru' d='M0 %nH%n'/>", y, picture->width);
	add_states(&legend, picture);
	add_heights(&legend, picture);
	add_queue(&legend, picture);
	add_witnesses(&legend, picture);
	if (picture->used.withdrawn)
		add(&legend, 18,
			page_word(picture->sheet->kernel ? WORD_WITHDRAWN_LEGEND
							 : WORD_KEY_WITHDRAWN_ALONE),
			false, drawing_of(draw_box, 1));
	group_end(&legend);
	if (picture->used.ignored)
		add(&legend, 7, page_word(WORD_NOT_TAKEN), false,
			drawing_of(draw_mark, MARK_CROSS));
	group_end(&legend);
	if (picture->used.differ)
		add(&legend, 18, page_word(WORD_ENDS_DISAGREE), false, drawing_of(draw_box, 0));
	group_end(&legend);
	add_segments(&legend, picture);
	if (picture->used.calls)
		add(&legend, 7, page_word(WORD_A_CALL), false, drawing_of(draw_call, 0));
	group_end(&legend);
	add_marks(&legend, picture);
	heading(&legend, page_word(WORD_STEPS));
	for (int i = 0; i < 4; i++)
		add(&legend, 16, page_word(steps[i]), false, drawing_of(draw_step, i + 1));
	group_end(&legend);
	return legend.y + 8;
}
