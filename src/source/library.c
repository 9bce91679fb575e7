/* See library.h. */
#include "tcpstate/library.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>

enum { FUNCTIONS_MAX = 64 };

int library_load(const char *soname, const char *name, const char *packages,
	const char *const *names, void *functions, size_t count, struct error *error)
{
	void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	void *found[FUNCTIONS_MAX];

	assert(count <= FUNCTIONS_MAX);
	for (size_t i = 0; library != NULL && i < count; i++)
		if ((found[i] = dlsym(library, names[i])) == NULL)
			library = NULL;
	if (library == NULL)
		return error_set(error, "%s cannot be loaded: %s; install it (Debian's %s)", name,
			dlerror(), packages);
	memcpy(functions, found, count * sizeof(*found));
	return 0;
}
