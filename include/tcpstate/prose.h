/* Every sentence the program says about states, reasons, sockets and findings. Translatable; JSON
 * stays English. Functions with a buffer write one line into it, cut to its size, and return it. */
#ifndef TCPSTATE_PROSE_H
#define TCPSTATE_PROSE_H

#include "tcpstate/record.h"

/* One clause, e.g. "SYN received", "final ACK ignored: accept queue full at 2 (backlog 1 + 1)". */
char *prose_reason(const struct reason *reason, char *buffer, size_t size);
struct finding;
struct model;
struct verdict_line;
/* What a finding calls a connection of its run: "connection 5", or "C5" in a page. */
enum { CONNECTION_NAME = 32 };
char *prose_name(const struct finding *finding, uint32_t serial, char buffer[CONNECTION_NAME]);
/* "connections 5 and 6", "C5 and C6": serials, a line each. */
char *prose_names(const struct finding *finding, const char *serials, char *buffer, size_t size);
/* A finding in one clause, for a verdict's line; as a sentence or two; what to do, or to look at.
 */
char *prose_finding_headline(const struct finding *finding, char *buffer, size_t size);
char *prose_finding(const struct finding *finding, char *buffer, size_t size);
/* A text of it in words: the names in it, and what is said of them. Returns buffer or a constant.
 */
const char *prose_finding_text(const struct finding *finding, int which, char *buffer, size_t size);
/* Where a phrase of it says more than its kind; NULL: not. */
const char *prose_finding_phrase_advice(const struct finding *finding);
/* The template of a finding that has other words than its kind (finding_variants.c); NULL: none. */
const char *prose_finding_variant(const struct finding *finding, bool headline);
char *prose_finding_advice(const struct finding *finding, char *buffer, size_t size);
/* "frames 12, 15; diag 33; TcpExtListenOverflows +9"; "" when it cites nothing */
char *prose_finding_evidence(const struct finding *finding, char *buffer, size_t size);
/* Its counters as JSON has them, in English: "TcpExtListenOverflows 1 of +2, TcpExtListenDrops
 * +3" */
char *prose_finding_counters(const struct finding *finding, char *buffer, size_t size);
/* "A:1 → B:2", as seen from the end that a finding of a connection is about. */
char *prose_finding_ends(const struct finding *finding, bool utf8, char *buffer, size_t size);
/* "connection 3, 10.0.0.1:40000 → 10.0.0.2:80", "listener *:80"; "": of the whole run */
char *prose_finding_about(const struct finding *finding, bool utf8, char *buffer, size_t size);
/* The same, with the program of a listener where another one on its address has such a finding. */
char *prose_finding_whose(const struct model *model, const struct finding *finding, bool utf8,
	char *buffer, size_t size);
/* How a run's recorder ended, where that is to be told: by a signal, or so that something is
 * missing; else "". */
struct run;
char *prose_run_end(const struct run *run, char *buffer, size_t size);
/* The clause of the verdict for this finding and the others of its kind. */
char *prose_finding_of_kind(
	const struct model *model, const struct finding *first, char *buffer, size_t size);
/* A line of model->verdict: a finding with what it is about, the checks in one clause. */
char *prose_verdict(const struct model *model, const struct verdict_line *line, bool utf8,
	char *buffer, size_t size);
/* For `explain`: what the state means, how it is entered, what ends it, which timer and sysctl
 * govern it, how the tools show it, what it looks like in a lab, where RFC 9293 has it. Static;
 * each "" out of range. */
struct state_prose {
	const char *brief, *title, *entered, *ended, *timer, *shown, *in_lab, *rfc;
};
struct state_prose prose_state(unsigned state);
/* one clause: "waiting for the peer's FIN"; "" out of range */
const char *prose_state_short(unsigned state);
/* For `explain` without a state: how the eleven states follow each other. Static text, several
 * lines. */
const char *prose_overview(void);

/* An edge of the state diagram: what takes it; why by nature this witness may stand alone. Static;
 * "" when there is nothing to say. */
const char *prose_edge(unsigned from, unsigned to);
const char *prose_edge_alone(unsigned from, unsigned to, enum evidence witness);

/* "230 ms", "42.1 s", "2m05s", "1h59m" */
char *prose_duration(int64_t ms, char *buffer, size_t size);
/* The same, of nanoseconds, to the nearest millisecond. */
char *prose_span(int64_t ns, char *buffer, size_t size);

