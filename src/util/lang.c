/* The one language in use. English needs no catalogue and costs nothing: its texts are the keys. */
#include "tcpstate/lang.h"

#include <stdbool.h>

#include "catalogue.h"

static struct catalogue in_use;
static bool translated;

const char *lang_text(const char *text)
{
	const char *found = translated && *text != '\0' ? catalogue_find(&in_use, text, 0) : NULL;

	return found != NULL ? found : text;
}

const char *lang_in_context(const char *context_and_text, const char *text)
{
	const char *found = translated ? catalogue_find(&in_use, context_and_text, 0) : NULL;

	return found != NULL ? found : text;
}

unsigned lang_form(uint64_t count)
{
	return translated ? catalogue_form(&in_use, count) : count != 1;
}

unsigned lang_forms(void)
{
	return translated && !in_use.two_forms ? 1 : 2;
}

const char *lang_count(const char *one, const char *many, uint64_t count)
{
	const char *found = translated ? catalogue_find(&in_use, one, lang_form(count)) : NULL;

	if (found != NULL)
		return found;
	return count == 1 ? one : many;
}

int lang_use(const void *bytes, size_t size)
{
	struct catalogue catalogue;

	if (catalogue_open(&catalogue, bytes, size) != 0)
		return -1;
	in_use = catalogue;
	translated = true;
	return 0;
}

void lang_english(void)
{
	translated = false;
}

bool lang_speak(bool speak)
{
	bool before = translated;

	translated = speak && in_use.bytes != NULL;
	return before;
}

const char *lang_name(void)
{
	return translated ? in_use.language : "en";
}
