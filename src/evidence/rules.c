/* The state machine as the engine knows it: what an end's own segment proves, what the peer's does
 * if it is taken, and what happens without a segment (docs/evidence.md). A step that costs nothing
 * is what happens if nobody objects; the others explain what the cheap ones leave unexplained. */
#include <string.h>

#include "rules.h"

/* clang-format off */
#define S(state) (uint16_t)(1u << STATE_##state)
#define OPEN (S(ESTABLISHED) | S(WAITING) | S(FIN_WAIT1) | S(FIN_WAIT2) | S(CLOSING) | \
	S(CLOSE_WAIT) | S(LAST_ACK) | S(TIME_WAIT))
#define OVER (S(CLOSED) | S(COOKIE))

struct rule {
	uint16_t from; /* bit per state */
	uint8_t on, to, via, cost;
	uint8_t reason, via_reason;
	const char *section;
};
#define STEP(from, on, to, cost, why, where) \
	{from, on, STATE_##to, STATE_##to, cost, REASON_##why, REASON_##why, where}
#define STEPS(from, on, via, why_via, to, cost, why, where) \
	{from, on, STATE_##to, STATE_##via, cost, REASON_##why, REASON_##why_via, where}

/* ---- its own segment proves ---- */
static const struct rule own_rules[] = {
	STEP(S(CLOSED) | S(UNKNOWN), OWN_SYN, SYN_SENT, FREE, SYN_SENT, "RFC 9293 3.10.1"),
	/* or a cookie, or a full socket: solve.c */
	STEP(S(CLOSED) | S(UNKNOWN), OWN_SYN_ACK, REQUEST, FREE, SYN_RECEIVED, "RFC 9293 3.10.7.2"),
	STEP(S(CLOSED) | S(UNKNOWN), OWN_SYN_ACK_FULL, SYN_RECV, FREE, SYN_RECEIVED,
		"RFC 7413 4.2.2"),
	STEP(S(SYN_SENT), OWN_SYN_ACK_CROSS, SYN_RECV, INFERRED, SIMULTANEOUS_OPEN,
		"RFC 9293 3.10.7.3"),
	STEP(S(SYN_SENT), OWN_ACK, ESTABLISHED, INFERRED, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(SYN_SENT), OWN_PAST, ESTABLISHED, INFERRED, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(REQUEST), OWN_PAST, ESTABLISHED, INFERRED, FINAL_ACK_RECEIVED, "RFC 9293 3.10.7.4"),
	STEPS(S(COOKIE), OWN_PAST, REQUEST, COOKIE_ACCEPTED, ESTABLISHED, INFERRED,
		FINAL_ACK_RECEIVED, "RFC 4987 3.6"),
	STEP(S(UNKNOWN), OWN_PAST, ESTABLISHED, INFERRED, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(UNKNOWN), OWN_MIDWAY, ESTABLISHED, FREE, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(ESTABLISHED), OWN_ACKS_FIN, CLOSE_WAIT, INFERRED, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(WAITING), OWN_ACKS_FIN, CLOSE_WAIT, FREE, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT1), OWN_ACKS_FIN, CLOSING, INFERRED, SIMULTANEOUS_CLOSE,
		"RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT2), OWN_ACKS_FIN, TIME_WAIT, INFERRED, PEER_FIN_RECEIVED,
		"RFC 9293 3.10.7.4"),
	STEP(S(UNKNOWN), OWN_ACKS_FIN, CLOSE_WAIT, FREE, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(ESTABLISHED) | S(SYN_RECV) | S(UNKNOWN), OWN_FIN, FIN_WAIT1, FREE, FIN_SENT,
		"RFC 9293 3.10.4"),
	STEP(S(CLOSE_WAIT), OWN_FIN, LAST_ACK, FREE, FIN_SENT_AFTER_PEER, "RFC 9293 3.10.4"),
	STEP(S(ESTABLISHED) | S(SYN_RECV) | S(UNKNOWN), OWN_FIN_BEFORE, FIN_WAIT1, FREE, FIN_SENT,
		"RFC 9293 3.10.4"),
	STEPS(S(WAITING), OWN_FIN_BEFORE, FIN_WAIT1, FIN_SENT, CLOSING, FREE, SIMULTANEOUS_CLOSE,
		"RFC 9293 3.6.1, figure 13"),
	STEP(S(CLOSE_WAIT), OWN_FIN_BEFORE, LAST_ACK, INFERRED, FIN_SENT_AFTER_PEER,
		"RFC 9293 3.10.4"),
	STEP(S(SYN_SENT) | S(REQUEST) | S(SYN_RECV) | S(UNKNOWN) | OPEN, OWN_ABORT, CLOSED, FREE,
		RST_SENT, "RFC 9293 3.10.5"),
	/* nobody holds it who could abort: there was none, or it began long ago (solve_own.c) */
	STEP(S(TIME_WAIT), OWN_ABORT, CLOSED, INFERRED, RST_SENT, "RFC 9293 3.10.5"),
	/* a bare RST answers the newest segment: what that would have made cannot have been */
	STEP(S(SYN_SENT), OWN_NO_SOCKET, CLOSED, FREE, CLOSED_OR_ENDED, "RFC 9293 3.10.4"),
	STEP(S(REQUEST) | S(SYN_RECV), OWN_NO_SOCKET, CLOSED, FREE, RST_SENT, "RFC 9293 3.10.5"),
	STEP(S(FIN_WAIT1) | S(FIN_WAIT2) | S(LAST_ACK) | S(UNKNOWN), OWN_NO_SOCKET, CLOSED, FREE,
		NO_SOCKET, "RFC 9293 3.10.7.1"),
	STEP(S(ESTABLISHED) | S(WAITING) | S(CLOSING) | S(TIME_WAIT), OWN_NO_SOCKET, CLOSED,
		INFERRED, NO_SOCKET, "RFC 9293 3.10.7.1"),
	STEP(S(CLOSE_WAIT), OWN_NO_SOCKET, CLOSED, VANISHED, NO_SOCKET, "RFC 9293 3.10.7.1"),
	/* where that brought data: it had been closed, its FIN waits behind data of its own */
	STEPS(S(ESTABLISHED) | S(WAITING), OWN_REFUSES, FIN_WAIT1, FIN_QUEUED, CLOSED, INFERRED,
		RST_SENT, "Linux: tcp_rcv_state_process()"),
	STEP(S(CLOSE_WAIT) | S(FIN_WAIT1) | S(FIN_WAIT2) | S(LAST_ACK) | S(REQUEST) |
		S(SYN_RECV) | S(UNKNOWN),
		OWN_REFUSES, CLOSED, FREE, RST_SENT, "Linux: tcp_rcv_state_process()"),
	STEP(S(CLOSING) | S(TIME_WAIT), OWN_REFUSES, CLOSED, INFERRED, RST_SENT,
		"Linux: tcp_rcv_state_process()"),
	/* and a FIN with it: the data is refused first, so the FIN has moved no state */
	STEPS(S(ESTABLISHED) | S(WAITING), OWN_REFUSES_FIN, FIN_WAIT1, FIN_QUEUED, CLOSED, INFERRED,
		RST_SENT, "Linux: tcp_rcv_state_process()"),
	STEP(S(FIN_WAIT1) | S(FIN_WAIT2) | S(REQUEST) | S(SYN_RECV) | S(UNKNOWN), OWN_REFUSES_FIN,
		CLOSED, FREE, RST_SENT, "Linux: tcp_rcv_state_process()"),
	STEP(S(CLOSE_WAIT) | S(LAST_ACK) | S(CLOSING) | S(TIME_WAIT), OWN_REFUSES_FIN, CLOSED,
		VANISHED, RST_SENT, "Linux: tcp_rcv_state_process()"),
	/* a socket that connects would have taken it */
	STEP(S(SYN_SENT), OWN_REFUSES_SYN, CLOSED, FREE, CLOSED_OR_ENDED, "RFC 9293 3.10.4"),
	STEP(OPEN | S(UNKNOWN), OWN_REFUSES_SYN, CLOSED, FREE, REPLACED_BY_NEW_CONNECTION,
		"RFC 9293 3.10.7.1"),
	/* tcp_check_req(), tcp_timewait_state_process(): they reset; a full socket challenges */
	STEP(S(REQUEST) | S(FIN_WAIT2), OWN_RST_TO_SYN, CLOSED, FREE, SYN_IN_WINDOW,
		"RFC 9293 3.10.7.4, fourth"),
	/* RFC 7323 4.3: it waited for the lock that close() held */
	STEP(S(SYN_SENT) | S(REQUEST) | S(SYN_RECV) | S(FIN_WAIT1) | S(LAST_ACK) | S(UNKNOWN) |
		S(ESTABLISHED), OWN_OLD_RST, CLOSED, FREE, RST_SENT, "RFC 9293 3.10.5"),
	STEP(S(WAITING) | S(FIN_WAIT2) | S(CLOSING) | S(CLOSE_WAIT) | S(TIME_WAIT), OWN_OLD_RST,
		CLOSED, INFERRED, RST_SENT, "RFC 9293 3.10.5"),
	/* it acknowledges up to rcv_nxt (Linux: __tcp_transmit_skb()): the FIN was not taken */
	STEP(S(SYN_SENT) | S(REQUEST) | S(SYN_RECV) | S(ESTABLISHED) | S(WAITING) | S(FIN_WAIT1) |
		S(FIN_WAIT2) | S(UNKNOWN), OWN_RST_BEFORE, CLOSED, FREE, RST_SENT,
		"RFC 9293 3.10.5"),
	STEP(S(CLOSING) | S(CLOSE_WAIT) | S(LAST_ACK) | S(TIME_WAIT), OWN_RST_BEFORE, CLOSED,
		INFERRED, RST_SENT, "RFC 9293 3.10.5"),
	STEP(OVER, OWN_RST_BEFORE, CLOSED, LATE, RST_SENT, "RFC 9293 3.10.5"),
	STEP(S(UNKNOWN) | S(SYN_SENT) | S(REQUEST) | S(SYN_RECV) | OPEN, OWN_NEW, CLOSED, FREE,
		REPLACED_BY_NEW_CONNECTION, "RFC 9293 3.10.7.4"),
};

/* States in which an own segment changes nothing. What is in neither table is a contradiction. */
static const uint16_t own_nothing[OWNS] = {
	[OWN_NEW] = OVER,
	[OWN_SYN] = S(SYN_SENT),
	[OWN_SYN_AGAIN] = S(SYN_SENT) | S(SYN_RECV) | S(UNKNOWN),
	[OWN_SYN_ACK] = S(REQUEST) | S(COOKIE),
	[OWN_SYN_ACK_FULL] = S(SYN_RECV),
	[OWN_SYN_ACK_CROSS] = S(SYN_RECV),
	[OWN_SYN_ACK_AGAIN] = S(REQUEST) | S(COOKIE) | S(UNKNOWN),
	[OWN_ACK] = OPEN | S(REQUEST) | S(SYN_RECV) | S(COOKIE) | S(UNKNOWN),
	[OWN_PAST] = OPEN | S(SYN_RECV),
	[OWN_ACKS_FIN] = S(CLOSE_WAIT) | S(LAST_ACK) | S(CLOSING) | S(TIME_WAIT) | OVER,
	[OWN_FIN] = S(FIN_WAIT1) | S(CLOSING) | S(LAST_ACK),
	[OWN_FIN_BEFORE] = S(FIN_WAIT1) | S(CLOSING),
	[OWN_FIN_AGAIN] = S(FIN_WAIT1) | S(CLOSING) | S(LAST_ACK) | S(UNKNOWN),
	[OWN_ABORT] = OVER,
	[OWN_NO_SOCKET] = OVER,
	[OWN_REFUSES] = OVER,
	[OWN_REFUSES_FIN] = OVER,
	[OWN_REFUSES_SYN] = OVER | S(REQUEST),
	[OWN_RST_TO_SYN] = (uint16_t)~(S(REQUEST) | S(FIN_WAIT2)),
	[OWN_OLD_RST] = OVER,
	/* what ends a direction ends it: RFC 9293 3.6 */
	[OWN_GOES_ON] = (uint16_t)~(S(FIN_WAIT1) | S(FIN_WAIT2) | S(CLOSING) | S(LAST_ACK) |
		S(TIME_WAIT)),
	[OWN_ACKS_ON] = (uint16_t)~(S(WAITING) | S(CLOSE_WAIT) | S(LAST_ACK) | S(CLOSING) |
		S(TIME_WAIT)),
	[OWN_MIDWAY] = OPEN | S(SYN_RECV) | S(REQUEST) | S(COOKIE) | S(CLOSED) | S(SYN_SENT),
};

/* Sent because no answer had been taken, or before it was: so then, or a moment before. */
static const bool own_within[OWNS] = {[OWN_SYN_AGAIN] = true, [OWN_SYN_ACK_AGAIN] = true,
	[OWN_FIN_AGAIN] = true, [OWN_SYN_ACK_CROSS] = true, [OWN_ACK] = true, [OWN_PAST] = true};

/* ---- the peer's segment, if it is taken ---- */
static const struct rule got_rules[] = {
	STEPS(S(COOKIE), GOT_COOKIE, REQUEST, COOKIE_ACCEPTED, ESTABLISHED, FREE,
		FINAL_ACK_RECEIVED, "RFC 4987 3.6; Linux: cookie_v4_check()"),
	STEPS(S(CLOSED), GOT_COOKIE, REQUEST, COOKIE_ACCEPTED, ESTABLISHED, REBORN,
		FINAL_ACK_RECEIVED, "RFC 4987 3.6; Linux: cookie_v4_check()"),
	STEP(S(SYN_SENT), GOT_SYN, SYN_RECV, FREE, SIMULTANEOUS_OPEN, "RFC 9293 3.10.7.3"),
	STEP(S(SYN_SENT), GOT_SYN_ACK, ESTABLISHED, FREE, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(SYN_SENT), GOT_SYN_ACK_FAR, ESTABLISHED, LATE, SYN_ACK_RECEIVED,
		"RFC 9293 3.10.7.3"),
	STEP(S(UNKNOWN), GOT_SYN_ACK, ESTABLISHED, LATE, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(UNKNOWN), GOT_SYN_ACK_FAR, ESTABLISHED, LATE, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(SYN_RECV), GOT_SYN_ACK, ESTABLISHED, FREE, FINAL_ACK_RECEIVED,
		"RFC 9293 3.5, figure 8"),
	STEP(S(SYN_RECV), GOT_SYN_ACK_FAR, ESTABLISHED, FREE, FINAL_ACK_RECEIVED,
		"RFC 9293 3.5, figure 8"),
	STEP(S(REQUEST) | S(SYN_RECV), GOT_ACK_OF_SYN, ESTABLISHED, FREE, FINAL_ACK_RECEIVED,
		"RFC 9293 3.10.7.4"),
	STEP(S(ESTABLISHED) | S(UNKNOWN) | S(WAITING), GOT_FIN, CLOSE_WAIT, FREE, FIN_RECEIVED,
		"RFC 9293 3.10.7.4"),
	STEP(S(ESTABLISHED) | S(UNKNOWN), GOT_FIN_EARLY, CLOSE_WAIT, LATE, FIN_RECEIVED,
		"RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT1), GOT_FIN_EARLY, CLOSING, LATE, SIMULTANEOUS_CLOSE, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT2), GOT_FIN_EARLY, TIME_WAIT, LATE, PEER_FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT1), GOT_ACK_OF_FIN, FIN_WAIT2, FREE, FIN_ACKED, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT1), GOT_FIN, CLOSING, FREE, SIMULTANEOUS_CLOSE, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT2), GOT_FIN, TIME_WAIT, FREE, PEER_FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(CLOSING), GOT_ACK_OF_FIN, TIME_WAIT, FREE, FIN_ACKED, "RFC 9293 3.10.7.4"),
	STEP(S(LAST_ACK), GOT_ACK_OF_FIN, CLOSED, FREE, LAST_ACK_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(UNKNOWN), GOT_DATA, ESTABLISHED, FREE, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(SYN_SENT), GOT_RST_SYN, CLOSED, FREE, CONNECTION_REFUSED, "RFC 9293 3.10.7.3"),
	STEP(S(REQUEST) | S(SYN_RECV) | S(ESTABLISHED) | S(WAITING) | S(FIN_WAIT1) | S(FIN_WAIT2) |
		S(CLOSING) | S(CLOSE_WAIT) | S(LAST_ACK) | S(UNKNOWN), GOT_RST, CLOSED, FREE,
		RST_RECEIVED, "RFC 9293 3.10.7.4, RFC 5961 3.2"),
	STEP(S(TIME_WAIT), GOT_RST, CLOSED, FREE, RST_RECEIVED,
		"RFC 9293 3.10.7.4; Linux: unless tcp_rfc1337"),
	STEP(S(CLOSING) | S(CLOSE_WAIT) | S(LAST_ACK), GOT_RST_FIN, CLOSED, FREE, RST_RECEIVED,
		"Linux: tcp_reset_check()"),
	STEP(S(FIN_WAIT2), GOT_RST_MINI, CLOSED, LATE, RST_RECEIVED,
		"Linux: tcp_timewait_state_process()"),
	STEP(S(SYN_SENT) | S(SYN_RECV), GOT_ICMP_SYN, CLOSED, FREE, ICMP_ERROR,
		"RFC 5461 4.1; Linux: tcp_v4_err()"),
	STEP(S(REQUEST), GOT_ICMP_REQUEST, CLOSED, FREE, ICMP_ERROR, "Linux: tcp_req_err()"),
};

/* ---- without a segment: calls, timers, and what was not captured. Answers of the kernel alone
 * ask for them. ---- */
static const struct rule silent_rules[] = {
	STEP(S(UNKNOWN), 0, SYN_SENT, CALLED, SEEN_MIDWAY, "RFC 9293 3.10.1"),
	STEP(S(UNKNOWN), 0, REQUEST, CALLED, SEEN_MIDWAY, "RFC 9293 3.10.7.2"),
	STEP(S(UNKNOWN), 0, ESTABLISHED, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, SYN_RECV, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, FIN_WAIT1, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, FIN_WAIT2, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, CLOSE_WAIT, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, CLOSING, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, LAST_ACK, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, TIME_WAIT, INFERRED, SEEN_MIDWAY, "RFC 9293 3.3.2"),
	STEP(S(UNKNOWN), 0, CLOSED, FREE, SOCKET_GONE, "sock_diag"),
	STEP(S(CLOSED), 0, SYN_SENT, CALLED, SYN_SENT, "RFC 9293 3.10.1"),
	STEP(S(CLOSED), 0, REQUEST, CALLED, SYN_RECEIVED, "RFC 9293 3.10.7.2"),
	STEP(S(COOKIE), 0, REQUEST, MISSED, COOKIE_ACCEPTED, "RFC 4987 3.6"),
	STEP(S(COOKIE), 0, CLOSED, FREE, NONE, ""),
	STEP(S(SYN_SENT), 0, CLOSED, CALLED, CLOSED_OR_ENDED, "RFC 9293 3.10.4"),
	STEP(S(REQUEST), 0, CLOSED, DROPPED, REQUEST_GONE, "Linux: reqsk_timer_handler()"),
	STEP(S(SYN_RECV), 0, CLOSED, CALLED, SOCKET_GONE, "Linux: inet_csk_listen_stop()"),
	STEP(S(SYN_RECV) | S(ESTABLISHED), 0, FIN_WAIT1, CALLED, FIN_QUEUED, "RFC 9293 3.10.4"),
	STEP(S(WAITING), 0, CLOSING, CALLED, SIMULTANEOUS_CLOSE, "RFC 9293 3.6.1"),
	STEP(S(WAITING), 0, CLOSE_WAIT, FREE, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(CLOSE_WAIT), 0, LAST_ACK, CALLED, FIN_QUEUED, "RFC 9293 3.10.4"),
	STEP(S(ESTABLISHED) | S(CLOSE_WAIT) | S(WAITING), 0, CLOSED, VANISHED, SOCKET_GONE,
		"sock_diag"),
	STEP(S(FIN_WAIT1) | S(FIN_WAIT2) | S(CLOSING) | S(LAST_ACK), 0, CLOSED, CALLED, SOCKET_GONE,
		"Linux: tcp_orphan_retries, tcp_fin_timeout"),
	STEP(S(TIME_WAIT), 0, CLOSED, DROPPED, SOCKET_GONE, "Linux: TCP_TIMEWAIT_LEN, 60 s"),
	STEP(S(SYN_SENT), 0, ESTABLISHED, MISSED, SYN_ACK_RECEIVED, "RFC 9293 3.10.7.3"),
	STEP(S(SYN_SENT), 0, SYN_RECV, MISSED, SIMULTANEOUS_OPEN, "RFC 9293 3.10.7.3"),
	STEP(S(REQUEST) | S(SYN_RECV), 0, ESTABLISHED, MISSED, FINAL_ACK_RECEIVED,
		"RFC 9293 3.10.7.4"),
	STEP(S(ESTABLISHED), 0, CLOSE_WAIT, MISSED, FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT1), 0, FIN_WAIT2, MISSED, FIN_ACKED, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT1), 0, CLOSING, MISSED, SIMULTANEOUS_CLOSE, "RFC 9293 3.10.7.4"),
	STEP(S(FIN_WAIT2), 0, TIME_WAIT, MISSED, PEER_FIN_RECEIVED, "RFC 9293 3.10.7.4"),
	STEP(S(CLOSING), 0, TIME_WAIT, MISSED, FIN_ACKED, "RFC 9293 3.10.7.4"),
};
/* clang-format on */

