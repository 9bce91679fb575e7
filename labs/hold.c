/* Holds TCP sockets in every one of the eleven states, in the network namespace it runs in. Each
 * state has its recipe, two functions: what holds it, and what lets it go on along the state
 * diagram. Where a state lasts only as long as a segment is under way, a socket filter
 * (SO_ATTACH_FILTER) drops that segment: needs CAP_NET_ADMIN over the namespace, as in `unshare
 * -Urn` or a sealed recording.
 *
 *      hold [-6] [--address ADDR] [RECIPE...]
 *
 * holds these, all of them with `all', and prints "ready N". Until standard input ends it obeys
 * lines:
 *
 *      hold RECIPE     "ok hold RECIPE PORT": PORT is the local one of the socket that is in that
 *                      state now
 *      go on           the last recipe's socket moves on: what was withheld arrives, or its program
 *                      closes it
 *      end             closes what is still open */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hold_recipes.h"
#include "hold_sockets.h"
#include "lab.h"

/* One line of standard input; each is answered by one line. */
static void obey(char *line)
{
	static const struct recipe *held;
	static struct ends ends;

	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, "hold ", 5) == 0 && recipe_find(line + 5) != NULL) {
		held = recipe_find(line + 5);
		ends = recipe_hold(held);
		printf("ok %s %d\n", line, ends.port);
	} else if (strcmp(line, "go on") == 0 && held != NULL) {
		held->go_on(&ends);
		held = NULL;
		printf("ok %s\n", line);
	} else if (strcmp(line, "end") == 0) {
		close_all();
		held = NULL;
		printf("ok %s\n", line);
	} else {
		lab_refuse("%s: %s", line,
			strcmp(line, "go on") == 0
				? "nothing is held"
				: "hold RECIPE, go on, or end; --help names the recipes");
	}
}

static _Noreturn void usage(void)
{
	fputs("Usage: hold [-4] [-6] [--address ADDR] [RECIPE...]\n"
	      "Hold TCP sockets in these states (all: in every state) on loopback until\n"
	      "standard input ends. Lines there: hold RECIPE, go on, end. Needs CAP_NET_ADMIN:\n"
	      "run it in a sealed namespace, tcpstate record -o DIR -- hold all\n\n"
	      "RECIPE, a state and what is special:",
		stdout);
	for (size_t i = 0; recipes[i].name != NULL; i++)
		printf("%s%s", i % 5 == 0 ? "\n  " : " ", recipes[i].name);
	fputs("\n(simultaneous: both ends connect; closed: the same, and `go on` closes it;\n"
	      "orphan: no process holds it; mini: the kernel's small socket with a timer;\n"
	      "mapped: IPv4 on IPv6 sockets; udp: a pair of UDP sockets)\n",
		stdout);
	exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"ipv4", no_argument, NULL, '4'},
		{"ipv6", no_argument, NULL, '6'}, {"address", required_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	size_t count = 0;
	char line[256];
	int option;

	address_use("127.0.0.1");
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":46a:h", options, NULL)) != -1) {
		if (option == 'h')
			usage();
		if (option == '?' || option == ':')
			lab_option_unknown(option, argv[optind - 1], optopt);
		address_use(option == '4' ? "127.0.0.1" : option == '6' ? "::1" : optarg);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = optind; i < argc; i++)
		if (strcmp(argv[i], "all") != 0 && recipe_find(argv[i]) == NULL)
			lab_usage("no recipe \"%s\"; --help names them", argv[i]);
	for (int i = optind; i < argc; i++)
		for (const struct recipe *recipe = recipes; recipe->name != NULL; recipe++)
			if (strcmp(argv[i], "all") == 0 || strcmp(argv[i], recipe->name) == 0) {
				recipe_hold(recipe);
				count++;
			}
	printf("ready %zu\n", count);
	while (fgets(line, sizeof(line), stdin) != NULL)
		obey(line);
	return 0;
}
