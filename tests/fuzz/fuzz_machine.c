/* The engine and a second machine, plainly written, must tell the same states of both ends, where
 * nothing is lost or delayed; elsewhere the engine must not crash. */
#include <stdio.h>
#include <stdlib.h>

#include "machines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[32768];

	if (!machines_agree(data, size > 64 ? 64 : size, out, sizeof(out)) && data[0] % 3 == 0) {
		fputs(out, stderr);
		abort();
	}
	return 0;
}
