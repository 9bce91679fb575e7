/* What init tells the recorder: COMMAND stopped or ended, the calls of what it started, and which
 * process is which. Messages of a SOCK_SEQPACKET pair; both ends are this same program. */
#ifndef TCPSTATE_NEWS_H
#define TCPSTATE_NEWS_H

#include <sys/types.h>

#include "tcpstate/call.h"
#include "tcpstate/error.h"

enum news_kind {
	NEWS_STOPPED,  /* COMMAND was stopped by a signal */
	NEWS_UNTRACED, /* calls will not come */
	NEWS_ENDED,    /* COMMAND has ended: status, as of waitpid() */
	NEWS_PROCESS,  /* a new one: pid; the message's credentials are its pid here */
	NEWS_CALL,
	NEWS_EXIT,
	NEWS_OUTPUT, /* written to a terminal: call.fd 1 or 2, call.data */
	NEWS_NOTE    /* something that is not seen: text */
};
struct news_item { /* of what was read; borrowed */
	enum news_kind kind;
	int status;
	struct call call; /* CALL, OUTPUT */
	struct exit exit; /* EXIT */
	int64_t t_ns;     /* EXIT, NOTE */
	const char *text; /* NOTE */
};

/* ---- init's end: items are gathered and sent many at a time ---- */

enum { NEWS_BATCH = 32768 };
struct news {
	int fd;
	size_t used;
	bool translate; /* the recorder has other pids: the sender names them by credentials */
	bool timer;     /* the interval timer runs that has news_flush() called */
	bool keep_timer;
	_Alignas(8) uint8_t batch[NEWS_BATCH];
};
void news_call(struct news *news, enum news_kind kind, const struct call *call);
void news_exit(struct news *news, int64_t t_ns, const struct exit *exit);
void news_note(struct news *news, int64_t t_ns, const char *text);
/* These are sent at once, after what was gathered. */
void news_state(struct news *news, enum news_kind kind, int status);
void news_process(struct news *news, pid_t pid);
void news_flush(struct news *news);

/* ---- the recorder's end ---- */

struct news_reader;
struct news_reader *news_reader_new(int fd); /* takes fd over; NULL: out of memory */
void news_reader_free(struct news_reader *reader);
int news_reader_fd(const struct news_reader *reader);
typedef void news_take(void *context, const struct news_item *item);
/* Read what is there, at most so many messages. 1: some, 0: none now, -1: init is gone. */
int news_read(struct news_reader *reader, int most, news_take *take, void *context);
/* The pid here of a process that init knows as `pid`; itself where it is not known. */
pid_t news_host_pid(const struct news_reader *reader, pid_t pid);

#endif