struct step own_step[STATES][OWNS], got_step[STATES][GOTS];
static uint8_t route_cost[STATES][STATES], route_next[STATES][STATES];
static uint8_t route_reason[STATES][STATES];
static bool prepared;

static struct step step_of(const struct rule *rule)
{
	return (struct step){
		rule->to, rule->via, rule->cost, rule->reason, rule->via_reason, rule->section};
}

static void routes_prepare(void)
{
	memset(route_cost, UNREACHABLE, sizeof(route_cost));
	for (uint8_t state = 0; state < STATES; state++)
		route_cost[state][state] = FREE;
	for (size_t i = 0; i < sizeof(silent_rules) / sizeof(silent_rules[0]); i++)
		for (uint8_t from = 0; from < STATES; from++) {
			const struct rule *rule = &silent_rules[i];
			if (!(rule->from >> from & 1))
				continue;
			route_cost[from][rule->to] = rule->cost;
			route_next[from][rule->to] = rule->to;
			route_reason[from][rule->to] = rule->reason;
		}
	/* Floyd and Warshall; no way leads through CLOSED, and into it only one step */
	for (int mid = 0; mid < STATES; mid++)
		for (int from = 0; mid != STATE_CLOSED && mid != STATE_COOKIE && from < STATES;
			from++)
			for (int to = 0; to < STATES; to++) {
				int cost = route_cost[from][mid] + route_cost[mid][to];
				if (to == STATE_CLOSED || cost >= route_cost[from][to])
					continue;
				route_cost[from][to] = (uint8_t)cost;
				route_next[from][to] = route_next[from][mid];
				route_reason[from][to] = route_reason[from][mid];
			}
}

