/* refuse STEP RECORDING|CAPTURE...: reports on each with every STEP-th allocation refused. What it
 * is for: a crash, and the branches that only a lack of memory takes. */
#include <stdio.h>
#include <stdlib.h>

#include "refusals.h"

int main(int argc, char **argv)
{
	unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (step == 0 || argc < 3) {
		fprintf(stderr, "usage: refuse STEP RECORDING|CAPTURE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		long all = refusals(argv[i], step);

		if (all < 0) {
			fprintf(stderr, "refuse: %s: no report\n", argv[i]);
			return 1;
		}
		printf("%s: %ld allocations\n", argv[i], all);
	}
	return 0;
}