struct icmp_error;
struct udp_socket;
/* "host unreachable", "packet too big"; of numbers nobody gave a name: "destination unreachable",
 * "error". Static. family: AF_INET, AF_INET6 */
const char *prose_icmp(unsigned family, unsigned type, unsigned code);
/* a word for scripts: "told", "not_connected", "soft"; "unknown" out of range */
const char *prose_icmp_effect(unsigned effect);
/* The error number that a call fails with, "ECONNREFUSED"; "" for one that no call is told of.
 * Static. */
const char *prose_icmp_errno(unsigned family, unsigned type, unsigned code);
/* What becomes of it: "its next call fails with ECONNREFUSED". owner: "chat_client[12]'s socket" or
 * "the socket"; one clause. */
char *prose_icmp_outcome(
	const struct icmp_error *error, const char *whose, char *buffer, size_t size);

/* A call as one line: "server  accept4() = 5", "server  close(5): 39 bytes unread",
 * "client  bind 127.0.0.1:22535 → EADDRINUSE (Address already in use)"; call_alone: without the
 * program in front. utf8: "→" and "…", else "->" and "...". */
char *prose_call(const struct call *call, bool utf8, char *buffer, size_t size);
struct model_call;
/* The same of what a program did on a timeline, with the pid where several processes were at it
 * ("server[12]  close(5)"), with what follows like it, and of a line that it wrote
 * ("server  prints \"ready\""). alone: without the program in front, unless several were. until:
 * the time of the last like it, "" where it goes without saying. */
char *prose_did(
	const struct model_call *did, bool alone, const char *until, char *buffer, size_t size);
/* ", 9,999 times more until 12:00:01.5": of a call that was repeated in vain; "" of one that was
 * not. until: NULL, where it goes without saying. */
char *prose_again(uint32_t again, const char *until, char *buffer, size_t size);
char *prose_call_alone(const struct call *call, bool utf8, char *buffer, size_t size);
/* "close(5)", "dup2()" where it is about another descriptor */
char *prose_call_name(const struct call *call, char *buffer, size_t size);
/* "the process ended (SIGKILL by tcpstate at the end of the recording)" */
char *prose_exit(const struct exit *exit, char *buffer, size_t size);
/* "SIGKILL"; of a number without a name "signal 70" */
char *prose_signal(int number, char *buffer, size_t size);

/* A socket row in words; "" when there is nothing to say. */
/* the state's name; UNCONN for an unconnected UDP socket */
const char *prose_socket_state(const struct sockrow *row);
/* "accept queue 2 of 2 (backlog 1 + 1), full, 1 half-open", "5 bytes and FIN unread". half_open:
 * the listener's request sockets, -1 not counted */
char *prose_queues(const struct sockrow *row, int64_t half_open, char *buffer, size_t size);
/* "TIME_WAIT ends in 42.1 s" */
char *prose_timer(const struct sockrow *row, char *buffer, size_t size);
/* enum diag_timer as JSON has it: "off", "retransmit"; "unknown" out of range */
const char *prose_timer_word(uint8_t timer);
/* "mini-socket, no process holds it", "waits for accept()" */
char *prose_socket_notes(const struct sockrow *row, char *buffer, size_t size);
/* "peer closed 3.0 s ago; waits for close() by server[12]"; "" when it waits for nothing but the
 * network. closed_ms: since the peer's FIN, -1 not known. owners: who holds it, "" not known. */
char *prose_socket_waits(const struct sockrow *row, int64_t closed_ms, const char *owners,
	char *buffer, size_t size);
/* What its tcp_info tells: "rtt 0.05 ms, cwnd 10, last sent 1.2 s ago"; "" where there is none. */
char *prose_socket_info(const struct sockrow *row, char *buffer, size_t size);

/* The sentences before their gaps are filled (src/prose/template.h); NULL: none. For the tests. */
const char *prose_reason_template(unsigned code);
const char *prose_finding_template(unsigned code);
const char *prose_finding_headline_template(unsigned code);
/* " (3 more of this kind)" */
char *prose_more_of_kind(const struct finding *finding, char *buffer, size_t size);
/* The kind itself, as `tcpstate explain` tells it: what is said ("CLOSE_WAIT was held for N s:
 * ..."), and what to do. */
char *prose_finding_kind(unsigned code, char *buffer, size_t size);
char *prose_finding_kind_advice(unsigned code, char *buffer, size_t size);
const char *prose_finding_advice_template(unsigned code);

#endif
