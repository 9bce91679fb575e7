/* Events drawn by lot, thousands of times the same: what the fuzzer of the core checks holds of
 * them (fuzz_core.c), they give the same records again, and a report of them adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>

#define LLVMFuzzerTestOneInput core_bears
#include "../fuzz/fuzz_core.c"
#undef LLVMFuzzerTestOneInput

#include "tcpstate/hash.h"
#include "tcpstate/model.h"

int core_bears(const uint8_t *data, size_t size);

/* A third under the sanitizers; the fuzz target fuzz_core has a minute (make check-long). */
#ifdef __SANITIZE_ADDRESS__
enum { STORIES = 50 };
#else
enum { STORIES = 300 };
#endif
enum { EVENTS = 48, BYTES = 8 * EVENTS };

static uint32_t drawn(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Few numbers, so that segments and answers fit each other now and then; mostly packets. */
static void draw(uint8_t data[BYTES], uint64_t seed)
{
	static const uint8_t flags[] = {2, 0x12, 0x10, 0x10, 0x18, 0x11, 0x11, 4, 0x14, 1, 0xff};
	uint64_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < EVENTS; i++) {
		uint8_t *byte = data + 8 * i;
		bool packet = drawn(&state) % 4 != 0;

		for (size_t k = 0; k < 8; k++)
			byte[k] = (uint8_t)drawn(&state);
		byte[0] = (uint8_t)(byte[0] % (seed % 3 == 0 ? 255 : 20));
		byte[1] = (uint8_t)((byte[1] & 0x18) | (packet ? 0 : 4 + drawn(&state) % 4));
		if (!packet)
			continue;
		byte[2] = flags[byte[2] % sizeof(flags)];
		byte[3] = (uint8_t)(1 + byte[3] % 3);
		byte[4] = (uint8_t)(1 + byte[4] % 3);
		byte[5] &= 1;
		byte[7] = 7;
	}
}

static void what_the_fuzzer_checks_holds(void **state)
{
	uint8_t data[BYTES];

	(void)state;
	for (uint64_t seed = 0; seed < STORIES; seed++) {
		draw(data, seed);
		assert_int_equal(core_bears(data, sizeof(data)), 0);
	}
}

/* ---- a report of them ---- */

struct heard {
	struct model *model;
	uint64_t hash, records;
};

static void hear(void *context, const struct record *record)
{
	struct heard *heard = context;
	const uint64_t words[] = {heard->hash, record->kind, record->id, record->of,
		(uint64_t)record->t_ns, record->frame, record->diag_frame, record->serial,
		record->side, record->from, record->to, record->evidence, record->reason.code};

	heard->hash = hash_words(words, sizeof(words) / sizeof(words[0]));
	heard->records++;
	model_take(heard->model, record);
}

static struct call call_of(const uint8_t *byte, int64_t t_ns)
{
	static const int32_t errors[] = {
		0, 0, 0, EAGAIN, EADDRINUSE, ECONNREFUSED, EBADF, ENOTCONN};
	static const uint8_t usual[] = {CALLED_SOCKET, CALLED_BIND, CALLED_LISTEN, CALLED_CONNECT,
		CALLED_ACCEPT, CALLED_READ, CALLED_WRITE, CALLED_CLOSE, CALLED_SHUTDOWN,
		CALLED_SETSOCKOPT, CALLED_POLL, CALLED_EXIT};
	uint8_t what = usual[byte[2] % sizeof(usual)];
	struct sockrow row = row_of(byte);

