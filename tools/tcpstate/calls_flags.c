/* The flags of a read or a write, as send(2) and recv(2) name them. */
#include "calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	unsigned flag;
	const char *name;
} flags[] = {
	{MSG_OOB, "MSG_OOB"},
	{MSG_PEEK, "MSG_PEEK"},
	{MSG_DONTROUTE, "MSG_DONTROUTE"},
	{MSG_TRUNC, "MSG_TRUNC"},
	{MSG_DONTWAIT, "MSG_DONTWAIT"},
	{MSG_EOR, "MSG_EOR"},
	{MSG_WAITALL, "MSG_WAITALL"},
	{MSG_CONFIRM, "MSG_CONFIRM"},
	{MSG_ERRQUEUE, "MSG_ERRQUEUE"},
	{MSG_NOSIGNAL, "MSG_NOSIGNAL"},
	{MSG_MORE, "MSG_MORE"},
	{MSG_WAITFORONE, "MSG_WAITFORONE"},
	{MSG_ZEROCOPY, "MSG_ZEROCOPY"},
	{MSG_FASTOPEN, "MSG_FASTOPEN"},
	{MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"},
};

static unsigned flags_of(const struct rule *rule, const uint64_t arguments[6])
{
	return rule->kind == RULE_MESSAGE                             ? (unsigned)arguments[2]
	       : rule->kind == RULE_TO || rule->kind == RULE_MESSAGES ? (unsigned)arguments[3]
								      : 0;
}

static void add(char *words, const char *gap, const char *name)
{
	size_t used = strlen(words);

	snprintf(words + used, CALL_ARGUMENTS - used, "%s%s", used > 0 ? gap : "", name);
}

void words_of_flags(const struct rule *rule, const uint64_t arguments[6], char *words)
{
	unsigned left = flags_of(rule, arguments);
	const char *gap = ", "; /* behind an address; between flags as in C */

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if ((left & flags[i].flag) == 0)
			continue;
		add(words, gap, flags[i].name);
		gap = "|";
		left &= ~flags[i].flag;
	}
	if (left != 0) {
		char number[16];

		snprintf(number, sizeof(number), "0x%x", left);
		add(words, gap, number);
	}
}
