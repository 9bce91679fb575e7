/* Why a connection was reset: told by the calls that a program made, by a row, or by the kernel's
 * counters, and by whichever of them is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

enum { CALLS = 4, LINES_MOST = 12 };

/* A call on the socket of 'C' or 'S', of inode 9. */
struct made {
	const char *at; /* seconds; NULL: none */
	char end;
	enum call_what what;
	int64_t result, asked, unread;
	int32_t error;
	const char *arguments;
};

static int by_time(const void *left, const void *right)
{
	const struct event *a = left, *b = right;

	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

static void add_calls(struct script *script, const struct made *calls)
{
	const struct flow_key client = script->event[0].u.segment.key;
	int64_t start_ns = script->event[0].t_ns - 100000000; /* every story begins at 0.1 s */

	for (size_t i = 0; i < CALLS && calls[i].at != NULL; i++) {
		int64_t t_ns = start_ns + (int64_t)(strtod(calls[i].at, NULL) * 1e9);
		bool closes = calls[i].what == CALLED_CLOSE;

		script->event[script->count++] = (struct event){.kind = EVENT_CALL,
			.t_ns = t_ns,
			.number = 1000 + i,
			.u.call = {.entered_ns = t_ns,
				.returned_ns = t_ns + 1000,
				.pid = 12,
				.program = "server",
				.what = (uint8_t)calls[i].what,
				.effect = closes ? CALL_CLOSES : CALL_NO_EFFECT,
				.last = closes,
				.fd = 4,
				.new_fd = -1,
				.inode = 9,
				.key = calls[i].end == 'C' ? client : flow_key_swap(&client),
				.result = calls[i].error != 0 ? -1 : calls[i].result,
				.error = calls[i].error,
				.asked = calls[i].asked,
				.unread = calls[i].unread,
				.arguments = calls[i].arguments != NULL ? calls[i].arguments : ""}};
	}
	qsort(script->event, script->count, sizeof(script->event[0]), by_time);
}

/* The finding of this kind; NULL: none. */
static const struct finding *found(const struct model *model, enum finding_code code)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == code)
			return &model->findings[i];
	return NULL;
}

static struct model *story(const char *const *lines, const struct made *calls)
{
	struct script script;

	script_read(&script, lines);
	add_calls(&script, calls);
	return script_model(&script);
}

/* ---- close() with bytes unread (RFC 2525 2.17) ---- */

#define ASKED HANDSHAKE, "0.2 C>S PA 101 301 len 50", "0.201 S>C A 301 151"
#define READ(when, bytes, wanted)                                                                  \
	{                                                                                          \
		when, 'S', CALLED_READ, bytes, wanted, -1, 0, NULL                                 \
	}
#define CLOSE(when, left)                                                                          \
	{                                                                                          \
		when, 'S', CALLED_CLOSE, 0, -1, left, 0, NULL                                      \
	}