	return (struct call){.entered_ns = t_ns - byte[3] * 1000,
		.returned_ns = byte[4] == 1 ? 0 : t_ns,
		.pid = 7 + (byte[6] & 1),
		.host_pid = 7 + (byte[6] & 1),
		.tid = 7,
		.program = "drawn",
		.what = what,
		.effect = what == CALLED_CLOSE || what == CALLED_EXIT ? CALL_CLOSES
			  : what == CALLED_SOCKET                     ? CALL_OPENS
								      : CALL_NO_EFFECT,
		.fd = 3,
		.new_fd = -1,
		.inode = row.inode,
		.key = row.key,
		.cookie = row.cookie,
		.error = errors[byte[7] % 8],
		.result = byte[7] % 8 < 3 ? byte[5] & 1 : -1,
		.asked = byte[4],
		.unread = byte[5] % 3 - 1,
		.last = byte[5] & 2,
		.arguments = what == CALLED_SHUTDOWN ? "SHUT_WR" : "10.0.0.1:80"};
}

/* A fact: a counter, a mark, a process's end, or packets lost. */
static struct event fact_of(const uint8_t *byte, struct event event)
{
	switch (byte[2] % 4) {
	case 0:
		event.kind = EVENT_COUNTER;
		event.u.fact = (struct fact){
			.text = byte[4] & 1 ? "TcpExtListenOverflows" : "TcpExtTCPAbortOnClose",
			.delta = 1};
		break;
	case 1:
		event.kind = EVENT_MARK;
		event.u.fact = (struct fact){.text = "a mark"};
		break;
	case 2:
		event.kind = EVENT_EXIT;
		event.u.exit = (struct exit){
			.pid = 7, .program = "drawn", .known = true, .by_recorder = byte[4] & 1};
		break;
	default:
		event.kind = EVENT_GAP;
		event.u.fact = (struct fact){.count = 1};
	}
	return event;
}

static struct event event_of(const uint8_t *byte, uint64_t number, int64_t t_ns, bool facts)
{
	struct event event = {.number = number, .t_ns = t_ns, .asked_ns = t_ns - byte[3] * 1000};

	if (byte[1] % 8 < 4) {
		event.kind = EVENT_SEGMENT;
		event.u.segment = segment_of(byte);
	} else if (facts && byte[1] % 8 == 7) {
		event.kind = EVENT_CALL;
		event.u.call = call_of(byte, t_ns);
	} else if (facts && byte[1] % 8 == 6 && byte[3] < 128) {
		event = fact_of(byte, event);
	} else {
		event.kind = byte[1] % 8 == 4   ? EVENT_ROW
			     : byte[1] % 8 == 5 ? EVENT_ABSENT
			     : byte[2] & 1      ? EVENT_DUMP_END
						: EVENT_TICK;
		event.exact = byte[2] & 1;
		event.u.diag.row = row_of(byte);
	}
	return event;
}

/* One recording more for a model; other numbers than those of the one before, so that no connection
 * is the same. */
static void record_run(
	struct heard *heard, const uint8_t data[BYTES], bool at_settle, bool facts, uint32_t offset)
{
	struct core_limits limits = {.flows = 64, .listeners = 8, .at_settle = at_settle};
	struct core *core = core_new(&limits, (struct emit){.call = hear, .context = heard});
	int64_t t_ns = 1000000000;

	assert_non_null(core);
	assert_int_equal(model_run(heard->model, "drawn", ""), 0);
	model_current(heard->model)->has_diag = true;
	model_current(heard->model)->has_calls = facts;
	model_current(heard->model)->first_ns = t_ns;
	for (size_t i = 0; i < EVENTS; i++) {
		struct event event;

		t_ns += (int64_t)data[8 * i] * data[8 * i] * 20000;
		event = event_of(data + 8 * i, i + 1, t_ns, facts);
		if (event.kind == EVENT_SEGMENT) {
			event.u.segment.seq += offset;
			event.u.segment.ack += event.u.segment.flags & TCP_ACK ? offset : 0;
		}
		core_feed(core, &event);
	}
	model_current(heard->model)->last_ns = t_ns;
	core_finish(core, t_ns);
	core_free(core);
}

static struct heard report(const uint8_t data[BYTES], bool at_settle, bool facts)
{
	struct heard heard = {.model = model_new()};

	assert_non_null(heard.model);
	record_run(&heard, data, at_settle, facts, 0);
	assert_int_equal(model_finish(heard.model), 0);
	return heard;
}

