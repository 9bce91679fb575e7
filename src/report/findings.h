/* Findings: how they are made, and what their parts ask of each other. Private to src/report/. */
#ifndef TCPSTATE_FINDINGS_H
#define TCPSTATE_FINDINGS_H

#include "findings_watch.h"

/* A new finding: of a run, an end, a connection, a listener. NULL: enough of its kind are kept, or
 * out of memory; they are counted all the same. */
struct finding *finding_of_run(struct model *model, uint16_t run, unsigned code, int64_t t_ns);
struct finding *finding_of_end(struct model *model, uint16_t run, unsigned code,
	const struct flow_key *key, int side, int64_t t_ns);
struct finding *finding_of_connection(
	struct model *model, uint32_t index, int side, unsigned code, int64_t t_ns);
struct finding *finding_of_listener(
	struct model *model, uint32_t index, unsigned code, int64_t t_ns);
/* finding may be NULL; 0 and what does not fit is left out */
void finding_cite_frame(struct finding *finding, uint64_t frame);
void finding_cite_diag(struct finding *finding, uint64_t diag_frame);
void finding_cite_call(struct finding *finding, const struct model_call *call);
/* "TcpExtListenOverflows +9". name: is not copied */
void finding_cite_counter(struct finding *finding, const char *name, int64_t delta);
/* "TcpExtListenOverflows 2 of +9": other events than the finding's moved it, too */
void finding_cite_part(struct finding *finding, const char *name, int64_t part, int64_t delta);
/* Does this listener's address, or that of a bind(), take in that of the key's end? */
bool listener_covers(const struct flow_key *listener, const struct flow_key *key, int side);

/* A UDP socket that has this port, but is connected to another address than the datagram came from;
 * NULL: none. */
const struct udp_socket *finding_connected_elsewhere(
	const struct model *model, const struct unreachable *port);
/* Could it take a connection to this end? A [::] without IPV6_V6ONLY takes IPv4, too; one that is
 * bound to an interface may not. */
bool listener_takes(const struct listener *listener, const struct connection *connection, int side);
/* When it began and stopped listening, as far as transitions tell: INT64_MIN, before the recording;
 * INT64_MAX, not. */
void listener_span(const struct model *model, const struct listener *listener, int64_t *from_ns,
	int64_t *to_ns);
/* Of a socket that listened more than once the time that t_ns is in, else the last before it. */
void listener_span_at(const struct model *model, const struct listener *listener, int64_t t_ns,
	int64_t *from_ns, int64_t *to_ns);
/* How long before or after t_ns it listened; 0: then. It may have listened since the look before
 * the one that first showed it: no look contradicts that. */
int64_t listener_away_ns(const struct model *model, const struct listener *listener, int64_t t_ns);
/* The listener that surely had this end's address and port at t_ns; NULL: none was shown. */
const struct listener *listener_surely(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns);
/* The listener that this end's handshakes at t_ns met, or the next, which a look showed within
 * 100 ms; of several (SO_REUSEPORT) one that was seen full. UINT32_MAX: none was shown. */
uint32_t listener_met(const struct model *model, uint16_t run, const struct flow_key *key, int side,
	int64_t t_ns);
/* The listener in whose queue this end's connection stood at t_ns;
 * UINT32_MAX: none is known, or several may be. */
uint32_t listener_queued_at(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns);
/* Who takes from the listener's queue: its holder; of several the first, if it alone of them has
 * had clients. NULL: not known. */
const struct owner *listener_server(const struct model *model, const struct listener *listener);
/* Has this process had a server's end of a connection to the listener? */
bool listener_served_by(const struct model *model, const struct listener *listener, uint32_t pid);
/* Which end forgot htons(), of a port that was asked for while the same number with its bytes
 * swapped was bound: text 1; arg 3: nothing but the numbers speaks for it. */
void finding_htons(const struct model *model, struct finding *finding, uint16_t asked_be);
/* Datagrams to a port that nobody had bound, told as one with its bytes swapped; false: none. */
bool finding_udp_swapped(struct model *model, const struct unreachable *port);
/* The port in a call's words, "127.0.0.1:22535, ...", of listen() that of its socket: 0 none. */
unsigned call_port(const struct call *call);
/* Text 1: who had the port of a bind() that failed with EADDRINUSE: a listener, an open connection,
 * a bound socket, TIME_WAITs. What SO_REUSEADDR lacked, and whether a client failed
 * (findings_port_held.c). */
void finding_port_holder(
	const struct model *model, struct finding *finding, const struct model_call *failed);
/* How far a counter moved in the run, or between two times. */
int64_t counter_moved(
	const struct model *model, uint16_t run, const char *name, int64_t from_ns, int64_t to_ns);
