/* What was seen of the processes behind the sockets: children that nobody waits for. */
#include "model_feed.h"

#include <stdio.h>

enum { SIGHTS = 4, PARENTS = 3 };

/* Children of this parent that had ended, the oldest since then. */
struct sight {
	uint32_t pid;
	int64_t count, since_ms, seen_ms;
};

static void children_that_nobody_waits_for_are_told_by_parent(void **state)
{
	static const struct {
		struct sight sights[SIGHTS];
		int64_t told[PARENTS][3]; /* pid, the most at one time, for how long in ms */
	} cases[] = {
		{{{12, 3, 1000, 4000}}, {{12, 3, 3000}}},
		/* waited for within a second: no finding */
		{{{12, 3, 1000, 1500}}, {{0}}},
		/* more of them, and fewer again; the longest time that one was there */
		{{{12, 1, 1000, 2000}, {12, 5, 1000, 4000}, {12, 2, 3500, 5000}}, {{12, 5, 3000}}},
		{{{12, 1, 1000, 3000}, {13, 2, 1000, 4000}}, {{12, 1, 2000}, {13, 2, 3000}}},
		/* a new one each time is no child that stays */
		{{{12, 1, 1000, 1400}, {12, 1, 2000, 2400}, {12, 1, 3000, 3400}}, {{0}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();
		size_t found = 0, wanted = 0;

		for (size_t k = 0; k < SIGHTS && cases[i].sights[k].pid != 0; k++) {
			const struct sight *sight = &cases[i].sights[k];
			struct owner parent = {.pid = sight->pid};

			snprintf(parent.program, sizeof(parent.program), "server\033[2J");
			model_zombies(feed.model, &parent, sight->count, sight->since_ms * MS,
				sight->seen_ms * MS);
		}
		const struct model *model = finish(&feed);

		while (wanted < PARENTS && cases[i].told[wanted][0] != 0)
			wanted++;
		for (size_t k = 0; k < model->finding_count; k++) {
			const struct finding *finding = &model->findings[k];
			bool known = false;

			assert_int_equal(finding->code, FINDING_ZOMBIES);
			for (size_t n = 0; n < wanted; n++)
				known |= finding->arg[2] == cases[i].told[n][0] &&
					 finding->arg[0] == cases[i].told[n][1] &&
					 finding->arg[1] == cases[i].told[n][2];
			assert_true(known);
			/* a name may hold anything: it does nothing to a terminal */
			assert_null(strchr(finding->text[0], '\033'));
			assert_memory_equal(finding->text[0], "server", 6);
			found++;
		}
		assert_int_equal(found, wanted);
		model_free(feed.model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_that_nobody_waits_for_are_told_by_parent)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
