/* Reads a catalogue of GNU gettext: a sorted table of the originals beside one of the translations,
 * each entry a length and an offset. */
#include "catalogue.h"

#include <string.h>

enum { MAGIC = 0x950412de, HEADER_BYTES = 28, ENTRY_BYTES = 8 };

static uint32_t number(const struct catalogue *catalogue, size_t at)
{
	uint32_t value;

	memcpy(&value, catalogue->bytes + at, sizeof(value));
	return catalogue->swapped ? __builtin_bswap32(value) : value;
}

/* Is the string of each of the entries within the file, with its NUL? */
static bool table_fits(const struct catalogue *catalogue, uint32_t table)
{
	if (table > catalogue->size || catalogue->count > (catalogue->size - table) / ENTRY_BYTES)
		return false;
	for (uint32_t i = 0; i < catalogue->count; i++) {
		size_t length = number(catalogue, table + (size_t)i * ENTRY_BYTES),
		       offset = number(catalogue, table + (size_t)i * ENTRY_BYTES + 4);

		if (offset >= catalogue->size || length >= catalogue->size - offset ||
			catalogue->bytes[offset + length] != '\0')
			return false;
	}
	return true;
}

static const char *entry(
	const struct catalogue *catalogue, uint32_t table, uint32_t index, size_t *length)
{
	size_t at = table + (size_t)index * ENTRY_BYTES;

	*length = number(catalogue, at);
	return (const char *)catalogue->bytes + number(catalogue, at + 4);
}

const char *catalogue_find(const struct catalogue *catalogue, const char *key, unsigned form)
{
	uint32_t low = 0, high = catalogue->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		size_t length;
		int order = strcmp(key, entry(catalogue, catalogue->originals, middle, &length));

		if (order == 0) {
			const char *text =
				entry(catalogue, catalogue->translations, middle, &length);

			for (size_t one; form > 0 && (one = strlen(text) + 1) <= length; form--) {
				text += one;
				length -= one;
			}
			return form == 0 && *text != '\0' ? text : NULL;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

unsigned catalogue_form(const struct catalogue *catalogue, uint64_t count)
{
	return catalogue->two_forms && count != 1;
}

/* The value of a field of the header, the translation of "", without its blanks. */
static void header_field(const char *header, const char *name, char *value, size_t size)
{
	const char *at = strstr(header, name);
	size_t used = 0;

	for (at = at != NULL ? at + strlen(name) : ""; *at != '\0' && *at != '\n'; at++)
		if (*at != ' ' && used + 1 < size)
			value[used++] = *at;
	value[used] = '\0';
}

static int header_read(struct catalogue *catalogue)
{
	const char *header = catalogue_find(catalogue, "", 0);
	char type[64], plural[64];

	if (header == NULL)
		return -1;
	header_field(header, "Content-Type:", type, sizeof(type));
	header_field(header, "Plural-Forms:", plural, sizeof(plural));
	header_field(header, "Language:", catalogue->language, sizeof(catalogue->language));
	if (strstr(type, "charset=UTF-8") == NULL)
		return -1;
	catalogue->two_forms = strcmp(plural, "nplurals=2;plural=(n!=1);") == 0 ||
			       strcmp(plural, "nplurals=2;plural=n!=1;") == 0;
	return catalogue->two_forms || strcmp(plural, "nplurals=1;plural=0;") == 0 ? 0 : -1;
}

int catalogue_open(struct catalogue *catalogue, const void *bytes, size_t size)
{
	*catalogue = (struct catalogue){.bytes = bytes, .size = size};
	if (size < HEADER_BYTES)
		return -1;
	catalogue->swapped = number(catalogue, 0) != MAGIC;
	/* revision: major 0, minor 0 or 1 */
	if (number(catalogue, 0) != MAGIC || number(catalogue, 4) > 1)
		return -1;
	catalogue->count = number(catalogue, 8);
	catalogue->originals = number(catalogue, 12);
	catalogue->translations = number(catalogue, 16);
	if (!table_fits(catalogue, catalogue->originals) ||
		!table_fits(catalogue, catalogue->translations))
		return -1;
	return header_read(catalogue);
}
