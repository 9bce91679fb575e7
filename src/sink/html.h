/* The sections of a page (html*.c). Private to src/sink/. */
#ifndef TCPSTATE_HTML_H
#define TCPSTATE_HTML_H

#include "sheet.h"

/* the doctype and what stands before the title; what stands after the sections */
void html_begin(struct sheet *sheet);
void html_end(struct sheet *sheet);
void html_head(struct sheet *sheet);
void html_answers(struct sheet *sheet, const struct page_answer *answers);
/* the words of the page, in a line or two */
void html_key(struct sheet *sheet);
void html_answers_in_full(struct sheet *sheet);
/* Each writes its section's inside; the sheet's out is the page. */
void html_picture(struct sheet *sheet);
void html_phase_pictures(struct sheet *sheet); /* each kind of phase, of many lanes */
void html_occupancy(struct sheet *sheet);
void html_datagrams(struct sheet *sheet);
void html_cells(struct sheet *sheet);
void html_kinds(struct sheet *sheet);
void html_disagreements(struct sheet *sheet);
void html_findings(struct sheet *sheet);
void html_phases(struct sheet *sheet);
void html_checks(struct sheet *sheet);
void html_connections(struct sheet *sheet);
void html_diagram(struct sheet *sheet);
void html_compare(struct sheet *sheet);
void html_appendix(struct sheet *sheet);
bool html_has_cells(const struct sheet *sheet);

/* A figure that is drawn already, with its caption; zoom: buttons for it. */
/* size NULL: a small one, without zoom. */
void put_figure(
	struct sheet *sheet, const char *svg, const struct figure_size *size, const char *caption);
/* Draws it and puts it there, with buttons for zoom. */
typedef bool figure_draw(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size);
void put_drawn(struct sheet *sheet, figure_draw *draw, const char *id, const char *caption);
/* returns its bytes */
size_t put_picture(struct sheet *sheet, const char *id, const struct picture_wanted *wanted,
	const char *caption);
/* Is it higher than so many px, if it were 1240 px wide? */
bool figure_is_higher(const struct figure_size *size, int limit);
/* A swatch and the state's name. */
void put_state(FILE *out, unsigned state);
/* Marks, those of several recordings once, as phases: up to `room`. */
size_t sheet_phases(const struct sheet *sheet, const struct phase **phases, size_t room);

#endif
