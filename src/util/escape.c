/* One rule for every string from outside that any text output prints. */
#include "tcpstate/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t utf8_length(const char *text, size_t left)
{
	/* first byte from..to, allowed second byte from..to, length: table 3-7 of the Unicode
	 * standard */
	static const unsigned char forms[][5] = {{0x00, 0x7f, 0, 0, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4}};
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; left > 0 && i < sizeof(forms) / sizeof(forms[0]); i++) {
		const unsigned char *form = forms[i];

		if (bytes[0] < form[0] || bytes[0] > form[1])
			continue;
		if (left < form[4] || (form[4] > 1 && (bytes[1] < form[2] || bytes[1] > form[3])))
			return 0;
		for (size_t k = 2; k < form[4]; k++)
			if ((bytes[k] & 0xc0) != 0x80)
				return 0;
		return form[4];
	}
	return 0;
}

/* The code point of a whole sequence. */
static uint32_t code_point(const char *text, size_t length)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point = (uint8_t)text[0] & first_bits[length];

	for (size_t i = 1; i < length; i++)
		point = point << 6 | ((uint8_t)text[i] & 0x3f);
	return point;
}

/* Controls; U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 change the direction in
 * which the rest is drawn; U+2028 and U+2029 end a line; U+00AD, U+180E, U+200B, U+2060 to U+2064,
 * U+FEFF and U+E0000 to U+E007F are not drawn. (U+200C and U+200D are: they shape scripts.) */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || point == 0x61c ||
	       point == 0x180e || point == 0x200b || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x2069) ||
	       point == 0xfeff || (point >= 0xe0000 && point <= 0xe007f);
}

/* What one character is shown as; returns how many bytes of text it took. */
static size_t show(const char *text, size_t left, char shown[16], size_t *shown_length)
{
	size_t length = utf8_length(text, left);
	uint32_t point = length > 0 ? code_point(text, length) : (uint8_t)*text;

	if (length > 0 && !is_control(point)) {
		memcpy(shown, text, length);
		*shown_length = length;
		return length;
	}
	*shown_length = (size_t)snprintf(shown, 16, length > 1 ? "\\u%04x" : "\\x%02x", point);
	return length > 0 ? length : 1;
}

bool escape_needed(const char *text, size_t length)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = utf8_length(text + at, length - at);
		if (step == 0 || is_control(code_point(text + at, step)))
			return true;
	}
	return false;
}

size_t escape_text(char *out, size_t size, const char *text, size_t length)
{
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		char shown[16];
		size_t shown_length, taken = show(text + at, length - at, shown, &shown_length);

		if (used + shown_length >= size)
			break;
		memcpy(out + used, shown, shown_length);
		used += shown_length;
		at += taken;
	}
	out[used] = '\0';
	return used;
}

char *escape_new(const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;
	char *out = text != NULL ? malloc(ESCAPE_GROWTH * length + 1) : NULL;

	if (out != NULL)
		escape_text(out, ESCAPE_GROWTH * length + 1, text, length);
	return out;
}