/* Each end's edges in order of time; each edge of the state diagram counted as often as it was
 * taken; findings of kinds that there are. */
static void adds_up(const struct model *model)
{
	uint64_t steps = 0, taken = 0;

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];

		int64_t t_ns[2] = {0, 0};

		for (size_t k = 0; k < connection->steps.count; k++) {
			const struct step *step = &connection->steps.item[k];

			if (step->kind != STEP_TRANSITION)
				continue;
			const struct record *record = &model->transitions[step->index].record;

			steps++;
			assert_true(record->t_ns >= t_ns[record->side & 1]);
			t_ns[record->side & 1] = record->t_ns;
		}
	}
	for (size_t i = 0; i < model->listener_count; i++)
		for (size_t k = 0; k < model->listeners[i].steps.count; k++)
			steps += model->listeners[i].steps.item[k].kind == STEP_TRANSITION;
	for (size_t i = 0; i < model->edge_count; i++)
		for (int evidence = 0; evidence < EVIDENCE_MAX; evidence++)
			taken += model->edges[i].count[evidence];
	assert_int_equal(taken, steps);
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		assert_true(finding->code < FINDING_MAX);
		assert_in_range(finding->t_ns, 0, INT64_MAX);
	}
}

static void a_report_of_them_adds_up_and_is_the_same_again(void **state)
{
	uint8_t data[BYTES];

	(void)state;
	for (uint64_t seed = 0; seed < STORIES; seed++)
		for (int at_settle = 0; at_settle < 2; at_settle++) {
			draw(data, seed);
			struct heard first = report(data, at_settle, seed % 2 == 1), again;

			adds_up(first.model);
			model_free(first.model);
			if (seed % 10 > 1)
				continue;
			again = report(data, at_settle, seed % 2 == 1);
			assert_int_equal(again.records, first.records);
			assert_int_equal(again.hash, first.hash);
			model_free(again.model);
		}
}

/* What is found in a run: its findings, in the order of the table and of time. */
static size_t found(const struct model *model, uint16_t run, uint64_t hash[], size_t most)
{
	size_t count = 0;

	for (unsigned code = 0; code < FINDING_MAX; code++)
		for (size_t i = 0; i < model->finding_count && count < most; i++) {
			const struct finding *finding = &model->findings[i];
			const uint64_t words[] = {code, (uint64_t)finding->t_ns,
				(uint64_t)finding->arg[0], (uint64_t)finding->arg[1],
				(uint64_t)finding->arg[2], (uint64_t)finding->arg[3]};

			if (finding->run == run && finding->code == code)
				hash[count++] = hash_words(words, 6);
		}
	return count;
}

/* Neighbours in a report of several recordings, on the same addresses at the same time. */
static void two_recordings_are_told_as_each_alone(void **state)
{
	enum { FOUND = 64 };
	uint8_t data[2][BYTES];
	uint64_t together[FOUND], alone[FOUND];
	size_t all = 0;

	(void)state;
	for (uint64_t seed = 0; seed < STORIES; seed += 2) {
		struct heard both = {.model = model_new()};

		assert_non_null(both.model);
		for (uint64_t run = 0; run < 2; run++) {
			draw(data[run], seed + run);
			record_run(&both, data[run], true, run == 1, (uint32_t)(run * 100000));
		}
		assert_int_equal(model_finish(both.model), 0);
		for (uint16_t run = 0; run < 2; run++) {
			struct heard one = report(data[run], true, run == 1);
			size_t count = found(both.model, run, together, FOUND);

			if (count != found(one.model, 0, alone, FOUND) ||
				memcmp(together, alone, count * sizeof(*alone)) != 0)
				fail_msg("seed %u, run %u", (unsigned)seed, run);
			all += count;
			model_free(one.model);
		}
		model_free(both.model);
	}
	assert_true(all > STORIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_fuzzer_checks_holds),
		cmocka_unit_test(a_report_of_them_adds_up_and_is_the_same_again),
		cmocka_unit_test(two_recordings_are_told_as_each_alone)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
