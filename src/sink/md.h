/* The parts of the Markdown report (md*.c). Private to src/sink/. */
#ifndef TCPSTATE_MD_H
#define TCPSTATE_MD_H

#include <stdlib.h>

#include "sheet.h"

/* Text of others that no Markdown is made of; at most `limit` code points. */
void md_text(FILE *out, const char *text, size_t limit);
void md_code(FILE *out, const char *text, size_t limit); /* as `code` */
void md_sentence(FILE *out, struct sheet *sheet, const char *text);

void md_phases(struct sheet *sheet);
void md_checks(struct sheet *sheet);
void md_listeners(struct sheet *sheet);
/* A connection: Mermaid's sequence diagram, and the transitions as a table. */
void md_ladder(struct sheet *sheet, uint32_t drawn);
void md_states(struct sheet *sheet);

#endif
