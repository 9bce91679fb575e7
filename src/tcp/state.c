/* The states by name: as the kernel and netstat print them, and as ss and people write them. */
#include "tcpstate/state.h"

#include <string.h>
#include <strings.h>

static const char *const state_names[STATE_MAX] = {
	[STATE_UNKNOWN] = "UNKNOWN",
	[STATE_ESTABLISHED] = "ESTABLISHED",
	[STATE_SYN_SENT] = "SYN_SENT",
	[STATE_SYN_RECV] = "SYN_RECV",
	[STATE_FIN_WAIT1] = "FIN_WAIT1",
	[STATE_FIN_WAIT2] = "FIN_WAIT2",
	[STATE_TIME_WAIT] = "TIME_WAIT",
	[STATE_CLOSED] = "CLOSED",
	[STATE_CLOSE_WAIT] = "CLOSE_WAIT",
	[STATE_LAST_ACK] = "LAST_ACK",
	[STATE_LISTEN] = "LISTEN",
	[STATE_CLOSING] = "CLOSING",
};

/* of ss, netstat, BSD and the RFC, without - and _ */
static const struct {
	const char *name;
	enum tcp_state state;
} spellings[] = {
	{"ESTABLISHED", STATE_ESTABLISHED},
	{"ESTAB", STATE_ESTABLISHED},
	{"SYNSENT", STATE_SYN_SENT},
	{"SYNRECV", STATE_SYN_RECV},
	{"SYNRECEIVED", STATE_SYN_RECV},
	{"SYNRCVD", STATE_SYN_RECV},
	{"NEWSYNRECV", STATE_SYN_RECV},
	{"FINWAIT1", STATE_FIN_WAIT1},
	{"FINWAIT2", STATE_FIN_WAIT2},
	{"TIMEWAIT", STATE_TIME_WAIT},
	{"CLOSED", STATE_CLOSED},
	{"CLOSE", STATE_CLOSED},
	{"UNCONN", STATE_CLOSED},
	{"CLOSEWAIT", STATE_CLOSE_WAIT},
	{"LASTACK", STATE_LAST_ACK},
	{"LISTEN", STATE_LISTEN},
	{"CLOSING", STATE_CLOSING},
};

const char *state_name(unsigned state)
{
	return state_names[state < STATE_MAX ? state : STATE_UNKNOWN];
}

enum tcp_state state_from_name(const char *name, size_t length)
{
	char plain[16];
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (name[i] == '-' || name[i] == '_')
			continue;
		if (name[i] == '\0' || used == sizeof(plain) - 1)
			return STATE_MAX;
		plain[used++] = name[i];
	}
	plain[used] = '\0';
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (strcasecmp(plain, spellings[i].name) == 0)
			return spellings[i].state;
	return STATE_MAX;
}

const char *cause_name(enum cause cause)
{
	static const char *const names[CAUSE_MAX] = {[CAUSE_UNKNOWN] = "unknown",
		[CAUSE_SEGMENT] = "segment",
		[CAUSE_TIMER] = "timer",
		[CAUSE_CALL] = "call"};

	return names[cause < CAUSE_MAX ? cause : CAUSE_UNKNOWN];
}
