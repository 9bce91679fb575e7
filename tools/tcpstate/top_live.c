/* `top` of what is now: the loop, observer, feed and core of a recorder, and a light dump of all
 * sockets as often as that costs little. Another thread shows what is found here (top_hands.c). */
#include "top.h"

#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "privileges.h"
#include "tcpstate/prose_live.h"
#include "tcpstate/source.h"

enum {
	FEW = 500,   /* sockets: looked at four times a second, with their tcp_info */
	SOME = 1000, /* of very many, after which the clock is looked at */
	SHARE = 50,  /* a look takes at most a 50th of the time */
	NAME = 256
};
static const int64_t dump_ns = 1000 * INT64_C(1000000), dump_few_ns = 250 * INT64_C(1000000);
static const int64_t draw_first_ns = 30 * INT64_C(1000000);
static const int64_t draw_ns = 500 * INT64_C(1000000), draw_soon_ns = 100 * INT64_C(1000000);

struct top_live {
	const struct top_options *options;
	struct show show;
	struct hands *hands; /* NULL: once */
	struct observer *observer;
	struct filter *filter; /* of sockets */
	struct loop loop;
	struct live_frame made; /* memory for the next one */
	struct live_order order;
	uint64_t version, sockets; /* of the frame that is shown */
	const char *note;
	int64_t next_dump_ns, drawn_ns, dump_t_ns;
	uint64_t read; /* sockets, until the first screen */
	bool changed;  /* since it was drawn: what is worth drawing soon */
	char where[NAME];
	bool failed;
	struct error failure;
};

static void lock(struct top_live *top)
{
	if (top->hands != NULL)
		hands_lock(top->hands);
}

static void unlock(struct top_live *top)
{
	if (top->hands != NULL)
		hands_unlock(top->hands);
}

static void on_event(void *context, const struct event *event)
{
	struct top_live *top = context;

	lock(top);
	live_event(top->show.live, event);
	unlock(top);
}

static void on_record(void *context, const struct record *record)
{
	struct top_live *top = context;

	lock(top);
	live_record(top->show.live, record);
	unlock(top);
	top->changed |= record->kind == RECORD_TRANSITION || record->kind == RECORD_CORRECTION;
}

static void failed(struct top_live *top, const struct error *error)
{
	if (!top->failed)
		top->failure = *error;
	top->failed = true;
	top->loop.stop = true;
}

/* ---- frames ---- */

/* Of very many sockets, of which nothing was told since, no new one is made. */
static int frame_make(struct top_live *top, const char *note, struct error *error)
{
	const struct live *live = top->show.live;
	struct live_order before = top->order, order;

	if (hands_order(top->hands, &top->order, error) != 0)
		return -1;
	order = top->order;
	top->drawn_ns = now_ns();
	top->changed = false;
	if (live_out_of_memory(live))
		return error_set(error, "out of memory");
	if (live_same_order(&before, &order) && note == top->note && top->sockets > LIVE_SHOWN &&
		live_version(live) == top->version) {
		hands_pass(top->hands, top->drawn_ns);
		return 0;
	}
	if (top->sockets <= LIVE_SHOWN)
		order.find[0] = '\0'; /* all are taken, to look for another text in the past */
	if (live_frame_take(live, top->drawn_ns, &order, &top->made) != 0)
		return error_set(error, "out of memory");
	top->version = live_version(live);
	top->sockets = top->made.sockets;
	top->note = note;
	hands_show(top->hands, &top->made, note);
	return 0;
}

/* ---- all sockets ---- */

static void on_row(void *context, const struct sockrow *row)
{
	struct top_live *top = context;
	struct error error;

	if (filter_row(top->filter, row)) {
		lock(top);
		live_row(top->show.live, row, top->dump_t_ns);
		unlock(top);
	}
	/* of very many sockets, while they are still being read */
	if (top->hands != NULL && top->drawn_ns == 0 && ++top->read % SOME == 0 &&
		now_ns() - top->dump_t_ns > draw_first_ns &&
		frame_make(top, prose_live_word(LIVE_WORD_READING), &error) != 0)
		failed(top, &error);
}

/* What it cost decides about the next one. The first asks for the least: nobody knows yet how many
 * there are. */
