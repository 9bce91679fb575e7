/* TCP options: MSS and window scale (of a SYN), timestamps, Fast Open. Source: RFC 9293 3.1, 7323,
 * 7413, 6994. As in Linux, a malformed option ends the list; those before it count. */
#include "decode.h"

enum {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WSCALE = 3,
	OPTION_TIMESTAMPS = 8,
	OPTION_FAST_OPEN = 34,
	OPTION_EXP1 = 253,
	OPTION_EXP2 = 254,
	FAST_OPEN_MAGIC = 0xf989,
	WSCALE_MAX = 14
};

static void option_take(unsigned kind, const uint8_t *value, size_t size, struct segment *out)
{
	bool syn = (out->flags & TCP_SYN) != 0;

	switch (kind) {
	case OPTION_MSS:
		if (size == 2 && syn)
			out->mss = be16_at(value);
		break;
	case OPTION_WSCALE:
		if (size == 1 && syn)
			out->wscale = value[0] > WSCALE_MAX ? WSCALE_MAX : (int8_t)value[0];
		break;
	case OPTION_TIMESTAMPS:
		if (size != 8)
			break;
		out->has_ts = true;
		out->ts_val = be32_at(value);
		out->ts_ecr = be32_at(value + 4);
		break;
	case OPTION_FAST_OPEN:
		out->fast_open = true;
		break;
	case OPTION_EXP1:
	case OPTION_EXP2:
		if (size >= 2 && be16_at(value) == FAST_OPEN_MAGIC)
			out->fast_open = true;
		break;
	}
}

void tcp_options_decode(struct bytes options, struct segment *out)
{
	const uint8_t *at = options.at, *end = at + options.left;

	while (at < end && *at != OPTION_END) {
		if (*at == OPTION_NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || end - at < at[1])
			return;
		option_take(at[0], at + 2, at[1] - 2u, out);
		at += at[1];
	}
}
