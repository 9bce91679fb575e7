/* Pictures of what threads are in: put together, bounded, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcpstate/doing.h"

static void threads_in_the_same_are_one_entry(void **state)
{
	struct doing doing = {.threads = 4};

	(void)state;
	doing_add(&doing, DOING_EVENTS, 0);
	doing_add(&doing, DOING_READ_SOCKET, 9);
	doing_add(&doing, DOING_LOCK, 0);
	doing_add(&doing, DOING_LOCK, 0);
	doing_add(&doing, DOING_READ_SOCKET, 8);
	doing_sort(&doing);
	assert_int_equal(doing.count, 4);
	assert_int_equal(doing.in[0].kind, DOING_LOCK);
	assert_int_equal(doing.in[0].threads, 2);
	assert_int_equal(doing.in[1].kind, DOING_EVENTS);
	assert_int_equal(doing.in[2].inode, 8);
	assert_int_equal(doing.in[3].inode, 9);
}

static void what_has_no_place_joins_its_kind(void **state)
{
	struct doing doing = {.threads = 32};
	unsigned threads = 0;

	(void)state;
	for (uint32_t i = 1; i <= DOING_KINDS + 5; i++)
		doing_add(&doing, DOING_READ_SOCKET, i);
	doing_add(&doing, DOING_SLEEP, 0);
	assert_int_equal(doing.count, DOING_KINDS);
	for (size_t i = 0; i < doing.count; i++)
		threads += doing.in[i].threads;
	assert_int_equal(threads, DOING_KINDS + 6);
	assert_int_equal(doing.in[DOING_KINDS - 1].kind, DOING_OTHER);
	assert_int_equal(doing.in[DOING_KINDS - 1].inode, 0);
}

static void a_picture_is_the_same_whatever_the_order(void **state)
{
	struct doing one = {.threads = 2, .looks = 1}, other = {.threads = 2, .looks = 5};

	(void)state;
	doing_add(&one, DOING_SLEEP, 0);
	doing_add(&one, DOING_ACCEPT, 3);
	doing_add(&other, DOING_ACCEPT, 3);
	doing_add(&other, DOING_SLEEP, 0);
	doing_sort(&one);
	doing_sort(&other);
	assert_true(doing_same(&one, &other));
	other.watched[other.watched_count++] = (struct doing_watched){3, WATCH_NOT};
	assert_false(doing_same(&one, &other));
	other.watched_count = 0;
	other.in[0].inode = 4;
	assert_false(doing_same(&one, &other));
}

static void words_come_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DOING_MAX; i++)
		assert_int_equal(doing_kind_of(doing_word(i)), i);
	for (unsigned i = 0; i < WATCH_MAX; i++)
		assert_int_equal(doing_watch_of(doing_watch_word(i)), i);
	assert_int_equal(doing_kind_of("dream"), DOING_MAX);
	assert_string_equal(doing_word(DOING_MAX), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_in_the_same_are_one_entry),
		cmocka_unit_test(what_has_no_place_joins_its_kind),
		cmocka_unit_test(a_picture_is_the_same_whatever_the_order),
		cmocka_unit_test(words_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
