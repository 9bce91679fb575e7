/* A filter whose names are replaced by addresses so that it compiles: "ip host NAME" wants those of
 * one family. */
#include "tcpstate/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "filter_parts.h"

char *filter_resolve(const char *expression)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6}; /* "ip host NAME" is of one */

	for (size_t i = 0; i < 3 && filter_has_names(expression); i++) {
		char *text = filter_addresses(expression, families[i]);
		struct filter *filter = text != NULL ? filter_new(text, false, NULL) : NULL;

		if (filter != NULL) {
			filter_free(filter);
			return text;
		}
		free(text);
	}
	return strdup(expression);
}
