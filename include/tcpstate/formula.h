/* What a check predicts: a number, a range or words, written as a formula over the names of its
 * cell.
 *   sum     = product {(+|-) product}
 *   product = factor {(*|/) factor}
 *   factor  = integer | name | min(sum, ...) | max(sum, ...) | htons(sum) | (sum)
 *             | -factor | +factor
 * Whole numbers of 64 bits. Division rounds towards zero. Overflow and division by zero are errors,
 * never a value. */
#ifndef TCPSTATE_FORMULA_H
#define TCPSTATE_FORMULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpstate/error.h"

struct formula_name {
	const char *name;
	int64_t value;
};
/* The first of equal names counts. min, max and htons are functions only before a '(': they may be
 * names too. */
struct formula_names {
	const struct formula_name *list;
	size_t count;
};

/* Value of a formula; names may be NULL. 0, or -1 with the cause: where it does not parse, which
 * name is unknown and which are known. */
int formula_evaluate(
	const char *text, const struct formula_names *names, int64_t *value, struct error *error);
/* May this be a name in a formula: a letter or '_', then letters, digits, '_'? */
bool formula_name_valid(const char *name);

enum prediction_kind { PREDICTION_VALUE, PREDICTION_RANGE, PREDICTION_WORDS };
struct prediction {
	enum prediction_kind kind;
	int64_t low, high; /* RANGE: both ends belong to it. VALUE: low == high */
	/* WORDS: as written, without blanks around them; else NULL. Owned: prediction_clear() */
	char *words;
};

/* "min(n - 1, b + 1)" is a value, "n..n + 2" a range, and what is no formula is words: "EADDRINUSE
 * at bind", "10.0.0.1", "". One word made only of unknown names ("time-wait") is words as well. 0,
 * or -1: a formula with an unknown name, an overflow, or a range whose end is below its start. */
int prediction_parse(const char *text, const struct formula_names *names,
	struct prediction *prediction, struct error *error);
void prediction_clear(struct prediction *prediction);
/* Is the measurement as predicted? Values and ranges ask for one integer, words for the same words
 * (blanks around them and their number do not count). */
bool prediction_holds(const struct prediction *prediction, const char *measured);
/* "2", "1..3" or the words: malloc'd, NULL out of memory. */
char *prediction_text(const struct prediction *prediction);

#endif
