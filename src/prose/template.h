/* Sentences with named gaps, so that a translator sees whole sentences.
 *   {count}             the argument of that name (reason.h); one that ends in _ms is told as a
 *                       duration ("42.1 s"), "signal" by its name
 *   {count|SYN|SYNs}    the plural form that the argument takes: in the order of the language's
 *                       forms (lang_form()); a translation writes as many as it has, Chinese none
 *   [ by process {pid}] left out when an argument named inside is 0: not known */
#ifndef TCPSTATE_PROSE_TEMPLATE_H
#define TCPSTATE_PROSE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "tcpstate/reason.h"

struct finding;

/* Fill the gaps of template from reason; buffer is always terminated, a text too long is cut.
 * Returns buffer. */
char *template_fill(const char *template, const struct reason *reason, char *buffer, size_t size);
/* Likewise from a finding, whose gaps may also be texts: "{who}"; one that is "" is not known. */
char *template_fill_finding(
	const char *template, const struct finding *finding, char *buffer, size_t size);
/* Of a kind of finding, whatever it is about: "N", "M s", "…" for what it tells, the first of
 * alternatives; all: with what is said only sometimes. */
char *template_fill_kind(const char *template, unsigned code, bool all, char *buffer, size_t size);
/* Add to what buffer holds, as printf() does; a text too long is cut. */
void template_append(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Do all gaps name an argument of this reason (of this finding), with as many forms as the
 * language has, and is every brace and bracket closed? For the tests. */
bool template_valid(const char *template, unsigned code);
bool template_valid_finding(const char *template, unsigned code);

#endif
