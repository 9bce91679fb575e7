/* The screen of `top`: nothing leaves its cells, nothing that a terminal would obey gets in, keys
 * do what the help says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tcpstate/columns.h"
#include "tcpstate/screen.h"

static char *text_of(const struct screen *screen, bool utf8)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(screen_print(screen, utf8, out), 0);
	fclose(out);
	return text;
}

static void text_is_cut_at_its_edge(void **state)
{
	struct screen screen = {.width = 0};
	char *text;

	(void)state;
	assert_int_equal(screen_size(&screen, 40, 10), 0);
	assert_int_equal(screen_put(&screen, 0, 0, 8, TONE_PLAIN, "ESTABLISHED"), 8);
	assert_int_equal(screen_put(&screen, 1, 36, 20, TONE_PLAIN, "LISTEN"), 40);
	screen_put(&screen, 2, 0, 5, TONE_PLAIN, "半连接队列");
	screen_put_right(&screen, 3, 0, 6, TONE_PLAIN, "42");
	screen_put(&screen, 4, 0, 20, TONE_PLAIN, "a\x1b[31mb\xff\xe2\x80\xae");
	screen_put(&screen, 99, 0, 20, TONE_PLAIN, "nowhere");
	screen_put(&screen, -1, -5, 20, TONE_PLAIN, "nowhere");
	text = text_of(&screen, true);
	assert_string_equal(text,
		"ESTABLI…\n                                    LIS…\n半连…\n    42\n"
		"a?[31mb??\n\n\n\n\n\n");
	free(text);
	screen_free(&screen);
}

static void ascii_stands_for_everything(void **state)
{
	struct screen screen = {.width = 0};
	char *text;

	(void)state;
	screen_size(&screen, 40, 10);
	screen_put(&screen, 0, 0, 30, TONE_PLAIN, "─│┌┘▶◀▼█░●○◆×…→");
	text = text_of(&screen, false);
	assert_memory_equal(text, "-|++><v#.*o#x~>\n", 16);
	free(text);
	screen_free(&screen);
}

struct scene {
	struct live *live;
	struct live_frame frame;
	struct screen screen;
	struct screen_ui ui;
};

/* A listener whose queue is full, 30 connections, and a feed. */
static void scene_make(struct scene *scene, int width, int height)
{
	*scene = (struct scene){.live = live_new(), .ui = {.where = "", .pace = {.speed = 1}}};
	scene->ui.utf8 = true;
	for (unsigned i = 0; i <= 30; i++) {
		struct sockrow row = {.state = i == 0 ? STATE_LISTEN : STATE_ESTABLISHED,
			.recv_q = i == 0 ? 2 : 0,
			.send_q = i == 0 ? 1 : 0,
			.cookie = 1 + i,
			.key = {.family = AF_INET,
				.protocol = IPPROTO_TCP,
				.port_be = {
					htons(12345), htons((uint16_t)(i == 0 ? 0 : 40000 + i))}}};
		struct record record = {.id = i,
			.kind = RECORD_TRANSITION,
			.key = row.key,
			.t_ns = 1000 + i,
			.to = STATE_ESTABLISHED,
			.from = STATE_SYN_RECV,
			.evidence = EVIDENCE_BOTH};

		live_row(scene->live, &row, 1000);
		if (i > 0)
			live_record(scene->live, &record);
	}
	assert_int_equal(live_frame_take(scene->live, 2000, &scene->ui.order, &scene->frame), 0);
	screen_size(&scene->screen, width, height);
}

static void scene_free(struct scene *scene)
{
	live_free(scene->live);
	live_frame_free(&scene->frame);
	screen_free(&scene->screen);
}

/* At every size, on every screen, each line is as wide as the screen at most. */
static void every_size_is_drawn(void **state)
{
	(void)state;
	for (int width = SCREEN_WIDTH_LEAST; width < 230; width += 13) {
		for (int height = SCREEN_HEIGHT_LEAST; height < 70; height += 9) {
			struct scene scene;

			scene_make(&scene, width, height);
			for (int mode = SCREEN_LIST; mode <= SCREEN_HELP; mode++) {
				scene.ui.mode = (enum screen_mode)mode;
				scene.ui.chosen = scene.frame.shown[0].row.key;
				screen_draw(&scene.screen, scene.live, &scene.frame, &scene.ui);
				char *text = text_of(&scene.screen, true), *rest = text, *line;
				int lines = 0;

				while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
					assert_true((int)columns_of(line) <= width);
					lines++;
				}
				assert_int_equal(lines, height);
				free(text);
			}
			scene_free(&scene);
		}
	}
}

