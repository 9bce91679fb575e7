/* The report as a text page: what a student hands in, readable at 60 to 100 columns and the same
 * every time. The answer first, the evidence below it, the conditions last. */
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

int sink_text(const struct model *model, const struct sink_options *options, FILE *out)
{
	const struct page page = {model, options, out};

	text_verdict(&page);
	text_findings(&page);
	text_failed_checks(&page);
	if (!options->summary)
		text_timelines(&page), text_datagrams(&page), text_phases(&page);
	text_checks(&page);
	if (options->edges)
		text_edges(&page);
	text_summary(&page);
	text_conditions(&page);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
