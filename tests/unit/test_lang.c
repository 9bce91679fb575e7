/* Languages: catalogues typed by hand are read, damaged ones refused; what the shipped Chinese says
 * in its templates has the same gaps as the English. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/prose/template.h"
#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

#define HEADER(plural)                                                                             \
	"Content-Type: text/plain; charset=UTF-8\nLanguage: zh\nPlural-Forms: " plural "\n"
#define ONE_FORM HEADER("nplurals=1; plural=0;")
#define TWO_FORMS HEADER("nplurals=2; plural=(n != 1);")

struct pair {
	const char *original, *translation;
	size_t original_length, translation_length; /* 0: up to the NUL */
};

static void put(unsigned char *at, uint32_t value, bool swapped)
{
	value = swapped ? __builtin_bswap32(value) : value;
	memcpy(at, &value, sizeof(value));
}

/* A .mo file of these pairs, which are sorted; its size. */
static size_t catalogue_make(
	const struct pair *pairs, uint32_t count, bool swapped, unsigned char *file)
{
	uint32_t end = 28 + 16 * count;
	const uint32_t head[7] = {0x950412de, 0, count, 28, 28 + 8 * count, 0, 0};

	for (size_t i = 0; i < 7; i++)
		put(file + 4 * i, head[i], swapped);
	for (uint32_t i = 0; i < 2 * count; i++) {
		const struct pair *pair = &pairs[i % count];
		const char *text = i < count ? pair->original : pair->translation;
		size_t known = i < count ? pair->original_length : pair->translation_length,
		       length = known > 0 ? known : strlen(text);

		put(file + 28 + 8 * i, (uint32_t)length, swapped);
		put(file + 28 + 8 * i + 4, end, swapped);
		memcpy(file + end, text, length);
		file[end + length] = '\0';
		end += (uint32_t)length + 1;
	}
	return end;
}

static const struct pair chinese[] = {{"", ONE_FORM, 0, 0}, {"%d SYN\0%d SYNs", "%d 个 SYN", 14, 0},
	{"SYN received", "收到 SYN", 0, 0}, {"end\004A", "甲", 0, 0}, {"not translated", "", 0, 0}};
enum { CHINESE = sizeof(chinese) / sizeof(chinese[0]) };

static void texts_are_found(void **state)
{
	unsigned char file[2048];

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		size_t size = catalogue_make(chinese, CHINESE, swapped == 1, file);

		assert_string_equal(_("SYN received"), "SYN received");
		assert_string_equal(lang_name(), "en");
		assert_int_equal(lang_use(file, size), 0);
		assert_string_equal(lang_name(), "zh");
		assert_string_equal(_("SYN received"), "收到 SYN");
		assert_string_equal(_("FIN received"), "FIN received");
		assert_string_equal(_("not translated"), "not translated");
		assert_string_equal(_(""), "");
		assert_true(lang_speak(false));
		assert_string_equal(_("SYN received"), "SYN received");
		assert_false(lang_speak(true));
		assert_string_equal(C_("end", "A"), "甲");
		assert_string_equal(C_("other", "A"), "A");
		assert_string_equal(ngettext("%d SYN", "%d SYNs", 1), "%d 个 SYN");
		assert_string_equal(ngettext("%d SYN", "%d SYNs", 2), "%d 个 SYN");
		assert_string_equal(ngettext("%d ACK", "%d ACKs", 1), "%d ACK");
		assert_string_equal(ngettext("%d ACK", "%d ACKs", 0), "%d ACKs");
		lang_english();
		assert_string_equal(ngettext("%d SYN", "%d SYNs", 1), "%d SYN");
		assert_string_equal(ngettext("%d SYN", "%d SYNs", 2), "%d SYNs");
	}
}

