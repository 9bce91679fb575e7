/* One socket pair, many items a message: a system call for each would cost more than what it tells.
 * The kernel translates the pid in a message's credentials from one namespace to the other. */
#include "news.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { FLUSH_EVERY_US = 20000, TEXT_MAX = 1024 };

struct frame { /* before each item, which is padded to 8 bytes */
	uint32_t size;
	uint8_t kind;
	uint32_t program, arguments, data; /* bytes of the texts behind the struct, NULs included */
	int32_t status;
	int64_t t_ns;
};

/* ---- init's end ---- */

static void send_whole(const struct news *news, const void *data, size_t size)
{
	while (send(news->fd, data, size, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void timer_set(struct news *news, bool on)
{
	struct itimerval time = {0};

	if (news->timer == on || (news->keep_timer && news->timer))
		return;
	news->timer = on;
	if (on)
		time.it_interval.tv_usec = time.it_value.tv_usec = FLUSH_EVERY_US;
	setitimer(ITIMER_REAL, &time, NULL);
}

void news_flush(struct news *news)
{
	if (news->used > 0)
		send_whole(news, news->batch, news->used);
	else
		timer_set(news, false); /* nothing for one whole interval */
	news->used = 0;
}

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* An item: the frame, `body`, and up to three texts behind it. */
static void put(struct news *news, struct frame frame, const void *body, size_t body_size,
	const char *program, const char *arguments, const uint8_t *data)
{
	size_t size =
		padded(sizeof(frame) + body_size + frame.program + frame.arguments + frame.data);
	uint8_t *at;

	if (size > sizeof(news->batch))
		return;
	if (size > sizeof(news->batch) - news->used)
		news_flush(news);
	at = news->batch + news->used;
	news->used += size;
	frame.size = (uint32_t)size;
	memset(at, 0, size);
	memcpy(at, &frame, sizeof(frame));
	at += sizeof(frame);
	if (body_size > 0)
		memcpy(at, body, body_size);
	at += body_size;
	if (frame.program > 0)
		memcpy(at, program, frame.program);
	at += frame.program;
	if (frame.arguments > 0)
		memcpy(at, arguments, frame.arguments);
	at += frame.arguments;
	if (frame.data > 0)
		memcpy(at, data, frame.data);
	timer_set(news, true);
}

static uint32_t text_size(const char *text)
{
	return (uint32_t)strnlen(text, TEXT_MAX - 1) + 1;
}

void news_call(struct news *news, enum news_kind kind, const struct call *call)
{
	struct frame frame = {.kind = (uint8_t)kind,
		.program = text_size(call->program),
		.arguments = text_size(call->arguments),
		.data = call->data_size};

	put(news, frame, call, sizeof(*call), call->program, call->arguments, call->data);
}

void news_exit(struct news *news, int64_t t_ns, const struct exit *exit)
{
	struct frame frame = {.kind = NEWS_EXIT, .program = text_size(exit->program), .t_ns = t_ns};

	put(news, frame, exit, sizeof(*exit), exit->program, NULL, NULL);
}

void news_note(struct news *news, int64_t t_ns, const char *text)
{
	struct frame frame = {.kind = NEWS_NOTE, .arguments = text_size(text), .t_ns = t_ns};

	put(news, frame, NULL, 0, NULL, text, NULL);
}

void news_state(struct news *news, enum news_kind kind, int status)
{
	put(news, (struct frame){.kind = (uint8_t)kind, .status = status}, NULL, 0, NULL, NULL,
		NULL);
	news_flush(news);
}

/* To name another process's pid takes CAP_SYS_ADMIN over the PID namespace, which its init has. */
void news_process(struct news *news, pid_t pid)
{
	struct frame frame = {.size = (uint32_t)padded(sizeof(frame)),
		.kind = NEWS_PROCESS,
		.status = (int32_t)pid};
	struct ucred credentials = {.pid = pid, .uid = getuid(), .gid = getgid()};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(credentials))];
	} control = {0};
	struct iovec part = {&frame, frame.size};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	if (!news->translate)
		return;
	news_flush(news);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_CREDENTIALS;
	control.header.cmsg_len = CMSG_LEN(sizeof(credentials));
	memcpy(CMSG_DATA(&control.header), &credentials, sizeof(credentials));
	while (sendmsg(news->fd, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* ---- the recorder's end ---- */

struct pair { /* open addressing by pid */
	pid_t pid, host;
};
struct news_reader {
	int fd;
	struct pair *pair;
	size_t used, size;
	_Alignas(8) uint8_t batch[NEWS_BATCH];
};

struct news_reader *news_reader_new(int fd)
{
	struct news_reader *reader = calloc(1, sizeof(*reader));
	int on = 1;

	if (reader == NULL || (reader->pair = calloc(1024, sizeof(*reader->pair))) == NULL) {
		free(reader);
		close(fd);
		return NULL;
	}
	reader->size = 1024;
	reader->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	return reader;
}

void news_reader_free(struct news_reader *reader)
{
	if (reader == NULL)
		return;
	close(reader->fd);
	free(reader->pair);
	free(reader);
}

int news_reader_fd(const struct news_reader *reader)
{
	return reader->fd;
}

static struct pair *pair_slot(const struct news_reader *reader, pid_t pid)
{
	size_t at = (uint32_t)pid * 2654435769U & (reader->size - 1);

	while (reader->pair[at].pid != 0 && reader->pair[at].pid != pid)
		at = (at + 1) & (reader->size - 1);
	return &reader->pair[at];
}

static bool pairs_grow(struct news_reader *reader)
{
	struct news_reader larger = {.size = 2 * reader->size};

	larger.pair = calloc(larger.size, sizeof(*larger.pair));
	if (larger.pair == NULL)
		return false;
	for (size_t i = 0; i < reader->size; i++)
		if (reader->pair[i].pid != 0)
			*pair_slot(&larger, reader->pair[i].pid) = reader->pair[i];
	free(reader->pair);
	reader->pair = larger.pair;
	reader->size = larger.size;
	return true;
}

/* A pid may come again: the newest process has it. There are at most as many as pid_max. */
static void pair_put(struct news_reader *reader, pid_t pid, pid_t host)
{
	struct pair *pair = pair_slot(reader, pid);

	if (pair->pid == 0) {
		if (2 * reader->used >= reader->size && !pairs_grow(reader))
			return;
		pair = pair_slot(reader, pid);
		reader->used++;
	}
	*pair = (struct pair){pid, host};
}

pid_t news_host_pid(const struct news_reader *reader, pid_t pid)
{
	const struct pair *pair = pair_slot(reader, pid);

	return pair->pid == pid && pair->host > 0 ? pair->host : pid;
}

static void item_tell(struct news_reader *reader, const struct frame *frame, const uint8_t *body,
	news_take *take, void *context)
{
	struct news_item item = {
		.kind = (enum news_kind)frame->kind, .status = frame->status, .t_ns = frame->t_ns};
	const char *texts;

	switch (item.kind) {
	case NEWS_CALL:
	case NEWS_OUTPUT:
		memcpy(&item.call, body, sizeof(item.call));
		texts = (const char *)body + sizeof(item.call);
		item.call.program = texts;
		item.call.arguments = texts + frame->program;
		item.call.data = (const uint8_t *)texts + frame->program + frame->arguments;
		item.call.host_pid = (uint32_t)news_host_pid(reader, (pid_t)item.call.pid);
		break;
	case NEWS_EXIT:
		memcpy(&item.exit, body, sizeof(item.exit));
		item.exit.program = (const char *)body + sizeof(item.exit);
		item.exit.host_pid = (uint32_t)news_host_pid(reader, (pid_t)item.exit.pid);
		break;
	case NEWS_NOTE:
		item.text = (const char *)body;
		break;
	default:
		break;
	}
	take(context, &item);
}

static pid_t credentials_of(struct msghdr *message)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
		part = CMSG_NXTHDR(message, part))
		if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS) {
			struct ucred credentials;

			memcpy(&credentials, CMSG_DATA(part), sizeof(credentials));
			return credentials.pid;
		}
	return 0;
}

static void batch_tell(
	struct news_reader *reader, size_t size, pid_t host, news_take *take, void *context)
{
	struct frame frame;

	for (size_t at = 0; at + sizeof(frame) <= size; at += frame.size) {
		memcpy(&frame, reader->batch + at, sizeof(frame));
		if (frame.size < sizeof(frame) || frame.size > size - at)
			return;
		if (frame.kind == NEWS_PROCESS)
			pair_put(reader, (pid_t)frame.status, host);
		else
			item_tell(
				reader, &frame, reader->batch + at + sizeof(frame), take, context);
	}
}

int news_read(struct news_reader *reader, int most, news_take *take, void *context)
{
	int got = 0;

	for (; most > 0; most--) {
		char control[CMSG_SPACE(sizeof(struct ucred))];
		struct iovec part = {reader->batch, sizeof(reader->batch)};
		struct msghdr message = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control)};
		ssize_t size = recvmsg(reader->fd, &message, MSG_DONTWAIT);

		if (size == 0)
			return -1;
		if (size < 0)
			return errno == EAGAIN || errno == EINTR ? got : -1;
		batch_tell(reader, (size_t)size, credentials_of(&message), take, context);
		got = 1;
	}
	return got;
}
