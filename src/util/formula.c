/* Evaluates the formulas of predictions by recursive descent. The whole text is parsed even when a
 * value is already known to be wrong, so that "this is no formula at all" (words) and "this formula
 * has no value" (an error) stay apart. */
#include "formula_try.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* parentheses and signs: keeps hostile input off the stack's end */
enum { NESTING_MAX = 100 };

struct parser {
	const char *at, *start, *end;
	const struct formula_names *names;
	unsigned depth;
	bool broken;    /* not a formula; problem says where */
	bool valueless; /* a formula, but without a value; problem says why */
	/* has an integer, a known name or a function: surely meant as a formula */
	bool arithmetic;
	struct error problem;
};

static int64_t parse_sum(struct parser *parser);
static int64_t parse_factor(struct parser *parser);

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool formula_name_valid(const char *name)
{
	if (!is_letter(*name))
		return false;
	while (is_letter(*name) || is_digit(*name))
		name++;
	return *name == '\0';
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->end && is_blank(*parser->at))
		parser->at++;
}

/* Takes `token` if it comes next. A minus may also be written as U+2212, as typeset formulas have
 * it. */
static bool take(struct parser *parser, const char *token)
{
	size_t length = strlen(token);

	skip_blanks(parser);
	if ((size_t)(parser->end - parser->at) >= length &&
		memcmp(parser->at, token, length) == 0) {
		parser->at += length;
		return true;
	}
	return strcmp(token, "-") == 0 && take(parser, "\xe2\x88\x92");
}

static int64_t break_off(struct parser *parser, const char *wanted)
{
	if (parser->broken)
		return 0;
	parser->broken = true;
	parser->valueless = false;
	skip_blanks(parser);
	if (parser->at == parser->end)
		error_set(&parser->problem, "\"%.*s\" ends where %s is missing",
			(int)(parser->end - parser->start), parser->start, wanted);
	else
		error_set(&parser->problem, "\"%.*s\": %s expected before \"%.*s\"",
			(int)(parser->end - parser->start), parser->start, wanted,
			(int)(parser->end - parser->at), parser->at);
	parser->at = parser->end;
	return 0;
}

/* The first reason why there is no value is the one to tell. */
static bool first_problem(struct parser *parser)
{
	bool first = !parser->broken && !parser->valueless;

	if (first)
		parser->valueless = true;
	return first;
}

static int64_t overflow(struct parser *parser)
{
	if (first_problem(parser))
		error_set(&parser->problem, "\"%.*s\": a value is beyond 64 bits",
			(int)(parser->end - parser->start), parser->start);
	return 0;
}

static int64_t parse_integer(struct parser *parser)
{
	int64_t value = 0;
	bool fits = true;

	parser->arithmetic = true;
	for (; parser->at < parser->end && is_digit(*parser->at); parser->at++)
		fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
		       !__builtin_add_overflow(value, *parser->at - '0', &value);
	if (parser->at < parser->end && is_letter(*parser->at))
		return break_off(parser, "an operator");
	return fits ? value : overflow(parser);
}

static int64_t call_htons(struct parser *parser, int64_t value)
{
	if (parser->broken || parser->valueless)
		return 0;
	if (value >= 0 && value <= UINT16_MAX)
		return htons((uint16_t)value);
	if (first_problem(parser))
		error_set(&parser->problem, "htons(%" PRId64 "): a port is 0 to 65535", value);
	return 0;
}

enum function { FUNCTION_MIN, FUNCTION_MAX, FUNCTION_HTONS, FUNCTION_NONE };

static enum function function_of(const char *name, size_t length)
{
	static const char *const functions[] = {
		[FUNCTION_MIN] = "min", [FUNCTION_MAX] = "max", [FUNCTION_HTONS] = "htons"};

	for (unsigned i = 0; i < FUNCTION_NONE; i++)
		if (strlen(functions[i]) == length && memcmp(functions[i], name, length) == 0)
			return i;
	return FUNCTION_NONE;
}

/* After "min(": the arguments and the closing parenthesis. */
static int64_t parse_call(struct parser *parser, enum function function)
{
	int64_t value = parse_sum(parser);

	parser->arithmetic = true;
	if (function == FUNCTION_HTONS)
		value = call_htons(parser, value);
	while (function != FUNCTION_HTONS && take(parser, ",")) {
		int64_t next = parse_sum(parser);

		if (function == FUNCTION_MIN ? next < value : next > value)
			value = next;
	}
	return take(parser, ")") ? value : break_off(parser, "\")\"");
}