/* "{count|SYN|SYNs}" takes the form that the language wants. */
static void templates_take_the_plural_of_the_language(void **state)
{
	static const struct pair german[] = {
		{"", TWO_FORMS, 0, 0}, {"%d FIN\0%d FINs", "%d Ende\0%d Enden", 14, 16}};
	const struct finding one = {.code = FINDING_SYN_UNANSWERED, .arg = {1, 2}},
			     two = {.code = FINDING_SYN_UNANSWERED, .arg = {2, 1}};
	unsigned char file[2048];
	char text[64];

	(void)state;
	template_fill_finding("{count} {count|SYN|SYNs}", &one, text, sizeof(text));
	assert_string_equal(text, "1 SYN");
	template_fill_finding("{count} {count|SYN|SYNs}", &two, text, sizeof(text));
	assert_string_equal(text, "2 SYNs");
	assert_int_equal(lang_use(file, catalogue_make(german, 2, false, file)), 0);
	template_fill_finding("{count} {count|Ende|Enden}", &two, text, sizeof(text));
	assert_string_equal(text, "2 Enden");
	assert_string_equal(ngettext("%d FIN", "%d FINs", 5), "%d Enden");
	assert_int_equal(lang_use(file, catalogue_make(chinese, CHINESE, false, file)), 0);
	template_fill_finding(
		"{connections} 个连接的 {count} 个{count|包}", &two, text, sizeof(text));
	assert_string_equal(text, "1 个连接的 2 个包");
	template_fill_finding("{count|one|several}", &two, text, sizeof(text));
	assert_string_equal(text, "one");
	lang_english();
}

static void damage_is_refused(void **state)
{
	static const struct pair latin[] = {{"",
		"Content-Type: text/plain; charset=ISO-8859-1\n"
		"Plural-Forms: nplurals=1; plural=0;\n",
		0, 0}},
				 slavic[] = {{"", HEADER("nplurals=3; plural=n%10==1;"), 0, 0}};
	unsigned char file[2048];
	size_t size = catalogue_make(chinese, CHINESE, false, file);

	(void)state;
	/* in memory of exactly that size: a byte read beyond it is seen by the sanitizers */
	for (size_t cut = 0; cut < size; cut++) {
		unsigned char *part = malloc(cut + (cut == 0));

		assert_non_null(part);
		memcpy(part, file, cut);
		assert_int_equal(lang_use(part, cut), -1);
		free(part);
	}
	for (size_t at = 0; at < size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			unsigned char *part = malloc(size);

			assert_non_null(part);
			memcpy(part, file, size);
			part[at] ^= (unsigned char)(1U << bit);
			if (lang_use(part, size) == 0) {
				_("SYN received");
				lang_count("%d SYN", "%d SYNs", 1);
			}
			lang_english();
			free(part);
		}
	}
	assert_int_equal(lang_use(file, catalogue_make(latin, 1, false, file)), -1);
	assert_int_equal(lang_use(file, catalogue_make(slavic, 1, false, file)), -1);
	assert_string_equal(lang_name(), "en");
}

/* ---- the catalogue that is shipped ---- */

static void shipped_templates_have_their_gaps(void **state)
{
	static unsigned char file[1 << 20];
	const char *build = getenv("BUILD");
	char path[4096], text[1024];
	FILE *stream;
	size_t size;

	(void)state;
	snprintf(path, sizeof(path), "%s/locale/zh/LC_MESSAGES/tcpstate.mo",
		build != NULL ? build : "build");
	stream = fopen(path, "re");
	if (stream == NULL)
		fail_msg("%s is not there", path);
	size = fread(file, 1, sizeof(file), stream);
	fclose(stream);
	for (unsigned code = 0; code < REASON_MAX; code++) {
		lang_english();
		const char *english = prose_reason_template(code), *template;

		assert_int_equal(lang_use(file, size), 0);
		template = english != NULL ? _(english) : NULL;
		/* that all are translated is tests/cli/translations.sh's to say */
		if (template != english && !template_valid(template, code))
			fail_msg("%s: a gap of \"%s\" is no argument of it", reason_word(code),
				template);
		for (int i = 0; i < 3; i++) {
			struct reason reason = {(uint16_t)code, {1, 1, 1}};

			if (*reason_argument(code, i) == '\0')
				continue;
			reason.arg[i] = 54321;
			prose_reason(&reason, text, sizeof(text));
			if (strstr(text, "54321") == NULL && strstr(text, "54.3") == NULL)
				fail_msg("%s does not tell its %s: \"%s\"", reason_word(code),
					reason_argument(code, i), text);
		}
	}
	for (unsigned code = 0; code < FINDING_MAX; code++) {
		lang_english();
		const char *const english[] = {
			prose_finding_template(code), prose_finding_advice_template(code)};

		assert_int_equal(lang_use(file, size), 0);
		for (size_t i = 0; i < 2; i++) {
			const char *template = english[i] != NULL ? _(english[i]) : NULL;

			if (template != english[i] && !template_valid_finding(template, code))
				fail_msg("%s: a gap of \"%s\" is no argument of it",
					finding_word(code), template);
		}
	}
	lang_english();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_found),
		cmocka_unit_test(templates_take_the_plural_of_the_language),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(shipped_templates_have_their_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
