/* What sock_diag has to say, live or from a file. */
#include "diag_parts.h"

int diag_dispatch(struct diag *diag, int max, event_emit *emit, void *context, struct error *error)
{
	return diag->live ? diag_dispatch_live(diag, max, emit, context, error)
			  : diag_dispatch_file(diag, max, emit, context, error);
}
