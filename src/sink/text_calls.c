/* The calls that a listener owes what it is to: what made it, set it and closed it, who came to
 * hold it, and the bind() that failed because it was there. Private to the text report. */
#include "text.h"

#include <string.h>

enum { SHOWN_CALLS = 12 };

/* NULL: not to be shown */
static const struct model_call *call_at(
	const struct page *page, const struct listener *listener, size_t i)
{
	const struct model_call *call = model_listener_call(page->model, listener, i);

	return call != NULL && call->at_ns >= page->options->since_ns ? call : NULL;
}

static void call_row(const struct page *page, const struct model_call *call, int width)
{
	char time[TEXT_TIME], until[TEXT_TIME], text[PROSE_LINE];
	size_t at = 2 + (size_t)width + 2;

	text_gap(page, 2);
	text_pad(page, text_time(page, call->at_ns, time), -width);
	text_gap(page, 2);
	prose_did(call, false, text_time(page, call->again_ns, until), text, sizeof(text));
	text_wrap(page, at, at + 2, text);
}

void text_listener_calls(const struct page *page, const struct listener *listener)
{
	char time[TEXT_TIME];
	size_t shown = 0, left = 0;
	int width = 0;

	for (size_t i = 0; i < listener->call_count; i++) {
		const struct model_call *call = call_at(page, listener, i);

		if (call != NULL)
			width = text_wider(width, text_time(page, call->at_ns, time));
	}
	for (size_t i = 0; i < listener->call_count; i++) {
		const struct model_call *call = call_at(page, listener, i);

		if (call == NULL)
			continue;
		if (shown == SHOWN_CALLS && !page->options->all) {
			left++;
			continue;
		}
		shown++;
		call_row(page, call, width);
	}
	if (left > 0)
		text_more(page, MORE_STEPS, left, 0);
}
