/* The forms of a report, by the name that --format takes. */
#ifndef TCPSTATE_FORMATS_H
#define TCPSTATE_FORMATS_H

#include <stdbool.h>
#include <stdio.h>

#include "inputs.h"
#include "tcpstate/compare.h"
#include "tcpstate/sink.h"

struct format {
	const char *name;
	const char *what; /* for --help */
	/* NULL: of pcapng, which needs the inputs too */
	int (*render)(const struct model *model, const struct sink_options *options, FILE *out);
	/* recordings beside each other; NULL: not in this form */
	int (*compare)(
		const struct comparison *comparison, const struct sink_options *options, FILE *out);
	bool terminal; /* to be read on one: guarded, through a pager */
	bool scripts;  /* for them: always in English, of all connections */
	bool figures;  /* its sentences call connections as its figures do */
	bool texts;    /* quotes what packets carry */
	bool pdf;      /* what is rendered is to be printed into FILE */
};
extern const struct format formats[];
extern const size_t format_count;
const struct format *format_find(const char *name); /* NULL: none of that name */
char *format_names(char *buffer, size_t size);      /* "text, html, ... and jsonl" */

/* Into out; 0, or -1 with errno or *error. filter: which packets, of pcapng. */
int format_render(const struct format *format, const struct model *model,
	const struct sink_options *options, const struct inputs *inputs, const char *filter,
	FILE *out, struct error *error);

/* Print the page that is in `page` as PDF to `pdf`, by a Chromium that is installed. */
int pdf_print(const char *page, const char *pdf, struct error *error);

#endif
