/* Who let go of a connection's socket while another process went on holding it: without calls two
 * looks at the processes tell, and it happened in between. Private to the text report. */
#include "text.h"

enum { SHOWN_HOLDERS = 4 };

static void side_holders(const struct page *page, const struct connection *connection, int side)
{
	const struct model *model = page->model;
	const struct holder *first;
	size_t count = model_holders(
		       model, connection->run, connection->ends[side].owner.inode, &first),
	       shown = 0, left = 0;
	char from[TEXT_TIME], to[TEXT_TIME], text[PROSE_LINE];

	for (size_t i = 0; i < count; i++) {
		if (!holder_let_go(&first[i]))
			continue;
		if (shown++ >= SHOWN_HOLDERS && !page->options->all) {
			left++;
			continue;
		}
		text_line(page, 2, INK_PLAIN,
			prose_let_go(connection, side, &first[i].owner,
				text_time(page, first[i].to_ns, from),
				text_time(page, first[i].gone_ns, to), text, sizeof(text)));
	}
	if (left > 0)
		text_more(page, MORE_STEPS, left, 0);
}

void text_holders(const struct page *page, const struct connection *connection)
{
	int first = connection->client == 1;

	for (int i = 0; i < 2; i++)
		if (connection->ends[i == 0 ? first : !first].has_owner)
			side_holders(page, connection, i == 0 ? first : !first);
}
