/* How wide the terminal is, and text folded to it between words. */
#include "terminal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

size_t terminal_columns(FILE *out)
{
	struct winsize size;

	return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

size_t terminal_page(FILE *out)
{
	struct stat status;

	return fstat(fileno(out), &status) == 0 && S_ISFIFO(status.st_mode)
		       ? terminal_columns(stderr)
		       : terminal_columns(out);
}

void terminal_fold(FILE *out, size_t width, size_t at, size_t indent, const char *text)
{
	for (const char *word = text; *word != '\0';) {
		size_t length = strcspn(word, " "), columns = 0;

		for (size_t i = 0; i < length; i++)
			columns += ((unsigned char)word[i] & 0xc0) != 0x80;
		if (word != text && width > 0 && at + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (word != text) {
			fputc(' ', out);
			at++;
		}
		fwrite(word, 1, length, out);
		at += columns;
		word += length;
		word += strspn(word, " ");
	}
	fputc('\n', out);
}
