/* See fail_on.h. A wrong word is answered with those that contain it, or else with the one that
 * differs by a letter or two: nobody knows fifty words by heart. */
#include "fail_on.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "language.h"
#include "nearest.h"
#include "tcpstate/finding.h"

uint64_t fail_on_word(const char *word)
{
	if (strcmp(word, "any") == 0)
		return UINT64_MAX;
	for (unsigned code = 0; code < FINDING_MAX; code++)
		if (strcmp(finding_word(code), word) == 0)
			return UINT64_C(1) << code;
	return 0;
}

void fail_on_similar(const char *word, char *out, size_t size)
{
	const char *words[FINDING_MAX], *one;
	size_t used = 0;

	*out = '\0';
	for (unsigned code = 0; code < FINDING_MAX; code++) {
		words[code] = finding_word(code);
		if (strlen(word) < 3 || strcasestr(words[code], word) == NULL)
			continue;
		if (used + strlen(words[code]) + sizeof(", ") <= size)
			used += (size_t)sprintf(
				out + used, "%s%s", used > 0 ? ", " : "", words[code]);
	}
	one = used == 0 ? nearest(word, words, FINDING_MAX) : NULL;
	if (one != NULL)
		snprintf(out, size, "%s", one);
}

uint64_t fail_on_parse(char *text, const struct argp_state *state)
{
	uint64_t all = 0;
	char *word;

	while ((word = strsep(&text, ",")) != NULL) {
		uint64_t found = fail_on_word(word);
		char meant[512];

		fail_on_similar(word, meant, sizeof(meant));
		if (found == 0 && *meant != '\0')
			usage_error(state, "--fail-on %s: not a finding; did you mean %s?", word,
				meant);
		if (found == 0)
			usage_error(state,
				"--fail-on %s: not a finding; those of docs/findings.md are, as "
				"close_wait_held, or any",
				word);
		all |= found;
	}
	return all;
}
