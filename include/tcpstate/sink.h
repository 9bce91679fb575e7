/* Renderers of a finished model. A sink computes no state, no count and no sentence. */
#ifndef TCPSTATE_SINK_H
#define TCPSTATE_SINK_H

#include <stdio.h>
#include "tcpstate/model.h"

struct sink_options {
	bool colour, relative_times, summary;
	bool all; /* every timeline and table */
	bool utf8;
	bool edges;          /* the state diagram */
	int width;           /* columns; 0: unlimited */
	uint32_t connection; /* only those of this number; 0: all */
	int64_t since_ns;    /* only what happened from then on; 0: all */
	bool large;          /* a page for a projector: less in a line, larger */
};
/* 0, or -1 with errno (disk full) */
int sink_text(const struct model *model, const struct sink_options *options, FILE *out);
int sink_jsonl(const struct model *model, const struct sink_options *options, FILE *out);
/* one self-contained page */
int sink_html(const struct model *model, const struct sink_options *options, FILE *out);

#endif
