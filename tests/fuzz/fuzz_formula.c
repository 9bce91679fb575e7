/* Formulas and predictions, over names; then the same text as states to wait for, and escaped. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct formula_name list[] = {
		{"n", 4}, {"b", INT64_MAX}, {"min", INT64_MIN}, {"x", 0}};
	static const struct formula_names names = {list, sizeof(list) / sizeof(list[0])};
	struct prediction prediction;
	char *text = malloc(size + 1), *shown;
	int64_t value;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	formula_evaluate(text, &names, &value, NULL);
	formula_name_valid(text);
	if (prediction_parse(text, &names, &prediction, NULL) == 0) {
		char *again = prediction_text(&prediction);

		prediction_holds(&prediction, text);
		prediction_holds(&prediction, "4");
		if (again != NULL && prediction.kind == PREDICTION_VALUE &&
			!prediction_holds(&prediction, again))
			abort();
		free(again);
		prediction_clear(&prediction);
	}
	shown = escape_new(text);
	if (shown != NULL && escape_needed(shown, strlen(shown)))
		abort();
	free(shown);
	free(text);
	return 0;
}
