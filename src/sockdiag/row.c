/* One socket out of one sock_diag answer: struct inet_diag_msg and its attributes.
 * Source: linux/inet_diag.h, linux/sock_diag.h, linux/tcp.h; net/ipv4/inet_diag.c says who fills in
 * what. */
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "packet/bytes.h"
#include "message.h"
#include "tcpstate/state.h"

/* net/tcp_states.h; not in the UAPI headers */
enum { KERNEL_NEW_SYN_RECV = 12, KERNEL_BOUND_INACTIVE = 13 };

/* tcpi_rcv_wnd came with Linux 6.2, after the headers of the distributions we build on. */
enum { TCP_INFO_RCV_WND = offsetof(struct tcp_info, tcpi_snd_wnd) + 4 };

struct attributes { /* what was there */
	struct bytes info, memory, old_memory, congestion;
	/* options: the first byte of struct inet_diag_sockopt */
	uint8_t protocol, shutdown, v6only, options;
	bool has_protocol, has_shutdown, has_v6only, has_options;
};

static bool attribute_u8(struct bytes value, uint8_t *to, bool *has)
{
	*has = bytes_u8(&value, to);
	return *has;
}

static bool attribute_take(const struct nlattr *attribute, struct attributes *out)
{
	struct bytes value =
		bytes_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));

	switch (mnl_attr_get_type(attribute)) {
	case INET_DIAG_INFO:
		out->info = value;
		break;
	case INET_DIAG_SKMEMINFO:
		out->memory = value;
		break;
	case INET_DIAG_MEMINFO:
		out->old_memory = value;
		break;
	case INET_DIAG_CONG:
		out->congestion = value;
		break;
	case INET_DIAG_PROTOCOL:
		return attribute_u8(value, &out->protocol, &out->has_protocol);
	case INET_DIAG_SHUTDOWN:
		return attribute_u8(value, &out->shutdown, &out->has_shutdown);
	case INET_DIAG_SKV6ONLY:
		return attribute_u8(value, &out->v6only, &out->has_v6only);
	case INET_DIAG_SOCKOPT:
		attribute_u8(value, &out->options, &out->has_options);
		break;
	}
	return true;
}

static bool attributes_read(
	const struct nlmsghdr *message, struct attributes *out, const char **why)
{
	const char *end = mnl_nlmsg_get_payload_tail(message);
	const struct nlattr *attribute =
		mnl_nlmsg_get_payload_offset(message, sizeof(struct inet_diag_msg));

	for (; (const char *)attribute < end; attribute = mnl_attr_next(attribute)) {
		if (!mnl_attr_ok(attribute, (int)(end - (const char *)attribute))) {
			*why = "sock_diag attribute longer than its message";
			return false;
		}
		if (!attribute_take(attribute, out)) {
			*why = "sock_diag attribute too short";
			return false;
		}
	}
	return true;
}

/* Only full sockets have these; mini-sockets and request sockets come without. */
static bool attributes_of_full_socket(const struct attributes *attributes)
{
	return attributes->has_shutdown || attributes->info.left > 0 ||
	       attributes->memory.left > 0 || attributes->old_memory.left > 0 ||
	       attributes->congestion.left > 0;
}

static void info_take(struct bytes bytes, struct sockrow *out)
{
	struct tcp_info info;
	uint8_t whole[TCP_INFO_RCV_WND + 4];

	if (bytes.left == 0)
		return;
	bytes_copy(&bytes, &info, sizeof(info));
	bytes_copy(&bytes, whole, sizeof(whole));
	out->has_info = true;
	out->rtt_us = info.tcpi_rtt;
	out->rto_us = info.tcpi_rto;
	if (out->state != STATE_LISTEN) /* a listener keeps its queue lengths there */
		out->unacked = info.tcpi_unacked;
	out->retransmits_total = info.tcpi_total_retrans;
	out->lost = info.tcpi_lost;
	memcpy(&out->rcv_wnd, whole + TCP_INFO_RCV_WND, sizeof(out->rcv_wnd));
	out->last_data_recv_ms = info.tcpi_last_data_recv;
	out->min_rtt_us = info.tcpi_min_rtt;
	out->snd_cwnd = info.tcpi_snd_cwnd;
	out->last_data_sent_ms = info.tcpi_last_data_sent;
	out->last_ack_recv_ms = info.tcpi_last_ack_recv;
	out->delivery_rate = info.tcpi_delivery_rate;
	out->bytes_sent = info.tcpi_bytes_sent;
	out->bytes_received = info.tcpi_bytes_received;
}

