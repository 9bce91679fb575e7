/* The window of time that a picture shows. */
#include "picture.h"
#include <stdlib.h>
#include <string.h>
#include "tcpstate/segment.h"

bool picture_in_window(const struct picture *picture, int64_t t_ns)
{
	return picture->wanted->until_ns == 0 ||
	       (t_ns >= picture->wanted->from_ns && t_ns <= picture->wanted->until_ns);
}