void rules_prepare(void)
{
	if (prepared)
		return;
	for (uint8_t state = 0; state < STATES; state++) {
		for (int on = 0; on < OWNS; on++)
			own_step[state][on] = (struct step){state, state,
				own_nothing[on] >> state & 1 ? FREE : NEVER, 0, 0, ""};
		for (int on = 0; on < GOTS; on++)
			got_step[state][on] = (struct step){state, state, NEVER, 0, 0, ""};
		for (size_t i = 0; i < sizeof(own_rules) / sizeof(own_rules[0]); i++)
			if (own_rules[i].from >> state & 1)
				own_step[state][own_rules[i].on] = step_of(&own_rules[i]);
		for (size_t i = 0; i < sizeof(got_rules) / sizeof(got_rules[0]); i++)
			if (got_rules[i].from >> state & 1)
				got_step[state][got_rules[i].on] = step_of(&got_rules[i]);
	}
	routes_prepare();
	prepared = true;
}

uint16_t rules_denies(uint32_t got)
{
	return (uint16_t)((got & 1u << GOT_REPEATED ? S(ESTABLISHED) : 0) |
			  (got & 1u << GOT_FIN_REPEATED ? S(CLOSING) | S(TIME_WAIT) : 0) |
			  (got & 1u << GOT_FOLLOWS ? S(UNKNOWN) : 0));
}

