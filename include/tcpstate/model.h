/* The report's content: the records of one or more runs, built once; every sink renders it and none
 * computes. Each noun has a header of its own, model_*.h; model_feed.h says how the records come
 * in. */
#ifndef TCPSTATE_MODEL_H
#define TCPSTATE_MODEL_H

#include "tcpstate/finding.h"
#include "tcpstate/ladder.h"
#include "tcpstate/model_calls.h"
#include "tcpstate/model_checks.h"
#include "tcpstate/model_connections.h"
#include "tcpstate/model_datagrams.h"
#include "tcpstate/model_feed.h"
#include "tcpstate/model_listeners.h"
#include "tcpstate/model_phases.h"
#include "tcpstate/model_runs.h"
#include "tcpstate/model_steps.h"
#include "tcpstate/record.h"

struct model {
	struct run *runs;
	size_t run_count;
	struct transition *transitions;
	size_t transition_count; /* all, time order */
	struct correction *corrections;
	size_t correction_count;
	struct connection *connections;
	size_t connection_count; /* kept */
	size_t connection_total; /* with those folded into them and the others */
	struct folded others;    /* of more kinds than are kept apart: only counted */
	struct listener *listeners;
	size_t listener_count;
	struct mark *marks;
	size_t mark_count;
	struct phase *phases;
	size_t phase_count;
	/* those of the marks' dumps, by phase and side */
	struct sample *samples;
	size_t sample_count;
	struct counter *counters;
	size_t counter_count;
	struct check **checks;
	uint16_t *check_runs;
	size_t check_count, checks_failed;
	struct check_table *tables;
	size_t table_count;
	size_t *loose;
	size_t loose_count; /* checks that are in no table */
	/* by weight, then in time order; of a kind at most FINDINGS_KEPT, finding_total: all */
	struct finding *findings;
	size_t finding_count, finding_total;
	struct verdict_line verdict[VERDICT_LINES];
	size_t verdict_count;
	/* anomalous ones first, then by first member */
	struct shape *shapes;
	size_t shape_count;
	struct path *paths;
	size_t path_count;
	struct crossing *crossings;
	size_t crossing_count;
	struct sysctl_change *sysctls;
	size_t sysctl_count;
	/* of UDP; of TCP where only errors were captured */
	struct conversation *conversations;
	size_t conversation_count;
	uint64_t datagrams_untold; /* of conversations beyond CONVERSATIONS_MAX */
	/* by conversation, time order within */
	struct datagram *datagrams;
	size_t datagram_count;
	struct icmp_error *errors;
	size_t error_count;
	struct udp_socket *udp_sockets;
	size_t udp_socket_count;
	struct loss *losses;
	size_t loss_count; /* by socket, time order within */
	struct model_call *calls;
	size_t call_count;
	uint32_t *call_order; /* indices into calls, grouped by what they are about */
	size_t call_order_count;
	struct owner *others_held; /* struct others */
	size_t others_held_count;
	struct holder *holders; /* by run, socket (inode), time */
	size_t holder_count;
	struct model_exit *exits;
	size_t exit_count; /* time order */
	struct edge_sum *edges;
	size_t edge_count;
	struct state_sum states[STATE_MAX];
	/* by connection, time order within */
	struct rung *rungs;
	size_t rung_count;
	struct disagreement *disagreements;
	size_t disagreement_count;
	struct unanswered *unanswered;
	size_t unanswered_count;
	size_t trait_count[TRAIT_COUNT]; /* connections that have bit n */
	size_t fin_count;                /* ended by FIN and not by RST */
	struct occupancy *occupancy;
	struct summary summary;
	int64_t first_ns, last_ns;
	struct model_build *build; /* while records come in */
};

/* The SYNs of this connection that got no answer, in order of time: how many, the first in *first.
 */
size_t model_unanswered_of(
	const struct model *model, uint32_t connection, const struct unanswered **first);
/* The counts of a finding (count, clients) become the sums over all that are kept of its kind. */
void finding_sum(const struct model *model, struct finding *finding);
/* Those who held the socket with this inode: how many, the first in *first. After model_finish().
 */
size_t model_holders(
	const struct model *model, uint16_t run, uint32_t inode, const struct holder **first);
/* Did this process let go of the socket and live on, between two looks at the processes? With calls
 * the close() itself is known. */
bool holder_let_go(const struct holder *holder);
/* The call with this index, of those about a listener, if it owes the listener what it is to: what
 * made it, set it and closed it, and what failed upon it; else NULL. */
const struct model_call *model_listener_call(
	const struct model *model, const struct listener *listener, size_t index);
/* Whose end's record is this: of the connection with this index, or of a listener? */
enum end_role model_role(
	const struct model *model, const struct record *record, uint32_t connection);
/* The mark of this text, else the one of this number (from 1); NULL: none. */
const struct mark *model_mark(const struct model *model, const char *name);
/* A run's mark by its number in that run, from 1; NULL: it has no such mark. */
const struct mark *model_mark_of(const struct model *model, uint16_t run, uint32_t number);
/* The recorder lost packets from t_ns on; count 0: there the hole ends. */
void run_lost(struct run *run, int64_t t_ns, int64_t count);
/* Packets of the connection may be missing: the recorder lost some while it lived. What did not
 * come is not told of it. */
bool model_may_have_lost(const struct model *model, const struct connection *connection);
/* The state that the end was in at t_ns, by the finished timeline. */
uint8_t model_state_at(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns);
/* What programs tried with a port that a TIME_WAIT of this host had. */
struct tried_again {
	bool calls; /* were recorded: else only a connect() that worked is known */
	size_t bound, not_bound, connected, not_connected;
};
struct tried_again model_tried_again(const struct model *model);
/* While this end was in CLOSE_WAIT a parent alone kept its socket after fork(), a child no more. */
bool model_parent_kept(const struct model *model, uint32_t index, int side);
/* false: no older connection answered a SYN of this one, or it is not kept. */
bool model_left_over(const struct model *model, uint32_t index, struct left_over *left);
/* How many claims this correction stands for: those of connections folded into its own, too. */
uint64_t model_claims(const struct model *model, const struct correction *correction);
/* Counters that only say how much crossed: every connection moves them. */
bool model_counts_volume(const char *name);
/* The fold before rung i of the connection (i == rung_count: after its last). */
struct fold model_fold(const struct model *model, const struct connection *connection, size_t i);

#endif
