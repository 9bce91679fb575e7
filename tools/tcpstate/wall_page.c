/* wall.html, wall.css and wall.js as the assembler reads them in. */
#include "wall_page.h"

#define BUILT_IN(name, file)                                                                       \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #name "\n" #name ":\n"                                                  \
		".incbin \"" file "\"\n"                                                           \
		".byte 0\n"                                                                        \
		".popsection\n")

BUILT_IN(wall_page_html, "tools/tcpstate/wall.html");
BUILT_IN(wall_page_css, "tools/tcpstate/wall.css");
BUILT_IN(wall_page_js, "tools/tcpstate/wall.js");
