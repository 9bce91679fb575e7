/* A whole recording: four files, of which three have their length in front (24 bits,
 * little-endian). Reported on in every format. */
#include <stdlib.h>

#include "../hostile/whole.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct whole whole = {0};

	for (int part = 0; part < WHOLE_PARTS; part++) {
		size_t length = size;

		if (part < WHOLE_PARTS - 1) {
			if (size < 3)
				break;
			length = (size_t)(data[0] | data[1] << 8 | data[2] << 16);
			data += 3;
			size -= 3;
		}
		if (length > size)
			length = size;
		whole.data[part] = data;
		whole.size[part] = length;
		data += length;
		size -= length;
	}
	if (!whole_report(&whole))
		abort();
	return 0;
}