/* The newest edge of this end; NULL: none. */
const struct record *finding_last_edge(
	const struct model *model, const struct connection *connection, int side);
/* Without calls: did its owner end by itself at t_ns? Then its end, or a close() just before,
 * closed the socket (findings_exits.c). */
bool finding_ended_then(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns);
/* The owner of this end, where it is known, as text `which`. */
void finding_name_end(
	struct finding *finding, int which, const struct connection *connection, int side);
/* All that kept this end's descriptor from from_ns to to_ns are text 0, a line each; text 1 who of
 * them had ended, or that a parent kept its copy after fork(); arg 3 how many (findings_holders.c).
 */
void finding_holders(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t from_ns, int64_t to_ns);
/* Has this process a listening socket of the end's port? Then it is the server, not its child. */
bool holder_accepts(const struct model *model, const struct connection *connection, int side,
	const struct holder *holder);
/* This end's FIN of t_ns took the connection from another process, too: text 1 says so. Without
 * calls, of several none is named as who closed (findings_shut_shared.c). */
void finding_shut_shared(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t t_ns);
/* "server.py[12]" */
void finding_name(struct finding *finding, int which, const struct owner *owner);
/* The same of who made that call; no phrase. */
void finding_name_caller(struct finding *finding, int which, const struct call *call);

/* ICMP errors that ended a connection's opening, or answered datagrams (findings_errors.c). */
bool findings_of_errors(struct model *model);
/* After all others about connections: what the server was at meanwhile (findings_meanwhile.c). */
void findings_of_meanwhile(struct model *model);
/* Of what an end had to send nothing was captured: it never left this host (findings_unsent.c). */
void watch_queued(struct watch *watch, int side, const struct record *record);
bool findings_of_unsent(struct model *model);
/* All that such a run's ends sent is in its capture. */
bool captured_all(const struct run *run);
/* A socket listened for this connection, and its listener dropped no SYN at all. */
bool listener_spared(const struct model *model, const struct connection *connection);
/* What dropped SYNs that a listener spared, as text `which`: by arg[2], how many they were. */
void finding_name_dropper(const struct model *model, struct finding *finding, int which);
/* SYNs of this connection went unanswered though a socket listened and dropped none: told here. */
bool finding_filtered(struct model *model, uint32_t index);

/* Is this call, which may have failed, worth a finding? *looked: how many questions about other
 * calls that has cost, which are bounded (findings_failed.c). */
bool failure_tells(const struct model *model, const struct model_call *at, size_t *looked);
/* How many sockets its process held when no descriptor was left: as text 1 (findings_failed.c). */
void failure_held(
	const struct model *model, struct finding *finding, const struct model_call *failed);
/* Why the address of the call that failed does not go with its socket; PHRASE_NAMES: not known. */
enum finding_phrase failure_mismatch(const struct model *model, const struct model_call *failed);
/* The address of the call that failed is one of this host's with its bytes swapped: told with it.
 */
void failure_address(const struct model *model, struct finding *finding, const struct call *call);
/* What had come just before t_ns (the run's own) on a connection in which this end's process was
 * the client: as text 1, where nothing else is said there (findings_upstream.c). */
void finding_upstream_ended(struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t t_ns);
/* From from_ns to to_ns the finding's process, a server's, was refused itself: as text 1. */
bool finding_upstream_refused(
	struct model *model, struct finding *finding, int64_t from_ns, int64_t to_ns);
/* What ended this connection at t_ns its client, a server itself, told a client of its own at once,
 * as an error: it had wanted an answer. */
bool finding_passed_on(const struct model *model, const struct connection *at, int64_t t_ns);
bool findings_of_upstreams(struct model *model);
/* By the calls: the socket that listens on this port was never bound, or asked for port 0; NULL:
 * neither was recorded. *how: an enum finding_phrase. */
const struct model_call *listens_unbound(
	const struct model *model, uint16_t run, uint16_t port_be, enum finding_phrase *how);
/* Sockets that listen without bind(); addresses with their bytes swapped, of SYNs. */
bool findings_of_unbound(struct model *model);
bool findings_of_swapped(struct model *model);
/* Calls that a signal interrupted, and which their programs took for a failure. */
bool findings_of_interrupts(struct model *model);
bool findings_of_loops(struct model *model);
bool findings_of_let_go(struct model *model);
bool findings_of_shared_ports(struct model *model);
/* How long after this call its process ended by itself, with a status that tells of a failure and
 * without another call that did anything to a socket; INT64_MAX: it went on, or was ended. */
