/* Scenarios for the core as text: what the wire showed and the kernel answered, and the timeline
 * that must come of it.
 *
 *   "0.100 C>S SA 300 101 len 5"   a segment (flags S A F R P, seq, ack); C is 10.0.0.1:40000, S is
 *                        10.0.0.2:80; options: len N, win N, ts VAL ECR, tfo, id N (of IPv4), hop N
 *                        (its hop limit; 64), unscaled (a SYN without a window scale)
 *   "0.120 row S SYN_RECV"   an exact answer; options: asked T, cookie N, timer KIND MS, retrans N,
 *                        unread N, mini, dump, device (bound to one), full (SYN_RECV: no request),
 *                        unaccepted (no process has it)
 *   "0.120 absent S"     nothing there; "listener": the LISTEN socket answered instead (then "queue
 *                        N": in it); "device": asked on that one
 *   "0.120 listen 2/1"   S's listener, queue/backlog, shown by a dump; options: v6only ([::]
 *                        instead), device, cookie N, elsewhere (at C's address)
 *   "0.120 unlistened"   an exact look-up of the listener found nothing; "device": on that one
 *   "0.120 freed L"      the DESTROY notice of L's (C's, S's) socket, or of that with this cookie
 *                        ("freed 77 S": of C's or S's 4-tuple)
 *   "0.120 address S"    this namespace has S's address
 *   "0.120 icmp C 3 1 100"   an ICMP error about C's segment with that sequence number
 *   "0.120 dump-end [one-request]", "0.120 tick", "0.120 gap"
 *   "0.120 call listen 9"    by the socket with that cookie; returned then, begun 50 us before or
 *                        "since T"; likewise close ("shared": another process holds it still,
 *                        "busy": so does another thread's call), connect ("refused"), shutdown
 *                        ("SHUT_RD"), exit (of the process whose end "0.130 exited" then tells)
 *
 * The result, one line a transition in time order: "0.100 S LISTEN>SYN_RECV both syn_received"; a
 * withdrawn one ends in "withdrawn: accept_queue_full(2,1)". */
#ifndef TCPSTATE_TEST_SCRIPT_H
#define TCPSTATE_TEST_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "tcpstate/core.h"
#include "tcpstate/model.h"

#define START_NS INT64_C(1000000000000) /* 0.000 of a scenario */

enum { SCRIPT_EVENTS_MAX = 128 };
struct script {
	struct event event[SCRIPT_EVENTS_MAX];
	size_t count;
};

/* Parse the lines (NULL ends them); a bad line fails the test. */
void script_read(struct script *script, const char *const *lines);
/* Feed the events in the order given (order[i] is an index; NULL: as they stand) and write the
 * timeline into out. */
void script_run(const struct script *script, const size_t *order, char *out, size_t size);
/* The finished model of the events; model_free() it. */
struct model *script_model(const struct script *script);
/* The same as a report makes it: of each connection when it is over. */
struct model *script_model_at_settle(const struct script *script);
/* What was counted, and the findings: "C 3, 1 again; S 2, 0 again; 0 copies; close_wait_held"
 * (segments, retransmissions). */
void script_counts(const char *const *lines, const char *expected);
/* Both at once, compared with the expected lines. */
void script_expect(const char *const *lines, const char *const *expected);

/* A test function: these lines give that timeline. */
#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define SCENARIO(name, lines, expected)                                                            \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		script_expect(lines, expected);                                                    \
	}
#define HANDSHAKE "0.100 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301"
#define OPENED_C "0.1000 C CLOSED>SYN_SENT wire syn_sent"
#define REQUESTED "0.1000 S LISTEN>SYN_RECV wire syn_received"
#define OPENED                                                                                     \
	OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",                \
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received"
/* The client was shown open after it. */
#define SHOWN_C "0.11 row C ESTABLISHED"
#define OPENED_SHOWN                                                                               \
	OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED both syn_ack_received",                \
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received"

#endif
