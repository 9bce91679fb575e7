/* sock_diag requests: written for the kernel, and read back from recordings and from the error
 * replies that embed them. Source: linux/inet_diag.h; net/ipv4/inet_diag.c, udp_diag.c. */
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

#include "packet/bytes.h"
#include "message.h"

/* A dump tells all that a reader may want to know of a socket. Exact look-ups are many, and are
 * about its state alone: for TCP no more than what tells a full socket from a request. */
enum {
	EXTENSIONS = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_CONG - 1) |
		     1 << (INET_DIAG_SKMEMINFO - 1) | 1 << (INET_DIAG_SHUTDOWN - 1),
	EXTENSIONS_TCP_EXACT = 1 << (INET_DIAG_SHUTDOWN - 1)
};

_Static_assert(
	NLMSG_ALIGN(sizeof(struct nlmsghdr)) + sizeof(struct inet_diag_req_v2) <= DIAG_REQUEST_MAX,
	"a request fits its buffer");

static size_t request_write(
	void *buffer, uint16_t flags, uint32_t sequence, const struct inet_diag_req_v2 *request)
{
	/* aligned, whatever the caller's buffer is */
	uint64_t message[DIAG_REQUEST_MAX / sizeof(uint64_t)];
	struct nlmsghdr *header = mnl_nlmsg_put_header(message);

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = sequence;
	memcpy(mnl_nlmsg_put_extra_header(header, sizeof(*request)), request, sizeof(*request));
	memcpy(buffer, message, header->nlmsg_len);
	return header->nlmsg_len;
}

size_t diag_request_exact(
	void *buffer, const struct flow_key *key, uint64_t cookie, uint32_t sequence)
{
	/* The kernel takes a UDP request's source for the remote end ("swapped for historical
	 * reasons"). */
	int source = key->protocol == IPPROTO_UDP ? 1 : 0;
	struct inet_diag_req_v2 request = {.sdiag_family = key->family,
		.sdiag_protocol = key->protocol,
		.idiag_ext = key->protocol == IPPROTO_TCP ? EXTENSIONS_TCP_EXACT : EXTENSIONS,
		.idiag_states = UINT32_MAX};

	memcpy(request.id.idiag_src, key->addr[source], sizeof(request.id.idiag_src));
	memcpy(request.id.idiag_dst, key->addr[!source], sizeof(request.id.idiag_dst));
	request.id.idiag_sport = key->port_be[source];
	request.id.idiag_dport = key->port_be[!source];
	request.id.idiag_if = key->zone;
	request.id.idiag_cookie[0] = cookie == 0 ? INET_DIAG_NOCOOKIE : (uint32_t)cookie;
	request.id.idiag_cookie[1] = cookie == 0 ? INET_DIAG_NOCOOKIE : (uint32_t)(cookie >> 32);
	return request_write(buffer, 0, sequence, &request);
}

size_t diag_request_dump(
	void *buffer, uint8_t family, uint8_t protocol, uint32_t states, uint32_t sequence)
{
	struct inet_diag_req_v2 request = {.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_ext = EXTENSIONS,
		.idiag_states = states};

	request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return request_write(buffer, NLM_F_DUMP, sequence, &request);
}

size_t diag_request_rows(void *buffer, uint8_t family, uint8_t protocol, uint32_t states,
	unsigned extensions, uint32_t sequence)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = family, .sdiag_protocol = protocol, .idiag_states = states};

	request.idiag_ext |=
		(uint8_t)((extensions & DIAG_TELL_SHUTDOWN ? 1 << (INET_DIAG_SHUTDOWN - 1) : 0) |
			  (extensions & DIAG_TELL_INFO ? 1 << (INET_DIAG_INFO - 1) : 0) |
			  (extensions & DIAG_TELL_MEMORY ? 1 << (INET_DIAG_SKMEMINFO - 1) : 0));
	request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return request_write(buffer, NLM_F_DUMP, sequence, &request);
}

uint64_t diag_cookie_read(const struct inet_diag_sockid *id)
{
	if (id->idiag_cookie[0] == INET_DIAG_NOCOOKIE && id->idiag_cookie[1] == INET_DIAG_NOCOOKIE)
		return 0;
	return (uint64_t)id->idiag_cookie[1] << 32 | id->idiag_cookie[0];
}

struct flow_key diag_key_read(
	const struct inet_diag_sockid *id, uint8_t family, uint8_t protocol, bool *mapped)
{
	struct flow_key key = {.family = family,
		.protocol = protocol,
		.port_be = {id->idiag_sport, id->idiag_dport}};
	size_t size = family == AF_INET ? 4 : 16;

	memcpy(key.addr[0], id->idiag_src, size);
	memcpy(key.addr[1], id->idiag_dst, size);
	*mapped = flow_key_unmap(&key);
	if (flow_key_link_local(&key))
		key.zone = (uint16_t)id->idiag_if;
	return key;
}

bool diag_question_read(const void *payload, size_t length, uint16_t flags,
	struct diag_question *out, const char **why)
{
	struct bytes bytes = bytes_of(payload, length);
	struct inet_diag_req_v2 request;
	bool mapped;

	*why = NULL;
	*out = (struct diag_question){.exact = (flags & NLM_F_DUMP) != NLM_F_DUMP};
	size_t captured = bytes_copy(&bytes, &request, sizeof(request));
	if (captured >= 1 && request.sdiag_family != AF_INET && request.sdiag_family != AF_INET6)
		return false;
	if (captured < sizeof(request)) {
		*why = "sock_diag request too short";
		return false;
	}
	if (request.sdiag_protocol != IPPROTO_TCP && request.sdiag_protocol != IPPROTO_UDP)
		return false;
	out->key.family = request.sdiag_family;
	out->key.protocol = request.sdiag_protocol;
	if (!out->exact)
		return true;
	out->key =
		diag_key_read(&request.id, request.sdiag_family, request.sdiag_protocol, &mapped);
	if (request.sdiag_protocol == IPPROTO_UDP)
		out->key = flow_key_swap(&out->key);
	out->cookie = diag_cookie_read(&request.id);
	out->interface = request.id.idiag_if;
	return true;
}
