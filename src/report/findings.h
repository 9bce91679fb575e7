/* What the findings need beyond the finished model: what single segments and answers showed, a
 * watch for each connection that has more than its handshake. Private to src/report/. */
#ifndef TCPSTATE_FINDINGS_H
#define TCPSTATE_FINDINGS_H

#include "model_build.h"

enum { FINDING_HELD_MS = 1000 /* shorter is ordinary */, WATCH_NS_PER_MS = 1000000 };

struct stall { /* of one end's sending, and of its reading */
	/* since its oldest unacknowledged segment was first sent again; longest so far */
	int64_t again_ns, again_longest_ns;
	/* it was acknowledged; 0 not. Sent again all the same: the acknowledgement was not taken */
	int64_t acked_ns;
	/* since it advertised a window of 0; 0: it does not */
	int64_t zero_ns, zero_longest_ns;
	uint64_t again_frame, zero_frame; /* newest copy; first window of 0 */
	uint32_t again_seq;
	uint16_t again, again_most; /* times that segment was sent again; at most so far */
};

struct watched_end {
	struct stall stall;
	uint32_t fin_end; /* sequence number behind its first FIN */
	int64_t fin_ns;   /* 0: none */
	uint64_t fin_frame;
	int64_t took_fin_ns; /* it acknowledged the peer's FIN; 0 not */
	uint64_t took_fin_frame;
};

struct watch { /* of a connection */
	struct watched_end end[2];
};

/* A segment or an ICMP error of connection `index`. */
void findings_segment(struct model *model, uint32_t index, const struct record *record);
/* An ICMP error about a datagram, or about no connection. */
void findings_icmp(struct model *model, const struct record *record);
/* The end stopped waiting. */
void stall_over(struct stall *stall, int64_t t_ns);
/* A record FINDING of the core: what the recording lacks. */
void findings_gap(struct model *model, const struct record *record);
void findings_free(struct model_build *build);

/* NULL: it has none. */
struct watch *findings_watch(const struct model *model, uint32_t index);
/* A new finding: of a run, an end, a connection, a listener. NULL: enough of its kind are kept, or
 * out of memory; they are counted all the same. */
struct finding *finding_of_run(struct model *model, uint16_t run, unsigned code, int64_t t_ns);
struct finding *finding_of_end(struct model *model, uint16_t run, unsigned code,
	const struct flow_key *key, int side, int64_t t_ns);
struct finding *finding_of_connection(
	struct model *model, uint32_t index, int side, unsigned code, int64_t t_ns);
struct finding *finding_of_listener(
	struct model *model, uint32_t index, unsigned code, int64_t t_ns);
/* finding may be NULL; 0 and what does not fit is left out */
void finding_cite_frame(struct finding *finding, uint64_t frame);
void finding_cite_diag(struct finding *finding, uint64_t diag_frame);
/* "TcpExtListenOverflows +9" */
void finding_cite_counter(struct finding *finding, const char *name, int64_t delta);
/* "server.py[12]" */
void finding_name(struct finding *finding, int which, const struct owner *owner);

/* What the parts find; each false: out of memory. */
void findings_stalls_end(struct model *model);
bool findings_of_wire(struct model *model);
bool findings_of_sockets(struct model *model);

/* After model_connections() and model_phases(): find, sort, fold, give the verdict. */
bool model_findings(struct model *model);

#endif
