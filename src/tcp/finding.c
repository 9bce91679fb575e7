/* The rows of the findings' table: words, weights and the names of what they tell. */
#include "tcpstate/finding.h"

struct row {
	const char *word;
	unsigned weight;
	const char *page, *argument[FINDING_ARGS], *text[FINDING_TEXTS];
};

static const struct row rows[FINDING_MAX] = {
#define FINDING_ROW(code, word, weight, page, a, b, c, d, s, t)                                    \
	[FINDING_##code] = {word, weight, page, {a, b, c, d}, {s, t}},
	FINDING_TABLE(FINDING_ROW)
#undef FINDING_ROW
};

const char *finding_word(unsigned code)
{
	return code < FINDING_MAX ? rows[code].word : "none";
}

unsigned finding_weight(unsigned code)
{
	return code < FINDING_MAX ? rows[code].weight : 0;
}

const char *finding_page(unsigned code)
{
	return code < FINDING_MAX ? rows[code].page : "";
}

const char *finding_argument(unsigned code, int which)
{
	return code < FINDING_MAX && which >= 0 && which < FINDING_ARGS ? rows[code].argument[which]
									: "";
}

const char *finding_text(unsigned code, int which)
{
	return code < FINDING_MAX && which >= 0 && which < FINDING_TEXTS ? rows[code].text[which]
									 : "";
}

bool finding_set_has_any(const struct finding_set *set, const unsigned *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (finding_set_has(set, codes[i]))
			return true;
	return false;
}

bool finding_is_effect(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_FULL_QUEUE_TOLD;
}

bool finding_says(const struct finding *finding, int which)
{
	return finding->text[which][0] != '\0' || finding->phrase[which] >= PHRASE_IN_STATE;
}
