/* The short form in which what comes of a connection waits for it to settle: model_pending.c.
 * Private to src/report/. */
#ifndef TCPSTATE_MODEL_PENDING_H
#define TCPSTATE_MODEL_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "tcpstate/record.h"

struct model;
struct model_build;
struct record;

enum { PENDING_CLASSES = 6, PENDING_MAX = 28 };
/* A segment of a connection that is not in the model yet, or half a row about one of its
 * sockets. */
struct pending {
	int64_t t_ns;
	/* ack_or_clock: of a SYN its timestamp, of others the acknowledgement; of a free place the
	 * next free one, index + 1 */
	uint32_t frame, seq, ack_or_clock, len;
	uint16_t window;
	uint8_t flags, hop_limit, traits;
	/* of the first of a connection: how many there are, and which class its room is */
	uint8_t count, class;
};
/* What waits of a connection, in sum. */
struct pending_sum {
	int64_t first_ns, last_ns, data_ns; /* data_ns: of the newest that has data */
	int64_t syn_ack_ns;                 /* of the first SYN-ACK; INT64_MIN none */
	int64_t newest_ns;                  /* rows, too */
	uint64_t segments[2], bytes[2];
	uint64_t pattern;    /* who sent what, in order, and what rows showed; by the keyed hash */
	uint8_t local_sides; /* as its segments had it */
	int server;          /* which end it seems to be */
	/* sent again, the window was closed, bytes wait: more than a pattern tells */
	bool odd;
};

void pending_begin(struct model_build *build);
bool pending_is(uint32_t slot);
/* What waits in that slot, in sum. */
void pending_sum(const struct model_build *build, uint32_t slot, struct pending_sum *sum);
void pending_drop(struct model_build *build, uint32_t slot);
/* What waits in the slot of the connection that `of` is about goes into the model, in order. */
void pending_replay(struct model *model, uint32_t *slot, const struct record *of);

/* The same as model_brief(), of which nothing is held. */
bool pending_brief(struct model *model, const struct brief *brief);
/* A row about a connection that waits, waits with it; false: its connection is in the model, or is
 * not known. */
bool pending_row(struct model *model, const struct record *record);
/* Rows of a connection that stays: what they tell of its sockets. And of one that does not. */
void pending_rows_keep(struct model *model);
void pending_rows_drop(struct model_build *build, uint32_t serial);

#endif