static int dump(struct top_live *top, struct error *error)
{
	bool few = top->dump_t_ns != 0 && top->sockets <= FEW;
	struct rows_want want = {.tcp = true,
		.states = DIAG_STATES_ALL,
		.extensions = DIAG_TELL_SHUTDOWN | (few ? DIAG_TELL_INFO : 0)};
	int64_t took_ns, least_ns = few ? dump_few_ns : dump_ns;

	top->dump_t_ns = now_ns();
	if (rows_dump(&want, on_row, top, error) != 0)
		return -1;
	lock(top);
	live_swept(top->show.live, top->dump_t_ns);
	unlock(top);
	top->changed |= few;
	took_ns = now_ns() - top->dump_t_ns;
	top->next_dump_ns =
		top->dump_t_ns + (took_ns * SHARE > least_ns ? took_ns * SHARE : least_ns);
	return 0;
}

/* ---- rounds ---- */

/* Soon after something happened; else now and then, for the times that are shown. */
static bool is_due(const struct top_live *top, int64_t now)
{
	bool few = top->sockets <= FEW;
	int64_t passed_ns = now - top->drawn_ns;

	return passed_ns >= (few ? draw_ns : dump_ns) ||
	       (top->changed && passed_ns >= draw_soon_ns);
}

static void after_round(void *context)
{
	struct top_live *top = context;
	struct error error;

	if ((now_ns() >= top->next_dump_ns && dump(top, &error) != 0) ||
		((hands_wish(top->hands) || is_due(top, now_ns())) &&
			frame_make(top,
				observer_captures(top->observer)
					? NULL
					: prose_live_word(LIVE_WORD_SOCKETS_ONLY),
				&error) != 0))
		failed(top, &error);
}

/* ---- beginning and end ---- */

static int observe(struct top_live *top, struct error *error)
{
	const struct top_options *options = top->options;
	struct observer_options observing = {.interface = options->where.interface,
		.filter = options->filter,
		.own = true, /* so that a listener is told of before its clients come */
		.emit = {on_record, top},
		.listen = on_event,
		.context = top,
		.rows_suffice = options->where.interface == NULL,
		.glanced_at = true};
	struct invoker invoker = invoker_find();

	top->observer = observer_new(&observing, error);
	if (top->observer == NULL || observer_start(top->observer, now_ns(), error) != 0)
		return -1;
	if (privileges_drop(&invoker, options->where.netns != NULL ? SEALED_JOINED : SEALED_HERE,
		    false, error) != 0)
		return -1;
	hands_harmless(top->hands);
	return 0;
}

static void where_is(struct top_live *top)
{
	const struct top_options *options = top->options;
	const char *words[] = {options->where.netns, options->where.interface, options->filter};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] != NULL && *words[i] != '\0')
			snprintf(top->where + strlen(top->where),
				sizeof(top->where) - strlen(top->where), "%s%s",
				top->where[0] != '\0' ? "  " : "", words[i]);
	top->show.ui.where = top->where;
}

static int once(struct top_live *top, struct error *error)
{
	if (dump(top, error) != 0 || show_draw(&top->show, now_ns(), error) != 0)
		return -1;
	show_press(&top->show, top->options->keys);
	if (show_draw(&top->show, now_ns(), error) != 0)
		return -1;
	return screen_print(&top->show.screen, true, stdout);
}

/* The first screen comes before packets are captured: of very many sockets that takes a while. */
static int run(struct top_live *top, struct error *error)
{
	int status;

	top->hands = hands_begin(&top->show, error);
	if (top->hands == NULL || dump(top, error) != 0 || frame_make(top, NULL, error) != 0 ||
		observe(top, error) != 0)
		return -1;
	top->loop.observer = top->observer;
	top->loop.round = after_round;
	top->loop.context = top;
	top->loop.quiet = top->loop.blind = true;
	top->loop.wake_fd = hands_fd(top->hands);
	status = loop_run(&top->loop, error);
	if (status == 0 && top->failed) {
		*error = top->failure;
		status = -1;
	}
	return status;
}

int top_live(const struct top_options *options, struct error *error)
{
	struct top_live top = {.options = options, .loop = {.signal_fd = -1, .wake_fd = -1}};
	int status = -1;

	if (netns_enter(options->where.netns, error) != 0)
		return -1;
	top.filter = filter_new(options->filter, false, error);
	if (top.filter == NULL)
		return -1;
	if (loop_signals(&top.loop, error) == 0 && show_open(&top.show, options, error) == 0) {
		where_is(&top);
		status = options->once ? once(&top, error) : run(&top, error);
	}
	hands_end(top.hands);
	show_close(&top.show);
	live_frame_free(&top.made);
	observer_free(top.observer);
	filter_free(top.filter);
	if (top.loop.signal_fd >= 0)
		close(top.loop.signal_fd);
	return status;
}
