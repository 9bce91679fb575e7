/* A catalogue of GNU gettext (.mo) in memory: the format is described in its manual, "The Format of
 * GNU MO Files". Every length in it is checked when it is opened. */
#ifndef TCPSTATE_UTIL_CATALOGUE_H
#define TCPSTATE_UTIL_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct catalogue {
	const unsigned char *bytes; /* the caller's */
	size_t size;
	bool swapped; /* written on a machine of the other byte order */
	uint32_t count, originals, translations;
	bool two_forms; /* one thing and several; else one form for all counts */
	char language[16];
};

/* 0, or -1: not such a file, damaged, not in UTF-8, or a plural rule that is not known here. */
int catalogue_open(struct catalogue *catalogue, const void *bytes, size_t size);
/* The translation of KEY in this plural form (from 0); NULL: none. */
const char *catalogue_find(const struct catalogue *catalogue, const char *key, unsigned form);
/* Which form COUNT takes. */
unsigned catalogue_form(const struct catalogue *catalogue, uint64_t count);

#endif