static void memory_take(const struct attributes *attributes, struct sockrow *out)
{
	uint32_t memory[SK_MEMINFO_VARS];
	struct inet_diag_meminfo old;

	out->has_mem = attributes->memory.left > 0 || attributes->old_memory.left > 0;
	if (attributes->memory.left > 0) {
		bytes_copy(&attributes->memory, memory, sizeof(memory));
		out->rmem = memory[SK_MEMINFO_RMEM_ALLOC];
		out->rcvbuf = memory[SK_MEMINFO_RCVBUF];
		out->wmem = memory[SK_MEMINFO_WMEM_ALLOC];
		out->sndbuf = memory[SK_MEMINFO_SNDBUF];
		out->drops = memory[SK_MEMINFO_DROPS];
	} else if (attributes->old_memory.left > 0) {
		bytes_copy(&attributes->old_memory, &old, sizeof(old));
		out->rmem = old.idiag_rmem;
		out->wmem = old.idiag_wmem;
	}
}

static void congestion_take(struct bytes name, struct sockrow *out)
{
	uint8_t c;

	for (size_t i = 0; i + 1 < sizeof(out->congestion) && bytes_u8(&name, &c) && c != 0; i++)
		out->congestion[i] =
			/* a file may hold anything, a terminal must not get it */
			c > ' ' && c < 0x7f ? (char)c : '?';
}

static uint8_t state_read(unsigned state)
{
	if (state == KERNEL_NEW_SYN_RECV)
		return STATE_SYN_RECV;
	if (state == KERNEL_BOUND_INACTIVE)
		return STATE_CLOSED;
	return state < STATE_MAX ? (uint8_t)state : STATE_UNKNOWN;
}

/* An answer to a request we do not know does not say TCP or UDP: a UDP socket has two states, no
 * timer and no tcp_info. */
static uint8_t protocol_guess(const struct inet_diag_msg *body, const struct attributes *attributes)
{
	bool could_be_udp =
		(body->idiag_state == STATE_ESTABLISHED || body->idiag_state == STATE_CLOSED) &&
		body->idiag_timer == DIAG_TIMER_OFF;

	if (attributes->has_protocol)
		return attributes->protocol;
	return could_be_udp && attributes->memory.left > 0 && attributes->info.left == 0 &&
			       attributes->congestion.left == 0
		       ? IPPROTO_UDP
		       : IPPROTO_TCP;
}

static void timer_take(const struct inet_diag_msg *body, struct sockrow *out)
{
	if (body->idiag_timer == DIAG_TIMER_OFF || body->idiag_timer > DIAG_TIMER_PROBE0)
		return;
	out->timer = body->idiag_timer;
	out->retrans = body->idiag_retrans;
	/* older kernels: negative once overdue */
	out->expires_ms = body->idiag_expires <= INT32_MAX ? body->idiag_expires : 0;
	out->mini = body->idiag_timer == DIAG_TIMER_MINI;
}

/* A bit field of the kernel's: where it lies, its header and this machine's compiler know. */
static bool sockopt_recverr(uint8_t first)
{
	struct inet_diag_sockopt options = {0};

	memcpy(&options, &first, sizeof(first));
	return options.recverr;
}

bool diag_row_read(
	const struct nlmsghdr *message, uint8_t protocol, struct sockrow *out, const char **why)
{
	struct bytes payload =
		bytes_of(mnl_nlmsg_get_payload(message), mnl_nlmsg_get_payload_len(message));
	struct attributes attributes = {0};
	struct inet_diag_msg body;

	*why = NULL;
	*out = (struct sockrow){0};
	size_t captured = bytes_copy(&payload, &body, sizeof(body));
	if (captured >= 1 && body.idiag_family != AF_INET && body.idiag_family != AF_INET6)
		return false;
	if (captured < sizeof(body)) {
		*why = "sock_diag answer too short";
		return false;
	}
	if (!attributes_read(message, &attributes, why))
		return false;
	out->state = state_read(body.idiag_state);
	if (out->state == STATE_UNKNOWN) {
		*why = "sock_diag state out of range";
		return false;
	}
	uint8_t named = attributes.has_protocol || protocol == 0
				? protocol_guess(&body, &attributes)
				: protocol;
	if (named != IPPROTO_TCP && named != IPPROTO_UDP)
		return false;
	out->key = diag_key_read(&body.id, body.idiag_family, named, &out->mapped);
	out->cookie = diag_cookie_read(&body.id);
	out->interface = body.id.idiag_if;
	timer_take(&body, out);
	out->recv_q = body.idiag_rqueue;
	out->send_q = body.idiag_wqueue;
	out->uid = body.idiag_uid;
	out->inode = body.idiag_inode;
	/* A full socket can be in SYN_RECV too (fast open, simultaneous open), with the same timer
	 * and no inode yet. */
	out->request = out->state == STATE_SYN_RECV && out->timer == DIAG_TIMER_RETRANSMIT &&
		       out->inode == 0 && !attributes_of_full_socket(&attributes);
	out->shutdown = attributes.shutdown;
	out->has_v6only = attributes.has_v6only;
	out->v6only = attributes.v6only != 0;
	out->recverr = attributes.has_options && sockopt_recverr(attributes.options);
	info_take(attributes.info, out);
	memory_take(&attributes, out);
	congestion_take(attributes.congestion, out);
	return true;
}

bool diag_row_of(const void *message, uint8_t protocol, struct sockrow *out)
{
	const char *why;

	return diag_row_read(message, protocol, out, &why);
}
