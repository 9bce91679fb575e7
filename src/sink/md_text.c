/* A text in Markdown, so that it means nothing else. */
#include <string.h>
#include "md.h"
#include "manifest.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

void md_text(FILE *out, const char *text, size_t limit)
{
	char safe[4096];

	for (const char *at = visible(text, limit, safe, sizeof(safe)); *at != '\0'; at++) {
		if (strchr("\\`*_[]<>#|~&$", *at) != NULL || strncmp(at, "://", 3) == 0)
			fputc('\\', out);
		fputc(*at, out);
	}
}

/* Within `...` nothing is special but the backquote. */
void md_code(FILE *out, const char *text, size_t limit)
{
	char safe[4096];

	fputc('`', out);
	for (const char *at = visible(text, limit, safe, sizeof(safe)); *at != '\0'; at++)
		fputs(*at == '`' ? "ˋ" : *at == '|' ? "¦" : (char[]){*at, '\0'}, out);
	fputc('`', out);
}