int64_t finding_ended_upon(const struct model *model, const struct model_call *call);
/* Calls on sockets that do not wait, whose programs took "not yet" for a failure. */
bool findings_of_not_yet(struct model *model);

/* net.ipv4.ip_local_port_range as it was in force, or as Linux sets it (findings_ports.c). */
void finding_chosen_ports(const struct run *run, unsigned *low, unsigned *high);
/* Local ports of clients that were used up (findings_ports.c). */
void findings_of_ports(struct model *model, uint16_t run);

/* Bytes that the reads of this end want in all for that message of the other; 0: not known
 * (findings_read_whole.c). */
uint64_t reads_whole(const struct model *model, const struct connection *connection, int reader,
	const struct message *message);
/* What the parts find; each false: out of memory. */
bool findings_of_held_back(struct model *model);
/* After what tells who waited: protocols that differ, messages that are not complete. */
bool findings_of_speech(struct model *model);
/* Into the order in which they are told (findings_order.c). */
void findings_order(struct model *model);
void findings_stalls_end(struct model *model);
bool findings_of_wire(struct model *model);
bool findings_of_strays(struct model *model);
bool findings_of_silence(struct model *model);
bool findings_of_sockets(struct model *model);
bool findings_of_resets(struct model *model);
/* This end went by that RST, of its program's (findings_aborted.c). */
void finding_aborted(struct model *model, uint32_t index, int side, const struct record *reset);
bool findings_of_ends(struct model *model);
bool findings_of_stalls(struct model *model);
bool findings_of_unanswered(struct model *model);
bool findings_of_tunnels(struct model *model);
/* A server, and how many of its connections were answered by data: the one looked at last. */
struct answered {
	struct flow_key key;
	uint8_t side;
	bool known;
	uint16_t run;
	int64_t count;
};
/* A server that answers nobody may be a sink. `index` itself is not among those it answers. */
int64_t finding_others_answered(
	const struct model *model, uint32_t index, int server, struct answered *last);
/* By the calls: bytes that a send did not take, datagrams that a read cut, or waited for in vain
 * (findings_short.c). */
bool findings_of_short(struct model *model);
bool findings_of_listeners(struct model *model);
bool findings_of_full_queues(struct model *model);
void findings_of_older_acks(struct model *model, uint16_t run);
bool findings_of_refusals(struct model *model);
bool findings_of_htons(struct model *model);
bool findings_of_host(struct model *model);
bool findings_of_calls(struct model *model);
bool findings_of_processes(struct model *model);
bool findings_of_output(struct model *model);
bool findings_of_exits(struct model *model);
bool findings_of_copies(struct model *model);
/* Did this end's program wait for the other end for most of this time? */
bool finding_waited(const struct model *model, const struct connection *connection, int side,
	int64_t from_ns, int64_t to_ns);
/* Without calls: /proc showed it in a read for half of that time (the run's own) or longer. */
bool finding_seen_waiting(const struct model *model, const struct connection *connection, int side,
	int64_t from_ns, int64_t to_ns);
/* What this process was in for most of this time, as text 1; own: the inode of the finding's own
 * socket there, 0 not known. false: it is not known (findings_doing.c). */
bool finding_tell_doing(const struct model *model, struct finding *finding, uint32_t pid,
	uint32_t own, int64_t from_ns, int64_t to_ns);
/* What the only process that takes from this listener's queue was in, as text 1, unless it was in
 * accept() or nobody knows. */
bool finding_listener_doing(const struct model *model, struct finding *finding, uint32_t listener,
	int64_t from_ns, int64_t to_ns);
/* For half of that time (the run's own) all of its threads waited: for events, clients, each
 * other. */
/* All its threads were in a read of a UDP socket for most of that time, one that is connected to
 * whom it asked. */
bool finding_awaits_datagram(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns);
bool finding_only_waited(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns);
/* All threads are held up by something else, or do not watch the finding's socket. */
bool finding_doing_elsewhere(const struct finding_doing *doing);
/* What those who should have served the finding's connection were in meanwhile, as text 1, where
 * nothing there says more: its first holder and the others; known: before accept() the first it is
 * (findings_held_up.c). */
void finding_held_up(const struct model *model, struct finding *finding, const struct owner *first,
	const struct others *also, bool known, int64_t from_ns, int64_t to_ns);
/* The same of an end that did not read or close. */
void finding_left_alone(const struct model *model, struct finding *finding);
/* Does it tell more than what the finding says already, if anything? */
bool finding_doing_tells(const struct finding_doing *doing, bool says);
/* For how long of this time (the report's) the process was seen to be stopped. */
int64_t finding_stopped_ns(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns);
/* For how long of this time (the run's own) a process of this end was seen in a read of it, which
 * then was alone in having it: *who. NULL, 0: none was (findings_reads.c). */
