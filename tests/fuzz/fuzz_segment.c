/* libFuzzer target (make fuzz): the packet decoder. The first two bytes choose the link type and
 * how much longer than captured the packet was on the wire. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct segment *segment)
{
	char text[FLOW_END_TEXT], flags[9];
	struct flow_key key = segment->key, swapped = flow_key_swap(&key),
			back = flow_key_swap(&swapped);

	require(segment->kind == SEGMENT_TCP || segment->kind == SEGMENT_UDP ||
		segment->kind == SEGMENT_ICMP || segment->kind == SEGMENT_FRAGMENT);
	require(key.family == AF_INET || key.family == AF_INET6);
	require(key.protocol == IPPROTO_TCP || key.protocol == IPPROTO_UDP);
	require(segment->wscale >= -1 && segment->wscale <= 14);
	require(segment->kind == SEGMENT_TCP ||
		(segment->flags == 0 && segment->wscale == -1 && !segment->has_ts));
	require(segment->kind == SEGMENT_ICMP || segment->icmp_family == 0);
	require(strlen(flow_end_text(&key, 0, text)) < FLOW_END_TEXT &&
		strlen(flow_end_text(&key, 1, text)) < FLOW_END_TEXT);
	require(strlen(segment_flags_text(segment->flags, flags)) < sizeof(flags));
	require(flow_key_equal(&back, &key));
	flow_key_canonical(&key);
	flow_key_canonical(&swapped);
	require(flow_key_equal(&key, &swapped));
	require(flow_key_canonical(&key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int linktypes[] = {0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 253};
	struct segment segment;
	const char *why = "";

	if (size < 2)
		return 0;
	int linktype = linktypes[data[0] % (sizeof(linktypes) / sizeof(linktypes[0]))];
	size_t captured = size - 2, length = captured + (size_t)data[1] * 257;
	if (segment_decode(linktype, data + 2, captured, length, &segment, &why)) {
		require(why == NULL && segment_linktype_known(linktype));
		check(&segment);
	} else {
		require(why != NULL && segment.kind == SEGMENT_NONE);
	}
	return 0;
}
