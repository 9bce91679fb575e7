/* Renderers of a finished model. A sink computes no state, no count and no sentence. */
#ifndef TCPSTATE_SINK_H
#define TCPSTATE_SINK_H

#include <stdio.h>
#include "tcpstate/model.h"
#include "tcpstate/raw_packet.h"

enum sink_figure { FIGURE_PICTURE, FIGURE_LADDER, FIGURE_QUEUES, FIGURE_STATES, FIGURE_MAX };
struct sink_options {
	bool colour, relative_times, summary;
	bool all; /* every timeline and table */
	bool utf8;
	bool edges;          /* the state diagram */
	int width;           /* columns; 0: unlimited */
	uint32_t connection; /* only those of this number; 0: all */
	int64_t since_ns;    /* only what happened from then on; 0: all */
	bool large;          /* a page for a projector: less in a line, larger */
	uint8_t figure;      /* of svg: enum sink_figure */
};
/* 0, or -1 with errno (disk full) */
int sink_text(const struct model *model, const struct sink_options *options, FILE *out);
int sink_jsonl(const struct model *model, const struct sink_options *options, FILE *out);
/* Lines of a connection that the model lets go before it is finished; fits model_farewell. */
void sink_jsonl_farewell(void *file, const struct model *model, uint32_t connection,
	const struct step *steps, size_t count);
/* Packets and netlink messages in one pcapng, what the model knows of each as its comment. Sources:
 * the captures of the model's runs; next: 1, or 0 at the end. */
struct packet_source {
	int (*next)(void *context, struct raw_packet *packet);
	void *context;
	int linktype;
	uint16_t run;
	bool diag; /* it is the netlink one */
};
int sink_pcapng(
	const struct model *model, const struct packet_source *sources, size_t count, FILE *out);
/* one self-contained page */
int sink_svg(const struct model *model, const struct sink_options *options, FILE *out);
/* Markdown, with Mermaid diagrams that GitHub renders */
int sink_md(const struct model *model, const struct sink_options *options, FILE *out);
int sink_html(const struct model *model, const struct sink_options *options, FILE *out);
/* recordings beside each other (compare.h) */
struct comparison;
int sink_compare_text(
	const struct comparison *comparison, const struct sink_options *options, FILE *out);
int sink_compare_html(
	const struct comparison *comparison, const struct sink_options *options, FILE *out);
int sink_compare_jsonl(
	const struct comparison *comparison, const struct sink_options *options, FILE *out);

/* ---- what a live core tells, a line each, at once; these flush nothing ---- */

/* What the lines of a text have in common: columns grow to the widest end so far; clauses that were
 * said before, the second of the last line. */
enum { SINK_LIVE_WHYS = 128 };
struct sink_live_why {
	uint32_t key; /* 0: none */
	char text[124];
};
struct sink_live {
	const struct sink_options *options; /* borrowed: colour, utf8, width */
	FILE *out;
	int local, remote;
	int64_t second;
	char clock[16];
	struct sink_live_why why[SINK_LIVE_WHYS];
};
/* record: a TRANSITION, CONFIRMATION or CORRECTION; owner: all who hold that end, ended by pid 0;
 * NULL: not known. Of owners and calls all texts are ones that can be printed as they are. */
void sink_live_text(struct sink_live *live, const struct record *record, const struct owner *owner);
/* Who holds an end (key[0]) that was shown without: found out at t_ns. */
void sink_live_text_owner(struct sink_live *live, int64_t t_ns, const struct flow_key *key,
	const struct owner *owner);
void sink_live_text_call(struct sink_live *live, const struct call *call);
void sink_live_text_loss(
	struct sink_live *live, int64_t t_ns, enum lost_of lost_of, uint64_t count);

/* A finding (enum finding_code) with its headline, made at t_ns. */
void sink_live_text_finding(
	struct sink_live *live, int64_t t_ns, unsigned code, const char *headline);
void sink_live_jsonl_finding(FILE *out, int64_t t_ns, unsigned code, const char *headline);

/* The first line: schema, version, the namespace's inode; filter and interface may be NULL. */
struct sink_live_head {
	int64_t t_ns;
	uint64_t namespace_inode;
	const char *version, *filter, *interface;
};
void sink_live_jsonl_head(FILE *out, const struct sink_live_head *head);
void sink_live_jsonl(FILE *out, const struct record *record, const struct owner *owner);
void sink_live_jsonl_owner(FILE *out, int64_t t_ns, const struct flow_key *key, unsigned state,
	const struct owner *owner);
void sink_live_jsonl_call(FILE *out, const struct call *call);
void sink_live_jsonl_loss(FILE *out, int64_t t_ns, enum lost_of lost_of, uint64_t count);

#endif
