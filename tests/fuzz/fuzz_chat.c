/* What comes to the labs from the network: a chat datagram, and a stream cut into reads of which
 * the first byte says how long they are. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../labs/chat.h"
#include "../../labs/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void datagram(const uint8_t *data, size_t size)
{
	struct chat_message message;
	char again[CHAT_MAX], name[CHAT_NAME_MAX + 1];

	if (!chat_parse(&message, (const char *)data, size))
		return;
	if (chat_name_problem(message.name, message.name_length) != NULL)
		return;
	memcpy(name, message.name, message.name_length);
	name[message.name_length] = '\0';
	if (chat_compose(again, name, message.text, message.text_length) != size ||
		memcmp(again, data, size) != 0)
		abort();
}

static void stream(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	static struct lab_lines lines;
	size_t step = (size_t)(1 + data[0] * 17), length;
	char reversed[LAB_LINE_MAX], twice[LAB_LINE_MAX];
	const char *text;
	enum lab_line kind;
	int pair[2];

	if (nowhere == NULL && (nowhere = fopen("/dev/null", "we")) == NULL)
		abort();
	if (pipe(pair) != 0)
		return;
	lines = (struct lab_lines){0};
	for (size_t at = 1; at < size; at += step) {
		size_t part = size - at < step ? size - at : step;

		if (write(pair[1], data + at, part) != (ssize_t)part)
			abort();
		while (part > 0) {
			ssize_t got = lab_lines_read(&lines, pair[0]);

			if (got <= 0)
				abort(); /* no room though all lines were taken */
			part -= (size_t)got;
			while ((kind = lab_lines_next(&lines, &text, &length)) != LAB_LINE_NONE) {
				if (kind != LAB_LINE_TEXT)
					continue;
				lab_reverse(text, length, reversed);
				lab_reverse(reversed, length, twice);
				if (lab_utf8(text, length) && memcmp(text, twice, length) != 0)
					abort();
				lab_print(nowhere, text, length);
			}
		}
	}
	lab_lines_finish(&lines);
	close(pair[0]);
	close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 32768)
		return 0;
	datagram(data + 1, size - 1);
	stream(data, size);
	return 0;
}
