/* page.css, figure.css and page.js as the assembler reads them in: they can be edited, and looked
 * at in a browser, as what they are. */
#include "style.h"

#define BUILT_IN(name, file)                                                                       \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #name "\n" #name ":\n"                                                  \
		".incbin \"" file "\"\n"                                                           \
		".byte 0\n"                                                                        \
		".popsection\n")

BUILT_IN(style_page, "src/sink/page.css");
BUILT_IN(style_figure, "src/sink/figure.css");
BUILT_IN(style_script, "src/sink/page.js");

const char style_script_hash[] = "sha256-" PAGE_SCRIPT_HASH;
