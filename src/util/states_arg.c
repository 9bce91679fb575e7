/* Parses lists of state names, with an optional number of sockets. Shared by wait and expect, which
 * mean the same by them. */
#include "tcpstate/states_arg.h"

#include <stdio.h>
#include <string.h>

#include "tcpstate/state.h"

/* TCP_NEW_SYN_RECV, TCP_BOUND_INACTIVE of the kernel's net/tcp_states.h */
enum { BIT_NEW_SYN_RECV = 12, BIT_BOUND_INACTIVE = 13 };

static int parse_count(const char *text, const char *digits, int64_t *count, struct error *error)
{
	*count = 0;
	if (*digits == '\0')
		return error_set(error, "\"%s\": a number of sockets is missing after \"=\"", text);
	for (const char *at = digits; *at != '\0'; at++) {
		if (*at < '0' || *at > '9')
			return error_set(
				error, "\"%s\": \"%s\" is no number of sockets", text, digits);
		*count = *count * 10 + (*at - '0');
		if (*count > UINT32_MAX)
			return error_set(error, "\"%s\": %s sockets are more than there can be",
				text, digits);
	}
	return 0;
}

int states_arg_parse(const char *text, struct states_arg *states, struct error *error)
{
	const char *equals = strchr(text, '='),
		   *end = equals != NULL ? equals : text + strlen(text), *at = text;

	*states = (struct states_arg){.count = -1};
	for (;;) {
		const char *comma = memchr(at, ',', (size_t)(end - at)),
			   *stop = comma != NULL ? comma : end;
		enum tcp_state state = state_from_name(at, (size_t)(stop - at));

		if (state == STATE_MAX || state == STATE_UNKNOWN)
			return error_set(error, "\"%.*s\" is no TCP state: use %s",
				(int)(stop - at), at,
				"CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 "
				"CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT, joined by commas");
		states->mask |= 1u << state;
		if (comma == NULL)
			break;
		at = comma + 1;
	}
	return equals != NULL ? parse_count(text, equals + 1, &states->count, error) : 0;
}

uint32_t states_dump_mask(uint32_t mask)
{
	if (mask & 1u << STATE_SYN_RECV)
		mask |= 1u << BIT_NEW_SYN_RECV;
	if (mask & 1u << STATE_CLOSED)
		mask |= 1u << BIT_BOUND_INACTIVE;
	return mask;
}

char *states_text(uint32_t mask, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (unsigned state = STATE_ESTABLISHED; state < STATE_MAX; state++)
		if (mask & 1u << state && used < size)
			used += (size_t)snprintf(buffer + used, size - used, "%s%s",
				used == 0 ? "" : ",", state_name(state));
	return buffer;
}
