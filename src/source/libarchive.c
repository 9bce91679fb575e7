/* See libarchive.h. */
#include "tcpstate/libarchive.h"

#include <stddef.h>

#include "tcpstate/library.h"

struct libarchive libarchive;

int libarchive_load(struct error *error)
{
#define FUNCTION(name) "archive_" #name,
	static const char *const names[] = {LIBARCHIVE(FUNCTION)};
#undef FUNCTION

	_Static_assert(sizeof(LIBARCHIVE_SONAME) > 1, "tools/packaging/soname.sh found it");
	_Static_assert(sizeof(libarchive) == sizeof(names), "a pointer each");
	if (libarchive.read_new != NULL)
		return 0;
	return library_load(LIBARCHIVE_SONAME, "libarchive", "libarchive13 or libarchive13t64",
		names, &libarchive, sizeof(names) / sizeof(names[0]), error);
}

locale_t libarchive_names_begin(void)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	return utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
}

void libarchive_names_end(locale_t before)
{
	if (before != (locale_t)0)
		freelocale(uselocale(before));
}
