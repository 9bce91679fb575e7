/* The hands of the live screen: a thread of its own reads keys and draws, so that it answers at
 * once while the other one lists a hundred thousand sockets. Frames go from that one to this
 * one, the order in which they are wanted comes back. Who quits here ends the program: nothing
 * is lost. */
#include "top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "verbs.h"
#include "privileges.h"

struct hands {
	pthread_t thread;
	pthread_mutex_t lock; /* of all that follows, and of show->live */
	int news, wishes;     /* eventfds: for this thread, for the other one */
	struct show *show;
	struct live_frame fresh;
	bool has_fresh, stop, harmless, wished, failed;
	int64_t fresh_ns; /* of fresh, or of the frame that was shown before */
	const char *note, *keys;
	struct live_order order;
	struct error failure;
};

static void wake(int fd)
{
	uint64_t one = 1;
	ssize_t written = write(fd, &one, sizeof(one));

	(void)written; /* full: it is awake already */
}

static void drain(int fd)
{
	uint64_t count;
	ssize_t got = read(fd, &count, sizeof(count));

	(void)got;
}

void hands_lock(struct hands *hands)
{
	pthread_mutex_lock(&hands->lock);
}

void hands_unlock(struct hands *hands)
{
	pthread_mutex_unlock(&hands->lock);
}

/* ---- this thread ---- */

/* True: there is something new to draw. */
static bool frames_take(struct hands *hands, bool *stop)
{
	struct show *show = hands->show;
	bool fresh;

	hands_lock(hands);
	fresh = hands->fresh_ns != 0;
	*stop = hands->stop;
	if (hands->has_fresh) {
		show_adopt(show, &hands->fresh);
		show_press(show, hands->keys); /* those of the command line act on what is seen */
		hands->keys = NULL;
	}
	if (fresh)
		show_pass(show, hands->fresh_ns);
	hands->has_fresh = false;
	hands->fresh_ns = 0;
	show->ui.note = hands->note;
	hands_unlock(hands);
	return fresh;
}

/* The other thread has all open that needs them. */
static int powers_give_up(struct hands *hands, struct error *error)
{
	bool harmless;

	hands_lock(hands);
	harmless = hands->harmless;
	hands->harmless = false;
	hands_unlock(hands);
	return harmless ? privileges_none(error) : 0;
}

static void order_tell(struct hands *hands)
{
	bool changed;

	hands_lock(hands);
	changed = !live_same_order(&hands->order, &hands->show->ui.order);
	hands->wished |= changed;
	hands->order = hands->show->ui.order;
	hands_unlock(hands);
	if (changed)
		wake(hands->wishes);
}

static void failure_tell(struct hands *hands, const struct error *error)
{
	hands_lock(hands);
	hands->failed = true;
	hands->failure = *error;
	hands_unlock(hands);
	wake(hands->wishes);
}

static void quit(struct hands *hands)
{
	terminal_close(hands->show->terminal);
	_exit(STATUS_OK);
}

static void *work(void *context)
{
	struct hands *hands = context;
	struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {hands->news, POLLIN, 0}};
	struct error error;
	sigset_t of_terminal;
	bool stop = false;

	/* what ncurses does on these is for the thread that draws */
	sigemptyset(&of_terminal);
	sigaddset(&of_terminal, SIGWINCH);
	sigaddset(&of_terminal, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &of_terminal, NULL);
	while (!stop) {
		int ready = poll(fds, 2, -1);
		bool changed, signalled = ready < 0 && errno == EINTR; /* another size? */

		if (ready < 0 && !signalled) {
			error_set(&error, "poll: %s", strerror(errno));
			failure_tell(hands, &error);
			break;
		}
		drain(hands->news);
		if (powers_give_up(hands, &error) != 0) {
			failure_tell(hands, &error);
			break;
		}
		changed = frames_take(hands, &stop) || signalled;
		changed |= show_keys(hands->show);
		if (hands->show->ui.quit || (fds[0].revents & (POLLHUP | POLLERR)) != 0)
			quit(hands);
		order_tell(hands);
		if (changed && !stop && show_paint(hands->show, &error) != 0) {
			failure_tell(hands, &error);
			break;
		}
	}
	return NULL;
}

/* ---- the other one ---- */

static int start(struct hands *hands, struct error *error)
{
	sigset_t of_terminal;
	int result;

	pthread_mutex_init(&hands->lock, NULL);
	hands->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	hands->wishes = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (hands->news < 0 || hands->wishes < 0)
		return error_set(error, "eventfd: %s", strerror(errno));
	sigemptyset(&of_terminal);
	sigaddset(&of_terminal, SIGWINCH);
	sigaddset(&of_terminal, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &of_terminal, NULL);
	result = pthread_create(&hands->thread, NULL, work, hands);
	return result != 0 ? error_set(error, "a thread: %s", strerror(result)) : 0;
}

static void hands_free(struct hands *hands)
{
	if (hands->news >= 0)
		close(hands->news);
	if (hands->wishes >= 0)
		close(hands->wishes);
	pthread_mutex_destroy(&hands->lock);
	live_frame_free(&hands->fresh);
	free(hands);
}

struct hands *hands_begin(struct show *show, struct error *error)
{
	struct hands *hands = calloc(1, sizeof(*hands));

	if (hands == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	hands->show = show;
	hands->order = show->ui.order;
	hands->keys = show->options->keys;
	show->lock = &hands->lock;
	if (start(hands, error) == 0)
		return hands;
	show->lock = NULL;
	hands_free(hands);
	return NULL;
}

void hands_show(struct hands *hands, struct live_frame *frame, const char *note)
{
	struct live_frame before;

	hands_lock(hands);
	before = hands->fresh;
	hands->fresh = *frame;
	*frame = before;
	hands->has_fresh = true;
	hands->fresh_ns = hands->fresh.t_ns;
	hands->note = note;
	hands_unlock(hands);
	wake(hands->news);
}

void hands_pass(struct hands *hands, int64_t t_ns)
{
	hands_lock(hands);
	hands->fresh_ns = t_ns;
	hands_unlock(hands);
	wake(hands->news);
}

bool hands_wish(struct hands *hands)
{
	bool wished;

	drain(hands->wishes);
	hands_lock(hands);
	wished = hands->wished || hands->failed;
	hands->wished = false;
	hands_unlock(hands);
	return wished;
}

int hands_order(struct hands *hands, struct live_order *order, struct error *error)
{
	int result;

	hands_lock(hands);
	*order = hands->order;
	result = hands->failed ? -1 : 0;
	if (hands->failed)
		*error = hands->failure;
	hands_unlock(hands);
	return result;
}

int hands_fd(const struct hands *hands)
{
	return hands->wishes;
}

void hands_harmless(struct hands *hands)
{
	hands_lock(hands);
	hands->harmless = true;
	hands_unlock(hands);
	wake(hands->news);
}

void hands_end(struct hands *hands)
{
	if (hands == NULL)
		return;
	hands_lock(hands);
	hands->stop = true;
	hands_unlock(hands);
	wake(hands->news);
	pthread_join(hands->thread, NULL);
	hands->show->lock = NULL;
	hands_free(hands);
}
