/* Room for the items of a model's lists; what has failed is remembered in its build. */
#include <stdlib.h>
#include <string.h>

#include "model_build.h"
#include "tcpstate/pages.h"

void *model_room(struct model *model, void *array, size_t count, size_t item_size)
{
	if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) {
		void *bigger = count >= UINT32_MAX / 2
				       ? NULL
				       : realloc(array, (count < 16 ? 16 : count * 2) * item_size);

		if (bigger == NULL) {
			model->build->failed = true;
			return array;
		}
		array = bigger;
		pages_share(array, (count < 16 ? 16 : count * 2) * item_size);
	}
	return array;
}

void *model_room_zeroed(struct model *model, void *array, size_t count, size_t item_size)
{
	array = model_room(model, array, count, item_size);
	if (!model->build->failed)
		memset((char *)array + count * item_size, 0, item_size);
	return array;
}

struct run *model_current(struct model *model)
{
	return &model->runs[model->run_count - 1];
}
