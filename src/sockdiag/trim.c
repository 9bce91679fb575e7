/* What the kernel tells without being asked, and nobody reads, is most of a notice that a socket
 * was destroyed: its tcp_info is three quarters of it. A recording that keeps only what is read is
 * half as large. Source: net/ipv4/inet_diag.c, inet_sk_diag_fill(). */
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "tcpstate/sockrow.h"

static const size_t HEADER = sizeof(struct nlmsghdr), ATTRIBUTE = sizeof(struct nlattr);

static size_t aligned(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

/* As diag_row_read() reads them. */
static bool is_read(uint16_t type, bool notice)
{
	switch (type) {
	case INET_DIAG_INFO:
		return !notice; /* of a socket that is no more: no sample is taken of it */
	case INET_DIAG_MEMINFO:
	case INET_DIAG_SKMEMINFO:
	case INET_DIAG_CONG:
	case INET_DIAG_PROTOCOL:
	case INET_DIAG_SHUTDOWN:
	case INET_DIAG_SKV6ONLY:
	case INET_DIAG_SOCKOPT:
		return true;
	default:
		return false;
	}
}

/* One message, which is all there. Its new length, padded. */
static size_t message_trim(struct nlmsghdr *message)
{
	bool notice = message->nlmsg_seq == 0 && message->nlmsg_pid == 0;
	size_t length = message->nlmsg_len, at = HEADER + sizeof(struct inet_diag_msg), to = at;
	char *bytes = (char *)message;

	while (at + ATTRIBUTE <= length) {
		const struct nlattr *attribute = (const struct nlattr *)(bytes + at);
		size_t size = aligned(attribute->nla_len);
		uint16_t type = mnl_attr_get_type(attribute);
		bool sound = attribute->nla_len >= ATTRIBUTE && size <= length - at;

		if (!sound)
			size = length - at; /* as it came: who reads it says what is wrong */
		if (!sound || is_read(type, notice)) {
			memmove(bytes + to, bytes + at, size);
			to += size;
		}
		at += size;
	}
	memmove(bytes + to, bytes + at, length - at);
	message->nlmsg_len = (uint32_t)(to + length - at);
	return aligned(message->nlmsg_len);
}

size_t diag_trim(void *datagram, size_t length)
{
	char *bytes = datagram;
	size_t at = 0, to = 0;

	while (length - at >= HEADER) {
		struct nlmsghdr *message = (struct nlmsghdr *)(bytes + at);
		size_t size = aligned(message->nlmsg_len), kept = size;

		if (message->nlmsg_len < HEADER || size > length - at)
			break;
		if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
			size > HEADER + sizeof(struct inet_diag_msg))
			kept = message_trim(message);
		memmove(bytes + to, message, kept);
		at += size;
		to += kept;
	}
	memmove(bytes + to, bytes + at, length - at);
	return to + length - at;
}