static void bytes_unread_at_close_are_told_with_the_last_read(void **state)
{
	static const struct {
		struct made calls[CALLS];
		int64_t unread, asked; /* 0: none; of the newest read(), 0: there was none */
	} cases[] = {{{CLOSE("0.3", 50)}, 50, 0},
		{{READ("0.25", 10, 10), CLOSE("0.3", 40)}, 40, 10},
		{{READ("0.25", 10, 10), READ("0.26", 20, 20), CLOSE("0.3", 20)}, 20, 20},
		/* what gave nothing, or an error, is not what it read last */
		{{READ("0.25", 10, 16), READ("0.26", 0, 32), CLOSE("0.3", 40)}, 40, 16},
		/* of the other end, and not a read: neither says anything */
		{{{"0.25", 'C', CALLED_READ, 10, 64, -1, 0, NULL}, CLOSE("0.3", 50)}, 50, 0},
		{{{"0.25", 'S', CALLED_ACCEPT, 4, 0, -1, 0, NULL}, CLOSE("0.3", 50)}, 50, 0},
		{{{"0.25", 'S', CALLED_WRITE, 4, 99, -1, 0, NULL}, CLOSE("0.3", 50)}, 50, 0},
		{{CLOSE("0.3", 0)}, 0, 0}, {{CLOSE("0.3", -1)}, 0, 0},
		{{{"0.3", 'C', CALLED_CLOSE, 0, -1, 50, 0, NULL}}, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model *model =
			story(LINES(ASKED, "0.3001 S>C RA 301 151", "1 tick"), cases[i].calls);
		const struct finding *finding = found(model, FINDING_UNREAD_AT_CLOSE);

		assert_int_equal(finding != NULL, cases[i].unread > 0);
		if (finding != NULL) {
			assert_int_equal(finding->arg[0], cases[i].unread);
			assert_int_equal(finding->arg[1], 50);
			assert_int_equal(finding->arg[2], cases[i].asked);
			assert_int_equal(finding->key.addr[finding->side][3], 2);
		}
		model_free(model);
	}
}

/* ---- an abort while the client waits for its answer ---- */

#define OPTION(when, which, says, number)                                                          \
	{                                                                                          \
		when, which, CALLED_SETSOCKOPT, 0, -1, -1, number, says                            \
	}

static void an_abort_is_laid_to_so_linger_if_that_was_set(void **state)
{
	static const struct {
		struct made calls[CALLS];
		bool linger;
	} cases[] = {{{OPTION("0.25", 'S', "SO_LINGER = on, 0 s", 0), CLOSE("0.3", 0)}, true},
		{{OPTION("0.25", 'S', "SO_LINGER = on, 0 s", 22), CLOSE("0.3", 0)}, false},
		{{OPTION("0.25", 'S', "SO_LINGER = on, 3 s", 0), CLOSE("0.3", 0)}, false},
		{{OPTION("0.25", 'S', "TCP_NODELAY = 1", 0), CLOSE("0.3", 0)}, false},
		{{OPTION("0.25", 'C', "SO_LINGER = on, 0 s", 0), CLOSE("0.3", 0)}, false},
		{{CLOSE("0.3", 0)}, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model *model =
			story(LINES(ASKED, "0.3001 S>C RA 301 151", "1 tick"), cases[i].calls);
		const struct finding *finding = found(model, FINDING_ABORTED);

		assert_non_null(finding);
		assert_int_equal(finding->arg[0], 50);
		assert_int_equal(finding->arg[1], cases[i].linger);
		assert_int_equal(finding->arg[2], 0);
		assert_int_equal(finding->arg[3], !cases[i].linger);
		model_free(model);
	}
}

static void an_abort_that_nobody_waits_behind_is_not_told(void **state)
{
	static const struct made none[CALLS] = {{0}};

	(void)state;
	/* answered; nothing asked; still sending */
	struct model *model = story(LINES(ASKED, "0.25 S>C PA 301 151 len 9", "0.251 C>S A 151 310",
					    "0.3001 S>C RA 310 151", "1 tick"),
		none);
	assert_null(found(model, FINDING_ABORTED));
	model_free(model);
	model = story(LINES(HANDSHAKE, "0.3001 S>C RA 301 101", "1 tick"), none);
	assert_null(found(model, FINDING_ABORTED));
	model_free(model);
}

/* ---- read() == 0 taken for a message ---- */

/* The server answers its client's FIN with data, which meets a closed socket. */
#define ANSWERED_END                                                                               \
	HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102", "0.3 S>C PA 301 102 len 5",        \
		"0.301 C>S R 102 0", "1 tick"

static void the_read_that_gave_the_end_is_cited(void **state)
{
	static const struct {
		struct made calls[CALLS];
		size_t cited;
	} cases[] = {{{READ("0.25", 0, 512)}, 1}, {{READ("0.25", 5, 512)}, 0},
		{{READ("0.25", 0, 0)}, 0}, {{{"0.25", 'S', CALLED_POLL, 0, 10, -1, 0, NULL}}, 0},
		{{{"0.25", 'C', CALLED_READ, 0, 512, -1, 0, NULL}}, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model *model = story(LINES(ANSWERED_END), cases[i].calls);
		const struct finding *finding = found(model, FINDING_END_ANSWERED);
		size_t cited = 0;

		assert_non_null(finding);
		assert_int_equal(finding->arg[0], 5);
		for (size_t k = 0; k < FINDING_CITED; k++)
			cited += finding->evidence.call[k] != 0;
		assert_int_equal(cited, cases[i].cited);
		model_free(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_unread_at_close_are_told_with_the_last_read),
		cmocka_unit_test(an_abort_is_laid_to_so_linger_if_that_was_set),
		cmocka_unit_test(an_abort_that_nobody_waits_behind_is_not_told),
		cmocka_unit_test(the_read_that_gave_the_end_is_cited)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
