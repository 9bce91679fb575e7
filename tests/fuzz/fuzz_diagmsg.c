/* libFuzzer target (make fuzz): the sock_diag decoder. The input is a conversation: datagrams, each
 * behind a byte for the direction and two for the length (little-endian), all fed to one decoder.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/sockrow.h"
#include "tcpstate/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_row(const struct sockrow *row)
{
	char text[FLOW_END_TEXT];

	require(row->state > STATE_UNKNOWN && row->state < STATE_MAX);
	require(row->timer <= DIAG_TIMER_PROBE0);
	require(row->key.family == AF_INET || row->key.family == AF_INET6);
	require(row->key.protocol == IPPROTO_TCP || row->key.protocol == IPPROTO_UDP);
	require(!row->request || row->state == STATE_SYN_RECV);
	require(!row->mini || row->timer == DIAG_TIMER_MINI);
	require(memchr(row->congestion, 0, sizeof(row->congestion)) != NULL);
	require(strlen(flow_end_text(&row->key, 0, text)) < FLOW_END_TEXT &&
		strlen(flow_end_text(&row->key, 1, text)) < FLOW_END_TEXT);
}

static void check(void *context, const struct diag_answer *answer)
{
	uint8_t request[DIAG_REQUEST_MAX];

	(void)context;
	require(answer->kind <= DIAG_OTHER);
	if (answer->kind == DIAG_ROW || answer->kind == DIAG_DESTROYED)
		check_row(&answer->row);
	if (answer->kind == DIAG_ABSENT) {
		require(answer->exact && answer->row.state == STATE_UNKNOWN &&
			(answer->other || answer->error_errno != 0));
		require(diag_request_exact(request, &answer->row.key, answer->row.cookie, 1) <=
			sizeof(request));
		if (answer->other)
			check_row(&answer->found);
	}
	if (answer->kind == DIAG_ERROR)
		require(answer->error_errno > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct diag_decoder
		/* one for all inputs: its 360 KiB would slow each down, and a worn one is the
		   harder case */
		*decoder;
	int64_t t_ns = 1;

	if (decoder == NULL)
		decoder = diag_decoder_new();
	require(decoder != NULL);
	while (size >= 3) {
		size_t length = (size_t)data[1] | (size_t)data[2] << 8;
		bool outgoing = data[0] & 1;
		const char *why = "";
		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		uint8_t *datagram = malloc(length > 0 ? length : 1);
		require(datagram != NULL);
		memcpy(datagram, data, length);
		int malformed =
			diag_decode(decoder, t_ns++, outgoing, datagram, length, check, NULL, &why);
		require((malformed > 0) == (why != NULL));
		free(datagram);
		data += length;
		size -= length;
	}
	return 0;
}
