/* See fail_on.h. A wrong word is answered with those that contain it, or else with the one that
 * differs by a letter or two: nobody knows fifty words by heart. */
#include "fail_on.h"

#include <stdio.h>
#include <string.h>

#include "language.h"
#include "nearest.h"

bool fail_on_word(const char *word, struct finding_set *set)
{
	bool any = strcmp(word, "any") == 0, found = false;

	for (unsigned code = 0; code < FINDING_MAX; code++)
		if (any || strcmp(finding_word(code), word) == 0) {
			finding_set_add(set, code);
			found = true;
		}
	return found;
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

void fail_on_parse(char *text, const struct argp_state *state, struct finding_set *set)
{
	char *word;

	while ((word = strsep(&text, ",")) != NULL) {
		char meant[512];

		if (fail_on_word(word, set))
			continue;
		fail_on_similar(word, meant, sizeof(meant));
		if (*meant != '\0')
			usage_error(state, "--fail-on %s: not a finding; did you mean %s?", word,
				meant);
		usage_error(state,
			"--fail-on %s: not a finding; those of docs/findings.md are, as "
			"close_wait_held, or any",
			word);
	}
}
