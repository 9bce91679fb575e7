/* libpcap, loaded when a capture is opened or a filter compiled (src/source/libpcap.c): it brings
 * eight other libraries, a third of the time that a short run takes. What this program calls of it:
 * libpcap.close() is pcap_close(). */
#ifndef TCPSTATE_LIBPCAP_H
#define TCPSTATE_LIBPCAP_H

#include <pcap/pcap.h>

#include "tcpstate/error.h"

/* clang-format off */
#define LIBPCAP(FUNCTION) \
	FUNCTION(activate) FUNCTION(breakloop) FUNCTION(close) FUNCTION(compile) FUNCTION(create) \
	FUNCTION(datalink) FUNCTION(datalink_val_to_name) FUNCTION(dispatch) FUNCTION(fileno) \
	FUNCTION(fopen_offline_with_tstamp_precision) FUNCTION(freecode) FUNCTION(geterr) \
	FUNCTION(get_selectable_fd) FUNCTION(get_tstamp_precision) FUNCTION(next_ex) \
	FUNCTION(offline_filter) FUNCTION(open_dead) FUNCTION(open_offline_with_tstamp_precision) \
	FUNCTION(set_buffer_size) FUNCTION(set_datalink) FUNCTION(set_immediate_mode) \
	FUNCTION(set_snaplen) FUNCTION(set_tstamp_precision) FUNCTION(setnonblock) \
	FUNCTION(snapshot) FUNCTION(stats) FUNCTION(statustostr)
/* clang-format on */

struct libpcap {
#define FUNCTION(name) __typeof__(pcap_##name) *name;
	LIBPCAP(FUNCTION)
#undef FUNCTION
};

extern struct libpcap libpcap;

/* Before anything of it is called, and before a sandbox: what is locked up loads no program. 0
 * (also if it is there already), or -1 with *error: it is not installed. */
int libpcap_load(struct error *error);

#endif
