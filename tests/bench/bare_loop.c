/* What reading a capture costs at least: a pcap_next_ex() loop over it, nothing else. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = argc == 2 ? pcap_open_offline_with_tstamp_precision(
					   argv[1], PCAP_TSTAMP_PRECISION_NANO, reason)
				 : NULL;
	struct pcap_pkthdr *header;
	const u_char *data;
	unsigned long packets = 0, bytes = 0;

	if (pcap == NULL)
		return fprintf(stderr, "bare_loop FILE: %s\n", reason), 1;
	for (; pcap_next_ex(pcap, &header, &data) == 1; packets++)
		bytes += header->len;
	printf("%lu packets, %lu bytes\n", packets, bytes);
	pcap_close(pcap);
	return 0;
}
