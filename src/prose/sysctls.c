/* What the sysctls are for that govern the openings and ends of connections. */
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/page.h"

const char *page_sysctl(const char *name)
{
	static const struct {
		const char *name, *meaning;
	} sysctls[] = {{"net.core.somaxconn", N_("the most that a backlog can be")},
		{"net.ipv4.tcp_abort_on_overflow",
			N_("1: an RST for whom a full queue leaves out")},
		{"net.ipv4.tcp_fin_timeout", N_("seconds in FIN_WAIT2 once no process has it")},
		{"net.ipv4.tcp_max_syn_backlog", N_("the most half-open requests of a listener")},
		{"net.ipv4.tcp_max_tw_buckets", N_("the most TIME_WAITs")},
		{"net.ipv4.tcp_retries2", N_("how often data are sent again, at most")},
		{"net.ipv4.tcp_syn_linear_timeouts", N_("so many SYNs sent again are 1 s apart")},
		{"net.ipv4.tcp_syn_retries", N_("how often a SYN is sent again, at most")},
		{"net.ipv4.tcp_synack_retries", N_("how often a SYN-ACK is sent again, at most")},
		{"net.ipv4.tcp_syncookies", N_("1: cookies once half-open requests are too many, "
					       "2: always")},
		{"net.ipv4.tcp_timestamps", N_("a timestamp in each segment")},
		{"net.ipv4.tcp_tw_reuse", N_("1: connect() may take a port in TIME_WAIT, 2: only "
					     "on loopback")}};

	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++)
		if (strcmp(sysctls[i].name, name) == 0)
			return _(sysctls[i].meaning);
	return "";
}
