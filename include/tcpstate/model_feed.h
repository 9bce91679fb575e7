/* How a model is fed: runs, their records and what else is known of them come in; then it is
 * finished. src/report/ only computes; whoever reads the files calls these. */
#ifndef TCPSTATE_MODEL_FEED_H
#define TCPSTATE_MODEL_FEED_H

#include "tcpstate/model_runs.h"
#include "tcpstate/model_steps.h"

struct model;

/* NULL: out of memory. Everything in it is its own: model_free() */
struct model *model_new(void);
void model_free(struct model *model);
/* More than one run will come: keep what is needed to compare their clocks. */
void model_several(struct model *model);
/* Its findings call connections as a page and its figures do. Before it is finished. */
void model_name_as_on_page(struct model *model);
/* Of how many connections everything is kept before those that are alike are folded; SIZE_MAX: of
 * all. Before the first record. */
void model_keep(struct model *model, size_t first);
/* Of one connection alone everything is kept, the others are counted. */
void model_only(struct model *model, uint32_t serial);
/* Called with a connection that is about to be folded or only counted, its steps in order of time:
 * the last that is seen of it. Borrowed until it returns. */
typedef void model_farewell(void *context, const struct model *model, uint32_t connection,
	const struct step *steps, size_t count);
void model_on_farewell(struct model *model, model_farewell *call, void *context);
/* Start a run (a recording); its records follow. name and manifest are copied. */
int model_run(struct model *model, const char *name, const char *manifest);
void model_part_of(struct model *model, uint16_t run); /* of the current run */
/* a note on the current run */
void model_note(struct model *model, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* These fit struct emit and struct core_limits. */
void model_take(void *model, const struct record *record);
bool model_brief(void *model, const struct brief *brief);
bool model_brief_later(void *model, uint32_t serial);
bool model_alike(void *model, const struct alike *alike);
/* Its experiment gave up, and why; of several the first stands. */
void model_failure(struct model *model, const char *text);
/* Who holds which socket: the core keeps no programs' names, so the reader of the facts tells the
 * model itself. */
void model_owner(struct model *model, const struct owner *owner, int64_t t_ns);
/* it was seen to hold the socket until then, and later no more */
void model_let_go(struct model *model, const struct owner *owner, int64_t held_ns, int64_t gone_ns);
/* A program wrote this to standard output (1), error (2) or both (0). */
void model_output(struct model *model, int stream, const char *text, int64_t t_ns);
/* The same, by the process that wrote it (pid 0: not known): a line of its timelines. */
void model_says(
	struct model *model, const struct owner *owner, int stream, const char *text, int64_t t_ns);
/* This process was stopped from since_ns, or longer, until t_ns. */
void model_stopped(struct model *model, const struct owner *owner, int64_t since_ns, int64_t t_ns);
/* At the looks from since_ns to t_ns its threads were in that. */
void model_doing(struct model *model, const struct owner *owner, const struct doing *doing,
	int64_t since_ns, int64_t t_ns);
enum wait_how {
	WAIT_WHOLE,       /* of one thread, which did not leave it between two looks */
	WAIT_BY_LOOKS,    /* a thread of several, at each look */
	WAIT_AMONG_LOCKS, /* and others waited in futex(): one of them may have sent */
};
/* All that time it was in a read of its socket. */
void model_waits(struct model *model, const struct owner *owner, int64_t since_ns, int64_t t_ns,
	enum wait_how how);
/* An address of this host came, or went. */
void model_address(struct model *model, unsigned family, const uint8_t addr[16], bool gone);
/* Children of this process that nobody had waited for at t_ns, the oldest since since_ns. */
void model_zombies(struct model *model, const struct owner *parent, int64_t count, int64_t since_ns,
	int64_t t_ns);
/* The recorder passed over processes so often: a table of its own was full. */
void model_passed_over(struct model *model, int64_t count, int64_t t_ns);
/* A sysctl had another value than when it was read before. */
void model_sysctl(
	struct model *model, int64_t t_ns, const char *name, const char *from, const char *to);
/* A dump asked for at asked_ns is complete: the samples of the current mark are, if it was asked
 * for after the mark. */
void model_dump_end(struct model *model, int64_t asked_ns);
/* The beginning of the payload of a rung or a datagram of this run, of `length` bytes; kept when it
 * is text. After model_finish(). */
void model_text(
	struct model *model, uint16_t run, uint64_t frame, const uint8_t *data, size_t length);
/* How many packets of this run have a payload that a page would show; model_text() takes those and
 * passes over others. */
size_t model_text_wanted(struct model *model, uint16_t run);
/* The first of these packets from this one on; 0: none. */
uint64_t model_text_next(const struct model *model, uint64_t frame);
/* What the sources counted in the current run. */
struct run *model_current(struct model *model);
/* After the last record: sort, fold, derive connections, tables, sides. 0, or -1: out of memory,
 * now or before. */
int model_finish(struct model *model);

#endif
