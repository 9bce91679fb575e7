/* The show: takes frames of the model, keeps those of the past within a limit, draws the one that
 * is looked at. Live and replay differ in who feeds the model and in what they call now. */
#include "top.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

enum { PAST_MOST = 1200, PAST_BYTES = 16 << 20 };
static const int64_t keep_ns = INT64_C(1000000000), keep_soon_ns = INT64_C(100000000);

static int size_of(const struct show *show, int *width, int *height)
{
	*width = show->options->width;
	*height = show->options->height;
	if (show->terminal != NULL)
		terminal_size(show->terminal, width, height);
	if (*width == 0)
		*width = (int)terminal_columns(stdout);
	*width = *width > 0 ? *width : 80;
	*height = *height > 0 ? *height : 24;
	return 0;
}

int show_open(struct show *show, const struct top_options *options, struct error *error)
{
	int width, height;

	*show = (struct show){
		.options = options, .ui = {.utf8 = true, .pace = {.speed = options->speed}}};
	show->live = live_new();
	show->past = calloc(PAST_MOST, sizeof(*show->past));
	if (show->live == NULL || show->past == NULL)
		return error_set(error, "out of memory");
	if (!options->once) {
		show->terminal = terminal_open(&show->ui.utf8, error);
		if (show->terminal == NULL)
			return -1;
	}
	size_of(show, &width, &height);
	if (screen_size(&show->screen, width, height) != 0)
		return error_set(error, "out of memory");
	return 0;
}

void show_close(struct show *show)
{
	terminal_close(show->terminal);
	if (show->past != NULL)
		show_forget(show);
	free(show->past);
	live_frame_free(&show->now);
	live_frame_free(&show->drawn);
	screen_free(&show->screen);
	live_free(show->live);
}

/* ---- the past ---- */

static struct live_frame *past_at(const struct show *show, size_t i)
{
	return &show->past[(show->past_first + i) % PAST_MOST];
}

static void past_drop(struct show *show)
{
	struct live_frame *oldest = past_at(show, 0);

	show->past_bytes -= live_frame_bytes(oldest);
	live_frame_free(oldest);
	show->past_first = (show->past_first + 1) % PAST_MOST;
	show->past_count--;
}

void show_forget(struct show *show)
{
	while (show->past_count > 0)
		past_drop(show);
	show->kept_ns = 0;
	show->kept_line = 0;
}

/* A frame a second is kept, and where something happened up to ten. */
static void past_keep(struct show *show)
{
	const struct live_frame *now = &show->now;
	int64_t least_ns = now->last_line != show->kept_line ? keep_soon_ns : keep_ns;

	if (show->kept_ns != 0 && now->t_ns - show->kept_ns < least_ns)
		return;
	if (show->past_count == PAST_MOST)
		past_drop(show);
	if (live_frame_copy(past_at(show, show->past_count), now) != 0)
		return; /* without memory for it, less can be gone back to */
	show->past_bytes += live_frame_bytes(now);
	show->past_count++;
	show->kept_ns = now->t_ns;
	show->kept_line = now->last_line;
	while (show->past_bytes > PAST_BYTES && show->past_count > 1)
		past_drop(show);
}

/* ---- drawing ---- */

/* Of few sockets all are taken, so that another text can be looked for in the past as well. */
static int take(struct show *show, int64_t t_ns)
{
	struct live_order order = show->ui.order;

	if (show->now.sockets <= LIVE_SHOWN)
		order.find[0] = '\0';
	return live_frame_take(show->live, t_ns, &order, &show->now);
}

/* What is looked at: now or a frame of the past, in the order that is asked for. */
static const struct live_frame *looked_at(struct show *show)
{
	struct screen_ui *ui = &show->ui;
	const struct live_frame *frame = &show->now;

	if (ui->pace.paused && show->past_count > 0) {
		if (ui->back >= show->past_count)
			ui->back = show->past_count - 1;
		frame = past_at(show, show->past_count - 1 - ui->back);
	} else if (live_same_order(&frame->order, &ui->order)) {
		return frame; /* until one in another order comes, what this one holds serves */
	}
	live_frame_free(&show->drawn);
	if (live_frame_copy(&show->drawn, frame) != 0)
		return &show->now;
	live_frame_arrange(&show->drawn, &ui->order);
	ui->pace.back_ms = (show->now.t_ns - show->drawn.t_ns) / 1000000;
	return &show->drawn;
}

static bool stands_still(const struct show *show)
{
	return show->ui.pace.paused && show->now.t_ns != 0;
}

void show_adopt(struct show *show, struct live_frame *frame)
{
	struct live_frame before = show->now;

	if (stands_still(show))
		return;
	show->ui.pace.back_ms = 0;
	show->now = *frame;
	*frame = before;
	past_keep(show);
}

void show_pass(struct show *show, int64_t t_ns)
{
	if (stands_still(show))
		return;
	show->now.t_ns = t_ns;
	past_keep(show);
}

int show_paint(struct show *show, struct error *error)
{
	int width, height;

	size_of(show, &width, &height);
	if (screen_size(&show->screen, width, height) != 0)
		return error_set(error, "out of memory");
	show->seen = looked_at(show);
	if (show->lock != NULL)
		pthread_mutex_lock(show->lock);
	screen_draw(&show->screen, show->live, show->seen, &show->ui);
	if (show->lock != NULL)
		pthread_mutex_unlock(show->lock);
	if (show->terminal != NULL)
		terminal_draw(show->terminal, &show->screen);
	return 0;
}

int show_draw(struct show *show, int64_t t_ns, struct error *error)
{
	if (!stands_still(show)) {
		show->ui.pace.back_ms = 0;
		if (take(show, t_ns) != 0 || live_out_of_memory(show->live))
			return error_set(error, "out of memory");
		past_keep(show);
	}
	return show_paint(show, error);
}

bool show_keys(struct show *show)
{
	bool changed = false;
	uint32_t key;

	while (show->terminal != NULL && (key = terminal_key(show->terminal)) != KEY_NONE)
		changed |= key == KEY_ON_RESIZE ||
			   screen_key(&show->ui, show->seen != NULL ? show->seen : &show->now, key,
				   show->screen.height);
	return changed;
}

void show_press(struct show *show, const char *keys)
{
	for (; keys != NULL && *keys != '\0'; keys++)
		screen_key(&show->ui, show->seen != NULL ? show->seen : &show->now,
			*keys == '\n' ? (uint32_t)KEY_ON_ENTER : (unsigned char)*keys,
			show->screen.height);
}
