/* refuse STEP RECORDING|CAPTURE...: reports on each with every STEP-th allocation refused; 0: with
 * one refused at each place that asks for memory. What it is for: a crash, and the branches that
 * only a lack of memory takes. */
#include <stdio.h>
#include <stdlib.h>

#include "refusals.h"

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long step = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
	int status = 0;

	if (argc < 3 || end == argv[1] || *end != '\0') {
		fprintf(stderr, "usage: refuse STEP RECORDING|CAPTURE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		long all = refusals(argv[i], step);

		if (all < 0) {
			fprintf(stderr, "refuse: %s: no report\n", argv[i]);
			status = 1;
			continue;
		}
		printf("%s: %ld %s\n", argv[i], all, step > 0 ? "allocations" : "new places");
	}
	return status;
}
