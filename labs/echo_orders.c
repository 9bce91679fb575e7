/* The orders that echo_server takes on standard input, a line each, and how each is answered: "ok
 * ..." when it is done, "error ...: why" when it is refused or has failed. They change a running
 * server: `listen 7` gives it another backlog without a restart. */
#include "echo_server.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an order answers behind "ok VERB". */
enum { SAID = LAB_ADDRESS_TEXT };

/* Answered by accept_client(), when the Nth accept() has returned. */
static int order_accept(struct server *server, long number, char said[SAID])
{
	(void)said;
	server->told = server->told_left = number;
	return 0;
}

/* On a listening socket: sets a new backlog. */
static int order_listen(struct server *server, long number, char said[SAID])
{
	(void)said;
	return listen(server->listener, (int)number);
}

static int order_defer(struct server *server, long number, char said[SAID])
{
	(void)said;
	return lab_defer_accept(server->listener, number);
}

static int order_hold(struct server *server, long on, char said[SAID])
{
	(void)said;
	return lab_hold_acks(server->listener, on);
}

/* One read() now; it ends --pause-before-read. */
static int order_read(struct server *server, long unused, char said[SAID])
{
	struct client *client = server->first;
	ssize_t got;

	(void)unused;
	client->due_ms = client->stage == TALKING ? lab_now_ms() : client->due_ms;
	got = dialogue_go_on(server, client);
	if (got < 0 && errno != EAGAIN)
		return -1;
	if (got < 0)
		snprintf(said, SAID, " nothing: no data there");
	else if (got == 0)
		snprintf(said, SAID, " end of stream");
	else
		snprintf(said, SAID, " %zd bytes", got);
	return 0;
}

static int order_close(struct server *server, long unused, char said[SAID])
{
	(void)unused;
	snprintf(said, SAID, " %.64s", server->first->name);
	dialogue_close(server);
	return 0;
}

/* Half-open requests vanish, connections in the accept queue get RST. */
static int order_quit(struct server *server, long unused, char said[SAID])
{
	(void)unused;
	(void)said;
	close(server->listener);
	while (server->first != NULL)
		dialogue_close(server);
	return 0;
}

enum need { NOTHING, A_LISTENER, A_CLIENT, A_TALKING_CLIENT };
static const struct order {
	const char *verb;
	enum { NONE, NUMBER, ON_OFF } argument;
	long min; /* of a NUMBER */
	enum need need;
	int (*obey)(struct server *server, long number, char said[SAID]);
} orders[] = {
	{"accept", NUMBER, 1, A_LISTENER, order_accept},
	{"listen", NUMBER, 0, A_LISTENER, order_listen},
	{"defer", NUMBER, 0, A_LISTENER, order_defer},
	{"hold", ON_OFF, 0, A_LISTENER, order_hold},
	{"read", NONE, 0, A_TALKING_CLIENT, order_read},
	{"close", NONE, 0, A_CLIENT, order_close},
	{"quit", NONE, 0, NOTHING, order_quit},
};

static const struct order *find(const char *verb)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].verb, verb) == 0)
			return &orders[i];
	return NULL;
}

/* Why this order cannot be obeyed now; NULL: it can, and *number is its argument. */
static const char *refusal(
	const struct server *server, const struct order *order, const char *argument, long *number)
{
	const struct client *client = server->first;

	if (order == NULL)
		return "not one of accept N, listen N, defer S, hold on|off, read, close, quit";
	if (order->argument == NUMBER &&
		(argument == NULL || !lab_number(argument, order->min, INT_MAX, number)))
		return "needs a number";
	if (order->argument == ON_OFF &&
		(argument == NULL || (strcmp(argument, "on") != 0 && strcmp(argument, "off") != 0)))
		return "on or off?";
	if (order->argument == ON_OFF)
		*number = strcmp(argument, "on") == 0;
	if (order->need >= A_CLIENT && client == NULL)
		return "no client";
	if (order->need == A_TALKING_CLIENT && client->stage == ENDED)
		return "the conversation is over";
	if (order->need == A_LISTENER && server->listener < 0)
		return "the listening socket is closed";
	if (order->obey == order_accept && server->told_left)
		return "the one before is not finished";
	return NULL;
}

static void obey(struct server *server, char *line)
{
	char *verb = strtok(line, " \t"), *argument = strtok(NULL, " \t"), said[SAID] = "";
	const struct order *order;
	const char *why;
	long number = 0;

	if (verb == NULL)
		return;
	order = find(verb);
	why = refusal(server, order, argument, &number);
	if (why != NULL) {
		lab_refuse("%s%s%s: %s", verb, argument != NULL ? " " : "",
			argument != NULL ? argument : "", why);
		return;
	}
	if (argument != NULL)
		snprintf(said, sizeof(said), " %s", argument);
	if (order->obey(server, number, said) < 0)
		lab_refuse("%s%s%s: %s%s", verb, argument != NULL ? " " : "",
			argument != NULL ? argument : "", lab_error(errno),
			errno == EPERM ? "; " LAB_CAP_NET_ADMIN : "");
	else if (order->obey != order_accept)
		printf("ok %s%s\n", verb, said);
	if (order->obey == order_quit)
		exit(EXIT_SUCCESS);
}

void orders_obey(struct server *server)
{
	char line[LAB_LINE_MAX + 1];

	lab_input_read(&server->lines, &server->input);
	while (lab_input_next(&server->lines, line))
		obey(server, line);
}
