/* The style sheets and the script of a page, which are files of their own beside this one and built
 * into the program. Private to src/sink/. */
#ifndef TCPSTATE_STYLE_H
#define TCPSTATE_STYLE_H

extern const char style_page[], style_figure[], style_script[];
/* "sha256-..." of the script, for the page's content security policy */
extern const char style_script_hash[];

#endif
