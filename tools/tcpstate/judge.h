/* From a check as asked (JSON from `expect`) to a check as recorded: predict, measure, compare. */
#ifndef TCPSTATE_JUDGE_H
#define TCPSTATE_JUDGE_H

#include <jansson.h>

#include "query.h"
#include "tcpstate/model.h"

/* asked: {"name","predicted","query"}; options: {"cells":[[K,V]...],"lets":[[K,EXPR]...]}, which
 * may be missing. Problems are told in the check itself. NULL: out of memory. */
struct check *judge_check(
	const struct query_context *context, const json_t *asked, const json_t *options);

#endif
