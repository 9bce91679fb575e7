/* What a check predicts, and whether a measurement is as predicted. */
#include "formula_try.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

static int take_words(const char *text, struct prediction *prediction, struct error *error)
{
	size_t length;

	text += strspn(text, blanks);
	length = strlen(text);
	while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
		length--;
	*prediction = (struct prediction){.kind = PREDICTION_WORDS, .words = strndup(text, length)};
	return prediction->words != NULL ? 0 : error_set(error, "out of memory");
}

/* Each end is a formula of its own; if one is broken, or both are but words, so is the whole. */
static int take_range(const char *text, const char *dots, const struct formula_names *names,
	struct prediction *prediction, struct error *error)
{
	struct error low_error, high_error;
	enum formula_result low = formula_try(text, dots, names, &prediction->low, &low_error);
	enum formula_result high =
		formula_try(dots + 2, text + strlen(text), names, &prediction->high, &high_error);

	if (low == FORMULA_BROKEN || high == FORMULA_BROKEN ||
		(low == FORMULA_WORD && high == FORMULA_WORD))
		return take_words(text, prediction, error);
	if (low != FORMULA_VALUE || high != FORMULA_VALUE)
		return error_set(
			error, "%s", low != FORMULA_VALUE ? low_error.text : high_error.text);
	prediction->kind = PREDICTION_RANGE;
	if (prediction->high < prediction->low)
		return error_set(error,
			"\"%s\": the range %" PRId64 "..%" PRId64
			" is empty, write the smaller end first",
			text, prediction->low, prediction->high);
	return 0;
}

int prediction_parse(const char *text, const struct formula_names *names,
	struct prediction *prediction, struct error *error)
{
	const char *dots = strstr(text, "..");

	*prediction = (struct prediction){.kind = PREDICTION_VALUE};
	if (dots != NULL)
		return take_range(text, dots, names, prediction, error);
	switch (formula_try(text, text + strlen(text), names, &prediction->low, error)) {
	case FORMULA_VALUE:
		prediction->high = prediction->low;
		return 0;
	case FORMULA_VALUELESS:
		return -1;
	default:
		return take_words(text, prediction, error);
	}
}

void prediction_clear(struct prediction *prediction)
{
	free(prediction->words);
	*prediction = (struct prediction){.kind = PREDICTION_VALUE};
}

/* One optionally signed integer and nothing else. */
static bool read_integer(const char *text, int64_t *value)
{
	const char *digits = text + strspn(text, blanks);

	digits += *digits == '-' || *digits == '+';
	size_t count = strspn(digits, "0123456789");

	if (count == 0 || digits[count + strspn(digits + count, blanks)] != '\0')
		return false;
	errno = 0;
	*value = strtoll(text, NULL, 10); /* the least number has no positive one to negate */
	return errno == 0;
}

static const char *next_word(const char *at, size_t *length)
{
	at += strspn(at, blanks);
	*length = strcspn(at, blanks);
	return at;
}

static bool same_words(const char *a, const char *b)
{
	size_t a_length, b_length;

	do {
		a = next_word(a, &a_length);
		b = next_word(b, &b_length);
		if (a_length != b_length || memcmp(a, b, a_length) != 0)
			return false;
		a += a_length;
		b += b_length;
	} while (a_length > 0);
	return true;
}

bool prediction_holds(const struct prediction *prediction, const char *measured)
{
	int64_t value;

	if (prediction->kind == PREDICTION_WORDS)
		return same_words(prediction->words, measured);
	return read_integer(measured, &value) && value >= prediction->low &&
	       value <= prediction->high;
}

char *prediction_text(const struct prediction *prediction)
{
	char *text = NULL;
	int length;

	switch (prediction->kind) {
	case PREDICTION_WORDS:
		return strdup(prediction->words);
	case PREDICTION_RANGE:
		length =
			asprintf(&text, "%" PRId64 "..%" PRId64, prediction->low, prediction->high);
		break;
	default:
		length = asprintf(&text, "%" PRId64, prediction->low);
		break;
	}
	return length < 0 ? NULL : text;
}