static void unknown_name(struct parser *parser, const char *name, size_t length)
{
	const struct formula_names *names = parser->names;
	char known[256] = "";

	if (!first_problem(parser))
		return;
	for (size_t i = 0; names != NULL && i < names->count; i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s%s", used == 0 ? "" : ", ",
			names->list[i].name);
	}
	error_set(&parser->problem, "unknown name \"%.*s\" in \"%.*s\" (%s%s)", (int)length, name,
		(int)(parser->end - parser->start), parser->start,
		known[0] == '\0' ? "no names are known: give --cell or --let" : "known: ", known);
}

static int64_t parse_name(struct parser *parser)
{
	const char *name = parser->at;

	while (parser->at < parser->end && (is_letter(*parser->at) || is_digit(*parser->at)))
		parser->at++;
	size_t length = (size_t)(parser->at - name);
	enum function function = function_of(name, length);

	if (function != FUNCTION_NONE && take(parser, "("))
		return parse_call(parser, function);
	for (size_t i = 0; parser->names != NULL && i < parser->names->count; i++) {
		const struct formula_name *known = &parser->names->list[i];

		if (strlen(known->name) == length && memcmp(known->name, name, length) == 0) {
			parser->arithmetic = true;
			return known->value;
		}
	}
	unknown_name(parser, name, length);
	return 0;
}

static int64_t parse_plain_factor(struct parser *parser)
{
	int64_t value;

	if (take(parser, "-")) {
		value = 0;
		return __builtin_sub_overflow(value, parse_factor(parser), &value)
			       ? overflow(parser)
			       : value;
	}
	if (take(parser, "+"))
		return parse_factor(parser);
	if (take(parser, "(")) {
		value = parse_sum(parser);
		return take(parser, ")") ? value : break_off(parser, "\")\"");
	}
	skip_blanks(parser);
	if (parser->at < parser->end && is_digit(*parser->at))
		return parse_integer(parser);
	if (parser->at < parser->end && is_letter(*parser->at))
		return parse_name(parser);
	return break_off(parser, "a number or name");
}

static int64_t parse_factor(struct parser *parser)
{
	if (parser->depth >= NESTING_MAX)
		return break_off(parser, "less nesting");
	parser->depth++;
	int64_t value = parse_plain_factor(parser);

	parser->depth--;
	return value;
}

static int64_t divide(struct parser *parser, int64_t value, int64_t by)
{
	if (parser->broken || parser->valueless)
		return 0;
	if (by == 0) {
		if (first_problem(parser))
			error_set(&parser->problem, "\"%.*s\" divides by zero",
				(int)(parser->end - parser->start), parser->start);
		return 0;
	}
	return value == INT64_MIN && by == -1 ? overflow(parser) : value / by;
}

static int64_t parse_product(struct parser *parser)
{
	int64_t value = parse_factor(parser);

	for (;;) {
		if (take(parser, "*")) {
			if (__builtin_mul_overflow(value, parse_factor(parser), &value))
				value = overflow(parser);
		} else if (take(parser, "/")) {
			value = divide(parser, value, parse_factor(parser));
		} else {
			return value;
		}
	}
}

static int64_t parse_sum(struct parser *parser)
{
	int64_t value = parse_product(parser);

	for (;;) {
		if (take(parser, "+")) {
			if (__builtin_add_overflow(value, parse_product(parser), &value))
				value = overflow(parser);
		} else if (take(parser, "-")) {
			if (__builtin_sub_overflow(value, parse_product(parser), &value))
				value = overflow(parser);
		} else {
			return value;
		}
	}
}

static bool looks_like_word(const struct parser *parser)
{
	if (parser->arithmetic)
		return false;
	for (const char *at = parser->start; at < parser->end; at++)
		if (is_blank(*at) || *at == '(')
			return false;
	return true;
}

enum formula_result formula_try(const char *start, const char *end,
	const struct formula_names *names, int64_t *value, struct error *error)
{
	while (end > start && is_blank(end[-1]))
		end--;
	while (start < end && is_blank(*start))
		start++;

	struct parser parser = {.at = start, .start = start, .end = end, .names = names};
	int64_t result = parse_sum(&parser);

	skip_blanks(&parser);
	if (parser.at < parser.end)
		break_off(&parser, "an operator");
	if (!parser.broken && !parser.valueless) {
		*value = result;
		return FORMULA_VALUE;
	}
	error_set(error, "%s", parser.problem.text);
	if (parser.broken)
		return FORMULA_BROKEN;
	return looks_like_word(&parser) ? FORMULA_WORD : FORMULA_VALUELESS;
}

int formula_evaluate(
	const char *text, const struct formula_names *names, int64_t *value, struct error *error)
{
	return formula_try(text, text + strlen(text), names, value, error) == FORMULA_VALUE ? 0
											    : -1;
}
