/* pcapng blocks: section header, interface description, enhanced packet; options padded to four
 * bytes, a text of more than 65,535 bytes cut. */
#include "pcapng.h"

#include <string.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_NAME = 2,
	OPTION_DESCRIPTION = 3,
	OPTION_APPLICATION = 4,
	OPTION_RESOLUTION = 9,
	NANOSECONDS = 9, /* 10^-9 */
	TEXT_MOST = 65535
};

static void put16(FILE *out, uint32_t value)
{
	fputc((int)(value & 0xff), out);
	fputc((int)(value >> 8 & 0xff), out);
}

static void put32(FILE *out, uint32_t value)
{
	put16(out, value & 0xffff);
	put16(out, value >> 16);
}

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

static void put_padded(FILE *out, const void *data, size_t length)
{
	static const uint8_t zero[4];

	if (length > 0)
		fwrite(data, 1, length, out);
	fwrite(zero, 1, padded(length) - length, out);
}

/* Cut at a whole character. */
static size_t text_length(const char *text)
{
	size_t length = strlen(text);

	if (length <= TEXT_MOST)
		return length;
	length = TEXT_MOST;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static size_t option_size(const char *text)
{
	return *text != '\0' ? 4 + padded(text_length(text)) : 0;
}

static void put_option(FILE *out, uint32_t code, const char *text)
{
	size_t length = text_length(text);

	if (length == 0)
		return;
	put16(out, code);
	put16(out, (uint32_t)length);
	put_padded(out, text, length);
}

void pcapng_section(FILE *out, const char *application)
{
	uint32_t size = (uint32_t)(28 + option_size(application) + 4);

	put32(out, BLOCK_SECTION);
	put32(out, size);
	put32(out, BYTE_ORDER_MAGIC);
	put16(out, 1); /* version 1.0 */
	put16(out, 0);
	put32(out, UINT32_MAX); /* length not told */
	put32(out, UINT32_MAX);
	put_option(out, OPTION_APPLICATION, application);
	put32(out, OPTION_END);
	put32(out, size);
}

void pcapng_interface(FILE *out, int linktype, const char *name, const char *description)
{
	static const uint8_t resolution = NANOSECONDS;
	uint32_t size = (uint32_t)(20 + option_size(name) + option_size(description) + 8 + 4);

	put32(out, BLOCK_INTERFACE);
	put32(out, size);
	put16(out, (uint32_t)linktype);
	put16(out, 0);
	put32(out, 0); /* snaplen: no limit */
	put_option(out, OPTION_NAME, name);
	put_option(out, OPTION_DESCRIPTION, description);
	put16(out, OPTION_RESOLUTION);
	put16(out, sizeof(resolution));
	put_padded(out, &resolution, sizeof(resolution));
	put32(out, OPTION_END);
	put32(out, size);
}

void pcapng_packet(
	FILE *out, uint32_t interface, const struct raw_packet *packet, const char *comments)
{
	uint64_t time = packet->t_ns > 0 ? (uint64_t)packet->t_ns : 0;
	size_t options = 0;

	for (const char *at = comments; at != NULL && *at != '\0'; at += strlen(at) + 1)
		options += option_size(at);
	uint32_t size = (uint32_t)(32 + padded(packet->captured) + (options > 0 ? options + 4 : 0));
	put32(out, BLOCK_PACKET);
	put32(out, size);
	put32(out, interface);
	put32(out, (uint32_t)(time >> 32));
	put32(out, (uint32_t)time);
	put32(out, (uint32_t)packet->captured);
	put32(out, (uint32_t)packet->length);
	put_padded(out, packet->data, packet->captured);
	for (const char *at = comments; at != NULL && *at != '\0'; at += strlen(at) + 1)
		put_option(out, OPTION_COMMENT, at);
	if (options > 0)
		put32(out, OPTION_END);
	put32(out, size);
}
