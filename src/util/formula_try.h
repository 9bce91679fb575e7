/* Evaluating a text of which it is not known whether it is a formula at all; between formula.c and
 * prediction.c. */
#ifndef TCPSTATE_UTIL_FORMULA_TRY_H
#define TCPSTATE_UTIL_FORMULA_TRY_H

#include "tcpstate/formula.h"

enum formula_result {
	FORMULA_VALUE,
	/* a formula with an unknown name, an overflow, a division by zero */
	FORMULA_VALUELESS,
	/* the same, but one word made only of unknown names: "time-wait", "EADDRINUSE" */
	FORMULA_WORD,
	FORMULA_BROKEN, /* no formula */
};

/* *value is set with FORMULA_VALUE only, *error with all others. */
enum formula_result formula_try(const char *start, const char *end,
	const struct formula_names *names, int64_t *value, struct error *error);

#endif
