/* The words of the reasons, as JSON shows them. */
#include "tcpstate/reason.h"

struct reason_text {
	const char *word, *argument[3];
};

static const struct reason_text texts[REASON_MAX] = {
#define REASON_TEXT(code, text, a, b, c) [REASON_##code] = {text, {a, b, c}},
	REASON_TABLE(REASON_TEXT)
#undef REASON_TEXT
};

const char *reason_word(unsigned code)
{
	return texts[code < REASON_MAX ? code : REASON_NONE].word;
}

const char *reason_argument(unsigned code, int which)
{
	return code < REASON_MAX && which >= 0 && which < 3 ? texts[code].argument[which] : "";
}
