/* How connections are called: "connection 5" in a text, "C5" where pictures have that name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/page.h"
#include "tcpstate/prose.h"

enum { NAMES_LISTED = 400 };

char *page_name(const struct model *model, uint32_t index, char *buffer, size_t size)
{
	const struct connection *connection = &model->connections[index];

	if (connection->path != UINT32_MAX)
		snprintf(buffer, size, "P%" PRIu32, connection->path + 1);
	else if (model->run_count > 26)
		snprintf(buffer, size, "C%u.%" PRIu32, connection->run + 1, connection->serial);
	else if (model->run_count > 1)
		snprintf(buffer, size, "C%c%" PRIu32, 'a' + connection->run, connection->serial);
	else
		snprintf(buffer, size, "C%" PRIu32, connection->serial);
	return buffer;
}

char *prose_name(const struct finding *finding, uint32_t serial, char buffer[CONNECTION_NAME])
{
	const struct model *model = finding->named_in;

	for (uint32_t i = 0; model != NULL && i < model->connection_count; i++)
		if (model->connections[i].run == finding->run &&
			model->connections[i].serial == serial)
			return page_name(model, i, buffer, CONNECTION_NAME);
	snprintf(buffer, CONNECTION_NAME, _("connection %" PRIu32), serial);
	return buffer;
}

/* One of a list, with what stands before it. */
static void add(char *buffer, size_t size, bool last, const char *name)
{
	size_t used = strlen(buffer);

	snprintf(buffer + used, size - used, "%s%s",
		used == 0 ? ""
		: last    ? _(" and ")
			  : _(", "),
		name);
}

char *prose_names(const struct finding *finding, const char *serials, char *buffer, size_t size)
{
	char name[CONNECTION_NAME], list[NAMES_LISTED] = "";
	unsigned long count = 0;

	for (char *end; *serials != '\0'; serials = end, count++) {
		uint32_t serial = (uint32_t)strtoul(serials, &end, 10);

		end += *end == '\n';
		if (finding->named_in == NULL)
			snprintf(name, sizeof(name), "%" PRIu32, serial);
		else
			prose_name(finding, serial, name);
		add(list, sizeof(list), *end == '\0', name);
	}
	snprintf(buffer, size,
		finding->named_in != NULL ? "%s"
					  : ngettext("connection %s", "connections %s", count),
		list);
	return buffer;
}
