/* The terminal that a person reads on: how wide it is, and text folded to that width between words.
 */
#ifndef TCPSTATE_TERMINAL_H
#define TCPSTATE_TERMINAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* 0: OUT is no terminal, or one that does not say. */
size_t terminal_columns(FILE *out);
/* The same for text to be read from its beginning to its end: where OUT is a pipe, to a pager, the
 * terminal is that of standard error. */
size_t terminal_page(FILE *out);
/* May OUT be coloured? A terminal that knows how, unless NO_COLOR says otherwise. */
bool terminal_colours(FILE *out);
/* Text on its way to OUT, in which whatever a terminal would obey is escaped (escape.h), but the
 * end of a line and the colours "ESC [ digits m". The last guard: what names itself is escaped
 * before it gets here. Flush and close it before OUT is used again; NULL: out of memory. */
FILE *terminal_guard(FILE *out);
/* Print text from outside, escaped. */
void terminal_print(FILE *out, const char *text);
/* A line of standard error, escaped: it may name a file, a program, or quote an argument. */
void terminal_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void terminal_vsay(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
/* Words from column AT on, folded before column WIDTH (0: never), continued at column INDENT; ends
 * the line. */
void terminal_fold(FILE *out, size_t width, size_t at, size_t indent, const char *text);

#endif
