/* The one clock of the sources: packets, answers and facts are stamped alike. */
#include "tcpstate/source.h"

#include <time.h>

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
