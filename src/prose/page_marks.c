/* Marks and phases as a page heads them. Who wrote a mark knew ports, not the numbers of
 * connections: where it names a port of just one client there then, its name is put behind it. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/page.h"
#include "tcpstate/prose_report.h"
#include "template.h"

enum { MARKS_NAMED = 100 }; /* with more nobody reads them all: each port is looked for */

struct while_there { /* of a mark: what it speaks of was there since the mark before */
	uint16_t run;
	int64_t since_ns, t_ns;
};

static int64_t mark_before(const struct model *model, uint16_t run, int64_t t_ns)
{
	int64_t before_ns = INT64_MIN;

	for (size_t i = 0; i < model->mark_count; i++)
		if (model->marks[i].run == run && model->marks[i].t_ns < t_ns &&
			model->marks[i].t_ns > before_ns)
			before_ns = model->marks[i].t_ns;
	return before_ns;
}

static bool was_there(const struct model *model, const struct connection *connection,
	const struct while_there *moment)
{
	if (connection->run != moment->run || connection->first_ns > moment->t_ns)
		return false;
	if (connection->last_ns > moment->since_ns)
		return true;
	for (int side = 0; side < 2; side++) {
		uint8_t state = model_state_at(model, connection, side, moment->since_ns);

		if (state != STATE_CLOSED && state != STATE_UNKNOWN)
			return true;
	}
	return false;
}

/* The only one of them whose client had this port; UINT32_MAX: there were others, or none. */
static uint32_t client_at(
	const struct model *model, unsigned port, const struct while_there *moment)
{
	uint32_t found = UINT32_MAX;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (at->client == -1 || ntohs(at->key.port_be[at->client]) != port ||
			!was_there(model, at, moment))
			continue;
		if (found != UINT32_MAX || at->folded != NULL)
			return UINT32_MAX;
		found = i;
	}
	return found;
}

/* The port that ":40004" or "port 40004" names, if this is its first digit; 0: it is none. */
static unsigned port_here(const char *text, const char *at, const char **behind)
{
	static const char word[] = "port ";
	size_t before = (size_t)(at - text), length = sizeof(word) - 1;
	char *end;

	if (!isdigit((unsigned char)*at) ||
		!((before > 0 && at[-1] == ':') ||
			(before >= length && memcmp(at - length, word, length) == 0)))
		return 0;
	unsigned long port = strtoul(at, &end, 10);
	*behind = end;
	return port <= UINT16_MAX && !isalnum((unsigned char)*end) ? (unsigned)port : 0;
}

static void add_named(const struct model *model, const char *text, const struct while_there *moment,
	char *buffer, size_t size)
{
	for (const char *at = text; *at != '\0' && strlen(buffer) + 1 < size;) {
		const char *behind = at + 1;
		unsigned port = port_here(text, at, &behind);
		uint32_t client = port > 0 ? client_at(model, port, moment) : UINT32_MAX;
		char name[24];

		template_append(buffer, size, "%.*s", (int)(behind - at), at);
		if (client != UINT32_MAX)
			template_append(buffer, size, " (%s)",
				page_name(model, client, name, sizeof(name)));
		at = behind;
	}
}

static char *named(const struct model *model, const char *text, bool trial, uint16_t run,
	int64_t t_ns, char *buffer, size_t size)
{
	char with_names[MARK_NAMED] = "";

	if (model->mark_count <= MARKS_NAMED) {
		struct while_there moment = {run, mark_before(model, run, t_ns), t_ns};

		add_named(model, text, &moment, with_names, sizeof(with_names));
		text = with_names;
	}
	snprintf(buffer, size, trial ? _("%s (trial)") : "%s", text);
	return buffer;
}

char *page_mark(const struct model *model, const struct mark *mark, char *buffer, size_t size)
{
	return named(model, mark->text, mark->trial, mark->run, mark->t_ns, buffer, size);
}

char *page_phase(const struct model *model, const struct phase *phase, char *buffer, size_t size)
{
	if (phase->moment != MOMENT_NONE)
		snprintf(buffer, size, "%s", prose_phase(phase));
	else
		named(model, phase->text, phase->trial, phase->run, phase->t_ns, buffer, size);
	return buffer;
}
