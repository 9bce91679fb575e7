/* The filter that a recording brings: compiled for sockets and for packets, run on both. */
#include <pcap/dlt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int linktypes[] = {DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL2};
	struct sockrow row = {.key = {.family = 2, .protocol = 6}};
	uint8_t packet[80] = {0x45};
	char *text = size < 4096 ? malloc(size + 1) : NULL;
	struct filter *filter;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	filter = filter_new_recorded(text, NULL);
	if (filter != NULL) {
		memcpy(packet, data, size < sizeof(packet) ? size : sizeof(packet));
		filter_row(filter, &row);
		filter_key(filter, &row.key);
		for (size_t i = 0; i < sizeof(linktypes) / sizeof(linktypes[0]); i++)
			filter_packet(filter, linktypes[i], packet, sizeof(packet), 1500, NULL);
	}
	filter_free(filter);
	free(text);
	return 0;
}