uint16_t rules_within(unsigned on)
{
	return own_within[on] ? own_nothing[on] : 0;
}

unsigned rules_route(unsigned from, unsigned to, uint8_t *next, uint8_t *reason)
{
	*next = route_next[from][to];
	*reason = route_reason[from][to];
	return route_cost[from][to];
}

uint8_t rules_shown(unsigned state)
{
	return state == STATE_REQUEST   ? STATE_SYN_RECV
	       : state == STATE_COOKIE  ? STATE_CLOSED
	       : state == STATE_WAITING ? STATE_ESTABLISHED
					: (uint8_t)state;
}

uint16_t rules_showing(unsigned state)
{
	uint16_t states = 0;

	for (unsigned i = 0; i < STATES; i++)
		if (rules_shown(i) == state)
			states |= (uint16_t)(1u << i);
	return states;
}

uint8_t reason_cause(unsigned reason)
{
	switch (reason) {
	case REASON_LISTEN_CALLED:
	case REASON_SYN_SENT:
	case REASON_FIN_SENT:
	case REASON_FIN_SENT_AFTER_PEER:
	case REASON_FIN_QUEUED:
	case REASON_FIN_NOT_CAPTURED:
	case REASON_RST_SENT:
	case REASON_CLOSED_OR_ENDED:
	case REASON_LISTENER_CLOSED:
		return CAUSE_CALL;
	case REASON_SYN_TIMED_OUT:
	case REASON_SYN_ACK_TIMED_OUT:
	case REASON_RETRANSMISSION_TIMED_OUT:
	case REASON_FIN_WAIT2_TIMED_OUT:
	case REASON_TIME_WAIT_EXPIRED:
	case REASON_KEEPALIVE_TIMED_OUT:
		return CAUSE_TIMER;
	case REASON_SEEN_MIDWAY:
	case REASON_KERNEL_SHOWS:
	case REASON_SOCKET_GONE:
	case REASON_REQUEST_GONE:
	case REASON_REPLACED_BY_NEW_CONNECTION:
	case REASON_NO_SOCKET:
	case REASON_NONE:
		return CAUSE_UNKNOWN;
	default:
		return CAUSE_SEGMENT;
	}
}
