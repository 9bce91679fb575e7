/* What was probably meant by a word that is none of those wanted: the one at the least edit
 * distance (Damerau's, case aside), if that is small beside its length. */
#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 31 };

static bool same(char left, char right)
{
	return tolower((unsigned char)left) == tolower((unsigned char)right);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *left, size_t left_length, const char *right, size_t right_length)
{
	size_t row[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= left_length; i++)
		for (size_t j = 0; j <= right_length; j++) {
			if (i == 0 || j == 0) {
				row[i][j] = i + j;
				continue;
			}
			row[i][j] = least(least(row[i - 1][j], row[i][j - 1]) + 1,
				row[i - 1][j - 1] + !same(left[i - 1], right[j - 1]));
			if (i > 1 && j > 1 && same(left[i - 1], right[j - 2]) &&
				same(left[i - 2], right[j - 1]))
				row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
		}
	return row[left_length][right_length];
}

const char *nearest(const char *text, const char *const *words, size_t count)
{
	const char *found = NULL;
	size_t length = strlen(text), best = 3;

	for (size_t i = 0; i < count; i++) {
		size_t other = strlen(words[i]), far;

		if (length > WORD_MAX || other > WORD_MAX)
			continue;
		far = distance(text, length, words[i], other);
		if (far < best && 2 * far < other) {
			best = far;
			found = words[i];
		}
	}
	return found;
}