static bool shows(struct scene *scene, const char *what)
{
	screen_draw(&scene->screen, scene->live, &scene->frame, &scene->ui);
	char *text = text_of(&scene->screen, true);
	bool found = strstr(text, what) != NULL;

	free(text);
	return found;
}

static void a_full_queue_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, 120, 40);
	assert_true(shows(&scene, "██ 2 of 2, full"));
	assert_true(shows(&scene, "ESTABLISHED 30"));
	assert_true(shows(&scene, "SYN_RECV → ESTABLISHED"));
	screen_key(&scene.ui, &scene.frame, 'p', 40);
	assert_true(shows(&scene, "accept queue 2 of 2, full"));
	assert_true(shows(&scene, "/|\\ /|\\ "));
	scene_free(&scene);
	/* where there is little room no word is cut */
	scene_make(&scene, 80, 24);
	assert_true(shows(&scene, "██ 2 of 2, full "));
	scene.frame.listeners[0].row.recv_q = 129;
	scene.frame.listeners[0].row.send_q = 128;
	assert_true(shows(&scene, "██ 129 of 129 "));
	scene_free(&scene);
}

static void press(struct scene *scene, uint32_t key)
{
	screen_key(&scene->ui, &scene->frame, key, scene->screen.height);
}

static void keys_do_what_the_help_says(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, 80, 24);
	press(&scene, KEY_ON_END);
	assert_int_equal(scene.ui.selected, 29);
	press(&scene, KEY_ON_DOWN);
	assert_int_equal(scene.ui.selected, 29);
	assert_true(shows(&scene, ":40030 "));
	press(&scene, KEY_ON_HOME);
	press(&scene, KEY_ON_UP);
	assert_int_equal(scene.ui.selected, 0);
	press(&scene, KEY_ON_ENTER);
	assert_int_equal(scene.ui.mode, SCREEN_SOCKET);
	assert_int_equal(scene.ui.chosen.port_be[1], htons(40001));
	press(&scene, KEY_ON_ESCAPE);
	assert_int_equal(scene.ui.mode, SCREEN_LIST);
	press(&scene, ' ');
	assert_true(scene.ui.pace.paused);
	press(&scene, KEY_ON_LEFT);
	press(&scene, KEY_ON_LEFT);
	press(&scene, KEY_ON_RIGHT);
	assert_int_equal(scene.ui.back, 1);
	press(&scene, ' ');
	assert_false(scene.ui.pace.paused);
	press(&scene, KEY_ON_F1 + 4);
	assert_int_equal(scene.ui.order.group, LIVE_GROUP_PROCESS);
	press(&scene, '>');
	assert_int_equal(scene.ui.order.sort, LIVE_BY_REMOTE);
	press(&scene, '<');
	press(&scene, '<');
	assert_int_equal(scene.ui.order.sort, LIVE_BY_TIMER);
	press(&scene, KEY_ON_F1);
	assert_int_equal(scene.ui.mode, SCREEN_HELP);
	press(&scene, 'q');
	assert_int_equal(scene.ui.mode, SCREEN_LIST);
	assert_false(scene.ui.quit);
	press(&scene, 'q');
	assert_true(scene.ui.quit);
	scene_free(&scene);
}

/* While a text is typed its letters are no commands. */
static void a_text_is_looked_for(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, 80, 24);
	press(&scene, '/');
	for (const char *at = "q40007x"; *at != '\0'; at++)
		press(&scene, (unsigned char)*at);
	press(&scene, KEY_ON_ERASE);
	assert_string_equal(scene.ui.order.find, "q40007");
	assert_false(scene.ui.quit);
	press(&scene, KEY_ON_ENTER);
	assert_false(scene.ui.finding);
	press(&scene, KEY_ON_ESCAPE);
	assert_string_equal(scene.ui.order.find, "");
	scene_free(&scene);
}

static void only_a_recording_has_a_speed(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, 80, 24);
	press(&scene, '+');
	assert_true(scene.ui.pace.speed > 0.99 && scene.ui.pace.speed < 1.01);
	scene.ui.pace.replay = true;
	for (int i = 0; i < 30; i++)
		press(&scene, '+');
	assert_true(scene.ui.pace.speed > 1023 && scene.ui.pace.speed < 1025);
	for (int i = 0; i < 60; i++)
		press(&scene, '-');
	assert_true(shows(&scene, "÷64"));
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(text_is_cut_at_its_edge),
		cmocka_unit_test(ascii_stands_for_everything),
		cmocka_unit_test(every_size_is_drawn), cmocka_unit_test(a_full_queue_is_told),
		cmocka_unit_test(keys_do_what_the_help_says),
		cmocka_unit_test(a_text_is_looked_for),
		cmocka_unit_test(only_a_recording_has_a_speed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
