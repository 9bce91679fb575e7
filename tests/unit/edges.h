/* For tests of which edges a scenario (script.h) has, and of little else: why an edge happened is
 * told by other tests. */
#ifndef TCPSTATE_TEST_EDGES_H
#define TCPSTATE_TEST_EDGES_H

#include "script.h"

/* Of the ends that `wanted` begins with, these edges in this order and no others:
 * "S ESTABLISHED>CLOSED [wire|kernel|both|seen] [before T] [after T]" (seen: kernel or both);
 * "S *>CLOSED": from whatever state; "S nothing": none; "C never STATE": no edge of it touches
 * that. */
void expect_edges(const char *const *lines, const char *const *wanted);

#define EDGES(name, lines, wanted)                                                                 \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		expect_edges(lines, wanted);                                                       \
	}
#define S_OPENED "S LISTEN>SYN_RECV", "S SYN_RECV>ESTABLISHED"
#define C_OPENED "C CLOSED>SYN_SENT", "C SYN_SENT>ESTABLISHED"
/* It closes first, and its FIN is acknowledged; the peer closes first, and all is said. */
#define S_TO_FIN_WAIT2 S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"
#define C_TO_FIN_WAIT2 C_OPENED, "C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2"
#define S_PASSIVE_CLOSE                                                                            \
	S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED"
#define HERE "0.05 address S"
/* A connection of S that is over, and nobody there. */
#define CLOSED_ONCE                                                                                \
	HANDSHAKE, "0.1021 row S ESTABLISHED cookie 200", "0.2 C>S FA 101 301",                    \
		"0.201 row S CLOSE_WAIT cookie 200", "0.25 S>C FA 301 102",                        \
		"0.2501 C>S A 102 302", "0.2502 absent S listener"
#define TEST(name) cmocka_unit_test(name)

#endif
