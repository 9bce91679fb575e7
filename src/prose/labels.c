/* Words that stand alone: above columns and before fields. */
#include <stdio.h>

#include "tcpstate/lang.h"
#include "tcpstate/prose_report.h"

static const char *const labels[LABEL_MAX] = {
	[LABEL_RECORDING] = N_("Recording"),
	[LABEL_COMMAND] = N_("command"),
	[LABEL_SYSTEM] = N_("system"),
	[LABEL_HOST] = N_("host"),
	[LABEL_INTERFACE] = N_("interface"),
	[LABEL_FILTER] = N_("filter"),
	[LABEL_BEGAN] = N_("began"),
	[LABEL_PACKETS] = N_("packets"),
	[LABEL_KERNEL_ANSWERS] = N_("kernel"),
	[LABEL_SYSCTLS_SET] = N_("sysctls set"),
	[LABEL_SYSCTLS] = N_("sysctls"),
	[LABEL_SYSCTL_CHANGED] = N_("changed"),
	[LABEL_NOTE] = N_("note"),
	[LABEL_FINDINGS] = N_("Findings"),
	[LABEL_FINDINGS_COUNT] = N_("findings"),
	[LABEL_SUMMARY] = N_("Summary"),
	[LABEL_CONNECTIONS] = N_("connections"),
	[LABEL_DATAGRAMS] = N_("datagrams"),
	[LABEL_TRANSITIONS] = N_("transitions"),
	[LABEL_CORRECTIONS] = N_("corrections"),
	[LABEL_CHECKS] = N_("checks"),
	[LABEL_SECONDS] = N_("s"),
	[LABEL_UTC] = N_("UTC"),
	[LABEL_FRAME] = N_("frame"),
	[LABEL_DIAG] = N_("diag"),
	[LABEL_END] = N_("end"),
	[LABEL_FROM_TO] = N_("from → to"),
	[LABEL_SEEN] = N_("seen"),
	[LABEL_WHY] = N_("why"),
	[LABEL_ICMP_ERROR] = N_("ICMP error"),
	[LABEL_WAY] = N_("way"),
	[LABEL_BYTES] = N_("bytes"),
	[LABEL_LOCAL] = N_("local"),
	[LABEL_REMOTE] = N_("remote"),
	[LABEL_STATE] = N_("state"),
	[LABEL_TIMER] = N_("timer"),
	[LABEL_OWNER] = N_("owner"),
	[LABEL_OWNER_TIMER] = N_("owner, timer"),
	[LABEL_PREDICTED] = N_("predicted"),
	[LABEL_MEASURED] = N_("measured"),
	[LABEL_PASSED] = N_("passed"),
	[LABEL_FAILED] = N_("FAILED"),
	[LABEL_ENTERED] = N_("entered"),
	[LABEL_LONGEST] = N_("longest"),
	[LABEL_SHOWN] = N_("shown by sock_diag"),
	[LABEL_EDGE] = N_("edge"),
	[LABEL_BEYOND] = N_("beyond the figure"),
	[LABEL_TAKEN] = N_("taken"),
	[LABEL_BOTH] = N_("both"),
	[LABEL_WIRE] = N_("wire"),
	[LABEL_KERNEL] = N_("kernel"),
	[LABEL_INFERRED] = N_("inferred"),
	[LABEL_WITHDRAWN] = N_("withdrawn"),
	[LABEL_WHAT_TAKES_IT] = N_("what takes it"),
	[LABEL_CLIENT] = N_("client"),
	[LABEL_SERVER] = N_("server"),
};

const char *prose_label(enum label label)
{
	return label < LABEL_MAX ? _(labels[label]) : "";
}

const char *prose_semicolon(void)
{
	return _("; ");
}

char *prose_of(const char *what, const char *text, char *buffer, size_t size)
{
	if (*what != '\0')
		snprintf(buffer, size, _("%s: %s"), what, text);
	else
		snprintf(buffer, size, "%s", text);
	return buffer;
}

const char *prose_evidence(unsigned evidence)
{
	switch (evidence) {
	case EVIDENCE_WIRE:
		return prose_label(LABEL_WIRE);
	case EVIDENCE_KERNEL:
		return prose_label(LABEL_KERNEL);
	case EVIDENCE_BOTH:
		return prose_label(LABEL_BOTH);
	case EVIDENCE_INFERRED:
		return prose_label(LABEL_INFERRED);
	default:
		return "-";
	}
}
