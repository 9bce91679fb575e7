/* See libpcap.h. */
#include "tcpstate/libpcap.h"

#include <stddef.h>

#include "tcpstate/library.h"

struct libpcap libpcap;

int libpcap_load(struct error *error)
{
#define FUNCTION(name) "pcap_" #name,
	static const char *const names[] = {LIBPCAP(FUNCTION)};
#undef FUNCTION

	_Static_assert(sizeof(LIBPCAP_SONAME) > 1, "tools/packaging/soname.sh found it");
	_Static_assert(sizeof(libpcap) == sizeof(names), "a pointer each");
	if (libpcap.close != NULL)
		return 0;
	return library_load(LIBPCAP_SONAME, "libpcap", "libpcap0.8 or libpcap0.8t64", names,
		&libpcap, sizeof(names) / sizeof(names[0]), error);
}
