/* The steps of finishing a model, when all records are in. Private to src/report/. */
#ifndef TCPSTATE_MODEL_FINISH_H
#define TCPSTATE_MODEL_FINISH_H

#include "tcpstate/model.h"

/* Each false: out of memory. In this order. */
/* lines of conversations; whose sockets, and who learns of errors */
bool model_ladders(struct model *model);
/* the same connection in several runs, or on both sides of a translation */
bool model_paths(struct model *model);
/* move the runs' clocks where causality asks for it: behind it all times are the report's */
bool model_clocks(struct model *model);
void model_shift(struct model *model, uint16_t run, int64_t by);
bool model_order(struct model *model); /* drop withdrawn edges, sort, fold corrections */
int64_t model_step_time(const struct model *model, const struct step *step);
bool model_timelines(struct model *model); /* steps of connections and listeners */
bool model_path_steps(struct model *model);
bool model_connections(struct model *model); /* last states, clients, owners */
void model_calls_fold(struct model *model);  /* of model_calls() */
/* Lines that programs wrote stand with what their newest call was about. false: out of memory */
bool model_said_match(struct model *model);
void model_said_fold(struct model *model, const uint32_t *order, size_t count, int side);
bool model_calls(struct model *model); /* whose they are */
bool model_rungs(struct model *model); /* ladders: after the timelines */
/* the ACK of an older connection that answered its SYN joins its ladder */
void model_older_answer(struct model *model, uint32_t index);
bool model_crossings(struct model *model); /* of paths: after the ladders */
bool model_marks(struct model *model);     /* which cells they are about */
bool model_moments(struct model *model);   /* samples of recordings without marks */
bool model_phases(struct model *model);    /* marks' tables */
bool model_others(struct model *model);    /* who held a socket besides its owner */
bool model_tables(struct model *model);    /* grids of checks */
bool model_shapes(struct model *model);
void model_occupied(
	struct model *model, int role, unsigned state, int64_t from_ns, int64_t until_ns);
bool model_occupancy(struct model *model);    /* after the timelines */
bool model_settle_shown(struct model *model); /* what the kernel showed, by connection */
bool model_queues(struct model *model);       /* between its answers: after model_settle_shown() */
/* who disagreed, what was unanswered and why, traits */
bool model_story(struct model *model);
/* the SYNs without answer; false: out of memory */
bool model_unanswered(struct model *model);
void model_sums(struct model *model);     /* over the runs */
void model_run_sums(struct model *model); /* of each, when all else is done */
/* what ended it, of an edge to CLOSED */
enum edge_end model_edge_end(unsigned reason, unsigned cause, unsigned evidence);
bool model_edges(struct model *model); /* the state diagram as it was taken */

#endif
