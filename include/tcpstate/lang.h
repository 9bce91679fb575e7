/* The language of what people read. English is in the source and is its own key; a catalogue (a .mo
 * file of GNU gettext) holds another language. The catalogue is read here and not by the C
 * library: glibc >= 2.39 ignores LANGUAGE in C.UTF-8, so a machine without a Chinese locale could
 * not speak Chinese. Nothing here does I/O; the program hands the file's bytes in. */
#ifndef TCPSTATE_LANG_H
#define TCPSTATE_LANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The translation, or the text itself where there is none. Static as long as the catalogue is. */
const char *lang_text(const char *text) __attribute__((format_arg(1)));
/* Of a text that needs a context to be told from its equals: "context\004text". */
const char *lang_in_context(const char *context_and_text, const char *text);
/* The form for COUNT things, by the plural rule of the language. */
const char *lang_count(const char *one, const char *many, uint64_t count)
	__attribute__((format_arg(1), format_arg(2)));
/* Which plural form COUNT takes, from 0. A template's "{count|SYN|SYNs}" chooses by it. */
unsigned lang_form(uint64_t count);
unsigned lang_forms(void); /* how many the language has */

/* For sentences: _("text"), C_("context", "text"), ngettext("%d SYN", "%d SYNs", n). N_("text")
 * marks one that stands in a table and is looked up where it is used. */
#define _(text) lang_text(text)
#define C_(context, text) lang_in_context(context "\004" text, text)
#define N_(text) text
#undef ngettext
#define ngettext(one, many, count) lang_count(one, many, (uint64_t)(count))

/* Speak the language of this catalogue, whose bytes stay the caller's and must outlive its use. 0,
 * or -1: not a catalogue in UTF-8 whose plural rule is known (then nothing is changed). */
int lang_use(const void *bytes, size_t size);
void lang_english(void);
/* English for a while, for what is written into a recording: false; back: what this returned. */
bool lang_speak(bool translated);
/* "en", or the catalogue's own word for its language: "zh" */
const char *lang_name(void);

#endif