int64_t finding_seen_reading(const struct model *model, const struct connection *connection,
	int side, int64_t from_ns, int64_t to_ns, const struct owner **who);
/* The same of both ends, in the silence behind the last data: told here. */
void finding_both_seen_reading(struct model *model, uint32_t index, int server);
/* When the silence at the end of a connection is over: at its first FIN or RST, or at the end of
 * the recording. */
int64_t finding_silence_ends(const struct model *model, uint32_t index);
/* Its client has all of the answer and reads on: told here (findings_read_on.c). */
bool finding_reads_on(struct model *model, uint32_t index);
/* What each end began with cannot be of one protocol (findings_protocols.c). */
bool protocols_differ(const struct watched_end *client, const struct watched_end *server);
/* Told; false: they do not differ. */
bool finding_protocols_differ(struct model *model, uint32_t index, const struct watched_end *client,
	const struct watched_end *server);
/* An alert of this end that ended the handshake of TLS. */
void finding_tls_alert(struct model *model, uint32_t index, const struct watch *watch, int side);
/* The server answered that the rest of the request had not come in time (408): told so. */
bool finding_timed_out(struct model *model, uint32_t index, const struct watched_end *server);
/* What the end sent behind the peer's FIN, and in vain, answers a request that had lain unanswered
 * up to that FIN, and is told as that. */
bool finding_released(struct model *model, uint32_t index, int side);
/* Two programs that each read and wait for the other (findings_waits.c). */
bool findings_of_waits(struct model *model);
/* The call in which this end's program waited last, for a second or more, for what the other end
 * sends; NULL: none was recorded. */
const struct model_call *finding_awaits(
	const struct model *model, const struct connection *connection, int side);

/* Of an RST, an end's closing: whose doing it was, where more than one segment tells. After
 * model_calls(). */
bool model_causes(struct model *model);
/* Fewer bytes than a request that this end would answer: than any so far, or than half of a usual
 * one. A goodbye, an acknowledgement of the program's own protocol. */
bool smaller_than_asked(const struct watched_end *answers, uint64_t bytes);
/* ---- tally.c ---- */
enum tally { TALLY_TIMED_OUT, TALLY_RESET, TALLY_ORPHAN, TALLY_UNREAD, TALLIES };
/* Is this the closing of an end that the counter counts? */
bool tally_is_one(const struct model *model, enum tally tally, const struct transition *transition);
/* By how much the counter moved between the two readings around t_ns, if just as many such ends are
 * told in that time; else 0, as without memory. The ends are those told when first asked. */
int64_t tally_borne_out(const struct model *model, uint16_t run, enum tally tally, int64_t t_ns);
const char *tally_counter(enum tally tally);
void tallies_free(struct tallies *tallies);

/* ---- findings_counters.c ---- */
/* This RST is the kernel's, of an end that its program had closed: TcpExtTCPAbortOnMemory moved by
 * as many. */
bool too_many_orphans(const struct model *model, const struct transition *transition);
/* After the other findings of connections: those that a counter bears out cite it. */
bool findings_of_counters(struct model *model);
/* ---- model_refused_acks.c: a full accept queue answered the final ACK by this RST ---- */
bool refused_by_full_queue(struct model *model, struct transition *transition);
/* ---- model_ignored.c: final ACKs that only counters explain ---- */
void model_ignored_acks(struct model *model);
/* What tells a silent peer from a silent way: how many other connections with the host of this end
 * it went on speaking on after t_ns; how long this end of `index` had been idle before. */
int64_t others_heard(struct model *model, uint32_t index, int side, int64_t t_ns);
int64_t idle_before_ms(const struct watch *watch, int side);
/* Since when what this end sent was not acknowledged: its last new data, or the first copy. */
int64_t stalled_since_ns(const struct watch *watch, int side);
enum { SMALL_MOST = 1200 /* bytes: less than a full segment on any usual path */ };
bool rst_foreign(const struct connection *connection, const struct watch *watch, int side);
/* The finding of this server's clients that left while they waited for accept(); NULL: none. */
struct finding *finding_of_unaccepted(
	const struct model *model, const struct connection *connection, int side);
/* This end's client did, and it stood in CLOSE_WAIT for so long. */
void finding_unaccepted(struct model *model, uint32_t index, int side, int64_t held_ms);
/* It was seen to wait in the accept queue, and no program had taken it by t_ns as far as was seen;
 * INT64_MAX: nor ever. */
bool unaccepted_until(const struct connection *connection, int side, int64_t t_ns);
/* After model_connections() and model_phases(): find, sort, fold, give the verdict. */
bool model_findings(struct model *model);

#endif
