/* What keys do to what is seen: as in htop where htop has them. */
#include <string.h>

#include "tcpstate/screen.h"

static void find_key(struct screen_ui *ui, uint32_t key)
{
	size_t length = strlen(ui->order.find);

	if (key == KEY_ON_ENTER) {
		ui->finding = false;
	} else if (key == KEY_ON_ESCAPE) {
		ui->finding = false;
		ui->order.find[0] = '\0';
	} else if (key == KEY_ON_ERASE && length > 0) {
		ui->order.find[length - 1] = '\0';
	} else if (key >= ' ' && key < 0x7f && length + 1 < sizeof(ui->order.find)) {
		ui->order.find[length] = (char)key;
		ui->order.find[length + 1] = '\0';
	}
	ui->selected = 0;
}

static void move(struct screen_ui *ui, const struct live_frame *frame, long step)
{
	long to = (long)ui->selected + step, last = (long)frame->shown_count - 1;

	to = to > last ? last : to;
	ui->selected = to > 0 ? (size_t)to : 0;
	if (ui->mode == SCREEN_SOCKET && frame->shown_count > 0) {
		ui->chosen = frame->shown[ui->selected].row.key;
		ui->chosen_cookie = frame->shown[ui->selected].row.cookie;
	}
}

static bool move_key(struct screen_ui *ui, const struct live_frame *frame, uint32_t key, int height)
{
	long page = height > 12 ? height / 2 : 6;

	switch (key) {
	case KEY_ON_UP:
	case 'k':
		move(ui, frame, -1);
		return true;
	case KEY_ON_DOWN:
	case 'j':
		move(ui, frame, 1);
		return true;
	case KEY_ON_PAGE_UP:
		move(ui, frame, -page);
		return true;
	case KEY_ON_PAGE_DOWN:
		move(ui, frame, page);
		return true;
	case KEY_ON_HOME:
		move(ui, frame, -(long)LIVE_SHOWN);
		return true;
	case KEY_ON_END:
		move(ui, frame, LIVE_SHOWN);
		return true;
	default:
		return false;
	}
}

static void enter(struct screen_ui *ui, const struct live_frame *frame)
{
	if (ui->mode != SCREEN_LIST || ui->selected >= frame->shown_count ||
		ui->order.group != LIVE_GROUP_NONE)
		return;
	ui->mode = SCREEN_SOCKET;
	ui->chosen = frame->shown[ui->selected].row.key;
	ui->chosen_cookie = frame->shown[ui->selected].row.cookie;
}

static void leave(struct screen_ui *ui)
{
	if (ui->mode == SCREEN_LIST)
		ui->order.find[0] = '\0';
	ui->mode = ui->mode == SCREEN_HELP ? ui->before_help : SCREEN_LIST;
}

static void help(struct screen_ui *ui)
{
	if (ui->mode == SCREEN_HELP) {
		leave(ui);
		return;
	}
	ui->before_help = ui->mode;
	ui->mode = SCREEN_HELP;
}

static bool order_key(struct screen_ui *ui, uint32_t key)
{
	switch (key) {
	case KEY_ON_F1 + 4:
	case 't':
	case 'g':
		ui->order.group = (enum live_group)((ui->order.group + 1) % LIVE_GROUP_MAX);
		return true;
	case KEY_ON_F1 + 5:
	case '>':
	case '.':
	case 's':
		ui->order.sort = (enum live_sort)((ui->order.sort + 1) % LIVE_SORT_MAX);
		return true;
	case '<':
	case ',':
		ui->order.sort =
			(enum live_sort)((ui->order.sort + LIVE_SORT_MAX - 1) % LIVE_SORT_MAX);
		return true;
	case 'I':
		ui->order.reverse = !ui->order.reverse;
		return true;
	case KEY_ON_F1 + 2:
	case KEY_ON_F1 + 3:
	case '/':
	case '\\':
		ui->finding = true;
		ui->mode = SCREEN_LIST;
		return true;
	default:
		return false;
	}
}

static void faster(struct screen_ui *ui, double by)
{
	double speed = ui->pace.speed * by;

	if (ui->pace.replay && speed >= 1.0 / 64 && speed <= 1024)
		ui->pace.speed = speed;
}

static bool time_key(struct screen_ui *ui, uint32_t key)
{
	switch (key) {
	case ' ':
		ui->pace.paused = !ui->pace.paused;
		ui->back = 0;
		return true;
	case KEY_ON_LEFT:
		ui->pace.paused = true;
		ui->back++;
		return true;
	case KEY_ON_RIGHT:
		ui->back -= ui->back > 0;
		return true;
	case '+':
	case '=':
		faster(ui, 2);
		return true;
	case '-':
		faster(ui, 0.5);
		return true;
	case 'r':
		ui->restart = ui->pace.replay;
		ui->back = 0;
		return true;
	default:
		return false;
	}
}

bool screen_key(struct screen_ui *ui, const struct live_frame *frame, uint32_t key, int height)
{
	if (ui->finding) {
		find_key(ui, key);
		return true;
	}
	if (move_key(ui, frame, key, height) || order_key(ui, key) || time_key(ui, key))
		return true;
	switch (key) {
	case KEY_ON_ENTER:
		enter(ui, frame);
		return true;
	case KEY_ON_ESCAPE:
		leave(ui);
		return true;
	case 'p':
		ui->mode = ui->mode == SCREEN_DIAGRAM ? SCREEN_LIST : SCREEN_DIAGRAM;
		return true;
	case KEY_ON_F1:
	case 'h':
	case '?':
		help(ui);
		return true;
	case 'q':
	case KEY_ON_F10:
		ui->quit =
			ui->mode == SCREEN_LIST || ui->mode == SCREEN_DIAGRAM || key == KEY_ON_F10;
		if (!ui->quit)
			leave(ui);
		return true;
	default:
		return false;
	}
}
