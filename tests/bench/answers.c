/* See answers.h. A request and its answer each are a datagram, as a live recorder writes them. */
#include "answers.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES = 1024, ANSWER_NS = 10000, TIME_WAIT_MS = 60000 };

struct answers {
	struct recording *recording;
	uint32_t sequence;
};

struct answers *answers_new(struct recording *recording)
{
	struct answers *answers = calloc(1, sizeof(*answers));

	if (answers != NULL)
		answers->recording = recording;
	return answers;
}

void answers_free(struct answers *answers)
{
	free(answers);
}

static void attributes_put(struct nlmsghdr *header)
{
	static const struct tcp_info info = {.tcpi_rtt = 30, .tcpi_rto = 200000};
	static const uint32_t memory[SK_MEMINFO_VARS] = {[SK_MEMINFO_RCVBUF] = 131072};

	mnl_attr_put_u8(header, INET_DIAG_SHUTDOWN, 0);
	mnl_attr_put(header, INET_DIAG_INFO, sizeof(info), &info);
	mnl_attr_put(header, INET_DIAG_SKMEMINFO, sizeof(memory), memory);
	mnl_attr_put_strz(header, INET_DIAG_CONG, "cubic");
}

void answers_give(struct answers *answers, int64_t t_ns, uint16_t client_port, uint16_t server_port,
	int side, unsigned state, uint32_t number)
{
	uint16_t ports[2] = {htons(client_port), htons(server_port)};
	struct flow_key key = {.addr = {{127, 0, 0, 1}, {127, 0, 0, 1}},
		.port_be = {ports[side], ports[!side]},
		.family = AF_INET,
		.protocol = IPPROTO_TCP};
	uint8_t request[DIAG_REQUEST_MAX];
	uint64_t buffer[ANSWER_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	bool mini = state == STATE_TIME_WAIT;
	struct inet_diag_msg *row;
	struct error error;
	size_t length = diag_request_exact(request, &key, 0, ++answers->sequence);

	recording_diag(answers->recording, t_ns, true, request, length, &error);
	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_seq = answers->sequence;
	row = mnl_nlmsg_put_extra_header(header, sizeof(*row));
	row->idiag_family = AF_INET;
	row->idiag_state = (uint8_t)state;
	row->idiag_timer = mini ? DIAG_TIMER_MINI : DIAG_TIMER_OFF;
	row->idiag_expires = mini ? TIME_WAIT_MS : 0;
	memcpy(row->id.idiag_src, key.addr[0], 4);
	memcpy(row->id.idiag_dst, key.addr[1], 4);
	row->id.idiag_sport = key.port_be[0];
	row->id.idiag_dport = key.port_be[1];
	row->id.idiag_cookie[0] = number * 2 + (uint32_t)side + 1;
	row->idiag_inode = mini ? 0 : number * 2 + (uint32_t)side + 1000;
	if (!mini)
		attributes_put(header);
	recording_diag(
		answers->recording, t_ns + ANSWER_NS, false, buffer, header->nlmsg_len, &error);
}
