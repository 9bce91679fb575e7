/* Questions put to the packets of a recording: wire.pcap read again, up to a moment. */
#ifndef TCPSTATE_SCAN_H
#define TCPSTATE_SCAN_H

#include <stdint.h>

#include "tcpstate/error.h"

/* Packets with since_ns <= t <= until_ns that match the pcap-filter expression exactly as tcpdump
 * would match it (NULL or "": all). -1 on error. */
int64_t scan_packets(const char *path, const char *filter, int64_t since_ns, int64_t until_ns,
	struct error *error);
/* SYN segments of that time that match, retransmissions included, which the other end answered
 * neither by a SYN-ACK nor by a RST acknowledging them before the next SYN of that connection. A
 * SYN seen on two interfaces counts once. -1 on error. */
int64_t scan_unanswered(const char *path, const char *filter, int64_t since_ns, int64_t until_ns,
	struct error *error);

#endif
